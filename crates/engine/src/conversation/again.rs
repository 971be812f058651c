//! Trying again: what an item offers, and what is said where trying found no more. What is asked first, and what is done then, is
//! `resuming`.

use model::{Change, Code, Content, Failure, ImageId, Item, ItemId, RunId, SendState};

use super::{Reply, actor::Talk};

/// What trying again means for an item.
struct Again {
    /// Of the user's words that it is about.
    otid: String,
    /// The run that answered them, as far as known.
    run: Option<RunId>,
}

impl Talk {
    /// Tries again what an item offers.
    pub(super) fn retry(&mut self, id: &ItemId, reply: Reply<()>) {
        self.make_way();
        let again = self.free().and_then(|()| {
            // Without a server there is nothing to try.
            self.client()?;
            self.what_again(id)
        });
        match again {
            Ok(Again { otid, run }) => self.look_for_user(otid, id.clone(), run, reply),
            Err(failure) => {
                let _ = reply.send(Err(failure));
            }
        }
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
        let Content::User { state, .. } = &user.content else { return Err(nothing()) };
        let otid = otid(user).ok_or_else(nothing)?.to_owned();
        let run = match state {
            SendState::Failed { .. } | SendState::Doubtful { .. } => None,
            SendState::Sending | SendState::Sent => {
                items[..=at].iter().rev().take_while(|item| item.id != user.id).find_map(|item| item.run.clone())
            }
        };
        Ok(Again { otid, run })
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
        self.in_doubt = None;
        if let Some(otid) = otid {
            let saved = self.house.store.take_unsent(&otid).await;
            self.page.warn(saved);
        }
        self.save().await;
        Ok(())
    }

    /// The server has the question and no more of the answer than stands here.
    pub(super) fn unanswered(&mut self, id: &ItemId) {
        let Some(mut item) = self.item(id).cloned() else { return };
        let Content::Error(trouble) = &mut item.content else { return };
        trouble.why = "The server has your message, but not the rest of the answer. Write again to go on.".to_owned();
        self.replace(Change::Put { item });
    }

    /// The pictures of the user's words that stand here.
    pub(super) fn pictures_of(&self, otid: &str) -> Vec<ImageId> {
        let row = self.timeline.items().iter().find(|item| self::otid(item) == Some(otid));
        let Some(Content::User { images, .. }) = row.map(|row| &row.content) else { return Vec::new() };
        images.iter().filter_map(|image| image.hash().cloned()).collect()
    }

    /// Takes an item out that says what is no longer so.
    pub(super) fn forget(&mut self, id: &ItemId) {
        if self.item(id).is_some_and(|item| !matches!(item.content, Content::User { .. })) {
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
}

/// The otid of a user's row, which is in its id (see `letta::Timeline::sent`).
pub(super) fn otid(item: &Item) -> Option<&str> {
    item.id.as_str().strip_prefix("user/")
}
