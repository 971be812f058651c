//! Table `cursors` of the cache: how far a conversation is read, at both ends. Saved in the same transaction as the items it
//! stands for, so that nothing is lost or doubled after a crash.

use model::RunId;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::conversations::filled;

pub(super) const V1: &str = "
CREATE TABLE cursors (
    conversation INTEGER PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    run TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL DEFAULT 0,
    newest TEXT NOT NULL DEFAULT '',
    oldest TEXT NOT NULL DEFAULT '',
    whole INTEGER NOT NULL DEFAULT 0
) STRICT;
";

/// How far a conversation is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The run whose stream is under way; none when nothing runs.
    pub run: Option<RunId>,
    /// The last event of that run which the items hold (`seq_id`); 0 before the first.
    pub seq: u64,
    /// The newest message of the server's history that the items hold (`message-…`).
    pub newest: Option<String>,
    /// The oldest one: what comes before it is asked of the server.
    pub oldest: Option<String>,
    /// The server has nothing before `oldest`.
    pub whole: bool,
}

const PUT: &str = "INSERT INTO cursors (conversation, run, seq, newest, oldest, whole)
    VALUES (:conversation, :run, :seq, :newest, :oldest, :whole)
    ON CONFLICT (conversation) DO UPDATE SET run = excluded.run, seq = excluded.seq, newest = excluded.newest,
        oldest = excluded.oldest, whole = excluded.whole";

/// From now on.
pub(super) fn put(connection: &Connection, key: i64, cursor: &Cursor) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT)?.execute(named_params! {
        ":conversation": key, ":run": cursor.run.as_ref().map_or("", RunId::as_str),
        ":seq": i64::try_from(cursor.seq).unwrap_or(i64::MAX),
        ":newest": cursor.newest.as_deref().unwrap_or_default(),
        ":oldest": cursor.oldest.as_deref().unwrap_or_default(), ":whole": cursor.whole,
    })?;
    Ok(())
}

const GET: &str = "SELECT run, seq, newest, oldest, whole FROM cursors WHERE conversation = ?1";

/// As last saved; the default if never.
pub(super) fn get(connection: &Connection, key: i64) -> rusqlite::Result<Cursor> {
    let cursor = connection
        .prepare_cached(GET)?
        .query_row([key], |row| {
            Ok(Cursor {
                run: filled(row.get(0)?).map(RunId::from),
                seq: u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
                newest: filled(row.get(2)?),
                oldest: filled(row.get(3)?),
                whole: row.get(4)?,
            })
        })
        .optional()?;
    Ok(cursor.unwrap_or_default())
}
