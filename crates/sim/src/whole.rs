//! A run as one JSON answer: everything it says is gathered until it ends.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{entity, turn::Begun, wire::Out};

/// Waits for the end (recordings 0.16.8/messages-nonstreaming-tool-v1, 0.11.7/group-rr-nonstreaming).
pub(crate) async fn answer(mut begun: Begun, group: bool) -> Response {
    let mut messages: Vec<Value> = Vec::new();
    let mut stop = json!({"message_type": "stop_reason", "stop_reason": "end_turn"});
    let mut usage = Value::Null;
    while let Some(out) = begun.heard.recv().await {
        match out {
            Out::Message(message) => messages.push(json!(message)),
            Out::Stop(reason) => stop = json!(reason),
            Out::Cancelled => stop = json!({"message_type": "stop_reason", "stop_reason": "cancelled"}),
            Out::Usage(used) => usage = json!(used),
            Out::Error(error) => {
                let body = json!({"type": error.error_type, "message": error.message, "detail": error.detail});
                return (status(&error.error_type), Json(json!({"error": body}))).into_response();
            }
            Out::Raw(bytes) => messages.extend(raw(&bytes)),
            Out::Done => {}
        }
    }
    let mut whole = json!({"messages": messages, "stop_reason": stop, "usage": usage});
    // What 0.16.8 has more in an agent's answer, and 0.11.7 in a group's usage.
    if group {
        entity::add_nulls(&mut whole["usage"], &["steps_messages"]);
    } else {
        entity::add_nulls(&mut whole, &["logprobs", "turns"]);
    }
    Json(whole).into_response()
}

/// Events of a script, where they are events.
fn raw(bytes: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(bytes)
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .filter_map(|data| serde_json::from_str(data).ok())
        .collect()
}

fn status(error_type: &str) -> StatusCode {
    match error_type {
        "llm_rate_limit" => StatusCode::TOO_MANY_REQUESTS,
        "llm_authentication" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
