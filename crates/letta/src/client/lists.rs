//! The lists of a server: agents, stored messages; groups are `groups`. All pages of them, by the cursor rules of the versions from 0.11.7 on.

use std::collections::HashSet;

use model::AgentId;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{Client, Error, Event};

/// Entries asked for at once. 0.16.8 allows any number; agents of 0.11.7 come with all their tools, 16 KB each.
const PAGE: usize = 100;
/// No server has this many pages: a cursor that does not move is caught before.
const MOST_PAGES: usize = 1000;

/// Which stored messages to fetch. With neither cursor: the newest (groups of 0.11.7: the oldest).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Those before this message, nearest ones.
    pub before: Option<String>,
    /// Those after this message, nearest ones.
    pub after: Option<String>,
    /// Stored rows; a row may be several messages, so that a page can be longer. 0 asks for the server's own default.
    pub limit: u32,
}

/// An agent of the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Agent {
    /// Letta's id.
    pub id: AgentId,
    /// As its maker wrote it.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// May be empty; 0.16.8 gives them only where asked for, which we do.
    pub tags: Vec<String>,
    /// Free keys and values of its maker.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// Letta's `agent_type`, e.g. `letta_v1_agent`.
    pub kind: String,
    /// Model handle, where given.
    pub model: Option<String>,
    /// Last change of any kind, in milliseconds since 1970 UTC.
    pub updated: Option<i64>,
    /// End of its last run, in milliseconds since 1970 UTC; 0.11.7 does not tell.
    pub last_run: Option<i64>,
    /// The `approval_request_message` that waits for a decision. 0.11.7 does not tell: see [`Client::pending_approval`].
    pub pending: Option<Event>,
    /// A tool of it may ask for approval, as far as the list tells (it tells in 0.11.7, where [`crate::Mode`] depends on it).
    pub may_ask: bool,
    /// A background agent that another one brought along (`enable_sleeptime`), or hidden by its maker.
    pub hidden: bool,
}

impl Client {
    /// Every agent, newest first.
    pub async fn agents(&self) -> Result<Vec<Agent>, Error> {
        // 0.11.7 knows no `include` and no `order`, and gives everything newest first anyway.
        let include = [("include", "agent.tags")];
        let wires: Vec<WireAgent> = self.all("v1/agents/", &include, |agent: &WireAgent| &agent.id).await?;
        let mut agents = Vec::with_capacity(wires.len());
        for wire in wires {
            // `include=agent.pending_approval` on the list makes 0.16.8 ask its database once an agent, all at the same time: a
            // few such lists and its connections are used up for half a minute. Nearly every agent ended well and waits for nothing.
            let may_wait = wire.last_stop_reason.as_deref().is_some_and(|reason| reason != "end_turn");
            let mut agent = Agent::from(wire);
            if may_wait && agent.pending.is_none() {
                agent.pending = self.agent(&agent.id).await.ok().and_then(|agent| agent.pending);
            }
            agents.push(agent);
        }
        Ok(agents)
    }

    /// One agent, with what waits for a decision.
    pub async fn agent(&self, agent: &AgentId) -> Result<Agent, Error> {
        let include = [("include", "agent.tags"), ("include", "agent.pending_approval")];
        let wire: WireAgent = self.get(&format!("v1/agents/{}", segment(agent.as_str())), &include).await?;
        Ok(Agent::from(wire))
    }

    /// Stored messages of an agent, oldest first (as the server has it, also where it is asked for the newest).
    pub async fn agent_messages(&self, agent: &AgentId, page: &Page) -> Result<Vec<Event>, Error> {
        self.messages(&format!("v1/agents/{}/messages", segment(agent.as_str())), page, &[]).await
    }

    /// Stored messages of a group, oldest first. Without a cursor 0.11.7 gives the oldest ones: page forward with `after`.
    pub async fn group_messages(&self, group: &str, page: &Page) -> Result<Vec<Event>, Error> {
        self.messages(&format!("v1/groups/{}/messages", segment(group)), page, &[]).await
    }

