//! The demo as its user meets it: agents, their past, a decision either way, pictures, a torn line. Its tables are the app's own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod support;

use std::time::{Duration, Instant};

use serde_json::Value;
use sim::{Pace, Sim};
use support::{Heard, Http, decision, said};

fn demo() -> (Sim, Http) {
    let sim = Sim::demo_at(Pace::instant()).unwrap();
    let http = Http::new(&sim);
    (sim, http)
}

fn asked(heard: &Heard) -> (String, String) {
    let request = heard.first("approval_request_message");
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no request: {:?}", heard.kinds())).to_owned();
    (text(&request["tool_call"]["tool_call_id"]), text(&request["id"]))
}

#[tokio::test]
async fn four_people_with_roles_and_a_past() {
    let (sim, http) = demo();
    let (_, health) = http.get("/v1/health/").await;
    assert_eq!(health["version"], "0.16.8");
    let (_, agents) = http.get("/v1/agents/?order=asc").await;
    let who: Vec<(&str, &str)> = agents
        .as_array()
        .unwrap()
        .iter()
        .map(|agent| (agent["name"].as_str().unwrap(), agent["metadata"]["role"].as_str().unwrap()))
        .collect();
    assert_eq!(who, [("Ibrahim", "Research"), ("Elena", "Editor"), ("Wen", "Fact check"), ("Rosa", "Layout")]);

    let again = Sim::demo_at(Pace::instant()).unwrap();
    for agent in agents.as_array().unwrap() {
        let path = format!("/v1/agents/{}/messages", agent["id"].as_str().unwrap());
        let (_, past) = http.get(&path).await;
        assert!(past[0]["message_type"] == "system_message");
        let greeting = past[1]["content"].as_str().unwrap();
        assert!(
            greeting.contains("demo") && greeting.contains("script") && greeting.contains("no model"),
            "{greeting}"
        );
        assert_eq!(past, Http::new(&again).get(&path).await.1, "the past is the same at every start");
    }
    let (_, past) = http.get(&format!("/v1/agents/{}/messages", sim.agent_id("Ibrahim"))).await;
    let kinds: Vec<&str> = past.as_array().unwrap().iter().map(|m| m["message_type"].as_str().unwrap()).collect();
    let approved =
        ["approval_request_message", "approval_response_message", "tool_return_message", "assistant_message"];
    assert!(kinds.ends_with(&approved), "{kinds:?}");
}

#[tokio::test]
async fn a_denial_is_answered_in_words() {
    let (sim, http) = demo();
    let ibrahim = sim.agent_id("Ibrahim");
    let (call, request) = asked(&http.say(&ibrahim, "What does it cost?").await);
    let path = format!("/v1/agents/{ibrahim}/messages/stream");
    let words = http.stream(&path, &decision(&call, &request, false, Some("The address is wrong"))).await.words();
    assert!(words.contains("You say: “The address is wrong”. I go over the address"), "{words}");
}

