//! Each pattern as it goes by itself, and what bounds it.

use model::{Pattern, Reached};

use super::*;

#[test]
fn in_turn_all_speak_once_a_round() {
    let mut table = table(&["Wen", "Rosa", "Elena"], Pattern::RoundRobin);
    table.guards.rounds = 2;
    let mut talk = Talk::at(table);
    assert_eq!(talk.next(), Next::Yours, "nobody speaks before you");
    talk.say("Begin");
    assert_eq!(talk.run(), ["Wen", "Rosa", "Elena", "Wen", "Rosa", "Elena"]);
    assert_eq!(talk.next(), Next::Yours);
    assert_eq!(talk.floor.round.number, 2);
}

#[test]
fn those_you_name_speak_in_that_order_and_nobody_else() {
    for pattern in [Pattern::RoundRobin, Pattern::CalledOn, Pattern::Supervisor { lead: agent("Wen") }] {
        let mut talk = Talk::at(table(&["Wen", "Rosa", "Elena"], pattern));
        talk.say("@Elena and @rosa, what do you think?");
        assert_eq!(talk.run(), ["Elena", "Rosa"]);
        assert_eq!(talk.next(), Next::Yours);
    }
}

#[test]
fn called_on_means_that_nobody_speaks_by_itself() {
    let mut talk = Talk::at(table(&["Wen", "Rosa"], Pattern::CalledOn));
    talk.say("I only think aloud");
    assert_eq!(talk.next(), Next::Yours);
    talk.floor.give(&[agent("Rosa")], 0);
    assert_eq!(talk.run(), ["Rosa"]);
    talk.say("@everyone go");
    assert_eq!(talk.run(), ["Wen", "Rosa"]);
}

#[test]
fn a_muted_member_speaks_only_when_it_is_called() {
    let mut table = table(&["Wen", "Rosa"], Pattern::RoundRobin);
    table.seats[0].muted = true;
    let mut talk = Talk::at(table);
    talk.say("Go");
    assert_eq!(talk.run(), ["Rosa"]);
    talk.say("@Wen?");
    assert_eq!(talk.run(), ["Wen"]);
}

#[test]
fn a_lead_speaks_first_calls_hears_and_closes() {
    let mut talk = Talk::at(table(&["Elena", "Tomás", "Bruna"], Pattern::Supervisor { lead: agent("Elena") }));
    talk.say("Pick three letters");
    assert_eq!(talk.next(), Next::Speak(vec![agent("Elena")]));
    talk.begin(&agent("Elena"), Kind::Speak);
    assert_eq!(talk.next(), Next::Wait);
    talk.spoke(&agent("Elena"), "Read them.");
    talk.floor.call(&agent("Elena"), &[agent("Tomás"), agent("Bruna")]);
    assert_eq!(talk.next(), Next::Speak(vec![agent("Tomás")]));
    talk.begin(&agent("Tomás"), Kind::Speak);
    talk.spoke(&agent("Tomás"), "Three fit.");
    let told = talk.begin(&agent("Bruna"), Kind::Speak);
    assert!(told.ends_with("User: Pick three letters\n\nElena: Read them.\n\nTomás: Three fit."), "{told}");
    talk.spoke(&agent("Bruna"), "Once, in issue 9.");
    assert_eq!(talk.next(), Next::Speak(vec![agent("Elena")]));
    let told = talk.begin(&agent("Elena"), Kind::Speak);
    assert_eq!(told, "Tomás: Three fit.\n\nBruna: Once, in issue 9.");
    talk.spoke(&agent("Elena"), "Then we lead with her.");
    talk.floor.close();
    assert_eq!(talk.next(), Next::Yours);
}

