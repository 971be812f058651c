//! "1 of 2": the way through the requests that wait, oldest first.

use leptos::prelude::*;

use crate::{
    icons::{Icon, Symbol},
    keys,
};

/// The requests of one place, and which of them is shown.
#[derive(Clone, Copy)]
pub struct Page {
    /// Which, from 0.
    pub which: Memo<usize>,
    /// How many wait or are on their way.
    pub count: Memo<usize>,
    /// How many of them can be decided.
    pub open: Memo<usize>,
    /// Shows the one before (-1) or after (1).
    pub turn: Callback<isize>,
}

/// In the head of the dock's card.
#[component]
pub fn Pages(
    /// Of which requests.
    page: Page,
) -> impl IntoView {
    let several = Memo::new(move |_| page.count.get() > 1);
    view! {
        <div class="pg">
            <span class="key go-here" title="Go to this request">{keys::chord("J")}</span>
            <Show when=move || several.get()>
                <span data-testid="which-request">{move || format!("{} of {}", page.which.get() + 1, page.count.get())}</span>
                <button
                    class="ib sm"
                    aria-label="Previous request"
                    disabled=move || page.which.get() == 0
                    on:click=move |_| page.turn.run(-1)
                >
                    <Icon symbol=Symbol::Left class="s"/>
                </button>
                <button
                    class="ib sm"
                    aria-label="Next request"
                    disabled=move || { page.which.get() + 1 >= page.count.get() }
                    on:click=move |_| page.turn.run(1)
                >
                    <Icon symbol=Symbol::Right class="s"/>
                </button>
            </Show>
        </div>
    }
}
