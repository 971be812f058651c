//! A server that is forgotten, and the tables at which its agents sit: those that go with it, those that go on without them, and who is
//! gone from a table. What a table does without one who is gone is `conversation::tabled::gone`.

use std::sync::Arc;

use model::{AgentId, Connection, Conversation, ProfileId, Seat, Table, command::Forgotten};

use super::{SavedTable, Tables, renew, seat_conversation};
use crate::{conversation::Input, house::House, sidebar::Row};

/// What becomes of the tables.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Leaving {
    /// They go with the server: it is their home, and nobody who sits there lives elsewhere.
    pub go: Vec<SavedTable>,
    /// They stand in the list of another server from now on.
    pub move_on: Vec<SavedTable>,
    /// They stay where they are; some who sit there are gone.
    pub stay: Vec<SavedTable>,
}

/// What becomes of the tables when this server is forgotten and `others` are left.
pub(crate) fn leaving(tables: Vec<SavedTable>, profile: &ProfileId, others: &[ProfileId]) -> Leaving {
    let mut leaving = Leaving::default();
    for saved in tables {
        let lives_on = |table: &Table| {
            let seats = table.seats.iter();
            seats.map(|seat| &seat.profile).find(|home| *home != profile && others.contains(home)).cloned()
        };
        if saved.profile == *profile {
            match lives_on(&saved.table) {
                Some(home) => leaving.move_on.push(SavedTable { profile: home, ..saved }),
                None => leaving.go.push(saved),
            }
        } else if saved.table.seats.iter().chain(&saved.table.manager).any(|seat| seat.profile == *profile) {
            leaving.stay.push(saved);
        }
    }
    leaving
}

impl Tables {
    fn all(&self) -> Vec<SavedTable> {
        let mut all: Vec<SavedTable> = self.known.lock().values().cloned().collect();
        all.sort_by(|a, b| (a.made_at, &a.conversation).cmp(&(b.made_at, &b.conversation)));
        all
    }

    /// What becomes of them when this server is forgotten and `others` are left.
    pub(crate) fn leaving(&self, profile: &ProfileId, others: &[ProfileId]) -> Leaving {
        leaving(self.all(), profile, others)
    }
}

/// What is to be said before a server is forgotten.
pub(crate) fn forgotten(house: &House, profile: &ProfileId) -> Forgotten {
    let Leaving { go, move_on, stay } = house.tables.leaving(profile, &others(house, profile));
    let names = |tables: Vec<SavedTable>| tables.into_iter().map(|saved| saved.table.name).collect();
    Forgotten { go: names(go), stay: names(move_on.into_iter().chain(stay).collect()) }
}

/// The other servers.
pub(crate) fn others(house: &House, profile: &ProfileId) -> Vec<ProfileId> {
    house.profiles.list().into_iter().map(|known| known.id).filter(|id| id != profile).collect()
}

/// The tables leave a server that is not in the list any more, before what was kept for it is: those that go on elsewhere stand in another
/// list, those that go are not known any more.
pub(crate) async fn leave(house: &House, leaving: &Leaving) {
    for saved in &leaving.move_on {
        if let Some(row) = house.sidebar.row(&saved.conversation) {
            house.sidebar.drop_row(&saved.conversation);
            house.sidebar.add(Row::new(Conversation { profile: saved.profile.clone(), ..row }, saved.made_at));
        }
    }
    for saved in leaving.move_on.iter().chain(&leaving.stay) {
        // What was said goes with its row, which must not be of the forgotten server any more.
        if let Err(failure) = renew(house, saved.clone()).await {
            tracing::warn!(%failure, table = %saved.conversation, "that it stands in another list is not saved");
        }
    }
    let mut known = house.tables.known.lock();
    for saved in &leaving.go {
        known.remove(&saved.conversation);
    }
}

/// Those that are left look who is still there.
pub(crate) fn look_round(house: &Arc<House>, leaving: &Leaving) {
    for saved in leaving.move_on.iter().chain(&leaving.stay) {
        house.talks.tell(house, &saved.conversation, Input::Seated);
    }
}

/// Whether an agent's server was forgotten.
pub(crate) fn is_forgotten(house: &House, seat: &Seat) -> bool {
    house.profiles.get(&seat.profile).is_none()
}

/// Whether an agent cannot be asked any more: its server was forgotten, or answers and does not have it.
pub(crate) fn is_gone(house: &House, seat: &Seat) -> bool {
    let Some(profile) = house.profiles.get(&seat.profile) else { return true };
    profile.connection == Connection::Online && !house.sidebar.has(&seat_conversation(seat, None))
}

/// Those of a table who are gone.
pub(crate) fn absent(house: &House, table: &Table) -> Vec<AgentId> {
    let parties = table.seats.iter().chain(&table.manager);
    parties.filter(|seat| is_gone(house, seat)).map(|seat| seat.agent.clone()).collect()
}
