//! Requests of which only a run tells: neither the agent nor the newest messages show them, and the server refuses on their account.

use std::time::Duration;

use model::{ToolState, Turn, command::NewConversation};
use serde_json::json;
use sim::{Answer, Fault, On, Sim};

use super::{asks, connected, decide, decisions, has, refused_words, said_elsewhere, said_elsewhere_in, unaware};

/// The agent says that nothing waits, and its history is empty.
fn forgets(sim: &Sim) {
    sim.set_fault(On::Agent, Fault::status(200, json!({"id": sim.agent_id("Wen"), "pending_approval": null})));
    sim.set_fault(On::History, Fault::status(200, json!([])));
    sim.set_fault(On::ConversationHistory, Fault::status(200, json!([])));
}

fn asked_runs(sim: &Sim) -> usize {
    sim.requests().iter().filter(|request| request.path.starts_with("/v1/runs/")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_only_a_run_knows_is_shown_and_decided() {
    let home = unaware();
    let (sim, mut window, wen) = connected(&home, [asks("a"), Answer::text("Gone."), Answer::text("Morning.")]).await;
    said_elsewhere(&sim, "Write to a").await;
    forgets(&sim);
    let call = refused_words(&mut window, &wen).await;
    assert_eq!(call.arguments, r#"{"to":"a"}"#);
    assert_eq!(call.stuck.as_deref(), Some("The server waits for this decision, and had not said so here."));
    decide(&window, &wen, &call, true).await.unwrap();
    window
        .until_talk("it is done", &wen, |talk| talk.turn == Turn::Yours && has(talk, "assistant done Wen: Gone."))
        .await;
    assert_eq!(decisions(&sim).len(), 1);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_conversation_the_run_of_that_conversation_tells() {
    let home = unaware();
    // What waits in the main thread is not what waits here.
    let (sim, mut window, wen) = connected(&home, [asks("a"), asks("b"), Answer::text("Gone.")]).await;
    let name = Some("Letters".to_owned());
    let letters = window.ask(NewConversation { of: wen.clone(), name }).await.unwrap();
    window.open_id(&letters).await;
    let (_, id) = letters.as_str().rsplit_once('/').unwrap();
    let thread = letta::Target::Thread { agent: sim.agent_id("Wen").as_str().into(), id: id.to_owned() };
    said_elsewhere_in(&sim, thread, "Write to a").await;
    said_elsewhere(&sim, "Write to b").await;
    forgets(&sim);
    let call = refused_words(&mut window, &letters).await;
    assert_eq!(call.arguments, r#"{"to":"a"}"#);
    decide(&window, &letters, &call, true).await.unwrap();
    window.until_talk("it is done", &letters, |talk| has(talk, "assistant done Wen: Gone.")).await;
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decided_long_ago_is_not_found_again_and_nothing_is_looked_for_twice() {
    let home = unaware();
    let (sim, mut window, wen) = connected(&home, [asks("a"), Answer::text("Gone.")]).await;
    window.send(&wen, "Write to a").await.unwrap();
    let call = super::waits(&mut window, &wen).await;
    decide(&window, &wen, &call, true).await.unwrap();
    window.until_talk("it is done", &wen, |talk| has(talk, "assistant done Wen: Gone.")).await;
    window.over(&wen).await;
    sim.next_fault(On::Send, Fault::pending("message-00000000-0000-4000-8000-000000000000"));
    let before = asked_runs(&sim);
    window.send(&wen, "Good morning").await.unwrap();
    window.until_talk("they are refused", &wen, |talk| talk.last("user").unwrap().state() == Some("failed")).await;
    window.listen_for(Duration::from_millis(500)).await;
    assert_eq!(window.talk(&wen).turn, Turn::Yours);
    assert!(matches!(window.talk(&wen).tool().unwrap().state, ToolState::Returned(_)), "{}", window.describe());
    assert!((1..=3).contains(&(asked_runs(&sim) - before)), "{}", asked_runs(&sim) - before);
}
