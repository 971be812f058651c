//! What a talk and a table have in common around their list of items: it is opened, read, shown frame by frame, saved, and its pictures
//! are loaded. The list is its owner's (a `letta::Timeline`, or plain items); words that wait to be sent are `outbox`.

use std::{collections::HashSet, sync::Arc};

use model::{
    Change, Code, Content, Conversation, ConversationId, Failure, Item, ItemId, News, Notice, Queue, SendOptions,
    TextState, ToolState, Turn, command::Opened,
};
use tokio::time::Instant;

use super::{
    Reply,
    frames::Frames,
    gone,
    saving::Saving,
    words::{last_words, waiting},
};
use crate::{
    house::House,
    images,
    news::Told,
    store::{Cursor, RowWords, SaveBatch, StoreError},
};

/// Items of one page.
const PAGE: u32 = 80;

/// What is asked of any conversation about what stands in it.
pub(crate) enum OfPage {
    MarkRead(Reply<()>),
    /// Where the picture is that an item names.
    WhichImage {
        item: ItemId,
        index: usize,
        reply: Reply<String>,
    },
    /// Pictures on the web are loaded unasked from now on, or no longer.
    AlwaysLoad {
        on: bool,
        reply: Reply<()>,
    },
}

/// A list of items, as the window and the disk know it.
pub(super) struct Page {
    pub(super) id: ConversationId,
    pub(super) house: Arc<House>,
    /// The window shows it.
    pub(super) open: bool,
    /// Saved items exist above those that are loaded.
    pub(super) more_saved: bool,
    pub(super) unread: bool,
    pub(super) frames: Frames,
    pub(super) saving: Saving,
    /// Something was given to the store without waiting for it.
    unwritten: bool,
    /// Pictures on the web are loaded unasked.
    loads: bool,
    /// Those that were tried since the task began.
    tried: HashSet<String>,
}

impl Page {
    /// The newest items as they were saved.
    pub(super) async fn load(house: Arc<House>, id: ConversationId) -> (Self, Vec<Item>) {
        let page = house.store.tail(&id, PAGE).await.unwrap_or_else(|error| {
            tracing::warn!(conversation = %id, %error, "what was saved cannot be read");
            crate::store::Page::default()
        });
        let this = Self {
            open: false,
            more_saved: page.more,
            unread: house.sidebar.row(&id).is_some_and(|row| row.unread),
            frames: Frames::new(house.pace.frame),
            saving: Saving::new(house.pace.save),
            unwritten: false,
            loads: house.store.always_load(&id).await.unwrap_or_default(),
            tried: HashSet::new(),
            id,
            house,
        };
        (this, page.items)
    }

    /// What the window is told when it opens it. `more`: there is something above the items.
    pub(super) async fn opened(
        &self,
        items: &[Item],
        more: bool,
        queue: Queue,
        options: SendOptions,
    ) -> Result<Opened, Failure> {
        let newest = items.last().map(|item| &item.id);
        let seen = self.house.store.seen(&self.id).await.ok().flatten();
        Ok(Opened {
            draft: self.house.store.draft(&self.id).await.unwrap_or_default(),
            attachments: self.house.store.attachments(&self.id).await.unwrap_or_default(),
            loaded: self.house.store.loaded(&self.id).await.unwrap_or_default(),
            always_load: self.loads,
            more,
            seen: seen.filter(|seen| self.unread && Some(seen) != newest),
            queue,
            options,
            conversation: self.house.sidebar.row(&self.id).ok_or_else(gone)?,
        })
    }

    /// The window shows it no longer.
    pub(super) fn close(&mut self) {
        self.open = false;
        self.house.listeners.tell(Told::Closed { conversation: self.id.clone() });
    }

    pub(super) async fn asked(&mut self, asked: OfPage, items: &[Item]) {
        // Who asked may be gone.
        match asked {
            OfPage::MarkRead(reply) => {
                self.mark_read(items).await;
                let _ = reply.send(Ok(()));
            }
            OfPage::WhichImage { item, index, reply } => {
                let item = items.iter().find(|known| known.id == item);
                let item = item.ok_or_else(|| Failure::new(Code::Conflict, "This is no longer there."));
                let _ = reply.send(item.and_then(|item| images::address(item, index)));
            }
            OfPage::AlwaysLoad { on, reply } => {
                let set = kept(self.house.store.put_always_load(&self.id, on).await);
                if set.is_ok() {
                    self.loads = on;
                    self.tried.clear();
                }
                let _ = reply.send(set);
            }
        }
    }

    async fn mark_read(&mut self, items: &[Item]) {
        self.unread = false;
        self.house.sidebar.update(&self.id, |row| row.unread = false);
        self.saving.soon(Instant::now());
        if let Some(newest) = items.last() {
            self.warn(self.house.store.put_seen(&self.id, &newest.id, self.house.clock.now()).await);
        }
    }

    /// The saved items above `first`, and their changes. They are shown, and saved they are.
    pub(super) async fn above(&mut self, first: i64) -> Result<Vec<Item>, Failure> {
        let page = self.house.store.before(&self.id, first, PAGE).await.map_err(|error| {
            Failure::new(Code::Storage, "What was saved above could not be read.").details(error.to_string())
        })?;
        self.more_saved = page.more;
        let puts: Vec<Change> = page.items.iter().map(|item| Change::Put { item: item.clone() }).collect();
        self.frames.add(&puts, Instant::now());
        Ok(page.items)
    }

