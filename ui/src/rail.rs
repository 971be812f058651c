//! The rail: the sidebar of a narrow window, in 56 px.

use leptos::prelude::*;
use model::{Conversation, ConversationId, ConversationKind};

use crate::{
    conversations::spoken,
    icons::{Icon, Monogram, Symbol},
    look::Look,
    seats,
    server_menu::ServerMenu,
    sidebar::{Led, listed, waiting},
    state::{State, View},
    table::{Table, Word},
};

/// The rail.
#[component]
pub fn Rail() -> impl IntoView {
    let state = State::here();
    let look = Look::here();
    let order = listed();
    let count = waiting(state);
    let label = move || match count.get() {
        0 => "Approvals".to_owned(),
        count => format!("Approvals, {count} waiting"),
    };
    let at_inbox = Memo::new(move |_| state.view.get() == View::Approvals);
    view! {
        <nav class="rail" data-testid="sidebar" aria-label="Sidebar">
            <ServerMenu bare=true/>
            <button
                class="ri"
                class:is-on=at_inbox
                data-testid="approvals-count"
                data-count=move || count.get()
                aria-current=move || at_inbox.get().then_some("page")
                aria-label=label
                title="Approvals"
                on:click=move |_| state.view.set(View::Approvals)
            >
                <Icon symbol=Symbol::Stamp/>
                <Show when=move || { count.get() > 0 }><span class="rb">{count}</span></Show>
            </button>
            <span class="rh"></span>
            <div class="rail-scroll">
                <For each=move || order.get().0 key=Clone::clone let(id)><Seat id=id/></For>
                <Show when=move || order.with(|order| !order.0.is_empty() && !order.1.is_empty())><span class="rh"></span></Show>
                <For each=move || order.get().1 key=Clone::clone let(id)><Seat id=id/></For>
            </div>
            <Led/>
            <button
                class="ri"
                aria-label="Expand sidebar"
                data-testid="expand-sidebar"
                on:click=move |_| look.over.set(true)
            >
                <Icon symbol=Symbol::PanelLeft/>
            </button>
        </nav>
    }
}

/// One conversation: the live table of a group, the monogram of an agent.
#[component]
fn Seat(id: ConversationId) -> impl IntoView {
    let state = State::here();
    let on = {
        let id = id.clone();
        Memo::new(move |_| {
            state.view.get() == View::Talk && state.open.with(|open| open.as_ref().is_some_and(|open| open.id == id))
        })
    };
    state.conversations.get_untracked(&id).map(|row| {
        let kind = row.read_untracked().kind;
        let (label, face, mark) = (row.clone(), row.clone(), row.clone());
        let opening = id.clone();
        view! {
            <button
                class="ri"
                class:is-on=on
                data-testid="conversation-row"
                data-conversation=id.to_string()
                data-kind=kind.word()
                aria-current=move || on.get().then_some("page")
                aria-label=move || label.with(spoken)
                title=move || label_of(&state, &opening)
                on:click={
                    let id = id.clone();
                    move |_| state.open(id.clone())
                }
            >
                {move || face.with(drawing)}
                {move || mark.with(|row| {
                    let unread = row.unread && row.waiting == 0;
                    (unread || row.waiting > 0).then(|| view! { <span class="rd" class:u=unread></span> })
                })}
            </button>
        }
    })
}

fn label_of(state: &State, id: &ConversationId) -> Option<String> {
    state.conversations.get(id).map(|row| row.with(|row| row.title.clone()))
}

fn drawing(row: &Conversation) -> AnyView {
    match (row.kind, row.members.first()) {
        (ConversationKind::Agent | ConversationKind::Conversation, Some(member)) => {
            view! { <Monogram letters=member.monogram.clone() hue=member.hue/> }.into_any()
        }
        (ConversationKind::Agent | ConversationKind::Conversation, None) => {
            view! { <Icon symbol=Symbol::Chat/> }.into_any()
        }
        (ConversationKind::Group | ConversationKind::Table, _) => {
            let hues: Vec<u8> = row.members.iter().map(|member| member.hue).collect();
            // At rest the small table is whole; only a voice turns it.
            let word = match seats::word(&row.members, &row.turn) {
                Word::You => Word::Nobody,
                word @ (Word::Nobody | Word::Member(_)) => word,
            };
            view! { <Table hues=hues word=word size=26/> }.into_any()
        }
    }
}
