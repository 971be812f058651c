//! Table `hues` of ours: which of the ten colours an agent has, given once and kept, and how the seats of one table are told apart.

use std::collections::HashMap;

use model::AgentId;
use rusqlite::Connection;

pub(super) const V1: &str = "
CREATE TABLE hues (
    id INTEGER PRIMARY KEY,
    agent TEXT NOT NULL UNIQUE,
    hue INTEGER NOT NULL DEFAULT 6
) STRICT;
";

/// The order in which the colours are given: neighbours in it are far apart to the eye.
const ORDER: [u8; 10] = [6, 1, 4, 9, 7, 2, 8, 5, 10, 3];

const ALL: &str = "SELECT agent, hue FROM hues";

/// Every agent's own colour.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<HashMap<AgentId, u8>> {
    connection
        .prepare_cached(ALL)?
        .query_map([], |row| Ok((AgentId::from(row.get::<_, String>(0)?), row.get(1)?)))?
        .collect()
}

const PUT: &str = "INSERT INTO hues (agent, hue) VALUES (?1, ?2) ON CONFLICT (agent) DO NOTHING";

/// Gives a colour to each agent that has none.
pub(super) fn give(connection: &Connection, agents: &[AgentId]) -> rusqlite::Result<()> {
    let mut known = all(connection)?;
    let mut put = connection.prepare_cached(PUT)?;
    for agent in agents {
        put.execute((agent.as_str(), own(&mut known, agent)))?;
    }
    Ok(())
}

const FORGET: &str = "DELETE FROM hues WHERE agent = ?1";

/// Forgets the colours of these.
pub(super) fn forget(connection: &Connection, agents: &[AgentId]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(FORGET)?;
    for agent in agents {
        statement.execute([agent.as_str()])?;
    }
    Ok(())
}

/// An agent's own colour: the one it has, else the first in order that the fewest others have.
fn own(known: &mut HashMap<AgentId, u8>, agent: &AgentId) -> u8 {
    if let Some(hue) = known.get(agent) {
        return *hue;
    }
    let held = |hue: &u8| known.values().filter(|other| *other == hue).count();
    let hue = ORDER.into_iter().min_by_key(held).unwrap_or(ORDER[0]);
    known.insert(agent.clone(), hue);
    hue
}

/// The colours at one table, seat by seat: each has its own, unless an earlier seat has it already; then the next one that is free
/// at this table. With more than ten seats they come again.
pub(super) fn at_table(mut known: HashMap<AgentId, u8>, agents: &[AgentId]) -> Vec<u8> {
    let mut table: Vec<u8> = Vec::with_capacity(agents.len());
    for agent in agents {
        let hue = own(&mut known, agent);
        let from = ORDER.iter().position(|other| *other == hue).unwrap_or_default();
        let free = ORDER.iter().cycle().skip(from).take(ORDER.len()).find(|next| !table.contains(next));
        table.push(free.copied().unwrap_or(hue));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(names: &[&str]) -> Vec<AgentId> {
        names.iter().map(|name| AgentId::from(*name)).collect()
    }

    #[test]
    fn the_first_ten_differ_and_come_in_order() {
        let ten: Vec<AgentId> = (0..10).map(|n| AgentId::from(format!("agent-{n}"))).collect();
        assert_eq!(at_table(HashMap::new(), &ten), ORDER);
    }

    #[test]
    fn two_at_one_table_never_share() {
        let known = HashMap::from([(AgentId::from("a"), 3), (AgentId::from("b"), 3), (AgentId::from("c"), 6)]);
        // 3 is the last in order, so the next free one is the first: but c has its own first only if it comes before b.
        assert_eq!(at_table(known.clone(), &agents(&["a", "c", "b"])), [3, 6, 1]);
        assert_eq!(at_table(known, &agents(&["a", "b", "c"])), [3, 6, 1]);
    }

    #[test]
    fn more_than_ten_seats_still_have_colours() {
        let many: Vec<AgentId> = (0..13).map(|n| AgentId::from(format!("agent-{n}"))).collect();
        assert!(at_table(HashMap::new(), &many).iter().all(|hue| (1..=10).contains(hue)));
    }
}
