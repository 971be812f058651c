//! JSON text to an `Event`: `message_type` is read first, then the one concrete shape. Old answers without a `message_type` are
//! known by their fields.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::content::{Content, Part};
use super::shape::{
    Calling, Deciding, Failing, OneReturn, OneVerdict, Plain, Returning, Speech, Stopping, Summing, Thoughts, Using,
};
use super::{Body, Calls, Event, Head, Problem, Return, Verdict, Words, packed, pictures};

/// See [`Event::parse`].
pub(super) fn event(json: &str) -> Event {
    let known = match kind(json) {
        Some(kind) => shaped(kind, json),
        None => shaped(kind_by_fields(json), json),
    };
    known.unwrap_or_else(|| unknown(json))
}

/// A message's `message_type`, if it is a plain string. Reads no further than that: it stands in front, and the shape reads all.
fn kind(json: &str) -> Option<&str> {
    let mut kind = None;
    // Stopping early is an error to the reader, and breaking off is all that is wanted of it.
    let _ = Kind(&mut kind).deserialize(&mut serde_json::Deserializer::from_str(json));
    kind
}

/// A field's name, copied only if it is written with escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// Where the kind goes once it is read.
struct Kind<'k, 'a>(&'k mut Option<&'a str>);

impl<'a> DeserializeSeed<'a> for Kind<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Kind<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            if key == "message_type" {
                *self.0 = map.next_value::<Option<&'a str>>()?;
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// The message of a known kind; none for an unknown kind or a shape that does not fit.
fn shaped(kind: &str, json: &str) -> Option<Event> {
    match kind {
        "assistant_message" => {
            read(json, |mut shape: Speech| parted(shape.head(), content(shape), &|words, _| Body::Assistant(words)))
        }
        "reasoning_message" | "internal_monologue" => {
            read(json, |mut shape: Thoughts| (shape.head(), Body::Reasoning { text: shape.reasoning.text }))
        }
        "hidden_reasoning_message" => read(json, |mut shape: Plain| (shape.head(), Body::HiddenReasoning)),
        "tool_call_message" | "function_call" | "function_call_message" => {
            read(json, |mut shape: Calling| (shape.head(), Body::ToolCalls(calls(shape))))
        }
        "approval_request_message" => {
            read(json, |mut shape: Calling| (shape.head(), Body::ApprovalRequest(calls(shape))))
        }
        "tool_return_message" | "function_return" | "function_return_message" => {
            read(json, |mut shape: Returning| (shape.head(), Body::ToolReturns(returns(shape))))
        }
        "approval_response_message" => read(json, decided),
        "user_message" => read(json, |mut shape: Speech| {
            let said = |words, head: &Head| Body::User(packed::said(words, head.otid.is_none()));
            parted(shape.head(), together(content(shape)), &said)
        }),
        "system_message" => read(json, |mut shape: Speech| {
            parted(shape.head(), together(content(shape)), &|words, _| Body::System(words))
        }),
        "summary_message" => read(json, |mut shape: Summing| {
            let summary = Some(shape.summary.text.clone()).filter(|text| !text.is_empty());
            (shape.head(), Body::Compacted { summary })
        }),
        "event_message" => {
            let shape: Summing = serde_json::from_str(json).ok()?;
            let compaction = shape.event_type.0.as_deref() == Some("compaction");
            compaction.then(|| wrap(shape, |mut shape| (shape.head(), Body::Compacted { summary: None })))
        }
        "stop_reason" => read(json, |mut shape: Stopping| {
            let reason = shape.stop_reason.0.take().unwrap_or_default();
            (shape.head(), Body::StopReason { reason })
        }),
        "usage_statistics" => read(json, |mut shape: Using| {
            let steps = shape.step_count.0.unwrap_or_default();
            let (input, output) =
                (shape.prompt_tokens.0.unwrap_or_default(), shape.completion_tokens.0.unwrap_or_default());
            (shape.head(), Body::Usage { steps, input, output })
        }),
        "ping" => read(json, |mut shape: Plain| (shape.head(), Body::Ping)),
        "error_message" | "error" | "letta_error" => {
            read(json, |mut shape: Failing| (shape.head(), Body::Error(problem(shape, json))))
        }
        _ => None,
    }
}

fn read<'a, S: Deserialize<'a>>(json: &'a str, of: impl FnOnce(S) -> (Head, Body)) -> Option<Event> {
    serde_json::from_str(json).ok().map(|shape| wrap(shape, of))
}

fn wrap<S>(shape: S, of: impl FnOnce(S) -> (Head, Body)) -> Event {
    let (head, body) = of(shape);
    Event { head, body }
}

/// The kind of an answer that does not name it: failures of every version, and messages older than `message_type`.
fn kind_by_fields(json: &str) -> &'static str {
    let Ok(Value::Object(fields)) = serde_json::from_str(json) else {
        return "";
    };
    let kinds = [
        ("error", "error_message"),
        ("detail", "error_message"),
        ("error_type", "error_message"),
        ("assistant_message", "assistant_message"),
        ("internal_monologue", "internal_monologue"),
        ("reasoning", "reasoning_message"),
        ("function_call", "function_call"),
        ("tool_calls", "tool_call_message"),
        ("tool_call", "tool_call_message"),
        ("function_return", "function_return"),
        ("tool_return", "tool_return_message"),
        ("stop_reason", "stop_reason"),
        ("completion_tokens", "usage_statistics"),
    ];
    kinds.iter().find(|(field, _)| fields.contains_key(*field)).map_or("", |(_, kind)| kind)
}

