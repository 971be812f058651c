//! What a table and its members' conversations tell each other: what is asked of tables only, and what a conversation lets a table
//! overhear. Who does what with it is in the siblings and in `conversation::overheard`.

use model::{AgentId, Change, Code, ConversationId, Failure, LongRun, Table, Turn};
use tokio::sync::mpsc;

use crate::conversation::Reply;

/// What is asked of tables only.
pub(crate) enum AtTable {
    Change { table: Box<Table>, reply: Reply<()> },
    GiveWord { agents: Vec<AgentId>, reply: Reply<()> },
    Skip { agent: AgentId, reply: Reply<()> },
    GoOn(Reply<()>),
    Mute { agent: AgentId, muted: bool, reply: Reply<()> },
    Writing { on: bool, reply: Reply<()> },
}

impl AtTable {
    /// Answers that this is no table.
    pub(in crate::conversation) fn refuse(self) {
        let (Self::Change { reply, .. }
        | Self::GiveWord { reply, .. }
        | Self::Skip { reply, .. }
        | Self::GoOn(reply)
        | Self::Mute { reply, .. }
        | Self::Writing { reply, .. }) = self;
        // Who asked may be gone.
        let _ = reply.send(Err(Failure::new(Code::Invalid, "This is no table that Tertulia leads.")));
    }
}

/// One turn of one table, as it listens to a member's conversation.
#[derive(Clone)]
pub(crate) struct Ear {
    pub table: ConversationId,
    /// Of the lane.
    pub number: u64,
    pub to: mpsc::UnboundedSender<Overheard>,
}

impl Ear {
    pub(in crate::conversation) fn is(&self, other: &Self) -> bool {
        self.table == other.table && self.number == other.number
    }
}

/// What a table overhears of a member's conversation.
pub(crate) struct Overheard {
    /// Whose ear it was.
    pub number: u64,
    /// First a reset to all that is loaded.
    pub changes: Vec<Change>,
    pub turn: Turn,
    /// Nothing is under way or asked there: what stands is what became of it, as far as is known.
    pub settled: bool,
    /// The user is asked whether it shall go on.
    pub long_run: Option<LongRun>,
    /// Words that wait there to be sent.
    pub waiting: Vec<String>,
}
