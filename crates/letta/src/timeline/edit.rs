//! The few ways in which the list changes. Each keeps it sorted and notes the change, so that what is returned and what stands in the
//! list cannot differ. Why something changes is in the siblings.

use model::{Author, Change, Content, Item, ItemId, Speaker};

use super::{Cast, names};
use crate::event::Head;

/// Room between neighbours, for what history may bring in between.
const STEP: i64 = 1024;
/// Room below a gap: for a thousand million rows.
const GAP: i64 = STEP << 30;

/// Where events come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A run that is going on: texts grow, the time counts.
    Live,
    /// Stored history: every message is whole.
    Stored,
}

/// One edit of the list.
pub(super) struct Edit<'t> {
    pub cast: &'t Cast,
    pub items: &'t mut Vec<Item>,
    pub now: i64,
    pub source: Source,
    changes: Vec<Change>,
    renumbered: bool,
}

impl<'t> Edit<'t> {
    pub fn new(cast: &'t Cast, items: &'t mut Vec<Item>, now: i64, source: Source) -> Self {
        Self { cast, items, now, source, changes: Vec::new(), renumbered: false }
    }

    /// What changed. After a renumbering, everything.
    pub fn changes(self) -> Vec<Change> {
        if self.renumbered { vec![Change::Reset { items: self.items.clone() }] } else { self.changes }
    }

    /// Whether events come as they happen.
    pub fn live(&self) -> bool {
        self.source == Source::Live
    }

    /// Where an item stands. From the end, where almost everything happens.
    pub fn find(&self, id: &ItemId) -> Option<usize> {
        self.items.iter().rposition(|item| item.id == *id)
    }

    /// Whether another item has the same name.
    fn find_other(&self, index: usize) -> bool {
        self.items.iter().enumerate().any(|(other, item)| other != index && item.id == self.items[index].id)
    }

    /// The last item, if any.
    pub fn last(&self) -> Option<&Item> {
        self.items.last()
    }

    /// Where the turn begins that is going on: behind the last of the user's rows.
    pub fn turn(&self) -> usize {
        let user = self.items.iter().rposition(|item| matches!(item.content, Content::User { .. }));
        user.map_or(0, |user| user + 1)
    }

    /// The position behind all others.
    pub fn next_position(&self) -> i64 {
        self.items.last().map_or(STEP, |item| item.position + STEP)
    }

    /// Adds an item at the end, under another name if its own is taken.
    pub fn push(&mut self, mut id: ItemId, author: Author, head: &Head, content: Content) -> usize {
        while self.find(&id).is_some() {
            id = names::another(&id);
        }
        let at = if self.live() { self.now } else { head.date.unwrap_or(self.now) };
        let run = head.run_id.as_deref().map(Into::into);
        let item = Item { id, position: self.next_position(), author, at, run, step: head.step_id.clone(), content };
        self.changes.push(Change::Put { item: item.clone() });
        self.items.push(item);
        self.items.len() - 1
    }

    /// Changes an item in place; notes nothing if it stays as it is. It keeps its name if the new one is another's.
    pub fn alter(&mut self, index: usize, how: impl FnOnce(&mut Item)) {
        let before = self.items[index].clone();
        how(&mut self.items[index]);
        if self.items[index].id != before.id && self.find_other(index) {
            self.items[index].id = before.id.clone();
        }
        let item = &self.items[index];
        if *item == before {
            return;
        }
        if item.id != before.id {
            self.changes.push(Change::Remove { id: before.id });
        }
        self.changes.push(Change::Put { item: item.clone() });
    }

    /// The hot path: adds text to an item that grows.
    pub fn append(&mut self, index: usize, text: &str) {
        let item = &mut self.items[index];
        let Some(growing) = item.growing_text() else { return };
        if text.is_empty() {
            return;
        }
        growing.push_str(text);
        self.changes.push(Change::Append { id: item.id.clone(), text: text.to_owned() });
    }

    /// Takes an item out.
    pub fn remove(&mut self, index: usize) {
        let item = self.items.remove(index);
        self.changes.push(Change::Remove { id: item.id });
    }

    /// Puts items before the one at `index`, or at the end: close to the one below where there is much room, so that as much is left
    /// above; else evenly into the room there is; renumbers all if there is none.
    pub fn insert(&mut self, index: usize, mut new: Vec<Item>) {
        let count = new.len() as i64;
        let below = index.checked_sub(1).map(|index| self.items[index].position);
        let above = self.items.get(index).map(|item| item.position);
        let beyond = index.checked_sub(1).is_some_and(|index| matches!(self.items[index].content, Content::Gap));
        let (start, step) = match (below, above) {
            (Some(below), Some(above)) if (above - below) / STEP > count + 1 => (above - STEP * (count + 1), STEP),
            (None, None) => (0, STEP),
            (Some(below), None) if beyond => (below + GAP, STEP),
            (Some(below), None) => (below, STEP),
            (None, Some(above)) => (above - STEP * (count + 1), STEP),
            (Some(below), Some(above)) => (below, (above - below) / (count + 1)),
        };
        for (item, nth) in new.iter_mut().zip(1..) {
            item.position = start + step * nth;
        }
        self.changes.extend(new.iter().map(|item| Change::Put { item: item.clone() }));
        self.items.splice(index..index, new);
        if step == 0 {
            self.renumber();
        }
    }

    /// Makes room from the first item on: what stands above it, not loaded, keeps its positions.
    fn renumber(&mut self) {
        let mut next = self.items.first().map_or(0, |item| item.position);
        for item in self.items.iter_mut() {
            item.position = next;
            next += if matches!(item.content, Content::Gap) { GAP } else { STEP };
        }
        self.renumbered = true;
    }

    /// Moves an item behind all others.
    pub fn move_to_end(&mut self, index: usize) {
        let position = self.next_position();
        let mut item = self.items.remove(index);
        item.position = position;
        self.changes.push(Change::Put { item: item.clone() });
        self.items.push(item);
    }

    /// Who speaks in an event: the one agent of a talk; in a group whom the event names, else who spoke last.
    pub fn speaker(&self, head: &Head) -> Author {
        if let Some(agent) = &self.cast.solo {
            return Author::Agent(agent.clone());
        }
        if let Some(name) = &head.name {
            return Author::Agent(self.cast.named(name));
        }
        self.last_speaker()
    }

    /// Who spoke last since the user did; a nameless agent if nobody has.
    pub fn last_speaker(&self) -> Author {
        if let Some(agent) = &self.cast.solo {
            return Author::Agent(agent.clone());
        }
        let last = self.items[self.turn()..].iter().rev().find_map(Item::speaker);
        Author::Agent(last.cloned().unwrap_or_else(|| Speaker { id: None, name: String::new() }))
    }

    /// The message that an event belongs to. What has no id belongs to what came before it, if that had none either.
    pub fn message(&self, head: &Head) -> String {
        if let Some(id) = &head.id {
            return id.clone();
        }
        match self.items.last().map(|item| names::stem(&item.id)) {
            Some(stem) if stem.starts_with("loose-") => stem.to_owned(),
            Some(_) | None => format!("loose-{}", self.next_position()),
        }
    }
}
