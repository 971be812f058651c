//! Whether a table can be held as it was set, and if not, why, in the user's words. Pure.

use std::collections::HashSet;

use model::{AgentId, Guards, Pattern, Seat, Table};

/// The table as it is kept: names and brief trimmed, what has no use taken out.
///
/// # Errors
/// Why it cannot be held so, in the user's words.
pub(crate) fn seated(mut table: Table) -> Result<Table, String> {
    table.name = words(&table.name);
    table.brief = table.brief.trim().to_owned();
    if table.name.is_empty() {
        return Err("A table needs a name.".to_owned());
    }
    if table.name.chars().count() > Table::LONGEST_NAME {
        return Err(format!("A name has at most {} letters.", Table::LONGEST_NAME));
    }
    if table.brief.chars().count() > Table::LONGEST_BRIEF {
        return Err(format!("The brief has at most {} letters.", Table::LONGEST_BRIEF));
    }
    if table.seats.is_empty() {
        return Err("A table needs at least one agent.".to_owned());
    }
    if table.seats.len() > Table::MOST_SEATS {
        return Err(format!("Up to {} agents sit at one table.", Table::MOST_SEATS));
    }
    names(&mut table)?;
    pattern(&mut table)?;
    let Guards { rounds, turns, tokens, minutes } = &table.guards;
    if !(1..=Guards::MOST).contains(rounds) || !(1..=Guards::MOST).contains(turns) {
        return Err(format!("Rounds and turns are numbers from 1 to {}.", Guards::MOST));
    }
    if *tokens == Some(0) || *minutes == Some(0) {
        return Err("A limit of 0 would let nobody speak. Leave it empty for none.".to_owned());
    }
    if table.every == 0 {
        table.every = 1;
    }
    Ok(table)
}

fn names(table: &mut Table) -> Result<(), String> {
    let (mut taken, mut agents) = (HashSet::new(), HashSet::new());
    let manager = table.manager.as_mut();
    for (sits, seat) in
        table.seats.iter_mut().map(|seat| (true, seat)).chain(manager.into_iter().map(|manager| (false, manager)))
    {
        seat.name = words(&seat.name);
        if seat.name.is_empty() || !seat.name.contains(char::is_alphanumeric) {
            return Err("Every member needs a name.".to_owned());
        }
        if seat.name.chars().count() > Table::LONGEST_NAME {
            return Err(format!("A name has at most {} letters.", Table::LONGEST_NAME));
        }
        if seat.name.contains(['@', ',', ':', ';', '\u{201d}', '\u{201c}']) {
            return Err(format!(
                "The name {} has a mark in it that names at a table cannot have (@ , : ;).",
                seat.name
            ));
        }
        if !sits {
            continue;
        }
        let lower = seat.name.to_lowercase();
        if ["user", "you", "everyone", "nobody", "done", "pass"].contains(&lower.as_str()) {
            return Err(format!("At a table nobody can be called {}.", seat.name));
        }
        if !agents.insert(seat.agent.clone()) {
            return Err(format!("{} already sits at this table.", seat.name));
        }
        if !taken.insert(lower) {
            return Err(format!("Two members are called {}. Give one of them another name at this table.", seat.name));
        }
    }
    Ok(())
}

fn pattern(table: &mut Table) -> Result<(), String> {
    match &table.pattern {
        Pattern::RoundRobin | Pattern::CalledOn => table.manager = None,
        Pattern::Supervisor { lead } => {
            let lead = seat(table, lead).ok_or("Choose which member leads.")?;
            if lead.muted {
                return Err(format!("{} leads and cannot be muted.", lead.name));
            }
            table.manager = None;
        }
        Pattern::Sleeptime { talks } => {
            let talks = seat(table, talks).ok_or("Choose which member talks.")?;
            if talks.muted {
                return Err(format!("{} talks and cannot be muted.", talks.name));
            }
            table.manager = None;
        }
        Pattern::Dynamic { manager } => {
            let sits = seat(table, manager).is_some();
            if !sits && table.manager.as_ref().is_none_or(|seat| seat.agent != *manager) {
                return Err("Choose which agent picks who speaks.".to_owned());
            }
            if sits {
                table.manager = None;
            }
        }
        Pattern::Other { word } => return Err(format!("Tertulia cannot lead a table in the pattern {word}.")),
    }
    Ok(())
}

fn seat<'a>(table: &'a Table, agent: &AgentId) -> Option<&'a Seat> {
    table.seats.iter().find(|seat| seat.agent == *agent)
}

/// On one line.
fn words(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}
