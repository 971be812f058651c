//! Your words at a table: said when nobody is at it, else waiting until whoever speaks is done.

use model::{Author, Change, Content, Failure, ImageId, Item, ItemId, Queue, SendState};

use super::Tabled;
use crate::{
    conversation::outbox::Outbox,
    images,
    store::Unsent,
    table::{Kind, addressed},
};

impl Tabled {
    /// New words: they go as soon as nobody is at it.
    pub(super) async fn send(&mut self, text: String, images: Vec<ImageId>) -> Result<(), Failure> {
        let words = Outbox::written(&self.page, text, images).await?;
        // What waits for the user is passed: the new words are what the user wants now.
        let passes = self.outbox.hold.is_some() && !self.is_busy();
        self.outbox.put(&self.page, words, passes).await;
        Outbox::empty_composer(&self.page).await;
        if passes {
            self.outbox.hold(&self.page, None).await;
        }
        self.writing = false;
        self.countdown = None;
        Ok(())
    }

    /// Somebody is at it who is heard to the end before you are.
    fn is_busy(&self) -> bool {
        self.running.iter().any(|running| match running.lane.kind {
            Kind::Behind => false,
            Kind::Pick => !self.floor().is_aside(&running.lane.agent),
            Kind::Speak => {
                !(running.waits() && (self.table.around_waiting || self.floor().is_aside(&running.lane.agent)))
            }
        })
    }

    /// Says what waits first, if nobody is at it. True: something was said.
    pub(super) async fn say_next(&mut self) -> bool {
        if !self.outbox.goes_by_itself() || self.is_busy() {
            return false;
        }
        let Some(Unsent { otid, text, images, .. }) = self.outbox.next() else { return false };
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
        self.state.said.clone_from(&otid);
        self.keep().await;
        let saved = self.house.store.take_unsent(&otid).await;
        self.page.warn(saved);
        true
    }

    /// Words that were said before the app was ended, and had not left the queue.
    pub(super) async fn drop_said(&mut self) {
        self.outbox.drop(&self.page, &self.state.said).await;
    }

    /// What waits, for the window.
    pub(super) fn queue(&self) -> Queue {
        self.outbox.queue(&self.turn(), false, |_| "You stopped the table before it.")
    }

    /// Tells what waits, where that changed.
    pub(super) fn tell_queue(&mut self) {
        if !self.page.open || self.outbox.is_quiet() {
            return;
        }
        let queue = self.queue();
        if self.outbox.note_told(&queue) {
            // Words go from the queue into the list: never seen in both places.
            self.show();
            self.page.tell_queue(queue);
        }
    }
}
