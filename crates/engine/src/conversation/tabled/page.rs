//! The list of a table's items: opened, shown, saved, paged. What is in it comes from `leading` and `outcome`.

use std::sync::Arc;

use model::{
    Author, Change, Code, Content, Failure, Item, ItemId, Notice, SendOptions, TextState, Turn,
    command::{Older, Opened},
};
use tokio::time::Instant;

use super::Tabled;
use crate::{
    conversation::{
        actor::PAGE,
        gone,
        words::{last_words, waiting},
    },
    images,
    news::Told,
    store::{Cursor, RowWords, SaveBatch, StoreError},
    table::{self, Kind, WIDTH},
};

impl Tabled {
    pub(super) async fn open(&mut self) -> Result<Opened, Failure> {
        self.open = true;
        let conversation = self.house.sidebar.row(&self.id).ok_or_else(gone)?;
        let newest = self.items.last().map(|item| item.id.clone());
        let seen = self.house.store.seen(&self.id).await.ok().flatten();
        Ok(Opened {
            draft: self.house.store.draft(&self.id).await.unwrap_or_default(),
            attachments: self.house.store.attachments(&self.id).await.unwrap_or_default(),
            loaded: self.house.store.loaded(&self.id).await.unwrap_or_default(),
            always_load: self.loads,
            more: self.more_saved,
            seen: seen.filter(|seen| self.unread && Some(seen) != newest.as_ref()),
            queue: self.queue_for_window(),
            options: self.options.clone(),
            conversation,
        })
    }

    /// The page follows its announcement and takes the place of the frame that was due.
    pub(super) fn show_whole(&mut self) {
        self.show();
        let (items, turn) = (self.items.clone(), self.turn());
        self.house.listeners.tell(&Told::Opened { conversation: self.id.clone(), items, turn });
        self.load_images();
    }

    pub(super) async fn earlier(&mut self) -> Result<Older, Failure> {
        let first = self.items.first().map(|first| first.position);
        let (true, Some(first)) = (self.more_saved, first) else { return Ok(Older { more: false }) };
        let page = self.house.store.before(&self.id, first, PAGE).await.map_err(|error| {
            Failure::new(Code::Storage, "Earlier turns could not be read.").details(error.to_string())
        })?;
        self.more_saved = page.more;
        let changes: Vec<Change> = page.items.into_iter().map(|item| Change::Put { item }).collect();
        for change in &changes {
            model::apply(&mut self.items, change.clone());
        }
        // They are saved already: only shown.
        self.frames.add(&changes, Instant::now());
        Ok(Older { more: self.more_saved })
    }

    /// Every change goes through here: it is applied, shown and saved.
    pub(super) fn changed(&mut self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        let now = Instant::now();
        for change in &changes {
            if let Change::Put { item } = change {
                self.unread |= !self.open && is_news(item);
            }
            model::apply(&mut self.items, change.clone());
        }
        self.saving.note(&changes, now);
        self.frames.add(&changes, now);
    }

    /// Whose turn it is, or how the table stands, changed.
    pub(super) fn turned(&mut self) {
        self.frames.add(&[], Instant::now());
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
        let Some(changes) = self.frames.take(Instant::now()) else { return };
        let (turn, row) = (self.turn(), self.row_words(false));
        let floor = table::view(self.floor(), &self.table, self.held());
        self.house.sidebar.update(&self.id, |conversation| {
            conversation.turn = turn.clone();
            conversation.waiting = row.waiting;
            conversation.unread = row.unread;
            conversation.floor = Some(Box::new(floor));
            // While it grows the row says who speaks, not every word.
            if turn == Turn::Yours || conversation.last.is_none() {
                conversation.last = row.last;
            }
        });
        if self.open {
            self.house.listeners.tell(&Told::Changed { conversation: self.id.clone(), changes, turn });
        }
    }

    fn row_words(&self, cut_short: bool) -> RowWords {
        RowWords { last: last_words(&self.items, cut_short), unread: self.unread, waiting: waiting(&self.items) }
    }

    /// Whose turn it is: of those who are at it, the first who says something.
    pub(super) fn turn(&self) -> Turn {
        let shown = || self.running.iter().filter(|running| running.lane.kind == Kind::Speak);
        let turns = || shown().map(|running| (running, &running.turn));
        let speaker = |running: &super::Running| running.mirror.speaker().clone();
        let active = turns().find_map(|(running, turn)| match turn {
            Turn::Speaking { .. } => Some(Turn::Speaking { speaker: speaker(running) }),
            Turn::Resuming { .. } => Some(Turn::Resuming { speaker: Some(speaker(running)) }),
            Turn::Stopping | Turn::Finishing { .. } => Some(turn.clone()),
            Turn::Yours | Turn::Sent | Turn::Paused { .. } => None,
        });
        let asked = || turns().any(|(_, turn)| matches!(turn, Turn::Sent | Turn::Yours));
        let picking = self.running.iter().any(|running| running.lane.kind == Kind::Pick);
        let paused = || {
            let waits = turns().find(|(_, turn)| matches!(turn, Turn::Paused { .. }));
            waits.map(|(running, _)| Turn::Paused { speaker: speaker(running) })
        };
        match active {
            Some(turn) => turn,
            None if asked() || picking => Turn::Sent,
            None => paused().unwrap_or(Turn::Yours),
        }
    }

