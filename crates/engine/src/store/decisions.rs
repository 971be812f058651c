//! Table `decisions` of ours: the log of what the user allowed and refused. A line is written before the decision is sent and
//! completed when the server has answered.

use model::{ConversationId, ToolCallId};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::conversations::filled;

/// `arguments` are the exact bytes that were shown.
pub(super) const V1: &str = "
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    conversation TEXT NOT NULL DEFAULT '',
    tool_call TEXT NOT NULL DEFAULT '',
    tool TEXT NOT NULL DEFAULT '',
    arguments TEXT NOT NULL DEFAULT '',
    approve INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT '',
    outcome_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX decisions_by_call ON decisions (conversation, tool_call, id);
";

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedDecision {
    /// Where.
    pub conversation: ConversationId,
    /// On which call.
    pub tool_call: ToolCallId,
    /// The tool's name as shown.
    pub tool: String,
    /// The arguments as shown, byte for byte.
    pub arguments: String,
    /// Yes or no.
    pub approve: bool,
    /// Why not.
    pub reason: Option<String>,
    /// When it was decided, in milliseconds since 1970 UTC.
    pub at: i64,
    /// What became of it ("sent", or why not); none: not known, the app ended before the server answered.
    pub outcome: Option<String>,
}

const PUT: &str = "INSERT INTO decisions (conversation, tool_call, tool, arguments, approve, reason, at, outcome)
    VALUES (:conversation, :tool_call, :tool, :arguments, :approve, :reason, :at, :outcome)";

/// A new line.
pub(super) fn put(connection: &Connection, decision: &LoggedDecision) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT)?.execute(named_params! {
        ":conversation": decision.conversation.as_str(), ":tool_call": decision.tool_call.as_str(),
        ":tool": decision.tool, ":arguments": decision.arguments, ":approve": decision.approve,
        ":reason": decision.reason.as_deref().unwrap_or_default(), ":at": decision.at,
        ":outcome": decision.outcome.as_deref().unwrap_or_default(),
    })?;
    Ok(())
}

const SETTLE: &str = "UPDATE decisions SET outcome = ?3, outcome_at = ?4 WHERE id =
    (SELECT id FROM decisions WHERE conversation = ?1 AND tool_call = ?2 ORDER BY id DESC LIMIT 1)";

/// What became of the newest decision on a call.
pub(super) fn settle(
    connection: &Connection,
    conversation: &ConversationId,
    tool_call: &ToolCallId,
    outcome: &str,
    at: i64,
) -> rusqlite::Result<()> {
    connection.prepare_cached(SETTLE)?.execute((conversation.as_str(), tool_call.as_str(), outcome, at))?;
    Ok(())
}

const NEWEST: &str = "SELECT conversation, tool_call, tool, arguments, approve, reason, at, outcome FROM decisions
    WHERE conversation = ?1 AND tool_call = ?2 ORDER BY id DESC LIMIT 1";

/// The newest decision on a call.
pub(super) fn newest(
    connection: &Connection,
    conversation: &ConversationId,
    tool_call: &ToolCallId,
) -> rusqlite::Result<Option<LoggedDecision>> {
    connection.prepare_cached(NEWEST)?.query_row([conversation.as_str(), tool_call.as_str()], read).optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<LoggedDecision> {
    Ok(LoggedDecision {
        conversation: row.get::<_, String>(0)?.into(),
        tool_call: row.get::<_, String>(1)?.into(),
        tool: row.get(2)?,
        arguments: row.get(3)?,
        approve: row.get(4)?,
        reason: filled(row.get(5)?),
        at: row.get(6)?,
        outcome: filled(row.get(7)?),
    })
}