    pub(super) async fn messages(&self, path: &str, page: &Page, extra: &[(&str, &str)]) -> Result<Vec<Event>, Error> {
        let limit = page.limit.to_string();
        let mut query = extra.to_vec();
        if page.limit > 0 {
            query.push(("limit", limit.as_str()));
        }
        if let Some(before) = &page.before {
            query.push(("before", before));
        }
        if let Some(after) = &page.after {
            query.push(("after", after));
        }
        let raw: Vec<Box<RawValue>> = self.get(path, &query).await?;
        Ok(raw.iter().map(|message| Event::parse(message.get())).collect())
    }

    /// All pages of a list: the next page is what comes after the last id, in whatever order the server has. Over at a page
    /// without a new id, because servers have been seen to repeat themselves rather than to give an empty page.
    pub(super) async fn all<T: DeserializeOwned>(
        &self,
        path: &str,
        extra: &[(&str, &str)],
        id: impl Fn(&T) -> &String,
    ) -> Result<Vec<T>, Error> {
        let limit = PAGE.to_string();
        let mut seen = HashSet::new();
        let mut all: Vec<T> = Vec::new();
        for _ in 0..MOST_PAGES {
            let after = all.last().map(|last| id(last).clone());
            let mut query = vec![("limit", limit.as_str())];
            query.extend(extra);
            query.extend(after.as_deref().map(|after| ("after", after)));
            let page: Vec<T> = self.get(path, &query).await?;
            // A short page is not yet the end: a server may cap the limit lower than what was asked for.
            let before = all.len();
            all.extend(page.into_iter().filter(|entry| seen.insert(id(entry).clone())));
            if all.len() == before {
                break;
            }
        }
        Ok(all)
    }
}

/// An id as one segment of a path, so that no id can leave its place.
pub(super) fn segment(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20")
}

#[derive(Deserialize)]
struct WireAgent {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    description: String,
    #[serde(default, deserialize_with = "or_default")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    metadata: serde_json::Map<String, serde_json::Value>,
    #[serde(default, deserialize_with = "or_default")]
    agent_type: String,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    updated_at: Option<String>,
    #[serde(default)]
    last_run_completion: Option<String>,
    #[serde(default)]
    last_stop_reason: Option<String>,
    #[serde(default)]
    pending_approval: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "or_default")]
    tool_rules: Vec<WireRule>,
    #[serde(default, deserialize_with = "or_default")]
    tools: Vec<WireTool>,
    #[serde(default, deserialize_with = "or_default")]
    hidden: bool,
}

#[derive(Deserialize)]
struct WireRule {
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    kind: String,
}

#[derive(Deserialize)]
struct WireTool {
    #[serde(default, deserialize_with = "or_default")]
    default_requires_approval: bool,
}

impl From<WireAgent> for Agent {
    fn from(wire: WireAgent) -> Self {
        let may_ask = wire.tool_rules.iter().any(|rule| rule.kind == "requires_approval")
            || wire.tools.iter().any(|tool| tool.default_requires_approval);
        let pending = wire.pending_approval.filter(|raw| raw.get() != "null").map(|raw| Event::parse(raw.get()));
        let background = matches!(wire.agent_type.as_str(), "sleeptime_agent" | "voice_sleeptime_agent");
        Self {
            id: wire.id.into(),
            name: wire.name,
            description: wire.description,
            tags: wire.tags,
            metadata: wire.metadata,
            kind: wire.agent_type,
            model: wire.model,
            updated: wire.updated_at.as_deref().and_then(millis),
            last_run: wire.last_run_completion.as_deref().and_then(millis),
            pending,
            may_ask,
            hidden: wire.hidden || background,
        }
    }
}

/// Null is as good as missing: 0.16.x sends every field, older versions leave them out.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Milliseconds since 1970 UTC of a date of the server. Dates without a zone are UTC (0.11.7, `completed_at` of runs).
pub(super) fn millis(date: &str) -> Option<i64> {
    date.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond).or_else(|| {
        let naive: jiff::civil::DateTime = date.parse().ok()?;
        jiff::tz::TimeZone::UTC.to_timestamp(naive).ok().map(jiff::Timestamp::as_millisecond)
    })
}
