//! What is written and chosen in the dialog of a table, as signals; from a table and back to one.

use leptos::prelude::*;
use model::{AgentId, Guards, Guest, PassesOn, Pattern, ProfileId, Seat, Table};

use super::{Making, guests::are_of_many_servers};
use crate::{ordering, seats::listed};

/// How the members take turns, before it is known who leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    RoundRobin,
    CalledOn,
    Supervisor,
    Dynamic,
    Sleeptime,
}

impl Way {
    /// As they are shown.
    pub(crate) const ALL: [Self; 5] =
        [Self::RoundRobin, Self::CalledOn, Self::Supervisor, Self::Dynamic, Self::Sleeptime];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "Round robin",
            Self::CalledOn => "Called on",
            Self::Supervisor => "Supervisor",
            Self::Dynamic => "Dynamic",
            Self::Sleeptime => "Sleeptime",
        }
    }

    /// What it means; with the name of who leads or talks, where that is known.
    pub(crate) fn means(self, chief: Option<&str>) -> String {
        let chief = chief.unwrap_or("One");
        match self {
            Self::RoundRobin => "Each in turn, in this order".to_owned(),
            Self::CalledOn => "Nobody speaks until you name them".to_owned(),
            Self::Supervisor => format!("{chief} gives and takes the word"),
            Self::Dynamic => "A manager picks after every turn".to_owned(),
            Self::Sleeptime => format!("{chief} talks, the others work behind"),
        }
    }

    /// What the one is called whom it needs; none needs nobody.
    pub(crate) fn chair(self) -> Option<&'static str> {
        match self {
            Self::RoundRobin | Self::CalledOn => None,
            Self::Supervisor => Some("Who leads"),
            Self::Dynamic => Some("Who picks"),
            Self::Sleeptime => Some("Who talks"),
        }
    }

    /// The word for `data-name`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::CalledOn => "called_on",
            Self::Supervisor => "supervisor",
            Self::Dynamic => "dynamic",
            Self::Sleeptime => "sleeptime",
        }
    }
}

/// A member as it is seated in the dialog.
#[derive(Clone)]
pub(super) struct Seated {
    pub profile: ProfileId,
    pub agent: AgentId,
    pub name: ArcRwSignal<String>,
    pub muted: ArcRwSignal<bool>,
    pub sees: ArcRwSignal<bool>,
}

impl Seated {
    fn of(seat: Seat) -> Self {
        Self {
            profile: seat.profile,
            agent: seat.agent,
            name: ArcRwSignal::new(seat.name),
            muted: ArcRwSignal::new(seat.muted),
            sees: ArcRwSignal::new(seat.sees),
        }
    }

    fn seat(&self) -> Seat {
        Seat {
            profile: self.profile.clone(),
            agent: self.agent.clone(),
            name: self.name.get(),
            muted: self.muted.get(),
            sees: self.sees.get(),
        }
    }
}

/// All of the dialog. A handle: copying it costs nothing.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub name: RwSignal<String>,
    pub brief: RwSignal<String>,
    pub seats: RwSignal<Vec<Seated>>,
    pub way: RwSignal<Way>,
    /// The member who leads or talks, as chosen.
    leads: RwSignal<Option<AgentId>>,
    /// The agent that picks, as chosen.
    picks: RwSignal<Option<AgentId>>,
    pub rounds: RwSignal<String>,
    pub turns: RwSignal<String>,
    pub tokens: RwSignal<String>,
    pub minutes: RwSignal<String>,
    pub countdown: RwSignal<String>,
    pub every: RwSignal<String>,
    pub side_by_side: RwSignal<bool>,
    pub around_waiting: RwSignal<bool>,
    pub reasoning: RwSignal<bool>,
    pub tools: RwSignal<bool>,
    /// Everyone who can be asked; none until the engine has told.
    pub guests: RwSignal<Option<Vec<Guest>>>,
    /// Why nobody knows who can be asked.
    pub unasked: RwSignal<Option<String>>,
}

