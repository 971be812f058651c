//! Emptying and deleting a server's group: what is lost, and what is not. Cancel is the default of both.

use leptos::{prelude::*, task::spawn_local};
use model::ConversationId;

use crate::{dialogs::Dialog, state::State};

fn title(state: State, id: &ConversationId) -> String {
    let row = state.conversations.get_untracked(id);
    row.map(|row| row.with_untracked(|row| row.title.clone())).unwrap_or_default()
}

/// All that was said is to go.
#[component]
pub(super) fn Reset(id: ConversationId) -> impl IntoView {
    let state = State::here();
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None));
    let name = title(state, &id);
    let asked = format!("Reset the messages of {name}?");
    let agree = move || {
        busy.set(true);
        failure.set(None);
        let (id, name) = (id.clone(), name.clone());
        spawn_local(async move {
            let done = state.reset_group(id).await;
            busy.set(false);
            match done {
                Ok(()) => {
                    state.grouping.set(None);
                    state.toast.set(Some(format!("{name} begins anew")));
                }
                Err(why) => failure.set(Some(why.message)),
            }
        });
    };
    view! {
        <Dialog
            title=asked
            verb="Reset"
            danger=true
            agree=agree
            cancel=move || state.grouping.set(None)
            busy=busy
            failure=failure
        >
            <p>"All that was said in this group is lost: on the server, in the history of each member, and on this computer. This cannot be undone."</p>
            <p>"The group, its members and their memory stay."</p>
        </Dialog>
    }
}

/// The group is to go.
#[component]
pub(super) fn Delete(id: ConversationId) -> impl IntoView {
    let state = State::here();
    let (busy, failure) = (RwSignal::new(false), RwSignal::new(None));
    let name = title(state, &id);
    let asked = format!("Delete {name}?");
    let agree = move || {
        busy.set(true);
        failure.set(None);
        let (id, name) = (id.clone(), name.clone());
        spawn_local(async move {
            let done = state.delete_group(id).await;
            busy.set(false);
            match done {
                Ok(()) => {
                    state.grouping.set(None);
                    state.toast.set(Some(format!("{name} was deleted")));
                }
                Err(why) => failure.set(Some(why.message)),
            }
        });
    };
    view! {
        <Dialog
            title=asked
            verb="Delete"
            danger=true
            agree=agree
            cancel=move || state.grouping.set(None)
            busy=busy
            failure=failure
        >
            <p>"The server deletes the group. It cannot be opened again, and this cannot be undone."</p>
            <p>"Its members, their memory and their own talk stay."</p>
        </Dialog>
    }
}
