//! The list of a table's items: what stands where, how it is shown, and whose turn it is. What is in it comes from `leading` and
//! `outcome`; what every conversation does with its items is `conversation::page`.

use model::{
    Author, Change, Content, Failure, Item, ItemId, Turn,
    command::{Older, Opened},
};
use tokio::time::Instant;

use super::Tabled;
use crate::{
    store::Cursor,
    table::{self, Kind, WIDTH},
};

/// How the ids of a turn's items begin.
pub(super) fn prefix(lane: u64) -> String {
    format!("{lane}/")
}

impl Tabled {
    pub(super) async fn open(&mut self) -> Result<Opened, Failure> {
        self.page.open = true;
        let queue = self.queue();
        self.outbox.note_told(&queue);
        self.page.opened(&self.items, self.page.more_saved, queue, self.outbox.options.clone()).await
    }

    pub(super) async fn earlier(&mut self) -> Result<Older, Failure> {
        if let (true, Some(first)) = (self.page.more_saved, self.items.first().map(|first| first.position)) {
            let above = self.page.above(first).await?;
            self.items.splice(0..0, above);
        }
        Ok(Older { more: self.page.more_saved })
    }

    /// Every change goes through here: it is applied, shown and saved.
    pub(super) fn changed(&mut self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.page.changed(&changes);
        for change in changes {
            model::apply(&mut self.items, change);
        }
    }

    /// Whose turn it is, or how the table stands, changed.
    pub(super) fn turned(&mut self) {
        self.page.turned();
    }

    /// Where something new stands: below all that is there, each in a room of its own.
    pub(super) fn free_place(&self) -> i64 {
        let taken = self.running.iter().map(|running| running.mirror.base());
        let last = self.items.last().map(|last| last.position).into_iter().chain(taken).max();
        last.map_or(0, |last| (last.div_euclid(WIDTH) + 1) * WIDTH)
    }

    /// A row of the table's own at the end.
    pub(super) fn put_last(&mut self, author: Author, content: Content) {
        let id = ItemId::from(format!("table/{}", uuid::Uuid::new_v4()));
        self.put_at(id, author, content);
    }

    pub(super) fn put_at(&mut self, id: ItemId, author: Author, content: Content) {
        let at = self.house.clock.now();
        let item = Item { id, position: self.free_place(), author, at, run: None, step: None, content };
        self.changed(vec![Change::Put { item }]);
    }

    pub(super) fn forget_item(&mut self, id: &ItemId) {
        if self.item(id).is_some() {
            self.changed(vec![Change::Remove { id: id.clone() }]);
        }
    }

    /// The next frame, to the window and to the sidebar.
    pub(super) fn show(&mut self) {
        let Some(changes) = self.page.frames.take(Instant::now()) else { return };
        let held = self.held();
        self.told_held.clone_from(&held);
        let long = self.asked_about().and_then(|running| Some((running.mirror.speaker().clone(), running.long?.1)));
        let (who, long_run) = long.unzip();
        let floor = model::Floor { long: who, ..table::view(self.floor(), &self.table, held, &self.gone) };
        self.page.show(changes, &self.items, self.turn(), |row| {
            row.floor = Some(Box::new(floor));
            row.long_run = long_run;
        });
    }

    /// Whose turn it is: of those who are at it, the first who says something.
    pub(super) fn turn(&self) -> Turn {
        let shown = |running: &&super::Running| match running.lane.kind {
            Kind::Speak => true,
            Kind::Pick => running.waits(),
            Kind::Behind => false,
        };
        let turns = || self.running.iter().filter(shown).map(|running| (running, &running.turn));
        let speaker = |running: &super::Running| running.mirror.speaker().clone();
        let active = turns().find_map(|(running, turn)| match turn {
            Turn::Speaking { .. } => Some(Turn::Speaking { speaker: speaker(running) }),
            Turn::Resuming { .. } => Some(Turn::Resuming { speaker: Some(speaker(running)) }),
            Turn::Stopping | Turn::Finishing { .. } => Some(turn.clone()),
            Turn::Yours | Turn::Sent | Turn::Paused { .. } => None,
        });
        let asked = || turns().any(|(_, turn)| matches!(turn, Turn::Sent | Turn::Yours));
        let picking = self.running.iter().any(|running| running.lane.kind == Kind::Pick && !running.waits());
        let paused = || {
            let holds = |running: &super::Running| self.floor().waits_for(running.lane.number);
            let waits = turns().find(|(running, turn)| matches!(turn, Turn::Paused { .. }) && holds(running));
            waits.map(|(running, _)| Turn::Paused { speaker: speaker(running) })
        };
        match active {
            Some(turn) => turn,
            None if asked() || picking => Turn::Sent,
            None => paused().unwrap_or(Turn::Yours),
        }
    }

    /// Saves what changed, and goes on when that is done.
    pub(super) async fn save(&mut self) {
        if self.page.save(&self.items, &Cursor::default(), !self.running.is_empty()).await {
            self.house.approvals.changed(&self.profile);
        }
    }

    /// The same without waiting.
    pub(super) fn save_later(&mut self) {
        if self.page.save_later(&self.items, &Cursor::default(), !self.running.is_empty()) {
            self.house.approvals.changed(&self.profile);
        }
    }

    /// Loads pictures on the web, where nobody is at it.
    pub(super) fn load_images(&mut self) {
        if self.running.is_empty() {
            self.page.load_images(&self.items);
        }
    }
}
