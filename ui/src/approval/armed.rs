//! A button's safety catch (`arming`) on the page: set anew by whatever is shown anew, by the button being elsewhere than it was, and by
//! the window coming to the front; and told when it is off.

use std::{cell::Cell, time::Duration};

use leptos::{ev, html, leptos_dom::helpers::TimeoutHandle, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{HtmlElement, ResizeObserver};

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
        let place = StoredValue::new_local(None::<Place>);
        Effect::new(move |_| {
            // Read, not only tracked: what nobody reads is not computed, and tells of no change.
            face.with(|_| ());
            let button = button.get();
            armed.set(button.as_deref());
            place.set_value(button.and_then(|button| Place::of(button.into(), armed)));
        });
        let front = window_event_listener(ev::focus, move |_| armed.again());
        on_cleanup(move || {
            front.remove();
            armed.wait_no_more();
        });
        armed
    }

    fn set(self, button: Option<&HtmlElement>) {
        let under = button.is_some_and(|button| pointer::rests_on(button));
        self.catch.set(Catch::set(now(), under));
        self.wait();
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

/// Follows where a button is. What opens or closes in the dock moves it, perhaps under a pointer that was about to press something else.
struct Place {
    observer: ResizeObserver,
    _callback: Closure<dyn Fn()>,
}

impl Place {
    /// None outside the dock, where nothing moves it, and where the page cannot tell.
    fn of(button: HtmlElement, armed: Armed) -> Option<Self> {
        let dock = button.closest(".dock .col").ok().flatten()?;
        let top = |button: &HtmlElement| button.get_bounding_client_rect().top();
        let last = Cell::new(top(&button));
        let callback = Closure::<dyn Fn()>::new(move || {
            let top = top(&button);
            if (last.replace(top) - top).abs() >= 1.0 && button.is_connected() {
                armed.set(Some(&button));
            }
        });
        let observer = ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
        observer.observe(&dock);
        Some(Self { observer, _callback: callback })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}
