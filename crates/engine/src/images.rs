//! Pictures: those that go with messages, those that come with them, those that are loaded from the web. Kept as files under the hash
//! of their bytes, shown only as views that were decoded and encoded here. What a picture is, is `pictures`; which row names which is
//! `model::ImageRef`.

mod blobs;
mod composer;
mod files;
mod global;
mod load;
mod show;
mod tidy;
mod web;

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use letta::{Event, Payload};
use model::{Code, ConversationId, Failure, ImageId, Picture};
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore};
use tokio_util::task::TaskTracker;

use blobs::Blobs;

pub(crate) use composer::{
    attach_base64, choose, detach, drop_files, outgoing, paste, put_back, references, reorder, without,
};
pub(crate) use load::{address, load, load_all, urls};
pub(crate) use show::{copy, save};
pub(crate) use tidy::keep_tidy;

pub use show::Shown;
pub use web::{Fetched, MOST_FETCHED, OpenWeb, Web};

/// So many are decoded at once: each may take hundreds of megabytes.
const AT_ONCE: usize = 2;
/// So many are fetched from the web at once.
const FETCHED_AT_ONCE: usize = 4;
/// Longest wait for one to be decoded.
const PATIENCE: Duration = Duration::from_secs(60);
/// So much that the disk does not take is kept in memory.
const MOST_UNWRITTEN: usize = 64 << 20;

/// Where pictures are kept.
pub(crate) struct Images {
    blobs: Arc<Blobs>,
    /// Kept, and not yet on the disk.
    unwritten: Arc<Mutex<HashMap<ImageId, Bytes>>>,
    work: Arc<Semaphore>,
    /// Held while a composer's list is changed.
    composing: tokio::sync::Mutex<()>,
    loading: Semaphore,
    /// The conversation that the window shows.
    shown: Mutex<Option<ConversationId>>,
    /// Something was forgotten whose pictures are to go soon.
    untidy: Notify,
    tasks: TaskTracker,
}

impl Images {
    pub(crate) fn new(home: &Path, tasks: TaskTracker) -> Self {
        Self {
            blobs: Arc::new(Blobs::new(home)),
            unwritten: Arc::default(),
            work: Arc::new(Semaphore::new(AT_ONCE)),
            composing: tokio::sync::Mutex::default(),
            loading: Semaphore::new(FETCHED_AT_ONCE),
            shown: Mutex::default(),
            untidy: Notify::new(),
            tasks,
        }
    }

    /// The window shows this conversation; dropped files go to its composer.
    pub(crate) fn opened(&self, conversation: &ConversationId) {
        *self.shown.lock() = Some(conversation.clone());
    }

    /// The window no longer shows it.
    pub(crate) fn closed(&self, conversation: &ConversationId) {
        self.shown.lock().take_if(|shown| shown == conversation);
    }

    /// A server was forgotten: what only its conversations named goes soon.
    pub(crate) fn forgot(&self) {
        self.untidy.notify_one();
    }

    /// Keeps the pictures that came inside an event, before it becomes items. What is no picture stays a reference that cannot be
    /// shown.
    pub(crate) fn take_up(&self, event: &mut Event) {
        for payload in event.take_payloads() {
            match pictures::measure(&payload.bytes) {
                Ok(measure) => {
                    let picture = Picture {
                        image: payload.hash.clone(),
                        media_type: measure.format.media_type().to_owned(),
                        width: measure.width,
                        height: measure.height,
                        bytes: payload.bytes.len() as u64,
                    };
                    event.keep(&payload.hash, &picture);
                    self.keep_later(payload);
                }
                Err(refusal) => tracing::info!(%refusal, "a picture inside a message cannot be shown"),
            }
        }
    }

    /// Keeps bytes without waiting for the disk. They can be shown at once.
    fn keep_later(&self, payload: Payload) {
        let Payload { hash, bytes, .. } = payload;
        if self.unwritten.lock().insert(hash.clone(), bytes.clone()).is_some() {
            return;
        }
        let (blobs, unwritten) = (Arc::clone(&self.blobs), Arc::clone(&self.unwritten));
        self.tasks.spawn_blocking(move || {
            let written = blobs.put(&hash, &bytes);
            let mut unwritten = unwritten.lock();
            if let Err(error) = written {
                tracing::warn!(%error, "an image cannot be saved");
                // It is shown while the app runs, and comes with the history again.
                if unwritten.values().map(Bytes::len).sum::<usize>() <= MOST_UNWRITTEN {
                    return;
                }
            }
            unwritten.remove(&hash);
        });
    }

    /// Keeps bytes; on the disk when it returns.
    async fn keep(&self, bytes: Vec<u8>) -> Result<ImageId, Failure> {
        let blobs = Arc::clone(&self.blobs);
        let written = self.tasks.spawn_blocking(move || {
            let image = blobs::name(&bytes);
            blobs.put(&image, &bytes).map(|()| image)
        });
        match written.await {
            Ok(Ok(image)) => Ok(image),
            Ok(Err(error)) => {
                Err(Failure::new(Code::Storage, "The image could not be saved.").details(error.to_string()))
            }
            Err(_) => Err(ended()),
        }
    }

    /// The bytes of a picture as they are kept; none if it is unknown here.
    pub(crate) async fn bytes(&self, image: &ImageId) -> Result<Option<Bytes>, Failure> {
        if let Some(bytes) = self.unwritten.lock().get(image) {
            return Ok(Some(bytes.clone()));
        }
        let (blobs, wanted) = (Arc::clone(&self.blobs), image.clone());
        let read = self.tasks.spawn_blocking(move || blobs.get(&wanted)).await.map_err(|_| ended())?;
        let unreadable = |error: std::io::Error| {
            Failure::new(Code::Storage, "The image could not be read.").details(error.to_string())
        };
        Ok(read.map_err(unreadable)?.map(Bytes::from))
    }

    /// Does heavy work on pictures where waiting is allowed, a few at a time.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, pictures::Refusal> + Send + 'static,
    ) -> Result<T, String> {
        let Ok(room) = Arc::clone(&self.work).acquire_owned().await else { return Err(ended().message) };
        let worked = self.tasks.spawn_blocking(move || {
            let worked = work();
            // Kept until the work is done, even if nobody waits for it any more.
            drop(room);
            worked
        });
        match tokio::time::timeout(PATIENCE, worked).await {
            Ok(Ok(worked)) => worked.map_err(|refusal| refusal.to_string()),
            Ok(Err(_)) => Err("The image cannot be read.".to_owned()),
            Err(_) => Err("Reading the image takes too long.".to_owned()),
        }
    }
}

fn ended() -> Failure {
    Failure::new(Code::Invalid, "Tertulia is ending.")
}
