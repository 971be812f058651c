//! The writer's thread: one queue, two databases, one write at a time.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Instant,
};

use tokio::sync::{oneshot, watch};

use super::{
    concern::{Warning, Which},
    database::{Database, Pace},
    error::StoreError,
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
    pub cache: Database,
    pub ours: Database,
    pub pace: Pace,
    pub warning: watch::Sender<Option<String>>,
}

impl Writer {
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
                        self.cache.rest();
                        self.ours.rest();
                        rested = true;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return self.close(),
            }
            let now = Instant::now();
            self.cache.attend(now);
            self.ours.attend(now);
            self.tell();
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Write { write, reply } => {
                let (which, doing) = (write.which(), write.doing());
                let done = self.database(which).write(write);
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
                self.tell();
                let _ = reply.send(());
            }
            Message::Close { reply } => drop(reply.send(())),
        }
    }

    fn database(&mut self, which: Which) -> &mut Database {
        match which {
            Which::Cache => &mut self.cache,
            Which::Ours => &mut self.ours,
        }
    }

    fn next_due(&self) -> Option<Instant> {
        [self.cache.due(), self.ours.due()].into_iter().flatten().min()
    }

    /// What the user must know about both.
    pub(super) fn concern(&self) -> Option<Warning> {
        let of = |database: &Database| database.concern().map(|concern| (database.which(), concern));
        Warning::of([of(&self.ours), of(&self.cache)].into_iter().flatten())
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
        self.cache.close();
        self.ours.close();
        self.tell();
    }
}
