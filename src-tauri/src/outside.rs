//! The way out of the app, into the user's desktop: links, the clipboard, dialogs for files. What is allowed out is the engine's to
//! say; how each system does it is in `gtk.rs` and `elsewhere.rs`.

#[cfg(not(target_os = "linux"))]
#[path = "outside/elsewhere.rs"]
mod desk;
#[cfg(target_os = "linux")]
#[path = "outside/gtk.rs"]
mod desk;

#[cfg(not(windows))]
pub use desk::confirm;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use engine::{Outside, Pasted, Pixels};
use futures_util::{FutureExt as _, future::BoxFuture};
use tauri::{AppHandle, async_runtime};

/// A program that holds the clipboard and does not give it out is not waited for longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How files of pictures end.
const EXTENSIONS: [&str; 5] = ["png", "jpg", "jpeg", "webp", "gif"];

/// The user's desktop.
#[derive(Clone, Default)]
pub struct Desktop {
    /// Set as soon as there is a window.
    app: Arc<OnceLock<AppHandle>>,
}

impl Desktop {
    /// The app is there: dialogs can be shown from now on.
    pub fn shown(&self, app: &AppHandle) {
        // A second time it is the same app.
        let _ = self.app.set(app.clone());
    }

    fn app(&self) -> Result<AppHandle, String> {
        self.app.get().cloned().ok_or_else(|| "The window is not there yet.".to_owned())
    }
}

impl Outside for Desktop {
    fn open_link(&self, url: &str) -> Result<(), String> {
        tauri_plugin_opener::open_url(url, None::<&str>).map_err(|fault| {
            tracing::warn!(%fault, "a link could not be opened");
            "No program on this computer opens this link.".to_owned()
        })
    }

    fn pasted(&self) -> BoxFuture<'static, Result<Pasted, String>> {
        let app = self.app();
        async move {
            let pasted = tokio::time::timeout(PATIENCE, desk::pasted(&app?)).await;
            pasted.unwrap_or_else(|_| Err("The program that holds the clipboard does not answer.".to_owned()))
        }
        .boxed()
    }

    fn choose_images(&self) -> BoxFuture<'static, Result<Vec<PathBuf>, String>> {
        let app = self.app();
        async move { desk::choose_images(&app?).await }.boxed()
    }

    fn save(&self, name: &str, bytes: Vec<u8>) -> BoxFuture<'static, Result<Option<String>, String>> {
        let (app, name) = (self.app(), name.to_owned());
        async move {
            let Some(path) = desk::choose_place(&app?, &name).await? else { return Ok(None) };
            let saved = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            let written = async_runtime::spawn_blocking(move || write(&path, &bytes)).await;
            match written {
                Ok(Ok(())) => Ok(Some(saved)),
                Ok(Err(fault)) => {
                    tracing::warn!(%fault, "a file could not be saved");
                    Err(format!("{saved} could not be saved. {}", cause(&fault)))
                }
                Err(_) => Err(format!("{saved} could not be saved.")),
            }
        }
        .boxed()
    }

    fn copy_image(&self, pixels: Pixels) -> BoxFuture<'static, Result<(), String>> {
        let app = self.app();
        async move { desk::copy_image(&app?, pixels).await }.boxed()
    }
}

/// Something that the user is asked by the system, where there is no page to ask it in.
#[cfg(not(windows))]
pub struct Question {
    /// What happened.
    pub title: &'static str,
    /// What that means.
    pub words: &'static str,
    /// What the first button does, which Enter presses.
    pub yes: &'static str,
    /// What the other one does.
    pub no: &'static str,
}

/// Writes a file whole, or leaves what was there.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().ok_or(std::io::ErrorKind::InvalidInput)?;
    let fresh = folder.join(format!(".{}.part", uuid::Uuid::new_v4()));
    let written = std::fs::File::create_new(&fresh)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&fresh, path));
    written.inspect_err(|_| {
        // Nothing is left of what could not be written.
        let _ = std::fs::remove_file(&fresh);
    })
}

fn cause(fault: &std::io::Error) -> &'static str {
    match fault.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            "Tertulia may not write there. Choose another folder."
        }
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => "The disk is full.",
        std::io::ErrorKind::NotFound => "The folder is no longer there.",
        _ => "The disk did not take it.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_saved_whole_in_place_of_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        std::fs::write(&path, b"before").unwrap();
        write(&path, b"after").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"after");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        assert!(write(&folder.path().join("gone/a.png"), b"after").is_err());
    }
}
