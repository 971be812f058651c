//! One database with its writing connection: what is asked of it, and what waits for the disk. It lives on the writer's thread.
//! What is done when its file cannot be used is in `recovery.rs`.

mod recovery;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{
    concern::{Concern, Ill, Which},
    error::{StoreError, diagnosis},
    readers::Readers,
    schema::Plan,
    write::{Backlog, Write},
};

/// How often things are done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// After so long without a write the log is moved into the file.
    pub idle: Duration,
    /// When a refused write is tried again for the first time; each time after that takes twice as long …
    pub first: Duration,
    /// … up to this.
    pub most: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { idle: Duration::from_secs(5), first: Duration::from_millis(500), most: Duration::from_secs(30) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Disk,
    /// Of a newer version: only read.
    Newer,
    /// In memory until the disk can be used: what is written is kept for it as well.
    Away,
    /// In memory until the app ends.
    Memory,
}

/// When a refused write is tried again.
struct Again {
    at: Instant,
    wait: Duration,
}

/// One database.
pub(super) struct Database {
    plan: Plan,
    home: PathBuf,
    now: i64,
    pace: Pace,
    readers: Arc<Readers>,
    /// None only when not even memory could be had, and after the end.
    connection: Option<Connection>,
    mode: Mode,
    /// What the user must know until the app ends.
    lasting: Option<Concern>,
    /// What the user must know until it is well again.
    passing: Option<Concern>,
    backlog: Backlog,
    again: Option<Again>,
    /// Something was written since the log was last moved into the file.
    dirty: bool,
    /// Counts up whenever another file, or memory, takes the place of what was written to: it may lack what was written before.
    place: u64,
}

impl Database {
    /// Opens it in whatever way is possible. `now`, in milliseconds since 1970 UTC, names the folder of what is put aside.
    pub(super) fn open(plan: Plan, home: &Path, now: i64, pace: Pace) -> Self {
        let mut database = Self {
            plan,
            home: home.to_owned(),
            now,
            pace,
            readers: Arc::new(Readers::new(home.join(plan.file))),
            connection: None,
            mode: Mode::Disk,
            lasting: None,
            passing: None,
            backlog: Backlog::default(),
            again: None,
            dirty: false,
            place: 0,
        };
        database.begin();
        database
    }

    pub(super) fn which(&self) -> Which {
        self.plan.which
    }

    pub(super) fn readers(&self) -> Arc<Readers> {
        self.readers.clone()
    }

    /// Which file or memory is written to, counted from the start.
    pub(super) fn place(&self) -> u64 {
        self.place
    }

    /// It is of a newer version, and only read.
    pub(super) fn is_newer(&self) -> bool {
        self.mode == Mode::Newer
    }

    /// What is written outlives the app.
    pub(super) fn is_on_disk(&self) -> bool {
        self.mode == Mode::Disk
    }

    /// What the user must know: what hurts now before what was.
    pub(super) fn concern(&self) -> Option<Concern> {
        self.passing.as_ref().or(self.lasting.as_ref()).cloned()
    }

    /// Writes, or keeps for later what the disk refuses now. `Ok` means that it survives the end of this process.
    pub(super) fn write(&mut self, write: Write) -> Result<(), StoreError> {
        let doing = write.doing();
        if self.mode == Mode::Newer {
            return Err(StoreError::Newer { doing });
        }
        if let Some(Concern::Waiting(ill)) = &self.passing {
            let ill = *ill;
            return self.keep(write, ill);
        }
        match self.commit(&write) {
            Ok(()) => {
                if self.mode == Mode::Away {
                    self.backlog.push(write);
                }
                Ok(())
            }
            Err(error) => match diagnosis(&error) {
                Some(Ill::Broken) if self.mode == Mode::Disk => {
                    tracing::error!(%error, file = self.plan.file, "a database broke while it was written");
                    self.begin_anew();
                    self.commit(&write).map_err(StoreError::sql(doing))
                }
                Some(ill) if self.mode == Mode::Disk => {
                    tracing::warn!(%error, file = self.plan.file, "writing is refused");
                    self.passing = Some(Concern::Waiting(ill));
                    self.wait(Instant::now());
                    self.keep(write, ill)
                }
                Some(_) | None => Err(StoreError::Sql { doing, source: error }),
            },
        }
    }

    fn keep(&mut self, write: Write, ill: Ill) -> Result<(), StoreError> {
        let (doing, why) = (write.doing(), ill.words().to_owned());
        if !write.can_wait() {
            return Err(StoreError::NotNow { doing, why });
        }
        self.backlog.push(write);
        self.readers.set_by_writer(true);
        Err(StoreError::Waiting { doing, why })
    }

