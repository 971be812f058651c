//! The tables that the app leads, as they were set: making and changing them, their rows in the sidebar, who can be asked to one. How
//! one is led is `conversation::tabled`, who speaks next is `table`.

mod deleting;
mod demo;
mod leaving;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use model::{
    AgentId, Code, Conversation, ConversationId, ConversationKind, Failure, Pattern, ProfileId, Seat, Table, Turn,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

pub(crate) use crate::store::is_table;
pub(crate) use deleting::delete;
pub(crate) use demo::begin as begin_demo;
pub(crate) use leaving::{absent, forgotten, is_forgotten, is_gone, leave, look_round, others};

use crate::{
    conversation::{Input, gone, target},
    house::House,
    profiles::unknown,
    seats::{self, Guest},
    sidebar::Row,
    store::{PREFIX, SavedTable, StoreError},
    table::{self, Floor},
};

/// What is kept of how a table stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    pub floor: Floor,
    /// The conversation that the table has with each member, where its server has any.
    pub threads: BTreeMap<AgentId, String>,
    /// Those for whom one is being made, each with its name: it may stand on the server although nobody has heard of it.
    pub making: BTreeMap<AgentId, String>,
    /// Our id of the words that were said last.
    pub said: String,
    /// It was kept and cannot be read: what of it is not above is to be made out from what was said.
    #[serde(skip)]
    pub unreadable: bool,
}

impl State {
    /// As it was kept. Of what cannot be read as a whole: the members' conversations, so that nobody has to be told everything anew.
    fn read(state: &str) -> Self {
        if state.is_empty() {
            return Self::default();
        }
        serde_json::from_str(state).unwrap_or_else(|error| {
            tracing::warn!(%error, "how a table stands cannot be read");
            let mut parts: serde_json::Value = serde_json::from_str(state).unwrap_or_default();
            let threads = serde_json::from_value(parts["threads"].take()).unwrap_or_default();
            let said = serde_json::from_value(parts["said"].take()).unwrap_or_default();
            let making = serde_json::from_value(parts["making"].take()).unwrap_or_default();
            Self { threads, making, said, unreadable: true, floor: Floor::default() }
        })
    }
}

/// All tables.
#[derive(Default)]
pub(crate) struct Tables {
    known: Mutex<HashMap<ConversationId, SavedTable>>,
}

impl Tables {
    pub(crate) fn get(&self, id: &ConversationId) -> Option<SavedTable> {
        self.known.lock().get(id).cloned()
    }

    fn of(&self, profile: &ProfileId) -> Vec<SavedTable> {
        self.known.lock().values().filter(|known| known.profile == *profile).cloned().collect()
    }

    fn put(&self, saved: SavedTable) {
        self.known.lock().insert(saved.conversation.clone(), saved);
    }

    fn forget(&self, id: &ConversationId) {
        self.known.lock().remove(id);
    }
}

/// Reads what was kept, at the start of the app.
pub(crate) async fn load(house: &House) {
    let saved = house.store.tables().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the tables cannot be read");
        Vec::new()
    });
    for table in saved {
        for (agent, thread) in state(house, &table.conversation).await.threads {
            if let Some(party) = table.table.party(&agent) {
                house.sidebar.put_behind(seat_conversation(party, Some(&thread)));
            }
        }
        house.tables.put(table);
    }
}

/// Goes on where the app was ended.
pub(crate) async fn take_up(house: &Arc<House>) {
    let all: Vec<SavedTable> = house.tables.known.lock().values().cloned().collect();
    for saved in all {
        if house.profiles.get(&saved.profile).is_none() {
            // It stands in no list now: LETTA_BASE_URL is not set.
            continue;
        }
        let floor = state(house, &saved.conversation).await.floor;
        let goes_on = match floor.next(&saved.table, house.clock.now()) {
            table::Next::Yours | table::Next::Guard(_) => !floor.lanes.is_empty(),
            table::Next::Speak(_)
            | table::Next::NewRound
            | table::Next::Pick(_)
            | table::Next::Behind(_)
            | table::Next::Wait => true,
        };
        let queued = house.store.queued(&saved.conversation).await.is_ok_and(|queued| !queued.is_empty());
        if goes_on || queued {
            house.talks.tell(house, &saved.conversation, Input::CatchUp(None));
        }
    }
}

/// How a table stands, as it was saved last.
pub(crate) async fn state(house: &House, id: &ConversationId) -> State {
    let state = house.store.table_state(id).await.unwrap_or_else(|error| {
        tracing::warn!(table = %id, %error, "how the table stands cannot be read");
        String::new()
    });
    State::read(&state)
}

