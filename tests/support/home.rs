//! A computer on which the app is used: its folder, its keychain, its clock, its browser. What is started in it is a [`Window`].

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use engine::{Clock, DemoStarter, Engine, Environment, Fetched, Options, Outside, Pace, Pasted, Pixels, Secrets, Web};
use futures_util::future::BoxFuture;
use model::ProfileId;
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use url::Url;

use crate::Window;

/// A computer on which the app is used.
pub struct Home {
    folder: TempDir,
    /// Its keychain.
    pub secrets: Arc<dyn Secrets>,
    /// Its clock.
    pub clock: Arc<SetClock>,
    /// The links that were opened in its browser.
    pub opened: Arc<Browser>,
    /// What it sees of the web.
    pub web: Arc<SmallWeb>,
    /// `LETTA_BASE_URL` and `LETTA_API_KEY`.
    pub environment: Option<(String, Option<String>)>,
    /// Where the demo starts.
    pub demo: Option<String>,
    /// How often things are done there.
    pub pace: Pace,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// A new one, with a keychain that works.
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            secrets: Arc::new(Keychain::default()),
            clock: Arc::new(SetClock::default()),
            opened: Arc::new(Browser::default()),
            web: Arc::default(),
            environment: None,
            demo: None,
            pace: Pace {
                refresh: Duration::from_millis(500),
                follow: Duration::from_millis(50),
                tick: Duration::from_millis(100),
                first_retry: Duration::from_millis(50),
                slowest_retry: Duration::from_millis(200),
                ..Pace::default()
            },
        }
    }

    /// With this keychain.
    pub fn with_secrets(secrets: Arc<dyn Secrets>) -> Self {
        Self { secrets, ..Self::new() }
    }

    /// The app's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the app.
    pub async fn start(&self) -> Window {
        self.start_in(self.folder.path()).await
    }

    /// Starts the app with another folder.
    pub async fn start_in(&self, folder: &Path) -> Window {
        let demo = self.demo.clone().map(|address| -> DemoStarter {
            Arc::new(move || {
                let address = address.clone();
                Box::pin(async move { Ok(address) })
            })
        });
        let environment =
            self.environment.clone().map(|(base_url, key)| Environment { base_url, key: key.map(SecretString::from) });
        let engine = Engine::open(Options {
            home: folder.to_owned(),
            secrets: Arc::clone(&self.secrets),
            outside: Arc::clone(&self.opened) as Arc<dyn Outside>,
            web: Arc::clone(&self.web) as Arc<dyn Web>,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            environment,
            demo,
            demo_tables: sim::demo_tables(),
            version: "0.0.0".to_owned(),
            pace: self.pace,
        })
        .await;
        Window::new(engine)
    }
}

/// A keychain that outlives the app.
#[derive(Default)]
pub struct Keychain {
    keys: Mutex<HashMap<ProfileId, String>>,
}

impl Keychain {
    /// The keys in it.
    pub fn keys(&self) -> Vec<String> {
        self.keys.lock().unwrap().values().cloned().collect()
    }
}

impl Secrets for Keychain {
    fn get(&self, profile: &ProfileId) -> Result<Option<SecretString>, String> {
        Ok(self.keys.lock().unwrap().get(profile).cloned().map(SecretString::from))
    }

    fn set(&self, profile: &ProfileId, key: &SecretString) -> Result<(), String> {
        self.keys.lock().unwrap().insert(profile.clone(), key.expose_secret().to_owned());
        Ok(())
    }

    fn remove(&self, profile: &ProfileId) -> Result<(), String> {
        self.keys.lock().unwrap().remove(profile);
        Ok(())
    }
}

/// A computer without a keychain.
pub struct Forgetful;

const NONE: &str = "This computer has no keychain that Tertulia can use.";

impl Secrets for Forgetful {
    fn get(&self, _: &ProfileId) -> Result<Option<SecretString>, String> {
        Err(NONE.to_owned())
    }

    fn set(&self, _: &ProfileId, _: &SecretString) -> Result<(), String> {
        Err(NONE.to_owned())
    }

    fn remove(&self, _: &ProfileId) -> Result<(), String> {
        Ok(())
    }
}

/// A clock that a story can set.
#[derive(Default)]
pub struct SetClock {
    shift: AtomicI64,
}

impl SetClock {
    /// Sets it forward, or back, by milliseconds.
    pub fn shift(&self, by: i64) {
        self.shift.fetch_add(by, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> i64 {
        engine::SystemClock.now() + self.shift.load(Ordering::Relaxed)
    }
}

/// Where links open.
#[derive(Default)]
pub struct Browser {
    links: Mutex<Vec<String>>,
    /// What else the desktop does.
    pub desk: Desk,
}

impl Browser {
    /// What was opened, in order.
    pub fn links(&self) -> Vec<String> {
        self.links.lock().unwrap().clone()
    }
}

/// What is in the clipboard, what is chosen, saved and copied on a computer without a desktop.
#[derive(Default)]
pub struct Desk {
    /// What is in the clipboard.
    pub clipboard: Mutex<Option<Pasted>>,
    /// What is chosen when files are asked for.
    pub chosen: Mutex<Vec<PathBuf>>,
    /// What was saved, by name.
    pub saved: Mutex<Vec<(String, Vec<u8>)>>,
    /// What was copied.
    pub copied: Mutex<Vec<Pixels>>,
}

/// The web as stories have it: some addresses, and what they answer. Whatever is asked for is noted.
#[derive(Default)]
pub struct SmallWeb {
    /// What is there.
    pub pages: Mutex<HashMap<String, Fetched>>,
    /// What was asked for, in order.
    pub asked: Mutex<Vec<String>>,
}

impl Web for SmallWeb {
    fn get<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Fetched, String>> {
        self.asked.lock().unwrap().push(url.to_string());
        let page = self.pages.lock().unwrap().get(url.as_str()).cloned();
        Box::pin(async move { page.ok_or_else(|| "The server answered 404.".to_owned()) })
    }
}

impl Outside for Browser {
    fn open_link(&self, url: &str) -> Result<(), String> {
        self.links.lock().unwrap().push(url.to_owned());
        Ok(())
    }

    fn pasted(&self) -> BoxFuture<'static, Result<Pasted, String>> {
        let pasted = self.desk.clipboard.lock().unwrap().clone().unwrap_or(Pasted::Nothing);
        Box::pin(async move { Ok(pasted) })
    }

    fn choose_images(&self) -> BoxFuture<'static, Result<Vec<PathBuf>, String>> {
        let chosen = self.desk.chosen.lock().unwrap().clone();
        Box::pin(async move { Ok(chosen) })
    }

    fn save(&self, name: &str, bytes: Vec<u8>) -> BoxFuture<'static, Result<Option<String>, String>> {
        let name = name.to_owned();
        self.desk.saved.lock().unwrap().push((name.clone(), bytes));
        Box::pin(async move { Ok(Some(name)) })
    }

    fn copy_image(&self, pixels: Pixels) -> BoxFuture<'static, Result<(), String>> {
        self.desk.copied.lock().unwrap().push(pixels);
        Box::pin(async move { Ok(()) })
    }
}
