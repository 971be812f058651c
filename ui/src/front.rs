//! Whether the window is in front, and when it came there.

use leptos::{ev, prelude::*};

/// True while the window is in sight and has the focus.
pub fn is_in_front() -> RwSignal<bool> {
    let front = RwSignal::new(now());
    let look = move || {
        if front.get_untracked() != now() {
            front.set(now());
        }
    };
    let handles = [
        window_event_listener(ev::focus, move |_| look()),
        window_event_listener(ev::blur, move |_| look()),
        window_event_listener_untyped("visibilitychange", move |_| look()),
        window_event_listener_untyped("pagehide", move |_| front.set(false)),
    ];
    on_cleanup(move || handles.into_iter().for_each(|handle| handle.remove()));
    front
}

fn now() -> bool {
    document().has_focus().unwrap_or(true) && !document().hidden()
}
