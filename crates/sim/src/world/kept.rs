//! What a server keeps: agents with their memory, groups, conversations, stored talk, runs, and requests that wait for a decision. Who
//! may look at them when is `world`.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    decision::Asked,
    table::Table,
    wire::{ErrorMessage, Message, Usage},
};

/// A thread of talk: an agent's own, a further conversation of it, or a group's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Agent(String),
    Conversation { agent: String, id: String },
    Group(String),
}

impl Place {
    /// The agent whose it is; none for a group.
    pub(crate) fn agent(&self) -> Option<&str> {
        match self {
            Self::Agent(agent) | Self::Conversation { agent, .. } => Some(agent),
            Self::Group(_) => None,
        }
    }

    pub(crate) fn conversation(&self) -> Option<&str> {
        match self {
            Self::Conversation { id, .. } => Some(id),
            Self::Agent(_) | Self::Group(_) => None,
        }
    }
}

/// A further talk with an agent, beside its own.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) agent: String,
    /// Its name, in the words of the interface.
    pub(crate) summary: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) last_message: Option<Timestamp>,
}

impl Conversation {
    pub(crate) fn place(&self) -> Place {
        Place::Conversation { agent: self.agent.clone(), id: self.id.clone() }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Agent {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    /// The last time anything was said.
    pub(crate) updated: Timestamp,
    pub(crate) tools: Vec<Tool>,
    /// A block that several agents have is the same one, with the same id, at each.
    pub(crate) blocks: Vec<Block>,
}

/// A block of memory.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) value: String,
    /// In characters.
    pub(crate) limit: u64,
}

/// What an agent may call.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    /// The `parameters` of its JSON Schema as written, because the order of its properties is the order in which people read them.
    pub(crate) parameters: Box<serde_json::value::RawValue>,
    pub(crate) asks: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) description: String,
    /// Without the manager.
    pub(crate) members: Vec<String>,
    /// Letta's `manager_type`.
    pub(crate) kind: String,
    pub(crate) manager: Option<String>,
    pub(crate) max_turns: Option<usize>,
    /// The word that ends a dynamic group.
    pub(crate) token: Option<String>,
    /// How often the others of a sleeptime group work.
    pub(crate) frequency: Option<u64>,
}

impl Group {
    /// Those whose words are streamed. Under a supervisor that is it alone (API-FACTS §9).
    pub(crate) fn speakers(&self) -> Vec<String> {
        match (&self.manager, self.kind.as_str()) {
            (Some(manager), "supervisor" | "sleeptime") => vec![manager.clone()],
            (Some(_) | None, _) => self.members.clone(),
        }
    }
}

/// Stored talk.
#[derive(Debug, Default)]
pub(crate) struct Thread {
    pub(crate) rows: Vec<Row>,
    pub(crate) pending: Option<Pending>,
    /// Calls that were decided, to know a decision that comes twice.
    pub(crate) decided: Vec<String>,
    /// Texts of the messages that the user has sent since the server started.
    pub(crate) heard: Vec<String>,
}

/// One stored row: up to reasoning, words and call of one model step, all of one id.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) messages: Vec<Message>,
    /// Which one it is of all rows of the server.
    pub(crate) order: u64,
}

impl Row {
    pub(crate) fn of(message: Message) -> Self {
        Self { id: message.id.clone(), messages: vec![message], order: 0 }
    }
}

/// A request that waits for the user.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// The approval_request_message as it stands in history.
    pub(crate) request: Message,
    /// The calls to decide, in the order of the request.
    pub(crate) asked: Vec<Asked>,
    /// Calls of the same step that need no approval and wait for the others.
    pub(crate) harmless: Vec<Asked>,
    /// The step that asks: the return belongs to it.
    pub(crate) step: String,
    /// The run that ended with it.
    pub(crate) run: String,
    /// Asked by an agent of 0.11.7.
    pub(crate) old: bool,
    /// How the table goes on afterwards, in a group.
    pub(crate) table: Option<Table>,
}

impl Pending {
    /// Whether this id is its own or that of one of its calls.
    pub(crate) fn names(&self, id: &str) -> bool {
        self.request.id == id || self.asked.iter().any(|asked| asked.id == id)
    }

    /// All ids by which a decision may name it.
    pub(crate) fn ids(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.request.id.clone()).chain(self.asked.iter().map(|asked| asked.id.clone()))
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) place: Place,
    /// The agent, or all members of the group.
    pub(crate) agents: Vec<String>,
    /// Of the message that it answers.
    pub(crate) otid: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) status: RunStatus,
    pub(crate) stop_reason: Option<String>,
    pub(crate) error: Option<ErrorMessage>,
    pub(crate) cancel: CancellationToken,
    pub(crate) background: bool,
    /// What it used, once it is over.
    pub(crate) used: Option<Usage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunStatus {
    Running,
    Completed,
    Failed,
    Cancelled,
}

impl RunStatus {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}
