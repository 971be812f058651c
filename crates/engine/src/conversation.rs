//! Conversations that are open or running: one task each, which owns its `letta::Timeline` and needs no lock. Here is what it may
//! be told and where it is found; what it says are `news::Told`s. The task itself is `conversation::actor`.

mod actor;
mod again;
mod budget;
mod decision;
mod doctor;
mod fetch;
mod foreign;
mod frames;
mod history;
mod loading;
mod lost;
mod outbox;
mod overheard;
mod page;
mod queue;
mod resetting;
mod resuming;
mod ruling;
mod running;
mod saving;
mod state;
mod tabled;
mod telling;
mod words;

use std::{collections::HashMap, sync::Arc};

use model::{
    AgentId, Code, ConversationId, Failure, ImageId, ItemId, ProfileId, SendOptions, ToolCallId, WayOut,
    command::{Older, Opened, Shown},
};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::{house::House, tables::is_table};

pub(crate) use outbox::OfOutbox;
pub(crate) use page::OfPage;
pub(crate) use tabled::AtTable;
use tabled::Ear;

/// Where an answer to the window goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, Failure>>;

/// What a conversation may be told.
pub(crate) enum Input {
    /// The window shows it.
    Open(Reply<Opened>),
    /// The window no longer shows it.
    Close(Reply<()>),
    Earlier(Reply<Older>),
    Fill {
        gap: ItemId,
        reply: Reply<()>,
    },
    Send {
        text: String,
        images: Vec<ImageId>,
        reply: Reply<()>,
    },
    /// The queue waited for the user, who lets it go.
    SendQueued(Reply<()>),
    /// A very long run may go on.
    KeepGoing {
        /// Whose, at a table.
        agent: Option<AgentId>,
        reply: Reply<()>,
    },
    Stop(Reply<()>),
    Retry {
        item: ItemId,
        reply: Reply<()>,
    },
    /// Words of which nobody knows whether they arrived are left as they are.
    Leave {
        item: ItemId,
        reply: Reply<()>,
    },
    Decide {
        call: ToolCallId,
        verdict: Verdict,
        reply: Reply<()>,
    },
    Unstick {
        call: ToolCallId,
        way: WayOut,
        shown: Shown,
        reply: Reply<()>,
    },
    /// Which agent asks for which tool.
    Asks {
        call: ToolCallId,
        reply: Reply<Asks>,
    },
    OfPage(OfPage),
    OfOutbox(OfOutbox),
    /// The server is in reach, or has something newer: look. The permit bounds how many look at once.
    CatchUp(Option<OwnedSemaphorePermit>),
    /// The computer slept: the line may be dead without having said so.
    Woke,
    /// All that was said in a server's group is taken out, there and here.
    Reset(Reply<()>),
    /// Other members sit here from now on, as the sidebar tells.
    Seated,
    /// What is asked of tables only.
    AtTable(AtTable),
    /// A table listens from now on: first to all that is loaded.
    Overhear(Ear),
    /// It no longer does.
    Unhear(Ear),
    /// A table says something to its member, under an id of its own.
    Tell {
        otid: String,
        text: String,
        images: Vec<ImageId>,
        /// How answers are to come; none: as chosen here.
        options: Option<SendOptions>,
    },
    /// What is known is on disk when this is answered.
    Save(Reply<()>),
    /// Save and end.
    End(Reply<()>),
}

/// A decision as the window gave it.
pub(crate) struct Verdict {
    pub approve: bool,
    pub reason: Option<String>,
    pub shown: Shown,
}

/// Who asks for what.
pub(crate) struct Asks {
    pub profile: ProfileId,
    /// None where the server does not tell.
    pub agent: Option<AgentId>,
    pub tool: String,
}

/// The conversations that have a task.
#[derive(Default)]
pub(crate) struct Talks {
    running: Mutex<HashMap<ConversationId, mpsc::UnboundedSender<Input>>>,
}

