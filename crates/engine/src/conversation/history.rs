//! What the server has stored: the newest page after being away, older pages on the way up, and a look before anything is tried
//! again. How stored messages become items is `letta::timeline`.

use std::{collections::HashSet, time::Duration};

use letta::{Body, Client, Event, Page, RunStatus, Target};
use model::{AgentId, Change, Code, Content, Failure, Item, ItemId, RunId, SendState, ToolState, command::Older};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    Reply,
    actor::{Errand, PAGE, State, Talk},
};
use crate::store::Cursor;

/// Stored rows asked for at once.
const ROWS: u32 = 50;
/// Pages walked back, or forward in a group, to meet what is known.
const MOST_PAGES: usize = 40;
/// Room left between an item and the one put below it.
const ROOM: i64 = 1024;
/// A run that goes on without us is asked for this often, and this many times at most.
const FOLLOW: Duration = Duration::from_secs(1);
const MOST_FOLLOWS: usize = 1800;

/// What a look at the history is for, beside the history.
pub(super) enum After {
    /// A message that did not arrive: sent again unless the server has it.
    Resend { otid: String, text: String, reply: Reply<()> },
    /// An answer that was cut off: taken from the history if it is there; the question is sent again only if the server lacks it.
    Resume { otid: String, text: String, item: ItemId, reply: Reply<()> },
}

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
    events: Vec<Event>,
    /// Nothing is stored before them.
    whole: bool,
    /// Which calls wait for a decision, where that was asked.
    pending: Option<HashSet<String>>,
}

/// What is asked for.
struct Question {
    target: Target,
    cursor: Cursor,
    /// Wait for the end of this run first.
    run: Option<RunId>,
    /// Ask this agent what waits for a decision.
    asker: Option<AgentId>,
}

impl Talk {
    /// Looks at the newest history if nothing runs, because time has passed.
    pub(super) fn catch_up(&mut self, permit: Option<OwnedSemaphorePermit>) {
        if self.state.is_idle() && (permit.is_some() || self.house.profiles.is_reached(&self.profile)) {
            self.look_with(None, None, permit);
        }
    }

    /// Looks at the newest history, then goes on.
    pub(super) fn look(&mut self, after: Option<After>) {
        self.look_with(after, None, None);
    }

    fn look_with(&mut self, after: Option<After>, run: Option<RunId>, permit: Option<OwnedSemaphorePermit>) {
        let client = match self.client() {
            Ok(client) => client,
            Err(failure) => {
                if let Some(After::Resend { reply, .. } | After::Resume { reply, .. }) = after {
                    let _ = reply.send(Err(failure));
                }
                return;
            }
        };
        self.after.extend(after);
        if self.looking {
            return;
        }
        self.looking = true;
        let begun = self.begun;
        let question =
            Question { target: self.target.clone(), cursor: self.cursor.clone(), run, asker: self.deciding() };
        self.errands.push(Box::pin(async move {
            let newest = newest(&client, question).await;
            drop(permit);
            Errand::Fetched(Fetched::Newest { newest, begun })
        }));
    }

    /// The agent whose decided call is not confirmed.
    fn deciding(&self) -> Option<AgentId> {
        let deciding = |item: &&Item| item.tool().is_some_and(|call| call.state == ToolState::Deciding);
        let item = self.timeline.items().iter().rev().find(deciding)?;
        match &self.target {
            Target::Agent(agent) => Some(agent.clone()),
            Target::Group(_) => item.speaker()?.id.clone(),
        }
    }

    pub(super) async fn fetched(&mut self, fetched: Fetched) {
        match fetched {
            Fetched::Newest { newest, begun } => self.newest(newest, begun).await,
            Fetched::Older { page, reply } => {
                let older = self.older(page);
                let _ = reply.send(older);
            }
        }
    }

