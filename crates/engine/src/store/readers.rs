//! Two read-only connections to one database, opened when first needed. While the writer holds what is not on disk (all in
//! memory, or a backlog), reading goes by the writer instead.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::open;

type Slot = Mutex<Option<Connection>>;

/// The readers of one database.
pub(super) struct Readers {
    path: PathBuf,
    slots: [Slot; 2],
    next: AtomicUsize,
    /// Counts the files that have stood at `path`: one more each time a broken one was put aside.
    generation: AtomicU64,
    by_writer: AtomicBool,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            slots: [Mutex::new(None), Mutex::new(None)],
            next: AtomicUsize::new(0),
            generation: AtomicU64::new(0),
            by_writer: AtomicBool::new(false),
        }
    }

    /// Which file is read.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Whether only the writer sees all there is.
    pub(super) fn by_writer(&self) -> bool {
        self.by_writer.load(Ordering::Acquire)
    }

    pub(super) fn set_by_writer(&self, by_writer: bool) {
        self.by_writer.store(by_writer, Ordering::Release);
    }

    /// Asks, blocking. All statements of one question see the same moment.
    pub(super) fn read<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let mut slot = self.free();
        let connection = match slot.take() {
            Some(connection) => connection,
            None => open::read_only(&self.path)?,
        };
        let answer =
            Transaction::new_unchecked(&connection, TransactionBehavior::Deferred).and_then(|moment| question(&moment));
        if answer.is_ok() {
            // After an error the next question opens anew.
            *slot = Some(connection);
        }
        answer
    }

    /// Closes both and keeps others from opening while `change` is made to the file; then another file stands there.
    pub(super) fn while_shut<T>(&self, change: impl FnOnce() -> T) -> T {
        let mut held = self.slots.each_ref().map(Mutex::lock);
        for slot in &mut held {
            **slot = None;
        }
        let changed = change();
        self.generation.fetch_add(1, Ordering::AcqRel);
        changed
    }

    fn free(&self) -> MutexGuard<'_, Option<Connection>> {
        if let Some(free) = self.slots.iter().find_map(Mutex::try_lock) {
            return free;
        }
        let [first, second] = &self.slots;
        let slot = if self.next.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { first } else { second };
        slot.lock()
    }
}
