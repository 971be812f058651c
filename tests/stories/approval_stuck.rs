//! Requests that are stuck: the server waits for a decision that the app does not show, or for others than it shows. Each story that
//! bears a number is what befell others there. Requests of which only a run tells are `by_run`.

mod by_run;

use std::time::Duration;

use model::{
    Code, Content, ConversationId, Failure, ItemId, Ruling, ToolCall, ToolState, Turn, WayOut,
    command::{Decide, DecisionLog, Shown, Unstick},
};
use serde_json::{Value, json};
use sim::{Answer, Call, Fault, On, Script, Sim, Step};
use tests::{Home, Talk, Window};

fn letter(to: &str) -> Call {
    Call::new("send_letter", format!(r#"{{"to":"{to}"}}"#), format!("Sent to {to}.")).asking()
}

fn asks(to: &str) -> Answer {
    Answer::of([Step::Ask(letter(to))])
}

/// A computer that does not look by itself.
fn unaware() -> Home {
    let mut home = Home::new();
    home.pace.refresh = Duration::from_secs(3600);
    home
}

async fn connected(home: &Home, answers: impl IntoIterator<Item = Answer>) -> (Sim, Window, ConversationId) {
    let sim = Sim::scripted(Script::new().version("0.16.8").agent("Wen", answers)).unwrap();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    // What there is was looked at.
    window.listen_for(Duration::from_millis(200)).await;
    (sim, window, wen)
}

/// Another program of the user says something.
async fn said_elsewhere(sim: &Sim, text: &str) {
    said_elsewhere_in(sim, letta::Target::Agent(sim.agent_id("Wen").as_str().into()), text).await;
}

async fn said_elsewhere_in(sim: &Sim, target: letta::Target, text: &str) {
    let other = letta::Client::new(&sim.address(), None).unwrap();
    let words = letta::Words {
        text: text.to_owned(),
        otid: "0b7e3c52-8f0e-4c5b-9a41-7a3a5f1d2e90".to_owned(),
        images: Vec::new(),
        mode: letta::Mode::Tokens,
        extras: letta::Extras::default(),
    };
    let mut turn = other.say(&target, &words).await.unwrap();
    while !matches!(turn.next().await, letta::Heard::Over(_)) {}
}

async fn waits(window: &mut Window, id: &ConversationId) -> ToolCall {
    let so = |talk: &Talk| {
        matches!(talk.turn, Turn::Paused { .. })
            && talk.tool().is_some_and(|call| call.state == ToolState::AwaitingApproval)
    };
    window.until_talk("it waits", id, so).await;
    window.talk(id).tool().unwrap().clone()
}

fn shown(call: &ToolCall) -> Shown {
    Shown { name: call.name.clone(), arguments: call.arguments.clone() }
}

async fn decide(window: &Window, id: &ConversationId, call: &ToolCall, approve: bool) -> Result<(), Failure> {
    let (tool_call, shown) = (call.id.clone(), shown(call));
    window.ask(Decide { conversation: id.clone(), tool_call, approve, reason: None, shown }).await
}

async fn leave(window: &Window, id: &ConversationId, call: &ToolCall, way: WayOut) -> Result<(), Failure> {
    window.ask(Unstick { conversation: id.clone(), tool_call: call.id.clone(), way, shown: shown(call) }).await
}

fn posts(sim: &Sim) -> usize {
    sim.requests().iter().filter(|request| request.method == "POST").count()
}

fn decisions(sim: &Sim) -> Vec<Value> {
    let requests = sim.requests().into_iter().filter(|request| request.body["messages"][0]["type"] == "approval");
    requests.map(|request| request.body["messages"][0]["approvals"].clone()).collect()
}

fn has(talk: &Talk, line: &str) -> bool {
    talk.lines().iter().any(|other| other == line)
}

fn failed_words(window: &Window, id: &ConversationId) -> ItemId {
    let talk = window.talk(id);
    let failed = talk
        .items
        .iter()
        .rev()
        .find(|item| matches!(item.content, Content::Error(_)) || item.state() == Some("failed"));
    failed.unwrap_or_else(|| panic!("nothing failed: {}", window.describe())).id.clone()
}

async fn refused_words(window: &mut Window, id: &ConversationId) -> ToolCall {
    window.send(id, "Good morning").await.unwrap();
    waits(window, id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_not_shown_is_found_when_words_are_refused_for_it() {
    let home = unaware();
    let (sim, mut window, wen) = connected(&home, [asks("a"), Answer::text("Gone."), Answer::text("Morning.")]).await;
    said_elsewhere(&sim, "Write to a").await;
    let call = refused_words(&mut window, &wen).await;
    assert_eq!(call.arguments, r#"{"to":"a"}"#);
    // The history tells of it before the server is asked what waits: it is stuck all the same.
    assert_eq!(call.stuck.as_deref(), Some("The server waits for this decision, and had not said so here."));
    assert_eq!(window.row("Wen").waiting, 1);
    let Content::Error(trouble) = &window.talk(&wen).last("error").unwrap().content else { panic!() };
    assert_eq!(trouble.what, "A tool call waits for your decision first.");

    decide(&window, &wen, &call, true).await.unwrap();
    window
        .until_talk("it is done", &wen, |talk| talk.turn == Turn::Yours && has(talk, "assistant done Wen: Gone."))
        .await;
    let item = failed_words(&window, &wen);
    window.ask(model::command::Retry { conversation: wen.clone(), item }).await.unwrap();
    window.until_talk("the words arrive", &wen, |talk| has(talk, "assistant done Wen: Morning.")).await;
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_two_refusals_are_told_apart_by_their_code() {
    let home = unaware();
    let (sim, mut window, wen) = connected(&home, [asks("a")]).await;
    sim.next_fault(On::Send, Fault::busy("run-1"));
    window.send(&wen, "Good morning").await.unwrap();
    window
        .until_talk("it is refused", &wen, |talk| {
            talk.turn == Turn::Yours && talk.items.iter().any(|item| item.state() == Some("failed"))
        })
        .await;
    let Content::User { state: model::SendState::Failed { reason }, .. } =
        &window.talk(&wen).last("user").unwrap().content
    else {
        panic!("{}", window.describe())
    };
    assert!(reason.starts_with("Another answer is still being written here."), "{reason}");
    window.listen_for(Duration::from_millis(300)).await;
    assert!(window.talk(&wen).tool().is_none(), "busy means that nothing waits for the user");

    said_elsewhere(&sim, "Write to a").await;
    sim.next_fault(On::Send, Fault::pending("message-whatever"));
    let call = refused_words(&mut window, &wen).await;
    assert_eq!(call.arguments, r#"{"to":"a"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn lettabot_479_calls_are_named_by_their_own_ids_never_by_the_message() {
    let home = Home::new();
    let (sim, mut window, wen) = connected(&home, [asks("a"), Answer::text("Gone.")]).await;
    window.send(&wen, "Write to a").await.unwrap();
    let call = waits(&mut window, &wen).await;
    decide(&window, &wen, &call, true).await.unwrap();
    window.over(&wen).await;
    let sent = decisions(&sim);
    assert_eq!(sent[0][0]["tool_call_id"], json!(call.id.as_str()));
    assert!(call.id.as_str().starts_with("call_") && !sent[0].to_string().contains("message-"), "{sent:?}");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn lettabot_554_and_601_nothing_is_decided_again_by_itself() {
    let home = Home::new();
    let (sim, mut window, wen) = connected(&home, [asks("a")]).await;
    window.send(&wen, "Write to a").await.unwrap();
    let call = waits(&mut window, &wen).await;
    let words = format!("Invalid tool call IDs. Expected '['{}']', but received '['x']'.", call.id);
    sim.set_fault(On::Send, Fault::status(400, json!({"detail": words})));
    let before = posts(&sim);
    let failure = decide(&window, &wen, &call, true).await.unwrap_err();
    assert_eq!(failure.code, Code::Conflict);
    assert_eq!(failure.message, "The server did not take the decision: it waits for other calls. Look at them again.");
    let again = waits(&mut window, &wen).await;
    assert_eq!(again.arguments, call.arguments);
    window.listen_for(Duration::from_millis(1500)).await;
    assert_eq!(posts(&sim), before + 1, "one decision, once");
    let looked = sim.requests().len();
    window.listen_for(Duration::from_millis(300)).await;
    assert!(sim.requests().len() < looked + 10, "and no circle of looking");
}

#[tokio::test(flavor = "multi_thread")]
async fn lettabot_577_the_server_expects_one_call_where_three_are_shown() {
    let home = Home::new();
    let three = Answer::of([Step::Together(vec![letter("a"), letter("b"), letter("c")])]);
    let (sim, mut window, wen) = connected(&home, [three]).await;
    window.send(&wen, "Write to all").await.unwrap();
    let three_wait = |talk: &Talk| {
        matches!(talk.turn, Turn::Paused { .. })
            && talk.items.iter().filter(|item| item.state() == Some("waiting")).count() == 3
    };
    window.until_talk("three wait", &wen, three_wait).await;
    let calls: Vec<ToolCall> = window.talk(&wen).items.iter().filter_map(model::Item::tool).cloned().collect();
    let words = format!("Invalid tool call IDs. Expected '['{}']', but received '[…]'.", calls[1].id);
    sim.next_fault(On::Send, Fault::status(400, json!({"detail": words})));
    decide(&window, &wen, &calls[0], true).await.unwrap();
    decide(&window, &wen, &calls[1], true).await.unwrap();
    decide(&window, &wen, &calls[2], true).await.unwrap_err();
    let only_one = |talk: &Talk| {
        let waiting: Vec<_> = talk.items.iter().filter(|item| item.state() == Some("waiting")).collect();
        waiting.len() == 1 && waiting[0].tool().is_some_and(|call| call.id == calls[1].id)
    };
    window.until_talk("only the expected one waits", &wen, only_one).await;
    assert_eq!(decisions(&sim).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn letta_code_2103_a_failure_of_any_other_kind_leaves_a_live_request_alone() {
    let home = Home::new();
    let (sim, mut window, wen) = connected(&home, [asks("a"), Answer::text("Gone.")]).await;
    window.send(&wen, "Write to a").await.unwrap();
    let call = waits(&mut window, &wen).await;
    for fault in
        [Fault::server(), Fault::invalid(), Fault::status(400, json!({"detail": "approval service unavailable"}))]
    {
        sim.next_fault(On::Send, fault);
        decide(&window, &wen, &call, true).await.unwrap_err();
        assert_eq!(waits(&mut window, &wen).await, call, "it waits as it did");
    }
    decide(&window, &wen, &call, true).await.unwrap();
    window.over(&wen).await;
    assert!(has(window.talk(&wen), "assistant done Wen: Gone."));
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orphaned_request_is_closed_when_the_server_waits_for_nothing() {
    let home = unaware();
    let (sim, mut window, wen) = connected(&home, [asks("a"), Answer::text("Good morning.")]).await;
    window.send(&wen, "Write to a").await.unwrap();
    let call = waits(&mut window, &wen).await;
    sim.lose_request("Wen");
    let failure = decide(&window, &wen, &call, true).await.unwrap_err();
    assert_eq!(
        (failure.code, failure.message.as_str()),
        (Code::Conflict, "This request was decided meanwhile. Nothing waits for you here now.")
    );
    window
        .until_talk("it is closed", &wen, |talk| {
            talk.tool().unwrap().state == ToolState::Stopped && talk.turn == Turn::Yours
        })
        .await;
    assert_eq!(window.row("Wen").waiting, 0);
    assert_eq!(decisions(&sim), Vec::<Value>::new(), "nothing was sent for something to talk about");
    window.send_and_wait(&wen, "Good morning").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_history_forgot_is_shown_from_what_the_agent_says() {
    let home = unaware();
    let (sim, mut window, wen) = connected(&home, [asks("a"), Answer::text("Then not.")]).await;
    window.send(&wen, "Write to a").await.unwrap();
    let call = waits(&mut window, &wen).await;
    // Denied here, as far as was heard; the server did not keep it.
    let whole = json!({
        "messages": [{"id": "message-00000000-0000-4000-8000-000000000001", "message_type": "reasoning_message", "reasoning": "Hm."}],
        "stop_reason": {"message_type": "stop_reason", "stop_reason": "end_turn"},
    });
    sim.next_fault(On::Send, Fault::status(200, whole));
    decide(&window, &wen, &call, false).await.unwrap();
    let stuck = |talk: &Talk| talk.tool().is_some_and(|call| call.stuck.is_some());
    window.until_talk("it waits again, stuck", &wen, stuck).await;
    let call = waits(&mut window, &wen).await;
    assert_eq!(call.stuck.as_deref(), Some("The server waits for this decision, and had not said so here."));
    assert_eq!(call.decision, None);
    decide(&window, &wen, &call, false).await.unwrap();
    window.until_talk("it is over", &wen, |talk| has(talk, "assistant done Wen: Then not.")).await;
    assert_eq!(window.talk(&wen).tool().unwrap().stuck, None);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_and_the_words_go_again() {
    let home = unaware();
    let (sim, mut window, wen) =
        connected(&home, [asks("a"), Answer::text("Then not."), Answer::text("Morning.")]).await;
    said_elsewhere(&sim, "Write to a").await;
    let call = refused_words(&mut window, &wen).await;
    let way = WayOut::DenyAndRetry { reason: Some("Not now.".to_owned()) };
    leave(&window, &wen, &call, way).await.unwrap();
    window
        .until_talk("the words arrive", &wen, |talk| {
            talk.turn == Turn::Yours && has(talk, "assistant done Wen: Morning.")
        })
        .await;
    let talk = window.talk(&wen);
    let denied = talk.tool().unwrap();
    assert_eq!(denied.state, ToolState::Denied);
    assert_eq!(denied.decision.as_ref().and_then(|decision| decision.reason.as_deref()), Some("Not now."));
    let mine: Vec<_> = talk.lines().into_iter().filter(|line| line.contains("Good morning")).collect();
    assert_eq!(mine, ["user done: Good morning"], "{}", window.describe());
    assert_eq!(decisions(&sim).len(), 1);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_run_is_stopped_and_the_server_keeps_that_as_a_denial() {
    let home = unaware();
    let (sim, mut window, wen) = connected(&home, [asks("a"), Answer::text("Morning.")]).await;
    said_elsewhere(&sim, "Write to a").await;
    let call = refused_words(&mut window, &wen).await;
    let forged = ToolCall { arguments: "{}".to_owned(), ..call.clone() };
    assert!(leave(&window, &wen, &forged, WayOut::StopRun).await.is_err(), "only what was shown");
    leave(&window, &wen, &call, WayOut::StopRun).await.unwrap();
    window
        .until_talk("it is denied", &wen, |talk| {
            talk.turn == Turn::Yours && talk.tool().unwrap().state == ToolState::Denied
        })
        .await;
    assert_eq!(decisions(&sim), Vec::<Value>::new());
    let profile = window.profiles[0].id.clone();
    let log = DecisionLog { profile, words: String::new(), about: None, before: None, limit: 9 };
    let lines = window.ask(log).await.unwrap().lines;
    assert_eq!(
        lines.iter().map(|line| (line.ruling.clone(), line.delivery.clone())).collect::<Vec<_>>(),
        [(Ruling::Stopped, model::Delivery::Sent)]
    );
    window.send_and_wait(&wen, "Good morning again").await;
    assert_eq!(leave(&window, &wen, &call, WayOut::StopRun).await.unwrap_err().code, Code::Conflict);
    assert_eq!(sim.check(), Vec::<String>::new());
}
