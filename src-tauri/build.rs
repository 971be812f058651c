//! Tauri's build step, with the list of the only commands that the page may be allowed to give.

fn main() {
    // The page is embedded at compile time; `cargo xtask ui` fills the folder. It must exist for `cargo check` on a fresh clone.
    if let Err(fault) = std::fs::create_dir_all("../dist") {
        println!("cargo::warning=no folder for the page: {fault}");
    }
    let commands = tauri_build::AppManifest::new().commands(&["call", "listen", "first_frame"]);
    if let Err(fault) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands)) {
        println!("cargo::error={fault:#}");
    }
}
