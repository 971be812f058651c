//! Draws the rows of a conversation.

use leptos::prelude::*;

use super::{Doings, Entry, Rows, What};

/// A conversation, scrolled by the reader.
#[component]
pub fn TimelineView(
    /// What it shows.
    rows: Rows,
    /// What it asks of the rest of the window.
    doings: Doings,
) -> impl IntoView {
    let _ = doings;
    let entries = {
        let rows = rows.clone();
        move || rows.entries().to_vec()
    };
    let row = move |entry: Entry| {
        let What::Item(id) = entry.what else { return None };
        let item = rows.item(&id)?;
        Some(
            view! { <article data-testid="item" data-id=id.to_string()>{move || item.with(|item| item.kind())}</article> },
        )
    };
    view! {
        <div class="timeline" data-testid="timeline" role="log" aria-live="off" aria-label="Conversation">
            <For each=entries key=|entry| entry.clone() children=row/>
        </div>
    }
}
