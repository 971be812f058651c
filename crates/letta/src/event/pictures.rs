//! Pictures within messages: what an item may say of one, and, beside it, its bytes, which no item ever holds. What a picture really
//! is (a PNG, a bomb, a web page) is not looked at here.

use base64::Engine as _;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use bytes::Bytes;
use model::{ImageId, ImageRef};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Padded or not: what decodes is a picture for whoever looks at it next.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What 0.16 puts into the text of a tool's return in place of one picture; of several it is `[2 images omitted]`.
const OMITTED: &str = "[Image omitted]";

/// What servers without eyes put in place of a picture, as a text part of its own.
const HERE: &str = "[Image Here]";

/// The bytes of a picture that came inside a message. Taken from the event by [`crate::Event::take_payloads`]; the items refer to them
/// by the same hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    /// The SHA-256 of `bytes`.
    pub hash: ImageId,
    /// As declared, which may be wrong.
    pub media_type: String,
    /// Decoded, as they came.
    pub bytes: Bytes,
}

impl std::fmt::Debug for Payload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Payload({}, {}, {} bytes)", self.media_type, self.hash, self.bytes.len())
    }
}

impl Payload {
    /// These bytes, under their name.
    pub fn new(media_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let hash = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Self { hash: hash.into(), media_type: media_type.into(), bytes }
    }

    /// How an item refers to it.
    pub fn reference(&self) -> ImageRef {
        ImageRef::Inline {
            media_type: self.media_type.clone(),
            bytes: self.bytes.len() as u64,
            hash: Some(self.hash.clone()),
        }
    }
}

/// The picture in a content part, as Letta writes it (recordings 0.16.8/stream-image-*-history, list-messages-images-v1), as OpenAI
/// does (`image_url`), or as MCP tools do (`data` beside `mimeType`).
pub(super) fn image(part: &Map<String, Value>) -> Option<(ImageRef, Option<Payload>)> {
    if let Some(url) = part.get("image_url") {
        let url = url.as_str().or_else(|| url.get("url").and_then(Value::as_str))?;
        return Some(by_url(url));
    }
    if text(part, "type") == Some("image") && part.get("data").is_some_and(Value::is_string) {
        return Some(inline(media_type(part).unwrap_or_default(), text(part, "data")));
    }
    let source = part.get("source")?.as_object()?;
    match text(source, "type")? {
        "url" => Some(by_url(text(source, "url")?)),
        "base64" => Some(inline(media_type(source).unwrap_or_default(), text(source, "data"))),
        _ => {
            let picture = text(source, "data").and_then(|data| decoded(media_type(source).unwrap_or_default(), data));
            let reference = ImageRef::Stored {
                file: text(source, "file_id").map(str::to_owned),
                media_type: media_type(source).map(str::to_owned),
                hash: picture.as_ref().map(|picture| picture.hash.clone()),
            };
            Some((reference, picture))
        }
    }
}

/// Whether a text part stands for a picture that the server did not keep.
pub(super) fn is_stand_in(part: &str) -> bool {
    part == HERE
}

/// Takes the words for pictures that a tool gave back from the end of the text that 0.16 makes for old clients. How many there were.
pub(super) fn take_omitted(text: &mut String) -> usize {
    let Some(start) = text.rfind('[') else { return 0 };
    let several = || text[start..].strip_prefix('[')?.strip_suffix(" images omitted]")?.parse().ok();
    let count = if &text[start..] == OMITTED { Some(1) } else { several() };
    // More than a screen of nothing is no news; the number is the server's and may be anything.
    let Some(count) = count.filter(|count| (1..=100).contains(count)) else { return 0 };
    text.truncate(start);
    text.truncate(text.trim_end().len());
    count
}

/// A picture that the server has, or had, and does not hand out.
pub(super) fn withheld() -> ImageRef {
    ImageRef::Stored { file: None, media_type: None, hash: None }
}

/// An address on the web, or a picture dressed as one.
fn by_url(url: &str) -> (ImageRef, Option<Payload>) {
    let Some((kind, data)) = url.strip_prefix("data:").and_then(|rest| rest.split_once(',')) else {
        return (ImageRef::Remote { url: url.to_owned() }, None);
    };
    let media_type = kind.split(';').next().unwrap_or_default();
    let data = kind.ends_with(";base64").then_some(data);
    inline(media_type, data)
}

fn inline(media_type: &str, data: Option<&str>) -> (ImageRef, Option<Payload>) {
    match data.and_then(|data| decoded(media_type, data)) {
        Some(picture) => (picture.reference(), Some(picture)),
        None => (ImageRef::Inline { media_type: media_type.to_owned(), bytes: 0, hash: None }, None),
    }
}

/// The bytes; none for broken base64 (recording 0.16.8/list-messages-images-v1 has `###`) and for no bytes at all.
fn decoded(media_type: &str, data: &str) -> Option<Payload> {
    let bytes = match BASE64.decode(data) {
        Ok(bytes) => bytes,
        // Some encoders break lines.
        Err(_) => BASE64.decode(data.split_ascii_whitespace().collect::<String>()).ok()?,
    };
    (!bytes.is_empty()).then(|| Payload::new(media_type, bytes))
}

fn media_type(map: &Map<String, Value>) -> Option<&str> {
    ["media_type", "mimeType", "mime_type"].into_iter().find_map(|key| text(map, key))
}

