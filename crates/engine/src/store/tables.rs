//! Table `tables` of ours: the tables that the app leads, as they were set, and how each stands. What was said at them is read from the
//! cache's `items`, as of any conversation, and kept in ours too (`copies.rs`).

use model::{ConversationId, ProfileId, Table};
use rusqlite::{Connection, OptionalExtension};

use super::error::unwritable;

pub(super) const V5: &str = "
CREATE TABLE tables (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL UNIQUE,
    profile TEXT NOT NULL DEFAULT '',
    settings TEXT NOT NULL DEFAULT '',
    archived INTEGER NOT NULL DEFAULT 0,
    made_at INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX tables_by_profile ON tables (profile);
";

/// How the name of a table begins in our id of it.
pub(crate) const PREFIX: &str = "table-";

/// Whether a conversation is a table that the app leads.
pub(crate) fn is_table(id: &ConversationId) -> bool {
    id.as_str().split_once('/').is_some_and(|(_, named)| named.starts_with(PREFIX))
}

/// A table as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedTable {
    /// Which.
    pub conversation: ConversationId,
    /// In whose list it stands.
    pub profile: ProfileId,
    /// As the user set it.
    pub table: Table,
    /// Put away.
    pub archived: bool,
    /// In milliseconds since 1970 UTC.
    pub made_at: i64,
}

const PUT: &str = "INSERT INTO tables (conversation, profile, settings, archived, made_at) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (conversation) DO UPDATE SET profile = excluded.profile, settings = excluded.settings,
        archived = excluded.archived";

/// A new table, or one as it is set now. How it stands is left.
pub(super) fn put(to: &Connection, saved: &SavedTable) -> rusqlite::Result<()> {
    let settings = serde_json::to_string(&saved.table).map_err(unwritable)?;
    to.prepare_cached(PUT)?.execute((
        saved.conversation.as_str(),
        saved.profile.as_str(),
        settings,
        saved.archived,
        saved.made_at,
    ))?;
    Ok(())
}

const PUT_STATE: &str = "UPDATE tables SET state = ?2 WHERE conversation = ?1";

/// How it stands from now on.
pub(super) fn put_state(to: &Connection, of: &ConversationId, state: &str) -> rusqlite::Result<()> {
    to.prepare_cached(PUT_STATE)?.execute([of.as_str(), state])?;
    Ok(())
}

const STATE: &str = "SELECT state FROM tables WHERE conversation = ?1";

/// How it stands; empty if it never began.
pub(super) fn state(from: &Connection, of: &ConversationId) -> rusqlite::Result<String> {
    let state = from.prepare_cached(STATE)?.query_row([of.as_str()], |row| row.get(0)).optional()?;
    Ok(state.unwrap_or_default())
}

const ALL: &str =
    "SELECT conversation, profile, settings, archived, made_at FROM tables WHERE settings <> '' ORDER BY id";

/// All of them. One that a later version wrote and this one cannot read is left out, and left alone.
pub(super) fn all(from: &Connection) -> rusqlite::Result<Vec<SavedTable>> {
    let mut tables = Vec::new();
    let mut statement = from.prepare_cached(ALL)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (conversation, profile, settings): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let Ok(table) = serde_json::from_str(&settings) else {
            tracing::warn!(conversation, "a table cannot be read");
            continue;
        };
        tables.push(SavedTable {
            conversation: conversation.into(),
            profile: profile.into(),
            table,
            archived: row.get(3)?,
            made_at: row.get(4)?,
        });
    }
    Ok(tables)
}

const FORGET: &str = "DELETE FROM tables WHERE profile = ?1";

/// Those of a server that is forgotten.
pub(super) fn forget(to: &Connection, profile: &ProfileId) -> rusqlite::Result<()> {
    to.prepare_cached(FORGET)?.execute([profile.as_str()])?;
    Ok(())
}

const DELETE: &str = "UPDATE tables SET settings = '', state = '' WHERE conversation = ?1";

/// One that the user deletes. Its name stays until the cache has forgotten it too (`copies.rs`).
pub(super) fn delete(to: &Connection, of: &ConversationId) -> rusqlite::Result<()> {
    to.prepare_cached(DELETE)?.execute([of.as_str()])?;
    Ok(())
}

const DELETED: &str = "SELECT conversation FROM tables WHERE settings = ''";

/// Those that were deleted, and which the cache may still have.
pub(super) fn deleted(from: &Connection) -> rusqlite::Result<Vec<ConversationId>> {
    from.prepare_cached(DELETED)?.query_map([], |row| Ok(row.get::<_, String>(0)?.into()))?.collect()
}

const FORGET_NAME: &str = "DELETE FROM tables WHERE conversation = ?1 AND settings = ''";

/// Nothing is left of a deleted one.
pub(super) fn forget_name(to: &Connection, of: &ConversationId) -> rusqlite::Result<()> {
    to.prepare_cached(FORGET_NAME)?.execute([of.as_str()])?;
    Ok(())
}