    async fn newest(&mut self, newest: Result<Newest, letta::Error>, begun: u64) {
        self.looking = false;
        if matches!(self.state, State::Following) {
            self.state = State::Idle;
            self.turned();
        }
        let after = std::mem::take(&mut self.after);
        let newest = match newest {
            Ok(newest) => newest,
            Err(error) => {
                tracing::info!(conversation = %self.id, %error, "the history was not fetched");
                self.house.profiles.noticed(&self.profile, &error);
                for After::Resend { reply, .. } | After::Resume { reply, .. } in after {
                    let _ = reply.send(Err(error.clone().into()));
                }
                return;
            }
        };
        if begun != self.begun || !self.state.is_idle() {
            // A run began meanwhile, which brings what is new: this page would undo some of it.
            for After::Resend { reply, .. } | After::Resume { reply, .. } in after {
                let _ = reply.send(
                    self.free().and(Err(Failure::new(Code::Conflict, "Something was said meanwhile. Try again."))),
                );
            }
            if self.state.is_idle() {
                self.look(None);
            }
            return;
        }
        self.merge(&newest).await;
        for after in after {
            self.go_on(after, &newest).await;
        }
    }

    /// Puts the newest history into the items.
    async fn merge(&mut self, newest: &Newest) {
        let floating = self.lift_restored();
        let first = self.timeline.items().is_empty();
        let unread = self.unread;
        let changes = self.timeline.newest(&newest.events, self.house.clock.now());
        self.changed(changes);
        self.lay_down(floating, newest);
        if first {
            // What was said before this computer knew of it is not news.
            self.unread = unread;
        }
        let ids = || newest.events.iter().filter_map(|event| event.head.id.clone());
        self.cursor.newest = ids().next_back().or(self.cursor.newest.take());
        if self.cursor.oldest.is_none() {
            self.cursor.oldest = ids().next();
            self.cursor.whole = newest.whole;
        }
        self.still_waiting(newest);
        self.saving.soon(tokio::time::Instant::now());
        self.turned();
        for words in self.house.store.unsent(&self.id).await.unwrap_or_default() {
            if newest.has(&words.otid) {
                let saved = self.house.store.take_unsent(&words.otid).await;
                self.warn(saved);
            }
        }
    }

    /// Takes out the words on their way whose history was lost, before that history comes back above them.
    fn lift_restored(&mut self) -> Vec<Item> {
        if !std::mem::take(&mut self.restored) {
            return Vec::new();
        }
        let floating = self.timeline.items().to_vec();
        self.timeline.load(Vec::new());
        self.changed(floating.iter().map(|item| Change::Remove { id: item.id.clone() }).collect());
        floating
    }

    /// Puts them back below it, unless the history has them.
    fn lay_down(&mut self, floating: Vec<Item>, newest: &Newest) {
        if floating.iter().filter_map(otid).any(|otid| newest.has(otid)) {
            return;
        }
        for mut item in floating {
            item.position = self.timeline.items().last().map_or(item.position, |last| last.position + ROOM);
            self.replace(Change::Put { item });
        }
    }

    /// A decision that is not confirmed, and the server still waits for it: it waits here again.
    fn still_waiting(&mut self, newest: &Newest) {
        let Some(pending) = &newest.pending else { return };
        let calls = self.timeline.items().iter().filter_map(Item::tool);
        let again: Vec<_> = calls
            .filter(|call| call.state == ToolState::Deciding && pending.contains(call.id.as_str()))
            .map(|call| call.id.clone())
            .collect();
        for call in again {
            let changes = self.timeline.undecide(&call);
            self.changed(changes);
        }
    }

    async fn go_on(&mut self, after: After, newest: &Newest) {
        match after {
            After::Resend { otid, text, reply } => {
                if !newest.has(&otid) && self.still_unsent(&otid) {
                    self.say(otid, text).await;
                }
                let _ = reply.send(Ok(()));
            }
            After::Resume { otid, text, item, reply } => {
                let has = newest.has(&otid) || newest.has_text(&text);
                if self.item(&item).is_none() {
                    // Healed by what the history had.
                } else if !has && self.state.is_idle() {
                    self.say(otid, text).await;
                    self.forget(&item);
                } else {
                    self.unanswered(&item);
                }
                let _ = reply.send(Ok(()));
            }
        }
    }