fn text<'m>(map: &'m Map<String, Value>, key: &str) -> Option<&'m str> {
    map.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Body, Event, Words};

    /// One red dot, and its hash by `sha256sum`.
    const DOT: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DAwMDAxMDAwMDAAAANHQEDasKb6QAAAABJRU5ErkJggg==";

    fn words(content: &str) -> (Words, Vec<Payload>) {
        let mut event = Event::parse(&format!(r#"{{"message_type":"assistant_message","content":{content}}}"#));
        let payloads = event.take_payloads();
        assert!(event.take_payloads().is_empty(), "taken once");
        match event.body {
            Body::Assistant(words) => (words, payloads),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_bytes_come_beside_the_reference_wherever_they_stood() {
        let source = |source: &str| format!(r#"[{{"type":"image","source":{source}}}]"#);
        for (content, stored) in [
            (source(&format!(r#"{{"type":"base64","media_type":"image/png","data":"{DOT}"}}"#)), false),
            (
                source(&format!(r#"{{"type":"letta","file_id":"file-1","media_type":"image/png","data":"{DOT}"}}"#)),
                true,
            ),
            (source(&format!(r#"{{"type":"url","url":"data:image/png;base64,{DOT}"}}"#)), false),
            (format!(r#"[{{"type":"image_url","image_url":{{"url":"data:image/png;base64,{DOT}"}}}}]"#), false),
            (format!(r#"[{{"type":"image","mimeType":"image/png","data":"{DOT}"}}]"#), false),
            (format!(r#"[{{"type":"image","mimeType":"image/png","data":"{}\n{}"}}]"#, &DOT[..76], &DOT[76..]), false),
        ] {
            let (words, payloads) = words(&content);
            assert_eq!(payloads.len(), 1, "{content}");
            assert_eq!(&payloads[0].bytes[..4], b"\x89PNG");
            assert_eq!(words.images[0].hash(), Some(&payloads[0].hash), "{content}");
            assert_eq!(words.text, "");
            assert_eq!(matches!(words.images[0], ImageRef::Stored { .. }), stored, "{content}");
            assert!(!format!("{:?}", words.images).contains("iVBOR"), "the bytes are in no item");
        }
    }

    #[test]
    fn pictures_without_bytes_are_still_pictures() {
        for (content, expected) in [
            (
                r#"[{"type":"image","source":{"type":"url","url":"https://example.org/a.png"}}]"#,
                ImageRef::Remote { url: "https://example.org/a.png".to_owned() },
            ),
            (
                r#"[{"type":"image","source":{"type":"letta","file_id":"file-1","media_type":null,"data":null}}]"#,
                ImageRef::Stored { file: Some("file-1".to_owned()), media_type: None, hash: None },
            ),
            (
                r####"[{"type":"image","source":{"type":"letta","file_id":"file-1","media_type":"image/png","data":"###"}}]"####,
                ImageRef::Stored {
                    file: Some("file-1".to_owned()),
                    media_type: Some("image/png".to_owned()),
                    hash: None,
                },
            ),
            (
                r####"[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"###"}}]"####,
                ImageRef::Inline { media_type: "image/png".to_owned(), bytes: 0, hash: None },
            ),
            (
                r#"[{"type":"image","source":{"type":"url","url":"data:image/svg+xml,%3Csvg%3E"}}]"#,
                ImageRef::Inline { media_type: "image/svg+xml".to_owned(), bytes: 0, hash: None },
            ),
            (r#"[{"type":"text","text":"[Image Here]"},{"type":"text","text":""}]"#, withheld()),
        ] {
            let (words, payloads) = words(content);
            assert_eq!(words.images, [expected], "{content}");
            assert!(payloads.is_empty() && words.text.is_empty(), "{content}");
        }
    }

    #[test]
    fn what_a_tool_s_text_says_of_pictures_are_pictures() {
        for (text, rest, count) in [
            ("A cat. [Image omitted]", "A cat.", 1),
            ("[Image omitted]", "", 1),
            ("[12 images omitted]", "", 12),
            ("[Image omitted] is what I read", "[Image omitted] is what I read", 0),
            ("[x images omitted]", "[x images omitted]", 0),
            ("[99999999 images omitted]", "[99999999 images omitted]", 0),
            ("a[1]", "a[1]", 0),
        ] {
            let event = Event::parse(&format!(
                r#"{{"message_type":"tool_return_message","tool_return":"{text}","tool_call_id":"c","status":"success"}}"#
            ));
            let Body::ToolReturns(returns) = event.body else { panic!("{text}") };
            assert_eq!((returns[0].words.text.as_str(), returns[0].words.images.len()), (rest, count), "{text}");
        }
    }

    #[test]
    fn what_is_kept_is_shown_by_its_own_name() {
        let part = format!(r#"{{"type":"image","source":{{"type":"letta","file_id":"file-1","data":"{DOT}"}}}}"#);
        let mut event = Event::parse(&format!(
            r#"{{"message_type":"tool_return_message","tool_returns":[{{"tool_return":[{part}]}},{{"tool_return":[{part}]}}]}}"#
        ));
        let payloads = event.take_payloads();
        assert_eq!(payloads.len(), 2);
        let kept = model::Picture {
            image: "a-smaller-one".into(),
            media_type: "image/png".to_owned(),
            width: 2,
            height: 2,
            bytes: 70,
        };
        event.keep(&"another".into(), &kept);
        event.keep(&payloads[0].hash, &kept);
        let Body::ToolReturns(returns) = event.body else { panic!() };
        for returned in returns {
            assert_eq!(returned.words.images, [ImageRef::Kept(kept.clone())]);
        }
    }

    #[test]
    fn the_hash_is_the_picture_s_sha256() {
        let picture = Payload::new("image/png", b"abc".as_slice());
        assert_eq!(picture.hash.as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(format!("{picture:?}"), format!("Payload(image/png, {}, 3 bytes)", picture.hash));
    }
}
