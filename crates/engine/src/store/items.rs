//! Table `items` of the cache: what was said, by conversation and position. Pages are read by key, never by counting. Ours has the same
//! table for what was said at tables that the app leads (`copies.rs`).

use std::ops::RangeInclusive;

use model::{Author, Content, ConversationId, ImageId, Item, ItemId, Notice, Speaker};
use rusqlite::{CachedStatement, Connection, Params, Row, named_params};

use super::{
    conversations::{self, RowWords, filled},
    cursors::{self, Cursor},
    error::unwritable,
};

/// `content` is the whole of `model::Content` as JSON; the other columns are what is asked for. `id` is what an index of words
/// will point to.
pub(super) const V1: &str = "
CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    item TEXT NOT NULL,
    author TEXT NOT NULL DEFAULT 'app',
    speaker TEXT NOT NULL DEFAULT '',
    speaker_name TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL DEFAULT 0,
    run TEXT NOT NULL DEFAULT '',
    step TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT '',
    content TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX items_by_position ON items (conversation, position);
CREATE UNIQUE INDEX items_by_item ON items (conversation, item);
";

/// All that an item is, beside where it belongs.
pub(super) const COLUMNS: &str = "position, item, author, speaker, speaker_name, at, run, step, kind, state, content";

/// Which of a table's saves a batch is, counted from 1. Two that wait together are one from `after` to `number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Nth {
    /// All before it, and it, are what was said.
    pub after: i64,
    pub number: i64,
}

/// Everything that changed in one conversation since it was last saved: one transaction. Applied in the order of the fields.
#[derive(Clone, Debug, PartialEq)]
pub struct SaveBatch {
    /// Which.
    pub conversation: ConversationId,
    /// Positions that are emptied first; `i64::MIN..=i64::MAX` for `Change::Reset`.
    pub reset: Option<RangeInclusive<i64>>,
    /// Items that go. Unknown ones are no error.
    pub removes: Vec<ItemId>,
    /// Items as they are now, whole, at most once each. Two items of a conversation never share a position.
    pub puts: Vec<Item>,
    /// How far it is read; none: as before.
    pub cursor: Option<Cursor>,
    /// What its row says; none: as before.
    pub row: Option<RowWords>,
    /// How a table that the app leads stands after it; none: as before.
    pub state: Option<String>,
    /// Of a table that the app leads; given by the writer.
    pub(super) nth: Option<Nth>,
}

/// A stretch of a conversation, ascending by position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The items.
    pub items: Vec<Item>,
    /// There are further ones saved in the direction that was asked for.
    pub more: bool,
}

impl SaveBatch {
    /// Nothing yet.
    pub fn new(conversation: ConversationId) -> Self {
        Self {
            conversation,
            reset: None,
            removes: Vec::new(),
            puts: Vec::new(),
            cursor: None,
            row: None,
            state: None,
            nth: None,
        }
    }

    /// Makes one of two, as if `later` were saved after this. Hands `later` back if that cannot be: it is of another
    /// conversation, or begins with a reset.
    pub(super) fn absorb(&mut self, later: SaveBatch) -> Result<(), Box<SaveBatch>> {
        if self.conversation != later.conversation || later.reset.is_some() {
            return Err(Box::new(later));
        }
        self.puts.retain(|put| !later.removes.contains(&put.id) && !later.puts.iter().any(|new| new.id == put.id));
        self.removes.extend(later.removes);
        self.puts.extend(later.puts);
        self.cursor = later.cursor.or(self.cursor.take());
        self.row = later.row.or(self.row.take());
        self.state = later.state.or(self.state.take());
        self.nth = match (self.nth, later.nth) {
            (Some(first), Some(last)) => Some(Nth { after: first.after, number: last.number }),
            (_, _) => None,
        };
        Ok(())
    }
}

const RESET: &str = "DELETE FROM items WHERE conversation = ?1 AND position BETWEEN ?2 AND ?3";
const REMOVE: &str = "DELETE FROM items WHERE conversation = ?1 AND item = ?2";
/// An item that moves leaves its place first, so that two may change places within one batch.
const LEAVE: &str = "DELETE FROM items WHERE conversation = ?1 AND item = ?2 AND position <> ?3";
const PUT: &str = "INSERT INTO items
        (conversation, position, item, author, speaker, speaker_name, at, run, step, kind, state, content)
    VALUES (:conversation, :position, :item, :author, :speaker, :speaker_name, :at, :run, :step, :kind, :state, :content)
    ON CONFLICT (conversation, item) DO UPDATE SET author = excluded.author, speaker = excluded.speaker,
        speaker_name = excluded.speaker_name, at = excluded.at, run = excluded.run, step = excluded.step,
        kind = excluded.kind, state = excluded.state, content = excluded.content";

/// Saves a batch. The caller holds the transaction.
pub(super) fn save(connection: &Connection, batch: &SaveBatch) -> rusqlite::Result<()> {
    let key = conversations::ensure(connection, &batch.conversation)?;
    if let Some(Nth { after, number }) = batch.nth {
        let saves = conversations::saves(connection, &batch.conversation)?;
        if saves >= number {
            // It is in there already, with what came after it.
            return Ok(());
        }
        // Where earlier ones are missing it is shown as far as it is there, and is not taken for all.
        if saves >= after {
            conversations::put_saves(connection, key, number)?;
        }
    }
    if let Some(range) = &batch.reset {
        connection.prepare_cached(RESET)?.execute((key, range.start(), range.end()))?;
    }
    for id in &batch.removes {
        connection.prepare_cached(REMOVE)?.execute((key, id.as_str()))?;
    }
    for item in &batch.puts {
        connection.prepare_cached(LEAVE)?.execute((key, item.id.as_str(), item.position))?;
    }
    let mut put = connection.prepare_cached(PUT)?;
    for item in &batch.puts {
        put_one(&mut put, key, item)?;
    }
    if let Some(cursor) = &batch.cursor {
        cursors::put(connection, key, cursor)?;
    }
    if let Some(words) = &batch.row {
        conversations::say(connection, key, words)?;
    }
    Ok(())
}

