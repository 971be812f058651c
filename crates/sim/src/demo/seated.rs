//! The four at a table that the app leads: they are told by words alone who said what, as any model would be, and answer to that. The
//! tables themselves are `tables`; who speaks when is the app's.

use std::time::Duration;

use model::{Pattern, Seat, Table};
use serde_json::json;

use super::{
    Ask, PEOPLE, elena, first_words, ibrahim, rosa,
    topic::{Topic, Topics},
    wen,
};
use crate::{Call, Step, mind::Scene};

/// The tables that the demo begins with, the first one first. The server knows nothing of them. Agents are named instead of given by
/// their ids.
pub fn tables() -> Vec<Table> {
    let all = ["Ibrahim", "Wen", "Rosa", "Elena"];
    let brief = "We make the autumn issue of a small magazine: 96 pages, cork. It is printed on the 14th.";
    let mut autumn = table(AUTUMN, brief, &all, Pattern::RoundRobin);
    autumn.guards.rounds = 2;
    let letters = "Letters go out from here: to printers, archives and readers.";
    let lead = Pattern::Supervisor { lead: "Elena".into() };
    let cover =
        table("Cover meeting", "What stands on the cover.", &all[..3], Pattern::Dynamic { manager: "Elena".into() });
    let notes = "What should not be forgotten by morning.";
    vec![
        autumn,
        table("Letters desk", letters, &["Elena", "Ibrahim", "Wen", "Rosa"], lead),
        Table { manager: Some(seat("Elena")), ..cover },
        table("In the corridor", "", &all, Pattern::CalledOn),
        table("Night notes", notes, &["Wen", "Elena"], Pattern::Sleeptime { talks: "Wen".into() }),
    ]
}

fn table(name: &str, brief: &str, members: &[&str], pattern: Pattern) -> Table {
    Table { brief: brief.to_owned(), ..Table::new(name, members.iter().map(|name| seat(name)).collect(), pattern) }
}

fn seat(name: &str) -> Seat {
    Seat::new("".into(), name.into(), name)
}

const AUTUMN: &str = "Autumn issue";

/// What one of the four says, if the talk is one at a table: if a brief was ever told in it.
pub(crate) fn said(scene: &Scene, text: &str, pictures: usize) -> Option<Vec<Step>> {
    let all = || scene.earlier.iter().map(String::as_str).chain([text]);
    let brief = all().filter_map(|text| parted(text).0).next_back()?;
    let now = parted(text).1;
    if now.contains("Who should speak next?") {
        return Some(vec![Step::text(picked(now))]);
    }
    let user = users(now);
    let asked = user.or_else(|| scene.earlier.iter().rev().find_map(|text| users(parted(text).1))).unwrap_or_default();
    let messages = all().filter(|text| users(parted(text).1).is_some()).count();
    let ask = Ask { topics: Topics::of(asked), before: messages.saturating_sub(1), pictures };
    if brief.contains("You work behind") {
        return Some(behind(asked));
    }
    let steps = if brief.contains("You lead.") {
        led(&ask, user.is_some())
    } else if brief.contains(&format!("at the table “{AUTUMN}”")) {
        in_turn(scene.agent, &ask, user.is_some(), now)
    } else {
        alone(scene.agent, &ask)
    };
    let first =
        scene.earlier.is_empty() && now.starts_with("User: ") && !PEOPLE.iter().any(|(name, _)| says(now, name));
    Some(if first { first_words(NOTICE, steps) } else { steps })
}

const NOTICE: &str = "This table is a demo: the four of us answer from a script, there is no model behind us.";

/// The brief at the beginning of a message, and what follows it.
fn parted(text: &str) -> (Option<&str>, &str) {
    let at = ["[You are ", "[You watch "].into_iter().find_map(|begin| text.find(begin));
    match at.and_then(|at| Some((at, at + text[at..].find(']')?))) {
        // Only what leads: the same words may be quoted later.
        Some((at, end)) if at == 0 || text.starts_with("What holds at this table") => {
            (Some(&text[at..end]), text[end + 1..].trim_start())
        }
        Some(_) | None => (None, text),
    }
}

