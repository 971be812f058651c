//! Further conversations of an agent (0.16.2 on, and Letta Cloud): listing, starting, naming and deleting them, and reading what is
//! stored in one. What is said in them is `say`; an agent's main thread is no such conversation but what is left of its messages.

use model::{AgentId, RunId};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ASK, Client, lists};
use crate::{Error, Event, Page, Target, event::Body};

/// A conversation of an agent beside its main thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Letta's `conv-…`.
    pub id: String,
    /// Whose.
    pub agent: AgentId,
    /// Its name (Letta's `summary`); empty where it has none.
    pub name: String,
    /// When something was last said in it, else when it was started, in milliseconds since 1970 UTC.
    pub active: Option<i64>,
    /// Nothing was ever said in it: there is at most the system's prompt (0.16.8/conversation-create, conversation-get).
    pub is_untouched: bool,
}

#[derive(Deserialize)]
struct WireThread {
    id: String,
    agent_id: AgentId,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    last_message_at: Option<String>,
    #[serde(default)]
    in_context_message_ids: Option<Vec<String>>,
}

impl From<WireThread> for Thread {
    fn from(wire: WireThread) -> Self {
        let few = wire.in_context_message_ids.is_some_and(|ids| ids.len() <= 1);
        let is_untouched = few && wire.last_message_at.is_none();
        let at = wire.last_message_at.or(wire.created_at);
        Self {
            id: wire.id,
            agent: wire.agent_id,
            name: wire.summary.unwrap_or_default().trim().to_owned(),
            active: at.as_deref().and_then(lists::millis),
            is_untouched,
        }
    }
}

const ROOT: &str = "v1/conversations/";

impl Client {
    /// Every conversation of these agents, the newest first. Servers from 0.16.5 on give all at once; those before want to be asked
    /// agent by agent (0.16.4). Empty where a server has none.
    pub async fn threads(&self, agents: &[AgentId]) -> Result<Vec<Thread>, Error> {
        match self.all(ROOT, &[], |thread: &WireThread| &thread.id).await {
            Ok(wires) => return Ok(wires.into_iter().map(Thread::from).collect()),
            Err(Error::NotFound { .. } | Error::Server { status: 405 | 501, .. }) => return Ok(Vec::new()),
            Err(Error::Invalid { .. }) => {}
            Err(error) => return Err(error),
        }
        let mut threads = Vec::new();
        for agent in agents {
            let of = [("agent_id", agent.as_str())];
            match self.all(ROOT, &of, |thread: &WireThread| &thread.id).await {
                Ok(wires) => threads.extend(wires.into_iter().map(Thread::from)),
                // Deleted since the list of agents was asked for.
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(threads)
    }

    /// Starts a conversation of an agent. It begins with the agent's memory and without what was said elsewhere.
    pub async fn new_thread(&self, agent: &AgentId, name: Option<&str>) -> Result<Thread, Error> {
        let mut request = self.request(Method::POST, ROOT).query(&[("agent_id", agent.as_str())]).timeout(ASK);
        if let Some(name) = name {
            request = request.json(&json!({ "summary": name }));
        }
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        Ok(self.json::<WireThread>(response).await?.into())
    }

    /// Gives a conversation another name.
    pub async fn rename_thread(&self, thread: &str, name: &str) -> Result<Thread, Error> {
        let request = self.request(Method::PATCH, &path(thread, "")).json(&json!({ "summary": name })).timeout(ASK);
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        Ok(self.json::<WireThread>(response).await?.into())
    }

    /// Deletes a conversation: it is listed no more and cannot be opened again. One that is gone already is no error.
    pub async fn delete_thread(&self, thread: &str) -> Result<(), Error> {
        let request = self.request(Method::DELETE, &path(thread, "")).timeout(ASK);
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        match self.json::<Value>(response).await {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A page of what is stored, oldest first. `main_only`: of an agent, only its main thread; its list mixes all its conversations
    /// (0.16.8/conversation-agent-list-all). For servers that have none it has to be false.
    pub async fn stored(&self, target: &Target, main_only: bool, page: &Page) -> Result<Vec<Event>, Error> {
        match target {
            Target::Agent(agent) if main_only => {
                let path = format!("v1/agents/{}/messages", lists::segment(agent.as_str()));
                self.messages(&path, page, &[("conversation_id", "default")]).await
            }
            Target::Agent(agent) => self.agent_messages(agent, page).await,
            Target::Group(group) => self.group_messages(group, page).await,
            Target::Thread { id, .. } => {
                // Asked for in the order that `before` follows; with `asc` it is the beginning of all that comes before.
                let newest_first = self.messages(&path(id, "/messages"), page, &[("order", "desc")]).await?;
                Ok(turned(newest_first))
            }
        }
    }

    /// The request that waits for a decision in a conversation: its newest stored message, if that is one. The agent does not tell
    /// (`pending_approval` is about its main thread).
    pub async fn pending_in(&self, target: &Target) -> Result<Option<Event>, Error> {
        match target {
            Target::Agent(agent) => self.pending_approval(agent).await,
            Target::Group(_) => Ok(None),
            Target::Thread { .. } => {
                let newest = self.stored(target, false, &Page { limit: 1, ..Page::default() }).await?;
                Ok(newest.into_iter().next_back().filter(|event| matches!(event.body, Body::ApprovalRequest(_))))
            }
        }
    }

    /// Stops what runs in a conversation; by its run where that is known, which needs no Redis. False: nothing ran.
    pub async fn cancel_in(&self, target: &Target, run: Option<&RunId>) -> Result<bool, Error> {
        match (target, run) {
            (Target::Agent(agent), run) | (Target::Thread { agent, .. }, run @ Some(_)) => {
                self.cancel(agent, run).await
            }
            (Target::Thread { id, .. }, None) => self.cancelled(self.request(Method::POST, &path(id, "/cancel"))).await,
            (Target::Group(_), _) => Ok(false),
        }
    }
}

pub(super) fn path(thread: &str, rest: &str) -> String {
    format!("v1/conversations/{}{rest}", lists::segment(thread))
}

/// Newest rows first, but the parts of a row in their order (0.16.8/conversation-messages-list): turned around row by row.
fn turned(newest_first: Vec<Event>) -> Vec<Event> {
    let mut rows: Vec<Vec<Event>> = Vec::new();
    for event in newest_first {
        match rows.last_mut() {
            Some(row) if event.head.id.is_some() && row.last().is_some_and(|last| last.head.id == event.head.id) => {
                row.push(event);
            }
            Some(_) | None => rows.push(vec![event]),
        }
    }
    rows.into_iter().rev().flatten().collect()
}
