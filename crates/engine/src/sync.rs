//! Keeping up with one server: reaching it, its lists of agents and groups, what was said there meanwhile, and trying again when it
//! is lost. What its lists look like in the sidebar is `rows`; what a conversation does with its history is the conversation's.

mod rows;

use std::{collections::HashMap, pin::pin, sync::Arc, time::Duration};

use letta::{Abilities, Agent, Client, Health, Thread};
use model::{AgentId, Code, Connection, ConversationId, ConversationKind, Place, ProfileId};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout, timeout_at},
};

use crate::{conversation::Input, house::House, profiles::ProfileTask, tables};

/// This many conversations are caught up at the same time.
const AT_ONCE: usize = 4;
/// After this many tries in a row a lost server is called offline; it is still tried.
const RECONNECTING: u32 = 5;
/// A try that takes longer than this makes way for a new one that is asked for; each one that made way gives the next twice as long,
/// so that a slow server is reached in the end.
const FRESH: Duration = Duration::from_secs(1);

/// Why a server is not kept up with.
enum Lost {
    /// The key is refused or missing: only the user can help.
    Refused(String),
    /// Anything else, in the user's words: trying again may help.
    Away(String),
}

impl From<letta::Error> for Lost {
    fn from(error: letta::Error) -> Self {
        match error.code() {
            Code::Unauthorized => Self::Refused(error.message()),
            Code::Offline | Code::Server | Code::Conflict | Code::Storage | Code::Keychain | Code::Invalid => {
                Self::Away(error.message())
            }
        }
    }
}

/// Keeps up with one server until it is forgotten.
pub(crate) async fn keep_up(house: Arc<House>, profile: ProfileId, task: Arc<ProfileTask>) {
    let _ = task.over.run_until_cancelled(Sync::new(Arc::clone(&house), profile).run(&task)).await;
}

struct Sync {
    house: Arc<House>,
    profile: ProfileId,
    /// It was reached since the app started.
    reached: bool,
    attempt: u32,
    /// When something had last happened in a conversation when it last looked at its history.
    caught_up: HashMap<ConversationId, i64>,
    at_once: Arc<Semaphore>,
}

