//! A request's body understood: words, a decision in either form, or neither; and how the answer is wanted.

use serde_json::{Value, json};

use crate::{
    decision::{Decision, Verdict},
    pictures,
    turn::Said,
    wire::Returned,
};

/// What was sent.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) words: Words,
    /// None where the body leaves it to the route.
    pub(crate) streaming: Option<bool>,
    /// Names the agent of a `default` conversation.
    pub(crate) agent: Option<String>,
    pub(crate) stream_tokens: bool,
    /// None where the body leaves it to the server.
    pub(crate) include_pings: Option<bool>,
    pub(crate) background: bool,
}

#[derive(Debug)]
pub(crate) enum Words {
    /// No message at all.
    Nothing,
    /// A message without content.
    Empty,
    Said(Said),
    /// A picture that the server cannot get, in its words.
    Unreachable(String),
    Decided(Decision),
}

const NOT_JSON: &str = "[{'type': 'json_invalid', 'loc': ('body', 1), 'msg': 'JSON decode error', 'input': {}, 'ctx': \
                        {'error': 'Expecting property name enclosed in double quotes'}}]";
const NO_MESSAGES: &str = "[{'type': 'value_error', 'loc': ('body',), 'msg': \"Value error, Must specify either 'input' or \
                           'messages'.\", 'input': {}, 'ctx': {'error': ValueError(\"Must specify either 'input' or 'messages'.\")}}]";

/// Reads a body; the error is the server's own wording for 422.
pub(crate) fn decode(bytes: &[u8]) -> Result<Letter, &'static str> {
    let body: Value = serde_json::from_slice(bytes).map_err(|_| NOT_JSON)?;
    let flag = |name: &str, usual: bool| body.get(name).and_then(Value::as_bool).unwrap_or(usual);
    let input = body.get("input").filter(|input| !input.is_null());
    let messages = match (body.get("messages").and_then(Value::as_array), input) {
        (Some(messages), _) => messages.clone(),
        (None, Some(input)) => vec![json!({"role": "user", "content": input})],
        (None, None) => return Err(NO_MESSAGES),
    };
    Ok(Letter {
        words: words(&messages),
        streaming: body.get("streaming").and_then(Value::as_bool),
        agent: body.get("agent_id").and_then(Value::as_str).map(str::to_owned),
        stream_tokens: flag("stream_tokens", false),
        include_pings: body.get("include_pings").and_then(Value::as_bool),
        background: flag("background", false),
    })
}

/// An approval beside words makes the server drop the words (API-FACTS §6); of several words the last speak for all.
fn words(messages: &[Value]) -> Words {
    let decides = |message: &&Value| {
        message.get("type").and_then(Value::as_str).is_some_and(|kind| matches!(kind, "approval" | "tool_return"))
    };
    if let Some(approval) = messages.iter().find(decides) {
        return decided(approval);
    }
    let Some(message) = messages.last() else { return Words::Nothing };
    let content = message.get("content").cloned().unwrap_or(Value::Null);
    let text = match &content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect::<Vec<_>>().join("\n")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    };
    let nothing = match &content {
        Value::Array(parts) => parts.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => text.trim().is_empty(),
    };
    if nothing {
        return Words::Empty;
    }
    let otid = message.get("otid").and_then(Value::as_str).map(str::to_owned);
    match pictures::stored(&content) {
        Ok(content) => Words::Said(Said { pictures: pictures::count(&content), content, text, otid }),
        Err(why) => Words::Unreachable(why),
    }
}

fn decided(message: &Value) -> Words {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let lines = |value: &Value, name: &str| serde_json::from_value(value.get(name).cloned().unwrap_or_default()).ok();
    let verdict = |value: &Value| {
        let reason = text(value, "reason");
        match value.get("approve").and_then(Value::as_bool) {
            Some(true) => Verdict::Approved(reason),
            Some(false) | None => Verdict::Denied(reason),
        }
    };
    let on_call = |value: &Value| {
        let id = text(value, "tool_call_id")?;
        // A return of the client, in either of its two envelopes (recordings 0.16.8/client-tool-return-steps and -type-tool).
        let verdict = match value.get("tool_return").cloned() {
            Some(tool_return) => Verdict::Returned(Returned {
                tool_return,
                status: if text(value, "status").as_deref() == Some("error") { "error" } else { "success" },
                tool_call_id: id.clone(),
                stdout: lines(value, "stdout"),
                stderr: lines(value, "stderr"),
            }),
            None => verdict(value),
        };
        Some((id, verdict))
    };
    let list = |name: &str| message.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let verdicts = list("approvals").iter().chain(&list("tool_returns")).filter_map(on_call).collect();
    let older = message
        .get("approve")
        .filter(|approve| approve.is_boolean())
        .and_then(|_| text(message, "approval_request_id"))
        .map(|request| (request, verdict(message)));
    Words::Decided(Decision { verdicts, older })
}