/// The conversation in which a member is spoken to: one that the table has with it alone, or its main thread.
pub(crate) fn seat_conversation(seat: &Seat, thread: Option<&String>) -> ConversationId {
    match thread {
        Some(thread) => ConversationId::from(format!("{}/{}/{thread}", seat.profile, seat.agent)),
        None => ConversationId::from(format!("{}/{}", seat.profile, seat.agent)),
    }
}

/// Every agent that is known, of every server.
pub(crate) fn guests(house: &House) -> Vec<model::Guest> {
    let mut guests = Vec::new();
    for profile in house.profiles.list() {
        for row in house.sidebar.of(&profile.id) {
            let (ConversationKind::Agent, Some(member)) = (row.kind, row.members.into_iter().next()) else { continue };
            guests.push(model::Guest {
                profile: profile.id.clone(),
                server: profile.name.clone(),
                own_thread: house.profiles.has_conversations(&profile.id),
                agent: member.agent,
                name: member.name,
                role: member.role,
                hue: member.hue,
            });
        }
    }
    guests
}

/// Makes a table; it stands in the sidebar at once.
pub(crate) async fn make(house: &Arc<House>, profile: &ProfileId, table: Table) -> Result<ConversationId, Failure> {
    house.profiles.get(profile).ok_or_else(unknown)?;
    let table = valid(house, table, None)?;
    let conversation = ConversationId::from(format!("{profile}/{PREFIX}{}", uuid::Uuid::new_v4()));
    let made_at = house.clock.now();
    let saved =
        SavedTable { conversation: conversation.clone(), profile: profile.clone(), table, archived: false, made_at };
    keep(house, saved.clone()).await?;
    let row = row(house, &saved).await;
    house.sidebar.add(Row::new(row.clone(), made_at));
    if let Err(error) = house.store.put_conversation(&row).await {
        tracing::warn!(%error, "the list of conversations is not saved");
    }
    Ok(conversation)
}

/// A table that can be held; else why not. Those who sat there before may be gone.
pub(crate) fn valid(house: &House, table: Table, was: Option<&Table>) -> Result<Table, Failure> {
    let table = table::seated(table).map_err(|why| Failure::new(Code::Invalid, why))?;
    let sat = |seat: &Seat| was.and_then(|was| was.party(&seat.agent)).is_some_and(|was| was.profile == seat.profile);
    for seat in table.seats.iter().chain(&table.manager).filter(|seat| !sat(seat)) {
        house.profiles.get(&seat.profile).ok_or_else(unknown)?;
    }
    Ok(table)
}

/// What holds at a table.
pub(crate) fn table_of(house: &House, id: &ConversationId) -> Result<Table, Failure> {
    house.tables.get(id).map(|saved| saved.table).ok_or_else(gone)
}

/// A copy of a table, or a table of a server's group.
pub(crate) fn copy_of(house: &House, id: &ConversationId) -> Result<Table, Failure> {
    let row = house.sidebar.row(id).ok_or_else(gone)?;
    if let Some(saved) = house.tables.get(id) {
        let name = format!("{} (copy)", saved.table.name);
        return Ok(Table { name, ..saved.table });
    }
    let Some(letta::Target::Group(_)) = target(id) else {
        return Err(Failure::new(Code::Invalid, "Only a table or a group can be copied."));
    };
    let seat = |member: &model::Member| Seat::new(row.profile.clone(), member.agent.clone(), &member.name);
    let mut seats: Vec<Seat> = row.members.iter().map(seat).collect();
    let mut manager = None;
    let pattern = match row.pattern {
        // A manager of the server's picks and does not speak.
        Some(Pattern::Dynamic { manager: picks }) => {
            if let Some(at) = seats.iter().position(|seat| seat.agent == picks) {
                manager = Some(seats.remove(at));
            }
            Pattern::Dynamic { manager: picks }
        }
        Some(Pattern::Other { .. }) | None => Pattern::RoundRobin,
        Some(pattern) => pattern,
    };
    Ok(Table { manager, ..Table::new(row.title, seats, pattern) })
}

/// What holds at a table from now on, and its row with it. Those at it are told by its task.
pub(crate) async fn set(house: &House, id: &ConversationId, table: Table) -> Result<(), Failure> {
    let saved = house.tables.get(id).ok_or_else(gone)?;
    renew(house, SavedTable { table, ..saved }).await
}

/// Puts a table away, or takes it out again.
pub(crate) async fn archive(house: &House, id: &ConversationId, archived: bool) -> Result<(), Failure> {
    let saved = house.tables.get(id).ok_or_else(gone)?;
    renew(house, SavedTable { archived, ..saved }).await
}

