//! Saying something and answering a request for approval: the request bodies, today's and the older ones, and the ways around
//! what a server cannot do. What comes then is `turn`.

use std::{sync::atomic::Ordering, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{AgentId, Decision, ToolCallId};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Client, Extras, answer::content_type, lists::segment, threads::path};
use crate::{Error, Payload, Turn};

/// No answer for this long: ask whether the server is still there. Until the first words a server may keep even its status to
/// itself (0.11.7), and whole answers of a group take as long as all its members.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest wait for a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// Whom to talk to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// An agent's main thread.
    Agent(AgentId),
    /// A group that the server leads (`group-…`).
    Group(String),
    /// A conversation of an agent beside its main thread.
    Thread {
        /// Whose.
        agent: AgentId,
        /// Letta's `conv-…`.
        id: String,
    },
}

/// How finely an answer comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Token by token.
    #[default]
    Tokens,
    /// Message by message, each after its tools ran. For 0.11.7 where a tool may ask for approval: there the request is lost
    /// between tokens (0.11.7/approval-request-tokens-mg2). See [`crate::Abilities::mode`].
    Steps,
}

/// One message of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What. Empty only where pictures go along.
    pub text: String,
    /// Pictures that go along, in order.
    pub images: Vec<Payload>,
    /// Ours, a UUID: history gives it back, so that the row shown at once and the stored message are the same.
    pub otid: String,
    /// How finely the answer comes.
    pub mode: Mode,
    /// What else is asked for.
    pub extras: Extras,
}

/// The decisions on one request for approval: all its calls, in one answer (the server refuses parts).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The `approval_request_message` (`message-…`).
    pub request: String,
    /// One for each call that waits for the user.
    pub decisions: Vec<(ToolCallId, Decision)>,
    /// Calls of tools that belong to a client and that nobody ran, with what the agent is told instead of a return: an error.
    pub not_run: Vec<(ToolCallId, String)>,
    /// How finely what follows comes.
    pub mode: Mode,
    /// What else is asked for.
    pub extras: Extras,
}

/// The two generations of the message's shape.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `content`.
    Content,
    /// `text`, before 0.6.15.
    Text,
}

impl Client {
    /// Says something. The turn is returned when the server begins to answer; dropping it closes the connection, the server goes on.
    /// Never sent twice: only a request that the server refused as a whole is tried in another shape or on another route.
    pub async fn say(&self, target: &Target, words: &Words) -> Result<Turn, Error> {
        if words.text.trim().is_empty() && words.images.is_empty() {
            return Err(Error::Invalid { why: "There is nothing to send.".to_owned(), details: String::new() });
        }
        match self.say_as(target, words, Shape::Content).await {
            Err(Error::Invalid { details, .. }) if wants_text(&details) => {
                if !words.images.is_empty() {
                    let why = "This server is too old to take images.".to_owned();
                    return Err(Error::Invalid { why, details });
                }
                self.say_as(target, words, Shape::Text).await
            }
            other => other,
        }
    }

    async fn say_as(&self, target: &Target, words: &Words, shape: Shape) -> Result<Turn, Error> {
        match target {
            Target::Agent(agent) => {
                let path = format!("v1/agents/{}/messages/stream", segment(agent.as_str()));
                let response = self.post_to_agent(&path, spoken(words, shape)).await?;
                Turn::of_agent(self.clone(), response).await
            }
            Target::Thread { id, .. } => {
                let mut body = spoken(words, shape);
                body["streaming"] = Value::Bool(true);
                let response = self.post_to_agent(&path(id, "/messages"), body).await?;
                Turn::of_agent(self.clone(), response).await
            }
            Target::Group(group) => {
                let path = format!("v1/groups/{}/messages", segment(group));
                let stream = self.post(&format!("{path}/stream"), &spoken(words, shape)).await;
                let refusal = match stream {
                    Ok(response) => return Turn::of_group(self.clone(), response).await,
                    Err(error) if has_no_stream(&error) => error,
                    Err(error) => return Err(error),
                };
                let mut whole = json!({ "messages": [message(words, shape)] });
                words.extras.put_into(&mut whole);
                match self.post(&path, &whole).await {
                    Ok(response) => Turn::of_group(self.clone(), response).await,
                    Err(error) => Err(closed(&refusal, error)),
                }
            }
        }
    }

