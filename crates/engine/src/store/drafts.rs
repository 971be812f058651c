//! Table `drafts` of ours: what is written but not sent.

use model::ConversationId;
use rusqlite::{Connection, OptionalExtension};

pub(super) const V1: &str = "
CREATE TABLE drafts (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL DEFAULT 0
) STRICT;
";

const PUT: &str = "INSERT INTO drafts (conversation, text, at) VALUES (?1, ?2, ?3)
    ON CONFLICT (conversation) DO UPDATE SET text = excluded.text, at = excluded.at";
const DROP: &str = "DELETE FROM drafts WHERE conversation = ?1";

/// All of it; empty forgets it.
pub(super) fn put(connection: &Connection, of: &ConversationId, text: &str, at: i64) -> rusqlite::Result<()> {
    if text.is_empty() {
        connection.prepare_cached(DROP)?.execute([of.as_str()])?;
    } else {
        connection.prepare_cached(PUT)?.execute((of.as_str(), text, at))?;
    }
    Ok(())
}

const GET: &str = "SELECT text FROM drafts WHERE conversation = ?1";

/// Empty if there is none.
pub(super) fn get(connection: &Connection, of: &ConversationId) -> rusqlite::Result<String> {
    let text = connection.prepare_cached(GET)?.query_row([of.as_str()], |row| row.get(0)).optional()?;
    Ok(text.unwrap_or_default())
}
