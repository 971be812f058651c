//! The keys that work everywhere in the window. Keys of one part (composer, card, menu) are with that part.

use std::cell::Cell;

use leptos::{ev, prelude::*};
use model::{ConversationId, Turn};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement, KeyboardEvent};

use crate::{
    focus::{self, find, focused},
    inspector,
    look::Look,
    state::{Stage, State, View},
};

/// Two presses of Esc within so many milliseconds stop what runs.
const TWICE: f64 = 1_000.0;

thread_local! {
    static LAST_ESCAPE: Cell<f64> = const { Cell::new(f64::NEG_INFINITY) };
    static BEFORE_REQUEST: Cell<Option<HtmlElement>> = const { Cell::new(None) };
}

/// Listens while the calling component lives.
pub fn listen(state: State, look: Look) {
    crate::pointer::follow();
    let keys = window_event_listener(ev::keydown, move |event| {
        let is_ours = state.stage.get_untracked() == Stage::Table && !focus::is_taken();
        if event.default_prevented() || event.is_composing() || !is_ours {
            return;
        }
        if pressed(state, look, &event) {
            event.prevent_default();
        }
    });
    on_cleanup(move || keys.remove());
}

/// Does what a key means; false where it means nothing here.
fn pressed(state: State, look: Look, event: &KeyboardEvent) -> bool {
    let command = if is_mac() { event.meta_key() } else { event.ctrl_key() };
    let other_command = if is_mac() { event.ctrl_key() } else { event.meta_key() };
    if other_command {
        return false;
    }
    match (event.key().as_str(), command, event.alt_key()) {
        ("j" | "J", true, false) if !event.shift_key() => go_to_request(),
        ("a" | "A", true, false) if event.shift_key() => {
            state.view.set(View::Approvals);
            true
        }
        ("n" | "N", true, false) if !event.shift_key() => new_conversation(state),
        ("n" | "N", true, false) => {
            state.make_table();
            true
        }
        ("b" | "B", true, false) if !event.shift_key() => {
            look.toggle_sidebar();
            true
        }
        ("i" | "I", true, false) if !event.shift_key() => inspector::toggle(state, look),
        ("+" | "=", true, false) => step_text(look, 1),
        ("-", true, false) => step_text(look, -1),
        ("0", true, false) => step_text(look, 0),
        ("ArrowUp", false, true) => go_along(state, -1),
        ("ArrowDown", false, true) => go_along(state, 1),
        ("End", true, false) => go_to_end(state),
        ("F6", false, false) => next_region(if event.shift_key() { -1 } else { 1 }),
        ("Escape", false, false) => escape(state, look, event.time_stamp()),
        _ => false,
    }
}

/// A new conversation of the agent that is open, where its server has them.
fn new_conversation(state: State) -> bool {
    let Some(of) = crate::branch::can_start(state) else { return false };
    state.new_conversation(of);
    true
}

fn step_text(look: Look, step: i8) -> bool {
    look.text_step(step);
    true
}

/// Esc closes what lies over the content; pressed twice it stops what runs.
fn escape(state: State, look: Look, now: f64) -> bool {
    if look.over.get_untracked() {
        look.over.set(false);
        return true;
    }
    if inspector::uncover(state, look) {
        return true;
    }
    let twice = now - LAST_ESCAPE.replace(now) <= TWICE;
    let Some(open) = state.opened_untracked().filter(|_| twice) else { return false };
    LAST_ESCAPE.set(f64::NEG_INFINITY);
    match untrack(|| open.rows.turn()) {
        Turn::Sent | Turn::Speaking { .. } | Turn::Resuming { .. } | Turn::Paused { .. } | Turn::Finishing { .. } => {
            open.stop();
            true
        }
        Turn::Yours | Turn::Stopping => false,
    }
}

/// To the title of the request, and back to where the focus was.
fn go_to_request() -> bool {
    let Some(title) = find("#request") else { return false };
    let inside =
        title.closest(".ask").ok().flatten().is_some_and(|card| card.contains(document().active_element().as_deref()));
    if !inside {
        BEFORE_REQUEST.set(focused());
        title.focus().ok();
        return true;
    }
    let before = BEFORE_REQUEST.take().filter(|before| before.is_connected() && before.tag_name() != "BODY");
    if let Some(back) = before.or_else(|| find("[data-testid=composer], .ir[aria-current]")) {
        back.focus().ok();
    }
    true
}

/// Down to the newest words. In a text that is being written the key moves within it.
fn go_to_end(state: State) -> bool {
    let writes = document()
        .active_element()
        .and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok())
        .is_some_and(|field| !field.value().is_empty());
    let Some(open) = state.opened_untracked().filter(|_| !writes) else { return false };
    open.rows.go_to_end();
    true
}

/// To the conversation above or below, as the sidebar has them.
fn go_along(state: State, by: isize) -> bool {
    let Some(profile) = state.profile.get_untracked() else { return false };
    let rows: Vec<_> = untrack(|| state.conversations.of(&profile)).iter().map(|row| row.get_untracked()).collect();
    let order: Vec<ConversationId> = crate::conversations::in_order(&rows);
    let here = state.opened_untracked().and_then(|open| order.iter().position(|id| *id == open.id));
    let target = match here {
        Some(at) => at.checked_add_signed(by),
        None => Some(0),
    };
    let Some(id) = target.and_then(|at| order.get(at)) else { return false };
    state.open(id.clone());
    true
}

/// Sidebar, conversation, dock, inspector, and round again.
fn next_region(by: isize) -> bool {
    let regions: Vec<HtmlElement> = [
        "[data-testid=sidebar]",
        "[data-testid=timeline]",
        "[data-region=requests]",
        "[data-region=dock]",
        "[data-region=request]",
        inspector::REGION,
    ]
    .into_iter()
    .filter_map(find)
    .collect();
    if regions.is_empty() {
        return false;
    }
    let active = document().active_element();
    let here = regions.iter().position(|region| region.contains(active.as_deref()));
    let count = regions.len();
    let target = match (here, by) {
        (Some(at), by) => (at + count).saturating_add_signed(by) % count,
        (None, 1) => 0,
        (None, _) => count - 1,
    };
    let Some(region) = regions.get(target) else { return false };
    // Where one writes or is, else the first control within, else the region itself.
    let within = |what: &str| region.query_selector(what).ok().flatten();
    let first = within("textarea, .row.is-on, .ri.is-on, .tab.is-on").or_else(|| within("button:not([disabled])"));
    match first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
        Some(first) if region.get_attribute("data-testid").as_deref() != Some("timeline") => first.focus().ok(),
        Some(_) | None => {
            region.set_tab_index(-1);
            region.focus().ok()
        }
    };
    true
}

/// Whether ⌘ stands for Ctrl.
pub fn is_mac() -> bool {
    window().navigator().platform().is_ok_and(|platform| platform.starts_with("Mac"))
}

/// "Ctrl J", as a key hint.
pub fn chord(key: &str) -> String {
    if is_mac() { format!("⌘ {key}") } else { format!("Ctrl {key}") }
}

/// "Control J", to be read aloud.
pub fn spoken_chord(key: &str) -> String {
    if is_mac() { format!("Command {key}") } else { format!("Control {key}") }
}
