//! Whether a press is a person's own. Scripts can press any button of a page; what they press decides nothing.

use leptos::prelude::use_context;
use web_sys::Event;

/// Judges an event. Tests put their own judge in its place.
#[derive(Clone, Copy)]
pub struct Trust(pub fn(&Event) -> bool);

impl Trust {
    /// The judge of this window.
    pub fn here() -> Self {
        use_context::<Self>().unwrap_or(Self(Event::is_trusted))
    }

    /// A person pressed this.
    pub fn is_own(self, event: &Event) -> bool {
        (self.0)(event)
    }
}