/// A limit as it stands in its field.
fn limit<T: ToString>(limit: Option<T>) -> String {
    limit.map(|limit| limit.to_string()).unwrap_or_default()
}

impl Form {
    pub(super) fn of(making: &Making) -> Self {
        let table = match making {
            Making::New => Table::new("", Vec::new(), Pattern::RoundRobin),
            Making::Like(table) | Making::Change(_, table) => (**table).clone(),
        };
        let (mut leads, mut picks) = (None, None);
        let way = match table.pattern {
            Pattern::RoundRobin | Pattern::Other { .. } => Way::RoundRobin,
            Pattern::CalledOn => Way::CalledOn,
            Pattern::Supervisor { lead } => {
                leads = Some(lead);
                Way::Supervisor
            }
            Pattern::Dynamic { manager } => {
                picks = Some(manager);
                Way::Dynamic
            }
            Pattern::Sleeptime { talks } => {
                leads = Some(talks);
                Way::Sleeptime
            }
        };
        let Guards { rounds, turns, tokens, minutes } = table.guards;
        Self {
            name: RwSignal::new(table.name),
            brief: RwSignal::new(table.brief),
            seats: RwSignal::new(table.seats.into_iter().map(Seated::of).collect()),
            way: RwSignal::new(way),
            leads: RwSignal::new(leads),
            picks: RwSignal::new(picks),
            rounds: RwSignal::new(rounds.to_string()),
            turns: RwSignal::new(turns.to_string()),
            tokens: RwSignal::new(limit(tokens)),
            minutes: RwSignal::new(limit(minutes)),
            countdown: RwSignal::new(limit(Some(table.countdown).filter(|seconds| *seconds > 0))),
            every: RwSignal::new(table.every.to_string()),
            side_by_side: RwSignal::new(table.side_by_side),
            around_waiting: RwSignal::new(table.around_waiting),
            reasoning: RwSignal::new(table.passes_on.reasoning),
            tools: RwSignal::new(table.passes_on.tools),
            guests: RwSignal::new(None),
            unasked: RwSignal::new(None),
        }
    }

    /// Tracked: the member who leads or talks: the one chosen, else the first.
    pub(super) fn lead(self) -> Option<AgentId> {
        let chosen = self.leads.get();
        self.seats.with(|seats| {
            let sits = chosen.filter(|chosen| seats.iter().any(|seat| seat.agent == *chosen));
            sits.or_else(|| seats.first().map(|seat| seat.agent.clone()))
        })
    }

    /// Tracked: the agent that picks: the one chosen, else one who does not sit here, else the first who does.
    pub(super) fn picker(self) -> Option<AgentId> {
        self.picks.get().or_else(|| {
            let guests = self.guests.get().unwrap_or_default();
            let free = self
                .seats
                .with(|seats| guests.iter().find(|guest| seats.iter().all(|seat| seat.agent != guest.agent)).cloned());
            free.map(|guest| guest.agent).or_else(|| self.lead())
        })
    }

    pub(super) fn choose_lead(self, agent: AgentId) {
        self.leads.set(Some(agent));
    }

    pub(super) fn choose_picker(self, agent: AgentId) {
        self.picks.set(Some(agent));
    }

    /// Asks a guest to the table, behind the others.
    pub(super) fn seat(self, guest: &Guest) {
        self.seats.update(|seats| seats.push(Seated::of(guest.seat())));
    }

    /// Takes a member from the table.
    pub(super) fn unseat(self, agent: &AgentId) {
        self.seats.update(|seats| seats.retain(|seat| seat.agent != *agent));
    }

    /// Puts the member at one place to another.
    pub(super) fn put(self, from: usize, to: usize) {
        self.seats.update(|seats| ordering::put(seats, from, to));
    }

    /// Tracked: what is known of an agent.
    pub(super) fn guest(self, agent: &AgentId) -> Option<Guest> {
        self.guests.with(|guests| guests.as_ref()?.iter().find(|guest| guest.agent == *agent).cloned())
    }

