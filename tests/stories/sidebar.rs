//! The sidebar: all pages, order, last words, what is new, and the way up into the past.

use model::{
    Content,
    command::{Earlier, MarkRead},
};
use sim::{Answer, Script, Sim};
use tests::Home;

fn past(count: usize) -> Vec<(String, Answer)> {
    (0..count).map(|n| (format!("Question {n}"), Answer::text(format!("Answer {n}")))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_of_agents_are_there_and_groups_stand_first() {
    let script =
        Script::new().crowd(130).group("Some of them", &["Agent 001", "Agent 130"], None).past("Agent 077", past(2));
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    let profile = window.connect(&sim.address(), None).await;
    window.until("all are there", |window| window.titles().len() == 131).await;
    assert_eq!(window.sidebars[&profile][0].title, "Some of them");
    let hues: std::collections::BTreeSet<u8> = window.sidebars[&profile].iter().map(|row| row.members[0].hue).collect();
    assert_eq!(hues.len(), 10, "all colours are given");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_is_there_and_the_past_is_read_upwards() {
    let script = Script::new().version("0.16.8").agent("Wen", []).past("Wen", past(120));
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    window
        .until_talk("the newest page comes", &wen, |talk| talk.lines().iter().any(|line| line.contains("Answer 119")))
        .await;
    assert!(!window.talk(&wen).lines().iter().any(|line| line.contains("Answer 0")));
    let mut rounds = 0;
    while window.ask(Earlier { conversation: wen.clone() }).await.unwrap().more {
        rounds += 1;
        assert!(rounds < 30, "the past has no end");
    }
    window
        .until_talk("the oldest is there", &wen, |talk| {
            talk.lines().iter().any(|line| line == "assistant done Wen: Answer 0")
        })
        .await;
    let texts = |window: &tests::Window| {
        let items = &window.talk(&wen).items;
        items
            .iter()
            .filter_map(|item| match &item.content {
                Content::User { text, .. } | Content::Assistant { text, .. } => Some(text.clone()),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let all: Vec<String> = (0..120).flat_map(|n| [format!("Question {n}"), format!("Answer {n}")]).collect();
    assert_eq!(texts(&window), all);
    window.engine.close().await;
    drop(window);
    sim.go_away();

    let mut window = home.start().await;
    window.launch().await;
    let opened = window.open_id(&wen).await;
    assert!(opened.more);
    while window.ask(Earlier { conversation: wen.clone() }).await.unwrap().more {}
    window.until_talk("the oldest is there", &wen, |talk| talk.items.len() >= 240).await;
    assert_eq!(texts(&window), all, "the whole past is read without a server");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_elsewhere_makes_the_row_new_and_is_there_when_it_is_opened() {
    let script = Script::new().version("0.16.8").agent("Wen", [Answer::text("Said elsewhere.")]).past("Wen", past(1));
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    window.until("the last words are known", |window| window.row("Wen").last.is_some()).await;
    assert_eq!(window.row("Wen").last.as_ref().unwrap().text, "Answer 0");
    assert!(!window.row("Wen").unread, "what was said before this computer knew of it is not new");
    let wen = window.row("Wen").id.clone();
    window.open_id(&wen).await;
    window.ask(MarkRead { conversation: wen.clone() }).await.unwrap();
    window.close(&wen).await;

    let elsewhere = letta::Client::new(&sim.address(), None).unwrap();
    let words = letta::Words {
        text: "From elsewhere".to_owned(),
        images: Vec::new(),
        otid: "elsewhere-1".to_owned(),
        mode: letta::Mode::Tokens,
        extras: letta::Extras::default(),
    };
    let target = letta::Target::Agent(sim.agent_id("Wen").into());
    let mut turn = elsewhere.say(&target, &words).await.unwrap();
    while !matches!(turn.next().await, letta::Heard::Over(_)) {}
    window.until("the row is new", |window| window.row("Wen").unread).await;
    assert_eq!(window.row("Wen").last.as_ref().unwrap().text, "Said elsewhere.");
    let opened = window.open_id(&wen).await;
    let seen = opened.seen.expect("there is something new");
    let items = &window.talk(&wen).items;
    let line = items.iter().position(|item| item.id == seen).unwrap();
    assert!(
        items[..=line].iter().all(|item| !tests::item_text(item).contains("lsewhere")),
        "{:?}",
        window.talk(&wen).lines()
    );
    assert_eq!(sim.check(), Vec::<String>::new());
}
