//! When growing text is drawn: once per frame, at most every 50 ms, all rows together.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::{request_animation_frame, window};

/// Milliseconds between two drawings of growing text.
const PACE: f64 = 50.0;

thread_local! {
    static DUE: RefCell<Vec<Rc<dyn Fn()>>> = RefCell::default();
    static ASKED: Cell<bool> = const { Cell::new(false) };
    static LAST: Cell<f64> = const { Cell::new(f64::NEG_INFINITY) };
}

/// Draws with the next frame that is due. The caller asks only once until it is drawn.
pub fn soon(draw: Rc<dyn Fn()>) {
    DUE.with_borrow_mut(|due| due.push(draw));
    ask();
}

/// Milliseconds since the page was opened.
pub fn clock() -> f64 {
    window().performance().map_or_else(js_sys::Date::now, |performance| performance.now())
}

fn ask() {
    if !ASKED.replace(true) {
        request_animation_frame(frame);
    }
}

fn frame() {
    ASKED.set(false);
    let now = clock();
    // Clocks of web views are coarse; a frame that comes a hair early is not worth another one.
    if now - LAST.get() < PACE - 2.0 {
        ask();
        return;
    }
    LAST.set(now);
    for draw in DUE.take() {
        draw();
    }
}
