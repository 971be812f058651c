//! How high rows are: measured once they are mounted, guessed before.

use web_sys::HtmlElement;

use super::{Entry, What};

/// A mounted row as it was measured last, in the coordinates of the scrolled content.
#[derive(Clone)]
pub(super) struct Measured {
    pub(super) entry: Entry,
    pub(super) top: f64,
    pub(super) height: f64,
}

impl Measured {
    pub(super) fn end(&self) -> f64 {
        self.top + self.height
    }

    /// Others can be measured against it: a day line moves when older turns of that day come.
    pub(super) fn holds(&self) -> bool {
        matches!(self.entry.what, What::Item(_) | What::Fold { .. })
    }
}

pub(super) fn scroll_top(scroller: &HtmlElement) -> f64 {
    js_sys::Reflect::get(scroller, &"scrollTop".into()).ok().and_then(|top| top.as_f64()).unwrap_or_default()
}

pub(super) fn set_scroll_top(scroller: &HtmlElement, top: f64) {
    // The binding knows whole pixels only; a row's place is a fraction, and a rounded correction would creep.
    js_sys::Reflect::set(scroller, &"scrollTop".into(), &top.into()).ok();
}

/// How high a row that was never measured may be, in pixels.
pub(super) fn guess(entry: &Entry) -> f64 {
    match &entry.what {
        What::Day(_) => 52.0,
        What::NewSince(_) => 34.0,
        What::Fold { .. } => 28.0,
        What::Item(_) if entry.turn.is_none() => 56.0,
        What::Item(_) if entry.opens => 96.0,
        What::Item(_) => 64.0,
    }
}