#[test]
fn those_a_lead_calls_may_answer_side_by_side_and_hear_each_other_later() {
    let mut table = table(&["Elena", "Tomás", "Bruna"], Pattern::Supervisor { lead: agent("Elena") });
    table.side_by_side = true;
    let mut talk = Talk::at(table);
    talk.say("Go");
    talk.begin(&agent("Elena"), Kind::Speak);
    talk.spoke(&agent("Elena"), "Both of you.");
    talk.floor.call(&agent("Elena"), &[agent("Tomás"), agent("Bruna")]);
    assert_eq!(talk.next(), Next::Speak(vec![agent("Tomás"), agent("Bruna")]));
    talk.begin(&agent("Tomás"), Kind::Speak);
    talk.begin(&agent("Bruna"), Kind::Speak);
    talk.spoke(&agent("Bruna"), "B.");
    assert_eq!(talk.next(), Next::Wait, "the lead hears both");
    talk.spoke(&agent("Tomás"), "T.");
    talk.begin(&agent("Elena"), Kind::Speak);
    talk.spoke(&agent("Elena"), "Again, both.");
    talk.floor.call(&agent("Elena"), &[agent("Tomás"), agent("Bruna")]);
    assert_eq!(talk.begin(&agent("Tomás"), Kind::Speak), "Bruna: B.\n\nElena: Again, both.");
    assert_eq!(talk.begin(&agent("Bruna"), Kind::Speak), "Tomás: T.\n\nElena: Again, both.");
}

#[test]
fn a_manager_is_asked_before_each_turn_and_twice_at_most() {
    let mut table = table(&["Wen", "Rosa"], Pattern::Dynamic { manager: agent("Marlow") });
    table.manager = Some(seat("Marlow"));
    let mut talk = Talk::at(table);
    talk.say("Go");
    assert_eq!(talk.next(), Next::Pick(agent("Marlow")));
    let told = talk.begin(&agent("Marlow"), Kind::Pick);
    assert!(
        told.ends_with(
            "a colon and your reason in one sentence: Wen, Rosa. If all has been said, answer with the one word: Done.]"
        ),
        "{told}"
    );
    talk.spoke(&agent("Marlow"), "Rosa");
    talk.floor.pick(&agent("Marlow"), &agent("Rosa"), None);
    assert_eq!(talk.next(), Next::Speak(vec![agent("Rosa")]));
    talk.begin(&agent("Rosa"), Kind::Speak);
    talk.spoke(&agent("Rosa"), "R.");
    for _ in 0..2 {
        assert_eq!(talk.next(), Next::Pick(agent("Marlow")));
        talk.begin(&agent("Marlow"), Kind::Pick);
        talk.spoke(&agent("Marlow"), "Hm.");
        talk.floor.unclear();
    }
    assert_eq!(talk.next(), Next::Speak(vec![agent("Wen")]), "after two tries the next in order");
    talk.begin(&agent("Wen"), Kind::Speak);
    talk.spoke(&agent("Wen"), "W.");
    assert_eq!(talk.next(), Next::Pick(agent("Marlow")));
    talk.begin(&agent("Marlow"), Kind::Pick);
    talk.spoke(&agent("Marlow"), "Done");
    talk.floor.close();
    assert_eq!(talk.next(), Next::Yours);
}

#[test]
fn one_talks_and_the_others_work_behind_every_second_message() {
    let mut table = table(&["Wen", "Bruna"], Pattern::Sleeptime { talks: agent("Wen") });
    table.every = 2;
    let mut talk = Talk::at(table);
    talk.say("One");
    assert_eq!(talk.run(), ["Wen"]);
    assert_eq!(talk.next(), Next::Yours);
    talk.say("Two");
    assert_eq!(talk.run(), ["Wen"]);
    assert_eq!(talk.next(), Next::Behind(vec![agent("Bruna")]));
    let told = talk.begin(&agent("Bruna"), Kind::Behind);
    assert!(told.ends_with("User: One\n\nWen: words 0\n\nUser: Two\n\nWen: words 0"), "{told}");
    assert_eq!(talk.next(), Next::Yours, "who works behind is not waited for");
}

#[test]
fn a_guard_halts_and_going_on_counts_anew() {
    let mut table = table(&["Wen", "Rosa"], Pattern::RoundRobin);
    table.guards.rounds = 100;
    table.guards.turns = 3;
    let mut talk = Talk::at(table);
    talk.say("Go");
    assert_eq!(talk.run().len(), 3);
    assert_eq!(talk.next(), Next::Guard(Reached::Turns { turns: 3 }));
    talk.floor.halt(Reached::Turns { turns: 3 });
    assert_eq!(talk.next(), Next::Yours);
    talk.floor.go_on(0);
    assert_eq!(talk.run(), ["Rosa", "Wen", "Rosa"]);
}

