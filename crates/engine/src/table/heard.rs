//! What a member is told when it gets the word: what was said since its own last turn, each line under its speaker's name, once; and
//! what the table is for, when it does not know that yet. Pure.

use model::{AgentId, ImageId, Pattern, Seat, Table};

use super::{
    floor::Floor,
    turn::{Kind, Line, Who},
};

/// What the user is called.
const USER: &str = "User";
/// How a member says nothing (see `names::passes`).
const PASS: &str = "If you have nothing to add, answer with the one word: Pass.";

/// The words for one turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Telling {
    pub words: String,
    pub images: Vec<ImageId>,
    /// The brief, if it is told with them.
    pub brief: Option<String>,
}

/// What `agent` is told when it gets the word.
pub(crate) fn telling(floor: &Floor, table: &Table, agent: &AgentId, kind: Kind) -> Telling {
    let Some(party) = table.party(agent) else { return Telling::default() };
    let mut parts = Vec::new();
    let brief = brief(table, agent);
    let brief = (floor.briefed.get(agent) != Some(&brief)).then_some(brief);
    if let Some(brief) = &brief {
        let again = floor.briefed.contains_key(agent);
        parts.push(if again { format!("What holds at this table has changed.\n{brief}") } else { brief.clone() });
    }
    let (lines, lost) = floor.unheard_by(agent);
    if lost {
        parts.push("(Earlier words are left out.)".to_owned());
    }
    let mut images = Vec::new();
    // The user alone with this member: the words as they are.
    let plain = brief.is_none() && kind == Kind::Speak && lines.len() == 1 && lines[0].who == Who::You;
    for line in lines {
        parts.push(if plain { line.text.clone() } else { told(line) });
        if line.images.is_empty() {
            continue;
        }
        if party.sees {
            images.extend(line.images.iter().cloned());
        } else {
            parts.push(match line.images.len() {
                1 => "(There was an image with it, which you cannot see.)".to_owned(),
                images => format!("(There were {images} images with it, which you cannot see.)"),
            });
        }
    }
    if let Some(task) = task(floor, table, agent, kind) {
        parts.push(task);
    }
    if parts.is_empty() {
        parts.push("It is your turn.".to_owned());
    }
    Telling { words: parts.join("\n\n"), images, brief }
}

/// A line under its speaker's name.
fn told(line: &Line) -> String {
    match &line.who {
        Who::You => format!("{USER}: {}", line.text),
        Who::Member { name, .. } => format!("{name}: {}", line.text),
    }
}

/// What the table is, who sits at it, and what is expected of this member.
fn brief(table: &Table, agent: &AgentId) -> String {
    let others: Vec<&str> =
        table.seats.iter().filter(|seat| seat.agent != *agent).map(|seat| seat.name.as_str()).collect();
    let others = if others.is_empty() { "the user".to_owned() } else { format!("{} and the user", others.join(", ")) };
    let seat = table.seat(agent);
    let mut brief = match seat {
        Some(seat) => format!(
            "[You are {} at the table “{}”, with {others}. Words of others stand under their names. Answer in your own name \
             only, and do not write what others might say.",
            seat.name, table.name,
        ),
        None => format!("[You watch the table “{}”, where {others} talk, and pick who speaks next.", table.name),
    };
    if !table.brief.trim().is_empty() {
        brief.push_str("\nThe table's purpose and rules: ");
        brief.push_str(table.brief.trim());
    }
    match (&table.pattern, seat) {
        (Pattern::Supervisor { lead }, Some(_)) if lead == agent => {
            brief.push_str(
                "\nYou lead. To give others the word, end your answer with a line of its own: “Next: ” and their names, for \
                 example “Next: ",
            );
            let called: Vec<&str> =
                table.seats.iter().filter(|seat| seat.agent != *agent).map(|seat| seat.name.as_str()).take(2).collect();
            brief.push_str(&called.join(", "));
            brief.push_str(
                "”. You hear their answers, and then it is your turn again. Without such a line, your answer ends it.",
            );
        }
        (Pattern::Supervisor { .. } | Pattern::RoundRobin | Pattern::Dynamic { .. }, Some(_)) => {
            brief.push('\n');
            brief.push_str(PASS);
        }
        (Pattern::Sleeptime { talks }, Some(_)) if talks != agent => {
            brief.push_str(
                "\nYou work behind: what you answer is not read out. Keep in your memory what should be remembered.",
            );
        }
        (Pattern::Sleeptime { .. } | Pattern::CalledOn | Pattern::Other { .. }, Some(_)) | (_, None) => {}
    }
    brief.push(']');
    brief
}

/// What is asked of the one who picks or leads, beside listening.
fn task(floor: &Floor, table: &Table, agent: &AgentId, kind: Kind) -> Option<String> {
    match kind {
        Kind::Pick => {
            let names: Vec<&str> =
                table.seats.iter().filter(|seat| can_be_picked(floor, seat)).map(|seat| seat.name.as_str()).collect();
            let again = if floor.round.unclear > 0 { "Your last answer named nobody who sits here. " } else { "" };
            Some(format!(
                "[{again}Who should speak next? Answer with one of these names, then a colon and your reason in one sentence: {}. \
                 If all has been said, answer with the one word: Done.]",
                names.join(", ")
            ))
        }
        Kind::Behind => None,
        Kind::Speak => match &table.pattern {
            // In the same talk it is also asked to pick: it has to know which of the two is wanted.
            Pattern::Dynamic { manager } if manager == agent => Some("[You have the word now.]".to_owned()),
            Pattern::Supervisor { lead } if lead == agent => still_to_come(floor, table),
            Pattern::RoundRobin
            | Pattern::CalledOn
            | Pattern::Dynamic { .. }
            | Pattern::Supervisor { .. }
            | Pattern::Sleeptime { .. }
            | Pattern::Other { .. } => None,
        },
    }
}

fn can_be_picked(floor: &Floor, seat: &Seat) -> bool {
    !seat.muted && !floor.is_aside(&seat.agent)
}

/// Whom the one who leads is not to wait for: the user went on without them.
fn still_to_come(floor: &Floor, table: &Table) -> Option<String> {
    let aside = table.seats.iter().filter(|seat| floor.is_aside(&seat.agent));
    let names: Vec<&str> = aside.map(|seat| seat.name.as_str()).collect();
    let has = if names.len() == 1 { "has" } else { "have" };
    (!names.is_empty()).then(|| format!("[{} {has} not answered yet. Go on without.]", names.join(", ")))
}
