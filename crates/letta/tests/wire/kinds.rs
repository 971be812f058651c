//! Every kind of message and of content, from its JSON to its row, once as a stream and once as stored history. What a recording of a
//! real server has is in `recordings`; the names here begin with `unrecorded` where no server was heard saying it.

use letta::event::Said;
use letta::{Body, Event};
use model::{Content, ImageRef};
use serde_json::{Value, json};

use crate::rows::{both, heard, id, lines, mona, part};

#[test]
fn thoughts_have_a_signature_or_none() {
    for signature in [json!("c2lnbmVk"), Value::Null] {
        let fields = json!({"reasoning": "Hm.", "source": "reasoner_model", "signature": signature});
        both(&[part(1, 0, "reasoning_message", fields)], &["reasoning done: Hm."]);
    }
    // Anthropic's last delta is the signature alone.
    let piece = |text: &str, signature: Value| {
        part(1, 0, "reasoning_message", json!({"reasoning": text, "signature": signature}))
    };
    let timeline = heard(&[piece("Hm", Value::Null), piece(".", Value::Null), piece("", json!("c2lnbmVk"))]);
    assert_eq!(lines(&timeline), ["reasoning done: Hm."]);
}

#[test]
fn hidden_thoughts_are_redacted_or_omitted() {
    for (state, hidden) in [("redacted", json!("c2VjcmV0")), ("omitted", Value::Null), ("sealed", Value::Null)] {
        let thought = part(1, 0, "hidden_reasoning_message", json!({"state": state, "hidden_reasoning": hidden}));
        let words = part(1, 1, "assistant_message", json!({"content": "Yes."}));
        both(&[thought, words], &["reasoning done: (hidden)", "assistant done: Yes."]);
    }
}

/// Anthropic may redact a part of its thoughts; servers join parts, so both may come under one name.
#[test]
fn unrecorded_thoughts_that_are_shown_after_all_are_shown() {
    let hidden = part(1, 0, "hidden_reasoning_message", json!({"state": "redacted", "hidden_reasoning": "c2VjcmV0"}));
    let shown = part(1, 0, "reasoning_message", json!({"reasoning": "Hm."}));
    both(&[hidden.clone(), shown.clone()], &["reasoning done: Hm."]);
    both(&[shown, hidden], &["reasoning done: Hm."]);
}

/// What was read is not taken back because the server keeps only a veil of it.
#[test]
fn unrecorded_history_does_not_hide_thoughts_that_were_heard() {
    let mut timeline = heard(&[part(1, 0, "reasoning_message", json!({"reasoning": "Hm."}))]);
    let veiled = part(1, 0, "hidden_reasoning_message", json!({"state": "omitted"}));
    timeline.newest(&letta::history::page(&json!([veiled]).to_string()), 3);
    assert_eq!(lines(&timeline), ["reasoning done: Hm."]);
}

