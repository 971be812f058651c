//! The sidebar: this server's groups and agents with what they want, and how the line to it is.

use std::time::Duration;

use leptos::{ev, prelude::*};
use model::{Connection, Conversation, ConversationId, ConversationKind, Turn};
use web_sys::{KeyboardEvent, PointerEvent};

use crate::{
    ago,
    branch::Branch,
    conversations::{Row, sections, spoken, unfolded},
    groups::Groups,
    icons::{Bars, Icon, Monogram, Symbol, hue_class},
    look::Look,
    seats::seat_of,
    server_menu::ServerMenu,
    state::{State, View},
    waiting,
};

/// The sidebar.
#[component]
pub fn Sidebar(
    /// It lies over the content of a narrow window.
    #[prop(default = false)]
    over: bool,
) -> impl IntoView {
    let look = Look::here();
    let inside = RwSignal::new(false);
    view! {
        <nav
            class="sidebar"
            class:over=over
            data-testid="sidebar"
            aria-label="Sidebar"
            style:width=move || format!("{}px", look.width.get())
            on:pointerenter=move |_| inside.set(true)
            on:pointerleave=move |_| inside.set(false)
        >
            <div class="sb-top"><ServerMenu/></div>
            <div class="sb-scroll">
                <Requests/>
                <Sections held=inside/>
            </div>
            <Footer/>
            {(!over).then(|| view! { <Edge/> })}
        </nav>
    }
}

/// What the sections show and in which order, for the sidebar and the rail.
pub fn listed() -> Memo<(Vec<ConversationId>, Vec<ConversationId>)> {
    let state = State::here();
    Memo::new(move |_| sections(&rows(state)))
}

/// The rows of the server that is shown.
pub fn rows(state: State) -> Vec<Conversation> {
    let Some(profile) = state.profile.get() else { return Vec::new() };
    state.conversations.of(&profile).iter().map(|row| row.get()).collect()
}

/// Groups and agents. While the pointer is over them (`held`) they keep their order, so that nothing moves away from under it.
#[component]
fn Sections(held: RwSignal<bool>) -> impl IntoView {
    let state = State::here();
    let fresh = listed();
    let order = Memo::new(move |before: Option<&(Vec<ConversationId>, Vec<ConversationId>)>| {
        let fresh = fresh.get();
        match before {
            Some(before) if held.get() && same_rows(before, &fresh) => before.clone(),
            Some(_) | None => fresh,
        }
    });
    let folded = RwSignal::new(true);
    let agents = Memo::new(move |_| {
        let order = order.get().1;
        if !folded.get() {
            return order;
        }
        let open = state.open.get().map(|open| open.id);
        unfolded(&rows(state), &order, open.as_ref())
    });
    let more = move || order.with(|order| order.1.len()) - agents.with(Vec::len);
    let now = ago::ticking(Duration::from_secs(30));
    view! {
        <Groups order=Signal::derive(move || order.get().0) now=now/>
        <Show when=move || order.with(|order| !order.1.is_empty())>
            <h2 class="sb-h"><span class="grow">"Agents"</span></h2>
            <For each=move || agents.get() key=Clone::clone let(id)><Branch id=id now=now/></For>
            {move || (more() > 0).then(|| view! {
                <button class="row" data-testid="more-agents" on:click=move |_| folded.set(false)>
                    <span class="lead"><Icon symbol=Symbol::More/></span>
                    <span class="cut">{more_agents(more())}</span>
                </button>
            })}
            {move || (!folded.get() && order.with(|order| order.1.len()) > crate::conversations::FOLD_AFTER + 1).then(|| view! {
                <button class="row" data-testid="fewer-agents" on:click=move |_| folded.set(true)>
                    <span class="lead"><Icon symbol=Symbol::Up/></span>
                    <span class="cut">"Fewer agents"</span>
                </button>
            })}
        </Show>
    }
}

fn more_agents(more: usize) -> String {
    if more == 1 { "1 more agent".to_owned() } else { format!("{more} more agents") }
}

fn same_rows(
    one: &(Vec<ConversationId>, Vec<ConversationId>),
    other: &(Vec<ConversationId>, Vec<ConversationId>),
) -> bool {
    let same = |one: &[ConversationId], other: &[ConversationId]| {
        one.len() == other.len() && one.iter().all(|id| other.contains(id))
    };
    same(&one.0, &other.0) && same(&one.1, &other.1)
}

