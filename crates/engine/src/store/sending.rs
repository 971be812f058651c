//! Table `sending` of ours: how words are sent in a conversation, as the user chose, and why its queue waits for the user.

use model::{ConversationId, SendOptions};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use super::error::unwritable;

pub(super) const V3: &str = "
CREATE TABLE sending (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL UNIQUE,
    options TEXT NOT NULL DEFAULT '',
    hold TEXT NOT NULL DEFAULT ''
) STRICT;
";

/// Why a queue waits for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// The user stopped the answer before it.
    Stopped,
    /// The answer before it failed.
    Failed,
    /// The line was lost within the answer before it.
    Lost,
    /// The app ended within the answer before it.
    Ended,
}

const PUT_OPTIONS: &str = "INSERT INTO sending (conversation, options) VALUES (?1, ?2)
    ON CONFLICT (conversation) DO UPDATE SET options = excluded.options";

/// From now on.
pub(super) fn put_options(to: &Connection, of: &ConversationId, options: &SendOptions) -> rusqlite::Result<()> {
    let options = serde_json::to_string(options).map_err(unwritable)?;
    to.prepare_cached(PUT_OPTIONS)?.execute([of.as_str(), &options])?;
    Ok(())
}

const PUT_HOLD: &str = "INSERT INTO sending (conversation, hold) VALUES (?1, ?2)
    ON CONFLICT (conversation) DO UPDATE SET hold = excluded.hold";

/// From now on; none: the queue goes by itself.
pub(super) fn put_hold(to: &Connection, of: &ConversationId, hold: Option<Hold>) -> rusqlite::Result<()> {
    let hold = hold.map(|hold| serde_json::to_string(&hold)).transpose().map_err(unwritable)?.unwrap_or_default();
    to.prepare_cached(PUT_HOLD)?.execute([of.as_str(), &hold])?;
    Ok(())
}

const GET: &str = "SELECT options, hold FROM sending WHERE conversation = ?1";

/// As chosen; the defaults if never, or if another version wrote something unknown.
pub(super) fn get(from: &Connection, of: &ConversationId) -> rusqlite::Result<(SendOptions, Option<Hold>)> {
    let found: Option<(String, String)> =
        from.prepare_cached(GET)?.query_row([of.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (options, hold) = found.unwrap_or_default();
    Ok((serde_json::from_str(&options).unwrap_or_default(), serde_json::from_str(&hold).ok()))
}
