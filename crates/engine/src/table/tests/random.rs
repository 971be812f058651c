//! Random tables, random people: no round is endless, nobody speaks who may not, and each member hears everything exactly once.

use std::collections::BTreeMap;

use model::{Guards, Pattern};
use proptest::prelude::*;

use super::*;
use crate::table::{Halt, Lane, addressed};

/// One thing that happens, chosen by a number where there is a choice.
#[derive(Clone, Debug)]
enum Happens {
    Say(Vec<usize>),
    GiveWord(usize),
    Stop,
    GoOn,
    Skip(usize),
    Mute(usize, bool),
    Retry,
    Waits(bool),
    /// The table goes on for so many steps, with these answers.
    Runs(Vec<(usize, Answers)>),
}

#[derive(Clone, Debug)]
enum Answers {
    Speaks(Vec<usize>),
    Passes,
    Fails(bool),
    Unclear,
    Done,
}

fn answers() -> impl Strategy<Value = Answers> {
    prop_oneof![
        6 => prop::collection::vec(0usize..6, 0..3).prop_map(Answers::Speaks),
        1 => Just(Answers::Passes),
        1 => any::<bool>().prop_map(Answers::Fails),
        1 => Just(Answers::Unclear),
        1 => Just(Answers::Done),
    ]
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => prop::collection::vec(0usize..6, 0..3).prop_map(Happens::Say),
        1 => (0usize..6).prop_map(Happens::GiveWord),
        1 => Just(Happens::Stop),
        1 => Just(Happens::GoOn),
        1 => (0usize..6).prop_map(Happens::Skip),
        1 => (0usize..6, any::<bool>()).prop_map(|(seat, muted)| Happens::Mute(seat, muted)),
        1 => Just(Happens::Retry),
        1 => any::<bool>().prop_map(Happens::Waits),
        6 => prop::collection::vec((0usize..6, answers()), 1..30).prop_map(Happens::Runs),
    ]
}

fn tables() -> impl Strategy<Value = Table> {
    (1usize..6, 0usize..5, 0usize..6, 1u32..4, 1u32..12, any::<bool>(), any::<bool>(), 1u32..3).prop_map(
        |(seats, pattern, chief, rounds, turns, side_by_side, around_waiting, every)| {
            let names = ["Ada", "Bo", "Cy", "Di", "Eve", "Flo"];
            let chief = agent(names[chief % seats]);
            let pattern = match pattern {
                0 => Pattern::RoundRobin,
                1 => Pattern::CalledOn,
                2 => Pattern::Supervisor { lead: chief },
                3 => Pattern::Dynamic { manager: chief },
                _ => Pattern::Sleeptime { talks: chief },
            };
            let guards = Guards { rounds, turns, ..Guards::default() };
            Table { guards, side_by_side, around_waiting, every, ..table(&names[..seats], pattern) }
        },
    )
}

/// A table with what a strict observer knows of it.
struct Observed {
    talk: Talk,
    words: usize,
    /// All that was said, by whom, in order.
    said: Vec<(Option<AgentId>, String)>,
    /// What each was told, whole, as far as it arrived; and what may not have arrived.
    told: BTreeMap<AgentId, Vec<String>>,
    /// Turns since the last message or permission, of those that are waited for.
    turns: u32,
    /// The turn that failed had not got its words.
    lost: bool,
}

impl Observed {
    fn seat(&self, number: usize) -> AgentId {
        self.talk.table.seats[number % self.talk.table.seats.len()].agent.clone()
    }

    fn word(&mut self) -> String {
        self.words += 1;
        format!("word{}", self.words)
    }

