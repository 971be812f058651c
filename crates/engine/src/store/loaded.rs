//! Tables `loaded` and `always_load` of ours: pictures on the web that the reader asked for, and where they are loaded unasked. Their
//! bytes are files (`images::blobs`).

use model::{ConversationId, ImageId, Loaded, Picture};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

pub(super) const V4: &str = "
CREATE TABLE loaded (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL DEFAULT '',
    image TEXT NOT NULL DEFAULT '',
    media_type TEXT NOT NULL DEFAULT '',
    width INTEGER NOT NULL DEFAULT 0,
    height INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX loaded_by_url ON loaded (conversation, url);
CREATE TABLE always_load (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL UNIQUE
) STRICT;
";

const PUT: &str = "INSERT INTO loaded (conversation, url, image, media_type, width, height, bytes)
    VALUES (:conversation, :url, :image, :media_type, :width, :height, :bytes)
    ON CONFLICT (conversation, url) DO UPDATE SET image = excluded.image, media_type = excluded.media_type,
        width = excluded.width, height = excluded.height, bytes = excluded.bytes";

/// It was loaded.
pub(super) fn put(connection: &Connection, of: &ConversationId, loaded: &Loaded) -> rusqlite::Result<()> {
    let Picture { image, media_type, width, height, bytes } = &loaded.picture;
    connection.prepare_cached(PUT)?.execute(named_params! {
        ":conversation": of.as_str(),
        ":url": loaded.url,
        ":image": image.as_str(),
        ":media_type": media_type,
        ":width": width,
        ":height": height,
        ":bytes": i64::try_from(*bytes).unwrap_or(i64::MAX),
    })?;
    Ok(())
}

const LIST: &str =
    "SELECT url, image, media_type, width, height, bytes FROM loaded WHERE conversation = ?1 ORDER BY id";

/// Those of one conversation, the oldest first.
pub(super) fn list(connection: &Connection, of: &ConversationId) -> rusqlite::Result<Vec<Loaded>> {
    connection.prepare_cached(LIST)?.query_map([of.as_str()], read)?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Loaded> {
    let picture = Picture {
        image: row.get::<_, String>("image")?.into(),
        media_type: row.get("media_type")?,
        width: row.get("width")?,
        height: row.get("height")?,
        bytes: row.get::<_, i64>("bytes")?.unsigned_abs(),
    };
    Ok(Loaded { url: row.get("url")?, picture })
}

const ALWAYS: &str = "INSERT INTO always_load (conversation) VALUES (?1) ON CONFLICT (conversation) DO NOTHING";
const ASKED: &str = "DELETE FROM always_load WHERE conversation = ?1";

/// Unasked from now on, or no longer.
pub(super) fn put_always(connection: &Connection, of: &ConversationId, on: bool) -> rusqlite::Result<()> {
    connection.prepare_cached(if on { ALWAYS } else { ASKED })?.execute([of.as_str()])?;
    Ok(())
}

const IS_ALWAYS: &str = "SELECT 1 FROM always_load WHERE conversation = ?1";

/// Whether they are loaded unasked.
pub(super) fn is_always(connection: &Connection, of: &ConversationId) -> rusqlite::Result<bool> {
    Ok(connection.prepare_cached(IS_ALWAYS)?.query_row([of.as_str()], |_| Ok(())).optional()?.is_some())
}

const NAMED: &str = "SELECT image FROM loaded UNION SELECT image FROM attachments";

/// Every picture that this database names beside the outbox.
pub(super) fn named(connection: &Connection) -> rusqlite::Result<Vec<ImageId>> {
    let mut named = connection.prepare(NAMED)?;
    named.query_map([], |row| row.get::<_, String>(0).map(ImageId::from))?.collect()
}
