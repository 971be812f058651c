//! What a machine needs before anything can be built or tested, and how it comes there: system packages by apt where we may, the wasm
//! target by rustup or from source, the WebDriver bridge by cargo. Nothing here uses the network when nothing is missing.

use std::{fs, path::PathBuf, process::Command};

use crate::steps::{Outcome, ask, cargo, on_path, root, run, step, target};

/// What the machine is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Building and running the app.
    Run,
    /// All checks, the real window's among them.
    Test,
    /// A real Letta server to test against.
    RealServer,
}

/// How a need is looked for.
enum Sign {
    /// A program on the path.
    Program(&'static str),
    /// A library as pkg-config knows it.
    Library(&'static str),
}

/// Something the system must have.
struct Need {
    sign: Sign,
    /// Debian's packages for it.
    debian: &'static [&'static str],
    /// What for, in a few words.
    why: &'static str,
}

const TO_RUN: [Need; 4] = [
    Need { sign: Sign::Program("cc"), debian: &["build-essential"], why: "compiling SQLite" },
    Need { sign: Sign::Program("pkg-config"), debian: &["pkg-config"], why: "finding libraries" },
    Need { sign: Sign::Library("webkit2gtk-4.1"), debian: &["libwebkit2gtk-4.1-dev"], why: "the window's page" },
    Need { sign: Sign::Library("gtk+-3.0"), debian: &["libgtk-3-dev"], why: "the window" },
];

const TO_TEST: [Need; 7] = [
    Need { sign: Sign::Program("WebKitWebDriver"), debian: &["webkit2gtk-driver"], why: "driving the real window" },
    Need { sign: Sign::Program("xvfb-run"), debian: &["xvfb"], why: "a screen for the window" },
    Need { sign: Sign::Program("xauth"), debian: &["xauth"], why: "a screen for the window" },
    Need { sign: Sign::Program("dbus-run-session"), debian: &["dbus"], why: "a desktop session for the window" },
    Need { sign: Sign::Program("gnome-keyring-daemon"), debian: &["gnome-keyring"], why: "the keychain's test" },
    Need { sign: Sign::Program("chromium"), debian: &["chromium"], why: "the page's own tests" },
    Need { sign: Sign::Program("chromedriver"), debian: &["chromium-driver"], why: "the page's own tests" },
];

const TO_SERVE: [Need; 6] = [
    Need { sign: Sign::Program("bash"), debian: &["bash"], why: "starting the server" },
    Need { sign: Sign::Program("curl"), debian: &["curl"], why: "asking whether it answers" },
    Need { sign: Sign::Program("setsid"), debian: &["util-linux"], why: "starting the server" },
    Need { sign: Sign::Program("setpriv"), debian: &["util-linux"], why: "its database, which refuses root" },
    Need { sign: Sign::Program("python3.11"), debian: &["python3.11", "python3.11-venv"], why: "the server itself" },
    Need { sign: Sign::Program("redis-server"), debian: &["redis-server"], why: "its runs in the background" },
];

/// The bridge between WebDriver and the app, in the version the window's tests were written with.
const TAURI_DRIVER: &str = "2.1.0";

/// Makes the machine ready.
pub fn prepare(purpose: Purpose) -> Outcome<()> {
    if cfg!(target_os = "linux") {
        system(purpose)?;
    }
    if purpose == Purpose::RealServer {
        return Ok(());
    }
    wasm_target()?;
    if purpose == Purpose::Test {
        components()?;
        if cfg!(target_os = "linux") {
            tauri_driver()?;
        }
    }
    Ok(())
}

/// Where tauri-driver is: the user's own, else the one that was built here.
pub fn tauri_driver_path() -> Option<PathBuf> {
    on_path("tauri-driver").or_else(|| Some(tools().join("bin/tauri-driver")).filter(|own| own.is_file()))
}

/// Where tools that are built here go.
pub fn tools() -> PathBuf {
    target().join("tools")
}

fn system(purpose: Purpose) -> Outcome<()> {
    let more: &[Need] = match purpose {
        Purpose::Run => &[],
        Purpose::Test => &TO_TEST,
        Purpose::RealServer => &TO_SERVE,
    };
    let missing: Vec<&Need> = TO_RUN.iter().chain(more).filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let mut packages: Vec<&str> = missing.iter().flat_map(|need| need.debian).copied().collect();
    packages.dedup();
    let Some(mut apt) = apt() else { return Err(by_hand(&missing, &packages).into()) };
    step(&format!("installing {} (apt)", packages.join(" ")), || {
        run(apt().args(["-qq", "update"]))?;
        run(apt().args(["-qq", "-y", "--no-install-recommends", "install"]).args(&packages))?;
        match missing.iter().find(|need| !need.is_met()) {
            None => Ok(()),
            Some(need) => {
                Err(format!("{} is installed, and yet {} is not found", need.debian[0], need.sign.name()).into())
            }
        }
    })
}

impl Need {
    fn is_met(&self) -> bool {
        match self.sign {
            Sign::Program(name) => on_path(name).is_some(),
            Sign::Library(name) => ask("pkg-config", &["--exists", name]).is_some(),
        }
    }
}

impl Sign {
    fn name(&self) -> &'static str {
        match self {
            Self::Program(name) | Self::Library(name) => name,
        }
    }
}

