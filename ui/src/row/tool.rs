//! A tool call as one quiet row: what, with what, how long, how it ended (`tool_ending`). Opened it becomes a card
//! (`tool_card`).

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use model::{Content, ItemId, ToolCall, ToolState};
use web_sys::MouseEvent;

use super::{
    Shown, agent, counted, pictures, tool_card,
    tool_ending::{self, Ending},
    words::first_line,
};
use crate::{
    ago::ticking,
    arguments::Arguments,
    icons::{Icon, Symbol, hue_class},
    timeline::{Entry, Rows, time},
};

/// From here on a running call says how long. Milliseconds.
const LONG: i64 = 2_000;

pub(super) fn view(shown: Shown) -> impl IntoView {
    let item = shown.item.clone();
    let call = Memo::new(move |_| item.with(|item| item.tool().cloned()));
    let open = shown.rows.disclosure(shown.id.as_str());
    let since = shown.rows.first_seen(&shown.id);
    let class = Memo::new(move |_| call.with(|call| call.as_ref().map_or("step", tool_ending::class)));
    let name = Memo::new(move |_| call.with(|call| call.as_ref().map(|call| call.name.clone()).unwrap_or_default()));
    let first = Memo::new(move |_| call.with(|call| call.as_ref().map(first_argument).unwrap_or_default()));
    let is_ticking = Memo::new(move |_| {
        call.with(|call| {
            call.as_ref().is_some_and(|call| matches!(call.state, ToolState::Writing | ToolState::Running))
        })
    });
    let ending = Memo::new(move |_| call.with(|call| call.as_ref().map(Ending::of)));
    let end = move || {
        if is_ticking.get() {
            return running(since);
        }
        ending.get().map_or_else(|| ().into_any(), Ending::view)
    };
    let chevron_open = open.clone();
    let chevron = move || {
        // Only the open card shows it, as in a list of steps they would be noise.
        chevron_open.get().then(|| view! { <Icon symbol=Symbol::Down class="chev"/> })
    };
    let (rows, turn, toggled) = (shown.rows.clone(), shown.entry.turn.clone(), open.clone());
    let id = shown.id.clone();
    let click = move |event: MouseEvent| {
        let to = !toggled.get_untracked();
        if to {
            rows.unfold(std::slice::from_ref(&id), true);
        }
        match turn.as_ref().filter(|_| event.alt_key()) {
            Some(turn) => rows.open_turn(turn, to),
            None => toggled.set(to),
        }
    };
    let (expanded, frame, within) = (open.clone(), open.clone(), open);
    let below = {
        let speaker = shown.entry.speaker.as_ref().map(|speaker| speaker.name.clone()).unwrap_or_default();
        let (is_open, shown) = (within.clone(), shown.clone());
        move || call.with(|call| tool_ending::below(call.as_ref()?, &shown, &speaker, is_open.get()))
    };
    let card = {
        let (rows, id, frame) = (shown.rows.clone(), shown.id.clone(), pictures::Frame::of(&shown));
        move || within.get().then(|| tool_card::view(&rows, &id, call, frame.clone()))
    };
    view! {
        <div class=move || if frame.get() { "toolcard" } else { "tool" }>
            <button
                class=move || class.get()
                type="button"
                aria-expanded=move || if expanded.get() { "true" } else { "false" }
                on:click=click
            >
                {move || view! { <Icon symbol=symbol(&name.get())/> }}
                <span class="nm">{move || markdown::visible(&name.get()).into_owned()}</span>
                <span class="arg cut">{move || first.get()}</span>
                <span class="end">{end}{chevron}</span>
            </button>
            {card}
        </div>
        {below}
    }
}

/// The icon for a tool, by what its name says.
fn symbol(name: &str) -> Symbol {
    let name = name.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if says(&["delete", "remove", "trash"]) {
        Symbol::Trash
    } else if says(&["mail"]) {
        Symbol::Mail
    } else if says(&["memory", "block"]) {
        Symbol::Block
    } else if says(&["archiv", "database", "sql", "conversation_search"]) {
        Symbol::Database
    } else if says(&["web", "http", "url", "browse", "fetch"]) {
        Symbol::Globe
    } else if says(&["shell", "bash", "terminal", "exec", "command", "run_code"]) {
        Symbol::Terminal
    } else if says(&["file", "document", "read_", "write_"]) {
        Symbol::File
    } else if says(&["search"]) {
        Symbol::Search
    } else {
        Symbol::Tool
    }
}

/// The first argument in one line, for the row.
fn first_argument(call: &ToolCall) -> String {
    match Arguments::read(&call.arguments) {
        Arguments::Listed(arguments) => {
            let wanted =
                arguments.iter().find(|argument| !matches!(argument.name.as_str(), "request_heartbeat" | "thinking"));
            wanted.map(|argument| first_line(&argument.value)).unwrap_or_default()
        }
        // Still being written: what cannot be read yet would only flicker.
        Arguments::Raw(_) if call.state == ToolState::Writing => String::new(),
        Arguments::Raw(raw) => first_line(&raw),
    }
}

fn running(since: i64) -> AnyView {
    let now = ticking(Duration::from_secs(1));
    let passed = move || {
        let passed = now.get().max(time::now()) - since;
        (passed >= LONG).then(|| format!("{} s", passed / 1000))
    };
    view! { {passed}<span class="spin"></span> }.into_any()
}

/// Several finished calls behind one line.
pub(super) fn fold(rows: &Rows, entry: &Entry, calls: &Arc<[ItemId]>, unfolded: bool) -> impl IntoView + use<> {
    let items: Vec<_> = calls.iter().filter_map(|id| rows.item(id)).collect();
    let count = counted(calls.len() as u64, "tool call", "tool calls");
    let (mut took, mut known, mut failed, mut not_here) = (0, true, 0_u64, 0_u64);
    for item in &items {
        item.with_untracked(|item| {
            if let Content::Tool(call) = &item.content {
                known &= call.took.is_some();
                took += call.took.unwrap_or_default();
                let bad = matches!(&call.state, ToolState::Returned(returned) if !returned.ok);
                not_here += u64::from(bad && call.is_not_here());
                failed += u64::from(bad && !call.is_not_here());
            }
        });
    }
    let mut title = count;
    if known {
        title.push_str(&format!(", {}", super::words::whole_seconds(took)));
    }
    let ends = [(failed, "failed"), (not_here, "not available here")]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, how)| format!("{count} {how}"))
        .collect::<Vec<_>>()
        .join(", ");
    let toggle = {
        let (rows, calls) = (rows.clone(), calls.clone());
        move |_| rows.unfold(&calls, !unfolded)
    };
    let class = {
        let (rows, speaker) = (rows.clone(), entry.speaker.clone());
        let opens = if entry.opens { " opens" } else { "" };
        move || {
            let hue = speaker.as_ref().map_or(1, |speaker| rows.member(speaker).hue);
            let solo = if rows.is_solo() { " solo" } else { "" };
            format!("entry turn {} stepped{opens}{solo}", hue_class(hue))
        }
    };
    let button = view! {
        <button class="step" type="button" data-testid="fold" aria-expanded=if unfolded { "true" } else { "false" } on:click=toggle>
            <Icon symbol=Symbol::Tool/>
            <span>{title}</span>
            <Icon symbol=if unfolded { Symbol::Down } else { Symbol::Right } class="chev"/>
            <span class="end">{ends}</span>
        </button>
    };
    let clock = items.first().map(|item| time::clock(item.with_untracked(|item| item.at))).unwrap_or_default();
    view! { <div class=class>{agent::frame(rows, entry, clock, button.into_any())}</div> }
}
