//! The inbox: everything that waits on a server, in whatever conversation, opened or not, with the server or without it.

use model::{ConversationId, Pending, ToolState, Turn, command::Inbox};
use sim::{Answer, Call, Script, Sim, Step};
use tests::{Home, Window};

use crate::approval::decide;

fn asks(tool: &str, words: &str) -> Answer {
    let call = Call::new(tool, format!(r#"{{"by":"{tool}"}}"#), "Done.");
    Answer::of([Step::reasoning("Hm."), Step::text(words), Step::Ask(call)])
}

async fn inbox(window: &Window) -> Vec<Pending> {
    window.ask(Inbox { profile: window.profiles[0].id.clone() }).await.unwrap()
}

fn tools(pending: &[Pending]) -> Vec<(String, String)> {
    pending.iter().map(|pending| (pending.title.clone(), pending.call.name.clone())).collect()
}

fn told(window: &Window) -> Vec<(String, String)> {
    window.inboxes.get(&window.profiles[0].id).map(|pending| tools(pending)).unwrap_or_default()
}

async fn ask(window: &mut Window, name: &str) -> ConversationId {
    let id = window.open(name).await;
    window.send(&id, "Go on").await.unwrap();
    window.until_talk("it waits", &id, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    id
}

fn pair(title: &str, tool: &str) -> (String, String) {
    (title.to_owned(), tool.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_agents_and_groups_stand_together_oldest_first_with_what_was_said_before() {
    let home = Home::new();
    let script = Script::new()
        .agent("Wen", [asks("send_letter", "The printer is waiting."), Answer::text("Sent it.")])
        .agent("Rosa", [asks("burn_letter", "It is a copy.")])
        .group("Autumn issue", &["Rosa"], None);
    let sim = Sim::scripted(script).unwrap();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    assert_eq!(inbox(&window).await, []);
    let wen = ask(&mut window, "Wen").await;
    window.close(&wen).await;
    home.clock.shift(60_000);
    let table = ask(&mut window, "Autumn issue").await;
    let both = [pair("Wen", "send_letter"), pair("Autumn issue", "burn_letter")];
    window.until("both are told", |window| told(window) == both).await;
    let pending = inbox(&window).await;
    assert_eq!(tools(&pending), both);
    let first = &pending[0];
    assert_eq!(first.conversation, wen);
    assert!(pending[1].asked_at >= first.asked_at + 60_000, "{pending:?}");
    assert_eq!(first.speaker.as_ref().map(|speaker| speaker.name.as_str()), Some("Wen"));
    assert_eq!(first.said.as_ref().map(|said| said.text.as_str()), Some("The printer is waiting."));
    assert_eq!(first.call.arguments, r#"{"by":"send_letter"}"#);
    assert_eq!(first.call.state, ToolState::AwaitingApproval);
    assert_eq!(pending[1].conversation, table);
    assert_eq!(pending[1].speaker.as_ref().map(|speaker| speaker.name.as_str()), Some("Rosa"));

    // Decided in its conversation, it is gone from the list.
    window.open_id(&wen).await;
    decide(&window, &wen, true, None).await.unwrap();
    window.over(&wen).await;
    window.until("one is left", |window| told(window) == [pair("Autumn issue", "burn_letter")]).await;
    assert_eq!(tools(&inbox(&window).await), [pair("Autumn issue", "burn_letter")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_in_a_conversation_never_opened_here_is_in_the_list_and_in_the_sidebar() {
    let home = Home::new();
    let script = Script::new().version("0.16.8").agent("Wen", [asks("send_letter", "The printer is waiting.")]);
    let sim = Sim::scripted(script).unwrap();
    // Asked on another computer, before this one ever heard of the server.
    let elsewhere = Home::new();
    let mut other = elsewhere.start().await;
    other.launch().await;
    other.connect(&sim.address(), None).await;
    ask(&mut other, "Wen").await;

    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    window.until("it is told", |window| told(window) == [pair("Wen", "send_letter")]).await;
    window.until("the row counts it", |window| window.row("Wen").waiting == 1).await;
    let pending = inbox(&window).await;
    assert_eq!(pending[0].said.as_ref().map(|said| said.text.as_str()), Some("The printer is waiting."));
    window.engine.close().await;
    drop(window);

    // The list is there without the server too, as it was.
    sim.go_away();
    let mut window = home.start().await;
    window.launch().await;
    assert_eq!(inbox(&window).await, pending);
    assert_eq!(window.row("Wen").waiting, 1);
    sim.come_back().unwrap();
    let profile = window.profiles[0].id.clone();
    window.online(&profile).await;

    // Decided elsewhere meanwhile, it goes here without being asked.
    let id = other.row("Wen").id.clone();
    other.until_talk("it waits", &id, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    let profile_there = other.profiles[0].id.clone();
    other.online(&profile_there).await;
    decide(&other, &id, false, Some("Not today.")).await.unwrap();
    window.until("it is gone", |window| told(window).is_empty() && window.row("Wen").waiting == 0).await;
    assert_eq!(inbox(&window).await, []);
    assert_eq!(sim.check(), Vec::<String>::new());
}
