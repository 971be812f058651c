//! A row of the sidebar and who sits in it: an agent, a conversation of an agent, a server's group, or a table the app leads.

use serde::{Deserialize, Serialize};

use crate::{AgentId, ConversationId, Floor, ProfileId, Speaker};

/// A conversation as the sidebar and the bar show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// The same at every start.
    pub id: ConversationId,
    /// Whose server.
    pub profile: ProfileId,
    /// What it is.
    pub kind: ConversationKind,
    /// Agent's name, or the group's name.
    pub title: String,
    /// One for an agent; the members in their order for a group.
    pub members: Vec<Member>,
    /// The group's way of speaking; none for an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
    /// What was said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastWords>,
    /// Something new since it was last open.
    pub unread: bool,
    /// Requests that wait for a decision.
    pub waiting: u32,
    /// Whose turn it is.
    pub turn: Turn,
    /// Why nothing can be said here, in the user's words; none where it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    /// What to know before saying something here, in the user's words. Known while the server is in reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
    /// How a table stands that the app leads; none for all else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Box<Floor>>,
    /// The user put it away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// The answer that comes is very long, and the user is asked whether it shall go on (`KeepGoing`, or `Stop`). Until then it is
    /// heard as any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long_run: Option<LongRun>,
}

/// How long a run is about which the user is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum LongRun {
    /// It takes its time.
    Lasting {
        /// Whole minutes since it was asked for.
        minutes: u64,
    },
    /// It sends much.
    Large {
        /// Whole mebibytes so far.
        mebibytes: usize,
    },
}

/// What a conversation is. The word for `data-kind` of a sidebar row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// An agent's main thread.
    Agent,
    /// A conversation of an agent that is not its main thread.
    Conversation,
    /// A group that the server leads.
    Group,
    /// A table that the app leads.
    Table,
}

impl ConversationKind {
    /// The word for `data-kind`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Conversation => "conversation",
            Self::Group => "group",
            Self::Table => "table",
        }
    }
}

/// An agent with a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Letta's id.
    pub agent: AgentId,
    /// As the server writes it.
    pub name: String,
    /// What it does, one or two words; may be empty.
    pub role: String,
    /// 1 to 10: which of the ten agent colours, unique at one table.
    pub hue: u8,
    /// One letter, or two where two members begin alike.
    pub monogram: String,
}

/// How the members of a group take turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "pattern", rename_all = "snake_case")]
pub enum Pattern {
    /// In order.
    RoundRobin,
    /// Nobody speaks unless you name them. Only at tables that the app leads.
    CalledOn,
    /// One leads and gives the word.
    Supervisor {
        /// The one who leads.
        lead: AgentId,
    },
    /// A manager picks who speaks.
    Dynamic {
        /// The one who picks.
        manager: AgentId,
    },
    /// One talks, the others work behind.
    Sleeptime {
        /// The one who talks.
        talks: AgentId,
    },
    /// A pattern this version does not know, by the server's word.
    Other {
        /// Letta's `manager_type`.
        word: String,
    },
}

/// What was said last, for the sidebar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastWords {
    /// Who; none for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// The beginning of it, one line, no Markdown.
    pub text: String,
    /// Milliseconds since 1970 UTC.
    pub at: i64,
}

/// Whose turn it is in a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Turn {
    /// Yours: nothing runs.
    #[default]
    Yours,
    /// Sent; nobody has said a word yet.
    Sent,
    /// An agent is at it: thinking, calling a tool or speaking.
    Speaking {
        /// Who.
        speaker: Speaker,
    },
    /// A tool call waits for your decision.
    Paused {
        /// Whose.
        speaker: Speaker,
    },
    /// The line was cut while an answer came; it is picked up where it stopped.
    Resuming {
        /// Who was at it; none if nobody had said a word yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speaker: Option<Speaker>,
    },
    /// You said stop; the server has not confirmed.
    Stopping,
    /// You said stop; the server stops as soon as the tool that runs is done: it lets no tool go half-way.
    Finishing {
        /// Its name.
        tool: String,
    },
}
