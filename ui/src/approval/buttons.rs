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

/// What is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It is approved.
    Approve,
    /// It is denied.
    Deny,
    /// It is left by another way.
    Leave(Way),
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
    /// What is on its way.
    doing: Memo<Option<Doing>>,
    /// The server is reached.
    reached: Memo<bool>,
) -> impl IntoView {
    let off = move || doing.get().is_some() || !reached.get();
    view! {
        <span class="yes-no">
            <button class="btn" data-testid="deny" disabled=off on:click=move |event| presses.deny.run(event.into())>
                {move || face(doing.get() == Some(Doing::Deny), "Deny", "D")}
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
                {move || face(doing.get() == Some(Doing::Approve), "Approve", "A")}
            </button>
        </span>
    }
}

/// A button's words with its key; the key makes way while what it does is on its way.
fn face(spins: bool, word: &'static str, key: &'static str) -> AnyView {
    if spins {
        view! { <span class="spin"></span> {word} }.into_any()
    } else {
        view! { {word} " " <span class="key" aria-hidden="true">{key}</span> }.into_any()
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
    /// What is on its way.
    doing: Memo<Option<Doing>>,
    /// The server is reached.
    reached: Memo<bool>,
    /// Leaves by a way, if the press is a person's own.
    leave: Callback<(Event, Way)>,
) -> impl IntoView {
    let off = move || doing.get().is_some() || !reached.get();
    let spins = move |way: Way| (doing.get() == Some(Doing::Leave(way))).then(|| view! { <span class="spin"></span> });
    view! {
        <button
            class="btn quiet tight"
            data-testid="stop-run"
            disabled=off
            on:click=move |event| leave.run((event.into(), Way::StopRun))
        >
            {move || spins(Way::StopRun)}
            "Stop the run"
        </button>
        <button
            class="btn"
            data-testid="deny-and-retry"
            disabled=off
            on:click=move |event| leave.run((event.into(), Way::DenyAndRetry))
        >
            {move || spins(Way::DenyAndRetry)}
            "Deny and send again"
        </button>
    }
}
