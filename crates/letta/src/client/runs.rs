//! Runs of an agent: which there are, how they stand, what they said, going on with one whose line was cut, stopping them, and what
//! waits for a decision. `POST /v1/conversations/{id}/stream` is not used: it looks up the newest active run of a conversation,
//! which the list of runs tells as well, without Redis, and then is the stream of that run.

use std::time::Duration;

use model::{AgentId, Code, RunId, Trouble};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use tokio::time::timeout;

use super::{ASK, lists::segment};
use crate::{Client, Error, Event, Page, Target, Turn, error::model_trouble, event::Body, history};

/// A stream that goes on begins within this time, or the server is asked whether there is anything to go on with: behind the last
/// event it keeps silent for ever, without even a status (0.16.8/run-stream-after-end).
const BEGINNING: Duration = Duration::from_secs(5);
/// Newest runs that are looked through for a request. Words that were refused leave runs that stored nothing.
const LOOKED_THROUGH: u32 = 20;

/// How a run stands: reply of `GET /v1/runs/{id}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Letta's id.
    pub id: RunId,
    /// How far it is.
    pub status: RunStatus,
    /// Letta's word for why it ended, once it has.
    pub stop_reason: Option<String>,
    /// What failed, where it did and the server kept it.
    pub trouble: Option<Trouble>,
    /// It was asked for in the background: its stream can be resumed, for three hours.
    pub background: bool,
    /// Whose it is, where the server says.
    pub agent: Option<AgentId>,
    /// In which conversation beside the main thread (`conv-…`).
    pub thread: Option<String>,
    /// The failure as the stream told it, or would have.
    failure: Option<Event>,
}

impl Run {
    /// Whether nothing more comes of it.
    pub fn is_over(&self) -> bool {
        match self.status {
            RunStatus::Completed | RunStatus::Failed | RunStatus::Cancelled => true,
            RunStatus::Running | RunStatus::Other(_) => false,
        }
    }
}

/// What came of resuming a run.
#[derive(Debug)]
pub enum Resumed {
    /// Its stream goes on behind the event that was named.
    Goes(Box<Turn>),
    /// It is over, and its stream has nothing behind that event.
    Over(Box<Run>),
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// Created or running.
    Running,
    /// Ended well, or waits for a decision.
    Completed,
    /// Ended with an error.
    Failed,
    /// Stopped.
    Cancelled,
    /// A word this version does not know.
    Other(String),
}

#[derive(Deserialize)]
struct WireRun {
    id: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    stop_reason: Option<String>,
    #[serde(default)]
    metadata: Option<Value>,
    #[serde(default)]
    background: Option<bool>,
    #[serde(default)]
    agent_id: Option<String>,
    #[serde(default)]
    conversation_id: Option<String>,
}

impl Client {
    /// How a run stands.
    pub async fn run(&self, run: &RunId) -> Result<Run, Error> {
        let wire: WireRun = self.get(&format!("v1/runs/{}", segment(run.as_str())), &[]).await?;
        Ok(self.as_run(wire))
    }

    /// The newest runs of an agent, the newest first, conversations and all; at most `limit`, a few fewer where the server gives those
    /// of other agents too (0.11.7 does not know the question).
    pub async fn runs(&self, agent: &AgentId, limit: u32) -> Result<Vec<Run>, Error> {
        let limit = limit.to_string();
        let query = [("agent_id", agent.as_str()), ("order", "desc"), ("limit", limit.as_str())];
        let wires: Vec<WireRun> = self.get("v1/runs/", &query).await?;
        let runs = wires.into_iter().map(|wire| self.as_run(wire));
        Ok(runs.filter(|run| run.agent.as_ref().is_none_or(|of| of == agent)).collect())
    }

    /// What a run has said and stored so far, with the user's message that began it: nothing at all before its first model call came
    /// back (API facts §4).
    pub async fn run_messages(&self, run: &RunId) -> Result<Vec<Event>, Error> {
        let path = format!("v1/runs/{}/messages", segment(run.as_str()));
        let page: Box<RawValue> = self.get(&path, &[]).await?;
        Ok(history::page(page.get()))
    }

    /// What the stream of a run that is over said at its end, or would have: its stop reason, then its failure or what it used. What
    /// the server does not tell is left out; an error means that it could not be asked.
    pub async fn last_words(&self, run: &Run) -> Result<Vec<Event>, Error> {
        let reason = run.stop_reason.clone().map(|reason| Event::bare(Body::StopReason { reason }));
        let mut words: Vec<Event> = reason.into_iter().collect();
        match &run.failure {
            Some(failure) => words.push(failure.clone()),
            // A run that was stopped says nothing of what it used (0.16.8/cancel-foreground-stream).
            None if run.status == RunStatus::Cancelled => {}
            None => words.extend(self.used(&run.id).await?),
        }
        Ok(words)
    }

    async fn used(&self, run: &RunId) -> Result<Option<Event>, Error> {
        let path = format!("v1/runs/{}", segment(run.as_str()));
        let (usage, steps) = (format!("{path}/usage"), format!("{path}/steps"));
        let asked = futures_util::future::try_join(
            self.get::<Value>(&usage, &[]),
            self.get::<Vec<serde::de::IgnoredAny>>(&steps, &[("limit", "100")]),
        );
        let (usage, steps) = match asked.await {
            Ok(asked) => asked,
            Err(error) if error.code() == Code::Offline => return Err(error),
            Err(_) => return Ok(None),
        };
        let (Some(input), Some(output)) = (usage["prompt_tokens"].as_u64(), usage["completion_tokens"].as_u64()) else {
            return Ok(None);
        };
        Ok(Some(Event::bare(Body::Usage { steps: steps.len() as u64, input, output })))
    }

