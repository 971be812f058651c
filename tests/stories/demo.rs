//! The demo as the app meets it: pictures of both sides, two letters in one request, a reading through a tunnel that heals by itself.

use model::{
    Content, ConversationId, ImageRef, Place, ProfileId, ToolCall, ToolState, Turn,
    command::{Connect, Connected, Decide, Shown},
};
use sim::{Pace, Sim};
use tests::{Home, Window};

/// The app at its demo, in the conversation with one of the four.
async fn demo(home: &mut Home, sim: &Sim, who: &str) -> (Window, ProfileId, ConversationId) {
    home.demo = Some(sim.address());
    let mut window = home.start().await;
    window.launch().await;
    let demo = Connect { place: Place::Demo, key: None, memory_only: true };
    let Connected::Yes { profile } = window.ask(demo).await.unwrap() else { panic!("no demo") };
    window.online(&profile).await;
    let conversation = window.open(who).await;
    (window, profile, conversation)
}

fn kept(images: &[ImageRef]) -> usize {
    images.iter().filter(|image| matches!(image, ImageRef::Kept(_))).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_both_sides_are_there_from_the_first_look() {
    let sim = Sim::demo_at(Pace::instant()).unwrap();
    let mut home = Home::new();
    let (mut window, _, rosa) = demo(&mut home, &sim, "Rosa").await;
    window.until_talk("the past is there", &rosa, |talk| talk.tool().is_some()).await;
    let talk = window.talk(&rosa);
    let Content::User { images, .. } = &talk.last("user").unwrap().content else { panic!("{}", window.describe()) };
    assert_eq!(kept(images), 1, "the harvest: {images:?}");
    let ToolState::Returned(returned) = &talk.tool().unwrap().state else { panic!("{}", window.describe()) };
    assert_eq!(kept(&returned.images), 1, "the proof: {returned:?}");

    window.send_and_wait(&rosa, "Show me the proof").await;
    let shown = window.talk(&rosa).items.iter().rev().find_map(|item| match &item.content {
        Content::Assistant { images, .. } if !images.is_empty() => Some(images.clone()),
        _ => None,
    });
    assert_eq!(kept(&shown.unwrap()), 1, "{}", window.describe());
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_letters_are_decided_each_and_answered_together() {
    let sim = Sim::demo_at(Pace::instant()).unwrap();
    let mut home = Home::new();
    let (mut window, _, ibrahim) = demo(&mut home, &sim, "Ibrahim").await;
    window.send(&ibrahim, "Ask both printers").await.unwrap();
    window.until_talk("two wait", &ibrahim, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    let waiting: Vec<ToolCall> = window
        .talk(&ibrahim)
        .items
        .iter()
        .filter_map(|item| item.tool().filter(|call| call.state == ToolState::AwaitingApproval).cloned())
        .collect();
    assert_eq!(waiting.len(), 2, "{}", window.describe());
    assert_eq!(window.row("Ibrahim").waiting, 2);
    for (call, approve) in waiting.iter().zip([true, false]) {
        let shown = Shown { name: call.name.clone(), arguments: call.arguments.clone() };
        let reason = (!approve).then(|| "too long".to_owned());
        let decide = Decide { conversation: ibrahim.clone(), tool_call: call.id.clone(), approve, reason, shown };
        window.ask(decide).await.unwrap();
    }
    window.over(&ibrahim).await;
    let Content::Assistant { text, .. } = &window.talk(&ibrahim).last("assistant").unwrap().content else {
        panic!("{}", window.describe())
    };
    assert!(text.contains("Gráfica Douro has its letter"), "{text}");
    assert_eq!(window.row("Ibrahim").waiting, 0);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_tears_in_the_tunnel_and_heals_by_itself() {
    let sim = Sim::demo_at(Pace { tools: false, ..Pace::steady(120.0) }).unwrap();
    let mut home = Home::new();
    let (mut window, _, elena) = demo(&mut home, &sim, "Elena").await;
    window.send(&elena, "Read it to me from the train").await.unwrap();
    window
        .until_talk("she has arrived", &elena, |talk| {
            talk.is_over()
                && matches!(talk.last("assistant").map(|item| &item.content),
                    Some(Content::Assistant { text, .. }) if text.contains("Entroncamento"))
        })
        .await;
    let lines = window.talk(&elena).lines();
    assert_eq!(lines.iter().filter(|line| line.contains("In June the forest")).count(), 1, "once: {lines:#?}");
    assert!(window.talk(&elena).last("error").is_none(), "{lines:#?}");
    let followed = sim.requests().iter().filter(|request| request.path.starts_with("/v1/runs/")).count();
    assert!(followed > 0, "the run was asked for");
    assert_eq!(sim.check(), Vec::<String>::new(), "nothing was sent twice");
    window.send_and_wait(&elena, "Thank you").await;
}

/// The demo's tables, with this one open.
async fn at_table(home: &mut Home, sim: &Sim, name: &str) -> (Window, ConversationId) {
    home.demo = Some(sim.address());
    let mut window = home.start().await;
    window.launch().await;
    let demo = Connect { place: Place::Demo, key: None, memory_only: true };
    let Connected::Yes { profile } = window.ask(demo).await.unwrap() else { panic!("no demo") };
    window.online(&profile).await;
    let found = name.to_owned();
    window.until("its tables are there", move |window| window.titles().contains(&found.as_str())).await;
    let table = window.open(name).await;
    (window, table)
}

fn speakers(window: &Window, table: &ConversationId) -> Vec<String> {
    let said = window.talk(table).items.iter().filter(|item| item.kind() == "assistant");
    let mut names: Vec<String> = said.filter_map(|item| Some(item.speaker()?.name.clone())).collect();
    names.dedup();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_table_goes_twice_around_with_a_letter_that_waits() {
    let sim = Sim::demo_at(Pace::instant()).unwrap();
    let mut home = Home::new();
    let (mut window, table) = at_table(&mut home, &sim, "Autumn issue").await;
    assert_eq!(window.titles()[0], "Autumn issue", "it stands first");
    window.send(&table, "We print on the 14th. What do 96 pages cost, and do the cork figures hold?").await.unwrap();
    window.until_talk("the letter waits", &table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    assert_eq!(speakers(&window, &table), ["Ibrahim", "Wen", "Rosa", "Elena", "Ibrahim"]);
    let call = window.talk(&table).tool().unwrap().clone();
    let shown = Shown { name: call.name, arguments: call.arguments };
    let decide = Decide { conversation: table.clone(), tool_call: call.id, approve: true, reason: None, shown };
    window.ask(decide).await.unwrap();
    window
        .until_talk("it is settled", &table, |talk| {
            talk.is_over() && talk.lines().join("").contains("Then this is settled")
        })
        .await;
    let text = window.talk(&table).lines().join("\n");
    assert!(text.contains("This table is a demo") && text.contains("the letter to the printer is out"), "{text}");
    assert!(text.contains("| **49.6 %**, APCOR |") && text.contains("```css"), "{text}");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_pattern_has_a_table_in_the_demo() {
    let sim = Sim::demo_at(Pace::instant()).unwrap();
    let mut home = Home::new();
    let (mut window, letters) = at_table(&mut home, &sim, "Letters desk").await;
    let over = |talk: &tests::Talk| talk.is_over() && talk.last("assistant").is_some();
    window.send(&letters, "Do the cork figures hold?").await.unwrap();
    window
        .until_talk("she closes", &letters, |talk| {
            over(talk) && talk.lines().iter().filter(|line| line.contains("Elena")).count() >= 4
        })
        .await;
    assert_eq!(speakers(&window, &letters), ["Elena", "Wen", "Rosa", "Elena"], "{}", window.describe());

    let cover = window.open("Cover meeting").await;
    window.send(&cover, "Which photo?").await.unwrap();
    window
        .until_talk("it ends", &cover, |talk| {
            over(talk) && talk.lines().last().is_some_and(|line| line.contains("Usage"))
        })
        .await;
    assert_eq!(speakers(&window, &cover), ["Rosa"], "{}", window.describe());

    let corridor = window.open("In the corridor").await;
    window.send(&corridor, "@Wen @Rosa good morning").await.unwrap();
    window
        .until_talk("two spoke", &corridor, |talk| {
            over(talk) && talk.lines().last().is_some_and(|line| line.contains("Usage"))
        })
        .await;
    assert_eq!(speakers(&window, &corridor), ["Wen", "Rosa"], "{}", window.describe());

    let notes = window.open("Night notes").await;
    window.send(&notes, "The photograph is from June").await.unwrap();
    window
        .until_talk("she keeps a note", &notes, |talk| {
            over(talk) && talk.lines().iter().any(|line| line.contains("Table"))
        })
        .await;
    assert_eq!(speakers(&window, &notes), ["Wen"], "{}", window.describe());
    assert_eq!(sim.check(), Vec::<String>::new());
}
