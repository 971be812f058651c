//! `cargo xtask fuzz NAME`: libFuzzer over one target of the `fuzz` package, guided by coverage, on the usual toolchain: the flags that
//! count what was reached are stable, only sanitizers are not, and there is no `unsafe` here for them to look at.

use std::{fs, path::PathBuf};

use crate::steps::{Outcome, ask, cargo, run, step, target};

/// What makes LLVM count edges and note compared values, as cargo-fuzz sets it.
const COUNTED: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "-Ccodegen-units=1",
];

/// How it is built: fast, with every check of a debug build.
const BUILT: [(&str, &str); 5] = [
    ("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true"),
    ("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_STRIP", "none"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only"),
];

/// Fuzzes for so many seconds, from all recordings and what earlier runs learned. A finding is a fault, and a file to keep.
pub fn fuzz(name: &str, seconds: &str) -> Outcome<()> {
    if !fuzz::seeds::TARGETS.iter().any(|(target, _)| *target == name) {
        let names: Vec<&str> = fuzz::seeds::TARGETS.iter().map(|(name, _)| *name).collect();
        return Err(format!("there is no fuzz target {name}: {}", names.join(", ")).into());
    }
    let seconds: u32 = seconds.parse().map_err(|_| format!("{seconds} is no number of seconds"))?;
    let folder = target().join("fuzz");
    let program = step("building it, with counters", || build(name, &folder))?;
    let (seeds, corpus, found) =
        (folder.join("seeds").join(name), folder.join("corpus").join(name), fuzz::seeds::found(name));
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&found)?;
    let count = fuzz::seeds::write(name, &seeds)?;
    step(&format!("fuzzing {name} from {count} seeds"), || {
        let mut fuzzer = std::process::Command::new(&program);
        fuzzer.arg(&corpus).arg(&seeds);
        fuzzer.arg(format!("-artifact_prefix={}/", found.display()));
        fuzzer.arg(format!("-dict={}", dictionary(name).display()));
        fuzzer.arg(format!("-max_total_time={seconds}"));
        fuzzer.args(["-max_len=16384", "-timeout=20", "-rss_limit_mb=1024", "-print_final_stats=1"]);
        run(&mut fuzzer)
    })
}

fn build(name: &str, folder: &std::path::Path) -> Outcome<PathBuf> {
    let host = ask("rustc", &["--print", "host-tuple"]).ok_or("rustc does not say what it builds for")?;
    let program = format!("fuzz_{name}");
    // With a target named, what runs while building (macros, build scripts) is not counted.
    let mut build = cargo();
    build.args(["build", "--release", "-p", "fuzz", "--features", "libfuzzer", "--bin", &program, "--target", &host]);
    build.arg("--target-dir").arg(folder).env("RUSTFLAGS", COUNTED.join(" ")).envs(BUILT);
    run(&mut build)?;
    Ok(folder.join(host).join("release").join(program))
}

/// Words that random bytes would hardly find.
fn dictionary(name: &str) -> PathBuf {
    let file = match name {
        "markdown" | "pictures" => name,
        _ => "wire",
    };
    crate::steps::root().join("fuzz/dictionaries").join(file).with_extension("dict")
}
