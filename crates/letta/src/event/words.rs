//! Text with pictures, as a string, a list of parts, or whatever JSON stands where a text should: nothing here can fail.

use std::fmt;

use model::ImageRef;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::pictures::{self, Payload};

/// Text and the pictures within it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// All text parts, joined.
    pub text: String,
    /// In order.
    pub images: Vec<ImageRef>,
    /// The bytes of those that came with bytes. They go to whoever takes them from the event, never into an item.
    pub payloads: Vec<Payload>,
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl Words {
    /// Neither text nor pictures.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.images.is_empty()
    }

    /// Reads any JSON: a string is itself, a list of parts is joined, anything else is shown as JSON.
    pub(super) fn from_value(value: Value) -> Self {
        match value {
            Value::Null => Self::default(),
            Value::String(text) => text.into(),
            Value::Array(parts) if parts.iter().all(is_part) => {
                let mut words = Self::default();
                for part in parts {
                    words.add(part);
                }
                words
            }
            part @ Value::Object(_) if is_part(&part) => {
                let mut words = Self::default();
                words.add(part);
                words
            }
            other => other.to_string().into(),
        }
    }

    /// Adds one part; separate text parts stand on lines of their own, and a part of an unknown type is shown as JSON.
    fn add(&mut self, part: Value) {
        if let Some((image, picture)) = part.as_object().and_then(pictures::image) {
            self.images.push(image);
            self.payloads.extend(picture);
            return;
        }
        let text = match part {
            Value::String(text) => text,
            other => match other.get("text").or_else(|| other.get("content")) {
                Some(Value::String(text)) => text.clone(),
                Some(_) | None => other.to_string(),
            },
        };
        if pictures::is_stand_in(&text) {
            self.images.push(pictures::withheld());
            return;
        }
        self.join(text.into());
    }

    /// Adds what follows, on a line of its own.
    pub(super) fn join(&mut self, mut next: Self) {
        if !self.text.is_empty() && !next.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&next.text);
        self.images.append(&mut next.images);
        self.payloads.append(&mut next.payloads);
    }
}

/// A string or an object with a `type`, as content parts have.
fn is_part(value: &Value) -> bool {
    value.is_string() || value.get("type").is_some_and(Value::is_string)
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordsVisitor)
    }
}

/// Takes the common case, a string, without a detour through `Value`.
struct WordsVisitor;

impl<'de> Visitor<'de> for WordsVisitor {
    type Value = Words;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or a list of parts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Words, E> {
        Ok(text.to_owned().into())
    }

    fn visit_string<E>(self, text: String) -> Result<Words, E> {
        Ok(text.into())
    }

    fn visit_unit<E>(self) -> Result<Words, E> {
        Ok(Words::default())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Words, E> {
        Ok(value.to_string().into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Words, E> {
        Ok(value.to_string().into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Words, E> {
        Ok(value.to_string().into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Words, E> {
        Ok(value.to_string().into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Words, A::Error> {
        let mut parts = Vec::new();
        while let Some(part) = list.next_element::<Value>()? {
            parts.push(part);
        }
        Ok(Words::from_value(Value::Array(parts)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Words, A::Error> {
        let mut part = Map::new();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            part.insert(key, value);
        }
        Ok(Words::from_value(Value::Object(part)))
    }
}
