//! Table `tool_lists` of the cache: which tools an agent has on its server and in which order their schemas name the arguments, so
//! that a request can be shown rightly offline too.

use model::{AgentId, ProfileId};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use super::error::unwritable;

/// `tools` is a list of [`ListedTool`] as JSON.
pub(super) const V1: &str = "
CREATE TABLE tool_lists (
    id INTEGER PRIMARY KEY,
    profile TEXT NOT NULL DEFAULT '',
    agent TEXT NOT NULL DEFAULT '',
    tools TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (profile, agent)
) STRICT;
";

/// A tool on an agent's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedTool {
    /// As calls name it.
    pub name: String,
    /// The names of its arguments in the order of its schema.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// It runs in another program that the server calls (MCP).
    #[serde(default)]
    pub mcp: bool,
    /// That program, as the server calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
}

const PUT: &str = "INSERT INTO tool_lists (profile, agent, tools, at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (profile, agent) DO UPDATE SET tools = excluded.tools, at = excluded.at";

/// The whole list of an agent, instead of the one before.
pub(super) fn put(
    connection: &Connection,
    profile: &ProfileId,
    agent: &AgentId,
    tools: &[ListedTool],
    at: i64,
) -> rusqlite::Result<()> {
    let tools = serde_json::to_string(tools).map_err(unwritable)?;
    connection.prepare_cached(PUT)?.execute((profile.as_str(), agent.as_str(), tools, at))?;
    Ok(())
}

const GET: &str = "SELECT tools FROM tool_lists WHERE profile = ?1 AND agent = ?2";

/// None: never read, or not understood any more, which is as good.
pub(super) fn get(
    connection: &Connection,
    profile: &ProfileId,
    agent: &AgentId,
) -> rusqlite::Result<Option<Vec<ListedTool>>> {
    let tools: Option<String> =
        connection.prepare_cached(GET)?.query_row([profile.as_str(), agent.as_str()], |row| row.get(0)).optional()?;
    Ok(tools.and_then(|tools| serde_json::from_str(&tools).ok()))
}

const FORGET: &str = "DELETE FROM tool_lists WHERE profile = ?1";

/// All of a server's.
pub(super) fn forget(connection: &Connection, profile: &ProfileId) -> rusqlite::Result<()> {
    connection.prepare_cached(FORGET)?.execute([profile.as_str()])?;
    Ok(())
}
