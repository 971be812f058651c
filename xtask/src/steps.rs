//! How every command works: in steps that say what they do and how long it took, and that stop at the first one that fails.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

/// What a step gives, or why it failed, in words for the person at the terminal.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Says what begins, does it, says how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    eprintln!("── {what}");
    let began = Instant::now();
    let outcome = work();
    let seconds = began.elapsed().as_secs_f64();
    match &outcome {
        Ok(_) => eprintln!("── {what}: done in {seconds:.1} s"),
        Err(_) => eprintln!("── {what}: failed after {seconds:.1} s"),
    }
    outcome
}

/// Runs a program to its end. Its output goes where ours goes; anything but success is a fault that names the command line.
pub fn run(command: &mut Command) -> Outcome<()> {
    let status = command.status().map_err(|fault| format!("{} did not start: {fault}", line(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", line(command)).into()) }
}

/// What a program printed, or none where it is missing or fails. For questions that may be answered with no.
pub fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A cargo for the workspace, without what the cargo that started us has put into the environment: build scripts (ring's)
/// watch those variables, and would build everything above them anew at each change between `cargo xtask …` and `cargo …`.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        }) {
            command.env_remove(name);
        }
    }
    command
}

/// The checkout.
pub fn root() -> PathBuf {
    let here = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    here.as_deref().and_then(|xtask| xtask.parent()).map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |target| root().join(target))
}

/// Whether a program is on the path.
pub fn on_path(program: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program.as_ref())).find(|file| file.is_file())
}

/// A command as one would type it.
pub fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
