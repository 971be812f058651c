//! Rounds of a group: the second begins when everyone has spoken in order and the first speaks again. Numbered from 2 within one
//! message of the user.

use model::{Author, Content, Item, Speaker};

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
        let (None, Some(mut index)) = (&self.cast.solo, user) else { return };
        while index < self.items.len() {
            let begins = {
                let mut round = Round::default();
                let start = self.items[..index].iter().rposition(|item| matches!(item.content, Content::User { .. }));
                for item in &self.items[start.unwrap_or(0)..index] {
                    round.pass(item);
                }
                self.items[index].speaker().and_then(|speaker| round.next(self.cast, speaker))
            };
            let is_mark = matches!(self.items[index].content, Content::Round { .. });
            if is_mark {
                let belongs = self.items.get(index + 1).is_some_and(|first| {
                    let turns = next(self.cast, &self.items[..index], first.speaker().unwrap_or(&NOBODY));
                    names::round(&first.id) == self.items[index].id && turns.is_some()
                });
                if !belongs {
                    self.remove(index);
                    continue;
                }
            } else if let Some(number) = begins {
                let mut mark = self.items[index].clone();
                mark.id = names::round(&mark.id);
                mark.author = Author::App;
                mark.content = Content::Round { number };
                self.insert(index, vec![mark]);
                index += 1;
            }
            index += 1;
        }
    }
}

/// Stands for an item that is no agent's.
static NOBODY: Speaker = Speaker { id: None, name: String::new() };
