//! The way out where WebKitGTK's fast renderer shows nothing (some drivers, some remote desktops): if a visible window has not painted
//! a first frame in time, the app starts itself again once with `WEBKIT_DISABLE_DMABUF_RENDERER=1`, and remembers it for this version
//! of WebKit. Where the first frame comes, nothing is set: the plain renderer is slower.

use std::{env, fs, path::Path, process::Command, time::Duration};

use tauri::{AppHandle, Manager as _, WebviewWindow};

use crate::{ending, home::Home, window::FirstFrame};

/// The variable, which a user may also set.
const PLAIN: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// How long a first frame may take. A debug build on a busy machine needs two seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Starts the app again with the plain renderer if that was needed before. Call it before anything is open.
pub fn recall(home: &Path) {
    if env::var_os(PLAIN).is_none() && is_remembered(home, &webkit()) {
        start_again();
    }
}

/// Waits for the first frame, and changes the renderer if there is none.
pub fn watch(window: &WebviewWindow) {
    let window = window.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        // What cannot be seen is not painted either: that says nothing.
        let seen = window.is_visible().unwrap_or(false) && !window.is_minimized().unwrap_or(true);
        if seen && may_help(window.app_handle()) {
            change(window.app_handle()).await;
        }
    });
}

/// Whether another renderer could show what this one has not: nothing was painted yet, and it is the fast one.
pub fn may_help(app: &AppHandle) -> bool {
    // A page under automation is not painted by the screen's clock.
    let is_settled = env::var_os(PLAIN).is_some() || env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some();
    !is_settled && !app.state::<FirstFrame>().came()
}

/// Starts the app again with the plain renderer.
pub async fn change(app: &AppHandle) {
    tracing::warn!("no first frame: starting again with the plain renderer");
    let home = &app.state::<Home>().folder;
    if let Err(fault) = fs::write(home.join("renderer"), webkit()) {
        tracing::warn!(%fault, "the plain renderer could not be remembered");
    }
    ending::save(app).await;
    start_again();
}

fn is_remembered(home: &Path, webkit: &str) -> bool {
    fs::read_to_string(home.join("renderer")).is_ok_and(|remembered| remembered == webkit)
}

fn webkit() -> String {
    tauri::webview_version().unwrap_or_default()
}

/// Becomes the same program with the plain renderer. Returns only if that cannot be done. Locks and sockets end by themselves.
fn start_again() {
    use std::os::unix::process::CommandExt as _;
    let Ok(program) = env::current_exe() else { return };
    let fault = Command::new(program).args(env::args_os().skip(1)).env(PLAIN, "1").exec();
    tracing::error!(%fault, "could not start again");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_of_webkit_gets_another_chance() {
        let home = tempfile::tempdir().unwrap();
        assert!(!is_remembered(home.path(), "2.50.6"));
        fs::write(home.path().join("renderer"), "2.50.6").unwrap();
        assert!(is_remembered(home.path(), "2.50.6"));
        assert!(!is_remembered(home.path(), "2.52.0"));
    }
}
