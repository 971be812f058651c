//! The tables of the demo: made where its agents are there for the first time. Those that the user deletes stay away.

use std::sync::Arc;

use model::{AgentId, Conversation, ConversationKind, Pattern, Place, ProfileId, Seat, Table};

use super::make;
use crate::house::House;

/// The tables that the demo begins with, once.
pub(crate) async fn begin(house: &Arc<House>, profile: &ProfileId) {
    let is_demo = house.profiles.get(profile).is_some_and(|profile| profile.place == Place::Demo);
    if !is_demo || house.store.tables_begun(profile).await.unwrap_or(true) {
        return;
    }
    // An earlier version did not keep that they were made.
    if house.tables.of(profile).is_empty() {
        make_all(house, profile).await;
    }
    if let Err(error) = house.store.put_tables_begun(profile).await {
        tracing::warn!(%error, "that the demo's tables were made is not saved");
    }
}

async fn make_all(house: &Arc<House>, profile: &ProfileId) {
    let rows = house.sidebar.of(profile);
    let id = |name: &AgentId| {
        let named = |row: &&Conversation| row.kind == ConversationKind::Agent && row.title == name.as_str();
        rows.iter().find(named)?.members.first().map(|member| member.agent.clone())
    };
    // The first one was made last, so that it stands first.
    for named in house.demo_tables.iter().rev() {
        let Some(table) = identified(named, profile, id) else { continue };
        if let Err(failure) = make(house, profile, table).await {
            tracing::warn!(%failure, table = named.name, "a table of the demo was not made");
        }
    }
}

/// A table whose agents are named, with their ids; none if somebody is not there.
fn identified(named: &Table, profile: &ProfileId, id: impl Fn(&AgentId) -> Option<AgentId>) -> Option<Table> {
    let seat = |seat: &Seat| Some(Seat { profile: profile.clone(), agent: id(&seat.agent)?, ..seat.clone() });
    let manager = match &named.manager {
        Some(manager) => Some(seat(manager)?),
        None => None,
    };
    let pattern = match &named.pattern {
        Pattern::Supervisor { lead } => Pattern::Supervisor { lead: id(lead)? },
        Pattern::Dynamic { manager } => Pattern::Dynamic { manager: id(manager)? },
        Pattern::Sleeptime { talks } => Pattern::Sleeptime { talks: id(talks)? },
        pattern @ (Pattern::RoundRobin | Pattern::CalledOn | Pattern::Other { .. }) => pattern.clone(),
    };
    Some(Table { seats: named.seats.iter().map(seat).collect::<Option<_>>()?, manager, pattern, ..named.clone() })
}
