//! Builds the window's page: the `ui` crate as wasm, wasm-bindgen in this process, and all of it laid out in `dist/`, from
//! where the app's build embeds it. Building the app itself is in `app.rs`.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

use wasm_bindgen_cli_support::Bindgen;

use crate::steps::{Outcome, cargo, root, run, step, target};

/// Parts of `ui/` that are served as they are.
const PLAIN: [&str; 4] = ["index.html", "start.js", "styles", "fonts"];

/// What the page is compiled for.
const WASM: &str = "wasm32-unknown-unknown";

/// Which of the two wasm profiles.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// `wasm-dev`: soon there, with names in backtraces.
    Quick,
    /// `wasm-release`: as shipped.
    Small,
}

/// Builds the page. Files in `dist/` that would not change are not touched, so that the app is linked anew only if the page
/// is another.
pub fn build(finish: Finish) -> Outcome<()> {
    let profile = match finish {
        Finish::Quick => "wasm-dev",
        Finish::Small => "wasm-release",
    };
    step(&format!("building the window's page ({profile})"), || {
        // Two builds at once (the app and its release, say) would lay out one page of two halves.
        let turn = File::create(target().join("page.lock"))?;
        turn.lock()?;
        let mut fresh = bind(profile, finish)?;
        if has_holes(&fresh)? {
            eprintln!("   the compiler left holes in what it had kept from earlier builds: building the page anew");
            run(cargo().args(["clean", "-q", "-p", "ui", "--target", WASM, "--profile", profile]))?;
            fresh = bind(profile, finish)?;
            if has_holes(&fresh)? {
                return Err("the page's wasm wants functions that nothing in it has".into());
            }
        }
        for part in PLAIN {
            copy(&root().join("ui").join(part), &fresh.join(part))?;
        }
        mirror(&fresh, &root().join("dist"))?;
        let bytes = fs::metadata(fresh.join("ui_bg.wasm"))?.len();
        eprintln!("   ui_bg.wasm: {} kB", bytes / 1000);
        Ok(())
    })
}

/// Compiles the page and binds it for the web view, in a folder of its own.
fn bind(profile: &str, finish: Finish) -> Outcome<PathBuf> {
    run(cargo().args(["build", "-p", "ui", "--bin", "ui", "--target", WASM, "--profile", profile]))?;
    let wasm = target().join(WASM).join(profile).join("ui.wasm");
    let fresh = target().join("dist");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    let small = finish == Finish::Small;
    Bindgen::new()
        .input_path(&wasm)
        .out_name("ui")
        .web(true)
        .map_err(|fault| format!("wasm-bindgen: {fault:#}"))?
        .typescript(false)
        .remove_name_section(small)
        .remove_producers_section(small)
        .generate(&fresh)
        .map_err(|fault| format!("wasm-bindgen: {fault:#}"))?;
    Ok(fresh)
}

/// Whether functions are missing. The linker makes an import from `env` of each, and the page would start blank. Seen where rustc put
/// together parts that it had kept from different earlier builds.
fn has_holes(fresh: &Path) -> Outcome<bool> {
    Ok(fs::read_to_string(fresh.join("ui.js"))?.contains("from \"env\""))
}

fn copy(from: &Path, to: &Path) -> Outcome<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    fs::copy(from, to).map_err(|fault| format!("{}: {fault}", from.display()))?;
    Ok(())
}

/// Makes `to` hold what `from` holds, writing only what differs.
fn mirror(from: &Path, to: &Path) -> Outcome<()> {
    let (wanted, there) = (files(from)?, files(to)?);
    for name in there.keys().filter(|name| !wanted.contains_key(*name)) {
        fs::remove_file(to.join(name))?;
    }
    for (name, path) in &wanted {
        let bytes = fs::read(path)?;
        let place = to.join(name);
        if fs::read(&place).is_ok_and(|old| old == bytes) {
            continue;
        }
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(place, bytes)?;
    }
    Ok(())
}

/// Every file below a folder, by its path within; empty where there is no such folder.
fn files(folder: &Path) -> Outcome<BTreeMap<PathBuf, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(here) = open.pop() {
        if !here.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&here)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                found.insert(name.to_owned(), path);
            }
        }
    }
    Ok(found)
}
