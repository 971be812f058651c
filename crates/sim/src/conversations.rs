//! Further conversations of an agent: making, listing, naming and deleting them, reading and stopping them. What is said in them is
//! `send`, following a run again is `runs`.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    entity, fault,
    heard::decode,
    http::{self, Pairs, Shared, Struck, detail, invalid, missing},
    ids,
    page::{self, Page},
    runs, send,
    wire::{Body, Message},
    world::{Conversation, Place, Row, RunStatus, State as Everything, World},
};

const NO_RUNS: &str = "INVALID_ARGUMENT: No active runs found for this conversation.";

/// Adds the routes of servers that have conversations.
pub(crate) fn routes(router: Router<Arc<World>>) -> Router<Arc<World>> {
    router
        .route("/v1/conversations/", get(list).post(create))
        .route("/v1/conversations/{id}", get(one).patch(name).delete(delete))
        .route("/v1/conversations/{id}/messages", get(messages).post(say))
        .route("/v1/conversations/{id}/stream", post(follow))
        .route("/v1/conversations/{id}/cancel", post(cancel))
}

fn value<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn shown(state: &mut Everything, conversation: &Conversation) -> Value {
    let rows = &state.thread(&conversation.place()).rows;
    entity::conversation(conversation, rows.iter().map(|row| row.id.as_str()).collect())
}

/// The talk that a path names: a conversation, or an agent's own as `default` with an `agent_id`, or by the agent's id in place of a
/// conversation's (recordings 0.16.8/conversation-default, conversation-by-agent-id).
fn place(state: &Everything, id: &str, agent: Option<&str>) -> Option<Place> {
    let own = if id == "default" { agent } else { Some(id).filter(|id| id.starts_with("agent-")) };
    match own {
        Some(agent) => state.agent(agent).map(|agent| Place::Agent(agent.id.clone())),
        None => state.conversation(id).map(Conversation::place),
    }
}

/// `GET /v1/conversations/?agent_id=&summary_search=&order=&order_by=`.
async fn list(State(world): Shared, Query(query): Pairs) -> Response {
    let agent = value(&query, "agent_id");
    if agent.is_none() && world.settings.conversations_need_agent() {
        return invalid("[{'type': 'missing', 'loc': ('query', 'agent_id'), 'msg': 'Field required', 'input': None}]");
    }
    let search = value(&query, "summary_search").map(str::to_lowercase);
    let found = |conversation: &Conversation| match (&search, &conversation.summary) {
        (None, _) => true,
        (Some(wanted), Some(summary)) => summary.to_lowercase().contains(wanted),
        (Some(_), None) => false,
    };
    let mut state = world.state();
    let mut chosen: Vec<Conversation> = state
        .conversations
        .iter()
        .filter(|conversation| agent.is_none_or(|agent| conversation.agent == agent) && found(conversation))
        .cloned()
        .collect();
    if value(&query, "order_by").is_some_and(|by| by != "created_at") {
        chosen.sort_by_key(|conversation| conversation.last_message);
    }
    let page = page::list(&chosen, |conversation| &conversation.id, &Page::of(&query), 50);
    Json(page.into_iter().map(|conversation| shown(&mut state, conversation)).collect::<Vec<_>>()).into_response()
}

/// `POST /v1/conversations/?agent_id=`, with or without `{"summary"}`.
async fn create(State(world): Shared, Query(query): Pairs, body: Bytes) -> Response {
    let Some(agent) = value(&query, "agent_id") else {
        return invalid("[{'type': 'missing', 'loc': ('query', 'agent_id'), 'msg': 'Field required', 'input': None}]");
    };
    let mut state = world.state();
    let Some(agent) = state.agent(agent).map(|agent| agent.id.clone()) else { return http::no_agent(&world, agent) };
    let at = Timestamp::now();
    let conversation = Conversation {
        id: ids::fresh("conv"),
        agent,
        summary: summary(&body),
        created: at,
        updated: at,
        last_message: None,
    };
    let answer = entity::conversation(&conversation, Vec::new());
    let prompt = Message {
        id: ids::fresh("message"),
        date: ids::date(at),
        name: None,
        message_type: "system_message",
        otid: None,
        sender_id: None,
        step_id: None,
        is_err: None,
        seq_id: None,
        run_id: None,
        body: Body::Words { content: "Scripted answers, no model.".to_owned() },
    };
    state.store(&conversation.place(), [Row::of(prompt)]);
    state.conversations.push(conversation);
    Json(answer).into_response()
}

fn summary(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("summary").and_then(Value::as_str).map(str::to_owned)
}

async fn one(State(world): Shared, Path(id): Path<String>) -> Response {
    let mut state = world.state();
    let Some(conversation) = state.conversation(&id).cloned() else { return missing("Conversation", &id) };
    Json(shown(&mut state, &conversation)).into_response()
}

