//! Several calls that wait in one request, and requests one after another: what is asked, decided, refused and answered, as a stream
//! and as history. One call alone is `runs`.

use letta::{Cast, End, Event, Timeline};
use model::{Decision, Item, Speaker, ToolState};
use serde_json::{Value, json};

use crate::fixture;

const MESSAGE: &str = "message-00000000-0000-4000-8000-000000001000";
const LATER: &str = "message-00000000-0000-4000-8000-000000002000";

fn mona() -> Timeline {
    Timeline::new(Cast::solo(Speaker { id: None, name: "Mona".to_owned() }))
}

fn tell(timeline: &mut Timeline, events: &[Value]) {
    for event in events {
        timeline.receive(&Event::parse(&event.to_string()), 1);
    }
}

fn stop(reason: &str) -> Value {
    json!({"message_type": "stop_reason", "stop_reason": reason})
}

/// A request for the calls of these ids, whole.
fn asks(message: &str, calls: &[&str]) -> Value {
    let calls: Vec<Value> = calls
        .iter()
        .map(|call| json!({"name": "delete", "arguments": format!("{{\"path\":\"/{call}\"}}"), "tool_call_id": call}))
        .collect();
    json!({"id": message, "otid": message, "message_type": "approval_request_message", "tool_call": calls[0], "tool_calls": calls})
}

/// What calls gave back: `Ok` a value, `Err` a refusal's reason.
fn returns(message: &str, returns: &[(&str, Result<&str, &str>)]) -> Value {
    let returns: Vec<Value> = returns
        .iter()
        .map(|(call, back)| {
            let (status, text) = match back {
                Ok(text) => ("success", (*text).to_owned()),
                Err(why) => ("error", format!("Error: request to call tool denied. User reason: {why}")),
            };
            json!({"type": "tool", "tool_return": text, "status": status, "tool_call_id": call})
        })
        .collect();
    let mut event = returns[0].clone();
    event["id"] = message.into();
    event["message_type"] = "tool_return_message".into();
    event["tool_returns"] = returns.into();
    event
}

fn decision(approve: bool, reason: Option<&str>) -> Decision {
    Decision { approve, reason: reason.map(str::to_owned), at: Some(5) }
}

/// What was decided, and why.
type Decided = Option<(bool, Option<String>)>;

/// Each call: its id, its state, and what was decided.
fn calls(timeline: &Timeline) -> Vec<(String, &'static str, Decided)> {
    let call = |item: &Item| {
        let call = item.tool()?;
        let decision = call.decision.as_ref().map(|decision| (decision.approve, decision.reason.clone()));
        Some((call.id.to_string(), item.state()?, decision))
    };
    timeline.items().iter().filter_map(call).collect()
}

fn states(timeline: &Timeline) -> Vec<&'static str> {
    calls(timeline).into_iter().map(|(_, state, _)| state).collect()
}

fn no(reason: &str) -> Decided {
    Some((false, Some(reason.to_owned())))
}

const YES: Decided = Some((true, None));

/// Steps, tokens, and either answered in one request: one approved, one denied, and the denied one told first.
#[test]
fn two_calls_of_one_request_are_decided_together() {
    for mode in ["steps", "tokens"] {
        let mut timeline = mona();
        for event in fixture::events(&format!("0.16.8/parallel-approval-request-{mode}")) {
            timeline.receive(&event, 1);
        }
        timeline.end(End::Finished, 2);
        assert_eq!(states(&timeline), ["waiting", "waiting"], "{mode}");
        let requests: Vec<_> =
            timeline.items().iter().filter_map(Item::tool).map(|call| call.request.clone()).collect();
        assert!(requests[0].is_some() && requests[0] == requests[1], "{mode}: one request");
        let (first, second) = (calls(&timeline)[0].0.clone(), calls(&timeline)[1].0.clone());
        timeline.decide(&first.as_str().into(), decision(true, None));
        timeline.decide(&second.as_str().into(), decision(false, Some("Not allowed.")));
        assert_eq!(states(&timeline), ["deciding", "deciding"], "{mode}");
        for event in fixture::events(&format!("0.16.8/parallel-approval-both-{mode}")) {
            timeline.receive(&event, 3);
        }
        timeline.end(End::Finished, 4);
        let expected = [(first, "returned", YES), (second, "denied", no("Not allowed."))];
        assert_eq!(calls(&timeline), expected, "{mode}");
    }
}

