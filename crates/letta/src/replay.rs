//! A recording reduced as the app would, one JSON object per item: how people report a bug, and how tests read a stream. Streams and
//! stored pages alike; what is wrong with the bytes becomes an item.

use model::{Author, Content, Item, Notice, ToolState};
use serde_json::{Map, Value, json};

use crate::event::Body;
use crate::sse::Guard;
use crate::{Cast, End, Event, Timeline, history};

/// What the items of a recording are, in order, as `cargo xtask replay` prints them. `group`: speakers are told by name.
pub fn replay(bytes: &[u8], group: bool) -> Vec<Value> {
    items(bytes, group).iter().map(line).collect()
}

/// The items of a recording.
pub fn items(bytes: &[u8], group: bool) -> Vec<Item> {
    let cast = if group { Cast::default() } else { Cast::solo(model::Speaker { id: None, name: String::new() }) };
    let mut timeline = Timeline::new(cast);
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with(['[', '{']) {
        page(&mut timeline, text);
    } else {
        stream(&mut timeline, bytes);
    }
    timeline.items().to_vec()
}

/// A stored page, or a whole answer.
fn page(timeline: &mut Timeline, json: &str) {
    let events = history::page(json);
    let mut now = 0;
    if json.starts_with('[') {
        timeline.newest(&events, now);
        return;
    }
    for event in &events {
        receive(timeline, event, &mut now);
    }
    timeline.end(End::Finished, now);
}

fn stream(timeline: &mut Timeline, bytes: &[u8]) {
    let mut guard = Guard::new();
    let mut events = Vec::new();
    let fault = guard.push(bytes, &mut events).and_then(|()| guard.finish()).err();
    let mut now = 0;
    let mut over = false;
    for event in &events {
        receive(timeline, event, &mut now);
        // After a stop reason or an error the end of the body is the end of the stream; groups of 0.11.7 tell only their usage.
        over |= matches!(event.body, Body::StopReason { .. } | Body::Error(_) | Body::Usage { .. } | Body::Done);
    }
    let end = match fault {
        _ if over => End::Finished,
        Some(fault) => End::Interrupted { why: sentence(&fault.to_string()) },
        None => End::Interrupted { why: "The stream ended before the server said that it was over.".to_owned() },
    };
    timeline.end(end, now);
}

/// Time stands still where an event has no date, and never runs back.
fn receive(timeline: &mut Timeline, event: &Event, now: &mut i64) {
    *now = event.head.date.unwrap_or(*now).max(*now);
    timeline.receive(event, *now);
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// One item as the contract has it; what makes no sense is absent.
fn line(item: &Item) -> Value {
    let mut line = Map::new();
    line.insert("kind".into(), item.kind().into());
    match &item.author {
        Author::You => line.insert("author".into(), "you".into()),
        Author::Agent(speaker) if !speaker.name.is_empty() => line.insert("author".into(), speaker.name.clone().into()),
        Author::Agent(_) => line.insert("author".into(), "agent".into()),
        Author::App => None,
    };
    if let Some(text) = text(&item.content) {
        line.insert("text".into(), text.into());
    }
    if let Some(state) = item.state() {
        line.insert("state".into(), state.into());
    }
    if let Content::Tool(call) = &item.content {
        let mut tool = json!({"id": call.id, "name": call.name, "arguments": call.arguments});
        if let ToolState::Returned(returned) = &call.state {
            tool["return"] = returned.text.clone().into();
            tool["ok"] = returned.ok.into();
        }
        line.insert("tool".into(), tool);
    }
    if item.at != 0 {
        line.insert("at".into(), item.at.into());
    }
    Value::Object(line)
}

/// What an item says.
fn text(content: &Content) -> Option<String> {
    match content {
        Content::User { text, .. } | Content::Assistant { text, .. } => Some(text.clone()),
        Content::Reasoning { text, hidden, .. } => (!hidden).then(|| text.clone()),
        Content::Tool(call) => call.decision.as_ref().and_then(|decision| decision.reason.clone()),
        Content::Error(trouble) => Some(format!("{} {}", trouble.what, trouble.why)),
        Content::Notice(notice) => Some(told(notice)),
        Content::Round { number } => Some(format!("Round {number}")),
        Content::Gap => None,
    }
}

/// A notice in one line.
fn told(notice: &Notice) -> String {
    match notice {
        Notice::Usage { steps, input, output, .. } => {
            let word = if *steps == 1 { "step" } else { "steps" };
            format!("{steps} {word}, {input} tokens in, {output} out")
        }
        Notice::Stopped => "Stopped".to_owned(),
        Notice::Ended { reason } => format!("Ended: {reason}"),
        Notice::Compacted { summary } => summary.clone().unwrap_or_else(|| "Older turns were summarised".to_owned()),
        Notice::Unknown { message_type, raw } => format!("{message_type}: {raw}"),
        // Only tables that the app leads have these; no server tells them.
        Notice::HandOff { to, .. } => to.join(", "),
        Notice::Late { name, .. } => name.clone(),
        Notice::Guard { .. } => String::new(),
        Notice::System { text } | Notice::Table { text } => text.clone(),
    }
}