    fn happens(&mut self, what: &Happens) {
        match what {
            Happens::Say(named) => {
                // Those who go on without one that waits go on to your next message too.
                if !self.talk.floor.lanes.iter().all(Lane::is_aside) {
                    return;
                }
                let word = self.word();
                let names = named.iter().map(|seat| self.talk.table.party(&self.seat(*seat)).unwrap().name.clone());
                let text = names.fold(word.clone(), |text, name| format!("{text} @{name}"));
                self.talk.say(&text);
                self.said.push((None, word));
                self.turns = 0;
            }
            Happens::GiveWord(seat) => {
                let agent = self.seat(*seat);
                if let Some(Halt::Failed { lane }) = &self.talk.floor.halt {
                    let agent = lane.agent.clone();
                    self.talk.floor.skip_failed(&agent);
                }
                self.talk.floor.give(&[agent], 0);
                self.turns = 0;
            }
            Happens::Stop => {
                for lane in self.talk.floor.lanes.clone() {
                    self.talk.end(&lane.agent, Outcome::Stopped { heard: String::new() });
                }
                self.talk.floor.stop();
            }
            Happens::GoOn => {
                self.talk.floor.go_on(0);
                self.turns = 0;
            }
            Happens::Skip(seat) => {
                let agent = self.seat(*seat);
                let waits = self.talk.floor.lane_of(&agent).map(|lane| lane.waits);
                match waits {
                    Some(true) => self.talk.floor.set_aside(&agent),
                    Some(false) => {}
                    None if self.talk.floor.skip_failed(&agent) => {}
                    None => self.talk.floor.skip_next(&agent),
                }
            }
            Happens::Mute(seat, muted) => {
                let (agent, was) = (self.seat(*seat), self.talk.table.clone());
                let chief = match &was.pattern {
                    Pattern::Supervisor { lead: chief } | Pattern::Sleeptime { talks: chief } => Some(chief.clone()),
                    _ => None,
                };
                if chief.as_ref() != Some(&agent) {
                    self.talk.table.seats[*seat % was.seats.len()].muted = *muted;
                    let table = self.talk.table.clone();
                    self.talk.floor.reseat(&table, &was);
                }
            }
            Happens::Retry => {
                if let Some(lane) = self.talk.floor.resume() {
                    if std::mem::take(&mut self.lost) {
                        // It gets its words now.
                        self.told.entry(lane.agent.clone()).or_default().push(lane.words.clone());
                    }
                    self.answer(&lane.agent, lane.kind, &Answers::Speaks(vec![]));
                }
            }
            Happens::Waits(waits) => {
                if let Some(number) = self.talk.floor.lanes.first().map(|lane| lane.number) {
                    self.talk.floor.waits(number, *waits);
                }
            }
            Happens::Runs(steps) => {
                for (which, answers) in steps {
                    self.step(*which, answers);
                }
            }
        }
        let table = self.talk.table.clone();
        self.talk.floor.forget_heard(&table);
    }

    fn step(&mut self, which: usize, answers: &Answers) {
        match self.talk.next() {
            Next::Speak(agents) => {
                assert!(!agents.is_empty());
                for agent in &agents {
                    let seat = self.talk.table.seat(agent).expect("a stranger speaks");
                    let called = self.talk.floor.called.contains(agent);
                    assert!(!seat.muted || called, "a muted member speaks unasked");
                    assert!(self.talk.floor.lane_of(agent).is_none(), "asked while it is at it");
                    self.turns += 1;
                    let floor = &self.talk.floor;
                    let bounded = self.turns <= self.talk.table.guards.turns || self.talk.table.side_by_side;
                    assert!(floor.round.directed || bounded, "more turns than the guard allows");
                    self.tell(agent, Kind::Speak);
                }
            }
            Next::Pick(agent) => self.tell(&agent, Kind::Pick),
            Next::Behind(agents) => agents.iter().for_each(|agent| self.tell(agent, Kind::Behind)),
            Next::NewRound => self.talk.floor.next_round(),
            Next::Guard(reached) => self.talk.floor.halt(reached),
            Next::Wait | Next::Yours => {}
        }
        let lanes: Vec<Lane> = self.talk.floor.lanes.iter().filter(|lane| !lane.waits).cloned().collect();
        if !lanes.is_empty() {
            let lane = &lanes[which % lanes.len()];
            self.answer(&lane.agent, lane.kind, answers);
        }
    }

    /// Whoever waits is gone on without, and nobody decides: the table comes to rest all the same.
    fn rest_without(&mut self) {
        let rests = |talk: &Talk| talk.floor.lanes.iter().all(Lane::is_aside) && talk.next() == Next::Yours;
        for step in 0..self.talk.table.guards.turns as usize * 20 + 200 {
            for lane in self.talk.floor.lanes.clone() {
                self.talk.floor.set_aside(&lane.agent);
            }
            if rests(&self.talk) {
                return;
            }
            self.step(step, &Answers::Speaks(vec![step, step + 1]));
        }
        panic!("it waits for one that it goes on without");
    }

    /// All that waits is decided.
    fn decide(&mut self) {
        for lane in self.talk.floor.lanes.clone() {
            self.talk.floor.waits(lane.number, false);
        }
    }

