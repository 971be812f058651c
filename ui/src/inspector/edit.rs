//! What can be changed in the inspector, as changes of a table and of a server's group. Pure; whether a table can be held so is the
//! engine's to tell.

use model::{AgentId, Group, Guest, Pattern, Table, Way as Led};

use crate::{making::Way, ordering};

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edit {
    /// A guest sits down, behind the others.
    Seat(Guest),
    /// A member leaves.
    Unseat(AgentId),
    /// A member sits at this place, counted from 0, and those between move up.
    Place(AgentId, usize),
    /// The members take turns like this. Who leads, picks or talks: this one, if it can.
    Turns(Way, Option<AgentId>),
    /// This one leads, picks or talks.
    Chief(AgentId),
}

/// How the members of a table take turns, and who leads, picks or talks.
pub(super) fn way_of(pattern: &Pattern) -> Option<(Way, Option<&AgentId>)> {
    Some(match pattern {
        Pattern::RoundRobin => (Way::RoundRobin, None),
        Pattern::CalledOn => (Way::CalledOn, None),
        Pattern::Supervisor { lead } => (Way::Supervisor, Some(lead)),
        Pattern::Dynamic { manager } => (Way::Dynamic, Some(manager)),
        Pattern::Sleeptime { talks } => (Way::Sleeptime, Some(talks)),
        Pattern::Other { .. } => return None,
    })
}

impl Edit {
    /// Changes a table. `guests`: everyone who can be asked to it.
    pub(super) fn table(self, table: &mut Table, guests: &[Guest]) {
        match self {
            Self::Seat(guest) => {
                if table.seat(&guest.agent).is_none() {
                    table.seats.push(guest.seat());
                }
            }
            Self::Unseat(agent) => {
                table.seats.retain(|seat| seat.agent != agent);
                // A manager need not sit at the table; whoever leads or talks must.
                if let Some((way @ (Way::Supervisor | Way::Sleeptime), Some(chief))) = way_of(&table.pattern)
                    && *chief == agent
                {
                    take_turns(table, way, None, guests);
                }
                if let Pattern::Dynamic { manager } = &table.pattern
                    && *manager == agent
                {
                    table.manager = guests.iter().find(|guest| guest.agent == agent).map(Guest::seat);
                }
            }
            Self::Place(agent, place) => {
                put(&mut table.seats, place, |seat| seat.agent == agent);
            }
            Self::Turns(way, chief) => take_turns(table, way, chief, guests),
            Self::Chief(agent) => {
                if let Some((way, Some(_))) = way_of(&table.pattern) {
                    take_turns(table, way, Some(agent), guests);
                }
            }
        }
    }

    /// Changes a server's group, whose way of taking turns stays as it was made.
    pub(super) fn group(self, group: &mut Group) {
        match self {
            Self::Seat(Guest { agent, .. }) => {
                if !group.members.contains(&agent) && group.way.chair() != Some(&agent) {
                    group.members.push(agent);
                }
            }
            Self::Unseat(agent) => group.members.retain(|member| *member != agent),
            Self::Place(agent, place) => put(&mut group.members, place, |member| *member == agent),
            Self::Turns(..) => {}
            Self::Chief(agent) => {
                let was = match &mut group.way {
                    Led::Supervisor { lead: chair }
                    | Led::Dynamic { manager: chair, .. }
                    | Led::Sleeptime { talks: chair, .. } => std::mem::replace(chair, agent.clone()),
                    Led::RoundRobin { .. } | Led::Other { .. } => return,
                };
                // Whoever led takes the place of the one who leads now, if that one had any.
                if let Some(place) = group.members.iter_mut().find(|member| **member == agent) {
                    *place = was;
                }
            }
        }
    }
}

/// Puts one of a list at a place.
fn put<T>(list: &mut Vec<T>, place: usize, is_it: impl Fn(&T) -> bool) {
    if let Some(at) = list.iter().position(is_it) {
        ordering::put(list, at, place.min(list.len() - 1));
    }
}

