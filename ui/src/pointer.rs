//! Where the pointer was last seen, to know what appears under it.

use std::cell::Cell;

use leptos::{ev, prelude::*};
use web_sys::Element;

thread_local! {
    static LAST: Cell<Option<(f64, f64)>> = const { Cell::new(None) };
}

/// Follows the pointer while the calling component lives.
pub fn follow() {
    let moves = window_event_listener(ev::pointermove, |event| {
        LAST.set(Some((f64::from(event.client_x()), f64::from(event.client_y()))));
    });
    on_cleanup(move || moves.remove());
}

/// Whether the pointer rests on an element.
pub fn rests_on(element: &Element) -> bool {
    let Some((x, y)) = LAST.get() else { return false };
    let place = element.get_bounding_client_rect();
    (place.left()..place.right()).contains(&x) && (place.top()..place.bottom()).contains(&y)
}
