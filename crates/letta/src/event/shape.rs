//! The JSON shapes of the wire, one per kind of message: every field optional, unknown fields ignored, old spellings beside new
//! ones. What they mean is `parse`.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::content::Content;
use super::loose::{Count, Lines, Name, Written};
use super::{CallPiece, Calls, Head, Words};

/// Defines message shapes; each has the fields of [`Head`] and its own.
macro_rules! shapes {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Default, Deserialize)]
        #[serde(default)]
        pub(super) struct $name {
            id: Name,
            otid: Name,
            run_id: Name,
            step_id: Name,
            seq_id: Count,
            name: Name,
            sender_id: Name,
            date: Date,
            $($(#[$field_meta])* pub $field: $type),*
        }

        impl $name {
            pub(super) fn head(&mut self) -> Head {
                Head {
                    id: self.id.0.take(),
                    otid: self.otid.0.take(),
                    run_id: self.run_id.0.take(),
                    step_id: self.step_id.0.take(),
                    seq_id: self.seq_id.0,
                    name: self.name.0.take(),
                    sender_id: self.sender_id.0.take(),
                    date: self.date.0,
                    part: None,
                }
            }
        }
    )*};
}

shapes! {
    /// `ping`, and any message of which only the head is wanted.
    Plain {}
    /// `reasoning_message`; `internal_monologue` before 0.6.
    Thoughts {
        #[serde(alias = "internal_monologue")]
        reasoning: Words,
    }
    /// `assistant_message`, `user_message`, `system_message`. The text was in `assistant_message` up to 0.6.14 and in `message` for
    /// the others (API facts §10).
    Speech {
        content: Content,
        message: Words,
        assistant_message: Words,
        text: Words,
    }
    /// `tool_call_message`, `approval_request_message`; `function_call` before 0.6.
    Calling {
        tool_calls: PiecesOfCalls,
        #[serde(alias = "function_call")]
        tool_call: PiecesOfCalls,
    }
    /// `tool_return_message`; `function_return` before 0.6.
    Returning {
        tool_returns: Option<Vec<OneReturn>>,
        #[serde(alias = "function_return")]
        tool_return: Option<Words>,
        #[serde(alias = "function_call_id")]
        tool_call_id: Name,
        status: Name,
        stdout: Lines,
        stderr: Lines,
    }
    /// `approval_response_message`.
    Deciding {
        approvals: Option<Vec<OneVerdict>>,
        approve: Option<bool>,
        approval_request_id: Name,
        reason: Name,
    }
    /// `summary_message` and `event_message`.
    Summing {
        summary: Words,
        event_type: Name,
    }
    /// `stop_reason`.
    Stopping { stop_reason: Name }
    /// `usage_statistics`.
    Using {
        step_count: Count,
        prompt_tokens: Count,
        completion_tokens: Count,
    }
    /// `error_message` and its older kin.
    Failing {
        error_type: Name,
        code: Name,
        #[serde(rename = "type")]
        kind: Name,
        message: Words,
        error: Option<serde_json::Value>,
        detail: Option<serde_json::Value>,
    }
}

/// One of `tool_returns`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct OneReturn {
    #[serde(alias = "func_response")]
    pub tool_return: Words,
    pub tool_call_id: Name,
    pub status: Name,
    pub stdout: Lines,
    pub stderr: Lines,
}

/// One of `approvals`: a decision, or (`type: tool`) a return that a client computed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct OneVerdict {
    pub tool_call_id: Name,
    pub approve: Option<bool>,
    pub reason: Name,
    pub tool_return: Option<Words>,
    pub status: Name,
    pub stdout: Lines,
    pub stderr: Lines,
}

/// A date with or without a zone, as milliseconds; the server's naive dates are UTC (API facts §2).
#[derive(Clone, Copy, Default)]
pub(super) struct Date(pub Option<i64>);

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Name::deserialize(deserializer)?.0;
        Ok(Self(text.and_then(|text| milliseconds(&text))))
    }
}

fn milliseconds(text: &str) -> Option<i64> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_millisecond());
    }
    let naive: jiff::civil::DateTime = text.parse().ok()?;
    Some(naive.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// A call's object or delta.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OneCall {
    #[serde(alias = "function_call_id", alias = "id")]
    tool_call_id: Name,
    name: Name,
    arguments: Written,
}

impl From<OneCall> for CallPiece {
    fn from(call: OneCall) -> Self {
        Self { id: call.tool_call_id.0, name: call.name.0, arguments: call.arguments.0 }
    }
}

/// Calls as an object (one call or a delta of it), as a list, or null.
#[derive(Default)]
pub(super) struct PiecesOfCalls(pub Calls);

impl<'de> Deserialize<'de> for PiecesOfCalls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CallsVisitor).map(Self)
    }
}

struct CallsVisitor;

impl<'de> Visitor<'de> for CallsVisitor {
    type Value = Calls;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tool call, a list of them or null")
    }

    /// `look({"at": 1})`, as servers wrote calls before 0.5.
    fn visit_str<E>(self, call: &str) -> Result<Calls, E> {
        let written = call.trim().strip_suffix(')').and_then(|call| call.split_once('('));
        let (name, arguments) = written.unwrap_or((call, ""));
        let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let piece = CallPiece { id: None, name: named(name), arguments: named(arguments) };
        Ok(Calls { pieces: vec![piece], whole: true })
    }

    fn visit_unit<E>(self) -> Result<Calls, E> {
        Ok(Calls::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Calls, A::Error> {
        let mut pieces = Vec::new();
        while let Some(call) = list.next_element::<OneCall>()? {
            pieces.push(call.into());
        }
        Ok(Calls { pieces, whole: true })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Calls, A::Error> {
        let call = OneCall::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Calls { pieces: vec![call.into()], whole: false })
    }
}
