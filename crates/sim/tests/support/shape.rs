//! Comparing the wire with recordings: keys, their order and the types of values, but neither ids nor words.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{recording, split};

/// Keys and types; strings that are ids keep their prefix.
pub fn shape(value: &Value) -> Value {
    match value {
        Value::Null => json!(null),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(text) => {
            let prefix = text.split_once('-').map(|(prefix, rest)| (prefix, rest.len()));
            match prefix {
                Some((prefix @ ("message" | "run" | "step" | "ping" | "agent" | "group"), 36)) => {
                    json!(format!("{prefix}-…"))
                }
                _ if text.len() == 36 && text.matches('-').count() == 4 => json!("uuid"),
                _ if text.len() == 25 && text.ends_with("+00:00") => json!("date"),
                _ => json!("string"),
            }
        }
        Value::Array(items) => {
            let mut shapes: Vec<Value> = items.iter().map(shape).collect();
            shapes.dedup();
            json!(shapes)
        }
        // By name: whether a parsed map keeps the order of its keys depends on who else is built with it.
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.iter().map(|(key, value)| (key, shape(value))).collect();
            json!(fields.into_iter().map(|(key, shape)| json!([key, shape])).collect::<Vec<_>>())
        }
    }
}

/// The shapes of a stream's events; neighbours that are alike count once, because pieces are cut differently.
pub fn shapes(events: &[String]) -> Vec<String> {
    let mut shapes: Vec<String> = events
        .iter()
        .map(|event| {
            let lines: Vec<String> = event
                .lines()
                .map(|line| {
                    match line.strip_prefix("data: ").and_then(|data| serde_json::from_str::<Value>(data).ok()) {
                        Some(data) => format!("{} {}{}", words(&data), keys_in_order(line), shape(&data)),
                        None => line.to_owned(),
                    }
                })
                .collect();
            lines.join("\n")
        })
        .collect();
    shapes.dedup();
    shapes
}

/// Words that are part of the contract.
fn words(data: &Value) -> String {
    ["message_type", "stop_reason", "status", "source", "error_type"]
        .iter()
        .filter_map(|key| data[key].as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The keys as they stand in the text, because a parsed map forgets their order.
fn keys_in_order(line: &str) -> String {
    let mut keys = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("\":") {
        let start = rest[..at].rfind('"').map_or(0, |quote| quote + 1);
        let key = &rest[start..at];
        if !key.is_empty() && key.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_') {
            keys.push(key);
        }
        rest = &rest[at + 2..];
    }
    keys.join(",")
}

/// A stream's events are those of a recording, shape by shape.
#[track_caller]
pub fn same(ours: &[String], name: &str) {
    let recorded = shapes(&split(&recording(name, "stream.sse")));
    let ours = shapes(ours);
    for (index, (ours, theirs)) in ours.iter().zip(&recorded).enumerate() {
        assert_eq!(ours, theirs, "{name}: event {index}");
    }
    assert_eq!(ours.len(), recorded.len(), "{name}: {:#?}\nrecorded {:#?}", ours, recorded);
}

/// A history's messages compared one by one.
#[track_caller]
pub fn same_list(ours: &Value, theirs: &Value, name: &str) {
    let kinds = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|message| format!("{} {}", words(message), shape(message))).collect()
    };
    assert_eq!(kinds(ours), kinds(theirs), "{name}");
}
