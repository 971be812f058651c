//! The pane itself: its title, its pages and the way between them. What stands on the pages is theirs.

use leptos::{html, prelude::*};
use model::ConversationKind;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::{Tab, close, members::Members, memory::Memory, subject::Subject, usage::Used};
use crate::{
    icons::{Icon, Symbol},
    look::{Look, Pane},
    open::Open,
    state::State,
};

const TABS: [(Tab, &str); 3] = [(Tab::Members, "members"), (Tab::Memory, "memory"), (Tab::Usage, "usage")];

/// The pane, while it is wanted and what is seen has one.
#[component]
pub fn Inspector() -> impl IntoView {
    let (state, look) = (State::here(), Look::here());
    let pane = Memo::new(move |_| look.inspector());
    let shown = Memo::new(move |_| state.inspected().filter(|_| pane.get() != Pane::Away));
    move || {
        let (id, kind) = shown.get()?;
        let open = state.opened_untracked().filter(|open| open.id == id)?;
        Some(view! { <Filled open=open kind=kind pane=pane/> })
    }
}

#[component]
fn Filled(open: Open, kind: ConversationKind, pane: Memo<Pane>) -> impl IntoView {
    let (state, look) = (State::here(), Look::here());
    let subject = Subject::new(state, kind, open);
    let title = move || subject.row.with(|row| row.as_ref().map(|row| row.title.clone()));
    let tabs = NodeRef::<html::Div>::new();
    let keys = move |event: KeyboardEvent| {
        let here = TABS.iter().position(|(tab, _)| *tab == look.tab.get_untracked()).unwrap_or(0);
        let to = match event.key().as_str() {
            "ArrowRight" => (here + 1) % TABS.len(),
            "ArrowLeft" => (here + TABS.len() - 1) % TABS.len(),
            "Home" => 0,
            "End" => TABS.len() - 1,
            _ => return,
        };
        event.prevent_default();
        look.tab.set(TABS[to].0);
        let button = tabs.get_untracked().and_then(|tabs| tabs.children().item(to as u32));
        if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
            button.focus().ok();
        }
    };
    let tab = move |(tab, name): (Tab, &'static str)| {
        let is_on = Memo::new(move |_| look.tab.get() == tab);
        view! {
            <button
                class="tab"
                class:is-on=is_on
                type="button"
                role="tab"
                id=format!("inspector-{name}")
                data-testid="inspector-tab"
                data-name=name
                aria-selected=move || is_on.get().to_string()
                aria-controls="inspector-page"
                tabindex=move || if is_on.get() { "0" } else { "-1" }
                on:click=move |_| look.tab.set(tab)
            >
                {match tab {
                    Tab::Members => "Members",
                    Tab::Memory => "Shared memory",
                    Tab::Usage => "Usage",
                }}
                {(tab == Tab::Members).then(|| view! {
                    <span class="t3 num">{move || subject.row.with(|row| row.as_ref().map_or(0, |row| row.members.len()))}</span>
                })}
            </button>
        }
    };
    let labelled = move || {
        let name = TABS.iter().find(|(tab, _)| *tab == look.tab.get()).map_or("members", |(_, name)| name);
        format!("inspector-{name}")
    };
    view! {
        <aside
            class="inspector"
            class:over=move || pane.get() == Pane::Over
            data-testid="inspector"
            data-region="inspector"
            aria-label="Inspector"
        >
            <header class="bar inspector-bar">
                <Icon symbol=Symbol::Table/>
                <h2 class="grow cut">{title}</h2>
                <button class="ib" type="button" data-testid="inspector-close" aria-label="Close inspector" on:click=move |_| close(look)>
                    <Icon symbol=Symbol::X/>
                </button>
            </header>
            <div class="tabs" role="tablist" aria-label="Inspector" node_ref=tabs on:keydown=keys>
                {TABS.map(tab).into_iter().collect_view()}
            </div>
            <div class="inspector-page" id="inspector-page" role="tabpanel" aria-labelledby=labelled>
                {move || match look.tab.get() {
                    Tab::Members => view! { <Members subject=subject/> }.into_any(),
                    Tab::Memory => view! { <Memory subject=subject/> }.into_any(),
                    Tab::Usage => view! { <Used subject=subject/> }.into_any(),
                }}
            </div>
        </aside>
    }
}
