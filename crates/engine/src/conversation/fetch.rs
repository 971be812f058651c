//! The questions to the server's history, apart from any conversation: back to what is known, forward in a group, and what waits.

use std::collections::HashSet;

use letta::{Body, Client, Event, Page, Target};
use model::{Code, ItemId, command::Older};

use super::{Reply, doctor::Examined};
use crate::store::Cursor;

/// Stored rows asked for at once.
pub(super) const ROWS: u32 = 50;
/// Pages walked back, or forward in a group, to meet what is known.
const MOST_PAGES: usize = 40;

/// What came back from the server's history.
pub(super) enum Fetched {
    /// `begun`: how many requests had been begun when it was asked for.
    Newest {
        newest: Result<Newest, letta::Error>,
        begun: u64,
    },
    Older {
        page: Result<Vec<Event>, letta::Error>,
        reply: Reply<Older>,
    },
    /// The page just above the lower end of a gap.
    Filling {
        gap: ItemId,
        page: Result<Vec<Event>, letta::Error>,
        reply: Reply<()>,
    },
}

/// The newest stored messages.
pub(super) struct Newest {
    pub events: Vec<Event>,
    /// Nothing is stored before them.
    pub whole: bool,
    /// They do not reach back to what is known.
    pub beyond: bool,
    /// There are newer ones still (groups are read forwards).
    pub more: bool,
    /// The request that waits for a decision, where that was asked.
    pub pending: Option<Option<Box<Event>>>,
    /// That was asked knowing of a standoff.
    pub examined: bool,
}

/// What is asked for.
#[derive(Clone)]
pub(super) struct Question {
    pub target: Target,
    pub cursor: Cursor,
    /// Ask there what waits for a decision.
    pub asker: Option<Target>,
    /// What the server said of it before.
    pub examined: Option<Examined>,
    /// Of an agent, only its main thread.
    pub main_only: bool,
}

impl Newest {
    fn of_page(events: Vec<Event>) -> Self {
        Self { events, whole: false, beyond: false, more: false, pending: None, examined: false }
    }

    /// Whether the server has a message of ours.
    pub(super) fn has(&self, otid: &str) -> bool {
        self.of(otid).is_some()
    }

    /// A message of ours as the server has it.
    pub(super) fn of(&self, otid: &str) -> Option<&Event> {
        let ours = |event: &&Event| matches!(event.body, Body::User(_)) && event.head.otid.as_deref() == Some(otid);
        self.events.iter().find(ours)
    }

    /// The same by its words, for servers that keep no otid (0.11.7), among the last things that the user said.
    pub(super) fn has_text(&self, text: &str) -> bool {
        let last = self.events.iter().rev().find_map(|event| match &event.body {
            Body::User(letta::event::Said::Words(words)) => Some((event.head.otid.is_none(), words)),
            _ => None,
        });
        last.is_some_and(|(unnamed, words)| unnamed && words.text == text)
    }
}

/// The newest stored messages, back to what is known.
pub(super) async fn newest(client: &Client, question: Question) -> Result<Newest, letta::Error> {
    let mut found = stored(client, &question).await?;
    if let Some(asker) = &question.asker {
        // After the history: a request that comes in between is then missing there, and looked for once more.
        let waits = waiting(client, asker, question.examined.as_ref()).await?;
        if waits.as_ref().is_some_and(|request| !is_stored(&found.events, request)) {
            found = stored(client, &question).await?;
        }
        found.pending = Some(waits.map(Box::new));
        found.examined = question.examined.is_some();
    }
    Ok(found)
}

/// What waits: as the agent or the newest message tells, else, where the server said that there is more, as a run does.
async fn waiting(client: &Client, asker: &Target, examined: Option<&Examined>) -> Result<Option<Event>, letta::Error> {
    let told = client.pending_in(asker).await?;
    if !examined.is_some_and(|examined| examined.leaves_open(told.as_ref())) {
        return Ok(told);
    }
    match client.pending_by_run(asker).await {
        Ok(by_run) => Ok(by_run.or(told)),
        Err(error) if error.code() == Code::Offline => Err(error),
        // Servers differ in what they tell of runs: then there is nothing but the first answer.
        Err(error) => {
            tracing::info!(%error, "no run tells what waits");
            Ok(told)
        }
    }
}

async fn stored(client: &Client, question: &Question) -> Result<Newest, letta::Error> {
    match &question.target {
        target @ (Target::Agent(_) | Target::Thread { .. }) => {
            backwards(client, target, question.main_only, question.cursor.newest.as_deref()).await
        }
        Target::Group(group) => forwards(client, group, question.cursor.newest.clone()).await,
    }
}

fn is_stored(events: &[Event], request: &Event) -> bool {
    let asks = asked_for(request);
    events.iter().any(|event| !asks.is_disjoint(&asked_for(event)))
}

/// From the newest message of an agent back to the known one. One page at least, because a request may be answered meanwhile.
/// Without a known one, as many as one page has: a page may be short although there is more, and only an empty one is the end (API
/// facts §8).
async fn backwards(
    client: &Client,
    target: &Target,
    main_only: bool,
    known: Option<&str>,
) -> Result<Newest, letta::Error> {
    let mut all: Vec<Event> = Vec::new();
    for _ in 0..MOST_PAGES {
        let before = all.first().and_then(|event| event.head.id.clone());
        let mut page = client.stored(target, main_only, &Page { before, after: None, limit: ROWS }).await?;
        let whole = page.is_empty();
        page.append(&mut all);
        all = page;
        let met = match known {
            Some(known) => all.iter().any(|event| event.head.id.as_deref() == Some(known)),
            None => all.len() as u64 >= u64::from(ROWS),
        };
        if met || whole {
            return Ok(Newest { whole, ..Newest::of_page(all) });
        }
    }
    Ok(Newest { beyond: known.is_some(), ..Newest::of_page(all) })
}

/// A group from the known message to its newest: the server gives its oldest first (API facts §9).
async fn forwards(client: &Client, group: &str, known: Option<String>) -> Result<Newest, letta::Error> {
    let mut after = known.clone();
    let mut all: Vec<Event> = Vec::new();
    let mut more = true;
    for _ in 0..MOST_PAGES {
        let page = match client.group_messages(group, &Page { before: None, after: after.clone(), limit: ROWS }).await {
            // The known message is gone (the group was reset): from the beginning.
            Err(letta::Error::NotFound { .. }) if after.is_some() && all.is_empty() => {
                after = None;
                continue;
            }
            other => other?,
        };
        let last = page.last().and_then(|event| event.head.id.clone());
        let stands_still = last.is_none() || last == after;
        all.extend(page);
        if stands_still {
            more = false;
            break;
        }
        after = last;
    }
    Ok(Newest { whole: true, more, ..Newest::of_page(all) })
}

/// The calls that an approval request asks for.
pub(super) fn asked_for(request: &Event) -> HashSet<String> {
    match &request.body {
        Body::ApprovalRequest(calls) => calls.pieces.iter().filter_map(|piece| piece.id.clone()).collect(),
        _ => HashSet::new(),
    }
}
