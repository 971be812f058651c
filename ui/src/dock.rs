//! The dock below the timeline: the request that waits, what could not be done, and the composer.

use leptos::prelude::*;
use model::{Code, Failure};

use crate::{
    approval::Approvals,
    attachments::NotAttached,
    composer::Composer,
    icons::{Icon, Symbol},
    long::Long,
    open::Open,
    queue::Waiting,
    state::{Stage, State},
};

/// The dock.
#[component]
pub fn Dock(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let state = State::here();
    let failure = open.failure.clone();
    let closed = {
        let open = open.clone();
        Memo::new(move |_| open.row(state).and_then(|row| row.closed))
    };
    let caution = {
        let open = open.clone();
        Memo::new(move |_| open.row(state).and_then(|row| row.caution))
    };
    let (at_request, at_note, at_refusals, at_queue) = (open.clone(), open.clone(), open.clone(), open.clone());
    let at_long = open.clone();
    view! {
        <section class="dock" aria-label="Write and decide" data-region="dock" tabindex="-1">
            <div class="col">
                <Approvals open=at_request/>
                {move || failure.get().map(|failure| view! { <NotDone failure=failure open=at_note.clone()/> })}
                <NotAttached open=at_refusals/>
                <Long open=at_long/>
                <Waiting open=at_queue/>
                {move || caution.get().filter(|_| closed.get().is_none()).map(|words| view! {
                    <div class="note" role="note" data-testid="caution"><Icon symbol=Symbol::Info/><p class="grow">{words}</p></div>
                })}
                {move || match closed.get() {
                    Some(why) => view! {
                        <div class="note" role="note" data-testid="closed"><Icon symbol=Symbol::Info/><p class="grow">{why}</p></div>
                    }
                        .into_any(),
                    None => view! { <Composer open=open.clone()/> }.into_any(),
                }}
            </div>
        </section>
    }
}

/// What could not be done, and the way out.
#[component]
fn NotDone(failure: Failure, open: Open) -> impl IntoView {
    let state = State::here();
    let details = failure.details.clone();
    let shown = RwSignal::new(false);
    let again = open.clone();
    let away = open.failure.clone();
    let way_out = match failure.code {
        Code::Unauthorized => Some(
            view! {
                <button
                    class="btn"
                    on:click=move |_| {
                        state.new_key.set(state.profile.get_untracked());
                        state.stage.set(Stage::Connect);
                    }
                >
                    "Enter another key"
                </button>
            }
            .into_any(),
        ),
        Code::Offline | Code::Server | Code::Conflict if !open.rows_are_here() => Some(
            view! {
                <button class="btn" on:click=move |_| again.ask()>"Try again"</button>
            }
            .into_any(),
        ),
        Code::Offline | Code::Server | Code::Conflict | Code::Storage | Code::Keychain | Code::Invalid => None,
    };
    view! {
        <div class="note bad" role="alert" data-testid="not-done">
            <Icon symbol=Symbol::Alert/>
            <div class="grow">
                <p>{failure.message}</p>
                {move || (shown.get()).then(|| details.clone().map(|details| view! { <pre class="details">{details}</pre> }))}
                <div class="note-end">
                    {way_out}
                    {failure.details.is_some().then(|| view! {
                        <button
                            class="btn quiet tight"
                            aria-expanded=move || shown.get().to_string()
                            on:click=move |_| shown.update(|shown| *shown = !*shown)
                        >
                            "Details"
                        </button>
                    })}
                </div>
            </div>
            <button class="ib sm" aria-label="Dismiss" on:click=move |_| away.set(None)><Icon symbol=Symbol::X class="s"/></button>
        </div>
    }
}