    /// Tracked: agents of more than one server can be asked, so that it matters whose each is.
    pub(super) fn many_servers(self) -> bool {
        self.guests.with(|guests| are_of_many_servers(guests.as_deref()))
    }

    /// Tracked: another member is called the same.
    pub(super) fn is_twice(self, agent: &AgentId) -> bool {
        let plain = |seat: &Seated| seat.name.get().trim().to_lowercase();
        self.seats.with(|seats| {
            let Some(name) = seats.iter().find(|seat| seat.agent == *agent).map(plain) else { return false };
            seats.iter().any(|seat| seat.agent != *agent && plain(seat) == name)
        })
    }

    /// Tracked: in whose main threads what is said stands too, in words.
    pub(super) fn caution(self) -> Option<String> {
        let in_main = |seat: &Seated| self.guest(&seat.agent).is_some_and(|guest| !guest.own_thread);
        let names: Vec<String> =
            self.seats.with(|seats| seats.iter().filter(|seat| in_main(seat)).map(|seat| seat.name.get()).collect());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match names.as_slice() {
            [] => None,
            [name] => Some(format!("What is said here also stands in {name}’s main thread.")),
            names => Some(format!("What is said here also stands in the main threads of {}.", listed(names))),
        }
    }

    /// The table as it stands in the dialog.
    ///
    /// # Errors
    /// What is no number, in the user's words. All else is for the engine to say.
    pub(super) fn table(self) -> Result<Table, String> {
        untrack(|| {
            let seats: Vec<Seat> = self.seats.with(|seats| seats.iter().map(Seated::seat).collect());
            let lead = self.lead().unwrap_or_else(|| AgentId::from(""));
            let mut manager = None;
            let pattern = match self.way.get() {
                Way::RoundRobin => Pattern::RoundRobin,
                Way::CalledOn => Pattern::CalledOn,
                Way::Supervisor => Pattern::Supervisor { lead },
                Way::Sleeptime => Pattern::Sleeptime { talks: lead },
                Way::Dynamic => {
                    let picker = self.picker().unwrap_or(lead);
                    let guest = self.guest(&picker).filter(|_| seats.iter().all(|seat| seat.agent != picker));
                    manager = guest.map(|guest| guest.seat());
                    Pattern::Dynamic { manager: picker }
                }
            };
            Ok(Table {
                name: self.name.get(),
                brief: self.brief.get(),
                seats,
                manager,
                pattern,
                guards: Guards {
                    rounds: whole("Rounds", &self.rounds.get())?.unwrap_or(1),
                    turns: whole("Turns", &self.turns.get())?.unwrap_or(Guards::default().turns),
                    tokens: whole("Tokens", &self.tokens.get())?,
                    minutes: whole("Minutes", &self.minutes.get())?,
                },
                passes_on: PassesOn { reasoning: self.reasoning.get(), tools: self.tools.get() },
                side_by_side: self.side_by_side.get(),
                around_waiting: self.around_waiting.get(),
                countdown: whole("Seconds", &self.countdown.get())?.unwrap_or(0),
                every: whole("Messages", &self.every.get())?.unwrap_or(1),
            })
        })
    }
}

/// A whole number as typed; nothing is none.
fn whole<T: std::str::FromStr>(what: &str, text: &str) -> Result<Option<T>, String> {
    let text: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != ',').collect();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| format!("{what} are a whole number, or nothing. {text} is too large or none."))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_limit_is_a_whole_number_or_nothing() {
        assert_eq!(whole::<u64>("Tokens", " 12,000 "), Ok(Some(12_000)));
        assert_eq!(whole::<u64>("Tokens", ""), Ok(None));
        assert!(whole::<u8>("Seconds", "300").unwrap_err().starts_with("Seconds are a whole number"));
        assert!(whole::<u32>("Turns", "-1").is_err() && whole::<u32>("Turns", "many").is_err());
    }
}