/// The harmless call of a step is shown as running, and runs only once the other is decided (API facts §6).
#[test]
fn unrecorded_a_harmless_call_beside_one_that_asks_waits_with_it() {
    let harmless = json!({"name": "look", "arguments": "{}", "tool_call_id": "call_1"});
    let called =
        json!({"id": MESSAGE, "message_type": "tool_call_message", "tool_call": harmless, "tool_calls": [harmless]});
    for order in [[called.clone(), asks(MESSAGE, &["call_2"])], [asks(MESSAGE, &["call_2"]), called]] {
        let mut timeline = mona();
        tell(&mut timeline, &order);
        tell(&mut timeline, &[stop("requires_approval")]);
        timeline.end(End::Finished, 2);
        let mut told = calls(&timeline);
        told.sort();
        assert_eq!(
            told,
            [("call_1".to_owned(), "running", None), ("call_2".to_owned(), "waiting", None)],
            "an end does not end what waits"
        );
        // A decision on a call that nobody asked about is none.
        assert!(timeline.decide(&"call_1".into(), decision(false, None)).is_empty());
        timeline.decide(&"call_2".into(), decision(false, Some("No.")));
        tell(&mut timeline, &[returns(LATER, &[("call_2", Err("No.")), ("call_1", Ok("Seen."))]), stop("end_turn")]);
        timeline.end(End::Finished, 3);
        let mut told = calls(&timeline);
        told.sort();
        assert_eq!(told, [("call_1".to_owned(), "returned", None), ("call_2".to_owned(), "denied", no("No."))]);
    }
}

/// All denied, some answered only: whatever the order, each return finds its call.
#[test]
fn unrecorded_returns_find_their_calls_in_any_order() {
    let mut timeline = mona();
    tell(&mut timeline, &[asks(MESSAGE, &["a", "b", "c"]), stop("requires_approval")]);
    timeline.end(End::Finished, 2);
    assert_eq!(states(&timeline), ["waiting"; 3]);
    let back = [("c", Err("Not c.")), ("b", Ok("B")), ("a", Err("Not a."))];
    tell(&mut timeline, &[returns(LATER, &back), stop("end_turn")]);
    timeline.end(End::Finished, 3);
    let expected = [
        ("a".to_owned(), "denied", no("Not a.")),
        ("b".to_owned(), "returned", YES),
        ("c".to_owned(), "denied", no("Not c.")),
    ];
    assert_eq!(calls(&timeline), expected, "answered elsewhere: the returns say what was decided");
}

/// The server takes all decisions of a request or none: after an error all wait again.
#[test]
fn unrecorded_decisions_that_the_server_refuses_wait_again() {
    let mut timeline = mona();
    tell(&mut timeline, &[asks(MESSAGE, &["a", "b"]), stop("requires_approval")]);
    timeline.end(End::Finished, 2);
    timeline.decide(&"a".into(), decision(true, None));
    timeline.decide(&"b".into(), decision(false, Some("No.")));
    tell(
        &mut timeline,
        &[json!({"message_type": "error_message", "error_type": "internal_error",
        "message": "m", "detail": "Invalid tool call IDs. Expected ['a', 'b'] but received ['a']"})],
    );
    timeline.end(End::Finished, 3);
    assert_eq!(calls(&timeline), [("a".to_owned(), "waiting", None), ("b".to_owned(), "waiting", None)]);
}

/// A step after an approved one asks again: two requests, each with its own answer.
#[test]
fn unrecorded_one_request_after_another() {
    let mut timeline = mona();
    tell(&mut timeline, &[asks(MESSAGE, &["a"]), stop("requires_approval")]);
    timeline.end(End::Finished, 2);
    timeline.decide(&"a".into(), decision(true, None));
    let third = "message-00000000-0000-4000-8000-000000003000";
    tell(&mut timeline, &[returns(LATER, &[("a", Ok("A"))]), asks(third, &["b", "c"]), stop("requires_approval")]);
    timeline.end(End::Finished, 3);
    assert_eq!(states(&timeline), ["returned", "waiting", "waiting"]);
    let requests: Vec<_> = timeline.items().iter().filter_map(Item::tool).map(|call| call.request.as_deref()).collect();
    assert_eq!(requests, [Some(MESSAGE), Some(third), Some(third)]);
}

