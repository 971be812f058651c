//! A button's safety catch (`arming`) on the page: set anew by whatever is shown anew and by the window coming to the front, and told
//! when it is off.

use std::time::Duration;

use leptos::{ev, html, leptos_dom::helpers::TimeoutHandle, prelude::*};

use super::arming::Catch;
use crate::pointer;

/// The catch of one button, as signals.
#[derive(Clone, Copy)]
pub struct Armed {
    catch: RwSignal<Catch>,
    /// Told when the pause is over.
    ticked: RwSignal<u32>,
    pause: StoredValue<Option<TimeoutHandle>>,
}

impl Armed {
    /// For `button`, set anew with each change of `face`: all that is shown.
    pub fn new<F: PartialEq + Send + Sync + 'static>(button: NodeRef<html::Button>, face: Memo<F>) -> Self {
        let armed = Self {
            catch: RwSignal::new(Catch::set(now(), false)),
            ticked: RwSignal::new(0),
            pause: StoredValue::new(None),
        };
        Effect::new(move |_| {
            // Read, not only tracked: what nobody reads is not computed, and tells of no change.
            face.with(|_| ());
            let under = button.get().is_some_and(|button| pointer::rests_on(&button));
            armed.catch.set(Catch::set(now(), under));
            armed.wait();
        });
        let front = window_event_listener(ev::focus, move |_| armed.again());
        on_cleanup(move || {
            front.remove();
            armed.wait_no_more();
        });
        armed
    }

    /// May the button act now?
    pub fn is_off(self) -> bool {
        self.catch.get_untracked().is_off(now())
    }

    /// Tracked: the same, for how it looks.
    pub fn looks_off(self) -> bool {
        self.ticked.track();
        self.catch.get().is_off(now())
    }

    /// More was shown: the pause begins again.
    pub fn again(self) {
        self.catch.update(|catch| catch.again(now()));
        self.wait();
    }

    /// The pointer is no longer over the button.
    pub fn pointer_left(self) {
        self.catch.update(Catch::pointer_left);
    }

    fn wait(self) {
        self.wait_no_more();
        let left = self.catch.get_untracked().left(now()).ceil();
        let told = move || {
            self.ticked.try_update(|ticked| *ticked += 1);
        };
        self.pause.set_value(set_timeout_with_handle(told, Duration::from_millis(left as u64)).ok());
    }

    fn wait_no_more(self) {
        if let Some(Some(handle)) = self.pause.try_update_value(Option::take) {
            handle.clear();
        }
    }
}

fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}
