//! What can go wrong, on purpose: whole answers of HTTP, and accidents of a body on its way. Where a fault is set and how often
//! it strikes is `Faults`; carrying it out is `http` and `body`.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::http::Method;
use bytes::Bytes;
use serde_json::{Value, json};

/// One thing that goes wrong. `k` counts the body's events from one: the first ping is event 1.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status with this JSON, and nothing else happens.
    Status {
        /// HTTP status.
        status: u16,
        /// The body.
        body: Value,
        /// `Retry-After` in seconds.
        retry_after: Option<u64>,
    },
    /// This status with a page for people, as a proxy gives it, and nothing else happens.
    Page {
        /// HTTP status.
        status: u16,
        /// The page.
        html: String,
    },
    /// The request is sent elsewhere, with this status.
    Redirect {
        /// 301, 302, 307 or 308.
        status: u16,
        /// The `location`.
        to: String,
    },
    /// The request is taken and never answered, not even with a head.
    Silence,
    /// The connection breaks after `n` bytes of the body.
    CutAfterBytes(usize),
    /// The connection breaks after event `k`; 0: right after the head.
    CutAfterEvent(usize),
    /// The connection breaks within event `k`, in the middle of its first letter that has more than one byte; without such a letter
    /// in the middle of the event.
    CutInLetter(usize),
    /// The body ends after event `k` as if all had been said.
    EndAfter(usize),
    /// After event `k` one line begins that never ends.
    Unterminated(usize),
    /// The body comes in pieces of so many bytes, one after the other.
    Drip(usize),
    /// Every line ends like this instead of with a line feed: `\r`, `\r\n`.
    LineEnds(&'static str),
    /// The head calls the body this instead of `text/event-stream`.
    ContentType(&'static str),
    /// Nothing comes for this long before event `k`.
    PauseBefore(usize, Duration),
    /// After event `k` nothing comes any more, and the body stays open.
    StallAfter(usize),
    /// Everything comes and the body stays open.
    NeverEnd,
    /// These bytes come after event `k`: garbage, a comment, an unknown event.
    InsertAfter(usize, Bytes),
    /// The last event is missing; the body ends well.
    NoDone,
}

impl Fault {
    /// Any status with any body.
    pub fn status(status: u16, body: Value) -> Self {
        Self::Status { status, body, retry_after: None }
    }

    /// 401, as with a wrong key.
    pub fn unauthorized() -> Self {
        Self::status(401, json!({"detail": "Unauthorized"}))
    }

    /// 404, as for an agent that is gone.
    pub fn not_found() -> Self {
        Self::status(404, json!({"detail": "Agent with ID agent-00000000-0000-4000-8000-000000000000 not found"}))
    }

    /// 409 while another run is under way (recording 0.16.8/conversation-busy-second).
    pub fn busy(run: &str) -> Self {
        Self::status(409, busy_body(run))
    }

    /// 409 while an approval is pending (recording 0.16.8/approval-pending-user-message-nonstreaming-tokens-v1).
    pub fn pending(request: &str) -> Self {
        Self::status(409, pending_body(request))
    }

    /// 422 (recording 0.16.8/error-no-messages).
    pub fn invalid() -> Self {
        let detail = "[{'type': 'value_error', 'loc': ('body',), 'msg': \"Value error, Must specify either 'input' or \
                      'messages'.\", 'input': {}, 'ctx': {'error': ValueError(\"Must specify either 'input' or 'messages'.\")}}]";
        Self::status(422, json!({"trace_id": "", "detail": detail}))
    }

    /// 429 with `Retry-After`.
    pub fn too_many(retry_after: u64) -> Self {
        let error = json!({
            "type": "llm_rate_limit",
            "message": "Rate limit exceeded for LLM model provider. Please wait before making another request.",
            "detail": "RATE_LIMIT_EXCEEDED: Rate limited by OpenAI: Error code: 429",
        });
        Self::Status { status: 429, body: json!({"error": error}), retry_after: Some(retry_after) }
    }

    /// 500.
    pub fn server() -> Self {
        Self::status(500, json!({"detail": "An internal server error occurred"}))
    }

    /// 502, as a proxy says it when the server behind it is gone.
    pub fn bad_gateway() -> Self {
        let html = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n\
                    <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
        Self::Page { status: 502, html: html.to_owned() }
    }

    /// 503 (recording 0.16.8/noredis-background has the form).
    pub fn unavailable() -> Self {
        Self::status(503, json!({"detail": "INTERNAL_SERVER_ERROR: The server is not available"}))
    }

    /// `{"error": …}` with HTTP 200.
    pub fn error_with_200() -> Self {
        Self::status(200, json!({"error": "Stream failed (internal error occurred)"}))
    }
}

pub(crate) const PENDING: &str = "CONFLICT: Cannot send a new message: The agent is waiting for approval on a tool call. Please \
                                  approve or deny the pending request before continuing.";

pub(crate) fn busy_body(run: &str) -> Value {
    let detail = format!(
        "CONFLICT: Cannot send a new message: Another request (run_id={run}) is currently being processed for this conversation. \
         Please wait for it to complete."
    );
    json!({"detail": detail, "run_id": run})
}

pub(crate) fn pending_body(request: &str) -> Value {
    json!({"detail": {"code": "PENDING_APPROVAL", "message": PENDING, "pending_request_id": request}})
}

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// Every request.
    Any,
    /// `GET /v1/health/`.
    Health,
    /// The list of agents.
    Agents,
    /// One agent.
    Agent,
    /// An agent's history.
    History,
    /// An agent's memory.
    Memory,
    /// Messages and decisions sent to an agent, streaming or not.
    Send,
    /// Stopping an agent.
    Cancel,
    /// Conversations: the list, one, making and naming one.
    Conversations,
    /// A conversation's history.
    ConversationHistory,
    /// Messages and decisions sent to a conversation.
    ConversationSend,
    /// The list of groups, and one group: also making, changing, resetting and deleting one.
    Groups,
    /// A group's history.
    GroupHistory,
    /// `POST /v1/groups/{id}/messages/stream`.
    GroupStream,
    /// `POST /v1/groups/{id}/messages`: whole answers.
    GroupWhole,
    /// Runs, their messages, and the list of them.
    Runs,
    /// `POST /v1/runs/{id}/stream`: a run that is followed again.
    RunStream,
}

