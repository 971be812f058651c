//! How the window is laid out: its width, the sidebar's width, where the inspector is, text size. What is chosen here is kept by the page itself, for it says
//! nothing about talk or servers.

use leptos::{ev, prelude::*};

use crate::inspector::Tab;

/// Below this width of the window the sidebar becomes the rail.
const RAIL_BELOW: f64 = 900.0;
/// Below this width the rail is hidden too.
const BARE_BELOW: f64 = 560.0;
/// From this width of the main part on, seats stand in a row.
const SEATS_FROM: f64 = 900.0;
const RAIL: f64 = 56.0;
/// From this width of the window on the inspector stands beside the conversation.
const INSPECTOR_FROM: f64 = 1180.0;
const INSPECTOR: f64 = 304.0;
/// The sidebar's width: least, usual, most.
const WIDTHS: (f64, f64, f64) = (200.0, 248.0, 360.0);
/// Sizes of message text, in px; the second is usual.
const TEXT: [u8; 4] = [13, 14, 16, 18];

/// What stands left of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The sidebar.
    Sidebar,
    /// The rail.
    Rail,
    /// Nothing.
    Bare,
}

/// Where the inspector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// Beside the conversation.
    Beside,
    /// Over it, at its right.
    Over,
    /// Not shown.
    Away,
}

/// The layout, as signals.
#[derive(Clone, Copy)]
pub struct Look {
    window: RwSignal<f64>,
    /// The sidebar's width in px.
    pub width: RwSignal<f64>,
    /// The user hid the sidebar of a wide window.
    hidden: RwSignal<bool>,
    /// The sidebar lies over the content of a narrow window.
    pub over: RwSignal<bool>,
    /// The inspector stands in a wide window.
    inspects: RwSignal<bool>,
    /// The inspector lies over the content of a window that is not wide enough for both.
    inspects_over: RwSignal<bool>,
    /// The page of the inspector that is seen.
    pub tab: RwSignal<Tab>,
    text: RwSignal<u8>,
}

impl Look {
    /// As it was last time.
    pub fn remembered() -> Self {
        let kept = |name| recall(name).and_then(|text| text.parse::<f64>().ok());
        let look = Self {
            window: RwSignal::new(window_width()),
            width: RwSignal::new(kept("sidebar").map_or(WIDTHS.1, |width| width.clamp(WIDTHS.0, WIDTHS.2))),
            hidden: RwSignal::new(recall("sidebar-hidden").is_some()),
            over: RwSignal::new(false),
            inspects: RwSignal::new(recall("inspector").is_some()),
            inspects_over: RwSignal::new(false),
            tab: RwSignal::new(Tab::Members),
            text: RwSignal::new(
                recall("text").and_then(|text| text.parse().ok()).filter(|size| TEXT.contains(size)).unwrap_or(TEXT[1]),
            ),
        };
        let resize = window_event_listener(ev::resize, move |_| look.window.set(window_width()));
        on_cleanup(move || resize.remove());
        Effect::new(move |_| {
            let size = look.text.get();
            if let Some(root) = document().document_element() {
                root.set_attribute("data-text", &size.to_string()).ok();
            }
        });
        look
    }

    /// The look, from within components.
    pub fn here() -> Self {
        use_context::<Self>().unwrap_or_else(Self::remembered)
    }

    /// Tracked: what stands left.
    pub fn side(self) -> Side {
        match self.window.get() {
            width if width < BARE_BELOW => Side::Bare,
            width if width < RAIL_BELOW => Side::Rail,
            _ if self.hidden.get() => Side::Bare,
            _ => Side::Sidebar,
        }
    }

    /// Tracked: the window is too narrow for a sidebar beside the content.
    pub fn is_narrow(self) -> bool {
        self.window.get() < RAIL_BELOW
    }

    /// Tracked: seats have room to stand in a row.
    pub fn has_room_for_seats(self) -> bool {
        let taken = match self.side() {
            Side::Sidebar => self.width.get(),
            Side::Rail => RAIL,
            Side::Bare => 0.0,
        };
        let inspector = if self.inspector() == Pane::Beside { INSPECTOR } else { 0.0 };
        self.window.get() - taken - inspector >= SEATS_FROM
    }

    /// Tracked: where the inspector of what is open would be. Not everything has one.
    pub fn inspector(self) -> Pane {
        match self.window.get() >= INSPECTOR_FROM {
            true if self.inspects.get() => Pane::Beside,
            false if self.inspects_over.get() => Pane::Over,
            true | false => Pane::Away,
        }
    }

    /// Shows the inspector, or no longer. In a wide window it is there at the next start too, as it was left.
    pub fn show_inspector(self, shown: bool) {
        if self.window.get_untracked() >= INSPECTOR_FROM {
            self.inspects.set(shown);
            keep("inspector", shown.then_some("yes"));
        } else {
            self.inspects_over.set(shown);
        }
    }

    /// Ctrl B: hides or shows the sidebar, over the content where the window is narrow.
    pub fn toggle_sidebar(self) {
        if self.is_narrow_now() {
            self.over.update(|over| *over = !*over);
            return;
        }
        self.hidden.update(|hidden| *hidden = !*hidden);
        keep("sidebar-hidden", self.hidden.get_untracked().then_some("yes"));
    }

    fn is_narrow_now(self) -> bool {
        untrack(|| self.is_narrow())
    }

    /// Drags the sidebar's edge to `x`.
    pub fn resize_sidebar(self, x: f64) {
        let width = x.round().clamp(WIDTHS.0, WIDTHS.2);
        self.width.set(width);
        keep("sidebar", Some(&width.to_string()));
    }

    /// Moves the sidebar's edge by so many px.
    pub fn nudge_sidebar(self, by: f64) {
        self.resize_sidebar(self.width.get_untracked() + by);
    }

    /// Larger (1), smaller (-1) or usual (0) text.
    pub fn text_step(self, step: i8) {
        let size = stepped(self.text.get_untracked(), step);
        self.text.set(size);
        keep("text", Some(&size.to_string()));
    }
}

fn stepped(size: u8, step: i8) -> u8 {
    let at = TEXT.iter().position(|other| *other == size).unwrap_or(1);
    match step {
        0 => TEXT[1],
        step if step > 0 => TEXT[(at + 1).min(TEXT.len() - 1)],
        _ => TEXT[at.saturating_sub(1)],
    }
}

fn window_width() -> f64 {
    window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(1280.0)
}

fn recall(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

/// Forgets where `value` is none. A page that may keep nothing only forgets how it looked.
fn keep(name: &str, value: Option<&str>) {
    let Ok(Some(storage)) = window().local_storage() else { return };
    match value {
        Some(value) => storage.set_item(name, value).ok(),
        None => storage.remove_item(name).ok(),
    };
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn text_grows_and_shrinks_by_steps_and_stops_at_the_ends() {
        assert_eq!([stepped(14, 1), stepped(16, 1), stepped(18, 1)], [16, 18, 18]);
        assert_eq!([stepped(14, -1), stepped(13, -1), stepped(18, 0)], [13, 13, 14]);
    }
}
