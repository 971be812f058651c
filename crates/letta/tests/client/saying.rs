//! What is sent, in both generations' shapes, and the ways around a group that cannot stream.

use axum::{
    Json, Router,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use letta::{Answer, Body, ClientTool, Ending, Error, Extras, Heard, Mode, RunStatus, Target, Turn, Words};
use model::Decision;
use serde_json::{Value, json};

use crate::standin::{self, StandIn};

const STREAM: &str = "data: {\"id\":\"message-1\",\"message_type\":\"assistant_message\",\"content\":\"Hi\"}\n\n\
    data: {\"message_type\":\"stop_reason\",\"stop_reason\":\"end_turn\"}\n\n\
    data: {\"message_type\":\"usage_statistics\",\"step_count\":1}\n\ndata: [DONE]\n\n";

fn words(text: &str, mode: Mode) -> Words {
    Words { text: text.to_owned(), images: Vec::new(), otid: "3f0e".to_owned(), mode, extras: Extras::default() }
}

async fn heard(mut turn: Turn) -> (Vec<String>, Ending) {
    let mut said = Vec::new();
    loop {
        match turn.next().await {
            Heard::Event(event) => {
                if let Body::Assistant(words) = event.body {
                    said.push(words.text);
                }
            }
            Heard::Over(ending) => return (said, ending),
        }
    }
}

fn group() -> Target {
    Target::Group("group-1".to_owned())
}

#[tokio::test]
async fn words_go_to_the_agents_stream_with_tokens_and_pings() {
    let server = StandIn::serving(
        Router::new().route("/v1/agents/agent-1/messages/stream", post(|| async { standin::events(STREAM) })),
    )
    .await;
    for (mode, tokens) in [(Mode::Tokens, true), (Mode::Steps, false)] {
        let turn = server.client().say(&Target::Agent("agent-1".into()), &words("Good day", mode)).await.unwrap();
        assert_eq!(heard(turn).await, (vec!["Hi".to_owned()], Ending::Finished));
        let body = &server.asked().pop().unwrap().body;
        let wanted = json!({
            "messages": [{"role": "user", "content": "Good day", "otid": "3f0e"}],
            "stream_tokens": tokens, "include_pings": true,
        });
        assert_eq!(*body, wanted);
    }
}

#[tokio::test]
async fn every_option_goes_as_the_wire_names_it_and_none_is_named_that_was_not_chosen() {
    let server = StandIn::serving(
        Router::new().route("/v1/agents/agent-1/messages/stream", post(|| async { standin::events(STREAM) })),
    )
    .await;
    let extras = Extras {
        max_steps: Some(3),
        return_types: Some(vec!["assistant_message".to_owned()]),
        client_tools: vec![ClientTool {
            name: "open_file".to_owned(),
            description: Some("Opens a file here.".to_owned()),
            parameters: Some(json!({"type": "object", "properties": {"path": {"type": "string"}}})),
        }],
        override_model: Some("openai/gpt-4o".to_owned()),
        override_system: Some("Be short.".to_owned()),
        compaction_messages: Some(true),
        thinking: Some(false),
        use_assistant_message: Some(false),
        assistant_message_tool_name: Some("say".to_owned()),
        assistant_message_tool_kwarg: Some("words".to_owned()),
        top_logprobs: Some(5),
        return_logprobs: Some(true),
        return_token_ids: Some(true),
    };
    let words = Words { extras: extras.clone(), ..words("Good day", Mode::Steps) };
    heard(server.client().say(&Target::Agent("agent-1".into()), &words).await.unwrap()).await;
    let wanted = json!({
        "messages": [{"role": "user", "content": "Good day", "otid": "3f0e"}],
        "stream_tokens": false, "include_pings": true,
        "max_steps": 3,
        "include_return_message_types": ["assistant_message"],
        "client_tools": [{
            "name": "open_file", "description": "Opens a file here.",
            "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
        }],
        "override_model": "openai/gpt-4o",
        "override_system": "Be short.",
        "include_compaction_messages": true,
        "enable_thinking": "False",
        "use_assistant_message": false,
        "assistant_message_tool_name": "say",
        "assistant_message_tool_kwarg": "words",
        "top_logprobs": 5,
        "return_logprobs": true,
        "return_token_ids": true,
    });
    assert_eq!(server.asked()[0].body, wanted);

    // The run after a decision is bound by the same.
    let decision = Decision { approve: true, reason: None, at: None };
    let extras = Extras { max_steps: Some(3), ..Extras::default() };
    let answer = Answer {
        request: "message-7".to_owned(),
        decisions: vec![("call_1".into(), decision)],
        not_run: Vec::new(),
        mode: Mode::Tokens,
        extras,
    };
    heard(server.client().decide(&"agent-1".into(), &answer).await.unwrap()).await;
    assert_eq!(server.asked()[1].body["max_steps"], 3);
}

#[tokio::test]
async fn nothing_is_not_sent() {
    let server = StandIn::serving(Router::new()).await;
    for text in ["", "  \n\t"] {
        let error = server.client().say(&group(), &words(text, Mode::Tokens)).await.unwrap_err();
        assert_eq!(error.message(), "There is nothing to send.");
    }
    let empty = Answer {
        request: "message-1".to_owned(),
        decisions: Vec::new(),
        not_run: Vec::new(),
        mode: Mode::Tokens,
        extras: Extras::default(),
    };
    assert!(server.client().decide(&"agent-1".into(), &empty).await.is_err());
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_decision_goes_in_both_forms_at_once() {
    let server = StandIn::serving(
        Router::new().route("/v1/agents/agent-1/messages/stream", post(|| async { standin::events(STREAM) })),
    )
    .await;
    let no = Decision { approve: false, reason: Some("Not that one.".to_owned()), at: Some(5) };
    let yes = Decision { approve: true, reason: None, at: None };
    let decisions = vec![("call_1".into(), no), ("call_2".into(), yes)];
    let answer = Answer {
        request: "message-7".to_owned(),
        decisions,
        not_run: Vec::new(),
        mode: Mode::Tokens,
        extras: Extras::default(),
    };
    heard(server.client().decide(&"agent-1".into(), &answer).await.unwrap()).await;
    let approvals = json!([
        {"type": "approval", "tool_call_id": "call_1", "approve": false, "reason": "Not that one."},
        {"type": "approval", "tool_call_id": "call_2", "approve": true, "reason": null},
    ]);
    let message = json!({
        "type": "approval", "approvals": approvals,
        "approve": false, "approval_request_id": "message-7", "reason": "Not that one.",
    });
    assert_eq!(server.asked()[0].body, json!({ "messages": [message], "stream_tokens": true, "include_pings": true }));
}

#[tokio::test]
async fn an_old_server_gets_text_instead_of_content() {
    for complaint in [
        r#"{"detail":[{"type":"missing","loc":["body","messages",0,"text"],"msg":"Field required","input":{}}]}"#,
        r#"{"detail":[{"loc":["body","messages",0,"text"],"msg":"field required","type":"value_error.missing"}]}"#,
        r#"{"trace_id":"","detail":"[{'type': 'missing', 'loc': ('body', 'messages', 0, 'text'), 'msg': 'Field required'}]"}"#,
    ] {
        let old = move |Json(body): Json<Value>| async move {
            if body["messages"][0].get("text").is_some() {
                standin::events(STREAM)
            } else {
                standin::json(422, complaint)
            }
        };
        let server = StandIn::serving(Router::new().route("/v1/agents/agent-1/messages/stream", post(old))).await;
        let turn = server.client().say(&Target::Agent("agent-1".into()), &words("Hello", Mode::Tokens)).await.unwrap();
        assert_eq!(heard(turn).await.1, Ending::Finished);
        let asked = server.asked();
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[1].body["messages"], json!([{"role": "user", "text": "Hello"}]));
        assert_eq!(asked[1].body["stream_tokens"], json!(true));
    }
}

#[tokio::test]
async fn any_other_complaint_is_not_answered_by_sending_again() {
    let refuse = || async { standin::json(422, r#"{"detail":"Messages must not be empty"}"#) };
    let server = StandIn::serving(Router::new().route("/v1/agents/agent-1/messages/stream", post(refuse))).await;
    assert!(server.client().say(&Target::Agent("agent-1".into()), &words("Hello", Mode::Tokens)).await.is_err());
    assert_eq!(server.asked().len(), 1);
}

/// A server whose two routes for a group answer like this.
async fn group_server(stream: fn() -> Response, whole: fn() -> Response) -> StandIn {
    let routes = Router::new()
        .route("/v1/groups/group-1/messages/stream", post(move || async move { stream() }))
        .route("/v1/groups/group-1/messages", post(move || async move { whole() }));
    StandIn::serving(routes).await
}

fn whole_answer() -> Response {
    let body = json!({
        "messages": [
            {"id": "message-1", "message_type": "assistant_message", "content": "Hi, Hugo here", "name": "Hugo"},
            {"id": "message-2", "message_type": "assistant_message", "content": "And Ida", "name": "Ida"},
        ],
        "stop_reason": {"message_type": "stop_reason", "stop_reason": "end_turn"},
        "usage": {"message_type": "usage_statistics", "step_count": 2},
    });
    standin::json(200, body.to_string())
}

#[tokio::test]
async fn a_group_that_cannot_stream_answers_whole() {
    let refusals: [fn() -> Response; 4] = [
        || standin::json(405, r#"{"detail":"Method Not Allowed"}"#),
        || standin::json(404, r#"{"detail":"Not Found"}"#),
        || standin::json(500, r#"{"detail":"Internal Server Error"}"#),
        || standin::json(501, ""),
    ];
    for refusal in refusals {
        let server = group_server(refusal, whole_answer).await;
        let turn = server.client().say(&group(), &words("Hello", Mode::Tokens)).await.unwrap();
        assert_eq!(heard(turn).await, (vec!["Hi, Hugo here".to_owned(), "And Ida".to_owned()], Ending::Finished));
        let asked = server.asked();
        assert_eq!(asked[1].path, "/v1/groups/group-1/messages");
        assert_eq!(asked[1].body, json!({"messages": [{"role": "user", "content": "Hello", "otid": "3f0e"}]}));
    }
}

#[tokio::test]
async fn a_stream_route_that_answers_with_json_is_a_whole_answer() {
    let server = group_server(whole_answer, || standin::json(500, "")).await;
    let turn = server.client().say(&group(), &words("Hello", Mode::Tokens)).await.unwrap();
    assert_eq!(heard(turn).await.0.len(), 2);
    assert_eq!(server.asked().len(), 1, "said once");
}

#[tokio::test]
async fn a_group_without_routes_says_so_in_words() {
    let gone = || standin::json(405, r#"{"detail":"Method Not Allowed"}"#);
    let error = group_server(gone, gone).await.client().say(&group(), &words("Hello", Mode::Tokens)).await.unwrap_err();
    assert!(matches!(error, Error::NoGroups { .. }), "{error:?}");
    assert_eq!(
        error.message(),
        "This server cannot talk in groups. Letta took talking in groups out with version 0.16.5. \
         What was said stays readable, and each agent can be talked to alone."
    );
    let broken = || standin::json(500, r#"{"detail":"name 'Agent' is not defined"}"#);
    let error =
        group_server(broken, broken).await.client().say(&group(), &words("Hello", Mode::Tokens)).await.unwrap_err();
    assert!(error.message().contains("fails on the server") && error.details().contains("'Agent'"), "{error:?}");
    let unknown = || standin::json(404, r#"{"detail":"Group not found with id='group-1'"}"#);
    let server = group_server(unknown, whole_answer).await;
    assert!(matches!(
        server.client().say(&group(), &words("Hello", Mode::Tokens)).await.unwrap_err(),
        Error::NotFound { .. }
    ));
    assert_eq!(server.asked().len(), 1, "an unknown group is no missing route");
}

#[tokio::test]
async fn a_stream_that_failed_at_once_is_not_tried_on_the_other_route() {
    fn failed() -> Response {
        let mut response = standin::events(
            "event: error\ndata: {\"error\":\"RATE_LIMIT_EXCEEDED: x\",\"code\":\"INTERNAL_SERVER_ERROR\"}\n\n",
        );
        *response.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    }
    let server = group_server(failed, whole_answer).await;
    let (_, ending) = heard(server.client().say(&group(), &words("Hello", Mode::Tokens)).await.unwrap()).await;
    assert!(matches!(ending, Ending::Failed(_)), "{ending:?}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn stopping_names_the_run_and_knows_when_nothing_ran() {
    let cancel = |Path(agent): Path<String>, body: String| async move {
        match agent.as_str() {
            "agent-1" => standin::json(200, r#"{"run-1":"cancelled"}"#),
            "agent-2" => standin::json(200, r#"{"run-1":"failed"}"#),
            _ if body.is_empty() => {
                standin::json(409, r#"{"detail":"CONFLICT: No active runs to cancel for agent agent-3"}"#)
            }
            _ => standin::json(500, ""),
        }
    };
    let server = StandIn::serving(Router::new().route("/v1/agents/{agent}/messages/cancel", post(cancel))).await;
    let client = server.client();
    assert!(client.cancel(&"agent-1".into(), Some(&"run-1".into())).await.unwrap());
    assert!(!client.cancel(&"agent-2".into(), Some(&"run-1".into())).await.unwrap());
    assert!(!client.cancel(&"agent-3".into(), None).await.unwrap());
    let asked = &server.asked()[0];
    assert_eq!((asked.method.as_str(), &asked.body), ("POST", &json!({"run_ids": ["run-1"]})));
}

#[tokio::test]
async fn runs_and_requests_that_wait_are_read() {
    let run = || async {
        let error =
            json!({"message_type": "error_message", "error_type": "llm_timeout", "message": "late", "detail": "late"});
        standin::json(
            200,
            json!({"id": "run-1", "status": "failed", "stop_reason": "llm_api_error", "metadata": {"error": error}})
                .to_string(),
        )
    };
    let request = json!({"id": "message-9", "message_type": "approval_request_message", "tool_call": {"name": "x", "arguments": "{}", "tool_call_id": "call_1"}});
    let agent = move |Path(agent): Path<String>| {
        let request = request.clone();
        async move {
            let pending = match agent.as_str() {
                "agent-1" => json!({"id": agent, "pending_approval": request}),
                "agent-2" => json!({"id": agent, "pending_approval": null}),
                _ => json!({"id": agent}),
            };
            standin::json(200, pending.to_string())
        }
    };
    let newest = || async {
        standin::json(
            200,
            r#"[{"id":"message-1","message_type":"user_message","content":"x"},{"id":"message-2","message_type":"approval_request_message","tool_call":{"name":"x","arguments":"{}","tool_call_id":"call_1"}}]"#,
        )
    };
    let routes = Router::new()
        .route("/v1/runs/{run}", get(run))
        .route("/v1/agents/{agent}", get(agent))
        .route("/v1/agents/{agent}/messages", get(newest));
    let client = StandIn::serving(routes).await.client();
    let run = client.run(&"run-1".into()).await.unwrap();
    assert_eq!((run.status, run.stop_reason.as_deref()), (RunStatus::Failed, Some("llm_api_error")));
    assert_eq!(run.trouble.unwrap().what, "The model did not answer in time.");
    let id = |event: Option<letta::Event>| event.and_then(|event| event.head.id);
    assert_eq!(id(client.pending_approval(&"agent-1".into()).await.unwrap()).as_deref(), Some("message-9"));
    assert_eq!(id(client.pending_approval(&"agent-2".into()).await.unwrap()), None);
    assert_eq!(id(client.pending_approval(&"agent-old".into()).await.unwrap()).as_deref(), Some("message-2"));
}
