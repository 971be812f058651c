//! How a turn ends: bytes come from a script, time is tokio's and stands still unless slept. Only where the server is asked how a
//! run stands, a small server answers on loopback and patience is short.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Json, Router, extract::Path, http::StatusCode, routing::get};
use futures_util::stream;
use serde_json::json;

use super::*;
use crate::Client;

const PING: &str = "data: {\"message_type\":\"ping\",\"run_id\":\"run-1\"}\n\n";
const WORDS: &str =
    "data: {\"id\":\"message-1\",\"message_type\":\"assistant_message\",\"content\":\"Hi\",\"run_id\":\"run-1\"}\n\n";
const STOP: &str = "data: {\"message_type\":\"stop_reason\",\"stop_reason\":\"end_turn\"}\n\n";
const USAGE: &str = "data: {\"message_type\":\"usage_statistics\",\"step_count\":1}\n\n";
const ERROR: &str = "event: error\ndata: {\"message_type\":\"error_message\",\"error_type\":\"llm_rate_limit\",\"message\":\"Slow down\"}\n\n";
const DONE: &str = "data: [DONE]\n\n";

/// What the other side does.
#[derive(Clone)]
enum Does {
    Sends(&'static str),
    Waits(u64),
    Breaks,
    /// Neither a byte nor an end.
    Hangs,
}
use Does::{Breaks, Hangs, Sends, Waits};

fn body(script: &[Does]) -> reqwest::Body {
    let script: Vec<Does> = script.to_vec();
    reqwest::Body::wrap_stream(stream::unfold(script.into_iter(), |mut script| async {
        loop {
            match script.next()? {
                Sends(text) => return Some((Ok(bytes::Bytes::from_static(text.as_bytes())), script)),
                Waits(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                Breaks => return Some((Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)), script)),
                Hangs => std::future::pending().await,
            }
        }
    }))
}

fn response(status: u16, kind: &str, body: reqwest::Body) -> Response {
    axum::http::Response::builder().status(status).header("content-type", kind).body(body).unwrap().into()
}

fn nowhere() -> Client {
    Client::new("http://127.0.0.1:9", None).unwrap()
}

async fn of_agent(script: &[Does]) -> Turn {
    Turn::of_agent(nowhere(), response(200, "text/event-stream; charset=utf-8", body(script))).await.unwrap()
}