    /// The list changed: that is to be shown and saved.
    pub(super) fn changed(&mut self, changes: &[Change]) {
        let now = Instant::now();
        let news = |change: &Change| matches!(change, Change::Put { item } if is_news(item));
        self.unread |= !self.open && changes.iter().any(news);
        self.saving.note(changes, now);
        self.frames.add(changes, now);
    }

    /// Whose turn it is changed, and nothing else.
    pub(super) fn turned(&mut self) {
        self.frames.add(&[], Instant::now());
    }

    /// Shows a frame's changes to the window and to the sidebar, where `also` changes in the row.
    pub(super) fn show(&self, changes: Vec<Change>, items: &[Item], turn: Turn, also: impl FnOnce(&mut Conversation)) {
        let row = self.row_words(items, false);
        self.house.sidebar.update(&self.id, |conversation| {
            conversation.turn = turn.clone();
            conversation.waiting = row.waiting;
            conversation.unread = row.unread;
            conversation.last = row.last;
            also(conversation);
        });
        if self.open {
            self.house.listeners.tell(Told::Changed { conversation: self.id.clone(), changes, turn });
        }
    }

    /// Shows all there is. It follows the announcement and takes the place of the frame that was due.
    pub(super) fn show_whole(&self, items: &[Item], turn: Turn) {
        let (conversation, items) = (self.id.clone(), items.to_vec());
        self.house.listeners.tell(Told::Opened { conversation, items, turn });
    }

    /// Tells what waits to be sent.
    pub(super) fn tell_queue(&self, queue: Queue) {
        self.house.listeners.tell(News::Queue { conversation: self.id.clone(), queue });
    }

    fn row_words(&self, items: &[Item], cut_short: bool) -> RowWords {
        RowWords { last: last_words(items, cut_short), unread: self.unread, waiting: waiting(items) }
    }

    /// What is to be saved. `runs`: something goes on, which is cut short if nothing is saved after it.
    fn batch(&mut self, items: &[Item], cursor: &Cursor, runs: bool) -> Option<SaveBatch> {
        let row = self.row_words(items, runs);
        self.house.sidebar.if_killed(&self.id, row.last.clone().filter(|_| runs));
        self.saving.take(&self.id, items, cursor, row)
    }

    /// Saves what changed, and waits until that is done. True: there was something.
    pub(super) async fn save(&mut self, items: &[Item], cursor: &Cursor, runs: bool) -> bool {
        let Some(batch) = self.batch(items, cursor, runs) else { return false };
        self.warn(self.house.store.save(batch).await);
        true
    }

    /// The same with how the table stands, at once or not at all: what was said and whose turn it is are never of two moments.
    pub(super) async fn save_with(&mut self, items: &[Item], runs: bool, state: String) {
        let batch = self.batch(items, &Cursor::default(), runs);
        let mut batch = batch.unwrap_or_else(|| SaveBatch::new(self.id.clone()));
        batch.state = Some(state);
        self.warn(self.house.store.save(batch).await);
    }

    /// The same without waiting: a slow disk does not hold up what is heard.
    pub(super) fn save_later(&mut self, items: &[Item], cursor: &Cursor, runs: bool) -> bool {
        let Some(batch) = self.batch(items, cursor, runs) else { return false };
        self.house.store.save_later(batch);
        self.unwritten = true;
        true
    }

    /// Waits until all that was to be saved is: whoever loads this conversation next finds it whole.
    pub(super) async fn written(&mut self) {
        if std::mem::take(&mut self.unwritten) {
            // Writes are done in order: an empty one that is done stands for all before it.
            self.warn(self.house.store.save(SaveBatch::new(self.id.clone())).await);
        }
    }

    /// Loads what is seen and was not tried yet, where the reader wants it so. Words that still grow are left until they are whole.
    pub(super) fn load_images(&mut self, items: &[Item]) {
        if !self.loads || !self.open {
            return;
        }
        let whole = items.iter().filter(|item| item.state() != Some("streaming"));
        let urls: Vec<String> = whole.flat_map(images::urls).filter(|url| !self.tried.contains(url)).collect();
        if urls.is_empty() {
            return;
        }
        self.tried.extend(urls.iter().cloned());
        self.house.spawn(images::load_all(Arc::clone(&self.house), self.id.clone(), urls));
    }

    /// Nobody sees it, and nothing is to be shown or saved.
    pub(super) fn is_still(&self) -> bool {
        !self.open && self.frames.due().is_none() && self.saving.due().is_none()
    }

    /// What the disk does not take now the store tells, keeps and tries again; the conversation goes on.
    pub(super) fn warn(&self, saved: Result<(), StoreError>) {
        if let Err(error) = saved {
            tracing::warn!(conversation = %self.id, %error, "not saved");
        }
    }
}

/// Whether a choice of the user's stands from now on: saved, or soon.
pub(super) fn kept(saved: Result<(), StoreError>) -> Result<(), Failure> {
    match saved {
        Ok(()) | Err(StoreError::Waiting { .. }) => Ok(()),
        Err(error) => Err(Failure::new(Code::Storage, "This could not be saved.").details(error.to_string())),
    }
}

/// What makes a conversation unread: whole words of an agent, a question of one, or a guard that waits for the user.
fn is_news(item: &Item) -> bool {
    match &item.content {
        Content::Assistant { state, .. } => *state == TextState::Done,
        Content::Tool(call) => call.state == ToolState::AwaitingApproval,
        Content::Notice(notice) => matches!(notice, Notice::Guard { .. }),
        Content::User { .. } | Content::Reasoning { .. } | Content::Error(_) | Content::Gap | Content::Round { .. } => {
            false
        }
    }
}
