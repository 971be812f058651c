//! What goes over the wire, field by field and in the order of the recordings. Only shapes: who sends what, and when, is `play`
//! and `http`.

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::Call;

/// One message, in a stream or in history. 0.16.8 sends every common field, null included.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) date: String,
    /// The tool's name on a return; in a group of 0.11.7 the speaker's name; else null.
    pub(crate) name: Option<String>,
    pub(crate) message_type: &'static str,
    pub(crate) otid: Option<String>,
    pub(crate) sender_id: Option<String>,
    pub(crate) step_id: Option<String>,
    pub(crate) is_err: Option<bool>,
    pub(crate) seq_id: Option<u64>,
    pub(crate) run_id: Option<String>,
    #[serde(flatten)]
    pub(crate) body: Body,
}

/// The fields that only one kind of message has.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Body {
    Ping {},
    /// assistant_message, system_message.
    Words {
        content: String,
    },
    /// user_message: a string, or parts; assistant_message with pictures: parts.
    Said {
        content: Value,
    },
    Reasoning {
        source: &'static str,
        reasoning: String,
        signature: Option<String>,
    },
    /// tool_call_message and approval_request_message. 0.11.7 has no `tool_calls`.
    Call {
        tool_call: CallPart,
        #[serde(skip_serializing_if = "Option::is_none")]
        tool_calls: Option<CallParts>,
    },
    /// 0.11.7 has no `tool_returns`.
    Return {
        #[serde(flatten)]
        flat: Returned,
        #[serde(skip_serializing_if = "Option::is_none")]
        tool_returns: Option<Vec<TypedReturn>>,
    },
    /// approval_response_message of 0.11.7; only in history.
    OldResponse {
        approve: bool,
        approval_request_id: String,
        reason: Option<String>,
    },
    /// approval_response_message; only in history.
    Response {
        approvals: Vec<Value>,
        approve: Option<bool>,
        approval_request_id: Option<String>,
        reason: Option<String>,
    },
}

/// A whole call or a piece of one.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum CallPart {
    /// Steps mode and history.
    Whole { name: String, arguments: String, tool_call_id: String },
    /// First piece of a tool_call_message in token mode: absent keys are left out.
    Name { name: String, tool_call_id: String },
    /// Later pieces.
    Arguments { arguments: String, tool_call_id: String },
    /// Later pieces in 0.11.7, without the call's id (recording 0.11.7/stream-tokens-tool-mg2).
    BareArguments { arguments: String },
    /// A piece of an approval_request_message in token mode: absent keys are null.
    Nullable { name: Option<String>, arguments: Option<String>, tool_call_id: String },
}

/// In token mode the same object once more, else a list.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum CallParts {
    One(CallPart),
    List(Vec<CallPart>),
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Returned {
    /// A text; in `tool_returns` also parts with pictures among them.
    pub(crate) tool_return: Value,
    pub(crate) status: &'static str,
    pub(crate) tool_call_id: String,
    pub(crate) stdout: Option<Vec<String>>,
    pub(crate) stderr: Option<Vec<String>>,
}

impl Returned {
    /// What a tool of the server gave back.
    pub(crate) fn ran(call: &Call, id: &str) -> Self {
        Self {
            tool_return: call.parts.clone().unwrap_or_else(|| Value::String(call.returns.clone())),
            status: if call.ok { "success" } else { "error" },
            tool_call_id: id.to_owned(),
            stdout: Some(call.stdout.clone()),
            stderr: Some(Vec::new()),
        }
    }

    /// What stands for a call that was denied.
    pub(crate) fn denied(id: &str, reason: &str) -> Self {
        Self {
            tool_return: Value::String(format!("Error: request to call tool denied. User reason: {reason}")),
            status: "error",
            tool_call_id: id.to_owned(),
            stdout: None,
            stderr: None,
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct TypedReturn {
    pub(crate) r#type: &'static str,
    #[serde(flatten)]
    pub(crate) returned: Returned,
}

/// usage_statistics of an agent (recording 0.16.8/stream-tokens-tool-v1).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Usage {
    pub(crate) message_type: &'static str,
    pub(crate) completion_tokens: u64,
    pub(crate) prompt_tokens: u64,
    pub(crate) total_tokens: u64,
    pub(crate) step_count: u64,
    /// Null in agents of 0.11.7, else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) steps_messages: Option<()>,
    pub(crate) run_ids: Option<Vec<String>>,
    /// Absent in the groups of 0.11.7.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) more: Option<MoreUsage>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct MoreUsage {
    pub(crate) cached_input_tokens: Option<u64>,
    pub(crate) cache_write_tokens: Option<u64>,
    pub(crate) reasoning_tokens: Option<u64>,
    pub(crate) context_tokens: Option<u64>,
}

/// error_message, preceded by `event: error` (recording 0.16.8/llm-error-429-tokens).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ErrorMessage {
    pub(crate) message_type: &'static str,
    pub(crate) run_id: Option<String>,
    pub(crate) error_type: String,
    pub(crate) message: String,
    pub(crate) detail: String,
    pub(crate) seq_id: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct StopReason {
    pub(crate) message_type: &'static str,
    pub(crate) stop_reason: String,
}

impl StopReason {
    pub(crate) fn new(reason: &str) -> Self {
        Self { message_type: "stop_reason", stop_reason: reason.to_owned() }
    }
}

/// One thing a run says, before it becomes bytes or part of a whole answer.
#[derive(Clone, Debug)]
pub(crate) enum Out {
    Message(Box<Message>),
    Stop(StopReason),
    /// The end of a foreground run that was cancelled, with its own spelling (recording 0.16.8/cancel-foreground-stream).
    Cancelled,
    Usage(Usage),
    Error(ErrorMessage),
    Done,
    /// Bytes of a script, sent as they are.
    Raw(Bytes),
}

impl From<Message> for Out {
    fn from(message: Message) -> Self {
        Self::Message(Box::new(message))
    }
}

impl Out {
    /// The same with its number in a run in the background; what has no place for one only counts (recording
    /// 0.16.8/background-tokens).
    pub(crate) fn numbered(self, number: u64) -> Self {
        match self {
            Out::Message(mut message) => {
                message.seq_id = Some(number);
                Out::Message(message)
            }
            Out::Error(mut error) => {
                error.seq_id = Some(number);
                Out::Error(error)
            }
            Out::Raw(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                Out::Raw(text.replacen("\"seq_id\":null", &format!("\"seq_id\":{number}"), 1).into())
            }
            out @ (Out::Stop(_) | Out::Cancelled | Out::Usage(_) | Out::Done) => out,
        }
    }

    /// The event as it stands in the stream.
    pub(crate) fn frame(&self) -> Bytes {
        match self {
            Out::Message(message) => data(message.as_ref()),
            Out::Stop(stop) => data(stop),
            Out::Cancelled => {
                Bytes::from_static(b"data: {\"message_type\": \"stop_reason\", \"stop_reason\": \"cancelled\"}\n\n")
            }
            Out::Usage(usage) => data(usage),
            Out::Error(error) => Bytes::from(format!("event: error\ndata: {}\n\n", json(error))),
            Out::Done => Bytes::from_static(DONE),
            Out::Raw(bytes) => bytes.clone(),
        }
    }
}

/// The last event of a stream that ends well.
pub(crate) const DONE: &[u8] = b"data: [DONE]\n\n";

fn data(event: &impl Serialize) -> Bytes {
    Bytes::from(format!("data: {}\n\n", json(event)))
}

/// These types have string keys and no map of ours can fail; an empty object would show up in every test at once.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}
