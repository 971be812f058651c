//! The writer's thread: one queue, two databases, one write at a time. What is said at tables goes to both.

use std::{
    collections::HashMap,
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Instant,
};

use model::ConversationId;
use tokio::sync::{oneshot, watch};

use super::{
    concern::{Warning, Which},
    copies::{self, Databases},
    database::{Database, Pace},
    error::StoreError,
    items::{Nth, SaveBatch},
    tables::is_table,
    write::Write,
};

/// Where the answer to a write goes; none: nobody waits for it.
pub(super) type Reply = Option<oneshot::Sender<Result<(), StoreError>>>;

/// What the writer is told.
pub(super) enum Message {
    Write {
        write: Write,
        reply: Reply,
    },
    /// Asks on the writing connection.
    Read {
        which: Which,
        ask: Box<dyn FnOnce(&mut Database) + Send>,
    },
    /// A reader found the file of this generation broken.
    Broke {
        which: Which,
        generation: u64,
        reply: oneshot::Sender<()>,
    },
    Close {
        reply: oneshot::Sender<()>,
    },
}

/// The two databases and whom to tell about them.
pub(super) struct Writer {
    both: Databases,
    pace: Pace,
    pub warning: watch::Sender<Option<String>>,
    /// Which save of each table was the last.
    saves: HashMap<ConversationId, i64>,
    /// The files that were last brought to the same of every table …
    levelled: Option<[u64; 2]>,
    /// … and when that is tried again, if it could not be done.
    level_at: Option<Instant>,
}

impl Writer {
    /// With every table brought to the same in both, as far as that can be done now.
    pub(super) fn new(both: Databases, pace: Pace, warning: watch::Sender<Option<String>>) -> Self {
        let mut writer = Self { both, pace, warning, saves: HashMap::new(), levelled: None, level_at: None };
        writer.level(Instant::now());
        writer
    }

    /// Until told to close, or until nobody can tell it anything any more.
    pub(super) fn run(mut self, queue: &Receiver<Message>) {
        let mut rested = false;
        loop {
            let patience = self
                .next_due()
                .map_or(self.pace.idle, |due| due.saturating_duration_since(Instant::now()).min(self.pace.idle));
            match queue.recv_timeout(patience) {
                Ok(Message::Close { reply }) => {
                    self.close();
                    // Whoever asked may be gone.
                    let _ = reply.send(());
                    return;
                }
                Ok(message) => {
                    self.hear(message);
                    rested = false;
                }
                Err(RecvTimeoutError::Timeout) => {
                    if !rested {
                        self.both.cache.rest();
                        self.both.ours.rest();
                        rested = true;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return self.close(),
            }
            let now = Instant::now();
            self.both.cache.attend(now);
            self.both.ours.attend(now);
            self.level(now);
            self.tell();
        }
    }

    /// Brings every table to the same in both, where another file took the place of one of them.
    fn level(&mut self, now: Instant) {
        let places = [self.both.cache.place(), self.both.ours.place()];
        let again = self.level_at.is_some_and(|at| at <= now);
        if self.levelled == Some(places) && !again {
            return;
        }
        self.saves.clear();
        self.levelled = Some(places);
        self.level_at = copies::level_all(&mut self.both).err().map(|error| {
            tracing::warn!(%error, "what was said at tables is not the same in both databases yet");
            now + self.pace.most
        });
    }

    fn write(&mut self, write: Write) -> Result<(), StoreError> {
        match write {
            Write::Save(batch) if is_table(&batch.conversation) => self.save_table(*batch),
            Write::DeleteTable(of) => {
                // Deleted is what ours has deleted; that the cache forgets it is part of making both the same.
                let deleted = self.both.ours.write(Write::DeleteTable(of));
                self.level_at = Some(Instant::now());
                deleted
            }
            write => self.database(write.which()).write(write),
        }
    }

    /// No server has it: it is saved in both, and is safe as soon as one has it.
    fn save_table(&mut self, mut batch: SaveBatch) -> Result<(), StoreError> {
        let after = match self.saves.get(&batch.conversation) {
            Some(saves) => *saves,
            None => match copies::level(&mut self.both, &batch.conversation) {
                Ok(saves) => saves,
                Err(error) => {
                    tracing::warn!(%error, table = %batch.conversation, "it is not the same in both databases yet");
                    self.level_at = Some(Instant::now() + self.pace.most);
                    copies::latest(&mut self.both, &batch.conversation)
                }
            },
        };
        batch.nth = Some(Nth { after, number: after + 1 });
        self.saves.insert(batch.conversation.clone(), after + 1);
        let kept = self.both.ours.write(Write::Said(Box::new(SaveBatch { cursor: None, ..batch.clone() })));
        let cached = self.both.cache.write(Write::Save(Box::new(batch)));
        kept.or(cached)
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Write { write, reply } => {
                let doing = write.doing();
                let done = self.write(write);
                self.level(Instant::now());
                // Whoever waits shall find the warning already there.
                self.tell();
                match reply {
                    Some(reply) => drop(reply.send(done)),
                    None => {
                        if let Err(error) = done {
                            tracing::warn!(%error, doing, "a write that nobody waits for was not done");
                        }
                    }
                }
            }
            Message::Read { which, ask } => ask(self.database(which)),
            Message::Broke { which, generation, reply } => {
                self.database(which).broke(generation);
                self.level(Instant::now());
                self.tell();
                let _ = reply.send(());
            }
            Message::Close { reply } => drop(reply.send(())),
        }
    }

    fn database(&mut self, which: Which) -> &mut Database {
        match which {
            Which::Cache => &mut self.both.cache,
            Which::Ours => &mut self.both.ours,
        }
    }

    fn next_due(&self) -> Option<Instant> {
        [self.both.cache.due(), self.both.ours.due(), self.level_at].into_iter().flatten().min()
    }

    /// What the user must know about both.
    pub(super) fn concern(&self) -> Option<Warning> {
        let of = |database: &Database| database.concern().map(|concern| (database.which(), concern));
        Warning::of([of(&self.both.ours), of(&self.both.cache)].into_iter().flatten())
    }

    fn tell(&self) {
        let words = self.concern().map(|warning| warning.to_string());
        self.warning.send_if_modified(|told| {
            let new = *told != words;
            if new {
                told.clone_from(&words);
            }
            new
        });
    }

    fn close(&mut self) {
        self.both.cache.close();
        self.both.ours.close();
        self.tell();
    }
}
