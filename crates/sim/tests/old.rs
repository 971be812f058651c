//! Agents as those of 0.11.7 speak, beside the recordings of one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use sim::{Answer, Call, Pace, Script, Sim, Step};
use support::{
    Http, decision, heard, recording, said,
    shape::{same, same_list, shapes},
    split,
};

const STREAM: &str = "messages/stream";

fn server(answers: impl IntoIterator<Item = Answer>) -> (Sim, Http, String) {
    let script = Script::new().version("0.11.7").old_agents().ping_every(Duration::from_millis(80));
    let sim = Sim::scripted(script.agent("Ada", answers)).unwrap();
    let (http, agent) = (Http::new(&sim), sim.agent_id("Ada"));
    (sim, http, agent)
}

fn thinks(text: &str) -> [Step; 2] {
    [Step::reasoning("I will call send_message."), Step::text(text)]
}

fn weather() -> Answer {
    let mut call =
        Call::new("get_weather", "{\"city\": \"Paris\", \"request_heartbeat\": true}", "Sunny, 21 degrees in Paris");
    call.stdout.push("looking up Paris\n".to_owned());
    let [thought, words] = thinks("It is sunny.");
    Answer::of([Step::reasoning("I need the weather."), Step::Call(call), thought, words])
}

fn asks() -> Answer {
    let call = Call::new(
        "delete_file",
        "{\"path\": \"/tmp/example.txt\", \"request_heartbeat\": true}",
        "Deleted /tmp/example.txt",
    );
    Answer::of([Step::reasoning("I will call delete_file."), Step::Ask(call)])
}

fn steps(mut body: Value) -> Value {
    body["stream_tokens"] = json!(false);
    body
}

