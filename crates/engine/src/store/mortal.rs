//! For tests: the app ends between two writes of a table. From some write on nothing reaches the disk, and nobody gets an answer.

use std::sync::Arc;

use parking_lot::Mutex;

use super::{tables::is_table, write::Write};

/// What else is still done after the last write of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing.
    Nothing,
    /// All that others do, until the table would write again.
    Others,
}

/// When the app ends; by itself never.
#[derive(Clone, Default)]
pub(crate) struct Mortal(Arc<Mutex<Life>>);

#[derive(Default)]
struct Life {
    /// Writes of tables that are still done, and what is done after them.
    left: Option<(usize, Rest)>,
    dead: bool,
}

impl Mortal {
    /// It ends after so many writes of tables.
    pub(crate) fn dies_after(&self, writes: usize, rest: Rest) {
        self.0.lock().left = Some((writes, rest));
    }

    /// It has ended.
    pub(crate) fn is_dead(&self) -> bool {
        self.0.lock().dead
    }

    pub(super) fn survives(&self, write: &Write) -> bool {
        let mut life = self.0.lock();
        let dead = life.dead;
        match &mut life.left {
            _ if dead => {}
            Some((left, _)) if is_of_table(write) => match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => life.dead = true,
            },
            Some((0, Rest::Nothing)) => life.dead = true,
            Some(_) | None => {}
        }
        !life.dead
    }
}

fn is_of_table(write: &Write) -> bool {
    match write {
        Write::Save(batch) | Write::Said(batch) => is_table(&batch.conversation),
        Write::Unsent(words) => is_table(&words.conversation),
        Write::Hold { conversation, .. } => is_table(conversation),
        Write::DeleteTable(_) => true,
        _ => false,
    }
}
