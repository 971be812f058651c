//! What the stand-in server knows: agents, groups, their stored talk, runs, and requests that wait for a decision. Plain state
//! behind one lock; who changes it is `play` and `http`.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    decision::Asked,
    fault::Faults,
    ids,
    ledger::Ledger,
    mind::Mind,
    settings::Settings,
    table::Table,
    tape::Tape,
    wire::{ErrorMessage, Message, Usage},
};

/// Everything, shared by all connections and runs.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) mind: Mind,
    pub(crate) faults: Faults,
    pub(crate) ledger: Ledger,
    /// What [`crate::Step::Gate`] waits for.
    pub(crate) gate: Semaphore,
    state: Mutex<State>,
}

impl World {
    pub(crate) fn new(settings: Settings, mind: Mind, ledger: Ledger, state: State) -> Self {
        Self { settings, mind, ledger, faults: Faults::default(), gate: Semaphore::new(0), state: Mutex::new(state) }
    }

    /// Short visits only: never held over an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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

#[derive(Debug, Default)]
pub(crate) struct State {
    /// In the order of creation.
    pub(crate) agents: Vec<Agent>,
    pub(crate) groups: Vec<Group>,
    pub(crate) runs: Vec<Run>,
    /// Of runs in the background, by their ids.
    pub(crate) tapes: HashMap<String, Arc<Tape>>,
    /// In the order of creation.
    pub(crate) conversations: Vec<Conversation>,
    threads: HashMap<Place, Thread>,
    /// How many rows were ever stored.
    stored: u64,
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

impl State {
    pub(crate) fn agent(&self, id: &str) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.id == id)
    }

    pub(crate) fn group(&self, id: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.id == id)
    }

    pub(crate) fn thread(&mut self, place: &Place) -> &mut Thread {
        self.threads.entry(place.clone()).or_default()
    }

    /// Takes out all that was said in a place.
    pub(crate) fn reset(&mut self, place: &Place) {
        self.threads.remove(place);
    }

    pub(crate) fn conversation(&self, id: &str) -> Option<&Conversation> {
        self.conversations.iter().find(|conversation| conversation.id == id)
    }

    /// Adds rows to a thread.
    pub(crate) fn store(&mut self, place: &Place, rows: impl IntoIterator<Item = Row>) {
        let mut order = self.stored;
        let counted = rows.into_iter().map(|row| {
            order += 1;
            Row { order, ..row }
        });
        self.threads.entry(place.clone()).or_default().rows.extend(counted);
        self.stored = order;
    }

    /// All rows of an agent, of every conversation, in the order of storage (recording 0.16.8/conversation-agent-list-all).
    pub(crate) fn rows_of_agent(&self, agent: &str) -> Cow<'_, [Row]> {
        let own = self.threads.get(&Place::Agent(agent.to_owned())).map_or(&[][..], |thread| &thread.rows);
        let others: Vec<&Row> = self
            .conversations
            .iter()
            .filter(|conversation| conversation.agent == agent)
            .filter_map(|conversation| self.threads.get(&conversation.place()))
            .flat_map(|thread| &thread.rows)
            .collect();
        if others.is_empty() {
            return Cow::Borrowed(own);
        }
        let mut all: Vec<Row> = own.iter().chain(others).cloned().collect();
        all.sort_by_key(|row| row.order);
        Cow::Owned(all)
    }

    pub(crate) fn run(&self, id: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// Begins a run.
    pub(crate) fn begin(
        &mut self,
        place: &Place,
        agents: Vec<String>,
        otid: Option<String>,
    ) -> (String, CancellationToken) {
        let (id, cancel) = (ids::fresh("run"), CancellationToken::new());
        self.runs.push(Run {
            id: id.clone(),
            place: place.clone(),
            agents,
            otid,
            created: Timestamp::now(),
            completed: None,
            status: RunStatus::Running,
            stop_reason: None,
            error: None,
            cancel: cancel.clone(),
            background: false,
            used: None,
        });
        (id, cancel)
    }

    /// What a run used.
    pub(crate) fn used(&mut self, run: &str, usage: Usage) {
        if let Some(run) = self.runs.iter_mut().find(|other| other.id == run) {
            run.used = Some(usage);
        }
    }

    /// A run is kept on a tape from now on.
    pub(crate) fn keep(&mut self, run: &str, tape: Arc<Tape>) {
        self.tapes.insert(run.to_owned(), tape);
        if let Some(run) = self.runs.iter_mut().find(|other| other.id == run) {
            run.background = true;
        }
    }

    /// Ends a run, unless it ended already.
    pub(crate) fn end(&mut self, run: &str, status: RunStatus, stop: &str, error: Option<ErrorMessage>) {
        if let Some(run) = self.runs.iter_mut().find(|other| other.id == run) {
            if run.status == RunStatus::Running {
                run.status = status;
            }
            run.stop_reason = Some(stop.to_owned());
            run.completed = Some(Timestamp::now());
            run.error = error;
            for agent in self.agents.iter_mut().filter(|agent| run.agents.contains(&agent.id)) {
                agent.updated = Timestamp::now();
            }
            let conversation = run.place.conversation();
            for conversation in self.conversations.iter_mut().filter(|other| conversation == Some(other.id.as_str())) {
                conversation.last_message = Some(Timestamp::now());
                conversation.updated = Timestamp::now();
            }
        }
    }

    /// A run that had ended with a request is cancelled with it.
    pub(crate) fn cancelled(&mut self, run: &str) {
        if let Some(run) = self.runs.iter_mut().find(|other| other.id == run) {
            run.status = RunStatus::Cancelled;
            run.stop_reason = Some("cancelled".to_owned());
        }
    }

    /// Whether the server has, or is just answering, a message of the user with this otid.
    pub(crate) fn has_otid(&mut self, place: &Place, otid: &str) -> bool {
        let answering =
            |run: &Run| run.status == RunStatus::Running && run.place == *place && run.otid.as_deref() == Some(otid);
        if self.runs.iter().any(answering) {
            return true;
        }
        self.thread(place)
            .rows
            .iter()
            .flat_map(|row| &row.messages)
            .any(|message| message.message_type == "user_message" && message.otid.as_deref() == Some(otid))
    }

    /// The thread in which this agent's decision is awaited: its own, or else a group's.
    pub(crate) fn waiting_place(&self, agent: &str, call: Option<&str>) -> Option<Place> {
        let waits = |place: &Place, thread: &Thread| {
            let Some(pending) = &thread.pending else { return false };
            let named = call.is_none_or(|call| pending.names(call));
            match place {
                Place::Agent(id) => id == agent,
                Place::Conversation { .. } => false,
                Place::Group(_) => {
                    named && pending.table.as_ref().is_some_and(|table| table.speaker_id() == Some(agent))
                }
            }
        };
        let mut places: Vec<&Place> =
            self.threads.iter().filter(|(place, thread)| waits(place, thread)).map(|(place, _)| place).collect();
        places.sort_by_key(|place| matches!(place, Place::Group(_)));
        places.first().map(|place| (*place).clone())
    }
}
