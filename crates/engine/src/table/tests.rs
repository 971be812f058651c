//! The rules of a table, without a table: patterns, guards, what is heard, names. Random tables against a model of the rules are in
//! `random`.

mod aside;
mod heard;
mod lanes;
mod names;
mod patterns;
mod random;
mod seating;

use model::{AgentId, Pattern, ProfileId, Seat, Table};

use super::{Floor, Kind, Next, Outcome, telling};

pub(super) fn agent(name: &str) -> AgentId {
    AgentId::from(format!("agent-{}", name.to_lowercase()))
}

pub(super) fn seat(name: &str) -> Seat {
    Seat::new(ProfileId::from("p"), agent(name), name)
}

pub(super) fn table(names: &[&str], pattern: Pattern) -> Table {
    Table::new("Autumn issue", names.iter().map(|name| seat(name)).collect(), pattern)
}

/// What a table does by itself.
pub(super) struct Talk {
    pub table: Table,
    pub floor: Floor,
    pub now: i64,
}

impl Talk {
    pub fn at(table: Table) -> Self {
        Self { table, floor: Floor::default(), now: 0 }
    }

    pub fn say(&mut self, text: &str) {
        let named = super::addressed(text, &self.table);
        self.floor.said(&self.table, text.to_owned(), vec![], named, self.now);
    }

    pub fn next(&self) -> Next {
        self.floor.next(&self.table, self.now)
    }

    /// Gives somebody the word and returns what it is told.
    pub fn begin(&mut self, agent: &AgentId, kind: Kind) -> String {
        let telling = telling(&self.floor, &self.table, agent, kind);
        let words = telling.words.clone();
        self.floor.begin(agent, kind, format!("otid-{}", self.floor.turns), telling);
        words
    }

    pub fn end(&mut self, agent: &AgentId, outcome: Outcome) {
        let lane = self.floor.lane_of(agent).expect("nobody there").number;
        let name = self.table.party(agent).map(|seat| seat.name.clone()).unwrap_or_default();
        self.floor.ended(lane, &name, outcome);
    }

    pub fn spoke(&mut self, agent: &AgentId, text: &str) {
        self.end(agent, spoke(text));
    }

    /// Lets the table run until it is your turn or a guard is reached, all saying something of their own.
    pub fn run(&mut self) -> Vec<String> {
        let mut order = Vec::new();
        for turn in 0..1000 {
            match self.next() {
                Next::Speak(agents) => {
                    for agent in &agents {
                        self.begin(agent, Kind::Speak);
                    }
                    for agent in &agents {
                        order.push(self.table.seat(agent).map(|seat| seat.name.clone()).unwrap_or_default());
                        self.spoke(agent, &format!("words {turn}"));
                    }
                }
                Next::NewRound => self.floor.next_round(),
                Next::Pick(_) | Next::Behind(_) | Next::Wait | Next::Guard(_) | Next::Yours => return order,
            }
        }
        panic!("it never ends");
    }
}

pub(super) fn spoke(text: &str) -> Outcome {
    Outcome::Spoke { heard: text.to_owned(), text: text.to_owned(), images: vec![] }
}
