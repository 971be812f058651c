//! What the stand-in server knows, behind one lock: how it is found, stored, begun and ended. Each kept thing is `kept`; who changes
//! it is `play` and `http`.

mod kept;

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    fault::Faults,
    ids,
    ledger::Ledger,
    mind::Mind,
    settings::Settings,
    tape::Tape,
    wire::{ErrorMessage, Usage},
};

pub(crate) use kept::{Agent, Block, Conversation, Group, Pending, Place, Row, Run, RunStatus, Thread, Tool};

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
