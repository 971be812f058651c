//! Words that wait: behind an answer, for a decision, for the line, or for the user. One after the other they go by `running`, as soon
//! as nothing stands in their way; never by themselves after a stop or a failure. What is sent while the server is away waits here
//! too.

use letta::End;
use model::{Change, Code, Connection, Failure, ImageId, Queue, Queued, QueuedId, TakenBack, Turn, WaitsFor};

use super::actor::Talk;
use crate::{
    images,
    news::Told,
    store::{Hold, Unsent},
};

/// What waits in a conversation.
#[derive(Default)]
pub(super) struct Waiting {
    words: Vec<Unsent>,
    hold: Option<Hold>,
    /// As the window knows it.
    told: Queue,
}

impl Waiting {
    /// As it was kept.
    pub(super) fn new(words: Vec<Unsent>, hold: Option<Hold>) -> Self {
        Self { words, hold, told: Queue::default() }
    }

    /// Our ids of all that waits.
    pub(super) fn otids(&self) -> Vec<String> {
        self.words.iter().map(|words| words.otid.clone()).collect()
    }

    /// Something here goes as soon as it can, without the user.
    pub(super) fn goes_by_itself(&self) -> bool {
        !self.words.is_empty() && self.hold.is_none()
    }
}

impl Talk {
    /// New words of the user: they go now, or wait.
    pub(super) async fn send(&mut self, text: String, images: Vec<ImageId>) -> Result<(), Failure> {
        if text.trim().is_empty() && images.is_empty() {
            return Err(Failure::new(Code::Invalid, "There is nothing to send."));
        }
        if let Some(closed) = self.house.sidebar.row(&self.id).and_then(|row| row.closed) {
            return Err(Failure::new(Code::Server, closed));
        }
        let text = if text.trim().is_empty() { String::new() } else { text };
        // What is not there any more is said before the composer is emptied.
        images::outgoing(&self.house, &self.id, &images).await?;
        let names = images::without(&self.house, &self.id, &images).await?;
        let words = Unsent {
            conversation: self.id.clone(),
            otid: uuid::Uuid::new_v4().to_string(),
            text,
            images,
            names,
            at: self.house.clock.now(),
            queued: true,
        };
        self.put_in_line(words).await;
        let saved = self.house.store.put_draft(&self.id, "", self.house.clock.now()).await;
        self.warn(saved);
        Ok(())
    }

    /// Words go now if nothing stands in their way, else when it is their turn.
    pub(super) async fn put_in_line(&mut self, words: Unsent) {
        // What waits for the user is passed: the new words are what the user wants now.
        if self.way_is_free() && !self.waiting.goes_by_itself() {
            self.say(words).await;
            return;
        }
        self.keep(&words).await;
        self.waiting.words.push(words);
        if self.is_away() {
            self.house.profiles.wake(&self.profile);
        }
    }

    /// Words that never left this computer, because the server is out of reach, wait for the line like those written after it was lost.
    pub(super) async fn wait_for_line(&mut self, otid: &str) {
        let sent = self.house.store.unsent(&self.id).await.unwrap_or_default();
        let Some(words) = sent.into_iter().find(|words| words.otid == otid) else { return };
        let row = self.timeline.items().iter().find(|item| super::again::otid(item) == Some(otid));
        if let Some(row) = row.map(|row| row.id.clone()) {
            self.replace(Change::Remove { id: row });
        }
        let words = Unsent { queued: true, ..words };
        self.keep(&words).await;
        self.waiting.words.insert(0, words);
        self.turned();
    }

    /// Other words instead of those that wait.
    pub(super) async fn edit_queued(&mut self, id: &QueuedId, text: String) -> Result<(), Failure> {
        let words = self.waiting.words.iter_mut().find(|words| words.otid == id.as_str()).ok_or_else(went)?;
        if text.trim().is_empty() && words.images.is_empty() {
            return Err(Failure::new(Code::Invalid, "There is nothing to send. Remove the message instead."));
        }
        words.text = text;
        let words = words.clone();
        self.keep(&words).await;
        Ok(())
    }

    /// Takes words out of the queue.
    pub(super) async fn take_back(&mut self, id: &QueuedId) -> Result<TakenBack, Failure> {
        let at = self.waiting.words.iter().position(|words| words.otid == id.as_str()).ok_or_else(went)?;
        let words = self.waiting.words.remove(at);
        let saved = self.house.store.take_unsent(&words.otid).await;
        self.warn(saved);
        if self.waiting.words.is_empty() {
            self.hold(None).await;
        }
        images::put_back(&self.house, &self.id, &words.images, &words.names).await?;
        Ok(TakenBack { text: words.text, images: words.images })
    }

