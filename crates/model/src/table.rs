//! A table that the app leads: who sits at it, who speaks when, what bounds it, and how it stands now. Who speaks next is
//! `engine::table`; a group that a server leads has only a `Pattern`.

use serde::{Deserialize, Serialize};

use crate::{AgentId, Pattern, ProfileId, Speaker};

/// What the user set at a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name, [`Table::LONGEST_NAME`] letters at most.
    pub name: String,
    /// What it is for and what holds at it, in the user's words; may be empty. Every member is told it once, and again when it changes.
    #[serde(default)]
    pub brief: String,
    /// Who sits at it, in the order in which they speak. Agents and names are unique.
    pub seats: Vec<Seat>,
    /// Who picks the next speaker ([`Pattern::Dynamic`]); may sit at the table or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<Seat>,
    /// Who speaks when.
    pub pattern: Pattern,
    /// What bounds it.
    #[serde(default)]
    pub guards: Guards,
    /// What else members hear of each other.
    #[serde(default)]
    pub passes_on: PassesOn,
    /// Those whom the lead calls answer at the same time.
    #[serde(default)]
    pub side_by_side: bool,
    /// While a member waits for a decision, the others go on.
    #[serde(default)]
    pub around_waiting: bool,
    /// Seconds before each turn that begins by itself; 0: none.
    #[serde(default)]
    pub countdown: u8,
    /// Those who work behind hear every so many of your messages ([`Pattern::Sleeptime`]), 1 at least.
    #[serde(default = "one")]
    pub every: u32,
}

impl Table {
    /// Letters of a name, of a table or at a table.
    pub const LONGEST_NAME: usize = 80;
    /// Letters of a brief.
    pub const LONGEST_BRIEF: usize = 8_000;
    /// Members.
    pub const MOST_SEATS: usize = 12;

    /// One at which nothing else is set.
    pub fn new(name: impl Into<String>, seats: Vec<Seat>, pattern: Pattern) -> Self {
        Self {
            name: name.into(),
            brief: String::new(),
            seats,
            manager: None,
            pattern,
            guards: Guards::default(),
            passes_on: PassesOn::default(),
            side_by_side: false,
            around_waiting: false,
            countdown: 0,
            every: one(),
        }
    }

    /// The seat of an agent.
    pub fn seat(&self, agent: &AgentId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.agent == *agent)
    }

    /// The seat of an agent, or the one who picks.
    pub fn party(&self, agent: &AgentId) -> Option<&Seat> {
        self.seat(agent).or_else(|| self.manager.as_ref().filter(|manager| manager.agent == *agent))
    }
}

/// An agent's seat at a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Whose server it lives on.
    pub profile: ProfileId,
    /// Letta's id.
    pub agent: AgentId,
    /// What it is called at this table.
    pub name: String,
    /// It hears, and does not speak unless called by name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub muted: bool,
    /// Its model sees pictures; else it is told that there was one.
    #[serde(default = "yes")]
    pub sees: bool,
}

impl Seat {
    /// The seat of one who speaks in turn and sees pictures.
    pub fn new(profile: ProfileId, agent: AgentId, name: impl Into<String>) -> Self {
        Self { profile, agent, name: name.into(), muted: false, sees: true }
    }
}

/// What bounds a table, from one message of yours to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guards {
    /// Rounds of [`Pattern::RoundRobin`], 1 at least.
    pub rounds: u32,
    /// Turns, 1 at least.
    pub turns: u32,
    /// Tokens, read and written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// Minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

impl Guards {
    /// The largest number of rounds or turns that can be set.
    pub const MOST: u32 = 200;
}

impl Default for Guards {
    fn default() -> Self {
        Self { rounds: 1, turns: 24, tokens: None, minutes: None }
    }
}

/// What members hear of each other besides words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassesOn {
    /// What they thought.
    #[serde(default)]
    pub reasoning: bool,
    /// What tools they called and what came back.
    #[serde(default)]
    pub tools: bool,
}

