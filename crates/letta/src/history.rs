//! A page of stored messages to events in the order in which things happened, whichever end a list begins at, so that history goes
//! through the same `timeline` as streams. Which page to ask for is `client`.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::{Body, Head, Said};
use crate::{Event, timeline};

/// Reads a page: an array of messages as the list routes of agents, groups and conversations give it, or a whole answer
/// (`{"messages": […], "stop_reason": …, "usage": …}`). Anything else is one event: a failure, or unknown. Never fails.
pub fn page(json: &str) -> Vec<Event> {
    if let Ok(messages) = serde_json::from_str::<Vec<&RawValue>>(json) {
        return in_order(messages.into_iter().map(|message| Event::parse(message.get())).collect());
    }
    match serde_json::from_str::<Answer<'_>>(json) {
        Ok(answer) => {
            let messages = answer.messages.into_iter().map(|message| Event::parse(message.get())).collect();
            let after = [answer.stop_reason, answer.usage].into_iter().flatten().map(closing);
            in_order(messages).into_iter().chain(after).collect()
        }
        Err(_) => vec![Event::parse(json)],
    }
}

/// A whole answer.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    messages: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    stop_reason: Option<&'a RawValue>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

/// Old servers give the stop reason and the usage without a `message_type`.
fn closing(part: &RawValue) -> Event {
    match serde_json::from_str::<String>(part.get()) {
        Ok(reason) => Event::bare(Body::StopReason { reason }),
        Err(_) => Event::parse(part.get()),
    }
}

/// Puts messages in the order in which they happened. Lists of agents and groups are oldest first whatever was asked, those of
/// conversations newest first but for the parts of a row, and rows of groups have the words before the thoughts (API facts §8, §9).
pub fn in_order(events: Vec<Event>) -> Vec<Event> {
    let newest_first = is_newest_first(&events);
    let mut rows: Vec<Vec<Event>> = Vec::new();
    for event in events {
        match rows.last_mut() {
            Some(row) if same_row(row, &event.head) => row.push(event),
            Some(_) | None => rows.push(vec![event]),
        }
    }
    if newest_first {
        rows.reverse();
    }
    for row in &mut rows {
        row.sort_by_key(place);
    }
    rows.into_iter().flatten().collect()
}

/// Where a part stands in its row: as its otid says; without one, thoughts come first. What asks for approval has its message's own
/// id for an otid, and comes last. The sort is stable.
fn place(event: &Event) -> u32 {
    let thoughts = matches!(event.body, Body::Reasoning { .. } | Body::HiddenReasoning);
    match timeline::part(&event.head).filter(|_| event.head.otid != event.head.id) {
        Some(part) => part,
        None if thoughts => 0,
        None => u32::MAX,
    }
}

/// By the dates where they differ; they are whole seconds, so else by a user's message that stands behind its answer.
fn is_newest_first(events: &[Event]) -> bool {
    let mut dates = events.iter().filter_map(|event| event.head.date);
    let (first, last) = (dates.next(), dates.next_back().or(first_date(events)));
    if first != last {
        return first > last;
    }
    events.iter().enumerate().any(|(nth, event)| {
        let asked = matches!(event.body, Body::User(Said::Words(_))) && event.head.step_id.is_some();
        let answered = |before: &Event| {
            before.head.step_id == event.head.step_id
                && matches!(before.body, Body::Assistant(_) | Body::Reasoning { .. })
        };
        asked && events[..nth].iter().any(answered)
    })
}

fn first_date(events: &[Event]) -> Option<i64> {
    events.iter().find_map(|event| event.head.date)
}

fn same_row(row: &[Event], head: &Head) -> bool {
    head.id.is_some() && row.last().is_some_and(|event| event.head.id == head.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(events: &[Event]) -> Vec<&str> {
        events.iter().filter_map(|event| event.head.id.as_deref()).collect()
    }

    #[test]
    fn newest_first_is_turned_around_by_rows() {
        let json = r#"[
            {"id":"b","date":"2026-11-20T22:00:02+00:00","message_type":"reasoning_message","reasoning":"Hm."},
            {"id":"b","date":"2026-11-20T22:00:02+00:00","message_type":"assistant_message","content":"Yes."},
            {"id":"a","date":"2026-11-20T22:00:01+00:00","message_type":"user_message","content":"Well?"}]"#;
        let events = page(json);
        assert_eq!(ids(&events), ["a", "b", "b"]);
        assert!(matches!(events[1].body, Body::Reasoning { .. }));
    }

    #[test]
    fn thoughts_of_a_group_row_come_first() {
        let json = r#"[
            {"id":"a","message_type":"assistant_message","content":"Yes."},
            {"id":"a","message_type":"reasoning_message","reasoning":"Hm."},
            {"id":"b","message_type":"assistant_message","content":"No."}]"#;
        let events = page(json);
        assert!(matches!(events[0].body, Body::Reasoning { .. }));
        assert_eq!(ids(&events), ["a", "a", "b"]);
    }

    #[test]
    fn a_whole_answer_ends_with_its_stop_reason() {
        let json = r#"{"messages":[{"id":"a","message_type":"assistant_message","content":"Yes."}],
            "stop_reason":"end_turn","usage":{"completion_tokens":1,"prompt_tokens":2,"step_count":1}}"#;
        let events = page(json);
        assert_eq!(events[1].body, Body::StopReason { reason: "end_turn".to_owned() });
        assert_eq!(events[2].body, Body::Usage { steps: 1, input: 2, output: 1 });
    }

    #[test]
    fn what_is_no_list_is_one_event() {
        assert!(matches!(page(r#"{"detail":"Agent not found"}"#)[0].body, Body::Error(_)));
        assert!(matches!(page("<html>")[0].body, Body::Unknown { .. }));
        assert!(page("[]").is_empty());
    }
}
