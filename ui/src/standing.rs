//! The line under a group's name: how its members take turns, who is at it, what it waits for. Pure, but for the seconds of a countdown.

use std::time::Duration;

use leptos::prelude::*;
use model::{AgentId, Conversation, Floor, Held, Pattern, SeatState, Turn};

use crate::{
    ago::ticking,
    icons::hue_class,
    row::halted,
    seats::{listed, pattern_line, seat_of},
};

/// What the line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// Words.
    Plain(String),
    /// It waits for a decision.
    Paused(String),
    /// Who is at it, where the seats do not say so: the words, in whose colour, and what follows.
    Speaks {
        /// "Wen is speaking".
        words: String,
        /// 1 to 10.
        hue: u8,
        /// "Rosa is next".
        next: Option<String>,
    },
    /// The next turn begins by itself then.
    Counts {
        /// Whose, if known.
        next: Option<String>,
        /// Milliseconds since 1970 UTC.
        until: i64,
    },
    /// How they take turns, and that it is yours.
    Yours(String),
}

/// The line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub says: Says,
    /// What can be done about it.
    pub way: Option<Way>,
}

/// What can be done about what holds a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The user stopped it, or a guard did: it can go on.
    GoOn,
    /// One waits for a decision: the others can go on without it.
    Without {
        /// Whom.
        agent: AgentId,
        /// "Ibrahim".
        name: String,
    },
}

/// How a conversation stands, as far as the line needs it.
pub struct Now<'a> {
    /// Its row.
    pub row: &'a Conversation,
    /// The state of each seat.
    pub states: &'a [SeatState],
    /// Whose turn it is.
    pub turn: &'a Turn,
    /// The round, from 1.
    pub round: u32,
    /// Something was said since the user spoke last.
    pub heard: bool,
    /// The seats say who is at it.
    pub in_a_row: bool,
}

