//! The items of a conversation as signals, one a row, and their order: applies the changes of a frame. Who is told that the order
//! changed is `rows`.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use leptos::prelude::*;
use model::{Change, Item, ItemId};

use super::entry::Line;

/// The rows of a conversation, and what the window remembers of them.
#[derive(Default)]
pub(super) struct Held {
    pub version: Option<u64>,
    pub items: HashMap<ItemId, ArcRwSignal<Item>>,
    pub lines: Vec<Arc<Line>>,
    pub disclosures: HashMap<String, ArcRwSignal<bool>>,
    pub first_seen: HashMap<ItemId, i64>,
}

impl Held {
    /// Applies one change; true if the order or the shape of the list changed.
    pub fn change(&mut self, change: Change) -> bool {
        match change {
            Change::Put { item } => self.put(item),
            Change::Append { id, text } => {
                if let Some(row) = self.items.get(&id) {
                    row.update(|item| {
                        if let Some(growing) = item.growing_text() {
                            growing.push_str(&text);
                        }
                    });
                }
                false
            }
            Change::Remove { id } => {
                let Some(row) = self.items.remove(&id) else { return false };
                if let Ok(at) = self.index(row.read_untracked().position) {
                    self.lines.remove(at);
                }
                true
            }
            Change::Reset { items } => {
                let kept: HashSet<&ItemId> = items.iter().map(|item| &item.id).collect();
                self.items.retain(|id, _| kept.contains(id));
                self.lines = items.iter().map(|item| Arc::new(Line::of(item))).collect();
                for item in items {
                    self.set(item);
                }
                true
            }
        }
    }

    fn put(&mut self, item: Item) -> bool {
        let line = Line::of(&item);
        let before = self.items.get(&item.id).map(|row| row.read_untracked().position);
        self.set(item);
        if let Some(position) = before
            && let Ok(at) = self.index(position)
        {
            if *self.lines[at] == line {
                return false;
            }
            self.lines.remove(at);
        }
        let at = self.lines.partition_point(|other| other.position < line.position);
        self.lines.insert(at, Arc::new(line));
        true
    }

    /// Puts an item into its row's signal, which is told only if it differs.
    fn set(&mut self, item: Item) {
        match self.items.get(&item.id) {
            Some(row) => {
                if *row.read_untracked() != item {
                    row.set(item);
                }
            }
            None => {
                self.items.insert(item.id.clone(), ArcRwSignal::new(item));
            }
        }
    }

    fn index(&self, position: i64) -> Result<usize, usize> {
        self.lines.binary_search_by_key(&position, |line| line.position)
    }

    /// What waits for a decision, oldest first.
    pub fn asks(&self) -> Vec<ItemId> {
        self.lines.iter().filter(|line| line.asks).map(|line| line.id.clone()).collect()
    }
}
