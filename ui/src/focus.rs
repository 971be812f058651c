//! The focus: where it is, and how it gets to an element by its selector.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Where the focus is.
pub fn focused() -> Option<HtmlElement> {
    document().active_element()?.dyn_into().ok()
}

/// The first element of a selector.
pub fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// The element of an id, which may be no selector.
pub fn by_id(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Puts the focus there, if it is on the page.
pub fn to(selector: &str) {
    if let Some(element) = find(selector) {
        element.focus().ok();
    }
}

/// Something lies above the window and stops everything else.
pub fn is_taken() -> bool {
    find("dialog[open]").is_some()
}

/// Nothing has it: what had it is gone.
pub fn is_nowhere() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}

/// Where the composer's words are.
pub const COMPOSER: &str = "[data-testid=composer]";

/// Scrolls the list so far that all of an option is seen, and no further.
pub fn bring_in_sight(option: &HtmlElement) {
    let Some(list) = option.parent_element() else { return };
    let (list_place, place) = (list.get_bounding_client_rect(), option.get_bounding_client_rect());
    let (above, below) = (list_place.top() - place.top(), place.bottom() - list_place.bottom());
    if above > 0.0 {
        list.set_scroll_top(list.scroll_top() - above.ceil() as i32);
    } else if below > 0.0 {
        list.set_scroll_top(list.scroll_top() + below.ceil() as i32);
    }
}
