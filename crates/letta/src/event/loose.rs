//! Fields that are read whatever stands in them: a wrong type is as good as nothing, never the end of a message.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Words;

/// A list of lines: `stdout` and `stderr` are a list, a string or null.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines(pub Vec<String>);

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let lines = match Value::deserialize(deserializer)? {
            Value::Null => Vec::new(),
            Value::String(text) => vec![text],
            Value::Array(lines) => lines.into_iter().map(|line| Words::from_value(line).text).collect(),
            other => vec![other.to_string()],
        };
        Ok(Self(lines))
    }
}

/// A string, or none for anything else. For ids and names, where a wrong type is as good as nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Name(pub Option<String>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameVisitor).map(Self)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.to_string()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// A whole number, or none for anything else.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count(pub Option<u64>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = deserializer.deserialize_any(NameVisitor)?;
        Ok(Self(digits.and_then(|digits| digits.parse().ok())))
    }
}

/// Text, or the JSON that stands in its place: some servers give arguments as an object.
#[derive(Clone, Debug, Default)]
pub(super) struct Written(pub Option<String>);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As received, to the letter: what is shown for approval is what the server runs.
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = match raw.get().as_bytes().first() {
            Some(b'n') => None,
            Some(b'"') => Some(serde_json::from_str(raw.get()).map_err(serde::de::Error::custom)?),
            Some(_) | None => Some(raw.get().to_owned()),
        };
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use crate::Event;
    use crate::event::{Body, Words};

    #[test]
    fn a_wrong_type_is_no_end_of_a_message() {
        let event = Event::parse(
            r#"{"message_type":"assistant_message","id":["x"],"seq_id":"12","run_id":null,"name":{"a":1},"content":7,"date":true}"#,
        );
        assert_eq!(event.head.seq_id, Some(12));
        assert_eq!(event.head.id, None);
        assert_eq!(event.body, Body::Assistant(Words::from("7".to_owned())));
        let event = Event::parse(
            r#"{"message_type":"usage_statistics","step_count":1.5,"prompt_tokens":-3,"completion_tokens":2}"#,
        );
        assert_eq!(event.body, Body::Usage { steps: 0, input: 0, output: 2 });
    }

    #[test]
    fn arguments_and_returns_may_be_any_json() {
        let event = Event::parse(
            r#"{"message_type":"tool_call_message","tool_call":{"name":"f","arguments":{"type":"x","n":1},"tool_call_id":"c"}}"#,
        );
        let Body::ToolCalls(calls) = event.body else { panic!() };
        assert_eq!(calls.pieces[0].arguments.as_deref(), Some(r#"{"type":"x","n":1}"#));
        for (json, text) in [
            (r#"{"n":1,"type":"x"}"#, r#"{"n":1,"type":"x"}"#),
            (r#"[{"type":"text","text":"a"},{"n":1,"type":"odd"}]"#, "a\n{\"n\":1,\"type\":\"odd\"}"),
            (r#"[1,2]"#, "[1,2]"),
            ("null", ""),
        ] {
            let event = Event::parse(&format!(
                r#"{{"message_type":"tool_return_message","tool_return":{json},"tool_call_id":"c"}}"#
            ));
            let Body::ToolReturns(returns) = event.body else { panic!() };
            assert_eq!(returns[0].words.text, text);
        }
    }
}