    /// Answers a request for approval; what follows is a new turn. Never send the same decision twice on your own: 0.16.8 takes
    /// the second one for something to talk about (0.16.8/approval-approve-again-steps-v1).
    pub async fn decide(&self, agent: &AgentId, answer: &Answer) -> Result<Turn, Error> {
        let path = format!("v1/agents/{}/messages/stream", segment(agent.as_str()));
        let response = self.post_to_agent(&path, decided(answer)?).await?;
        Turn::of_agent(self.clone(), response).await
    }

    /// The same for a request that stands in a conversation beside the main thread.
    pub async fn decide_in_thread(&self, thread: &str, answer: &Answer) -> Result<Turn, Error> {
        let mut body = decided(answer)?;
        body["streaming"] = Value::Bool(true);
        let response = self.post_to_agent(&path(thread, "/messages"), body).await?;
        Turn::of_agent(self.clone(), response).await
    }

    /// The same for a request that stands in a group, so that the group goes on after it. No real server knows this (0.11.7 runs
    /// the tool unasked, later ones have no groups): one that refuses it is asked at the member's own route instead.
    pub async fn decide_in_group(&self, group: &str, answer: &Answer) -> Result<Turn, Error> {
        let path = format!("v1/groups/{}/messages/stream", segment(group));
        let response = self.post(&path, &decided(answer)?).await?;
        Turn::of_group(self.clone(), response).await
    }

    /// The same to an agent, in the background where that is wanted. A server that cannot refuses the request as a whole, before it
    /// looks at the message (0.16.8/noredis-background): then, and only then, it goes once more, plainly.
    async fn post_to_agent(&self, path: &str, mut body: Value) -> Result<Response, Error> {
        if self.asks_for_background() {
            body["background"] = Value::Bool(true);
            match self.post(path, &body).await {
                Err(error) if lacks_redis(&error) => {
                    self.inner.no_background.store(true, Ordering::Relaxed);
                    body["background"] = Value::Bool(false);
                }
                other => return other,
            }
        }
        self.post(path, &body).await
    }

    /// Sends and waits for the head of the answer, for as long as the server shows signs of life.
    async fn post(&self, path: &str, body: &Value) -> Result<Response, Error> {
        let response = self.patiently(self.request(Method::POST, path).json(body)).await?;
        // A stream that fails before its first event has status 500 and is a stream all the same (0.11.7/llm-error-500-tokens-mg2).
        if response.status().is_server_error() && content_type(&response).starts_with("text/event-stream") {
            return Ok(response);
        }
        self.fine(response).await
    }

    async fn patiently(&self, request: RequestBuilder) -> Result<Response, Error> {
        let sending = request.send();
        tokio::pin!(sending);
        let mut silent = 0;
        loop {
            if let Ok(sent) = timeout(PATIENCE, &mut sending).await {
                return sent.map_err(|error| self.failed(&error));
            }
            match self.is_alive().await {
                Ok(()) => silent = 0,
                Err(error) if silent > 0 => return Err(error),
                Err(_) => silent += 1,
            }
        }
    }

    /// Whether the server still answers anything.
    pub(crate) async fn is_alive(&self) -> Result<(), Error> {
        let silent = Error::Timeout { server: self.address().label(), after: SIGN_OF_LIFE };
        timeout(SIGN_OF_LIFE, self.health()).await.unwrap_or(Err(silent)).map(|_| ())
    }
}

/// The decisions in the body.
fn approval(answer: &Answer) -> Result<Value, Error> {
    if answer.decisions.is_empty() && answer.not_run.is_empty() {
        return Err(Error::Invalid { why: "There is nothing to decide.".to_owned(), details: String::new() });
    }
    let decided = answer.decisions.iter().map(|(call, decision)| {
        json!({
            "type": "approval",
            "tool_call_id": call.as_str(),
            "approve": decision.approve,
            "reason": decision.reason,
        })
    });
    // Recording 0.16.8/client-tool-return-steps.
    let not_run = answer.not_run.iter().map(|(call, why)| {
        json!({
            "type": "tool",
            "tool_call_id": call.as_str(),
            "tool_return": why,
            "status": "error",
            "stdout": [],
            "stderr": [],
        })
    });
    let mut message = json!({ "type": "approval", "approvals": decided.chain(not_run).collect::<Vec<Value>>() });
    // Both forms at once: the only shape that every agent type and version understood (0.16.8/approval-bothforms-*). The older one
    // has one word for all calls, which is never a yes to what was denied; and none for what nobody decided.
    if let Some((_, first)) = answer.decisions.first() {
        let refused = answer.decisions.iter().find(|(_, decision)| !decision.approve);
        let approve = refused.is_none() && answer.not_run.is_empty();
        message["approve"] = json!(approve);
        message["approval_request_id"] = json!(answer.request);
        message["reason"] = json!(refused.map_or(&first.reason, |(_, decision)| &decision.reason));
    }
    Ok(message)
}

