//! What becomes of changes: they are noted for saving, shown in the next frame, and told to the sidebar; and whose turn it is.

use model::{Author, Change, Content, Item, Speaker, TextState, ToolState, Turn};
use tokio::time::Instant;

use super::{
    actor::Talk,
    state::State,
    words::{last_words, waiting},
};
use crate::{news::Told, store::RowWords};

impl Talk {
    /// Every change goes through here: it is to be shown and saved. The timeline has it already.
    pub(super) fn changed(&mut self, mut changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        for change in &mut changes {
            if let Change::Reset { items } = change {
                self.keep_below_saved(items);
            }
        }
        let now = Instant::now();
        self.saving.note(&changes, now);
        for change in &changes {
            self.note_request(change);
            let Change::Put { item } = change else { continue };
            if let Author::Agent(speaker) = &item.author {
                self.speaker = Some(speaker.clone());
                self.unread |= !self.open && news_worthy(item);
            }
        }
        self.frames.add(&changes, now);
        self.note_first();
    }

    /// A list that was numbered anew stays below the saved items that are not loaded.
    fn keep_below_saved(&mut self, items: &mut [Item]) {
        let (Some(was), Some(is)) = (self.first, items.first().map(|first| first.position)) else { return };
        for item in items.iter_mut() {
            item.position += was - is;
        }
        self.timeline.load(items.to_vec());
    }

    pub(super) fn note_first(&mut self) {
        self.first = self.timeline.items().first().map(|first| first.position);
    }

    /// Whose turn it is changed, and nothing else.
    pub(super) fn turned(&mut self) {
        self.frames.add(&[], Instant::now());
    }

    /// The next frame, to the window and to the sidebar.
    pub(super) fn show(&mut self) {
        let Some(changes) = self.frames.take(Instant::now()) else { return };
        self.tell_ears(&changes);
        let turn = self.turn();
        let row = self.row_words(false);
        self.house.sidebar.update(&self.id, |conversation| {
            conversation.turn = turn.clone();
            conversation.waiting = row.waiting;
            conversation.unread = row.unread;
            // While it grows the row says who speaks, not every word.
            if turn == Turn::Yours || conversation.last.is_none() {
                conversation.last = row.last;
            }
        });
        if self.open {
            self.house.listeners.tell(&Told::Changed { conversation: self.id.clone(), changes, turn });
        }
    }

    pub(super) fn row_words(&self, cut_short: bool) -> RowWords {
        let items = self.timeline.items();
        RowWords { last: last_words(items, cut_short), unread: self.unread, waiting: waiting(items) }
    }

    /// Whose turn it is.
    pub(super) fn turn(&self) -> Turn {
        match &self.state {
            State::Stopping => Turn::Stopping,
            State::Asking(..) => Turn::Sent,
            State::Finishing(_, tool) => Turn::Finishing { tool: tool.clone() },
            State::Resuming(..) => Turn::Resuming { speaker: self.speaker.clone() },
            State::Hearing(..) => match &self.speaker {
                Some(speaker) => Turn::Speaking { speaker: speaker.clone() },
                None => Turn::Sent,
            },
            State::Idle => match self.waits() {
                Some(speaker) => Turn::Paused { speaker },
                None => Turn::Yours,
            },
        }
    }

    /// Who waits for a decision.
    fn waits(&self) -> Option<Speaker> {
        self.timeline.items().iter().rev().find_map(|item| {
            let call = item.tool()?;
            let waits = matches!(call.state, ToolState::AwaitingApproval | ToolState::Deciding);
            waits.then(|| item.speaker().cloned()).flatten()
        })
    }
}

/// What makes a conversation unread: whole words of an agent, or a question of one.
fn news_worthy(item: &Item) -> bool {
    match &item.content {
        Content::Assistant { state, .. } => *state == TextState::Done,
        Content::Tool(call) => call.state == ToolState::AwaitingApproval,
        Content::User { .. }
        | Content::Reasoning { .. }
        | Content::Notice(_)
        | Content::Error(_)
        | Content::Gap
        | Content::Round { .. } => false,
    }
}
