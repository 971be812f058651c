//! What was said at a table and who has heard it: lines are kept until all have, and told to each once. What they are told with it is
//! `heard`.

use model::{AgentId, Table};

use super::{
    floor::Floor,
    turn::{Halt, Lane, Line, Who},
};

/// Lines that are kept for those who have not heard them.
const MOST_LINES: usize = 400;
/// Letters that are kept for those who have not heard them.
const MOST_LETTERS: usize = 400_000;

impl Floor {
    /// What an agent has not heard yet, without its own words. True: earlier lines are no longer there.
    pub(crate) fn unheard_by(&self, agent: &AgentId) -> (Vec<&Line>, bool) {
        let from = self.unheard_from(agent);
        let lost = from < self.from;
        let skip = usize::try_from(from.saturating_sub(self.from)).unwrap_or(usize::MAX);
        let own = |line: &&Line| !matches!(&line.who, Who::Member { agent: by, .. } if by == agent);
        (self.lines.iter().skip(skip).filter(own).collect(), lost)
    }

    /// The number of the line that comes next.
    pub(crate) fn until(&self) -> u64 {
        self.from + self.lines.len() as u64
    }

    pub(super) fn unheard_from(&self, agent: &AgentId) -> u64 {
        self.heard.get(agent).copied().unwrap_or(0)
    }

    /// Somebody is told what is in a lane's words.
    pub(super) fn heard(&mut self, lane: &Lane) {
        self.heard.insert(lane.agent.clone(), lane.heard_until);
        if let Some(brief) = &lane.brief {
            self.briefed.insert(lane.agent.clone(), brief.clone());
        }
    }

    /// What a lane was told was never heard: it is told again.
    pub(super) fn unheard(&mut self, lane: &Lane) {
        self.heard.insert(lane.agent.clone(), lane.heard_from);
        if lane.brief.is_some() {
            self.briefed.remove(&lane.agent);
        }
    }

    /// The oldest lines go where somebody never listens.
    pub(super) fn say(&mut self, line: Line) {
        self.lines.push_back(line);
        let mut letters: usize = self.lines.iter().map(|line| line.text.len()).sum();
        while self.lines.len() > MOST_LINES || (letters > MOST_LETTERS && self.lines.len() > 1) {
            letters -= self.lines.pop_front().map_or(0, |line| line.text.len());
            self.from += 1;
        }
    }

    /// Those at the table from now on: who is new hears from now on, who left is forgotten.
    pub(crate) fn reseat(&mut self, table: &Table, was: &Table) {
        let until = self.until();
        for seat in table.seats.iter().chain(&table.manager) {
            if was.party(&seat.agent).is_none() && self.messages > 0 {
                self.heard.insert(seat.agent.clone(), until);
                self.briefed.remove(&seat.agent);
            }
        }
        self.called.retain(|agent| table.seat(agent).is_some());
        if let Some(Halt::Failed { lane }) = &self.halt
            && table.party(&lane.agent).is_none()
        {
            self.halt = None;
        }
        let sits = |agent: &AgentId| table.party(agent).is_some();
        self.heard.retain(|agent, _| sits(agent));
        self.briefed.retain(|agent, _| sits(agent));
        self.forget_heard(table);
    }

    /// Lines that all have heard go.
    pub(crate) fn forget_heard(&mut self, table: &Table) {
        let failed = match &self.halt {
            Some(Halt::Failed { lane }) => Some(lane.as_ref()),
            Some(Halt::Guard { .. } | Halt::Stopped) | None => None,
        };
        // What is under way may have to be told again.
        let under_way = self.lanes.iter().chain(failed).map(|lane| lane.heard_from).min();
        let parties = table.seats.iter().chain(&table.manager);
        let least = parties.map(|seat| self.unheard_from(&seat.agent)).chain(under_way).min();
        while least.is_some_and(|least| self.from < least) && self.lines.pop_front().is_some() {
            self.from += 1;
        }
    }
}
