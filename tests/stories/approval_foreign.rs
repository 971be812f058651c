//! Calls of tools that the server does not have: they belong to another program. In a run of ours nobody would ever answer them.

use std::time::Duration;

use model::{
    ConversationId, Ruling, RunsWhere, ToolCall, ToolState, Turn,
    command::{Decide, DecisionLog, Inbox, Shown, StandingOf},
};
use serde_json::Value;
use sim::{Answer, Call, Fault, On, Script, Sim, Step};
use tests::{Home, Window};

const NONE: &str = r#"{"type":"object","properties":{}}"#;

fn opens_file() -> Call {
    Call::new("open_file", r#"{"path":"/etc/passwd"}"#, "never").asking()
}

/// Wen has a tool of the server's and calls one that is not.
async fn connected(home: &Home, answers: impl IntoIterator<Item = Answer>) -> (Sim, Window, ConversationId) {
    let script = Script::new().version("0.16.8").agent("Wen", answers).tool("Wen", "send_letter", NONE, true);
    let sim = Sim::scripted(script).unwrap();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    (sim, window, wen)
}

fn decisions(sim: &Sim) -> Vec<Value> {
    let requests = sim.requests().into_iter().filter(|request| request.body["messages"][0]["type"] == "approval");
    requests.map(|request| request.body["messages"][0]["approvals"].clone()).collect()
}

fn call<'a>(window: &'a Window, id: &ConversationId, name: &str) -> &'a ToolCall {
    window.talk(id).items.iter().filter_map(model::Item::tool).rfind(|call| call.name == name).unwrap()
}

/// The turn is over, and the history has told what was given back: by tokens the server is silent about what nobody ran.
async fn came_back(window: &mut Window, id: &ConversationId) {
    let back = |talk: &tests::Talk| {
        let mut calls = talk.items.iter().filter_map(model::Item::tool);
        talk.is_over() && calls.all(|call| matches!(call.state, ToolState::Returned(_)))
    };
    window.until_talk("everything came back", id, back).await;
}

