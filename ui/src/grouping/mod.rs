//! A server's own groups from the window: making one and changing one (`dialog`, of what stands in `form`), emptying and deleting one
//! (`asks`), and where all that is offered (`lines`). Only where the server's groups work; tables of the app are `making`.

mod asks;
mod dialog;
mod form;
mod lines;
mod members;

use leptos::{prelude::*, task::spawn_local};
use model::{
    ConversationId, Failure, Group, Skill,
    command::{DeleteGroup, GroupOf, ResetGroup},
};

pub use dialog::GroupDialogs;
pub use lines::{GroupLines, Led, LedBy};

use crate::{ipc, state::State};

/// What the user wants with a group, not yet confirmed.
#[derive(Clone, Debug, PartialEq)]
pub enum Grouping {
    /// A new one; perhaps with a name by now.
    Make(String),
    /// Other members, another name.
    Change(ConversationId, Box<Group>),
    /// Nothing said in it.
    Reset(ConversationId),
    /// None of it.
    Delete(ConversationId),
}

impl State {
    /// Tracked: the server that is shown has groups of its own that work.
    pub fn has_groups(self) -> bool {
        self.server().is_some_and(|server| server.can(Skill::Groups))
    }

    /// Opens the dialog with how a group is set.
    pub fn change_group(self, conversation: ConversationId) {
        spawn_local(async move {
            match ipc::call(GroupOf { conversation: conversation.clone() }).await {
                Ok(group) => self.grouping.set(Some(Grouping::Change(conversation, Box::new(group)))),
                Err(failure) => self.toast.set(Some(failure.message)),
            }
        });
    }

    async fn reset_group(self, conversation: ConversationId) -> Result<(), Failure> {
        ipc::call(ResetGroup { conversation }).await
    }

    /// Deletes a group on the server. If it was open, another is opened.
    async fn delete_group(self, conversation: ConversationId) -> Result<(), Failure> {
        ipc::call(DeleteGroup { conversation: conversation.clone() }).await?;
        if self.opened_untracked().is_some_and(|open| open.id == conversation) {
            self.open.set(None);
            self.open_another(Some(&conversation));
        }
        Ok(())
    }
}
