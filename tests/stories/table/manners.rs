//! Manners at a table: a slow member is passed over, a muted one is silent, a countdown gives you time, images go to all who see, and
//! two tables with the same agents never mix.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use model::{
    Content, ImageId, Pattern,
    command::{Attach, Guests, MakeTable, Mute, Send, Skip},
};
use sim::{Answer, Script, Sim, Step};
use tests::{Home, Talk, item_text};

use super::{Desk, VERSIONS, server, table, told};

const PROOF: &[u8] = include_bytes!("../../../crates/sim/src/demo/pictures/proof.png");

#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_stalls_is_passed_over() {
    let home = Home::new();
    let script = Script::new()
        .version("0.16.8")
        .agent("Ibrahim", [Answer::of([Step::text("Hm"), Step::Gate, Step::text("never.")])])
        .agent("Wen", [Answer::text("Two.")]);
    let mut desk =
        Desk::of(&home, Sim::scripted(script).unwrap(), &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
    desk.say("Go").await;
    let began = |talk: &Talk| talk.lines().iter().any(|line| line.contains("Hm"));
    desk.window.until_talk("he begins", &desk.table, began).await;
    let agent = desk.agent("Ibrahim");
    desk.window.ask(Skip { conversation: desk.table.clone(), agent }).await.unwrap();
    let two = |talk: &Talk| talk.is_over() && talk.lines().iter().any(|line| line.contains("Two."));
    desk.window.until_talk("Wen speaks", &desk.table, two).await;
    assert!(!desk.talk().lines().join("").contains("never"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_muted_member_hears_and_is_silent_until_called() {
    let home = Home::new();
    let sim = server("0.16.8", &[("Ibrahim", &["One."]), ("Wen", &["Two.", "Four."])]);
    let mut desk = Desk::of(&home, sim, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
    let agent = desk.agent("Ibrahim");
    desk.window.ask(Mute { conversation: desk.table.clone(), agent, muted: true }).await.unwrap();
    desk.say_and_hear("Go", 1).await;
    desk.say_and_hear("@Ibrahim?", 2).await;
    assert_eq!(desk.said(), ["You: Go", "Wen: Two.", "You: @Ibrahim?", "Ibrahim: One."]);
    assert!(desk.told()[1].ends_with("User: Go\n\nWen: Two.\n\nUser: @Ibrahim?"), "{}", desk.told()[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_countdown_stands_before_each_turn_that_begins_by_itself() {
    let home = Home::new();
    let sim = server("0.16.8", &[("Ibrahim", &["One."]), ("Wen", &["Two."])]);
    let mut desk =
        Desk::of(&home, sim, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |table| table.countdown = 1).await;
    desk.say("Go").await;
    desk.window
        .until("it counts down", |window| {
            let floor = window.row("Autumn issue").floor.as_ref();
            matches!(floor.and_then(|floor| floor.held.as_ref()), Some(model::Held::Countdown { .. }))
        })
        .await;
    let spoke = |talk: &tests::Talk| talk.lines().iter().any(|line| line.contains("One."));
    desk.window.until_talk("the first was asked at once", &desk.table, spoke).await;
    assert_eq!(desk.said(), ["You: Go", "Ibrahim: One."], "and only the first");
    desk.until_answers(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_goes_to_all_who_see() {
    let home = Home::new();
    // A script that is over says what it sees.
    let sim = server("0.16.8", &[("Ibrahim", &[]), ("Wen", &[])]);
    let blind = |table: &mut model::Table| table.seats[1].sees = false;
    let mut desk = Desk::of(&home, sim, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, blind).await;
    let base64 = BASE64_STANDARD.encode(PROOF);
    let attached =
        desk.window.ask(Attach { conversation: desk.table.clone(), name: "a.png".to_owned(), base64 }).await.unwrap();
    let images: Vec<ImageId> = attached.attachments.iter().map(|attachment| attachment.id.clone()).collect();
    assert_eq!(images.len(), 1, "{attached:?}");
    let send = Send { conversation: desk.table.clone(), text: "Look".to_owned(), images };
    desk.window.ask(send).await.unwrap();
    desk.until_answers(2).await;
    let said = desk.said();
    assert!(said[1].starts_with("Ibrahim: I can see an image."), "{said:?}");
    assert!(said[2].starts_with("Wen: Hello") && said[2].contains("which you cannot see"), "{said:?}");
    let Content::User { images, .. } = &desk.talk().items[0].content else { panic!("{said:?}") };
    assert_eq!(images.len(), 1, "it stands in your row");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tables_of_the_same_agents_at_once_never_mix() {
    for version in VERSIONS {
        let home = Home::new();
        // Each says what it was told: a word of the other table would be seen.
        let slow =
            |text: &str| Answer::of([Step::text(text), Step::Pause(Duration::from_millis(60)), Step::text(" End.")]);
        let script = Script::new()
            .version(version)
            .agent("Ibrahim", [slow("I one."), slow("I two.")])
            .agent("Wen", [slow("W one."), slow("W two.")]);
        let mut desk =
            Desk::of(&home, Sim::scripted(script).unwrap(), &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
        let guests = desk.window.ask(Guests {}).await.unwrap();
        let mut other = table(&guests, &["Wen", "Ibrahim"], |_| Pattern::RoundRobin);
        other.name = "Winter issue".to_owned();
        let profile = other.seats[0].profile.clone();
        let other = desk.window.ask(MakeTable { profile, table: other }).await.unwrap();
        desk.window.open_id(&other).await;
        desk.say("cork").await;
        desk.window.send(&other, "salt").await.unwrap();
        desk.until_answers(2).await;
        let over =
            |talk: &Talk| talk.is_over() && talk.items.iter().filter(|item| item.kind() == "assistant").count() == 2;
        desk.window.until_talk("the other is over", &other, over).await;
        let speakers = |talk: &Talk| -> Vec<String> {
            let said = talk.items.iter().filter(|item| item.kind() == "assistant");
            said.filter_map(|item| Some(item.speaker()?.name.clone())).collect()
        };
        assert_eq!(speakers(desk.talk()), ["Ibrahim", "Wen"], "{version}");
        assert_eq!(speakers(desk.window.talk(&other)), ["Wen", "Ibrahim"], "{version}");
        let mut all: Vec<String> = desk
            .talk()
            .items
            .iter()
            .chain(&desk.window.talk(&other).items)
            .filter(|item| item.kind() == "assistant")
            .map(item_text)
            .collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 4, "each answer stands at one table: {all:?}");
        for words in told(&desk.sim) {
            assert!(!(words.contains("cork") && words.contains("salt")), "{version}: {words}");
        }
    }
}
