//! Pictures in messages: how they are written, how a server stores those that a person sends, and which it refuses.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::ids;

/// A content part with a picture in it, as tools give back and people send.
pub fn picture(media_type: &str, bytes: &[u8]) -> Value {
    json!({"type": "image", "source": {"type": "base64", "media_type": media_type, "data": STANDARD.encode(bytes)}})
}

/// A content part that only names a picture the server has.
pub fn stored_picture(file: &str, media_type: &str) -> Value {
    json!({"type": "image", "source":
        {"type": "letta", "file_id": file, "media_type": media_type, "data": null, "detail": null}})
}

/// A person's words as stored: one text is a string, several parts are a list, and a picture lies in a file of the server
/// (recordings 0.16.8/list-messages-images-v1, stream-content-parts-history). Broken base64 is no obstacle.
///
/// # Errors
/// The server's words where it cannot get a picture: nothing but http and https is fetched, and the stand-in fetches nothing
/// (recordings 0.16.8/stream-image-file-url, stream-image-url-unreachable).
pub(crate) fn stored(content: &Value) -> Result<Value, String> {
    let Some(parts) = content.as_array() else { return Ok(content.clone()) };
    if let [part] = parts.as_slice()
        && let Some(text) = part.get("text")
    {
        return Ok(text.clone());
    }
    parts.iter().map(part).collect::<Result<Vec<Value>, String>>().map(Value::Array)
}

fn part(part: &Value) -> Result<Value, String> {
    let Some(source) = part.get("source") else {
        return Ok(json!({"type": "text", "text": part.get("text"), "signature": null}));
    };
    let text = |name: &str| source.get(name).and_then(Value::as_str);
    let (media_type, data) = match text("url") {
        None => (text("media_type").unwrap_or_default(), text("data").unwrap_or_default()),
        Some(url) => from_url(url)?,
    };
    let file = ids::fresh("file");
    Ok(json!({"type": "image", "source":
        {"type": "letta", "file_id": file, "media_type": media_type, "data": data, "detail": source.get("detail")}}))
}

fn from_url(url: &str) -> Result<(&str, &str), String> {
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    match scheme {
        "data" => Ok(rest.split_once(";base64,").unwrap_or(("", rest))),
        "http" | "https" => Err(format!(
            "INVALID_ARGUMENT: Failed to fetch image from {url}: Unexpected error: All connection attempts failed"
        )),
        _ => Err(format!(
            "INVALID_ARGUMENT: Unsupported image URL scheme '{scheme}'. Only 'http', 'https', and 'data' image URLs are supported. \
             Local file paths (file://) are not allowed."
        )),
    }
}

/// How many pictures there are among the parts of some words.
pub(crate) fn count(content: &Value) -> usize {
    content.as_array().map_or(0, |parts| parts.iter().filter(|part| is_picture(part)).count())
}

fn is_picture(part: &Value) -> bool {
    part.get("type").is_some_and(|kind| kind == "image")
}

/// What old clients get of a tool's return in parts: its texts, and a word for the pictures (source of 0.16.8:
/// `tool_return_to_text`).
pub(crate) fn flat(returned: &Value) -> Value {
    let Some(parts) = returned.as_array() else { return returned.clone() };
    let mut words: Vec<&str> = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
    let omitted = match count(returned) {
        0 => None,
        1 => Some("[Image omitted]".to_owned()),
        several => Some(format!("[{several} images omitted]")),
    };
    words.retain(|text| !text.is_empty());
    let text = words.join("\n");
    json!(match omitted {
        Some(omitted) if text.is_empty() => omitted,
        Some(omitted) => format!("{text} {omitted}"),
        None => text,
    })
}
