//! Which tables can be held.

use model::Pattern;

use super::*;
use crate::table::seated;

#[test]
fn a_table_needs_a_name_members_and_names_that_differ() {
    let good = table(&["Wen", "Rosa"], Pattern::RoundRobin);
    assert_eq!(seated(good.clone()), Ok(good.clone()));
    let refused = |change: &dyn Fn(&mut Table)| {
        let mut table = good.clone();
        change(&mut table);
        seated(table).unwrap_err()
    };
    assert_eq!(refused(&|table| table.name = "  ".to_owned()), "A table needs a name.");
    assert_eq!(refused(&|table| table.seats.clear()), "A table needs at least one agent.");
    assert_eq!(
        refused(&|table| table.seats[1].name = " wEN ".to_owned()),
        "Two members are called wEN. Give one of them another name at this table."
    );
    assert_eq!(refused(&|table| table.seats[1].agent = agent("Wen")), "Rosa already sits at this table.");
    assert_eq!(
        refused(&|table| table.seats[1].name = "Everyone".to_owned()),
        "At a table nobody can be called Everyone."
    );
    assert_eq!(
        refused(&|table| table.seats[1].name = "a@b".to_owned()),
        "The name a@b has a mark in it that names at a table cannot have (@ , : ;)."
    );
    assert_eq!(refused(&|table| table.guards.turns = 0), "Rounds and turns are numbers from 1 to 200.");
    assert_eq!(
        refused(&|table| table.pattern = Pattern::Supervisor { lead: agent("Marlow") }),
        "Choose which member leads."
    );
    assert_eq!(
        refused(&|table| table.pattern = Pattern::Dynamic { manager: agent("Marlow") }),
        "Choose which agent picks who speaks."
    );
}

#[test]
fn what_a_pattern_has_no_use_for_is_taken_out() {
    let mut table = table(&["Wen", "Rosa"], Pattern::RoundRobin);
    table.manager = Some(seat("Marlow"));
    assert_eq!(seated(table.clone()).unwrap().manager, None);
    table.pattern = Pattern::Dynamic { manager: agent("Marlow") };
    assert_eq!(seated(table).unwrap().manager, Some(seat("Marlow")));
}
