//! Names in what people and models write.

use model::Pattern;

use super::*;
use crate::table::names::{Choice, Gives, addressed, chosen, gives, passes, without_giving};

fn desk() -> Table {
    table(&["Elena", "Tomás", "Wen", "Wen Li"], Pattern::RoundRobin)
}

fn ids(names: &[&str]) -> Vec<AgentId> {
    names.iter().map(|name| agent(name)).collect()
}

#[test]
fn you_address_members_by_at_and_their_name() {
    let table = desk();
    for (text, named) in [
        ("@Wen and @elena!", &["Wen", "Elena"][..]),
        ("@Wen Li, then @Wen", &["Wen Li", "Wen"]),
        ("@tomás: @Tomás?", &["Tomás"]),
        ("@everyone", &["Elena", "Tomás", "Wen", "Wen Li"]),
        ("write to me@wen.example", &[]),
        ("@Wendy @Marlow @", &[]),
        ("no one", &[]),
    ] {
        assert_eq!(addressed(text, &table), ids(named), "{text}");
    }
}

#[test]
fn a_lead_gives_the_word_in_any_likely_shape() {
    let table = desk();
    for (text, to) in [
        ("Read them.\n\nNext: Tomás, Wen", &["Tomás", "Wen"][..]),
        ("**Next:** Tomás and Wen Li.", &["Tomás", "Wen Li"]),
        ("next: @Wen, then @Tomás", &["Wen", "Tomás"]),
        ("> Next: “Wen”", &["Wen"]),
        ("@Tomás, read. @Wen, check.", &["Tomás", "Wen"]),
        ("Next: nobody", &[]),
        ("Next: the user", &[]),
        ("We are done, Tomás.", &[]),
        ("Next: Elena", &[]),
        ("Next: Wen, Wen", &["Wen"]),
    ] {
        assert_eq!(gives(text, &table, &agent("Elena")), Gives { to: ids(to), strangers: vec![] }, "{text}");
    }
    let gives = gives("Next: Marlow, Wen", &table, &agent("Elena"));
    assert_eq!(gives, Gives { to: ids(&["Wen"]), strangers: vec!["Marlow".to_owned()] });
}

#[test]
fn the_line_that_gives_the_word_is_taken_from_the_end_only() {
    assert_eq!(without_giving("Read them.\n\nNext: Wen"), "Read them.");
    assert_eq!(without_giving("Next: Wen\nand more"), "Next: Wen\nand more");
    assert_eq!(without_giving("**Next:** Wen, Tomás\n"), "");
    assert_eq!(without_giving("The next: of kin.\nYes."), "The next: of kin.\nYes.");
}

#[test]
fn a_manager_names_a_member_or_ends_it_or_is_unclear() {
    let mut table = desk();
    table.seats[1].muted = true;
    let member = |name: &str, why: Option<&str>| Choice::Member { agent: agent(name), why: why.map(str::to_owned) };
    for (text, choice) in [
        ("Wen", member("Wen", None)),
        ("Wen Li: She knows the archive.", member("Wen Li", Some("She knows the archive"))),
        ("**Elena** – it is her page", member("Elena", Some("it is her page"))),
        ("Next: wen", member("Wen", None)),
        ("I think Elena should answer", member("Elena", Some("I think Elena should answer"))),
        ("Done", Choice::Done { why: None }),
        ("Done: all agree", Choice::Done { why: Some("all agree".to_owned()) }),
        ("Tomás", Choice::Unclear),
        ("Elena or Wen, whoever likes", member("Elena", Some("or Wen, whoever likes"))),
        ("Either Elena or Wen", Choice::Unclear),
        ("Marlow", Choice::Unclear),
        ("", Choice::Unclear),
    ] {
        assert_eq!(chosen(text, &table), choice, "{text}");
    }
}

#[test]
fn passing_is_one_word_or_none() {
    for text in ["", "  ", "Pass", "pass.", "*Pass*", "I pass."] {
        assert!(passes(text), "{text}");
    }
    assert!(!passes("Pass me the salt"));
}
