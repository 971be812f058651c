//! The composer: what the user writes, kept as a draft until it is sent. While somebody is at it, it waits (`queue`), and Stop is there.

use leptos::{ev, html, prelude::*};
use model::{Connection, Conversation, ConversationKind, MOST_IMAGES, Turn};
use web_sys::{HtmlTextAreaElement, KeyboardEvent};

use crate::{
    attachments::{Attachments, Limits},
    icons::{Icon, Symbol},
    leading::tell_writing,
    naming::{NameButton, NameList, Names},
    open::Open,
    state::State,
    tray::Tray,
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
    let line = Memo::new(move |_| {
        let connection = row.with(|row| row.as_ref().and_then(|row| state.connection_of(&row.profile)));
        connection.as_ref().map_or(Line::Up, Line::of)
    });
    let busy = Memo::new(move |_| turn.with(is_busy));
    let is_stopping = Memo::new(move |_| turn.with(|turn| matches!(turn, Turn::Stopping | Turn::Finishing { .. })));
    let draft = open.draft.clone();
    let is_empty = {
        let (draft, tray) = (draft.clone(), open.tray.clone());
        Memo::new(move |_| !tray.is_ready() && draft.with(|draft| draft.trim().is_empty()))
    };
    let ready = {
        let tray = open.tray.clone();
        Memo::new(move |_| line.get() != Line::Refused && !is_empty.get() && !tray.is_reading())
    };
    let waits = Memo::new(move |_| busy.get() || line.get() == Line::Away);
    let tray = open.tray.clone();
    // Groups of a server break off when a picture comes (recording 0.11.7/group-rr-image): what is pasted or dropped is refused in words.
    let may_attach =
        Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|row| row.kind != ConversationKind::Group)));
    let (at_tiles, at_limits) = (open.clone(), open.clone());
    let leads = Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(|row| row.kind == ConversationKind::Table)));
    tell_writing(&open, leads, is_empty);
    let members = Memo::new(move |_| match leads.get() {
        true => row.with(|row| row.as_ref().map(|row| row.members.clone())).unwrap_or_default(),
        false => Vec::new(),
    });
    let names = Names::new(field, members);
    let (at_names, at_button, naming) = (open.clone(), open.clone(), open.clone());
    let hint = move || {
        let turn = turn.get();
        row.with(|row| row.as_ref().map_or_else(|| "Write".to_owned(), |row| placeholder(row, &turn, line.get())))
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
    // In another width the text has other lines.
    let resized = window_event_listener(ev::resize, move |_| field.get_untracked().iter().for_each(grow));
    on_cleanup(move || resized.remove());
    Effect::new(move |_| {
        if let Some(field) = field.get()
            && document().active_element().is_none_or(|element| {
                // Where the conversation was chosen, or its server.
                element.tag_name() == "BODY" || element.closest(".row, .ri, .profile").ok().flatten().is_some()
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
    let (sending, writing, stopping, taking) = (send.clone(), open.clone(), open.clone(), open.clone());
    let keys = move |event: KeyboardEvent| {
        // While an input method composes, Enter chooses a word; 229 is how older engines say so.
        if event.is_composing() || event.key_code() == 229 {
            return;
        }
        if names.pressed(&event, &naming) {
            return;
        }
        let is_plain = !event.shift_key() && !event.alt_key() && !event.ctrl_key() && !event.meta_key();
        match event.key().as_str() {
            "Enter" if !event.shift_key() && !event.alt_key() => {
                event.prevent_default();
                if !event.repeat() {
                    sending();
                }
            }
            "ArrowUp" if is_plain && is_empty.get_untracked() && taking.take_back_last() => event.prevent_default(),
            _ => {}
        }
    };
    view! {
        <div class="composer">
            <NameList names=names open=at_names/>
            <Attachments open=at_tiles/>
            <div class="ln">
                {move || may_attach.get().then(|| view! { <Attach tray=tray.clone()/> })}
                {move || names.are_offered().then(|| view! { <NameButton names=names open=at_button.clone()/> })}
                <textarea
                    class="ta"
                    data-testid="composer"
                    rows="1"
                    aria-label="Message"
                    placeholder=hint
                    node_ref=field
                    role=move || names.are_offered().then_some("combobox")
                    aria-autocomplete=move || names.are_offered().then_some("list")
                    aria-haspopup=move || names.are_offered().then_some("listbox")
                    aria-expanded=move || names.are_offered().then(|| names.is_open().to_string())
                    aria-controls=move || names.list()
                    aria-activedescendant=move || names.active()
                    on:input=move |event| {
                        writing.write(event_target_value(&event));
                        names.look();
                    }
                    on:keydown=keys
                    // The caret may have moved; where it was taken by the list it has not.
                    on:keyup=move |event| if moves_the_caret(&event.key()) { names.look() }
                    on:click=move |_| names.look()
                    on:blur=move |_| names.close()
                ></textarea>
                <span class="end">
                    {move || {
                        busy.get().then(|| {
                            let stopping = stopping.clone();
                            view! {
                                <button
                                    class="stopb"
                                    data-testid="stop"
                                    disabled=move || is_stopping.get()
                                    on:click=move |_| stopping.stop()
                                >
                                    <Icon symbol=Symbol::Stop/>
                                    {move || if is_stopping.get() { "Stopping" } else { "Stop" }}
                                </button>
                            }
                        })
                    }}
                    {move || {
                        let send = send.clone();
                        // While an answer comes there is nothing to send until something is written.
                        (!busy.get() || !is_empty.get()).then(|| view! {
                            <button
                                class="send"
                                class:off=move || !ready.get()
                                data-testid="send"
                                aria-label=move || if waits.get() { "Queue" } else { "Send" }
                                disabled=move || !ready.get()
                                on:click=move |_| send()
                            >
                                <Icon symbol=Symbol::Send/>
                            </button>
                        })
                    }}
                </span>
            </div>
        </div>
        <Limits open=at_limits/>
    }
}

/// Lets the user choose pictures. Busy while a chooser is open and while what was chosen is being read.
#[component]
fn Attach(tray: Tray) -> impl IntoView {
    let (counted, asking) = (tray.clone(), tray.clone());
    let is_full = Memo::new(move |_| counted.attachments().len() >= MOST_IMAGES);
    let is_asking = Memo::new(move |_| asking.is_asking());
    let title = move || match is_full.get() {
        true => format!("{MOST_IMAGES} images are the most for one message"),
        false => "Attach images".to_owned(),
    };
    view! {
        <button
            class="ib"
            type="button"
            data-testid="attach"
            aria-label="Attach images"
            aria-busy=move || is_asking.get().to_string()
            title=title
            disabled=move || is_full.get() || is_asking.get()
            on:click=move |_| tray.choose()
        >
            {move || match is_asking.get() {
                true => view! { <span class="spin"></span> }.into_any(),
                false => view! { <Icon symbol=Symbol::Clip/> }.into_any(),
            }}
        </button>
    }
}

/// The line to the server, as far as it matters to who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// What is sent arrives.
    Up,
    /// What is sent waits here until the server answers.
    Away,
    /// Nothing can be sent before another key is entered.
    Refused,
}

impl Line {
    fn of(connection: &Connection) -> Self {
        match connection {
            Connection::Refused { .. } => Self::Refused,
            Connection::Offline { .. } | Connection::Reconnecting { .. } => Self::Away,
            Connection::Online | Connection::Syncing { .. } => Self::Up,
        }
    }
}

/// Somebody is at it: what is written waits, and something can be stopped.
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

/// A key after which the caret may stand elsewhere in the same text.
fn moves_the_caret(key: &str) -> bool {
    matches!(key, "ArrowLeft" | "ArrowRight" | "Home" | "End" | "PageUp" | "PageDown")
}

/// The words in an empty field.
fn placeholder(row: &Conversation, turn: &Turn, line: Line) -> String {
    match line {
        Line::Refused => return "Not connected. What you write is kept here".to_owned(),
        Line::Away => return "Not connected. Sent when the server answers".to_owned(),
        Line::Up => {}
    }
    let say = match row.kind {
        ConversationKind::Agent | ConversationKind::Conversation => format!("Write to {}", row.title),
        ConversationKind::Group | ConversationKind::Table => "Say something to the table".to_owned(),
    };
    match turn {
        Turn::Speaking { speaker } | Turn::Resuming { speaker: Some(speaker) } => {
            format!("{say}. It goes in after {}", speaker.name)
        }
        Turn::Finishing { tool } => format!("{say}. It goes in once {tool} is done"),
        Turn::Paused { .. } => format!("{say}. It goes in once you have decided"),
        Turn::Sent | Turn::Resuming { speaker: None } | Turn::Stopping => {
            format!("{say}. It goes in after this answer")
        }
        Turn::Yours => say,
    }
}

/// As high as its text; CSS stops it at 40 % of the window. At rest where there is none, however long the words in the empty field are.
fn grow(field: &HtmlTextAreaElement) {
    let style = web_sys::HtmlElement::style(field);
    // A page that cannot style its field shows it at rest, with its own scroll.
    if field.value().is_empty() {
        style.remove_property("height").ok();
        return;
    }
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
            caution: None,
            floor: None,
            archived: false,
            long_run: None,
        }
    }

    #[wasm_bindgen_test]
    fn the_empty_field_says_what_is_true() {
        let wen = || Speaker { id: None, name: "Wen".into() };
        let (agent, group) = (row(ConversationKind::Agent), row(ConversationKind::Group));
        assert_eq!(placeholder(&agent, &Turn::Yours, Line::Up), "Write to Wen");
        assert_eq!(placeholder(&group, &Turn::Yours, Line::Up), "Say something to the table");
        assert_eq!(
            placeholder(&group, &Turn::Speaking { speaker: wen() }, Line::Up),
            "Say something to the table. It goes in after Wen"
        );
        assert_eq!(
            placeholder(&agent, &Turn::Paused { speaker: wen() }, Line::Up),
            "Write to Wen. It goes in once you have decided"
        );
        assert_eq!(placeholder(&agent, &Turn::Yours, Line::Away), "Not connected. Sent when the server answers");
        assert_eq!(placeholder(&agent, &Turn::Yours, Line::Refused), "Not connected. What you write is kept here");
    }

    #[wasm_bindgen_test]
    fn only_your_turn_is_quiet() {
        assert!(!is_busy(&Turn::Yours) && is_busy(&Turn::Sent) && is_busy(&Turn::Stopping));
    }

    #[wasm_bindgen_test]
    fn a_refused_key_is_not_a_server_that_is_away() {
        assert_eq!(Line::of(&Connection::Refused { why: String::new() }), Line::Refused);
        assert_eq!(Line::of(&Connection::Offline { why: String::new() }), Line::Away);
        assert_eq!(Line::of(&Connection::Reconnecting { attempt: 1, next: None }), Line::Away);
        assert_eq!(Line::of(&Connection::Syncing { percent: None }), Line::Up);
    }
}
