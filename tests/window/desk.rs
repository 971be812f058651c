//! A desk for one story: a home folder of its own, servers of its own, the app started and killed on it, a screenshot of each step
//! under `target/screens/`. What is done in the window is in `app.rs`.

use std::{
    cell::Cell,
    env, fs,
    future::Future,
    io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tempfile::TempDir;

use crate::app::App;

/// What a step gives, or what was expected and did not come.
pub type Told<T> = Result<T, Box<dyn std::error::Error>>;

/// Where our own stand-in answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a story takes place.
pub struct Desk {
    home: TempDir,
    screens: PathBuf,
    shots: Cell<u32>,
    environment: Vec<(String, String)>,
    keychain: bool,
    /// How long anything may take to be seen. Generous: the machine may be busy, and nothing waits longer than it must.
    pub patience: Duration,
}

impl Desk {
    fn new(name: &str) -> io::Result<Self> {
        let screens = target().join("screens").join(name);
        if screens.exists() {
            // Those of an earlier run would only confuse.
            fs::remove_dir_all(&screens)?;
        }
        fs::create_dir_all(&screens)?;
        let home = TempDir::new()?;
        let environment = vec![
            ("TERTULIA_HOME".to_owned(), home.path().display().to_string()),
            ("TERTULIA_SECRETS".to_owned(), "memory".to_owned()),
        ];
        Ok(Self { home, screens, shots: Cell::new(0), environment, keychain: false, patience: PATIENCE })
    }

    /// The folder in which the app keeps everything.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Sets a variable for the app's later starts.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// What every start of the app on this desk finds in its environment.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// From now on keys go to a keychain: a real Secret Service, in a desktop session and a folder of its own.
    pub fn with_keychain(&mut self) {
        let folder = self.home().join("desktop").display().to_string();
        self.set("XDG_DATA_HOME", &folder);
        self.set("TERTULIA_SECRETS", "keychain");
        self.keychain = true;
    }

    /// How a program is started so that it finds this desk's desktop session.
    pub fn session(&self, program: &Path) -> Command {
        if !self.keychain {
            return Command::new(program);
        }
        let mut session = Command::new("dbus-run-session");
        // The line is the keyring's password; without one there would be no keyring.
        let script =
            "printf 'keyring\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec \"$@\"";
        session.args(["--", "sh", "-c", script, "sh"]).arg(program);
        session
    }

    /// Every file that the app has made.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut open = vec![self.home().to_owned()];
        let mut found = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    open.push(path)
                } else if path.is_file() {
                    found.push(path)
                }
            }
        }
        Ok(found)
    }

    /// Starts the app under WebDriver.
    pub async fn start(&self, arguments: &[&str]) -> Told<App> {
        App::start(self, arguments).await
    }

    /// A file for what belongs to this story: its screenshots and what the app said on the terminal.
    pub fn file(&self, name: &str) -> PathBuf {
        self.screens.join(name)
    }

    /// The next screenshot's file: numbered, so that they show in order.
    pub fn next_shot(&self, name: &str) -> PathBuf {
        let number = self.shots.get() + 1;
        self.shots.set(number);
        self.file(&format!("{number:02}-{name}.png"))
    }

    /// What the app wrote into its logs.
    pub fn log(&self) -> String {
        let Ok(files) = fs::read_dir(self.home().join("logs")) else { return String::new() };
        files.flatten().filter_map(|file| fs::read_to_string(file.path()).ok()).collect()
    }
}

/// Tells a story on a desk of its own. Without a screen it is left out, except where all must be told (`CI`).
#[allow(clippy::panic, reason = "a story that is not true fails its test")]
pub async fn tell<F>(name: &str, story: impl FnOnce(Desk) -> F)
where
    F: Future<Output = Told<()>>,
{
    if env::var_os("DISPLAY").is_none() && env::var_os("CI").is_none() {
        eprintln!("{name}: left out, there is no screen here (DISPLAY); `cargo xtask test` brings one");
        return;
    }
    let told = async { story(Desk::new(name)?).await };
    if let Err(fault) = told.await {
        panic!("{name}: {fault}");
    }
}

/// The binary: what `cargo xtask test` built, else what lies beside these tests.
pub fn binary() -> PathBuf {
    env::var_os("TERTULIA_APP").map_or_else(|| target().join("debug").join("tertulia"), PathBuf::from)
}

/// The folder of builds, of which this test is one: `target/debug/deps/window-…`.
fn target() -> PathBuf {
    let here = env::current_exe().unwrap_or_default();
    here.ancestors().nth(3).map_or_else(|| PathBuf::from("target"), PathBuf::from)
}
