//! What the connect screen hears, step by step, for every way an address or a key can be wrong.

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use letta::{Probe, Refused, Server, probe};
use model::CheckState;

use crate::standin::{self, StandIn};

/// A Letta server below a prefix, with or without a password.
fn letta(prefix: &str, version: &'static str, password: Option<&'static str>) -> Router {
    let agents = move |headers: HeaderMap| async move {
        let bearer = headers
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if password.is_none() || bearer == password {
            standin::json(200, "[]")
        } else {
            standin::json(401, r#"{"detail":"Unauthorized"}"#)
        }
    };
    let health = move || async move { standin::json(200, format!(r#"{{"version":"{version}","status":"ok"}}"#)) };
    Router::new()
        .route(&format!("{prefix}/v1/health/"), get(health))
        .route(&format!("{prefix}/v1/agents/"), get(agents))
}

/// The steps as one line: `+` went well, `!` failed, `-` not tried.
fn steps(probe: &Probe) -> String {
    let one = |check: &model::Check| {
        let mark = match check.state {
            CheckState::Passed => '+',
            CheckState::Failed => '!',
            CheckState::NotTried => '-',
        };
        let note = if check.note.ends_with(" ms") { "ms" } else { &check.note };
        format!("{mark}{}: {note}", check.step)
    };
    probe.checks.iter().map(one).collect::<Vec<_>>().join(" | ")
}

fn found(probe: Probe) -> Server {
    probe.outcome.unwrap()
}

fn refused(probe: &Probe) -> &Refused {
    probe.outcome.as_ref().unwrap_err()
}

#[tokio::test]
async fn a_server_is_found_however_its_address_is_typed() {
    let server = StandIn::serving(letta("/letta", "0.16.8", Some("pass"))).await;
    let port = server.address.port();
    for typed in [
        format!("http://127.0.0.1:{port}/letta"),
        format!("  127.0.0.1:{port}/letta/\n"),
        format!("localhost:{port}/letta/v1"),
        format!("http://localhost:{port}/letta/v1/"),
    ] {
        let probe = probe(&typed, Some(" pass\r\n")).await;
        let steps = steps(&probe);
        assert!(steps.ends_with("+Letta server: 0.16.8 | +Password: accepted"), "{typed}: {steps}");
        assert!(steps.contains(&format!("+Computer answers: ms | +Port {port}: open")), "{steps}");
        assert_eq!(
            steps.contains("+Name found: 127.0.0.1") || steps.contains("+Name found: ::1"),
            typed.contains("localhost"),
            "{steps}"
        );
        let server = found(probe);
        assert!(server.base.ends_with(&format!(":{port}/letta")), "{}", server.base);
        assert_eq!((server.version.as_str(), server.warning), ("0.16.8", None));
        assert!(server.abilities.groups_closed.is_some());
    }
}

#[tokio::test]
async fn the_key_is_given_to_a_letta_server_only() {
    let server = StandIn::serving(letta("", "0.11.7", Some("pass"))).await;
    assert_eq!(found(probe(&server.base(), Some("pass")).await).abilities.groups_closed, None);
    let asked = server.asked();
    assert_eq!((asked[0].path.as_str(), asked[0].header("authorization")), ("/v1/health/", None));
    assert_eq!(asked[1].header("authorization"), Some("Bearer pass"));
    let other = StandIn::serving(Router::new()).await;
    refused(&probe(&other.base(), Some("pass")).await);
    assert!(other.asked().iter().all(|asked| asked.header("authorization").is_none()));
}

#[tokio::test]
async fn a_wrong_key_is_only_the_keys_fault() {
    let server = StandIn::serving(letta("", "0.16.8", Some("pass"))).await;
    let wrong = probe(&server.base(), Some("word")).await;
    assert!(steps(&wrong).ends_with("+Letta server: 0.16.8 | !Password: refused"), "{}", steps(&wrong));
    assert!(refused(&wrong).key_refused);
    assert_eq!(refused(&wrong).what, "This server did not accept the password.");
    let none = probe(&server.base(), Some("  ")).await;
    assert!(steps(&none).ends_with("!Password: needed"), "{}", steps(&none));
    assert_eq!(refused(&none).what, "This server asks for a password.");
    let open = StandIn::serving(letta("", "0.16.8", None)).await;
    assert!(steps(&probe(&open.base(), None).await).ends_with("+Password: not needed"));
}

#[tokio::test]
async fn a_key_with_a_space_or_a_line_end_is_said_plainly() {
    for (key, what) in [("pa ss", "The key has a space in it."), ("pa\nss", "The key has a line end in it.")] {
        let probe = probe("http://127.0.0.1:9", Some(key)).await;
        assert_eq!((refused(&probe).what.as_str(), refused(&probe).key_refused), (what, true));
    }
}

#[tokio::test]
async fn a_closed_port_is_told_from_a_missing_computer() {
    let closed = probe("http://127.0.0.1:9", None).await;
    assert_eq!(
        steps(&closed),
        "+Computer answers: ms | !Port 9: refused | -Letta server: not tried | -Password: not tried"
    );
    assert_eq!(refused(&closed).what, "No Letta server answers at 127.0.0.1:9.");
    assert_eq!(refused(&closed).hint, "The computer is there. Is the server running?");
    let missing = probe("no-such-host.invalid", None).await;
    assert!(
        steps(&missing).starts_with("!Name found: not found | -Computer answers: not tried"),
        "{}",
        steps(&missing)
    );
    assert!(steps(&missing).contains("-Secure connection: not tried"), "{}", steps(&missing));
    assert_eq!(refused(&missing).what, "No computer called no-such-host.invalid was found.");
    let none = probe("   ", None).await;
    assert_eq!((none.checks.len(), refused(&none).key_refused), (0, false));
}

#[tokio::test]
async fn something_else_at_the_address_is_named() {
    let page = Router::new()
        .fallback(|| async { ([("content-type", "text/html")], "<!doctype html><h1>Router</h1>").into_response() });
    let server = StandIn::serving(page).await;
    let probed = probe(&server.base(), None).await;
    assert!(
        steps(&probed).contains("!Letta server: something else answers | -Password: not tried"),
        "{}",
        steps(&probed)
    );
    assert!(refused(&probed).what.starts_with("A web page answers at"));
    let other = StandIn::serving(Router::new()).await;
    assert!(refused(&probe(&other.base(), None).await).what.contains("it is no Letta server"));
    let json = StandIn::serving(Router::new().fallback(|| async { standin::json(200, r#"{"hello":1}"#) })).await;
    assert!(refused(&probe(&json.base(), None).await).what.contains("not what a Letta server says"));
    let ssh = standin::raw(b"SSH-2.0-OpenSSH_9.2\r\n").await;
    let probed = probe(&format!("http://{ssh}"), None).await;
    assert!(steps(&probed).contains("!Letta server"), "{}", steps(&probed));
    let wrong_prefix = StandIn::serving(letta("/letta", "0.16.8", None)).await;
    assert!(refused(&probe(&wrong_prefix.base(), None).await).what.contains("no Letta server"));
}

#[tokio::test]
async fn a_server_that_is_starting_is_not_a_wrong_address() {
    let starting = StandIn::serving(Router::new().fallback(|| async { standin::json(502, "") })).await;
    let probed = probe(&starting.base(), None).await;
    assert!(steps(&probed).contains("!Letta server: not ready"), "{}", steps(&probed));
}

#[tokio::test]
async fn a_self_signed_certificate_is_said_with_the_way_out() {
    let address = standin::secure(&["127.0.0.1", "localhost"], r#"{"version":"0.16.8","status":"ok"}"#).await;
    let probed = probe(&format!("https://{address}"), None).await;
    assert!(
        steps(&probed).contains("!Secure connection: certificate not trusted | -Letta server: not tried"),
        "{}: {:?}",
        steps(&probed),
        refused(&probed)
    );
    assert!(
        refused(&probed).what.starts_with("The certificate of 127.0.0.1 was not issued by anyone"),
        "{:?}",
        refused(&probed)
    );
    assert!(refused(&probed).hint.contains("add it to the certificates"));
}

#[tokio::test]
async fn http_where_https_is_due_and_the_other_way_round() {
    let secure = standin::secure(&["127.0.0.1"], "{}").await;
    let plain = probe(&format!("http://{secure}"), None).await;
    assert!(steps(&plain).contains("https is needed"), "{}", steps(&plain));
    assert!(refused(&plain).hint.contains("https://"), "{:?}", refused(&plain));
    let alert = standin::raw(b"\x15\x03\x01\x00\x02\x02\x46").await;
    assert!(steps(&probe(&format!("http://{alert}"), None).await).contains("https is needed"));
    let server = StandIn::serving(letta("", "0.16.8", None)).await;
    let wrong = probe(&format!("https://{}", server.address), None).await;
    assert!(steps(&wrong).contains("!Secure connection: no https there"), "{}: {:?}", steps(&wrong), refused(&wrong));
    assert!(refused(&wrong).hint.contains("http://"));
    let typed_without = probe(&secure.to_string(), None).await;
    assert!(
        refused(&typed_without).what.contains("certificate"),
        "https was tried by itself: {:?}",
        refused(&typed_without)
    );
}

#[tokio::test]
async fn a_front_door_that_sends_elsewhere_is_not_followed_with_the_key() {
    let thief = StandIn::serving(letta("", "0.16.8", None)).await;
    let to = format!("{}/v1/health/", thief.base());
    let door = Router::new().fallback(move || {
        let to = to.clone();
        async move { Redirect::temporary(&to).into_response() }
    });
    let server = StandIn::serving(door).await;
    let probed = probe(&server.base(), Some("pass")).await;
    assert!(refused(&probed).what.starts_with("The server sends us on to"), "{:?}", refused(&probed));
    assert!(thief.asked().is_empty());
    let secure = standin::secure(&["127.0.0.1"], "{}").await;
    let to_https = Router::new().fallback(move || async move {
        let to = format!("https://{secure}/v1/health/");
        (StatusCode::MOVED_PERMANENTLY, [(LOCATION, to)]).into_response() as Response
    });
    let server = StandIn::serving(to_https).await;
    let probed = probe(&server.base(), None).await;
    assert!(refused(&probed).what.contains("certificate"), "its own https is tried: {:?}", refused(&probed));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_left_after_ten_seconds() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let typed = format!("http://{}", listener.local_addr().unwrap());
    let began = tokio::time::Instant::now();
    let probed = probe(&typed, None).await;
    assert!(began.elapsed() <= std::time::Duration::from_secs(30));
    assert!(probed.outcome.is_err(), "{probed:?}");
}
