//! One of a few, side by side: the segmented control. What is chosen, and what choosing does, is its owner's.

use std::sync::Arc;

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::icons::{Icon, Symbol};

/// One that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<T> {
    /// What it stands for.
    pub value: T,
    /// One or two words.
    pub name: &'static str,
    /// What it means, where the words are too few.
    pub means: Option<&'static str>,
    /// Before the words.
    pub symbol: Option<Symbol>,
}

impl<T> Segment<T> {
    /// Words alone.
    pub fn new(value: T, name: &'static str) -> Self {
        Self { value, name, means: None, symbol: None }
    }

    /// With what it means, shown to whoever waits over it.
    pub fn meaning(self, means: &'static str) -> Self {
        Self { means: Some(means), ..self }
    }

    /// With an icon.
    pub fn drawn(self, symbol: Symbol) -> Self {
        Self { symbol: Some(symbol), ..self }
    }
}

/// The control. Tab comes to what is chosen, the arrows choose the one beside it.
#[component]
pub fn Segments<T: Copy + PartialEq + Send + Sync + 'static>(
    /// Read aloud.
    label: &'static str,
    /// The `data-testid` of each.
    handle: &'static str,
    /// In their order.
    all: Vec<Segment<T>>,
    /// Which is chosen.
    #[prop(into)]
    chosen: Signal<T>,
    /// One is chosen that was not.
    choose: impl Fn(T) + Send + Sync + 'static,
    /// It stands in a menu, whose items the arrows up and down go through.
    #[prop(default = false)]
    in_menu: bool,
) -> impl IntoView {
    let group = NodeRef::<html::Div>::new();
    let choose = Arc::new(move |value: T| {
        if chosen.get_untracked() != value {
            choose(value);
        }
    });
    let all = Arc::new(all);
    let keys = {
        let (all, choose) = (all.clone(), choose.clone());
        move |event: KeyboardEvent| {
            let Some(here) = all.iter().position(|segment| segment.value == chosen.get_untracked()) else { return };
            let Some(to) = beside(&event.key(), in_menu, here, all.len()) else { return };
            event.prevent_default();
            event.stop_propagation();
            choose(all[to].value);
            if let Some(button) = group.get_untracked().and_then(|group| nth(&group, to)) {
                button.focus().ok();
            }
        }
    };
    let segments = all
        .iter()
        .map(|&Segment { value, name, means, symbol }| {
            let is_on = Memo::new(move |_| chosen.get() == value);
            let choose = choose.clone();
            view! {
                <button
                    type="button"
                    role=if in_menu { "menuitemradio" } else { "radio" }
                    class:is-on=is_on
                    aria-checked=move || is_on.get().to_string()
                    tabindex=move || if is_on.get() { "0" } else { "-1" }
                    data-testid=handle
                    data-name=name
                    title=means
                    on:click=move |_| choose(value)
                >
                    {symbol.map(|symbol| view! { <Icon symbol=symbol class="s"/> })}
                    {name}
                </button>
            }
        })
        .collect_view();
    view! { <div class="seg" role=if in_menu { "group" } else { "radiogroup" } aria-label=label node_ref=group on:keydown=keys>{segments}</div> }
}

/// Where an arrow goes from `here`, round the ends.
fn beside(key: &str, in_menu: bool, here: usize, count: usize) -> Option<usize> {
    match key {
        "ArrowUp" | "ArrowDown" if in_menu => None,
        "ArrowRight" | "ArrowDown" => Some((here + 1) % count),
        "ArrowLeft" | "ArrowUp" => Some((here + count - 1) % count),
        _ => None,
    }
}

fn nth(group: &HtmlElement, at: usize) -> Option<HtmlElement> {
    group.children().item(u32::try_from(at).ok()?)?.dyn_into().ok()
}