    /// Whether a failed row is still a failed row: history may have healed it under the server's own name.
    fn still_unsent(&self, otid: &str) -> bool {
        self.timeline.items().iter().any(|item| {
            self::otid(item) == Some(otid)
                && matches!(&item.content, Content::User { state: SendState::Failed { .. }, .. })
        })
    }

    /// The server has the question and no more of the answer than stands here.
    fn unanswered(&mut self, id: &ItemId) {
        let Some(mut item) = self.item(id).cloned() else { return };
        let Content::Error(trouble) = &mut item.content else { return };
        trouble.why = "The server has your message, but not the rest of the answer. Write again to go on.".to_owned();
        self.replace(Change::Put { item });
    }

    /// Takes an item out that says what is no longer so.
    fn forget(&mut self, id: &ItemId) {
        if self.item(id).is_some() {
            self.replace(Change::Remove { id: id.clone() });
        }
    }

    /// A change of our own making.
    fn replace(&mut self, change: Change) {
        let mut items = self.timeline.items().to_vec();
        model::apply(&mut items, change.clone());
        self.timeline.load(items);
        self.changed(vec![change]);
    }

    /// Tries again what an item offers.
    pub(super) fn retry(&mut self, id: &ItemId, reply: Reply<()>) {
        let again = self.free().and_then(|()| {
            // Without a server there is nothing to try.
            self.client()?;
            self.what_again(id)
        });
        match again {
            Ok(Again::Resend { otid, text }) => self.look(Some(After::Resend { otid, text, reply })),
            Ok(Again::Resume { otid, text, run }) => {
                let after = After::Resume { otid, text, item: id.clone(), reply };
                if run.is_some() && !self.looking {
                    self.state = State::Following;
                    self.turned();
                }
                self.look_with(Some(after), run, None);
            }
            Err(failure) => {
                let _ = reply.send(Err(failure));
            }
        }
    }

    fn what_again(&self, id: &ItemId) -> Result<Again, Failure> {
        let items = self.timeline.items();
        let at = items
            .iter()
            .position(|item| item.id == *id)
            .ok_or_else(|| Failure::new(Code::Conflict, "This is no longer there."))?;
        let user = items[..=at].iter().rev().find(|item| matches!(item.content, Content::User { .. }));
        let nothing = || Failure::new(Code::Invalid, "There is nothing to try again here.");
        let user = user.ok_or_else(nothing)?;
        let Content::User { text, state, .. } = &user.content else { return Err(nothing()) };
        let otid = otid(user).ok_or_else(nothing)?.to_owned();
        let text = text.clone();
        match state {
            SendState::Failed { .. } => Ok(Again::Resend { otid, text }),
            SendState::Sending | SendState::Sent => {
                let run =
                    items[..=at].iter().rev().take_while(|item| item.id != user.id).find_map(|item| item.run.clone());
                Ok(Again::Resume { otid, text, run })
            }
        }
    }

    /// Whether there is more above what is loaded.
    pub(super) fn more_above(&self) -> bool {
        self.more_saved
            || (!self.cursor.whole && (self.cursor.oldest.is_some() || self.house.profiles.is_reached(&self.profile)))
    }

    /// The page above: from the store, else from the server.
    pub(super) async fn earlier(&mut self, reply: Reply<Older>) {
        if let (true, Some(first)) = (self.more_saved, self.timeline.items().first().map(|item| item.position)) {
            let older = self.saved_above(first).await;
            let _ = reply.send(older);
            return;
        }
        let client = match (self.cursor.whole, self.client()) {
            (true, _) => {
                let _ = reply.send(Ok(Older { more: false }));
                return;
            }
            (false, Ok(client)) => client,
            (false, Err(failure)) => {
                let _ = reply.send(Err(failure));
                return;
            }
        };
        let (target, before) = (self.target.clone(), self.cursor.oldest.clone());
        self.errands.push(Box::pin(async move {
            let page = Page { before, after: None, limit: ROWS };
            let page = match &target {
                Target::Agent(agent) => client.agent_messages(agent, &page).await,
                // Groups are read from their beginning: there is nothing above.
                Target::Group(_) => Ok(Vec::new()),
            };
            Errand::Fetched(Fetched::Older { page, reply })
        }));
    }

