//! The routes: which exist, who may ask, what strikes before an answer, and what is only read of agents. Groups are `groups`, what is
//! said to agents and groups is `send`.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    Fault, On, conversations,
    entity::{self, AgentEntity},
    groups, ids, ledger,
    page::{self, NoSuchMessage, Page},
    runs, send,
    settings::GroupPosts,
    stop,
    wire::Message,
    world::{Agent, Place, Row, State as Everything, World},
};

/// A message of 1 MB typed is 1 MB; images of ten pictures stay below this.
const LARGEST_REQUEST: usize = 256 << 20;

pub(crate) type Shared = State<Arc<World>>;
pub(crate) type Pairs = Query<Vec<(String, String)>>;

/// The faults that strike a request's answer on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Struck(pub(crate) Vec<Fault>);

pub(crate) fn router(world: Arc<World>) -> Router {
    let mut router = Router::new()
        .route("/v1/health/", get(health))
        .route("/v1/agents/", get(agents))
        .route("/v1/agents/{id}", get(agent))
        .route("/v1/agents/{id}/tools", get(tools))
        .route("/v1/agents/{id}/core-memory/blocks", get(blocks))
        .route("/v1/agents/{id}/messages", get(history).post(send::to_agent_whole))
        .route("/v1/agents/{id}/messages/stream", post(send::to_agent))
        .route("/v1/agents/{id}/messages/cancel", post(stop::cancel))
        .route("/v1/runs/", get(runs::list))
        .route("/v1/runs/{id}", get(runs::one))
        .route("/v1/runs/{id}/messages", get(runs::messages))
        .route("/v1/runs/{id}/usage", get(runs::usage))
        .route("/v1/runs/{id}/steps", get(runs::steps))
        .route("/v1/runs/{id}/stream", post(runs::stream));
    if world.settings.has_conversations() {
        router = conversations::routes(router);
    }
    for path in ["/v1/health", "/v1/agents", "/v1/runs", "/v1/groups"] {
        router = router.route(path, get(with_slash).post(with_slash));
    }
    if world.settings.groups {
        router = groups::routes(router);
    }
    router
        .fallback(async || detail(StatusCode::NOT_FOUND, "Not Found"))
        .method_not_allowed_fallback(async || detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"))
        .layer(middleware::from_fn_with_state(Arc::clone(&world), gate))
        .with_state(world)
}

/// `{"detail": "…"}`.
pub(crate) fn detail(status: StatusCode, text: impl Into<String>) -> Response {
    (status, Json(json!({"detail": text.into()}))).into_response()
}

/// Every request passes here: it is noted, its key is looked at, and what was ordered strikes it.
async fn gate(State(world): Shared, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_REQUEST).await else {
        return detail(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large");
    };
    note(&world, &parts, &bytes);
    let path = parts.uri.path();
    if let Some(key) = &world.settings.key
        && !matches!(path, "/v1/health/" | "/v1/health")
        && !authorized(&parts.headers, key)
    {
        return named(detail(StatusCode::UNAUTHORIZED, "Unauthorized"));
    }
    let struck = world.faults.strike(On::of(&parts.method, path));
    if let Some(response) = instead(&struck).await {
        return named(response);
    }
    let mut request = Request::from_parts(parts, Body::from(bytes));
    request.extensions_mut().insert(Struck(struck));
    named(next.run(request).await)
}

fn note(world: &World, parts: &axum::http::request::Parts, bytes: &[u8]) {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    world.ledger.note(ledger::Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or("").to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: serde_json::from_slice(bytes).unwrap_or(Value::Null),
        ms: world.ledger.ms(),
    });
}

fn authorized(headers: &HeaderMap, key: &str) -> bool {
    let is = |name: &str, wanted: &str| headers.get(name).is_some_and(|value| value.as_bytes() == wanted.as_bytes());
    is("authorization", &format!("Bearer {key}")) || is("x-bare-password", &format!("password {key}"))
}

