//! Table `outbox` of ours: the user's words until the server has them, first those that wait (the queue), then those on their way.
//! The row in the timeline that shows words on their way is in the cache, which may be lost; this may not.

use model::{ConversationId, ImageId};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use super::error::unwritable;

pub(super) const V1: &str = "
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    otid TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_by_conversation ON outbox (conversation, id);
";

pub(super) const V3: &str = "
ALTER TABLE outbox ADD COLUMN images TEXT NOT NULL DEFAULT '';
ALTER TABLE outbox ADD COLUMN queued INTEGER NOT NULL DEFAULT 0;
";

/// Words that the server does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// Where to.
    pub conversation: ConversationId,
    /// Our id of the message, which the server gives back.
    pub otid: String,
    /// As typed.
    pub text: String,
    /// Pictures that go with them, in order.
    pub images: Vec<ImageId>,
    /// What those pictures are called, in the same order; empty where nobody knows.
    pub names: Vec<String>,
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
    /// They wait in the queue; else they are on their way.
    pub queued: bool,
}

/// A picture as it is kept: with its name, or as it was kept before names were.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Named { image: ImageId, name: String },
    Nameless(ImageId),
}

const PUT: &str = "INSERT INTO outbox (otid, conversation, text, images, at, queued) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (otid) DO UPDATE SET conversation = excluded.conversation, text = excluded.text, images = excluded.images,
        at = excluded.at, queued = excluded.queued";

/// Kept until taken; as given from now on.
pub(super) fn put(connection: &Connection, words: &Unsent) -> rusqlite::Result<()> {
    let images = if words.images.is_empty() {
        String::new()
    } else {
        let names = words.names.iter().map(Some).chain(std::iter::repeat(None));
        let kept = words.images.iter().cloned().zip(names).map(|(image, name)| match name {
            Some(name) if !name.is_empty() => Kept::Named { image, name: name.clone() },
            Some(_) | None => Kept::Nameless(image),
        });
        serde_json::to_string(&kept.collect::<Vec<_>>()).map_err(unwritable)?
    };
    connection.prepare_cached(PUT)?.execute((
        &words.otid,
        words.conversation.as_str(),
        &words.text,
        images,
        words.at,
        words.queued,
    ))?;
    Ok(())
}

const TAKE: &str = "DELETE FROM outbox WHERE otid = ?1";

/// The server has it, or the user took it back. Unknown ones are no error.
pub(super) fn take(connection: &Connection, otid: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(TAKE)?.execute([otid])?;
    Ok(())
}

const LIST: &str =
    "SELECT conversation, otid, text, images, at, queued FROM outbox WHERE conversation = ?1 AND queued = ?2
    ORDER BY id";

/// What waits in a conversation (`queued`) or is on its way, in the order it was written.
pub(super) fn list(connection: &Connection, of: &ConversationId, queued: bool) -> rusqlite::Result<Vec<Unsent>> {
    connection.prepare_cached(LIST)?.query_map((of.as_str(), queued), read)?.collect()
}

const ALL: &str = "SELECT conversation, otid, text, images, at, queued FROM outbox ORDER BY id";

/// What waits anywhere, in the order it was written.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Unsent>> {
    connection.prepare_cached(ALL)?.query_map([], read)?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Unsent> {
    let images: String = row.get("images")?;
    // A list that cannot be read must not cost the words.
    let kept: Vec<Kept> = serde_json::from_str(&images).unwrap_or_default();
    let named = kept.into_iter().map(|kept| match kept {
        Kept::Named { image, name } => (image, name),
        Kept::Nameless(image) => (image, String::new()),
    });
    let (images, names) = named.unzip();
    Ok(Unsent {
        conversation: row.get::<_, String>("conversation")?.into(),
        otid: row.get("otid")?,
        text: row.get("text")?,
        images,
        names,
        at: row.get("at")?,
        queued: row.get("queued")?,
    })
}
