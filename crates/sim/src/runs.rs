//! Runs: which there are, what they said, and following one in the background from any of its events on.

use axum::{
    Extension, Json,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    body, entity,
    http::{Pairs, Shared, Struck, detail, missing},
    ids,
    page::{self, Page},
    tape::Reader,
    wire::Message,
    world::RunStatus,
};

/// So long a run in the background can be followed again (source of 0.16.8; never recorded).
const KEPT: SignedDuration = SignedDuration::from_hours(3);

pub(crate) const NO_REDIS: &str = "Background streaming requires Redis to be running. Please ensure Redis is properly configured. \
                        LETTA_REDIS_HOST: None, LETTA_REDIS_PORT: 6379";
const FOREGROUND: &str = "INVALID_ARGUMENT: Run was not created in background mode, so it cannot be retrieved.";
const EXPIRED: &str = "EXPIRED: Run was created more than 3 hours ago, and is now expired.";

/// `GET /v1/runs/?agent_id=&statuses=&active=&background=…`.
pub(crate) async fn list(State(world): Shared, Query(query): Pairs) -> Response {
    let wanted = |name: &str| -> Vec<&str> {
        query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    };
    let (agents, statuses) = (wanted("agent_id"), wanted("statuses"));
    let conversations = wanted("conversation_id");
    let (active, background) = (wanted("active"), wanted("background"));
    let state = world.state();
    let chosen: Vec<_> = state
        .runs
        .iter()
        .filter(|run| agents.is_empty() || run.agents.iter().any(|agent| agents.contains(&agent.as_str())))
        .filter(|run| statuses.is_empty() || statuses.contains(&run.status.word()))
        .filter(|run| conversations.is_empty() || run.place.conversation().is_some_and(|id| conversations == [id]))
        .filter(|run| active != ["true"] || run.status == RunStatus::Running)
        .filter(|run| background.is_empty() || background == [if run.background { "true" } else { "false" }])
        .cloned()
        .collect();
    let page = page::list(&chosen, |run| &run.id, &Page::of(&query), 100);
    Json(page.into_iter().map(entity::run).collect::<Vec<Value>>()).into_response()
}

/// `GET /v1/runs/{id}`.
pub(crate) async fn one(State(world): Shared, Path(id): Path<String>) -> Response {
    let state = world.state();
    let Some(run) = state.run(&id) else { return missing("Run", &id) };
    Json(entity::run(run)).into_response()
}

/// `GET /v1/runs/{id}/usage`: the tokens, without the number of steps (recording 0.16.8/run-usage).
pub(crate) async fn usage(State(world): Shared, Path(id): Path<String>) -> Response {
    let state = world.state();
    let Some(run) = state.run(&id) else { return missing("Run", &id) };
    let (completion, prompt) = run.used.as_ref().map_or((0, 0), |used| (used.completion_tokens, used.prompt_tokens));
    Json(json!({
        "completion_tokens": completion,
        "prompt_tokens": prompt,
        "total_tokens": completion + prompt,
        "prompt_tokens_details": null,
        "completion_tokens_details": null,
    }))
    .into_response()
}

/// `GET /v1/runs/{id}/steps` (recording 0.16.8/run-steps, of which nothing but the number and the ids is told here).
pub(crate) async fn steps(State(world): Shared, Path(id): Path<String>) -> Response {
    let state = world.state();
    let Some(run) = state.run(&id) else { return missing("Run", &id) };
    let steps = run.used.as_ref().map_or(0, |used| used.step_count);
    Json((0..steps).map(|_| json!({"id": ids::fresh("step"), "run_id": id})).collect::<Vec<Value>>()).into_response()
}

/// `GET /v1/runs/{id}/messages`: what the user said, and what came of it, oldest first (recording 0.16.8/run-messages).
pub(crate) async fn messages(State(world): Shared, Path(id): Path<String>) -> Response {
    let mut state = world.state();
    let Some(place) = state.run(&id).map(|run| run.place.clone()) else { return missing("Run", &id) };
    let rows = &state.thread(&place).rows;
    let of_run = |message: &&Message| message.run_id.as_deref() == Some(id.as_str());
    Json(rows.iter().flat_map(|row| &row.messages).filter(of_run).collect::<Vec<_>>()).into_response()
}

#[derive(Deserialize)]
struct Again {
    #[serde(default)]
    starting_after: usize,
    #[serde(default = "yes")]
    include_pings: bool,
}

fn yes() -> bool {
    true
}

/// `POST /v1/runs/{id}/stream`. Refusals as recorded: 0.16.8/foreground-run-stream, noredis-async-stream, run-stream-no-body.
pub(crate) async fn stream(
    State(world): Shared,
    Path(id): Path<String>,
    Extension(struck): Extension<Struck>,
    body: Bytes,
) -> Response {
    let reader = {
        let state = world.state();
        let Some(run) = state.run(&id) else { return missing("Run", &id) };
        let Ok(again) = serde_json::from_slice::<Again>(&body) else {
            world.ledger.complain(format!("the stream of {id} was asked for without a body"));
            return detail(StatusCode::INTERNAL_SERVER_ERROR, "An unknown error occurred");
        };
        if !run.background {
            return detail(StatusCode::BAD_REQUEST, FOREGROUND);
        }
        if Timestamp::now().duration_since(run.created) > KEPT {
            return detail(StatusCode::GONE, EXPIRED);
        }
        let Some(tape) = state.tapes.get(&id).filter(|_| world.settings.redis.is_some()) else {
            return detail(StatusCode::SERVICE_UNAVAILABLE, NO_REDIS);
        };
        (Reader::after(tape.clone(), again.starting_after), again.include_pings)
    };
    let (reader, pings) = reader;
    let ping_every = pings.then_some(world.settings.ping_every);
    body::resuming(reader, id, struck.0, ping_every).await
}
