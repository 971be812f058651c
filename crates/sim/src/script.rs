//! A test's side: which agents and groups there are, what each answers next, and what they said before.

use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use jiff::{Timestamp, ToSpan};

use crate::{
    Answer, Pace,
    ledger::Ledger,
    mind::Mind,
    past::{self, Past},
    settings::Settings,
    world::{State, World},
};

/// What a scripted server is. Answers of each agent are taken one by one: by a message, and by a decision. When none is left the
/// agent says what it heard.
#[derive(Debug)]
pub struct Script {
    settings: Settings,
    state: State,
    answers: HashMap<String, VecDeque<Answer>>,
    now: Timestamp,
}

impl Default for Script {
    fn default() -> Self {
        Self::new()
    }
}

impl Script {
    /// An empty server of version 0.11.7, answering at once, without a key.
    pub fn new() -> Self {
        Self {
            settings: Settings {
                version: "0.11.7".to_owned(),
                key: None,
                pace: Pace::instant(),
                ping_every: Duration::from_secs(20),
                groups: true,
                rows_a_page: None,
                redis: None,
                conversations: false,
                old_agents: false,
            },
            state: State::default(),
            answers: HashMap::new(),
            now: Timestamp::now(),
        }
    }

    /// Presents itself as this version: groups work up to 0.11.7, break with 500 up to 0.16.4 and are gone (405) from 0.16.5 on.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.settings.version = version.into();
        self
    }

    /// Every request but health needs this password.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.settings.key = Some(key.into());
        self
    }

    /// How fast answers come.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.settings.pace = pace;
        self
    }

    /// Agents speak as those of 0.11.7 (kind `memgpt_v2_agent`) did: events name no run and calls stand alone, only the older form of a
    /// decision counts, a request is lost in a stream of tokens, a stop is only said, and errors have another shape. Without this
    /// they stream as newer ones do, whatever the version.
    pub fn old_agents(mut self) -> Self {
        self.settings.old_agents = true;
        self
    }

    /// A server with Redis: runs in the background, kept and given out in batches this old. A real one waits half a second.
    pub fn redis(mut self, batch: Duration) -> Self {
        self.settings.redis = Some(batch);
        self
    }

    /// A ping after this much silence, instead of 20 s.
    pub fn ping_every(mut self, silence: Duration) -> Self {
        self.settings.ping_every = silence;
        self
    }

    /// No group route at all: 404.
    pub fn without_groups(mut self) -> Self {
        self.settings.groups = false;
        self
    }

    /// Pages of an agent's history have at most so many rows, whatever is asked for.
    pub fn rows_a_page(mut self, most: usize) -> Self {
        self.settings.rows_a_page = Some(most);
        self
    }

    /// An agent and what it answers.
    pub fn agent(mut self, name: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        let (id, number) = (past::agent_id(name), self.state.agents.len());
        if !self.state.agents.iter().any(|agent| agent.id == id) {
            let created = self.created(number);
            self.state.agents.push(past::agent(name, None, None, created));
        }
        self.answers.entry(name.to_owned()).or_default().extend(answers);
        self
    }

    /// What an agent that was named before does, in `metadata.role` and as its description.
    pub fn role(mut self, agent: &str, role: &str) -> Self {
        for agent in self.state.agents.iter_mut().filter(|other| other.name == agent) {
            agent.role = Some(role.to_owned());
            agent.description = Some(role.to_owned());
        }
        self
    }

    /// A tool of an agent that was named before: `parameters` is the JSON Schema of its arguments, sent as written with
    /// `include=agent.tools`. One that is not JSON is not there.
    pub fn tool(mut self, agent: &str, name: &str, parameters: &str, asks: bool) -> Self {
        for agent in self.state.agents.iter_mut().filter(|other| other.name == agent) {
            past::tool(agent, name, parameters, asks);
        }
        self
    }

    /// A block of memory that all of these agents have, who were named before; `limit` in characters.
    pub fn block(mut self, agents: &[&str], label: &str, value: &str, limit: u64) -> Self {
        past::block(&mut self.state, agents, label, value, limit);
        self
    }

    /// Further agents "Agent 001" and on, for pages.
    pub fn crowd(mut self, count: usize) -> Self {
        for number in 1..=count {
            self = self.agent(&format!("Agent {number:03}"), []);
        }
        self
    }

    /// A round-robin group of agents that were named before; `max_turns` as in Letta, none: each member once.
    pub fn group(mut self, description: &str, members: &[&str], max_turns: Option<usize>) -> Self {
        self.state.groups.push(past::group(description, members, max_turns));
        self
    }

    /// What was said between the user and an agent before: one message of the user and its answer, told a minute apart.
    pub fn past(mut self, agent: &str, talk: impl IntoIterator<Item = (String, Answer)>) -> Self {
        for (number, (said, answer)) in talk.into_iter().enumerate() {
            let at = self.now.saturating_add((number as i64 - 10_000).minutes()).unwrap_or(self.now);
            past::tell(&mut self.state, agent, &[Past { at, said: Some(said.into()), steps: answer.steps }]);
        }
        self
    }

    /// A further conversation of an agent that was named before, with what was said in it. Only versions from 0.16 on have them.
    pub fn conversation(
        mut self,
        agent: &str,
        summary: &str,
        talk: impl IntoIterator<Item = (String, Answer)>,
    ) -> Self {
        let began = self.state.conversations.len() as i64 * 100 - 5_000;
        let at = |number: i64| self.now.saturating_add((began + number).minutes()).unwrap_or(self.now);
        let talk: Vec<Past> = (1..)
            .zip(talk)
            .map(|(number, (said, answer))| Past { at: at(number), said: Some(said.into()), steps: answer.steps })
            .collect();
        let created = at(0);
        past::conversation(&mut self.state, agent, summary, created, &talk);
        self
    }

    fn created(&self, number: usize) -> Timestamp {
        self.now.saturating_add((number as i64).seconds()).unwrap_or(self.now)
    }

    pub(crate) fn world(self) -> World {
        World::new(self.settings, Mind::Scripted(Mutex::new(self.answers)), Ledger::keeping(100_000), self.state)
    }
}
