//! A tool call's arguments as its card lists them: every one, in the order written, nothing merged, nothing left out. Pure.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// One argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// A text as it is; anything else as JSON, as written.
    pub value: String,
    /// It is no text, so it is drawn as code.
    pub is_code: bool,
}

/// What a call would be run with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// An object, as it should be.
    Listed(Vec<Argument>),
    /// Something else: broken JSON, or no object. As written.
    Raw(String),
}

impl Arguments {
    /// Reads what the model wrote. Two arguments of one name stay two.
    pub fn read(text: &str) -> Self {
        match serde_json::from_str::<Pairs>(text) {
            Ok(Pairs(pairs)) => Self::Listed(pairs.into_iter().map(|(name, raw)| argument(name, &raw)).collect()),
            Err(_) if text.trim().is_empty() => Self::Listed(Vec::new()),
            Err(_) => Self::Raw(text.to_owned()),
        }
    }
}

fn argument(name: String, raw: &RawValue) -> Argument {
    match serde_json::from_str::<String>(raw.get()) {
        Ok(text) => Argument { name, value: text, is_code: false },
        Err(_) => Argument { name, value: raw.get().to_owned(), is_code: true },
    }
}

/// An object's members in their order, doubles among them.
struct Pairs(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Pairs;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn text(name: &str, value: &str) -> Argument {
        Argument { name: name.into(), value: value.into(), is_code: false }
    }

    fn code(name: &str, value: &str) -> Argument {
        Argument { name: name.into(), value: value.into(), is_code: true }
    }

    #[wasm_bindgen_test]
    fn arguments_stand_in_the_order_written() {
        let read = Arguments::read(
            r#"{"to":"a@b.pt","subject":"Quote","body":"One\ntwo","copies":1200,"tags":["x", {"z":1,"a":2}],"cc":null}"#,
        );
        let expected = vec![
            text("to", "a@b.pt"),
            text("subject", "Quote"),
            text("body", "One\ntwo"),
            code("copies", "1200"),
            code("tags", r#"["x", {"z":1,"a":2}]"#),
            code("cc", "null"),
        ];
        assert_eq!(read, Arguments::Listed(expected));
    }

    #[wasm_bindgen_test]
    fn a_name_given_twice_is_shown_twice() {
        let read = Arguments::read(r#"{"path":"/tmp/a","path":"/etc/passwd"}"#);
        assert_eq!(read, Arguments::Listed(vec![text("path", "/tmp/a"), text("path", "/etc/passwd")]));
    }

    #[wasm_bindgen_test]
    fn what_is_no_object_is_shown_as_written() {
        for broken in [r#"{"to": "a"#, r#"["a"]"#, "rm -rf", r#"{"a":1} {"b":2}"#, "12"] {
            assert_eq!(Arguments::read(broken), Arguments::Raw(broken.to_owned()));
        }
    }

    #[wasm_bindgen_test]
    fn nothing_is_nothing() {
        for empty in ["", "  ", "{}"] {
            assert_eq!(Arguments::read(empty), Arguments::Listed(vec![]));
        }
    }
}