/// Sets the pattern. Who leads or talks sits at the table and is not muted; who picks may live anywhere.
fn take_turns(table: &mut Table, way: Way, chief: Option<AgentId>, guests: &[Guest]) {
    let sits = |agent: &AgentId| table.seats.iter().any(|seat| seat.agent == *agent && !seat.muted);
    let first = table.seats.iter().find(|seat| !seat.muted).or(table.seats.first()).map(|seat| seat.agent.clone());
    let lead = chief.clone().filter(sits).or_else(|| first.clone()).unwrap_or_else(|| AgentId::from(""));
    table.pattern = match way {
        Way::RoundRobin => Pattern::RoundRobin,
        Way::CalledOn => Pattern::CalledOn,
        Way::Supervisor => Pattern::Supervisor { lead },
        Way::Sleeptime => Pattern::Sleeptime { talks: lead },
        Way::Dynamic => {
            let guest = |agent: &AgentId| guests.iter().find(|guest| guest.agent == *agent);
            let known = chief.filter(|chief| table.seat(chief).is_some() || guest(chief).is_some());
            let near = table.seats.first().map(|seat| seat.profile.clone());
            let free = |guest: &&Guest| table.seat(&guest.agent).is_none() && Some(&guest.profile) == near.as_ref();
            // One of the same server who has nothing to say otherwise; else one of the members.
            let other = || guests.iter().find(free).map(|guest| guest.agent.clone());
            let manager = known.or_else(other).or(first).unwrap_or_else(|| AgentId::from(""));
            table.manager = guest(&manager).filter(|_| table.seat(&manager).is_none()).map(Guest::seat);
            Pattern::Dynamic { manager }
        }
    };
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn guest(name: &str, profile: &str) -> Guest {
        Guest {
            profile: profile.into(),
            server: profile.to_owned(),
            agent: name.into(),
            name: name.to_owned(),
            role: String::new(),
            hue: 1,
            own_thread: true,
        }
    }

    fn guests() -> Vec<Guest> {
        vec![guest("Marlow", "nas"), guest("Wen", "home"), guest("Rosa", "home"), guest("Elena", "home")]
    }

    fn table(pattern: Pattern) -> Table {
        Table::new("Autumn issue", ["Wen", "Rosa"].map(|name| guest(name, "home").seat()).to_vec(), pattern)
    }

    fn edited(pattern: Pattern, edit: Edit) -> Table {
        let mut table = table(pattern);
        edit.table(&mut table, &guests());
        table
    }

    fn names(table: &Table) -> Vec<&str> {
        table.seats.iter().map(|seat| seat.name.as_str()).collect()
    }

    fn supervised(lead: &str) -> Pattern {
        Pattern::Supervisor { lead: lead.into() }
    }

    #[wasm_bindgen_test]
    fn members_come_go_and_change_places() {
        let with = edited(Pattern::RoundRobin, Edit::Seat(guest("Marlow", "nas")));
        assert_eq!((names(&with), with.seats[2].profile.as_str()), (vec!["Wen", "Rosa", "Marlow"], "nas"));
        assert_eq!(names(&edited(Pattern::RoundRobin, Edit::Seat(guest("Wen", "home")))), ["Wen", "Rosa"], "once");
        assert_eq!(names(&edited(Pattern::RoundRobin, Edit::Place("Rosa".into(), 0))), ["Rosa", "Wen"]);
        assert_eq!(names(&edited(Pattern::RoundRobin, Edit::Place("Wen".into(), 9))), ["Rosa", "Wen"], "at the end");
        assert_eq!(names(&edited(Pattern::RoundRobin, Edit::Unseat("Wen".into()))), ["Rosa"]);
    }

    #[wasm_bindgen_test]
    fn who_leads_is_kept_or_found_among_those_who_may() {
        assert_eq!(edited(Pattern::RoundRobin, Edit::Turns(Way::Supervisor, None)).pattern, supervised("Wen"));
        let asked = Edit::Turns(Way::Supervisor, Some("Rosa".into()));
        assert_eq!(edited(Pattern::RoundRobin, asked.clone()).pattern, supervised("Rosa"));
        let mut muted = table(Pattern::RoundRobin);
        muted.seats[1].muted = true;
        asked.table(&mut muted, &guests());
        assert_eq!(muted.pattern, supervised("Wen"), "a muted member cannot lead");
        assert_eq!(edited(supervised("Wen"), Edit::Unseat("Wen".into())).pattern, supervised("Rosa"));
        assert_eq!(edited(supervised("Wen"), Edit::Unseat("Rosa".into())).pattern, supervised("Wen"));
        let talks = Pattern::Sleeptime { talks: "Wen".into() };
        assert_eq!(edited(talks, Edit::Chief("Rosa".into())).pattern, Pattern::Sleeptime { talks: "Rosa".into() });
    }

    #[wasm_bindgen_test]
    fn who_picks_is_somebody_free_of_the_same_server_and_may_sit_at_the_table() {
        let picked = edited(Pattern::RoundRobin, Edit::Turns(Way::Dynamic, None));
        assert_eq!(picked.pattern, Pattern::Dynamic { manager: "Elena".into() });
        assert_eq!(picked.manager.as_ref().map(|seat| seat.name.as_str()), Some("Elena"));
        let member = edited(picked.pattern.clone(), Edit::Chief("Rosa".into()));
        assert_eq!((member.pattern, member.manager), (Pattern::Dynamic { manager: "Rosa".into() }, None));
        let far = edited(picked.pattern, Edit::Chief("Marlow".into()));
        assert_eq!(far.manager.map(|seat| seat.profile), Some("nas".into()));
        let left = edited(Pattern::Dynamic { manager: "Rosa".into() }, Edit::Unseat("Rosa".into()));
        assert_eq!(left.pattern, Pattern::Dynamic { manager: "Rosa".into() }, "she still picks");
        assert_eq!(left.manager.map(|seat| seat.name), Some("Rosa".to_owned()));
    }

    #[wasm_bindgen_test]
    fn a_group_keeps_its_way_and_changes_chairs() {
        let group = || Group {
            name: "Evening".into(),
            members: ["Wen", "Rosa"].map(AgentId::from).to_vec(),
            way: Led::Supervisor { lead: "Elena".into() },
        };
        let edited = |edit: Edit| {
            let mut group = group();
            edit.group(&mut group);
            group
        };
        let led = edited(Edit::Chief("Rosa".into()));
        assert_eq!(
            (led.way.chair(), led.members),
            (Some(&"Rosa".into()), ["Wen", "Elena"].map(AgentId::from).to_vec())
        );
        assert_eq!(edited(Edit::Seat(guest("Elena", "home"))), group(), "she is in it");
        assert_eq!(edited(Edit::Turns(Way::RoundRobin, None)), group());
        assert_eq!(edited(Edit::Place("Rosa".into(), 0)).members, ["Rosa", "Wen"].map(AgentId::from));
    }
}