/// The way to the inbox, with how many requests wait.
#[component]
fn Requests() -> impl IntoView {
    let state = State::here();
    let look = Look::here();
    let count = waiting(state);
    let on = Memo::new(move |_| state.view.get() == View::Approvals);
    let go = move |_| {
        look.over.set(false);
        state.view.set(View::Approvals);
    };
    view! {
        <button
            class="row"
            class:is-on=on
            data-testid="approvals-count"
            data-count=move || count.get()
            aria-current=move || on.get().then_some("page")
            on:click=go
        >
            <span class="lead"><Icon symbol=Symbol::Stamp/></span>
            <span class="cut">"Approvals"</span>
            <Show when=move || { count.get() > 0 }><span class="count due">{count}</span></Show>
        </button>
    }
}

/// How many requests wait on the server that is shown.
pub fn waiting(state: State) -> Memo<u32> {
    Memo::new(move |_| state.profile.get().map_or(0, |profile| waiting::on(state, &profile)))
}

/// One conversation.
#[component]
pub fn ConversationRow(
    /// Which.
    id: ConversationId,
    /// For "5 min".
    now: RwSignal<i64>,
) -> impl IntoView {
    let state = State::here();
    let look = Look::here();
    let row: Option<Row> = state.conversations.get_untracked(&id);
    let on = {
        let id = id.clone();
        Memo::new(move |_| {
            state.view.get() == View::Talk && state.open.with(|open| open.as_ref().is_some_and(|open| open.id == id))
        })
    };
    row.map(|row| {
        let face = row.clone();
        let kind = row.read_untracked().kind;
        let (unread, label) = (row.clone(), row.clone());
        let (title, words, end) = (row.clone(), row.clone(), row.clone());
        let opening = id.clone();
        view! {
            <button
                class="row"
                class:is-on=on
                class:unread=move || unread.with(|row| row.unread)
                data-testid="conversation-row"
                data-conversation=id.to_string()
                data-kind=kind.word()
                aria-current=move || on.get().then_some("page")
                aria-label=move || label.with(spoken)
                on:click=move |_| {
                    look.over.set(false);
                    state.open(opening.clone());
                }
            >
                <span class="lead">{move || face.with(lead)}</span>
                <span class="cut">
                    {move || title.with(|row| row.title.clone())}
                    {move || words.with(last_words).map(|words| view! { <span class="words">{words}</span> })}
                </span>
                {move || end.with(|row| row_end(row, now))}
            </button>
        }
    })
}

/// What was said last, with the speaker where that is not clear.
fn last_words(row: &Conversation) -> Option<String> {
    let last = row.last.as_ref()?;
    Some(match &last.speaker {
        Some(speaker) if row.members.len() > 1 => format!("{speaker}: {}", last.text),
        Some(_) => last.text.clone(),
        None => format!("You: {}", last.text),
    })
}

fn lead(row: &Conversation) -> AnyView {
    match (row.kind, row.members.first()) {
        (ConversationKind::Conversation, _) => view! { <Icon symbol=Symbol::Chat class="s"/> }.into_any(),
        (ConversationKind::Agent, Some(member)) => {
            view! { <Monogram letters=member.monogram.clone() hue=member.hue size="xs"/> }.into_any()
        }
        (ConversationKind::Agent, None) => view! { <Icon symbol=Symbol::Chat/> }.into_any(),
        (ConversationKind::Group | ConversationKind::Table, _) => view! { <Icon symbol=Symbol::Table/> }.into_any(),
    }
}