/// A way to install packages, where this is Debian or like it and we may.
fn apt() -> Option<impl FnMut() -> Command> {
    on_path("apt-get")?;
    let root = ask("id", &["-u"]).as_deref() == Some("0");
    if !root && ask("sudo", &["-n", "true"]).is_none() {
        return None;
    }
    Some(move || {
        let mut command = Command::new(if root { "env" } else { "sudo" });
        command.args((!root).then_some("env")).args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    })
}

/// What to tell a person whose machine we may not or cannot change.
fn by_hand(missing: &[&Need], packages: &[&str]) -> String {
    let list: Vec<String> = missing.iter().map(|need| format!("  {:<22} for {}", need.sign.name(), need.why)).collect();
    format!(
        "these are missing, and installing them needs your hand:\n{}\n\nOn Debian and Ubuntu:\n  sudo apt-get install {}\n\
         Elsewhere: the packages that hold these programs and development files, then the same command again.",
        list.join("\n"),
        packages.join(" ")
    )
}

fn wasm_target() -> Outcome<()> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let Some(sysroot) = ask("rustc", &["--print", "sysroot"]) else {
        return Err("rustc is missing: see https://rustup.rs".into());
    };
    let libraries = PathBuf::from(sysroot).join("lib/rustlib").join(TARGET).join("lib");
    let is_there = fs::read_dir(libraries)
        .is_ok_and(|files| files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-")));
    if is_there {
        return Ok(());
    }
    step(&format!("installing Rust's {TARGET} target"), || {
        if cfg!(target_os = "linux") && on_path("bash").is_some() {
            return run(Command::new("bash").arg(root().join("xtask/wasm-target.sh")));
        }
        run(Command::new("rustup").args(["target", "add", TARGET]))
    })
}

/// rustfmt and clippy, which rustup's minimal profile leaves out.
fn components() -> Outcome<()> {
    let missing: Vec<&str> = [("fmt", "rustfmt"), ("clippy", "clippy")]
        .into_iter()
        .filter(|(word, _)| !cargo().args([word, "--version"]).output().is_ok_and(|answer| answer.status.success()))
        .map(|(_, component)| component)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    step(&format!("installing {} (rustup)", missing.join(" and ")), || {
        run(Command::new("rustup").args(["component", "add"]).args(&missing))
    })
}

fn tauri_driver() -> Outcome<()> {
    if tauri_driver_path().is_some() {
        return Ok(());
    }
    step(&format!("building tauri-driver {TAURI_DRIVER}"), || {
        run(cargo()
            .args(["install", "-q", "--locked", "tauri-driver", "--version", TAURI_DRIVER, "--root"])
            .arg(tools()))
    })
}
