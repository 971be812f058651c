//! Making a table that the app leads, and changing one: the dialog's parts are `dialog`, `members`, `guests`, `pattern` and `more`; what stands in
//! them is `form`. Whether a table can be held so is the engine's to tell. Deleting one is `asks`.

mod asks;
mod dialog;
mod form;
mod guests;
mod members;
mod more;
mod pattern;

use leptos::{prelude::*, task::spawn_local};
use model::{
    ConversationId, Failure, Table,
    command::{ArchiveTable, CopyOf, DeleteTable, TableOf},
};

pub use asks::AskDelete;
pub use dialog::MakingDialog;
pub(crate) use form::Way;
pub(crate) use guests::GuestSearch;

use crate::{ipc, state::State};

/// What the dialog begins with.
#[derive(Clone, Debug, PartialEq)]
pub enum Making {
    /// A table of which nothing is known.
    New,
    /// A table as a copy of another, or of a server's group, would be.
    Like(Box<Table>),
    /// One that there is.
    Change(ConversationId, Box<Table>),
}

impl State {
    /// Opens the dialog for a new table.
    pub fn make_table(self) {
        if self.making.with_untracked(Option::is_none) {
            self.making.set(Some(Making::New));
        }
    }

    /// Opens the dialog with what holds at a table.
    pub fn change_table(self, conversation: ConversationId) {
        spawn_local(async move {
            match ipc::call(TableOf { conversation: conversation.clone() }).await {
                Ok(table) => self.making.set(Some(Making::Change(conversation, Box::new(table)))),
                Err(failure) => self.toast.set(Some(failure.message)),
            }
        });
    }

    /// Opens the dialog with a copy of a table, or of a server's group.
    pub fn copy_table(self, conversation: ConversationId) {
        spawn_local(async move {
            match ipc::call(CopyOf { conversation }).await {
                Ok(table) => self.making.set(Some(Making::Like(Box::new(table)))),
                Err(failure) => self.toast.set(Some(failure.message)),
            }
        });
    }

    /// Puts a table away, or takes it out again.
    pub fn archive_table(self, conversation: ConversationId, archived: bool) {
        spawn_local(async move {
            if let Err(failure) = ipc::call(ArchiveTable { conversation, archived }).await {
                self.toast.set(Some(failure.message));
            }
        });
    }
    /// Deletes a table. If it was open, another is opened.
    async fn delete_table(self, conversation: ConversationId) -> Result<(), Failure> {
        let was_open = self.opened_untracked().is_some_and(|open| open.id == conversation);
        ipc::call(DeleteTable { conversation: conversation.clone() }).await?;
        if was_open {
            self.open.set(None);
            self.open_another(Some(&conversation));
        }
        Ok(())
    }
}
