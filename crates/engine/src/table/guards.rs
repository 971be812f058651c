//! When a table has gone far enough without you: turns, tokens, time, the same words going round, nobody with anything to add. Pure.

use std::hash::{DefaultHasher, Hash, Hasher};

use model::{Pattern, Reached, Table};

use super::floor::Floor;

/// The longest exchange that is looked for twice in a row.
const LONGEST_EXCHANGE: usize = 12;

/// The guard that forbids one more turn, if one does.
pub(super) fn reached(floor: &Floor, table: &Table, now: i64) -> Option<Reached> {
    let (guards, round) = (&table.guards, &floor.round);
    // Those you name may always answer: you ask for it, and they are no more than you named.
    if round.directed {
        return None;
    }
    if round.turns >= guards.turns.max(1) {
        return Some(Reached::Turns { turns: guards.turns.max(1) });
    }
    if let Some(tokens) = guards.tokens.filter(|tokens| round.tokens >= *tokens) {
        return Some(Reached::Tokens { tokens });
    }
    if let Some(minutes) = guards.minutes.filter(|minutes| now - round.since >= i64::from(*minutes) * 60_000) {
        return Some(Reached::Time { minutes });
    }
    let speakers = table.seats.iter().filter(|seat| !seat.muted).count();
    if round.passed > 0 && usize::try_from(round.passed).unwrap_or(usize::MAX) >= speakers && may_go_on(table) {
        return Some(Reached::AllPass);
    }
    repeats(floor).then_some(Reached::Repeats)
}

/// Patterns that could go on for ever by themselves.
fn may_go_on(table: &Table) -> bool {
    match &table.pattern {
        Pattern::RoundRobin | Pattern::Dynamic { .. } | Pattern::Supervisor { .. } => true,
        Pattern::CalledOn | Pattern::Sleeptime { .. } | Pattern::Other { .. } => false,
    }
}

/// Whether the last exchange is the one before it, word for word, by the same members: A B A B.
fn repeats(floor: &Floor) -> bool {
    let prints = &floor.round.prints;
    (1..=LONGEST_EXCHANGE.min(prints.len() / 2)).any(|length| {
        let (before, last) = prints[prints.len() - 2 * length..].split_at(length);
        before == last
    })
}

/// A print of what was said, the same for words that differ only in spaces, case and marks.
pub(super) fn print(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        word.to_lowercase().hash(&mut hasher);
    }
    hasher.finish()
}
