//! Conversations of an agent: made, listed, named, talked in and read, as recorded; and servers without them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod support;

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use sim::{Answer, Call, Fault, On, Pace, Script, Sim, Step};
use support::{
    Http, decision, recorded, recording, said,
    shape::{same, same_list},
    split,
};

fn server(answers: impl IntoIterator<Item = Answer>) -> (Sim, Http, String) {
    let script = Script::new().version("0.16.8").redis(Duration::from_millis(20)).pace(Pace::steady(2000.0));
    let sim = Sim::scripted(script.agent("Ada", answers)).unwrap();
    let (http, agent) = (Http::new(&sim), sim.agent_id("Ada"));
    (sim, http, agent)
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

async fn new(http: &Http, agent: &str, body: &Value) -> String {
    let (status, made) = http.post_json(&format!("/v1/conversations/?agent_id={agent}"), body).await;
    assert_eq!((status, keys(&made)), (200, keys(&recorded("conversation-create.json"))));
    assert_eq!((&made["in_context_message_ids"], &made["summary"]), (&json!([]), &body["summary"]));
    made["id"].as_str().unwrap().to_owned()
}

fn kinds(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|message| message["message_type"].as_str().unwrap().to_owned()).collect()
}

fn thoughtful() -> Answer {
    Answer::of([Step::reasoning("Think."), Step::text("Conversation answer.")])
}

/// Words without a wish how they should come.
fn plainly(text: &str) -> Value {
    json!({"messages": [{"role": "user", "content": text}]})
}

#[tokio::test]
async fn made_listed_found_named_and_deleted() {
    let (_sim, http, ada) = server([]);
    let first = new(&http, &ada, &json!({"summary": "Test talk"})).await;
    let second = new(&http, &ada, &Value::Null).await;
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let (_, list) = http.get(&format!("/v1/conversations/?agent_id={ada}")).await;
    assert_eq!(ids(&list), [second.clone(), first.clone()], "newest first");
    let (_, page) = http.get(&format!("/v1/conversations/?agent_id={ada}&limit=1&after={second}")).await;
    assert_eq!(ids(&page), std::slice::from_ref(&first));
    let (_, found) = http.get("/v1/conversations/?summary_search=TALK&order_by=last_message_at").await;
    assert_eq!(ids(&found), std::slice::from_ref(&first));
    let path = format!("/v1/conversations/{first}");
    let (_, one) = http.get(&path).await;
    assert_eq!(
        (keys(&one), one["in_context_message_ids"].as_array().unwrap().len()),
        (keys(&recorded("conversation-get.json")), 1)
    );
    let (status, named) = http.patch_json(&path, &json!({"summary": "Renamed"})).await;
    assert_eq!(
        (status, keys(&named), &named["summary"]),
        (200, keys(&recorded("conversation-patch.json")), &json!("Renamed"))
    );
    assert_eq!(http.raw("DELETE", &path).await.text().await.unwrap(), "null");
    assert_eq!(http.get(&path).await.0, 404);
    let nobody = "agent-00000000-0000-4000-8000-000000000000";
    assert_eq!(http.post_json(&format!("/v1/conversations/?agent_id={nobody}"), &Value::Null).await.0, 404);
}

