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
    world::{self, Row, RunStatus, World},
};

/// `POST /v1/agents/{id}/messages/cancel`: the named runs, or all that are under way.
pub(crate) async fn cancel(State(world): State<Arc<World>>, Path(id): Path<String>, body: Bytes) -> Response {
    let mut state = world.state();
    if state.agent(&id).is_none() {
        return http::no_agent(&world, &id);
    }
    let (wanted, old) = (wanted(&body), world.settings.old_agents);
    let said = if wanted.is_empty() {
        all(&mut state, &id, world.settings.redis.is_some(), old)
    } else {
        named(&mut state, &id, wanted, old)
    };
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

/// One word per run: an unknown one has failed, one that is over is cancelled without any effect (recordings
/// 0.16.8/cancel-foreground-runids-request, cancel-unknown-run; source of 0.16.8: `RunManager.cancel_run`).
fn named(state: &mut world::State, agent: &str, runs: Vec<String>, old: bool) -> Map<String, Value> {
    let mut said = Map::new();
    for id in runs {
        let known = state.run(&id).filter(|run| run.agents.iter().any(|other| other == agent));
        let word = if known.is_some() { "cancelled" } else { "failed" };
        match known {
            // 0.11.7 says so and goes on (recordings 0.11.7/cancel-request-mg2, cancel-stream-mg2).
            Some(_) if old => {}
            Some(run) if run.status == RunStatus::Running => run.cancel.cancel(),
            Some(run) if run.stop_reason.as_deref() == Some("requires_approval") => {
                drop_request(state, agent);
            }
            Some(_) | None => {}
        }
        said.insert(id, json!(word));
    }
    said
}

/// The agent's own runs; only else a table it sits at, which has no route of its own to stop it; only else a request that waits.
/// With Redis the latest run is looked up there, over or not.
fn all(state: &mut world::State, agent: &str, redis: bool, old: bool) -> Map<String, Value> {
    for own in [true, false] {
        let under_way = |run: &&world::Run| {
            (run.status == RunStatus::Running || redis && own)
                && run.agents.iter().any(|other| other == agent)
                && run.place.agent().is_some() == own
        };
        let found: Vec<String> = state
            .runs
            .iter()
            .rev()
            .filter(under_way)
            .take(if redis { 1 } else { usize::MAX })
            .map(|run| run.id.clone())
            .collect();
        if !found.is_empty() {
            return named(state, agent, found, old);
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
    state.store(&place, turn::dropped(&pending).into_iter().map(Row::of));
    state.cancelled(&pending.run);
    Some(pending.run)
}