/// The user's last words in what is told; all of it where nobody is named.
fn users(told: &str) -> Option<&str> {
    let line = told.rmatch_indices("User: ").find(|(at, _)| *at == 0 || told[..*at].ends_with("\n\n"));
    match line {
        Some((at, begin)) => {
            let words = &told[at + begin.len()..];
            Some(words.split("\n\n").next().unwrap_or(words))
        }
        None if told.is_empty() || PEOPLE.iter().any(|(name, _)| says(told, name)) || told.starts_with('[') => None,
        None => Some(told),
    }
}

/// Whether somebody says something in what is told.
fn says(told: &str, name: &str) -> bool {
    let line = format!("{name}: ");
    told.starts_with(&line) || told.contains(&format!("\n\n{line}"))
}

fn alone(agent: &str, ask: &Ask) -> Vec<Step> {
    match agent {
        "Ibrahim" => ibrahim::alone(ask),
        "Wen" => wen::alone(ask),
        "Rosa" => rosa::alone(ask),
        _ => elena::alone(ask),
    }
}

/// The first round is short; the second is worked out where there is something to work on.
fn in_turn(agent: &str, ask: &Ask, first: bool, told: &str) -> Vec<Step> {
    let worked = ask.before == 0 || ask.topics.first_of(&[Topic::Costs, Topic::Figures, Topic::Both]).is_some();
    let round = usize::from(!first);
    if round == 1 && !worked {
        return vec![Step::text(closing(agent, ask))];
    }
    match agent {
        "Ibrahim" => ibrahim::at_table(ask, round),
        "Wen" => wen::at_table(ask, round),
        "Rosa" => rosa::at_table(ask, round),
        _ => {
            let sent = told.contains("It is out.").then_some(true).or(told.contains("Not sent.").then_some(false));
            elena::at_table(ask, round, sent)
        }
    }
}

fn closing(agent: &str, ask: &Ask) -> &'static str {
    match agent {
        "Ibrahim" => {
            ask.pick(["Then I write that down.", "I ask around and bring it on Thursday.", "Nothing more from me."])
        }
        "Wen" => ask.pick([
            "No number, no objection.",
            "I would still want a date with it.",
            "It stands, as far as it goes.",
        ]),
        "Rosa" => ask.pick([
            "It fits, if it stays this short.",
            "I keep a quarter page free.",
            "Then I leave the grid alone.",
        ]),
        _ => ask.pick(["Good. Then we leave it at that.", "Decided. Next.", "Write it on the wall and go home."]),
    }
}

/// Elena gives the word, or closes.
fn led(ask: &Ask, opens: bool) -> Vec<Step> {
    if !opens {
        return vec![
            Step::reasoning("They have answered. Say what follows from it, and end it."),
            Step::text(ask.pick([
                "Thank you. The letter goes as it stands, and Wen keeps the copy.",
                "Then it is settled. Ibrahim writes, Rosa waits.",
                "Good. Nothing more for today.",
            ])),
        ];
    }
    let words = match ask.topics.first_of(&[
        Topic::Thanks,
        Topic::Both,
        Topic::Costs,
        Topic::Figures,
        Topic::Layout,
        Topic::Code,
    ]) {
        Some(Topic::Thanks) => "Good. Back to work, then.",
        Some(Topic::Both | Topic::Costs) => {
            "Ibrahim, ask the printer. Wen, hold it against spring.\n\nNext: Ibrahim, Wen"
        }
        Some(Topic::Figures) => "Wen, do they hold? Rosa, does it still fit?\n\nNext: Wen, Rosa",
        Some(Topic::Layout | Topic::Code) => "Rosa, show us.\n\nNext: Rosa",
        Some(_) | None => "Ibrahim, who would know? Wen, would we print it?\n\nNext: Ibrahim, Wen",
    };
    vec![Step::reasoning("Who has something to say to that? Ask them, in that order."), Step::text(words)]
}

/// Whom Elena picks, by who spoke last.
fn picked(told: &str) -> &'static str {
    let last = PEOPLE.iter().filter_map(|(name, _)| Some((last_line(told, name)?, *name))).max();
    let topics = users(told).map(Topics::of);
    match (last, topics) {
        (Some((_, "Ibrahim")), _) => "Wen: she checks what he found.",
        (Some((_, "Wen")), _) => "Rosa: she has to make it fit.",
        (Some((_, "Rosa")), _) => "Done: the cover has its picture.",
        (Some(_) | None, Some(topics)) => {
            match topics.first_of(&[Topic::Figures, Topic::Layout, Topic::Code, Topic::Proof]) {
                Some(Topic::Figures) => "Wen: it is about figures.",
                Some(_) => "Rosa: it is about the page.",
                None => "Ibrahim: he knows whom to ask.",
            }
        }
        (Some(_) | None, None) => "Ibrahim: he knows whom to ask.",
    }
}

