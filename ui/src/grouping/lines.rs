//! Where a server's own groups are offered: the lines in the menu of one, and who leads what is being made.

use leptos::prelude::*;
use model::{ConversationId, ConversationKind};

use super::Grouping;
use crate::{
    choice::{Segment, Segments},
    icons::Symbol,
    menu::MenuItem,
    open::Open,
    state::State,
};

/// The lines in the menu of a group; none for all else, and none where the server's groups do not work.
#[component]
pub fn GroupLines(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let state = State::here();
    let id = StoredValue::new(open.id.clone());
    let offered = Memo::new(move |_| {
        state.has_groups() && open.row(state).is_some_and(|row| row.kind == ConversationKind::Group)
    });
    let line = move |handle, symbol, words: &str, act: fn(State, ConversationId)| {
        view! { <MenuItem handle=handle symbol=symbol words=words act=move || act(state, id.get_value())/> }
    };
    move || {
        offered.get().then(|| {
            view! {
                {line("change-group", Symbol::Pencil, "Change this group…", |state, id| state.change_group(id))}
                {line("reset-group", Symbol::History, "Reset its messages…", |state, id| state.grouping.set(Some(Grouping::Reset(id))))}
                {line("delete-group", Symbol::Trash, "Delete this group…", |state, id| state.grouping.set(Some(Grouping::Delete(id))))}
                <hr/>
            }
        })
    }
}

/// Who leads what is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Led {
    /// The app: a table.
    Here,
    /// The server: a group of its own.
    There,
}

/// The choice of it, where the server's groups work.
#[component]
pub fn LedBy(
    /// In the dialog of which.
    led: Led,
    /// The name as it is written by now.
    name: RwSignal<String>,
) -> impl IntoView {
    let state = State::here();
    let all = vec![
        Segment::new(Led::Here, "Tertulia").meaning("Agents of any server, with limits, approvals and names to call"),
        Segment::new(Led::There, "The server")
            .meaning("Agents of this server, as a group that its other programs see too"),
    ];
    let choose = move |led| match led {
        Led::Here => {
            state.grouping.set(None);
            state.make_table();
        }
        Led::There => {
            let name = name.get_untracked();
            state.making.set(None);
            state.grouping.set(Some(Grouping::Make(name)));
        }
    };
    view! {
        <Show when=move || state.has_groups()>
            <div class="opt">
                <span class="lb" aria-hidden="true">"Led by"</span>
                <Segments label="Led by" handle="led-by" all=all.clone() chosen=Signal::stored(led) choose=choose/>
            </div>
        </Show>
    }
}
