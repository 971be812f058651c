//! All checks that need no outside server, the cheapest first: form, lints, native tests, the page's tests in a headless browser, the
//! real window. Every check runs even if one before it failed; the runners' own summaries come last.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
};

use crate::{
    screen::on_a_screen,
    setup::{self, Purpose},
    steps::{Outcome, cargo, line, on_path, run, step},
    window::{self, Finish},
};

/// The page is another platform: everything native is the workspace without it. The same words for every native build, so that the
/// features of shared libraries are the same and nothing is compiled twice.
const NATIVE: [&str; 3] = ["--workspace", "--exclude", "ui"];

/// The page's platform.
const WASM: [&str; 6] = ["-p", "ui", "--target", "wasm32-unknown-unknown", "--profile", "wasm-dev"];

/// What the line has in which nextest sums up: `Summary [   1.2s] 3 tests run: 3 passed, 0 skipped`.
const OF_NEXTEST: &str = "Summary [";

/// The same of cargo and of wasm-bindgen: `test result: ok. 3 passed; …`.
const OF_CARGO: &str = "test result:";

/// Runs everything.
pub fn all() -> Outcome<()> {
    setup::prepare(Purpose::Test)?;
    let mut report = Report::default();
    report.check("form", |_| run(cargo().args(["fmt", "--all", "--check"])));
    report.check("lints", |_| run(cargo().arg("clippy").args(NATIVE).args(["--all-targets", "--", "-D", "warnings"])));
    report.check("lints of the page", |_| {
        run(cargo().arg("clippy").args(WASM).args(["--all-targets", "--", "-D", "warnings"]))
    });
    report.check("page", |_| window::build(Finish::Quick));
    report.check("build", |_| run(cargo().arg("build").args(NATIVE).args(["--bins", "--tests"])));
    let runner = Runner::found();
    report.check("unit tests and stories", |sums| runner.all_but_window(sums));
    report.check("tests of the page", |sums| {
        let mut tests = cargo();
        tests.args(["test", "--no-fail-fast"]).args(WASM).env("WASM_BINDGEN_TEST_TIMEOUT", "180");
        if let Some(driver) = on_path("chromedriver") {
            tests.env("CHROMEDRIVER", driver);
        }
        watch(&mut tests, OF_CARGO, sums)
    });
    if cfg!(target_os = "linux") {
        report.check("the real window", |sums| runner.window(sums));
    }
    report.close()
}

/// What runs the native tests: nextest where there is one, else cargo.
enum Runner {
    Nextest,
    Cargo,
}

impl Runner {
    fn found() -> Self {
        let nextest = cargo().args(["nextest", "--version"]).output();
        if nextest.is_ok_and(|answer| answer.status.success()) { Self::Nextest } else { Self::Cargo }
    }

    fn all_but_window(&self, summaries: &mut Summaries) -> Outcome<()> {
        match self {
            Self::Nextest => watch(
                cargo()
                    .args(["nextest", "run", "--no-fail-fast"])
                    .args(NATIVE)
                    .args(["-E", "not (package(tests) and binary(window))"]),
                OF_NEXTEST,
                summaries,
            ),
            Self::Cargo => {
                let test = || {
                    let mut test = cargo();
                    test.args(["test", "--no-fail-fast"]).args(NATIVE);
                    test
                };
                let units = watch(test().args(["--exclude", "tests"]), OF_CARGO, summaries);
                let stories = watch(test().args(["--test", "stories"]), OF_CARGO, summaries);
                units.and(stories)
            }
        }
    }

    /// One test at a time: two windows share one focus.
    fn window(&self, summaries: &mut Summaries) -> Outcome<()> {
        let mut tests = cargo();
        let mark = match self {
            Self::Nextest => {
                tests.args(["nextest", "run", "--no-fail-fast", "--test-threads", "1"]).args(NATIVE);
                tests.args(["-E", "package(tests) and binary(window)"]);
                OF_NEXTEST
            }
            Self::Cargo => {
                tests.args(["test", "--no-fail-fast"]).args(NATIVE);
                tests.args(["--test", "window", "--", "--test-threads", "1"]);
                OF_CARGO
            }
        };
        watch(&mut on_a_screen(&tests), mark, summaries)
    }
}

/// Lines in which a runner sums up.
type Summaries = Vec<String>;

/// What was checked and how it went.
#[derive(Default)]
struct Report {
    summaries: Summaries,
    failed: Vec<String>,
}

impl Report {
    fn check(&mut self, what: &str, work: impl FnOnce(&mut Summaries) -> Outcome<()>) {
        if let Err(fault) = step(what, || work(&mut self.summaries)) {
            eprintln!("xtask: {fault}");
            self.failed.push(what.to_owned());
        }
    }

    fn close(self) -> Outcome<()> {
        eprintln!("── summaries");
        for line in self.summaries {
            println!("{line}");
        }
        if self.failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", self.failed.join(", ")).into()) }
    }
}

/// Runs a program, showing what it prints, and keeps the lines that sum up: those with this mark in them.
fn watch(command: &mut Command, mark: &str, summaries: &mut Summaries) -> Outcome<()> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let found = Mutex::new(summaries);
    thread::scope(|scope| {
        scope.spawn(|| out.map(|out| pass_on(out, mark, &found)));
        scope.spawn(|| err.map(|err| pass_on(err, mark, &found)));
    });
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line(command)).into()) }
}

fn pass_on(pipe: impl Read, mark: &str, found: &Mutex<&mut Summaries>) {
    for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        eprintln!("{line}");
        if line.contains(mark)
            && let Ok(mut found) = found.lock()
        {
            found.push(line.trim().to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_s_summaries_are_taken_from_both_of_its_outputs() {
        let script = "echo 'test result: ok. 1 passed'; echo noise; echo '  test result: ok. 2 passed' >&2";
        let mut found = Vec::new();
        watch(Command::new("sh").args(["-c", script]), OF_CARGO, &mut found).unwrap();
        found.sort();
        assert_eq!(found, ["test result: ok. 1 passed", "test result: ok. 2 passed"]);
        assert!(
            watch(Command::new("sh").args(["-c", "exit 3"]), OF_CARGO, &mut found)
                .unwrap_err()
                .to_string()
                .contains("exit status: 3")
        );
    }
}