impl Sync {
    fn new(house: Arc<House>, profile: ProfileId) -> Self {
        Self {
            house,
            profile,
            reached: false,
            attempt: 0,
            caught_up: HashMap::new(),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    async fn run(mut self, task: &ProfileTask) {
        loop {
            self.trying();
            let pause = match self.asked(task).await {
                Ok(()) => {
                    self.online();
                    Some(self.house.pace.refresh)
                }
                Err(Lost::Refused(why)) => {
                    self.house.profiles.connection(&self.profile, Connection::Refused { why });
                    None
                }
                Err(Lost::Away(why)) => Some(self.away(why)),
            };
            let woken = task.wake.notified();
            match pause {
                Some(pause) => {
                    // Woken or due: both mean to look.
                    let _ = timeout(pause, woken).await;
                }
                None => woken.await,
            }
        }
    }

    /// Asks the server for everything. A line that is dead without saying so would hold up whoever asks for *Now*: such a try makes way.
    async fn asked(&mut self, task: &ProfileTask) -> Result<(), Lost> {
        let mut fresh = FRESH;
        loop {
            let begun = Instant::now();
            let late = {
                let mut once = pin!(self.once());
                tokio::select! {
                    biased;
                    done = &mut once => return done,
                    () = task.wake.notified() => timeout_at(begun + fresh, once).await,
                }
            };
            if let Ok(done) = late {
                // What was asked for meanwhile may be newer than the answer.
                task.wake.notify_one();
                return done;
            }
            tracing::info!(profile = %self.profile, "a try that hangs makes way for a new one");
            fresh *= 2;
        }
    }

    fn trying(&self) {
        let connection = match (self.reached, self.attempt) {
            (true, 0) => return,
            (false, _) => Connection::Syncing { percent: None },
            (true, attempt) if attempt <= RECONNECTING => Connection::Reconnecting { attempt, next: None },
            (true, _) => return,
        };
        self.house.profiles.connection(&self.profile, connection);
    }

    fn online(&mut self) {
        // A conversation may have found the line broken before we did.
        let again = !self.reached || self.attempt > 0 || !self.house.profiles.is_reached(&self.profile);
        self.reached = true;
        self.attempt = 0;
        self.house.profiles.connection(&self.profile, Connection::Online);
        if again {
            for id in self.house.talks.running(|id| belongs(id, &self.profile) && !tables::is_table(id)) {
                self.house.talks.tell_running(&id, Input::CatchUp(None));
            }
        }
        // After those who speak there have begun to look what they missed: else that would be taken for all.
        self.tell_tables();
    }

    /// Those who sit at tables may be gone, away, or there again.
    fn tell_tables(&self) {
        for id in self.house.talks.running(tables::is_table) {
            self.house.talks.tell_running(&id, Input::Seated);
        }
    }

    /// Says that the server is away and returns after what time to try again.
    fn away(&mut self, why: String) -> Duration {
        self.attempt += 1;
        let pace = self.house.pace;
        let pause = backoff(self.attempt, pace.first_retry, pace.slowest_retry);
        let next = self.house.clock.now().saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
        let connection = if self.reached && self.attempt <= RECONNECTING {
            Connection::Reconnecting { attempt: self.attempt, next: Some(next) }
        } else {
            Connection::Offline { why }
        };
        self.house.profiles.connection(&self.profile, connection);
        self.tell_tables();
        pause
    }

    /// Asks the server for everything once.
    async fn once(&mut self) -> Result<(), Lost> {
        let client = match self.house.profiles.raw_client(&self.profile) {
            Some(client) => client,
            None => self.client().await?,
        };
        if !self.reached || self.attempt > 0 {
            let health = self.sign_of_life(&client).await?;
            let cloud = self.house.profiles.get(&self.profile).is_some_and(|profile| profile.place == Place::Cloud);
            let abilities = Abilities::of(&health.version, cloud);
            if let Some(profile) = self.house.profiles.learned(&self.profile, &health.version, abilities)
                && let Err(error) = self.house.store.put_profile(&profile).await
            {
                tracing::warn!(profile = %self.profile, %error, "the server's version is not saved");
            }
        }
        let (agents, groups) = futures_util::future::try_join(client.agents(), client.groups()).await?;
        let may_ask = agents.iter().filter(|agent| agent.may_ask).map(|agent| agent.id.clone()).collect();
        self.house.profiles.may_ask(&self.profile, may_ask);
        let model = |agent: &letta::Agent| Some((agent.id.clone(), agent.model.clone()?));
        self.house.profiles.models(&self.profile, agents.iter().filter_map(model).collect());
        let threads = self.threads(&client, &agents).await?;
        let mut rows = self.rows(&agents, &groups, &threads).await;
        // One may have been deleted while they were read.
        let deleted = |id: &ConversationId| tables::is_table(id) && self.house.tables.get(id).is_none();
        rows.retain(|row| !deleted(&row.conversation.id));
        self.house.sidebar.replace(&self.profile, rows);
        let list = self.house.sidebar.to_be_saved(&self.profile);
        if let Err(error) = self.house.store.put_conversations(&self.profile, &list).await {
            tracing::warn!(profile = %self.profile, %error, "the list of conversations is not saved");
        }
        tables::begin_demo(&self.house, &self.profile).await;
        self.house.approvals.changed(&self.profile);
        self.catch_up(&agents, &threads).await;
        Ok(())
    }

    /// Whether it is there, and what it is.
    async fn sign_of_life(&self, client: &Client) -> Result<Health, Lost> {
        let after = self.house.pace.sign_of_life;
        let Ok(health) = timeout(after, client.health()).await else {
            let server = self.house.profiles.get(&self.profile).map(|profile| profile.host).unwrap_or_default();
            return Err(letta::Error::Timeout { server, after }.into());
        };
        Ok(health?)
    }

    /// The conversations of its agents beside their main threads, where it has any.
    async fn threads(&self, client: &Client, agents: &[Agent]) -> Result<Vec<Thread>, Lost> {
        if !self.house.profiles.has_conversations(&self.profile) {
            return Ok(Vec::new());
        }
        let ids: Vec<AgentId> = agents.iter().filter(|agent| !agent.hidden).map(|agent| agent.id.clone()).collect();
        Ok(client.threads(&ids).await?)
    }

    /// A client, from the address and the key that are kept.
    async fn client(&self) -> Result<Client, Lost> {
        let Some(profile) = self.house.profiles.get(&self.profile) else {
            return Err(Lost::Away("The server is not in the list any more.".to_owned()));
        };
        let (base, key) = match &profile.place {
            Place::Cloud => (letta::CLOUD.to_owned(), self.key(profile.has_key).await?),
            Place::Own { address } => (address.clone(), self.key(profile.has_key).await?),
            Place::Environment { address } => {
                (address.clone(), self.house.environment.as_ref().and_then(|environment| environment.key.clone()))
            }
            Place::Demo => {
                let Some(demo) = &self.house.demo else {
                    return Err(Lost::Away("This build has no demo in it.".to_owned()));
                };
                (demo().await.map_err(Lost::Away)?, None)
            }
        };
        let client = Client::new(&base, key)?;
        self.house.profiles.has_client(&self.profile, client.clone());
        Ok(client)
    }

    async fn key(&self, has_key: bool) -> Result<Option<secrecy::SecretString>, Lost> {
        if !has_key {
            return Ok(None);
        }
        match self.house.keys.get(&self.profile).await {
            Ok(Some(key)) => Ok(Some(key)),
            Ok(None) => Err(Lost::Refused("The key was kept only until Tertulia closed. Enter it again.".to_owned())),
            Err(why) => Err(Lost::Away(format!("The key could not be read. {why}"))),
        }
    }

    /// Lets those conversations look at their history where something happened since they last did. Groups do not tell: they look
    /// once.
    async fn catch_up(&mut self, agents: &[Agent], threads: &[Thread]) {
        let newer: Vec<(ConversationId, i64)> = self
            .house
            .sidebar
            .of(&self.profile)
            .into_iter()
            // A table is nothing that a server could have news of.
            .filter(|row| row.kind != ConversationKind::Table)
            .map(|row| {
                let agent = agents.iter().find(|agent| row.id == self.id(agent.id.as_str()));
                let thread = threads.iter().find(|thread| row.id == self.id(&named(thread)));
                (row.id, agent.map(active).or_else(|| thread?.active).unwrap_or(0))
            })
            .filter(|(id, active)| self.caught_up.get(id).is_none_or(|known| active > known))
            .collect();
        for (done, (id, active)) in newer.iter().enumerate() {
            if !self.reached {
                let percent = u8::try_from(done * 100 / newer.len()).ok();
                self.house.profiles.connection(&self.profile, Connection::Syncing { percent });
            }
            let Ok(permit) = Arc::clone(&self.at_once).acquire_owned().await else { return };
            self.caught_up.insert(id.clone(), *active);
            self.house.talks.tell(&self.house, id, Input::CatchUp(Some(permit)));
        }
    }

    /// Our name of a conversation with one of the server's agents or groups.
    fn id(&self, named: &str) -> ConversationId {
        ConversationId::from(format!("{}/{named}", self.profile))
    }
}

/// How a conversation of an agent is named in our id of it.
fn named(thread: &Thread) -> String {
    format!("{}/{}", thread.agent, thread.id)
}

/// When something last happened to an agent, as far as the server tells: servers of one's own mostly leave `last_run_completion`
/// empty (0.16.8/agents-list), but change `updated_at` with every message.
fn active(agent: &Agent) -> i64 {
    agent.last_run.max(agent.updated).unwrap_or(0)
}

/// Whether a conversation belongs to a profile.
pub(crate) fn belongs(id: &ConversationId, profile: &ProfileId) -> bool {
    id.as_str().strip_prefix(profile.as_str()).is_some_and(|rest| rest.starts_with('/'))
}

/// Half a second, then twice as long each time up to the limit, and each time up to a quarter less by chance, so that many do not
/// come back at the same moment.
pub(crate) fn backoff(attempt: u32, first: Duration, longest: Duration) -> Duration {
    let doubled = first.saturating_mul(2u32.saturating_pow(attempt.saturating_sub(1).min(16))).min(longest);
    // A random UUID's last byte is as random as any.
    let chance = u32::from(uuid::Uuid::new_v4().as_bytes()[15]);
    doubled - doubled / 4 * chance / 255
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn pauses_grow_to_the_limit_and_vary() {
        let (first, longest) = (Duration::from_millis(500), Duration::from_secs(30));
        for attempt in 1..100 {
            let pause = backoff(attempt, first, longest);
            let most = first.saturating_mul(2u32.saturating_pow((attempt - 1).min(16))).min(longest);
            assert!(pause <= most && pause >= most / 4 * 3, "{attempt}: {pause:?}");
        }
        let many: HashSet<Duration> = (0..50).map(|_| backoff(10, first, longest)).collect();
        assert!(many.len() > 5);
    }

    #[test]
    fn conversations_belong_to_exactly_one_profile() {
        let id = ConversationId::from("p1/agent-x");
        assert!(belongs(&id, &ProfileId::from("p1")));
        assert!(!belongs(&id, &ProfileId::from("p")));
    }
}
