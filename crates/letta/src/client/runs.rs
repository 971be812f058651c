//! Runs of an agent: stopping them, asking how they stand, and what waits for a decision.

use model::{AgentId, RunId, Trouble};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ASK, lists::segment};
use crate::{Client, Error, Event, Page, error::model_trouble, event::Body};

/// How a run stands: reply of `GET /v1/runs/{id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Letta's id.
    pub id: RunId,
    /// How far it is.
    pub status: RunStatus,
    /// Letta's word for why it ended, once it has.
    pub stop_reason: Option<String>,
    /// What failed, where it did and the server kept it.
    pub trouble: Option<Trouble>,
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
}

impl Client {
    /// How a run stands.
    pub async fn run(&self, run: &RunId) -> Result<Run, Error> {
        let wire: WireRun = self.get(&format!("v1/runs/{}", segment(run.as_str())), &[]).await?;
        let status = match wire.status.as_deref() {
            Some("created" | "running" | "pending") => RunStatus::Running,
            Some("completed") => RunStatus::Completed,
            Some("failed" | "expired") => RunStatus::Failed,
            Some("cancelled") => RunStatus::Cancelled,
            other => RunStatus::Other(other.unwrap_or_default().to_owned()),
        };
        let trouble =
            wire.metadata.as_ref().map(|metadata| &metadata["error"]).filter(|error| error.is_object()).map(|error| {
                let (what, why) = model_trouble(error["error_type"].as_str().unwrap_or_default());
                let details = self.readable(error.to_string().as_bytes());
                Trouble { what: what.to_owned(), why: why.to_owned(), details: Some(details) }
            });
        Ok(Run { id: wire.id.into(), status, stop_reason: wire.stop_reason, trouble })
    }

    /// Stops a run of an agent, or all that run. False: nothing ran (409). 0.11.7 says it stopped and goes on to the end
    /// (0.11.7/cancel-stream-mg2): leave the stream as well.
    pub async fn cancel(&self, agent: &AgentId, run: Option<&RunId>) -> Result<bool, Error> {
        let path = format!("v1/agents/{}/messages/cancel", segment(agent.as_str()));
        let mut request = self.request(Method::POST, &path).timeout(ASK);
        if let Some(run) = run {
            request = request.json(&json!({ "run_ids": [run.as_str()] }));
        }
        let response = request.send().await.map_err(|error| self.failed(&error))?;
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