/// Everything up to the end, and how long it took.
async fn hear(mut turn: Turn) -> (usize, Ending, Duration) {
    let began = Instant::now();
    let mut events = 0;
    loop {
        match turn.next().await {
            Heard::Event(_) => events += 1,
            Heard::Over(ending) => {
                assert_eq!(turn.next().await, Heard::Over(ending.clone()), "the end stays the end");
                return (events, ending, began.elapsed());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn done_ends_it_at_once_although_the_socket_stays_open() {
    let turn = of_agent(&[Sends(PING), Sends(WORDS), Sends(STOP), Sends(USAGE), Sends(DONE), Hangs]).await;
    let (events, ending, took) = hear(turn).await;
    assert_eq!((events, ending), (5, Ending::Finished));
    assert!(took < Duration::from_millis(100), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_reason_usage_is_waited_for_two_seconds() {
    let (events, ending, took) =
        hear(of_agent(&[Sends(WORDS), Sends(STOP), Waits(1), Sends(USAGE), Hangs]).await).await;
    assert_eq!((events, ending), (3, Ending::Finished));
    assert_eq!(took.as_secs(), 3, "one second to the usage, two after it");
    let (events, ending, took) = hear(of_agent(&[Sends(WORDS), Sends(STOP), Hangs]).await).await;
    assert_eq!((events, ending, took.as_secs()), (2, Ending::Finished, 2));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_body_after_a_stop_reason_is_an_end() {
    let (_, ending, _) = hear(of_agent(&[Sends(WORDS), Sends(STOP)]).await).await;
    assert_eq!(ending, Ending::Finished);
    let (_, ending, _) = hear(of_agent(&[Sends(WORDS), Sends(STOP), Breaks]).await).await;
    assert_eq!(ending, Ending::Finished, "what breaks afterwards does not matter");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_body_before_is_a_cut() {
    for script in
        [&[Sends(PING), Sends(WORDS)][..], &[Sends(WORDS), Breaks], &[Sends(WORDS), Sends("data: {\"mess")], &[]]
    {
        let (_, ending, _) = hear(of_agent(script).await).await;
        let Ending::Cut { why } = ending else { panic!("{ending:?}") };
        assert!(why.contains("127.0.0.1:9"), "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_overrides_every_stop_reason() {
    for script in [
        &[Sends(WORDS), Sends(STOP), Sends(ERROR), Sends(DONE)][..],
        &[Sends(WORDS), Sends(STOP), Waits(1), Sends(ERROR)],
        &[Sends(ERROR), Hangs],
        &[Sends(ERROR), Breaks],
    ] {
        let (_, ending, _) = hear(of_agent(script).await).await;
        let Ending::Failed(trouble) = ending else { panic!("{ending:?}") };
        assert_eq!(trouble.what, "The model's provider asks for a pause: too many requests.");
        assert!(trouble.details.unwrap().contains("Slow down"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_ends_with_its_usage() {
    let group = |script: &[Does]| {
        let response = response(200, "text/event-stream", body(script));
        async move { Turn::of_group(nowhere(), response).await.unwrap() }
    };
    assert_eq!(hear(group(&[Sends(WORDS), Sends(USAGE), Sends(DONE)]).await).await.1, Ending::Finished);
    assert_eq!(hear(group(&[Sends(WORDS), Sends(USAGE)]).await).await.1, Ending::Finished);
    let (_, ending, took) = hear(group(&[Sends(WORDS), Sends(USAGE), Hangs]).await).await;
    assert_eq!((ending, took.as_secs()), (Ending::Finished, 2));
    assert!(matches!(hear(group(&[Sends(WORDS)]).await).await.1, Ending::Cut { .. }));
    let failed = "data: {\"error\":\"Stream failed (internal error occurred)\"}\n\n";
    assert!(matches!(hear(group(&[Sends(WORDS), Sends(failed), Sends(DONE)]).await).await.1, Ending::Failed(_)));
}

#[tokio::test(start_paused = true)]
async fn a_whole_answer_is_the_same_as_its_stream() {
    let whole = json!({
        "messages": [{"id": "message-1", "message_type": "assistant_message", "content": "Hi", "name": "Hugo"}],
        "stop_reason": {"message_type": "stop_reason", "stop_reason": "end_turn"},
        "usage": {"message_type": "usage_statistics", "step_count": 1},
    });
    let response = response(200, "application/json", whole.to_string().into());
    let (events, ending, _) = hear(Turn::of_group(nowhere(), response).await.unwrap()).await;
    assert_eq!((events, ending), (3, Ending::Finished));
}

#[tokio::test(start_paused = true)]
async fn an_error_with_status_200_is_a_failed_turn() {
    let response = response(200, "application/json", r#"{"error":"The cat sat on it"}"#.into());
    let (_, ending, _) = hear(Turn::of_agent(nowhere(), response).await.unwrap()).await;
    let Ending::Failed(trouble) = ending else { panic!("{ending:?}") };
    assert!(trouble.details.unwrap().contains("The cat sat on it"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_begins_with_status_500_is_a_failed_turn() {
    let old = "data: {\"message_type\":\"stop_reason\",\"stop_reason\":\"error\"}\n\nevent: error\ndata: {\"error\": \
               \"RATE_LIMIT_EXCEEDED: Rate limited by OpenAI\", \"code\": \"INTERNAL_SERVER_ERROR\"}\n\n";
    for (bytes, what) in [(old, "The model's provider asks for a pause: too many requests."), ("", "The model failed.")]
    {
        let response = response(500, "text/event-stream; charset=utf-8", bytes.into());
        let (_, ending, _) = hear(Turn::of_agent(nowhere(), response).await.unwrap()).await;
        let Ending::Failed(trouble) = ending else { panic!("{ending:?}") };
        assert_eq!(trouble.what, what);
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_without_end_ends_in_words() {
    const LINE: &str = "data: what is this\n\n";
    let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(bytes::Bytes::from(LINE.repeat(1000))));
    let turn = Turn::of_agent(nowhere(), response(200, "text/event-stream", reqwest::Body::wrap_stream(endless)))
        .await
        .unwrap();
    let (events, ending, _) = hear(turn).await;
    assert_eq!(ending, Ending::Cut { why: "The server sends something that is no answer.".to_owned() });
    assert!(events < 20_000, "{events}");
    let no_lines = stream::repeat_with(|| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b'x'; 1 << 20])));
    let turn = Turn::of_agent(nowhere(), response(200, "text/event-stream", reqwest::Body::wrap_stream(no_lines)))
        .await
        .unwrap();
    let (_, ending, _) = hear(turn).await;
    assert_eq!(ending, Ending::Cut { why: "One message of the answer is larger than 32 MB.".to_owned() });
    let comments = stream::repeat_with(|| {
        Ok::<_, std::io::Error>(bytes::Bytes::from(format!(": {}\n", "nothing".repeat(1000)).repeat(100) + "\n"))
    });
    let turn = Turn::of_agent(nowhere(), response(200, "text/event-stream", reqwest::Body::wrap_stream(comments)))
        .await
        .unwrap();
    assert!(matches!(hear(turn).await.1, Ending::Cut { .. }));
}

#[tokio::test]
async fn a_run_of_more_bytes_than_any_answer_is_given_up_in_words() {
    let endless = stream::repeat_with(|| Ok::<_, std::io::Error>(bytes::Bytes::from(WORDS.repeat(1000))));
    let mut turn = Turn::of_agent(nowhere(), response(200, "text/event-stream", reqwest::Body::wrap_stream(endless)))
        .await
        .unwrap();
    turn.patience.most = 3 << 20;
    let mut events = 0;
    let ending = loop {
        match turn.next().await {
            Heard::Event(_) => events += 1,
            Heard::Over(ending) => break ending,
        }
    };
    assert_eq!(ending, Ending::Cut { why: "The answer is larger than 3 MB.".to_owned() });
    assert!(turn.is_spent() && turn.taken() > 3 << 20);
    assert!(events * WORDS.len() > 2 << 20, "what came is kept: {events}");
}

#[tokio::test(start_paused = true)]
async fn a_future_of_next_may_be_dropped_without_losing_anything() {
    let mut turn = of_agent(&[Waits(1), Sends(WORDS), Waits(1), Sends(STOP), Sends(DONE)]).await;
    let mut events = 0;
    loop {
        match tokio::time::timeout(Duration::from_millis(300), turn.next()).await {
            Ok(Heard::Event(_)) => events += 1,
            Ok(Heard::Over(ending)) => break assert_eq!((events, ending), (3, Ending::Finished)),
            Err(_) => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_run_and_the_stop_reason_are_known() {
    let mut turn = of_agent(&[Sends(PING), Sends(STOP), Sends(DONE)]).await;
    assert_eq!(turn.run(), None);
    turn.next().await;
    assert_eq!(turn.run().map(RunId::as_str), Some("run-1"));
    turn.next().await;
    assert_eq!(turn.stop_reason(), Some("end_turn"));
}

/// A server that says how run-1 stands (first answers, the last one for ever), and a turn of its that fell silent after one event.
async fn silent(stands: &'static [&'static str]) -> (Turn, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let run = move |Path(run): Path<String>| async move {
        let at = count.fetch_add(1, Ordering::SeqCst);
        match stands[at.min(stands.len() - 1)] {
            "" => Err(StatusCode::SERVICE_UNAVAILABLE),
            status => Ok(Json(json!({ "id": run, "status": status }))),
        }
    };
    let routes = Router::new().route("/v1/runs/{run}", get(run));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client::new(&format!("http://{}", listener.local_addr().unwrap()), None).unwrap();
    tokio::spawn(async { axum::serve(listener, routes).await });
    let mut turn =
        Turn::of_agent(client, response(200, "text/event-stream", body(&[Sends(PING), Hangs]))).await.unwrap();
    let ms = Duration::from_millis;
    turn.patience =
        Patience { aftermath: ms(20), silence: ms(40), again: ms(20), given_up: ms(400), ..Patience::USUAL };
    turn.ask_at = Instant::now() + ms(40);
    assert!(matches!(turn.next().await, Heard::Event(_)));
    (turn, asked)
}

#[tokio::test]
async fn silence_asks_how_the_run_stands() {
    for (status, word) in [("completed", "finished"), ("failed", "failed"), ("cancelled", "stopped elsewhere")] {
        let stands: &'static [&'static str] = Box::leak(Box::new(["running", "running", status]));
        let (turn, asked) = silent(stands).await;
        let (_, ending, took) = hear(turn).await;
        let Ending::Cut { why } = ending else { panic!("{ending:?}") };
        assert!(why.contains(word), "{why}");
        assert_eq!(asked.load(Ordering::SeqCst), 3, "while it runs, it is waited for");
        assert!(took >= Duration::from_millis(110), "{took:?}");
    }
}

#[tokio::test]
async fn silence_of_a_server_that_is_gone_is_a_cut() {
    let (turn, asked) = silent(&["running", "", ""]).await;
    let (_, ending, _) = hear(turn).await;
    assert_eq!(ending, Ending::Cut { why: "The Letta server is not ready.".to_owned() });
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_server_that_cannot_tell_is_given_up_in_the_end() {
    let (turn, _) = silent(&["a word of the future"]).await;
    let (_, ending, took) = hear(turn).await;
    assert!(matches!(ending, Ending::Cut { why } if why.contains("said nothing")));
    assert!(took >= Duration::from_millis(300), "{took:?}");
}
