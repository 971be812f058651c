//! Table `conversations` of the cache: the rows of the sidebar. Who sits in them is in `members.rs`, what was said in `items.rs`. Ours
//! has the same table for the tables that the app leads alone.

use model::{Conversation, ConversationId, ConversationKind, LastWords, Pattern, ProfileId, Turn};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{error::unwritable, members};

/// `listed` is 0 for what the server no longer has: its items stay, its row is hidden. `place` is the order of the sidebar.
pub(super) const V1: &str = "
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    profile TEXT NOT NULL DEFAULT '',
    listed INTEGER NOT NULL DEFAULT 0,
    place INTEGER NOT NULL DEFAULT 0,
    kind TEXT NOT NULL DEFAULT 'agent',
    title TEXT NOT NULL DEFAULT '',
    pattern TEXT NOT NULL DEFAULT '',
    closed TEXT NOT NULL DEFAULT '',
    last_speaker TEXT NOT NULL DEFAULT '',
    last_text TEXT NOT NULL DEFAULT '',
    last_at INTEGER NOT NULL DEFAULT 0,
    has_last INTEGER NOT NULL DEFAULT 0,
    unread INTEGER NOT NULL DEFAULT 0,
    waiting INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX conversations_by_place ON conversations (profile, listed, place);
";

/// `saves` counts how often a table that the app leads was saved: see `copies.rs`.
pub(super) const SAVES: &str = "
ALTER TABLE conversations ADD COLUMN saves INTEGER NOT NULL DEFAULT 0;
";

/// What a sidebar row says about the newest items, saved together with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowWords {
    /// What was said last.
    pub last: Option<LastWords>,
    /// Something new since it was last open.
    pub unread: bool,
    /// Requests that wait for a decision.
    pub waiting: u32,
}

const KEY: &str = "SELECT id FROM conversations WHERE name = ?1";

/// The key of a conversation's rows in the other tables.
pub(super) fn key(connection: &Connection, conversation: &ConversationId) -> rusqlite::Result<Option<i64>> {
    connection.prepare_cached(KEY)?.query_row([conversation.as_str()], |row| row.get(0)).optional()
}

const ENSURE: &str = "INSERT INTO conversations (name, profile) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";

/// The same; a conversation not seen before gets a hidden row, so that talk is never refused for want of a list.
pub(super) fn ensure(connection: &Connection, conversation: &ConversationId) -> rusqlite::Result<i64> {
    if let Some(key) = key(connection, conversation)? {
        return Ok(key);
    }
    let profile = conversation.as_str().split_once('/').map_or("", |(profile, _)| profile);
    connection.prepare_cached(ENSURE)?.execute([conversation.as_str(), profile])?;
    Ok(connection.last_insert_rowid())
}

const SAVED: &str = "SELECT saves FROM conversations WHERE name = ?1";

/// Up to which save it holds all of a table; 0: it may lack some.
pub(super) fn saves(connection: &Connection, table: &ConversationId) -> rusqlite::Result<i64> {
    let saves = connection.prepare_cached(SAVED)?.query_row([table.as_str()], |row| row.get(0)).optional()?;
    Ok(saves.unwrap_or_default())
}

const PUT_SAVES: &str = "UPDATE conversations SET saves = ?2 WHERE id = ?1";

/// It holds all of a table up to this save.
pub(super) fn put_saves(connection: &Connection, key: i64, saves: i64) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT_SAVES)?.execute([key, saves])?;
    Ok(())
}

const RELIST: &str = "UPDATE conversations SET listed = 1, kind = 'table', profile = ?2, title = ?3
    WHERE name = ?1 AND listed = 0";

/// A table that only its talk was known of stands in the list again.
pub(super) fn relist(
    connection: &Connection,
    table: &ConversationId,
    profile: &ProfileId,
    title: &str,
) -> rusqlite::Result<()> {
    connection.prepare_cached(RELIST)?.execute([table.as_str(), profile.as_str(), title])?;
    Ok(())
}

const WORDS: &str =
    "SELECT last_speaker, last_text, last_at, has_last, unread, waiting FROM conversations WHERE id = ?1";

