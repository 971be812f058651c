//! What members are told.

use model::{ImageId, Pattern};

use super::*;
use crate::table::heard::telling as tell;

#[test]
fn the_brief_is_told_once_and_again_when_it_changes() {
    let mut talk = Talk::at(table(&["Wen", "Rosa"], Pattern::RoundRobin));
    talk.table.brief = "We print on the 14th.".to_owned();
    talk.say("Go");
    let told = talk.begin(&agent("Wen"), Kind::Speak);
    assert!(told.starts_with("[You are Wen at the table “Autumn issue”, with Rosa and the user."), "{told}");
    assert!(told.contains("The table's purpose and rules: We print on the 14th."), "{told}");
    talk.spoke(&agent("Wen"), "Yes.");
    talk.run();
    talk.say("On");
    assert_eq!(talk.begin(&agent("Wen"), Kind::Speak), "Rosa: words 0\n\nUser: On");
    talk.spoke(&agent("Wen"), "Yes.");
    talk.run();
    let was = talk.table.clone();
    talk.table.brief = "We print on the 15th.".to_owned();
    talk.floor.reseat(&talk.table.clone(), &was);
    talk.say("And?");
    let told = talk.begin(&agent("Wen"), Kind::Speak);
    assert!(told.starts_with("What holds at this table has changed.\n[You are Wen"), "{told}");
}

#[test]
fn your_words_alone_are_told_as_they_are() {
    let mut talk = Talk::at(table(&["Wen"], Pattern::RoundRobin));
    talk.say("Go");
    talk.run();
    talk.say("How are you?");
    assert_eq!(talk.begin(&agent("Wen"), Kind::Speak), "How are you?");
}

#[test]
fn images_go_to_those_who_see_and_the_others_are_told() {
    let mut talk = Talk::at(table(&["Wen", "Rosa"], Pattern::RoundRobin));
    talk.table.seats[1].sees = false;
    let image = ImageId::from("aa");
    talk.floor.said(&talk.table, "Look".to_owned(), vec![image.clone()], vec![], 0);
    assert_eq!(tell(&talk.floor, &talk.table, &agent("Wen"), Kind::Speak).images, [image]);
    let told = tell(&talk.floor, &talk.table, &agent("Rosa"), Kind::Speak);
    assert_eq!(told.images, []);
    assert!(
        told.words.ends_with("User: Look\n\n(There was an image with it, which you cannot see.)"),
        "{}",
        told.words
    );
}

#[test]
fn who_comes_later_hears_from_then_on() {
    let mut talk = Talk::at(table(&["Wen"], Pattern::RoundRobin));
    talk.say("Secret");
    talk.run();
    let was = talk.table.clone();
    talk.table.seats.push(seat("Rosa"));
    talk.floor.reseat(&talk.table.clone(), &was);
    talk.say("Welcome");
    talk.begin(&agent("Wen"), Kind::Speak);
    talk.spoke(&agent("Wen"), "Hello, Rosa.");
    let told = talk.begin(&agent("Rosa"), Kind::Speak);
    assert!(told.ends_with("]\n\nUser: Welcome\n\nWen: Hello, Rosa.") && !told.contains("Secret"), "{told}");
}

#[test]
fn what_nobody_listens_to_is_bounded_and_said_to_be_cut() {
    let mut talk = Talk::at(table(&["Wen", "Rosa"], Pattern::CalledOn));
    for number in 0..1000 {
        talk.say(&format!("@Wen line {number}"));
        talk.run();
    }
    assert!(talk.floor.lines.len() <= 400);
    talk.say("@Rosa");
    let told = talk.begin(&agent("Rosa"), Kind::Speak);
    assert!(told.contains("(Earlier words are left out.)") && told.contains("line 999") && !told.contains("line 1\n"));
}

#[test]
fn how_a_table_stands_outlives_being_written_and_read() {
    let mut talk = Talk::at(table(&["Wen", "Rosa"], Pattern::RoundRobin));
    talk.say("Go");
    talk.begin(&agent("Wen"), Kind::Speak);
    talk.floor.used(&agent("Wen"), 3, 4);
    let json = serde_json::to_string(&talk.floor).unwrap();
    assert_eq!(serde_json::from_str::<Floor>(&json).unwrap(), talk.floor);
    talk.end(&agent("Wen"), Outcome::Failed { delivered: true });
    let json = serde_json::to_string(&talk.floor).unwrap();
    assert_eq!(serde_json::from_str::<Floor>(&json).unwrap(), talk.floor);
}
