//! What becomes of changes: they are noted for saving, shown in the next frame, and told to the sidebar; and whose turn it is.

use model::{Author, Change, Item, Speaker, ToolState, Turn};
use tokio::time::Instant;

use super::{actor::Talk, state::State};

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
        for change in &changes {
            self.note_request(change);
            let Change::Put { item } = change else { continue };
            if let Author::Agent(speaker) = &item.author {
                self.speaker = Some(speaker.clone());
            }
        }
        self.page.changed(&changes);
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
        self.page.turned();
    }

    /// The next frame, to the window and to the sidebar.
    pub(super) fn show(&mut self) {
        let Some(changes) = self.page.frames.take(Instant::now()) else { return };
        self.tell_ears(&changes);
        self.page.show(changes, self.timeline.items(), self.turn(), |_| {});
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
