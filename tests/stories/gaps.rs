//! A very long absence: what lies between stands as a gap that says so, and heals; and where the beginning of a history is.

use model::{
    Code, Content, ConversationId, ItemId, Place,
    command::{Connect, Connected, Earlier, Fill},
};
use sim::{Answer, Script, Sim, Step};
use tests::{Home, Window};

/// A server with so many turns of before; the first ones are the same each time.
fn with_turns(turns: usize) -> Sim {
    let turn = |number: usize| {
        let answer = Answer::of([Step::reasoning(format!("Hm {number}.")), Step::text(format!("Answer {number}"))]);
        (format!("Question {number}"), answer)
    };
    Sim::scripted(Script::new().version("0.16.8").agent("Wen", []).past("Wen", (0..turns).map(turn))).unwrap()
}

/// The app on a computer whose server is the demo's, so that it can be another one at the next start.
async fn started(home: &mut Home, sim: &Sim) -> (Window, ConversationId) {
    home.demo = Some(sim.address());
    let mut window = home.start().await;
    let launched = window.launch().await;
    if launched.profiles.is_empty() {
        let connect = Connect { place: Place::Demo, key: None, memory_only: true };
        let Connected::Yes { .. } = window.ask(connect).await.unwrap() else { panic!() };
    }
    window.until("the sidebar is there", |window| window.titles().contains(&"Wen")).await;
    let wen = window.open("Wen").await;
    (window, wen)
}

fn gap(window: &Window, id: &ConversationId) -> Option<ItemId> {
    let items = &window.talk(id).items;
    items.iter().find(|item| matches!(item.content, Content::Gap)).map(|item| item.id.clone())
}

async fn fill(window: &mut Window, id: &ConversationId) {
    while let Some(gap) = gap(window, id) {
        window.ask(Fill { conversation: id.clone(), gap: gap.clone() }).await.unwrap();
        let (of, old) = (id.clone(), gap);
        window.until("it is filled", move |window| self::gap(window, &of) != Some(old.clone())).await;
    }
}

async fn to_the_beginning(window: &mut Window, id: &ConversationId) {
    while window.ask(Earlier { conversation: id.clone() }).await.unwrap().more {}
    window.listen_for(std::time::Duration::from_millis(100)).await;
}

fn said(window: &Window, id: &ConversationId) -> Vec<String> {
    window.talk(id).lines()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_very_long_absence_the_rows_between_stand_as_a_gap_that_heals() {
    let mut home = Home::new();
    let short = with_turns(20);
    let (mut window, wen) = started(&mut home, &short).await;
    window.until_talk("the history is there", &wen, |talk| talk.items.len() == 60).await;
    window.engine.close().await;
    drop((window, short));

    // Meanwhile 2,600 stored rows were written: more than is fetched at once.
    let long = with_turns(1320);
    let (mut window, wen) = started(&mut home, &long).await;
    window
        .until_talk("the newest is there", &wen, |talk| {
            talk.lines().last().is_some_and(|line| line.contains("Answer 1319"))
        })
        .await;
    let first = gap(&window, &wen).expect("a gap");
    let lines = said(&window, &wen);
    let at = lines.iter().position(|line| line.starts_with("gap")).unwrap();
    assert!(lines[at - 1].ends_with("Answer 19"), "{}", lines[at - 1]);
    assert_eq!(lines.iter().filter(|line| line.starts_with("gap")).count(), 1);

    // It survives the end of the app, and without a server it stays a gap and says so.
    window.ask(Fill { conversation: wen.clone(), gap: first.clone() }).await.unwrap();
    window.engine.close().await;
    drop(window);
    long.go_away();
    let (mut window, wen) = started(&mut home, &long).await;
    while gap(&window, &wen).is_none() {
        assert!(window.ask(Earlier { conversation: wen.clone() }).await.unwrap().more, "the gap is lost");
        window.listen_for(std::time::Duration::from_millis(20)).await;
    }
    let left = gap(&window, &wen).unwrap();
    assert_ne!(left, first, "one page of it was filled");
    let refused = window.ask(Fill { conversation: wen.clone(), gap: left.clone() }).await.unwrap_err();
    assert_eq!(refused.code, Code::Offline, "{refused:?}");
    assert_eq!(gap(&window, &wen), Some(left));
    long.come_back().unwrap();
    let profile = window.profiles[0].id.clone();
    window.online(&profile).await;
    fill(&mut window, &wen).await;
    to_the_beginning(&mut window, &wen).await;
    let healed = said(&window, &wen);

    let mut elsewhere = Home::new();
    let (mut window, wen) = started(&mut elsewhere, &long).await;
    window.until_talk("the newest is there", &wen, |talk| talk.items.len() >= 50).await;
    to_the_beginning(&mut window, &wen).await;
    assert_eq!(healed.len(), 1320 * 3);
    assert_eq!(healed, said(&window, &wen), "filled is as if it had never been away");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_page_is_not_the_beginning() {
    let turns = (0..60).map(|number| (format!("Question {number}"), Answer::text(format!("Answer {number}"))));
    let sim =
        Sim::scripted(Script::new().version("0.16.8").agent("Wen", []).past("Wen", turns).rows_a_page(7)).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    window.until_talk("a page is there", &wen, |talk| talk.items.len() >= 50).await;
    to_the_beginning(&mut window, &wen).await;
    assert_eq!(window.talk(&wen).items.len(), 120);
    assert_eq!(window.talk(&wen).lines()[0], "user done: Question 0");
}