async fn renew(house: &House, saved: SavedTable) -> Result<(), Failure> {
    keep(house, saved.clone()).await?;
    let fresh = row(house, &saved).await;
    house.sidebar.update(&saved.conversation, |row| {
        row.title.clone_from(&fresh.title);
        row.members.clone_from(&fresh.members);
        row.pattern.clone_from(&fresh.pattern);
        row.caution.clone_from(&fresh.caution);
        row.archived = fresh.archived;
    });
    let row = house.sidebar.row(&saved.conversation).unwrap_or(fresh);
    if let Err(error) = house.store.put_conversation(&row).await {
        tracing::warn!(%error, "the list of conversations is not saved");
    }
    Ok(())
}

/// Somebody is gone from a table, or there again: its row says so.
pub(crate) fn warn(house: &House, id: &ConversationId, table: &Table) {
    let caution = caution(house, table);
    house.sidebar.update(id, |row| row.caution = caution);
}

async fn keep(house: &House, saved: SavedTable) -> Result<(), Failure> {
    match house.store.put_table(&saved).await {
        Ok(()) | Err(StoreError::Waiting { .. }) => {
            house.tables.put(saved);
            Ok(())
        }
        Err(error) => Err(Failure::new(Code::Storage, "The table could not be saved.").details(error.to_string())),
    }
}

/// The rows of a server's tables, as they are set now.
pub(crate) async fn rows(house: &House, profile: &ProfileId) -> Vec<Row> {
    let mut rows = Vec::new();
    for saved in house.tables.of(profile) {
        rows.push(Row::new(row(house, &saved).await, saved.made_at));
    }
    rows
}

async fn row(house: &House, saved: &SavedTable) -> Conversation {
    let SavedTable { conversation: id, profile, table, archived, .. } = saved;
    let was = match house.sidebar.row(id) {
        Some(row) => Some(row),
        None => house.store.conversation(id).await.ok().flatten(),
    };
    let agents: Vec<AgentId> = table.seats.iter().map(|seat| seat.agent.clone()).collect();
    let hues = house.store.hues(&agents).await;
    let role = |seat: &Seat| {
        let row = house.sidebar.row(&seat_conversation(seat, None))?;
        row.members.into_iter().next().map(|member| member.role)
    };
    let guest = |seat: &Seat| Guest {
        agent: seat.agent.clone(),
        name: seat.name.clone(),
        role: role(seat).unwrap_or_default(),
    };
    let guests: Vec<Guest> = table.seats.iter().map(guest).collect();
    let floor = match was.as_ref().and_then(|was| was.floor.clone()) {
        Some(floor) => *floor,
        None => table::view(&state(house, id).await.floor, table, None, &absent(house, table)),
    };
    Conversation {
        id: id.clone(),
        profile: profile.clone(),
        kind: ConversationKind::Table,
        title: table.name.clone(),
        members: seats::seat(&guests, &hues),
        pattern: Some(table.pattern.clone()),
        last: was.as_ref().and_then(|was| was.last.clone()),
        unread: was.as_ref().is_some_and(|was| was.unread),
        waiting: was.as_ref().map_or(0, |was| was.waiting),
        turn: was.map_or(Turn::Yours, |was| was.turn),
        closed: None,
        caution: caution(house, table),
        floor: Some(Box::new(floor)),
        archived: *archived,
        long_run: None,
    }
}

/// What must be known before the first word: who is gone, and whose main thread has what is said here too.
fn caution(house: &House, table: &Table) -> Option<String> {
    let parties = || table.seats.iter().chain(&table.manager);
    let named = |which: &dyn Fn(&Seat) -> bool| -> Vec<String> {
        parties().filter(|seat| which(seat)).map(|seat| seat.name.clone()).collect()
    };
    let gone = match named(&|seat| is_gone(house, seat)).as_slice() {
        [] => None,
        [name] => Some(format!("{name} is no longer on a connected server: its turns are passed over.")),
        [names @ .., last] => Some(format!(
            "{} and {last} are no longer on a connected server: their turns are passed over.",
            names.join(", ")
        )),
    };
    let main = |seat: &Seat| {
        let known = house.profiles.get(&seat.profile).is_some_and(|profile| profile.version.is_some());
        known && !house.profiles.has_conversations(&seat.profile)
    };
    let main = match named(&main).as_slice() {
        [] => None,
        [name] => {
            Some(format!("What is said here also stands in the main thread of {name}: its server has no others."))
        }
        [names @ .., last] => Some(format!(
            "What is said here also stands in the main threads of {} and {last}: their server has no others.",
            names.join(", ")
        )),
    };
    let both: Vec<String> = gone.into_iter().chain(main).collect();
    (!both.is_empty()).then(|| both.join(" "))
}