#[test]
fn tokens_and_time_are_guards_too() {
    let mut table = table(&["Wen", "Rosa"], Pattern::RoundRobin);
    table.guards.rounds = 100;
    table.guards.tokens = Some(1_000);
    table.guards.minutes = Some(2);
    let mut talk = Talk::at(table);
    talk.say("Go");
    talk.now = 119_999;
    assert_eq!(talk.next(), Next::Speak(vec![agent("Wen")]));
    talk.now = 120_000;
    assert_eq!(talk.next(), Next::Guard(Reached::Time { minutes: 2 }));
    talk.now = 0;
    talk.floor.used(&agent("Wen"), 990, 10);
    assert_eq!(talk.next(), Next::Guard(Reached::Tokens { tokens: 1_000 }));
}

#[test]
fn the_same_exchange_twice_halts_and_so_does_silence() {
    let mut table = table(&["Wen", "Rosa"], Pattern::RoundRobin);
    table.guards.rounds = 100;
    let mut talk = Talk::at(table.clone());
    talk.say("Go");
    for text in ["Thank you!", "You're welcome", "thank you", "You’re welcome."] {
        let Next::Speak(agents) = talk.next_turn() else { panic!("{:?}", talk.next()) };
        talk.begin(&agents[0], Kind::Speak);
        talk.spoke(&agents[0], text);
    }
    assert_eq!(talk.next(), Next::Guard(Reached::Repeats));

    let mut talk = Talk::at(table);
    talk.say("Go");
    for _ in 0..2 {
        let Next::Speak(agents) = talk.next_turn() else { panic!("{:?}", talk.next()) };
        talk.begin(&agents[0], Kind::Speak);
        talk.end(&agents[0], Outcome::Passed);
    }
    assert_eq!(talk.next(), Next::Guard(Reached::AllPass));
}

#[test]
fn a_failed_turn_halts_until_it_is_tried_again_or_skipped() {
    let mut talk = Talk::at(table(&["Wen", "Rosa"], Pattern::RoundRobin));
    talk.say("Go");
    let told = talk.begin(&agent("Wen"), Kind::Speak);
    talk.end(&agent("Wen"), Outcome::Failed { delivered: false });
    assert_eq!(talk.next(), Next::Yours);
    let lane = talk.floor.resume().unwrap();
    assert_eq!(lane.words, told, "the same words");
    assert_eq!(talk.next(), Next::Wait);
    talk.end(&agent("Wen"), Outcome::Failed { delivered: false });
    assert!(talk.floor.skip_failed(&agent("Wen")));
    assert_eq!(talk.run(), ["Rosa"]);
    talk.say("Again");
    let told = talk.begin(&agent("Wen"), Kind::Speak);
    assert!(told.ends_with("User: Go\n\nRosa: words 0\n\nUser: Again"), "what never arrived is told again: {told}");
}

#[test]
fn while_one_waits_for_you_the_others_go_on_if_the_table_is_set_so() {
    let mut table = table(&["Wen", "Rosa"], Pattern::RoundRobin);
    let mut talk = Talk::at(table.clone());
    talk.say("Go");
    talk.begin(&agent("Wen"), Kind::Speak);
    talk.floor.waits(1, true);
    assert_eq!(talk.next(), Next::Wait);
    table.around_waiting = true;
    talk.table = table;
    assert_eq!(talk.next(), Next::Speak(vec![agent("Rosa")]));
    talk.begin(&agent("Rosa"), Kind::Speak);
    talk.spoke(&agent("Rosa"), "R.");
    assert_eq!(talk.next(), Next::Wait, "the round is not over before it has spoken");
    talk.floor.waits(1, false);
    talk.spoke(&agent("Wen"), "W.");
    assert_eq!(talk.next(), Next::Yours);
}

impl Talk {
    /// What is next, past the beginning of a round.
    fn next_turn(&mut self) -> Next {
        if self.next() == Next::NewRound {
            self.floor.next_round();
        }
        self.next()
    }
}