#[tokio::test]
async fn words_and_tools_by_tokens_and_by_steps() {
    let (sim, http, ada) = server([weather(), weather(), Answer::of(thinks("Hi.")), Answer::of(thinks("Hi."))]);
    let path = format!("/v1/agents/{ada}/{STREAM}");
    same(&http.say(&ada, "Weather?").await.events, "0.11.7/stream-tokens-tool-mg2");
    same(&http.stream(&path, &steps(said("Weather?"))).await.events, "0.11.7/stream-steps-tool-mg2");
    same(&http.say(&ada, "Hi").await.events, "0.11.7/stream-tokens-text-mg2");
    same(&http.stream(&path, &steps(said("Hi"))).await.events, "0.11.7/stream-steps-text-mg2");
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn pings_come_in_silence_and_only_if_wanted() {
    let late = || Answer::of([Step::Pause(Duration::from_millis(200)), Step::reasoning("Late."), Step::text("Late.")]);
    let (_sim, http, ada) = server([late(), late()]);
    let mut wants = said("Slow");
    wants["include_pings"] = json!(true);
    let heard = http.stream(&format!("/v1/agents/{ada}/{STREAM}"), &wants).await;
    same(&heard.events, "0.11.7/pings-mg2");
    assert!(!http.say(&ada, "Slow").await.kinds().contains(&"ping".to_owned()));
}

#[tokio::test]
async fn a_request_is_asked_by_steps_and_lost_by_tokens() {
    let (sim, http, ada) = server([asks(), Answer::of(thinks("Gone.")), asks(), Answer::of(thinks("Gone."))]);
    let path = format!("/v1/agents/{ada}/{STREAM}");
    let asked = http.stream(&path, &steps(said("Delete it"))).await;
    same(&asked.events, "0.11.7/approval-request-steps-mg2");
    let busy = http.post(&path, &steps(said("Hello?"))).await;
    assert_eq!(
        (busy.status().as_u16(), busy.headers()["content-type"].to_str().unwrap()),
        (500, "text/event-stream; charset=utf-8")
    );
    assert_eq!(busy.text().await.unwrap(), "");
    let (_, agent) = http.get(&format!("/v1/agents/{ada}?include=agent.pending_approval")).await;
    assert!(agent.get("pending_approval").is_none() && agent["tools"].is_array());
    let request = asked.first("approval_request_message");
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    let call = id(&request["tool_call"]["tool_call_id"]);
    let newer = json!({"messages": [{"type": "approval", "approvals": [{"type": "approval", "tool_call_id": call, "approve": true}]}]});
    assert_eq!(http.post(&path, &newer).await.status(), 422, "it knows the older form only");
    assert!(sim.check()[0].contains("older form"), "{:?}", sim.check());
    let both = steps(decision(&call, &id(&request["id"]), true, None));
    same(&http.stream(&path, &both).await.events, "0.11.7/approval-bothforms-steps-mg2");
    let (_, list) = http.get(&format!("/v1/agents/{ada}/messages")).await;
    let (_, newest) = http.get(&format!("/v1/agents/{ada}/messages?order=asc&limit=1")).await;
    assert_eq!(newest.as_array().unwrap().last(), list.as_array().unwrap().last(), "it knows no order");
    let theirs: Value = serde_json::from_str(&recording("0.11.7/approval-list-steps-mg2", "response.json")).unwrap();
    let from = theirs.as_array().unwrap().len() - 6;
    let ours = list.as_array().unwrap();
    same_list(
        &json!(ours[ours.len() - 6..]),
        &json!(theirs.as_array().unwrap()[from..]),
        "0.11.7/approval-list-steps-mg2",
    );

    let lost = http.say(&ada, "Delete it").await;
    same(&lost.events, "0.11.7/approval-request-tokens-mg2");
    let theirs = split(&recording("0.11.7/approval-request-tokens-mg2", "stream.sse"));
    assert_eq!(lost.events.last(), theirs.last(), "to the letter");
    assert_eq!(http.say(&ada, "Hello?").await.words(), "Gone.", "nothing waits");
}

#[tokio::test]
async fn failures_have_their_own_shape_and_a_status_if_they_come_first() {
    let fail = || Step::Fail {
        error_type: "internal_error".to_owned(),
        message: "An error occurred.".to_owned(),
        detail: "INTERNAL_SERVER_ERROR: OpenAI API error".to_owned(),
    };
    let late = Answer::of([Step::reasoning("I will call send_message."), fail()]);
    let (_sim, http, ada) = server([Answer::of([fail()]), late]);
    let path = format!("/v1/agents/{ada}/{STREAM}");
    let first = http.post(&path, &said("Hi")).await;
    assert_eq!(
        (first.status().as_u16(), first.headers()["content-type"].to_str().unwrap()),
        (500, "text/event-stream; charset=utf-8")
    );
    same(&heard(first).await.events, "0.11.7/llm-error-500-tokens-mg2");
    let late = http.say(&ada, "Hi").await;
    let theirs = split(&recording("0.11.7/llm-drop-tokens-mg2", "stream.sse"));
    assert_eq!(shapes(&late.events[late.events.len() - 2..]), shapes(&theirs[theirs.len() - 2..]));
    assert_eq!(late.events.last(), theirs.last(), "to the letter");
    let (status, body) = http.post_json(&path, &json!({})).await;
    let theirs: Value = serde_json::from_str(
        "[{\"type\":\"missing\",\"loc\":[\"body\",\"messages\"],\"msg\":\"Field required\",\"input\":{}}]",
    )
    .unwrap();
    assert_eq!((status, &body["detail"]), (422, &theirs), "recording 0.11.7/error-no-messages");
}

#[tokio::test]
async fn a_stop_is_only_said() {
    let long = Answer::of([Step::text("word ".repeat(30))]);
    let script = Script::new().version("0.11.7").old_agents().pace(Pace::steady(100.0)).agent("Ada", [long]);
    let sim = Sim::scripted(script).unwrap();
    let (http, ada) = (Http::new(&sim), sim.agent_id("Ada"));
    let stream = http.post(&format!("/v1/agents/{ada}/{STREAM}"), &said("Long")).await;
    let (status, told) = http.post_json(&format!("/v1/agents/{ada}/messages/cancel"), &Value::Null).await;
    assert_eq!((status, told.as_object().unwrap().values().collect::<Vec<_>>()), (200, vec![&json!("cancelled")]));
    let heard = heard(stream).await;
    assert!(heard.is_done() && heard.words().split(' ').count() >= 30);
}
