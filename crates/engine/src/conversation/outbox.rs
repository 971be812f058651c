//! Words that wait to be sent, in a talk or at a table: written, changed, taken back, held for the user; and how they are sent. When
//! one of them may go is the owner's to say: `queue` for talks, `tabled::words` for tables.

use model::{Code, Failure, ImageId, Queue, Queued, QueuedId, SendOptions, TakenBack, Turn, WaitsFor};

use super::{
    Reply,
    page::{Page, kept},
};
use crate::{
    images,
    store::{Hold, Unsent},
};

/// What is asked of any conversation about words that are to be sent.
pub(crate) enum OfOutbox {
    Edit { id: QueuedId, text: String, reply: Reply<()> },
    TakeBack { id: QueuedId, reply: Reply<TakenBack> },
    SetOptions { options: SendOptions, reply: Reply<()> },
}

/// What waits in a conversation.
pub(super) struct Outbox {
    words: Vec<Unsent>,
    /// They wait for the user.
    pub(super) hold: Option<Hold>,
    /// As the window knows it.
    told: Queue,
    /// How words are sent here, as the user chose.
    pub(super) options: SendOptions,
}

impl Outbox {
    /// As it was kept.
    pub(super) async fn load(page: &Page) -> Self {
        let words = page.house.store.queued(&page.id).await.unwrap_or_default();
        let (options, hold) = page.house.store.sending(&page.id).await.unwrap_or_default();
        Self { words, hold, told: Queue::default(), options }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Our ids of all that waits.
    pub(super) fn otids(&self) -> Vec<String> {
        self.words.iter().map(|words| words.otid.clone()).collect()
    }

    /// Something here goes as soon as it can, without the user.
    pub(super) fn goes_by_itself(&self) -> bool {
        !self.words.is_empty() && self.hold.is_none()
    }

    /// New words of the user, which are in no line yet.
    ///
    /// # Errors
    /// There is nothing to send, or an image that was to go with it is not there any more.
    pub(super) async fn written(page: &Page, text: String, images: Vec<ImageId>) -> Result<Unsent, Failure> {
        if text.trim().is_empty() && images.is_empty() {
            return Err(Failure::new(Code::Invalid, "There is nothing to send."));
        }
        let text = if text.trim().is_empty() { String::new() } else { text };
        // What is not there any more is said before the composer is emptied.
        images::outgoing(&page.house, &page.id, &images).await?;
        let names = images::without(&page.house, &page.id, &images).await?;
        let (otid, at) = (uuid::Uuid::new_v4().to_string(), page.house.clock.now());
        Ok(Unsent { conversation: page.id.clone(), otid, text, images, names, at, queued: true })
    }

    /// The words are kept elsewhere now: the composer is empty.
    pub(super) async fn empty_composer(page: &Page) {
        page.warn(page.house.store.put_draft(&page.id, "", page.house.clock.now()).await);
    }

    /// Words wait, after all others or before them.
    pub(super) async fn put(&mut self, page: &Page, words: Unsent, first: bool) {
        page.warn(page.house.store.put_unsent(&words).await);
        let at = if first { 0 } else { self.words.len() };
        self.words.insert(at, words);
    }

    /// The first goes. It is kept until it is known to have arrived.
    pub(super) fn next(&mut self) -> Option<Unsent> {
        (!self.words.is_empty()).then(|| self.words.remove(0))
    }

    /// Words that went already wait no more.
    pub(super) async fn drop(&mut self, page: &Page, otid: &str) {
        let waited = self.words.len();
        self.words.retain(|words| words.otid != otid);
        if self.words.len() < waited {
            page.warn(page.house.store.take_unsent(otid).await);
        }
    }

    pub(super) async fn asked(&mut self, page: &Page, asked: OfOutbox) {
        // Who asked may be gone.
        match asked {
            OfOutbox::Edit { id, text, reply } => {
                let edited = self.edit(page, &id, text).await;
                let _ = reply.send(edited);
            }
            OfOutbox::TakeBack { id, reply } => {
                let taken = self.take_back(page, &id).await;
                let _ = reply.send(taken);
            }
            OfOutbox::SetOptions { options, reply } => {
                let set = self.set_options(page, options).await;
                let _ = reply.send(set);
            }
        }
    }

    /// Other words instead of those that wait.
    async fn edit(&mut self, page: &Page, id: &QueuedId, text: String) -> Result<(), Failure> {
        let words = self.words.iter_mut().find(|words| words.otid == id.as_str()).ok_or_else(went)?;
        if text.trim().is_empty() && words.images.is_empty() {
            return Err(Failure::new(Code::Invalid, "There is nothing to send. Remove the message instead."));
        }
        words.text = text;
        page.warn(page.house.store.put_unsent(words).await);
        Ok(())
    }

    /// Takes words out of the queue.
    async fn take_back(&mut self, page: &Page, id: &QueuedId) -> Result<TakenBack, Failure> {
        let at = self.words.iter().position(|words| words.otid == id.as_str()).ok_or_else(went)?;
        let words = self.words.remove(at);
        page.warn(page.house.store.take_unsent(&words.otid).await);
        if self.words.is_empty() {
            self.hold(page, None).await;
        }
        images::put_back(&page.house, &page.id, &words.images, &words.names).await?;
        Ok(TakenBack { text: words.text, images: words.images })
    }

    /// How words are sent here from now on.
    async fn set_options(&mut self, page: &Page, options: SendOptions) -> Result<(), Failure> {
        if options.max_steps.is_some_and(|steps| !(1..=SendOptions::MOST_STEPS).contains(&steps)) {
            let why = format!("The limit of steps is a number from 1 to {}.", SendOptions::MOST_STEPS);
            return Err(Failure::new(Code::Invalid, why));
        }
        kept(page.house.store.put_options(&page.id, &options).await)?;
        self.options = options;
        Ok(())
    }

    /// The words wait for the user from now on, or go by themselves.
    pub(super) async fn hold(&mut self, page: &Page, hold: Option<Hold>) {
        if self.hold != hold {
            self.hold = hold;
            page.warn(page.house.store.put_hold(&page.id, hold).await);
        }
    }

    /// The same without waiting for the disk, where words wait.
    pub(super) fn hold_later(&mut self, page: &Page, hold: Option<Hold>) {
        if self.hold == hold || self.words.is_empty() {
            return;
        }
        self.hold = hold;
        let (house, id) = (page.house.clone(), page.id.clone());
        page.house.spawn(async move {
            if let Err(error) = house.store.put_hold(&id, hold).await {
                tracing::warn!(conversation = %id, %error, "what the queue waits for is not saved");
            }
        });
    }

    /// What waits and for what, for the window. `away`: the line is down; `why`: they wait for the user.
    pub(super) fn queue(&self, turn: &Turn, away: bool, why: fn(Hold) -> &'static str) -> Queue {
        let queued = |words: &Unsent| Queued {
            id: QueuedId::from(words.otid.as_str()),
            text: words.text.clone(),
            images: words.images.clone(),
            at: words.at,
        };
        let waits_for = match self.hold {
            _ if self.words.is_empty() => WaitsFor::Turn,
            Some(hold) => WaitsFor::You { why: why(hold).to_owned() },
            None if matches!(turn, Turn::Paused { .. }) => WaitsFor::Decision,
            None if away => WaitsFor::Line,
            None => WaitsFor::Turn,
        };
        Queue { queued: self.words.iter().map(queued).collect(), waits_for }
    }

    /// Notes what the window is told. True: it did not know it yet.
    pub(super) fn note_told(&mut self, queue: &Queue) -> bool {
        let news = self.told != *queue;
        self.told.clone_from(queue);
        news
    }

    /// Nothing waits, and the window knows that.
    pub(super) fn is_quiet(&self) -> bool {
        self.words.is_empty() && self.told.queued.is_empty()
    }
}

fn went() -> Failure {
    Failure::new(Code::Conflict, "This message is on its way already.")
}
