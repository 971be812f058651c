//! Table `read_marks` of ours: the newest item the user has seen in each conversation.

use model::{ConversationId, ItemId};
use rusqlite::{Connection, OptionalExtension};

pub(super) const V1: &str = "
CREATE TABLE read_marks (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL UNIQUE,
    item TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL DEFAULT 0
) STRICT;
";

const PUT: &str = "INSERT INTO read_marks (conversation, item, at) VALUES (?1, ?2, ?3)
    ON CONFLICT (conversation) DO UPDATE SET item = excluded.item, at = excluded.at";

/// Everything up to this item was seen.
pub(super) fn put(connection: &Connection, of: &ConversationId, item: &ItemId, at: i64) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT)?.execute((of.as_str(), item.as_str(), at))?;
    Ok(())
}

const GET: &str = "SELECT item FROM read_marks WHERE conversation = ?1";

/// None: nothing was ever marked.
pub(super) fn get(connection: &Connection, of: &ConversationId) -> rusqlite::Result<Option<ItemId>> {
    let item = connection.prepare_cached(GET)?.query_row([of.as_str()], |row| row.get::<_, String>(0)).optional()?;
    Ok(item.map(ItemId::from))
}
