//! Tests against a real Letta server, `cargo xtask test --real VERSION`: starts one with a scripted model (`xtask/real`), seeds it,
//! runs the client's tests and the engine's stories that are ignored without it, and stops it in every case.

use std::{
    net::TcpListener,
    process::{Command, Stdio},
};

use crate::steps::{Outcome, cargo, on_path, root, run, step};

/// Versions whose stories are known to pass.
const VERSIONS: [&str; 2] = ["0.11.7", "0.16.8"];
/// The server's password; it listens on loopback only.
const KEY: &str = "test-token";
/// What is run against the server: package, test binary, and which of its tests.
const SUITES: [(&str, &str, &str); 2] = [("letta", "real", ""), ("tests", "stories", "real::")];
/// Programs that start and seed a server.
const NEEDED: [&str; 5] = ["bash", "curl", "setsid", "setpriv", "python3.11"];

/// Runs what needs a real server of this version. The server is stopped whatever happens; its log stays.
pub fn real(version: &str) -> Outcome<()> {
    if !VERSIONS.contains(&version) {
        return Err(format!(
            "nothing is known about Letta {version}; there are stories for {}",
            VERSIONS.join(" and ")
        )
        .into());
    }
    if let Some(missing) = NEEDED.into_iter().find(|program| on_path(program).is_none()) {
        return Err(format!("{missing} is missing; a real Letta server needs {}", NEEDED.join(", ")).into());
    }
    let server = Server { version, port: free(8283), model: free(8099), postgres: free(54329) };
    // One that an earlier run was killed before stopping keeps the database.
    run(&mut server.script("stop.sh"))?;
    step(&format!("Letta {version}"), || run(&mut server.script("start.sh")))?;
    let ids = step("agents and a group", || server.seed())?;
    let mut failed = Vec::new();
    for (package, binary, filter) in SUITES {
        let mut tests = cargo();
        tests.args(["test", "-p", package, "--test", binary, "--", "--ignored", "--test-threads=1"]);
        tests.args((!filter.is_empty()).then_some(filter));
        tests.env("TERTULIA_REAL_BASE", server.base()).env("TERTULIA_REAL_KEY", KEY);
        tests.env("TERTULIA_REAL_VERSION", version).env("TERTULIA_REAL_IDS", &ids);
        if let Err(fault) = step(&format!("{package}, {binary} {filter} on Letta {version}"), || run(&mut tests)) {
            failed.push(fault.to_string());
        }
    }
    drop(server);
    eprintln!("Not possible on Letta {version}, so no story of it ran: {}.", left_out(version));
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

/// What a version cannot do.
fn left_out(version: &str) -> &'static str {
    match version {
        "0.11.7" => "stopping a run on the server (it says so and goes on to the end of its answer)",
        _ => "a group that talks (its routes are gone; that the app says so is a story of its own)",
    }
}

/// The started server. Stops when dropped.
struct Server<'a> {
    version: &'a str,
    port: u16,
    model: u16,
    postgres: u16,
}

impl Server<'_> {
    fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn script(&self, name: &str) -> Command {
        let mut script = Command::new("bash");
        script.arg(root().join("xtask/real").join(name)).arg(self.version).env("LETTA_SERVER_PASSWORD", KEY);
        script.env("PORT", self.port.to_string()).env("LLM_PORT", self.model.to_string());
        script.env("PG_PORT", self.postgres.to_string());
        script
    }

    /// Agents and a group to talk to; their ids as one line of JSON.
    fn seed(&self) -> Outcome<String> {
        let mut seed = Command::new("python3.11");
        seed.arg(root().join("xtask/real/seed.py")).stderr(Stdio::inherit());
        let made = seed.env("BASE", self.base()).env("KEY", KEY).env("VERSION", self.version).output()?;
        let ids = String::from_utf8(made.stdout)?.trim().to_owned();
        if !made.status.success() {
            return Err(format!("the server could not be seeded: {ids}").into());
        }
        let _: serde_json::Value = serde_json::from_str(&ids)?;
        Ok(ids)
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        if let Err(fault) = run(&mut self.script("stop.sh")) {
            eprintln!("the server was not stopped: {fault}");
        }
    }
}

/// The first free port from the usual one on.
fn free(usual: u16) -> u16 {
    (usual..usual + 50).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap_or(usual)
}
