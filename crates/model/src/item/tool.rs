//! A tool call as an item: how far it is, what was decided, what came back. Other kinds of items are `item`.

use serde::{Deserialize, Serialize};

use super::ImageRef;
use crate::ToolCallId;

/// One tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's id.
    pub id: ToolCallId,
    /// As the server names it.
    pub name: String,
    /// JSON as the model wrote it, so far. May be broken: shown raw then.
    pub arguments: String,
    /// How far it is.
    pub state: ToolState,
    /// The message that asks for a decision (`message-…`), needed to answer it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Why it is stuck, in the user's words: the server waits for a decision that it had not told here, or did not take. None: it
    /// is not. Such a call offers [`crate::WayOut`]s too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<String>,
    /// The call is for another program (a client tool): it cannot run on the server and is not yours to approve.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub foreign: bool,
    /// What was decided, by whomever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// From the call to its return in milliseconds; none in talk read from history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<i64>,
}

/// How far a tool call is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ToolState {
    /// The model is still writing it.
    Writing,
    /// The server runs it.
    Running,
    /// It waits for the user.
    AwaitingApproval,
    /// The decision (see `ToolCall::decision`) is saved and on its way; not yet confirmed.
    Deciding,
    /// The user said no, and the server knows.
    Denied,
    /// It came back.
    Returned(ToolReturn),
    /// The run ended before it came back: stopped by the user, or failed.
    Stopped,
    /// The connection was lost before it came back.
    Interrupted,
}

/// A decision on a tool call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Yes or no.
    pub approve: bool,
    /// Why not, as the agent reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Milliseconds since 1970 UTC; none where only the server knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

/// What a tool gave back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolReturn {
    /// The server says `success`.
    pub ok: bool,
    /// The value, as text.
    pub text: String,
    /// What it printed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stdout: Vec<String>,
    /// What it complained.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stderr: Vec<String>,
    /// Pictures it gave back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageRef>,
}