#[tokio::test]
async fn ibrahim_asks_before_a_letter_leaves() {
    let (sim, http) = demo();
    let ibrahim = sim.agent_id("Ibrahim");
    let alone = http.say(&ibrahim, "What does it cost?").await;
    assert!(alone.words().starts_with("This is the demo: I answer from a script"));
    assert_eq!(alone.first("stop_reason")["stop_reason"], "requires_approval");
    let (call, request) = asked(&alone);
    let path = format!("/v1/agents/{ibrahim}/messages/stream");
    let yes = http.stream(&path, &decision(&call, &request, true, None)).await;
    assert!(yes.words().contains("It is out."));
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn it_speaks_at_the_pace_of_a_model() {
    let sim = Sim::demo().unwrap();
    let (http, wen) = (Http::new(&sim), sim.agent_id("Wen"));
    let mut stream = http.post(&format!("/v1/agents/{wen}/messages/stream"), &said("hello")).await;
    stream.chunk().await.unwrap().unwrap();
    let asked = Instant::now();
    stream.chunk().await.unwrap().unwrap();
    let first = asked.elapsed();
    assert!(first >= Duration::from_millis(250) && first < Duration::from_millis(1500), "{first:?}");
    let mut tokens = 1;
    while let Some(chunk) = stream.chunk().await.unwrap() {
        tokens += String::from_utf8_lossy(&chunk).matches("assistant_message").count();
    }
    let rate = f64::from(u32::try_from(tokens).unwrap()) / (asked.elapsed() - first).as_secs_f64();
    assert!((15.0..=70.0).contains(&rate), "{rate} tokens a second");
}

#[tokio::test]
async fn pictures_of_both_sides_and_a_page_to_look_at() {
    let (sim, http) = demo();
    let rosa = sim.agent_id("Rosa");
    let (_, past) = http.get(&format!("/v1/agents/{rosa}/messages")).await;
    let all = past.to_string();
    let source = |wanted: &str| all.matches(wanted).count();
    assert_eq!((source("\"type\":\"letta\""), source("\"type\":\"base64\"")), (1, 1), "the user's, and the tool's");
    let shown = http.say(&rosa, "Show me the proof").await;
    let picture = shown.json().into_iter().find(|event| event["content"][1]["type"] == "image").unwrap();
    assert!(picture["content"][1]["source"]["data"].as_str().unwrap().starts_with("iVBORw0KGgo"), "a PNG");
    let sent =
        serde_json::json!({"messages": [{"role": "user", "content": [picture["content"][1]]}], "stream_tokens": true});
    let looked = http.stream(&format!("/v1/agents/{rosa}/messages/stream"), &sent).await;
    assert!(looked.text_of("reasoning_message", "reasoning").contains("A picture"));
}

#[tokio::test]
async fn two_letters_wait_in_one_request() {
    let (sim, http) = demo();
    let ibrahim = sim.agent_id("Ibrahim");
    let path = format!("/v1/agents/{ibrahim}/messages/stream");
    let heard = http.say(&ibrahim, "Ask both printers").await;
    assert_eq!(heard.first("stop_reason")["stop_reason"], "requires_approval");
    let (_, agent) =
        http.get(&format!("/v1/agents/{ibrahim}?include=agent.pending_approval&include=agent.tools")).await;
    let calls = agent["pending_approval"]["tool_calls"].as_array().unwrap().clone();
    assert_eq!((calls.len(), agent["tools"].as_array().unwrap().len()), (2, 2));
    let approvals: Vec<Value> = calls
        .iter()
        .zip([true, false])
        .map(|(call, approve)| {
            serde_json::json!({"type": "approval", "tool_call_id": call["tool_call_id"], "approve": approve,
                               "reason": (!approve).then_some("too long")})
        })
        .collect();
    let body = serde_json::json!({"messages": [{"type": "approval", "approvals": approvals}], "stream_tokens": true});
    let decided = http.stream(&path, &body).await;
    assert_eq!(decided.first("tool_return_message")["tool_returns"].as_array().unwrap().len(), 2);
    assert!(decided.words().contains("Gráfica Douro has its letter"), "{}", decided.words());
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn the_line_tears_in_the_tunnel_and_nothing_is_lost() {
    let (sim, http) = demo();
    let elena = sim.agent_id("Elena");
    let torn = http.say(&elena, "Read it to me from the train").await;
    assert!(
        !torn.well && torn.words().contains("trunks") && !torn.words().contains("Entroncamento"),
        "{}",
        torn.words()
    );
    let run = torn.first("ping")["run_id"].as_str().unwrap().to_owned();
    for _ in 0..200 {
        if http.get(&format!("/v1/runs/{run}")).await.1["status"] != "running" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (_, list) = http.get(&format!("/v1/agents/{elena}/messages")).await;
    let said = list.as_array().unwrap().last().unwrap()["content"].as_str().unwrap().to_owned();
    assert!(said.starts_with(&torn.words()) && said.contains("Entroncamento"));
    assert!(http.say(&elena, "Thank you").await.is_done());
}

#[tokio::test]
async fn the_editor_has_talks_beside_her_own() {
    let (sim, http) = demo();
    let elena = sim.agent_id("Elena");
    let (_, talks) = http.get(&format!("/v1/conversations/?agent_id={elena}")).await;
    let names: Vec<&str> = talks.as_array().unwrap().iter().map(|talk| talk["summary"].as_str().unwrap()).collect();
    assert_eq!(names, ["Letters to the editor", "Winter issue"]);
    let path = format!("/v1/conversations/{}/messages", talks[1]["id"].as_str().unwrap());
    assert!(http.stream(&path, &said("Who reads that?")).await.is_done());
    assert_eq!(http.get(&format!("{path}?order=asc")).await.1.as_array().unwrap().len(), 5);
    let (_, own) = http.get(&format!("/v1/agents/{elena}/messages")).await;
    assert!(!own.to_string().contains("Salt."), "her own list is her own");
}
