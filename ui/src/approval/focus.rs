//! Where the focus is and goes: in a field keys are letters, and a card that goes with the focus in it hands it to the next.

use std::sync::Arc;

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// Whether a key went into a field.
pub fn is_in_field(event: &KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| matches!(element.tag_name().as_str(), "TEXTAREA" | "INPUT" | "SELECT"))
}

/// Puts the focus on the first element of a selector, if there is one.
pub fn on(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.focus().ok();
    }
}

/// The focus, on its way from a card that goes to the one that takes its place. Where none comes it goes to `otherwise`.
#[derive(Clone, Copy)]
pub struct HandOver {
    held: StoredValue<bool>,
    otherwise: StoredValue<Arc<str>>,
}

impl HandOver {
    /// Between the cards of one place. `otherwise`: a selector.
    pub fn or(otherwise: &str) -> Self {
        Self { held: StoredValue::new(false), otherwise: StoredValue::new(otherwise.into()) }
    }

    /// Takes the focus over for the calling component's `card`, and hands it over when that goes. It goes to the title.
    pub fn follow(self, card: NodeRef<html::Section>) {
        Effect::new(move |_| {
            if card.get().is_some() && self.take() {
                on("#request");
            }
        });
        on_cleanup(move || {
            let within = card
                .try_get_untracked()
                .flatten()
                .is_some_and(|card| card.contains(document().active_element().as_deref()));
            if !within || self.held.try_set_value(true).is_some() {
                return;
            }
            let otherwise = self.otherwise.try_get_value();
            request_animation_frame(move || {
                // Already taken, or the place is gone with its cards.
                let waits = self.held.try_get_value().is_none_or(|held| held);
                self.held.try_set_value(false);
                if let Some(otherwise) = otherwise.filter(|_| waits) {
                    on(&otherwise);
                }
            });
        });
    }

    /// The next card comes to the focus, whatever had it.
    pub fn hold(self) {
        self.held.try_set_value(true);
    }

    fn take(self) -> bool {
        self.held.try_update_value(std::mem::take).unwrap_or(false)
    }
}
