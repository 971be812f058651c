//! A request's body understood: words, a decision in either form, or neither; and how the answer is wanted.

use serde_json::{Value, json};

use crate::turn::{Decision, Said};

/// What was sent.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) words: Words,
    pub(crate) streaming: bool,
    pub(crate) stream_tokens: bool,
    pub(crate) include_pings: bool,
    pub(crate) background: bool,
}

#[derive(Debug)]
pub(crate) enum Words {
    /// No message at all.
    Nothing,
    /// A message without content.
    Empty,
    Said(Said),
    /// The newer form names calls, the older one the request; both may be there.
    Decided {
        calls: Vec<String>,
        request: Option<String>,
        decision: Decision,
    },
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
        streaming: flag("streaming", false),
        stream_tokens: flag("stream_tokens", false),
        include_pings: flag("include_pings", true),
        background: flag("background", false),
    })
}

/// An approval beside words makes the server drop the words (API-FACTS §6); of several words the last speak for all.
fn words(messages: &[Value]) -> Words {
    if let Some(approval) = messages.iter().find(|message| message.get("type").is_some_and(|kind| kind == "approval")) {
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
    Words::Said(Said { content, text, otid })
}

fn decided(message: &Value) -> Words {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let approvals = message.get("approvals").and_then(Value::as_array).cloned().unwrap_or_default();
    let yes = |value: &Value| value.get("approve").and_then(Value::as_bool);
    let first = approvals.first();
    let decision = Decision {
        approve: first.and_then(yes).or_else(|| yes(message)).unwrap_or(false),
        reason: first.and_then(|first| text(first, "reason")).or_else(|| text(message, "reason")),
    };
    let calls = approvals.iter().filter_map(|approval| text(approval, "tool_call_id")).collect();
    Words::Decided { calls, request: text(message, "approval_request_id"), decision }
}
