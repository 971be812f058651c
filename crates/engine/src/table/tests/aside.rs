//! A member that waits for a decision, and the others who go on without it: in every pattern, over the end of rounds, once for each.

use model::SeatState;

use super::*;
use crate::table::view;

/// Ibrahim got the word and waits for a decision.
fn waiting(names: &[&str], pattern: Pattern) -> Talk {
    let mut talk = Talk::at(table(names, pattern));
    talk.say("Go");
    talk.begin(&agent("Ibrahim"), Kind::Speak);
    let number = talk.floor.lane_of(&agent("Ibrahim")).unwrap().number;
    talk.floor.waits(number, true);
    talk
}

fn decided(talk: &mut Talk) {
    let number = talk.floor.lane_of(&agent("Ibrahim")).unwrap().number;
    talk.floor.waits(number, false);
}

#[test]
fn the_round_goes_on_and_ends_without_it_and_hears_it_late_and_once() {
    let mut talk = waiting(&["Ibrahim", "Wen", "Rosa"], Pattern::RoundRobin);
    assert_eq!(talk.next(), Next::Wait);
    talk.floor.set_aside(&agent("Ibrahim"));
    assert_eq!(talk.run(), ["Wen", "Rosa"]);
    assert_eq!(talk.next(), Next::Yours, "the round is over although nobody decided");
    let seen = view(&talk.floor, &talk.table, None, &[]);
    assert_eq!((seen.seats[0].state, seen.seats[0].aside), (SeatState::Waiting, true));

    talk.say("And now?");
    assert_eq!(talk.next(), Next::Speak(vec![agent("Wen")]), "who waits is not asked again");
    talk.begin(&agent("Wen"), Kind::Speak);
    decided(&mut talk);
    talk.spoke(&agent("Ibrahim"), "Late.");
    talk.spoke(&agent("Wen"), "Three.");
    assert_eq!(talk.next(), Next::Speak(vec![agent("Ibrahim")]), "his own turn of this round is still to come");
    let told = talk.begin(&agent("Ibrahim"), Kind::Speak);
    assert_eq!(told, "Wen: words 0\n\nRosa: words 1\n\nUser: And now?\n\nWen: Three.");
    talk.spoke(&agent("Ibrahim"), "Four.");
    let told = talk.begin(&agent("Rosa"), Kind::Speak);
    assert_eq!(told, "User: And now?\n\nIbrahim: Late.\n\nWen: Three.\n\nIbrahim: Four.");
}

#[test]
fn decided_within_its_round_it_is_waited_for_like_any_who_speaks_and_has_had_its_turn() {
    let mut talk = waiting(&["Ibrahim", "Wen"], Pattern::RoundRobin);
    talk.floor.set_aside(&agent("Ibrahim"));
    decided(&mut talk);
    assert_eq!(talk.next(), Next::Wait, "one speaks at a time");
    talk.spoke(&agent("Ibrahim"), "Late.");
    let seen = view(&talk.floor, &talk.table, None, &[]);
    assert_eq!((seen.seats[0].state, seen.seats[0].aside), (SeatState::Spoke, false));
    assert_eq!(talk.run(), ["Wen"]);
}

#[test]
fn a_table_where_all_wait_has_no_endless_rounds() {
    let mut talk = waiting(&["Ibrahim"], Pattern::RoundRobin);
    talk.table.guards.rounds = 9;
    talk.floor.set_aside(&agent("Ibrahim"));
    assert_eq!((talk.run(), talk.floor.round.number), (vec![], 1));
    assert_eq!(talk.next(), Next::Yours);
}

#[test]
fn a_lead_goes_on_without_it_is_told_so_and_cannot_call_it_again() {
    let lead = Pattern::Supervisor { lead: agent("Elena") };
    let mut talk = Talk::at(table(&["Elena", "Ibrahim", "Wen"], lead));
    talk.say("Go");
    talk.begin(&agent("Elena"), Kind::Speak);
    talk.spoke(&agent("Elena"), "Ask both.");
    talk.floor.call(&agent("Elena"), &[agent("Ibrahim"), agent("Wen")]);
    talk.begin(&agent("Ibrahim"), Kind::Speak);
    let number = talk.floor.lane_of(&agent("Ibrahim")).unwrap().number;
    talk.floor.waits(number, true);
    assert_eq!(talk.next(), Next::Wait);
    talk.floor.set_aside(&agent("Ibrahim"));
    assert_eq!(talk.next(), Next::Speak(vec![agent("Wen")]));
    talk.begin(&agent("Wen"), Kind::Speak);
    talk.spoke(&agent("Wen"), "Two.");
    assert_eq!(talk.next(), Next::Speak(vec![agent("Elena")]), "she does not wait for him");
    let told = talk.begin(&agent("Elena"), Kind::Speak);
    assert_eq!(told, "Wen: Two.\n\n[Ibrahim has not answered yet. Go on without.]");
    talk.spoke(&agent("Elena"), "Then him again.");
    talk.floor.call(&agent("Elena"), &[agent("Ibrahim")]);
    assert_eq!(talk.next(), Next::Yours, "nobody else was called: that was all");
    decided(&mut talk);
    talk.spoke(&agent("Ibrahim"), "Late.");
    assert_eq!(talk.next(), Next::Yours);
    talk.say("Well?");
    assert!(talk.begin(&agent("Elena"), Kind::Speak).starts_with("Ibrahim: Late.\n\nUser: Well?"));
}

