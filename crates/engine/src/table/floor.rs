//! The floor of a table: who has spoken since your last message, who is at it, who was called. Every word about it can be saved and read
//! back. Whose turn comes of it is `patterns`; what each has still to hear is `ledger`.

use std::collections::{BTreeMap, VecDeque};

use model::{AgentId, ImageId, Pattern, Reached, Table};
use serde::{Deserialize, Serialize};

use super::{
    Telling, guards, patterns,
    turn::{Halt, Kind, Lane, Line, Next, Outcome, Who},
};

/// How a table stands, whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Floor {
    /// Turns begun, ever.
    pub turns: u64,
    /// Your messages, ever.
    pub messages: u32,
    /// Since your last message.
    pub round: Round,
    /// Those who were called and have not had the word yet.
    pub called: VecDeque<AgentId>,
    /// Who called them.
    pub caller: Option<AgentId>,
    /// Turns that are under way, in the order they began.
    pub lanes: Vec<Lane>,
    /// Why nobody goes on.
    pub halt: Option<Halt>,
    /// What was said and not heard by all, oldest first.
    pub lines: VecDeque<Line>,
    /// The number of the first of them.
    pub from: u64,
    /// The number of the first line that each has not heard.
    pub heard: BTreeMap<AgentId, u64>,
    /// The brief that each was told last.
    pub briefed: BTreeMap<AgentId, String>,
    /// Tokens read and written, ever.
    pub used: BTreeMap<AgentId, (u64, u64)>,
}

/// What happened since your last message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Round {
    /// 1, 2, …; 0 before your first message.
    pub number: u32,
    /// The last turn that began before your message: those that are still under way do not count as spoken since.
    pub after: u64,
    /// You named who is to answer: nobody else does.
    pub directed: bool,
    /// Who had a turn in this round, in order.
    pub spoke: Vec<AgentId>,
    /// Who was passed over in it.
    pub skipped: Vec<AgentId>,
    /// Turns since your message, or since you let a guard go.
    pub turns: u32,
    /// Tokens since then.
    pub tokens: u64,
    /// Tokens read and written since your message.
    pub input: u64,
    pub output: u64,
    /// When your message was said, in milliseconds since 1970 UTC.
    pub began: i64,
    /// Since when, in milliseconds since 1970 UTC.
    pub since: i64,
    /// Turns in a row in which nothing was said.
    pub passed: u32,
    /// What was said of late, each as who and a print of the words.
    pub prints: Vec<(AgentId, u64)>,
    /// Answers of the one who picks in a row that named nobody.
    pub unclear: u32,
    /// Somebody was picked, and why.
    pub why: Option<String>,
    /// Who decides said that it is over.
    pub closed: bool,
    /// Those who work behind were told.
    pub behind: bool,
}

impl Floor {
    /// What is to happen next.
    pub(crate) fn next(&self, table: &Table, now: i64) -> Next {
        if self.halt.is_some() || self.round.number == 0 {
            return if self.is_busy(table) { Next::Wait } else { Next::Yours };
        }
        if self.is_busy(table) {
            return Next::Wait;
        }
        let next = patterns::next(self, table);
        match &next {
            Next::Speak(_) | Next::Pick(_) | Next::NewRound => match guards::reached(self, table, now) {
                Some(reached) => Next::Guard(reached),
                None => next,
            },
            Next::Behind(_) | Next::Wait | Next::Guard(_) | Next::Yours => next,
        }
    }

    /// Somebody is at it whose end is waited for.
    fn is_busy(&self, table: &Table) -> bool {
        let waited_for = |lane: &Lane| match lane.kind {
            _ if lane.is_aside() => false,
            Kind::Behind => false,
            Kind::Pick => true,
            Kind::Speak => !(lane.waits && table.around_waiting && self.halt.is_none()),
        };
        self.lanes.iter().any(waited_for)
    }

    /// Somebody who got the word has not ended, and the round does not end without it.
    pub(super) fn awaits_somebody(&self) -> bool {
        self.lanes.iter().any(|lane| lane.kind == Kind::Speak && !lane.is_aside())
    }

    /// It waits for a decision that nobody waits for.
    pub(crate) fn is_aside(&self, agent: &AgentId) -> bool {
        self.lane_of(agent).is_some_and(Lane::is_aside)
    }

    /// The table waits for the decision on this turn.
    pub(crate) fn waits_for(&self, number: u64) -> bool {
        let lane = self.lanes.iter().find(|lane| lane.number == number);
        lane.is_some_and(|lane| lane.waits && (!lane.aside || self.called.contains(&lane.agent)))
    }

    /// The turn of an agent that is under way.
    pub(crate) fn lane_of(&self, agent: &AgentId) -> Option<&Lane> {
        self.lanes.iter().find(|lane| lane.agent == *agent)
    }

    /// The next round begins.
    pub(crate) fn next_round(&mut self) {
        self.round.number += 1;
        self.round.spoke.clear();
        self.round.skipped.clear();
    }

    /// Somebody gets the word. The lane is to be saved before anything is sent.
    pub(crate) fn begin(&mut self, agent: &AgentId, kind: Kind, otid: String, telling: Telling) -> Lane {
        self.turns += 1;
        let lane = Lane {
            number: self.turns,
            agent: agent.clone(),
            kind,
            otid,
            words: telling.words,
            images: telling.images,
            heard_from: self.unheard_from(agent),
            heard_until: self.until(),
            brief: telling.brief,
            waits: false,
            waited: false,
            aside: false,
        };
        self.heard(&lane);
        self.lanes.push(lane.clone());
        match kind {
            Kind::Speak => {
                self.called.retain(|called| called != agent);
                self.round.turns += 1;
                self.round.unclear = 0;
            }
            Kind::Pick => {}
            Kind::Behind => self.round.behind = true,
        }
        lane
    }

