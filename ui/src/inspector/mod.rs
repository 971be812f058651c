//! The inspector: a pane beside the conversation that tells what stands behind it. Of a table, and of a group that a server leads:
//! `members` with `ways`, what they share (`memory`), what was used (`usage`). Where it is, is `look`; changing what is inspected, `subject`.

mod add;
mod edit;
mod member;
mod members;
mod memory;
mod pane;
mod subject;
mod usage;
mod ways;

use std::cell::Cell;

use leptos::prelude::*;
use model::{ConversationId, ConversationKind};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

pub use pane::Inspector;

use crate::{
    focus,
    icons::{Icon, Symbol},
    keys::chord,
    look::{Look, Pane},
    menu::MenuItem,
    state::{State, View},
};

/// The whole of it, for F6 and for whoever asks where the focus is.
pub const REGION: &str = "[data-testid=inspector]";

/// The page of the pane that is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Who sits there, and who speaks when.
    Members,
    /// What they remember together.
    Memory,
    /// What was used.
    Usage,
}

thread_local! {
    /// Where the focus was before it went into the pane.
    static BEFORE: Cell<Option<HtmlElement>> = const { Cell::new(None) };
}

impl State {
    /// Tracked: what the inspector tells of: the table or group that is seen. All else has none yet.
    pub fn inspected(self) -> Option<(ConversationId, ConversationKind)> {
        let open = self.open.get().filter(|_| self.view.get() == View::Talk)?;
        let kind = self.conversations.get(&open.id)?.with(|row| row.kind);
        match kind {
            ConversationKind::Group | ConversationKind::Table => Some((open.id, kind)),
            ConversationKind::Agent | ConversationKind::Conversation => None,
        }
    }

    fn is_inspecting(self, look: Look) -> bool {
        untrack(|| self.inspected().is_some() && look.inspector() != Pane::Away)
    }
}

/// Opens the pane at one of its pages, with the focus in it.
pub fn open_at(look: Look, tab: Tab) {
    look.tab.set(tab);
    if untrack(|| look.inspector() == Pane::Away) {
        BEFORE.set(focus::focused().map(lasting));
        look.show_inspector(true);
    }
    request_animation_frame(|| focus::to(&format!("{REGION} [role=tab][aria-selected=true]")));
}

/// What was pressed in a menu goes with it: its button stays.
fn lasting(pressed: HtmlElement) -> HtmlElement {
    let menu = pressed.closest(".menu").ok().flatten();
    let button = menu.and_then(|menu| menu.previous_element_sibling()).and_then(|button| button.dyn_into().ok());
    button.unwrap_or(pressed)
}

/// Closes it. The focus goes back to where it was, if it is in the pane.
pub fn close(look: Look) {
    let within = focus::focused().is_some_and(|focused| focused.closest(REGION).ok().flatten().is_some());
    look.show_inspector(false);
    let before = BEFORE.take().filter(|before| before.is_connected() && before.tag_name() != "BODY");
    if within {
        request_animation_frame(move || match before {
            Some(before) => drop(before.focus()),
            None => focus::to(focus::COMPOSER),
        });
    }
}

/// Ctrl I: opens or closes it. False: what is seen has none.
pub fn toggle(state: State, look: Look) -> bool {
    if untrack(|| state.inspected()).is_none() {
        return false;
    }
    match state.is_inspecting(look) {
        true => close(look),
        false => open_at(look, look.tab.get_untracked()),
    }
    true
}

/// Esc: closes it where it lies over the conversation. False: it does not.
pub fn uncover(state: State, look: Look) -> bool {
    let lies_over = state.is_inspecting(look) && untrack(|| look.inspector() == Pane::Over);
    if lies_over {
        close(look);
    }
    lies_over
}

/// The button in the bar. Where the window is narrow there is no room for one.
#[component]
pub fn InspectorButton() -> impl IntoView {
    let (state, look) = (State::here(), Look::here());
    let is_on = Memo::new(move |_| look.inspector() != Pane::Away);
    view! {
        <Show when=move || !look.is_narrow() && state.inspected().is_some()>
            <button
                class="ib"
                class:is-on=is_on
                type="button"
                data-testid="inspector-button"
                aria-label="Inspector"
                aria-expanded=move || is_on.get().to_string()
                title=format!("Inspector, {}", chord("I"))
                on:click=move |_| { toggle(state, look); }
            >
                <Icon symbol=Symbol::PanelRight/>
            </button>
        </Show>
    }
}

/// The line in the menu of a table or group.
#[component]
pub fn InspectorLine() -> impl IntoView {
    let (state, look) = (State::here(), Look::here());
    let shown = look.inspector() != Pane::Away;
    let words = if shown { "Close the inspector" } else { "Members, memory and usage" };
    view! { <MenuItem handle="inspect" symbol=Symbol::PanelRight words=words act=move || { toggle(state, look); }/> }
}