#[test]
fn whoever_is_to_lead_pick_or_talk_ends_the_round_where_you_go_on_without_it() {
    let chief = || agent("Ibrahim");
    let patterns = [Pattern::Supervisor { lead: chief() }, Pattern::Sleeptime { talks: chief() }];
    for pattern in patterns {
        let mut talk = waiting(&["Ibrahim", "Wen"], pattern.clone());
        talk.table.every = 2;
        talk.floor.set_aside(&chief());
        assert_eq!(talk.next(), Next::Yours, "{pattern:?}");
        talk.say("And now?");
        assert!(matches!(talk.next(), Next::Yours), "{pattern:?}: it is not asked while it is at it");
        decided(&mut talk);
        talk.spoke(&chief(), "Late.");
        assert_eq!(talk.next(), Next::Speak(vec![chief()]), "{pattern:?}: what you said since is answered");
    }
    let mut talk = Talk::at(table(&["Ibrahim", "Wen"], Pattern::Dynamic { manager: chief() }));
    talk.say("Go");
    talk.begin(&chief(), Kind::Pick);
    talk.floor.waits(1, true);
    assert_eq!(talk.next(), Next::Wait);
    talk.floor.set_aside(&chief());
    assert_eq!(talk.next(), Next::Yours, "nobody else can pick");
}

#[test]
fn one_who_picks_is_not_offered_it_and_what_it_picks_all_the_same_is_unclear() {
    let mut talk = Talk::at(table(&["Elena", "Ibrahim", "Wen"], Pattern::Dynamic { manager: agent("Elena") }));
    talk.say("Go");
    talk.begin(&agent("Elena"), Kind::Pick);
    talk.spoke(&agent("Elena"), "Ibrahim");
    talk.floor.pick(&agent("Elena"), &agent("Ibrahim"), None);
    talk.begin(&agent("Ibrahim"), Kind::Speak);
    let number = talk.floor.lane_of(&agent("Ibrahim")).unwrap().number;
    talk.floor.waits(number, true);
    talk.floor.set_aside(&agent("Ibrahim"));
    assert_eq!(talk.next(), Next::Pick(agent("Elena")));
    let told = talk.begin(&agent("Elena"), Kind::Pick);
    assert!(told.contains("your reason in one sentence: Elena, Wen."), "{told}");
    talk.spoke(&agent("Elena"), "Ibrahim");
    talk.floor.pick(&agent("Elena"), &agent("Ibrahim"), None);
    assert_eq!((talk.next(), talk.floor.round.unclear), (Next::Pick(agent("Elena")), 1));
}

#[test]
fn named_by_you_it_is_waited_for_after_the_others_until_you_pass_it_over_again() {
    let mut talk = waiting(&["Ibrahim", "Wen"], Pattern::RoundRobin);
    talk.floor.set_aside(&agent("Ibrahim"));
    talk.say("@Ibrahim and @Wen?");
    assert_eq!(talk.run(), ["Wen"]);
    let lane = talk.floor.lane_of(&agent("Ibrahim")).unwrap().number;
    assert_eq!((talk.next(), talk.floor.waits_for(lane)), (Next::Wait, true));
    talk.floor.set_aside(&agent("Ibrahim"));
    assert_eq!((talk.next(), talk.floor.waits_for(lane)), (Next::Yours, false));
}

#[test]
fn how_it_stands_is_read_back_whole() {
    let mut talk = waiting(&["Ibrahim", "Wen"], Pattern::RoundRobin);
    talk.floor.set_aside(&agent("Ibrahim"));
    let saved = serde_json::to_string(&talk.floor).unwrap();
    assert_eq!(serde_json::from_str::<Floor>(&saved).unwrap(), talk.floor);
    assert_eq!(talk.run(), ["Wen"]);
}
