//! "Why not?": the reason of a denial, which the agent will read. Optional.

use leptos::{html, prelude::*};
use web_sys::KeyboardEvent;

use crate::approval::Trust;

/// The form.
#[component]
pub fn Deny(
    /// Whether an event is a person's own.
    trust: Trust,
    /// A decision is on its way.
    busy: Memo<bool>,
    /// The server is reached.
    reached: Memo<bool>,
    /// Denies with a reason, if one was written.
    deny: impl Fn(Option<String>) + Clone + 'static,
    /// Back to the request.
    back: impl Fn() + Clone + 'static,
) -> impl IntoView {
    let reason = RwSignal::new(String::new());
    let field = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            field.focus().ok();
        }
    });
    let send = move || {
        let written = reason.get_untracked().trim().to_owned();
        deny((!written.is_empty()).then_some(written));
    };
    let (sending, backing) = (send.clone(), back.clone());
    let keys = move |event: KeyboardEvent| {
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        match event.key().as_str() {
            "Enter" if !event.shift_key() => {
                event.prevent_default();
                if (trust.0)(&event) && !event.repeat() {
                    sending();
                }
            }
            "Escape" => {
                event.prevent_default();
                event.stop_propagation();
                backing();
            }
            _ => {}
        }
    };
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
                on:keydown=keys
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
                on:click=move |event| {
                    if (trust.0)(&event) {
                        send();
                    }
                }
            >
                {move || busy.get().then(|| view! { <span class="spin"></span> })}
                "Deny " <span class="key" aria-hidden="true">"↵"</span>
            </button>
        </div>
    }
}
