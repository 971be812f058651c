//! The stories that a real Letta server must pass, started by `cargo xtask test --real VERSION`; ignored otherwise. Here: the server
//! that the environment names, what it can do, and agents on it. Its model is scripted (`xtask/real/model.py`).

mod basics;
mod cuts;
mod groups;
mod images;
mod kinds;

use std::{io::Write as _, time::Duration};

use model::{
    Content, Conversation, ConversationId, Failure, Item, ProfileId, ToolCall, ToolState, Turn,
    command::{Decide, Shown},
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Home, Window, item_text};

/// What a story needs of a server, where not every server has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// Groups that talk.
    Groups,
    /// A stop that ends the run on the server.
    Stop,
    /// Approvals while tokens stream.
    TokenApprovals,
    /// Several calls in one step.
    Parallel,
    /// Tools that the client runs.
    ClientTools,
    /// Runs that a client can find, look at and follow by id.
    Runs,
    /// `background:true` with `seq_id`, and `POST /v1/runs/{id}/stream`.
    Background,
    /// `/v1/conversations`.
    Conversations,
    /// A message with pictures in it.
    Pictures,
}

impl Ability {
    /// Why this server cannot, or nothing.
    fn missing(self, real: &Real) -> Option<&'static str> {
        match self {
            Self::Groups => (!real.is_old()).then_some("groups have no message routes from 0.16.5 on"),
            Self::Stop => real.is_old().then_some("0.11.7 says that it stopped and goes on to the end of its answer"),
            Self::TokenApprovals => real.is_old().then_some("0.11.7 loses a request in a stream of tokens"),
            Self::Parallel => real.is_old().then_some("agents of 0.11.7 make one call a step"),
            Self::ClientTools => real.is_old().then_some("0.11.7 knows no tools of the client"),
            Self::Runs => real.is_old().then_some("events of 0.11.7 name no run in the foreground"),
            Self::Background => (!real.redis).then_some("runs in the background need Redis, and this one has none"),
            Self::Conversations => real.is_old().then_some("conversations came with 0.16"),
            Self::Pictures => None,
        }
    }
}

/// The real server, if it can do what the story needs; else the story says so in the output, where xtask reads it, and is over:
/// `let Some(real) = real::needs(&[Ability::Stop]) else { return };`
pub fn needs(abilities: &[Ability]) -> Option<Real> {
    let real = Real::named();
    let Some(why) = abilities.iter().find_map(|ability| ability.missing(&real)) else { return Some(real) };
    skip(why);
    None
}

/// The real server, if it cannot do this, for stories of how the app says so; else the story is over.
pub fn lacking(ability: Ability) -> Option<Real> {
    let real = Real::named();
    if !real.can(ability) {
        return Some(real);
    }
    skip("this server can, and there is nothing to say");
    None
}

/// Past the capture of test output, which `print!` would go into.
fn skip(why: &str) {
    let mut terminal = std::io::stdout();
    writeln!(terminal, "skipped: {why}").unwrap();
}

/// A real Letta server with a scripted model.
pub struct Real {
    pub base: String,
    pub key: String,
    pub version: String,
    redis: bool,
    /// What `xtask/real/seed.py` printed.
    pub ids: Value,
    client: reqwest::Client,
}

