//! What a test runner says while it runs: passed on line by line, and remembered test by test. A story may say `skipped: why` before
//! it passes; that is no word of the runner, but of `tests/stories/real`.

use std::{
    fmt::Write as _,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use crate::steps::{Outcome, line};

/// How one test went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// As the runner names it.
    pub name: String,
    pub result: Result,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Result {
    Passed,
    /// It did not run, for this reason.
    Skipped(String),
    Failed,
}

/// Runs tests, showing what they print, and adds how each went.
pub fn listen(command: &mut Command, told: &mut Vec<Told>) -> Outcome<()> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut ear = Ear::default();
    if let Some(out) = child.stdout.take() {
        for heard in BufReader::new(out).split(b'\n') {
            let heard = String::from_utf8_lossy(&heard?).into_owned();
            eprintln!("{heard}");
            told.extend(ear.hear(&heard));
        }
    }
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line(command)).into()) }
}

/// Follows the output of libtest with one thread: `test name ... `, whatever the test prints, `ok`.
#[derive(Default)]
struct Ear {
    running: Option<String>,
    skipped: Option<String>,
}

impl Ear {
    fn hear(&mut self, heard: &str) -> Option<Told> {
        let mut rest = heard;
        if let Some((name, after)) = heard.strip_prefix("test ").and_then(|test| test.split_once(" ... ")) {
            self.running = Some(name.to_owned());
            rest = after;
        }
        if let Some(why) = rest.strip_prefix("skipped: ") {
            self.skipped = Some(why.to_owned());
            return None;
        }
        let result = match rest.trim() {
            "ok" => self.skipped.take().map_or(Result::Passed, Result::Skipped),
            "FAILED" => Result::Failed,
            _ => return None,
        };
        self.skipped = None;
        Some(Told { name: self.running.take()?, result })
    }
}

/// A table of all of it.
pub fn table(title: &str, told: &[Told]) -> String {
    let count = |wanted: fn(&Result) -> bool| told.iter().filter(|told| wanted(&told.result)).count();
    let mut table = format!(
        "{title}: {} passed, {} skipped, {} failed",
        count(|result| *result == Result::Passed),
        count(|result| matches!(result, Result::Skipped(_))),
        count(|result| *result == Result::Failed),
    );
    let width = told.iter().map(|told| told.name.len()).max().unwrap_or(0);
    for Told { name, result } in told {
        // Writing to a string does not fail.
        let _ = match result {
            Result::Passed => write!(table, "\n  passed   {name}"),
            Result::Skipped(why) => write!(table, "\n  skipped  {name:width$}  {why}"),
            Result::Failed => write!(table, "\n  FAILED   {name}"),
        };
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_heard_through_what_tests_print() {
        let mut ear = Ear::default();
        let output = "running 4 tests\ntest real::a ... ok\ntest real::b ... skipped: no Redis\nok\ntest real::c ... a line\n\
                      another\nFAILED\ntest real::d ... ignored\ntest result: FAILED. 2 passed";
        let told: Vec<Told> = output.lines().filter_map(|line| ear.hear(line)).collect();
        let told_of = |name: &str, result| Told { name: format!("real::{name}"), result };
        let skipped = Result::Skipped("no Redis".to_owned());
        let all = [told_of("a", Result::Passed), told_of("b", skipped), told_of("c", Result::Failed)];
        assert_eq!(told, all);
        let table = table("Letta 0.16.8", &told);
        assert!(table.starts_with("Letta 0.16.8: 1 passed, 1 skipped, 1 failed\n  passed   real::a\n"), "{table}");
        assert!(table.contains("skipped  real::b  no Redis"), "{table}");
    }
}
