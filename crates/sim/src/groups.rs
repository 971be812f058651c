//! Groups: listing, making, changing, resetting and deleting them, and reading what was said. What is said in them is `send`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, patch, post},
};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    entity,
    http::{Pairs, Shared, detail, invalid, no_group, old_invalid, page_of},
    ids,
    page::{self, Page},
    send,
    settings::GroupPosts,
    world::{Group, Place, State as Everything, World},
};

/// Adds the routes of servers that have groups.
pub(crate) fn routes(router: Router<Arc<World>>) -> Router<Arc<World>> {
    router
        .route("/v1/groups/", get(list).post(create))
        .route("/v1/groups/{id}", get(one).patch(change).delete(delete))
        .route("/v1/groups/{id}/reset-messages", patch(reset))
        .route("/v1/groups/{id}/messages", get(history).post(send::to_group_whole))
        .route("/v1/groups/{id}/messages/stream", post(send::to_group))
}

/// Which fields an entity has, and how a fault is told, are the version's.
fn is_old(world: &World) -> bool {
    world.settings.group_posts() == GroupPosts::Work
}

fn shown(world: &World, group: &Group) -> Value {
    entity::group(group, !is_old(world))
}

async fn list(State(world): Shared, Query(query): Pairs) -> Response {
    let state = world.state();
    let chosen = page::list(&state.groups, |group| &group.id, &Page::of(&query), 50);
    Json(chosen.into_iter().map(|group| shown(&world, group)).collect::<Vec<Value>>()).into_response()
}

async fn one(State(world): Shared, Path(id): Path<String>) -> Response {
    let state = world.state();
    let Some(group) = state.group(&id) else { return no_group(&id) };
    Json(shown(&world, group)).into_response()
}

/// Recordings 0.11.7/group-create-*.
async fn create(State(world): Shared, body: Bytes) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let (Some(agents), Some(description)) = (agents(&asked), asked["description"].as_str()) else {
        return if is_old(&world) {
            old_invalid()
        } else {
            invalid("[{'type': 'missing', 'loc': ('body', 'description')}]")
        };
    };
    let mut group = Group {
        id: ids::fresh("group"),
        description: description.to_owned(),
        members: agents,
        kind: kind(&asked).unwrap_or("round_robin").to_owned(),
        manager: None,
        max_turns: None,
        token: None,
        frequency: None,
    };
    if group.kind == "dynamic" {
        group.token = Some("DONE!".to_owned());
    }
    configure(&mut group, &asked);
    if group.manager.is_none() && group.kind != "round_robin" {
        return if is_old(&world) { old_invalid() } else { invalid("[{'loc': ('body', 'manager_config')}]") };
    }
    let mut state = world.state();
    if let Some(refused) = stranger(&state, &group) {
        return refused;
    }
    let answer = shown(&world, &group);
    state.groups.push(group);
    Json(answer).into_response()
}

/// Recordings 0.11.7/group-patch, group-patch-manager-type. What is null or empty stays as it was, and 0.11.7 answers 500 where the group
/// is gone.
async fn change(State(world): Shared, Path(id): Path<String>, body: Bytes) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let mut state = world.state();
    let Some(mut group) = state.group(&id).cloned() else {
        let mut gone = no_group(&id);
        if is_old(&world) {
            *gone.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        }
        return gone;
    };
    if kind(&asked).is_some_and(|kind| kind != group.kind) {
        let status = if is_old(&world) { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
        return detail(status, "Cannot change group pattern after creation");
    }
    if let Some(agents) = agents(&asked) {
        group.members = agents;
    }
    if let Some(description) = asked["description"].as_str().filter(|text| !text.is_empty()) {
        group.description = description.to_owned();
    }
    configure(&mut group, &asked);
    if let Some(refused) = stranger(&state, &group) {
        return refused;
    }
    let answer = shown(&world, &group);
    if let Some(kept) = state.groups.iter_mut().find(|kept| kept.id == id) {
        *kept = group;
    }
    Json(answer).into_response()
}

/// Recording 0.11.7/group-delete. Its members stay.
async fn delete(State(world): Shared, Path(id): Path<String>) -> Response {
    let mut state = world.state();
    let Some(at) = state.groups.iter().position(|group| group.id == id) else { return no_group(&id) };
    state.groups.remove(at);
    state.reset(&Place::Group(id.clone()));
    Json(json!({"message": format!("Group id={id} successfully deleted")})).into_response()
}

/// Recording 0.11.7/group-reset-messages.
async fn reset(State(world): Shared, Path(id): Path<String>) -> Response {
    let mut state = world.state();
    if state.group(&id).is_none() {
        return no_group(&id);
    }
    state.reset(&Place::Group(id));
    Json(Value::Null).into_response()
}

/// Of a group with a manager nothing can be read on 0.11.7 (recording 0.11.7/group-sup-list).
async fn history(State(world): Shared, Path(id): Path<String>, Query(query): Pairs) -> Response {
    if world.settings.group_posts() == GroupPosts::Broken {
        let text = "list_group_messages() got an unexpected keyword argument 'ascending'";
        return detail(StatusCode::INTERNAL_SERVER_ERROR, text);
    }
    let mut state = world.state();
    let Some(group) = state.group(&id) else { return no_group(&id) };
    if is_old(&world) && group.manager.is_some() {
        return detail(StatusCode::INTERNAL_SERVER_ERROR, "An internal server error occurred");
    }
    let thread = state.thread(&Place::Group(id.clone()));
    page_of(page::group_history(&thread.rows, &Page::of(&query)), &format!("group '{id}'"))
}

fn agents(asked: &Value) -> Option<Vec<String>> {
    let agents = asked["agent_ids"].as_array()?;
    Some(agents.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn kind(asked: &Value) -> Option<&str> {
    asked["manager_config"]["manager_type"].as_str()
}

fn configure(group: &mut Group, asked: &Value) {
    let config = &asked["manager_config"];
    let text = |name: &str| config[name].as_str().map(str::to_owned);
    group.manager = text("manager_agent_id").or(group.manager.take());
    group.token = text("termination_token").or(group.token.take());
    group.max_turns = config["max_turns"].as_u64().and_then(|turns| turns.try_into().ok()).or(group.max_turns);
    group.frequency = config["sleeptime_agent_frequency"].as_u64().or(group.frequency);
}

/// Recording 0.11.7/group-create-unknown-agent.
fn stranger(state: &Everything, group: &Group) -> Option<Response> {
    let unknown = group.members.iter().chain(&group.manager).find(|id| state.agent(id).is_none())?;
    let text = format!("Items not found in agents: {{'{unknown}'}}");
    Some(detail(StatusCode::INTERNAL_SERVER_ERROR, text))
}