    async fn saved_above(&mut self, first: i64) -> Result<Older, Failure> {
        let page = self.house.store.before(&self.id, first, PAGE).await.map_err(|error| {
            Failure::new(Code::Storage, "What was saved above could not be read.").details(error.to_string())
        })?;
        self.more_saved = page.more;
        let puts: Vec<Change> = page.items.iter().map(|item| Change::Put { item: item.clone() }).collect();
        let mut items = page.items;
        items.extend_from_slice(self.timeline.items());
        self.timeline.load(items);
        // Saved they are: shown only.
        self.frames.add(&puts, tokio::time::Instant::now());
        self.note_first();
        Ok(Older { more: self.more_above() })
    }

    fn older(&mut self, page: Result<Vec<Event>, letta::Error>) -> Result<Older, Failure> {
        let page = page.inspect_err(|error| self.house.profiles.noticed(&self.profile, error))?;
        self.cursor.whole = (page.len() as u64) < u64::from(ROWS);
        if let Some(oldest) = page.first().and_then(|event| event.head.id.clone()) {
            self.cursor.oldest = Some(oldest);
        }
        let unread = self.unread;
        let changes = self.timeline.older(&page, self.house.clock.now());
        self.changed(changes);
        self.unread = unread;
        self.saving.soon(tokio::time::Instant::now());
        Ok(Older { more: self.more_above() })
    }
}

/// What trying again means for an item.
enum Again {
    Resend { otid: String, text: String },
    Resume { otid: String, text: String, run: Option<RunId> },
}

impl Newest {
    /// Whether the server has a message of ours.
    fn has(&self, otid: &str) -> bool {
        self.events.iter().any(|event| matches!(event.body, Body::User(_)) && event.head.otid.as_deref() == Some(otid))
    }

    /// The same by its words, for servers that keep no otid (0.11.7), among the last things that the user said.
    fn has_text(&self, text: &str) -> bool {
        let last = self.events.iter().rev().find_map(|event| match &event.body {
            Body::User(letta::event::Said::Words(words)) => Some((event.head.otid.is_none(), words)),
            _ => None,
        });
        last.is_some_and(|(unnamed, words)| unnamed && words.text == text)
    }
}

/// The otid of a user's row, which is in its id (see `letta::Timeline::sent`).
pub(super) fn otid(item: &Item) -> Option<&str> {
    item.id.as_str().strip_prefix("user/")
}

/// The newest stored messages, back to what is known.
async fn newest(client: &Client, question: Question) -> Result<Newest, letta::Error> {
    if let Some(run) = &question.run {
        for _ in 0..MOST_FOLLOWS {
            match client.run(run).await {
                Ok(run) if run.status == RunStatus::Running => tokio::time::sleep(FOLLOW).await,
                // Over, or the server cannot tell: the history can.
                Ok(_)
                | Err(letta::Error::NotFound { .. } | letta::Error::Invalid { .. } | letta::Error::Server { .. }) => {
                    break;
                }
                Err(error) => return Err(error),
            }
        }
    }
    let pending = match &question.asker {
        Some(asker) => Some(client.pending_approval(asker).await?.as_ref().map(asked_for).unwrap_or_default()),
        None => None,
    };
    let (events, whole) = match &question.target {
        Target::Agent(agent) => backwards(client, agent, question.cursor.newest.as_deref()).await?,
        Target::Group(group) => forwards(client, group, question.cursor.newest).await?,
    };
    Ok(Newest { events, whole, pending })
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