#[test]
fn parallel_calls_come_whole() {
    let calls = json!([
        {"name": "look", "arguments": "{\"a\":1}", "tool_call_id": "call_1"},
        {"name": "look", "arguments": "{\"a\":2}", "tool_call_id": "call_2"},
    ]);
    let called = part(1, 0, "tool_call_message", json!({"tool_call": calls[0], "tool_calls": calls}));
    let returned = part(
        2,
        0,
        "tool_return_message",
        json!({"tool_return": "two", "status": "error", "tool_call_id": "call_2", "tool_returns": [
            {"type": "tool", "tool_return": "two", "status": "error", "tool_call_id": "call_2", "stdout": ["x"], "stderr": ["y", "z"]},
            {"type": "tool", "tool_return": "one", "status": "success", "tool_call_id": "call_1", "stdout": [], "stderr": null},
        ]}),
    );
    both(
        &[called, returned],
        &[r#"tool returned: look({"a":1}) = one"#, r#"tool failed: look({"a":2}) = two out:x err:y err:z"#],
    );
}

/// Providers finish one call before the next; nothing promises it.
#[test]
fn unrecorded_parallel_calls_come_in_pieces_that_take_turns() {
    let piece = |call: &str, name: Value, arguments: Value| {
        let delta = json!({"name": name, "arguments": arguments, "tool_call_id": call});
        part(1, 0, "tool_call_message", json!({"tool_call": delta, "tool_calls": delta}))
    };
    let timeline = heard(&[
        piece("call_1", json!("look"), Value::Null),
        piece("call_2", json!("smell"), Value::Null),
        piece("call_2", Value::Null, json!("{\"b\"")),
        piece("call_1", Value::Null, json!("{\"a\":")),
        piece("call_2", Value::Null, json!(":2}")),
        piece("call_1", Value::Null, json!("1}")),
    ]);
    assert_eq!(lines(&timeline), [r#"tool stopped: look({"a":1})"#, r#"tool stopped: smell({"b":2})"#]);
}

/// OpenAPI 0.16.8 allows a list of parts as a tool's value; the flat field then has a text for old clients.
#[test]
fn unrecorded_a_tool_gives_back_text_and_pictures() {
    let call = json!({"name": "draw", "arguments": "{}", "tool_call_id": "call_1"});
    let called = part(1, 0, "tool_call_message", json!({"tool_call": call, "tool_calls": [call]}));
    let picture =
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}});
    let value = json!([{"type": "text", "text": "A cat."}, picture, {"type": "text", "text": "And its tail."}]);
    let returned = |returns: Value| {
        let flat = json!({"tool_return": "A cat.\nAnd its tail. [Image omitted]", "status": "success",
            "tool_call_id": "call_1", "tool_returns": returns});
        part(2, 0, "tool_return_message", flat)
    };
    let one = json!([{"type": "tool", "tool_return": value, "status": "success", "tool_call_id": "call_1"}]);
    let expected = ["tool returned: draw({}) = A cat.\nAnd its tail. [picture]"];
    both(&[called.clone(), returned(one)], &expected);
    // The flat field alone: the server says that there was a picture, and does not give it.
    both(&[called, returned(Value::Null)], &expected);
}

#[test]
fn what_a_tool_printed_may_be_a_list_a_text_or_nothing() {
    for (out, expected) in [
        (json!(["a", "b"]), " out:a out:b"),
        (json!("a"), " out:a"),
        (json!([]), ""),
        (Value::Null, ""),
        (json!([{"type": "text", "text": "a"}, 7]), " out:a out:7"),
    ] {
        let call = json!({"name": "look", "arguments": "{}", "tool_call_id": "call_1"});
        let called = part(1, 0, "tool_call_message", json!({"tool_call": call, "tool_calls": [call]}));
        let fields = json!({"tool_return": "ok", "status": "success", "tool_call_id": "call_1", "stdout": out});
        let returned = part(2, 0, "tool_return_message", fields);
        both(&[called, returned], &[&format!("tool returned: look({{}}) = ok{expected}")]);
    }
}

#[test]
fn a_compaction_is_one_notice_however_it_is_told() {
    let event = json!({"id": "0b9ad8b6-1111-4000-8000-000000000000", "message_type": "event_message", "event_type": "compaction",
        "event_data": {"trigger": "context_window_exceeded", "context_window": 8000}});
    let summary =
        part(1, 0, "summary_message", json!({"summary": "We met.", "compaction_stats": {"context_window": 8000}}));
    let alert = part(
        1,
        0,
        "user_message",
        json!({"content": json!({"type": "system_alert", "time": "now",
        "message": "Note: …\nThe following is a summary of the previous messages:\n We met."}).to_string()}),
    );
    both(std::slice::from_ref(&event), &["notice: compacted: -"]);
    both(std::slice::from_ref(&summary), &["notice: compacted: We met."]);
    both(std::slice::from_ref(&alert), &["notice: compacted: We met."]);
    both(&[event, summary], &["notice: compacted: We met."]);
}

#[test]
fn an_event_that_is_no_compaction_and_a_kind_that_nobody_knows_are_shown_as_they_came() {
    for (kind, fields) in [
        ("event_message", json!({"event_type": "moon_phase", "event_data": {"full": true}})),
        ("telepathy_message", json!({"thought": ["…"]})),
        ("Assistant_Message", json!({"content": "Yes."})),
    ] {
        let event = part(1, 0, kind, fields);
        both(std::slice::from_ref(&event), &[&format!("notice: {kind}: {event}")]);
    }
}

