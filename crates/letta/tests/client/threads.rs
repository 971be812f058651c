//! Conversations of an agent: which requests they are, and in which order what is stored comes out.

use axum::{
    Router,
    extract::Query,
    routing::{get, patch, post},
};
use letta::{Answer, Body, Error, Event, Extras, Heard, Mode, Page, Target, Words};
use model::{AgentId, Decision};
use serde_json::json;

use crate::standin::{self, StandIn};

const ONE: &str = r#"{"created_at":"2026-11-20T22:52:25.919356Z","updated_at":"2026-11-20T22:52:25.919356Z","id":"conv-1",
    "agent_id":"agent-1","summary":" Test talk ","in_context_message_ids":[],"last_message_at":null}"#;
const TWO: &str = r#"{"created_at":"2026-11-20T22:52:20.959966Z","id":"conv-2","agent_id":"agent-1","summary":null,
    "last_message_at":"2026-11-20T22:52:35.659395Z"}"#;

fn agents() -> Vec<AgentId> {
    ["agent-1", "agent-2"].map(AgentId::from).to_vec()
}

fn thread() -> Target {
    Target::Thread { agent: "agent-1".into(), id: "conv-1".to_owned() }
}

async fn list(Query(query): Query<Vec<(String, String)>>) -> axum::response::Response {
    let after = query.iter().any(|(key, _)| key == "after");
    standin::json(200, if after { "[]".to_owned() } else { format!("[{ONE},{TWO}]") })
}

#[tokio::test]
async fn all_conversations_of_a_server_come_with_their_names() {
    let server = StandIn::serving(Router::new().route("/v1/conversations/", get(list))).await;
    let threads = server.client().threads(&agents()).await.unwrap();
    assert_eq!(threads.iter().map(|thread| thread.name.as_str()).collect::<Vec<_>>(), ["Test talk", ""]);
    assert_eq!(threads[0].agent, AgentId::from("agent-1"));
    assert!(threads[1].active > threads[0].active, "what was said counts, else when it was started");
    assert!(!server.asked()[0].path.contains("agent_id"), "{}", server.asked()[0].path);
}