fn last_line(told: &str, name: &str) -> Option<usize> {
    let line = format!("{name}: ");
    told.rmatch_indices(&line).map(|(at, _)| at).find(|at| *at == 0 || told[..*at].ends_with("\n\n"))
}

/// Elena keeps a note while Wen talks.
fn behind(asked: &str) -> Vec<Step> {
    let note: String = asked.chars().take(120).collect();
    let arguments = json!({ "label": "notes", "content": format!("They asked: {note}") }).to_string();
    vec![
        Step::Call(Call::new("core_memory_append", arguments, "Noted.").takes(Duration::from_millis(600))),
        Step::text("I noted it."),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mind::Heard;

    fn words(agent: &str, earlier: &[String], text: &str) -> Option<String> {
        let scene = Scene { agent, heard: Heard::Words(text, 0), before: earlier.len(), earlier };
        let steps = said(&scene, text, 0)?;
        let text = |step: &Step| match step {
            Step::Text(text) => Some(text.clone()),
            _ => None,
        };
        Some(steps.iter().filter_map(text).collect())
    }

    #[test]
    fn only_a_talk_that_was_told_a_brief_is_one_at_a_table() {
        assert_eq!(words("Wen", &[], "User: do they hold?"), None);
        let first =
            words("Wen", &[], "[You are Wen at the table “In the corridor”, with the user.]\n\nUser: do they hold?");
        assert!(first.is_some_and(|text| text.starts_with("This table is a demo") && text.contains("| Claim |")));
    }

    #[test]
    fn a_lead_opens_with_names_and_closes_without() {
        let brief =
            "[You are Elena at the table “Letters desk”, with Wen and the user.\nYou lead. To give…]".to_owned();
        let opens = words("Elena", &[], &format!("{brief}\n\nUser: What does it cost?")).unwrap();
        assert!(opens.ends_with("Next: Ibrahim, Wen"), "{opens}");
        let closes =
            words("Elena", &[format!("{brief}\n\nUser: What does it cost?")], "Ibrahim: It is out.\n\nWen: Good.")
                .unwrap();
        assert!(!closes.contains("Next:"), "{closes}");
    }

    #[test]
    fn who_picks_goes_round_and_ends_it() {
        let ask = "\n\n[Who should speak next? Answer with one of these names: Ibrahim, Wen, Rosa.]";
        let brief = "[You watch the table “Cover meeting”, where they talk.]\n\n";
        assert!(words("Elena", &[], &format!("{brief}User: the cover{ask}")).unwrap().starts_with("Rosa"));
        let earlier = [format!("{brief}User: hello{ask}")];
        assert!(words("Elena", &earlier, &format!("Ibrahim: Hm.{ask}")).unwrap().starts_with("Wen"));
        assert!(words("Elena", &earlier, &format!("Rosa: Yes.{ask}")).unwrap().starts_with("Done"));
    }

    #[test]
    fn the_second_round_asks_for_the_letter_and_elena_knows_whether_it_is_out() {
        let brief = "[You are Ibrahim at the table “Autumn issue”, with Wen.]\n\n";
        let scene_text = "Wen: Hm.";
        let earlier = [format!("{brief}User: What do 96 pages cost?")];
        let scene = Scene { agent: "Ibrahim", heard: Heard::Words(scene_text, 0), before: 1, earlier: &earlier };
        let steps = said(&scene, scene_text, 0).unwrap();
        assert!(steps.iter().any(|step| matches!(step, Step::Ask(call) if call.arguments.contains("graficadouro"))));
        let earlier = [earlier[0].replace("Ibrahim", "Elena")];
        let closes = words("Elena", &earlier, "Ibrahim: It is out. They answer within a day.").unwrap();
        assert!(closes.contains("the letter to the printer is out"), "{closes}");
    }
}
