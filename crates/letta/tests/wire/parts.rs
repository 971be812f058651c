//! Messages of several parts, and messages that change their name while they are streamed.

use letta::{Cast, End, Event, Timeline};
use model::{Item, Speaker, ToolState};

fn mona() -> Timeline {
    Timeline::new(Cast::solo(Speaker { id: None, name: "Mona".to_owned() }))
}

fn texts(timeline: &Timeline) -> Vec<(&str, String)> {
    timeline
        .items()
        .iter()
        .map(|item| (item.kind(), item.clone().growing_text().cloned().unwrap_or_default()))
        .collect()
}

/// A part of the message whose id ends in `id`, with the otid that ends in `otid`.
fn piece(id: &str, otid: &str, kind: &str, field: &str, text: &str) -> Event {
    Event::parse(&format!(
        r#"{{"id":"message-e83f2092-9568-4b59-875f-e17ff102c{id}","otid":"e83f2092-9568-4b59-875f-e17ff102c{otid}",
            "message_type":"{kind}","{field}":"{text}"}}"#
    ))
}

#[test]
fn thoughts_between_words_are_parts_of_their_own() {
    let parts = [
        ("reasoning_message", "reasoning", "680", "First."),
        ("assistant_message", "content", "681", "One."),
        ("reasoning_message", "reasoning", "682", "Second."),
        ("assistant_message", "content", "683", "Two."),
    ];
    let mut streamed = mona();
    for (kind, field, otid, text) in parts {
        let (head, tail) = text.split_at(2);
        streamed.receive(&piece("6fc", otid, kind, field, head), 1);
        streamed.receive(&piece("6fc", otid, kind, field, tail), 1);
    }
    streamed.end(End::Finished, 2);
    let expected = [("reasoning", "First."), ("assistant", "One."), ("reasoning", "Second."), ("assistant", "Two.")];
    assert_eq!(texts(&streamed), expected.map(|(kind, text)| (kind, text.to_owned())));

    let page: Vec<Event> =
        parts.iter().map(|(kind, field, otid, text)| piece("6fc", otid, kind, field, text)).collect();
    assert_eq!(streamed.newest(&page, 3), []);
    let mut stored = mona();
    stored.newest(&page, 3);
    assert_eq!(texts(&stored), texts(&streamed));
}

#[test]
fn otids_may_come_on_one_side_only() {
    let mut streamed = mona();
    for text in ["Hel", "lo."] {
        streamed.receive(&piece("6fc", "681", "assistant_message", "content", text), 1);
    }
    streamed.end(End::Finished, 2);
    let bare = |text: &str| {
        Event::parse(&format!(
            r#"{{"id":"message-e83f2092-9568-4b59-875f-e17ff102c6fc","message_type":"assistant_message","content":"{text}"}}"#
        ))
    };
    streamed.newest(&[bare("Hello.")], 3);
    assert_eq!(texts(&streamed), [("assistant", "Hello.".to_owned())]);
}

/// The request's id is one below the streamed one even where that borrows from the digits that name the part.
#[test]
fn a_request_renames_what_was_streamed_above_it() {
    for (streamed_id, request_id, otid) in [("6fc", "6fb", "680"), ("700", "6ff", "700"), ("680", "67f", "680")] {
        let mut timeline = mona();
        timeline.receive(&piece(streamed_id, otid, "reasoning_message", "reasoning", "Hm."), 1);
        let request = Event::parse(&format!(
            r#"{{"id":"message-e83f2092-9568-4b59-875f-e17ff102c{request_id}","message_type":"approval_request_message",
                "otid":"message-e83f2092-9568-4b59-875f-e17ff102c{request_id}",
                "tool_call":{{"name":"delete_file","arguments":"{{}}","tool_call_id":"call_1"}}}}"#
        ));
        timeline.receive(&request, 1);
        timeline.receive(&Event::parse(r#"{"message_type":"stop_reason","stop_reason":"requires_approval"}"#), 1);
        timeline.end(End::Finished, 2);
        assert_eq!(timeline.items().iter().find_map(Item::tool).unwrap().state, ToolState::AwaitingApproval);
        let stored = piece(request_id, otid, "reasoning_message", "reasoning", "Hm.");
        assert_eq!(timeline.newest(&[stored, request], 3), [], "{streamed_id}");
    }
}

/// The stream broke before the request came, so that only history knows the request's name.
#[test]
fn history_renames_what_was_streamed_above_a_request() {
    let mut timeline = mona();
    timeline.receive(&piece("6fc", "680", "reasoning_message", "reasoning", "H"), 1);
    timeline.end(End::Interrupted { why: "The network is gone.".to_owned() }, 2);
    timeline.newest(&[piece("6fb", "680", "reasoning_message", "reasoning", "Hm.")], 3);
    let reasoning: Vec<_> = texts(&timeline).into_iter().filter(|(kind, _)| *kind == "reasoning").collect();
    assert_eq!(reasoning, [("reasoning", "Hm.".to_owned())]);
}
