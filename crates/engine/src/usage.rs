//! What a table or a server's group has used, from what is kept here. At a table that the app leads each member's part is known; a
//! server that leads tells only what all of them used together.

use model::{
    AgentId, Code, Conversation, ConversationId, ConversationKind, Failure, MemberUsage, RoundUsage, Spent, Usage,
};

use crate::{
    conversation::gone,
    house::House,
    store::{SavedTable, Told},
    tables,
};

/// Letters of a message that stand for it.
const WORDS: usize = 80;

/// All that is known of one.
pub(crate) async fn of(house: &House, id: &ConversationId) -> Result<Usage, Failure> {
    let row = house.sidebar.row(id).ok_or_else(gone)?;
    house.talks.saved(id).await;
    let told =
        house.store.spent(id).await.map_err(|error| {
            Failure::new(Code::Storage, "What was used could not be read.").details(error.to_string())
        })?;
    let led = row.kind == ConversationKind::Table;
    let rounds = rounds(told, led);
    let total = rounds.iter().fold(Spent::default(), |total, round| total.and(round.spent));
    let mut usage = Usage { total, members: Vec::new(), rounds };
    if let Some(saved) = house.tables.get(id) {
        let used = tables::state(house, id).await.floor.used;
        usage.members = members(house, &row, &saved, used);
        // Also what was used by turns of which no round tells yet.
        let of_all = |part: fn(&MemberUsage) -> u64| usage.members.iter().map(part).fold(0, u64::saturating_add);
        usage.total.input = usage.total.input.max(of_all(|member| member.input));
        usage.total.output = usage.total.output.max(of_all(|member| member.output));
    }
    usage.rounds.reverse();
    usage.rounds.truncate(Usage::MOST_ROUNDS);
    Ok(usage)
}

/// What came of each message, oldest first. `led`: the app leads, and tells turns itself.
fn rounds(told: Vec<Told>, led: bool) -> Vec<RoundUsage> {
    let (mut rounds, mut words, mut turns) = (Vec::new(), String::new(), 0);
    for told in told {
        match told {
            Told::Message(text) => {
                words = beginning(&text);
                turns = 0;
            }
            Told::Turn(_) => turns += 1,
            Told::Used { item, at, steps, spent } => {
                let turns = std::mem::take(&mut turns);
                let spent = Spent { turns: if led { steps } else { turns }, ..spent };
                rounds.push(RoundUsage { item, at, words: words.clone(), spent });
            }
        }
    }
    rounds
}

/// The first line of a message, shortened.
fn beginning(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if line.chars().count() <= WORDS {
        return line.to_owned();
    }
    let cut: String = line.chars().take(WORDS - 1).collect();
    format!("{}…", cut.trim_end())
}

/// Each member's part, those who used most first.
fn members(
    house: &House,
    row: &Conversation,
    saved: &SavedTable,
    used: impl IntoIterator<Item = (AgentId, (u64, u64))>,
) -> Vec<MemberUsage> {
    let name = |agent: &AgentId| {
        let sits = saved.table.party(agent).map(|seat| seat.name.clone());
        sits.or_else(|| {
            let known = house.sidebar.row(&ConversationId::from(format!("{}/{agent}", row.profile)))?;
            Some(known.title)
        })
    };
    let mut members: Vec<MemberUsage> = used
        .into_iter()
        .map(|(agent, (input, output))| MemberUsage { name: name(&agent), agent, input, output })
        .collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.input.saturating_add(member.output)));
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(item: &str, steps: u64, input: u64) -> Told {
        let spent = Spent { turns: 0, input, output: 1, took: None };
        Told::Used { item: item.into(), at: 7, steps, spent }
    }

    fn turn(by: &str) -> Told {
        Told::Turn(by.to_owned())
    }

    #[test]
    fn each_message_is_told_with_what_came_of_it() {
        let told = || {
            vec![
                turn("a"),
                used("u0", 1, 5),
                Told::Message("\n First things first \nand more".to_owned()),
                turn("a"),
                turn("b"),
                used("u1", 9, 10),
                Told::Message("Stopped before anything".to_owned()),
                Told::Message(String::new()),
                turn("b"),
                used("u2", 4, 20),
                used("u3", 2, 1),
            ]
        };
        let brief = |led| -> Vec<(String, u64)> {
            rounds(told(), led).into_iter().map(|round| (round.words, round.spent.turns)).collect()
        };
        let line = "First things first".to_owned();
        let none = String::new;
        assert_eq!(brief(false), [(none(), 1), (line.clone(), 2), (none(), 1), (none(), 0)]);
        assert_eq!(brief(true), [(none(), 1), (line, 9), (none(), 4), (none(), 2)]);
    }

    #[test]
    fn a_long_message_is_shortened_by_letters_not_bytes() {
        let long = beginning(&"é".repeat(200));
        assert_eq!((long.chars().count(), long.ends_with('…')), (WORDS, true));
        assert_eq!(beginning(&"é".repeat(WORDS)).chars().count(), WORDS);
    }
}
