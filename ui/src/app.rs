//! The whole window: which screen, and what stands where around the open conversation.

use leptos::prelude::*;
use model::Theme;

use crate::{
    attaching::{self, DropZone},
    banners::Banners,
    bar::Bar,
    connect::Connect,
    dialogs::Dialogs,
    dock::Dock,
    empty::{Nothing, TableIsSet, Waiting},
    grouping::GroupDialogs,
    inbox::Inbox,
    inspector::Inspector,
    keys,
    lightbox::Lightbox,
    live::LiveRegions,
    look::{Look, Side},
    making::MakingDialog,
    open::Open,
    rail::Rail,
    sidebar::Sidebar,
    state::{Stage, State, View},
    timeline::TimelineView,
    toasts::Toasts,
    waiting,
};

/// The window.
#[component]
pub fn App() -> impl IntoView {
    let state = State::new();
    let look = Look::remembered();
    provide_context(state);
    provide_context(look);
    wear(state);
    title(state);
    keys::listen(state, look);
    attaching::listen(state);
    keep_drafts(state);
    on_cleanup(move || state.close());
    state.start();
    // Told again what is shown already, nothing is drawn anew.
    let stage = Memo::new(move |_| state.stage.get());
    view! {
        {move || match stage.get() {
            Stage::Starting => view! { <Starting/> }.into_any(),
            Stage::Connect => view! { <Connect/> }.into_any(),
            Stage::Table => view! { <AtTable/> }.into_any(),
        }}
        <Lightbox/>
        <Dialogs/>
        <MakingDialog/>
        <GroupDialogs/>
        <LiveRegions/>
    }
}

/// Before the engine's first answer: nothing, unless there is none.
#[component]
fn Starting() -> impl IntoView {
    let state = State::here();
    view! {
        {move || {
            state.broken.get().map(|failure| view! {
                <main class="main broken">
                    <div class="empty" role="alert">
                        <h2>"Tertulia did not start"</h2>
                        <p>{failure.message}</p>
                        {failure.details.map(|details| view! { <p class="mono t3">{details}</p> })}
                    </div>
                </main>
            })
        }}
    }
}

/// Sidebar or rail, the conversation, and the inspector.
#[component]
fn AtTable() -> impl IntoView {
    let state = State::here();
    let look = Look::here();
    let side = Memo::new(move |_| look.side());
    let over = Memo::new(move |_| look.over.get() && look.is_narrow());
    view! {
        <div class="app">
            {move || match side.get() {
                Side::Sidebar => view! { <Sidebar/> }.into_any(),
                Side::Rail => view! { <Rail/> }.into_any(),
                Side::Bare => ().into_any(),
            }}
            <Show when=move || over.get()>
                <div class="scrim" on:click=move |_| look.over.set(false)></div>
                <Sidebar over=true/>
            </Show>
            <main class="main">
                {move || match state.view.get() {
                    View::Approvals => view! { <Inbox/> }.into_any(),
                    View::Talk => view! { <Talk/> }.into_any(),
                }}
                <DropZone/>
                <Toasts/>
            </main>
            <Inspector/>
        </div>
    }
}

/// The open conversation, if one is.
#[component]
fn Talk() -> impl IntoView {
    let state = State::here();
    move || match state.open.get() {
        Some(open) => view! { <Conversation open=open/> }.into_any(),
        None => view! { <Nothing/> }.into_any(),
    }
}

/// The open conversation: bar, banners, timeline, dock.
#[component]
fn Conversation(
    /// Which.
    open: Open,
) -> impl IntoView {
    let state = State::here();
    mark_read(state, &open);
    let doings = open.doings(state);
    let rows = open.rows.clone();
    let (empty, loaded) = (open.rows.clone(), open.rows.clone());
    let (at_empty, at_dock) = (open.clone(), open.clone());
    let unanswered = open.clone();
    let loading = Memo::new(move |_| !loaded.is_loaded() && unanswered.failure.with(Option::is_none));
    let is_empty = Memo::new(move |_| empty.is_empty());
    view! {
        <Bar open=open.clone()/>
        <Banners/>
        <div class="talk">
            <TimelineView rows=rows doings=doings/>
            <Waiting loading=loading/>
            <Show when=move || is_empty.get()><TableIsSet open=at_empty.clone()/></Show>
        </div>
        <Dock open=at_dock/>
    }
}

/// Sets the colours: chosen, or as the system has them.
fn wear(state: State) {
    Effect::new(move |_| {
        let Some(root) = document().document_element() else { return };
        let word = match state.theme.get() {
            Theme::System => return drop(root.remove_attribute("data-theme")),
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        // An attribute of the page's root can always be set.
        root.set_attribute("data-theme", word).ok();
    });
}

/// The window's title tells how many requests wait.
fn title(state: State) {
    Effect::new(move |_| {
        let waiting = waiting::everywhere(state);
        document().set_title(&if waiting == 0 { "Tertulia".to_owned() } else { format!("({waiting}) Tertulia") });
    });
}

/// What is open and in sight, with the window in front, is read.
fn mark_read(state: State, open: &Open) {
    let open = open.clone();
    let id = open.id.clone();
    let front = crate::front::is_in_front();
    let unread = Memo::new(move |_| state.conversations.get(&id).is_some_and(|row| row.with(|row| row.unread)));
    Effect::new(move |_| {
        if unread.get() && front.get() && open.rows.is_loaded() && open.rows.at_end() {
            open.mark_read();
        }
    });
}

/// A window that goes out of sight may be about to end.
fn keep_drafts(state: State) {
    let front = crate::front::is_in_front();
    Effect::new(move |_| {
        if !front.get()
            && let Some(open) = state.opened_untracked()
        {
            open.keep_draft();
        }
    });
}
