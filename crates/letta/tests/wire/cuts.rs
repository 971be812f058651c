//! Bytes: every cut of every recording decodes the same, whatever its line ends; and what is no stream at all does no harm.

use crate::fixture;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use letta::event::Body;
use letta::sse::{EVENT_LIMIT, Guard, StreamError};
use letta::{Event, replay, sse};
use proptest::prelude::*;

fn texts(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| format!("{:?}", event.body)).collect()
}

fn said(bytes: &[u8]) -> Vec<Event> {
    fixture::decode([bytes])
}

#[test]
fn every_cut_in_two_decodes_the_same() {
    for recording in fixture::streams() {
        let bytes = &recording.bytes;
        let whole = said(bytes);
        // Every place in small recordings; in larger ones that is left to the test byte by byte.
        let step = if bytes.len() < 800 { 1 } else { 61 };
        for at in (0..bytes.len()).step_by(step) {
            assert_eq!(fixture::decode([&bytes[..at], &bytes[at..]]), whole, "{} cut at {at}", recording.name);
        }
    }
}

#[test]
fn byte_by_byte_decodes_the_same() {
    for recording in fixture::streams() {
        assert_eq!(fixture::decode(recording.bytes.chunks(1)), said(&recording.bytes), "{}", recording.name);
    }
}

/// The same stream with other line ends, and with a byte order mark.
fn dressed(bytes: &[u8], line_end: &str, mark: bool) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap().replace('\n', line_end);
    let mark = if mark { "\u{feff}" } else { "" };
    format!("{mark}{text}").into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_cut_with_any_line_end_decodes_the_same(
        sizes in prop::collection::vec(1usize..400, 1..40),
        line_end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        mark: bool,
    ) {
        for name in ["0.16.8/stream-tokens-multistep-v1", "0.16.8/llm-drop-midstream-v1", "0.11.7/group-rr-stream-tokens"] {
            let plain = fixture::recording(name).bytes;
            let bytes = dressed(&plain, line_end, mark);
            let mut rest = bytes.as_slice();
            let mut chunks = Vec::new();
            for size in sizes.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (chunk, after) = rest.split_at((*size).min(rest.len()));
                chunks.push(chunk);
                rest = after;
            }
            prop_assert_eq!(fixture::decode(chunks), said(&plain));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        for group in [false, true] {
            prop_assert!(!replay::replay(&bytes, group).is_empty());
        }
    }

    #[test]
    fn torn_and_damaged_recordings_never_panic(cut in 0usize..13_000, at in 0usize..13_000, byte: u8) {
        for name in ["0.16.8/approval-request-tokens-mg2", "0.16.8/parallel-approval-both-tokens", "0.11.7/group-rr-tool-steps"] {
            let mut bytes = fixture::recording(name).bytes;
            bytes.truncate(cut.max(1));
            let at = at % bytes.len();
            bytes[at] = byte;
            replay::replay(&bytes, name.starts_with("0.11.7"));
        }
    }
}

#[test]
fn line_ends_and_marks_of_every_recording() {
    for recording in fixture::streams() {
        for line_end in ["\n", "\r\n", "\r"] {
            let bytes = dressed(&recording.bytes, line_end, true);
            assert_eq!(said(&bytes), said(&recording.bytes), "{} with {line_end:?}", recording.name);
            assert_eq!(
                fixture::decode(bytes.chunks(1)),
                said(&recording.bytes),
                "{} with {line_end:?}",
                recording.name
            );
        }
    }
}

#[test]
fn marks_anywhere_do_not_panic() {
    for text in [
        "\u{feff}\u{feff}data: {}\n\n",
        "\u{feff}\n\n\u{feff}data: [DONE]\n\n",
        "data: [DONE]\n\n\u{feff}data: [DONE]\n\n",
    ] {
        fixture::decode([text.as_bytes()]);
        fixture::decode(text.as_bytes().chunks(1));
    }
}

#[test]
fn bad_utf8_is_replaced_and_the_rest_goes_on() {
    let mut bytes = b"data: {\"message_type\":\"assistant_message\",\"content\":\"a".to_vec();
    bytes.extend_from_slice(b"\xff\xc3\x28\"}\n\ndata: [DONE]\n\n");
    let events = said(&bytes);
    let Body::Assistant(words) = &events[0].body else { panic!("{events:?}") };
    assert_eq!(words.text, "a\u{fffd}\u{fffd}(");
    assert_eq!(events[1].body, Body::Done);
}

#[test]
fn comments_several_data_lines_and_other_fields() {
    let text = ": hello\n\nid: 7\nretry: 10\ndata: {\"message_type\":\ndata: \"ping\"}\nfoo: bar\n\nevent: ping\n\ndata\n\ndata:[DONE]\n\n";
    assert_eq!(said(text.as_bytes()).iter().filter(|event| event.body == Body::Ping).count(), 1);
    assert_eq!(said(text.as_bytes()).last().unwrap().body, Body::Done);
}

