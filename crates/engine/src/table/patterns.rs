//! Each pattern as a rule: from how the floor stands to who is next. Pure; guards and halts come before it.

use model::{AgentId, Pattern, Seat, Table};

use super::{
    floor::Floor,
    turn::{Kind, Next},
};

/// After so many answers without a name, the next in order is taken.
const TRIES: u32 = 2;

/// Who is next, if nothing bounds it.
pub(super) fn next(floor: &Floor, table: &Table) -> Next {
    if let Some(next) = called(floor, table) {
        return next;
    }
    if floor.round.directed {
        return Next::Yours;
    }
    match &table.pattern {
        Pattern::RoundRobin => round_robin(floor, table),
        Pattern::CalledOn | Pattern::Other { .. } => Next::Yours,
        Pattern::Dynamic { manager } => dynamic(floor, table, manager),
        Pattern::Supervisor { lead } => supervisor(floor, table, lead),
        Pattern::Sleeptime { talks } => sleeptime(floor, table, talks),
    }
}

/// Those who were called by name, in order. One who is still at it is waited for.
fn called(floor: &Floor, table: &Table) -> Option<Next> {
    floor.called.front()?;
    let Some(first) = floor.called.iter().find(|agent| floor.lane_of(agent).is_none()) else { return Some(Next::Wait) };
    if floor.caller.is_some() && table.side_by_side {
        let free = floor.called.iter().filter(|agent| floor.lane_of(agent).is_none());
        return Some(Next::Speak(free.cloned().collect()));
    }
    Some(Next::Speak(vec![first.clone()]))
}

fn round_robin(floor: &Floor, table: &Table) -> Next {
    match next_in_order(floor, table) {
        Some(agent) => Next::Speak(vec![agent]),
        // Somebody still waits for a decision: the round is not over.
        None if floor.awaits_somebody() => Next::Wait,
        None if floor.round.number < table.guards.rounds && !all_at_it(floor, table) => Next::NewRound,
        None => Next::Yours,
    }
}

fn dynamic(floor: &Floor, table: &Table, manager: &AgentId) -> Next {
    let waits = floor.awaits_somebody();
    if floor.round.closed {
        return if waits { Next::Wait } else { Next::Yours };
    }
    if table.party(manager).is_none() || all_at_it(floor, table) {
        return if waits { Next::Wait } else { Next::Yours };
    }
    if floor.round.unclear >= TRIES {
        return match fallback(floor, table) {
            Some(agent) => Next::Speak(vec![agent]),
            None => Next::Yours,
        };
    }
    match floor.lane_of(manager) {
        // It waits for a decision of its own. Without it nobody can be picked.
        Some(lane) if lane.is_aside() => Next::Yours,
        Some(_) => Next::Wait,
        None => Next::Pick(manager.clone()),
    }
}

fn supervisor(floor: &Floor, table: &Table, lead: &AgentId) -> Next {
    if floor.awaits_somebody() {
        // All whom it called are heard before it speaks again.
        return Next::Wait;
    }
    if floor.round.closed || table.seat(lead).is_none() || floor.is_aside(lead) {
        return Next::Yours;
    }
    Next::Speak(vec![lead.clone()])
}

fn sleeptime(floor: &Floor, table: &Table, talks: &AgentId) -> Next {
    let Some(seat) = table.seat(talks) else { return Next::Yours };
    if !floor.round.spoke.contains(talks) {
        return match floor.lane_of(talks) {
            Some(lane) if lane.is_aside() => Next::Yours,
            Some(lane) if lane.kind == Kind::Speak => Next::Wait,
            Some(_) | None => Next::Speak(vec![seat.agent.clone()]),
        };
    }
    if floor.round.behind || !floor.messages.is_multiple_of(table.every.max(1)) {
        return Next::Yours;
    }
    let behind: Vec<AgentId> = speakers(table)
        .map(|seat| seat.agent.clone())
        .filter(|agent| agent != talks && floor.lane_of(agent).is_none())
        .collect();
    if behind.is_empty() { Next::Yours } else { Next::Behind(behind) }
}

/// Who may speak without being called.
pub(super) fn speakers(table: &Table) -> impl Iterator<Item = &Seat> {
    table.seats.iter().filter(|seat| !seat.muted)
}

/// Nobody who may speak is free to.
fn all_at_it(floor: &Floor, table: &Table) -> bool {
    speakers(table).all(|seat| floor.lane_of(&seat.agent).is_some())
}

/// The next in order who has not spoken in this round and is not at it.
pub(super) fn next_in_order(floor: &Floor, table: &Table) -> Option<AgentId> {
    let free = |seat: &&Seat| !floor.round.spoke.contains(&seat.agent) && floor.lane_of(&seat.agent).is_none();
    speakers(table).find(free).map(|seat| seat.agent.clone())
}

/// Who speaks when nobody could be picked: the one after the last speaker, round the table.
pub(crate) fn fallback(floor: &Floor, table: &Table) -> Option<AgentId> {
    let seats: Vec<&Seat> = speakers(table).collect();
    let last = floor.round.spoke.last().and_then(|last| seats.iter().position(|seat| seat.agent == *last));
    let from = last.map_or(0, |at| at + 1);
    let order = (0..seats.len()).map(|step| seats[(from + step) % seats.len()]);
    order.filter(|seat| floor.lane_of(&seat.agent).is_none()).map(|seat| seat.agent.clone()).next()
}
