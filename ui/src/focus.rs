//! The focus: where it is, and how it gets to an element by its selector.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The first element of a selector.
pub fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// Puts the focus there, if it is on the page.
pub fn to(selector: &str) {
    if let Some(element) = find(selector) {
        element.focus().ok();
    }
}

/// Where the composer's words are.
pub const COMPOSER: &str = "[data-testid=composer]";
