//! What can go wrong at a table: a member that fails, asks for approval, answers nothing, names a stranger; guards; stopping; two
//! servers at one table; the end of the app in the middle.

use model::{
    AgentId, Content, Held, Notice, Pattern, Reached, SeatState, ToolState, Turn,
    command::{ChangeTable, Decide, GoOn, Guests, MakeTable, Retry, Shown, Skip, TableOf, Writing},
};
use serde_json::json;
use sim::{Answer, Fault, On, Script, Sim, Step};
use tests::{Home, Talk};

use super::{Desk, server, table, told};
use crate::approval::asking;

fn lead(id: &dyn Fn(&str) -> AgentId) -> Pattern {
    Pattern::Supervisor { lead: id("Elena") }
}

fn held(desk: &Desk) -> Option<Held> {
    desk.window.row("Autumn issue").floor.as_ref()?.held.clone()
}

fn state(desk: &Desk, name: &str) -> SeatState {
    let agent = desk.agent(name);
    let floor = desk.window.row("Autumn issue").floor.clone().unwrap();
    floor.seats.iter().find(|seat| seat.agent == agent).unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_asks_for_approval_waits_is_decided_at_the_table_and_goes_on() {
    for version in ["0.16.8", "0.11.7"] {
        let home = Home::new();
        let script = Script::new()
            .version(version)
            .agent("Elena", [Answer::text("Send it.\n\nNext: Tomás"), Answer::text("Good.")])
            .agent("Tomás", [asking(), Answer::text("It is on its way.")]);
        let mut desk = Desk::of(&home, Sim::scripted(script).unwrap(), &["Elena", "Tomás"], lead, |_| {}).await;
        desk.say("Write to the printer").await;
        desk.window.until_talk("he waits", &desk.table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
        let call = desk.talk().tool().unwrap().clone();
        assert_eq!(state(&desk, "Tomás"), SeatState::Waiting);
        assert_eq!(state(&desk, "Elena"), SeatState::Closes);
        let last = desk.window.row("Autumn issue").last.clone().unwrap();
        assert_eq!(
            last.speaker.as_deref(),
            Some("Elena"),
            "the row tells what was said last, in the middle of a round too"
        );
        let profile = desk.window.row("Autumn issue").profile.clone();
        desk.window
            .until("one request, at the table", |window| {
                window.inboxes.get(&profile).is_some_and(|inbox| inbox.len() == 1 && inbox[0].title == "Autumn issue")
            })
            .await;
        let shown = Shown { name: call.name, arguments: call.arguments };
        let decide =
            Decide { conversation: desk.table.clone(), tool_call: call.id, approve: true, reason: None, shown };
        desk.window.ask(decide).await.unwrap();
        desk.until_answers(3).await;
        assert!(
            matches!(&desk.talk().tool().unwrap().state, ToolState::Returned(back) if back.text == "Sent."),
            "{version}"
        );
        assert_eq!(desk.said()[2..], ["Tomás: It is on its way.", "Elena: Good."]);
        assert_eq!(desk.told().last().map(String::as_str), Some("Tomás: It is on its way."));
        desk.window.until("nothing waits", |window| window.inboxes.get(&profile).is_some_and(Vec::is_empty)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_others_go_on_around_one_that_waits_if_the_table_is_set_so() {
    let home = Home::new();
    let script = Script::new()
        .version("0.16.8")
        .agent("Ibrahim", [asking(), Answer::text("Sent.")])
        .agent("Wen", [Answer::text("Two.")]);
    let set = |table: &mut model::Table| table.around_waiting = true;
    let mut desk =
        Desk::of(&home, Sim::scripted(script).unwrap(), &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, set).await;
    desk.say("Go").await;
    let two = |talk: &Talk| talk.lines().iter().any(|line| line.contains("Two."));
    desk.window.until_talk("Wen speaks meanwhile", &desk.table, two).await;
    desk.window.until_talk("he still waits", &desk.table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    let call = desk.talk().tool().unwrap().clone();
    let shown = Shown { name: call.name, arguments: call.arguments };
    let decide = Decide { conversation: desk.table.clone(), tool_call: call.id, approve: true, reason: None, shown };
    desk.window.ask(decide).await.unwrap();
    desk.until_answers(2).await;
    assert_eq!(desk.said(), ["You: Go", "Ibrahim: Sent.", "Wen: Two."], "each turn keeps its place");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_that_fails_halts_the_table_until_it_is_tried_again_or_skipped() {
    let home = Home::new();
    let sim = server("0.16.8", &[("Ibrahim", &["One.", "Three."]), ("Wen", &["Two.", "Four."])]);
    let mut desk = Desk::of(&home, sim, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
    desk.sim.next_fault(On::ConversationSend, Fault::Status { status: 500, body: json!({}), retry_after: None });
    desk.say("Go").await;
    let failed = |talk: &Talk| talk.last("error").is_some() && talk.is_over();
    desk.window.until_talk("it fails", &desk.table, failed).await;
    let ibrahim = desk.agent("Ibrahim");
    desk.window
        .until("the seat says so", |window| {
            window
                .row("Autumn issue")
                .floor
                .as_ref()
                .is_some_and(|floor| floor.held == Some(Held::Failed { agent: ibrahim.clone() }))
        })
        .await;
    assert_eq!(state(&desk, "Ibrahim"), SeatState::Failed);
    let item = desk.talk().last("error").unwrap().id.clone();
    desk.window.ask(Retry { conversation: desk.table.clone(), item }).await.unwrap();
    desk.until_answers(2).await;
    assert_eq!(desk.said(), ["You: Go", "Ibrahim: One.", "Wen: Two."]);
    assert_eq!(desk.talk().last("error"), None);

    desk.sim.next_fault(On::ConversationSend, Fault::Status { status: 500, body: json!({}), retry_after: None });
    desk.say("Again").await;
    desk.window.until_talk("it fails again", &desk.table, failed).await;
    let agent = desk.agent("Ibrahim");
    desk.window.ask(Skip { conversation: desk.table.clone(), agent }).await.unwrap();
    desk.until_answers(3).await;
    assert_eq!(desk.said()[3..], ["You: Again", "Wen: Four."]);
    assert_eq!(state(&desk, "Ibrahim"), SeatState::Skipped);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_passes_says_nothing_or_calls_a_stranger_is_said_so() {
    let home = Home::new();
    let sim = server("0.16.8", &[("Elena", &["Ask him.\n\nNext: Marlow, Tomás", "Enough."]), ("Tomás", &["Pass."])]);
    let mut desk = Desk::of(&home, sim, &["Elena", "Tomás"], lead, |_| {}).await;
    desk.say_and_hear("Go", 3).await;
    assert_eq!(desk.notes(), ["Elena called Marlow, who does not sit at this table", "Tomás passes"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_is_a_row_that_offers_to_go_on() {
    let home = Home::new();
    let sim = server("0.16.8", &[("Ibrahim", &["One.", "Three."]), ("Wen", &["Two.", "Four."])]);
    let set = |table: &mut model::Table| {
        table.guards.rounds = 2;
        table.guards.turns = 3;
    };
    let mut desk = Desk::of(&home, sim, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, set).await;
    desk.say_and_hear("Count", 3).await;
    let reached = Reached::Turns { turns: 3 };
    let guard = |talk: &Talk| {
        talk.items.iter().any(|item| matches!(&item.content, Content::Notice(Notice::Guard { reached }) if *reached == Reached::Turns { turns: 3 }))
    };
    desk.window.until_talk("the guard is said", &desk.table, guard).await;
    desk.window
        .until("the floor says so", |window| {
            window
                .row("Autumn issue")
                .floor
                .as_ref()
                .is_some_and(|floor| floor.held == Some(Held::Guard { reached: reached.clone() }))
        })
        .await;
    desk.window.ask(GoOn { conversation: desk.table.clone() }).await.unwrap();
    desk.until_answers(4).await;
    assert_eq!(desk.said().last().map(String::as_str), Some("Wen: Four."));
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_ends_the_turn_and_the_round_and_what_was_said_stays() {
    let home = Home::new();
    let script = Script::new()
        .version("0.16.8")
        .agent(
            "Ibrahim",
            [Answer::of([Step::text("Half a"), Step::Gate, Step::text(" sentence.")]), Answer::text("Three.")],
        )
        .agent("Wen", [Answer::text("Two.")]);
    let mut desk =
        Desk::of(&home, Sim::scripted(script).unwrap(), &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
    desk.say("Go").await;
    let half = |talk: &Talk| talk.lines().iter().any(|line| line.contains("Half a"));
    desk.window.until_talk("he begins", &desk.table, half).await;
    desk.window.stop(&desk.table.clone()).await;
    desk.window.until_talk("it is stopped", &desk.table, Talk::is_over).await;
    desk.sim.release();
    desk.window.listen_for(std::time::Duration::from_millis(300)).await;
    assert_eq!(desk.said().len(), 2, "Wen is not asked: {:?}", desk.said());
    assert_eq!(held(&desk), Some(Held::Stopped));
    desk.say("@Wen go on").await;
    desk.window
        .until_talk("she answers", &desk.table, |talk| talk.lines().iter().any(|line| line.contains("Two.")))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_you_write_nobody_begins_by_itself() {
    let home = Home::new();
    let script = Script::new()
        .version("0.16.8")
        .agent("Ibrahim", [Answer::of([Step::Gate, Step::text("One.")])])
        .agent("Wen", [Answer::text("Two.")]);
    let mut desk =
        Desk::of(&home, Sim::scripted(script).unwrap(), &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
    desk.say("Go").await;
    desk.window.until_talk("he is asked", &desk.table, |talk| talk.turn != Turn::Yours).await;
    desk.window.ask(Writing { conversation: desk.table.clone(), on: true }).await.unwrap();
    desk.sim.release();
    desk.until_answers(1).await;
    desk.window
        .until("it says so", |window| {
            window.row("Autumn issue").floor.as_ref().is_some_and(|floor| floor.held == Some(Held::Writing))
        })
        .await;
    desk.window.listen_for(std::time::Duration::from_millis(300)).await;
    assert_eq!(desk.said().len(), 2);
    desk.window.ask(Writing { conversation: desk.table.clone(), on: false }).await.unwrap();
    desk.until_answers(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_of_two_servers_sit_at_one_table() {
    let home = Home::new();
    let (new, old) =
        (server("0.16.8", &[("Ibrahim", &["One."])]), server("0.11.7", &[("Marlow", &["x"]), ("Wen", &["Two."])]));
    let mut window = home.start().await;
    window.launch().await;
    let profile = window.connect(&new.address(), None).await;
    window.online(&profile).await;
    let other = window.connect(&old.address(), None).await;
    window.online(&other).await;
    let guests = window.ask(Guests {}).await.unwrap();
    let table = table(&guests, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin);
    assert_ne!(table.seats[0].profile, table.seats[1].profile);
    let id = window.ask(MakeTable { profile, table }).await.unwrap();
    window.open_id(&id).await;
    window.send(&id, "Count").await.unwrap();
    let two = |talk: &Talk| talk.items.iter().filter(|item| item.kind() == "assistant").count() == 2 && talk.is_over();
    window.until_talk("both speak", &id, two).await;
    assert!(told(&old)[0].ends_with("User: Count\n\nIbrahim: One."), "{:?}", told(&old));
    let caution = window.row("Autumn issue").caution.clone();
    assert_eq!(
        caution.as_deref(),
        Some("What is said here also stands in the main thread of Wen: its server has no others.")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_in_the_middle_with_an_approval_it_goes_on_and_ends_rightly() {
    let home = Home::new();
    let script = Script::new()
        .version("0.16.8")
        .agent("Elena", [Answer::text("Send it.\n\nNext: Tomás, Bruna"), Answer::text("Good.")])
        .agent("Tomás", [asking(), Answer::text("It is on its way.")])
        .agent("Bruna", [Answer::text("Once, in issue 9.")]);
    let names = ["Elena", "Tomás", "Bruna"];
    let Desk { sim, mut window, table } = Desk::of(&home, Sim::scripted(script).unwrap(), &names, lead, |_| {}).await;
    window.send(&table, "Write to the printer").await.unwrap();
    window.until_talk("he waits", &table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    window.engine.close().await;
    drop(window);

    let mut window = home.start().await;
    window.launch().await;
    window
        .until("it is online again", |window| {
            window.profiles.iter().any(|profile| profile.connection == model::Connection::Online)
        })
        .await;
    window.open_id(&table).await;
    window.until_talk("he still waits", &table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    let call = window.talk(&table).tool().unwrap().clone();
    let shown = Shown { name: call.name, arguments: call.arguments };
    window
        .ask(Decide { conversation: table.clone(), tool_call: call.id, approve: true, reason: None, shown })
        .await
        .unwrap();
    let mut desk = Desk { sim, window, table };
    desk.until_answers(4).await;
    assert_eq!(desk.said()[2..], ["Tomás: It is on its way.", "Bruna: Once, in issue 9.", "Elena: Good."]);
    let asked = desk.told().into_iter().filter(|told| told.contains("You are Tomás")).count();
    assert_eq!(asked, 1, "nobody is asked twice");
    assert_eq!(desk.sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_within_a_turn_it_goes_on_where_it_was() {
    for version in ["0.16.8", "0.11.7"] {
        let home = Home::new();
        let script = Script::new()
            .version(version)
            .agent("Ibrahim", [Answer::of([Step::text("Half a"), Step::Gate, Step::text(" sentence.")])])
            .agent("Wen", [Answer::text("Two.")]);
        let names = ["Ibrahim", "Wen"];
        let Desk { sim, mut window, table } =
            Desk::of(&home, Sim::scripted(script).unwrap(), &names, |_| Pattern::RoundRobin, |_| {}).await;
        window.send(&table, "Go").await.unwrap();
        let half = |talk: &Talk| talk.lines().iter().any(|line| line.contains("Half a"));
        window.until_talk("he begins", &table, half).await;
        window.listen_for(std::time::Duration::from_millis(100)).await;
        // As a kill would: nothing is saved at the end.
        drop(window);
        sim.release();

        let mut window = home.start().await;
        window.launch().await;
        window.open_id(&table).await;
        let mut desk = Desk { sim, window, table };
        desk.until_answers(2).await;
        assert_eq!(desk.said(), ["You: Go", "Ibrahim: Half a sentence.", "Wen: Two."], "{version}");
        assert_eq!(desk.told().len(), 2, "nobody is asked twice: {:?}", desk.told());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_a_word_was_heard_the_answer_is_waited_for() {
    for version in ["0.16.8", "0.11.7"] {
        let home = Home::new();
        let script = Script::new()
            .version(version)
            .agent("Ibrahim", [Answer::of([Step::Gate, Step::text("One.")])])
            .agent("Wen", [Answer::text("Two.")]);
        let names = ["Ibrahim", "Wen"];
        let Desk { sim, mut window, table } =
            Desk::of(&home, Sim::scripted(script).unwrap(), &names, |_| Pattern::RoundRobin, |_| {}).await;
        window.send(&table, "Go").await.unwrap();
        window.until("he was asked", |_| told(&sim).len() == 1).await;
        // It is on its way, or taken, but nothing of the answer was heard.
        window.listen_for(std::time::Duration::from_millis(300)).await;
        drop(window);

        let mut window = home.start().await;
        window.launch().await;
        window.open_id(&table).await;
        window.listen_for(std::time::Duration::from_millis(500)).await;
        assert_eq!(window.talk(&table).lines().len(), 1, "{version}: {:?}", window.talk(&table).lines());
        sim.release();
        let mut desk = Desk { sim, window, table };
        desk.until_answers(2).await;
        assert_eq!(desk.said(), ["You: Go", "Ibrahim: One.", "Wen: Two."], "{version}");
        assert_eq!(desk.told().len(), 2, "nobody is asked twice: {:?}", desk.told());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_changed_and_two_alike_are_refused() {
    let home = Home::new();
    let sim = server("0.16.8", &[("Ibrahim", &["One.", "Three."]), ("Wen", &["Two."])]);
    let mut desk = Desk::of(&home, sim, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
    let mut table = desk.window.ask(TableOf { conversation: desk.table.clone() }).await.unwrap();
    table.seats[1].name = "ibrahim".to_owned();
    let refused = desk.window.ask(ChangeTable { conversation: desk.table.clone(), table: table.clone() }).await;
    assert!(refused.unwrap_err().message.contains("Two members are called"));
    table.seats.swap(0, 1);
    table.seats[0].name = "Wen L.".to_owned();
    table.name = "Winter issue".to_owned();
    desk.window.ask(ChangeTable { conversation: desk.table.clone(), table }).await.unwrap();
    desk.window.until("the row says so", |window| window.titles().contains(&"Winter issue")).await;
    desk.say_and_hear("Go", 2).await;
    assert_eq!(desk.said(), ["You: Go", "Wen L.: Two.", "Ibrahim: One."]);
}
