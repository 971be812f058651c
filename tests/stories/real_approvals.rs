//! Approvals against a real server: several calls in one request, a request that another program left, a tool of another program.

use letta::{Client, Extras, Heard, Mode, Target, Words};
use model::{
    ConversationId, ToolCall, ToolState, Turn, WayOut,
    command::{Inbox, Shown, StandingOf, Unstick},
};
use serde_json::json;
use tests::{Talk, Window};

use crate::real::{Ability, Real, decide, needs, patient, spoken, wait_for_request};

/// Another program of the user says something, and leaves when the answer ends.
async fn said_elsewhere(real: &Real, agent: &str, text: &str, extras: Extras) {
    let other = Client::new(&real.base, Some(real.key.clone().into())).unwrap();
    let words = Words {
        text: text.to_owned(),
        otid: uuid::Uuid::new_v4().to_string(),
        images: Vec::new(),
        mode: Mode::Steps,
        extras,
    };
    let mut turn = other.say(&Target::Agent(agent.into()), &words).await.unwrap();
    while !matches!(turn.next().await, Heard::Over(_)) {}
}

fn waiting(talk: &Talk) -> Vec<ToolCall> {
    let waits = |call: &&ToolCall| call.state == ToolState::AwaitingApproval;
    talk.items.iter().filter_map(model::Item::tool).filter(waits).cloned().collect()
}

async fn over(window: &mut Window, id: &ConversationId) {
    window.until_talk("it is over", id, |talk| talk.turn == Turn::Yours && waiting(talk).is_empty()).await;
    window.over(id).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn of_two_calls_one_is_approved_and_one_denied() {
    let Some(real) = needs(&[Ability::Parallel, Ability::TokenApprovals]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let id = real.open(&mut window, &profile, "Decide Both").await;
    window.send(&id, "Please do both").await.unwrap();
    window
        .until_talk("two wait", &id, |talk| waiting(talk).len() == 2 && matches!(talk.turn, Turn::Paused { .. }))
        .await;
    let calls = waiting(window.talk(&id));
    let standing = window.ask(StandingOf { conversation: id.clone(), tool_call: calls[0].id.clone() }).await.unwrap();
    assert_eq!(standing.order, ["path"]);
    decide(&window, &id, &calls[0], None).await.unwrap();
    decide(&window, &id, &calls[1], Some("Keep b.")).await.unwrap();
    over(&mut window, &id).await;
    let call = |nth: usize| {
        window.talk(&id).items.iter().filter_map(model::Item::tool).find(|call| call.id == calls[nth].id).unwrap()
    };
    assert!(
        matches!(&call(0).state, ToolState::Returned(returned) if returned.ok && returned.text.contains("Deleted /a")),
        "{}",
        window.describe()
    );
    assert_eq!(call(1).state, ToolState::Denied, "{}", window.describe());
    assert_eq!(call(1).decision.as_ref().and_then(|decision| decision.reason.as_deref()), Some("Keep b."));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_request_that_came_while_the_app_was_closed_is_found_and_can_be_stopped() {
    let Some(real) = needs(&[Ability::TokenApprovals]) else { return };
    let agent = real.agent("Decide Later").await;
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let id = real.open(&mut window, &profile, "Decide Later").await;
    window.engine.close().await;
    drop(window);
    said_elsewhere(&real, &agent, "delete it", Extras::default()).await;

    let mut window = crate::real::started(&home).await;
    window.online(&profile).await;
    let here = id.clone();
    let of = profile.clone();
    window
        .until("the inbox has it", move |window| {
            window.inboxes.get(&of).is_some_and(|pending| pending.iter().any(|pending| pending.conversation == here))
        })
        .await;
    let pending = window.ask(Inbox { profile }).await.unwrap();
    let pending = pending.into_iter().find(|pending| pending.conversation == id).unwrap();
    assert_eq!(pending.call.name, "delete_file");
    window.open_id(&id).await;
    let call = wait_for_request(&mut window, &id).await;
    let shown = Shown { name: call.name.clone(), arguments: call.arguments.clone() };
    let stop = Unstick { conversation: id.clone(), tool_call: call.id.clone(), way: WayOut::StopRun, shown };
    window.ask(stop).await.unwrap();
    window
        .until_talk("the server keeps it as denied", &id, |talk| talk.tool().unwrap().state == ToolState::Denied)
        .await;
    window.send_and_wait(&id, "Good morning").await;
    assert!(spoken(&window.talk(&id).items).contains("You said: Good morning"), "{}", window.describe());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn words_refused_for_a_request_of_another_program_find_it_and_go_after_its_denial() {
    let Some(real) = needs(&[Ability::TokenApprovals]) else { return };
    let agent = real.agent("Decide Stuck").await;
    let mut home = patient();
    home.pace.refresh = std::time::Duration::from_secs(3600);
    let (mut window, profile) = real.connected(&home).await;
    let id = real.open(&mut window, &profile, "Decide Stuck").await;
    window.listen_for(std::time::Duration::from_secs(2)).await;
    said_elsewhere(&real, &agent, "delete it", Extras::default()).await;
    window.send(&id, "Good morning").await.unwrap();
    let call = wait_for_request(&mut window, &id).await;
    let shown = Shown { name: call.name.clone(), arguments: call.arguments.clone() };
    let way = WayOut::DenyAndRetry { reason: Some("Not today.".to_owned()) };
    window.ask(Unstick { conversation: id.clone(), tool_call: call.id.clone(), way, shown }).await.unwrap();
    let arrived = |talk: &Talk| talk.turn == Turn::Yours && spoken(&talk.items).contains("You said: Good morning");
    window.until_talk("the words arrive", &id, arrived).await;
    assert_eq!(window.talk(&id).tool().unwrap().state, ToolState::Denied, "{}", window.describe());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_call_of_another_programs_tool_is_known_and_answered() {
    let Some(real) = needs(&[Ability::ClientTools]) else { return };
    let agent = real.agent("Decide Client").await;
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let id = real.open(&mut window, &profile, "Decide Client").await;
    let tool = letta::ClientTool {
        name: "read_clipboard".to_owned(),
        description: Some("Reads the clipboard.".to_owned()),
        parameters: Some(json!({"type": "object", "properties": {"format": {"type": "string"}}})),
    };
    let extras = Extras { client_tools: vec![tool], ..Extras::default() };
    let script = r#"@@ [{"calls": [["read_clipboard", {"format": "text"}]]}, {"text": "Then without it."}] @@"#;
    said_elsewhere(&real, &agent, script, extras).await;
    let marked =
        |talk: &Talk| talk.tool().is_some_and(|call| call.foreign && call.state == ToolState::AwaitingApproval);
    window.until_talk("it is seen, and known to be another's", &id, marked).await;
    let call = window.talk(&id).tool().unwrap().clone();
    assert!(decide(&window, &id, &call, None).await.is_err(), "nobody here could run it");
    decide(&window, &id, &call, Some("Ask me instead.")).await.unwrap();
    window
        .until_talk("the agent goes on", &id, |talk| talk.turn == Turn::Yours && talk.last("assistant").is_some())
        .await;
    let back = |talk: &Talk| talk.tool().is_some_and(|call| matches!(call.state, ToolState::Returned(_)));
    window.until_talk("it came back", &id, back).await;
    let ToolState::Returned(returned) = &window.talk(&id).tool().unwrap().state else {
        panic!("{}", window.describe())
    };
    assert!(!returned.ok && returned.text.contains("not available here"), "{returned:?}");
}