    fn batch(&mut self) -> Option<SaveBatch> {
        let runs = !self.running.is_empty();
        let row = self.row_words(runs);
        self.house.sidebar.if_killed(&self.id, row.last.clone().filter(|_| runs));
        self.saving.take(&self.id, &self.items, &Cursor::default(), row)
    }

    /// Saves what changed, and goes on when that is done.
    pub(super) async fn save(&mut self) {
        if let Some(batch) = self.batch() {
            let saved = self.house.store.save(batch).await;
            self.warn(saved);
            self.house.approvals.changed(&self.profile);
        }
    }

    /// The same without waiting: a slow disk does not hold up what is heard.
    pub(super) fn save_later(&mut self) {
        if let Some(batch) = self.batch() {
            self.house.store.save_later(batch);
            self.unwritten = true;
            self.house.approvals.changed(&self.profile);
        }
    }

    /// Waits until all that was to be saved is.
    pub(super) async fn written(&mut self) {
        if std::mem::take(&mut self.unwritten) {
            let saved = self.house.store.save(SaveBatch::new(self.id.clone())).await;
            self.warn(saved);
        }
    }

    pub(super) async fn mark_read(&mut self) {
        self.unread = false;
        self.house.sidebar.update(&self.id, |row| row.unread = false);
        self.saving.soon(Instant::now());
        if let Some(newest) = self.items.last().map(|item| item.id.clone()) {
            let saved = self.house.store.put_seen(&self.id, &newest, self.house.clock.now()).await;
            self.warn(saved);
        }
    }

    pub(super) async fn set_options(&mut self, options: SendOptions) -> Result<(), Failure> {
        if options.max_steps.is_some_and(|steps| !(1..=SendOptions::MOST_STEPS).contains(&steps)) {
            let why = format!("The limit of steps is a number from 1 to {}.", SendOptions::MOST_STEPS);
            return Err(Failure::new(Code::Invalid, why));
        }
        match self.house.store.put_options(&self.id, &options).await {
            Ok(()) | Err(StoreError::Waiting { .. }) => {
                self.options = options;
                Ok(())
            }
            Err(error) => Err(Failure::new(Code::Storage, "This could not be saved.").details(error.to_string())),
        }
    }

    /// The address of a picture that an item names.
    pub(super) fn which_image(&self, item: &ItemId, index: usize) -> Result<String, Failure> {
        let item = self.item(item).ok_or_else(|| Failure::new(Code::Conflict, "This is no longer there."))?;
        images::address(item, index)
    }

    pub(super) async fn always_load(&mut self, on: bool) -> Result<(), Failure> {
        match self.house.store.put_always_load(&self.id, on).await {
            Ok(()) | Err(StoreError::Waiting { .. }) => {
                self.loads = on;
                self.tried.clear();
                self.load_images();
                Ok(())
            }
            Err(error) => Err(Failure::new(Code::Storage, "This could not be saved.").details(error.to_string())),
        }
    }

    /// Loads what is seen and was not tried yet, where the reader wants it so. Words that still grow are left until they are whole.
    pub(super) fn load_images(&mut self) {
        if !self.loads || !self.open || !self.running.is_empty() {
            return;
        }
        let urls: Vec<String> =
            self.items.iter().flat_map(images::urls).filter(|url| !self.tried.contains(url)).collect();
        if urls.is_empty() {
            return;
        }
        self.tried.extend(urls.iter().cloned());
        self.house.spawn(images::load_all(Arc::clone(&self.house), self.id.clone(), urls));
    }
}

/// What makes a table unread: whole words of a member, a question of one, or a guard that waits for the user.
fn is_news(item: &Item) -> bool {
    match &item.content {
        Content::Assistant { state, .. } => *state == TextState::Done,
        Content::Tool(call) => call.state == model::ToolState::AwaitingApproval,
        Content::Notice(notice) => matches!(notice, Notice::Guard { .. }),
        Content::User { .. } | Content::Reasoning { .. } | Content::Error(_) | Content::Gap | Content::Round { .. } => {
            false
        }
    }
}
