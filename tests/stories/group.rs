//! Groups: three speakers told apart, the demo's table with its request, servers that stream none or have none.

use model::{
    Code, Connection, ConversationKind, Place, ToolState, Turn,
    command::{Connect, Connected, Decide, Shown},
};
use sim::{Answer, Call, Fault, On, Pace, Script, Sim, Step};
use tests::Home;

fn table() -> Script {
    Script::new()
        .agent("Wen", [Answer::of([Step::reasoning("Numbers."), Step::text("About **half**.")])])
        .agent("Rosa", [Answer::of([Step::Call(Call::new("measure", "{}", "46 px")), Step::text("It fits.")])])
        .agent("Ibrahim", [Answer::text("And it costs 3 €.")])
        .group("The magazine\nWhere it is made.", &["Wen", "Rosa", "Ibrahim"], None)
}

#[tokio::test(flavor = "multi_thread")]
async fn three_speak_in_turn_and_are_told_apart() {
    let sim = Sim::scripted(table()).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let row = window.row("The magazine").clone();
    assert_eq!((row.kind, row.members.len()), (ConversationKind::Group, 3));
    let looks: Vec<_> = row.members.iter().map(|member| (member.name.as_str(), member.monogram.as_str())).collect();
    assert_eq!(looks, [("Wen", "W"), ("Rosa", "R"), ("Ibrahim", "I")]);
    let group = window.open("The magazine").await;
    window.send(&group, "Does it fit?").await.unwrap();
    window.until_talk("it is over", &group, |talk| talk.is_over() && talk.items.len() > 5).await;
    let lines = window.talk(&group).lines();
    let spoken: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.starts_with("notice")).collect();
    assert_eq!(
        spoken,
        [
            "user done: Does it fit?",
            "reasoning done Wen: Numbers.",
            "assistant done Wen: About **half**.",
            "tool returned Rosa: measure({})",
            "assistant done Rosa: It fits.",
            "assistant done Ibrahim: And it costs 3 €.",
        ]
    );
    let ids: Vec<_> = window.talk(&group).items.iter().filter_map(|item| item.speaker()?.id.clone()).collect();
    assert_eq!(ids.first(), Some(&row.members[0].agent), "the name is known to be the member");
    assert_eq!(window.row("The magazine").last.as_ref().unwrap().speaker.as_deref(), Some("Ibrahim"));
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_group_said_is_read_again_without_its_copies() {
    let sim = Sim::scripted(table()).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let group = window.open("The magazine").await;
    window.send(&group, "Does it fit?").await.unwrap();
    window.until_talk("it is over", &group, |talk| talk.is_over() && talk.items.len() > 5).await;
    let spoken = |lines: Vec<String>| lines.into_iter().filter(|line| !line.starts_with("notice")).collect::<Vec<_>>();
    let live = spoken(window.talk(&group).lines());
    window.engine.close().await;

    let elsewhere = Home::new();
    let mut window = elsewhere.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let group = window.open("The magazine").await;
    window.until_talk("the history comes", &group, |talk| talk.items.len() >= live.len()).await;
    assert_eq!(spoken(window.talk(&group).lines()), live);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_table_speaks_asks_and_goes_on_after_the_decision() {
    let sim = Sim::demo_at(Pace::instant()).unwrap();
    let mut home = Home::new();
    home.demo = Some(sim.address());
    let mut window = home.start().await;
    window.launch().await;
    let demo = Connect { place: Place::Demo, key: None, memory_only: false };
    let Connected::Yes { profile } = window.ask(demo).await.unwrap() else { panic!("no demo") };
    window.online(&profile).await;
    let table = window.sidebars[&profile][0].title.clone();
    let table = window.open(&table).await;
    window.listen_for(std::time::Duration::from_millis(500)).await;
    window.send(&table, "What does the second colour cost?").await.unwrap();
    window.until_talk("somebody asks", &table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    let speakers: std::collections::BTreeSet<String> = window
        .talk(&table)
        .items
        .iter()
        .filter_map(|item| item.speaker().map(|speaker| speaker.name.clone()))
        .collect();
    assert!(speakers.len() >= 3, "{speakers:?}");
    let call = window.talk(&table).tool().unwrap().clone();
    assert_eq!(call.state, ToolState::AwaitingApproval);
    let before = window.talk(&table).items.len();
    let shown = Shown { name: call.name.clone(), arguments: call.arguments.clone() };
    let decide = Decide { conversation: table.clone(), tool_call: call.id.clone(), approve: true, reason: None, shown };
    window.ask(decide).await.unwrap();
    window.until_talk("the table goes on", &table, |talk| talk.is_over() && talk.items.len() > before).await;
    let decided = window
        .talk(&table)
        .items
        .iter()
        .filter_map(model::Item::tool)
        .find(|other| other.id == call.id)
        .unwrap()
        .clone();
    assert!(matches!(decided.state, ToolState::Returned(_)), "{decided:?}");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_stream_a_group_answers_whole() {
    let sim = Sim::scripted(table()).unwrap();
    sim.set_fault(On::GroupStream, Fault::status(405, serde_json::json!({"detail": "Method Not Allowed"})));
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let group = window.open("The magazine").await;
    window.send(&group, "Does it fit?").await.unwrap();
    window.until_talk("it is over", &group, |talk| talk.is_over() && talk.items.len() > 4).await;
    let lines = window.talk(&group).lines();
    assert!(lines.contains(&"assistant done Ibrahim: And it costs 3 €.".to_owned()), "{lines:?}");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_groups_says_so_in_the_group() {
    for version in ["0.16.4", "0.16.8"] {
        let sim = Sim::scripted(table().version(version)).unwrap();
        let home = Home::new();
        let mut window = home.start().await;
        window.launch().await;
        let profile = window.connect(&sim.address(), None).await;
        let closed = window.row("The magazine").closed.clone().unwrap();
        assert!(closed.contains("group"), "{closed}");
        assert_eq!(window.launch().await.profiles[0].groups_closed.as_ref(), Some(&closed));
        let group = window.open("The magazine").await;
        let refused = window.send(&group, "Hello").await.unwrap_err();
        assert_eq!((refused.code, refused.message.as_str()), (Code::Server, closed.as_str()));
        let wen = window.open("Wen").await;
        window.send_and_wait(&wen, "Hello").await;
        assert_eq!(window.connection(&profile), Some(&Connection::Online));
        assert_eq!(sim.check(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_a_table_keeps_what_was_said() {
    let script = Script::new()
        .agent("Wen", [Answer::text("First.")])
        .agent("Rosa", [Answer::of([Step::text("Second, "), Step::Gate, Step::text("never heard.")])])
        .group("Two", &["Wen", "Rosa"], None);
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let group = window.open("Two").await;
    window.send(&group, "Speak").await.unwrap();
    window
        .until_talk("the second speaks", &group, |talk| talk.lines().iter().any(|line| line.contains("Second, ")))
        .await;
    assert!(
        matches!(&window.talk(&group).turn, Turn::Speaking { speaker } if speaker.name == "Rosa"),
        "{:?}",
        window.talk(&group).turn
    );
    window.stop(&group).await;
    window.over(&group).await;
    assert_eq!(
        window.talk(&group).lines(),
        ["user done: Speak", "assistant done Wen: First.", "assistant stopped Rosa: Second, ", "notice: Stopped",]
    );
    sim.release();
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_whose_server_runs_tools_unasked_says_so() {
    let home = Home::new();
    let tool = r#"{"type":"object","properties":{}}"#;
    for (version, words) in
        [("0.11.7", Some("In groups this server runs tools without asking you, also those of Wen.")), ("0.16.8", None)]
    {
        let script = if version == "0.11.7" { Script::new().old_agents() } else { Script::new().version(version) };
        let script = script.agent("Wen", []).agent("Rosa", []).group("Autumn issue", &["Wen", "Rosa"], None);
        let sim = Sim::scripted(script.tool("Wen", "send_letter", tool, true).tool("Rosa", "read_letter", tool, false))
            .unwrap();
        let mut window = home.start().await;
        window.launch().await;
        let profile = window.connect(&sim.address(), None).await;
        let group = window.sidebars[&profile].iter().find(|row| row.title == "Autumn issue").unwrap();
        assert_eq!(group.caution.as_deref(), words, "{version}");
    }
}
