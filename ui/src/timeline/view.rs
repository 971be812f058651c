//! The conversation as the reader scrolls it: the mounted rows between two gaps, the pill, and the keys.

use std::rc::Rc;

use leptos::{html, prelude::*};
use model::Turn;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, WheelEvent};

use super::{
    Doings, Rows,
    scroll::{Mounted, Scroll},
};
use crate::{
    icons::{Bars, Icon, Symbol, hue_class},
    row::Row,
};

/// A conversation, scrolled by the reader.
#[component]
pub fn TimelineView(
    /// What it shows.
    rows: Rows,
    /// What it asks of the rest of the window.
    doings: Doings,
) -> impl IntoView {
    let mounted = RwSignal::new(Mounted::default());
    let scroller = NodeRef::<html::Div>::new();
    let column = NodeRef::<html::Div>::new();
    let earlier = doings.earlier.clone();
    let scroll = StoredValue::new_local(Scroll::new(rows.clone(), mounted, Rc::new(move || earlier())));
    Effect::new(move |_| {
        if let (Some(scroller), Some(column)) = (scroller.get(), column.get()) {
            scroll.with_value(|scroll| scroll.attach(scroller.into(), column.into()));
        }
    });
    on_cleanup(move || {
        scroll.try_with_value(|scroll| scroll.detach());
    });
    let listed = rows.clone();
    Effect::new(move |_| {
        listed.entries();
        scroll.with_value(Scroll::changed);
    });
    let ended = rows.clone();
    Effect::new(move |before: Option<()>| {
        ended.track_to_end();
        if before.is_some() {
            scroll.with_value(Scroll::go_to_end);
        }
    });

    let looked_for = rows.sought().clone();
    Effect::new(move |before: Option<()>| {
        let wanted = looked_for.wanted();
        if let Some(item) = wanted.filter(|_| before.is_some()) {
            scroll.with_value(|scroll| scroll.seek(item));
        }
    });

    let asked = doings.clone();
    let drawn = rows.clone();
    let row = move |entry| view! { <Row rows=drawn.clone() entry=entry doings=asked.clone()/> };
    let gap = |height: f64| format!("{height}px");
    let keyed = rows.clone();
    view! {
        <div class="reading">
            <div
                class="timeline"
                data-testid="timeline"
                role="log"
                aria-live="off"
                aria-label="Conversation"
                tabindex="0"
                node_ref=scroller
                on:scroll=move |_| scroll.with_value(Scroll::scrolled)
                on:wheel=move |event: WheelEvent| {
                    if event.delta_y() < 0.0 {
                        scroll.with_value(|scroll| scroll.release());
                    }
                }
                on:touchmove=move |_| scroll.with_value(|scroll| scroll.release())
                on:keydown=move |event: KeyboardEvent| scroll.with_value(|scroll| pressed(scroll, &keyed, &event))
            >
                <div class="col" node_ref=column>
                    <div class="gap" style:height=move || gap(mounted.with(|mounted| mounted.above))></div>
                    <For each=move || mounted.with(|mounted| mounted.entries.clone()) key=Clone::clone children=row/>
                    <div class="gap" style:height=move || gap(mounted.with(|mounted| mounted.below))></div>
                </div>
            </div>
            <JumpToLatest rows=rows/>
        </div>
    }
}

/// The way down, shown while the reader is further up, with whoever speaks there.
#[component]
fn JumpToLatest(rows: Rows) -> impl IntoView {
    let seen = rows.clone();
    let is_shown = Memo::new(move |_| !seen.at_end() && seen.is_loaded());
    view! {
        <Show when=move || is_shown.get()>
            {
                let (going, asked) = (rows.clone(), rows.clone());
                let speaking = move || match asked.turn() {
                    Turn::Speaking { speaker } => {
                        let member = asked.member(&speaker);
                        Some(view! { <span class=format!("voice {}", hue_class(member.hue))><Bars/>{member.name}</span> })
                    }
                    Turn::Yours
                    | Turn::Sent
                    | Turn::Resuming { .. }
                    | Turn::Paused { .. }
                    | Turn::Stopping
                    | Turn::Finishing { .. } => None,
                };
                view! {
                    <button class="pill" type="button" data-testid="jump-to-latest" on:click=move |_| going.go_to_end()>
                        <Icon symbol=Symbol::ArrowDown/>
                        "Jump to latest"
                        {speaking}
                    </button>
                }
            }
        </Show>
    }
}

/// J and K go through the entries, O opens or closes one, C copies it; Ctrl End goes down.
fn pressed(scroll: &Rc<Scroll>, rows: &Rows, event: &KeyboardEvent) {
    let key = event.key();
    if matches!(key.as_str(), "PageUp" | "ArrowUp" | "Home") {
        scroll.release();
    }
    if key == "End" && (event.ctrl_key() || event.meta_key()) {
        event.prevent_default();
        rows.go_to_end();
        return;
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let in_field =
        target.as_ref().is_some_and(|target| target.closest("input, textarea, select").ok().flatten().is_some());
    if in_field {
        return;
    }
    let entry = target.and_then(|target| target.closest("[data-testid=item]").ok().flatten());
    let by = match key.as_str() {
        "j" => 1,
        "k" => -1,
        "o" => return click(entry.as_ref(), ".step[aria-expanded], .toolcard > .step"),
        "c" => return click(entry.as_ref(), "[data-copy-entry]"),
        _ => return,
    };
    event.prevent_default();
    scroll.release();
    if let Some(next) = scroll.neighbour(entry.as_ref(), by) {
        next.focus().ok();
    }
}

fn click(entry: Option<&Element>, what: &str) {
    let found = entry.and_then(|entry| entry.query_selector(what).ok().flatten());
    if let Some(button) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        button.click();
    }
}
