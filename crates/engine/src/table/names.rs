//! Names in what people and models write: whom you address, to whom a lead gives the word, whom a manager picks. Pure; only those
//! who sit at the table are ever found.

use model::{AgentId, Table};

/// Letters of a reason.
const LONGEST_WHY: usize = 200;

/// To whom a message is addressed: `@Name`s in their order, each once; `@everyone` is all. Names are found whole, in whatever case.
pub(crate) fn addressed(text: &str, table: &Table) -> Vec<AgentId> {
    let mut found: Vec<AgentId> = Vec::new();
    let mut before = None;
    for (at, letter) in text.char_indices() {
        // An address in a mail is none at a table.
        let free = before.is_none_or(|before: char| !before.is_alphanumeric());
        before = Some(letter);
        if letter != '@' || !free {
            continue;
        }
        let rest = &text[at + 1..];
        if starts_with(rest, "everyone").is_some() {
            let all = table.seats.iter().filter(|seat| !seat.muted).map(|seat| seat.agent.clone());
            found.extend(all.filter(|agent| !found.contains(agent)).collect::<Vec<_>>());
        } else if let Some((agent, _)) = at_start(rest, table)
            && !found.contains(&agent)
        {
            found.push(agent);
        }
    }
    found
}

/// To whom a lead gives the word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gives {
    /// In order, each once.
    pub to: Vec<AgentId>,
    /// Names that nobody here has.
    pub strangers: Vec<String>,
}

/// To whom a lead gives the word: the names of its last line that begins with `Next:`; without such a line, the `@Name`s in its answer.
/// Nobody (also `Next: nobody`, `none`, `done`, the user) means that it closes.
pub(crate) fn gives(text: &str, table: &Table, lead: &AgentId) -> Gives {
    let line = text.lines().rev().find_map(|line| {
        let line = bare(line);
        ["next speaker:", "next:"]
            .into_iter()
            .find_map(|word| starts_with(line, word).map(|rest| bare(rest).to_owned()))
    });
    let mut gives = Gives::default();
    match line {
        Some(names) => {
            for name in parts(&names) {
                let name = bare(name);
                match at_start(name, table) {
                    Some((agent, _)) if !gives.to.contains(&agent) => gives.to.push(agent),
                    Some(_) => {}
                    None if is_nobody(name) => {}
                    None => gives.strangers.push(name.chars().take(LONGEST_WHY).collect()),
                }
            }
        }
        None => gives.to = addressed(text, table),
    }
    gives.to.retain(|agent| agent != lead);
    gives
}

/// The names that a line gives the word to; none if it is no such line.
fn given_in(line: &str) -> Option<&str> {
    let line = bare(line);
    ["next speaker:", "next:"].into_iter().find_map(|word| starts_with(line, word)).map(bare)
}

/// A lead's answer without the line at its end that gives the word, which the table shows as its own.
pub(crate) fn without_giving(text: &str) -> &str {
    let text = text.trim_end();
    let (before, last) = text.rsplit_once('\n').unwrap_or(("", text));
    if given_in(last).is_some() { before.trim_end() } else { text }
}

/// Names in a list, however it is written: commas, "and", "then", semicolons, arrows.
fn parts(names: &str) -> impl Iterator<Item = &str> {
    names
        .split([',', ';', '&', '/', '→', '+'])
        .flat_map(|part| part.split(" and "))
        .flat_map(|part| part.split(" then "))
        .map(|part| bare(part).trim_start_matches("and ").trim_start_matches("then "))
        .filter(|part| !part.is_empty())
}

/// What a manager answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// One who sits here and may speak, and why.
    Member { agent: AgentId, why: Option<String> },
    /// All has been said.
    Done { why: Option<String> },
    /// Nobody who could speak.
    Unclear,
}

/// Whom a manager picks: the name its answer begins with, or the only name in it.
pub(crate) fn chosen(text: &str, table: &Table) -> Choice {
    let may_speak = |agent: &AgentId| table.seat(agent).is_some_and(|seat| !seat.muted);
    let text = bare(text);
    let text =
        ["next speaker:", "next:", "speaker:"].into_iter().find_map(|word| starts_with(text, word)).unwrap_or(text);
    let text = bare(text);
    if let Some((agent, rest)) = at_start(text, table) {
        return if may_speak(&agent) { Choice::Member { agent, why: why(rest) } } else { Choice::Unclear };
    }
    if let Some(rest) = ["done", "nobody", "no one", "none"].into_iter().find_map(|word| starts_with(text, word)) {
        return Choice::Done { why: why(rest) };
    }
    let mut named = table.seats.iter().filter(|seat| mentions(text, &seat.name));
    match (named.next(), named.next()) {
        (Some(seat), None) if !seat.muted => Choice::Member { agent: seat.agent.clone(), why: why(text) },
        _ => Choice::Unclear,
    }
}

/// Whether an answer says nothing: it is empty, or the one word for it.
pub(crate) fn passes(text: &str) -> bool {
    let word = bare(text).trim_end_matches(['.', '!']);
    word.is_empty() || word.eq_ignore_ascii_case("pass") || word.eq_ignore_ascii_case("i pass")
}

/// A reason, on one line.
fn why(text: &str) -> Option<String> {
    let why = text.trim_start_matches(|letter: char| !letter.is_alphanumeric() && letter != '“' && letter != '"');
    let mut line = why.split_whitespace().collect::<Vec<_>>().join(" ");
    line.truncate(line.trim_end_matches(['*', '_', '"']).len());
    if line.chars().count() > LONGEST_WHY {
        line = line.chars().take(LONGEST_WHY).chain(['…']).collect();
    }
    (!line.is_empty()).then_some(line)
}

/// The member whose name a text begins with, and what follows. The longest name that fits.
fn at_start<'a>(text: &'a str, table: &Table) -> Option<(AgentId, &'a str)> {
    let fits = table.seats.iter().filter_map(|seat| starts_with(text, &seat.name).map(|rest| (seat, rest)));
    fits.max_by_key(|(seat, _)| seat.name.chars().count()).map(|(seat, rest)| (seat.agent.clone(), rest))
}

/// What follows a word that a text begins with, in whatever case; none if it does not, or goes on as another word.
fn starts_with<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut rest = text.char_indices();
    for wanted in word.chars() {
        let (_, letter) = rest.next()?;
        if !letter.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    let rest = rest.as_str();
    let whole = !word.ends_with(char::is_alphanumeric) || !rest.starts_with(|next: char| next.is_alphanumeric());
    whole.then_some(rest)
}

/// Whether a name stands anywhere in a text, whole.
fn mentions(text: &str, name: &str) -> bool {
    let mut before = None;
    text.char_indices().any(|(at, letter)| {
        let free = before.is_none_or(|before: char| !before.is_alphanumeric());
        before = Some(letter);
        free && starts_with(&text[at..], name).is_some()
    })
}

/// Without the marks and quotes around it.
fn bare(text: &str) -> &str {
    text.trim_matches(|letter: char| {
        letter.is_whitespace()
            || matches!(letter, '*' | '_' | '`' | '"' | '“' | '”' | '>' | '#' | '@' | '[' | ']' | '.' | '-')
    })
}

fn is_nobody(name: &str) -> bool {
    ["nobody", "no one", "none", "done", "user", "the user", "you", "end"]
        .iter()
        .any(|word| name.eq_ignore_ascii_case(word))
}
