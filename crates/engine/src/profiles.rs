//! The servers the user has connected, as they are now: where they are, how the line to them is, what they can do. Connecting a new
//! one is `connect`; keeping up with one is `sync`.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use letta::{Abilities, Client, Mode};
use model::{AgentId, Code, Connection, Failure, News, Place, Profile, ProfileId, Streaming};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::news::Listeners;

/// The profile of `LETTA_BASE_URL`.
pub(crate) const ENVIRONMENT: &str = "env";
/// The demo's profile.
pub(crate) const DEMO: &str = "demo";

/// All servers.
pub(crate) struct Profiles {
    known: Mutex<Vec<Known>>,
    listeners: Arc<Listeners>,
}

/// One server.
struct Known {
    profile: Profile,
    /// None until its address and key are known.
    client: Option<Client>,
    abilities: Abilities,
    /// Agents with a tool that may ask for approval.
    may_ask: HashSet<AgentId>,
    /// The model of each agent, as far as the server told since the app began.
    models: HashMap<AgentId, String>,
    task: Arc<ProfileTask>,
}

impl Known {
    /// Tells its client how answers are to come.
    fn stream(&self) {
        if let Some(client) = &self.client {
            let background = self.profile.streams() == Streaming::Background && self.abilities.background;
            client.stream_in_background(background);
        }
    }

    /// The background is asked for again.
    fn forget_refusal(&mut self) {
        self.profile.background_closed = None;
        if let Some(client) = &self.client {
            client.try_background_again();
        }
    }

    /// Puts into words what it can do.
    fn say(&mut self) {
        self.profile.abilities = self.abilities.in_words(self.profile.background_closed.is_some());
    }
}

/// How the task that keeps up with a server is reached.
#[derive(Default)]
pub(crate) struct ProfileTask {
    /// Something happened: look at the server now.
    pub wake: Notify,
    /// The server is forgotten.
    pub over: CancellationToken,
}

impl Profiles {
    pub(crate) fn new(listeners: Arc<Listeners>) -> Self {
        Self { known: Mutex::default(), listeners }
    }

    /// All of them, in the order they were added.
    pub(crate) fn list(&self) -> Vec<Profile> {
        self.known.lock().iter().map(|known| known.profile.clone()).collect()
    }

    pub(crate) fn get(&self, id: &ProfileId) -> Option<Profile> {
        self.with(id, |known| known.profile.clone())
    }

    /// The one that is asked for what a server says, if its address and key are known.
    ///
    /// # Errors
    /// Why there is none now, in the user's words.
    pub(crate) fn client(&self, id: &ProfileId) -> Result<Client, Failure> {
        let found = self.with(id, |known| match (&known.client, &known.profile.connection) {
            (_, Connection::Refused { why }) => Err(Failure::new(Code::Unauthorized, why.clone())),
            (Some(client), _) => Ok(client.clone()),
            (None, Connection::Offline { why }) => Err(Failure::new(Code::Offline, why.clone())),
            (None, _) => Err(Failure::new(Code::Offline, "The server has not been reached yet.")),
        });
        found.unwrap_or_else(|| Err(unknown()))
    }

    /// The same whatever the line is like; none until its address and key are known.
    pub(crate) fn raw_client(&self, id: &ProfileId) -> Option<Client> {
        self.with(id, |known| known.client.clone()).flatten()
    }

    /// Whether what the server says can be expected now.
    pub(crate) fn is_reached(&self, id: &ProfileId) -> bool {
        self.with(id, |known| matches!(known.profile.connection, Connection::Online)).unwrap_or(false)
    }

    /// Whether its agents have conversations beside their main thread.
    pub(crate) fn has_conversations(&self, id: &ProfileId) -> bool {
        self.with(id, |known| known.abilities.conversations).unwrap_or(false)
    }

    /// Whether what needs approval is asked for in groups too, as far as groups talk at all there.
    pub(crate) fn asks_in_groups(&self, id: &ProfileId) -> bool {
        self.with(id, |known| known.abilities.approvals_in_tokens).unwrap_or(true)
    }

    /// How finely an answer of this agent may come.
    pub(crate) fn mode(&self, id: &ProfileId, agent: Option<&AgentId>) -> Mode {
        self.with(id, |known| known.abilities.mode(agent.is_some_and(|agent| known.may_ask.contains(agent))))
            .unwrap_or_default()
    }

    /// A new profile, or a known one as it is now with its line unknown again. Returns how its task is reached, and whether that
    /// task is still to be started.
    pub(crate) fn put(&self, profile: Profile) -> (Arc<ProfileTask>, bool) {
        let mut known = self.known.lock();
        let (task, is_new) = match known.iter_mut().find(|known| known.profile.id == profile.id) {
            Some(known) => {
                known.profile = profile;
                known.client = None;
                known.abilities = saved_abilities(&known.profile);
                if known.profile.version.is_some() {
                    known.say();
                }
                (Arc::clone(&known.task), false)
            }
            None => {
                let task = Arc::<ProfileTask>::default();
                let abilities = saved_abilities(&profile);
                let mut new = Known {
                    profile,
                    client: None,
                    abilities,
                    may_ask: HashSet::new(),
                    models: HashMap::new(),
                    task: Arc::clone(&task),
                };
                if new.profile.version.is_some() {
                    new.say();
                }
                known.push(new);
                (task, true)
            }
        };
        self.tell(&known);
        (task, is_new)
    }

