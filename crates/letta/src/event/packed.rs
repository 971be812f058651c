//! JSON that Letta packs into a message's text, for the model and not for people: unpacked here. What a message says once it is
//! unpacked is `parse`.

use serde::Deserialize;
use serde_json::Value;

use super::{Return, Said, Words};

/// What stands around the words in a message in the user's name.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    message: Option<String>,
    // Always there; without it the text is something the user wrote.
    #[serde(rename = "time")]
    _time: String,
}

/// What stands around the value that a tool gave back, in answers before 0.6.
#[derive(Deserialize)]
struct Outcome {
    status: String,
    message: Value,
    #[serde(rename = "time")]
    _time: String,
}

/// Tells the user's words from what the server writes in their name. Login and heartbeat never have an otid (API facts §8).
pub(super) fn said(words: Words, no_otid: bool) -> Said {
    let text = words.text.trim();
    if text.starts_with("<system-alert>") && text.ends_with("</system-alert>") {
        return Said::Machine;
    }
    let Some(envelope) = envelope(text) else {
        return Said::Words(words);
    };
    match envelope.kind.as_str() {
        "user_message" => {
            let mut inner = envelope.message.unwrap_or_default();
            // One layer per member that had the message before.
            while let Some(message) =
                self::envelope(&inner).filter(|e| e.kind == "user_message").and_then(|e| e.message)
            {
                inner = message;
            }
            Said::Copy(Words { text: inner, ..words })
        }
        "system_alert" => Said::Summary(envelope.message.map(|text| summary(&text)).filter(|text| !text.is_empty())),
        "login" | "heartbeat" if no_otid => Said::Machine,
        _ => Said::Words(words),
    }
}

fn envelope(text: &str) -> Option<Envelope> {
    if !text.starts_with('{') {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// The summary without the note that introduces it to the model: "… summary of the previous messages:" (recording
/// 0.16.8/overflow-compaction-steps), older "… of the previous 12 messages:".
fn summary(text: &str) -> String {
    let after = text.split_once("summary of the previous ").and_then(|(_, rest)| {
        let (count, summary) = rest.split_once("messages:")?;
        count.trim().bytes().all(|byte| byte.is_ascii_digit()).then_some(summary)
    });
    after.unwrap_or(text).trim().to_owned()
}

/// Takes a tool's value out of its packing: `{"status": "OK", "message": "…", "time": "…"}`.
pub(super) fn unpack(returned: &mut Return) {
    let text = returned.words.text.trim();
    if !text.starts_with('{') {
        return;
    }
    let Ok(Outcome { status, message, .. }) = serde_json::from_str(text) else { return };
    match status.as_str() {
        "OK" => {}
        "Failed" => returned.ok = false,
        _ => return,
    }
    returned.words.text = match message {
        Value::String(text) => text,
        other => other.to_string(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Event;
    use crate::event::Body;

    fn user(content: &str, otid: Option<&str>) -> Said {
        let json = serde_json::json!({"message_type": "user_message", "otid": otid, "content": content});
        match Event::parse(&json.to_string()).body {
            Body::User(said) => said,
            other => panic!("{other:?}"),
        }
    }

    /// Only the first line has a recording of its own (0.16.8/overflow-compaction-steps); the others are from the server's source.
    #[test]
    fn summaries_lose_their_introduction() {
        for (note, expected) in [
            (
                "Note: prior messages have been hidden from view due to conversation memory constraints.\\nThe following is a summary of the previous messages:\\n We met.",
                "We met.",
            ),
            (
                "Note: prior messages (12 of 20 total messages) have been hidden.\\nThe following is a summary of the previous 12 messages:\\n We met.",
                "We met.",
            ),
            (
                "Note: 12 prior messages with the user have been hidden from view.",
                "Note: 12 prior messages with the user have been hidden from view.",
            ),
        ] {
            let said = user(&format!(r#"{{"type":"system_alert","message":"{note}","time":"now"}}"#), Some("o"));
            assert_eq!(said, Said::Summary(Some(expected.to_owned())));
        }
    }

    /// The members of a group wrap what came before, one in the other (recording 0.11.7/group-rr-list-asc has two layers).
    #[test]
    fn layers_are_taken_off_to_the_words() {
        let mut text = "Hello \"you\"".to_owned();
        for _ in 0..4 {
            text = serde_json::json!({"type": "user_message", "message": text, "time": "now"}).to_string();
            assert_eq!(user(&text, None), Said::Copy("Hello \"you\"".to_owned().into()));
        }
    }

    /// From the source of servers before 0.6; no recording is that old.
    #[test]
    fn unrecorded_packed_returns_of_old_servers_are_unpacked() {
        for (packed, text, ok) in [
            (r#"{"status": "OK", "message": "Sunny", "time": "now"}"#, "Sunny", true),
            (r#"{"status": "Failed", "message": "No city", "time": "now"}"#, "No city", false),
            (r#"{"status": "OK", "message": null, "time": "now"}"#, "null", true),
            (
                r#"{"status": "open", "message": "x", "time": "now"}"#,
                r#"{"status": "open", "message": "x", "time": "now"}"#,
                true,
            ),
            (r#"{"status": "OK"}"#, r#"{"status": "OK"}"#, true),
        ] {
            let json = serde_json::json!({"message_type": "function_return", "function_return": packed, "function_call_id": "c"});
            let Body::ToolReturns(returns) = Event::parse(&json.to_string()).body else { panic!("{packed}") };
            assert_eq!((returns[0].words.text.as_str(), returns[0].ok), (text, ok));
        }
    }
}