/// The answer that a fault gives instead of the route's own. Silence never returns.
pub(crate) async fn instead(faults: &[Fault]) -> Option<Response> {
    for fault in faults {
        match fault {
            Fault::Status { status, body, retry_after } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let mut response = (status, Json(body)).into_response();
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
                }
                return Some(response);
            }
            Fault::Page { status, html } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
                return Some((status, [(header::CONTENT_TYPE, "text/html")], html.clone()).into_response());
            }
            Fault::Redirect { status, to } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::TEMPORARY_REDIRECT);
                return Some((status, [(header::LOCATION, to.clone())]).into_response());
            }
            Fault::Silence => std::future::pending::<()>().await,
            Fault::CutAfterBytes(_)
            | Fault::CutInLetter(_)
            | Fault::EndAfter(_)
            | Fault::Unterminated(_)
            | Fault::Drip(_)
            | Fault::LineEnds(_)
            | Fault::ContentType(_)
            | Fault::CutAfterEvent(_)
            | Fault::PauseBefore(..)
            | Fault::StallAfter(_)
            | Fault::NeverEnd
            | Fault::InsertAfter(..)
            | Fault::NoDone => {}
        }
    }
    None
}

fn named(mut response: Response) -> Response {
    response.headers_mut().insert(header::SERVER, HeaderValue::from_static("uvicorn"));
    response
}

/// 307 with an absolute address, as recorded (recording 0.16.8/agents-no-slash).
async fn with_slash(State(world): Shared, request: Request) -> Response {
    world.ledger.complain(format!("{} without its slash", request.uri().path()));
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    let location = format!("http://{host}{}/{query}", request.uri().path());
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response()
}

async fn health(State(world): Shared) -> Json<Value> {
    Json(json!({"version": world.settings.version, "status": "ok"}))
}

async fn agents(State(world): Shared, Query(query): Pairs) -> Response {
    if query.iter().any(|(key, value)| key == "include" && value.is_empty()) {
        return invalid(
            "[{'type': 'literal_error', 'loc': ('query', 'include', 0), 'msg': \"Input should be 'agent.blocks', …\"}]",
        );
    }
    let page = Page::of(&query);
    let mut state = world.state();
    let all = state.agents.clone();
    let chosen = page::list(&all, |agent| &agent.id, &page, 50);
    let listed: Vec<AgentEntity> = chosen.into_iter().map(|agent| shown(&world, &mut state, agent, &query)).collect();
    Json(listed).into_response()
}

async fn agent(State(world): Shared, Path(id): Path<String>, Query(query): Pairs) -> Response {
    let mut state = world.state();
    let Some(agent) = state.agent(&id).cloned() else {
        return no_agent(&world, &id);
    };
    Json(shown(&world, &mut state, &agent, &query)).into_response()
}

/// 0.11.7 tells all of an agent unasked, but not what waits.
fn shown(world: &World, state: &mut Everything, agent: &Agent, query: &[(String, String)]) -> AgentEntity {
    let old = world.settings.old_agents;
    let included = |what: &str| query.iter().any(|(key, value)| key == "include" && value == what);
    let thread = state.thread(&Place::Agent(agent.id.clone()));
    let waits = thread.pending.is_some();
    let pending =
        thread.pending.as_ref().filter(|_| included("agent.pending_approval")).map(|pending| &pending.request);
    let ids = thread.rows.iter().map(|row| row.id.as_str()).collect();
    let mut shown = entity::agent(agent, ids, pending, waits, old || included("agent.tools"));
    if old {
        shown.forget("pending_approval");
    }
    shown
}

async fn tools(State(world): Shared, Path(id): Path<String>) -> Response {
    let state = world.state();
    let Some(agent) = state.agent(&id) else { return no_agent(&world, &id) };
    Json(agent.tools.iter().map(entity::tool).collect::<Vec<_>>()).into_response()
}

