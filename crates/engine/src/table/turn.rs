//! A turn at a table, from getting the word to its end; what is said in it, and what may come next. What the floor makes of it is
//! `floor`.

use model::{AgentId, ImageId, Reached};
use serde::{Deserialize, Serialize};

/// Why nobody goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(crate) enum Halt {
    /// A guard.
    Guard { reached: Reached },
    /// A turn failed.
    Failed { lane: Box<Lane> },
    /// You stopped it.
    Stopped,
}

/// A turn that is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lane {
    /// Counts up, one number for each turn at this table.
    pub number: u64,
    /// Whose.
    pub agent: AgentId,
    /// What for.
    pub kind: Kind,
    /// Our id of the words that were sent for it.
    pub otid: String,
    /// The words, so that a turn that was begun but not sent can be sent.
    pub words: String,
    /// Pictures that go with them.
    pub images: Vec<ImageId>,
    /// The first line that it had not heard before.
    pub heard_from: u64,
    /// The line after the last that it was told.
    pub heard_until: u64,
    /// The brief, if it was told with it.
    #[serde(default)]
    pub brief: Option<String>,
    /// It waits for the user's decision.
    #[serde(default)]
    pub waits: bool,
    /// It did, now or before: others may have spoken meanwhile, below it.
    #[serde(default)]
    pub waited: bool,
    /// The user goes on without waiting for that decision. What it says after it comes late.
    #[serde(default)]
    pub aside: bool,
}

impl Lane {
    /// It waits for the user's decision, and nobody waits for it.
    pub(crate) fn is_aside(&self) -> bool {
        self.aside && self.waits
    }
}

/// What a turn is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// To say something to the table.
    Speak,
    /// To pick who speaks next.
    Pick,
    /// To work behind.
    Behind,
}

/// Who said a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub(crate) enum Who {
    /// The user.
    You,
    /// A member, by the name it had then.
    Member { agent: AgentId, name: String },
}

/// Something that was said at the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub who: Who,
    pub text: String,
    #[serde(default)]
    pub images: Vec<ImageId>,
}

/// What is to happen next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Next {
    /// These get the word, at the same time if they are several.
    Speak(Vec<AgentId>),
    /// The next round begins; ask again.
    NewRound,
    /// This one is asked who is next.
    Pick(AgentId),
    /// These hear what was said and work behind.
    Behind(Vec<AgentId>),
    /// Somebody is at it.
    Wait,
    /// A guard is reached: it has to be let go by the user.
    Guard(Reached),
    /// It is your turn.
    Yours,
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// With words.
    Spoke {
        /// All of them, as the others hear them.
        heard: String,
        /// What it said itself, without what it thought and did.
        text: String,
        images: Vec<ImageId>,
    },
    /// Without any.
    Passed,
    /// It broke; `delivered`: the member has what it was told.
    Failed { delivered: bool },
    /// The user went on without it.
    Skipped { delivered: bool },
    /// The user stopped it; what it said stays.
    Stopped { heard: String },
}
