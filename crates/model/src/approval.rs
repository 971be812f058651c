//! What Tertulia itself knows about calls that wait and calls that were decided: how they stand, what waits anywhere, and the log of
//! decisions. The call and its state are `item::ToolCall`; deciding is `command::Decide`.

use serde::{Deserialize, Serialize};

use crate::{AgentId, ConversationId, ItemId, Speaker, ToolCall, ToolCallId};

/// What Tertulia knows of a waiting call, from the server's list of tools and its own log; nothing the model wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The names of the arguments in the order of the tool's schema. Empty: not known, show them as written. Arguments that are
    /// not in it come after those that are, as written.
    #[serde(default)]
    pub order: Vec<String>,
    /// How this agent's calls of this tool were decided before, here. None: asked for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// Where it would run.
    #[serde(default)]
    pub runs_where: RunsWhere,
}

/// How often an agent's calls of a tool were approved and denied on this profile, as far as the server took the decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Yes.
    pub approved: u32,
    /// No.
    pub denied: u32,
    /// The last decision, in milliseconds since 1970 UTC.
    pub last_at: i64,
    /// It was a yes.
    pub last_approved: bool,
}

/// Where a tool runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum RunsWhere {
    /// The server's list of tools could not be read yet.
    #[default]
    Unknown,
    /// On the Letta server.
    Server {
        /// The profile's name.
        name: String,
    },
    /// In another program that the Letta server calls (MCP).
    Mcp {
        /// The profile's name.
        name: String,
        /// The other program, as the server calls it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        program: Option<String>,
    },
    /// Nowhere that is known: the agent's list of tools does not have it.
    Unlisted,
}

/// One request that waits for a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// Where it is decided.
    pub conversation: ConversationId,
    /// The conversation's title.
    pub title: String,
    /// Who asks; none where the server does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<Speaker>,
    /// Its row in the conversation.
    pub item: ItemId,
    /// The call: its name and arguments are what is shown and what is decided, byte for byte. Marked stuck where it is.
    pub call: ToolCall,
    /// In milliseconds since 1970 UTC.
    pub asked_at: i64,
    /// What Tertulia knows of it.
    pub standing: Standing,
    /// The agent's last words before it: its own reasons, never part of the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<SaidBefore>,
}

/// An agent's words before a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidBefore {
    /// Markdown.
    pub text: String,
    /// In milliseconds since 1970 UTC.
    pub at: i64,
}

/// The ways out of a request that is stuck, beside approving and denying it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum WayOut {
    /// Denies every call of the request; when the agent has answered to that, what the server refused meanwhile is sent again.
    DenyAndRetry {
        /// Why not; the agent reads it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Stops the run at the server, which stores the calls as denied. The agent says nothing to it.
    StopRun,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Ruling {
    /// You said yes.
    Approved,
    /// You said no.
    Denied {
        /// Why not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// You stopped the run that asked.
    Stopped,
    /// Tertulia answered for you: the tool belongs to another program and cannot run here.
    NotAvailable,
}

/// Whether a decision reached the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Delivery {
    /// The server took it.
    Sent,
    /// It did not.
    NotSent {
        /// Why not, in the user's words.
        why: String,
    },
    /// Tertulia ended before the server answered.
    Unknown,
}

/// What came of an approved call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The tool's own word: it went well.
    pub ok: bool,
    /// The beginning of what it gave back.
    pub text: String,
    /// When it was seen here, in milliseconds since 1970 UTC.
    pub at: i64,
}

/// One line of the log of decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Ascending with the time of writing; the place to go on from.
    pub number: i64,
    /// Where.
    pub conversation: ConversationId,
    /// The conversation's title then.
    pub title: String,
    /// Who asked; empty name where the server did not tell.
    pub speaker: Speaker,
    /// Which call.
    pub tool_call: ToolCallId,
    /// The tool, as shown.
    pub tool: String,
    /// The arguments as shown, byte for byte.
    pub arguments: String,
    /// What was decided.
    pub ruling: Ruling,
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
    /// Whether it reached the server.
    pub delivery: Delivery,
    /// What came of it; none: nothing yet, or nothing to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// A page of the log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// Newest first.
    pub lines: Vec<LogLine>,
    /// Older lines exist; ask with `before` = the last line's number.
    pub more: bool,
}

/// Only decisions on one tool of one agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutTool {
    /// Whose calls; none: anybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// Which tool.
    pub tool: String,
}

/// How the log is written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// For reading.
    Markdown,
    /// For programs.
    Json,
    /// For tables.
    Csv,
}
