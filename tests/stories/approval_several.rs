//! Several calls in one step: decided one by one, sent together, through a restart and beside another app.

use std::time::Duration;

use model::{
    ConversationId, Delivery, Item, ItemId, ToolCall, ToolState, Turn,
    command::{Decide, DecisionLog, Shown},
};
use serde_json::{Value, json};
use sim::{Answer, Call, Fault, On, Script, Sim, Step};
use tests::{Home, Window};

/// Two calls that ask and one that does not.
fn together() -> Answer {
    Answer::of([
        Step::text("All three then."),
        Step::Together(vec![
            Call::new("send_letter", r#"{"to":"a"}"#, "Sent to a.").asking(),
            Call::new("send_letter", r#"{"to":"b"}"#, "Sent to b.").asking(),
            Call::new("count_stamps", "{}", "Two."),
        ]),
    ])
}

async fn waiting(home: &Home, after: Answer) -> (Sim, Window, ConversationId) {
    asked(home, [together(), after]).await
}

async fn asked(home: &Home, answers: impl IntoIterator<Item = Answer>) -> (Sim, Window, ConversationId) {
    let sim = Sim::scripted(Script::new().version("0.16.8").agent("Wen", answers)).unwrap();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    window.send(&wen, "Write to both").await.unwrap();
    window.until_talk("both wait", &wen, |talk| asking(&talk.items).len() == 2).await;
    window.until_talk("its turn has come", &wen, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    (sim, window, wen)
}

fn calls(items: &[Item]) -> Vec<&ToolCall> {
    items.iter().filter_map(Item::tool).collect()
}

fn asking(items: &[Item]) -> Vec<ToolCall> {
    let waits = |call: &&ToolCall| call.state == ToolState::AwaitingApproval;
    items.iter().filter_map(Item::tool).filter(waits).cloned().collect()
}

async fn decide(
    window: &Window,
    id: &ConversationId,
    call: &ToolCall,
    reason: Option<&str>,
) -> Result<(), model::Failure> {
    let shown = Shown { name: call.name.clone(), arguments: call.arguments.clone() };
    let (approve, reason) = (reason.is_none(), reason.map(str::to_owned));
    window.ask(Decide { conversation: id.clone(), tool_call: call.id.clone(), approve, reason, shown }).await
}

fn decisions(sim: &Sim) -> Vec<Value> {
    let requests = sim.requests().into_iter().filter(|request| request.body["messages"][0]["type"] == "approval");
    requests.map(|request| request.body["messages"][0].clone()).collect()
}

fn by_words<'a>(items: &'a [Item], arguments: &str) -> &'a ToolCall {
    items.iter().filter_map(Item::tool).find(|call| call.arguments == arguments).unwrap()
}

fn one_sent_one_not(items: &[Item]) {
    let (a, b) = (by_words(items, r#"{"to":"a"}"#), by_words(items, r#"{"to":"b"}"#));
    assert!(matches!(&a.state, ToolState::Returned(returned) if returned.text == "Sent to a."), "{a:?}");
    assert_eq!(b.state, ToolState::Denied, "{b:?}");
    assert_eq!(b.decision.as_ref().and_then(|decision| decision.reason.as_deref()), Some("Not to b."));
    let harmless = by_words(items, "{}");
    assert!(matches!(&harmless.state, ToolState::Returned(returned) if returned.text == "Two."), "{harmless:?}");
    assert_eq!(harmless.decision, None, "nobody was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_approved_and_one_denied_go_in_one_answer() {
    let home = Home::new();
    let (sim, mut window, wen) = waiting(&home, Answer::text("One letter is gone.")).await;
    let both = asking(&window.talk(&wen).items);
    window.until("the row counts both", |window| window.row("Wen").waiting == 2).await;
    decide(&window, &wen, &both[0], None).await.unwrap();
    window.until("one is left", |window| window.row("Wen").waiting == 1).await;
    assert_eq!(decisions(&sim), Vec::<Value>::new(), "half an answer is refused by the server, so none is sent");
    assert!(decide(&window, &wen, &both[0], Some("No.")).await.is_err(), "what is decided is decided");
    decide(&window, &wen, &both[1], Some("Not to b.")).await.unwrap();
    window.over(&wen).await;
    one_sent_one_not(&window.talk(&wen).items);
    assert!(window.talk(&wen).lines().contains(&"assistant done Wen: One letter is gone.".to_owned()));

    let sent = decisions(&sim);
    assert_eq!(sent.len(), 1);
    let approval = |call: &ToolCall, approve: bool, reason: Option<&str>| json!({"type": "approval", "tool_call_id": call.id.as_str(), "approve": approve, "reason": reason});
    let wanted = json!([approval(&both[0], true, None), approval(&both[1], false, Some("Not to b."))]);
    assert_eq!(sent[0]["approvals"], wanted);
    // The older form knows one word for all: it is no yes to what was denied.
    assert_eq!((&sent[0]["approve"], &sent[0]["reason"]), (&json!(false), &json!("Not to b.")));
    assert_eq!(sent[0]["approval_request_id"], json!(both[0].request));
    assert_eq!(sim.check(), Vec::<String>::new());

    // Whoever reads it later reads the same.
    let elsewhere = Home::new();
    let mut other = elsewhere.start().await;
    other.launch().await;
    other.connect(&sim.address(), None).await;
    let there = other.open("Wen").await;
    other.until_talk("the history is there", &there, |talk| calls(&talk.items).len() == 3).await;
    one_sent_one_not(&other.talk(&there).items);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_stands_under_the_name_that_the_history_knows() {
    let home = Home::new();
    let calls = ["a", "b"].map(|to| Call::new("send_letter", format!(r#"{{"to":"{to}"}}"#), "Sent.").asking());
    let answer = Answer::of([Step::reasoning("Hm."), Step::text("Both then."), Step::Together(calls.into())]);
    let (sim, mut window, wen) = asked(&home, [answer]).await;
    let client = letta::Client::new(&sim.address(), None).unwrap();
    let pending = client.pending_approval(&sim.agent_id("Wen").as_str().into()).await.unwrap().unwrap();
    let request = pending.head.id.clone();
    let named = move |talk: &tests::Talk| asking(&talk.items).iter().all(|call| call.request == request);
    window.until_talk("it is named as stored", &wen, named).await;
    let there = |items: &[Item]| -> Vec<ItemId> {
        items.iter().filter(|item| item.kind() != "notice").map(|item| item.id.clone()).collect()
    };
    let elsewhere = Home::new();
    let mut other = elsewhere.start().await;
    other.launch().await;
    other.connect(&sim.address(), None).await;
    let id = other.open("Wen").await;
    other.until_talk("the history is there", &id, |talk| asking(&talk.items).len() == 2).await;
    assert_eq!(there(&window.talk(&wen).items), there(&other.talk(&id).items));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_before_a_restart_goes_with_what_is_decided_after_it() {
    let home = Home::new();
    let (sim, window, wen) = waiting(&home, Answer::text("One letter is gone.")).await;
    let both = asking(&window.talk(&wen).items);
    decide(&window, &wen, &both[0], None).await.unwrap();
    window.engine.close().await;
    drop(window);

    let mut window = home.start().await;
    let launched = window.launch().await;
    window.open_id(&wen).await;
    window.online(&launched.profile.unwrap()).await;
    // The server is asked how it stands, and still waits for both: that takes nothing back.
    window.listen_for(Duration::from_millis(400)).await;
    let left = asking(&window.talk(&wen).items);
    assert_eq!(left.iter().map(|call| &call.id).collect::<Vec<_>>(), [&both[1].id], "{}", window.describe());
    assert_eq!(decisions(&sim), Vec::<Value>::new());
    decide(&window, &wen, &left[0], Some("Not to b.")).await.unwrap();
    window.over(&wen).await;
    one_sent_one_not(&window.talk(&wen).items);
    assert_eq!(decisions(&sim).len(), 1);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_elsewhere_meanwhile_is_not_answered_again() {
    let mut home = Home::new();
    home.pace.refresh = Duration::from_secs(3600);
    let (sim, mut window, wen) = waiting(&home, Answer::text("Nothing is gone.")).await;
    let both = asking(&window.talk(&wen).items);
    decide(&window, &wen, &both[0], None).await.unwrap();
    let elsewhere = letta::Client::new(&sim.address(), None).unwrap();
    let no = |call: &ToolCall| (call.id.clone(), model::Decision { approve: false, reason: None, at: None });
    let answer = letta::Answer {
        request: both[0].request.clone().unwrap(),
        decisions: both.iter().map(no).collect(),
        not_run: Vec::new(),
        mode: letta::Mode::Tokens,
        extras: letta::Extras::default(),
    };
    let mut turn = elsewhere.decide(&sim.agent_id("Wen").as_str().into(), &answer).await.unwrap();
    while !matches!(turn.next().await, letta::Heard::Over(_)) {}
    let failure = decide(&window, &wen, &both[1], None).await.unwrap_err();
    assert!(failure.message.starts_with("This request was decided meanwhile."), "{failure:?}");
    let denied =
        |talk: &tests::Talk| both.iter().all(|call| by_words(&talk.items, &call.arguments).state == ToolState::Denied);
    window.until_talk("the rows tell", &wen, denied).await;
    assert_eq!(decisions(&sim).len(), 1, "only the other's");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_written_down_before_it_is_sent() {
    let home = Home::new();
    let (sim, window, wen) = waiting(&home, Answer::text("Well.")).await;
    let both = asking(&window.talk(&wen).items);
    sim.set_fault(On::Send, Fault::Silence);
    decide(&window, &wen, &both[0], None).await.unwrap();
    let deciding = decide(&window, &wen, &both[1], None);
    let _ = tokio::time::timeout(Duration::from_millis(300), deciding).await;
    assert_eq!(decisions(&sim).len(), 1, "it is on its way, and the server says nothing");
    let profile = window.profiles[0].id.clone();
    let log = DecisionLog { profile, words: String::new(), about: None, before: None, limit: 9 };
    let lines = window.ask(log).await.unwrap().lines;
    assert_eq!(lines.iter().map(|line| &line.tool_call).collect::<Vec<_>>(), [&both[1].id, &both[0].id]);
    assert!(lines.iter().all(|line| line.delivery == Delivery::Unknown), "{lines:?}");
}
