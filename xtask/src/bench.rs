//! `cargo xtask bench NAME`: runs one benchmark, which measures us and a peer in the same run, and lays its figures out for people
//! and as JSON. What is measured, and how, is in the benchmark (`crates/*/benches/NAME.rs`).

use std::{env, fs, path::Path};

use serde::{Deserialize, Serialize};

use crate::steps::{Outcome, ask, cargo, root, run, step, target};

/// Where a benchmark writes its rows as a JSON array of [`Measured`].
const ROWS: &str = "TERTULIA_BENCH_ROWS";

/// One line of a benchmark: medians of the same work by us and by the peer. Less is better.
#[derive(Debug, Deserialize)]
struct Measured {
    name: String,
    unit: String,
    ours: f64,
    peer: f64,
    peer_name: String,
}

/// The same with how many times the peer takes: above 1 is ahead.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    unit: String,
    ours: f64,
    peer: f64,
    peer_name: String,
    ratio: f64,
}

/// What is written to `target/bench/NAME.json`.
#[derive(Debug, Serialize)]
struct Report<'a> {
    bench: &'a str,
    machine: String,
    rows: Vec<Row>,
}

impl From<Measured> for Row {
    fn from(measured: Measured) -> Self {
        let Measured { name, unit, ours, peer, peer_name } = measured;
        Self { name, unit, ours, peer, peer_name, ratio: peer / ours }
    }
}

/// Runs one benchmark.
pub fn bench(name: &str) -> Outcome<()> {
    let Some(package) = package_of(name)? else {
        return Err(format!("there is no benchmark {name}; there are: {}", all()?.join(", ")).into());
    };
    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;
    let rows = folder.join(format!("{name}.rows.json"));
    fs::remove_file(&rows).ok();
    step(&format!("benchmark {name}"), || {
        run(cargo().args(["bench", "-q", "-p", &package, "--bench", name]).env(ROWS, &rows))
    })?;
    let written =
        fs::read(&rows).map_err(|fault| format!("the benchmark left no rows at {}: {fault}", rows.display()))?;
    let measured: Vec<Measured> = serde_json::from_slice(&written)?;
    fs::remove_file(&rows)?;
    let report = Report { bench: name, machine: machine(), rows: measured.into_iter().map(Row::from).collect() };
    let file = folder.join(format!("{name}.json"));
    fs::write(&file, serde_json::to_vec_pretty(&report)?)?;
    print!("{}", table(&report));
    println!("{}", file.display());
    Ok(())
}

/// The package whose benchmark this is.
fn package_of(name: &str) -> Outcome<Option<String>> {
    let found = benchmarks()?.into_iter().find(|(_, bench)| bench == name);
    Ok(found.map(|(package, _)| package))
}

fn all() -> Outcome<Vec<String>> {
    Ok(benchmarks()?.into_iter().map(|(_, bench)| bench).collect())
}

/// Every benchmark with its package, by the files there are.
fn benchmarks() -> Outcome<Vec<(String, String)>> {
    let mut found = Vec::new();
    for package in fs::read_dir(root().join("crates"))? {
        let package = package?;
        let Ok(files) = fs::read_dir(package.path().join("benches")) else { continue };
        for file in files {
            let path = file?.path();
            if let (Some("rs"), Some(bench)) = (path.extension().and_then(|word| word.to_str()), stem(&path)) {
                found.push((package.file_name().to_string_lossy().into_owned(), bench));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn stem(path: &Path) -> Option<String> {
    path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned)
}

/// What the figures were taken on.
fn machine() -> String {
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, name)| name.to_owned()))
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rust = ask("rustc", &["--version"]).unwrap_or_default();
    format!(
        "{}, {cores} cores, {} {}, {rust}",
        model.unwrap_or_else(|| "unknown processor".to_owned()),
        env::consts::OS,
        env::consts::ARCH
    )
}

fn table(report: &Report) -> String {
    let widest = report.rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max(4);
    let peer = report.rows.first().map_or("peer", |row| row.peer_name.as_str());
    let mut text = format!("{:widest$}  {:>14}  {:>14}  {:>9}\n", "", "ours", peer, "ratio");
    for row in &report.rows {
        let figure = |value: f64| format!("{value:.3} {}", row.unit);
        text +=
            &format!("{:widest$}  {:>14}  {:>14}  {:>8.2}x\n", row.name, figure(row.ours), figure(row.peer), row.ratio);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn above_one_is_ahead() {
        let rows = r#"[{"name":"a","unit":"ms","ours":2.0,"peer":10.0,"peer_name":"bare"}]"#;
        let measured: Vec<Measured> = serde_json::from_str(rows).unwrap();
        let report = Report { bench: "x", machine: String::new(), rows: measured.into_iter().map(Row::from).collect() };
        assert!((report.rows[0].ratio - 5.0).abs() < f64::EPSILON);
        assert!(table(&report).contains("5.00x"), "{}", table(&report));
    }
}
