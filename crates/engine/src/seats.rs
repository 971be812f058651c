//! How agents look at a table: role and monogram. Pure. Their colours are remembered, and told apart, by the store.

use model::{AgentId, Member};

/// Roles longer than this are no roles.
const ROLE_LETTERS: usize = 28;

/// An agent that is to be seated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guest {
    pub agent: AgentId,
    pub name: String,
    pub role: String,
}

/// Seats agents at one table, each with the colour of its seat.
pub(crate) fn seat(guests: &[Guest], hues: &[u8]) -> Vec<Member> {
    let monograms = monograms(guests);
    guests
        .iter()
        .zip(monograms)
        .enumerate()
        .map(|(seat, (guest, monogram))| Member {
            agent: guest.agent.clone(),
            name: guest.name.clone(),
            role: guest.role.clone(),
            hue: hues.get(seat).copied().unwrap_or(1),
            monogram,
        })
        .collect()
}

/// One letter each, or two where two begin alike: the first and the first one that tells them apart.
fn monograms(guests: &[Guest]) -> Vec<String> {
    let letters: Vec<Vec<char>> =
        guests.iter().map(|guest| guest.name.chars().filter(|letter| letter.is_alphanumeric()).collect()).collect();
    let upper = |letter: char| letter.to_uppercase().to_string();
    letters
        .iter()
        .enumerate()
        .map(|(this, mine)| {
            let Some(first) = mine.first() else { return "?".to_owned() };
            let rivals: Vec<&Vec<char>> = letters
                .iter()
                .enumerate()
                .filter(|(other, theirs)| *other != this && theirs.first().is_some_and(|f| upper(*f) == upper(*first)))
                .map(|(_, theirs)| theirs)
                .collect();
            if rivals.is_empty() {
                return upper(*first);
            }
            let telling = (1..mine.len()).find(|at| rivals.iter().all(|theirs| theirs.get(*at) != mine.get(*at)));
            match mine.get(telling.unwrap_or(1)) {
                Some(second) => format!("{}{}", upper(*first), second.to_lowercase()),
                None => upper(*first),
            }
        })
        .collect()
}

/// One or two words for what an agent does: its `metadata.role`, else its description where that is short enough to be one.
pub(crate) fn role(metadata_role: Option<&str>, description: Option<&str>) -> String {
    let clause = |text: &str| {
        let end = text.find([',', '.', ':', ';', '(', '\n', '\r']).unwrap_or(text.len());
        text[..end].trim().to_owned()
    };
    let fits = |text: &String| {
        !text.is_empty() && text.chars().count() <= ROLE_LETTERS && text.split_whitespace().count() <= 3
    };
    [metadata_role, description].into_iter().flatten().map(clause).find(fits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monograms_of(names: &[&str]) -> Vec<String> {
        let guest = |name: &&str| Guest { agent: AgentId::from(*name), name: (*name).to_owned(), role: String::new() };
        let guests: Vec<Guest> = names.iter().map(guest).collect();
        seat(&guests, &[]).into_iter().map(|member| member.monogram).collect()
    }

    #[test]
    fn monograms_take_a_second_letter_where_two_begin_alike() {
        assert_eq!(monograms_of(&["Wen", "Rosa"]), ["W", "R"]);
        assert_eq!(monograms_of(&["Rosa", "ramón", "Wen"]), ["Ro", "Ra", "W"]);
        assert_eq!(monograms_of(&["agent-one", "agent-two"]), ["Ao", "At"]);
        assert_eq!(monograms_of(&["", "Zoë"]), ["?", "Z"]);
        assert_eq!(monograms_of(&["A", "A"]), ["A", "A"]);
    }

    #[test]
    fn a_role_is_one_or_two_words_or_nothing() {
        assert_eq!(role(Some("Historian"), Some("Knows much")), "Historian");
        assert_eq!(role(None, Some("City planner, born in Porto.")), "City planner");
        assert_eq!(role(None, Some("An agent that answers all questions about the weather")), "");
        assert_eq!(role(None, None), "");
    }
}