#[tokio::test]
async fn what_is_said_streams_unless_unwanted_and_is_read_in_its_own_order() {
    let (sim, http, ada) = server([thoughtful(), thoughtful(), Answer::text("JSON answer.")]);
    let path = format!("/v1/conversations/{}/messages", new(&http, &ada, &json!({"summary": "Test talk"})).await);
    let steps = http.stream(&path, &plainly("Hi")).await;
    let steps: Vec<String> = steps
        .events
        .iter()
        .map(|event| event.replace("\"cache_write_tokens\":null", "\"cache_write_tokens\":0"))
        .collect();
    same(&steps, "0.16.8/conversation-messages-stream-steps");
    let tokens = http.stream(&path, &said("Hi")).await;
    same(&tokens.events, "0.16.8/conversation-messages-stream-tokens");
    let mut whole = plainly("Hi");
    whole["streaming"] = json!(false);
    let (status, json_answer) = http.post_json(&path, &whole).await;
    let theirs: Value = serde_json::from_str(&recording("0.16.8/conversation-messages-json", "response.json")).unwrap();
    assert_eq!((status, keys(&json_answer)), (200, keys(&theirs)));

    for (query, name) in
        [("limit=4", "conversation-messages-list"), ("limit=4&order=asc", "conversation-messages-list-asc")]
    {
        let (_, list) = http.get(&format!("{path}?{query}")).await;
        let theirs: Value = serde_json::from_str(&recording(&format!("0.16.8/{name}"), "response.json")).unwrap();
        same_list(&list, &theirs, name);
    }
    let (_, all) = http.get(&format!("{path}?order=asc")).await;
    let last = all.as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    let (_, before) = http.get(&format!("{path}?order=asc&before={last}")).await;
    assert_eq!(before.as_array().unwrap().len() + 1, all.as_array().unwrap().len(), "chronological");
    let (_, unknown) = http.get(&format!("{path}?order=asc&after=message-none")).await;
    assert_eq!(unknown, all, "an unknown cursor is none");
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn the_agents_list_mixes_all_and_default_is_its_own() {
    let answers = ["Own one.", "In the talk.", "Own two."].map(Answer::text);
    let (_sim, http, ada) = server(answers);
    let talk = new(&http, &ada, &json!({"summary": "Beside"})).await;
    http.say(&ada, "1").await;
    http.stream(&format!("/v1/conversations/{talk}/messages"), &said("2")).await;
    let mut default = said("3");
    default["agent_id"] = json!(ada);
    let heard = http.stream("/v1/conversations/default/messages", &default).await;
    let theirs = split(&recording("0.16.8/conversation-default", "stream.sse"));
    assert!(
        heard.kinds().first() == Some(&"ping".to_owned()) && heard.is_done() && theirs.last() == heard.events.last()
    );
    let contents = |list: &Value| -> Vec<String> {
        let said = list.as_array().unwrap().iter().filter(|message| message["message_type"] != "system_message");
        said.map(|message| message["content"].as_str().unwrap().to_owned()).collect()
    };
    let (_, mixed) = http.get(&format!("/v1/agents/{ada}/messages")).await;
    assert_eq!(contents(&mixed), ["1", "Own one.", "2", "In the talk.", "3", "Own two."]);
    for own in [
        format!("/v1/conversations/default/messages?agent_id={ada}"),
        format!("/v1/agents/{ada}/messages?conversation_id=default"),
        format!("/v1/conversations/{ada}/messages"),
    ] {
        assert_eq!(contents(&http.get(&own).await.1), ["1", "Own one.", "3", "Own two."], "{own}");
    }
    let (_, one) = http.get(&format!("/v1/agents/{ada}/messages?conversation_id={talk}")).await;
    assert_eq!(contents(&one), ["2", "In the talk."]);
    let by_id = http.stream(&format!("/v1/conversations/{ada}/messages"), &plainly("4")).await;
    assert!(by_id.is_done());
    let (_, runs) = http.get(&format!("/v1/runs/?agent_id={ada}&conversation_id={talk}")).await;
    assert_eq!((runs.as_array().unwrap().len(), &runs[0]["conversation_id"]), (1, &json!(talk)));
}

#[tokio::test]
async fn a_request_waits_in_its_own_conversation() {
    let ask = Answer::of([Step::Ask(Call::new("delete_file", "{}", "Gone"))]);
    let (sim, http, ada) = server([ask, Answer::text("Free."), Answer::text("Deleted.")]);
    let path = format!("/v1/conversations/{}/messages", new(&http, &ada, &Value::Null).await);
    let asked = http.stream(&path, &said("Delete it")).await.first("approval_request_message");
    assert_eq!(http.say(&ada, "And here?").await.words(), "Free.", "the agent's own talk is not held up");
    assert_eq!(http.stream(&path, &said("Hello?")).await.first("stop_reason")["stop_reason"], "error");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let yes = decision(&text(&asked["tool_call"]["tool_call_id"]), &text(&asked["id"]), true, None);
    assert_eq!(http.stream(&path, &yes).await.words(), "Deleted.");
    let (_, list) = http.get(&format!("{path}?order=asc")).await;
    let asked = ["approval_request_message", "approval_response_message", "tool_return_message", "assistant_message"];
    assert_eq!(kinds(&list)[2..], asked);
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn one_request_at_a_time_and_one_run_to_follow_or_stop() {
    let long = || Answer::of([Step::text("First, "), Step::Gate, Step::text("second.")]);
    let (sim, http, ada) = server([long().but(Fault::CutAfterEvent(3)), long()]);
    let talk = new(&http, &ada, &Value::Null).await;
    let path = format!("/v1/conversations/{talk}/messages");
    let mut background = said("Go");
    background["background"] = json!(true);
    let torn = http.stream(&path, &background).await;
    assert!(!torn.well);
    let (status, busy) = http.post_json(&path, &said("Two")).await;
    assert_eq!((status, &busy["run_id"]), (409, &torn.first("ping")["run_id"]));
    let last = torn.json().iter().filter_map(|event| event["seq_id"].as_u64()).max().unwrap();
    sim.release();
    let follow = format!("/v1/conversations/{talk}/stream");
    let rest = http.stream(&follow, &json!({"run_id": busy["run_id"], "starting_after": last})).await;
    assert_eq!(format!("{}{}", torn.words(), rest.words()), "First, second.");
    assert!(rest.is_done());
    let (status, none) = http.post_json(&follow, &json!({})).await;
    assert_eq!(
        (status, none),
        (400, json!({"detail": "INVALID_ARGUMENT: No active runs found for this conversation."}))
    );

    let stream = http.post(&path, &said("Three")).await;
    let (_, stopped) = http.post_json(&format!("/v1/conversations/{talk}/cancel"), &Value::Null).await;
    assert_eq!(stopped.as_object().unwrap().values().collect::<Vec<_>>(), [&json!("cancelled")]);
    let heard = support::heard(stream).await;
    let theirs = split(&recording("0.16.8/conversation-busy-first", "stream.sse"));
    assert_eq!(heard.events.last(), theirs.last(), "to the letter");
    assert_eq!(http.post_json(&format!("/v1/conversations/{talk}/cancel"), &Value::Null).await.0, 409);
}

#[tokio::test]
async fn what_a_script_began_with_and_servers_without() {
    let talk = [("Where to?".to_owned(), Answer::text("North."))];
    let script = Script::new().version("0.16.8").agent("Ada", []).conversation("Ada", "Holidays", talk);
    let sim = Sim::scripted(script).unwrap();
    let (http, ada) = (Http::new(&sim), sim.agent_id("Ada"));
    let id = sim.conversation_id("Ada", "Holidays");
    let (_, list) = http.get(&format!("/v1/conversations/?agent_id={ada}")).await;
    assert_eq!(
        (&list[0]["id"], &list[0]["summary"], list[0]["last_message_at"].is_string()),
        (&json!(id), &json!("Holidays"), true)
    );
    let (_, messages) = http.get(&format!("/v1/conversations/{id}/messages")).await;
    assert_eq!(kinds(&messages), ["assistant_message", "user_message", "system_message"]);
    sim.next_fault(On::ConversationSend, Fault::too_many(3));
    assert_eq!(http.post(&format!("/v1/conversations/{id}/messages"), &said("Hi")).await.status(), 429);

    let old = Sim::scripted(Script::new().version("0.11.7").agent("Ada", [])).unwrap();
    assert_eq!(Http::new(&old).get("/v1/conversations/").await, (404, json!({"detail": "Not Found"})));
    let older = Sim::scripted(Script::new().version("0.16.4").agent("Ada", [])).unwrap();
    assert_eq!(Http::new(&older).get("/v1/conversations/").await.0, 422, "it needs the agent");
}
