//! A server is forgotten, or an agent deleted, while tables know them: the talk stays, and those who are left go on.

use model::{
    AgentId, ConversationId, Pattern, Place, ProfileId, SeatState, Table,
    command::{ChangeTable, Connect, Connected, Guests, MakeTable, Open, Refresh, RemoveProfile, TableOf},
};
use sim::{Answer, Script, Sim, Step};
use tests::{Home, Talk, Window};

use super::{Patterned, notes, said, server, table, told};

/// Two servers, and a table in the list of the first with one of each.
struct Two {
    first: Sim,
    second: Sim,
    window: Window,
    home: ProfileId,
    other: ProfileId,
    table: ConversationId,
}

async fn two(home: &Home, first: Sim, second: Sim, pattern: impl Fn(&dyn Fn(&str) -> AgentId) -> Pattern) -> Two {
    let mut window = home.start().await;
    window.launch().await;
    let profile = window.connect(&first.address(), None).await;
    window.online(&profile).await;
    let other = window.connect(&second.address(), None).await;
    window.online(&other).await;
    let guests = window.ask(Guests {}).await.unwrap();
    let id = make(&mut window, &profile, "Autumn issue", table(&guests, &["Ibrahim", "Wen"], pattern)).await;
    window.open_id(&id).await;
    Two { first, second, window, home: profile, other, table: id }
}

async fn make(window: &mut Window, profile: &ProfileId, name: &str, table: Table) -> ConversationId {
    let table = Table { name: name.to_owned(), ..table };
    window.ask(MakeTable { profile: profile.clone(), table }).await.unwrap()
}

impl Two {
    async fn until_answers(&mut self, answers: usize) {
        let said = |talk: &Talk| talk.items.iter().filter(|item| item.kind() == "assistant").count();
        let what = format!("{answers} answers");
        self.window.until_talk(&what, &self.table, |talk| said(talk) == answers && talk.is_over()).await;
    }

    fn said(&self) -> Vec<String> {
        let items = &self.window.talk(&self.table).items;
        items.iter().filter(|item| matches!(item.kind(), "user" | "assistant")).map(said).collect()
    }

    fn notes(&self) -> Vec<String> {
        notes(self.window.talk(&self.table))
    }

    async fn seat(&mut self, agent: &str, state: SeatState) {
        let agent = AgentId::from(agent);
        let is = |seat: &model::SeatNow| seat.agent == agent && seat.state == state;
        self.window
            .until("the seat says so", |window| {
                window.row("Autumn issue").floor.as_ref().is_some_and(|floor| floor.seats.iter().any(is))
            })
            .await;
    }
}

const GONE: &str = "Ibrahim is passed over: it is no longer on a connected server";

