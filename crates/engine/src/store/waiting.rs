//! What waits for a decision anywhere on a server, from the items that are saved: also of conversations that were never opened.

use model::{ConversationId, Item, ProfileId, SaidBefore};
use rusqlite::{Connection, Row};

use super::items;

/// So that looking for what waits does not read what was said.
pub(super) const V2: &str = "
CREATE INDEX items_waiting ON items (conversation, position) WHERE state IN ('waiting', 'deciding');
";

/// A saved request.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedRequest {
    /// Where.
    pub conversation: ConversationId,
    /// The conversation's title.
    pub title: String,
    /// Its row.
    pub item: Item,
    /// What its agent said last before it.
    pub said: Option<SaidBefore>,
}

pub(super) const WAITING: &str =
    "SELECT conversations.name, conversations.title, items.conversation AS key, position, item,
        author, speaker, speaker_name, items.at, run, step, items.kind, content
    FROM conversations JOIN items INDEXED BY items_waiting ON items.conversation = conversations.id
    WHERE conversations.profile = ?1 AND conversations.listed = 1 AND items.state IN ('waiting', 'deciding')
    ORDER BY items.at, items.position";

pub(super) const SAID: &str = "SELECT kind, author, speaker_name, at, content FROM items
    WHERE conversation = ?1 AND position < ?2 ORDER BY position DESC LIMIT 24";

/// All of a server's, oldest first.
pub(super) fn list(connection: &Connection, profile: &ProfileId) -> rusqlite::Result<Vec<SavedRequest>> {
    let found = |row: &Row<'_>| {
        let (name, title, key): (String, String, i64) = (row.get("name")?, row.get("title")?, row.get("key")?);
        Ok((ConversationId::from(name), title, key, items::read(row)?))
    };
    let rows = connection
        .prepare_cached(WAITING)?
        .query_map([profile.as_str()], found)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    rows.into_iter()
        .filter(|(_, _, _, item)| item.tool().is_some())
        .map(|(conversation, title, key, item)| {
            let said = said(connection, key, &item)?;
            Ok(SavedRequest { conversation, title, item, said })
        })
        .collect()
}

/// The last words of the one who asks, since the user spoke; its thoughts where it said nothing.
fn said(connection: &Connection, key: i64, request: &Item) -> rusqlite::Result<Option<SaidBefore>> {
    let name = request.speaker().map_or("", |speaker| speaker.name.as_str());
    let mut statement = connection.prepare_cached(SAID)?;
    let mut rows = statement.query((key, request.position))?;
    let mut thought = None;
    while let Some(row) = rows.next()? {
        let kind: String = row.get("kind")?;
        if kind == "user" {
            break;
        }
        if !matches!(kind.as_str(), "assistant" | "reasoning") || row.get::<_, String>("speaker_name")? != name {
            continue;
        }
        let content: String = row.get("content")?;
        let Some(text) = serde_json::from_str::<model::Content>(&content).ok().and_then(words) else { continue };
        let said = SaidBefore { text, at: row.get("at")? };
        if kind == "assistant" {
            return Ok(Some(said));
        }
        thought = thought.or(Some(said));
    }
    Ok(thought)
}

fn words(content: model::Content) -> Option<String> {
    match content {
        model::Content::Assistant { text, .. } | model::Content::Reasoning { text, .. } => {
            Some(text).filter(|text| !text.trim().is_empty())
        }
        model::Content::User { .. }
        | model::Content::Tool(_)
        | model::Content::Notice(_)
        | model::Content::Error(_)
        | model::Content::Gap
        | model::Content::Round { .. } => None,
    }
}
