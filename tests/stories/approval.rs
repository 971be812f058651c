//! Tool calls that wait for the user: approved, denied, changed, answered elsewhere, not sent.

use model::{
    Code, ConversationId, Failure, ToolState, Turn,
    command::{Decide, Shown},
};
use serde_json::json;
use sim::{Answer, Call, Fault, On, Script, Sim, Step};
use tests::{Home, Window};

pub(crate) fn asking() -> Answer {
    Answer::of([
        Step::reasoning("That needs a yes."),
        Step::Ask(Call::new("send_letter", r#"{"to":"the printer","copies":2}"#, "Sent.")),
    ])
}

/// Wen wants to send a letter.
pub(crate) async fn waiting(home: &Home, answers: impl IntoIterator<Item = Answer>) -> (Sim, Window, ConversationId) {
    // The version in which requests survive token by token.
    let sim = Sim::scripted(Script::new().version("0.16.8").agent("Wen", answers)).unwrap();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    window.send(&wen, "Write to the printer").await.unwrap();
    window.until_talk("it waits", &wen, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    (sim, window, wen)
}

/// Decides the last call.
pub(crate) async fn decide(
    window: &Window,
    id: &ConversationId,
    approve: bool,
    reason: Option<&str>,
) -> Result<(), Failure> {
    let call = window.talk(id).tool().unwrap().clone();
    let shown = Shown { name: call.name, arguments: call.arguments };
    let reason = reason.map(str::to_owned);
    window.ask(Decide { conversation: id.clone(), tool_call: call.id, approve, reason, shown }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_is_approved_and_the_talk_goes_on() {
    let home = Home::new();
    let (sim, mut window, wen) = waiting(&home, [asking(), Answer::text("It is on its way.")]).await;
    let Turn::Paused { speaker } = window.talk(&wen).turn.clone() else { panic!() };
    assert_eq!(speaker.name, "Wen");
    let call = window.talk(&wen).tool().unwrap().clone();
    assert_eq!(
        (call.state.clone(), call.arguments.as_str()),
        (ToolState::AwaitingApproval, r#"{"to":"the printer","copies":2}"#)
    );
    window.until("the row counts it", |window| window.row("Wen").waiting == 1).await;

    decide(&window, &wen, true, None).await.unwrap();
    window.over(&wen).await;
    let call = window.talk(&wen).tool().unwrap().clone();
    assert!(matches!(&call.state, ToolState::Returned(returned) if returned.text == "Sent."), "{call:?}");
    assert!(call.decision.unwrap().approve);
    assert!(window.talk(&wen).lines().contains(&"assistant done Wen: It is on its way.".to_owned()));
    window.until("the row counts none", |window| window.row("Wen").waiting == 0).await;
    assert_eq!(decide(&window, &wen, false, None).await.unwrap_err().code, Code::Conflict);

    let decisions: Vec<_> =
        sim.requests().into_iter().filter(|request| request.body["messages"][0]["type"] == "approval").collect();
    assert_eq!(decisions.len(), 1, "a decision is sent once");
    let message = &decisions[0].body["messages"][0];
    assert_eq!((&message["approve"], &message["approvals"][0]["approve"]), (&json!(true), &json!(true)));
    assert_eq!(message["approvals"][0]["tool_call_id"], json!(call.id.as_str()));
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_denied_with_a_reason_that_the_agent_reads() {
    let home = Home::new();
    let (sim, mut window, wen) = waiting(&home, [asking(), Answer::text("Then I wait.")]).await;
    decide(&window, &wen, false, Some("  Not before Monday. ")).await.unwrap();
    window.over(&wen).await;
    let call = window.talk(&wen).tool().unwrap().clone();
    assert_eq!(call.state, ToolState::Denied);
    let decision = call.decision.unwrap();
    assert_eq!((decision.approve, decision.reason.as_deref()), (false, Some("Not before Monday.")));
    assert!(window.talk(&wen).lines().contains(&"assistant done Wen: Then I wait.".to_owned()));
    let sent = sim.requests().into_iter().rfind(|request| request.body["messages"][0]["type"] == "approval").unwrap();
    assert_eq!(sent.body["messages"][0]["reason"], json!("Not before Monday."));
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_shown_is_decided() {
    let home = Home::new();
    let (sim, window, wen) = waiting(&home, [asking()]).await;
    let call = window.talk(&wen).tool().unwrap().clone();
    for shown in [
        Shown { name: call.name.clone(), arguments: r#"{"to":"the printer","copies":3}"#.to_owned() },
        Shown { name: "read_letter".to_owned(), arguments: call.arguments.clone() },
        Shown { name: call.name.clone(), arguments: format!("{} ", call.arguments) },
    ] {
        let decide =
            Decide { conversation: wen.clone(), tool_call: call.id.clone(), approve: true, reason: None, shown };
        assert_eq!(window.ask(decide).await.unwrap_err().code, Code::Conflict);
    }
    let shown = Shown { name: call.name.clone(), arguments: call.arguments.clone() };
    let other =
        Decide { conversation: wen.clone(), tool_call: "call_other".into(), approve: true, reason: None, shown };
    assert_eq!(window.ask(other).await.unwrap_err().code, Code::Conflict);
    assert!(
        !sim.requests().iter().any(|request| request.body["messages"][0]["type"] == "approval"),
        "nothing was sent"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_does_not_arrive_waits_again_and_can_be_given_again() {
    let home = Home::new();
    let (sim, mut window, wen) = waiting(&home, [asking(), Answer::text("On its way.")]).await;
    sim.next_fault(On::Send, Fault::server());
    let failure = decide(&window, &wen, true, None).await.unwrap_err();
    assert_eq!(failure.message, "Not sent. Try again.");
    window.until_talk("it waits again", &wen, |talk| talk.tool().unwrap().state == ToolState::AwaitingApproval).await;
    sim.go_away();
    let failure = decide(&window, &wen, true, None).await.unwrap_err();
    assert_eq!((failure.code, failure.message.as_str()), (Code::Offline, "Not sent. Try again."));
    sim.come_back().unwrap();
    let profile = window.profiles[0].id.clone();
    window.online(&profile).await;
    window.until_talk("it waits again", &wen, |talk| talk.tool().unwrap().state == ToolState::AwaitingApproval).await;
    decide(&window, &wen, true, None).await.unwrap();
    window.over(&wen).await;
    assert!(window.talk(&wen).lines().contains(&"assistant done Wen: On its way.".to_owned()), "{}", window.describe());
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_answered_elsewhere_is_a_conflict_and_shows_how_it_was_answered() {
    let home = Home::new();
    let (sim, mut window, wen) = waiting(&home, [asking(), Answer::text("Somebody said no.")]).await;
    let call = window.talk(&wen).tool().unwrap().clone();
    // Another app of the user denies it.
    let elsewhere = letta::Client::new(&sim.address(), None).unwrap();
    let agent = model::AgentId::from(sim.agent_id("Wen"));
    let decision = model::Decision { approve: false, reason: Some("Elsewhere.".to_owned()), at: None };
    let answer = letta::Answer {
        request: call.request.clone().unwrap(),
        decisions: vec![(call.id.clone(), decision)],
        not_run: Vec::new(),
        mode: letta::Mode::Tokens,
        extras: letta::Extras::default(),
    };
    let mut turn = elsewhere.decide(&agent, &answer).await.unwrap();
    while !matches!(turn.next().await, letta::Heard::Over(_)) {}

    // Either the window has heard of it by now, or deciding finds out.
    let failure = decide(&window, &wen, true, None).await.unwrap_err();
    assert_eq!(failure.code, Code::Conflict, "{failure:?}");
    window.until_talk("the row tells", &wen, |talk| talk.tool().unwrap().state == ToolState::Denied).await;
    window.over(&wen).await;
    let decision = window.talk(&wen).tool().unwrap().decision.clone().unwrap();
    assert_eq!((decision.approve, decision.reason.as_deref()), (false, Some("Elsewhere.")));
    assert!(
        window.talk(&wen).lines().contains(&"assistant done Wen: Somebody said no.".to_owned()),
        "{}",
        window.describe()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_call_waits_through_a_restart() {
    let home = Home::new();
    let (sim, window, wen) = waiting(&home, [asking(), Answer::text("On its way.")]).await;
    window.engine.close().await;
    drop(window);
    sim.go_away();
    let mut window = home.start().await;
    window.launch().await;
    assert_eq!(window.row("Wen").waiting, 1);
    window.open_id(&wen).await;
    assert!(matches!(window.talk(&wen).turn, Turn::Paused { .. }));
    assert_eq!(decide(&window, &wen, true, None).await.unwrap_err().code, Code::Offline);
    sim.come_back().unwrap();
    let profile = window.profiles[0].id.clone();
    window.online(&profile).await;
    window.until_talk("it waits", &wen, |talk| talk.tool().unwrap().state == ToolState::AwaitingApproval).await;
    decide(&window, &wen, true, None).await.unwrap();
    window.over(&wen).await;
    assert!(window.talk(&wen).lines().contains(&"assistant done Wen: On its way.".to_owned()));
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_on_its_way_when_the_app_was_killed_is_asked_for_and_never_sent_twice() {
    for taken in [false, true] {
        let home = Home::new();
        let (sim, mut window, wen) =
            waiting(&home, [asking(), Answer::of([Step::Gate, Step::text("On its way.")])]).await;
        if !taken {
            sim.set_fault(On::Send, Fault::Silence);
        }
        {
            let id = wen.clone();
            let deciding = decide(&window, &id, true, None);
            // Killed before it is known whether the server took it.
            let _ = tokio::time::timeout(std::time::Duration::from_millis(300), deciding).await;
        }
        window.listen_for(std::time::Duration::from_millis(50)).await;
        drop(window);
        sim.clear_faults();
        sim.release();

        let mut window = home.start().await;
        let launched = window.launch().await;
        window.open_id(&wen).await;
        window.online(&launched.profile.unwrap()).await;
        if taken {
            window
                .until_talk("the history tells", &wen, |talk| {
                    matches!(talk.tool().unwrap().state, ToolState::Returned(_))
                })
                .await;
        } else {
            window
                .until_talk("it waits again", &wen, |talk| talk.tool().unwrap().state == ToolState::AwaitingApproval)
                .await;
        }
        let sent = sim.requests().iter().filter(|request| request.body["messages"][0]["type"] == "approval").count();
        assert_eq!(sent, 1, "nothing is sent again by itself");
        assert_eq!(sim.check(), Vec::<String>::new());
    }
}