impl Real {
    fn named() -> Self {
        let var = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run cargo xtask test --real VERSION"))
        };
        rustls::crypto::ring::default_provider().install_default().ok();
        Self {
            base: var("TERTULIA_REAL_BASE"),
            key: var("TERTULIA_REAL_KEY"),
            version: var("TERTULIA_REAL_VERSION"),
            redis: var("TERTULIA_REAL_REDIS") == "yes",
            ids: serde_json::from_str(&var("TERTULIA_REAL_IDS")).unwrap(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// 0.11: groups talk, stopping is only said, tokens lose approvals.
    pub fn is_old(&self) -> bool {
        self.version.starts_with("0.11.")
    }

    /// Whether it can do this.
    pub fn can(&self, ability: Ability) -> bool {
        ability.missing(self).is_none()
    }

    /// Asks the server itself, past the app: what it has stored, or to make something. `path` begins after `/v1/`.
    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let mut request = self.client.request(method, format!("{}/v1/{path}", self.base)).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// The id of an agent of this name with all tools; made now if there is none. One agent a story, so that no story waits for
    /// another's request or stumbles over its history.
    pub async fn agent(&self, name: &str) -> String {
        if let Some(id) = self.ids["agents"][name].as_str() {
            return id.to_owned();
        }
        let found = self.ask(Method::GET, &format!("agents/?name={name}"), None).await;
        if let Some(id) = found[0]["id"].as_str() {
            return id.to_owned();
        }
        let mut body = self.ids["mould"].clone();
        body["name"] = json!(name);
        body["memory_blocks"] = json!([{"label": "persona", "value": format!("My name is {name}.")}]);
        self.ask(Method::POST, "agents/", Some(&body)).await["id"].as_str().unwrap().to_owned()
    }

    /// An agent's whole history as the server has it.
    pub async fn history(&self, agent: &str) -> Vec<Value> {
        let messages = self.ask(Method::GET, &format!("agents/{agent}/messages?limit=1000"), None).await;
        messages.as_array().unwrap().clone()
    }

    /// The app, connected.
    pub async fn connected(&self, home: &Home) -> (Window, ProfileId) {
        let mut window = started(home).await;
        let profile = window.connect(&self.base, Some(&self.key)).await;
        (window, profile)
    }

    /// The conversation with an agent of this name, opened.
    pub async fn open(&self, window: &mut Window, profile: &ProfileId, agent: &str) -> ConversationId {
        let id = self.agent(agent).await;
        self.open_named(window, profile, &id).await
    }

    /// The conversation with an agent or group of this id, opened.
    pub async fn open_named(&self, window: &mut Window, profile: &ProfileId, id: &str) -> ConversationId {
        let id = ConversationId::from(format!("{profile}/{id}"));
        let row = id.clone();
        window.until("the sidebar has it", move |window| row_of(window, &row).is_some()).await;
        window.open_id(&id).await;
        id
    }
}

/// A computer that leaves a real server time to answer.
pub fn patient() -> Home {
    let mut home = Home::new();
    home.pace.refresh = Duration::from_secs(5);
    home
}

/// The app, with patience: a tool of a real server is a Python of its own that takes seconds to start on a quick machine.
pub async fn started(home: &Home) -> Window {
    let mut window = home.start().await;
    window.patience = Duration::from_secs(240);
    window.launch().await;
    window
}

pub fn row_of<'a>(window: &'a Window, id: &ConversationId) -> Option<&'a Conversation> {
    window.sidebars.values().flatten().find(|row| row.id == *id)
}

/// What was said, thought and done, without what only the live run knows.
pub fn said(items: &[Item]) -> Vec<String> {
    items
        .iter()
        .filter(|item| matches!(item.kind(), "user" | "assistant" | "reasoning" | "tool"))
        .map(item_text)
        .collect()
}

/// The items below the user's last words.
pub fn answer(items: &[Item]) -> &[Item] {
    let user = items.iter().rposition(|item| item.kind() == "user").unwrap();
    &items[user + 1..]
}

/// All words of agents.
pub fn spoken(items: &[Item]) -> String {
    let words = items.iter().filter_map(|item| match &item.content {
        Content::Assistant { text, .. } => Some(text.as_str()),
        _ => None,
    });
    words.collect::<Vec<_>>().join("\n")
}

/// The call that waits, once one does.
pub async fn wait_for_request(window: &mut Window, id: &ConversationId) -> ToolCall {
    window
        .until_talk("a request waits", id, |talk| {
            matches!(talk.turn, Turn::Paused { .. })
                && talk.tool().is_some_and(|call| call.state == ToolState::AwaitingApproval)
        })
        .await;
    window.talk(id).tool().unwrap().clone()
}

/// Approves, or with a reason denies.
pub async fn decide(
    window: &Window,
    id: &ConversationId,
    call: &ToolCall,
    reason: Option<&str>,
) -> Result<(), Failure> {
    let shown = Shown { name: call.name.clone(), arguments: call.arguments.clone() };
    let (approve, reason) = (reason.is_none(), reason.map(str::to_owned));
    window.ask(Decide { conversation: id.clone(), tool_call: call.id.clone(), approve, reason, shown }).await
}