#[tokio::test(flavor = "multi_thread")]
async fn a_table_whose_server_is_forgotten_goes_on_in_the_list_of_another_member_s() {
    let home = Home::new();
    let first = server("0.16.8", &[("Ibrahim", &["One.", "Never."]), ("Rosa", &["x"])]);
    let second = server("0.16.8", &[("Wen", &["Two.", "Three.", "Four."])]);
    let mut two = two(&home, first, second, |_| Pattern::RoundRobin).await;
    let ibrahim = two.first.agent_id("Ibrahim");
    two.window.send(&two.table, "Count").await.unwrap();
    two.until_answers(2).await;
    two.window
        .ask(model::command::SaveDraft { conversation: two.table.clone(), text: "half".to_owned() })
        .await
        .unwrap();
    two.window.ask(RemoveProfile { profile: two.home.clone() }).await.unwrap();

    let other = two.other.clone();
    two.window.until("it moved", |window| window.row("Autumn issue").profile == other).await;
    two.seat(&ibrahim, SeatState::Gone).await;
    // It was open all the time.
    two.window.send(&two.table, "Go on").await.unwrap();
    two.until_answers(3).await;
    assert_eq!(two.said(), ["You: Count", "Ibrahim: One.", "Wen: Two.", "You: Go on", "Wen: Three."]);
    assert_eq!(two.notes(), [GONE]);
    assert_eq!(told(&two.first).len(), 1, "a forgotten server is asked for nothing");

    // Also after the next start, without the cache.
    let before = two.window.talk(&two.table).items.clone();
    two.window.engine.close().await;
    drop(two.window);
    for file in ["cache.db", "cache.db-wal", "cache.db-shm"] {
        let _ = std::fs::remove_file(home.folder().join(file));
    }
    two.window = home.start().await;
    two.window.launch().await;
    two.window.online(&two.other).await;
    assert_eq!(two.window.row("Autumn issue").profile, two.other);
    let opened = two.window.ask(Open { conversation: two.table.clone() }).await.unwrap();
    assert_eq!(opened.conversation.profile, two.other);
    two.window.until_talk("its talk", &two.table, |talk| talk.items == before).await;
    two.window.send(&two.table, "And on").await.unwrap();
    two.until_answers(4).await;
    assert_eq!(two.notes(), [GONE, GONE], "once for each message");
    // It can be changed as it is: who is gone may stay, who is new must be somewhere.
    let mut set = two.window.ask(TableOf { conversation: two.table.clone() }).await.unwrap();
    assert_eq!(set.seats.len(), 2);
    set.brief = "Numbers only.".to_owned();
    two.window.ask(ChangeTable { conversation: two.table.clone(), table: set.clone() }).await.unwrap();
    set.seats.push(model::Seat { agent: AgentId::from("agent-new"), name: "Rosa".to_owned(), ..set.seats[0].clone() });
    assert!(two.window.ask(ChangeTable { conversation: two.table.clone(), table: set }).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_s_server_that_is_not_the_table_s_home_leaves_only_a_gone_seat_and_its_turn_is_over() {
    let home = Home::new();
    let first = server("0.16.8", &[("Wen", &["Two.", "Four."])]);
    let script = Script::new().version("0.16.8").agent(
        "Ibrahim",
        [Answer::of([Step::text("Half a"), Step::Gate, Step::text(" sentence.")]), Answer::text("Never.")],
    );
    let mut two = two(&home, first, Sim::scripted(script).unwrap(), |_| Pattern::RoundRobin).await;
    two.window.send(&two.table, "Go").await.unwrap();
    let half = |talk: &Talk| talk.lines().iter().any(|line| line.contains("Half a"));
    two.window.until_talk("he begins", &two.table, half).await;
    two.window.ask(RemoveProfile { profile: two.other.clone() }).await.unwrap();
    two.until_answers(2).await;
    assert_eq!(two.window.row("Autumn issue").profile, two.home);
    assert_eq!(two.said(), ["You: Go", "Ibrahim: Half a", "Wen: Two."]);
    let lines = two.window.talk(&two.table).lines();
    assert!(lines.iter().any(|line| line.starts_with("assistant interrupted Ibrahim")), "{lines:?}");
    assert_eq!(two.notes(), [GONE]);
    let caution = two.window.row("Autumn issue").caution.clone();
    assert_eq!(caution.as_deref(), Some("Ibrahim is no longer on a connected server: its turns are passed over."));
    two.second.release();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_leads_or_picks_and_is_gone_ends_the_round_and_is_not_asked_for_ever() {
    let lead: Patterned = |id| Pattern::Supervisor { lead: id("Ibrahim") };
    let picks: Patterned = |id| Pattern::Dynamic { manager: id("Ibrahim") };
    for (pattern, answers) in [(lead, 0), (picks, 1)] {
        let home = Home::new();
        let first = server("0.16.8", &[("Ibrahim", &["x"])]);
        let second = server("0.16.8", &[("Wen", &["Two.", "Three.", "Four."])]);
        let mut two = two(&home, first, second, pattern).await;
        two.window.ask(RemoveProfile { profile: two.home.clone() }).await.unwrap();
        two.window.send(&two.table, "Go").await.unwrap();
        two.window.until_talk("it says so", &two.table, |talk| notes(talk).contains(&GONE.to_owned())).await;
        two.until_answers(answers).await;
        two.window.listen_for(std::time::Duration::from_millis(300)).await;
        assert_eq!(told(&two.second).len(), answers);
        assert_eq!(two.notes(), [GONE]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_one_server_alone_goes_with_it_and_is_named_before() {
    let home = Home::new();
    let first = server("0.16.8", &[("Ibrahim", &["One."]), ("Rosa", &["x"])]);
    let second = server("0.16.8", &[("Wen", &["Two."])]);
    let mut two = two(&home, first, second, |_| Pattern::RoundRobin).await;
    let guests = two.window.ask(Guests {}).await.unwrap();
    let (profile, other) = (two.home.clone(), two.other.clone());
    let alone = table(&guests, &["Ibrahim", "Rosa"], |_| Pattern::RoundRobin);
    let alone = make(&mut two.window, &profile, "Letters desk", alone).await;
    let away = table(&guests, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin);
    make(&mut two.window, &other, "Elsewhere", away).await;
    let forgotten = two.window.ask(model::command::Forgetting { profile: profile.clone() }).await.unwrap();
    assert_eq!(forgotten.go, ["Letters desk"]);
    assert_eq!(forgotten.stay, ["Autumn issue", "Elsewhere"]);
    two.window.open_id(&alone).await;
    two.window.ask(RemoveProfile { profile: two.home.clone() }).await.unwrap();
    assert!(two.window.ask(Open { conversation: alone.clone() }).await.is_err());
    // Now its home is the second alone.
    let forgotten = two.window.ask(model::command::Forgetting { profile: other.clone() }).await.unwrap();
    assert_eq!((forgotten.go, forgotten.stay), (vec!["Autumn issue".to_owned(), "Elsewhere".to_owned()], vec![]));
    two.window.ask(RemoveProfile { profile: other }).await.unwrap();
    two.window.engine.close().await;
    let window = home.start().await;
    assert_eq!(window.titles(), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_deleted_on_its_server_is_passed_over() {
    let home = Home::new();
    let first = server("0.16.8", &[("Ibrahim", &["One.", "Never."])]);
    let second = server("0.16.8", &[("Wen", &["Two.", "Three."])]);
    let mut two = two(&home, first, second, |_| Pattern::RoundRobin).await;
    let ibrahim = two.first.agent_id("Ibrahim");
    two.window.send(&two.table, "Count").await.unwrap();
    two.until_answers(2).await;
    two.first.delete_agent("Ibrahim");
    two.window.ask(Refresh { profile: two.home.clone() }).await.unwrap();
    two.seat(&ibrahim, SeatState::Gone).await;
    two.window.send(&two.table, "Go on").await.unwrap();
    two.until_answers(3).await;
    assert_eq!(two.notes(), [GONE]);
    assert_eq!(two.said()[3..], ["You: Go on", "Wen: Three."]);
    assert_eq!(told(&two.first).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_same_server_is_connected_again_under_its_name_its_members_speak_again() {
    let mut home = Home::new();
    let first = server("0.16.8", &[("Ibrahim", &["One.", "Three."])]);
    let second = server("0.16.8", &[("Wen", &["Two.", "Four.", "Five."])]);
    home.demo = Some(first.address());
    let mut window = home.start().await;
    window.launch().await;
    let demo = |window: &Window| window.profiles.iter().any(|profile| profile.place == Place::Demo);
    let connect = || Connect { place: Place::Demo, key: None, memory_only: false };
    let Connected::Yes { profile } = window.ask(connect()).await.unwrap() else { panic!("no demo") };
    window.online(&profile).await;
    assert!(demo(&window));
    let other = window.connect(&second.address(), None).await;
    window.online(&other).await;
    let guests = window.ask(Guests {}).await.unwrap();
    let seated = table(&guests, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin);
    let id = make(&mut window, &profile, "Autumn issue", seated).await;
    window.open_id(&id).await;
    let mut two = Two { first, second, window, home: profile, other, table: id };
    two.window.send(&two.table, "Count").await.unwrap();
    two.until_answers(2).await;
    two.window.ask(RemoveProfile { profile: two.home.clone() }).await.unwrap();
    two.seat(&two.first.agent_id("Ibrahim"), SeatState::Gone).await;
    two.window.ask(connect()).await.unwrap();
    two.window.online(&two.home).await;
    two.seat(&two.first.agent_id("Ibrahim"), SeatState::Spoke).await;
    two.window.send(&two.table, "Go on").await.unwrap();
    two.until_answers(4).await;
    assert_eq!(two.said()[3..], ["You: Go on", "Ibrahim: Three.", "Wen: Four."]);
    assert_eq!(two.notes(), Vec::<String>::new());
    assert_eq!(told(&two.first)[1], "Wen: Two.\n\nUser: Go on");
}