    /// A member waits for a decision, or no longer does.
    pub(crate) fn waits(&mut self, number: u64, waits: bool) -> bool {
        let Some(lane) = self.lanes.iter_mut().find(|lane| lane.number == number) else { return false };
        lane.waited |= waits;
        std::mem::replace(&mut lane.waits, waits) != waits
    }

    /// Whether others may have spoken while this turn waited for a decision.
    pub(crate) fn waited(&self, number: u64) -> bool {
        self.lanes.iter().any(|lane| lane.number == number && lane.waited)
    }

    /// A turn is over.
    pub(crate) fn ended(&mut self, number: u64, name: &str, outcome: Outcome) {
        let Some(at) = self.lanes.iter().position(|lane| lane.number == number) else { return };
        let lane = self.lanes.remove(at);
        if lane.kind != Kind::Speak {
            if lane.kind == Kind::Pick && !lane.aside && !matches!(outcome, Outcome::Spoke { .. }) {
                self.round.unclear += 1;
            }
            match outcome {
                Outcome::Failed { delivered: false } | Outcome::Skipped { delivered: false } => self.unheard(&lane),
                Outcome::Failed { delivered: true }
                | Outcome::Skipped { delivered: true }
                | Outcome::Spoke { .. }
                | Outcome::Passed
                | Outcome::Stopped { .. } => {}
            }
            return;
        }
        let agent = lane.agent.clone();
        let line = |text: String, images: Vec<ImageId>| Line {
            who: Who::Member { agent: agent.clone(), name: name.to_owned() },
            text,
            images,
        };
        match outcome {
            Outcome::Spoke { heard, text, images } => {
                self.spoke(&lane);
                self.round.passed = 0;
                self.round.prints.push((agent.clone(), guards::print(&text)));
                self.say(line(heard, images));
            }
            Outcome::Passed => {
                self.spoke(&lane);
                self.round.passed += 1;
            }
            Outcome::Failed { delivered } => {
                if !delivered {
                    self.unheard(&lane);
                }
                self.halt = Some(Halt::Failed { lane: Box::new(lane) });
            }
            Outcome::Skipped { delivered } => {
                self.spoke(&lane);
                self.round.skipped.push(agent.clone());
                if !delivered {
                    self.unheard(&lane);
                }
            }
            Outcome::Stopped { heard } => {
                self.spoke(&lane);
                if !heard.is_empty() {
                    self.say(line(heard, Vec::new()));
                }
            }
        }
    }

    /// A turn that failed is tried again under its own words.
    pub(crate) fn resume(&mut self) -> Option<Lane> {
        match self.halt.take() {
            Some(Halt::Failed { lane }) => {
                self.heard(&lane);
                let lane = Lane { waits: false, aside: false, ..*lane };
                self.lanes.push(lane.clone());
                Some(lane)
            }
            other => {
                self.halt = other;
                None
            }
        }
    }

    /// One who is next cannot be asked any more.
    pub(crate) fn pass_over(&mut self, table: &Table, agent: &AgentId, kind: Kind) {
        let all_spoke = |floor: &Self| patterns::next_in_order(floor, table).is_none();
        match kind {
            Kind::Speak => self.skip_next(agent),
            Kind::Pick => {}
            Kind::Behind => self.round.behind = true,
        }
        match &table.pattern {
            Pattern::Supervisor { lead } if lead == agent && kind == Kind::Speak => self.close(),
            // Nobody who could be picked was: it goes in order, once round.
            Pattern::Dynamic { .. } if all_spoke(self) => self.close(),
            Pattern::Dynamic { .. } => self.unclear(),
            Pattern::Supervisor { .. }
            | Pattern::RoundRobin
            | Pattern::CalledOn
            | Pattern::Sleeptime { .. }
            | Pattern::Other { .. } => {}
        }
    }

    /// A guard is reached.
    pub(crate) fn halt(&mut self, reached: Reached) {
        self.halt = Some(Halt::Guard { reached });
    }

    /// These were called by a member; strangers and those who cannot are left out by the caller. Those whom you went on without are
    /// not waited for again: where nobody else was called, all was said.
    pub(crate) fn call(&mut self, by: &AgentId, agents: &[AgentId]) {
        self.called = agents.iter().filter(|agent| !self.is_aside(agent)).cloned().collect();
        self.caller = Some(by.clone());
        if self.called.is_empty() {
            self.close();
        }
    }

    /// Who picks has picked.
    pub(crate) fn pick(&mut self, by: &AgentId, picked: &AgentId, why: Option<String>) {
        if self.is_aside(picked) {
            return self.unclear();
        }
        self.call(by, std::slice::from_ref(picked));
        self.round.why = why;
    }

    /// Who picks has picked nobody who could speak.
    pub(crate) fn unclear(&mut self) {
        self.round.unclear += 1;
    }

    /// Who picks or leads says that all was said.
    pub(crate) fn close(&mut self) {
        self.round.closed = true;
    }

    /// Tokens that a turn used.
    pub(crate) fn used(&mut self, agent: &AgentId, input: u64, output: u64) {
        self.round.tokens = self.round.tokens.saturating_add(input).saturating_add(output);
        self.round.input = self.round.input.saturating_add(input);
        self.round.output = self.round.output.saturating_add(output);
        let used = self.used.entry(agent.clone()).or_default();
        *used = (used.0.saturating_add(input), used.1.saturating_add(output));
    }

    fn spoke(&mut self, lane: &Lane) {
        if lane.aside {
            // Its turn was given up when you went on without it; now it is heard after all.
            self.round.skipped.retain(|skipped| *skipped != lane.agent);
        } else if lane.number > self.round.after {
            self.round.spoke.push(lane.agent.clone());
        }
    }
}
