//! Why a command was not done. A failed turn is not a failure but an item of the conversation (`Content::Error`).

use serde::{Deserialize, Serialize};

/// An answer to a command that could not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What the window does about it.
    pub code: Code,
    /// What happened and the way out, in the user's words.
    pub message: String,
    /// Status, body or cause as it came, for "Details" and the log. Never holds a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}

/// Only kinds of failure on which the window acts differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The server refused the key: offer to enter another.
    Unauthorized,
    /// The server was not reached: show what is saved, offer to try again.
    Offline,
    /// The server answered with an error.
    Server,
    /// The thing changed meanwhile (a request already decided, an agent already speaking): show it anew.
    Conflict,
    /// The disk or the database refused.
    Storage,
    /// The system keychain refused.
    Keychain,
    /// What was asked makes no sense (an unknown conversation, an address that is none).
    Invalid,
}

impl Failure {
    /// A failure without details.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: None }
    }

    /// The same with its raw cause.
    #[must_use]
    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
