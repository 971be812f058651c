//! What the engine is given from outside: where to keep things, the time, the keychain, the way out of the app, the demo. Nothing
//! here is decided by the engine itself.

use std::{path::PathBuf, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use model::Table;
use pictures::Pixels;
use secrecy::SecretString;

use crate::{images::Web, secrets::Secrets};

/// What [`crate::Engine::open`] needs.
#[derive(Clone)]
pub struct Options {
    /// The folder for everything the app keeps. Made if it is missing. Its `lock` file belongs to whoever starts the engine.
    pub home: PathBuf,
    /// Where keys are kept.
    pub secrets: Arc<dyn Secrets>,
    /// The way out of the app.
    pub outside: Arc<dyn Outside>,
    /// The way to pictures on the web.
    pub web: Arc<dyn Web>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The server named by `LETTA_BASE_URL`, if it is set.
    pub environment: Option<Environment>,
    /// Starts the demo; none where there is no demo.
    pub demo: Option<DemoStarter>,
    /// The tables that the demo begins with. Here agents are named instead of given by their id, and servers are not looked at.
    pub demo_tables: Vec<Table>,
    /// The app's version, for the window.
    pub version: String,
    /// How often things are done.
    pub pace: Pace,
}

/// A server from the environment. Its key is never stored.
#[derive(Clone)]
pub struct Environment {
    /// `LETTA_BASE_URL`, as set.
    pub base_url: String,
    /// `LETTA_API_KEY`, as set.
    pub key: Option<SecretString>,
}

/// Starts the demo's server and answers its base URL, e.g. `http://127.0.0.1:41234`; else why it could not be started, in the user's
/// words. Called once at each start at which the demo is used; whoever starts it keeps it running.
pub type DemoStarter = Arc<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>;

/// The time of day. Used for what the user reads (dates, durations), never to decide an order.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970 UTC.
    fn now(&self) -> i64;
}

/// The computer's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }
}

/// The way out of the app, into the user's desktop.
pub trait Outside: Send + Sync {
    /// Opens a link in the user's browser or mail program. The engine has checked it: http, https or mailto, no user name in it.
    ///
    /// # Errors
    /// Why not, in the user's words.
    fn open_link(&self, url: &str) -> Result<(), String>;

    /// What is in the clipboard that could be a picture.
    ///
    /// # Errors
    /// It cannot be read, in the user's words.
    fn pasted(&self) -> BoxFuture<'static, Result<Pasted, String>>;

    /// Lets the user choose picture files; none: the user thought better of it.
    ///
    /// # Errors
    /// Why that cannot be asked, in the user's words.
    fn choose_images(&self) -> BoxFuture<'static, Result<Vec<PathBuf>, String>>;

    /// Lets the user choose where to save a file (`name` is only proposed) and writes it there. The name it was saved under; none: the
    /// user thought better of it.
    ///
    /// # Errors
    /// Why it was not saved, in the user's words.
    fn save(&self, name: &str, bytes: Vec<u8>) -> BoxFuture<'static, Result<Option<String>, String>>;

    /// Puts a picture into the clipboard.
    ///
    /// # Errors
    /// Why not, in the user's words.
    fn copy_image(&self, pixels: Pixels) -> BoxFuture<'static, Result<(), String>>;
}

/// What can be pasted beside text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pasted {
    /// No picture and no files.
    Nothing,
    /// A picture as a file would have it.
    Bytes(Vec<u8>),
    /// A picture as bare pixels.
    Pixels(Pixels),
    /// Files, as a file manager copies them.
    Files(Vec<PathBuf>),
}

/// How often things are done. Tests make it quicker.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// At least this much time between two frames of one conversation. The first token goes at once.
    pub frame: Duration,
    /// At most this much time passes before what came is saved.
    pub save: Duration,
    /// Lists of agents and groups are asked for again after this time.
    pub refresh: Duration,
    /// A run that goes on at the server without us is looked at this often.
    pub follow: Duration,
    /// The clock is looked at this often: one that jumped ahead in between shows that the computer slept.
    pub tick: Duration,
    /// First pause before trying a lost server again; doubled up to `slowest_retry`, each time with a little chance in it.
    pub first_retry: Duration,
    /// Longest pause before trying a lost server again.
    pub slowest_retry: Duration,
    /// A server that was out of reach and has not said by then that it is there is asked anew.
    pub sign_of_life: Duration,
    /// A keychain that has not answered by then counts as missing.
    pub keychain: Duration,
    /// A run that lasts this long is asked about, and again after as long once more. It is never cut for that.
    pub long_run: Duration,
    /// The same for a run that sends this many bytes.
    pub large_run: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            frame: Duration::from_millis(33),
            save: Duration::from_secs(1),
            refresh: Duration::from_secs(30),
            follow: Duration::from_secs(1),
            tick: Duration::from_secs(5),
            first_retry: Duration::from_millis(500),
            slowest_retry: Duration::from_secs(30),
            sign_of_life: Duration::from_secs(10),
            keychain: Duration::from_secs(3),
            long_run: Duration::from_secs(30 * 60),
            large_run: 64 << 20,
        }
    }
}
