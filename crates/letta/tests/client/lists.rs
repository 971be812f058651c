//! Headers, prefix, pages of lists, redirects and dead connections.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Path, Query},
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
    routing::get,
};
use letta::{Client, Error, Page};
use model::{AgentId, Pattern, Way};
use secrecy::SecretString;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::standin::{self, StandIn};

#[derive(serde::Deserialize)]
struct Cursor {
    after: Option<String>,
    limit: usize,
}

/// A list of agents, newest first, at most `cap` a page whatever is asked for.
fn agents(count: usize, cap: usize) -> Router {
    let page = move |Query(cursor): Query<Cursor>| async move {
        let id = |n: usize| format!("agent-{n:04}");
        let from = cursor.after.map_or(0, |after| (0..count).position(|n| id(n) == after).unwrap() + 1);
        let page: Vec<_> = (from..count)
            .take(cursor.limit.min(cap))
            .map(|n| json!({ "id": id(n), "name": format!("A{n}") }))
            .collect();
        standin::json(200, json!(page).to_string())
    };
    Router::new().route("/letta/v1/agents/", get(page))
}

#[tokio::test]
async fn all_pages_are_fetched_below_the_prefix_with_the_right_headers() {
    for (count, cap) in [(0, 50), (1, 50), (50, 50), (233, 50), (233, 1000)] {
        let server = StandIn::serving(agents(count, cap)).await;
        let client = Client::new(&format!("{}/letta/", server.base()), Some(SecretString::from(" sk-1234\n"))).unwrap();
        let found = client.agents().await.unwrap();
        assert_eq!(found.len(), count);
        assert!(found.iter().enumerate().all(|(n, agent)| agent.name == format!("A{n}")), "in the server's order");
        for asked in server.asked() {
            assert!(asked.path.starts_with("/letta/v1/agents/?"), "with its slash: {}", asked.path);
            assert!(asked.path.contains("include=agent.tags") && !asked.path.contains("pending"), "{}", asked.path);
            assert_eq!(asked.header("authorization"), Some("Bearer sk-1234"));
            assert_eq!(asked.header("x-stainless-package-version"), Some("1.0.0"));
            assert!(asked.header("user-agent").unwrap().starts_with("tertulia/"));
            assert_eq!(asked.header("accept-encoding"), None);
        }
    }
}