/// What the row says.
pub(super) fn words(connection: &Connection, key: i64) -> rusqlite::Result<RowWords> {
    connection.prepare_cached(WORDS)?.query_row([key], |row| {
        Ok(RowWords { last: last(row)?, unread: row.get("unread")?, waiting: row.get("waiting")? })
    })
}

const SAY: &str = "UPDATE conversations SET last_speaker = :last_speaker, last_text = :last_text, last_at = :last_at,
    has_last = :has_last, unread = :unread, waiting = :waiting WHERE id = :id";

/// What the row says from now on.
pub(super) fn say(connection: &Connection, key: i64, words: &RowWords) -> rusqlite::Result<()> {
    let (speaker, text, at) = last_columns(words.last.as_ref());
    connection.prepare_cached(SAY)?.execute(named_params! {
        ":id": key, ":last_speaker": speaker, ":last_text": text, ":last_at": at, ":has_last": words.last.is_some(),
        ":unread": words.unread, ":waiting": words.waiting,
    })?;
    Ok(())
}

const HIDE: &str = "UPDATE conversations SET listed = 0 WHERE profile = ?1 AND listed = 1";

/// The whole list of a server, in the sidebar's order. What is not in it is hidden, not deleted.
pub(super) fn put_all(connection: &Connection, profile: &ProfileId, list: &[Conversation]) -> rusqlite::Result<()> {
    connection.prepare_cached(HIDE)?.execute([profile.as_str()])?;
    for (place, conversation) in (0i64..).zip(list) {
        put_at(connection, conversation, place)?;
    }
    Ok(())
}

const PLACE: &str = "SELECT place FROM conversations WHERE name = ?1 AND listed = 1";
const NEXT_PLACE: &str = "SELECT ifnull(max(place) + 1, 0) FROM conversations WHERE profile = ?1 AND listed = 1";

/// One row, where it stood; a new one comes last.
pub(super) fn put(connection: &Connection, conversation: &Conversation) -> rusqlite::Result<()> {
    let stood = connection.prepare_cached(PLACE)?.query_row([conversation.id.as_str()], |row| row.get(0)).optional()?;
    let place = match stood {
        Some(place) => place,
        None => connection.prepare_cached(NEXT_PLACE)?.query_row([conversation.profile.as_str()], |row| row.get(0))?,
    };
    put_at(connection, conversation, place)
}

const PUT: &str = "INSERT INTO conversations (name, profile, listed, place, kind, title, pattern, closed, last_speaker,
        last_text, last_at, has_last, unread, waiting)
    VALUES (:name, :profile, 1, :place, :kind, :title, :pattern, :closed, :last_speaker, :last_text, :last_at, :has_last,
        :unread, :waiting)
    ON CONFLICT (name) DO UPDATE SET profile = excluded.profile, listed = 1, place = excluded.place, kind = excluded.kind,
        title = excluded.title, pattern = excluded.pattern, closed = excluded.closed,
        last_speaker = excluded.last_speaker, last_text = excluded.last_text, last_at = excluded.last_at,
        has_last = excluded.has_last, unread = excluded.unread, waiting = excluded.waiting";

fn put_at(connection: &Connection, conversation: &Conversation, place: i64) -> rusqlite::Result<()> {
    let pattern = match &conversation.pattern {
        Some(pattern) => serde_json::to_string(pattern).map_err(unwritable)?,
        None => String::new(),
    };
    let (speaker, text, at) = last_columns(conversation.last.as_ref());
    connection.prepare_cached(PUT)?.execute(named_params! {
        ":name": conversation.id.as_str(), ":profile": conversation.profile.as_str(), ":place": place,
        ":kind": conversation.kind.word(), ":title": conversation.title, ":pattern": pattern,
        ":closed": conversation.closed.as_deref().unwrap_or_default(), ":last_speaker": speaker, ":last_text": text,
        ":last_at": at, ":has_last": conversation.last.is_some(), ":unread": conversation.unread,
        ":waiting": conversation.waiting,
    })?;
    let key = ensure(connection, &conversation.id)?;
    members::put(connection, key, &conversation.members)
}

