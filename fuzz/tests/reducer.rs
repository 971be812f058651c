//! The reducer under everything a line can do to a run: any cut of the text, anything heard twice, any beginning, any overlap after a
//! reconnect, of recorded runs and of made ones. `fuzz::Stage` looks at names, places, changes and lengths after every step.

#![allow(clippy::unwrap_used)]

use fuzz::Stage;
use letta::sse::Guard;
use letta::{Body, Cast, End, Event, Timeline};
use model::{Content, Item, Notice, Speaker};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// A run that was recorded: its name and its events.
type Run = (String, Vec<Event>);

fn recorded() -> Vec<Run> {
    let inputs = fuzz::seeds::inputs("guard").unwrap().into_iter().filter(|(name, _)| !name.starts_with("finding-"));
    let runs = inputs.filter_map(|(name, bytes)| {
        let mut events = Vec::new();
        Guard::new().push(&bytes[1..], &mut events).ok()?;
        (events.len() > 2).then_some((name, events))
    });
    let runs: Vec<Run> = runs.collect();
    assert!(runs.len() > 200, "the recordings are missing");
    runs
}

fn run() -> impl Strategy<Value = Run> {
    prop::sample::select(recorded())
}

fn cast(name: &str) -> Cast {
    if name.contains("group") || name.contains("sleeptime-auto") {
        Cast::default()
    } else {
        Cast::solo(Speaker { id: None, name: "Mona".to_owned() })
    }
}

/// Without times, and without the place: a mark that stood there for a while leaves a hole.
fn told(items: &[Item]) -> Vec<Item> {
    let untimed = items.iter().cloned().map(|mut item| {
        (item.at, item.position) = (0, 0);
        match &mut item.content {
            Content::Reasoning { took, .. } | Content::Notice(Notice::Usage { took, .. }) => *took = None,
            Content::Tool(call) => call.took = None,
            Content::User { .. }
            | Content::Assistant { .. }
            | Content::Notice(_)
            | Content::Error(_)
            | Content::Gap
            | Content::Round { .. } => {}
        }
        item
    });
    untimed.collect()
}

fn heard(name: &str, events: &[Event]) -> Vec<Item> {
    let mut timeline = Timeline::new(cast(name));
    events.iter().for_each(|event| drop(timeline.receive(event, 1)));
    timeline.end(End::Finished, 2);
    told(timeline.items())
}

/// The same event, its text in two.
fn halves(event: &Event, at: &Index) -> Vec<Event> {
    let text = match &event.body {
        Body::Assistant(words) if words.images.is_empty() => words.text.clone(),
        Body::Reasoning { text } => text.clone(),
        _ => return vec![event.clone()],
    };
    let letters = text.chars().count();
    if letters < 2 {
        return vec![event.clone()];
    }
    let cut = text.char_indices().nth(1 + at.index(letters - 1)).map_or(text.len(), |(at, _)| at);
    let half = |text: &str| {
        let body = match &event.body {
            Body::Assistant(_) => Body::Assistant(text.to_owned().into()),
            _ => Body::Reasoning { text: text.to_owned() },
        };
        Event { head: event.head.clone(), body }
    };
    vec![half(&text[..cut]), half(&text[cut..])]
}

/// Every event numbered, as background runs are.
fn numbered(events: &[Event]) -> Vec<Event> {
    let number = |(event, nth): (&Event, u64)| {
        let mut event = event.clone();
        event.head.seq_id = Some(nth);
        event
    };
    events.iter().zip(1..).map(number).collect()
}

/// An event as a server might send it: few messages, few calls, every kind, so that they meet.
fn made() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec!["", " ", "Yes", "Yes, ", "I see.", "{\"a\":", "1}", "é漢👩"]);
    let call = prop::sample::select(vec!["call_1", "call_2", "message-00000000-0000-4000-8000-000000001000"]);
    let kind = prop::sample::select(vec![
        "ping",
        "assistant_message",
        "reasoning_message",
        "hidden_reasoning_message",
        "tool_call_message",
        "approval_request_message",
        "approval_response_message",
        "tool_return_message",
        "user_message",
        "system_message",
        "summary_message",
        "event_message",
        "stop_reason",
        "usage_statistics",
        "error_message",
        "telepathy",
    ]);
    let reason = prop::sample::select(vec!["end_turn", "requires_approval", "cancelled", "error", "max_steps"]);
    (kind, 0..4_u32, 0..3_u32, text, call, reason, any::<bool>(), any::<bool>()).prop_map(
        |(kind, message, part, text, call, reason, flag, list)| {
            let one = json!({"name": if flag { json!("look") } else { Value::Null }, "arguments": text, "tool_call_id": call});
            let back = json!({"type": "tool", "tool_return": if flag { text } else { "Error: request to call tool denied. User reason: No." },
                "status": if flag { "success" } else { "error" }, "tool_call_id": call});
            let number = message * 0x1000 - message % 2;
            let mut event = json!({
                "message_type": kind, "content": text, "reasoning": text, "state": "redacted", "summary": text,
                "tool_call": one, "tool_calls": if list { json!([one]) } else { one.clone() },
                "tool_returns": if list { json!([back]) } else { Value::Null },
                "tool_return": back["tool_return"], "status": back["status"], "tool_call_id": call,
                "approvals": if list { json!([{"tool_call_id": call, "approve": flag}]) } else { Value::Null },
                "approve": flag, "approval_request_id": call, "reason": Value::Null,
                "event_type": "compaction", "stop_reason": reason, "step_count": message, "prompt_tokens": 1, "completion_tokens": 1,
                "error_type": "llm_error", "message": text, "date": format!("2026-11-20T22:00:{:02}+00:00", message * 7 % 60),
            });
            if message > 0 {
                event["id"] = format!("message-00000000-0000-4000-8000-{number:012x}").into();
            }
            if part > 0 {
                event["otid"] = format!("00000000-0000-4000-8000-{:012x}", (number & !0x7f) + part).into();
            }
            if list && kind == "assistant_message" {
                event["name"] = if flag { "Alice" } else { "Bob" }.into();
            }
            event
        },
    )
}

