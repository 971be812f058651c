//! Trying again: what an item offers, and what is done once the history was looked at. Nothing is sent that the server has.

use model::{Change, Code, Content, Failure, Item, ItemId, RunId, SendState};

use super::{Reply, actor::Talk, fetch::Newest, state::State};
use crate::store::Unsent;

/// What a look at the history is for, beside the history.
pub(super) enum After {
    /// A message that did not arrive: sent again unless the server has it.
    Resend { otid: String, text: String, reply: Reply<()> },
    /// An answer that was cut off: taken from the history if it is there; the question is sent again only if the server lacks it.
    /// `run`: the run of that answer, if its end was not waited for yet.
    Resume { otid: String, text: String, item: ItemId, run: Option<RunId>, reply: Reply<()> },
}

impl Talk {
    pub(super) async fn go_on(&mut self, after: After, newest: &Newest) {
        match after {
            After::Resend { otid, text, reply } => {
                if !newest.has(&otid) && self.still_unsent(&otid) {
                    self.say(self.unsent(otid, text)).await;
                }
                let _ = reply.send(Ok(()));
            }
            After::Resume { otid, text, item, run, reply } => {
                let has = newest.has(&otid) || newest.has_text(&text);
                if self.item(&item).is_none() {
                    // Healed by what the history had.
                } else if let (true, true, Some(_)) = (has, self.state.is_idle(), &run) {
                    self.resume(After::Resume { otid, text, item, run, reply });
                    return;
                } else if !has && self.state.is_idle() {
                    self.say(self.unsent(otid, text)).await;
                    self.forget(&item);
                } else {
                    self.unanswered(&item);
                }
                let _ = reply.send(Ok(()));
            }
        }
    }

    fn unsent(&self, otid: String, text: String) -> Unsent {
        let at = self.house.clock.now();
        let images = self.pictures_of(&otid);
        Unsent { conversation: self.id.clone(), otid, text, images, at, queued: false }
    }

    /// Whether a failed row is still a failed row: history may have healed it under the server's own name.
    fn still_unsent(&self, otid: &str) -> bool {
        self.timeline.items().iter().any(|item| {
            self::otid(item) == Some(otid)
                && matches!(
                    &item.content,
                    Content::User { state: SendState::Failed { .. } | SendState::Doubtful { .. }, .. }
                )
        })
    }

    /// The server has the question and no more of the answer than stands here.
    fn unanswered(&mut self, id: &ItemId) {
        let Some(mut item) = self.item(id).cloned() else { return };
        let Content::Error(trouble) = &mut item.content else { return };
        trouble.why = "The server has your message, but not the rest of the answer. Write again to go on.".to_owned();
        self.replace(Change::Put { item });
    }

    /// Takes an item out that says what is no longer so.
    fn forget(&mut self, id: &ItemId) {
        if self.item(id).is_some() {
            self.replace(Change::Remove { id: id.clone() });
        }
    }

    /// A change of our own making.
    pub(super) fn replace(&mut self, change: Change) {
        let mut items = self.timeline.items().to_vec();
        model::apply(&mut items, change.clone());
        self.timeline.load(items);
        self.changed(vec![change]);
    }

    /// Tries again what an item offers.
    pub(super) fn retry(&mut self, id: &ItemId, reply: Reply<()>) {
        let again = self.free().and_then(|()| {
            // Without a server there is nothing to try.
            self.client()?;
            self.what_again(id)
        });
        match again {
            Ok(Again::Resend { otid, text }) => self.look(Some(After::Resend { otid, text, reply })),
            Ok(Again::Resume { otid, text, run }) => {
                self.resume(After::Resume { otid, text, item: id.clone(), run, reply });
            }
            Err(failure) => {
                let _ = reply.send(Err(failure));
            }
        }
    }

    /// Waits for the end of the run that was cut off, then looks. While another look is under way the run is waited for after it.
    fn resume(&mut self, mut after: After) {
        let mut run = None;
        if let (After::Resume { run: unwaited, .. }, false) = (&mut after, self.looking) {
            run = unwaited.take();
            if run.is_some() {
                self.state = State::Following;
                self.turned();
            }
        }
        self.look_with(Some(after), run, None);
    }

    /// Words of which nobody knows whether they arrived stay as they are, and are not sent again.
    pub(super) async fn leave(&mut self, id: &ItemId) -> Result<(), Failure> {
        let gone = || Failure::new(Code::Conflict, "It is no longer in doubt.");
        let mut item = self.item(id).cloned().ok_or_else(gone)?;
        let Content::User { state: SendState::Doubtful { left, .. }, .. } = &mut item.content else {
            return Err(gone());
        };
        *left = true;
        let otid = otid(&item).map(str::to_owned);
        self.replace(Change::Put { item });
        if let Some(otid) = otid {
            let saved = self.house.store.take_unsent(&otid).await;
            self.warn(saved);
        }
        self.save().await;
        Ok(())
    }

    fn what_again(&self, id: &ItemId) -> Result<Again, Failure> {
        let items = self.timeline.items();
        let at = items
            .iter()
            .position(|item| item.id == *id)
            .ok_or_else(|| Failure::new(Code::Conflict, "This is no longer there."))?;
        let user = items[..=at].iter().rev().find(|item| matches!(item.content, Content::User { .. }));
        let nothing = || Failure::new(Code::Invalid, "There is nothing to try again here.");
        let user = user.ok_or_else(nothing)?;
        let Content::User { text, state, .. } = &user.content else { return Err(nothing()) };
        let otid = otid(user).ok_or_else(nothing)?.to_owned();
        let text = text.clone();
        match state {
            SendState::Failed { .. } | SendState::Doubtful { .. } => Ok(Again::Resend { otid, text }),
            SendState::Sending | SendState::Sent => {
                let run =
                    items[..=at].iter().rev().take_while(|item| item.id != user.id).find_map(|item| item.run.clone());
                Ok(Again::Resume { otid, text, run })
            }
        }
    }
}

/// What trying again means for an item.
enum Again {
    Resend { otid: String, text: String },
    Resume { otid: String, text: String, run: Option<RunId> },
}

/// The otid of a user's row, which is in its id (see `letta::Timeline::sent`).
pub(super) fn otid(item: &Item) -> Option<&str> {
    item.id.as_str().strip_prefix("user/")
}