#[tokio::test]
async fn a_server_that_wants_to_be_asked_agent_by_agent_is() {
    let by_agent = async |Query(query): Query<Vec<(String, String)>>| {
        let of = |wanted: &str| query.iter().any(|(key, value)| key == "agent_id" && value == wanted);
        let after = query.iter().any(|(key, _)| key == "after");
        match (of("agent-1"), of("agent-2")) {
            (true, _) if !after => standin::json(200, format!("[{TWO}]")),
            (true, _) | (_, true) => standin::json(200, "[]"),
            (false, false) => standin::json(422, r#"{"detail":"[{'type': 'missing', 'loc': ('query', 'agent_id')}]"}"#),
        }
    };
    let server = StandIn::serving(Router::new().route("/v1/conversations/", get(by_agent))).await;
    assert_eq!(server.client().threads(&agents()).await.unwrap().len(), 1);

    let none = StandIn::serving(Router::new()).await;
    assert_eq!(none.client().threads(&agents()).await.unwrap(), []);
}

#[tokio::test]
async fn one_is_started_named_and_deleted() {
    let router = Router::new().route("/v1/conversations/", post(async || standin::json(200, ONE))).route(
        "/v1/conversations/conv-1",
        patch(async || standin::json(200, ONE)).delete(async || standin::json(200, "null")),
    );
    let server = StandIn::serving(router).await;
    let client = server.client();
    assert_eq!(client.new_thread(&"agent-1".into(), None).await.unwrap().id, "conv-1");
    client.new_thread(&"agent-1".into(), Some("Harvest")).await.unwrap();
    client.rename_thread("conv-1", "Renamed").await.unwrap();
    client.delete_thread("conv-1").await.unwrap();
    client.delete_thread("conv-gone").await.unwrap();
    let asked = server.asked();
    assert_eq!(asked[0].path, "/v1/conversations/?agent_id=agent-1");
    assert_eq!(asked[1].body, json!({"summary": "Harvest"}));
    assert_eq!((asked[2].method.as_str(), &asked[2].body), ("PATCH", &json!({"summary": "Renamed"})));
    assert_eq!((asked[3].method.as_str(), asked[3].path.as_str()), ("DELETE", "/v1/conversations/conv-1"));
}

const STREAM: &str = "data: {\"id\":\"message-1\",\"message_type\":\"assistant_message\",\"content\":\"Hi\"}\n\n\
    data: {\"message_type\":\"stop_reason\",\"stop_reason\":\"end_turn\"}\n\ndata: [DONE]\n\n";

#[tokio::test]
async fn words_and_decisions_go_to_the_conversation_and_stream() {
    let router = Router::new()
        .route("/v1/conversations/conv-1/messages", post(async || standin::events(STREAM)))
        .route("/v1/conversations/conv-1/cancel", post(async || standin::json(409, r#"{"detail":"CONFLICT: none"}"#)))
        .route("/v1/agents/agent-1/messages/cancel", post(async || standin::json(200, r#"{"run-1":"cancelled"}"#)));
    let server = StandIn::serving(router).await;
    let client = server.client();
    let words = Words {
        text: "Hello".to_owned(),
        otid: "3f0e".to_owned(),
        mode: Mode::Tokens,
        extras: Extras::default(),
        images: Vec::new(),
    };
    let mut turn = client.say(&thread(), &words).await.unwrap();
    assert!(matches!(turn.next().await, Heard::Event(Event { body: Body::Assistant(_), .. })));
    let decision = Decision { approve: true, reason: None, at: None };
    let answer = Answer {
        request: "message-7".to_owned(),
        decisions: vec![("call_1".into(), decision)],
        not_run: Vec::new(),
        mode: Mode::Tokens,
        extras: Extras::default(),
    };
    client.decide_in_thread("conv-1", &answer).await.unwrap();
    assert!(!client.cancel_in(&thread(), None).await.unwrap(), "nothing ran");
    assert!(client.cancel_in(&thread(), Some(&"run-1".into())).await.unwrap());
    let asked = server.asked();
    assert_eq!(asked[0].body["streaming"], true);
    assert_eq!(asked[0].body["messages"][0]["content"], "Hello");
    assert_eq!(asked[1].body["messages"][0]["type"], "approval");
    assert_eq!(asked[3].path, "/v1/agents/agent-1/messages/cancel");
    assert_eq!(asked[3].body, json!({"run_ids": ["run-1"]}));
}

/// As recorded (0.16.8/conversation-messages-list): newest first, the parts of a row in their order.
const STORED: &str = r#"[
    {"id":"message-f","date":"2026-11-20T22:52:26+00:00","message_type":"assistant_message","content":"JSON answer."},
    {"id":"message-e","date":"2026-11-20T22:52:26+00:00","message_type":"user_message","content":"Hi"},
    {"id":"message-d","date":"2026-11-20T22:52:26+00:00","message_type":"reasoning_message","reasoning":"Hm."},
    {"id":"message-d","date":"2026-11-20T22:52:26+00:00","message_type":"assistant_message","content":"Answer."},
    {"id":"message-c","date":"2026-11-20T22:52:26+00:00","message_type":"user_message","content":"Hi"}]"#;
const ASKING: &str = r#"[{"id":"message-g","message_type":"approval_request_message",
    "tool_call":{"name":"send","arguments":"{}","tool_call_id":"call_1"}}]"#;

#[tokio::test]
async fn what_is_stored_comes_oldest_first_and_a_main_thread_is_without_the_others() {
    let pages = async |Query(query): Query<Vec<(String, String)>>| {
        let one = query.iter().any(|(key, value)| key == "limit" && value == "1");
        standin::json(200, if one { ASKING } else { STORED })
    };
    let server = StandIn::serving(
        Router::new()
            .route("/v1/conversations/conv-1/messages", get(pages))
            .route("/v1/agents/agent-1/messages", get(async || standin::json(200, "[]"))),
    )
    .await;
    let client = server.client();
    let page = Page { before: Some("message-z".to_owned()), after: None, limit: 50 };
    let events = client.stored(&thread(), true, &page).await.unwrap();
    let ids: Vec<&str> = events.iter().filter_map(|event| event.head.id.as_deref()).collect();
    assert_eq!(ids, ["message-c", "message-d", "message-d", "message-e", "message-f"]);
    assert!(matches!(events[1].body, Body::Reasoning { .. }), "thoughts before words");
    assert_eq!(client.pending_in(&thread()).await.unwrap().unwrap().head.id.as_deref(), Some("message-g"));

    let agent = Target::Agent("agent-1".into());
    client.stored(&agent, true, &page).await.unwrap();
    client.stored(&agent, false, &page).await.unwrap();
    let asked: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert!(asked[0].contains("order=desc") && asked[0].contains("before=message-z"), "{asked:?}");
    assert!(asked[2].contains("conversation_id=default") && !asked[3].contains("conversation_id"), "{asked:?}");
    assert!(matches!(client.stored(&Target::Group("g".to_owned()), true, &page).await, Err(Error::NotFound { .. })));
}
