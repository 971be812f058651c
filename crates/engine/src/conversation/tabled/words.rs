//! Your words at a table: said when nobody is at it, else waiting until whoever speaks is done.

use model::{
    Author, Change, Code, Content, Failure, ImageId, Item, ItemId, Queue, Queued, QueuedId, SendState, TakenBack,
    WaitsFor,
};

use super::Tabled;
use crate::{
    images,
    news::Told,
    store::{Hold, Unsent},
    table::{Kind, addressed},
};

impl Tabled {
    /// New words: they go as soon as nobody is at it.
    pub(super) async fn send(&mut self, text: String, images: Vec<ImageId>) -> Result<(), Failure> {
        if text.trim().is_empty() && images.is_empty() {
            return Err(Failure::new(Code::Invalid, "There is nothing to send."));
        }
        let text = if text.trim().is_empty() { String::new() } else { text };
        // What is not there any more is said before the composer is emptied.
        images::outgoing(&self.house, &self.id, &images).await?;
        let names = images::without(&self.house, &self.id, &images).await?;
        let at = self.house.clock.now();
        let otid = uuid::Uuid::new_v4().to_string();
        let words = Unsent { conversation: self.id.clone(), otid, text, images, names, at, queued: true };
        let saved = self.house.store.put_unsent(&words).await;
        self.warn(saved);
        let saved = self.house.store.put_draft(&self.id, "", at).await;
        self.warn(saved);
        // What waits for the user is passed: the new words are what the user wants now.
        if self.hold.is_some() && !self.is_busy() {
            self.hold_for(None).await;
            self.queue.insert(0, words);
        } else {
            self.queue.push(words);
        }
        self.writing = false;
        self.countdown = None;
        Ok(())
    }

    /// Somebody is at it who is heard to the end before you are.
    fn is_busy(&self) -> bool {
        self.running.iter().any(|running| match running.lane.kind {
            Kind::Behind => false,
            Kind::Pick => true,
            Kind::Speak => !(running.waits() && self.table.around_waiting),
        })
    }

    /// Says what waits first, if nobody is at it. True: something was said.
    pub(super) async fn say_next(&mut self) -> bool {
        if self.queue.is_empty() || self.hold.is_some() || self.is_busy() {
            return false;
        }
        let Unsent { otid, text, images, .. } = self.queue.remove(0);
        let now = self.house.clock.now();
        self.account();
        let named = addressed(&text, &self.table);
        let shown = images::references(&images::outgoing(&self.house, &self.id, &images).await.unwrap_or_default());
        let content = Content::User { text: text.clone(), images: shown, state: SendState::Sent };
        let id = ItemId::from(format!("user/{otid}"));
        // Said again after a crash: where it stood.
        let position = self.item(&id).map_or_else(|| self.free_place(), |item| item.position);
        let item = Item { id, position, author: Author::You, at: now, run: None, step: None, content };
        self.changed(vec![Change::Put { item }]);
        self.state.floor.said(&self.table, text, images, named, now);
        self.save().await;
        self.state.said.clone_from(&otid);
        self.keep().await;
        let saved = self.house.store.take_unsent(&otid).await;
        self.warn(saved);
        true
    }

    /// Words that were said before the app was ended, and had not left the queue.
    pub(super) async fn drop_said(&mut self) {
        let said = self.state.said.clone();
        if self.queue.iter().any(|words| words.otid == said) {
            self.queue.retain(|words| words.otid != said);
            let saved = self.house.store.take_unsent(&said).await;
            self.warn(saved);
        }
    }

    pub(super) async fn edit_queued(&mut self, id: &QueuedId, text: String) -> Result<(), Failure> {
        let words = self.queue.iter_mut().find(|words| words.otid == id.as_str()).ok_or_else(went)?;
        if text.trim().is_empty() && words.images.is_empty() {
            return Err(Failure::new(Code::Invalid, "There is nothing to send. Remove the message instead."));
        }
        words.text = text;
        let words = words.clone();
        let saved = self.house.store.put_unsent(&words).await;
        self.warn(saved);
        Ok(())
    }

    pub(super) async fn take_back(&mut self, id: &QueuedId) -> Result<TakenBack, Failure> {
        let at = self.queue.iter().position(|words| words.otid == id.as_str()).ok_or_else(went)?;
        let words = self.queue.remove(at);
        let saved = self.house.store.take_unsent(&words.otid).await;
        self.warn(saved);
        if self.queue.is_empty() {
            self.hold_for(None).await;
        }
        images::put_back(&self.house, &self.id, &words.images, &words.names).await?;
        Ok(TakenBack { text: words.text, images: words.images })
    }

    /// Your words wait for you from now on, or go by themselves.
    pub(super) async fn hold_for(&mut self, hold: Option<Hold>) {
        if self.hold != hold {
            self.hold = hold;
            let saved = self.house.store.put_hold(&self.id, hold).await;
            self.warn(saved);
        }
    }

    fn queue(&self) -> Queue {
        let queued = |words: &Unsent| Queued {
            id: QueuedId::from(words.otid.as_str()),
            text: words.text.clone(),
            images: words.images.clone(),
            at: words.at,
        };
        let queued: Vec<Queued> = self.queue.iter().map(queued).collect();
        let waits_for = match self.hold {
            _ if queued.is_empty() => WaitsFor::Turn,
            Some(_) => WaitsFor::You { why: "You stopped the table before it.".to_owned() },
            None if matches!(self.turn(), model::Turn::Paused { .. }) => WaitsFor::Decision,
            None => WaitsFor::Turn,
        };
        Queue { queued, waits_for }
    }

    /// Tells what waits, where that changed.
    pub(super) fn tell_queue(&mut self) {
        if !self.open {
            return;
        }
        let queue = self.queue();
        if queue != self.told_queue {
            self.told_queue = queue.clone();
            self.house.listeners.tell(&Told::Queue { conversation: self.id.clone(), queue });
        }
    }

    /// What waits, for a window that opens.
    pub(super) fn queue_for_window(&mut self) -> Queue {
        self.told_queue = self.queue();
        self.told_queue.clone()
    }
}

fn went() -> Failure {
    Failure::new(Code::Conflict, "This message is on its way already.")
}
