//! Clipboard and dialogs on macOS and Windows.

use std::{borrow::Cow, path::PathBuf};

use arboard::{Clipboard, Error, ImageData};
use engine::{Pasted, Pixels};
use rfd::AsyncFileDialog;
use tauri::{AppHandle, Manager as _, async_runtime};

use crate::window;

/// What is in the clipboard.
pub async fn pasted(_: &AppHandle) -> Result<Pasted, String> {
    with_clipboard(|clipboard| {
        match clipboard.get().file_list() {
            Ok(files) if !files.is_empty() => return Ok(Pasted::Files(files)),
            Ok(_) | Err(_) => {}
        }
        match clipboard.get_image() {
            Ok(ImageData { width, height, bytes }) => match (u32::try_from(width), u32::try_from(height)) {
                (Ok(width), Ok(height)) => Ok(Pasted::Pixels(Pixels { width, height, rgba: bytes.into_owned() })),
                (Err(_), _) | (_, Err(_)) => Ok(Pasted::Nothing),
            },
            Err(Error::ContentNotAvailable) => Ok(Pasted::Nothing),
            Err(error) => Err(error),
        }
    })
    .await
}

/// Puts a picture into the clipboard.
pub async fn copy_image(_: &AppHandle, pixels: Pixels) -> Result<(), String> {
    with_clipboard(move |clipboard| {
        let Pixels { width, height, rgba } = pixels;
        clipboard.set_image(ImageData { width: width as usize, height: height as usize, bytes: Cow::Owned(rgba) })
    })
    .await
}

/// Lets the user choose files of pictures.
pub async fn choose_images(app: &AppHandle) -> Result<Vec<PathBuf>, String> {
    let dialog = dialog(app).set_title("Attach images").add_filter("Images", &super::EXTENSIONS);
    let chosen = dialog.pick_files().await.unwrap_or_default();
    Ok(chosen.into_iter().map(|file| file.path().to_owned()).collect())
}

/// Lets the user choose where to save.
pub async fn choose_place(app: &AppHandle, name: &str) -> Result<Option<PathBuf>, String> {
    let chosen = dialog(app).set_title("Save as").set_file_name(name).save_file().await;
    Ok(chosen.map(|file| file.path().to_owned()))
}

/// Asks something above the window. Who closes the question without a button has not said no.
///
/// # Errors
/// There is no window to ask in, in words.
#[cfg(target_os = "macos")]
pub async fn confirm(app: &AppHandle, question: super::Question) -> Result<bool, String> {
    use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};
    let super::Question { title, words, yes, no } = question;
    let window = app.get_webview_window(window::LABEL).ok_or("The window is gone.")?;
    let asked = AsyncMessageDialog::new()
        .set_level(MessageLevel::Warning)
        .set_title(title)
        .set_description(words)
        .set_buttons(MessageButtons::OkCancelCustom(yes.to_owned(), no.to_owned()))
        .set_parent(&window)
        .show();
    Ok(match asked.await {
        MessageDialogResult::No | MessageDialogResult::Cancel => false,
        MessageDialogResult::Custom(pressed) => pressed != no,
        MessageDialogResult::Yes | MessageDialogResult::Ok => true,
    })
}

fn dialog(app: &AppHandle) -> AsyncFileDialog {
    match app.get_webview_window(window::LABEL) {
        Some(window) => AsyncFileDialog::new().set_parent(&window),
        None => AsyncFileDialog::new(),
    }
}

/// The clipboard may make one wait.
async fn with_clipboard<T: Send + 'static>(
    work: impl FnOnce(&mut Clipboard) -> Result<T, Error> + Send + 'static,
) -> Result<T, String> {
    let worked = async_runtime::spawn_blocking(move || Clipboard::new().and_then(|mut clipboard| work(&mut clipboard)));
    match worked.await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(fault)) => {
            tracing::warn!(%fault, "the clipboard");
            Err("The clipboard could not be used.".to_owned())
        }
        Err(_) => Err("The clipboard could not be used.".to_owned()),
    }
}
