//! Runs in the background: asked for where wanted, refused by a server without Redis, resumed behind a cut, and what a run that is over
//! says at its end.

use std::time::{Duration, Instant};

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use letta::{Body, Ending, Error, Heard, Mode, Resumed, RunStatus, Target, Words};
use model::Profile;
use serde_json::{Value, json};

use crate::standin::{self, StandIn};

/// Recording 0.16.8/run-stream-after-3, shortened.
const REST: &str = "data: {\"id\":\"message-1\",\"message_type\":\"assistant_message\",\"seq_id\":4,\"run_id\":\"run-1\",\"content\":\"Hi\"}\n\n\
    data: {\"message_type\":\"stop_reason\",\"stop_reason\":\"end_turn\"}\n\ndata: [DONE]\n\n";
/// Recording 0.16.8/noredis-background.
const NO_REDIS: &str = "{\"detail\":\"INTERNAL_SERVER_ERROR: Background streaming requires Redis to be running. Please ensure Redis is \
    properly configured. LETTA_REDIS_HOST: None, LETTA_REDIS_PORT: 6379\"}";

fn words() -> Words {
    Words {
        text: "Good day".to_owned(),
        images: Vec::new(),
        otid: "3f0e".to_owned(),
        mode: Mode::Tokens,
        extras: letta::Extras::default(),
    }
}

fn agent() -> Target {
    Target::Agent("agent-1".into())
}

/// `background` of every message sent.
fn asked_for(server: &StandIn) -> Vec<Option<bool>> {
    let sent = server.asked().into_iter().filter(|asked| asked.path.ends_with("/messages/stream"));
    sent.map(|asked| asked.body["background"].as_bool()).collect()
}

#[tokio::test]
async fn the_background_is_asked_for_only_where_wanted() {
    let server = StandIn::serving(
        Router::new().route("/v1/agents/agent-1/messages/stream", post(|| async { standin::events(REST) })),
    )
    .await;
    let client = server.client();
    assert!(!client.say(&agent(), &words()).await.unwrap().is_numbered(), "nothing was heard yet");
    client.stream_in_background(true);
    let mut turn = client.say(&agent(), &words()).await.unwrap();
    turn.next().await;
    assert!(turn.is_numbered());
    client.clone().stream_in_background(false);
    client.say(&agent(), &words()).await.unwrap();
    assert_eq!(asked_for(&server), [None, Some(true), None]);
}

#[tokio::test]
async fn a_server_without_redis_answers_plainly_and_is_not_asked_again() {
    let route = |body: Bytes| async move {
        let body: Value = serde_json::from_slice(&body).unwrap();
        if body["background"] == true { standin::json(503, NO_REDIS) } else { standin::events(REST) }
    };
    let server = StandIn::serving(Router::new().route("/v1/agents/agent-1/messages/stream", post(route))).await;
    let client = server.client();
    client.stream_in_background(true);
    client.say(&agent(), &words()).await.unwrap();
    assert!(client.refused_background());
    client.say(&agent(), &words()).await.unwrap();
    assert_eq!(asked_for(&server), [Some(true), Some(false), None]);
    client.try_background_again();
    client.say(&agent(), &words()).await.unwrap();
    assert_eq!(asked_for(&server)[3..], [Some(true), Some(false)]);
}

#[tokio::test]
async fn another_503_is_not_taken_for_a_refusal() {
    let route = || async { standin::json(503, "{\"detail\":\"INTERNAL_SERVER_ERROR: The server is not available\"}") };
    let server = StandIn::serving(Router::new().route("/v1/agents/agent-1/messages/stream", post(route))).await;
    let client = server.client();
    client.stream_in_background(true);
    assert!(matches!(client.say(&agent(), &words()).await, Err(Error::Unavailable { .. })));
    assert!(!client.refused_background());
    assert_eq!(asked_for(&server), [Some(true)], "what may have been taken is not sent again");
}

#[tokio::test]
async fn a_run_goes_on_behind_the_last_event() {
    let server =
        StandIn::serving(Router::new().route("/v1/runs/{run}/stream", post(|| async { standin::events(REST) }))).await;
    let Resumed::Goes(mut turn) = server.client().resume(&"run-1".into(), 3).await.unwrap() else { panic!() };
    assert_eq!(turn.run().map(|run| run.as_str()), Some("run-1"));
    let Heard::Event(event) = turn.next().await else { panic!() };
    assert_eq!(event.head.seq_id, Some(4));
    turn.next().await;
    turn.next().await;
    assert_eq!(turn.next().await, Heard::Over(Ending::Finished));
    let asked = &server.asked()[0];
    assert_eq!(
        (asked.path.as_str(), &asked.body),
        ("/v1/runs/run-1/stream", &json!({"starting_after": 3, "include_pings": true}))
    );
}