impl Now<'_> {
    fn name(&self, agent: &AgentId) -> Option<&str> {
        self.row.members.iter().find(|member| member.agent == *agent).map(|member| member.name.as_str())
    }

    fn next(&self) -> Option<&str> {
        let seat = self.states.iter().position(|state| *state == SeatState::Next)?;
        self.row.members.get(seat).map(|member| member.name.as_str())
    }

    fn pattern(&self) -> String {
        pattern_line(&self.row.members, self.row.pattern.as_ref(), self.round)
    }

    /// The line. `picker`: the name of the one who picks, where it does not sit at the table.
    pub fn line(&self, picker: Option<&str>) -> Line {
        let floor = self.row.floor.as_deref();
        let plain = |says: String| Line { says: Says::Plain(says), way: None };
        if let Some(held) = floor.and_then(|floor| floor.held.as_ref()) {
            return self.held(held);
        }
        if let Turn::Paused { speaker } = self.turn {
            let seat = seat_of(&self.row.members, speaker).and_then(|seat| self.row.members.get(seat));
            let name = seat.map_or(&speaker.name, |member| &member.name);
            // A group that its server leads waits for the decision.
            let way = floor.and_then(|_| Some(Way::Without { agent: speaker.id.clone()?, name: name.clone() }));
            return Line { says: Says::Paused(format!("Paused: {name} waits for you")), way };
        }
        if floor.is_some_and(|floor| floor.picking) {
            let sits = match &self.row.pattern {
                Some(Pattern::Dynamic { manager }) => self.name(manager),
                Some(_) | None => None,
            };
            return plain(format!("{} picks who is next", sits.or(picker).unwrap_or("The manager")));
        }
        match self.turn {
            Turn::Speaking { .. } if !self.in_a_row => self.speaks(),
            Turn::Yours if self.heard => Line { says: Says::Yours(self.pattern()), way: None },
            Turn::Stopping => plain(format!("{}. Stopping", self.pattern())),
            Turn::Finishing { tool } => plain(format!("{}. Stopping when {tool} is done", self.pattern())),
            Turn::Yours | Turn::Sent | Turn::Speaking { .. } | Turn::Resuming { .. } | Turn::Paused { .. } => {
                match (floor.and_then(|floor: &Floor| floor.why.as_deref()), self.next()) {
                    (Some(why), Some(next)) => plain(format!("{next} is next: {}", markdown::visible(why))),
                    (Some(_) | None, _) => plain(self.pattern()),
                }
            }
        }
    }

    fn held(&self, held: &Held) -> Line {
        let (says, way) = match held {
            Held::Writing => (Says::Plain("Paused while you write".to_owned()), None),
            Held::Countdown { until } => (Says::Counts { next: self.next().map(str::to_owned), until: *until }, None),
            Held::Guard { reached } => (Says::Plain(halted(reached)), Some(Way::GoOn)),
            Held::Failed { agent } => {
                (Says::Plain(format!("{} turn failed", whose(self.name(agent).unwrap_or("One member")))), None)
            }
            Held::Stopped => (Says::Plain("Stopped".to_owned()), Some(Way::GoOn)),
            Held::Away { agent } => {
                (Says::Plain(format!("{} server is away", whose(self.name(agent).unwrap_or("One member")))), None)
            }
        };
        Line { says, way }
    }

    /// Who is at it, all of them.
    fn speaks(&self) -> Line {
        let Turn::Speaking { speaker } = self.turn else {
            return Line { says: Says::Plain(self.pattern()), way: None };
        };
        let at_it = self.states.iter().zip(&self.row.members).filter(|(state, _)| **state == SeatState::Speaking);
        let names: Vec<&str> = at_it.map(|(_, member)| member.name.as_str()).collect();
        let member = seat_of(&self.row.members, speaker).and_then(|seat| self.row.members.get(seat));
        let words = match names.as_slice() {
            [_, _, ..] => format!("{} are speaking", listed(&names)),
            _ => format!("{} is speaking", member.map_or(&speaker.name, |member| &member.name)),
        };
        let next = self.next().map(|next| format!("{next} is next"));
        Line { says: Says::Speaks { words, hue: member.map_or(1, |member| member.hue), next }, way: None }
    }
}

/// "Wen’s".
fn whose(name: &str) -> String {
    format!("{name}’s")
}

/// The line as it is drawn.
#[component]
pub fn LineView(
    /// What it says.
    says: Says,
) -> impl IntoView {
    match says {
        Says::Plain(words) => words.into_any(),
        Says::Paused(words) => view! { <span class="paused">{words}</span> }.into_any(),
        Says::Speaks { words, hue, next } => view! {
            <span class=format!("speaker {}", hue_class(hue))>{words}</span>
            {next.map(|next| format!(", {next}"))}
        }
        .into_any(),
        Says::Counts { next, until } => {
            let now = ticking(Duration::from_millis(250));
            let who = next.unwrap_or_else(|| "The next turn".to_owned());
            view! { {move || format!("{who} begins in {} s", seconds_left(until, now.get()))} }.into_any()
        }
        Says::Yours(pattern) => view! { {pattern} ". " <span class="your-turn">"Your turn"</span> }.into_any(),
    }
}

/// Whole seconds, never below one: what is due begins at once.
fn seconds_left(until: i64, now: i64) -> i64 {
    ((until - now + 999) / 1000).max(1)
}

#[cfg(test)]
mod tests {
    use model::{ConversationKind, Member, Reached, Speaker};
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn row(floor: Floor) -> Conversation {
        let member = |name: &str, hue| Member {
            agent: name.into(),
            name: name.to_owned(),
            role: String::new(),
            hue,
            monogram: name[..1].to_owned(),
        };
        Conversation {
            id: "home/table".into(),
            profile: "home".into(),
            kind: ConversationKind::Table,
            title: "Autumn issue".into(),
            members: vec![member("Wen", 4), member("Rosa", 9)],
            pattern: Some(Pattern::RoundRobin),
            last: None,
            unread: false,
            waiting: 0,
            turn: Turn::Yours,
            closed: None,
            caution: None,
            floor: Some(Box::new(floor)),
            archived: false,
            long_run: None,
        }
    }

