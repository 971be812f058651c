//! What can be done with a table as a whole, and with a server's group: the first lines of the menu in the bar.

use leptos::prelude::*;
use model::{ConversationId, ConversationKind};

use crate::{icons::Symbol, inspector::InspectorLine, menu::MenuItem, open::Open, state::State};

/// The lines; none for an agent.
#[component]
pub fn TableLines(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let state = State::here();
    let id = StoredValue::new(open.id.clone());
    let known = Memo::new(move |_| open.row(state).map(|row| (row.kind, row.archived)));
    let line = move |handle, symbol, words: &str, act: fn(State, ConversationId)| {
        view! { <MenuItem handle=handle symbol=symbol words=words act=move || act(state, id.get_value())/> }
    };
    move || {
        match known.get()? {
        (ConversationKind::Agent | ConversationKind::Conversation, _) => None,
        (ConversationKind::Group, _) => Some(
            view! {
                <InspectorLine/>
                {line("copy-table", Symbol::Table, "Make a table of this group…", |state, id| state.copy_table(id))}
                <hr/>
            }
            .into_any(),
        ),
        (ConversationKind::Table, archived) => Some(
            view! {
                <InspectorLine/>
                {line("change-table", Symbol::Pencil, "Change the table…", |state, id| state.change_table(id))}
                {line("copy-table", Symbol::Copy, "Duplicate…", |state, id| state.copy_table(id))}
                {match archived {
                    true => line("unarchive-table", Symbol::History, "Take out of the archive", |state, id| state.archive_table(id, false)),
                    false => line("archive-table", Symbol::History, "Archive", |state, id| state.archive_table(id, true)),
                }}
                {line("delete-table", Symbol::Trash, "Delete…", |state, id| state.deleting.set(Some(id)))}
                <hr/>
            }
            .into_any(),
        ),
    }
    }
}
