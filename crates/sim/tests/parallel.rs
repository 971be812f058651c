//! Several calls in one step: as recorded, by tokens and by steps, with and without approval, and every way a decision can miss.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod support;

use serde_json::{Value, json};
use sim::{Answer, Call, Script, Sim, Step};
use support::{
    Heard, Http, recorded, recording, said,
    shape::{same, same_list, shape},
};

const STREAM: &str = "messages/stream";

fn delete(path: &str) -> Call {
    Call::new("delete_file", format!("{{\"path\": \"{path}\"}}"), format!("Deleted {path}")).asking()
}

fn weather(city: &str) -> Call {
    let mut call =
        Call::new("get_weather", format!("{{\"city\": \"{city}\"}}"), format!("Sunny, 21 degrees in {city}"));
    call.stdout.push(format!("looking up {city}\n"));
    call
}

fn both() -> Answer {
    Answer::of([Step::text("Both then."), Step::Together(vec![delete("/a"), delete("/b")])])
}

fn one(answers: impl IntoIterator<Item = Answer>) -> (Sim, Http, String) {
    let sim = Sim::scripted(Script::new().version("0.16.8").agent("Ada", answers)).unwrap();
    let (http, agent) = (Http::new(&sim), sim.agent_id("Ada"));
    (sim, http, agent)
}

fn steps(mut body: Value) -> Value {
    body["stream_tokens"] = json!(false);
    body
}

/// The ids of the calls that a stream asks about, in order, and the request's own.
fn asked(heard: &Heard) -> (Vec<String>, String) {
    let mut calls: Vec<String> = Vec::new();
    let mut request = String::new();
    for event in heard.json().iter().filter(|event| event["message_type"] == "approval_request_message") {
        request = event["id"].as_str().unwrap().to_owned();
        let parts = event["tool_calls"].as_array().cloned().unwrap_or_else(|| vec![event["tool_calls"].clone()]);
        for part in parts {
            let id = part["tool_call_id"].as_str().unwrap().to_owned();
            if !calls.contains(&id) {
                calls.push(id);
            }
        }
    }
    (calls, request)
}

/// Decisions in the newer form: (call, yes, reason).
fn decided(words: &[(&str, bool, Option<&str>)]) -> Value {
    let approvals: Vec<Value> = words
        .iter()
        .map(|(call, approve, reason)| {
            json!({"type": "approval", "tool_call_id": call, "approve": approve, "reason": reason})
        })
        .collect();
    json!({"messages": [{"type": "approval", "approvals": approvals}], "stream_tokens": true})
}

/// The model behind the recordings wrote no cache by steps.
fn no_cache(heard: &Heard) -> Vec<String> {
    heard.events.iter().map(|event| event.replace("\"cache_write_tokens\":null", "\"cache_write_tokens\":0")).collect()
}

async fn history(http: &Http, agent: &str) -> Vec<Value> {
    http.get(&format!("/v1/agents/{agent}/messages")).await.1.as_array().unwrap().clone()
}