/// The letters of `fuzz::timeline`.
fn happenings() -> impl Strategy<Value = String> {
    "[grsrexrifrnroprydurl]{0,6}"
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400), ..ProptestConfig::default() })]

    /// Servers batch as they like.
    #[test]
    fn any_split_of_the_deltas_makes_the_same_items((name, events) in run(), at in prop::collection::vec(any::<Index>(), 1..9)) {
        let split: Vec<Event> = events.iter().zip(at.iter().cycle()).flat_map(|(event, at)| halves(event, at)).collect();
        prop_assert_eq!(heard(&name, &split), heard(&name, &events), "{}", name);
    }

    /// What is at or below the cursor is left out: then no overlap and no number of reconnects shows.
    #[test]
    fn any_overlap_after_any_reconnects_makes_the_same_items(
        (name, events) in run(),
        reconnects in prop::collection::vec((any::<Index>(), any::<Index>()), 0..5),
    ) {
        let events = numbered(&events);
        let mut timeline = Timeline::new(cast(&name));
        let mut last = 0;
        let mut receive = |timeline: &mut Timeline, events: &[Event]| {
            for event in events {
                let number = event.head.seq_id.unwrap_or_default();
                if number > last {
                    timeline.receive(event, 1);
                    last = number;
                }
            }
        };
        for (until, from) in &reconnects {
            let until = until.index(events.len() + 1);
            let from = from.index(until + 1);
            receive(&mut timeline, &events[..until]);
            receive(&mut timeline, &events[from..until]);
        }
        receive(&mut timeline, &events);
        timeline.end(End::Finished, 2);
        prop_assert_eq!(told(timeline.items()), heard(&name, &events), "{}", name);
    }

    /// The line breaks, the row says so, the run goes on: nothing of it stays.
    #[test]
    fn any_breaks_that_heal_make_the_same_items((name, events) in run(), cuts in prop::collection::vec(any::<Index>(), 1..4)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(events.len())).collect();
        cuts.sort_unstable();
        let mut timeline = Timeline::new(cast(&name));
        for (nth, event) in events.iter().enumerate() {
            if cuts.contains(&nth) {
                timeline.end(End::Interrupted { why: "The line broke.".to_owned() }, 1);
            }
            timeline.receive(event, 1);
        }
        timeline.end(End::Finished, 2);
        prop_assert_eq!(told(timeline.items()), heard(&name, &events), "{} cut at {:?}", name, cuts);
    }

    #[test]
    fn a_beginning_of_any_length_with_anything_between_holds((name, events) in run(), until: Index, happens in happenings()) {
        let mut stage = Stage::new(cast(&name).solo.is_none());
        for (event, what) in events[..until.index(events.len() + 1)].iter().zip(happens.bytes().cycle().chain(std::iter::repeat(b'r'))) {
            match what {
                b's' => stage.sent("otid-1", "Well?"),
                b'i' => stage.end(End::Interrupted { why: "The line broke.".to_owned() }),
                b'x' => stage.end(End::Stopped),
                b'y' => stage.decide(true),
                b'd' => stage.decide(false),
                b'u' => stage.undecide(),
                b'l' => stage.restart(),
                _ => {}
            }
            stage.receive(event);
        }
        stage.end(End::Finished);
    }

    #[test]
    fn made_events_with_anything_between_hold(events in prop::collection::vec(made(), 0..24), happens in happenings()) {
        let body: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
        fuzz::timeline(format!("{happens}\n{body}").as_bytes());
    }

    #[test]
    fn made_pages_hold(events in prop::collection::vec(made(), 0..24), happens in happenings()) {
        fuzz::timeline(format!("{happens}\n{}", json!(events)).as_bytes());
    }
}
