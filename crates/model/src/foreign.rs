//! Calls of tools that the server does not have: what an agent is told of them. Which calls those are is found out by the engine.

use crate::{ToolCall, ToolState};

/// What an agent is told in place of a return, where the app answers for a tool that belongs to another program. The server keeps
/// these words and no other sign of it, so by them it is known again.
pub const NOT_HERE: &str =
    "This tool is not available here: it belongs to another program, which is not part of this conversation.";

impl ToolCall {
    /// Nobody ran it: the agent was told so (see [`NOT_HERE`]).
    pub fn is_not_here(&self) -> bool {
        match &self.state {
            ToolState::Returned(returned) => self.foreign && !returned.ok && returned.text.starts_with(NOT_HERE),
            ToolState::Deciding | ToolState::Denied => self.foreign,
            ToolState::Writing
            | ToolState::Running
            | ToolState::AwaitingApproval
            | ToolState::Stopped
            | ToolState::Interrupted => false,
        }
    }
}
