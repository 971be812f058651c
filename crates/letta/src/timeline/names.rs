//! How items are named, from the server's ids alone, so that stream, history and restart meet at the same item. Nothing else knows
//! how a name looks.

use model::{Item, ItemId};

use crate::event::Head;

/// The kinds of text that a message of an agent may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Reasoning,
    Assistant,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Reasoning => "reasoning",
            Self::Assistant => "assistant",
        }
    }
}

/// A user's row: by the client's otid where the message has one, else by the message's own id (0.11.7 keeps no otid of users).
pub(super) fn user(otid_or_message: &str) -> ItemId {
    format!("user/{otid_or_message}").into()
}

/// A text of a message. One message may have several parts of a kind, which differ by part.
pub(super) fn text(message: &str, kind: Kind, part: Option<u32>) -> ItemId {
    match part {
        Some(part) => format!("{message}/{}/{part}", kind.word()).into(),
        None => format!("{message}/{}", kind.word()).into(),
    }
}

/// A tool call, by the message that made it: providers may use the same call id again in a later turn.
pub(super) fn tool(message: &str, call: &str) -> ItemId {
    format!("{message}/tool/{call}").into()
}

/// That a message summarised older turns.
pub(super) fn compaction(message: &str) -> ItemId {
    format!("{message}/compaction").into()
}

/// What a system message says.
pub(super) fn system(message: &str) -> ItemId {
    format!("{message}/system").into()
}

/// How the run that stands above ended, as the server said.
pub(super) fn end(above: &str) -> ItemId {
    format!("end/{above}").into()
}

/// That the run above was cut off: goes away when it goes on or is found whole in history.
pub(super) fn cut(above: &str) -> ItemId {
    format!("cut/{above}").into()
}

/// What the run above used.
pub(super) fn usage(above: &str) -> ItemId {
    format!("usage/{above}").into()
}

/// A round of a table that begins with the named item.
pub(super) fn round(first: &ItemId) -> ItemId {
    format!("round/{first}").into()
}

/// What is missing before a message.
pub(super) fn gap(below: &str) -> ItemId {
    format!("gap/{below}").into()
}

/// The message that stands below a gap.
pub(super) fn below_gap(id: &ItemId) -> Option<&str> {
    id.as_str().strip_prefix("gap/")
}

/// A message of an unknown kind; without an id of its own it is named by its place.
pub(super) fn unknown(message: Option<&str>, message_type: &str, position: i64) -> ItemId {
    match message {
        Some(message) => format!("{message}/unknown/{message_type}").into(),
        None => format!("unknown/{position}").into(),
    }
}

/// A name for a second item of a name: places come again once what stood there is moved.
pub(super) fn another(id: &ItemId) -> ItemId {
    format!("{id}~").into()
}

/// Whether it tells how a run ended.
pub(super) fn is_end(id: &ItemId) -> bool {
    id.as_str().starts_with("end/") || is_cut(id)
}

/// Whether it tells that a run was cut off.
pub(super) fn is_cut(id: &ItemId) -> bool {
    id.as_str().starts_with("cut/")
}

/// The server's message that an item is a part of; none for user rows and for what Tertulia states itself.
pub(super) fn message(id: &ItemId) -> Option<&str> {
    let (message, _) = id.as_str().split_once('/')?;
    message.starts_with("message-").then_some(message)
}

/// The message that an item is a part of, server's or not: what stands before the first slash.
pub(super) fn stem(id: &ItemId) -> &str {
    id.as_str().split_once('/').map_or(id.as_str(), |(stem, _)| stem)
}

/// The same part of another message.
pub(super) fn under(id: &ItemId, message: &str) -> ItemId {
    match id.as_str().split_once('/') {
        Some((_, part)) => format!("{message}/{part}").into(),
        None => message.into(),
    }
}

/// Whether the item is the text of a kind of a message, whatever its part.
pub(super) fn is_text(item: &Item, message: &str, kind: Kind) -> bool {
    item.id
        .as_str()
        .strip_prefix(message)
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.strip_prefix(kind.word()))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The part of its message that an event is. An otid tells: it is the message's id with the low 7 bits replaced by the part's index (API facts §4; true in all
/// recordings, for streams and history alike).
pub(crate) fn part(head: &Head) -> Option<u32> {
    if head.part.is_some() {
        return head.part;
    }
    let otid = uuid(head.otid.as_deref()?)?;
    let id = uuid(head.id.as_deref()?)?;
    // The message that asks for approval is one below the one that was streamed, its parts may keep the other's otids.
    let kin = [id, id.wrapping_add(1), id.wrapping_sub(1)].iter().any(|id| id >> 7 == otid >> 7);
    kin.then_some((otid & 0x7f) as u32)
}

/// The message whose id is one above, in the server's spelling. A token-streamed step that asks for approval is streamed under the
/// id X, asked and stored under X-1 (recording 0.16.8/approval-request-tokens-v1).
pub(super) fn above(message: &str) -> Option<String> {
    let number = uuid(message)?.wrapping_add(1);
    let hex = format!("{number:032x}");
    Some(format!("message-{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// Two names of one model answer: what was streamed, and what asks for approval (see [`above`]).
pub(super) fn are_kin(one: &str, other: &str) -> bool {
    above(one).as_deref() == Some(other) || above(other).as_deref() == Some(one)
}

fn uuid(id: &str) -> Option<u128> {
    let text = id.strip_prefix("message-").unwrap_or(id);
    if text.len() != 36 {
        return None;
    }
    text.bytes().filter(|&byte| byte != b'-').try_fold(0u128, |number, byte| {
        let digit = char::from(byte).to_digit(16)?;
        Some(number << 4 | u128::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_above_carries_over() {
        assert_eq!(
            above("message-e83f2092-9568-4b59-875f-e17ff102c6ff").as_deref(),
            Some("message-e83f2092-9568-4b59-875f-e17ff102c700")
        );
        assert_eq!(above("message-nonsense"), None);
    }

    #[test]
    fn parts_come_from_the_otid_of_the_same_message_only() {
        let head = |id: &str, otid: &str| Head { id: Some(id.into()), otid: Some(otid.into()), ..Head::default() };
        let id = "message-bd16c07e-df0b-48b6-b12a-6fe3796c4447";
        assert_eq!(part(&head(id, "bd16c07e-df0b-48b6-b12a-6fe3796c4402")), Some(2));
        assert_eq!(part(&head(id, "7b7e0a48-6edb-4c46-93d8-dc7943886a2b")), None);
    }
}
