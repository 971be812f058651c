//! "Why not?": the reason of a denial, which the agent will read. Optional. In the dock it is asked for in place of the arguments, in
//! the inbox its field is always there.

use leptos::{html, prelude::*};
use web_sys::{Event, KeyboardEvent};

use super::focus;

/// The dock's form.
#[component]
pub fn Deny(
    /// What is written.
    reason: RwSignal<String>,
    /// A decision is on its way.
    busy: Memo<bool>,
    /// The server is reached.
    reached: Memo<bool>,
    /// Denies, if the press is a person's own.
    deny: impl Fn(Event) + Copy + 'static,
    /// Back to the request.
    back: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            field.focus().ok();
        }
    });
    view! {
        <div class="why-not">
            <textarea
                class="input"
                rows="2"
                aria-label="Reason"
                data-testid="deny-reason"
                node_ref=field
                prop:value=reason
                on:input=move |event| reason.set(event_target_value(&event))
                on:keydown=move |event| pressed(event, deny, back)
            ></textarea>
        </div>
        <div class="ft">
            <span class="meta t3">"Optional"</span>
            <span class="grow"></span>
            <button class="btn quiet tight" data-testid="deny-back" on:click=move |_| back()>
                "Back " <span class="key" aria-hidden="true">"Esc"</span>
            </button>
            <button
                class="btn"
                data-testid="deny"
                disabled=move || busy.get() || !reached.get()
                on:click=move |event| deny(event.into())
            >
                {move || busy.get().then(|| view! { <span class="spin"></span> })}
                "Deny " <span class="key" aria-hidden="true">"↵"</span>
            </button>
        </div>
    }
}

/// The inbox's field.
#[component]
pub fn Reason(
    /// What is written.
    reason: RwSignal<String>,
    /// Who reads it.
    agent: Memo<String>,
    /// Denies, if the press is a person's own.
    send: impl Fn(Event) + Copy + 'static,
) -> impl IntoView {
    let back = || focus::on("#request");
    view! {
        <div class="rsn">
            <textarea
                class="input"
                rows="1"
                aria-label="Reason, if you deny"
                placeholder=move || format!("Reason, if you deny. {} reads it", crate::visible::visible_text(&agent.get()))
                data-testid="deny-reason"
                prop:value=reason
                on:input=move |event| reason.set(event_target_value(&event))
                on:keydown=move |event| pressed(event, send, back)
            ></textarea>
        </div>
    }
}

/// Enter denies, Shift Enter breaks the line, Esc goes back.
fn pressed(event: KeyboardEvent, deny: impl Fn(Event), back: impl Fn()) {
    if event.is_composing() || event.key_code() == 229 {
        return;
    }
    match event.key().as_str() {
        "Enter" if !event.shift_key() => {
            event.prevent_default();
            if !event.repeat() {
                deny(event.into());
            }
        }
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            back();
        }
        _ => {}
    }
}
