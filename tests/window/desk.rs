//! A desk for one story: a home folder of its own, servers of its own, the app started and killed on it, a screenshot of each step
//! under `target/screens/`. What is done in the window is in `app.rs`.

use std::{
    cell::Cell,
    env, fs,
    future::Future,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
};

use futures_util::FutureExt as _;
use tempfile::TempDir;

use crate::app::App;

/// What a step gives, or what was expected and did not come.
pub type Told<T> = Result<T, Box<dyn std::error::Error>>;

/// Where a story takes place.
pub struct Desk {
    home: TempDir,
    screens: PathBuf,
    shots: Cell<u32>,
    environment: Vec<(String, String)>,
}

impl Desk {
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
pub async fn tell<F>(name: &str, story: impl FnOnce(Desk) -> F)
where
    F: Future<Output = Told<()>>,
{
    if env::var_os("DISPLAY").is_none() && env::var_os("CI").is_none() {
        eprintln!("{name}: left out, there is no screen here (DISPLAY); `cargo xtask test` brings one");
        return;
    }
    let screens = target().join("screens").join(name);
    // Screens of an earlier run would only confuse.
    fs::remove_dir_all(&screens).ok();
    if let Err(fault) = fs::create_dir_all(&screens) {
        panic!("{}: {fault}", screens.display());
    }
    let home = match TempDir::new() {
        Ok(home) => home,
        Err(fault) => panic!("no folder for {name}: {fault}"),
    };
    let environment = vec![
        ("TERTULIA_HOME".to_owned(), home.path().display().to_string()),
        ("TERTULIA_SECRETS".to_owned(), "memory".to_owned()),
    ];
    let desk = Desk { home, screens, shots: Cell::new(0), environment };
    match AssertUnwindSafe(story(desk)).catch_unwind().await {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => panic!("{name}: {fault}"),
        Err(panic) => std::panic::resume_unwind(panic),
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
