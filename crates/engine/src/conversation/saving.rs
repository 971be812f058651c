//! Which rows are to be saved and when: at each item's end, and at most a second after anything came; together with how far the run
//! was read, in one transaction. The disk's own troubles (full, read-only) are the store's: it keeps what it could not write.

use std::{collections::HashSet, time::Duration};

use model::{Change, Content, ConversationId, Item, ItemId, TextState, ToolState};
use tokio::time::Instant;

use super::actor::Talk;
use crate::store::{Cursor, RowWords, SaveBatch};

/// What changed since it was last saved.
pub(super) struct Saving {
    puts: HashSet<ItemId>,
    removes: Vec<ItemId>,
    /// The list was made anew from this position on.
    reset: Option<i64>,
    due: Option<Instant>,
    pause: Duration,
}

impl Saving {
    pub(super) fn new(pause: Duration) -> Self {
        Self { puts: HashSet::new(), removes: Vec::new(), reset: None, due: None, pause }
    }

    /// Notes what changed.
    pub(super) fn note(&mut self, changes: &[Change], now: Instant) {
        for change in changes {
            let ended = match change {
                Change::Put { item } => {
                    self.puts.insert(item.id.clone());
                    !grows(item)
                }
                Change::Append { id, .. } => {
                    self.puts.insert(id.clone());
                    false
                }
                Change::Remove { id } => {
                    self.puts.remove(id);
                    self.removes.push(id.clone());
                    true
                }
                Change::Reset { items } => {
                    self.reset = Some(items.first().map_or(i64::MIN, |first| first.position));
                    self.removes.clear();
                    self.puts = items.iter().map(|item| item.id.clone()).collect();
                    true
                }
            };
            let at = if ended { now } else { now + self.pause };
            self.due = Some(self.due.map_or(at, |due| due.min(at)));
        }
    }

    /// Something beside the items changed.
    pub(super) fn soon(&mut self, now: Instant) {
        self.due.get_or_insert(now + self.pause);
    }

    /// Something beside the items changed that must not be found as it was.
    pub(super) fn at_once(&mut self, now: Instant) {
        self.due = Some(self.due.map_or(now, |due| due.min(now)));
    }

    /// When it is to be saved; none: nothing changed.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What is to be saved now, as it stands now. `first`: the first position that is loaded.
    pub(super) fn take(
        &mut self,
        conversation: &ConversationId,
        items: &[Item],
        cursor: &Cursor,
        row: RowWords,
    ) -> Option<SaveBatch> {
        self.due.take()?;
        let mut batch = SaveBatch::new(conversation.clone());
        batch.reset = self.reset.take().map(|from| from..=i64::MAX);
        batch.removes = std::mem::take(&mut self.removes);
        let changed = std::mem::take(&mut self.puts);
        batch.puts = items.iter().filter(|item| changed.contains(&item.id)).cloned().collect();
        batch.cursor = Some(cursor.clone());
        batch.row = Some(row);
        Some(batch)
    }
}

impl Talk {
    /// Saves what changed, and goes on when that is done.
    pub(super) async fn save(&mut self) {
        if self.page.save(self.timeline.items(), &self.cursor, !self.state.is_idle()).await {
            self.tell_what_waits();
        }
    }

    /// The same without waiting.
    pub(super) fn save_later(&mut self) {
        if self.page.save_later(self.timeline.items(), &self.cursor, !self.state.is_idle()) {
            self.tell_what_waits();
        }
    }
}

/// Whether more is still to come to an item.
fn grows(item: &Item) -> bool {
    match &item.content {
        Content::Assistant { state, .. } | Content::Reasoning { state, .. } => *state == TextState::Streaming,
        Content::Tool(call) => call.state == ToolState::Writing,
        Content::User { .. } | Content::Notice(_) | Content::Error(_) | Content::Gap | Content::Round { .. } => false,
    }
}