impl On {
    /// Which of them a request is; none for a path that is none of ours.
    pub(crate) fn of(method: &Method, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_start_matches("/v1/").trim_end_matches('/').split('/').collect();
        match (parts.as_slice(), *method == Method::POST) {
            (["health"], _) => Some(Self::Health),
            (["agents"], _) => Some(Self::Agents),
            (["agents", _], _) => Some(Self::Agent),
            (["agents", _, "messages"], false) => Some(Self::History),
            (["agents", _, "core-memory", "blocks"], _) => Some(Self::Memory),
            (["agents", _, "messages"] | ["agents", _, "messages", "stream"], true) => Some(Self::Send),
            (["agents", _, "messages", "cancel"], true) => Some(Self::Cancel),
            (["conversations"] | ["conversations", _], _) => Some(Self::Conversations),
            (["conversations", _, "messages"], false) => Some(Self::ConversationHistory),
            (["conversations", _, "messages"], true) => Some(Self::ConversationSend),
            (["conversations", _, "cancel"], true) => Some(Self::Cancel),
            (["conversations", _, "stream"], true) => Some(Self::RunStream),
            (["groups"] | ["groups", _] | ["groups", _, "reset-messages"], _) => Some(Self::Groups),
            (["groups", _, "messages"], false) => Some(Self::GroupHistory),
            (["groups", _, "messages", "stream"], true) => Some(Self::GroupStream),
            (["groups", _, "messages"], true) => Some(Self::GroupWhole),
            (["runs", _, "stream"], true) => Some(Self::RunStream),
            (["runs", ..], _) => Some(Self::Runs),
            _ => None,
        }
    }
}

/// The faults that are set now.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<(On, Fault, Times)>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    Once,
    UntilCleared,
}

impl Faults {
    pub(crate) fn set(&self, on: On, fault: Fault, times: Times) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((on, fault, times));
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What strikes this request; what strikes once is gone afterwards.
    pub(crate) fn strike(&self, on: Option<On>) -> Vec<Fault> {
        let mut struck = Vec::new();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(place, fault, times)| {
            let strikes = *place == On::Any || Some(*place) == on;
            if strikes {
                struck.push(fault.clone());
            }
            !strikes || *times == Times::UntilCleared
        });
        struck
    }
}
