//! Runs in the background: numbered, in batches, followed again from any event, and every way in which that is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sim::{Answer, Call, Fault, On, Pace, Script, Sim, Step};
use support::{
    Heard, Http, heard, recorded, recording, said,
    shape::{same, same_list, shape},
    split,
};

const STREAM: &str = "messages/stream";

fn server(answers: impl IntoIterator<Item = Answer>) -> (Sim, Http, String) {
    let script = Script::new().version("0.16.8").redis(Duration::from_millis(40)).agent("Ada", answers);
    let sim = Sim::scripted(script).unwrap();
    let (http, agent) = (Http::new(&sim), sim.agent_id("Ada"));
    (sim, http, agent)
}

fn background(text: &str) -> Value {
    let mut body = said(text);
    body["background"] = json!(true);
    body
}

fn thoughtful() -> Answer {
    Answer::of([Step::reasoning("In the background."), Step::text("Background answer in several pieces.")])
}

fn run_of(heard: &Heard) -> String {
    heard.json().iter().find_map(|event| event["run_id"].as_str()).unwrap().to_owned()
}

fn numbers(heard: &Heard) -> Vec<u64> {
    heard.json().iter().filter_map(|event| event["seq_id"].as_u64()).collect()
}

async fn again(http: &Http, run: &str, after: usize) -> Heard {
    http.stream(&format!("/v1/runs/{run}/stream"), &json!({"starting_after": after})).await
}

