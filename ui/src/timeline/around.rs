//! What a row asks about those around it: how many turns stand above it, what was said in its turn, whether trouble follows.

use leptos::prelude::*;
use model::{AgentId, Content, Held, ItemId};

use super::{
    Rows,
    entry::{Entry, What},
};

impl Rows {
    /// Tracked: how many turns agents took between the user's words and this item.
    pub(crate) fn turns_above(&self, id: &ItemId) -> u64 {
        let entries = self.entries();
        let above = entries.iter().take_while(|entry| entry.what != What::Item(id.clone()));
        above.fold(0, |turns, entry| match &entry.what {
            What::Item(id) if self.item(id).is_some_and(|item| item.with_untracked(|item| item.kind() == "user")) => 0,
            What::Item(_) | What::Fold { .. } => turns + u64::from(entry.opens),
            What::Day(_) | What::NewSince(_) => turns,
        })
    }

    /// Tracked: an error stands below this turn, with the way out.
    pub(crate) fn is_troubled(&self, turn: &ItemId) -> bool {
        self.entries().iter().filter(|entry| entry.turn.as_ref() == Some(turn)).any(|entry| match &entry.what {
            What::Item(id) => self.item(id).is_some_and(|item| item.with_untracked(|item| item.kind() == "error")),
            What::Day(_) | What::NewSince(_) | What::Fold { .. } => false,
        })
    }

    /// Tracked: an error stands right below this item.
    pub(crate) fn is_followed_by_trouble(&self, id: &ItemId) -> bool {
        let entries = self.entries();
        let below = entries.iter().skip_while(|entry| entry.what != What::Item(id.clone())).nth(1);
        let Some(Entry { what: What::Item(below), .. }) = below else { return false };
        self.item(below).is_some_and(|item| item.with_untracked(|item| item.kind() == "error"))
    }

    /// Tracked: a guard was reached here, and nothing happened since.
    pub(crate) fn is_guarded_at(&self, id: &ItemId) -> bool {
        matches!(self.halt(), Some(Held::Guard { .. }))
            && self.entries().last().is_some_and(|last| last.what == What::Item(id.clone()))
    }

    /// Tracked: the member whose turn broke off here, while the table waits for what becomes of it.
    pub(crate) fn fails_at(&self, id: &ItemId) -> Option<AgentId> {
        let Some(Held::Failed { agent }) = self.halt() else { return None };
        let is_its = |entry: &&Entry| match &entry.what {
            What::Item(other) => self.item(other).is_some_and(|item| {
                item.with_untracked(|item| {
                    item.kind() == "error" && item.speaker().is_some_and(|speaker| speaker.id.as_ref() == Some(&agent))
                })
            }),
            What::Day(_) | What::NewSince(_) | What::Fold { .. } => false,
        };
        let is_last = self.entries().iter().rev().find(is_its).is_some_and(|last| last.what == What::Item(id.clone()));
        is_last.then_some(agent)
    }

    /// Tracked: what was said in a turn, as the model wrote it, from the usage before `usage` (or its beginning) up to it.
    pub(crate) fn words_above(&self, turn: &ItemId, usage: &ItemId) -> String {
        let entries = self.entries();
        let items =
            entries.iter().filter(|entry| entry.turn.as_ref() == Some(turn)).filter_map(|entry| match &entry.what {
                What::Item(id) => Some((id, self.item(id)?)),
                What::Day(_) | What::NewSince(_) | What::Fold { .. } => None,
            });
        let mut words = Vec::new();
        for (id, item) in items {
            if id == usage {
                break;
            }
            item.with_untracked(|item| match &item.content {
                Content::Assistant { text, .. } => words.push(markdown::visible(text).into_owned()),
                Content::Notice(_) => words.clear(),
                _ => {}
            });
        }
        words.join("\n\n")
    }
}