pub(super) const LIST: &str =
    "SELECT id, name, profile, kind, title, pattern, closed, last_speaker, last_text, last_at, has_last,
        unread, waiting
    FROM conversations WHERE profile = ?1 AND listed = 1 ORDER BY place";

/// A server's rows, in the sidebar's order.
pub(super) fn list(connection: &Connection, profile: &ProfileId) -> rusqlite::Result<Vec<Conversation>> {
    let rows =
        connection.prepare_cached(LIST)?.query_map([profile.as_str()], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    rows.into_iter().map(|row| seated(connection, row)).collect()
}

const ONE: &str = "SELECT id, name, profile, kind, title, pattern, closed, last_speaker, last_text, last_at, has_last,
        unread, waiting
    FROM conversations WHERE name = ?1 AND listed = 1";

/// One row; none for what is unknown or no longer at the server.
pub(super) fn one(connection: &Connection, id: &ConversationId) -> rusqlite::Result<Option<Conversation>> {
    let row = connection.prepare_cached(ONE)?.query_row([id.as_str()], read).optional()?;
    row.map(|row| seated(connection, row)).transpose()
}

const FORGET: &str = "DELETE FROM conversations WHERE profile = ?1";

/// All of a server's talk; what hangs on it in other tables goes with it.
pub(super) fn forget(connection: &Connection, profile: &ProfileId) -> rusqlite::Result<()> {
    connection.prepare_cached(FORGET)?.execute([profile.as_str()])?;
    Ok(())
}

const FORGET_ONE: &str = "DELETE FROM conversations WHERE name = ?1";

/// All of one conversation; what hangs on it in other tables goes with it.
pub(super) fn forget_one(connection: &Connection, of: &ConversationId) -> rusqlite::Result<()> {
    connection.prepare_cached(FORGET_ONE)?.execute([of.as_str()])?;
    Ok(())
}

const FORGET_SAID: &str = "DELETE FROM conversations WHERE name NOT IN (SELECT conversation FROM tables)";

/// Of ours: what was said at tables that are no more.
pub(super) fn forget_said(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached(FORGET_SAID)?.execute([])?;
    Ok(())
}

fn seated(connection: &Connection, (key, mut conversation): (i64, Conversation)) -> rusqlite::Result<Conversation> {
    conversation.members = members::list(connection, key)?;
    Ok(conversation)
}

fn last_columns(last: Option<&LastWords>) -> (&str, &str, i64) {
    last.map_or(("", "", 0), |last| (last.speaker.as_deref().unwrap_or_default(), last.text.as_str(), last.at))
}

fn last(row: &Row<'_>) -> rusqlite::Result<Option<LastWords>> {
    if !row.get("has_last")? {
        return Ok(None);
    }
    let speaker = filled(row.get("last_speaker")?);
    Ok(Some(LastWords { speaker, text: row.get("last_text")?, at: row.get("last_at")? }))
}

fn read(row: &Row<'_>) -> rusqlite::Result<(i64, Conversation)> {
    let pattern: String = row.get("pattern")?;
    let conversation = Conversation {
        id: row.get::<_, String>("name")?.into(),
        profile: row.get::<_, String>("profile")?.into(),
        kind: kind(&row.get::<_, String>("kind")?),
        title: row.get("title")?,
        members: Vec::new(),
        pattern: filled(pattern).map(|json| serde_json::from_str(&json).unwrap_or(Pattern::Other { word: json })),
        last: last(row)?,
        unread: row.get("unread")?,
        waiting: row.get("waiting")?,
        // Nothing runs when the app starts; whose turn it is while it runs is the engine's to say.
        turn: Turn::Yours,
        closed: filled(row.get("closed")?),
        caution: None,
        floor: None,
        archived: false,
        long_run: None,
    };
    Ok((row.get("id")?, conversation))
}

fn kind(word: &str) -> ConversationKind {
    [ConversationKind::Conversation, ConversationKind::Group, ConversationKind::Table]
        .into_iter()
        .find(|kind| kind.word() == word)
        .unwrap_or(ConversationKind::Agent)
}

/// What stands in a column where empty means none.
pub(super) fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
