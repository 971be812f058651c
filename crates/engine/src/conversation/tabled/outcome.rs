//! What the end of a turn means for the table: heard by the others, passed, failed; whom a lead called, whom a manager picked, what was
//! done behind.

use model::{AgentId, Author, Change, Connection, Content, Item, ItemId, Notice, Pattern, Speaker, Trouble};

use super::{Running, Tabled, leading::NOT_SENT, page::prefix};
use crate::table::{Choice, Delivery, Halt, Kind, Outcome, chosen, gives, passes, without_giving};

impl Tabled {
    /// A member's conversation is at rest: the turn is over, unless its line was lost and what became of it will be asked.
    pub(super) async fn over(&mut self, number: u64) {
        let Some(at) = self.running.iter().position(|running| running.lane.number == number) else { return };
        if self.running[at].mirror.is_interrupted() && self.is_away(&self.running[at].lane.agent) {
            return;
        }
        let running = self.running.remove(at);
        self.leave(&running);
        let (input, output) = running.mirror.used();
        self.state.floor.used(&running.lane.agent, input, output);
        match running.lane.kind {
            Kind::Speak => self.spoke(&running),
            Kind::Pick => self.picked(&running),
            Kind::Behind => self.worked(&running),
        }
        self.keep().await;
        self.turned();
    }

    pub(super) fn is_away(&self, agent: &AgentId) -> bool {
        let profile = self.table.party(agent).and_then(|seat| self.house.profiles.get(&seat.profile));
        profile.is_some_and(|profile| profile.connection != Connection::Online)
    }

    /// Without regard to what it said: it failed, was stopped or passed over.
    fn cut_short(&self, running: &Running) -> Option<Outcome> {
        let delivered = running.mirror.delivery() == Delivery::Arrived;
        if running.skipped {
            return Some(Outcome::Skipped { delivered });
        }
        if matches!(self.floor().halt, Some(Halt::Stopped)) {
            return Some(Outcome::Stopped { heard: running.mirror.heard(&self.table.passes_on) });
        }
        let failed = running.mirror.is_failed() || running.mirror.is_interrupted();
        failed.then_some(Outcome::Failed { delivered })
    }

    fn spoke(&mut self, running: &Running) {
        let (number, agent) = (running.lane.number, running.lane.agent.clone());
        let name = self.name(&agent);
        let waited = self.floor().waited(number);
        if let Some(outcome) = self.cut_short(running) {
            if matches!(outcome, Outcome::Failed { .. }) {
                self.note_failure(running, &name);
                if waited {
                    self.note_late(number, &name, true);
                }
            }
            self.state.floor.ended(number, &name, outcome);
            return;
        }
        let (text, images) = (running.mirror.text(), running.mirror.images());
        let leads = matches!(&self.table.pattern, Pattern::Supervisor { lead } if *lead == agent);
        let said = !text.trim().is_empty() || !images.is_empty();
        if !said || (passes(&text) && images.is_empty()) {
            let text = if said { format!("{name} passes") } else { format!("{name} says nothing") };
            self.note(Author::App, Notice::Table { text });
            self.state.floor.ended(number, &name, Outcome::Passed);
        } else {
            let heard = running.mirror.heard(&self.table.passes_on);
            self.state.floor.ended(number, &name, Outcome::Spoke { heard, text: text.clone(), images });
            if waited {
                self.note_late(number, &name, false);
            }
        }
        let since = number > self.floor().round.after && !self.floor().round.directed;
        if leads && since {
            self.give_from(running, &agent, &name, &text);
        }
    }

    /// The lead gives the word, or closes.
    fn give_from(&mut self, running: &Running, agent: &AgentId, name: &str, text: &str) {
        let gives = gives(text, &self.table, agent);
        if !gives.strangers.is_empty() {
            let strangers = gives.strangers.join(", ");
            let text = format!("{name} called {strangers}, who does not sit at this table");
            self.note(Author::App, Notice::Table { text });
        }
        if gives.to.is_empty() {
            self.state.floor.close();
            return;
        }
        self.shorten(running);
        let (aside, to): (Vec<_>, Vec<_>) = gives.to.iter().partition(|agent| self.floor().is_aside(agent));
        for waiting in aside {
            let text = format!("{name} called {}, who waits for you", self.name(waiting));
            self.note(Author::App, Notice::Table { text });
        }
        if !to.is_empty() {
            let side_by_side = self.table.side_by_side && to.len() > 1;
            let to = to.into_iter().map(|agent| self.name(agent)).collect();
            let author = Author::Agent(Speaker { id: Some(agent.clone()), name: name.to_owned() });
            self.note(author, Notice::HandOff { to, side_by_side, why: None });
        }
        self.state.floor.call(agent, &gives.to);
    }