    /// Goes on with a run in the background behind its event `after`; with 0 from its beginning. [`Error::Invalid`] if it is none in
    /// the background, [`Error::NotFound`] if it is too old or unknown.
    pub async fn resume(&self, run: &RunId, after: u64) -> Result<Resumed, Error> {
        let path = format!("v1/runs/{}/stream", segment(run.as_str()));
        let body = json!({ "starting_after": after, "include_pings": true });
        let sending = self.request(Method::POST, &path).json(&body).send();
        tokio::pin!(sending);
        let response = loop {
            if let Ok(sent) = timeout(BEGINNING, &mut sending).await {
                break sent.map_err(|error| self.failed(&error))?;
            }
            let stands = self.run(run).await?;
            if stands.is_over() {
                return Ok(Resumed::Over(Box::new(stands)));
            }
        };
        let response = self.fine(response).await?;
        Ok(Resumed::Goes(Box::new(Turn::of_run(self.clone(), response, run.clone()).await?)))
    }

    fn as_run(&self, wire: WireRun) -> Run {
        let status = match wire.status.as_deref() {
            Some("created" | "running" | "pending") => RunStatus::Running,
            Some("completed") => RunStatus::Completed,
            Some("failed" | "expired") => RunStatus::Failed,
            Some("cancelled") => RunStatus::Cancelled,
            other => RunStatus::Other(other.unwrap_or_default().to_owned()),
        };
        let metadata = wire.metadata.unwrap_or_default();
        let error = Some(&metadata["error"]).filter(|error| error.is_object());
        let trouble = error.map(|error| {
            let (what, why) = model_trouble(error["error_type"].as_str().unwrap_or_default());
            let details = self.readable(error.to_string().as_bytes());
            Trouble { what: what.to_owned(), why: why.to_owned(), details: Some(details) }
        });
        // In 0.11.7 some of it stands in the metadata (0.11.7/runs).
        let agent = wire.agent_id.or_else(|| metadata["agent_id"].as_str().map(str::to_owned));
        Run {
            id: wire.id.into(),
            status,
            stop_reason: wire.stop_reason,
            trouble,
            background: wire.background.or_else(|| metadata["background"].as_bool()).unwrap_or(false),
            agent: agent.map(AgentId::from),
            thread: wire.conversation_id.filter(|id| id.starts_with("conv-")),
            failure: error.map(|error| Event::from_frame("error", &error.to_string())),
        }
    }

    /// The request that waits for a decision in a conversation as its runs tell it, for when the server refuses on account of one that
    /// neither the agent nor the newest message shows. A run ends where it asks, and a decision begins another: so it is in the newest
    /// run that stored anything, or nothing waits.
    pub async fn pending_by_run(&self, target: &Target) -> Result<Option<Event>, Error> {
        let (agent, thread) = match target {
            Target::Agent(agent) => (agent, None),
            Target::Thread { agent, id } => (agent, Some(id)),
            Target::Group(_) => return Ok(None),
        };
        let runs = self.runs(agent, LOOKED_THROUGH).await?;
        for run in runs.into_iter().filter(|run| run.thread.as_ref() == thread) {
            let path = format!("v1/runs/{}/messages", segment(run.id.as_str()));
            let asked = self.get::<Box<RawValue>>(&path, &[("order", "desc"), ("limit", "10")]).await;
            let stored = match asked {
                Ok(page) => history::page(page.get()),
                Err(Error::NotFound { .. }) => continue,
                Err(error) => return Err(error),
            };
            if !stored.is_empty() {
                return Ok(stored.into_iter().find(|event| matches!(event.body, Body::ApprovalRequest(_))));
            }
        }
        Ok(None)
    }

    /// Stops a run of an agent, or all that run. False: nothing ran (409). 0.11.7 says it stopped and goes on to the end
    /// (0.11.7/cancel-stream-mg2): leave the stream as well.
    pub async fn cancel(&self, agent: &AgentId, run: Option<&RunId>) -> Result<bool, Error> {
        let path = format!("v1/agents/{}/messages/cancel", segment(agent.as_str()));
        let mut request = self.request(Method::POST, &path);
        if let Some(run) = run {
            request = request.json(&json!({ "run_ids": [run.as_str()] }));
        }
        self.cancelled(request).await
    }

    /// What came of asking to stop.
    pub(super) async fn cancelled(&self, request: reqwest::RequestBuilder) -> Result<bool, Error> {
        let response = request.timeout(ASK).send().await.map_err(|error| self.failed(&error))?;
        match self.json::<Value>(response).await {
            // One word per run: "cancelled", or "failed" for a run that is unknown or over.
            Ok(Value::Object(runs)) => Ok(runs.values().any(|word| word == "cancelled")),
            Ok(_) => Ok(true),
            Err(Error::Busy { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The `approval_request_message` that waits for a decision, if one does. Where the server does not tell with the agent
    /// (0.11.7), the newest stored message is looked at.
    pub async fn pending_approval(&self, agent: &AgentId) -> Result<Option<Event>, Error> {
        let path = format!("v1/agents/{}", segment(agent.as_str()));
        let state: Value = self.get(&path, &[("include", "agent.pending_approval")]).await?;
        match state.get("pending_approval") {
            Some(Value::Null) => Ok(None),
            Some(request) => Ok(Some(Event::parse(&request.to_string()))),
            None => {
                let newest = self.agent_messages(agent, &Page { limit: 5, ..Page::default() }).await?;
                Ok(newest.into_iter().next_back().filter(|event| matches!(event.body, Body::ApprovalRequest(_))))
            }
        }
    }
}
