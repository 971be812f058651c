//! The app as a person gets it: started from the checkout, built for release, packed. Building its page is in `window.rs`.

use std::{
    env::consts::EXE_SUFFIX,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    setup::{self, Purpose},
    steps::{Outcome, cargo, on_path, root, run, step, target},
    window::{self, Finish},
};

/// Tauri's packer, prebuilt, in the version of the libraries.
const TAURI_CLI: &str = "@tauri-apps/cli@2.12.5";

/// Builds what is needed and starts the app. The quick profile: a person waits for it.
pub fn start(arguments: &[&str]) -> Outcome<()> {
    setup::prepare(Purpose::Run)?;
    window::build(Finish::Quick)?;
    step("building the app", || run(cargo().args(["build", "-p", "tertulia"])))?;
    run(Command::new(binary("debug")).args(arguments))
}

/// Builds for release and prints the binary's path.
pub fn build() -> Outcome<()> {
    setup::prepare(Purpose::Run)?;
    window::build(Finish::Small)?;
    step("building the app (release)", || run(cargo().args(["build", "--release", "-p", "tertulia"])))?;
    println!("{}", binary("release").display());
    Ok(())
}

/// Builds for release, packs, and prints the packages' paths.
pub fn package() -> Outcome<()> {
    if on_path("npm").is_none() {
        return Err(
            "packing needs npm, which brings Tauri's prebuilt packer. On Debian and Ubuntu: apt-get install npm".into(),
        );
    }
    setup::prepare(Purpose::Run)?;
    window::build(Finish::Small)?;
    let packer = setup::tools().join("node_modules/.bin/tauri");
    if !packer.exists() {
        step(&format!("fetching {TAURI_CLI} (npm)"), || {
            fs::create_dir_all(setup::tools())?;
            run(Command::new("npm")
                .args(["install", "--silent", "--no-save", "--prefix"])
                .arg(setup::tools())
                .arg(TAURI_CLI))
        })?;
    }
    let bundles = target().join("release/bundle");
    if bundles.exists() {
        fs::remove_dir_all(&bundles)?;
    }
    step("building for release and packing .deb and .rpm", || {
        run(Command::new(&packer).current_dir(root().join("src-tauri")).args(["build", "--bundles", "deb,rpm"]))
    })?;
    for kind in ["deb", "rpm"] {
        println!("{}", package_in(&bundles.join(kind), kind)?.display());
    }
    Ok(())
}

/// Where cargo puts the app.
pub fn binary(profile: &str) -> PathBuf {
    target().join(profile).join(format!("tertulia{EXE_SUFFIX}"))
}

fn package_in(folder: &Path, kind: &str) -> Outcome<PathBuf> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == kind) {
            return Ok(path);
        }
    }
    Err(format!("no .{kind} in {}", folder.display()).into())
}