async fn decide(window: &Window, id: &ConversationId, name: &str, approve: bool) -> Result<(), model::Failure> {
    let call = call(window, id, name).clone();
    let shown = Shown { name: call.name, arguments: call.arguments };
    window.ask(Decide { conversation: id.clone(), tool_call: call.id, approve, reason: None, shown }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_can_run_is_answered_so_that_the_agent_goes_on() {
    let home = Home::new();
    let answers = [Answer::of([Step::Ask(opens_file())]), Answer::text("Then without the file.")];
    let (sim, mut window, wen) = connected(&home, answers).await;
    window.send(&wen, "What is in it?").await.unwrap();
    let went_on = |talk: &tests::Talk| talk.lines().contains(&"assistant done Wen: Then without the file.".to_owned());
    window.until_talk("the agent goes on", &wen, went_on).await;
    came_back(&mut window, &wen).await;
    let answered = call(&window, &wen, "open_file").clone();
    assert!(answered.foreign);
    assert_eq!(answered.decision, None, "nobody approved it");
    let ToolState::Returned(returned) = &answered.state else { panic!("{answered:?}") };
    assert!(!returned.ok && returned.text.starts_with("This tool is not available here"), "{returned:?}");
    let sent = decisions(&sim);
    assert_eq!(sent.len(), 1, "once");
    assert_eq!((&sent[0][0]["type"], &sent[0][0]["status"]), (&"tool".into(), &"error".into()));
    let profile = window.profiles[0].id.clone();
    let log =
        DecisionLog { profile: profile.clone(), words: "open_file".to_owned(), about: None, before: None, limit: 9 };
    let lines = window.ask(log).await.unwrap().lines;
    assert_eq!(lines.iter().map(|line| line.ruling.clone()).collect::<Vec<_>>(), [Ruling::NotAvailable]);
    assert_eq!(window.ask(Inbox { profile }).await.unwrap(), []);
    assert_eq!(sim.check(), Vec::<String>::new());

    // Who reads it later does not read that it was approved.
    let elsewhere = Home::new();
    let mut other = elsewhere.start().await;
    other.launch().await;
    other.connect(&sim.address(), None).await;
    let there = other.open("Wen").await;
    other.until_talk("the history is there", &there, went_on).await;
    let read = call(&other, &there, "open_file");
    assert_eq!((read.foreign, read.decision.clone()), (true, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_request_is_never_answered_by_the_app() {
    let home = Home::new();
    let letter = Call::new("send_letter", "{}", "Sent.").asking();
    let answers =
        [Answer::of([Step::Ask(letter.clone())]), Answer::text("Gone."), Answer::of([Step::Ask(opens_file())])];
    let (sim, mut window, wen) = connected(&home, answers).await;
    window.send(&wen, "Write").await.unwrap();
    window.until_talk("it waits", &wen, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    window.listen_for(Duration::from_millis(500)).await;
    assert_eq!(call(&window, &wen, "send_letter").state, ToolState::AwaitingApproval);
    assert_eq!(decisions(&sim), Vec::<Value>::new());
    decide(&window, &wen, "send_letter", true).await.unwrap();
    window.over(&wen).await;

    // The list of tools cannot be read: whatever it is, it stays a request.
    window.until("nothing is asked any more", |window| window.row("Wen").waiting == 0).await;
    sim.set_fault(On::Agent, Fault::server());
    window.send(&wen, "What is in it?").await.unwrap();
    window.until_talk("it waits", &wen, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    window.listen_for(Duration::from_millis(500)).await;
    let call = call(&window, &wen, "open_file");
    assert_eq!((call.state.clone(), call.foreign), (ToolState::AwaitingApproval, false));
    assert_eq!(decisions(&sim).len(), 1, "only the user's own");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_real_request_it_waits_for_the_users_word_on_that() {
    let home = Home::new();
    let letter = Call::new("send_letter", "{}", "Sent.").asking();
    let answers = [Answer::of([Step::Together(vec![letter, opens_file()])]), Answer::text("One of two.")];
    let (sim, mut window, wen) = connected(&home, answers).await;
    window.send(&wen, "Both").await.unwrap();
    let known = |talk: &tests::Talk| talk.items.iter().filter_map(model::Item::tool).any(|call| call.foreign);
    window.until_talk("one is known to be another's", &wen, known).await;
    window.listen_for(Duration::from_millis(200)).await;
    assert_eq!(decisions(&sim), Vec::<Value>::new());
    assert_eq!(window.row("Wen").waiting, 1);
    decide(&window, &wen, "send_letter", true).await.unwrap();
    came_back(&mut window, &wen).await;
    let sent = decisions(&sim);
    assert_eq!(sent.len(), 1);
    let kinds: Vec<&Value> = sent[0].as_array().unwrap().iter().map(|one| &one["type"]).collect();
    assert_eq!(kinds, ["approval", "tool"]);
    assert!(matches!(&call(&window, &wen, "send_letter").state, ToolState::Returned(returned) if returned.ok));
    assert!(matches!(&call(&window, &wen, "open_file").state, ToolState::Returned(returned) if !returned.ok));
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_program_asked_for_is_left_to_it() {
    let home = Home::new();
    let (sim, mut window, wen) = connected(&home, [Answer::of([Step::Ask(opens_file())])]).await;
    // The other program speaks, and may be about to run its tool: answering for it would take it out of its hands.
    let other = letta::Client::new(&sim.address(), None).unwrap();
    let words = letta::Words {
        text: "Look into the file".to_owned(),
        otid: "5d2f8f0a-7c11-4a7e-9d55-0a2a7f3f4c01".to_owned(),
        images: Vec::new(),
        mode: letta::Mode::Tokens,
        extras: letta::Extras::default(),
    };
    let target = letta::Target::Agent(sim.agent_id("Wen").as_str().into());
    let mut turn = other.say(&target, &words).await.unwrap();
    while !matches!(turn.next().await, letta::Heard::Over(_)) {}
    let marked = |talk: &tests::Talk| talk.tool().is_some_and(|call| call.foreign);
    window.until_talk("it is seen, and known to be another's", &wen, marked).await;
    window.listen_for(Duration::from_millis(700)).await;
    let seen = call(&window, &wen, "open_file").clone();
    assert_eq!(seen.state, ToolState::AwaitingApproval);
    assert_eq!(decisions(&sim), Vec::<Value>::new());
    let standing = window.ask(StandingOf { conversation: wen.clone(), tool_call: seen.id }).await.unwrap();
    assert_eq!(standing.runs_where, RunsWhere::Unlisted, "the user is told that the server cannot run it");

    // The user cannot approve what nobody would run, and may end the waiting.
    let failure = decide(&window, &wen, "open_file", true).await.unwrap_err();
    assert!(failure.message.contains("another program"), "{failure:?}");
    assert_eq!(decisions(&sim), Vec::<Value>::new());
    decide(&window, &wen, "open_file", false).await.unwrap();
    window
        .until_talk("the agent goes on", &wen, |talk| talk.turn == Turn::Yours && talk.last("assistant").is_some())
        .await;
    came_back(&mut window, &wen).await;
    let sent = decisions(&sim);
    assert_eq!((sent.len(), &sent[0][0]["type"], &sent[0][0]["status"]), (1, &"tool".into(), &"error".into()));
    assert!(matches!(&call(&window, &wen, "open_file").state, ToolState::Returned(returned) if !returned.ok));
    assert_eq!(sim.check(), Vec::<String>::new());
}
