//! The one list a conversation is: what was said, thought and done, by whom, in which state. Sending, streaming, waiting for a
//! decision and failing are states of an item, not dialogs. How events become items is `letta::timeline`.

use serde::{Deserialize, Serialize};

use crate::{AgentId, ImageId, ItemId, Picture, RunId};

mod notice;
mod tool;

pub use notice::Notice;
pub use tool::{Decision, ToolCall, ToolReturn, ToolState};

/// One entry of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Unique in its conversation.
    pub id: ItemId,
    /// Where it stands: sparse, unique in its conversation, ascending down the page.
    pub position: i64,
    /// Who says it.
    pub author: Author,
    /// When, in milliseconds since 1970 UTC. For reading only: never sorted by (the server's dates are whole seconds).
    pub at: i64,
    /// The run it came in, where the server said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The server's `step-…`: one model call within a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What it is.
    pub content: Content,
}

/// Who says an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Author {
    /// The user.
    You,
    /// One of the agents.
    Agent(Speaker),
    /// Tertulia itself: gaps, notices, errors, round marks.
    App,
}

/// An agent as the one who speaks. Letta 0.11.7's groups tell only the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Speaker {
    /// Its id, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<AgentId>,
    /// Its name as the server writes it.
    pub name: String,
}

/// What an item is.
// Items are few and each is its own; a box would cost an allocation for every call and make each match go through it.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// The user's words.
    User {
        /// As typed.
        text: String,
        /// Pictures that went with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        images: Vec<ImageRef>,
        /// Whether the server has it.
        state: SendState,
    },
    /// An agent's words, Markdown.
    Assistant {
        /// So far.
        text: String,
        /// Pictures within the answer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        images: Vec<ImageRef>,
        /// Whether more is coming.
        state: TextState,
    },
    /// What the model thought before it spoke.
    Reasoning {
        /// So far; empty when hidden.
        text: String,
        /// The model (or its provider) does not show it.
        hidden: bool,
        /// Whether more is coming.
        state: TextState,
        /// From its first piece to whatever came next, in milliseconds; none while it runs and in talk read from history.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took: Option<i64>,
    },
    /// A tool call, from its first letter to its return.
    Tool(ToolCall),
    /// Something Tertulia states: usage, stopped by you, a compaction, an unknown message.
    Notice(Notice),
    /// A turn that failed. The words before it are kept.
    Error(Trouble),
    /// Turns that exist on the server but not here.
    Gap,
    /// The next round of a table begins. Numbered from 2 within one message of the user.
    Round {
        /// 2, 3, …
        number: u32,
    },
}

/// A picture that an item refers to. The bytes are never in an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
pub enum ImageRef {
    /// Somewhere on the web: never loaded unasked.
    Remote {
        /// The whole address.
        url: String,
    },
    /// Kept by the Letta server.
    Stored {
        /// Letta's `file-…`, where given. No route gives its bytes (OpenAPI 0.11.7, 0.16.8): they come with the message or not at all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// As declared, e.g. `image/png`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        media_type: Option<String>,
        /// Names its bytes, where they came with it; none where the server only names the file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hash: Option<ImageId>,
    },
    /// Its bytes came with the message and are kept here: it can be shown.
    Kept(Picture),
    /// Came inside the message, and is no picture that can be shown.
    Inline {
        /// As declared, e.g. `image/png`.
        media_type: String,
        /// Size in bytes after decoding.
        bytes: u64,
        /// Names its bytes; none where they could not be decoded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hash: Option<ImageId>,
    },
}

impl ImageRef {
    /// The name of its bytes, if they are here or were once.
    pub fn hash(&self) -> Option<&ImageId> {
        match self {
            Self::Remote { .. } => None,
            Self::Kept(picture) => Some(&picture.image),
            Self::Stored { hash, .. } | Self::Inline { hash, .. } => hash.as_ref(),
        }
    }
}

