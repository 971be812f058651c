//! Rounds of a group: the second begins when everyone has spoken in order and the first speaks again. Numbered from 2 within one
//! message of the user.

use model::{Author, Content, Item, ItemId, Speaker};

use super::edit::Edit;
use super::{Cast, names};

/// The number of the round that begins if `speaker` speaks next; none if no round does.
pub(super) fn next(cast: &Cast, items: &[Item], speaker: &Speaker) -> Option<u32> {
    let mut round = Round::default();
    for item in since_user(items) {
        round.pass(item);
    }
    round.next(cast, speaker)
}

/// The items behind the last of the user's rows.
fn since_user(items: &[Item]) -> &[Item] {
    let user = items.iter().rposition(|item| matches!(item.content, Content::User { .. }));
    &items[user.map_or(0, |user| user + 1)..]
}

/// Who has spoken in the round so far.
#[derive(Default)]
struct Round<'i> {
    number: Option<u32>,
    turns: Vec<&'i Speaker>,
}

impl<'i> Round<'i> {
    fn pass(&mut self, item: &'i Item) {
        match &item.content {
            Content::User { .. } => *self = Self::default(),
            Content::Round { number } => *self = Self { number: Some(*number), turns: Vec::new() },
            Content::Assistant { .. } | Content::Reasoning { .. } | Content::Tool(_) => {
                if let Some(speaker) = item.speaker()
                    && self.turns.last() != Some(&speaker)
                {
                    self.turns.push(speaker);
                }
            }
            Content::Notice(_) | Content::Error(_) | Content::Gap => {}
        }
    }

    /// The first of the round speaks again after everyone had one turn. Where a manager gives the word to one after the other, that
    /// never happens. Where nobody knows the members, it is enough that nobody spoke twice.
    fn next(&self, cast: &Cast, speaker: &Speaker) -> Option<u32> {
        let again = self.turns.len() > 1 && self.turns.first() == Some(&speaker) && self.turns.last() != Some(&speaker);
        let once = self.turns.iter().enumerate().all(|(nth, who)| !self.turns[..nth].contains(who));
        let everyone = cast.members.iter().all(|member| self.turns.contains(&member));
        (again && once && everyone).then(|| self.number.unwrap_or(1) + 1)
    }
}

impl Edit<'_> {
    /// Puts round marks where they belong after history was merged in, and takes out those that no longer do.
    pub fn renew_rounds(&mut self) {
        // Above the first of the user's rows nobody can tell who has spoken: what was marked there stays.
        let user = self.items.iter().position(|item| matches!(item.content, Content::User { .. }));
        let (None, Some(user)) = (&self.cast.solo, user) else { return };
        let mut wanted = beginnings(self.cast, &self.items[user..]);
        for index in (user..self.items.len()).rev() {
            let Content::Round { number } = self.items[index].content else { continue };
            let mark = &self.items[index].id;
            match wanted.iter().position(|(first, nth)| names::round(first) == *mark && *nth == number) {
                Some(known) => drop(wanted.remove(known)),
                None => self.remove(index),
            }
        }
        for (first, number) in wanted {
            let Some(index) = self.find(&first) else { continue };
            let mut mark = self.items[index].clone();
            (mark.id, mark.author, mark.content) = (names::round(&first), Author::App, Content::Round { number });
            self.insert(index, vec![mark]);
        }
    }
}

/// The items with which rounds begin, and the rounds' numbers.
fn beginnings(cast: &Cast, items: &[Item]) -> Vec<(ItemId, u32)> {
    let mut round = Round::default();
    let mut beginnings = Vec::new();
    for item in items.iter().filter(|item| !matches!(item.content, Content::Round { .. })) {
        if let Some(number) = item.speaker().and_then(|speaker| round.next(cast, speaker)) {
            beginnings.push((item.id.clone(), number));
            round = Round { number: Some(number), turns: Vec::new() };
        }
        round.pass(item);
    }
    beginnings
}