impl Talks {
    /// Tells a conversation; starts its task if it has none.
    pub(crate) fn tell(&self, house: &Arc<House>, id: &ConversationId, input: Input) {
        let mut running = self.running.lock();
        let mut input = input;
        if let Some(talk) = running.get(id) {
            match talk.send(input) {
                Ok(()) => return,
                // Its task is gone without having been asked: begin anew.
                Err(mpsc::error::SendError(back)) => input = back,
            }
        }
        let target = target(id);
        if target.is_none() && !is_table(id) {
            return;
        }
        let (talk, inputs) = mpsc::unbounded_channel();
        if talk.send(input).is_ok() {
            running.insert(id.clone(), talk);
            match target {
                Some(target) => house.spawn(actor::run(Arc::clone(house), id.clone(), target, inputs)),
                None => house.spawn(tabled::run(Arc::clone(house), id.clone(), inputs)),
            }
        }
    }

    /// Tells a conversation that has a task; nothing to one that has none.
    pub(crate) fn tell_running(&self, id: &ConversationId, input: Input) {
        if let Some(talk) = self.running.lock().get(id) {
            // A task that is gone has nothing to do with it either.
            let _ = talk.send(input);
        }
    }

    /// Those that have a task, e.g. of one profile.
    pub(crate) fn running(&self, which: impl Fn(&ConversationId) -> bool) -> Vec<ConversationId> {
        self.running.lock().keys().filter(|id| which(id)).cloned().collect()
    }

    /// What a conversation knows is on disk afterwards; one without a task has nothing that is not.
    pub(crate) async fn saved(&self, id: &ConversationId) {
        let (reply, saved) = oneshot::channel();
        self.tell_running(id, Input::Save(reply));
        // One that is gone already has nothing to save.
        let _ = saved.await;
    }

    /// A task that could not begin.
    fn forget(&self, id: &ConversationId) {
        self.running.lock().remove(id);
    }

    /// A task wants to end. True: it may, nothing was told to it meanwhile, and from now on nothing will be.
    fn retire(&self, id: &ConversationId, inputs: &mpsc::UnboundedReceiver<Input>) -> bool {
        let mut running = self.running.lock();
        let may = inputs.is_empty();
        if may {
            running.remove(id);
        }
        may
    }

    /// Ends those tasks, each after saving, and waits for it.
    pub(crate) async fn end(&self, which: impl Fn(&ConversationId) -> bool) {
        let mut ended = Vec::new();
        for id in self.running(which) {
            let (reply, answer) = oneshot::channel();
            self.tell_running(&id, Input::End(reply));
            ended.push(answer);
        }
        for answer in ended {
            // One that is gone already has nothing to save.
            let _ = answer.await;
        }
    }
}

/// Whom a conversation is with: our id is `<profile>/<agent-… or group-…>`, or `<profile>/<agent-…>/<conv-…>`. None: it is a table,
/// which no server knows.
pub(crate) fn target(id: &ConversationId) -> Option<letta::Target> {
    if is_table(id) {
        return None;
    }
    let (_, named) = id.as_str().split_once('/')?;
    if named.starts_with("group-") {
        return Some(letta::Target::Group(named.to_owned()));
    }
    Some(match named.split_once('/') {
        Some((agent, thread)) => letta::Target::Thread { agent: AgentId::from(agent), id: thread.to_owned() },
        None => letta::Target::Agent(AgentId::from(named)),
    })
}

/// Tells a conversation something and waits for its answer.
pub(crate) async fn tell<T>(
    house: &Arc<House>,
    id: &ConversationId,
    input: impl FnOnce(Reply<T>) -> Input,
) -> Result<T, Failure> {
    known(house, id)?;
    let (reply, answer) = oneshot::channel();
    house.talks.tell(house, id, input(reply));
    self::answer(answer).await
}

/// Whether a conversation is in the sidebar.
pub(crate) fn known(house: &House, id: &ConversationId) -> Result<(), Failure> {
    match house.sidebar.row(id) {
        Some(_) => Ok(()),
        None => Err(gone()),
    }
}

/// Waits for an answer of a conversation.
pub(crate) async fn answer<T>(answer: oneshot::Receiver<Result<T, Failure>>) -> Result<T, Failure> {
    answer.await.unwrap_or_else(|_| Err(Failure::new(Code::Invalid, "This conversation was closed meanwhile.")))
}

/// What is asked about is not in the sidebar.
pub(crate) fn gone() -> Failure {
    Failure::new(Code::Invalid, "This conversation is no longer there.")
}