    fn tell(&mut self, agent: &AgentId, kind: Kind) {
        let words = self.talk.begin(agent, kind);
        self.told.entry(agent.clone()).or_default().push(words);
    }

    fn answer(&mut self, agent: &AgentId, kind: Kind, answers: &Answers) {
        match (kind, answers) {
            (Kind::Speak, Answers::Passes) => self.talk.end(agent, Outcome::Passed),
            (Kind::Speak | Kind::Pick, Answers::Fails(delivered)) => {
                self.lost = !delivered;
                if !delivered {
                    self.told.get_mut(agent).unwrap().pop();
                }
                self.talk.end(agent, Outcome::Failed { delivered: *delivered });
            }
            (Kind::Speak, Answers::Speaks(_) | Answers::Unclear | Answers::Done) => {
                let word = self.word();
                self.said.push((Some(agent.clone()), word.clone()));
                let lane = self.talk.floor.lane_of(agent).unwrap().clone();
                let round = &self.talk.floor.round;
                let since = lane.number > round.after && !round.directed;
                self.talk.spoke(agent, &word);
                let leads = matches!(&self.talk.table.pattern, Pattern::Supervisor { lead } if lead == agent);
                if leads && since {
                    let mut called: Vec<AgentId> = match answers {
                        Answers::Speaks(called) => called.iter().map(|seat| self.seat(*seat)).collect(),
                        _ => vec![],
                    };
                    called.retain(|called| called != agent);
                    called.dedup();
                    if called.is_empty() {
                        self.talk.floor.close();
                    } else {
                        self.talk.floor.call(agent, &called);
                    }
                }
            }
            (Kind::Pick, answers) => {
                let late = self.talk.floor.lane_of(agent).unwrap().aside;
                self.talk.spoke(agent, "");
                match answers {
                    _ if late => {}
                    Answers::Speaks(named) => match named.first().map(|seat| self.seat(*seat)) {
                        Some(picked) if !self.talk.table.seat(&picked).unwrap().muted => {
                            self.talk.floor.pick(agent, &picked, None);
                        }
                        _ => self.talk.floor.unclear(),
                    },
                    Answers::Done => self.talk.floor.close(),
                    Answers::Passes | Answers::Unclear | Answers::Fails(_) => self.talk.floor.unclear(),
                }
            }
            (Kind::Behind, _) => self.talk.end(agent, Outcome::Passed),
        }
    }

    /// Ends what is under way, then asks everyone, so that all hear what they had not heard.
    fn all_hear(&mut self) {
        for lane in self.talk.floor.lanes.clone() {
            self.talk.end(&lane.agent, Outcome::Passed);
        }
        for seat in self.talk.table.seats.clone() {
            self.tell(&seat.agent, Kind::Speak);
            self.talk.end(&seat.agent, Outcome::Passed);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn no_round_is_endless_and_each_hears_everything_once(table in tables(), events in prop::collection::vec(happens(), 1..25)) {
        let mut observed = Observed { talk: Talk::at(table), words: 0, said: vec![], told: BTreeMap::new(), turns: 0, lost: false };
        for event in &events {
            observed.happens(event);
        }
        observed.rest_without();
        observed.decide();
        // Left alone, every table comes to rest.
        let most = 20 * (observed.talk.table.guards.turns as usize + 10);
        let rests = |talk: &Talk| talk.floor.lanes.is_empty() && matches!(talk.next(), Next::Yours);
        let mut steps = 0;
        while !rests(&observed.talk) {
            observed.decide();
            observed.step(steps, &Answers::Speaks(vec![steps, steps + 1]));
            steps += 1;
            prop_assert!(steps < most, "it never rests");
        }
        observed.all_hear();
        for (agent, told) in &observed.told {
            let told = told.join("\n");
            for (by, word) in &observed.said {
                let times = told.split(|letter: char| !letter.is_alphanumeric()).filter(|told| told == word).count();
                let wanted = usize::from(by.as_ref() != Some(agent));
                prop_assert_eq!(times, wanted, "{} heard {} {} times", agent, word, times);
            }
        }
    }

    #[test]
    fn names_are_only_found_where_they_sit(text in ".{0,80}") {
        let table = table(&["Ada", "Bo"], Pattern::RoundRobin);
        for found in addressed(&text, &table) {
            prop_assert!(table.seat(&found).is_some());
        }
        let _ = crate::table::chosen(&text, &table);
        let _ = crate::table::gives(&text, &table, &agent("Ada"));
    }
}