#[tokio::test]
async fn events_are_numbered_from_the_first_ping_on() {
    let (sim, http, ada) = server([thoughtful()]);
    let heard = http.stream(&format!("/v1/agents/{ada}/{STREAM}"), &background("Hi")).await;
    same(&heard.events, "0.16.8/background-tokens");
    let numbered = numbers(&heard);
    assert_eq!(numbered, (1..=numbered.len() as u64).collect::<Vec<_>>());
    assert_eq!(heard.first("ping")["seq_id"], 1);
    let (_, run) = http.get(&format!("/v1/runs/{}", run_of(&heard))).await;
    assert_eq!((shape(&run), &run["background"]), (shape(&recorded("run-background.json")), &json!(true)));
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn any_rest_of_it_can_be_heard_again() {
    let (_sim, http, ada) = server([thoughtful()]);
    let whole = http.stream(&format!("/v1/agents/{ada}/{STREAM}"), &background("Hi")).await;
    let run = run_of(&whole);
    for after in 0..whole.events.len() {
        assert_eq!(again(&http, &run, after).await.events, whole.events[after..], "after {after}");
    }
    let theirs = split(&recording("0.16.8/run-stream-after-3", "stream.sse"));
    assert!(!theirs.iter().any(|event| event.contains("ping")), "no ping comes first");
    let past = again(&http, &run, whole.events.len());
    assert!(tokio::time::timeout(Duration::from_millis(300), past).await.is_err(), "past the end it hangs");
    let path = format!("/v1/runs/{run}/stream");
    let far = json!({"starting_after": 999});
    let head = http.try_post(&path, &far);
    assert!(tokio::time::timeout(Duration::from_millis(300), head).await.is_err(), "without even a head");
}

#[tokio::test]
async fn a_dropped_stream_is_followed_while_the_agent_still_speaks() {
    let words = Answer::of([Step::text("First half, "), Step::Gate, Step::text("second half.")]);
    let (sim, http, ada) = server([words.but(Fault::CutAfterEvent(3))]);
    let torn = http.stream(&format!("/v1/agents/{ada}/{STREAM}"), &background("Hi")).await;
    assert!(!torn.well);
    let (run, last) = (run_of(&torn), *numbers(&torn).last().unwrap());
    let (_, running) = http.get(&format!("/v1/runs/?agent_id={ada}&active=true&background=true")).await;
    assert_eq!(running[0]["id"], json!(run));
    sim.release();
    let rest = again(&http, &run, usize::try_from(last).unwrap()).await;
    assert!(rest.is_done());
    assert_eq!(format!("{}{}", torn.words(), rest.words()), "First half, second half.");
    assert_eq!(numbers(&rest)[0], last + 1);
    let (_, list) = http.get(&format!("/v1/runs/{run}/messages")).await;
    let theirs: Value = serde_json::from_str(&recording("0.16.8/run-messages", "response.json")).unwrap();
    same_list(&list, &theirs, "0.16.8/run-messages");
}

#[tokio::test]
async fn batches_come_at_their_pace_and_a_cut_can_strike_the_rest_too() {
    let long = || Answer::of([Step::text("word ".repeat(40))]);
    let script = Script::new()
        .version("0.16.8")
        .redis(Duration::from_millis(200))
        .pace(Pace::steady(60.0))
        .agent("Ada", [long(), long()]);
    let sim = Sim::scripted(script).unwrap();
    let (http, ada) = (Http::new(&sim), sim.agent_id("Ada"));
    let mut stream = http.post(&format!("/v1/agents/{ada}/{STREAM}"), &background("Long")).await;
    let (mut last, mut rests) = (Instant::now(), Vec::new());
    while let Some(_chunk) = stream.chunk().await.unwrap() {
        rests.push(last.elapsed());
        last = Instant::now();
    }
    let waits = rests.iter().filter(|rest| **rest > Duration::from_millis(100)).count();
    assert!((2..=6).contains(&waits), "{waits} batches: {rests:?}");

    let whole = http.stream(&format!("/v1/agents/{ada}/{STREAM}"), &background("Long")).await;
    sim.next_fault(On::RunStream, Fault::CutAfterBytes(700));
    let torn = again(&http, &run_of(&whole), 1).await;
    assert!(!torn.well && !torn.events.is_empty());
}

#[tokio::test]
async fn a_stop_ends_it_with_a_done() {
    let long = Answer::of([Step::text("word ".repeat(2000))]);
    let script =
        Script::new().version("0.16.8").redis(Duration::from_millis(20)).pace(Pace::steady(50.0)).agent("Ada", [long]);
    let sim = Sim::scripted(script).unwrap();
    let (http, ada) = (Http::new(&sim), sim.agent_id("Ada"));
    let stream = http.post(&format!("/v1/agents/{ada}/{STREAM}"), &background("Long")).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    let (_, said) = http.post_json(&format!("/v1/agents/{ada}/messages/cancel"), &Value::Null).await;
    assert_eq!(said.as_object().unwrap().values().collect::<Vec<_>>(), [&json!("cancelled")]);
    let heard = heard(stream).await;
    let theirs = split(&recording("0.16.8/cancel-background-runids-stream", "stream.sse"));
    assert_eq!(heard.events[heard.events.len() - 2..], theirs[theirs.len() - 2..], "to the letter");
    let (status, again) = http.post_json(&format!("/v1/agents/{ada}/messages/cancel"), &Value::Null).await;
    assert_eq!((status, again), (200, said), "with Redis the latest run is found, over or not");
}

#[tokio::test]
async fn failures_and_requests_are_numbered_too() {
    let fail = Step::Fail {
        error_type: "llm_error".to_owned(),
        message: "The model failed.".to_owned(),
        detail: "500".to_owned(),
    };
    let (_sim, http, ada) = server([Answer::of([fail]), Answer::of([Step::Ask(Call::new("delete", "{}", "gone"))])]);
    let path = format!("/v1/agents/{ada}/{STREAM}");
    let failed = http.stream(&path, &background("Hi")).await;
    assert_eq!(failed.kinds(), ["ping", "stop_reason", "error_message"]);
    assert_eq!(failed.first("error_message")["seq_id"], 3, "the stop reason has counted");
    let asks = http.stream(&path, &background("Hi")).await;
    assert!(asks.is_done() && asks.first("approval_request_message")["seq_id"].is_u64());
    let refused = http.stream(&path, &background("Hi")).await;
    assert_eq!(refused.first("error_message")["seq_id"], 3);
}

#[tokio::test]
async fn what_is_refused() {
    let (sim, http, ada) = server([Answer::text("Plain."), thoughtful()]);
    let path = format!("/v1/agents/{ada}/{STREAM}");
    let plain = run_of(&http.stream(&path, &said("Hi")).await);
    let from = json!({"starting_after": 0});
    let foreground = recorded("foreground-run-stream.json");
    assert_eq!(http.post_json(&format!("/v1/runs/{plain}/stream"), &from).await, (400, foreground));
    let kept = run_of(&http.stream(&path, &background("Hi")).await);
    let stream = format!("/v1/runs/{kept}/stream");
    assert_eq!(http.get(&stream).await, (405, json!({"detail": "Method Not Allowed"})));
    assert_eq!(http.raw("POST", &stream).await.status(), 500, "a body is needed");
    assert_eq!(sim.check().len(), 1, "{:?}", sim.check());
    let unknown = "run-00000000-0000-4000-8000-000000000000";
    assert_eq!(http.post_json(&format!("/v1/runs/{unknown}/stream"), &from).await.0, 404);
    assert_eq!(http.get(&format!("/v1/runs/{unknown}/messages")).await.0, 404);
    sim.age_runs(Duration::from_secs(3 * 3600 + 1));
    assert_eq!(http.post_json(&stream, &from).await.0, 410);

    let none = Sim::scripted(Script::new().version("0.16.8").agent("Ada", [])).unwrap();
    let (status, body) = Http::new(&none).post_json(&path, &background("Hi")).await;
    assert_eq!((status, body), (503, recorded("noredis-background.json")));
}
