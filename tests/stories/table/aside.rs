//! A member whose request waits for you is passed over: the table goes on and comes to rest without it, over a restart too, and hears it
//! late and once.

use std::time::Duration;

use model::{
    AgentId, Content, ConversationId, Notice, Pattern, SeatState, ToolState, Turn,
    command::{Decide, Shown, Skip},
};
use sim::{Answer, Script, Sim};
use tests::{Home, Talk, Window};

use super::Desk;
use crate::approval::asking;

/// Tomás is asked second, and waits for a decision.
async fn waiting(home: &Home, version: &str) -> Desk {
    let script = Script::new()
        .version(version)
        .agent(
            "Elena",
            [
                Answer::text("Send it.\n\nNext: Tomás, Bruna"),
                Answer::text("Then without him.\n\nNext: Tomás"),
                Answer::text("So it is.\n\nNext: Bruna"),
                Answer::text("Good."),
            ],
        )
        .agent("Tomás", [asking(), Answer::text("It is on its way.")])
        .agent("Bruna", [Answer::text("Once, in issue 9."), Answer::text("I know.")]);
    let lead = |id: &dyn Fn(&str) -> AgentId| Pattern::Supervisor { lead: id("Elena") };
    let sim = Sim::scripted(script).unwrap();
    let mut desk = Desk::of(home, sim, &["Elena", "Tomás", "Bruna"], lead, |_| {}).await;
    desk.say("Write to the printer").await;
    desk.window.until_talk("he waits", &desk.table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    desk
}

async fn skip(desk: &mut Desk, name: &str) {
    let agent = desk.agent(name);
    desk.window.ask(Skip { conversation: desk.table.clone(), agent }).await.unwrap();
}

async fn decide(desk: &mut Desk, approve: bool) {
    let call = desk.talk().tool().unwrap().clone();
    let shown = Shown { name: call.name, arguments: call.arguments };
    let decide = Decide { conversation: desk.table.clone(), tool_call: call.id, approve, reason: None, shown };
    desk.window.ask(decide).await.unwrap();
}

fn seat(window: &Window, agent: &AgentId) -> (SeatState, bool) {
    let floor = window.row("Autumn issue").floor.clone().unwrap();
    let seat = floor.seats.iter().find(|seat| seat.agent == *agent).unwrap();
    (seat.state, seat.aside)
}

/// To which late answers the table points: who, what stands there, and whether it failed.
fn late(talk: &Talk) -> Vec<(String, String, bool)> {
    let points = |item: &model::Item| match &item.content {
        Content::Notice(Notice::Late { name, item, failed }) => Some((name.clone(), item.clone(), *failed)),
        _ => None,
    };
    let there = |id: &model::ItemId| match &talk.items.iter().find(|item| item.id == *id).unwrap().content {
        Content::Assistant { text, .. } => text.clone(),
        Content::Error(trouble) => trouble.what.clone(),
        other => panic!("it points to {other:?}"),
    };
    talk.items.iter().filter_map(points).map(|(name, item, failed)| (name, there(&item), failed)).collect()
}

async fn again(home: &Home, sim: Sim, table: ConversationId) -> Desk {
    let mut window = home.start().await;
    window.launch().await;
    let online =
        |window: &Window| window.profiles.iter().any(|profile| profile.connection == model::Connection::Online);
    window.until("it is online again", online).await;
    window.open_id(&table).await;
    Desk { sim, window, table }
}

/// How many of the requests to a member hold these words.
fn heard(desk: &Desk, member: &str, words: &str) -> usize {
    let to = |request: &sim::Request| request.method == "POST" && request.path.contains("/messages");
    let of = desk.sim.requests().into_iter().filter(to);
    let text = |request: sim::Request| request.body.to_string();
    let mut thread = None;
    let mut count = 0;
    for request in of {
        let path = request.path.clone();
        let text = text(request);
        if text.contains(&format!("You are {member}")) {
            thread = Some(path.clone());
        }
        if thread.as_ref() == Some(&path) {
            count += text.matches(words).count();
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lead_goes_on_without_it_and_the_late_answer_is_heard_once_over_a_restart_too() {
    for version in ["0.16.8", "0.11.7"] {
        let home = Home::new();
        let mut desk = waiting(&home, version).await;
        let (profile, tomas) = (desk.window.row("Autumn issue").profile.clone(), desk.agent("Tomás"));
        skip(&mut desk, "Tomás").await;
        desk.until_answers(3).await;
        let said = desk.said();
        assert_eq!(said[2..], ["Bruna: Once, in issue 9.", "Elena: Then without him."], "{version}");
        assert_eq!(desk.notes(), ["Elena called Tomás, who waits for you"]);
        assert_eq!(seat(&desk.window, &tomas), (SeatState::Waiting, true));
        let waits = |window: &Window| window.inboxes.get(&profile).is_some_and(|inbox| inbox.len() == 1);
        desk.window.until("the request stays", waits).await;
        assert!(desk.told().last().unwrap().contains("[Tomás has not answered yet. Go on without.]"), "{version}");

        let Desk { sim, window, table } = desk;
        window.engine.close().await;
        drop(window);
        let mut desk = again(&home, sim, table).await;
        desk.window.listen_for(Duration::from_millis(300)).await;
        assert_eq!(desk.talk().turn, Turn::Yours, "nobody decided, and it is your turn: {version}");
        assert_eq!(seat(&desk.window, &tomas), (SeatState::Waiting, true));
        decide(&mut desk, true).await;
        desk.until_answers(4).await;
        assert!(desk.said().contains(&"Tomás: It is on its way.".to_owned()), "{version}: {:?}", desk.said());
        assert!(matches!(desk.talk().tool().unwrap().state, ToolState::Returned(_)));
        assert_eq!(seat(&desk.window, &tomas), (SeatState::Spoke, false), "{version}");
        assert_eq!(late(desk.talk()), [("Tomás".to_owned(), "It is on its way.".to_owned(), false)], "{version}");
        desk.say_and_hear("And now?", 7).await;
        let last = ["You: And now?", "Elena: So it is.", "Bruna: I know.", "Elena: Good."];
        assert_eq!(desk.said()[desk.said().len() - 4..], last, "{version}");
        for member in ["Elena", "Bruna"] {
            assert_eq!(heard(&desk, member, "Tomás: It is on its way."), 1, "{member}, {version}");
        }
        let told = |request: &sim::Request| request.body.to_string().contains("has answered");
        assert!(!desk.sim.requests().iter().any(told), "what points to it is said to nobody");
        assert_eq!(desk.sim.check(), Vec::<String>::new());

        let Desk { sim, window, table } = desk;
        window.engine.close().await;
        drop((sim, window));
        let mut window = home.start().await;
        window.launch().await;
        window.open_id(&table).await;
        let talk = window.talk(&table);
        assert_eq!(late(talk).len(), 1, "also without a server: {version}");
        let below = talk.items.iter().skip_while(|item| !matches!(item.content, Content::Notice(Notice::Late { .. })));
        assert!(below.skip(1).any(|item| item.kind() == "user"), "it stands where it was said: {version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn decided_while_others_speak_a_denial_comes_late_too() {
    let home = Home::new();
    let script = Script::new()
        .version("0.16.8")
        .agent("Ibrahim", [asking(), Answer::text("Then not.")])
        .agent("Wen", [Answer::of([sim::Step::text("Half a"), sim::Step::Gate, sim::Step::text(" sentence.")])])
        .agent("Rosa", [Answer::text("Three.")]);
    let names = ["Ibrahim", "Wen", "Rosa"];
    let mut desk = Desk::of(&home, Sim::scripted(script).unwrap(), &names, |_| Pattern::RoundRobin, |_| {}).await;
    desk.say("Go").await;
    desk.window.until_talk("he waits", &desk.table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    skip(&mut desk, "Ibrahim").await;
    let half = |talk: &Talk| talk.lines().iter().any(|line| line.contains("Half a"));
    desk.window.until_talk("she speaks meanwhile", &desk.table, half).await;
    decide(&mut desk, false).await;
    let pointed = |talk: &Talk| late(talk) == [("Ibrahim".to_owned(), "Then not.".to_owned(), false)];
    desk.window.until_talk("he answers to the denial", &desk.table, pointed).await;
    desk.sim.release();
    desk.until_answers(3).await;
    let mut said = desk.said();
    said.sort();
    assert_eq!(said, ["Ibrahim: Then not.", "Rosa: Three.", "Wen: Half a sentence.", "You: Go"]);
    assert_eq!(heard(&desk, "Rosa", "Ibrahim: Then not."), 1);
    assert_eq!(desk.sim.check(), Vec::<String>::new());
}

/// Ibrahim's request is decided when the table has gone on without him.
async fn decided_late(home: &Home, then: Answer, wen: &[&str]) -> Desk {
    let script = Script::new()
        .version("0.16.8")
        .agent("Ibrahim", [asking(), then])
        .agent("Wen", wen.iter().map(|answer| Answer::text(*answer)));
    let names: &[&str] = if wen.is_empty() { &["Ibrahim"] } else { &["Ibrahim", "Wen"] };
    let mut desk = Desk::of(home, Sim::scripted(script).unwrap(), names, |_| Pattern::RoundRobin, |_| {}).await;
    desk.say("Go").await;
    desk.window.until_talk("he waits", &desk.table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    skip(&mut desk, "Ibrahim").await;
    desk.until_answers(wen.len()).await;
    decide(&mut desk, true).await;
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_late_is_pointed_to() {
    let home = Home::new();
    let failed = Answer::of([sim::Step::Fail {
        error_type: "llm_error".to_owned(),
        message: "The model is down".to_owned(),
        detail: String::new(),
    }]);
    let mut desk = decided_late(&home, failed, &["Two."]).await;
    let points = |talk: &Talk| matches!(late(talk).as_slice(), [(who, _, true)] if who == "Ibrahim");
    desk.window.until_talk("its failure is pointed to", &desk.table, points).await;
    assert_eq!(desk.sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_last_or_is_told_anyway_is_not_pointed_to() {
    let home = Home::new();
    let mut desk = decided_late(&home, Answer::text("Done."), &[]).await;
    desk.until_answers(1).await;
    assert_eq!(late(desk.talk()), [], "nothing stands below it");

    let home = Home::new();
    let mut desk = decided_late(&home, Answer::text("Pass"), &["Two."]).await;
    desk.until_answers(2).await;
    assert_eq!(desk.notes(), ["Ibrahim passes"]);
    assert_eq!(late(desk.talk()), [], "that he passes stands at the end");
}
