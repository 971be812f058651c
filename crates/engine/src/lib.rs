//! Tertulia without a window: conversations that run, are saved and told about; profiles and their servers; keys. What a window
//! asks comes in as `model::Call`, what it hears goes out as `model::News`. Letta's wire is in `letta`.

mod approvals;
mod commands;
mod connect;
mod conversation;
mod groups;
mod house;
mod images;
mod link;
mod memory;
mod news;
mod options;
mod profiles;
mod seats;
mod secrets;
mod sidebar;
mod sleep;
pub mod store;
mod sync;
mod table;
mod tables;
mod threads;
mod usage;

use std::{path::PathBuf, sync::Arc};

use model::{Call, Code, Command, ConversationKind, Failure, News, Place, Profile, ProfileId};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use house::House;
use images::Images;
use news::Listeners;
use profiles::{ENVIRONMENT, Profiles};
use sidebar::{Row, Sidebar};
use store::Store;

pub use images::{Fetched, MOST_FETCHED, OpenWeb, Shown, Web};
pub use news::Listener;
pub use options::{Clock, DemoStarter, Environment, Options, Outside, Pace, Pasted, SystemClock};
pub use pictures::Pixels;
pub use secrets::{MemorySecrets, Secrets};

/// The app without a window. Dropping it stops everything at once, as a kill would; [`Engine::close`] saves first.
pub struct Engine {
    house: Arc<House>,
}

impl Engine {
    /// Opens what was kept and starts connecting. Never fails: no state of the disk stops the start, it is said in
    /// `Launched::storage_warning` instead. Needs a Tokio runtime with time and I/O.
    pub async fn open(options: Options) -> Self {
        let store = open_store(&options).await;
        let listeners = Arc::<Listeners>::default();
        let tasks = TaskTracker::new();
        let house = Arc::new(House {
            store,
            images: Images::new(&options.home, tasks.clone()),
            web: options.web,
            keys: secrets::Keys::new(options.secrets, options.pace.keychain),
            sidebar: Sidebar::new(Arc::clone(&listeners)),
            profiles: Profiles::new(Arc::clone(&listeners)),
            listeners,
            talks: conversation::Talks::default(),
            tables: tables::Tables::default(),
            approvals: approvals::Approvals::default(),
            clock: options.clock,
            outside: options.outside,
            environment: options.environment,
            demo: options.demo,
            demo_tables: options.demo_tables,
            pace: options.pace,
            version: options.version,
            life: CancellationToken::new(),
            tasks,
        });
        house.spawn(tell_warnings(Arc::clone(&house)));
        house.spawn(sleep::watch(Arc::clone(&house)));
        house.spawn(images::keep_tidy(Arc::clone(&house)));
        house.spawn(approvals::keep_up(Arc::clone(&house)));
        tables::load(&house).await;
        let kept = kept_profiles(&house).await;
        let known: Vec<ProfileId> = kept.iter().map(|profile| profile.id.clone()).collect();
        for profile in kept {
            let rows = house.store.conversations(&profile.id).await.unwrap_or_else(|error| {
                tracing::warn!(profile = %profile.id, %error, "the saved list cannot be read");
                Vec::new()
            });
            let listed = rows.into_iter().filter(|row| row.kind != ConversationKind::Table);
            house.sidebar.replace(&profile.id, listed.map(|conversation| Row::new(conversation, 0)).collect());
            connect::keep(&house, profile);
        }
        // Now it is known who is gone.
        for profile in known {
            for row in tables::rows(&house, &profile).await {
                house.sidebar.add(row);
            }
        }
        tables::take_up(&house).await;
        Self { house }
    }

    /// Does what the window asks and answers in JSON: the reply type of the command (see `model::command`).
    ///
    /// # Errors
    /// Why it was not done, in the user's words.
    pub async fn call(&self, call: Call) -> Result<Value, Failure> {
        commands::answer(&self.house, call).await
    }

    /// Like [`Engine::call`], typed.
    ///
    /// # Errors
    /// Why it was not done, in the user's words.
    pub async fn ask<C: Command>(&self, command: C) -> Result<C::Reply, Failure> {
        let reply = self.call(command.into()).await?;
        serde_json::from_value(reply).map_err(|error| {
            Failure::new(Code::Invalid, "Tertulia did not understand its own answer.").details(error.to_string())
        })
    }

