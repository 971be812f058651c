//! Runs as a conversation sees them: sending, approvals, rounds, ends, and old spellings.

use letta::event::Body;
use letta::{Cast, End, Event, Timeline};
use model::{Content, Decision, Item, Notice, SendState, Speaker, TextState, ToolCallId, ToolState, Trouble};

use crate::fixture;

const OTID: &str = "7b7e0a48-6edb-4c46-93d8-dc7943886a2b";

fn mona() -> Timeline {
    Timeline::new(Cast::solo(Speaker { id: Some("agent-1".into()), name: "Mona".to_owned() }))
}

fn hear(timeline: &mut Timeline, recording: &str) {
    for event in fixture::events(recording) {
        timeline.receive(&event, 1_000);
    }
}

fn tell(timeline: &mut Timeline, json: &str) {
    timeline.receive(&Event::parse(json), 1_000);
}

fn kinds(timeline: &Timeline) -> Vec<(&str, Option<&str>)> {
    timeline.items().iter().map(|item| (item.kind(), item.state())).collect()
}

fn call(timeline: &Timeline) -> &model::ToolCall {
    timeline.items().iter().rev().find_map(Item::tool).unwrap()
}

fn no(reason: &str) -> Decision {
    Decision { approve: false, reason: Some(reason.to_owned()), at: Some(500) }
}

fn yes() -> Decision {
    Decision { approve: true, reason: None, at: Some(500) }
}