/// What stands at the end of a row: amber stamp, bars, dot, else the time.
fn row_end(row: &Conversation, now: RwSignal<i64>) -> AnyView {
    let waits = row.waiting > 0;
    let speaks = match &row.turn {
        Turn::Speaking { speaker } | Turn::Resuming { speaker: Some(speaker) } => {
            Some(seat_of(&row.members, speaker).and_then(|seat| row.members.get(seat)).map_or(1, |member| member.hue))
        }
        Turn::Sent
        | Turn::Resuming { speaker: None }
        | Turn::Stopping
        | Turn::Finishing { .. }
        | Turn::Paused { .. }
        | Turn::Yours => None,
    };
    let quiet = !waits && speaks.is_none() && !row.unread;
    let at = row.last.as_ref().map(|last| last.at).filter(|_| quiet);
    view! {
        {waits.then(|| view! { <span class="state"><Icon symbol=Symbol::Stamp class="s"/></span> })}
        {speaks.map(|hue| view! { <span class=format!("speaks {}", hue_class(hue))><Bars/></span> })}
        {(row.unread && !waits && speaks.is_none()).then(|| view! { <span class="dot"></span> })}
        {at.map(|at| view! { <span class="when">{move || ago::ago(at, now.get())}</span> })}
    }
    .into_any()
}

/// How the line to the server is.
#[component]
fn Footer() -> impl IntoView {
    let state = State::here();
    let connection = Memo::new(move |_| state.connection());
    let resuming = Memo::new(move |_| state.is_resuming());
    let word = move || if resuming.get() { "resuming" } else { connection.with(Connection::word) };
    view! {
        <div class="sb-foot" data-testid="connection" data-state=word>
            {move || match connection.get() {
                Connection::Online if resuming.get() => {
                    view! { <span class="spin"></span> <span class="grow">"Resuming"</span> }.into_any()
                }
                Connection::Online => view! { <span class="led"></span> <span class="grow">"Up to date"</span> }.into_any(),
                Connection::Offline { .. } => view! { <span class="led off"></span> <span class="grow">"Offline"</span> }.into_any(),
                Connection::Refused { .. } => {
                    view! { <span class="led off"></span> <span class="grow">"Key not accepted"</span> }.into_any()
                }
                Connection::Reconnecting { .. } => {
                    view! { <span class="spin"></span> <span class="grow">"Reconnecting"</span> }.into_any()
                }
                Connection::Syncing { percent } => view! {
                    <span class="spin"></span>
                    <span class="grow num">
                        {percent.map_or("Syncing".to_owned(), |percent| format!("Syncing {percent}\u{2009}%"))}
                    </span>
                }
                    .into_any(),
            }}
        </div>
    }
}

/// The same where there is no room for words.
#[component]
pub fn Led() -> impl IntoView {
    let state = State::here();
    let connection = Memo::new(move |_| state.connection());
    let words = move || match connection.get() {
        Connection::Online => "Up to date",
        Connection::Offline { .. } => "Offline",
        Connection::Refused { .. } => "Key not accepted",
        Connection::Reconnecting { .. } => "Reconnecting",
        Connection::Syncing { .. } => "Syncing",
    };
    view! {
        <span
            class="led alone"
            class:off=move || connection.with(|connection| connection.word() == "offline")
            class:wait=move || connection.with(|connection| matches!(connection.word(), "reconnecting" | "syncing"))
            role="img"
            aria-label=words
            title=words
            data-testid="connection"
            data-state=move || connection.with(Connection::word)
        ></span>
    }
}

/// The edge that is dragged to make the sidebar wider or narrower.
#[component]
fn Edge() -> impl IntoView {
    let look = Look::here();
    let dragging = RwSignal::new(false);
    let moves = window_event_listener(ev::pointermove, move |event: PointerEvent| {
        if dragging.get_untracked() {
            look.resize_sidebar(f64::from(event.client_x()));
        }
    });
    let ends = window_event_listener(ev::pointerup, move |_| dragging.set(false));
    on_cleanup(move || {
        moves.remove();
        ends.remove();
    });
    let keys = move |event: KeyboardEvent| match event.key().as_str() {
        "ArrowLeft" => look.nudge_sidebar(-8.0),
        "ArrowRight" => look.nudge_sidebar(8.0),
        _ => {}
    };
    view! {
        <div
            class="edge"
            class:is-on=dragging
            role="separator"
            aria-orientation="vertical"
            aria-label="Width of the sidebar"
            aria-valuenow=move || look.width.get()
            aria-valuemin="200"
            aria-valuemax="360"
            tabindex="0"
            on:pointerdown=move |event| {
                event.prevent_default();
                dragging.set(true);
            }
            on:keydown=keys
        ></div>
    }
}