/// Decisions as 0.11.7 (one, by the request), 0.16.8 (each by its call) and 0.16.8 for what an older server stored (by the request's
/// id in the call's place) keep them.
#[test]
fn decisions_in_history_in_every_version_s_words() {
    let verdict = |fields: Value| {
        let mut event = json!({"id": LATER, "message_type": "approval_response_message"});
        for (key, value) in fields.as_object().unwrap() {
            event[key] = value.clone();
        }
        event
    };
    let each = |a: bool| {
        json!([
        {"type": "approval", "tool_call_id": "a", "approve": a, "reason": null},
        {"type": "approval", "tool_call_id": "b", "approve": false, "reason": "Not b."}])
    };
    let by_request = json!([{"type": "approval", "tool_call_id": MESSAGE, "approve": false, "reason": "No."}]);
    let with_return = json!([
        {"type": "tool", "tool_call_id": "a", "tool_return": "From here.", "status": "success"},
        {"type": "approval", "tool_call_id": "b", "approve": false, "reason": "Not b."}]);
    for (fields, expected) in [
        (
            json!({"approvals": each(true), "approve": true, "approval_request_id": "a"}),
            [("running", YES), ("denied", no("Not b."))],
        ),
        (json!({"approvals": each(false)}), [("denied", Some((false, None))), ("denied", no("Not b."))]),
        (
            json!({"approve": false, "approval_request_id": MESSAGE, "reason": "No."}),
            [("denied", no("No.")), ("denied", no("No."))],
        ),
        (
            json!({"approvals": by_request, "approve": false, "approval_request_id": MESSAGE}),
            [("denied", no("No.")), ("denied", no("No."))],
        ),
        (json!({"approve": true, "approval_request_id": MESSAGE}), [("running", YES), ("running", YES)]),
        // A client's return is nobody's approval.
        (json!({"approvals": with_return}), [("returned", None), ("denied", no("Not b."))]),
        (json!({"approvals": [], "approve": null}), [("waiting", None), ("waiting", None)]),
        (
            json!({"approvals": [{"tool_call_id": "nobody's", "approve": false}], "approval_request_id": MESSAGE}),
            [("waiting", None), ("waiting", None)],
        ),
    ] {
        let page = json!([asks(MESSAGE, &["a", "b"]), verdict(fields.clone())]).to_string();
        let told = |timeline: &Timeline| -> Vec<_> {
            calls(timeline).into_iter().map(|(_, state, decision)| (state, decision)).collect()
        };
        let mut read = mona();
        read.newest(&letta::history::page(&page), 1);
        assert_eq!(told(&read), expected, "{fields}");
        // The page begins behind the request: the decisions are for calls that stand above it.
        let mut above = mona();
        above.newest(&letta::history::page(&json!([asks(MESSAGE, &["a", "b"])]).to_string()), 1);
        above.newest(&letta::history::page(&json!([verdict(fields.clone())]).to_string()), 2);
        assert_eq!(told(&above), expected, "{fields}, on a page of its own");
    }
}

/// A page that ends before the answer does not take back what was heard, and one that has it settles everything.
#[test]
fn unrecorded_pages_between_decisions_and_answers() {
    let asked = asks(MESSAGE, &["a", "b"]);
    let mut timeline = mona();
    tell(&mut timeline, &[asked.clone(), stop("requires_approval")]);
    timeline.end(End::Finished, 2);
    timeline.decide(&"a".into(), decision(true, None));
    timeline.decide(&"b".into(), decision(false, Some("No.")));
    let page = |events: &[&Value]| letta::history::page(&json!(events).to_string());
    timeline.newest(&page(&[&asked]), 3);
    assert_eq!(states(&timeline), ["deciding", "deciding"]);
    let back = returns(LATER, &[("b", Err("No.")), ("a", Ok("A"))]);
    timeline.newest(&page(&[&asked, &back]), 4);
    assert_eq!(states(&timeline), ["returned", "denied"]);
    timeline.newest(&page(&[&asked]), 5);
    assert_eq!(states(&timeline), ["returned", "denied"], "an older page is no news");
    assert!(matches!(timeline.items()[0].tool().unwrap().state, ToolState::Returned(_)));
}

/// memgpt agents may ask again for the same call, and the newest page may not have the first request any more: one card, not two.
#[test]
fn unrecorded_a_call_that_is_asked_for_again_waits_once() {
    let mut timeline = mona();
    tell(&mut timeline, &[asks(MESSAGE, &["a"]), stop("requires_approval")]);
    timeline.end(End::Finished, 2);
    timeline.newest(&letta::history::page(&json!([asks(LATER, &["a"])]).to_string()), 3);
    let waiting: Vec<_> = timeline.items().iter().filter(|item| item.state() == Some("waiting")).collect();
    assert_eq!(waiting.len(), 1, "{:#?}", timeline.items());
    assert_eq!(waiting[0].tool().unwrap().request.as_deref(), Some(LATER));
}

/// The same when the call was first announced and then asked for, and the older request is of another message (found by fuzzing).
#[test]
fn unrecorded_a_call_that_is_announced_and_then_asked_for_again_waits_once() {
    let mut timeline = mona();
    let announced = json!({"id": LATER, "message_type": "tool_call_message",
        "tool_call": {"name": "delete", "arguments": "{\"path\":", "tool_call_id": "call_a"}});
    tell(&mut timeline, &[asks(MESSAGE, &["call_a"]), announced, asks(LATER, &["call_a"]), stop("requires_approval")]);
    timeline.end(End::Finished, 2);
    let waits = |item: &&Item| item.tool().is_some_and(|call| call.state == ToolState::AwaitingApproval);
    let waiting: Vec<&Item> = timeline.items().iter().filter(waits).collect();
    assert_eq!(waiting.len(), 1, "{:#?}", timeline.items());
    assert_eq!(waiting[0].tool().and_then(|call| call.request.as_deref()), Some(LATER));
}
