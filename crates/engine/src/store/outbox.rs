//! Table `outbox` of ours: the user's words until the server has them. The row in the timeline that shows them is in the cache,
//! which may be lost; this may not.

use model::ConversationId;
use rusqlite::{Connection, Row};

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

/// Words on their way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// Where to.
    pub conversation: ConversationId,
    /// Our id of the message, which the server gives back.
    pub otid: String,
    /// As typed.
    pub text: String,
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
}

const PUT: &str = "INSERT INTO outbox (otid, conversation, text, at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (otid) DO UPDATE SET conversation = excluded.conversation, text = excluded.text, at = excluded.at";

/// Kept until taken.
pub(super) fn put(connection: &Connection, words: &Unsent) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT)?.execute((&words.otid, words.conversation.as_str(), &words.text, words.at))?;
    Ok(())
}

const TAKE: &str = "DELETE FROM outbox WHERE otid = ?1";

/// The server has it, or the user took it back. Unknown ones are no error.
pub(super) fn take(connection: &Connection, otid: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(TAKE)?.execute([otid])?;
    Ok(())
}

const LIST: &str = "SELECT conversation, otid, text, at FROM outbox WHERE conversation = ?1 ORDER BY id";

/// What waits in a conversation, in the order it was written.
pub(super) fn list(connection: &Connection, of: &ConversationId) -> rusqlite::Result<Vec<Unsent>> {
    connection.prepare_cached(LIST)?.query_map([of.as_str()], read)?.collect()
}

const ALL: &str = "SELECT conversation, otid, text, at FROM outbox ORDER BY id";

/// What waits anywhere, in the order it was written.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Unsent>> {
    connection.prepare_cached(ALL)?.query_map([], read)?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Unsent> {
    Ok(Unsent { conversation: row.get::<_, String>(0)?.into(), otid: row.get(1)?, text: row.get(2)?, at: row.get(3)? })
}
