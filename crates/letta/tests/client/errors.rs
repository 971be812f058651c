//! Statuses and bodies as recorded from real servers, in the user's words.

use std::time::Duration;

use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use letta::{Cause, Client, Error, Refusal};
use model::{Code, Failure};
use secrecy::SecretString;

use crate::standin::{self, StandIn};

/// What a question that is answered like this becomes.
async fn answered(status: u16, body: &'static str) -> Error {
    let server =
        StandIn::serving(Router::new().route("/v1/agents/", get(move || async move { standin::json(status, body) })))
            .await;
    server.client().agents().await.unwrap_err()
}

#[tokio::test]
async fn a_models_401_is_not_a_wrong_key() {
    let wrong = answered(401, r#"{"detail":"Unauthorized"}"#).await;
    assert!(matches!(wrong, Error::Unauthorized { refusal: Refusal::Password, .. }), "{wrong:?}");
    assert!(wrong.message().starts_with("This server did not accept the password."));
    // 0.16.8/llm-error-401-nonstreaming
    let model = answered(
        401,
        r#"{"error":{"type":"llm_authentication","message":"Authentication failed with the LLM model provider.","detail":"UNAUTHENTICATED: Authentication failed with OpenAI"}}"#,
    )
    .await;
    assert!(matches!(&model, Error::Model { kind, .. } if kind == "llm_authentication"), "{model:?}");
    assert_eq!(model.code(), Code::Server);
    assert!(model.message().contains("Whoever runs the Letta server"));
}

#[tokio::test]
async fn the_two_conflicts_are_told_apart_by_their_code() {
    // 0.16.8/approval-pending-user-message-nonstreaming-steps-v1
    let pending = answered(
        409,
        r#"{"detail":{"code":"PENDING_APPROVAL","message":"CONFLICT: Cannot send a new message: The agent is waiting for approval on a tool call.","pending_request_id":"message-e83f2092-9568-4b59-875f-e17ff102c6fb"}}"#,
    )
    .await;
    assert!(
        matches!(&pending, Error::PendingApproval { request: Some(id), .. } if id.ends_with("102c6fb")),
        "{pending:?}"
    );
    // 0.16.8/conversation-busy-second
    let busy = answered(409, r#"{"detail":"CONFLICT: Cannot send a new message: Another request is currently being processed for this conversation.","run_id":"run-1"}"#).await;
    assert!(matches!(&busy, Error::Busy { run: Some(run), .. } if run.as_str() == "run-1"), "{busy:?}");
    for error in [pending, busy] {
        assert_eq!(Failure::from(error).code, Code::Conflict);
    }
}

#[tokio::test]
async fn detail_may_be_text_a_list_or_an_object() {
    let text = answered(422, r#"{"detail":"Messages must not be empty"}"#).await;
    assert_eq!(text.message(), "The server did not take it: Messages must not be empty.");
    let code =
        answered(400, r#"{"detail":"INVALID_ARGUMENT: Must specify either model or llm_config in request"}"#).await;
    assert_eq!(code.message(), "The server did not take it: Must specify either model or llm_config in request.");
    let list =
        answered(422, r#"{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{}}]}"#)
            .await;
    assert_eq!(list.message(), "The server did not take it: Field required.");
    let python =
        answered(422, r#"{"trace_id":"","detail":"[{'type': 'missing', 'loc': ('body',), 'msg': 'Field required'}]"}"#)
            .await;
    assert_eq!(python.message(), "The server did not take it; the details name the fault.");
    assert!(python.details().contains("'missing'"));
    let object = answered(400, r#"{"detail":{"code":"X","message":"Not so"}}"#).await;
    assert_eq!(object.message(), "The server did not take it: Not so.");
    for error in [text, code, list, python, object] {
        assert_eq!(error.code(), Code::Invalid);
        assert!(error.details().starts_with("HTTP 4"), "raw under details: {}", error.details());
    }
}

#[tokio::test]
async fn a_pause_and_its_length_are_understood() {
    let routes = Router::new().route(
        "/v1/agents/",
        get(|| async {
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")], r#"{"detail":"slow"}"#).into_response()
        }),
    );
    let error = StandIn::serving(routes).await.client().agents().await.unwrap_err();
    assert!(matches!(error, Error::TooMany { retry_after: Some(wait), .. } if wait == Duration::from_secs(7)));
    assert!(error.message().ends_with("Try again in 7 s."));
    assert_eq!(answered(503, "").await.code(), Code::Offline);
    assert!(matches!(answered(500, "oops").await, Error::Server { status: 500, .. }));
    assert!(matches!(answered(404, r#"{"detail":"Agent not found"}"#).await, Error::NotFound { .. }));
}

#[tokio::test]
async fn a_web_page_and_broken_json_are_said_to_be_that() {
    let page = Router::new().route(
        "/v1/agents/",
        get(|| async { ([("content-type", "text/html")], "<!doctype html><title>Router</title>").into_response() }),
    );
    let server = StandIn::serving(page).await;
    let error = server.client().agents().await.unwrap_err();
    assert_eq!(error.what(), format!("A web page answers at {}, not a Letta server.", server.address));
    assert!(matches!(answered(200, "[{").await, Error::BadAnswer { .. }));
    assert!(matches!(answered(200, r#"{"agents":[]}"#).await, Error::BadAnswer { .. }));
}

#[tokio::test]
async fn the_key_is_in_no_error() {
    let routes =
        Router::new().route("/v1/agents/", get(|| async { standin::json(500, "you sent Bearer sk-secret-1234") }));
    let client = StandIn::serving(routes).await.client();
    let error = client.agents().await.unwrap_err();
    let failure = Failure::from(error.clone());
    for text in [format!("{error:?}"), error.to_string(), format!("{failure:?}"), format!("{client:?}")] {
        assert!(!text.contains("sk-secret"), "{text}");
    }
    assert!(error.details().contains("[key]"));
}

#[tokio::test]
async fn no_connection_says_why() {
    let refused = Client::new("http://127.0.0.1:9", None).unwrap().health().await.unwrap_err();
    assert!(matches!(refused, Error::Unreachable { cause: Cause::Refused, .. }), "{refused:?}");
    assert_eq!(refused.what(), "No Letta server answers at 127.0.0.1:9.");
    let name = Client::new("http://no-such-host.invalid", None).unwrap().health().await.unwrap_err();
    assert!(matches!(name, Error::Unreachable { cause: Cause::Name, .. }), "{name:?}");
    assert_eq!(name.what(), "No computer called no-such-host.invalid was found.");
    let hung_up = standin::raw(b"").await;
    let lost = Client::new(&format!("http://{hung_up}"), None).unwrap().health().await.unwrap_err();
    assert!(matches!(lost, Error::Unreachable { cause: Cause::Lost, .. }), "{lost:?}");
    for error in [refused, name, lost] {
        assert_eq!(error.code(), Code::Offline);
        assert!(!error.details().is_empty());
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_said_plainly() {
    for (key, word) in
        [("sk let", "space"), ("sk\nlet", "line end"), ("sk-lét", "character"), ("sk\u{7f}", "character")]
    {
        let error = Client::new("http://localhost", Some(SecretString::from(key))).unwrap_err();
        assert!(error.message().contains(word), "{error}");
        assert_eq!(error.code(), Code::Unauthorized);
    }
    assert!(!Client::new("http://localhost", Some(SecretString::from(" \n"))).unwrap().has_key());
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let endless = || async {
        let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::convert::Infallible>(vec![b' '; 1 << 20]));
        ([("content-type", "application/json")], axum::body::Body::from_stream(chunks)).into_response()
    };
    let server = StandIn::serving(Router::new().route("/v1/agents/", get(endless))).await;
    let error = server.client().agents().await.unwrap_err();
    assert_eq!(error.what(), "The server's answer is larger than 64 MB.");
}

/// What is packed may be of any size unpacked: it is not asked for, and not unpacked when it comes all the same.
#[tokio::test]
async fn a_compressed_answer_is_not_asked_for_and_never_unpacked() {
    /// `[]`, by gzip.
    const PACKED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x8b\x8e\x05\x00\x29\xbb\x4c\x0d\x02\x00\x00\x00";
    let packed =
        || async { ([("content-type", "application/json"), ("content-encoding", "gzip")], PACKED).into_response() };
    let server = StandIn::serving(Router::new().route("/v1/agents/", get(packed))).await;
    assert!(server.client().agents().await.is_err(), "it was unpacked");
    assert_eq!(server.asked()[0].header("accept-encoding"), None);
}