fn put_one(put: &mut CachedStatement<'_>, key: i64, item: &Item) -> rusqlite::Result<()> {
    let (author, speaker, speaker_name) = match &item.author {
        Author::You => ("you", "", ""),
        Author::App => ("app", "", ""),
        Author::Agent(speaker) => ("agent", speaker.id.as_ref().map_or("", |id| id.as_str()), speaker.name.as_str()),
    };
    put.execute(named_params! {
        ":conversation": key, ":position": item.position, ":item": item.id.as_str(), ":author": author,
        ":speaker": speaker, ":speaker_name": speaker_name, ":at": item.at,
        ":run": item.run.as_ref().map_or("", |run| run.as_str()), ":step": item.step.as_deref().unwrap_or_default(),
        ":kind": item.kind(), ":state": item.state().unwrap_or_default(),
        ":content": serde_json::to_string(&item.content).map_err(unwritable)?,
    })?;
    Ok(())
}

pub(super) const TAIL: &str = "SELECT position, item, author, speaker, speaker_name, at, run, step, kind, content
    FROM items WHERE conversation = ?1 ORDER BY position DESC LIMIT ?2";

/// The newest page.
pub(super) fn tail(connection: &Connection, of: &ConversationId, limit: u32) -> rusqlite::Result<Page> {
    let Some(key) = conversations::key(connection, of)? else {
        return Ok(Page::default());
    };
    let mut page = page(connection, TAIL, (key, i64::from(limit) + 1), limit)?;
    page.items.reverse();
    Ok(page)
}

pub(super) const BEFORE: &str = "SELECT position, item, author, speaker, speaker_name, at, run, step, kind, content
    FROM items WHERE conversation = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3";

/// The page that ends above a position.
pub(super) fn before(
    connection: &Connection,
    of: &ConversationId,
    position: i64,
    limit: u32,
) -> rusqlite::Result<Page> {
    let Some(key) = conversations::key(connection, of)? else {
        return Ok(Page::default());
    };
    let mut page = page(connection, BEFORE, (key, position, i64::from(limit) + 1), limit)?;
    page.items.reverse();
    Ok(page)
}

pub(super) const AFTER: &str = "SELECT position, item, author, speaker, speaker_name, at, run, step, kind, content
    FROM items WHERE conversation = ?1 AND position > ?2 ORDER BY position LIMIT ?3";

/// The page that begins below a position.
pub(super) fn after(connection: &Connection, of: &ConversationId, position: i64, limit: u32) -> rusqlite::Result<Page> {
    let Some(key) = conversations::key(connection, of)? else {
        return Ok(Page::default());
    };
    page(connection, AFTER, (key, position, i64::from(limit) + 1), limit)
}

pub(super) const COUNT: &str = "SELECT count(*) FROM items WHERE conversation = ?1";

/// How many items are saved.
pub(super) fn count(connection: &Connection, of: &ConversationId) -> rusqlite::Result<u64> {
    let Some(key) = conversations::key(connection, of)? else {
        return Ok(0);
    };
    let count: i64 = connection.prepare_cached(COUNT)?.query_row([key], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// In the order of the statement, which asks for one row more than `limit` to learn whether there are more.
fn page(connection: &Connection, sql: &str, params: impl Params, limit: u32) -> rusqlite::Result<Page> {
    let mut items =
        connection.prepare_cached(sql)?.query_map(params, read)?.collect::<rusqlite::Result<Vec<Item>>>()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    Ok(Page { items, more })
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Item> {
    let author = match row.get::<_, String>("author")?.as_str() {
        "you" => Author::You,
        "agent" => {
            Author::Agent(Speaker { id: filled(row.get("speaker")?).map(Into::into), name: row.get("speaker_name")? })
        }
        _ => Author::App,
    };
    let content: String = row.get("content")?;
    let content = match serde_json::from_str(&content) {
        Ok(content) => content,
        // One item that cannot be read must not cost the page: it is shown as it lies there.
        Err(_) => Content::Notice(Notice::Unknown { message_type: row.get("kind")?, raw: content }),
    };
    Ok(Item {
        id: row.get::<_, String>("item")?.into(),
        position: row.get("position")?,
        author,
        at: row.get("at")?,
        run: filled(row.get("run")?).map(Into::into),
        step: filled(row.get("step")?),
        content,
    })
}

/// Items of which a picture is kept: their JSON names it.
const WITH_IMAGES: &str = "SELECT content FROM items WHERE content LIKE '%\"image\":\"%'";

/// Every picture that an item names.
pub(super) fn named_images(connection: &Connection) -> rusqlite::Result<Vec<ImageId>> {
    let mut items = connection.prepare(WITH_IMAGES)?;
    let mut rows = items.query([])?;
    let mut named = Vec::new();
    while let Some(row) = rows.next()? {
        let content: String = row.get(0)?;
        // The end of a name is where its quotation ends; whatever else looks like one is no picture and does no harm.
        let names = content.split("\"image\":\"").skip(1).filter_map(|rest| rest.split('"').next());
        named.extend(names.map(ImageId::from));
    }
    Ok(named)
}