    /// Forgets one and ends its task.
    pub(crate) fn remove(&self, id: &ProfileId) {
        let mut known = self.known.lock();
        known.retain(|known| {
            let keeps = known.profile.id != *id;
            if !keeps {
                known.task.over.cancel();
            }
            keeps
        });
        self.tell(&known);
    }

    /// Its address and key are known now.
    pub(crate) fn has_client(&self, id: &ProfileId, client: Client) {
        self.change(id, |known| {
            known.client = Some(client);
            known.stream();
        });
    }

    /// How answers come from it, as the user chose. Who chooses the background where it was refused wants it asked for again: the
    /// server may have been given its Redis meanwhile. None: it is not in the list.
    pub(crate) fn stream(&self, id: &ProfileId, streaming: Streaming) -> Option<()> {
        let mut known = self.known.lock();
        let one = known.iter_mut().find(|known| known.profile.id == *id)?;
        one.profile.streaming = streaming;
        if streaming == Streaming::Background {
            one.forget_refusal();
            if !one.profile.abilities.is_empty() {
                one.say();
            }
        }
        one.stream();
        self.tell(&known);
        Some(())
    }

    /// Whether its client was refused a stream in the background just now. Returns the version that refused, to be kept.
    pub(crate) fn refused_background(&self, id: &ProfileId) -> Option<String> {
        let mut known = self.known.lock();
        let one = known.iter_mut().find(|known| known.profile.id == *id)?;
        let refused = one.client.as_ref().is_some_and(Client::refused_background);
        if !refused || one.profile.background_closed.is_some() {
            return None;
        }
        one.profile.background_closed = Some(letta::NO_BACKGROUND.to_owned());
        one.say();
        let version = one.profile.version.clone().unwrap_or_default();
        self.tell(&known);
        Some(version)
    }

    /// What the server said of itself. Returns the profile if that was new.
    pub(crate) fn learned(&self, id: &ProfileId, version: &str, abilities: Abilities) -> Option<Profile> {
        let mut known = self.known.lock();
        let one = known.iter_mut().find(|known| known.profile.id == *id)?;
        let before = one.profile.clone();
        if one.profile.version.as_deref() != Some(version) {
            // What another version refused this one may take.
            one.forget_refusal();
        }
        one.profile.version = Some(version.to_owned());
        one.profile.groups_closed = abilities.groups_closed.clone();
        one.abilities = abilities;
        one.say();
        one.stream();
        let after = one.profile.clone();
        if after == before {
            return None;
        }
        self.tell(&known);
        Some(after)
    }

    /// Which of its agents may ask for approval.
    pub(crate) fn may_ask(&self, id: &ProfileId, agents: HashSet<AgentId>) {
        self.change(id, |known| known.may_ask = agents);
    }

    /// What each of its agents thinks with.
    pub(crate) fn models(&self, id: &ProfileId, models: HashMap<AgentId, String>) {
        self.change(id, |known| known.models = models);
    }

    /// What an agent thinks with, if its server told.
    pub(crate) fn model(&self, id: &ProfileId, agent: &AgentId) -> Option<String> {
        self.with(id, |known| known.models.get(agent).cloned()).flatten()
    }

    /// The line as it is now.
    pub(crate) fn connection(&self, id: &ProfileId, connection: Connection) {
        let mut known = self.known.lock();
        let Some(one) = known.iter_mut().find(|known| known.profile.id == *id) else { return };
        if one.profile.connection != connection {
            one.profile.connection = connection.clone();
            // Before the lock is let go: two who tell at once are heard in the order in which they were right.
            self.listeners.tell(News::Connection { profile: id.clone(), connection });
        }
    }

    /// What a request found out about the line: a refused key, or a server out of reach.
    pub(crate) fn noticed(&self, id: &ProfileId, error: &letta::Error) {
        match error.code() {
            Code::Unauthorized => self.connection(id, Connection::Refused { why: error.message() }),
            Code::Offline => {
                // Said at once, so that nothing more is sent before the server was seen to answer.
                if self.is_reached(id) {
                    self.connection(id, Connection::Reconnecting { attempt: 1, next: None });
                }
                self.wake(id);
            }
            Code::Server | Code::Conflict | Code::Storage | Code::Keychain | Code::Invalid => {}
        }
    }

    /// Its task looks at the server now.
    pub(crate) fn wake(&self, id: &ProfileId) {
        self.change(id, |known| known.task.wake.notify_one());
    }

    /// Whether this agent may ask for approval.
    pub(crate) fn asks(&self, id: &ProfileId, agent: &AgentId) -> bool {
        self.with(id, |known| known.may_ask.contains(agent)).unwrap_or(false)
    }

    fn with<T>(&self, id: &ProfileId, look: impl FnOnce(&Known) -> T) -> Option<T> {
        self.known.lock().iter().find(|known| known.profile.id == *id).map(look)
    }

    fn change<T>(&self, id: &ProfileId, change: impl FnOnce(&mut Known) -> T) -> Option<T> {
        self.known.lock().iter_mut().find(|known| known.profile.id == *id).map(change)
    }

    fn tell(&self, known: &[Known]) {
        let profiles = known.iter().map(|known| known.profile.clone()).collect();
        self.listeners.tell(News::Profiles { profiles });
    }
}

/// What the version that it had when it was last reached can do; nothing if it never was.
fn saved_abilities(profile: &Profile) -> Abilities {
    let version = profile.version.as_deref();
    version.map(|version| Abilities::of(version, profile.place == Place::Cloud)).unwrap_or_default()
}

pub(crate) fn unknown() -> Failure {
    Failure::new(Code::Invalid, "This server is not in the list any more.")
}