    fn commit(&mut self, write: &Write) -> rusqlite::Result<()> {
        let Some(connection) = &mut self.connection else {
            return Err(rusqlite::Error::InvalidQuery);
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write.apply(&transaction)?;
        transaction.commit()?;
        self.dirty = true;
        Ok(())
    }

    /// Asks on the writing connection, as if everything that waits were written.
    pub(super) fn read<T>(&mut self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let Some(connection) = &self.connection else {
            return Err(rusqlite::Error::InvalidQuery);
        };
        let moment = Transaction::new_unchecked(connection, TransactionBehavior::Deferred)?;
        // In memory it is written already.
        let waiting = self.backlog.iter().filter(|_| self.mode == Mode::Disk);
        for write in waiting {
            if let Err(error) = write.apply(&moment) {
                tracing::warn!(%error, file = self.plan.file, "what waits for the disk cannot be shown");
                break;
            }
        }
        // Never committed: the transaction ends with the question.
        question(&moment)
    }

    /// Changes it at once or not at all, in one transaction: not while something waits for the disk, which comes before it.
    pub(super) fn change<T>(&mut self, act: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let (Some(connection), false, None) = (&mut self.connection, self.mode == Mode::Newer, &self.passing) else {
            return Err(rusqlite::Error::InvalidQuery);
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = act(&transaction)?;
        transaction.commit()?;
        self.dirty = true;
        Ok(done)
    }

    /// When `attend` is due; none: nothing waits.
    pub(super) fn due(&self) -> Option<Instant> {
        self.again.as_ref().map(|again| again.at)
    }

    /// Tries again what was refused, if it is time.
    pub(super) fn attend(&mut self, now: Instant) {
        if self.due().is_some_and(|due| due <= now) {
            self.try_again(now);
        }
    }

    /// The next try, each time after twice as long.
    fn wait(&mut self, now: Instant) {
        let wait = self.again.as_ref().map_or(self.pace.first, |again| again.wait * 2).min(self.pace.most);
        self.again = Some(Again { at: now + wait, wait });
    }

    fn try_again(&mut self, now: Instant) {
        if self.mode == Mode::Away && !self.come_back(now) {
            return;
        }
        while let Some(write) = self.backlog.first().cloned() {
            let Err(error) = self.commit(&write) else {
                self.backlog.done();
                continue;
            };
            match diagnosis(&error) {
                Some(Ill::Broken) if self.mode == Mode::Disk => self.begin_anew(),
                Some(ill) if self.mode == Mode::Disk => {
                    self.passing = Some(Concern::Waiting(ill));
                    self.wait(now);
                    return;
                }
                Some(_) | None => {
                    tracing::error!(%error, file = self.plan.file, doing = write.doing(), "a write that waited is lost");
                    self.backlog.done();
                }
            }
        }
        self.passing = None;
        self.again = None;
        self.readers.set_by_writer(self.mode != Mode::Disk);
    }

    /// A reader found the file broken.
    pub(super) fn broke(&mut self, generation: u64) {
        if !self.readers.by_writer() && self.readers.generation() == generation {
            tracing::error!(file = self.plan.file, "a database broke while it was read");
            self.begin_anew();
        }
    }

    /// Nothing happens for a while: the log is moved into the file.
    pub(super) fn rest(&mut self) {
        if !self.dirty || self.mode != Mode::Disk {
            return;
        }
        if let Some(connection) = &self.connection {
            let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            match moved {
                Ok(()) => self.dirty = false,
                Err(error) => tracing::debug!(%error, file = self.plan.file, "the log stays for now"),
            }
        }
    }

    /// The last try for what waits, then the end.
    pub(super) fn close(&mut self) {
        if !self.backlog.is_empty() {
            self.try_again(Instant::now());
            let lost = self.backlog.iter().count();
            if lost > 0 {
                tracing::error!(lost, file = self.plan.file, "the disk did not take what waited until the end");
            }
        }
        let readers = self.readers.clone();
        readers.set_by_writer(true);
        readers.while_shut(|| {
            if self.mode == Mode::Disk
                && let Some(connection) = &self.connection
            {
                // Both are a courtesy to the next start: without them the log is read then.
                let _ = connection.execute_batch("PRAGMA optimize");
                let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            }
            self.connection = None;
        });
    }
}

#[cfg(test)]
mod tests {
    use model::ConversationId;

    use super::*;
    use crate::store::{drafts, schema};

    #[test]
    fn what_waits_for_the_disk_is_seen_by_every_question_and_written_once() {
        let home = tempfile::tempdir().unwrap();
        let mut database = Database::open(schema::OURS, home.path(), 0, Pace::default());
        let here = ConversationId::from("p/agent-1");
        let draft = |text: &str| Write::Draft { conversation: here.clone(), text: text.to_owned(), at: 0 };
        database.write(draft("before")).unwrap();

        database.passing = Some(Concern::Waiting(Ill::Full));
        database.again = Some(Again { at: Instant::now(), wait: Duration::ZERO });
        for text in ["one", "two"] {
            assert!(matches!(database.write(draft(text)), Err(StoreError::Waiting { .. })));
        }
        assert!(database.readers.by_writer());
        assert_eq!(database.read(|from| drafts::get(from, &here)).unwrap(), "two");
        assert_eq!(database.readers.read(|from| drafts::get(from, &here)).unwrap(), "before");

        database.attend(Instant::now());
        assert_eq!(database.readers.read(|from| drafts::get(from, &here)).unwrap(), "two");
        assert!(!database.readers.by_writer());
        assert_eq!((database.concern(), database.due()), (None, None));
    }
}