#[test]
fn what_the_server_writes_in_the_user_s_name_is_not_the_user_s() {
    let packed = |kind: &str| json!({"type": kind, "message": "Hello", "time": "now"}).to_string();
    for (content, expected) in [
        (packed("user_message"), vec!["user done: Hello"]),
        (packed("system_alert"), vec!["notice: compacted: Hello"]),
        (packed("login"), vec![]),
        (packed("heartbeat"), vec![]),
        ("<system-alert>Automated keep-alive ping.</system-alert>".to_owned(), vec![]),
        (
            json!({"message": "Hello", "type": "user_message"}).to_string(),
            vec![r#"user done: {"message":"Hello","type":"user_message"}"#],
        ),
    ] {
        let mut event = part(1, 0, "user_message", json!({"content": content}));
        event["otid"] = Value::Null;
        both(&[event], &expected);
    }
}

/// Stop reasons of every kind that Letta has, and one that it does not have yet.
#[test]
fn stop_reasons_are_said_where_they_are_not_plain() {
    for (reason, expected) in [
        ("end_turn", None),
        ("requires_approval", None),
        ("cancelled", Some("notice: stopped")),
        ("max_steps", Some("notice: ended: max_steps")),
        ("tool_rule", Some("notice: ended: tool_rule")),
        ("no_tool_call", Some("notice: ended: no_tool_call")),
        ("max_tokens_exceeded", Some("notice: ended: max_tokens_exceeded")),
        ("invalid_tool_call", Some("notice: ended: invalid_tool_call")),
        ("error", Some("notice: ended: error")),
        ("bored", Some("notice: ended: bored")),
    ] {
        let words = part(1, 0, "assistant_message", json!({"content": "Yes."}));
        let timeline = heard(&[words, json!({"message_type": "stop_reason", "stop_reason": reason})]);
        let told = lines(&timeline);
        assert_eq!(told.get(1).map(String::as_str), expected, "{reason}");
    }
}

#[test]
fn usage_of_every_version_is_one_row() {
    for usage in [
        json!({"completion_tokens": 3, "prompt_tokens": 5, "total_tokens": 8, "step_count": 1, "run_ids": null}),
        json!({"completion_tokens": 3, "prompt_tokens": 5, "step_count": 1, "steps_messages": null}),
        json!({"completion_tokens": 3, "prompt_tokens": 5, "step_count": 1, "cached_input_tokens": 2, "reasoning_tokens": null, "context_tokens": 9}),
    ] {
        let mut event = usage;
        event["message_type"] = "usage_statistics".into();
        assert_eq!(lines(&heard(&[event])), ["notice: usage 1 5 3"]);
    }
}

/// The four shapes in which servers were heard to fail (API facts §4, §9), each under its event name.
#[test]
fn failures_of_every_shape_are_one_row_and_close_what_was_open() {
    for (data, what) in [
        (
            json!({"message_type": "error_message", "run_id": "run-1", "error_type": "llm_rate_limit", "message": "m", "detail": "Rate limit", "seq_id": null}),
            "Rate limit",
        ),
        (json!({"error": "An exception occurred", "code": "INTERNAL_SERVER_ERROR"}), "An exception occurred"),
        (json!({"error": {"type": "llm_error", "message": "m", "detail": "Bad gateway"}}), "Bad gateway"),
        (json!({"error": "Stream failed (internal error occurred)"}), "Stream failed"),
    ] {
        for name in ["error", "message"] {
            let mut timeline = mona();
            timeline.receive(&Event::parse(&part(1, 0, "assistant_message", json!({"content": "Ye"})).to_string()), 1);
            timeline.receive(&Event::from_frame(name, &data.to_string()), 1);
            let told = lines(&timeline);
            assert_eq!(told.len(), 2, "{data}");
            assert_eq!(told[0], "assistant interrupted: Ye");
            assert!(told[1].starts_with("error failed:") && told[1].contains(what), "{data}: {told:?}");
        }
    }
}

/// The schemas that 0.16.8 still keeps as `Legacy…`; no recording is that old.
#[test]
fn unrecorded_messages_before_0_6_are_read() {
    let old = |nth: u32, kind: &str, text: &str| json!({"id": id(nth), "message_type": kind, kind: text});
    let events = [
        json!({"id": id(1), "message_type": "user_message", "message": "Look."}),
        old(2, "internal_monologue", "Hm."),
        old(2, "function_call", r#"look({"at": "it"})"#),
        json!({"id": id(3), "message_type": "function_return", "status": "success", "function_call_id": null,
            "function_return": json!({"status": "OK", "message": "Nothing.", "time": "now"}).to_string()}),
        old(4, "assistant_message", "Nothing there."),
        json!({"id": id(5), "message_type": "system_message", "message": "Be brief.", "otid": "o"}),
    ];
    both(
        &events,
        &[
            "user done: Look.",
            "reasoning done: Hm.",
            r#"tool returned: look({"at": "it"}) = Nothing."#,
            "assistant done: Nothing there.",
            "notice: system: Be brief.",
        ],
    );
}

/// A server may put several kinds into one message: the rows are those of as many messages.
#[test]
fn unrecorded_one_message_of_every_kind_of_part_makes_its_rows_in_order() {
    let content = json!([
        {"type": "reasoning", "reasoning": "First.", "is_native": true, "signature": null},
        {"type": "text", "text": "One."},
        {"type": "omitted_reasoning"},
        {"type": "text", "text": "Two."},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
        {"type": "tool_call", "id": "call_1", "name": "look", "input": {"a": 2, "b": 1}},
        {"type": "tool_return", "tool_call_id": "call_1", "content": "Nothing.", "is_error": false},
        {"type": "text", "text": "Three."},
    ]);
    let message = json!({"id": id(1), "message_type": "assistant_message", "content": content});
    both(
        &[message],
        &[
            "reasoning done: First.",
            "assistant done: One.",
            "reasoning done: (hidden)",
            "assistant done: Two. [picture]",
            r#"tool returned: look({"a":2,"b":1}) = Nothing."#,
            "assistant done: Three.",
        ],
    );
}

/// Whoever follows a run by its place needs run and number of every event, whatever it says.
#[test]
fn every_event_tells_its_run_and_its_place() {
    for fields in [
        json!({"message_type": "ping"}),
        json!({"message_type": "assistant_message", "content": "Yes."}),
        json!({"message_type": "assistant_message", "content": [{"type": "text", "text": "a"}, {"type": "omitted_reasoning"}]}),
        json!({"message_type": "hidden_reasoning_message", "state": "omitted"}),
        json!({"message_type": "tool_call_message", "tool_call": {"name": "f"}}),
        json!({"message_type": "tool_return_message", "tool_return": ""}),
        json!({"message_type": "approval_request_message", "tool_call": {"name": "f"}}),
        json!({"message_type": "approval_response_message", "approve": true}),
        json!({"message_type": "user_message", "content": "a"}),
        json!({"message_type": "summary_message", "summary": "a"}),
        json!({"message_type": "event_message", "event_type": "compaction"}),
        json!({"message_type": "stop_reason", "stop_reason": "end_turn"}),
        json!({"message_type": "usage_statistics", "step_count": 1}),
        json!({"message_type": "error_message", "message": "a"}),
        json!({"message_type": "telepathy"}),
    ] {
        let mut fields = fields;
        fields["run_id"] = "run-1".into();
        fields["seq_id"] = 7.into();
        let event = Event::parse(&fields.to_string());
        assert_eq!((event.head.run_id.as_deref(), event.head.seq_id), (Some("run-1"), Some(7)), "{fields}");
    }
}

/// The user's own pictures stand in the row as they were sent; what history knows of them does not take their bytes away.
#[test]
fn the_user_s_pictures_stay_when_history_names_them_otherwise() {
    let kept = ImageRef::Kept(model::Picture {
        image: "00ff".into(),
        media_type: "image/png".to_owned(),
        width: 1,
        height: 1,
        bytes: 7,
    });
    let otid = "7b7e0a48-6edb-4c46-93d8-dc7943886a2b";
    let stored = |content: Value| {
        let message = json!([{"id": id(1), "otid": otid, "message_type": "user_message", "content": content}]);
        letta::history::page(&message.to_string())
    };
    let letta =
        json!([{"type": "text", "text": "Look."}, {"type": "image", "source": {"type": "letta", "file_id": "file-1"}}]);
    for content in [letta, json!("Look.")] {
        let mut timeline = mona();
        timeline.sent(otid, "Look.", std::slice::from_ref(&kept), 1);
        timeline.newest(&stored(content), 2);
        let Content::User { images, .. } = &timeline.items()[0].content else { panic!() };
        assert_eq!(images.as_slice(), std::slice::from_ref(&kept));
    }
    let Body::User(Said::Words(words)) = &stored(json!("Look."))[0].body else { panic!() };
    assert!(words.images.is_empty());
}
