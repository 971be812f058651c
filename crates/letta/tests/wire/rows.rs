//! Messages made by hand and the rows that they become, one line each, once heard as a stream and once read as stored history.

use letta::{Cast, End, Event, Timeline};
use model::{Content, ImageRef, Item, Notice, Speaker, ToolState};
use serde_json::{Value, json};

pub fn mona() -> Timeline {
    Timeline::new(Cast::solo(Speaker { id: None, name: "Mona".to_owned() }))
}

/// The id of the nth message.
pub fn id(nth: u32) -> String {
    format!("message-00000000-0000-4000-8000-{:012x}", nth * 0x1000)
}

/// A part of the nth message, with the otid that servers give it.
pub fn part(nth: u32, index: u32, kind: &str, mut fields: Value) -> Value {
    fields["id"] = id(nth).into();
    fields["otid"] = format!("00000000-0000-4000-8000-{:012x}", nth * 0x1000 + 0x80 + index).into();
    fields["message_type"] = kind.into();
    fields
}

pub fn heard(events: &[Value]) -> Timeline {
    let mut timeline = mona();
    for event in events {
        timeline.receive(&Event::parse(&event.to_string()), 1);
    }
    timeline.end(End::Finished, 2);
    timeline
}

pub fn read(events: &[Value]) -> Timeline {
    let mut timeline = mona();
    timeline.newest(&letta::history::page(&json!(events).to_string()), 1);
    timeline
}

/// What a row says, in one line.
fn line(item: &Item) -> String {
    let pictures = |images: &[ImageRef]| " [picture]".repeat(images.len());
    let told = match &item.content {
        Content::User { text, images, .. } | Content::Assistant { text, images, .. } => {
            format!("{text}{}", pictures(images))
        }
        Content::Reasoning { text, hidden, .. } => if *hidden { "(hidden)" } else { text }.to_owned(),
        Content::Tool(call) => {
            let called = format!("{}({})", call.name, call.arguments);
            match &call.state {
                ToolState::Returned(back) => format!(
                    "{called} = {}{}{}{}",
                    back.text,
                    pictures(&back.images),
                    back.stdout.iter().map(|line| format!(" out:{line}")).collect::<String>(),
                    back.stderr.iter().map(|line| format!(" err:{line}")).collect::<String>(),
                ),
                _ => called,
            }
        }
        Content::Notice(Notice::Compacted { summary }) => format!("compacted: {}", summary.as_deref().unwrap_or("-")),
        Content::Notice(Notice::Ended { reason }) => format!("ended: {reason}"),
        Content::Notice(Notice::System { text }) => format!("system: {text}"),
        Content::Notice(Notice::Unknown { message_type, raw }) => format!("{message_type}: {raw}"),
        Content::Notice(Notice::Usage { steps, input, output, .. }) => format!("usage {steps} {input} {output}"),
        Content::Notice(
            notice @ (Notice::HandOff { .. } | Notice::Guard { .. } | Notice::Table { .. } | Notice::Late { .. }),
        ) => panic!("no server tells {notice:?}"),
        Content::Notice(Notice::Stopped) => "stopped".to_owned(),
        Content::Error(trouble) => trouble.details.clone().unwrap_or_default(),
        Content::Gap | Content::Round { .. } => String::new(),
    };
    match item.state() {
        Some(state) => format!("{} {state}: {told}", item.kind()),
        None => format!("{}: {told}", item.kind()),
    }
}

pub fn lines(timeline: &Timeline) -> Vec<String> {
    timeline.items().iter().map(line).collect()
}

/// The events make these rows, heard as well as read.
pub fn both(events: &[Value], expected: &[&str]) {
    assert_eq!(lines(&heard(events)), expected, "heard: {events:#?}");
    assert_eq!(lines(&read(events)), expected, "read: {events:#?}");
}
