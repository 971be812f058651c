//! Table `members` of the cache: who sits in a conversation, in the order of their seats.

use model::{AgentId, Member, ProfileId};
use rusqlite::{Connection, named_params};

pub(super) const V1: &str = "
CREATE TABLE members (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seat INTEGER NOT NULL DEFAULT 0,
    agent TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL DEFAULT '',
    hue INTEGER NOT NULL DEFAULT 1,
    monogram TEXT NOT NULL DEFAULT '',
    UNIQUE (conversation, seat)
) STRICT;
";

const CLEAR: &str = "DELETE FROM members WHERE conversation = ?1";
const PUT: &str = "INSERT INTO members (conversation, seat, agent, name, role, hue, monogram)
    VALUES (:conversation, :seat, :agent, :name, :role, :hue, :monogram)";

/// All seats of a conversation, instead of those before.
pub(super) fn put(connection: &Connection, key: i64, members: &[Member]) -> rusqlite::Result<()> {
    connection.prepare_cached(CLEAR)?.execute([key])?;
    let mut statement = connection.prepare_cached(PUT)?;
    for (seat, member) in (0i64..).zip(members) {
        statement.execute(named_params! {
            ":conversation": key, ":seat": seat, ":agent": member.agent.as_str(), ":name": member.name,
            ":role": member.role, ":hue": member.hue, ":monogram": member.monogram,
        })?;
    }
    Ok(())
}

const LIST: &str = "SELECT agent, name, role, hue, monogram FROM members WHERE conversation = ?1 ORDER BY seat";

/// The seats of a conversation.
pub(super) fn list(connection: &Connection, key: i64) -> rusqlite::Result<Vec<Member>> {
    connection
        .prepare_cached(LIST)?
        .query_map([key], |row| {
            Ok(Member {
                agent: row.get::<_, String>(0)?.into(),
                name: row.get(1)?,
                role: row.get(2)?,
                hue: row.get(3)?,
                monogram: row.get(4)?,
            })
        })?
        .collect()
}

const AGENTS: &str = "SELECT DISTINCT agent FROM members
    JOIN conversations ON conversations.id = members.conversation WHERE conversations.profile = ?1";

/// Every agent that sits anywhere on a server.
pub(super) fn agents(connection: &Connection, profile: &ProfileId) -> rusqlite::Result<Vec<AgentId>> {
    connection
        .prepare_cached(AGENTS)?
        .query_map([profile.as_str()], |row| Ok(row.get::<_, String>(0)?.into()))?
        .collect()
}
