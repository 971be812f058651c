//! What a server can and cannot do, in words: for the list behind "Server" in the connection menu, and for what the window offers.

use serde::{Deserialize, Serialize};

/// Something a server can do, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ability {
    /// What.
    pub of: Skill,
    /// Whether.
    pub can: Can,
    /// Why, or what it means, in the user's words: one or two sentences.
    pub why: String,
}

/// What a server may be able to do. In the order in which it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skill {
    /// Conversations of an agent beside its main thread.
    Conversations,
    /// Talking in groups that the server leads.
    Groups,
    /// Answers that go on when the line is cut, and can be taken up again.
    Background,
    /// Asking before a tool runs.
    Approvals,
    /// The same within groups.
    GroupApprovals,
    /// Stopping an answer on the server.
    Stopping,
    /// Pictures in messages.
    Images,
}

impl Skill {
    /// As the list names it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Conversations => "Conversations of an agent",
            Self::Groups => "Groups",
            Self::Background => "Answers that outlive a cut line",
            Self::Approvals => "Asking before a tool runs",
            Self::GroupApprovals => "Asking in groups",
            Self::Stopping => "Stopping an answer",
            Self::Images => "Images",
        }
    }

    /// The word for `data-name`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Groups => "groups",
            Self::Background => "background",
            Self::Approvals => "approvals",
            Self::GroupApprovals => "group_approvals",
            Self::Stopping => "stopping",
            Self::Images => "images",
        }
    }
}

/// Whether a server can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Can {
    /// It can.
    Yes,
    /// It can, with a limit that `why` tells.
    Partly,
    /// It cannot.
    No,
    /// Only trying tells.
    Unknown,
}