/// What a message contains, whatever its field is called.
fn content(shape: Speech) -> Content {
    let empty = matches!(&shape.content, Content::Words(words) if words.is_empty());
    let old = [shape.assistant_message, shape.message, shape.text];
    match old.into_iter().find(|words| empty && !words.is_empty()) {
        Some(words) => Content::Words(words),
        None => shape.content,
    }
}

/// Puts the words first and in one piece: one message of a user's is one row.
fn together(content: Content) -> Content {
    let Content::Parts(parts) = content else { return content };
    let mut words = Words::default();
    let mut others = Vec::new();
    for part in parts {
        match part {
            Part::Words(more) => words.join(more),
            other => others.push(other),
        }
    }
    if !words.is_empty() {
        others.insert(0, Part::Words(words));
    }
    Content::Parts(others)
}

/// A message of words, or of parts of which each is an event of its own kind. `say`: what words mean in it.
fn parted(head: Head, content: Content, say: &dyn Fn(Words, &Head) -> Body) -> (Head, Body) {
    let parts = match content {
        Content::Words(words) => {
            let body = say(words, &head);
            return (head, body);
        }
        Content::Parts(parts) => parts,
    };
    let parts = parts.into_iter().map(|part| match part {
        Part::Words(words) => say(words, &head),
        Part::Thought(text) => Body::Reasoning { text },
        Part::HiddenThought => Body::HiddenReasoning,
        Part::Call(piece) => Body::ToolCalls(Calls { pieces: vec![piece], whole: true }),
        Part::Return(returned) => Body::ToolReturns(vec![returned]),
    });
    let parts = parts_of(&head, parts);
    (head, parts)
}

fn parts_of(head: &Head, bodies: impl Iterator<Item = Body>) -> Body {
    let parts = bodies.zip(0..).map(|(body, nth)| Event { head: Head { part: Some(nth), ..head.clone() }, body });
    Body::Parts(parts.collect())
}

fn calls(shape: Calling) -> Calls {
    if shape.tool_calls.0.pieces.is_empty() { shape.tool_call.0 } else { shape.tool_calls.0 }
}

/// `tool_returns` where given: the flat fields repeat only its first (API facts §4).
fn returns(shape: Returning) -> Vec<Return> {
    let single = OneReturn {
        tool_return: shape.tool_return.unwrap_or_default(),
        tool_call_id: shape.tool_call_id,
        status: shape.status,
        stdout: shape.stdout,
        stderr: shape.stderr,
    };
    let several = shape.tool_returns.filter(|list| !list.is_empty()).unwrap_or_else(|| vec![single]);
    several.into_iter().map(returned).collect()
}