async fn blocks(State(world): Shared, Path(id): Path<String>) -> Response {
    let state = world.state();
    let Some(agent) = state.agent(&id) else { return no_agent(&world, &id) };
    let old = world.settings.old_agents;
    Json(agent.blocks.iter().map(|block| entity::block(block, old)).collect::<Vec<_>>()).into_response()
}

/// 404, or for an id that can be none the refusal of this version.
pub(crate) fn no_agent(world: &World, id: &str) -> Response {
    if ids::is_well_formed("agent", id) {
        return detail(StatusCode::NOT_FOUND, format!("Agent with ID {id} not found"));
    }
    if world.settings.group_posts() == GroupPosts::Work {
        let text = format!("agent_id {id} is not in the valid format 'agent-<uuid4>'");
        return detail(StatusCode::BAD_REQUEST, text);
    }
    let detail = format!(
        "[{{'type': 'string_pattern_mismatch', 'loc': ('path', 'agent_id'), 'msg': \"String should match pattern \
         'agent-{{uuid4}}'\", 'input': '{id}'}}]"
    );
    let body = json!({"trace_id": "", "detail": detail, "examples": ["agent-123e4567-e89b-42d3-8456-426614174000"]});
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

pub(crate) fn invalid(text: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"trace_id": "", "detail": text}))).into_response()
}

/// 422 of 0.11.7, whose detail is a real list (recording 0.11.7/error-no-messages).
pub(crate) fn old_invalid() -> Response {
    let missing = json!({"type": "missing", "loc": ["body", "messages"], "msg": "Field required", "input": {}});
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"detail": [missing]}))).into_response()
}

/// What 0.11.7 says when it fails before it begins: nothing at all, but with a stream's name (recording
/// 0.11.7/approval-pending-user-message-steps-mg2).
pub(crate) fn old_failure() -> Response {
    let named = [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")];
    (StatusCode::INTERNAL_SERVER_ERROR, named).into_response()
}

async fn history(State(world): Shared, Path(id): Path<String>, Query(query): Pairs) -> Response {
    let mut state = world.state();
    if state.agent(&id).is_none() {
        return detail(StatusCode::NOT_FOUND, "Agent not found");
    }
    let whose = format!("agent '{id}'");
    // `default` is the agent's own talk, without it all conversations are mixed (recording 0.16.8/conversation-agent-list-filter).
    let rows = match query.iter().find(|(key, _)| key == "conversation_id").map(|(_, value)| value.as_str()) {
        // Where conversations are a liberty, the agent's list is its own talk, as that version's clients expect.
        None if world.settings.conversations => state.thread(&Place::Agent(id.clone())).rows.as_slice().into(),
        None => state.rows_of_agent(&id),
        Some("default") => state.thread(&Place::Agent(id.clone())).rows.as_slice().into(),
        Some(conversation) => {
            let place = Place::Conversation { agent: id.clone(), id: conversation.to_owned() };
            state.thread(&place).rows.as_slice().into()
        }
    };
    let mut page = Page::of(&query);
    // 0.11.7 knows no order: always the newest.
    page.ascending &= !world.settings.old_agents;
    page.limit = [page.limit, world.settings.rows_a_page].into_iter().flatten().min();
    page_of(page::history(&rows, &page), &whose)
}

pub(crate) fn page_of(rows: Result<&[Row], NoSuchMessage>, whose: &str) -> Response {
    match rows {
        Ok(rows) => {
            let messages: Vec<&Message> = rows.iter().flat_map(|row| &row.messages).collect();
            Json(messages).into_response()
        }
        Err(NoSuchMessage(cursor)) => {
            detail(StatusCode::NOT_FOUND, format!("No message found with id '{cursor}' for {whose}."))
        }
    }
}

/// Recording 0.16.8/group-get-unknown.
pub(crate) fn no_group(id: &str) -> Response {
    missing("Group", id)
}

pub(crate) fn missing(kind: &str, id: &str) -> Response {
    detail(
        StatusCode::NOT_FOUND,
        format!("{kind} not found with id='['{id}']', access level in ['read'] for actor='default_user'"),
    )
}