    /// The user lets the queue go.
    pub(super) async fn release(&mut self) {
        self.hold(None).await;
        if self.is_away() {
            self.house.profiles.wake(&self.profile);
        }
    }

    /// Sends the first that waits, if nothing stands in its way.
    pub(super) async fn send_next(&mut self) {
        if !self.waiting.goes_by_itself() || self.looking || !self.way_is_free() {
            return;
        }
        let words = self.waiting.words.remove(0);
        self.say(words).await;
    }

    /// What an end means for those that wait: after a good one they go on, after any other they wait for the user.
    pub(super) fn queue_after(&mut self, end: &End) {
        let hold = match end {
            // An answer that was picked up after a restart is not what those that wait were written for.
            End::Finished if matches!(self.waiting.hold, Some(Hold::Stopped | Hold::Ended)) => return,
            End::Finished => None,
            End::Stopped => Some(Hold::Stopped),
            End::Interrupted { .. } => Some(Hold::Lost),
            End::Failed(_) => Some(Hold::Failed),
        };
        self.hold_later(hold);
    }

    /// The app ended within an answer.
    pub(super) fn queue_after_restart(&mut self) {
        self.hold_later(Some(Hold::Ended));
    }

    fn hold_later(&mut self, hold: Option<Hold>) {
        if self.waiting.hold == hold || self.waiting.words.is_empty() {
            return;
        }
        self.waiting.hold = hold;
        let (house, id) = (self.house.clone(), self.id.clone());
        self.house.spawn(async move {
            if let Err(error) = house.store.put_hold(&id, hold).await {
                tracing::warn!(conversation = %id, %error, "what the queue waits for is not saved");
            }
        });
    }

    async fn hold(&mut self, hold: Option<Hold>) {
        if self.waiting.hold != hold {
            self.waiting.hold = hold;
            let saved = self.house.store.put_hold(&self.id, hold).await;
            self.warn(saved);
        }
    }

    async fn keep(&mut self, words: &Unsent) {
        let saved = self.house.store.put_unsent(words).await;
        self.warn(saved);
    }

    /// Words said now would go to the server at once.
    fn way_is_free(&self) -> bool {
        self.turn() == Turn::Yours && !self.is_away()
    }

    /// The server does not answer now, and is being tried. A refused key is no such case: words would wait for nothing.
    fn is_away(&self) -> bool {
        self.house.profiles.get(&self.profile).is_some_and(|profile| match profile.connection {
            Connection::Offline { .. } | Connection::Reconnecting { .. } | Connection::Syncing { .. } => true,
            Connection::Online | Connection::Refused { .. } => false,
        })
    }

    /// What waits, for the window.
    pub(super) fn queue(&self) -> Queue {
        let queued = |words: &Unsent| Queued {
            id: QueuedId::from(words.otid.as_str()),
            text: words.text.clone(),
            images: words.images.clone(),
            at: words.at,
        };
        let queued: Vec<Queued> = self.waiting.words.iter().map(queued).collect();
        let waits_for = match self.waiting.hold {
            _ if queued.is_empty() => WaitsFor::Turn,
            Some(hold) => WaitsFor::You { why: why(hold).to_owned() },
            None if matches!(self.turn(), Turn::Paused { .. }) => WaitsFor::Decision,
            None if self.is_away() => WaitsFor::Line,
            None => WaitsFor::Turn,
        };
        Queue { queued, waits_for }
    }

    /// Tells what waits, where that changed.
    pub(super) fn tell_queue(&mut self) {
        if !self.open || (self.waiting.words.is_empty() && self.waiting.told.queued.is_empty()) {
            return;
        }
        let queue = self.queue();
        if queue != self.waiting.told {
            // Words go from the queue into the list, or back: never seen in both places.
            self.show();
            self.waiting.told = queue.clone();
            self.house.listeners.tell(&Told::Queue { conversation: self.id.clone(), queue });
        }
    }

    /// What waits, for a window that opens.
    pub(super) fn queue_for_window(&mut self) -> Queue {
        self.waiting.told = self.queue();
        self.waiting.told.clone()
    }
}

fn why(hold: Hold) -> &'static str {
    match hold {
        Hold::Stopped => "You stopped the answer before it.",
        Hold::Failed => "The answer before it failed.",
        Hold::Lost => "The connection was lost within the answer before it.",
        Hold::Ended => "Tertulia was closed within the answer before it.",
    }
}

fn went() -> Failure {
    Failure::new(Code::Conflict, "This message is on its way already.")
}
