//! How words of the user are sent and their answers shown, as the user chose for one conversation.

use serde::{Deserialize, Serialize};

/// The options of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendOptions {
    /// At most so many model calls for one answer (1 to [`SendOptions::MOST_STEPS`]); none: the server's own limit (50 in 0.16.8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u32>,
    /// In which pieces answers come.
    #[serde(default)]
    pub pieces: Pieces,
    /// Thoughts stand in the timeline. They are kept either way.
    #[serde(default = "yes")]
    pub reasoning: bool,
}

/// In which pieces answers come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pieces {
    /// Word by word wherever the server loses nothing by it.
    #[default]
    Auto,
    /// Word by word.
    Tokens,
    /// Step by step: each whole, after its tools ran.
    Steps,
}

impl SendOptions {
    /// The largest limit of steps that can be chosen.
    pub const MOST_STEPS: u32 = 500;
}

impl Default for SendOptions {
    fn default() -> Self {
        Self { max_steps: None, pieces: Pieces::Auto, reasoning: true }
    }
}

fn yes() -> bool {
    true
}