fn returned(shape: OneReturn) -> Return {
    let mut words = shape.tool_return;
    if words.images.is_empty() {
        let omitted = pictures::take_omitted(&mut words.text);
        words.images.extend(std::iter::repeat_n(pictures::withheld(), omitted));
    }
    let mut returned = Return {
        call: shape.tool_call_id.0,
        ok: shape.status.0.is_none_or(|status| status == "success"),
        words,
        stdout: shape.stdout.0,
        stderr: shape.stderr.0,
        client: false,
    };
    packed::unpack(&mut returned);
    returned
}

/// A list of decisions, among them returns of client-side tools, or the single decision of old servers.
fn decided(mut shape: Deciding) -> (Head, Body) {
    let head = shape.head();
    let request = shape.approval_request_id.0;
    let list = shape.approvals.unwrap_or_default();
    if list.is_empty() {
        let verdict = shape.approve.map(|approve| Verdict { call: None, request, approve, reason: shape.reason.0 });
        return (head, Body::ApprovalResponse(verdict.into_iter().collect()));
    }
    let (returns, decisions): (Vec<OneVerdict>, Vec<OneVerdict>) =
        list.into_iter().partition(|one| one.tool_return.is_some());
    let verdicts = decisions.into_iter().filter_map(|one| {
        let approve = one.approve.or(shape.approve)?;
        Some(Verdict { call: one.tool_call_id.0, request: request.clone(), approve, reason: one.reason.0 })
    });
    let verdicts = Body::ApprovalResponse(verdicts.collect());
    if returns.is_empty() {
        return (head, verdicts);
    }
    let returns = Body::ToolReturns(returns.into_iter().map(client_return).collect());
    if verdicts == Body::ApprovalResponse(Vec::new()) {
        return (head, returns);
    }
    let parts = parts_of(&head, [verdicts, returns].into_iter());
    (head, parts)
}

fn client_return(one: OneVerdict) -> Return {
    let shape = OneReturn {
        tool_return: one.tool_return.unwrap_or_default(),
        tool_call_id: one.tool_call_id,
        status: one.status,
        stdout: one.stdout,
        stderr: one.stderr,
    };
    Return { client: true, ..returned(shape) }
}

/// Every shape of a failure: `error_message`, `{"error": text or object}`, `{"error", "code"}`, `{"detail": text, list or object}`.
fn problem(shape: Failing, json: &str) -> Problem {
    let field = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let nested = shape.error.as_ref().filter(|error| error.is_object());
    let kind = shape
        .error_type
        .0
        .or(shape.code.0)
        .or_else(|| nested.and_then(|error| field(error, "type").or_else(|| field(error, "code"))))
        .or_else(|| shape.detail.as_ref().and_then(|detail| field(detail, "code")))
        .or(shape.kind.0)
        .unwrap_or_default();
    let message = match (&shape.error, &shape.detail) {
        _ if !shape.message.text.is_empty() => shape.message.text,
        (Some(Value::String(error)), _) => error.clone(),
        (Some(error), _) if error.is_object() => field(error, "message").unwrap_or_default(),
        (_, Some(Value::String(detail))) => detail.clone(),
        (_, Some(detail)) => field(detail, "message").unwrap_or_else(|| detail.to_string()),
        (Some(_) | None, None) => String::new(),
    };
    let detail = match shape.detail {
        Some(Value::String(detail)) => Some(detail),
        Some(Value::Null) | None => nested.and_then(|error| field(error, "detail")),
        Some(detail) => Some(detail.to_string()),
    };
    Problem { kind, message, detail, raw: json.to_owned() }
}

/// Keeps what is not understood, with the head where that can be read.
fn unknown(json: &str) -> Event {
    let head = serde_json::from_str(json).map(|mut plain: Plain| plain.head()).unwrap_or_default();
    let message_type = match serde_json::from_str::<Value>(json) {
        Ok(value) => match value.get("message_type").or_else(|| value.get("object")).and_then(Value::as_str) {
            Some(kind) => kind.to_owned(),
            None => "a message without a type".to_owned(),
        },
        Err(_) => "not JSON".to_owned(),
    };
    Event { head, body: Body::Unknown { message_type, raw: json.to_owned() } }
}
