//! What the server has stored, put into the items: the newest page after being away, older pages on the way up. How it is asked for
//! is `fetch`, how stored messages become items is `letta::timeline`.

use letta::{Event, Page, Target};
use model::{Change, Failure, Item, ItemId, command::Older};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    Reply,
    actor::Talk,
    again::otid,
    fetch::{Fetched, Newest, Question, ROWS, newest},
    state::Errand,
};

/// Room left between an item and the one put below it.
const ROOM: i64 = 1024;

impl Talk {
    /// Looks at the newest history if nothing runs, because time has passed.
    pub(super) fn catch_up(&mut self, permit: Option<OwnedSemaphorePermit>) {
        if self.state.is_idle() && (permit.is_some() || self.house.profiles.is_reached(&self.profile)) {
            self.look_with(permit);
        }
    }

    /// Looks at the newest history.
    pub(super) fn look(&mut self) {
        self.look_with(None);
    }

    fn look_with(&mut self, permit: Option<OwnedSemaphorePermit>) {
        let Ok(client) = self.client() else { return };
        if self.looking {
            return;
        }
        self.looking = true;
        let begun = self.begun;
        let question = Question {
            target: self.target.clone(),
            cursor: self.cursor.clone(),
            asker: self.whom_to_ask(),
            examined: self.examined.clone(),
            main_only: self.main_only(),
        };
        self.errands.push(Box::pin(async move {
            let newest = newest(&client, question).await;
            drop(permit);
            Errand::Fetched(Fetched::Newest { newest, begun })
        }));
    }

    /// Whether an agent's stored messages are those of all its conversations, of which only the main thread belongs here.
    pub(super) fn main_only(&self) -> bool {
        self.house.profiles.has_conversations(&self.profile)
    }

    pub(super) async fn fetched(&mut self, fetched: Fetched) {
        match fetched {
            Fetched::Newest { newest, begun } => self.newest(newest, begun).await,
            Fetched::Older { page, reply } => {
                let older = self.older(page);
                let _ = reply.send(older);
            }
            Fetched::Filling { gap, page, reply } => {
                let filled = self.filled(&gap, page);
                let _ = reply.send(filled);
            }
        }
    }

    async fn newest(&mut self, newest: Result<Newest, letta::Error>, begun: u64) {
        self.looking = false;
        let newest = match newest {
            Ok(mut newest) => {
                newest.events.iter_mut().for_each(|event| self.house.images.take_up(event));
                newest
            }
            Err(error) => {
                tracing::info!(conversation = %self.id, %error, "the history was not fetched");
                self.house.profiles.noticed(&self.profile, &error);
                return;
            }
        };
        if begun != self.begun || !self.state.is_idle() {
            // A run began meanwhile, which brings what is new: this page would undo some of it.
            if self.state.is_idle() {
                self.look();
            }
            return;
        }
        self.merge(&newest).await;
        self.look_for_foreign();
        if self.examined.is_some() || (newest.more && self.state.is_idle()) {
            // The server was not asked what waits, because it was not known yet that this is in question; or a group has more.
            self.look();
        }
    }

