//! Tests against a real Letta server, `cargo xtask test --real VERSION`: starts one with a scripted model (`xtask/real`), seeds it,
//! runs the client's tests, the engine's stories and those of the window that are ignored without it, stops it in every case, and says what was run and
//! what this server cannot do. Reading the runner's output is `told`.

use std::{
    net::TcpListener,
    process::{Command, Stdio},
};

use crate::{
    screen::on_a_screen,
    setup::{self, Purpose},
    steps::{Outcome, cargo, root, run, step},
    told::{self, Told},
    window::{self, Finish},
};

/// Versions whose stories are known to pass.
const VERSIONS: [&str; 2] = ["0.11.7", "0.16.8"];
/// The server's password; it listens on loopback only.
const KEY: &str = "test-token";
/// What is run against the server: package, test binary, and which of its tests.
const SUITES: [Suite; 3] = [
    Suite { package: "letta", binary: "real", filter: "", on_screen: false },
    Suite { package: "tests", binary: "stories", filter: "real", on_screen: false },
    Suite { package: "tests", binary: "window", filter: "real", on_screen: true },
];
/// Tests that are ignored without a server.
struct Suite {
    package: &'static str,
    binary: &'static str,
    filter: &'static str,
    /// They drive the real window, which is there on Linux only.
    on_screen: bool,
}

/// What no server that can be installed today does any more, and where it is tested instead.
const NOWHERE: [(&str, &str); 3] = [
    (
        "words in `assistant_message`, `internal_monologue` and `function_call` (before 0.6.15)",
        "crates/letta, from the schemas",
    ),
    ("servers that know only `approve` and `approval_request_id` and stream agents' tokens", "crates/sim"),
    ("group routes that answer 500 (0.12 to 0.16.4)", "crates/sim"),
];

/// Runs what needs a real server of this version, or of it what has one of the names. The server is stopped whatever happens; its log
/// stays.
pub fn real(version: &str, names: &[&str]) -> Outcome<()> {
    if !VERSIONS.contains(&version) {
        return Err(format!(
            "nothing is known about Letta {version}; there are stories for {}",
            VERSIONS.join(" and ")
        )
        .into());
    }
    setup::prepare(Purpose::RealServer)?;
    let has_screen = cfg!(target_os = "linux");
    if has_screen {
        setup::prepare(Purpose::Test)?;
        window::build(Finish::Quick)?;
        step("the app", || run(cargo().args(["build", "-p", "tertulia"])))?;
    }
    let server = Server { version, port: free(8283), model: free(8099), postgres: free(54329), redis: free(63799) };
    // One that an earlier run was killed before stopping keeps the database.
    run(&mut server.script("stop.sh"))?;
    step(&format!("Letta {version}"), || run(&mut server.script("start.sh")))?;
    let ids = step("agents and a group", || server.seed())?;
    let (mut failed, mut told) = (Vec::new(), Vec::new());
    for Suite { package, binary, filter, on_screen } in SUITES {
        if on_screen && !has_screen {
            continue;
        }
        let mut tests = cargo();
        tests.args(["test", "-p", package, "--test", binary, "--", "--ignored", "--test-threads=1"]);
        if names.is_empty() {
            tests.args((!filter.is_empty()).then_some(filter));
        }
        tests.args(names);
        tests.env("TERTULIA_REAL_BASE", server.base()).env("TERTULIA_REAL_KEY", KEY);
        tests.env("TERTULIA_REAL_VERSION", version).env("TERTULIA_REAL_IDS", &ids);
        tests.env("TERTULIA_REAL_REDIS", if has_redis(version) { "yes" } else { "no" });
        let what = format!("{package}, {binary} {filter} on Letta {version}");
        let mut tests = if on_screen { on_a_screen(&tests) } else { tests };
        match step(&what, || told::listen(&mut tests, &mut told)) {
            Ok(()) => {}
            Err(fault) => failed.push(fault.to_string()),
        }
    }
    drop(server);
    report(version, &told);
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

/// Whether `start.sh` gives it one.
fn has_redis(version: &str) -> bool {
    !version.starts_with("0.11.")
}

/// What ran, what was skipped and why, and what cannot be had at all.
fn report(version: &str, told: &[Told]) {
    println!("{}", told::table(&format!("Letta {version}"), told));
    println!("Not to be had from any server that can still be installed:");
    for (what, instead) in NOWHERE {
        println!("  {what}: {instead}");
    }
}

/// The started server. Stops when dropped.
struct Server<'a> {
    version: &'a str,
    port: u16,
    model: u16,
    postgres: u16,
    redis: u16,
}

impl Server<'_> {
    fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn script(&self, name: &str) -> Command {
        let mut script = Command::new("bash");
        script.arg(root().join("xtask/real").join(name)).arg(self.version).env("LETTA_SERVER_PASSWORD", KEY);
        script.env("PORT", self.port.to_string()).env("LLM_PORT", self.model.to_string());
        script.env("PG_PORT", self.postgres.to_string()).env("REDIS_PORT", self.redis.to_string());
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
