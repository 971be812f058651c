//! A server's own group as it is set: who sits in it and how its members take turns, with what each way needs. How it looks in the
//! sidebar is `conversation`; tables that the app leads are `table`.

use serde::{Deserialize, Serialize};

use crate::{AgentId, Pattern};

/// A group that the server leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its name: the first line of what Letta calls its description, for groups have no other.
    pub name: String,
    /// Those who sit in it, in their order, without the one who leads, picks or talks.
    pub members: Vec<AgentId>,
    /// How they take turns. Fixed when the group is made: servers refuse to change the way itself, only what belongs to it
    /// (0.11.7/group-patch-manager-type).
    pub way: Way,
}

/// How the members of a server's group take turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case")]
pub enum Way {
    /// In order.
    RoundRobin {
        /// Turns in one answer; none: one of each member.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turns: Option<u32>,
    },
    /// One leads and asks the others.
    Supervisor {
        /// The one who leads.
        lead: AgentId,
    },
    /// A manager picks who speaks, until it says a word.
    Dynamic {
        /// The one who picks.
        manager: AgentId,
        /// Turns in one answer at most; none: as many as there are members.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        turns: Option<u32>,
        /// The word that ends it; none: the server's own, `DONE!`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ends_with: Option<String>,
    },
    /// One talks, the others work behind.
    Sleeptime {
        /// The one who talks.
        talks: AgentId,
        /// The others work after every so many turns; none: after each.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        every: Option<u32>,
    },
    /// A way this version does not know, by the server's word. None of it can be changed here.
    Other {
        /// Letta's `manager_type`.
        word: String,
        /// Its manager, where it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chair: Option<AgentId>,
    },
}

impl Way {
    /// The same as the sidebar and the bar tell it.
    pub fn pattern(&self) -> Pattern {
        match self {
            Self::RoundRobin { .. } => Pattern::RoundRobin,
            Self::Supervisor { lead } => Pattern::Supervisor { lead: lead.clone() },
            Self::Dynamic { manager, .. } => Pattern::Dynamic { manager: manager.clone() },
            Self::Sleeptime { talks, .. } => Pattern::Sleeptime { talks: talks.clone() },
            // Made for voices by Letta itself, and otherwise the same (0.11.7/group-voice-stream-steps).
            Self::Other { word, chair: Some(talks) } if word == "voice_sleeptime" => {
                Pattern::Sleeptime { talks: talks.clone() }
            }
            Self::Other { word, .. } => Pattern::Other { word: word.clone() },
        }
    }

    /// The one who leads, picks or talks, where there is one.
    pub fn chair(&self) -> Option<&AgentId> {
        match self {
            Self::Supervisor { lead: chair }
            | Self::Dynamic { manager: chair, .. }
            | Self::Sleeptime { talks: chair, .. } => Some(chair),
            Self::Other { chair, .. } => chair.as_ref(),
            Self::RoundRobin { .. } => None,
        }
    }

    /// Letta's `manager_type`.
    pub fn word(&self) -> &str {
        match self {
            Self::RoundRobin { .. } => "round_robin",
            Self::Supervisor { .. } => "supervisor",
            Self::Dynamic { .. } => "dynamic",
            Self::Sleeptime { .. } => "sleeptime",
            Self::Other { word, .. } => word,
        }
    }
}
