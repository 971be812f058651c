//! The groups and tables of the sidebar: those in use, the way to a new one, and those that were put away.

use leptos::prelude::*;
use model::{ConversationId, ConversationKind};

use crate::{
    conversations::archived,
    icons::{Icon, Symbol},
    keys::chord,
    sidebar::{ConversationRow, rows},
    state::State,
};

/// The section.
#[component]
pub fn Groups(
    /// Those in use, in their order.
    #[prop(into)]
    order: Signal<Vec<ConversationId>>,
    /// For "5 min".
    now: RwSignal<i64>,
) -> impl IntoView {
    let state = State::here();
    // Of no use to somebody who has none of the server's groups.
    let has_groups = Memo::new(move |_| rows(state).iter().any(|row| row.kind == ConversationKind::Group));
    let groups_closed = move || state.server().and_then(|server| server.groups_closed).filter(|_| has_groups.get());
    let away = Memo::new(move |_| archived(&rows(state)));
    let folded = RwSignal::new(true);
    // What is open is seen.
    let shown = Memo::new(move |_| {
        let open = state.open.with(|open| open.as_ref().map(|open| open.id.clone()));
        !folded.get() || open.is_some_and(|open| away.with(|away| away.contains(&open)))
    });
    view! {
        <h2 class="sb-h">
            <span class="grow">"Groups"</span>
            <button
                class="ib"
                type="button"
                data-testid="new-table"
                aria-label="New table"
                title=format!("New table, {}", chord("Shift N"))
                on:click=move |_| state.make_table()
            >
                <Icon symbol=Symbol::Plus class="s"/>
            </button>
        </h2>
        {move || groups_closed().map(|why| view! { <p class="sb-note" data-testid="groups-closed">{why}</p> })}
        <For each=move || order.get() key=Clone::clone let(id)><ConversationRow id=id now=now/></For>
        <Show when=move || away.with(|away| !away.is_empty())>
            <button
                class="row under"
                data-testid="archived"
                aria-expanded=move || shown.get().to_string()
                on:click=move |_| folded.update(|folded| *folded = !*folded)
            >
                <span class="lead">{move || view! { <Icon symbol=if shown.get() { Symbol::Down } else { Symbol::Right } class="s"/> }}</span>
                <span class="cut">{move || format!("Archived, {}", away.with(Vec::len))}</span>
            </button>
        </Show>
        <Show when=move || shown.get()>
            <For each=move || away.get() key=Clone::clone let(id)><ConversationRow id=id now=now/></For>
        </Show>
    }
}