/// A guard that was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Reached {
    /// So many turns since your last message.
    Turns {
        /// As set.
        turns: u32,
    },
    /// So many tokens since your last message.
    Tokens {
        /// As set.
        tokens: u64,
    },
    /// So much time since your last message.
    Time {
        /// As set.
        minutes: u32,
    },
    /// The same words go round.
    Repeats,
    /// Nobody has anything to add.
    AllPass,
}

/// How a table stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// Counts from 1 with each message of yours; 0 before the first.
    pub round: u32,
    /// The seats, in the members' order.
    pub seats: Vec<SeatNow>,
    /// Why the next one is next, where somebody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Why nobody speaks although it is not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// Who picks is asked now.
    #[serde(default)]
    pub picking: bool,
    /// Whom `Conversation::long_run` is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub long: Option<Speaker>,
}

/// A seat as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatNow {
    /// Who sits there.
    pub agent: AgentId,
    /// What it does.
    pub state: SeatState,
    /// It waits for your decision, and the others go on without it.
    #[serde(default)]
    pub aside: bool,
    /// It does not speak unless called by name.
    #[serde(default)]
    pub muted: bool,
    /// Tokens it read at this table, ever.
    #[serde(default)]
    pub input: u64,
    /// Tokens it wrote at this table, ever.
    #[serde(default)]
    pub output: u64,
}

/// What an agent at a table does. Its words are those of DESIGN.md.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatState {
    /// Nothing to say about it.
    #[default]
    Idle,
    /// Has spoken in this round.
    Spoke,
    /// Is at it.
    Speaking,
    /// Speaks after the one who speaks now.
    Next,
    /// Waits for your decision.
    Waiting,
    /// Speaks last in this round.
    Closes,
    /// Its turn failed.
    Failed,
    /// It was passed over.
    Skipped,
    /// Works while another talks.
    Background,
    /// Is on no connected server any more: its turns are passed over.
    Gone,
}

impl SeatState {
    /// The word for `data-state`; empty where there is none.
    pub fn word(self) -> &'static str {
        match self {
            Self::Idle => "",
            Self::Spoke => "spoke",
            Self::Speaking => "speaking",
            Self::Next => "next",
            Self::Waiting => "waiting",
            Self::Closes => "closes",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Background => "background",
            Self::Gone => "gone",
        }
    }

    /// The words under the name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Idle => "",
            Self::Spoke => "spoke",
            Self::Speaking => "speaking",
            Self::Next => "next",
            Self::Waiting => "waits for you",
            Self::Closes => "closes",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Background => "in background",
            Self::Gone => "gone",
        }
    }
}

/// Why nobody speaks although it is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Held {
    /// You are writing: it goes on when you send or clear it.
    Writing,
    /// The next turn begins by itself then.
    Countdown {
        /// Milliseconds since 1970 UTC.
        until: i64,
    },
    /// A guard was reached.
    Guard {
        /// Which.
        reached: Reached,
    },
    /// A turn failed: try again, or skip it.
    Failed {
        /// Whose.
        agent: AgentId,
    },
    /// You stopped it.
    Stopped,
    /// A server is away; it goes on when it is back.
    Away {
        /// Whose server.
        agent: AgentId,
    },
}

/// An agent that can be asked to a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// Whose server.
    pub profile: ProfileId,
    /// The server's name.
    pub server: String,
    /// Letta's id.
    pub agent: AgentId,
    /// As the server writes it.
    pub name: String,
    /// What it does, one or two words; may be empty.
    pub role: String,
    /// 1 to 10: its colour.
    pub hue: u8,
    /// A table can have a conversation of its own with it; else it speaks in its main thread.
    pub own_thread: bool,
}

impl Guest {
    /// Its seat at a table, under its own name.
    pub fn seat(&self) -> Seat {
        Seat::new(self.profile.clone(), self.agent.clone(), &self.name)
    }
}

fn one() -> u32 {
    1
}

fn yes() -> bool {
    true
}
