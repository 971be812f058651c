//! Text with pictures, as a string, a list of parts, or whatever JSON stands where a text should: nothing here can fail.

use std::fmt;

use model::ImageRef;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Text and the pictures within it. The bytes of pictures are dropped while reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// All text parts, joined.
    pub text: String,
    /// In order.
    pub images: Vec<ImageRef>,
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self { text, images: Vec::new() }
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
        if let Some(image) = part.as_object().and_then(image) {
            self.images.push(image);
            return;
        }
        let text = match part {
            Value::String(text) => text,
            other => match other.get("text").or_else(|| other.get("content")) {
                Some(Value::String(text)) => text.clone(),
                Some(_) | None => other.to_string(),
            },
        };
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&text);
    }
}

/// A string or an object with a `type`, as content parts have.
fn is_part(value: &Value) -> bool {
    value.is_string() || value.get("type").is_some_and(Value::is_string)
}

/// The picture in a content part, without its bytes (recordings 0.16.8/stream-image-*-history, list-messages-images-v1).
fn image(part: &Map<String, Value>) -> Option<ImageRef> {
    let text = |map: &Map<String, Value>, key: &str| map.get(key).and_then(Value::as_str).map(str::to_owned);
    if let Some(url) = part.get("image_url") {
        let url = url.as_str().or_else(|| url.get("url").and_then(Value::as_str))?;
        return Some(ImageRef::Remote { url: url.to_owned() });
    }
    let source = part.get("source")?.as_object()?;
    match source.get("type").and_then(Value::as_str)? {
        "url" => Some(ImageRef::Remote { url: text(source, "url")? }),
        "base64" => {
            let data = source.get("data").and_then(Value::as_str).unwrap_or_default();
            let padding = data.bytes().rev().take_while(|&byte| byte == b'=').count();
            let bytes = (data.len() as u64 * 3 / 4).saturating_sub(padding as u64);
            let media_type = text(source, "media_type").unwrap_or_default();
            Some(ImageRef::Inline { media_type, bytes })
        }
        _ => Some(ImageRef::Stored { file: text(source, "file_id"), media_type: text(source, "media_type") }),
    }
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