#[tokio::test]
async fn a_list_that_repeats_itself_ends() {
    let same = || async { standin::json(200, r#"[{"id":"agent-1"},{"id":"agent-2"}]"#) };
    let server = StandIn::serving(Router::new().route("/v1/agents/", get(same))).await;
    assert_eq!(server.client().agents().await.unwrap().len(), 2);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn agents_tell_what_the_sidebar_needs() {
    let list = |Query(cursor): Query<Cursor>| async move {
        let page = json!([
            {"id": "agent-1", "name": "Ada", "description": null, "tags": ["tea"], "metadata": {"hue": 3}, "agent_type": "letta_v1_agent",
             "updated_at": "2026-11-20T22:46:52.733946Z", "last_run_completion": "2026-11-20T22:46:52.733946",
             "pending_approval": {"id": "message-9", "message_type": "approval_request_message",
                                  "tool_call": {"name": "delete_file", "arguments": "{}", "tool_call_id": "call_1"}}},
            {"id": "agent-2", "name": "Bert", "description": "Cooks", "agent_type": "memgpt_v2_agent",
             "tool_rules": [{"type": "requires_approval", "tool_name": "x"}], "pending_approval": null},
            {"id": "agent-3", "name": "Ada-sleeptime", "agent_type": "sleeptime_agent", "tools": null},
        ]);
        standin::json(200, if cursor.after.is_some() { "[]".to_owned() } else { page.to_string() })
    };
    let server = StandIn::serving(Router::new().route("/v1/agents/", get(list))).await;
    let agents = server.client().agents().await.unwrap();
    let [ada, bert, sleepy] = agents.as_slice() else { panic!("{agents:?}") };
    assert_eq!(
        (ada.description.as_str(), ada.tags.as_slice(), &ada.metadata["hue"]),
        ("", &["tea".to_owned()][..], &json!(3))
    );
    assert_eq!(ada.updated, Some(1_795_214_812_733));
    assert_eq!(ada.last_run, ada.updated, "a date without zone is UTC");
    assert_eq!(ada.pending.as_ref().unwrap().head.id.as_deref(), Some("message-9"));
    assert!(bert.may_ask && bert.pending.is_none() && !bert.hidden);
    assert!(sleepy.hidden);
}

#[tokio::test]
async fn only_agents_that_did_not_end_well_are_asked_for_what_waits() {
    let list = |Query(cursor): Query<Cursor>| async move {
        let page = json!([
            {"id": "agent-1", "name": "Ada", "last_stop_reason": "end_turn"},
            {"id": "agent-2", "name": "Bert", "last_stop_reason": "requires_approval"},
            {"id": "agent-3", "name": "Cora", "last_stop_reason": null},
            {"id": "agent-4", "name": "Dora", "last_stop_reason": "error"},
        ]);
        standin::json(200, if cursor.after.is_some() { "[]".to_owned() } else { page.to_string() })
    };
    let one = |Path(agent): Path<String>| async move {
        let request = json!({"id": "message-9", "message_type": "approval_request_message",
                             "tool_call": {"name": "x", "arguments": "{}", "tool_call_id": "call_1"}});
        standin::json(
            200,
            json!({"id": agent, "pending_approval": if agent == "agent-2" { request } else { json!(null) }})
                .to_string(),
        )
    };
    let server =
        StandIn::serving(Router::new().route("/v1/agents/", get(list)).route("/v1/agents/{agent}", get(one))).await;
    let waiting: Vec<bool> =
        server.client().agents().await.unwrap().iter().map(|agent| agent.pending.is_some()).collect();
    assert_eq!(waiting, [false, true, false, false]);
    assert_eq!(server.asked().iter().filter(|asked| asked.path.contains("agent.pending_approval")).count(), 2);
}

#[tokio::test]
async fn groups_tell_their_pattern_and_which_are_only_for_an_agent() {
    let list = |Query(cursor): Query<Cursor>| async move {
        let page = json!([
            {"id": "group-1", "manager_type": "round_robin", "agent_ids": ["agent-1", "agent-2"], "description": "Two friends", "max_turns": 2},
            {"id": "group-2", "manager_type": "supervisor", "agent_ids": ["agent-1"], "description": "S", "manager_agent_id": "agent-3"},
            {"id": "group-3", "manager_type": "dynamic", "agent_ids": ["agent-1", "agent-3"], "description": "D", "manager_agent_id": "agent-3"},
            {"id": "group-4", "manager_type": "sleeptime", "agent_ids": ["agent-9"], "description": "", "manager_agent_id": "agent-3"},
            {"id": "group-5", "manager_type": "sleeptime", "agent_ids": ["agent-9"], "description": "Sleeptime.", "manager_agent_id": "agent-3"},
            {"id": "group-6", "manager_type": "swarm", "agent_ids": []},
        ]);
        standin::json(200, if cursor.after.is_some() { "[]".to_owned() } else { page.to_string() })
    };
    let server = StandIn::serving(Router::new().route("/v1/groups/", get(list))).await;
    let groups = server.client().groups().await.unwrap();
    let agent = |n: u32| AgentId::from(format!("agent-{n}"));
    assert_eq!(groups[0].pattern(), Pattern::RoundRobin);
    assert_eq!((groups[0].seats(), &groups[0].way), (vec![agent(1), agent(2)], &Way::RoundRobin { turns: Some(2) }));
    assert_eq!(groups[1].pattern(), Pattern::Supervisor { lead: agent(3) });
    assert_eq!(groups[1].seats(), [agent(3), agent(1)]);
    assert_eq!(groups[2].seats(), [agent(3), agent(1)], "a manager among the members sits once");
    assert_eq!((groups[3].managed_by.clone(), groups[4].managed_by.clone()), (Some(agent(3)), None));
    assert_eq!(groups[5].pattern(), Pattern::Other { word: "swarm".to_owned() });
    let without = StandIn::serving(Router::new()).await;
    assert_eq!(without.client().groups().await.unwrap(), []);
}

#[tokio::test]
async fn a_page_of_history_keeps_its_order_and_its_cursors() {
    let page = || async {
        standin::json(
            200,
            r#"[{"id":"message-1","message_type":"user_message","content":"a"},{"id":"message-2","message_type":"new"}]"#,
        )
    };
    let server = StandIn::serving(
        Router::new().route("/v1/agents/{id}/messages", get(page)).route("/v1/groups/{id}/messages", get(page)),
    )
    .await;
    let client = server.client();
    let cursor = Page { before: Some("message-7".to_owned()), after: None, limit: 20 };
    let messages = client.agent_messages(&"agent-1".into(), &cursor).await.unwrap();
    assert_eq!(
        messages.iter().map(|message| message.head.id.as_deref().unwrap()).collect::<Vec<_>>(),
        ["message-1", "message-2"]
    );
    client.group_messages("group-1", &Page { after: Some("message-3".to_owned()), ..Page::default() }).await.unwrap();
    client.agent_messages(&"agent-1/../../x".into(), &Page::default()).await.unwrap();
    let paths: Vec<_> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(paths[0], "/v1/agents/agent-1/messages?limit=20&before=message-7");
    assert_eq!(paths[1], "/v1/groups/group-1/messages?after=message-3");
    assert!(paths[2].contains("%2F"), "an id cannot leave its place: {}", paths[2]);
}

#[tokio::test]
async fn the_key_follows_a_redirect_only_within_its_origin() {
    let list = |Query(cursor): Query<Cursor>| async move {
        standin::json(200, if cursor.after.is_some() { "[]" } else { r#"[{"id":"agent-1"}]"# })
    };
    let thief = StandIn::serving(Router::new().route("/v1/agents/", get(list))).await;
    let to = format!("{}/v1/agents/", thief.base());
    let away = move || {
        let to = to.clone();
        async move { redirect(&to) }
    };
    let server = StandIn::serving(Router::new().route("/v1/agents/", get(away))).await;
    let error = server.client().agents().await.unwrap_err();
    assert!(matches!(&error, Error::Elsewhere { to } if to.starts_with(&thief.base())), "{error:?}");
    assert!(thief.asked().is_empty(), "nobody asked there at all");

    let within = |request: axum::extract::Request| async move { redirect(&format!("/new{}", request.uri())) };
    let server =
        StandIn::serving(Router::new().route("/v1/agents/", get(within)).route("/new/v1/agents/", get(list))).await;
    assert_eq!(server.client().agents().await.unwrap().len(), 1);
    let asked = server.asked();
    assert_eq!(asked.last().unwrap().header("authorization"), Some("Bearer sk-secret-1234"));

    let round = |request: axum::extract::Request| async move { redirect(&request.uri().to_string()) };
    let server = StandIn::serving(Router::new().route("/v1/health/", get(round))).await;
    assert!(server.client().health().await.is_err(), "a circle ends");
    assert!(server.asked().len() <= 6);
}

fn redirect(to: &str) -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, to.to_owned())]).into_response()
}

#[tokio::test]
async fn a_connection_that_died_in_the_pool_is_tried_once_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = Arc::new(Mutex::new(Vec::new()));
    let count = served.clone();
    tokio::spawn(async move {
        for connection in 0.. {
            let Ok((mut socket, _)) = listener.accept().await else { return };
            let count = count.clone();
            tokio::spawn(async move {
                let body = r#"{"version":"0.16.8","status":"ok"}"#;
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                // Each connection answers once, promises to stay, takes the next request and hangs up without a word.
                while socket.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {
                    let first = {
                        let mut count = count.lock().unwrap();
                        count.push(connection);
                        count.iter().filter(|&&of| of == connection).count() == 1
                    };
                    if !first {
                        return;
                    }
                    let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
                }
            });
        }
    });
    let client = Client::new(&format!("http://{address}"), None).unwrap();
    for _ in 0..3 {
        assert_eq!(client.health().await.unwrap().version, "0.16.8");
    }
    assert_eq!(*served.lock().unwrap(), [0, 0, 1, 1, 2], "the second and third question were asked twice");
}
