//! `cargo xtask …`: which words on the command line mean which work. The work itself is in one file per command.

mod app;
mod bench;
mod checks;
mod fuzz;
mod real;
mod replay;
mod screen;
mod setup;
mod steps;
mod told;
mod window;

use std::process::ExitCode;

use steps::Outcome;

const USAGE: &str = "\
cargo xtask run [--demo]       sets up what is missing, builds and starts the app
cargo xtask test               sets up what is missing, runs all checks that need no outside server
cargo xtask test --real 0.16.8 tests against a real Letta server, started for it (also 0.11.7); more words: only those tests
cargo xtask build              builds for release, prints the binary's path
cargo xtask package            makes .deb and .rpm, prints their paths
cargo xtask bench NAME         one benchmark against its peer: a table, and target/bench/NAME.json
cargo xtask fuzz NAME [--seconds N]
                               looks for hostile input: guard, timeline or markdown (C++ compiler; 60 seconds)
cargo xtask replay FILE [--group]
                               what the app makes of a recorded stream, one JSON object an item
cargo xtask ui [--release]     builds only the window's page, into dist/";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("xtask: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Outcome<()> {
    match words {
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        ["run", arguments @ ..] => app::start(arguments),
        ["test"] => checks::all(),
        ["test", "--real", version, names @ ..] => real::real(version, names),
        ["build"] => app::build(),
        ["package"] => app::package(),
        ["bench", name] => bench::bench(name),
        ["fuzz", name] => fuzz::fuzz(name, "60"),
        ["fuzz", name, "--seconds", seconds] => fuzz::fuzz(name, seconds),
        ["replay", file] => replay::replay(file, false),
        ["replay", file, "--group"] | ["replay", "--group", file] => replay::replay(file, true),
        ["ui"] => window::build(window::Finish::Quick),
        ["ui", "--release"] => window::build(window::Finish::Small),
        _ => Err(format!("these words mean nothing here: {words:?}\n\n{USAGE}").into()),
    }
}
