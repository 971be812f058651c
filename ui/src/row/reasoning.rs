//! What a model thought: one closed line with its duration, the thoughts below it when the reader opens them.

use leptos::prelude::*;
use model::{Content, TextState};
use web_sys::MouseEvent;

use super::{Shown, words::whole_seconds};
use crate::{
    ago::ticking,
    icons::{Icon, Symbol},
    timeline::time,
};

/// Shorter than this, a thought was brief. Milliseconds.
const BRIEF: i64 = 1_000;
/// From here on a running thought says how long. Milliseconds.
const LONG: i64 = 2_000;

/// A thought, but for its text.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Thought {
    state: TextState,
    took: Option<i64>,
    is_shown: bool,
}

pub(super) fn view(shown: Shown) -> impl IntoView {
    let item = shown.item.clone();
    let thought = Memo::new(move |_| {
        item.with(|item| match &item.content {
            Content::Reasoning { text, hidden, state, took } => {
                Thought { state: *state, took: *took, is_shown: !*hidden && !text.trim().is_empty() }
            }
            _ => Thought { state: TextState::Done, took: None, is_shown: false },
        })
    });
    let open = shown.rows.disclosure(shown.id.as_str());
    let since = shown.rows.first_seen(&shown.id);
    let is_running = Memo::new(move |_| thought.get().state == TextState::Streaming);
    let title = move || {
        let running = is_running.get().then(|| running_title(since));
        running.unwrap_or_else(|| view! { <span>{title(thought.get())}</span> }.into_any())
    };
    let sign = move || {
        if is_running.get() {
            view! { <span class="spin"></span> }.into_any()
        } else {
            view! { <Icon symbol=Symbol::Thought/> }.into_any()
        }
    };
    let (is_open, shut) = (open.clone(), open.clone());
    let chevron = move || {
        let symbol = if is_open.get() { Symbol::Down } else { Symbol::Right };
        thought.get().is_shown.then(|| view! { <Icon symbol=symbol class="chev"/> })
    };
    let (rows, turn) = (shown.rows.clone(), shown.entry.turn.clone());
    let click = move |event: MouseEvent| {
        if !thought.get_untracked().is_shown {
            return;
        }
        let to = !open.get_untracked();
        match turn.as_ref().filter(|_| event.alt_key()) {
            Some(turn) => rows.open_turn(turn, to),
            None => open.set(to),
        }
    };
    let (expanded, within, item) = (shut.clone(), shut, shown.item.clone());
    let text = move || {
        let open = within.get() && thought.get().is_shown;
        open.then(|| {
            let item = item.clone();
            let text = move || {
                item.with(|item| match &item.content {
                    Content::Reasoning { text, .. } => markdown::visible(text.trim()).into_owned(),
                    _ => String::new(),
                })
            };
            view! { <div class="think">{text}</div> }
        })
    };
    view! {
        <button
            class="step"
            type="button"
            disabled=move || !thought.get().is_shown
            aria-expanded=move || thought.get().is_shown.then(|| if expanded.get() { "true" } else { "false" })
            on:click=click
        >
            {sign}{title}{chevron}
        </button>
        {text}
    }
}

/// "Thinking, 3 s": counts while it is on the page.
fn running_title(since: i64) -> AnyView {
    let now = ticking(std::time::Duration::from_secs(1));
    let title = move || {
        let passed = now.get().max(time::now()) - since;
        if passed < LONG { "Thinking".to_owned() } else { format!("Thinking, {} s", passed / 1000) }
    };
    view! { <span class="num">{title}</span> }.into_any()
}

fn title(thought: Thought) -> String {
    match (thought.state, thought.took) {
        (TextState::Interrupted, _) => "Thinking was interrupted".to_owned(),
        (TextState::Stopped, _) => "Thinking was stopped".to_owned(),
        (TextState::Done | TextState::Streaming, None) => "Thought".to_owned(),
        (TextState::Done | TextState::Streaming, Some(took)) if took < BRIEF => "Thought briefly".to_owned(),
        (TextState::Done | TextState::Streaming, Some(took)) => format!("Thought for {}", whole_seconds(took)),
    }
}