    /// The line that gives the word is shown as the table's own; the words before it stay.
    fn shorten(&mut self, running: &Running) {
        let prefix = prefix(running.lane.number);
        let said =
            self.items.iter().rev().find(|item| {
                item.id.as_str().starts_with(&prefix) && matches!(item.content, Content::Assistant { .. })
            });
        let Some(mut item) = said.cloned() else { return };
        let Content::Assistant { text, .. } = &mut item.content else { return };
        let kept = without_giving(text).to_owned();
        if !kept.is_empty() && kept != *text {
            *text = kept;
            self.changed(vec![Change::Put { item }]);
        }
    }

    /// Who picks has answered.
    fn picked(&mut self, running: &Running) {
        let (number, agent) = (running.lane.number, running.lane.agent.clone());
        let name = self.name(&agent);
        if let Some(outcome) = self.cut_short(running) {
            if let Outcome::Failed { .. } = outcome {
                let text = format!("{name} could not be asked who is next");
                self.note(Author::App, Notice::Table { text });
            }
            self.state.floor.ended(number, &name, outcome);
            return;
        }
        let text = running.mirror.text();
        let outcome = Outcome::Spoke { heard: String::new(), text: text.clone(), images: Vec::new() };
        // The user went on without waiting for it: whoever is next is no longer asked.
        let late = self.floor().lane_of(&agent).is_some_and(|lane| lane.aside);
        self.state.floor.ended(number, &name, outcome);
        match chosen(&text, &self.table) {
            _ if late => {}
            Choice::Member { agent: picked, .. } if self.floor().is_aside(&picked) => self.state.floor.unclear(),
            Choice::Member { agent: picked, why } => {
                let to = vec![self.name(&picked)];
                self.note(Author::App, Notice::HandOff { to, side_by_side: false, why: why.clone() });
                self.state.floor.pick(&agent, &picked, why);
            }
            Choice::Done { why } => {
                let text = match why {
                    Some(why) => format!("{name} ends the round: {why}"),
                    None => format!("{name} ends the round"),
                };
                self.note(Author::App, Notice::Table { text });
                self.state.floor.close();
            }
            Choice::Unclear => self.state.floor.unclear(),
        }
    }

    /// Who worked behind is done.
    fn worked(&mut self, running: &Running) {
        let name = self.name(&running.lane.agent);
        let outcome = self.cut_short(running).unwrap_or(Outcome::Passed);
        let text = match (&outcome, running.mirror.remembered()) {
            (Outcome::Failed { .. }, _) => format!("{name} could not work behind"),
            (Outcome::Stopped { .. } | Outcome::Skipped { .. }, 0) => format!("{name} was stopped behind"),
            (_, 0) => format!("{name} listened and changed nothing"),
            (_, 1) => format!("{name} changed 1 memory block"),
            (_, blocks) => format!("{name} changed {blocks} memory blocks"),
        };
        self.note(Author::App, Notice::Table { text });
        self.state.floor.ended(running.lane.number, &name, outcome);
    }

    /// Words that a member did not get have no row of their own at the table: the failure is said in its turn.
    fn note_failure(&mut self, running: &Running, name: &str) {
        if let Some(why) = running.mirror.why_not() {
            let author = Author::Agent(Speaker { id: Some(running.lane.agent.clone()), name: name.to_owned() });
            let trouble = Trouble { what: format!("{name} was not reached."), why, details: None };
            let id = ItemId::from(format!("{}/{NOT_SENT}", running.lane.number));
            self.put_at(id, author, Content::Error(trouble));
        }
    }

    /// What became of a turn that waited for a decision stands where the turn began, maybe out of sight: if others have spoken below it,
    /// the end of the talk points to it.
    fn note_late(&mut self, number: u64, name: &str, failed: bool) {
        let prefix = prefix(number);
        let theirs = |item: &&Item| item.id.as_str().starts_with(&prefix);
        let is_last = self.items.last().as_ref().is_some_and(theirs);
        let ends = |item: &&Item| matches!(item.content, Content::Assistant { .. } | Content::Error(_));
        let ending = self.items.iter().rev().filter(theirs).find(ends);
        if let Some(item) = ending.filter(|_| !is_last).map(|item| item.id.clone()) {
            self.note(Author::App, Notice::Late { name: name.to_owned(), item, failed });
        }
    }

    /// At the end of what your message began: what it took.
    pub(super) fn account(&mut self) {
        if !std::mem::take(&mut self.unaccounted) || self.floor().round.input + self.floor().round.output == 0 {
            return;
        }
        let round = &self.floor().round;
        let steps = self.floor().turns.saturating_sub(round.after);
        let took = Some(self.house.clock.now() - round.began);
        let usage = Notice::Usage { steps, input: round.input, output: round.output, took };
        self.note(Author::App, usage);
    }
}
