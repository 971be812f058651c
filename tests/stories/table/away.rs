//! What a table does without what it needs: the server of a member is away, or it cannot be read how the table stood.

use model::{
    Content, Held, Pattern,
    command::{Guests, MakeTable},
};
use sim::{Answer, Script, Sim, Step};
use tests::{Home, Talk, Window};

use super::{Desk, notes, said, server, table, told};

fn says(talk: &Talk) -> Vec<String> {
    talk.items.iter().filter(|item| matches!(item.kind(), "user" | "assistant")).map(said).collect()
}

async fn until_held(window: &mut Window, held: &Option<Held>) {
    let is = |window: &Window| window.row("Autumn issue").floor.as_ref().is_some_and(|floor| floor.held == *held);
    window.until("the table says what it waits for", is).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_within_a_round_is_waited_for_and_nobody_is_asked_twice() {
    let home = Home::new();
    let half = Answer::of([Step::text("Half a"), Step::Gate, Step::text(" sentence.")]);
    let script = Script::new().version("0.16.8").agent("Ibrahim", [half, Answer::text("Three.")]);
    let (first, second) = (Sim::scripted(script).unwrap(), server("0.16.8", &[("Wen", &["Two.", "Four."])]));
    let mut window = home.start().await;
    window.launch().await;
    let profile = window.connect(&first.address(), None).await;
    let other = window.connect(&second.address(), None).await;
    window.online(&other).await;
    let guests = window.ask(Guests {}).await.unwrap();
    let table = table(&guests, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin);
    let (ibrahim, wen) = (table.seats[0].agent.clone(), table.seats[1].agent.clone());
    let id = window.ask(MakeTable { profile: other.clone(), table }).await.unwrap();
    window.open_id(&id).await;

    // In the middle of a turn.
    window.send(&id, "Go").await.unwrap();
    window.until_talk("he begins", &id, |talk| talk.lines().iter().any(|line| line.contains("Half a"))).await;
    first.go_away();
    until_held(&mut window, &Some(Held::Away { agent: ibrahim.clone() })).await;
    assert!(!says(window.talk(&id)).iter().any(|line| line.starts_with("Wen")), "{:?}", says(window.talk(&id)));
    first.release();
    first.come_back().unwrap();
    let whole = |count: usize| {
        move |talk: &Talk| {
            talk.is_over() && talk.items.iter().filter(|item| item.kind() == "assistant").count() == count
        }
    };
    window.until_talk("it goes on by itself", &id, whole(2)).await;
    assert_eq!(says(window.talk(&id)), ["You: Go", "Ibrahim: Half a sentence.", "Wen: Two."]);
    until_held(&mut window, &None).await;

    // Before a turn.
    window.online(&profile).await;
    second.go_away();
    window.until("it is noticed", |window| window.connection(&other) != Some(&model::Connection::Online)).await;
    window.send(&id, "Again").await.unwrap();
    let three = |talk: &Talk| says(talk).last().is_some_and(|last| last == "Ibrahim: Three.") && talk.is_over();
    window.until_talk("the first speaks", &id, three).await;
    until_held(&mut window, &Some(Held::Away { agent: wen })).await;
    window.listen_for(std::time::Duration::from_millis(300)).await;
    second.come_back().unwrap();
    window.until_talk("it goes on by itself", &id, whole(4)).await;
    assert_eq!(says(window.talk(&id))[3..], ["You: Again", "Ibrahim: Three.", "Wen: Four."]);
    assert_eq!((told(&first).len(), told(&second).len()), (2, 2), "nobody is asked twice");
    assert_eq!(told(&first)[1], "Wen: Two.\n\nUser: Again", "nothing is heard twice");
    assert_eq!(told(&second)[1], "User: Again\n\nIbrahim: Three.");
    assert_eq!(notes(window.talk(&id)), Vec::<String>::new());
    let errors = window.talk(&id).items.iter().filter(|item| matches!(item.content, Content::Error(_))).count();
    assert_eq!(errors, 0, "{:?}", window.talk(&id).lines());
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_table_stood_cannot_be_read_and_nobody_hears_anything_twice() {
    let of_tomorrow = |state: &str| {
        let state: serde_json::Value = serde_json::from_str(state).unwrap();
        serde_json::json!({"floor": {"halt": {"is": "of tomorrow"}}, "threads": state["threads"]}).to_string()
    };
    let torn = |_: &str| "{ torn".to_owned();
    for (spoilt, same_thread) in [(&of_tomorrow as &dyn Fn(&str) -> String, true), (&torn, false)] {
        let home = Home::new();
        let half = Answer::of([Step::text("Half a"), Step::Gate, Step::text(" sentence.")]);
        let script = Script::new()
            .version("0.16.8")
            .agent("Ibrahim", [Answer::text("One."), half, Answer::text("Five.")])
            .agent("Wen", [Answer::text("Two."), Answer::text("Four.")]);
        let sim = Sim::scripted(script).unwrap();
        let mut desk = Desk::of(&home, sim, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
        desk.say_and_hear("Count", 2).await;
        desk.say("Go on").await;
        let begins = |talk: &Talk| talk.lines().iter().any(|line| line.contains("Half a"));
        desk.window.until_talk("he begins", &desk.table, begins).await;
        let Desk { sim, window, table } = desk;
        window.engine.close().await;
        drop(window);
        sim.release();
        {
            let ours = rusqlite::Connection::open(home.folder().join("ours.db")).unwrap();
            let state: String = ours.query_row("SELECT state FROM tables", [], |row| row.get(0)).unwrap();
            ours.execute("UPDATE tables SET state = ?1", [spoilt(&state)]).unwrap();
        }
        let mut window = home.start().await;
        window.launch().await;
        window.open_id(&table).await;
        let profile = window.row("Autumn issue").profile.clone();
        window.online(&profile).await;
        let mut desk = Desk { sim, window, table };
        let afresh = "How this table stood could not be read: nobody is asked until you say something";
        desk.window.until_talk("it says so", &desk.table, |talk| notes(talk) == [afresh] && talk.is_over()).await;
        assert_eq!(desk.said(), ["You: Count", "Ibrahim: One.", "Wen: Two.", "You: Go on", "Ibrahim: Half a"]);
        desk.say_and_hear("Again", 5).await;
        let said = desk.said();
        assert_eq!(said[5..], ["You: Again", "Ibrahim: Five.", "Wen: Four."], "each turn in its place");
        assert_eq!(desk.notes(), [afresh], "once");
        // The last two requests: only what was not heard before.
        let told = desk.told();
        let [.., ibrahim, wen] = told.as_slice() else { panic!("{told:?}") };
        assert!(
            ibrahim.ends_with("User: Again") && !ibrahim.contains("Count") && !ibrahim.contains("Two."),
            "{ibrahim}"
        );
        assert!(wen.ends_with("User: Go on\n\nIbrahim: Half a\n\nUser: Again\n\nIbrahim: Five."), "{wen}");
        assert!(!wen.contains("One."), "{wen}");
        let made = desk.sim.requests().iter().filter(|r| r.method == "POST" && r.path == "/v1/conversations/").count();
        assert_eq!(made, if same_thread { 2 } else { 4 });
    }
}
