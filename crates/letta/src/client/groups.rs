//! The groups that a server leads: listing, making, changing and deleting them, and taking out what was said. What is said in them is
//! `say`, what is stored in them `lists`. Whether a version's groups talk at all is `probe`.

use model::{AgentId, Pattern, Way};
use reqwest::{Method, RequestBuilder};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{ASK, Client, lists, lists::or_default};
use crate::Error;

const ROOT: &str = "v1/groups/";

/// A group of the server. Groups have no name, only a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Letta's `group-…`.
    pub id: String,
    /// As its maker wrote it; may be empty.
    pub description: String,
    /// The members in their order, without the manager. Deleted agents may still be named.
    pub agents: Vec<AgentId>,
    /// How they take turns; holds the manager where there is one.
    pub way: Way,
    /// The agent that this group merely serves: `enable_sleeptime` makes such groups by itself (0.16.8/groups-list). Not to be shown.
    pub managed_by: Option<AgentId>,
    /// Hidden by its maker.
    pub hidden: bool,
}

impl Group {
    /// How they take turns, as the sidebar tells it.
    pub fn pattern(&self) -> Pattern {
        self.way.pattern()
    }

    /// All who may speak: the manager first where there is one, then the members.
    pub fn seats(&self) -> Vec<AgentId> {
        let mut seats: Vec<AgentId> = self.way.chair().cloned().into_iter().collect();
        for agent in &self.agents {
            if !seats.contains(agent) {
                seats.push(agent.clone());
            }
        }
        seats
    }
}

/// What a group is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charter {
    /// Its description, which is all the name it has. A group that is changed keeps its own where this is empty.
    pub description: String,
    /// The members in their order, without the manager.
    pub agents: Vec<AgentId>,
    /// How they take turns.
    pub way: Way,
}

