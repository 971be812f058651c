//! What tests rely on: cancelling, ordered faults, going away and coming back, the ledger, pages.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod support;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sim::{Answer, Call, Fault, On, Pace, Script, Sim, Step};
use support::{Heard, Http, decision, heard, recording, said, split};

const STREAM: &str = "messages/stream";

fn scripted(answers: impl IntoIterator<Item = Answer>) -> (Sim, Http, String) {
    let sim = Sim::scripted(Script::new().version("0.16.8").agent("Ada", answers)).unwrap();
    let (http, agent) = (Http::new(&sim), sim.agent_id("Ada"));
    (sim, http, agent)
}

async fn with(fault: Fault) -> Heard {
    let (_sim, http, ada) = scripted([Answer::text("One two three four five.").but(fault)]);
    http.say(&ada, "Hi").await
}

/// Waits until the run of this stream is over.
async fn over(http: &Http, run: &str) -> Value {
    for _ in 0..200 {
        let (_, state) = http.get(&format!("/v1/runs/{run}")).await;
        if state["status"] != "running" {
            return state;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{run} never ended");
}

#[tokio::test]
async fn a_stop_ends_the_stream_within_a_third_of_a_second() {
    let long = Answer::of([Step::text("word ".repeat(2000))]);
    let script = Script::new().version("0.16.8").pace(Pace::steady(50.0)).agent("Ada", [long, Answer::text("Yes.")]);
    let sim = Sim::scripted(script).unwrap();
    let (http, ada) = (Http::new(&sim), sim.agent_id("Ada"));
    let mut stream = http.post(&format!("/v1/agents/{ada}/{STREAM}"), &said("Long")).await;
    let ping = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    for _ in 0..5 {
        stream.chunk().await.unwrap().unwrap();
    }
    let run = support::data(&ping).unwrap()["run_id"].as_str().unwrap().to_owned();
    let (status, said) = http.post_json(&format!("/v1/agents/{ada}/messages/cancel"), &json!({"run_ids": [run]})).await;
    assert_eq!((status, said), (200, json!({ run.clone(): "cancelled" })));
    let asked = Instant::now();
    let rest = heard(stream).await;
    assert!(asked.elapsed() < Duration::from_millis(300), "{:?}", asked.elapsed());
    let recorded = split(&recording("0.16.8/cancel-foreground-stream", "stream.sse"));
    assert_eq!(rest.events.last(), recorded.last(), "the last event, to the letter");
    assert!(rest.well);
    assert_eq!(over(&http, &run).await["stop_reason"], "cancelled");
    assert_eq!(http.get(&format!("/v1/agents/{ada}/messages")).await.1, json!([]), "nothing of the step is kept");
    assert_eq!(http.post(&format!("/v1/agents/{ada}/messages/cancel"), &Value::Null).await.status(), 409);
}

#[tokio::test]
async fn a_stop_hurries_a_tool_whose_return_is_kept_but_not_streamed() {
    let tool = Call::new("slow", "{}", "done").takes(Duration::from_secs(30));
    let pace = Pace { tools: true, ..Pace::instant() };
    let script = Script::new().pace(pace).agent("Ada", [Answer::of([Step::Call(tool), Step::text("Never said.")])]);
    let sim = Sim::scripted(script).unwrap();
    let (http, ada) = (Http::new(&sim), sim.agent_id("Ada"));
    let stream = http.post(&format!("/v1/agents/{ada}/{STREAM}"), &said("Go")).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    http.post(&format!("/v1/agents/{ada}/messages/cancel"), &Value::Null).await;
    let heard = heard(stream).await;
    assert_eq!(heard.kinds(), ["ping", "tool_call_message", "stop_reason"]);
    let (_, list) = http.get(&format!("/v1/agents/{ada}/messages")).await;
    let kinds: Vec<&str> = list.as_array().unwrap().iter().map(|m| m["message_type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["user_message", "tool_call_message", "tool_return_message"]);
}

#[tokio::test]
async fn a_stop_while_a_request_waits_denies_it() {
    let (_sim, http, ada) =
        scripted([Answer::of([Step::Ask(Call::new("delete", "{}", "gone"))]), Answer::text("Fresh.")]);
    let waiting = http.say(&ada, "Delete it").await;
    let run = waiting.first("ping")["run_id"].as_str().unwrap().to_owned();
    let (_, said) = http.post_json(&format!("/v1/agents/{ada}/messages/cancel"), &Value::Null).await;
    assert_eq!(said, json!({ run: "cancelled" }));
    assert_eq!(http.say(&ada, "Again").await.words(), "Fresh.");
    let (_, list) = http.get(&format!("/v1/agents/{ada}/messages")).await;
    let theirs: Value =
        serde_json::from_str(&recording("0.16.8/cancel-pending-approval-history", "response.json")).unwrap();
    let kinds = |list: &Value| -> Vec<(String, Vec<String>)> {
        let keys = |m: &Value| m.as_object().unwrap().keys().cloned().collect();
        list.as_array().unwrap().iter().map(|m| (m["message_type"].as_str().unwrap().to_owned(), keys(m))).collect()
    };
    assert_eq!(kinds(&list), kinds(&theirs)[1..], "all but the system prompt");
    let denial =
        |list: &Value| list.as_array().unwrap().iter().find(|m| m["status"] == "error").unwrap()["tool_return"].clone();
    assert_eq!(denial(&list), denial(&theirs));
}

#[tokio::test]
async fn faults_of_a_body() {
    let cut = with(Fault::CutAfterEvent(3)).await;
    assert!(!cut.well && cut.events.len() == 3, "{cut:?}");
    let torn = with(Fault::CutAfterBytes(600)).await;
    assert!(!torn.well && torn.events.iter().map(|event| event.len() + 2).sum::<usize>() >= 600, "{torn:?}");
    assert!(!torn.events.last().unwrap().ends_with('}'), "cut within an event: {torn:?}");
    let quiet = with(Fault::NoDone).await;
    assert!(quiet.well && !quiet.is_done() && quiet.events.last().unwrap().contains("usage_statistics"));
    let garbage = with(Fault::InsertAfter(2, b"\xff\xfe garbage {{{\n\n".as_slice().into())).await;
    assert!(garbage.well && garbage.events[2].contains("garbage") && garbage.words() == "One two three four five.");
    let asked = Instant::now();
    assert!(with(Fault::PauseBefore(3, Duration::from_millis(200))).await.is_done());
    assert!(asked.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn silence_and_streams_without_end() {
    let limit = Duration::from_millis(400);
    for fault in [Fault::StallAfter(2), Fault::NeverEnd] {
        assert!(tokio::time::timeout(limit, with(fault.clone())).await.is_err(), "{fault:?}");
    }
    let (_sim, http, ada) = scripted([Answer::fault(Fault::Silence)]);
    assert!(tokio::time::timeout(limit, http.say(&ada, "Hi")).await.is_err(), "not even a head");
}

#[tokio::test]
async fn whole_answers_of_http_instead() {
    for (fault, status) in [
        (Fault::unauthorized(), 401),
        (Fault::not_found(), 404),
        (Fault::busy("run-1"), 409),
        (Fault::pending("message-1"), 409),
        (Fault::invalid(), 422),
        (Fault::too_many(7), 429),
        (Fault::server(), 500),
        (Fault::unavailable(), 503),
        (Fault::error_with_200(), 200),
    ] {
        let (sim, http, ada) = scripted([Answer::fault(fault), Answer::text("Well again.")]);
        let response = http.post(&format!("/v1/agents/{ada}/{STREAM}"), &said("Hi")).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(
            response.headers().get("retry-after").map(|seconds| seconds.to_str().unwrap()),
            (status == 429).then_some("7")
        );
        assert_eq!(http.say(&ada, "Again").await.words(), "Well again.");
        assert!(sim.check().is_empty());
    }
}

#[tokio::test]
async fn a_run_goes_on_when_its_listener_is_gone() {
    let (sim, http, ada) =
        scripted([Answer::of([Step::text("First half, "), Step::Gate, Step::text("second half.")])
            .but(Fault::CutAfterEvent(3))]);
    let cut = http.say(&ada, "Hi").await;
    assert!(!cut.well);
    let run = cut.first("ping")["run_id"].as_str().unwrap().to_owned();
    assert_eq!(http.get(&format!("/v1/runs/{run}")).await.1["status"], "running");
    sim.release();
    assert_eq!(over(&http, &run).await["status"], "completed");
    let (_, list) = http.get(&format!("/v1/agents/{ada}/messages")).await;
    assert_eq!(list[1]["content"], "First half, second half.");
}

#[tokio::test]
async fn odd_events_giants_and_recordings() {
    let giant = "x".repeat(20 << 20);
    let recorded = recording("0.16.8/stream-tokens-tool-v1", "stream.sse");
    let (_sim, http, ada) = scripted([
        Answer::of([Step::Event(json!({"message_type": "hologram_message", "id": "message-1"})), Step::text("Go on.")]),
        Answer::of([Step::Whole(giant.clone())]),
        Answer::recording(recorded.clone()),
        Answer::text("Enough.").stop("max_steps"),
    ]);
    let odd = http.say(&ada, "1").await;
    assert_eq!(odd.kinds(), ["ping", "hologram_message", "assistant_message", "stop_reason", "usage_statistics"]);
    let big = http.say(&ada, "2").await;
    assert!(big.events.iter().any(|event| event.len() > giant.len()) && big.words() == giant);
    assert_eq!(http.say(&ada, "3").await.events, split(&recorded));
    assert_eq!(http.say(&ada, "4").await.first("stop_reason")["stop_reason"], "max_steps");
}

#[tokio::test]
async fn pings_come_in_silence_unless_unwanted() {
    let slow = || Answer::of([Step::Pause(Duration::from_millis(250)), Step::text("Late.")]);
    let script = Script::new().ping_every(Duration::from_millis(60)).agent("Ada", [slow(), slow()]);
    let sim = Sim::scripted(script).unwrap();
    let (http, ada) = (Http::new(&sim), sim.agent_id("Ada"));
    let pings = |heard: &Heard| heard.json().iter().filter(|event| event["message_type"] == "ping").count();
    assert!(pings(&http.say(&ada, "Hi").await) >= 3);
    let mut quiet = said("Hi");
    quiet["include_pings"] = json!(false);
    assert_eq!(pings(&http.stream(&format!("/v1/agents/{ada}/{STREAM}"), &quiet).await), 0);
}

#[tokio::test]
async fn away_and_back_on_the_same_port() {
    let (sim, http, ada) = scripted([Answer::of([Step::text("Before "), Step::Gate, Step::text("after.")])]);
    let stream = http.post(&format!("/v1/agents/{ada}/{STREAM}"), &said("Hi")).await;
    sim.go_away();
    assert!(!heard(stream).await.well, "connections break");
    assert!(http.try_post("/v1/health/", &Value::Null).await.unwrap_err().is_connect());
    sim.release();
    sim.come_back().unwrap();
    let (_, runs) = http.get(&format!("/v1/runs/?agent_id={ada}")).await;
    over(&http, runs[0]["id"].as_str().unwrap()).await;
    assert_eq!(http.get(&format!("/v1/agents/{ada}/messages")).await.1[1]["content"], "Before after.");
    sim.hang_up();
    assert_eq!(Http::new(&sim).get("/v1/health/").await.0, 200);
}

#[tokio::test]
async fn faults_at_places_until_cleared_or_once() {
    let (sim, http, ada) = scripted([]);
    sim.next_fault(On::Send, Fault::too_many(1));
    assert_eq!(http.post(&format!("/v1/agents/{ada}/{STREAM}"), &said("Hi")).await.status(), 429);
    assert!(http.say(&ada, "Hi").await.is_done());
    sim.set_fault(On::Any, Fault::unavailable());
    for path in ["/v1/health/", "/v1/agents/", "/v1/groups/"] {
        assert_eq!(http.get(path).await.0, 503);
    }
    sim.clear_faults();
    assert_eq!(http.get("/v1/health/").await.0, 200);
    sim.next_fault(On::Send, Fault::CutAfterEvent(1));
    assert!(!http.say(&ada, "Hi").await.well);
}

#[tokio::test]
async fn the_ledger_knows_what_came_and_what_was_wrong() {
    let (sim, http, ada) = scripted([]);
    let body = json!({"messages": [{"role": "user", "content": "Hi", "otid": "11111111-1111-4111-8111-111111111111"}]});
    let path = format!("/v1/agents/{ada}/{STREAM}");
    http.stream(&path, &body).await;
    assert!(sim.check().is_empty());
    let requests = sim.requests();
    let last = requests.last().unwrap();
    assert_eq!((last.method.as_str(), last.path.as_str(), &last.body), ("POST", path.as_str(), &body));
    assert_eq!(last.header("Content-Type"), Some("application/json"));
    http.stream(&path, &body).await;
    http.stream(&path, &decision("call_nobody", "message-nobody", true, None)).await;
    http.stream(&path, &said("  ")).await;
    http.raw("GET", "/v1/agents").await;
    let complaints = sim.check();
    for (complaint, word) in complaints.iter().zip(["sent again", "nothing waits", "without content", "slash"]) {
        assert!(complaint.contains(word), "{complaints:?}");
    }
    assert_eq!(complaints.len(), 4);
}

#[tokio::test]
async fn pages_of_agents_and_of_history() {
    let talk = (1..=30).map(|n| (format!("Question {n}"), Answer::text(format!("Answer {n}"))));
    let sim = Sim::scripted(Script::new().crowd(120).agent("Ada", []).past("Ada", talk)).unwrap();
    let (http, ada) = (Http::new(&sim), sim.agent_id("Ada"));
    let mut names = Vec::new();
    let mut path = "/v1/agents/?limit=50".to_owned();
    loop {
        let (_, page) = http.get(&path).await;
        let page = page.as_array().unwrap().clone();
        let Some(last) = page.last() else { break };
        path = format!("/v1/agents/?limit=50&after={}", last["id"].as_str().unwrap());
        names.extend(page.iter().map(|agent| agent["name"].as_str().unwrap().to_owned()));
    }
    assert_eq!((names.len(), names[0].as_str(), names[120].as_str()), (121, "Ada", "Agent 001"), "newest first");

    let (mut before, mut contents) = (String::new(), Vec::new());
    loop {
        let (_, page) = http.get(&format!("/v1/agents/{ada}/messages?limit=7{before}")).await;
        let page = page.as_array().unwrap().clone();
        let Some(first) = page.first() else { break };
        before = format!("&before={}", first["id"].as_str().unwrap());
        contents.splice(0..0, page.iter().map(|message| message["content"].as_str().unwrap().to_owned()));
    }
    assert_eq!(contents.len(), 60);
    assert_eq!((contents[0].as_str(), contents[59].as_str()), ("Question 1", "Answer 30"));
    let again =
        Sim::scripted(Script::new().agent("Ada", []).past("Ada", [("Q".to_owned(), Answer::text("A"))])).unwrap();
    assert_eq!(again.agent_id("Ada"), ada, "ids are the same at every start");
}

#[tokio::test]
async fn groups_by_version() {
    for (version, post, read) in [("0.11.7", 200, 200), ("0.16.4", 500, 500), ("0.16.8", 405, 200)] {
        let script =
            Script::new().version(version).agent("Ada", []).agent("Bob", []).group("Both.", &["Ada", "Bob"], None);
        let sim = Sim::scripted(script).unwrap();
        let (http, group) = (Http::new(&sim), sim.group_id("Both."));
        assert_eq!(http.post(&format!("/v1/groups/{group}/{STREAM}"), &said("Hi")).await.status(), post);
        assert_eq!(http.post(&format!("/v1/groups/{group}/messages"), &said("Hi")).await.status(), post);
        assert_eq!(http.get(&format!("/v1/groups/{group}/messages")).await.0, read);
    }
    let sim = Sim::scripted(Script::new().without_groups()).unwrap();
    assert_eq!(Http::new(&sim).get("/v1/groups/").await, (404, json!({"detail": "Not Found"})));
}

#[tokio::test]
async fn roles_stand_where_clients_look_for_them() {
    let sim = Sim::scripted(Script::new().agent("Ada", []).role("Ada", "Research").agent("Bob", [])).unwrap();
    let (_, agents) = Http::new(&sim).get("/v1/agents/?order=asc").await;
    assert_eq!((&agents[0]["metadata"]["role"], &agents[0]["description"]), (&json!("Research"), &json!("Research")));
    assert_eq!((&agents[1]["metadata"], &agents[1]["description"]), (&Value::Null, &Value::Null));
}

#[test]
fn it_can_be_kept_anywhere() {
    fn anywhere<T: Send + Sync + 'static>() {}
    anywhere::<Sim>();
}

#[test]
fn it_needs_no_runtime_and_stops_when_dropped() {
    let sim = Sim::scripted(Script::new()).unwrap();
    let address = sim.address();
    let port: std::net::SocketAddr = address.strip_prefix("http://").unwrap().parse().unwrap();
    assert!(std::net::TcpStream::connect(port).is_ok());
    drop(sim);
    assert!(std::net::TcpStream::connect(port).is_err());
}
