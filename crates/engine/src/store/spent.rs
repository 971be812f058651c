//! What the saved items of a conversation tell of its messages, turns, and what they used. Read only; the items themselves are `items`.

use model::{Content, ConversationId, ItemId, Notice, Spent};
use rusqlite::Connection;

use super::conversations;

/// Something that counts, in the order in which it was said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    /// The user said this.
    Message(String),
    /// Somebody was at it: an agent by id, else by name.
    Turn(String),
    /// What all that came before, since the last such, used. `steps` as told: turns at a table that the app leads, else model calls.
    Used { item: ItemId, at: i64, steps: u64, spent: Spent },
}

/// Words of agents are not read, only who said them.
const TOLD: &str = "SELECT item, author, speaker, speaker_name, at, kind,
        CASE WHEN kind IN ('user', 'notice') THEN content ELSE '' END AS content
    FROM items WHERE conversation = ?1 ORDER BY position";

/// All of a conversation.
pub(super) fn told(connection: &Connection, of: &ConversationId) -> rusqlite::Result<Vec<Told>> {
    let Some(key) = conversations::key(connection, of)? else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached(TOLD)?;
    let mut rows = statement.query([key])?;
    let mut told = Vec::new();
    while let Some(row) = rows.next()? {
        let content: String = row.get("content")?;
        let content = serde_json::from_str::<Content>(&content).ok();
        match content {
            Some(Content::User { text, .. }) => told.push(Told::Message(text)),
            Some(Content::Notice(Notice::Usage { steps, input, output, took })) => {
                let item = ItemId::from(row.get::<_, String>("item")?);
                // Turns are counted by who had them.
                let spent = Spent { turns: 0, input, output, took };
                told.push(Told::Used { item, at: row.get("at")?, steps, spent });
            }
            _ if row.get::<_, String>("author")? == "agent" => {
                let (id, name): (String, String) = (row.get("speaker")?, row.get("speaker_name")?);
                let by = if id.is_empty() { name } else { id };
                if told.last() != Some(&Told::Turn(by.clone())) {
                    told.push(Told::Turn(by));
                }
            }
            _ => {}
        }
    }
    Ok(told)
}
