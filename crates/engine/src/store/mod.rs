//! What is kept on disk: `cache.db`, which can be had again, and `ours.db`, which nobody else has. One thread writes, two
//! connections read; no state of the disk stops the start. What is asked of it: `talk.rs` (cache), `mine.rs` (ours) and `ruled.rs` (requests).

mod attachments;
mod concern;
mod conversations;
mod copies;
mod cursors;
mod database;
mod decisions;
mod drafts;
mod error;
mod hues;
mod items;
mod journal;
mod loaded;
mod members;
mod mine;
#[cfg(test)]
pub(crate) mod mortal;
mod open;
mod outbox;
mod pictures;
mod profiles;
mod read_marks;
mod readers;
mod ruled;
mod salvage;
mod schema;
mod sending;
mod settings;
mod spent;
mod tables;
mod talk;
mod tool_lists;
mod waiting;
mod write;
mod writer;

#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::{Arc, mpsc},
    thread,
};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

pub use concern::Warning;
pub use conversations::RowWords;
pub use cursors::Cursor;
pub(crate) use decisions::is_hidden;
pub use decisions::{LogQuestion, LoggedDecision, SENT};
pub use error::StoreError;
pub use items::{Page, SaveBatch};
pub use outbox::Unsent;
pub use sending::Hold;
pub(crate) use spent::Told;
pub use tables::SavedTable;
pub(crate) use tables::{PREFIX, is_table};
pub use tool_lists::ListedTool;
pub use waiting::SavedRequest;

use concern::{Ill, Which};
use copies::Databases;
use database::{Database, Pace};
use error::diagnosis;
use readers::Readers;
use write::Write;
use writer::{Message, Writer};

/// The store. Cheap to clone; every clone is the same store. Its methods are async and never block the caller's thread; a read that
/// follows an awaited write sees it. When the last clone goes, what is queued is still written.
#[derive(Clone)]
pub struct Store {
    queue: mpsc::Sender<Message>,
    cache: Arc<Readers>,
    ours: Arc<Readers>,
    warning: watch::Receiver<Option<String>>,
    #[cfg(test)]
    pub(crate) mortal: mortal::Mortal,
}

impl Store {
    /// Opens what is in `home`, which is made if it is missing, in whatever way is possible: at worst everything is kept in memory, and
    /// the warning says so. Blocking: some milliseconds, longer after a crash or when a new version changes the tables. `now`, in
    /// milliseconds since 1970 UTC, names the folder of what is put aside.
    pub fn open(home: &Path, now: i64) -> (Self, Option<Warning>) {
        Self::open_with(home, now, [schema::CACHE, schema::OURS], Pace::default())
    }

    fn open_with(home: &Path, now: i64, [cache, ours]: [schema::Plan; 2], pace: Pace) -> (Self, Option<Warning>) {
        if let Err(error) = open::folder(home) {
            // The databases will find the same, and tell the user.
            tracing::warn!(%error, home = %home.display(), "the folder cannot be made");
        }
        let cache = Database::open(cache, home, now, pace);
        let ours = Database::open(ours, home, now, pace);
        let (tell, warning) = watch::channel(None);
        let readers = (cache.readers(), ours.readers());
        let writer = Writer::new(Databases { cache, ours }, pace, tell);
        let concern = writer.concern();
        writer.warning.send_replace(concern.as_ref().map(Warning::to_string));
        let (queue, orders) = mpsc::channel();
        let thread = thread::Builder::new().name("store".to_owned()).spawn(move || writer.run(&orders));
        if let Err(error) = thread {
            // Without it every call answers `Closed`.
            tracing::error!(%error, "the store's thread cannot be started");
        }
        let store = Self {
            queue,
            cache: readers.0,
            ours: readers.1,
            warning,
            #[cfg(test)]
            mortal: mortal::Mortal::default(),
        };
        (store, concern)
    }

    /// What the user must know about the disk, in words, now and whenever it changes; none: all is well.
    pub fn warning(&self) -> watch::Receiver<Option<String>> {
        self.warning.clone()
    }

    /// Writes all that is queued, tidies up and lets the files go. Whatever is asked afterwards answers [`StoreError::Closed`].
    pub async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.queue.send(Message::Close { reply }).is_ok() {
            // An error means that it was closed already.
            let _ = closed.await;
        }
    }

    /// Waits until everything that was given to it before is written, or waits for the disk.
    pub async fn written(&self) {
        let (reply, done) = oneshot::channel();
        let ask = Box::new(move |_: &mut Database| {
            // Whoever waited may have left.
            let _ = reply.send(());
        });
        if self.queue.send(Message::Read { which: Which::Cache, ask }).is_ok() {
            // An error means that it is closed: there is nothing to wait for.
            let _ = done.await;
        }
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        #[cfg(test)]
        if !self.mortal.survives(&write) {
            return std::future::pending().await;
        }
        let (reply, done) = oneshot::channel();
        self.queue.send(Message::Write { write, reply: Some(reply) }).map_err(|_| StoreError::Closed)?;
        done.await.map_err(|_| StoreError::Closed)?
    }

    fn write_later(&self, write: Write) {
        #[cfg(test)]
        if !self.mortal.survives(&write) {
            return;
        }
        let doing = write.doing();
        if self.queue.send(Message::Write { write, reply: None }).is_err() {
            tracing::warn!(doing, "asked of a closed store");
        }
    }

    /// Asks a database. One that turns out to be broken is put aside, and the empty one in its place is asked.
    async fn read<T: Send + 'static>(
        &self,
        which: Which,
        doing: &'static str,
        question: impl Fn(&Connection) -> rusqlite::Result<T> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        let question: Arc<Question<T>> = Arc::new(question);
        let readers = match which {
            Which::Cache => &self.cache,
            Which::Ours => &self.ours,
        };
        let generation = readers.generation();
        match self.ask(which, readers, &question).await? {
            Err(error) if diagnosis(&error) == Some(Ill::Broken) => {
                let (reply, mended) = oneshot::channel();
                self.queue.send(Message::Broke { which, generation, reply }).map_err(|_| StoreError::Closed)?;
                mended.await.map_err(|_| StoreError::Closed)?;
                self.ask(which, readers, &question).await?.map_err(StoreError::sql(doing))
            }
            answer => answer.map_err(StoreError::sql(doing)),
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        which: Which,
        readers: &Arc<Readers>,
        question: &Arc<Question<T>>,
    ) -> Result<rusqlite::Result<T>, StoreError> {
        let question = question.clone();
        if !readers.by_writer() {
            let readers = readers.clone();
            return tokio::task::spawn_blocking(move || readers.read(|connection| question(connection)))
                .await
                .map_err(|_| StoreError::Closed);
        }
        let (reply, answer) = oneshot::channel();
        let ask = Box::new(move |database: &mut Database| {
            // Whoever asked may have lost interest.
            let _ = reply.send(database.read(|connection| question(connection)));
        });
        self.queue.send(Message::Read { which, ask }).map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)
    }
}

type Question<T> = dyn Fn(&Connection) -> rusqlite::Result<T> + Send + Sync;