    fn says(floor: Floor, turn: &Turn, states: &[SeatState], in_a_row: bool) -> Line {
        let row = row(floor);
        Now { row: &row, states, turn, round: 2, heard: true, in_a_row }.line(Some("Marlow"))
    }

    fn held(held: Held) -> Line {
        let floor = Floor { held: Some(held), ..Floor::default() };
        says(floor, &Turn::Yours, &[SeatState::Spoke, SeatState::Next], true)
    }

    fn plain(words: &str) -> Line {
        Line { says: Says::Plain(words.to_owned()), way: None }
    }

    #[wasm_bindgen_test]
    fn what_holds_it_is_said_with_the_way_on() {
        assert_eq!(held(Held::Writing), plain("Paused while you write"));
        assert_eq!(held(Held::Away { agent: "Wen".into() }), plain("Wen’s server is away"));
        assert_eq!(held(Held::Failed { agent: "Rosa".into() }), plain("Rosa’s turn failed"));
        let reached = Held::Guard { reached: Reached::Turns { turns: 3 } };
        assert_eq!(held(reached), Line { way: Some(Way::GoOn), ..plain("Paused after 3 turns since your message") });
        let wen = Turn::Paused { speaker: Speaker { id: Some("Wen".into()), name: "wen".into() } };
        let paused = says(Floor::default(), &wen, &[SeatState::Waiting, SeatState::Idle], true);
        let way = Some(Way::Without { agent: "Wen".into(), name: "Wen".into() });
        assert_eq!(paused, Line { says: Says::Paused("Paused: Wen waits for you".into()), way });
        assert_eq!(held(Held::Stopped), Line { way: Some(Way::GoOn), ..plain("Stopped") });
        let counts = Says::Counts { next: Some("Rosa".into()), until: 7 };
        assert_eq!(held(Held::Countdown { until: 7 }).says, counts);
    }

    #[wasm_bindgen_test]
    fn who_picks_who_is_next_and_whose_turn_it_is() {
        use SeatState::{Next, Speaking, Spoke};
        let picking = Floor { picking: true, ..Floor::default() };
        assert_eq!(says(picking, &Turn::Sent, &[Spoke, Spoke], true), plain("Marlow picks who is next"));
        let why = Floor { why: Some("she keeps the paper list".into()), ..Floor::default() };
        assert_eq!(says(why, &Turn::Sent, &[Spoke, Next], true), plain("Rosa is next: she keeps the paper list"));
        let yours = says(Floor::default(), &Turn::Yours, &[Spoke, Spoke], true);
        assert_eq!(yours.says, Says::Yours("Round robin, round 2".into()));
        let wen = Turn::Speaking { speaker: Speaker { id: Some("Wen".into()), name: "Wen".into() } };
        let narrow = says(Floor::default(), &wen, &[Speaking, Next], false).says;
        let words = "Wen is speaking".to_owned();
        assert_eq!(narrow, Says::Speaks { words, hue: 4, next: Some("Rosa is next".into()) });
        let Says::Speaks { words, .. } = says(Floor::default(), &wen, &[Speaking, Speaking], false).says else {
            panic!("they speak")
        };
        assert_eq!(words, "Wen and Rosa are speaking");
        assert_eq!(says(Floor::default(), &wen, &[Speaking, Next], true), plain("Round robin, round 2"));
    }

    #[wasm_bindgen_test]
    fn seconds_are_whole_and_never_none() {
        assert_eq!([seconds_left(4_000, 0), seconds_left(3_001, 0), seconds_left(0, 500)], [4, 4, 1]);
    }
}