#[tokio::test]
async fn behind_the_end_of_a_run_the_server_is_silent_and_is_asked() {
    let never = || async { std::future::pending::<Response>().await };
    let over = || async { standin::json(200, "{\"id\":\"run-1\",\"status\":\"completed\",\"background\":true}") };
    let routes = Router::new().route("/v1/runs/{run}/stream", post(never)).route("/v1/runs/{run}", get(over));
    let server = StandIn::serving(routes).await;
    let begun = Instant::now();
    let Resumed::Over(run) = server.client().resume(&"run-1".into(), 99).await.unwrap() else { panic!() };
    assert!(run.is_over() && run.background);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_cannot_be_resumed_is_told_apart() {
    let plain = "{\"detail\":\"INVALID_ARGUMENT: Run was not created in background mode, so it cannot be retrieved.\"}";
    let route = move |Path(run): Path<String>| async move {
        match run.as_str() {
            "run-plain" => standin::json(400, plain),
            "run-old" => standin::json(410, "{\"detail\":\"Run was created more than 3 hours ago\"}"),
            _ => standin::json(404, "{\"detail\":\"Run not found\"}"),
        }
    };
    let server = StandIn::serving(Router::new().route("/v1/runs/{run}/stream", post(route))).await;
    let client = server.client();
    assert!(matches!(client.resume(&"run-plain".into(), 1).await, Err(Error::Invalid { .. })));
    assert!(matches!(client.resume(&"run-old".into(), 1).await, Err(Error::NotFound { .. })));
    assert!(matches!(client.resume(&"run-gone".into(), 1).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn the_runs_of_an_agent_are_listed_and_read() {
    let runs = json!([
        {"id": "run-2", "status": "running", "agent_id": "agent-1", "background": true},
        {"id": "run-x", "status": "running", "agent_id": "agent-2"},
        {"id": "run-1", "status": "completed", "metadata": {"agent_id": "agent-1", "background": false}},
    ]);
    let messages =
        "[{\"id\":\"message-1\",\"message_type\":\"user_message\",\"otid\":\"3f0e\",\"content\":\"Good day\"}]";
    let routes = Router::new()
        .route("/v1/runs/", get(move || async move { standin::json(200, runs.to_string()) }))
        .route("/v1/runs/{run}/messages", get(move || async move { standin::json(200, messages) }));
    let server = StandIn::serving(routes).await;
    let runs = server.client().runs(&"agent-1".into(), 10).await.unwrap();
    let told: Vec<_> = runs.iter().map(|run| (run.id.as_str(), run.status.clone(), run.background)).collect();
    assert_eq!(told, [("run-2", RunStatus::Running, true), ("run-1", RunStatus::Completed, false)]);
    assert_eq!(server.asked()[0].path, "/v1/runs/?agent_id=agent-1&order=desc&limit=10");
    let messages = server.client().run_messages(&"run-2".into()).await.unwrap();
    assert_eq!(messages[0].head.otid.as_deref(), Some("3f0e"));
}

#[tokio::test]
async fn a_run_that_is_over_says_its_last_words() {
    let failure =
        json!({"message_type": "error_message", "error_type": "llm_rate_limit", "message": "late", "detail": "late"});
    let run = move |Path(run): Path<String>| {
        let failure = failure.clone();
        async move {
            let body = match run.as_str() {
                "run-well" => json!({"id": run, "status": "completed", "stop_reason": "end_turn"}),
                "run-ill" => {
                    json!({"id": run, "status": "failed", "stop_reason": "error", "metadata": {"error": failure}})
                }
                _ => json!({"id": run, "status": "cancelled", "stop_reason": "cancelled"}),
            };
            standin::json(200, body.to_string())
        }
    };
    // Recordings 0.16.8/run-usage and run-steps.
    let usage =
        || async { standin::json(200, "{\"completion_tokens\":4,\"prompt_tokens\":4686,\"total_tokens\":4690}") };
    let steps = || async { standin::json(200, "[{\"id\":\"step-1\"},{\"id\":\"step-2\"}]") };
    let routes = Router::new()
        .route("/v1/runs/{run}", get(run))
        .route("/v1/runs/{run}/usage", get(usage))
        .route("/v1/runs/{run}/steps", get(steps));
    let client = StandIn::serving(routes).await.client();
    let mut said = Vec::new();
    for run in ["run-well", "run-ill", "run-stopped"] {
        let run = client.run(&run.into()).await.unwrap();
        said.push(client.last_words(&run).await.unwrap().into_iter().map(|event| event.body).collect::<Vec<_>>());
    }
    let reason = |reason: &str| Body::StopReason { reason: reason.to_owned() };
    assert_eq!(said[0], [reason("end_turn"), Body::Usage { steps: 2, input: 4686, output: 4 }]);
    assert!(
        matches!(&said[1][..], [stop, Body::Error(problem)] if *stop == reason("error") && problem.kind == "llm_rate_limit")
    );
    assert_eq!(said[2], [reason("cancelled")]);
}

#[test]
fn a_server_on_this_computer_streams_plainly_unless_told_otherwise() {
    let profile = |place: Value, host: &str| -> Profile {
        serde_json::from_value(json!({
            "id": "p", "name": "p", "place": place, "host": host, "has_key": false, "connection": {"is": "online"},
        }))
        .unwrap()
    };
    use model::Streaming::{Auto, Background, Plain};
    let own = |host: &str| profile(json!({"place": "own", "address": format!("http://{host}")}), host);
    for near in ["localhost:8283", "127.0.0.1:8283", "127.0.0.2", "[::1]:8283", "letta.localhost"] {
        assert_eq!(own(near).streams(), Plain, "{near}");
    }
    for far in ["nas.lan:8283", "192.168.1.20", "letta.example.org", "localhost.example.org"] {
        assert_eq!(own(far).streams(), Background, "{far}");
    }
    assert_eq!(profile(json!({"place": "cloud"}), "api.letta.com").streams(), Background);
    assert_eq!(profile(json!({"place": "demo"}), "this computer").streams(), Plain);
    let chosen = |streaming, closed: Option<&str>| {
        let far = own("nas.lan");
        Profile { streaming, background_closed: closed.map(str::to_owned), ..far }.streams()
    };
    assert_eq!(chosen(Plain, None), Plain);
    assert_eq!(Profile { streaming: Background, ..own("localhost:8283") }.streams(), Background);
    assert_eq!([chosen(Auto, Some("No Redis")), chosen(Background, Some("No Redis"))], [Plain, Plain]);
}