    /// Listens: everything that is told from now on, folded together while nobody takes it.
    pub fn news(&self) -> Listener {
        self.house.listeners.listen()
    }

    /// A view of a picture, by its address in the window's image scheme (`image://localhost/<hash>`, `?size=320` for a small one). None:
    /// it is unknown, or cannot be shown. The bytes were made here; they are never those that came.
    pub async fn image(&self, address: &str) -> Option<Shown> {
        self.house.images.show(address).await
    }

    /// Files were dropped on the window: their pictures go to the composer that it shows. What became of them is told.
    pub async fn drop_files(&self, files: Vec<PathBuf>) {
        images::drop_files(&self.house, files).await;
    }

    /// Files are held over the window, or no longer.
    pub fn dragging(&self, over: bool) {
        self.house.listeners.tell(News::Dragging { over });
    }

    /// Saves everything, ends what runs here (not on the servers), and closes the databases. After it nothing is answered.
    pub async fn close(&self) {
        self.house.talks.end(|_| true).await;
        self.house.life.cancel();
        self.house.tasks.close();
        self.house.tasks.wait().await;
        self.house.store.close().await;
        self.house.listeners.close();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.house.life.cancel();
        self.house.listeners.close();
    }
}

/// Opens the databases on a worker: it may take a moment after a crash.
async fn open_store(options: &Options) -> Store {
    let (home, now) = (options.home.clone(), options.clock.now());
    let opened = tokio::task::spawn_blocking({
        let home = home.clone();
        move || Store::open(&home, now).0
    });
    match opened.await {
        Ok(store) => store,
        // Only if the worker could not run: then here and now.
        Err(_) => Store::open(&home, now).0,
    }
}

/// The servers that were kept, and the one from the environment.
async fn kept_profiles(house: &House) -> Vec<Profile> {
    let mut kept = house.store.profiles().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the saved servers cannot be read");
        Vec::new()
    });
    let at = kept.iter().position(|profile| profile.id.as_str() == ENVIRONMENT);
    let before = at.map(|at| kept.remove(at));
    if let Some(environment) = &house.environment {
        let address = environment.base_url.trim().to_owned();
        let id = ProfileId::from(ENVIRONMENT);
        let place = Place::Environment { address: address.clone() };
        let before = match before {
            Some(before) if before.place != place => {
                // Another server by now: what was saved of the one before would be shown as this one's.
                let others: Vec<ProfileId> = kept.iter().map(|profile| profile.id.clone()).collect();
                tables::leave(house, &house.tables.leaving(&id, &others)).await;
                if let Err(error) = house.store.remove_profile(&id).await {
                    tracing::warn!(%error, "what was saved of the server set before is not deleted");
                }
                None
            }
            before => before,
        };
        let profile = Profile {
            id,
            name: "From the environment".to_owned(),
            place,
            host: host(&address),
            version: None,
            has_key: environment.key.as_ref().is_some_and(|key| !key.expose_secret().trim().is_empty()),
            connection: model::Connection::Syncing { percent: None },
            groups_closed: None,
            warning: letta::warning_of(&address),
            streaming: before.as_ref().map(|before| before.streaming).unwrap_or_default(),
            abilities: Vec::new(),
            background_closed: before.and_then(|before| before.background_closed),
        };
        if let Err(error) = house.store.put_profile(&profile).await {
            tracing::warn!(%error, "the server from the environment is not saved");
        }
        kept.push(profile);
    }
    kept
}

/// Host and port of an address as set.
fn host(address: &str) -> String {
    let url = url::Url::parse(address).ok();
    let host = url.as_ref().and_then(|url| {
        let host = url.host_str()?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    });
    host.unwrap_or_else(|| address.to_owned())
}

/// Says what the user must know about the disk, whenever that changes.
async fn tell_warnings(house: Arc<House>) {
    let mut warning = house.store.warning();
    while warning.changed().await.is_ok() {
        let warning = warning.borrow_and_update().clone();
        house.listeners.tell(News::Storage { warning });
    }
}