/// The user's message in the body.
fn message(words: &Words, shape: Shape) -> Value {
    match shape {
        Shape::Content => json!({ "role": "user", "content": content(words), "otid": words.otid }),
        Shape::Text => json!({ "role": "user", "text": words.text }),
    }
}

/// Words alone are a string, which every version takes; with pictures they are parts (recording 0.16.8/stream-image-base64).
fn content(words: &Words) -> Value {
    if words.images.is_empty() {
        return json!(words.text);
    }
    let text = (!words.text.trim().is_empty()).then(|| json!({ "type": "text", "text": words.text }));
    let images = words.images.iter().map(|image| {
        let data = STANDARD.encode(&image.bytes);
        json!({ "type": "image", "source": { "type": "base64", "media_type": image.media_type, "data": data } })
    });
    Value::Array(text.into_iter().chain(images).collect())
}

/// The body of a request that says something.
fn spoken(words: &Words, shape: Shape) -> Value {
    let mut body = streaming(message(words, shape), words.mode, shape);
    words.extras.put_into(&mut body);
    body
}

/// The body of a request that decides something.
fn decided(answer: &Answer) -> Result<Value, Error> {
    let mut body = streaming(approval(answer)?, answer.mode, Shape::Content);
    answer.extras.put_into(&mut body);
    Ok(body)
}

/// The frame of a request that streams.
fn streaming(message: Value, mode: Mode, shape: Shape) -> Value {
    let tokens = mode == Mode::Tokens;
    match shape {
        Shape::Content => json!({ "messages": [message], "stream_tokens": tokens, "include_pings": true }),
        // Before 0.6.15 the switch stood within `config` in the documents, beside it in the server.
        Shape::Text => json!({ "messages": [message], "stream_tokens": tokens, "config": { "stream_tokens": tokens } }),
    }
}

/// Whether a refusal says that `text` is missing, as servers before 0.6.15 do where `content` stands.
fn wants_text(details: &str) -> bool {
    let lower = details.to_ascii_lowercase();
    (lower.contains("\"text\"") || lower.contains("'text'"))
        && (lower.contains("missing") || lower.contains("required"))
}

/// Whether a refusal says that streams in the background want a Redis that is not there.
fn lacks_redis(error: &Error) -> bool {
    match error {
        Error::Unavailable { details, .. } | Error::Server { body: details, .. } | Error::Invalid { details, .. } => {
            details.contains("Background streaming requires Redis")
        }
        _ => false,
    }
}

/// Whether a refusal of a group's stream means that this server has no (working) route for it, so that asking for the whole
/// answer is worth a try and cannot say anything twice: 405 from 0.16.5 on, 500 at once from 0.12 to 0.16.2 (API differences,
/// recordings 0.16.8/group-rr-stream-steps), 404 without a name for what is missing.
fn has_no_stream(error: &Error) -> bool {
    match error {
        Error::Server { status: 405 | 500 | 501, .. } => true,
        Error::NotFound { details } => details.contains("\"Not Found\""),
        _ => false,
    }
}

/// Why a group cannot be talked to, from what both routes said.
fn closed(stream: &Error, whole: Error) -> Error {
    let missing = |error: &Error| {
        matches!(error, Error::Server { status: 405 | 501, .. }) || matches!(error, Error::NotFound { .. })
    };
    let details = || format!("{}\n{}", stream.details(), whole.details());
    if missing(stream) && missing(&whole) {
        return Error::NoGroups { why: crate::probe::GROUPS_GONE.to_owned(), details: details() };
    }
    match whole {
        Error::Server { status: 500, .. } => {
            Error::NoGroups { why: crate::probe::GROUPS_BROKEN.to_owned(), details: details() }
        }
        other => other,
    }
}
