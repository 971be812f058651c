//! The questions to the server's history, apart from any conversation: back to what is known, forward in a group, and what waits.

use std::collections::HashSet;

use letta::{Body, Client, Event, Page, Target};
use model::{AgentId, command::Older};

use super::Reply;
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
}

/// The newest stored messages.
pub(super) struct Newest {
    pub events: Vec<Event>,
    /// Nothing is stored before them.
    pub whole: bool,
    /// The request that waits for a decision, where that was asked.
    pub pending: Option<Option<Box<Event>>>,
}

/// What is asked for.
#[derive(Clone)]
pub(super) struct Question {
    pub target: Target,
    pub cursor: Cursor,
    /// Ask this agent what waits for a decision.
    pub asker: Option<AgentId>,
}

impl Newest {
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
    let (mut events, mut whole) = stored(client, &question).await?;
    let mut pending = None;
    if let Some(asker) = &question.asker {
        // After the history: a request that comes in between is then missing there, and looked for once more.
        let waits = client.pending_approval(asker).await?;
        if waits.as_ref().is_some_and(|request| !is_stored(&events, request)) {
            (events, whole) = stored(client, &question).await?;
        }
        pending = Some(waits.map(Box::new));
    }
    Ok(Newest { events, whole, pending })
}

async fn stored(client: &Client, question: &Question) -> Result<(Vec<Event>, bool), letta::Error> {
    match &question.target {
        Target::Agent(agent) => backwards(client, agent, question.cursor.newest.as_deref()).await,
        Target::Group(group) => forwards(client, group, question.cursor.newest.clone()).await,
    }
}

fn is_stored(events: &[Event], request: &Event) -> bool {
    let asks = asked_for(request);
    events.iter().any(|event| !asks.is_disjoint(&asked_for(event)))
}

/// From the newest message of an agent back to the known one. One page at least, because a request may be answered meanwhile.
async fn backwards(client: &Client, agent: &AgentId, known: Option<&str>) -> Result<(Vec<Event>, bool), letta::Error> {
    let mut all: Vec<Event> = Vec::new();
    for _ in 0..MOST_PAGES {
        let before = all.first().and_then(|event| event.head.id.clone());
        let mut page = client.agent_messages(agent, &Page { before, after: None, limit: ROWS }).await?;
        let whole = (page.len() as u64) < u64::from(ROWS);
        page.append(&mut all);
        all = page;
        let met = known.is_none_or(|known| all.iter().any(|event| event.head.id.as_deref() == Some(known)));
        if met || whole {
            return Ok((all, whole));
        }
    }
    Ok((all, false))
}

/// A group from the known message to its newest: the server gives its oldest first (API facts §9).
async fn forwards(client: &Client, group: &str, known: Option<String>) -> Result<(Vec<Event>, bool), letta::Error> {
    let mut after = known.clone();
    let mut all: Vec<Event> = Vec::new();
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
            break;
        }
        after = last;
    }
    Ok((all, true))
}

/// The calls that an approval request asks for.
pub(super) fn asked_for(request: &Event) -> HashSet<String> {
    match &request.body {
        Body::ApprovalRequest(calls) => calls.pieces.iter().filter_map(|piece| piece.id.clone()).collect(),
        _ => HashSet::new(),
    }
}
