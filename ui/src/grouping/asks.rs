//! Emptying and deleting a server's group: what is lost, and what is not. Cancel is the default of both.

use leptos::prelude::*;
use model::ConversationId;

use crate::{
    modal::{Dialog, Doing},
    state::State,
};

fn title(state: State, id: &ConversationId) -> String {
    let row = state.conversations.get_untracked(id);
    row.map(|row| row.with_untracked(|row| row.title.clone())).unwrap_or_default()
}

/// All that was said is to go.
#[component]
pub(super) fn Reset(id: ConversationId) -> impl IntoView {
    let state = State::here();
    let name = title(state, &id);
    let asked = format!("Reset the messages of {name}?");
    let agree = move || {
        let (id, name) = (id.clone(), name.clone());
        Box::pin(async move {
            state.reset_group(id).await.map_err(|failure| failure.message)?;
            state.toast.set(Some(format!("{name} begins anew")));
            Ok(())
        }) as Doing
    };
    view! {
        <Dialog
            title=asked
            verb="Reset"
            danger=true
            agree=agree
            leave=move |()| state.grouping.set(None)
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
    let name = title(state, &id);
    let asked = format!("Delete {name}?");
    let agree = move || {
        let (id, name) = (id.clone(), name.clone());
        Box::pin(async move {
            state.delete_group(id).await.map_err(|failure| failure.message)?;
            state.toast.set(Some(format!("{name} was deleted")));
            Ok(())
        }) as Doing
    };
    view! {
        <Dialog
            title=asked
            verb="Delete"
            danger=true
            agree=agree
            leave=move |()| state.grouping.set(None)
        >
            <p>"The server deletes the group. It cannot be opened again, and this cannot be undone."</p>
            <p>"Its members, their memory and their own talk stay."</p>
        </Dialog>
    }
}
