//! How the floor looks to the window: each seat's state, who is next and why. Pure.

use model::{AgentId, Held, Pattern, SeatNow, SeatState, Table};

use super::{
    Floor, Halt, Kind, Lane, Next,
    patterns::{self, speakers},
};

/// How the table stands. `held`: what the conversation holds it for; `gone`: who cannot be asked any more.
pub(crate) fn view(floor: &Floor, table: &Table, held: Option<Held>, gone: &[AgentId]) -> model::Floor {
    let mut next = following(floor, table);
    next.retain(|agent| !gone.contains(agent));
    let seats = table.seats.iter().map(|seat| {
        let (input, output) = floor.used.get(&seat.agent).copied().unwrap_or_default();
        let lane = floor.lane_of(&seat.agent);
        let state = match (lane, &floor.halt) {
            (Some(lane), _) if lane.waits => SeatState::Waiting,
            (Some(lane), _) if lane.kind == Kind::Behind => SeatState::Background,
            (Some(_), _) => SeatState::Speaking,
            (None, _) if gone.contains(&seat.agent) => SeatState::Gone,
            (None, Some(Halt::Failed { lane })) if lane.agent == seat.agent => SeatState::Failed,
            (None, _) if next.first() == Some(&seat.agent) => SeatState::Next,
            (None, _) if closes(floor, table, &seat.agent, &next) => SeatState::Closes,
            (None, _) if floor.round.skipped.contains(&seat.agent) => SeatState::Skipped,
            (None, _) if floor.round.spoke.contains(&seat.agent) => SeatState::Spoke,
            (None, _) => SeatState::Idle,
        };
        let aside = lane.is_some_and(|lane| lane.waits && !floor.waits_for(lane.number));
        SeatNow { agent: seat.agent.clone(), state, aside, muted: seat.muted, input, output }
    });
    let halted = match &floor.halt {
        Some(Halt::Guard { reached }) => Some(Held::Guard { reached: reached.clone() }),
        Some(Halt::Failed { lane }) => Some(Held::Failed { agent: lane.agent.clone() }),
        Some(Halt::Stopped) => Some(Held::Stopped),
        None => held,
    };
    model::Floor {
        round: floor.round.number,
        seats: seats.collect(),
        why: floor.round.why.clone().filter(|_| !next.is_empty()),
        held: halted,
        picking: floor.lanes.iter().any(|lane| lane.kind == Kind::Pick && !lane.waits),
        long: None,
    }
}

/// Who has the word next, as far as that is known, in order.
fn following(floor: &Floor, table: &Table) -> Vec<model::AgentId> {
    if matches!(floor.halt, Some(Halt::Stopped)) || floor.round.number == 0 {
        return Vec::new();
    }
    let called: Vec<_> = floor.called.iter().filter(|agent| floor.lane_of(agent).is_none()).cloned().collect();
    if !called.is_empty() {
        return called;
    }
    match &table.pattern {
        Pattern::RoundRobin if !floor.round.directed => {
            let mut left: Vec<_> = speakers(table)
                .filter(|seat| !floor.round.spoke.contains(&seat.agent) && floor.lane_of(&seat.agent).is_none())
                .map(|seat| seat.agent.clone())
                .collect();
            let more = floor.round.number < table.guards.rounds;
            if left.is_empty() && more && !floor.lanes.is_empty() {
                left.extend(speakers(table).map(|seat| seat.agent.clone()).take(1));
            }
            left
        }
        Pattern::RoundRobin
        | Pattern::CalledOn
        | Pattern::Dynamic { .. }
        | Pattern::Supervisor { .. }
        | Pattern::Sleeptime { .. }
        | Pattern::Other { .. } => match (floor.lanes.iter().all(Lane::is_aside), patterns::next(floor, table)) {
            (true, Next::Speak(agents)) => agents,
            (_, _) => Vec::new(),
        },
    }
}

/// Whether a seat is the last of a round, with others before it.
fn closes(floor: &Floor, table: &Table, agent: &model::AgentId, next: &[model::AgentId]) -> bool {
    match &table.pattern {
        Pattern::RoundRobin => {
            floor.round.number >= table.guards.rounds && next.len() > 1 && next.last() == Some(agent)
        }
        // The one who leads speaks when all whom it called have.
        Pattern::Supervisor { lead } => {
            lead == agent && !floor.round.directed && floor.caller.as_ref() == Some(lead) && floor.halt.is_none() && {
                !floor.called.is_empty()
                    || floor
                        .lanes
                        .iter()
                        .any(|lane| lane.kind == Kind::Speak && lane.agent != *lead && !lane.is_aside())
            }
        }
        Pattern::CalledOn | Pattern::Dynamic { .. } | Pattern::Sleeptime { .. } | Pattern::Other { .. } => false,
    }
}
