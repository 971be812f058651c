//! The button that copies what a row says, and says so in its place for a moment.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    copy::copy,
    icons::{Icon, Symbol},
};

/// "Copied" stands so long.
pub(super) const COPIED: Duration = Duration::from_millis(1_500);

/// An icon that copies; `text` is asked when it is pressed.
pub(super) fn button(label: &'static str, class: &'static str, text: impl Fn() -> String + 'static) -> impl IntoView {
    let copied = RwSignal::new(false);
    let click = move |_| {
        let text = text();
        spawn_local(async move {
            if copy(&text).await && copied.try_set(true).is_none() {
                // The row may be out of the page by then.
                set_timeout(move || _ = copied.try_set(false), COPIED);
            }
        });
    };
    let face = move || match copied.get() {
        true => view! { <span class="copied" role="status">"Copied"</span> }.into_any(),
        false => view! { <Icon symbol=Symbol::Copy class="s"/> }.into_any(),
    };
    view! { <button class=class type="button" data-copy-entry="" aria-label=label title=label on:click=click>{face}</button> }
}
