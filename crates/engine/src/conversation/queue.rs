//! Words that wait: behind an answer, for a decision, for the line, or for the user. One after the other they go by `running`, as soon
//! as nothing stands in their way; never by themselves after a stop or a failure. What is sent while the server is away waits here
//! too.

use letta::End;
use model::{Change, Code, Connection, Failure, ImageId, Queue, Turn};

use super::{actor::Talk, outbox::Outbox};
use crate::store::{Hold, Unsent};

impl Talk {
    /// New words of the user: they go now, or wait.
    pub(super) async fn send(&mut self, text: String, images: Vec<ImageId>) -> Result<(), Failure> {
        if let Some(closed) = self.house.sidebar.row(&self.id).and_then(|row| row.closed) {
            return Err(Failure::new(Code::Server, closed));
        }
        let words = Outbox::written(&self.page, text, images).await?;
        self.put_in_line(words).await;
        Outbox::empty_composer(&self.page).await;
        Ok(())
    }

    /// Words go now if nothing stands in their way, else when it is their turn.
    pub(super) async fn put_in_line(&mut self, words: Unsent) {
        // What waits for the user is passed: the new words are what the user wants now.
        if self.way_is_free() && !self.outbox.goes_by_itself() {
            self.say(words).await;
            return;
        }
        self.outbox.put(&self.page, words, false).await;
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
        self.outbox.put(&self.page, Unsent { queued: true, ..words }, true).await;
        self.turned();
    }

    /// The user lets the queue go.
    pub(super) async fn release(&mut self) {
        self.outbox.hold(&self.page, None).await;
        if self.is_away() {
            self.house.profiles.wake(&self.profile);
        }
    }

    /// Sends the first that waits, if nothing stands in its way.
    pub(super) async fn send_next(&mut self) {
        if !self.outbox.goes_by_itself() || self.looking || !self.way_is_free() {
            return;
        }
        if let Some(words) = self.outbox.next() {
            self.say(words).await;
        }
    }

    /// What an end means for those that wait: after a good one they go on, after any other they wait for the user.
    pub(super) fn queue_after(&mut self, end: &End) {
        let hold = match end {
            // An answer that was picked up after a restart is not what those that wait were written for.
            End::Finished if matches!(self.outbox.hold, Some(Hold::Stopped | Hold::Ended)) => return,
            End::Finished => None,
            End::Stopped => Some(Hold::Stopped),
            End::Interrupted { .. } => Some(Hold::Lost),
            End::Failed(_) => Some(Hold::Failed),
        };
        self.outbox.hold_later(&self.page, hold);
    }

    /// The app ended within an answer.
    pub(super) fn queue_after_restart(&mut self) {
        self.outbox.hold_later(&self.page, Some(Hold::Ended));
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
        self.outbox.queue(&self.turn(), self.is_away(), why)
    }

    /// Tells what waits, where that changed.
    pub(super) fn tell_queue(&mut self) {
        if !self.page.open || self.outbox.is_quiet() {
            return;
        }
        let queue = self.queue();
        if self.outbox.note_told(&queue) {
            // Words go from the queue into the list, or back: never seen in both places.
            self.show();
            self.page.tell_queue(queue);
        }
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