impl Client {
    /// Every group, those that `enable_sleeptime` made included (see [`Group::managed_by`]). A server without groups has none.
    pub async fn groups(&self) -> Result<Vec<Group>, Error> {
        match self.all(ROOT, &[], |group: &WireGroup| &group.id).await {
            Ok(wires) => Ok(wires.into_iter().map(Group::from).collect()),
            Err(Error::NotFound { .. } | Error::Server { status: 405 | 410 | 501, .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// One group.
    pub async fn group(&self, group: &str) -> Result<Group, Error> {
        Ok(self.get::<WireGroup>(&path(group, ""), &[]).await?.into())
    }

    /// Makes a group (0.11.7/group-create-*).
    pub async fn make_group(&self, charter: &Charter) -> Result<Group, Error> {
        let request = self.request(Method::POST, ROOT).json(&charter.body(None)?);
        match self.done::<WireGroup>(request).await {
            Ok(made) => Ok(made.into()),
            // 0.16.8 has the route still, and misses a member with 404.
            Err(error) if error.details().contains(MISSED) => Err(faulted(error)),
            // The list is there on every version that has groups: without it none can be made.
            Err(Error::NotFound { details } | Error::Server { status: 405 | 501, body: details }) => {
                Err(Error::NoGroups { why: crate::probe::GROUPS_GONE.to_owned(), details })
            }
            Err(error) => Err(faulted(error)),
        }
    }

    /// Sets a group anew, all of it (0.11.7/group-patch). `was`: as the server has it now.
    ///
    /// # Errors
    /// Among others, where another way of taking turns is asked for: no server changes that (0.11.7/group-patch-manager-type).
    pub async fn change_group(&self, was: &Group, charter: &Charter) -> Result<Group, Error> {
        if was.way.word() != charter.way.word() {
            return Err(Error::Invalid { why: SAME_WAY.to_owned(), details: String::new() });
        }
        let request = self.request(Method::PATCH, &path(&was.id, "")).json(&charter.body(Some(was))?);
        self.done::<WireGroup>(request).await.map(Group::from).map_err(faulted)
    }

    /// Takes out all that was said in a group, also out of the history of its members (0.11.7/group-agent-messages-after-reset).
    pub async fn reset_group(&self, group: &str) -> Result<(), Error> {
        self.done::<Value>(self.request(Method::PATCH, &path(group, "/reset-messages"))).await.map(|_| ())
    }

    /// Deletes a group; its members stay. One that is gone already is no error.
    pub async fn delete_group(&self, group: &str) -> Result<(), Error> {
        match self.done::<Value>(self.request(Method::DELETE, &path(group, ""))).await {
            Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn done<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Error> {
        let response = request.timeout(ASK).send().await.map_err(|error| self.failed(&error))?;
        self.json(response).await
    }
}

const SAME_WAY: &str = "The server cannot change how the members of a group take turns. Make another group for that.";
const MEMBER_GONE: &str = "One of the members is no longer on the server. Take it out, or choose another.";
/// What the server says of an agent that it does not have.
const MISSED: &str = "Items not found in agents";
const UNKNOWN_WAY: &str = "Tertulia does not know this way of taking turns, and cannot make such a group.";

/// 0.11.7 answers 500 where it finds fault with what was asked (0.11.7/group-create-unknown-agent, group-patch-manager-type), also
/// where a group that is gone is to be changed.
fn faulted(error: Error) -> Error {
    let details = error.details().to_owned();
    if details.contains("Group not found") {
        return Error::NotFound { details };
    }
    let why = if details.contains(MISSED) {
        MEMBER_GONE
    } else if details.contains("Cannot change group pattern") {
        SAME_WAY
    } else {
        return error;
    };
    Error::Invalid { why: why.to_owned(), details }
}

impl Charter {
    /// The body of a request. Where a group is changed, what is left to the server is said in numbers: a null there means "as before".
    fn body(&self, was: Option<&Group>) -> Result<Value, Error> {
        let members = u32::try_from(self.agents.len()).unwrap_or(u32::MAX);
        let number = |chosen: Option<u32>, own: u32| chosen.or(was.map(|_| own));
        let kind = self.way.word();
        let mut config = match &self.way {
            Way::RoundRobin { turns } => json!({"max_turns": number(*turns, members)}),
            Way::Supervisor { lead } => json!({"manager_agent_id": lead}),
            Way::Dynamic { manager, turns, ends_with } => {
                let ends_with = ends_with.as_deref().unwrap_or(DONE);
                json!({"manager_agent_id": manager, "max_turns": number(*turns, members), "termination_token": ends_with})
            }
            Way::Sleeptime { talks, every } => {
                json!({"manager_agent_id": talks, "sleeptime_agent_frequency": number(*every, 1)})
            }
            // Left out, it stays as it was.
            Way::Other { .. } if was.is_some() => {
                return Ok(json!({"agent_ids": self.agents, "description": self.description}));
            }
            Way::Other { .. } => return Err(Error::Invalid { why: UNKNOWN_WAY.to_owned(), details: String::new() }),
        };
        if let Some(fields) = config.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
            fields.insert("manager_type".to_owned(), json!(kind));
        }
        Ok(json!({"agent_ids": self.agents, "description": self.description, "manager_config": config}))
    }
}

/// The word of the server's own that ends a dynamic group (openapi 0.11.7, `DynamicManager`).
const DONE: &str = "DONE!";

fn path(group: &str, rest: &str) -> String {
    format!("v1/groups/{}{rest}", lists::segment(group))
}

#[derive(Deserialize)]
struct WireGroup {
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    manager_type: String,
    #[serde(default, deserialize_with = "or_default")]
    agent_ids: Vec<AgentId>,
    #[serde(default, deserialize_with = "or_default")]
    description: String,
    #[serde(default)]
    manager_agent_id: Option<AgentId>,
    #[serde(default)]
    max_turns: Option<u32>,
    #[serde(default)]
    termination_token: Option<String>,
    #[serde(default)]
    sleeptime_agent_frequency: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    hidden: bool,
}

impl From<WireGroup> for Group {
    fn from(wire: WireGroup) -> Self {
        let sleeptime = matches!(wire.manager_type.as_str(), "sleeptime" | "voice_sleeptime");
        let managed_by = if sleeptime && wire.description.is_empty() { wire.manager_agent_id.clone() } else { None };
        let turns = wire.max_turns;
        let way = match (wire.manager_type.as_str(), wire.manager_agent_id) {
            ("round_robin", _) => Way::RoundRobin { turns },
            ("supervisor", Some(lead)) => Way::Supervisor { lead },
            ("dynamic", Some(manager)) => Way::Dynamic { manager, turns, ends_with: wire.termination_token },
            ("sleeptime", Some(talks)) => Way::Sleeptime { talks, every: wire.sleeptime_agent_frequency },
            (word, chair) => Way::Other { word: word.to_owned(), chair },
        };
        Self {
            id: wire.id,
            description: wire.description,
            agents: wire.agent_ids,
            way,
            managed_by,
            hidden: wire.hidden,
        }
    }
}
