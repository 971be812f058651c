//! What rows of the list have in common: the words for a decision, when it was, and who asked.

use leptos::prelude::*;
use model::{Delivery, LogLine, Ruling};

use crate::{
    arguments::Arguments,
    icons::{Icon, Symbol},
    seats::seat_of,
    state::State,
    timeline::time::{self, Day},
    visible::visible_text,
};

/// What became of a request, for the end of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// "Approved".
    pub word: &'static str,
    /// A check, a cross.
    pub symbol: Symbol,
    /// It was a yes that arrived.
    pub is_yes: bool,
}

impl Verdict {
    /// Of a line of the log.
    pub fn of(line: &LogLine) -> Self {
        let verdict = |word, symbol, is_yes| Self { word, symbol, is_yes };
        match (&line.delivery, &line.ruling) {
            (Delivery::NotSent { .. }, _) => verdict("Not sent", Symbol::Alert, false),
            (Delivery::Unknown, Ruling::Approved) => verdict("Approved, unconfirmed", Symbol::Alert, false),
            (Delivery::Unknown, Ruling::Denied { .. }) => verdict("Denied, unconfirmed", Symbol::Alert, false),
            (Delivery::Sent, Ruling::Approved) => verdict("Approved", Symbol::Check, true),
            (Delivery::Sent, Ruling::Denied { .. }) => verdict("Denied", Symbol::X, false),
            (_, Ruling::Stopped) => verdict("Run stopped", Symbol::Stop, false),
            (_, Ruling::NotAvailable) => verdict("Not available here", Symbol::X, false),
        }
    }

    /// As it stands in a row.
    pub fn view(self) -> impl IntoView {
        view! { <span class="vd" class:ok=self.is_yes class:no=!self.is_yes><Icon symbol=self.symbol class="s"/>{self.word}</span> }
    }
}

/// The first argument in one line, nothing hidden in it.
pub fn first_argument(arguments: &str) -> String {
    let read = Arguments::read(arguments);
    one_line(read.first().map(|(text, _)| text).unwrap_or_default())
}

/// The beginning of a text in one line, nothing hidden in it.
pub fn one_line(text: &str) -> String {
    const ENOUGH: usize = 200;
    let start: String = text.trim().chars().take(ENOUGH).collect();
    visible_text(&start.replace('\n', " "))
}

/// The reason of a denial, if one was given.
pub fn reason(ruling: &Ruling) -> Option<&str> {
    match ruling {
        Ruling::Denied { reason } => reason.as_deref(),
        Ruling::Approved | Ruling::Stopped | Ruling::NotAvailable => None,
    }
}

/// Monogram, hue and name of who asked, as the conversation has them.
pub fn who_asked(state: State, line: &LogLine) -> (String, u8, String) {
    let members = state.conversations.get(&line.conversation).map(|row| row.get().members).unwrap_or_default();
    let member = seat_of(&members, &line.speaker).and_then(|seat| members.get(seat));
    match member {
        Some(member) => (member.monogram.clone(), member.hue, member.name.clone()),
        None => {
            let name = Some(line.speaker.name.clone()).filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| "The agent".to_owned());
            (name.chars().next().map(String::from).unwrap_or_default(), 1, name)
        }
    }
}

/// "09:12" of today, "Tue 21:14" of this week, "9 Nov 18:02" before.
pub fn when(at: i64, today: Day, now: i64) -> String {
    const WEEK: i64 = 6 * 86_400_000;
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let (day, clock) = (time::day(at), time::clock(at));
    if day == today {
        clock
    } else if now - at < WEEK {
        format!("{} {clock}", DAYS.get(day.weekday as usize).copied().unwrap_or_default())
    } else {
        format!("{} {clock}", crate::ago::short(day, today))
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn times_get_shorter_the_nearer_they_are() {
        const NOON: i64 = 1_763_726_400_000;
        const DAY: i64 = 86_400_000;
        let today = time::day(NOON);
        let said = |ago: i64| when(NOON - ago, today, NOON);
        assert_eq!(said(0), time::clock(NOON));
        assert_eq!(said(DAY), format!("Thu {}", time::clock(NOON)));
        assert_eq!(said(12 * DAY), format!("9 Nov {}", time::clock(NOON)));
    }

    #[wasm_bindgen_test]
    fn rows_hide_nothing_in_their_one_line() {
        assert_eq!(first_argument("{\"path\":\"a\\nb\u{202E}c\",\"x\":1}"), "a b[U+202E]c");
        assert_eq!(first_argument("not json"), "not json");
        assert_eq!(first_argument("{}"), "");
    }
}
