//! Turns that are on the server and not here: says so, and fetches them when it is seen or asked. Page by page: what is left of a gap
//! after one is a gap of another name, and so another row.

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{IntersectionObserver, IntersectionObserverEntry};

use super::Shown;
use crate::icons::{Icon, Symbol};

/// How far the fetching is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fetching {
    No,
    Asked,
    Failed(String),
}

pub(super) fn view(shown: Shown) -> impl IntoView {
    let fetching = RwSignal::new(Fetching::No);
    let (fill, id) = (shown.doings.fill.clone(), shown.id.clone());
    let fetch = move || {
        if fetching.get_untracked() == Fetching::Asked {
            return;
        }
        fetching.set(Fetching::Asked);
        let done = fill(id.clone());
        spawn_local(async move {
            let now = match done.await {
                Ok(()) => Fetching::No,
                Err(failure) => Fetching::Failed(failure.message),
            };
            // Its row may be gone by now.
            let _ = fetching.try_set(now);
        });
    };
    let line = NodeRef::<html::Div>::new();
    let watch = StoredValue::new_local(None::<Watch>);
    let seen = fetch.clone();
    Effect::new(move |_| {
        if let Some(line) = line.get() {
            watch.set_value(Watch::new(&line, seen.clone()));
        }
    });
    let words = move || match fetching.get() {
        Fetching::No => "Some turns are on the server and not here yet".to_owned(),
        Fetching::Asked => "Loading what was said here".to_owned(),
        Fetching::Failed(why) => format!("Some turns are on the server and could not be loaded. {why}"),
    };
    let verb = move || if matches!(fetching.get(), Fetching::Failed(_)) { "Try again" } else { "Load them" };
    let click = StoredValue::new_local(fetch);
    view! {
        <div class="sys" node_ref=line role="status">
            {move || if fetching.get() == Fetching::Asked {
                view! { <span class="spin"></span> }.into_any()
            } else {
                view! { <Icon symbol=Symbol::Server class="s"/> }.into_any()
            }}
            <span>{words}</span>
            <Show when=move || fetching.get() != Fetching::Asked>
                <button class="btn quiet tight" type="button" data-testid="fill-gap" on:click=move |_| click.with_value(|fetch| fetch())>
                    {verb}
                </button>
            </Show>
        </div>
    }
}

/// Calls when the row comes into sight.
struct Watch {
    observer: IntersectionObserver,
    _callback: Closure<dyn Fn(js_sys::Array)>,
}

impl Watch {
    /// None where the page cannot tell: then there is the button.
    fn new(row: &web_sys::Element, seen: impl Fn() + 'static) -> Option<Self> {
        let callback = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let in_sight = |entry: IntersectionObserverEntry| entry.is_intersecting();
            if entries.iter().filter_map(|entry| entry.dyn_into().ok()).any(in_sight) {
                seen();
            }
        });
        let observer = IntersectionObserver::new(callback.as_ref().unchecked_ref()).ok()?;
        observer.observe(row);
        Some(Self { observer, _callback: callback })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
