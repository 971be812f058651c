//! The log of decisions as a file: for reading, for programs, for tables. What stands in it was written by models: it stays what it
//! is, and acts nowhere. Where it is written is the user's choice.

use std::fmt::Write as _;

use model::{Code, Delivery, ExportFormat, Failure, LogLine, ProfileId, Ruling};
use serde_json::json;

use super::log::unread;
use crate::{
    house::House,
    store::{LogQuestion, is_hidden},
};

/// Lines read at once.
const AT_ONCE: u32 = 500;

/// Writes all of a server's log where the user wants it. False: the user thought better of it.
pub(crate) async fn to_file(house: &House, profile: &ProfileId, format: ExportFormat) -> Result<bool, Failure> {
    let lines = all(house, profile).await?;
    let server = house.profiles.get(profile).map(|profile| profile.name).unwrap_or_default();
    let (ending, text) = match format {
        ExportFormat::Markdown => ("md", markdown(&server, &lines)),
        ExportFormat::Json => ("json", json_text(&server, &lines)),
        ExportFormat::Csv => ("csv", csv(&lines)),
    };
    let day = date(house.clock.now());
    let name = format!("Tertulia decisions {}.{ending}", day.get(..10).unwrap_or_default());
    let saved = house.outside.save(&name, text.into_bytes()).await;
    Ok(saved.map_err(|why| Failure::new(Code::Storage, why))?.is_some())
}

/// Every line, oldest first.
async fn all(house: &House, profile: &ProfileId) -> Result<Vec<LogLine>, Failure> {
    let mut lines: Vec<LogLine> = Vec::new();
    loop {
        let question = LogQuestion {
            profile: profile.clone(),
            words: String::new(),
            about: None,
            before: lines.last().map(|line| line.number),
            limit: AT_ONCE,
        };
        let page = house.store.decision_log(question).await.map_err(|error| unread(&error))?;
        lines.extend(page.lines);
        if !page.more {
            lines.reverse();
            return Ok(lines);
        }
    }
}

fn markdown(server: &str, lines: &[LogLine]) -> String {
    let mut text = format!("# Decisions on {}\n", plain(server));
    for line in lines {
        // Writing into a string cannot fail.
        let _ = write!(
            text,
            "\n## {} {}\n\n{} asked in {}. {}.\n\n{}\n",
            date(line.at),
            plain(&line.tool),
            plain(who(line)),
            plain(&line.title),
            told(line),
            fenced(&line.arguments),
        );
        if let Ruling::Denied { reason: Some(reason) } = &line.ruling {
            let _ = write!(text, "\nReason:\n\n{}\n", fenced(reason));
        }
        if let Some(outcome) = &line.outcome {
            let how = if outcome.ok { "It went well" } else { "It failed" };
            let _ = write!(text, "\n{how}:\n\n{}\n", fenced(&outcome.text));
        }
    }
    text
}

/// One sentence on what was decided and whether it arrived.
fn told(line: &LogLine) -> String {
    let word = word(&line.ruling);
    match &line.delivery {
        Delivery::Sent => word.to_owned(),
        Delivery::NotSent { why } => format!("{word}, not sent: {}", plain(why.trim_end_matches('.'))),
        Delivery::Unknown => format!("{word}, not known whether it arrived"),
    }
}

fn word(ruling: &Ruling) -> &'static str {
    match ruling {
        Ruling::Approved => "Approved",
        Ruling::Denied { .. } => "Denied",
        Ruling::Stopped => "Stopped",
        Ruling::NotAvailable => "Not available here",
    }
}

fn who(line: &LogLine) -> &str {
    if line.speaker.name.is_empty() { "An agent" } else { &line.speaker.name }
}

/// On one line, with nothing hidden and nothing that Markdown would act on.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in visible(text).chars() {
        match letter {
            '\n' | '\r' | '\t' => plain.push(' '),
            letter if letter.is_ascii_punctuation() && !matches!(letter, '.' | ',' | ':' | '\'' | '/' | '-') => {
                plain.extend(['\\', letter]);
            }
            letter => plain.push(letter),
        }
    }
    plain
}

/// As it is, in a fence that it cannot leave.
fn fenced(text: &str) -> String {
    let text = visible(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{text}\n{fence}")
}

/// With a sign in place of every letter that cannot be seen.
fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) {
            seen.extend(letter.escape_unicode());
        } else {
            seen.push(letter);
        }
    }
    seen
}

fn json_text(server: &str, lines: &[LogLine]) -> String {
    let decisions: Vec<_> = lines.iter().map(|line| json!({ "time": date(line.at), "line": line })).collect();
    let all = json!({ "server": server, "decisions": decisions });
    serde_json::to_string_pretty(&all).unwrap_or_default()
}

fn csv(lines: &[LogLine]) -> String {
    let head =
        ["time", "agent", "conversation", "tool", "arguments", "decision", "reason", "arrived", "result", "returned"];
    let mut text = row(head.iter().map(ToString::to_string));
    for line in lines {
        let reason = match &line.ruling {
            Ruling::Denied { reason } => reason.clone().unwrap_or_default(),
            Ruling::Approved | Ruling::Stopped | Ruling::NotAvailable => String::new(),
        };
        let arrived = match &line.delivery {
            Delivery::Sent => "yes".to_owned(),
            Delivery::NotSent { why } => format!("no: {why}"),
            Delivery::Unknown => "not known".to_owned(),
        };
        let (result, returned) = match &line.outcome {
            Some(outcome) => (if outcome.ok { "ok" } else { "failed" }, outcome.text.clone()),
            None => ("", String::new()),
        };
        text += &row([
            date(line.at),
            line.speaker.name.clone(),
            line.title.clone(),
            line.tool.clone(),
            line.arguments.clone(),
            word(&line.ruling).to_owned(),
            reason,
            arrived,
            result.to_owned(),
            returned,
        ]
        .into_iter());
    }
    text
}

/// One line of RFC 4180.
fn row(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| format!("\"{}\"", harmless(&cell).replace('"', "\"\""))).collect();
    cells.join(",") + "\r\n"
}

/// What a table program would calculate is marked as text.
fn harmless(cell: &str) -> String {
    if cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// As in `2026-11-21T09:15:00Z`.
fn date(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_cell_is_calculated_or_breaks_the_row() {
        assert_eq!(
            row(["=1+1", "a\"b,\nc", "", " @x"].map(str::to_owned).into_iter()),
            "\"'=1+1\",\"a\"\"b,\nc\",\"\",\"' @x\"\r\n"
        );
    }

    #[test]
    fn nothing_leaves_its_fence_and_nothing_hides() {
        assert_eq!(fenced("a\n```\n# Approved"), "````\na\n```\n# Approved\n````");
        assert_eq!(fenced("r\u{200b}m\u{202e}"), "```\nr\\u{200b}m\\u{202e}\n```");
        assert_eq!(plain("# *[x](y)*\n<b>"), "\\# \\*\\[x\\]\\(y\\)\\* \\<b\\>");
    }

    #[test]
    fn dates_are_utc() {
        assert_eq!(date(1_763_700_000_000), "2025-11-21T04:40:00Z");
    }
}
