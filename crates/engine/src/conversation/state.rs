//! What a conversation is doing, and what may happen to it next. What is done about it is in the siblings.

use futures_util::future::BoxFuture;
use model::ToolCallId;

use super::{Input, Reply, doctor::Dropped, fetch::Fetched, foreign::Listed, lost::Found, resuming::Lookup};

/// What a conversation is doing.
pub(super) enum State {
    /// Nothing runs here.
    Idle,
    /// A request is on its way.
    Asking(Asked, BoxFuture<'static, Result<letta::Turn, letta::Error>>),
    /// The answer comes.
    Hearing(Asked, Box<letta::Turn>),
    /// Left here; the server is told to stop.
    Stopping,
    /// Left here, and the server was told; it stops when this tool is done. What comes until then is not listened to.
    Finishing(Box<letta::Turn>, String),
    /// The line was cut, or never stood: what became of it is asked.
    Resuming(Box<Lookup>, BoxFuture<'static, Found>),
}

/// What was asked of the server.
pub(super) enum Asked {
    /// The user's words.
    Words {
        /// Ours, given back by the server.
        otid: String,
    },
    /// Decisions on tool calls of one request.
    Decision {
        calls: Vec<ToolCallId>,
        /// Answered at the first sign that the server took them.
        reply: Vec<Reply<()>>,
    },
}

/// What came of the request that is under way.
pub(super) enum Step {
    Told(Option<Input>),
    Answered(Box<Result<letta::Turn, letta::Error>>),
    Heard(letta::Heard),
    Found(Box<Found>),
    Finished,
    Back(Errand),
    Frame,
    Save,
    Long,
}

/// What comes back from a question beside the run.
pub(super) enum Errand {
    /// The server was told to stop.
    Stopped,
    /// A page of history.
    Fetched(Fetched),
    /// An agent's tools.
    Listed(Listed),
    /// The run of a request that waits was stopped, or not.
    Dropped(Dropped),
}

impl State {
    pub(super) async fn next(&mut self) -> Step {
        match self {
            Self::Idle | Self::Stopping => std::future::pending().await,
            Self::Asking(_, answer) => Step::Answered(Box::new(answer.await)),
            Self::Hearing(_, turn) => Step::Heard(turn.next().await),
            Self::Finishing(turn, _) => {
                while let letta::Heard::Event(_) = turn.next().await {}
                Step::Finished
            }
            Self::Resuming(_, found) => Step::Found(Box::new(found.await)),
        }
    }

    /// Takes what was asked out, leaving nothing that runs: the connection is closed.
    pub(super) fn leave(&mut self) -> Option<Asked> {
        match std::mem::replace(self, Self::Idle) {
            Self::Asking(asked, _) | Self::Hearing(asked, _) => Some(asked),
            Self::Resuming(lookup, _) => Some(lookup.leave()),
            Self::Idle | Self::Stopping | Self::Finishing(..) => None,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }
}