/// `PATCH {"summary"}`: a new name.
async fn name(State(world): Shared, Path(id): Path<String>, body: Bytes) -> Response {
    let mut state = world.state();
    let Some(found) = state.conversations.iter_mut().find(|conversation| conversation.id == id) else {
        return missing("Conversation", &id);
    };
    found.summary = summary(&body).or(found.summary.take());
    found.updated = Timestamp::now();
    let conversation = found.clone();
    Json(shown(&mut state, &conversation)).into_response()
}

/// Gone, with what was said in it.
async fn delete(State(world): Shared, Path(id): Path<String>) -> Response {
    let mut state = world.state();
    let Some(at) = state.conversations.iter().position(|conversation| conversation.id == id) else {
        return missing("Conversation", &id);
    };
    state.conversations.remove(at);
    Json(Value::Null).into_response()
}

/// A conversation's history is really in the asked order; an agent's own is ascending here too (recording
/// 0.16.8/conversation-default-list).
async fn messages(State(world): Shared, Path(id): Path<String>, Query(query): Pairs) -> Response {
    let mut state = world.state();
    let Some(place) = place(&state, &id, value(&query, "agent_id")) else { return missing("Conversation", &id) };
    let rows = &state.thread(&place).rows;
    let page = Page::of(&query);
    match place.conversation() {
        None => http::page_of(page::history(rows, &page), &format!("conversation '{id}'")),
        Some(_) => {
            let rows = page::conversation(rows, &page);
            Json(rows.into_iter().flat_map(|row| &row.messages).collect::<Vec<_>>()).into_response()
        }
    }
}

/// `POST …/messages`: streams unless `streaming` is false. With Redis one request at a time (recording
/// 0.16.8/conversation-busy-second).
async fn say(
    State(world): Shared,
    Path(id): Path<String>,
    Extension(struck): Extension<Struck>,
    body: Bytes,
) -> Response {
    let letter = match decode(&body) {
        Ok(letter) => letter,
        Err(problem) => return invalid(problem),
    };
    let (place, agent, busy) = {
        let state = world.state();
        let Some(place) = place(&state, &id, letter.agent.as_deref()) else { return missing("Conversation", &id) };
        let Some(agent) = place.agent().and_then(|agent| state.agent(agent)).cloned() else {
            return missing("Conversation", &id);
        };
        let under_way = state.runs.iter().find(|run| run.place == place && run.status == RunStatus::Running);
        let busy = under_way.filter(|_| world.settings.redis.is_some()).map(|run| fault::busy_body(&run.id));
        (place, agent, busy)
    };
    if let Some(busy) = busy {
        return (StatusCode::CONFLICT, Json(busy)).into_response();
    }
    send::agent_run(&world, &agent, place, struck, &body, letter.streaming.unwrap_or(true)).await
}

/// `POST …/stream`: follows the run that is under way here, or the one that the body names.
async fn follow(
    State(world): Shared,
    Path(id): Path<String>,
    Extension(struck): Extension<Struck>,
    body: Bytes,
) -> Response {
    if world.settings.redis.is_none() {
        return detail(StatusCode::SERVICE_UNAVAILABLE, runs::NO_REDIS);
    }
    let asked: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    let run = {
        let state = world.state();
        let Some(place) = place(&state, &id, text("agent_id")) else { return missing("Conversation", &id) };
        let under_way = || state.runs.iter().rfind(|run| run.place == place && run.status == RunStatus::Running);
        let run = match (text("run_id"), text("otid")) {
            (Some(run), _) => state.run(run),
            (None, Some(otid)) => state.runs.iter().rfind(|run| run.otid.as_deref() == Some(otid)),
            (None, None) => under_way(),
        };
        run.map(|run| run.id.clone())
    };
    let Some(run) = run else { return detail(StatusCode::BAD_REQUEST, NO_RUNS) };
    let body = if asked.is_object() { body } else { Bytes::from_static(b"{}") };
    runs::stream(State(world), Path(run), Extension(struck), body).await
}

/// `POST …/cancel`: what is under way here.
async fn cancel(State(world): Shared, Path(id): Path<String>, Query(query): Pairs) -> Response {
    let state = world.state();
    let Some(place) = place(&state, &id, value(&query, "agent_id")) else { return missing("Conversation", &id) };
    let stopped: Map<String, Value> = state
        .runs
        .iter()
        .filter(|run| run.place == place && run.status == RunStatus::Running)
        .map(|run| {
            run.cancel.cancel();
            (run.id.clone(), json!("cancelled"))
        })
        .collect();
    if stopped.is_empty() {
        let agent = place.agent().unwrap_or_default();
        return detail(StatusCode::CONFLICT, format!("CONFLICT: No active runs to cancel for agent {agent}"));
    }
    Json(stopped).into_response()
}
