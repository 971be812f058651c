//! Deleting a table: what is lost, and what is not. Cancel is the default.

use leptos::prelude::*;
use model::{Conversation, Turn};

use crate::{
    modal::{Dialog, Doing},
    state::State,
};

/// The table is to go.
#[component]
pub fn AskDelete(
    /// Its row as it is when asked.
    row: Conversation,
) -> impl IntoView {
    let state = State::here();
    let (id, name) = (row.id.clone(), row.title.clone());
    let agree = move || {
        let (id, name) = (id.clone(), name.clone());
        Box::pin(async move {
            state.delete_table(id).await.map_err(|failure| failure.message)?;
            state.toast.set(Some(format!("{name} was deleted")));
            Ok(())
        }) as Doing
    };
    let runs = match row.turn {
        Turn::Yours | Turn::Paused { .. } => false,
        Turn::Sent | Turn::Speaking { .. } | Turn::Resuming { .. } | Turn::Stopping | Turn::Finishing { .. } => true,
    };
    view! {
        <Dialog
            title=format!("Delete {}?", row.title)
            verb="Delete"
            danger=true
            agree=agree
            leave=move |()| state.deleting.set(None)
        >
            <p>"All that was said at this table is lost: it is kept on this computer alone. This cannot be undone."</p>
            {runs.then(|| view! { <p>"Whoever is at it now is stopped."</p> })}
            <p>
                "The agents and their memory stay, and what their servers keep. A conversation that the table had with an agent alone stands under it in the list from then on."
            </p>
        </Dialog>
    }
}
