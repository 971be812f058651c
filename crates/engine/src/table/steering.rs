//! What the user does to the floor: says something, gives the word, goes on without somebody, stops it, lets it go on. What comes of
//! turns is `floor`.

use model::{AgentId, ImageId, Pattern, Table};

use super::{
    floor::{Floor, Round},
    turn::{Halt, Kind, Line, Who},
};

impl Floor {
    /// You said something. `named`: to whom alone.
    pub(crate) fn said(&mut self, table: &Table, text: String, images: Vec<ImageId>, named: Vec<AgentId>, now: i64) {
        self.messages += 1;
        // The one who leads or talks is asked anyway, with all that follows from it.
        let alone = named.as_slice();
        let usual = match &table.pattern {
            Pattern::Supervisor { lead } => alone == [lead.clone()],
            Pattern::Sleeptime { talks } => alone == [talks.clone()],
            Pattern::RoundRobin | Pattern::CalledOn | Pattern::Dynamic { .. } | Pattern::Other { .. } => false,
        };
        let named = if usual { Vec::new() } else { named };
        self.round = self.fresh_round(!named.is_empty(), now);
        self.called = named.into();
        self.caller = None;
        self.halt = None;
        self.say(Line { who: Who::You, text, images });
    }

    /// You give these the word, before all others.
    pub(crate) fn give(&mut self, agents: &[AgentId], now: i64) {
        if self.round.number == 0 {
            // Before any message: they speak, and then it is yours.
            self.round = self.fresh_round(true, now);
        }
        if self.next_is_yours() {
            self.round.directed = true;
        }
        self.called.retain(|called| !agents.contains(called));
        for agent in agents.iter().rev() {
            self.called.push_front(agent.clone());
        }
        self.go_on(now);
    }

    fn fresh_round(&self, directed: bool, now: i64) -> Round {
        Round { number: 1, directed, since: now, began: now, after: self.turns, ..Round::default() }
    }

    /// All was said, or it was stopped: whoever is called now answers alone.
    fn next_is_yours(&self) -> bool {
        self.round.closed || matches!(self.halt, Some(Halt::Stopped))
    }

    /// You go on without one who waits for your decision. What it says when you have decided is heard then.
    pub(crate) fn set_aside(&mut self, agent: &AgentId) {
        self.called.retain(|called| called != agent);
        let Some(lane) = self.lanes.iter_mut().find(|lane| lane.agent == *agent && lane.waits) else { return };
        if !std::mem::replace(&mut lane.aside, true) && lane.kind == Kind::Speak && lane.number > self.round.after {
            self.round.spoke.push(agent.clone());
            self.round.skipped.push(agent.clone());
        }
    }

    /// A turn that failed is left.
    pub(crate) fn skip_failed(&mut self, agent: &AgentId) -> bool {
        match &self.halt {
            Some(Halt::Failed { lane }) if lane.agent == *agent => {
                self.halt = None;
                self.round.spoke.push(agent.clone());
                self.round.skipped.push(agent.clone());
                true
            }
            Some(Halt::Failed { .. } | Halt::Guard { .. } | Halt::Stopped) | None => false,
        }
    }

    /// One who was to speak is passed over.
    pub(crate) fn skip_next(&mut self, agent: &AgentId) {
        self.called.retain(|called| called != agent);
        self.round.spoke.push(agent.clone());
        self.round.skipped.push(agent.clone());
    }

    /// You stopped it. What is under way is ended by whoever runs it.
    pub(crate) fn stop(&mut self) {
        self.called.clear();
        self.halt = Some(Halt::Stopped);
    }

    /// You let a guard go, or take up what you stopped: the guards count anew.
    pub(crate) fn go_on(&mut self, now: i64) {
        match self.halt {
            Some(Halt::Guard { .. } | Halt::Stopped) => {
                self.halt = None;
                self.round.turns = 0;
                self.round.tokens = 0;
                self.round.since = now;
                self.round.passed = 0;
                self.round.prints.clear();
            }
            Some(Halt::Failed { .. }) | None => {}
        }
    }
}
