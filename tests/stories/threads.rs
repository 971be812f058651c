//! Conversations of an agent beside its main thread: listed under it, started, named, talked in, deleted; and a main thread that is
//! none of them.

use model::{
    Can, Code, ConversationId, ConversationKind, Skill, ToolState, Turn,
    command::{Decide, DeleteConversation, NewConversation, RenameConversation, SendQueued, Shown},
};
use sim::{Answer, Call, Script, Sim, Step};
use tests::{Home, Window};

fn turns(talk: &[(&str, &str)]) -> Vec<(String, Answer)> {
    talk.iter().map(|(said, answer)| ((*said).to_owned(), Answer::text(*answer))).collect()
}

fn script() -> Script {
    Script::new().version("0.16.8")
}

async fn connected(home: &Home, script: Script) -> (Sim, Window) {
    let sim = Sim::scripted(script).unwrap();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    window.until("the sidebar is there", |window| window.titles().contains(&"Wen")).await;
    (sim, window)
}

fn said(window: &Window, id: &ConversationId) -> Vec<String> {
    let spoken = |line: &String| line.starts_with("user") || line.starts_with("assistant") || line.starts_with("tool");
    window.talk(id).lines().into_iter().filter(spoken).collect()
}

async fn start(window: &mut Window, of: &ConversationId, name: Option<&str>) -> ConversationId {
    let started = window.ask(NewConversation { of: of.clone(), name: name.map(str::to_owned) }).await.unwrap();
    window.open_id(&started).await;
    started
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_stand_under_their_agent_and_none_is_in_another() {
    let home = Home::new();
    let script = script().agent("Wen", []).agent("Rosa", []).past("Wen", turns(&[("Main?", "Main.")])).conversation(
        "Wen",
        "Harvest",
        turns(&[("When?", "In June."), ("Sure?", "Sure.")]),
    );
    let (sim, mut window) = connected(&home, script).await;
    window.until("it is listed", |window| window.titles().contains(&"Harvest")).await;
    let row = window.row("Harvest").clone();
    assert_eq!(row.kind, ConversationKind::Conversation);
    assert_eq!(row.members, window.row("Wen").members);
    assert!(window.profiles[0].can(Skill::Conversations));

    let harvest = window.open("Harvest").await;
    window.until_talk("its history is there", &harvest, |talk| talk.items.len() >= 4).await;
    assert_eq!(
        said(&window, &harvest),
        ["user done: When?", "assistant done Wen: In June.", "user done: Sure?", "assistant done Wen: Sure."]
    );
    let wen = window.open("Wen").await;
    window.until_talk("its history is there", &wen, |talk| talk.items.len() >= 2).await;
    assert_eq!(said(&window, &wen), ["user done: Main?", "assistant done Wen: Main."], "only its main thread");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_started_named_talked_in_and_read_on_another_computer() {
    let home = Home::new();
    let answers = [Answer::of([Step::reasoning("Hm."), Step::text("In here.")]), Answer::text("Out there.")];
    let (sim, mut window) = connected(&home, script().agent("Wen", answers)).await;
    let wen = window.open("Wen").await;
    let started = start(&mut window, &wen, None).await;
    assert_eq!(window.row("Untitled conversation").id, started, "it stands in the list at once");
    window.send_and_wait(&started, "Where are we?").await;
    assert_eq!(said(&window, &started), ["user done: Where are we?", "assistant done Wen: In here."]);
    window.send_and_wait(&wen, "And you?").await;
    assert_eq!(said(&window, &wen), ["user done: And you?", "assistant done Wen: Out there."]);

    let rename = |name: &str| RenameConversation { conversation: started.clone(), name: name.to_owned() };
    assert_eq!(window.ask(rename("  ")).await.unwrap_err().code, Code::Invalid);
    window.ask(rename(" Our \n place ")).await.unwrap();
    window.until("it has its name", |window| window.titles().contains(&"Our place")).await;
    let last = window.row("Our place").last.clone().unwrap();
    assert_eq!(last.text, "In here.");
    drop(window);

    // After a restart without a server it is all there.
    sim.go_away();
    let mut window = home.start().await;
    window.launch().await;
    assert_eq!(window.row("Our place").kind, ConversationKind::Conversation);
    window.open_id(&started).await;
    assert_eq!(said(&window, &started).len(), 2);
    sim.come_back().unwrap();

    let elsewhere = Home::new();
    let mut window = elsewhere.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    window.until("it is listed", |window| window.titles().contains(&"Our place")).await;
    let there = window.open("Our place").await;
    window.until_talk("its history is there", &there, |talk| talk.items.len() >= 3).await;
    assert_eq!(said(&window, &there), ["user done: Where are we?", "assistant done Wen: In here."]);
    let main = window.open("Wen").await;
    window.until_talk("its history is there", &main, |talk| talk.items.len() >= 2).await;
    assert_eq!(said(&window, &main), ["user done: And you?", "assistant done Wen: Out there."]);
    let words: Vec<String> = sim
        .requests()
        .into_iter()
        .filter(|request| request.method == "POST" && request.path.contains("/messages"))
        .map(|request| request.path)
        .collect();
    assert!(words[0].starts_with("/v1/conversations/conv-") && words[1].starts_with("/v1/agents/"), "{words:?}");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_a_conversation_is_decided_there() {
    let home = Home::new();
    let asks = Answer::of([Step::text("May I?"), Step::Ask(Call::new("send", r#"{"to":"a"}"#, "Sent."))]);
    let (sim, mut window) = connected(&home, script().agent("Wen", [asks, Answer::text("It is sent.")])).await;
    let wen = window.open("Wen").await;
    let started = start(&mut window, &wen, Some("Letters")).await;
    window.send(&started, "Send it").await.unwrap();
    window.until_talk("it asks", &started, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    window.until("its row counts it", |window| window.row("Letters").waiting == 1).await;
    let call = window.talk(&started).tool().unwrap().clone();
    let shown = Shown { name: call.name, arguments: call.arguments };
    let decide = Decide { conversation: started.clone(), tool_call: call.id, approve: true, reason: None, shown };
    window.ask(decide).await.unwrap();
    window.over(&started).await;
    let call = window.talk(&started).tool().unwrap().clone();
    assert!(matches!(&call.state, ToolState::Returned(returned) if returned.text == "Sent."), "{call:?}");
    assert!(said(&window, &started).contains(&"assistant done Wen: It is sent.".to_owned()));
    assert!(said(&window, &wen).is_empty(), "nothing of it is in the main thread: {:?}", said(&window, &wen));
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_and_queueing_work_in_a_conversation() {
    let home = Home::new();
    let long = Answer::of([Step::text("One, "), Step::Gate, Step::text("two.")]);
    let (sim, mut window) = connected(&home, script().agent("Wen", [long, Answer::text("Later.")])).await;
    let wen = window.open("Wen").await;
    let started = start(&mut window, &wen, None).await;
    window.send(&started, "Count").await.unwrap();
    window.until_talk("it speaks", &started, |talk| talk.lines().last().is_some_and(|l| l.contains("One, "))).await;
    window.send(&started, "Then this").await.unwrap();
    window.stop(&started).await;
    window.over(&started).await;
    sim.release();
    let cancels: Vec<String> =
        sim.requests().into_iter().map(|request| request.path).filter(|path| path.ends_with("/cancel")).collect();
    assert_eq!(cancels.len(), 1, "{cancels:?}");
    window.ask(SendQueued { conversation: started.clone() }).await.unwrap();
    window
        .until_talk("it went", &started, |talk| talk.lines().contains(&"assistant done Wen: Later.".to_owned()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_one_is_gone_here_and_there() {
    let home = Home::new();
    let script = script().agent("Wen", []).conversation("Wen", "Harvest", turns(&[("When?", "In June.")]));
    let (sim, mut window) = connected(&home, script).await;
    window.until("it is listed", |window| window.titles().contains(&"Harvest")).await;
    let wen = window.open("Wen").await;
    let harvest = window.open("Harvest").await;
    let main = window.ask(DeleteConversation { conversation: wen.clone() }).await.unwrap_err();
    assert_eq!(main.code, Code::Invalid, "a main thread is not deleted");
    window.ask(DeleteConversation { conversation: harvest.clone() }).await.unwrap();
    window.until("it is gone", |window| !window.titles().contains(&"Harvest")).await;
    assert!(window.send(&harvest, "Hello?").await.is_err());
    drop(window);
    let mut window = home.start().await;
    window.launch().await;
    let profile = window.profiles[0].id.clone();
    window.online(&profile).await;
    assert!(!window.titles().contains(&"Harvest"));
    let deleted = sim.requests().into_iter().filter(|request| request.method == "DELETE").count();
    assert_eq!(deleted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_server_is_not_asked_and_says_why_it_has_none() {
    let home = Home::new();
    let (sim, mut window) = connected(&home, Script::new().agent("Wen", [])).await;
    let wen = window.open("Wen").await;
    let refused = window.ask(NewConversation { of: wen, name: None }).await.unwrap_err();
    assert_eq!(refused.code, Code::Server);
    assert!(refused.message.contains("0.16.2"), "{}", refused.message);
    assert!(
        !sim.requests().iter().any(|request| request.path.contains("conversations")),
        "nothing is offered or asked"
    );
    let abilities = window.profiles[0].abilities.clone();
    let of = |skill| abilities.iter().find(|ability| ability.of == skill).unwrap();
    assert_eq!((of(Skill::Conversations).can, of(Skill::Groups).can), (Can::No, Can::Yes));
    assert!(of(Skill::Conversations).why.contains("0.16.2"));
}