#[test]
fn the_user_s_row_is_sent_when_anything_comes_back() {
    let mut timeline = mona();
    timeline.sent(OTID, "Hello", &[], 1);
    assert_eq!(kinds(&timeline), [("user", Some("sending"))]);
    tell(&mut timeline, r#"{"message_type":"ping","run_id":"run-1"}"#);
    assert_eq!(kinds(&timeline), [("user", Some("done"))]);
    assert_eq!(timeline.items()[0].run, Some("run-1".into()));
}

#[test]
fn words_that_failed_are_sent_again_in_the_same_row() {
    let mut timeline = mona();
    timeline.sent(OTID, "Hello", &[], 1);
    let trouble = Trouble { what: "No Letta server answers.".to_owned(), why: "Is it on?".to_owned(), details: None };
    timeline.end(End::Failed(trouble.clone()), 2);
    assert_eq!(kinds(&timeline), [("user", Some("failed")), ("error", Some("failed"))]);
    timeline.sent(OTID, "Hello", &[], 3);
    assert_eq!(kinds(&timeline), [("user", Some("sending"))]);
    timeline.end(End::Failed(trouble), 4);
    timeline.sent("another", "And now?", &[], 5);
    timeline.sent(OTID, "Hello", &[], 6);
    assert_eq!(timeline.items().last().unwrap().id, "user/7b7e0a48-6edb-4c46-93d8-dc7943886a2b".into(), "at the end");
    assert!(matches!(timeline.items()[1].content, Content::User { state: SendState::Sending, .. }));
}

#[test]
fn thoughts_are_timed_and_usage_counts_from_the_sending() {
    let mut timeline = mona();
    timeline.sent(OTID, "Hello", &[], 100);
    for (event, now) in fixture::events("0.16.8/stream-tokens-reasoning-v1").iter().zip((0..).map(|nth| 200 + nth * 10))
    {
        timeline.receive(event, now);
    }
    let Content::Reasoning { took, .. } = timeline.items()[1].content else { panic!() };
    assert_eq!(took, Some(40), "four deltas, ten milliseconds apart");
    let Content::Notice(Notice::Usage { took, .. }) = timeline.items().last().unwrap().content else { panic!() };
    assert_eq!(took, Some(190));
}

#[test]
fn a_request_waits_only_when_it_is_whole() {
    let events = fixture::events("0.16.8/approval-request-tokens-mg2");
    let mut timeline = mona();
    for event in &events {
        let stopped = matches!(event.body, Body::StopReason { .. });
        timeline.receive(event, 1);
        if let Some(call) = timeline.items().iter().find_map(Item::tool) {
            let waits = call.state == ToolState::AwaitingApproval;
            assert_eq!(waits, stopped || matches!(event.body, Body::Usage { .. } | Body::Done), "{event:?}");
        }
    }
    assert_eq!(call(&timeline).request.as_deref(), Some("message-b3b68934-9426-4147-9f3e-5629d96b8e0d"));
    assert_eq!(call(&timeline).arguments, r#"{"path": "/tmp/example.txt","request_heartbeat": true}"#);
    assert!(
        timeline.items()[0].id.as_str().starts_with("message-b3b68934-9426-4147-9f3e-5629d96b8e0d/"),
        "the thoughts go under the request's id, as in history"
    );
}

#[test]
fn approved_denied_and_undecided() {
    let id = ToolCallId::from("call_eb9920251be94c378e8108ad");
    let mut timeline = mona();
    hear(&mut timeline, "0.16.8/approval-request-tokens-v1");
    assert_eq!(timeline.decide(&"call_other".into(), yes()), []);
    timeline.decide(&id, yes());
    assert_eq!(call(&timeline).state, ToolState::Deciding);
    assert_eq!(timeline.decide(&id, no("Changed my mind.")), [], "decided is decided");
    timeline.undecide(&id);
    assert_eq!(call(&timeline).state, ToolState::AwaitingApproval);
    assert_eq!(call(&timeline).decision, None);

    let mut approved = timeline.clone();
    approved.decide(&id, yes());
    hear(&mut approved, "0.16.8/approval-approve-tokens-v1");
    assert!(matches!(&call(&approved).state, ToolState::Returned(returned) if returned.ok));
    assert_eq!(call(&approved).took, Some(500), "from the decision on");

    // The refusal's own return is missing in this stream: the answer shows that it arrived.
    let mut denied = timeline;
    denied.decide(&id, no("Not now."));
    hear(&mut denied, "0.16.8/approval-deny-tokens-v1");
    assert_eq!(call(&denied).state, ToolState::Denied);
    assert_eq!(call(&denied).decision, Some(no("Not now.")));
}

#[test]
fn a_denied_return_has_its_reason() {
    let mut timeline = mona();
    hear(&mut timeline, "0.16.8/parallel-approval-request-tokens");
    hear(&mut timeline, "0.16.8/parallel-approval-both-tokens");
    let calls: Vec<_> = timeline.items().iter().filter_map(Item::tool).collect();
    assert!(matches!(&calls[0].state, ToolState::Returned(returned) if returned.text == "Deleted /a"));
    assert_eq!(calls[1].state, ToolState::Denied);
    assert_eq!(calls[1].decision.as_ref().unwrap().reason.as_deref(), Some("Not allowed."));
    assert_eq!(calls.len(), 2);
}

#[test]
fn a_server_that_did_not_take_the_decision_asks_again() {
    let id = ToolCallId::from("call_586514dd02a64fcfae01383d");
    let mut timeline = mona();
    hear(&mut timeline, "0.16.8/approval-request-tokens-mg2");
    timeline.decide(&id, yes());
    hear(&mut timeline, "0.16.8/approval-approve-tokens-mg2");
    assert_eq!(call(&timeline).state, ToolState::AwaitingApproval);

    let id = ToolCallId::from("call_1e9f7cc8a15e45fe8a59a126");
    let mut timeline = mona();
    hear(&mut timeline, "0.16.8/approval-request-steps-mg2");
    timeline.decide(&id, yes());
    hear(&mut timeline, "0.16.8/approval-approve-steps-mg2");
    let states: Vec<_> = timeline.items().iter().filter_map(Item::tool).map(|call| call.state.clone()).collect();
    assert_eq!(states, [ToolState::Stopped, ToolState::AwaitingApproval], "the first request is void");
}

#[test]
fn a_call_id_that_comes_again_in_another_message_is_another_call() {
    let mut timeline = mona();
    for message in ["message-a", "message-b"] {
        tell(
            &mut timeline,
            &format!(
                r#"{{"id":"{message}","message_type":"tool_call_message","tool_call":{{"name":"look","arguments":"{{}}","tool_call_id":"call_0"}}}}"#
            ),
        );
        tell(
            &mut timeline,
            &format!(
                r#"{{"id":"{message}-r","message_type":"tool_return_message","tool_return":"{message}","status":"success","tool_call_id":"call_0"}}"#
            ),
        );
    }
    let returns: Vec<_> = timeline
        .items()
        .iter()
        .filter_map(Item::tool)
        .map(|call| match &call.state {
            ToolState::Returned(returned) => returned.text.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(returns, ["message-a", "message-b"]);
}

#[test]
fn anthropic_repeats_the_name_and_it_is_set_once() {
    let mut timeline = mona();
    for arguments in ["", "{\\\"city\\\":", "\\\"Oslo\\\"}"] {
        tell(
            &mut timeline,
            &format!(
                r#"{{"id":"message-a","message_type":"tool_call_message","tool_call":{{"name":"get_weather","arguments":"{arguments}","tool_call_id":"toolu_1"}}}}"#
            ),
        );
    }
    assert_eq!(call(&timeline).name, "get_weather");
    assert_eq!(call(&timeline).arguments, r#"{"city":"Oslo"}"#);
    assert_eq!(call(&timeline).state, ToolState::Running, "its arguments are whole");
}

#[test]
fn an_error_outweighs_stop_reasons_and_stands_once() {
    let mut timeline = mona();
    timeline.sent(OTID, "Hello", &[], 1);
    hear(&mut timeline, "0.16.8/llm-drop-midstream-v1");
    timeline.end(End::Failed(Trouble { what: "Failed.".to_owned(), why: String::new(), details: None }), 2);
    assert_eq!(
        kinds(&timeline),
        [("user", Some("done")), ("assistant", Some("interrupted")), ("error", Some("failed"))]
    );
    let Content::Error(trouble) = &timeline.items()[2].content else { panic!() };
    assert!(trouble.details.as_ref().unwrap().contains("incomplete chunked read"), "{trouble:?}");
}

#[test]
fn what_comes_after_cancelled_still_belongs_to_the_answer() {
    let mut timeline = mona();
    hear(&mut timeline, "0.16.8/cancel-foreground-stream");
    let last = fixture::events("0.16.8/cancel-foreground-stream")
        .into_iter()
        .rfind(|event| matches!(event.body, Body::Assistant(_)));
    timeline.receive(&last.unwrap(), 1);
    timeline.end(End::Stopped, 2);
    assert_eq!(kinds(&timeline), [("assistant", Some("stopped")), ("notice", None)]);
}

#[test]
fn a_run_that_goes_on_takes_back_that_it_was_interrupted() {
    let mut timeline = mona();
    hear(&mut timeline, "0.16.8/background-client-drops");
    timeline.end(End::Interrupted { why: "The network is gone.".to_owned() }, 2);
    assert_eq!(kinds(&timeline), [("assistant", Some("interrupted")), ("error", Some("failed"))]);
    hear(&mut timeline, "0.16.8/background-resume");
    timeline.end(End::Finished, 3);
    assert_eq!(kinds(&timeline), [("assistant", Some("done")), ("notice", None)]);
    let Content::Assistant { text, state: TextState::Done, .. } = &timeline.items()[0].content else { panic!() };
    let words: Vec<_> = text.split_whitespace().collect();
    assert!(words.iter().enumerate().all(|(nth, word)| *word == format!("word{}", nth + 1)), "{text}");
}

#[test]
fn rounds_of_a_table() {
    let member = |name: &str| Speaker { id: Some(name.into()), name: name.to_owned() };
    let words = |nth: usize, name: &str| {
        format!(
            r#"{{"id":"message-{nth:08}-0000-4000-8000-000000000000","name":"{name}","message_type":"assistant_message","content":"I am {name}."}}"#
        )
    };
    let mut table = Timeline::new(Cast::group(vec![member("Alice"), member("Bob"), member("Carl")]));
    table.sent(OTID, "Hello", &[], 1);
    for (nth, name) in ["Alice", "Bob", "Carl", "Alice", "Bob", "Carl", "Alice"].into_iter().enumerate() {
        tell(&mut table, &words(nth, name));
    }
    let rounds: Vec<_> = table
        .items()
        .iter()
        .enumerate()
        .filter_map(|(index, item)| match item.content {
            Content::Round { number } => Some((index, number)),
            _ => None,
        })
        .collect();
    assert_eq!(rounds, [(4, 2), (8, 3)]);
    assert_eq!(table.items()[5].speaker().unwrap().id, Some("Alice".into()));

    // A manager who gives the word speaks before everyone: that makes no rounds.
    let mut led = Timeline::new(Cast::group(vec![member("Boss"), member("Alice"), member("Bob")]));
    for (nth, name) in ["Boss", "Alice", "Boss", "Bob", "Boss", "Alice"].into_iter().enumerate() {
        tell(&mut led, &words(nth, name));
    }
    assert!(!led.items().iter().any(|item| matches!(item.content, Content::Round { .. })));
}

#[test]
fn old_spellings_are_understood() {
    let old = [
        r#"{"id":"a","message_type":"internal_monologue","internal_monologue":"Hm."}"#,
        r#"{"id":"a","message_type":"function_call","function_call":{"name":"look","arguments":"{}","function_call_id":"c1"}}"#,
        r#"{"id":"b","message_type":"function_return","function_return":"Nothing.","status":"success","function_call_id":"c1"}"#,
        r#"{"id":"c","message_type":"assistant_message","assistant_message":"Hello."}"#,
        r#"{"id":"d","message_type":"user_message","message":"And?"}"#,
        r#"{"id":"e","message_type":"assistant_message","content":[{"type":"text","text":"Well."}]}"#,
        r#"{"id":"f","message_type":"assistant_message","text":"So."}"#,
        r#"{"assistant_message":"No type."}"#,
    ];
    let mut timeline = mona();
    old.iter().for_each(|json| tell(&mut timeline, json));
    let texts: Vec<_> = timeline.items().iter().filter_map(|item| item.clone().growing_text().cloned()).collect();
    assert_eq!(texts, ["Hm.", "{}", "Hello.", "And?", "Well.", "So.", "No type."]);
    assert!(matches!(&call(&timeline).state, ToolState::Returned(returned) if returned.text == "Nothing."));
}

#[test]
fn failures_of_every_shape_are_failures() {
    for json in [
        r#"{"error":"Stream failed (internal error occurred)"}"#,
        r#"{"error":"An exception occurred","code":"INTERNAL_SERVER_ERROR"}"#,
        r#"{"error":{"type":"llm_rate_limit","message":"m","detail":"d"}}"#,
        r#"{"detail":"Agent not found"}"#,
        r#"{"detail":{"code":"PENDING_APPROVAL","message":"m","pending_request_id":"message-1"}}"#,
        r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#,
        r#"{"message_type":"error_message","error_type":"llm_timeout","message":"m","detail":null}"#,
    ] {
        let event = Event::parse(json);
        let Body::Error(problem) = &event.body else { panic!("{json}: {event:?}") };
        assert!(!problem.message.is_empty(), "{json}");
        assert_eq!(problem.raw, json);
    }
    assert!(matches!(Event::from_frame("error", "out of order").body, Body::Error(_)));
    assert!(matches!(Event::from_frame("message", "out of order").body, Body::Unknown { .. }));
}

#[test]
fn machine_talk_in_the_user_s_name_is_left_out() {
    let mut timeline = mona();
    let page = [
        r#"{"id":"message-1","message_type":"system_message","content":"You are Letta."}"#,
        r#"{"id":"message-2","message_type":"user_message","content":"{\"type\": \"login\", \"last_login\": \"Never\", \"time\": \"now\"}"}"#,
        r#"{"id":"message-3","message_type":"user_message","content":"{\"type\": \"heartbeat\", \"reason\": \"x\", \"time\": \"now\"}"}"#,
        r#"{"id":"message-4","otid":"o4","message_type":"user_message","content":"<system-alert>Automated keep-alive ping.</system-alert>"}"#,
        r#"{"id":"message-5","otid":"o5","message_type":"user_message","content":"{\"type\": \"login\"}"}"#,
    ];
    timeline.newest(&page.map(Event::parse), 1);
    assert_eq!(kinds(&timeline), [("user", Some("done"))], "what the user typed stays, even if it looks like that");
}

/// A harmless call whose arguments are too long to be looked through, beside one that asks: found by `made_events_with_anything_between_hold`.
#[test]
fn a_long_harmless_call_is_written_when_the_run_waits() {
    let mut timeline = mona();
    let long = "x".repeat(20_000);
    for json in [
        format!(
            r#"{{"id":"message-a","message_type":"tool_call_message","tool_call":{{"name":"look","arguments":"{{\"a\":\"{long}\"}}","tool_call_id":"call_1"}}}}"#
        ),
        r#"{"id":"message-a","message_type":"approval_request_message","tool_call":{"name":"delete","arguments":"{}","tool_call_id":"call_2"}}"#.to_owned(),
        r#"{"message_type":"stop_reason","stop_reason":"requires_approval"}"#.to_owned(),
    ] {
        tell(&mut timeline, &json);
    }
    timeline.end(End::Finished, 2);
    assert_eq!(kinds(&timeline), [("tool", Some("running")), ("tool", Some("waiting"))]);
}

/// Only the end of a run is left to hear after a cut: the row that told of it goes, and the words are whole.
#[test]
fn a_run_that_was_cut_before_its_end_is_whole_once_the_end_is_heard() {
    for end in [
        r#"{"message_type":"stop_reason","stop_reason":"end_turn"}"#,
        r#"{"message_type":"usage_statistics","step_count":1,"prompt_tokens":1,"completion_tokens":1}"#,
    ] {
        let mut timeline = mona();
        tell(&mut timeline, r#"{"id":"message-a","message_type":"assistant_message","content":"Yes."}"#);
        timeline.end(End::Interrupted { why: "The network is gone.".to_owned() }, 2);
        assert_eq!(kinds(&timeline), [("assistant", Some("interrupted")), ("error", Some("failed"))]);
        tell(&mut timeline, r#"{"message_type":"ping","run_id":"run-1"}"#);
        assert_eq!(kinds(&timeline).len(), 2, "a ping is no word");
        tell(&mut timeline, end);
        timeline.end(End::Finished, 3);
        assert_eq!(kinds(&timeline)[0], ("assistant", Some("done")), "{end}");
        assert!(!timeline.items().iter().any(|item| matches!(item.content, Content::Error(_))), "{end}");
    }
}