#[tokio::test]
async fn harmless_calls_come_back_in_one_message() {
    let answer = || Answer::of([Step::Together(vec![weather("Oslo"), weather("Rome")]), Step::text("Two reports.")]);
    let (sim, http, ada) = one([answer(), answer()]);
    let heard = http.say(&ada, "Weather in Oslo and Rome").await;
    same(&heard.events, "0.16.8/parallel-tools-tokens");
    let theirs: Value = serde_json::from_str(&recording("0.16.8/parallel-tools-list-tokens", "response.json")).unwrap();
    let prompt = 1;
    same_list(
        &json!(history(&http, &ada).await),
        &json!(theirs.as_array().unwrap()[prompt..]),
        "0.16.8/parallel-tools-list-tokens",
    );
    let heard = http.stream(&format!("/v1/agents/{ada}/{STREAM}"), &steps(said("Weather"))).await;
    same(&no_cache(&heard), "0.16.8/parallel-tools-steps");
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn two_that_ask_are_one_request_and_one_answer() {
    let (sim, http, ada) = one([both(), Answer::text("One deleted, one kept."), both(), Answer::text("One deleted.")]);
    let path = format!("/v1/agents/{ada}/{STREAM}");
    let heard = http.say(&ada, "Delete /a and /b").await;
    same(&heard.events, "0.16.8/parallel-approval-request-tokens");
    let (calls, request) = asked(&heard);
    assert_eq!(calls.len(), 2);
    let words = [(calls[0].as_str(), true, None), (calls[1].as_str(), false, Some("Not allowed."))];
    let heard = http.stream(&path, &decided(&words)).await;
    same(&heard.events, "0.16.8/parallel-approval-both-tokens");
    let returned = heard.first("tool_return_message");
    assert_eq!(returned["tool_call_id"], json!(calls[1]), "what was denied comes first");

    let rows = history(&http, &ada).await;
    let kinds: Vec<&str> = rows.iter().map(|row| row["message_type"].as_str().unwrap()).collect();
    let theirs = [
        "user_message",
        "assistant_message",
        "approval_request_message",
        "approval_response_message",
        "tool_return_message",
        "assistant_message",
    ];
    assert_eq!(kinds, theirs);
    assert!(rows[1]["id"] == json!(request) && rows[2]["tool_calls"].as_array().unwrap().len() == 2);
    assert_eq!(rows[3]["approvals"].as_array().unwrap().len(), 2);
    assert_eq!((&rows[3]["approve"], &rows[3]["approval_request_id"]), (&json!(true), &json!(calls[0])));

    let heard = http.stream(&path, &steps(said("Delete /a and /b"))).await;
    same(&no_cache(&heard), "0.16.8/parallel-approval-request-steps");
    let (calls, _) = asked(&heard);
    let words = [(calls[1].as_str(), false, Some("Not allowed.")), (calls[0].as_str(), true, None)];
    let heard = http.stream(&path, &steps(decided(&words))).await;
    same(&no_cache(&heard), "0.16.8/parallel-approval-both-steps");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test]
async fn all_must_be_decided_at_once() {
    let (sim, http, ada) = one([both(), Answer::text("Done.")]);
    let path = format!("/v1/agents/{ada}/{STREAM}");
    let (calls, request) = asked(&http.say(&ada, "Delete /a and /b").await);
    let expected = format!("Invalid tool call IDs. Expected '['{}', '{}']', but received", calls[0], calls[1]);
    let older = json!({"messages": [{"type": "approval", "approve": true, "approval_request_id": request}]});
    for (body, received) in [
        (decided(&[(&calls[0], true, None)]), format!("'['{}']'.", calls[0])),
        (decided(&[(&calls[0], true, None), ("call_wrong", true, None)]), format!("'['{}', 'call_wrong']'.", calls[0])),
        (older, format!("'['{request}']'.")),
    ] {
        let heard = http.stream(&path, &body).await;
        same(&heard.events, "0.16.8/approval-wrong-tool-call-id");
        assert_eq!(heard.first("error_message")["detail"], json!(format!("{expected} {received}")));
    }
    let none = http.stream(&path, &decided(&[])).await;
    same(&none.events, "0.16.8/approval-empty-approvals");
    let no = "Invalid approval response. Approval response message does not contain any approvals.";
    assert_eq!(none.first("error_message")["detail"], json!(no));
    assert_eq!(sim.check().len(), 4, "{:?}", sim.check());

    let heard = http.stream(&path, &decided(&[(&calls[0], true, None), (&calls[1], true, None)])).await;
    assert_eq!(heard.first("tool_return_message")["tool_returns"].as_array().unwrap().len(), 2);
    assert_eq!(heard.words(), "Done.", "what did not fit changed nothing");
}

#[tokio::test]
async fn a_harmless_call_beside_waits_for_the_decision() {
    let mixed =
        || Answer::of([Step::reasoning("Look, then delete."), Step::Together(vec![weather("Oslo"), delete("/a")])]);
    let (sim, http, ada) = one([mixed(), Answer::text("Done."), mixed(), Answer::text("Kept.")]);
    let path = format!("/v1/agents/{ada}/{STREAM}");
    let heard = http.say(&ada, "Both").await;
    assert_eq!(
        heard.kinds(),
        [
            "ping",
            "reasoning_message",
            "tool_call_message",
            "approval_request_message",
            "stop_reason",
            "usage_statistics"
        ]
    );
    let number =
        |id: &Value| u128::from_str_radix(&id.as_str().unwrap().replace("message-", "").replace('-', ""), 16).unwrap();
    let (shown, request) = (heard.first("tool_call_message"), heard.first("approval_request_message"));
    assert_eq!(number(&shown["id"]) - 1, number(&request["id"]));
    let rows = history(&http, &ada).await;
    assert_eq!(rows[1]["id"], shown["id"], "the reasoning stays with the call that needs no approval");
    assert_eq!((&rows[2]["id"], &rows[3]["id"]), (&shown["id"], &request["id"]));
    let (calls, _) = asked(&heard);
    let heard = http.stream(&path, &decided(&[(&calls[0], false, Some("No."))])).await;
    let returned = heard.first("tool_return_message");
    let statuses: Vec<&Value> =
        returned["tool_returns"].as_array().unwrap().iter().map(|returned| &returned["status"]).collect();
    assert_eq!((statuses, &returned["name"]), (vec![&json!("error"), &json!("success")], &json!("get_weather")));

    let heard = http.stream(&path, &steps(said("Both"))).await;
    let (shown, request) = (heard.first("tool_call_message"), heard.first("approval_request_message"));
    assert_ne!(shown["id"], request["id"]);
    assert_eq!(request["otid"], request["id"]);
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn a_call_that_the_client_runs_comes_back_as_it_says() {
    let paste = || {
        let call = Call::new("read_clipboard", "{\"format\": \"text\"}", "never run");
        Answer::of([Step::Ask(call)])
    };
    let hi = || Answer::text("Your clipboard says hi.");
    let (sim, http, ada) = one([paste(), hi(), paste(), hi()]);
    let path = format!("/v1/agents/{ada}/{STREAM}");
    let heard = http.say(&ada, "What is in my clipboard?").await;
    same(&heard.events, "0.16.8/client-tool-request-tokens");
    let returned = |call: &str| {
        json!({"type": "tool", "tool_call_id": call, "tool_return": "hi", "status": "success",
               "stdout": ["read 2 bytes"], "stderr": []})
    };
    let (calls, _) = asked(&heard);
    let body = json!({"messages": [{"type": "approval", "approvals": [returned(&calls[0])]}], "stream_tokens": false});
    let heard = http.stream(&path, &body).await;
    same(&no_cache(&heard), "0.16.8/client-tool-return-steps");
    let theirs: Value = serde_json::from_str(&recording("0.16.8/client-tool-list-steps", "response.json")).unwrap();
    same_list(
        &json!(history(&http, &ada).await),
        &json!(theirs.as_array().unwrap()[1..]),
        "0.16.8/client-tool-list-steps",
    );
    let (calls, _) = asked(&http.say(&ada, "Again").await);
    let returned = json!({"type": "tool", "tool_call_id": calls[0], "tool_return": "hi", "status": "success"});
    let body = json!({"messages": [{"type": "tool_return", "tool_returns": [returned]}], "stream_tokens": false});
    let heard = http.stream(&path, &body).await;
    same(&no_cache(&heard), "0.16.8/client-tool-return-type-tool");
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn the_older_form_alone_cannot_deny_on_a_new_server() {
    let ask = || Answer::of([Step::Ask(delete("/a"))]);
    let (sim, http, ada) = one([ask(), Answer::text("Kept.")]);
    let path = format!("/v1/agents/{ada}/{STREAM}");
    let (calls, request) = asked(&http.say(&ada, "Delete").await);
    let older = json!({"messages": [{"type": "approval", "approve": false, "approval_request_id": request, "reason": "No."}],
                       "stream_tokens": true});
    let heard = http.stream(&path, &older).await;
    same(&heard.events, "0.16.8/approval-deprecated-deny-tokens-v1");
    assert!(sim.check()[0].contains("older form"), "{:?}", sim.check());
    assert_eq!(http.stream(&path, &decided(&[(&calls[0], false, None)])).await.words(), "Kept.", "it still waits");

    let old = Sim::scripted(Script::new().version("0.11.7").agent("Ada", [ask(), Answer::text("Kept.")])).unwrap();
    let http = Http::new(&old);
    let (_, request) = asked(&http.say(&ada, "Delete").await);
    let older =
        json!({"messages": [{"type": "approval", "approve": false, "approval_request_id": request, "reason": "No."}]});
    assert_eq!(http.stream(&path, &older).await.words(), "Kept.");
    assert!(old.check().is_empty());
}

#[tokio::test]
async fn tools_come_when_asked_for_with_their_arguments_in_written_order() {
    let schema =
        r#"{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"string"}},"required":["zeta"]}"#;
    let sim = Sim::scripted(
        Script::new()
            .version("0.16.8")
            .agent("Ada", [])
            .tool("Ada", "send", schema, true)
            .tool("Ada", "broken", "{", false),
    )
    .unwrap();
    let (http, ada) = (Http::new(&sim), sim.agent_id("Ada"));
    let (_, plain) = http.get(&format!("/v1/agents/{ada}")).await;
    assert_eq!(plain["tools"], json!([]));
    for path in [format!("/v1/agents/{ada}?include=agent.tools"), "/v1/agents/?include=agent.tools".to_owned()] {
        let body = http.raw("GET", &path).await.text().await.unwrap();
        assert!(body.contains(&format!("\"parameters\":{schema}")), "{body}");
    }
    let (_, tools) = http.get(&format!("/v1/agents/{ada}/tools")).await;
    let theirs = recorded("tool.json");
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
    assert_eq!((keys(&tools[0]), tools.as_array().unwrap().len()), (keys(&theirs), 1));
    assert_eq!(shape(&tools[0]["json_schema"]["name"]), shape(&theirs["json_schema"]["name"]));
}

#[tokio::test]
async fn a_waiting_request_shows_in_the_agent_and_in_the_list() {
    let (_sim, http, ada) = one([both()]);
    let (calls, request) = asked(&http.say(&ada, "Delete /a and /b").await);
    let include = "include=agent.pending_approval";
    let (_, list) = http.get(&format!("/v1/agents/?{include}")).await;
    let (_, agent) = http.get(&format!("/v1/agents/{ada}?{include}")).await;
    for agent in [&list[0], &agent] {
        assert_eq!(agent["pending_approval"]["id"], json!(request));
        let waiting: Vec<&Value> = agent["pending_approval"]["tool_calls"]
            .as_array()
            .unwrap()
            .iter()
            .map(|call| &call["tool_call_id"])
            .collect();
        assert_eq!(waiting, [&json!(calls[0]), &json!(calls[1])]);
    }
}