#[test]
fn broken_json_and_unknown_types_are_kept_and_the_rest_goes_on() {
    let text = "data: {\"message_type\":\"assistant_mess\n\ndata: {\"message_type\":\"telepathy\",\"id\":\"message-1\",\"x\":1}\n\n\
                data: [1]\n\ndata: {\"message_type\":7}\n\ndata: {\"message_type\":\"ping\"}\n\n";
    let events = said(text.as_bytes());
    let kinds: Vec<&str> = events
        .iter()
        .filter_map(|event| match &event.body {
            Body::Unknown { message_type, .. } => Some(message_type.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, ["not JSON", "telepathy", "a message without a type", "a message without a type"]);
    assert_eq!(events[1].head.id.as_deref(), Some("message-1"));
    assert_eq!(events.last().unwrap().body, Body::Ping);
    let Body::Unknown { raw, .. } = &events[1].body else { panic!() };
    assert_eq!(raw, r#"{"message_type":"telepathy","id":"message-1","x":1}"#);
}

fn giant(size: usize) -> Vec<u8> {
    let mut bytes = b"data: {\"message_type\":\"assistant_message\",\"id\":\"message-1\",\"content\":\"".to_vec();
    bytes.resize(bytes.len() + size, b'x');
    bytes.extend_from_slice(b"\"}\n\n");
    bytes
}

#[test]
fn an_event_of_20_mib_passes() {
    let events = fixture::decode(giant(20 << 20).chunks(4096));
    let Body::Assistant(words) = &events[0].body else { panic!() };
    assert_eq!(words.text.len(), 20 << 20);
}

/// One event of very many lines is as linear as one long line.
#[test]
fn an_event_of_many_lines_passes() {
    let mut bytes = b"data: {\"message_type\":\"ping\",\"x\":[\n".to_vec();
    for _ in 0..300_000 {
        bytes.extend_from_slice(b"data: 1,\n");
    }
    bytes.extend_from_slice(b"data: 1]}\n\n");
    let begun = std::time::Instant::now();
    assert_eq!(said(&bytes)[0].body, Body::Ping);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn an_endless_event_is_refused_while_it_arrives() {
    let mut guard = Guard::new();
    let mut events = Vec::new();
    let chunk = vec![b'x'; 1 << 20];
    let mut taken = 0;
    let error = loop {
        if let Err(error) = guard.push(&chunk, &mut events) {
            break error;
        }
        taken += chunk.len();
        assert!(taken <= EVENT_LIMIT);
    };
    assert!(matches!(error, StreamError::TooLarge));
    guard.push(b"\n\ndata: [DONE]\n\n", &mut events).unwrap();
    assert!(events.is_empty(), "nothing is read after a failure");
}

#[test]
fn a_body_that_ends_inside_an_event_is_torn() {
    for text in ["data: {\"message_type\":\"ping\"}", "data: {}\n", "da", "data: [DONE]\n\nx"] {
        let mut guard = Guard::new();
        guard.push(text.as_bytes(), &mut Vec::new()).unwrap();
        assert!(matches!(guard.finish(), Err(StreamError::Torn { .. })), "{text:?}");
    }
    for text in ["", "\n\n", "data: {}\n\n", "data: {}\r\n\r\n", "data: {}\r\r", "\r\n"] {
        let mut guard = Guard::new();
        guard.push(text.as_bytes(), &mut Vec::new()).unwrap();
        assert!(guard.finish().is_ok(), "{text:?}");
    }
}

#[tokio::test]
async fn a_stream_of_bytes_is_a_stream_of_events() {
    let bytes = fixture::recording("0.16.8/stream-tokens-tool-v1").bytes;
    let body = stream::iter(bytes.chunks(100).map(|chunk| Ok::<_, std::io::Error>(Bytes::copy_from_slice(chunk))));
    let events: Vec<Event> = sse::events(body).map(Result::unwrap).collect().await;
    assert_eq!(texts(&events), texts(&said(&bytes)));

    let broken = stream::iter([Ok("data: [DONE]\n\ndata: {"), Err(std::io::Error::other("cut"))]);
    let results: Vec<_> = sse::events(broken).collect().await;
    assert!(matches!(&results[..], [Ok(_), Err(StreamError::Body(_))]), "{results:?}");

    let torn = stream::iter([Ok::<_, std::io::Error>("data: [DONE]\n\ndata: {")]);
    let results: Vec<_> = sse::events(torn).collect().await;
    assert!(matches!(&results[..], [Ok(_), Err(StreamError::Torn { bytes: 7 })]), "{results:?}");
}
