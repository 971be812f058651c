//! Each pattern, with three agents, on a server of either age: who speaks in which order.

use model::{AgentId, Pattern, SeatState, command::GiveWord};
use sim::{Answer, Call, Script, Sim, Step};
use tests::{Home, Talk};

use super::{Desk, VERSIONS, server};

#[tokio::test(flavor = "multi_thread")]
async fn in_turn_each_speaks_once_a_round() {
    for version in VERSIONS {
        let home = Home::new();
        let sim = server(
            version,
            &[("Ibrahim", &["One.", "Four."]), ("Wen", &["Two.", "Five."]), ("Rosa", &["Three.", "Six."])],
        );
        let mut desk =
            Desk::of(&home, sim, &["Ibrahim", "Wen", "Rosa"], |_| Pattern::RoundRobin, |table| table.guards.rounds = 2)
                .await;
        desk.say_and_hear("Count", 6).await;
        assert_eq!(
            desk.said(),
            ["You: Count", "Ibrahim: One.", "Wen: Two.", "Rosa: Three.", "Ibrahim: Four.", "Wen: Five.", "Rosa: Six."],
            "{version}"
        );
        assert_eq!(desk.talk().last("round").map(tests::item_text).as_deref(), Some("round: 2"));
        assert_eq!(desk.sim.check(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn called_on_only_those_you_name_speak_in_your_order() {
    for version in VERSIONS {
        let home = Home::new();
        let sim = server(version, &[("Ibrahim", &["One."]), ("Wen", &["Two.", "Four."]), ("Rosa", &["Three."])]);
        let mut desk = Desk::of(&home, sim, &["Ibrahim", "Wen", "Rosa"], |_| Pattern::CalledOn, |_| {}).await;
        desk.say("I only think aloud").await;
        desk.say_and_hear("@Rosa, then @wen?", 2).await;
        let rosa = desk.agent("Rosa");
        assert_eq!(desk.said()[1..], ["You: @Rosa, then @wen?", "Rosa: Three.", "Wen: Two."], "{version}");
        let wen = desk.agent("Wen");
        desk.window.ask(GiveWord { conversation: desk.table.clone(), agents: vec![wen] }).await.unwrap();
        desk.until_answers(3).await;
        assert_eq!(desk.said()[4..], ["Wen: Four."]);
        let floor = desk.window.row("Autumn issue").floor.clone().unwrap();
        let state = |agent| floor.seats.iter().find(|seat| seat.agent == agent).unwrap().state;
        assert_eq!(state(rosa), SeatState::Spoke);
        assert_eq!(state(desk.agent("Ibrahim")), SeatState::Idle);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_speaks_first_gives_the_word_hears_and_closes() {
    for version in VERSIONS {
        let home = Home::new();
        let agents: [(&str, &[&str]); 3] = [
            ("Elena", &["Read them for length.\n\nNext: Tomás, Bruna", "Then we lead with her."]),
            ("Tomás", &["Three fit."]),
            ("Bruna", &["Once, in issue 9."]),
        ];
        let lead = |id: &dyn Fn(&str) -> AgentId| Pattern::Supervisor { lead: id("Elena") };
        let mut desk = Desk::of(&home, server(version, &agents), &["Elena", "Tomás", "Bruna"], lead, |_| {}).await;
        desk.say_and_hear("Pick three letters", 4).await;
        assert_eq!(
            desk.said()[1..],
            [
                "Elena: Read them for length.",
                "Tomás: Three fit.",
                "Bruna: Once, in issue 9.",
                "Elena: Then we lead with her."
            ],
            "{version}"
        );
        assert_eq!(desk.handed(), [(vec!["Tomás".to_owned(), "Bruna".to_owned()], false)]);
        assert_eq!(desk.told()[3], "Tomás: Three fit.\n\nBruna: Once, in issue 9.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn those_a_lead_calls_may_answer_side_by_side_without_mixing() {
    let home = Home::new();
    let gate = |text: &str| Answer::of([Step::text(text), Step::Gate, Step::text(" End.")]);
    let sim = Sim::scripted(
        Script::new()
            .version("0.16.8")
            .agent("Elena", [Answer::text("Both.\n\nNext: Tomás, Bruna"), Answer::text("Good.")])
            .agent("Tomás", [gate("T one.")])
            .agent("Bruna", [gate("B one.")]),
    )
    .unwrap();
    let lead = |id: &dyn Fn(&str) -> AgentId| Pattern::Supervisor { lead: id("Elena") };
    let mut desk = Desk::of(&home, sim, &["Elena", "Tomás", "Bruna"], lead, |table| table.side_by_side = true).await;
    desk.say("Go").await;
    let both = |talk: &Talk| {
        let text = talk.lines().join("\n");
        text.contains("T one.") && text.contains("B one.")
    };
    desk.window.until_talk("both speak at the same time", &desk.table, both).await;
    desk.sim.release();
    desk.sim.release();
    desk.until_answers(4).await;
    let text = desk.talk().lines().join("\n");
    assert!(text.find("T one.") < text.find("B one."), "their lanes keep their order: {text}");
    let by = |name: &str| desk.said().into_iter().filter(|line| line.starts_with(name)).collect::<Vec<_>>().join("|");
    assert!(by("Tomás").contains("T one.") && by("Tomás").contains("End.") && !by("Tomás").contains('B'), "{text}");
    assert_eq!(desk.handed(), [(vec!["Tomás".to_owned(), "Bruna".to_owned()], true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_of_yours_picks_who_is_next_and_says_why() {
    for version in VERSIONS {
        let home = Home::new();
        let agents: [(&str, &[&str]); 4] = [
            ("Marlow", &["Rosa: she knows the archive.", "Somebody else.", "Hm.", "Done: all agree"]),
            ("Ibrahim", &["One."]),
            ("Wen", &["Two."]),
            ("Rosa", &["Three."]),
        ];
        let picks = |id: &dyn Fn(&str) -> AgentId| Pattern::Dynamic { manager: id("Marlow") };
        let sim = server(version, &agents);
        let mut desk = Desk::of_managed(&home, sim, &["Ibrahim", "Wen", "Rosa"], picks, "Marlow").await;
        // After two answers that name nobody the next in order speaks, round the table.
        desk.say_and_hear("Begin", 2).await;
        assert_eq!(desk.said(), ["You: Begin", "Rosa: Three.", "Ibrahim: One."], "{version}");
        let handed = desk.handed();
        assert_eq!(handed.iter().map(|(to, _)| to[0].as_str()).collect::<Vec<_>>(), ["Rosa", "Ibrahim"]);
        let lines = desk.notes();
        assert_eq!(lines, ["Marlow ends the round: all agree"]);
        let asked = desk.told().into_iter().filter(|told| told.contains("Who should speak next?")).count();
        assert_eq!(asked, 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_talks_and_the_others_work_behind() {
    for version in VERSIONS {
        let home = Home::new();
        let kept = Answer::of([
            Step::Call(Call::new("core_memory_append", r#"{"label":"human","content":"prints on the 14th"}"#, "ok")),
            Step::text("Noted."),
        ]);
        let script = Script::new()
            .version(version)
            .agent("Wen", [Answer::text("Two."), Answer::text("Three.")])
            .agent("Bruna", [kept]);
        let talks = |id: &dyn Fn(&str) -> AgentId| Pattern::Sleeptime { talks: id("Wen") };
        let sim = Sim::scripted(script).unwrap();
        let mut desk = Desk::of(&home, sim, &["Wen", "Bruna"], talks, |table| table.every = 2).await;
        desk.say_and_hear("One", 1).await;
        desk.say_and_hear("Go on", 2).await;
        let done = |talk: &Talk| talk.lines().iter().any(|line| line.contains("Table"));
        desk.window.until_talk("she worked behind", &desk.table, done).await;
        assert_eq!(desk.notes(), ["Bruna changed 1 memory block"], "{version}");
        assert_eq!(desk.said(), ["You: One", "Wen: Two.", "You: Go on", "Wen: Three."]);
    }
}
