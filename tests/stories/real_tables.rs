//! Tables that the app leads, over agents of a real Letta server: every pattern with three agents, and a supervised round with an
//! approval in it that outlives the end of the app. Run by `cargo xtask test --real VERSION`.

use model::{
    AgentId, ConversationId, Pattern, Seat, Table, ToolState, Turn,
    command::{MakeTable, Refresh},
};
use serde_json::{Value, json};
use tests::{Home, Talk, Window};

use crate::real::{Real, decide, needs, patient, row_of, wait_for_request};

struct Desk {
    window: Window,
    table: ConversationId,
}

/// A table of agents of these names, made now.
async fn table(
    real: &Real,
    home: &Home,
    names: &[&str],
    manager: Option<&str>,
    pattern: impl Fn(&[AgentId]) -> Pattern,
    set: impl Fn(&mut Table),
) -> Desk {
    let mut ids = Vec::new();
    for name in names.iter().chain(&manager) {
        ids.push(AgentId::from(real.agent(name).await));
    }
    let (mut window, profile) = real.connected(home).await;
    window.ask(Refresh { profile: profile.clone() }).await.unwrap();
    for id in &ids {
        let row = ConversationId::from(format!("{profile}/{id}"));
        window.until("the sidebar has it", move |window| row_of(window, &row).is_some()).await;
    }
    let seat = |name: &str, agent: &AgentId| Seat::new(profile.clone(), agent.clone(), name);
    let seats = names.iter().zip(&ids).map(|(name, agent)| seat(name, agent)).collect();
    let mut table = Table {
        brief: "A test.".to_owned(),
        manager: manager.zip(ids.last()).map(|(name, agent)| seat(name, agent)),
        ..Table::new(format!("The table of {}", names[0]), seats, pattern(&ids))
    };
    set(&mut table);
    let table = window.ask(MakeTable { profile, table }).await.unwrap();
    window.open_id(&table).await;
    Desk { window, table }
}

impl Desk {
    async fn say(&self, text: &str, script: &Value) {
        self.window.send(&self.table, &format!("{text} @@ {script} @@")).await.unwrap();
    }

    /// Waits until so many have spoken and it is your turn; who said what.
    async fn heard(&mut self, answers: usize) -> Vec<String> {
        let said = |talk: &Talk| talk.items.iter().filter(|item| item.kind() == "assistant").count();
        let what = format!("{answers} answers");
        self.window.until_talk(&what, &self.table, |talk| said(talk) >= answers && talk.is_over()).await;
        said_at(self.window.talk(&self.table))
    }
}

fn said_at(talk: &Talk) -> Vec<String> {
    let words = talk.items.iter().filter(|item| item.kind() == "assistant");
    words.map(|item| tests::item_text(item).replacen("assistant done ", "", 1)).collect()
}

fn text(text: &str) -> Value {
    json!([{ "text": text }])
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "asks a real server: cargo xtask test --real VERSION"]
async fn in_turn() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let names = ["TurnAnn", "TurnBen", "TurnCy"];
    let mut desk = table(&real, &home, &names, None, |_| Pattern::RoundRobin, |table| table.guards.rounds = 2).await;
    let script = json!({
        "TurnAnn": [text("One."), text("Four.")], "TurnBen": [text("Two."), text("Five.")], "TurnCy": [text("Three."), text("Six.")],
    });
    desk.say("Count.", &script).await;
    let said = desk.heard(6).await;
    assert_eq!(
        said,
        ["TurnAnn: One.", "TurnBen: Two.", "TurnCy: Three.", "TurnAnn: Four.", "TurnBen: Five.", "TurnCy: Six."]
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "asks a real server: cargo xtask test --real VERSION"]
async fn called_on() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let names = ["CallAnn", "CallBen", "CallCy"];
    let mut desk = table(&real, &home, &names, None, |_| Pattern::CalledOn, |_| {}).await;
    let script = json!({ "CallBen": [text("Two.")], "CallCy": [text("Three.")] });
    desk.say("@CallCy, then @CallBen.", &script).await;
    assert_eq!(desk.heard(2).await, ["CallCy: Three.", "CallBen: Two."]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "asks a real server: cargo xtask test --real VERSION"]
async fn a_manager_picks() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let names = ["PickAnn", "PickBen", "PickCy"];
    let picks = |ids: &[AgentId]| Pattern::Dynamic { manager: ids[3].clone() };
    let mut desk = table(&real, &home, &names, Some("PickMia"), picks, |_| {}).await;
    let script = json!({
        "PickMia": [text("PickCy: she knows."), text("PickAnn"), text("Done")],
        "PickAnn": [text("One.")], "PickCy": [text("Three.")],
    });
    desk.say("Begin.", &script).await;
    assert_eq!(desk.heard(2).await, ["PickCy: Three.", "PickAnn: One."]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "asks a real server: cargo xtask test --real VERSION"]
async fn one_talks_and_the_others_work_behind() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let names = ["SleepAnn", "SleepBen", "SleepCy"];
    let talks = |ids: &[AgentId]| Pattern::Sleeptime { talks: ids[0].clone() };
    let mut desk = table(&real, &home, &names, None, talks, |_| {}).await;
    let script = json!({ "SleepAnn": [text("One.")], "SleepBen": [text("Kept.")], "SleepCy": [text("Kept.")] });
    desk.say("Begin.", &script).await;
    assert_eq!(desk.heard(1).await, ["SleepAnn: One."]);
    let behind = |talk: &Talk| talk.lines().iter().filter(|line| line.contains("Table")).count() == 2;
    desk.window.until_talk("two worked behind", &desk.table, behind).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "asks a real server: cargo xtask test --real VERSION"]
async fn a_supervised_round_with_an_approval_outlives_the_end_of_the_app() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let names = ["LeadAnn", "LeadBen", "LeadCy", "LeadDi"];
    let leads = |ids: &[AgentId]| Pattern::Supervisor { lead: ids[0].clone() };
    let Desk { mut window, table } = table(&real, &home, &names, None, leads, |_| {}).await;
    let script = json!({
        "LeadAnn": [text("Delete it.\n\nNext: LeadBen, LeadDi"), text("Then we are done.")],
        "LeadBen": [[{ "calls": [["delete_file", { "path": "/tmp/draft.txt" }]] }, { "text": "It is gone." }]],
        "LeadDi": [text("Once, in issue 9.")],
    });
    window.send(&table, &format!("Clear the desk. @@ {script} @@")).await.unwrap();
    wait_for_request(&mut window, &table).await;
    window.engine.close().await;
    drop(window);

    let mut window = crate::real::started(&home).await;
    window.open_id(&table).await;
    let call = wait_for_request(&mut window, &table).await;
    window.until_talk("it waits", &table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    let online =
        |window: &Window| window.profiles.iter().all(|profile| profile.connection == model::Connection::Online);
    window.until("it is online", online).await;
    decide(&window, &table, &call, None).await.unwrap();
    let mut desk = Desk { window, table };
    let said = desk.heard(4).await;
    assert_eq!(
        said,
        ["LeadAnn: Delete it.", "LeadBen: It is gone.", "LeadDi: Once, in issue 9.", "LeadAnn: Then we are done."]
    );
    let tools: Vec<_> = desk.window.talk(&desk.table).items.iter().filter_map(model::Item::tool).collect();
    assert!(matches!(tools.as_slice(), [call] if matches!(call.state, ToolState::Returned(_))), "{tools:?}");
}
