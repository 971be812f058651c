//! Stopping what an agent does: runs under way end, a request that waits is denied.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::{
    http::{self, detail},
    turn,
    world::{self, Place, Row, RunStatus, World},
};

/// `POST /v1/agents/{id}/messages/cancel`: the named runs, or all that are under way.
pub(crate) async fn cancel(State(world): State<Arc<World>>, Path(id): Path<String>, body: Bytes) -> Response {
    let mut state = world.state();
    if state.agent(&id).is_none() {
        return http::no_agent(&world, &id);
    }
    let wanted = wanted(&body);
    let said = if wanted.is_empty() { all(&mut state, &id) } else { named(&state, &id, wanted) };
    if said.is_empty() {
        return detail(StatusCode::CONFLICT, format!("CONFLICT: No active runs to cancel for agent {id}"));
    }
    Json(said).into_response()
}

fn wanted(body: &[u8]) -> Vec<String> {
    serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|body| body.get("run_ids").and_then(|ids| serde_json::from_value(ids.clone()).ok()))
        .unwrap_or_default()
}

/// One word per run (recordings 0.16.8/cancel-foreground-runids-request, cancel-unknown-run).
fn named(state: &world::State, agent: &str, runs: Vec<String>) -> Map<String, Value> {
    let stop = |id: String| {
        let known = state
            .run(&id)
            .filter(|run| run.agents.iter().any(|other| other == agent) && run.status == RunStatus::Running);
        if let Some(run) = known {
            run.cancel.cancel();
        }
        (id, json!(if known.is_some() { "cancelled" } else { "failed" }))
    };
    runs.into_iter().map(stop).collect()
}

/// The agent's own runs; only else a table it sits at, which has no route of its own to stop it; only else a request that waits.
fn all(state: &mut world::State, agent: &str) -> Map<String, Value> {
    for own in [true, false] {
        let under_way = |run: &&world::Run| {
            run.status == RunStatus::Running
                && run.agents.iter().any(|other| other == agent)
                && matches!(run.place, Place::Agent(_)) == own
        };
        let stopped: Map<String, Value> = state
            .runs
            .iter()
            .filter(under_way)
            .map(|run| {
                run.cancel.cancel();
                (run.id.clone(), json!("cancelled"))
            })
            .collect();
        if !stopped.is_empty() {
            return stopped;
        }
    }
    drop_request(state, agent).map(|run| (run, json!("cancelled"))).into_iter().collect()
}

/// A request that waits is stored as denied. Returns the run that had ended with it.
fn drop_request(state: &mut world::State, agent: &str) -> Option<String> {
    let place = state.waiting_place(agent, None)?;
    let thread = state.thread(&place);
    let pending = thread.pending.take()?;
    thread.decided.extend(pending.ids());
    thread.rows.extend(turn::dropped(&pending).into_iter().map(Row::of));
    state.cancelled(&pending.run);
    Some(pending.run)
}
