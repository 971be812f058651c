//! What stands in a message's `content`: text, or a list of parts of every kind that Letta stores (API facts §10; OpenAPI 0.16.8,
//! `LettaMessageContentUnion`). Servers mostly send each kind as a message of its own; where they do not, nothing is lost.

use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::Value;
use serde_json::value::RawValue;

use super::loose::{Name, Written};
use super::{CallPiece, Return, Words};

/// What a message contains.
#[derive(Debug)]
pub(super) enum Content {
    /// Text and pictures alone, as almost always.
    Words(Words),
    /// Several kinds, in order; texts that stand together are one part.
    Parts(Vec<Part>),
}

/// One kind of thing within a message.
#[derive(Debug)]
pub(super) enum Part {
    Words(Words),
    Thought(String),
    HiddenThought,
    Call(CallPiece),
    Return(Return),
}

impl Default for Content {
    fn default() -> Self {
        Self::Words(Words::default())
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        if text.starts_with('[')
            && let Some(parts) = mixed(text)
        {
            return Ok(Self::Parts(parts));
        }
        serde_json::from_str(text).map(Self::Words).map_err(serde::de::Error::custom)
    }
}

/// The parts of a list in which not all are words; none otherwise.
fn mixed(list: &str) -> Option<Vec<Part>> {
    let raws: Vec<&RawValue> = serde_json::from_str(list).ok()?;
    let mut parts: Vec<Part> = Vec::new();
    for raw in raws {
        match part(raw.get()) {
            Part::Words(words) => match parts.last_mut() {
                Some(Part::Words(before)) => before.join(words),
                Some(_) | None => parts.push(Part::Words(words)),
            },
            other => parts.push(other),
        }
    }
    parts.iter().any(|part| !matches!(part, Part::Words(_))).then_some(parts)
}

/// A content part of any kind; every field optional.
#[derive(Default, Deserialize)]
#[serde(default)]
struct OnePart {
    #[serde(rename = "type")]
    kind: Name,
    /// `reasoning`; Anthropic's own spelling is `thinking`.
    #[serde(alias = "thinking")]
    reasoning: Words,
    /// `summarized_reasoning`.
    summary: Option<Vec<Summary>>,
    id: Name,
    name: Name,
    #[serde(alias = "arguments")]
    input: Written,
    tool_call_id: Name,
    content: Words,
    is_error: Option<bool>,
}

/// A paragraph of a summary.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Summary {
    text: Words,
}

fn part(raw: &str) -> Part {
    let one: OnePart = serde_json::from_str(raw).unwrap_or_default();
    match one.kind.0.as_deref() {
        Some("reasoning" | "thinking") => Part::Thought(one.reasoning.text),
        Some("summarized_reasoning") => {
            let paragraphs: Vec<String> = one.summary.into_iter().flatten().map(|part| part.text.text).collect();
            let text = paragraphs.join("\n\n");
            if text.trim().is_empty() { Part::HiddenThought } else { Part::Thought(text) }
        }
        Some("redacted_reasoning" | "omitted_reasoning" | "redacted_thinking") => Part::HiddenThought,
        Some("tool_call" | "tool_use") => {
            Part::Call(CallPiece { id: one.id.0.or(one.tool_call_id.0), name: one.name.0, arguments: one.input.0 })
        }
        Some("tool_return" | "tool_result") => Part::Return(Return {
            call: one.tool_call_id.0,
            ok: one.is_error != Some(true),
            words: one.content,
            ..Return::default()
        }),
        Some(_) | None => {
            let value: Value = serde_json::from_str(raw).unwrap_or_else(|_| Value::String(raw.to_owned()));
            Part::Words(Words::from_value(Value::Array(vec![value])))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Event;
    use crate::event::{Body, Calls, Said};

    fn parts(json: &str) -> Vec<Body> {
        let event = Event::parse(json);
        let Body::Parts(parts) = event.body else { panic!("{:?}", event.body) };
        assert!(parts.iter().all(|part| part.head.id == event.head.id));
        parts.into_iter().map(|part| part.body).collect()
    }

    /// No server was seen to send these in a message: the kinds are from OpenAPI 0.16.8.
    #[test]
    fn unrecorded_every_kind_of_content_part_becomes_what_it_is() {
        let bodies = parts(
            r#"{"id":"message-1","message_type":"assistant_message","content":[
                {"type":"reasoning","is_native":true,"reasoning":"First, look.","signature":"c2ln"},
                {"type":"redacted_reasoning","data":"c2VjcmV0"},
                {"type":"omitted_reasoning","signature":null},
                {"type":"summarized_reasoning","id":"rs_1","summary":[{"index":0,"text":"One."},{"index":1,"text":"Two."}],"encrypted_content":"c2VjcmV0"},
                {"type":"summarized_reasoning","id":"rs_2","summary":[],"encrypted_content":"c2VjcmV0"},
                {"type":"text","text":"I look."},
                {"type":"text","text":"Wait."},
                {"type":"tool_call","id":"call_1","name":"look","input":{"b":1,"a":[2]}},
                {"type":"tool_return","tool_call_id":"call_1","content":"Nothing.","is_error":true},
                {"data":[1],"type":"hologram"}]}"#,
        );
        let told: Vec<String> = bodies
            .iter()
            .map(|body| match body {
                Body::Reasoning { text } => format!("thought {text}"),
                Body::HiddenReasoning => "hidden".to_owned(),
                Body::Assistant(words) => format!("said {}", words.text),
                Body::ToolCalls(Calls { pieces, whole: true }) => {
                    let piece = &pieces[0];
                    let arguments = piece.arguments.as_deref().unwrap();
                    format!("called {} {} {arguments}", piece.id.as_deref().unwrap(), piece.name.as_deref().unwrap())
                }
                Body::ToolReturns(returns) => {
                    format!("{} {} {}", returns[0].call.as_deref().unwrap(), returns[0].words.text, returns[0].ok)
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            told,
            [
                "thought First, look.",
                "hidden",
                "hidden",
                "thought One.\n\nTwo.",
                "hidden",
                "said I look.\nWait.",
                r#"called call_1 look {"b":1,"a":[2]}"#,
                "call_1 Nothing. false",
                r#"said {"data":[1],"type":"hologram"}"#,
            ]
        );
    }

    /// The user's words stand together, whatever comes between them.
    #[test]
    fn unrecorded_parts_in_the_user_s_name() {
        let bodies = parts(
            r#"{"id":"message-1","otid":"o","message_type":"user_message","content":[
                {"type":"text","text":"Look:"},
                {"type":"tool_return","tool_call_id":"call_1","content":"Nothing.","is_error":false},
                {"type":"text","text":"well?"}]}"#,
        );
        let [Body::User(Said::Words(words)), Body::ToolReturns(returns)] = &bodies[..] else { panic!("{bodies:?}") };
        assert_eq!(words.text, "Look:\nwell?");
        assert!(returns[0].ok);
    }

    #[test]
    fn words_alone_are_no_parts() {
        for content in
            [r#""a""#, r#"[{"type":"text","text":"a","signature":null}]"#, r#"["a"]"#, r#"{"type":"text","text":"a"}"#]
        {
            let event = Event::parse(&format!(r#"{{"message_type":"assistant_message","content":{content}}}"#));
            let Body::Assistant(words) = event.body else { panic!("{content}") };
            assert_eq!(words.text, "a", "{content}");
        }
    }
}
