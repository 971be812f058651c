//! The page's two ways to the engine: `call` asks, `listen` hears. News go in batches, at most one a frame, the first at once; while
//! the page is behind, nothing is taken from the engine, which folds what waits. What is asked and told is in `model`.

use std::{future::Future, sync::Arc, time::Duration};

use engine::{Engine, Listener};
use futures_util::{FutureExt as _, future::BoxFuture, future::Shared};
use model::{Call, Code, Failure, News};
use parking_lot::Mutex;
use serde_json::Value;
use tauri::{State, Webview, async_runtime, ipc::Channel};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// The time between two batches.
const FRAME: Duration = Duration::from_millis(33);

/// Batches that the page may not yet have taken in.
const AHEAD: usize = 2;

/// A page that has not taken in a batch by then is left to itself, and may be sent more: it may be another page by now.
const PATIENCE: Duration = Duration::from_secs(2);

/// The engine, opening while the window already shows; none if it could not even do that.
type Opening = Shared<BoxFuture<'static, Option<Arc<Engine>>>>;

/// Between the page and the engine.
pub struct Bridge {
    engine: Opening,
    /// What carries news to the page that listened last.
    carrying: Mutex<Option<async_runtime::JoinHandle<()>>>,
}

impl Bridge {
    /// Begins to open the engine.
    pub fn new(opening: impl Future<Output = Engine> + Send + 'static) -> Self {
        let opening = async_runtime::spawn(opening);
        let engine = async move {
            opening.await.map(Arc::new).inspect_err(|fault| tracing::error!(%fault, "the engine did not open")).ok()
        };
        Self { engine: engine.boxed().shared(), carrying: Mutex::default() }
    }

    /// The engine, once it is open.
    ///
    /// # Errors
    /// It is not there, in the user's words.
    pub async fn engine(&self) -> Result<Arc<Engine>, Failure> {
        let missing = || Failure::new(Code::Invalid, "Tertulia could not start. The log in its folder says why.");
        self.engine.clone().await.ok_or_else(missing)
    }

    /// The page is gone: what would be sent to it waits with the engine for the next one.
    #[cfg(not(windows))]
    pub fn hush(&self) {
        if let Some(carrying) = self.carrying.lock().take() {
            carrying.abort();
        }
    }
}

/// Does what the page asks.
#[tauri::command]
pub async fn call(call: Call, bridge: State<'_, Bridge>) -> Result<Value, Failure> {
    bridge.engine().await?.call(call).await
}

/// Sends news to the page from now on. A page that is loaded anew takes the place of the one before.
#[tauri::command]
pub async fn listen(channel: Channel<Vec<News>>, webview: Webview, bridge: State<'_, Bridge>) -> Result<(), Failure> {
    let listener = bridge.engine().await?.news();
    let page = Page { channel, webview, room: Arc::new(Semaphore::new(AHEAD)) };
    let carrying = async_runtime::spawn(carry(listener, page));
    if let Some(before) = bridge.carrying.lock().replace(carrying) {
        before.abort();
    }
    Ok(())
}

/// Where news come from.
trait Source: Send {
    fn recv(&mut self) -> impl Future<Output = Option<News>> + Send;
    fn try_recv(&mut self) -> Option<News>;
}

impl Source for Listener {
    fn recv(&mut self) -> impl Future<Output = Option<News>> + Send {
        Listener::recv(self)
    }

    fn try_recv(&mut self) -> Option<News> {
        Listener::try_recv(self)
    }
}

/// Where batches go.
trait Sink: Send {
    /// Waits until there is room for a batch.
    fn ready(&mut self) -> impl Future<Output = ()> + Send;
    /// Sends one. False: nobody will ever take another.
    fn send(&mut self, batch: Vec<News>) -> bool;
}

/// Carries news until one of the two sides ends. Room is awaited before anything is taken, so that what waits is folded by the engine.
async fn carry(mut news: impl Source, mut page: impl Sink) {
    let mut earliest = Instant::now();
    loop {
        page.ready().await;
        tokio::time::sleep_until(earliest).await;
        let Some(first) = news.recv().await else { return };
        let mut batch = vec![first];
        batch.extend(std::iter::from_fn(|| news.try_recv()));
        if !page.send(batch) {
            return;
        }
        earliest = Instant::now() + FRAME;
    }
}

/// The page in the web view.
struct Page {
    channel: Channel<Vec<News>>,
    webview: Webview,
    room: Arc<Semaphore>,
}

impl Page {
    /// Gives the room back when the page has come to it: it runs scripts in the order in which they were given, and a batch is one.
    fn when_taken_in(&self, room: OwnedSemaphorePermit) {
        let room = Mutex::new(Some(room));
        let taken_in = move |_| drop(room.lock().take());
        if let Err(fault) = self.webview.eval_with_callback("0", taken_in) {
            tracing::debug!(%fault, "the page is gone");
        }
    }
}

impl Sink for Page {
    async fn ready(&mut self) {
        let room = Arc::clone(&self.room).acquire_owned();
        if let Ok(Ok(room)) = tokio::time::timeout(PATIENCE, room).await {
            drop(room);
        }
    }

    fn send(&mut self, batch: Vec<News>) -> bool {
        let room = Arc::clone(&self.room).try_acquire_owned().ok();
        if let Err(fault) = self.channel.send(batch) {
            tracing::debug!(%fault, "the page hears nothing more");
            return false;
        }
        if let Some(room) = room {
            self.when_taken_in(room);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use tokio::sync::mpsc;

    fn news(n: usize) -> News {
        News::Storage { warning: Some(n.to_string()) }
    }

    struct Told(mpsc::UnboundedReceiver<News>);

    impl Source for Told {
        async fn recv(&mut self) -> Option<News> {
            self.0.recv().await
        }
        fn try_recv(&mut self) -> Option<News> {
            self.0.try_recv().ok()
        }
    }

    /// Notes when each batch came and how large it was.
    #[derive(Clone, Default)]
    struct Seen {
        batches: Arc<Mutex<VecDeque<(Instant, usize)>>>,
        slow: Duration,
    }

    impl Sink for Seen {
        async fn ready(&mut self) {
            if !self.batches.lock().is_empty() {
                tokio::time::sleep(self.slow).await;
            }
        }
        fn send(&mut self, batch: Vec<News>) -> bool {
            self.batches.lock().push_back((Instant::now(), batch.len()));
            true
        }
    }

    async fn seen(slow: Duration) -> Vec<(u128, usize)> {
        let (tell, told) = mpsc::unbounded_channel();
        let page = Seen { slow, ..Seen::default() };
        let began = Instant::now();
        let carrying = tokio::spawn(carry(Told(told), page.clone()));
        for n in 0..100 {
            tell.send(news(n)).unwrap();
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(tell);
        carrying.await.unwrap();
        page.batches.lock().iter().map(|(at, size)| ((*at - began).as_millis(), *size)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_goes_at_once_and_the_rest_in_frames() {
        let batches = seen(Duration::ZERO).await;
        assert_eq!(batches[0], (0, 1));
        assert!(batches.windows(2).all(|two| two[1].0 - two[0].0 >= 33), "{batches:?}");
        assert_eq!(batches.iter().map(|(_, size)| size).sum::<usize>(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_page_gets_fewer_batches_and_loses_nothing() {
        let batches = seen(Duration::from_millis(60)).await;
        assert!(batches.len() <= 3, "{batches:?}");
        assert_eq!(batches.iter().map(|(_, size)| size).sum::<usize>(), 100);
    }
}
