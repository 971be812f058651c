//! What a table or group has used: in all, by member, by message. Only what servers told; nothing is estimated.

use serde::{Deserialize, Serialize};

use crate::{AgentId, ItemId};

/// What was used. Reply to [`crate::command::UsageOf`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// All of it.
    pub total: Spent,
    /// By whom, those who used most first; empty where the server leads and tells only what all used together.
    pub members: Vec<MemberUsage>,
    /// What came of each message of the user's, newest first, [`Usage::MOST_ROUNDS`] at most. One that used nothing, or of which no
    /// server told, is not among them.
    pub rounds: Vec<RoundUsage>,
}

impl Usage {
    /// Rounds that are told; the total counts all.
    pub const MOST_ROUNDS: usize = 200;
}

/// Turns, tokens and time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Turns of members.
    pub turns: u64,
    /// Tokens that models read.
    pub input: u64,
    /// Tokens that models wrote.
    pub output: u64,
    /// From message to end, in milliseconds; none where nobody measured it: talk that was read from a server's history. In a total:
    /// of what was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<i64>,
}

impl Spent {
    /// This and that.
    pub fn and(self, other: Self) -> Self {
        Self {
            turns: self.turns.saturating_add(other.turns),
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            took: match (self.took, other.took) {
                (Some(this), Some(that)) => Some(this.saturating_add(that)),
                (took, None) | (None, took) => took,
            },
        }
    }
}

/// What one agent used at a table, ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberUsage {
    /// Who. It may have left meanwhile, or only pick who speaks.
    pub agent: AgentId,
    /// What it is called there; none: it has left, and nobody knows any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Tokens it read.
    pub input: u64,
    /// Tokens it wrote.
    pub output: u64,
}

/// What came of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundUsage {
    /// The row that tells it in the talk.
    pub item: ItemId,
    /// When it ended, in milliseconds since 1970 UTC.
    pub at: i64,
    /// How the message begins, on one line; empty where it is not kept here, or was a picture.
    pub words: String,
    /// What it used.
    pub spent: Spent,
}
