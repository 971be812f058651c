//! Table `attachments` of ours: the pictures that stand in composers. Their bytes are files (`images::blobs`).

use model::{Attachment, ConversationId};
use rusqlite::{Connection, Row, named_params};

pub(super) const V4: &str = "
CREATE TABLE attachments (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL DEFAULT '',
    image TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    media_type TEXT NOT NULL DEFAULT '',
    width INTEGER NOT NULL DEFAULT 0,
    height INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    was_bytes INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX attachments_by_conversation ON attachments (conversation, image);
";

const CLEAR: &str = "DELETE FROM attachments WHERE conversation = ?1";
const PUT: &str = "INSERT INTO attachments
        (conversation, image, name, media_type, width, height, bytes, was_bytes, note)
    VALUES (:conversation, :image, :name, :media_type, :width, :height, :bytes, :was_bytes, :note)";

/// All of one composer, in order.
pub(super) fn put(connection: &Connection, of: &ConversationId, list: &[Attachment]) -> rusqlite::Result<()> {
    connection.prepare_cached(CLEAR)?.execute([of.as_str()])?;
    let mut put = connection.prepare_cached(PUT)?;
    for attachment in list {
        put.execute(named_params! {
            ":conversation": of.as_str(),
            ":image": attachment.id.as_str(),
            ":name": attachment.name,
            ":media_type": attachment.media_type,
            ":width": attachment.width,
            ":height": attachment.height,
            ":bytes": i64::try_from(attachment.bytes).unwrap_or(i64::MAX),
            ":was_bytes": i64::try_from(attachment.was_bytes).unwrap_or(i64::MAX),
            ":note": attachment.note.as_deref().unwrap_or_default(),
        })?;
    }
    Ok(())
}

const LIST: &str = "SELECT image, name, media_type, width, height, bytes, was_bytes, note FROM attachments
    WHERE conversation = ?1 ORDER BY id";

/// Those of one composer, in order.
pub(super) fn list(connection: &Connection, of: &ConversationId) -> rusqlite::Result<Vec<Attachment>> {
    connection.prepare_cached(LIST)?.query_map([of.as_str()], read)?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Attachment> {
    let note: String = row.get("note")?;
    Ok(Attachment {
        id: row.get::<_, String>("image")?.into(),
        name: row.get("name")?,
        media_type: row.get("media_type")?,
        width: row.get("width")?,
        height: row.get("height")?,
        bytes: row.get::<_, i64>("bytes")?.unsigned_abs(),
        was_bytes: row.get::<_, i64>("was_bytes")?.unsigned_abs(),
        note: (!note.is_empty()).then_some(note),
    })
}
