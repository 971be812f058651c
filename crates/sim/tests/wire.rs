//! The wire equals the recordings: the same conversation, played by the stand-in, has the same events in the same order with the
//! same keys in the same order and the same types of values, null included.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says so by failing")]

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sim::{Answer, Call, Fault, On, Script, Sim, Step};
use support::{
    Http, decision, recorded, recording, said,
    shape::{same, same_list, shape, shapes},
    split,
};

fn weather() -> Answer {
    let mut call = Call::new("get_weather", "{\"city\": \"Paris\"}", "Sunny, 21 degrees in Paris");
    call.stdout.push("looking up Paris\n".to_owned());
    Answer::of([
        Step::reasoning("I need the weather."),
        Step::text("Let me look."),
        Step::Call(call),
        Step::text("It is sunny in Paris."),
    ])
}

fn delete() -> Call {
    Call::new("delete_file", "{\"path\": \"/tmp/example.txt\"}", "Deleted /tmp/example.txt")
}

fn asks() -> Answer {
    Answer::of([Step::reasoning("Deleting needs approval."), Step::Ask(delete())])
}

fn steps(mut body: Value) -> Value {
    body["stream_tokens"] = json!(false);
    body
}

async fn one(answers: Vec<Answer>) -> (Sim, Http, String) {
    let sim = Sim::scripted(Script::new().version("0.16.8").agent("Ada", answers)).unwrap();
    let (http, agent) = (Http::new(&sim), sim.agent_id("Ada"));
    (sim, http, agent)
}

