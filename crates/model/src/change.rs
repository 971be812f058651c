//! Changes to a list of items, by id and never by index: one vocabulary for the reducer, the store and the window. Who makes them
//! is `letta::timeline`; who numbers them is the engine's conversation.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{ConversationId, Item, ItemId, Turn};

/// One change to a conversation's list of items.
// Lists of changes are short and soon gone; a box would cost an allocation for each and gain nothing.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Change {
    /// Inserts by position, or replaces the item of the same id whole.
    Put {
        /// As it is now.
        item: Item,
    },
    /// The hot path: more text at the end of an item's words, thoughts or arguments.
    Append {
        /// Which.
        id: ItemId,
        /// What is added.
        text: String,
    },
    /// Takes one out.
    Remove {
        /// Which.
        id: ItemId,
    },
    /// The whole list anew.
    Reset {
        /// By position.
        items: Vec<Item>,
    },
}

impl Change {
    /// The item it is about; none for a reset.
    pub fn id(&self) -> Option<&ItemId> {
        match self {
            Change::Put { item } => Some(&item.id),
            Change::Append { id, .. } | Change::Remove { id } => Some(id),
            Change::Reset { .. } => None,
        }
    }
}

/// Changes that go to the window together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Whose list.
    pub conversation: ConversationId,
    /// Counts up by one from the opening; a hole means "open it again".
    pub version: u64,
    /// In order.
    pub changes: Vec<Change>,
    /// Whose turn it is after them.
    pub turn: Turn,
}

/// Applies one change. `items` is and stays sorted by position. A change to an unknown id (other than `Put`) changes nothing.
pub fn apply(items: &mut Vec<Item>, change: Change) {
    match change {
        Change::Put { item } => {
            if let Some(at) = index(items, &item.id) {
                if items[at].position == item.position {
                    items[at] = item;
                    return;
                }
                items.remove(at);
            }
            let at = items.partition_point(|other| other.position < item.position);
            items.insert(at, item);
        }
        Change::Append { id, text } => {
            if let Some(growing) = index(items, &id).and_then(|at| items[at].growing_text()) {
                growing.push_str(&text);
            }
        }
        Change::Remove { id } => {
            if let Some(at) = index(items, &id) {
                items.remove(at);
            }
        }
        Change::Reset { items: all } => *items = all,
    }
}

/// Where an item stands. From the end, because almost every change is about the newest items.
fn index(items: &[Item], id: &ItemId) -> Option<usize> {
    items.iter().rposition(|item| item.id == *id)
}

/// Folds changes so that each item is named at most once after the last reset. Applying the result gives the same list.
pub fn coalesce(changes: Vec<Change>) -> Vec<Change> {
    let from = changes.iter().rposition(|change| matches!(change, Change::Reset { .. })).unwrap_or(0);
    let mut folded: Vec<Change> = Vec::new();
    let mut last: HashMap<ItemId, usize> = HashMap::new();
    for change in changes.into_iter().skip(from) {
        let Some(id) = change.id().cloned() else {
            folded.push(change);
            continue;
        };
        let Some(&at) = last.get(&id) else {
            last.insert(id, folded.len());
            folded.push(change);
            continue;
        };
        match (&mut folded[at], change) {
            (Change::Append { text, .. }, Change::Append { text: more, .. }) => text.push_str(&more),
            (Change::Put { item }, Change::Append { text: more, .. }) => {
                if let Some(growing) = item.growing_text() {
                    growing.push_str(&more);
                }
            }
            // Appending to what was taken out changes nothing.
            (Change::Remove { .. }, Change::Append { .. }) => {}
            (earlier, later @ (Change::Put { .. } | Change::Remove { .. })) => *earlier = later,
            (_, Change::Reset { .. }) | (Change::Reset { .. }, _) => {}
        }
    }
    folded
}
