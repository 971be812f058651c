//! A tool call's arguments as its card lists them: every one, in the order of the tool's schema or else as written, nothing merged,
//! nothing left out, texts as texts and all else letter by letter from the JSON. Pure.

use std::{collections::HashMap, fmt};

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
    /// Its name is given more than once: which of them counts is up to the tool.
    pub again: bool,
}

impl Argument {
    /// A text that a program reads, by what its name says: drawn as code in a box of its own.
    pub fn is_command(&self) -> bool {
        const COMMANDS: [&str; 9] =
            ["cmd", "code", "command", "expression", "query", "regex", "script", "shell", "sql"];
        !self.is_code && self.name.to_lowercase().split(['_', '-', ' ', '.']).any(|word| COMMANDS.contains(&word))
    }
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
            Ok(Pairs(pairs)) => {
                let mut given: HashMap<String, usize> = HashMap::new();
                for (name, _) in &pairs {
                    *given.entry(name.clone()).or_default() += 1;
                }
                let again = |name: &str| given.get(name).is_some_and(|count| *count > 1);
                Self::Listed(pairs.into_iter().map(|(name, raw)| argument(again(&name), name, &raw)).collect())
            }
            Err(_) if text.trim().is_empty() => Self::Listed(Vec::new()),
            Err(_) => Self::Raw(text.to_owned()),
        }
    }

    /// The same in this order of names; those that are not in it follow, as written.
    pub fn in_order(mut self, order: &[String]) -> Self {
        if let Self::Listed(arguments) = &mut self {
            let place = |name: &str| order.iter().position(|other| other == name).unwrap_or(order.len());
            arguments.sort_by_key(|argument| place(&argument.name));
        }
        self
    }

    /// The one that tells calls of a tool apart, and how many others there are.
    pub fn first(&self) -> Option<(&str, usize)> {
        match self {
            Self::Listed(arguments) => {
                let tells = |argument: &&Argument| !matches!(argument.name.as_str(), "request_heartbeat" | "thinking");
                let first = arguments.iter().find(tells)?;
                Some((&first.value, arguments.len() - 1))
            }
            Self::Raw(text) => Some((text, 0)),
        }
    }
}

fn argument(again: bool, name: String, raw: &RawValue) -> Argument {
    // A text with half a character in it ("\ud800") is none: it is shown as written.
    match serde_json::from_str::<String>(raw.get()) {
        Ok(text) => Argument { name, value: text, is_code: false, again },
        Err(_) => Argument { name, value: raw.get().to_owned(), is_code: true, again },
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
        Argument { name: name.into(), value: value.into(), is_code: false, again: false }
    }

    fn code(name: &str, value: &str) -> Argument {
        Argument { name: name.into(), value: value.into(), is_code: true, again: false }
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
        let twice = |value: &str| Argument { again: true, ..text("path", value) };
        assert_eq!(read, Arguments::Listed(vec![twice("/tmp/a"), twice("/etc/passwd")]));
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

    #[wasm_bindgen_test]
    fn the_schema_gives_the_order_and_what_it_does_not_know_follows() {
        let order = ["to".to_owned(), "subject".to_owned(), "body".to_owned()];
        let read = Arguments::read(r#"{"body":"b","x":1,"to":"a","w":2,"to":"c"}"#).in_order(&order);
        let Arguments::Listed(listed) = read else { panic!("listed") };
        let names: Vec<(&str, &str)> = listed.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
        assert_eq!(names, [("to", "a"), ("to", "c"), ("body", "b"), ("x", "1"), ("w", "2")]);
    }

    #[wasm_bindgen_test]
    fn numbers_and_half_characters_stay_as_written() {
        let read = Arguments::read(r#"{"n":12345678901234567890123456789.10,"e":1e999,"half":"\ud800x"}"#);
        let expected =
            vec![code("n", "12345678901234567890123456789.10"), code("e", "1e999"), code("half", r#""\ud800x""#)];
        assert_eq!(read, Arguments::Listed(expected));
    }

    #[wasm_bindgen_test]
    fn commands_are_known_by_their_names() {
        assert!(text("command", "ls").is_command() && text("python_code", "1").is_command());
        assert!(!text("to", "a@b.pt").is_command() && !code("code", "12").is_command());
    }
}
