//! The composer: what the user writes, kept as a draft until it is sent; Stop while somebody is at it.

use leptos::{html, prelude::*};
use model::{Conversation, ConversationKind, Turn};
use web_sys::{HtmlTextAreaElement, KeyboardEvent};

use crate::{
    icons::{Icon, Symbol},
    open::Open,
    state::State,
};

/// The composer.
#[component]
pub fn Composer(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let state = State::here();
    let field = NodeRef::<html::Textarea>::new();
    let row = {
        let open = open.clone();
        Memo::new(move |_| open.row(state))
    };
    let turn = {
        let rows = open.rows.clone();
        Memo::new(move |_| rows.turn())
    };
    let reached = Memo::new(move |_| row.with(|row| row.as_ref().is_none_or(|row| state.is_reached(&row.profile))));
    let busy = Memo::new(move |_| turn.with(is_busy));
    let draft = open.draft.clone();
    let ready = {
        let draft = draft.clone();
        Memo::new(move |_| reached.get() && !busy.get() && draft.with(|draft| !draft.trim().is_empty()))
    };
    let hint = move || {
        let turn = turn.get();
        row.with(|row| row.as_ref().map_or_else(|| "Write".to_owned(), |row| placeholder(row, &turn, reached.get())))
    };
    // The field follows the draft: when it comes, when it is sent, when it comes back.
    {
        let draft = draft.clone();
        Effect::new(move |_| {
            let text = draft.get();
            let Some(field) = field.get() else { return };
            if field.value() != text {
                field.set_value(&text);
            }
            grow(&field);
        });
    }
    Effect::new(move |_| {
        if let Some(field) = field.get()
            && document().active_element().is_none_or(|element| {
                element.tag_name() == "BODY" || element.closest(".row, .ri").ok().flatten().is_some()
            })
        {
            field.focus().ok();
        }
    });
    let send = {
        let open = open.clone();
        move || {
            if ready.get_untracked() {
                open.send();
            }
        }
    };
    let (sending, writing, stopping) = (send.clone(), open.clone(), open.clone());
    let keys = move |event: KeyboardEvent| {
        // While an input method composes, Enter chooses a word; 229 is how older engines say so.
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        if event.key() == "Enter" && !event.shift_key() && !event.alt_key() {
            event.prevent_default();
            if !event.repeat() {
                sending();
            }
        }
    };
    view! {
        <div class="composer">
            <div class="ln">
                <textarea
                    class="ta"
                    data-testid="composer"
                    rows="1"
                    aria-label="Message"
                    placeholder=hint
                    node_ref=field
                    on:input=move |event| writing.write(event_target_value(&event))
                    on:keydown=keys
                ></textarea>
                <span class="end">
                    {move || {
                        if busy.get() {
                            let stopping = stopping.clone();
                            view! {
                                <button
                                    class="stopb"
                                    data-testid="stop"
                                    disabled=move || turn.get() == Turn::Stopping
                                    on:click=move |_| stopping.stop()
                                >
                                    <Icon symbol=Symbol::Stop/>
                                    {move || if turn.get() == Turn::Stopping { "Stopping" } else { "Stop" }}
                                </button>
                            }
                                .into_any()
                        } else {
                            let send = send.clone();
                            view! {
                                <button
                                    class="send"
                                    class:off=move || !ready.get()
                                    data-testid="send"
                                    aria-label="Send"
                                    disabled=move || !ready.get()
                                    on:click=move |_| send()
                                >
                                    <Icon symbol=Symbol::Send/>
                                </button>
                            }
                                .into_any()
                        }
                    }}
                </span>
            </div>
        </div>
    }
}

/// Somebody is at it, so that nothing can be sent and something can be stopped.
fn is_busy(turn: &Turn) -> bool {
    match turn {
        Turn::Sent
        | Turn::Speaking { .. }
        | Turn::Resuming { .. }
        | Turn::Paused { .. }
        | Turn::Stopping
        | Turn::Finishing { .. } => true,
        Turn::Yours => false,
    }
}

/// The words in an empty field.
fn placeholder(row: &Conversation, turn: &Turn, reached: bool) -> String {
    if !reached {
        return "Not connected. What you write is kept here".to_owned();
    }
    let say = match row.kind {
        ConversationKind::Agent | ConversationKind::Conversation => format!("Write to {}", row.title),
        ConversationKind::Group | ConversationKind::Table => "Say something to the table".to_owned(),
    };
    match turn {
        Turn::Speaking { speaker } | Turn::Resuming { speaker: Some(speaker) } => {
            format!("{say} once {} is done", speaker.name)
        }
        Turn::Finishing { tool } => format!("{say} once {tool} is done"),
        Turn::Paused { .. } => format!("{say} once you have decided"),
        Turn::Sent | Turn::Resuming { speaker: None } | Turn::Stopping | Turn::Yours => say,
    }
}

/// As high as its text; CSS stops it at 40 % of the window.
fn grow(field: &HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(field);
    // A page that cannot style its field shows it at rest, with its own scroll.
    style.set_property("height", "auto").ok();
    style.set_property("height", &format!("{}px", field.scroll_height())).ok();
}

#[cfg(test)]
mod tests {
    use model::Speaker;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn row(kind: ConversationKind) -> Conversation {
        Conversation {
            id: "c".into(),
            profile: "home".into(),
            kind,
            title: "Wen".into(),
            members: vec![],
            pattern: None,
            last: None,
            unread: false,
            waiting: 0,
            turn: Turn::Yours,
            closed: None,
        }
    }

    #[wasm_bindgen_test]
    fn the_empty_field_says_what_is_true() {
        let wen = || Speaker { id: None, name: "Wen".into() };
        let agent = row(ConversationKind::Agent);
        assert_eq!(placeholder(&agent, &Turn::Yours, true), "Write to Wen");
        assert_eq!(placeholder(&row(ConversationKind::Group), &Turn::Yours, true), "Say something to the table");
        let group = row(ConversationKind::Group);
        assert_eq!(
            placeholder(&group, &Turn::Speaking { speaker: wen() }, true),
            "Say something to the table once Wen is done"
        );
        assert_eq!(placeholder(&agent, &Turn::Paused { speaker: wen() }, true), "Write to Wen once you have decided");
        assert!(placeholder(&agent, &Turn::Yours, false).starts_with("Not connected"));
    }

    #[wasm_bindgen_test]
    fn only_your_turn_can_be_spoken_in() {
        assert!(!is_busy(&Turn::Yours) && is_busy(&Turn::Sent) && is_busy(&Turn::Stopping));
    }
}