    /// Puts the newest history into the items.
    pub(super) async fn merge(&mut self, newest: &Newest) {
        let floating = self.lift_restored();
        let first = self.timeline.items().is_empty();
        let unread = self.page.unread;
        // Only the end of what is saved may be loaded: what the page has from above it is saved there already.
        let now = self.house.clock.now();
        let changes = if newest.beyond && !first {
            self.timeline.newest_beyond_gap(&newest.events, now)
        } else if self.page.more_saved {
            let events = self.timeline.from_known(&newest.events).to_vec();
            self.timeline.newest(&events, now)
        } else {
            self.timeline.newest(&newest.events, now)
        };
        self.changed(changes);
        self.lay_down(floating, newest);
        if first {
            // What was said before this computer knew of it is not news.
            self.page.unread = unread;
        }
        let ids = || newest.events.iter().filter_map(|event| event.head.id.clone());
        self.cursor.newest = ids().next_back().or(self.cursor.newest.take());
        if self.cursor.oldest.is_none() {
            self.cursor.oldest = ids().next();
            self.cursor.whole = newest.whole;
        }
        self.reconcile(newest);
        self.page.saving.soon(tokio::time::Instant::now());
        self.turned();
        for words in self.house.store.unsent(&self.id).await.unwrap_or_default() {
            if newest.has(&words.otid) {
                let saved = self.house.store.take_unsent(&words.otid).await;
                self.page.warn(saved);
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

    /// Whether there is more above what is loaded.
    pub(super) fn more_above(&self) -> bool {
        self.page.more_saved
            || (!self.cursor.whole && (self.cursor.oldest.is_some() || self.house.profiles.is_reached(&self.profile)))
    }

    /// The page above: from the store, else from the server.
    pub(super) async fn earlier(&mut self, reply: Reply<Older>) {
        if let (true, Some(first)) = (self.page.more_saved, self.timeline.items().first().map(|item| item.position)) {
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
        let (target, before, main_only) = (self.target.clone(), self.cursor.oldest.clone(), self.main_only());
        self.errands.push(Box::pin(async move {
            let page = Page { before, after: None, limit: ROWS };
            let page = match &target {
                Target::Agent(_) | Target::Thread { .. } => client.stored(&target, main_only, &page).await,
                // Groups are read from their beginning: there is nothing above.
                Target::Group(_) => Ok(Vec::new()),
            };
            Errand::Fetched(Fetched::Older { page, reply })
        }));
    }

    /// Fetches the page just above the lower end of a gap.
    pub(super) fn fill(&mut self, gap: ItemId, reply: Reply<()>) {
        let before = self.item(&gap).and_then(|item| letta::below_gap(&item.id)).map(str::to_owned);
        let (Some(before), target, false) = (before, self.target.clone(), self.filling.contains(&gap)) else {
            // Healed meanwhile, or about to be.
            let _ = reply.send(Ok(()));
            return;
        };
        let client = match self.client() {
            Ok(client) => client,
            Err(failure) => {
                let _ = reply.send(Err(failure));
                return;
            }
        };
        self.filling.insert(gap.clone());
        let main_only = self.main_only();
        self.errands.push(Box::pin(async move {
            let page = Page { before: Some(before), after: None, limit: ROWS };
            let page = client.stored(&target, main_only, &page).await;
            Errand::Fetched(Fetched::Filling { gap, page, reply })
        }));
    }

    fn filled(&mut self, gap: &ItemId, page: Result<Vec<Event>, letta::Error>) -> Result<(), Failure> {
        self.filling.remove(gap);
        let mut page = page.inspect_err(|error| self.house.profiles.noticed(&self.profile, error))?;
        page.iter_mut().for_each(|event| self.house.images.take_up(event));
        let unread = self.page.unread;
        let changes = self.timeline.fill(gap, &page, page.is_empty(), self.house.clock.now());
        self.changed(changes);
        self.page.unread = unread;
        self.page.saving.soon(tokio::time::Instant::now());
        Ok(())
    }

    async fn saved_above(&mut self, first: i64) -> Result<Older, Failure> {
        let mut items = self.page.above(first).await?;
        items.extend_from_slice(self.timeline.items());
        self.timeline.load(items);
        self.note_first();
        Ok(Older { more: self.more_above() })
    }

    fn older(&mut self, page: Result<Vec<Event>, letta::Error>) -> Result<Older, Failure> {
        let mut page = page.inspect_err(|error| self.house.profiles.noticed(&self.profile, error))?;
        page.iter_mut().for_each(|event| self.house.images.take_up(event));
        // A page may be short although there is more: only an empty one is the end (API facts §8).
        self.cursor.whole = page.is_empty();
        if let Some(oldest) = page.first().and_then(|event| event.head.id.clone()) {
            self.cursor.oldest = Some(oldest);
        }
        let unread = self.page.unread;
        let changes = self.timeline.older(&page, self.house.clock.now());
        self.changed(changes);
        self.page.unread = unread;
        self.page.saving.soon(tokio::time::Instant::now());
        Ok(Older { more: self.more_above() })
    }
}