#[tokio::test]
async fn reasoning_words_and_a_tool_by_tokens() {
    let (sim, http, ada) = one(vec![weather()]).await;
    let heard = http.say(&ada, "What is the weather in Paris?").await;
    same(&heard.events, "0.16.8/stream-tokens-tool-v1");
    assert_eq!(heard.words(), "Let me look.It is sunny in Paris.");
    // Parts of one step share an id and count their otids up.
    let events = heard.json();
    let (reasoning, words, call) =
        (heard.first("reasoning_message"), heard.first("assistant_message"), heard.first("tool_call_message"));
    assert!(reasoning["id"] == words["id"] && words["id"] == call["id"]);
    let otid = |message: &Value| u8::from_str_radix(&message["otid"].as_str().unwrap()[34..], 16).unwrap() & 0x7f;
    assert_eq!((otid(&reasoning), otid(&words), otid(&call)), (0, 1, 2));
    assert_eq!(heard.first("tool_return_message")["step_id"], call["step_id"]);
    let arguments: String = events.iter().filter_map(|event| event["tool_call"]["arguments"].as_str()).collect();
    assert_eq!(arguments, "{\"city\": \"Paris\"}");
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn the_same_by_steps_and_whole() {
    let (_sim, http, ada) = one(vec![weather(), weather()]).await;
    let path = format!("/v1/agents/{ada}/messages/stream");
    let heard = http.stream(&path, &steps(said("What is the weather in Paris?"))).await;
    // A stream by steps counts its cache writes, one by tokens does not; ours never knows.
    let ours: Vec<String> = heard
        .events
        .iter()
        .map(|event| event.replace("\"cache_write_tokens\":null", "\"cache_write_tokens\":0"))
        .collect();
    same(&ours, "0.16.8/stream-steps-tool-v1");
    let body = json!({"messages": [{"role": "user", "content": "What is the weather in Paris?"}]});
    let (status, whole) = http.post_json(&format!("/v1/agents/{ada}/messages"), &body).await;
    assert_eq!(status, 200);
    let theirs: Value =
        serde_json::from_str(&recording("0.16.8/messages-nonstreaming-tool-v1", "response.json")).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(&whole), keys(&theirs));
    assert_eq!(keys(&whole["usage"]), keys(&theirs["usage"]));
    assert_eq!(whole["stop_reason"], theirs["stop_reason"]);
    assert_eq!(whole["messages"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn approvals() {
    let (sim, http, ada) = one(vec![asks(), Answer::text("Continuing.")]).await;
    let path = format!("/v1/agents/{ada}/messages/stream");
    let heard = http.say(&ada, "Delete /tmp/example.txt").await;
    same(&heard.events, "0.16.8/approval-request-tokens-v1");
    let (call, request) = asked(&heard);
    // The request's id is one lower than the id of the reasoning before it.
    let number =
        |id: &Value| u128::from_str_radix(&id.as_str().unwrap().replace("message-", "").replace('-', ""), 16).unwrap();
    assert_eq!(number(&heard.first("reasoning_message")["id"]) - 1, number(&json!(request)));

    let (_, agent) = http.get(&format!("/v1/agents/{ada}?include=agent.pending_approval")).await;
    assert_eq!(agent["pending_approval"]["id"], json!(request));
    assert_eq!(agent["pending_approval"]["tool_calls"][0]["tool_call_id"], json!(call));
    assert_eq!(http.get(&format!("/v1/agents/{ada}")).await.1["pending_approval"], Value::Null);

    let busy = http.say(&ada, "Hello?").await;
    same(&busy.events, "0.16.8/approval-pending-user-message-tokens-v1");
    let (status, body) = http
        .post_json(&format!("/v1/agents/{ada}/messages"), &json!({"messages": [{"role": "user", "content": "Hello?"}]}))
        .await;
    assert_eq!((status, &body["detail"]["code"]), (409, &json!("PENDING_APPROVAL")));
    assert_eq!(body["detail"]["pending_request_id"], json!(request));

    let wrong = http.stream(&path, &decision("call_wrong", &request, true, None)).await;
    same(&wrong.events, "0.16.8/approval-wrong-tool-call-id");
    let detail = format!("Invalid tool call IDs. Expected '['{call}']', but received '['call_wrong']'.");
    assert_eq!(wrong.first("error_message")["detail"], json!(detail));

    let yes = http.stream(&path, &decision(&call, &request, true, None)).await;
    same(&yes.events, "0.16.8/approval-bothforms-tokens-approve-v1");
    let again = http.stream(&path, &decision(&call, &request, true, None)).await;
    assert_eq!(again.kinds(), ["ping", "assistant_message", "stop_reason", "usage_statistics"]);

    let (_, list) = http.get(&format!("/v1/agents/{ada}/messages?limit=10&order=asc")).await;
    let theirs: Value =
        serde_json::from_str(&recording("0.16.8/approval-after-list-tokens-v1", "response.json")).unwrap();
    let without_prompt = Value::Array(theirs.as_array().unwrap()[1..].to_vec());
    same_list(&list, &without_prompt, "0.16.8/approval-after-list-tokens-v1");
    assert_eq!(list[1]["id"], json!(request), "reasoning is stored under the request's id");

    assert!(sim.check().iter().any(|complaint| complaint.contains("call_wrong")), "{:?}", sim.check());
    assert!(sim.check().iter().any(|complaint| complaint.contains("nothing waits")), "{:?}", sim.check());
}

#[tokio::test]
async fn denials_and_the_older_form() {
    let (sim, http, ada) = one(vec![
        asks(),
        Answer::text("Continuing."),
        asks(),
        Answer::text("Continuing."),
        asks(),
        Answer::text("Done."),
    ])
    .await;
    let path = format!("/v1/agents/{ada}/messages/stream");
    let (call, request) = asked(&http.say(&ada, "Delete it").await);
    let no = http.stream(&path, &decision(&call, &request, false, Some("Not allowed."))).await;
    same(&no.events, "0.16.8/approval-bothforms-tokens-deny-v1");

    let (call, request) = asked(&http.stream(&path, &steps(said("Delete it"))).await);
    let no = http.stream(&path, &steps(decision(&call, &request, false, Some("Not allowed.")))).await;
    let ours: Vec<String> = no
        .events
        .iter()
        .map(|event| event.replace("\"cache_write_tokens\":null", "\"cache_write_tokens\":0"))
        .collect();
    same(&ours, "0.16.8/approval-bothforms-steps-deny-v1");

    let (_, request) = asked(&http.say(&ada, "Delete it").await);
    let older = json!({"messages": [{"type": "approval", "approve": true, "approval_request_id": request}], "stream_tokens": true});
    let yes = http.stream(&path, &older).await;
    assert_eq!(yes.first("tool_return_message")["tool_return"], "Deleted /tmp/example.txt");
    assert_eq!(yes.words(), "Done.");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test]
async fn errors_in_a_stream() {
    let fail = Step::Fail {
        error_type: "internal_error".to_owned(),
        message: "An error occurred during agent execution.".to_owned(),
        detail: "INTERNAL_SERVER_ERROR: OpenAI API error".to_owned(),
    };
    let mut call = Call::new("get_weather", "{\"city\": \"Oslo\"}", "Sunny, 21 degrees in Oslo");
    call.stdout.push("looking up Oslo\n".to_owned());
    let (sim, http, ada) = one(vec![Answer::of([fail.clone()]), Answer::of([Step::Call(call), fail])]).await;
    let first = http.say(&ada, "Weather").await;
    assert_eq!(first.kinds(), ["ping", "stop_reason", "error_message"]);
    let list = format!("/v1/agents/{ada}/messages");
    assert_eq!(http.get(&list).await.1, json!([]), "a turn that fails at once leaves nothing");

    let second = http.say(&ada, "Weather").await;
    same(&second.events, "0.16.8/llm-error-500-second-step");
    assert_eq!(http.get(&list).await.1.as_array().unwrap().len(), 3, "finished steps stay");
    let run = second.first("ping")["run_id"].as_str().unwrap().to_owned();
    let (_, run) = http.get(&format!("/v1/runs/{run}")).await;
    let theirs = recorded("run-failed.json");
    assert_eq!(shape(&run["metadata"]), shape(&theirs["metadata"]));
    assert_eq!((&run["status"], run["status"].clone()), (&theirs["status"], json!("failed")));

    let nothing = http.stream(&format!("{list}/stream"), &decision("call_none", "message-none", true, None)).await;
    same(&nothing.events, "0.16.8/approval-nothing-pending");
    let empty = http.stream(&format!("{list}/stream"), &said("")).await;
    same(&empty.events, "0.16.8/error-empty-content");
    assert_eq!(sim.check().len(), 2, "{:?}", sim.check());
}

#[tokio::test]
async fn a_group_speaks_as_in_0_11_7() {
    let voice = |text: &str| Answer::of([Step::reasoning("I will call send_message."), Step::text(text)]);
    let script = Script::new()
        .agent("Alice", [voice("Hello, this is Alice."), weather(), voice("One.")])
        .agent("Bob", [voice("Hello, this is Bob."), voice("I agree."), voice("Two.")])
        .group("Two friends talk.", &["Alice", "Bob"], Some(2));
    let sim = Sim::scripted(script).unwrap();
    let (http, group) = (Http::new(&sim), sim.group_id("Two friends talk."));
    let path = format!("/v1/groups/{group}/messages");
    let heard = http.stream(&format!("{path}/stream"), &said("Hello everybody, once more.")).await;
    same(&heard.events, "0.11.7/group-rr-stream-tokens");
    let (_, list) = http.get(&path).await;
    let theirs: Value = serde_json::from_str(&recording("0.11.7/group-rr-list", "response.json")).unwrap();
    let first_turn = Value::Array(theirs.as_array().unwrap()[..8].to_vec());
    same_list(&list, &first_turn, "0.11.7/group-rr-list");

    let tools = http.stream(&format!("{path}/stream"), &said("What is the weather?")).await;
    let theirs = recording("0.11.7/stream-tokens-tool-mg2", "stream.sse");
    let calls = |events: &[String]| -> Vec<String> {
        let calls: Vec<String> = events
            .iter()
            .filter(|event| event.contains("tool_call_message"))
            // The speaker's name is what a group adds.
            .map(|event| event.replace("\"name\":\"Alice\"", "\"name\":null"))
            .collect();
        shapes(&calls)
    };
    assert_eq!(calls(&tools.events), calls(&split(&theirs)));

    let (status, whole) =
        http.post_json(&path, &json!({"messages": [{"role": "user", "content": "In one piece."}]})).await;
    let theirs: Value = serde_json::from_str(&recording("0.11.7/group-rr-nonstreaming", "response.json")).unwrap();
    assert_eq!(status, 200);
    same_list(&whole["messages"], &theirs["messages"], "0.11.7/group-rr-nonstreaming");
    assert_eq!(shape(&whole["usage"]), shape(&theirs["usage"]));
    let (_, entity) = http.get(&format!("/v1/groups/{group}")).await;
    assert_eq!(shape(&entity), shape(&recorded("group-0.11.7.json")));
    assert!(sim.check().is_empty());
}

#[tokio::test]
async fn the_manager_of_a_dynamic_group_picks_aloud_who_speaks_as_in_0_11_7() {
    let voice = |text: &str| Answer::of([Step::reasoning("I will call send_message."), Step::text(text)]);
    let picks = ["Alice", "Bob", "Bob", "It is DONE!", "agent-0123"];
    let script = Script::new()
        .agent("Alice", [voice("Hello, this is Alice.")])
        .agent("Bob", [voice("Hello, this is Bob."), voice("Me again.")])
        .agent("Boss", picks.map(voice));
    let sim = Sim::scripted(script).unwrap();
    let http = Http::new(&sim);
    let [alice, bob, boss] = ["Alice", "Bob", "Boss"].map(|name| sim.agent_id(name));
    let made = json!({
        "agent_ids": [alice, bob],
        "description": "Dynamic.",
        "manager_config":
            {"manager_agent_id": boss, "manager_type": "dynamic", "max_turns": 2, "termination_token": "DONE!"},
    });
    let (_, group) = http.post_json("/v1/groups/", &made).await;
    let path = format!("/v1/groups/{}/messages", group["id"].as_str().unwrap());
    let hello = json!({"messages": [{"content": "Hello everybody, please greet me.", "role": "user"}]});
    let heard = http.stream(&format!("{path}/stream"), &hello).await;
    same(&heard.events, "0.11.7/group-dyn-stream-steps");
    let theirs = split(&recording("0.11.7/group-dyn-stream-steps", "stream.sse"));
    assert_eq!(told(&heard.events), told(&theirs), "who speaks, in which order");

    let heard = http.stream(&format!("{path}/stream"), &hello).await;
    let names: Vec<String> = told(&heard.events).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Boss", "Boss", "Bob", "Bob", "Boss", "Boss"], "the word ends it before its turns are over");
    // Real managers often answer with the id that the server's prompt offers.
    let heard = http.stream(&format!("{path}/stream"), &hello).await;
    assert_eq!(told(&heard.events).len(), 2);
    assert!(heard.events.iter().any(|event| event.contains("Stream failed")), "{:?}", heard.events);
    assert!(sim.check().is_empty(), "{:?}", sim.check());
}

/// Whose each message of a stream is, and of which kind.
fn told(events: &[String]) -> Vec<(String, String)> {
    let messages = events.iter().filter_map(|event| serde_json::from_str::<Value>(event.strip_prefix("data: ")?).ok());
    messages
        .filter_map(|message| {
            Some((message["name"].as_str()?.to_owned(), message["message_type"].as_str()?.to_owned()))
        })
        .collect()
}

#[tokio::test]
async fn entities_have_the_recorded_fields() {
    let script = Script::new()
        .version("0.16.8")
        .agent("Ada", [Answer::of([Step::Gate, Step::text("Late.")])])
        .agent("Bob", [])
        .group("Two friends talk.", &["Ada", "Bob"], Some(2));
    let sim = Sim::scripted(script).unwrap();
    let (http, ada) = (Http::new(&sim), sim.agent_id("Ada"));
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let (_, agents) = http.get("/v1/agents/?limit=3").await;
    assert_eq!(keys(&agents[0]), keys(&recorded("agent.json")));
    let (_, groups) = http.get("/v1/groups/").await;
    assert_eq!(shape(&groups[0]), shape(&recorded("group-0.16.8.json")));
    assert_eq!(http.get("/v1/health/").await.1, json!({"version": "0.16.8", "status": "ok"}));

    let stream = http.post(&format!("/v1/agents/{ada}/messages/stream"), &said("Hi")).await;
    let (_, running) = http.get(&format!("/v1/runs/?agent_id={ada}&active=true")).await;
    assert_eq!(shape(&running[0]), {
        let mut theirs = recorded("run-while-running.json");
        theirs["background"] = json!(false);
        shape(&theirs)
    });
    sim.release();
    let heard = support::heard(stream).await;
    assert!(heard.is_done());
    let run = heard.first("ping")["run_id"].as_str().unwrap().to_owned();
    let (_, run) = http.get(&format!("/v1/runs/{run}")).await;
    assert_eq!((shape(&run), &run["status"]), (shape(&recorded("run.json")), &json!("completed")));
    let group = sim.group_id("Two friends talk.");
    for path in ["messages", "messages/stream"] {
        let response = http.post(&format!("/v1/groups/{group}/{path}"), &said("Hi")).await;
        assert_eq!(response.status(), 405, "0.16.8 has no {path}");
    }
}

#[tokio::test]
async fn refusals_of_http() {
    let sim = Sim::scripted(Script::new().version("0.16.8").key("secret").agent("Ada", [])).unwrap();
    let (bare, http, ada) = (Http::new(&sim), Http::new(&sim).with_key("secret"), sim.agent_id("Ada"));
    assert_eq!(bare.get("/v1/health/").await.0, 200, "health needs no key");
    assert_eq!(bare.get("/v1/agents/").await, (401, json!({"detail": "Unauthorized"})));
    assert_eq!(http.get("/v1/agents/").await.0, 200);
    assert_eq!(http.get("/v1/nonsense/").await, (404, json!({"detail": "Not Found"})));
    assert_eq!(http.raw("PUT", "/v1/agents/").await.status(), 405);
    let redirect = http.raw("GET", "/v1/agents?limit=1").await;
    assert_eq!(redirect.status(), 307);
    assert_eq!(redirect.headers()["location"], format!("{}/v1/agents/?limit=1", sim.address()));
    let nobody = "agent-00000000-0000-4000-8000-000000000000";
    let not_found = json!({"detail": format!("Agent with ID {nobody} not found")});
    assert_eq!(http.get(&format!("/v1/agents/{nobody}")).await, (404, not_found.clone()));
    assert_eq!(http.post_json(&format!("/v1/agents/{nobody}/messages/stream"), &said("Hi")).await, (404, not_found));
    assert_eq!(http.get(&format!("/v1/agents/{nobody}/messages")).await, (404, json!({"detail": "Agent not found"})));
    assert_eq!(http.get("/v1/agents/nonsense").await.0, 422);
    let (status, body) = http.post_json(&format!("/v1/agents/{ada}/messages/stream"), &json!({})).await;
    assert!(status == 422 && body["detail"].as_str().unwrap().contains("Must specify either 'input' or 'messages'"));
    let cursor = "message-00000000-0000-4000-8000-000000000000";
    let (status, body) = http.get(&format!("/v1/agents/{ada}/messages?before={cursor}")).await;
    assert_eq!(
        (status, body),
        (404, json!({"detail": format!("No message found with id '{cursor}' for agent '{ada}'.")}))
    );
    let (status, body) = http.post_json(&format!("/v1/agents/{ada}/messages/cancel"), &Value::Null).await;
    assert_eq!((status, body), (409, json!({"detail": format!("CONFLICT: No active runs to cancel for agent {ada}")})));
    sim.set_fault(On::Health, Fault::unavailable());
    assert_eq!(http.get("/v1/health/").await.0, 503);
}

/// Call and message id of a stream that ends with a request.
fn asked(heard: &support::Heard) -> (String, String) {
    let request = heard.first("approval_request_message");
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("no request in {:?}", heard.kinds())).to_owned();
    (text(&request["tool_call"]["tool_call_id"]), text(&request["id"]))
}