/// The way of the user's words to the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SendState {
    /// Saved here, not yet answered. This row is the outbox.
    Sending,
    /// The server answered.
    Sent,
    /// It did not arrive, or the server did not keep it. The words stay, with Retry.
    Failed {
        /// In the user's words.
        reason: String,
    },
    /// The line broke before the server answered, and whether it has the words cannot be told: they are not sent again unasked, because
    /// a server takes the same words twice for two messages. Offers [`crate::command::Retry`] ("Send again") and
    /// [`crate::command::Leave`] ("Leave it").
    Doubtful {
        /// Why that cannot be told, in the user's words.
        reason: String,
        /// The user chose to leave it: it stays as it is and offers nothing more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        left: bool,
    },
}

/// The state of words that grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextState {
    /// More is coming.
    Streaming,
    /// Whole.
    Done,
    /// Cut off by the user.
    Stopped,
    /// Cut off by a lost connection or the end of the app.
    Interrupted,
}

/// A turn that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What happened, in the user's words: "The model stopped answering".
    pub what: String,
    /// Why, in the user's words where known, else the server's.
    pub why: String,
    /// Code, status and body as received, for "Details".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

impl Item {
    /// The word for `data-kind` in the window and `kind` in a replay.
    pub fn kind(&self) -> &'static str {
        match &self.content {
            Content::User { .. } => "user",
            Content::Assistant { .. } => "assistant",
            Content::Reasoning { .. } => "reasoning",
            Content::Tool(_) => "tool",
            Content::Notice(_) => "notice",
            Content::Error(_) => "error",
            Content::Gap => "gap",
            Content::Round { .. } => "round",
        }
    }

    /// The word for `data-state` in the window and `state` in a replay; none where an item has no states.
    pub fn state(&self) -> Option<&'static str> {
        match &self.content {
            Content::User { state, .. } => Some(match state {
                SendState::Sending => "sending",
                SendState::Sent => "done",
                SendState::Failed { .. } => "failed",
                SendState::Doubtful { .. } => "doubtful",
            }),
            Content::Assistant { state, .. } | Content::Reasoning { state, .. } => Some(match state {
                TextState::Streaming => "streaming",
                TextState::Done => "done",
                TextState::Stopped => "stopped",
                TextState::Interrupted => "interrupted",
            }),
            Content::Tool(call) => Some(match &call.state {
                ToolState::Writing => "writing",
                ToolState::Running => "running",
                ToolState::AwaitingApproval => "waiting",
                ToolState::Deciding => "deciding",
                ToolState::Denied => "denied",
                ToolState::Returned(returned) if returned.ok => "returned",
                ToolState::Returned(_) => "failed",
                ToolState::Stopped => "stopped",
                ToolState::Interrupted => "interrupted",
            }),
            Content::Error(_) => Some("failed"),
            Content::Notice(_) | Content::Gap | Content::Round { .. } => None,
        }
    }

    /// The agent that speaks here, if one does.
    pub fn speaker(&self) -> Option<&Speaker> {
        match &self.author {
            Author::Agent(speaker) => Some(speaker),
            Author::You | Author::App => None,
        }
    }

    /// The tool call, if this is one.
    pub fn tool(&self) -> Option<&ToolCall> {
        match &self.content {
            Content::Tool(call) => Some(call),
            Content::User { .. }
            | Content::Assistant { .. }
            | Content::Reasoning { .. }
            | Content::Notice(_)
            | Content::Error(_)
            | Content::Gap
            | Content::Round { .. } => None,
        }
    }

    /// The text that `Change::Append` goes on with: words, thoughts, or a call's arguments.
    pub fn growing_text(&mut self) -> Option<&mut String> {
        match &mut self.content {
            Content::User { text, .. } | Content::Assistant { text, .. } | Content::Reasoning { text, .. } => {
                Some(text)
            }
            Content::Tool(call) => Some(&mut call.arguments),
            Content::Notice(_) | Content::Error(_) | Content::Gap | Content::Round { .. } => None,
        }
    }
}
