//! An agent's row of the sidebar with its conversations under it: folded or not, a new one, another name, deleting one.

use leptos::{html, prelude::*};
use model::{ConversationId, ConversationKind, Skill};
use web_sys::KeyboardEvent;

use crate::{
    conversations,
    icons::{Icon, Symbol},
    menu::{Drop, MenuItem},
    sidebar::{ConversationRow, rows},
    state::State,
};

/// An agent and its conversations.
#[component]
pub fn Branch(
    /// The agent's row.
    id: ConversationId,
    /// For "5 min".
    now: RwSignal<i64>,
) -> impl IntoView {
    let state = State::here();
    let threads = {
        let id = id.clone();
        Memo::new(move |_| conversations::threads(&rows(state), &id))
    };
    // One of them, or the agent itself, is open.
    let is_here = {
        let id = id.clone();
        Memo::new(move |_| {
            let open = state.open.with(|open| open.as_ref().map(|open| open.id.clone()));
            open.is_some_and(|open| open == id || threads.with(|threads| threads.contains(&open)))
        })
    };
    let folded = RwSignal::new(None::<bool>);
    // Until the user says otherwise only those of the open agent are seen.
    let is_folded = Memo::new(move |_| folded.get().unwrap_or(!is_here.get()));
    let offered =
        Memo::new(move |_| is_here.get() && state.server().is_some_and(|server| server.can(Skill::Conversations)));
    let of = id.clone();
    view! {
        <ConversationRow id=id now=now/>
        <Show when=move || threads.with(|threads| !threads.is_empty())>
            <button
                class="row under"
                data-testid="fold-conversations"
                aria-expanded=move || (!is_folded.get()).to_string()
                on:click=move |_| folded.set(Some(!is_folded.get_untracked()))
            >
                <span class="lead">
                    {move || view! { <Icon symbol=if is_folded.get() { Symbol::Right } else { Symbol::Down } class="s"/> }}
                </span>
                <span class="cut">{move || counted(threads.with(Vec::len))}</span>
            </button>
        </Show>
        <Show when=move || !is_folded.get()>
            <For each=move || threads.get() key=Clone::clone let(thread)><Thread id=thread now=now/></For>
        </Show>
        <Show when=move || offered.get()>
            {
                let of = of.clone();
                view! {
                    <button
                        class="row under"
                        data-testid="new-conversation"
                        title="Ctrl N"
                        on:click=move |_| state.new_conversation(of.clone())
                    >
                        <span class="lead"><Icon symbol=Symbol::Plus class="s"/></span>
                        <span class="cut">"New conversation"</span>
                    </button>
                }
            }
        </Show>
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "1 conversation".to_owned() } else { format!("{count} conversations") }
}

/// One conversation, with what can be done to it.
#[component]
fn Thread(id: ConversationId, now: RwSignal<i64>) -> impl IntoView {
    let state = State::here();
    let menu = RwSignal::new(false);
    let id = StoredValue::new(id);
    let is_renamed = Memo::new(move |_| state.renaming.with(|renaming| *renaming == Some(id.get_value())));
    let title = move || {
        let row = id.with_value(|id| state.conversations.get(id));
        row.map(|row| row.with(|row| row.title.clone())).unwrap_or_default()
    };
    let begin = move || state.renaming.set(Some(id.get_value()));
    view! {
        <div
            class="thread"
            class:has-menu=menu
            on:dblclick=move |_| begin()
            on:keydown=move |event: KeyboardEvent| {
                if event.key() == "F2" {
                    event.prevent_default();
                    begin();
                }
            }
        >
            {move || {
                if is_renamed.get() {
                    view! { <Rename id=id.get_value()/> }.into_any()
                } else {
                    view! { <ConversationRow id=id.get_value() now=now/> }.into_any()
                }
            }}
            <Drop
                handle="conversation-menu"
                label=Signal::derive(move || format!("More about {}", title()))
                face=|| view! { <Icon symbol=Symbol::More class="s"/> }
                menu="Conversation"
                open=menu
            >
                <MenuItem
                    handle="rename-conversation"
                    symbol=Symbol::Pencil
                    words="Rename"
                    act=begin
                />
                <MenuItem
                    handle="delete-conversation"
                    symbol=Symbol::Trash
                    words="Delete…"
                    act=move || state.deleting.set(Some(id.get_value()))
                />
            </Drop>
        </div>
    }
}

/// The name as a field: Enter or leaving it keeps what is written, Esc the name that was.
#[component]
fn Rename(id: ConversationId) -> impl IntoView {
    let state = State::here();
    let before = state
        .conversations
        .get_untracked(&id)
        .map(|row| row.with_untracked(|row| row.title.clone()))
        .unwrap_or_default();
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            field.focus().ok();
            field.select();
        }
    });
    let keep = {
        let before = before.clone();
        move || {
            // Esc and Enter take the field away, which leaves it too.
            if state.renaming.with_untracked(|renaming| renaming.as_ref() != Some(&id)) {
                return;
            }
            let name = field.get_untracked().map(|field| field.value()).unwrap_or_default();
            state.renaming.set(None);
            if !name.trim().is_empty() && name.trim() != before {
                state.rename_conversation(id.clone(), name);
            }
        }
    };
    let leave = keep.clone();
    view! {
        <input
            class="field rename"
            data-testid="conversation-name"
            aria-label="Name of the conversation"
            maxlength="120"
            node_ref=field
            prop:value=before
            on:blur=move |_| leave()
            on:dblclick=move |event| event.stop_propagation()
            on:keydown=move |event: KeyboardEvent| {
                event.stop_propagation();
                match event.key().as_str() {
                    "Enter" => keep(),
                    "Escape" => state.renaming.set(None),
                    _ => {}
                }
            }
        />
    }
}

/// The agent's row that the open conversation belongs to, where a new conversation can be started there.
pub fn can_start(state: State) -> Option<ConversationId> {
    let open = state.opened_untracked()?.id;
    let row = state.conversations.get_untracked(&open)?;
    let kind = row.with_untracked(|row| row.kind);
    let can = untrack(|| state.server()).is_some_and(|server| server.can(Skill::Conversations));
    match kind {
        ConversationKind::Agent | ConversationKind::Conversation if can => Some(open),
        ConversationKind::Agent
        | ConversationKind::Conversation
        | ConversationKind::Group
        | ConversationKind::Table => None,
    }
}
