//! The buttons at a card's foot: Deny and Approve, and the ways out of a request that is stuck.

use leptos::{html, prelude::*};
use web_sys::Event;

use super::armed::Armed;

/// What a card does when a button is pressed.
#[derive(Clone, Copy)]
pub struct Presses {
    /// Approve.
    pub approve: Callback<Event>,
    /// Deny.
    pub deny: Callback<Event>,
}

/// Deny and Approve.
#[component]
pub fn Approve(
    /// What they do.
    presses: Presses,
    /// Approve's safety catch.
    armed: Armed,
    /// Approve.
    button: NodeRef<html::Button>,
    /// A decision is on its way.
    busy: Memo<bool>,
    /// The server is reached.
    reached: Memo<bool>,
) -> impl IntoView {
    let off = move || busy.get() || !reached.get();
    view! {
        <button class="btn" data-testid="deny" disabled=off on:click=move |event| presses.deny.run(event.into())>
            "Deny " <span class="key" aria-hidden="true">"D"</span>
        </button>
        <button
            class="btn ask-go"
            class:inert=move || !armed.looks_off()
            node_ref=button
            data-testid="approve"
            disabled=off
            aria-disabled=move || (!armed.looks_off()).to_string()
            on:click=move |event| presses.approve.run(event.into())
            on:pointerleave=move |_| armed.pointer_left()
        >
            {move || if busy.get() {
                view! { <span class="spin"></span> "Approve" }.into_any()
            } else {
                view! { "Approve " <span class="key" aria-hidden="true">"A"</span> }.into_any()
            }}
        </button>
    }
}

/// A way out beside approving and denying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Deny, and send again what the server refused meanwhile.
    DenyAndRetry,
    /// Stop the run that asks.
    StopRun,
}

/// For a request that the server holds and would not let go.
#[component]
pub fn WaysOut(
    /// A decision is on its way.
    busy: Memo<bool>,
    /// The server is reached.
    reached: Memo<bool>,
    /// Leaves by a way, if the press is a person's own.
    leave: Callback<(Event, Way)>,
) -> impl IntoView {
    let off = move || busy.get() || !reached.get();
    view! {
        <button
            class="btn quiet tight"
            data-testid="stop-run"
            disabled=off
            on:click=move |event| leave.run((event.into(), Way::StopRun))
        >
            "Stop the run"
        </button>
        <button
            class="btn"
            data-testid="deny-and-retry"
            disabled=off
            on:click=move |event| leave.run((event.into(), Way::DenyAndRetry))
        >
            "Deny and send again"
        </button>
    }
}
