//! Clipboard and dialogs by GTK, in its own loop. The web view's own clipboard and file dialogs are not used: there pasted pictures
//! come without their bytes (WebKit bug 320303).

use std::{cell::RefCell, path::PathBuf};

use engine::{Pasted, Pixels};
use gtk::{
    ButtonsType, DialogFlags, FileChooserAction, FileChooserNative, FileFilter, MessageDialog, MessageType,
    ResponseType, SelectionData,
    gdk::{Atom, SELECTION_CLIPBOARD},
    gdk_pixbuf::{Colorspace, Pixbuf},
    glib::{self, Bytes},
    prelude::*,
};
use tauri::{AppHandle, Manager as _};
use tokio::sync::oneshot;

use super::Question;
use crate::window;

/// Kinds of pictures that are taken from the clipboard as they are, the best first.
const KINDS: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// What is in the clipboard.
pub async fn pasted(app: &AppHandle) -> Result<Pasted, String> {
    in_loop(app, |answer| {
        let clipboard = gtk::Clipboard::get(&SELECTION_CLIPBOARD);
        look(&clipboard, &KINDS[..1], move |clipboard, found| match found {
            Some(bytes) => tell(answer, Pasted::Bytes(bytes)),
            // Programs that copy files offer small pictures of them too, but not as PNG.
            None => clipboard.request_uris(move |clipboard, uris| {
                let files: Vec<PathBuf> =
                    uris.iter().filter_map(|uri| glib::filename_from_uri(uri).ok()).map(|(path, _)| path).collect();
                if !files.is_empty() {
                    return tell(answer, Pasted::Files(files));
                }
                look(clipboard, &KINDS[1..], move |clipboard, found| match found {
                    Some(bytes) => tell(answer, Pasted::Bytes(bytes)),
                    None => clipboard.request_image(move |_, pixbuf| {
                        let png = pixbuf.and_then(|pixbuf| pixbuf.save_to_bufferv("png", &[]).ok());
                        tell(answer, png.map_or(Pasted::Nothing, Pasted::Bytes));
                    }),
                });
            }),
        });
    })
    .await
}

/// Looks for one kind after the other.
fn look(
    clipboard: &gtk::Clipboard,
    kinds: &'static [&'static str],
    then: impl FnOnce(&gtk::Clipboard, Option<Vec<u8>>) + 'static,
) {
    let Some((kind, others)) = kinds.split_first() else { return then(clipboard, None) };
    clipboard.request_contents(&Atom::intern(kind), move |clipboard, content: &SelectionData| {
        let bytes = content.data();
        if content.length() > 0 && !bytes.is_empty() {
            then(clipboard, Some(bytes));
        } else {
            look(clipboard, others, then);
        }
    });
}

/// Puts a picture into the clipboard.
pub async fn copy_image(app: &AppHandle, pixels: Pixels) -> Result<(), String> {
    let Pixels { width, height, rgba } = pixels;
    let too_large = |_| "The image is too large for the clipboard.".to_owned();
    let (width, height) = (i32::try_from(width).map_err(too_large)?, i32::try_from(height).map_err(too_large)?);
    let stride = width.checked_mul(4).ok_or_else(|| "The image is too large for the clipboard.".to_owned())?;
    in_loop(app, move |answer| {
        let bytes = Bytes::from_owned(rgba);
        let pixbuf = Pixbuf::from_bytes(&bytes, Colorspace::Rgb, true, 8, width, height, stride);
        gtk::Clipboard::get(&SELECTION_CLIPBOARD).set_image(&pixbuf);
        tell(answer, ());
    })
    .await
}

/// Lets the user choose files of pictures.
pub async fn choose_images(app: &AppHandle) -> Result<Vec<PathBuf>, String> {
    let chosen = ask(app, |chooser| {
        chooser.set_select_multiple(true);
        let images = FileFilter::new();
        images.set_name(Some("Images"));
        for kind in KINDS {
            images.add_mime_type(kind);
        }
        for extension in super::EXTENSIONS {
            images.add_pattern(&format!("*.{extension}"));
        }
        chooser.add_filter(images);
        let all = FileFilter::new();
        all.set_name(Some("All files"));
        all.add_pattern("*");
        chooser.add_filter(all);
    });
    chosen.await
}

/// Lets the user choose where to save.
pub async fn choose_place(app: &AppHandle, name: &str) -> Result<Option<PathBuf>, String> {
    let name = name.to_owned();
    let chosen = ask_with(app, FileChooserAction::Save, "Save", "Save as", move |chooser| {
        chooser.set_do_overwrite_confirmation(true);
        chooser.set_current_name(&name);
    });
    Ok(chosen.await?.into_iter().next())
}

async fn ask(
    app: &AppHandle,
    prepare: impl FnOnce(&FileChooserNative) + Send + 'static,
) -> Result<Vec<PathBuf>, String> {
    ask_with(app, FileChooserAction::Open, "Attach", "Attach images", prepare).await
}

/// Shows a dialog; no paths: the user thought better of it.
async fn ask_with(
    app: &AppHandle,
    action: FileChooserAction,
    accept: &'static str,
    title: &'static str,
    prepare: impl FnOnce(&FileChooserNative) + Send + 'static,
) -> Result<Vec<PathBuf>, String> {
    let above = app.clone();
    in_loop(app, move |answer| {
        let parent = above.get_webview_window(window::LABEL).and_then(|window| window.gtk_window().ok());
        let chooser = FileChooserNative::new(Some(title), parent.as_ref(), action, Some(accept), Some("Cancel"));
        prepare(&chooser);
        // It lives until it is answered.
        let waiting = RefCell::new(Some((chooser.clone(), answer)));
        chooser.connect_response(move |chooser, response| {
            let Some((_, answer)) = waiting.borrow_mut().take() else { return };
            tell(answer, if response == ResponseType::Accept { chooser.filenames() } else { Vec::new() });
        });
        chooser.show();
    })
    .await
}

/// Asks something above the window. Who closes the question without a button has not said no.
///
/// # Errors
/// There is no window to ask in, in words.
pub async fn confirm(app: &AppHandle, question: Question) -> Result<bool, String> {
    let above = app.clone();
    in_loop(app, move |answer| {
        let Question { title, words, yes, no } = question;
        let parent = above.get_webview_window(window::LABEL).and_then(|window| window.gtk_window().ok());
        let dialog =
            MessageDialog::new(parent.as_ref(), DialogFlags::MODAL, MessageType::Warning, ButtonsType::None, title);
        dialog.set_secondary_text(Some(words));
        dialog.add_button(no, ResponseType::Reject);
        dialog.add_button(yes, ResponseType::Accept);
        dialog.set_default_response(ResponseType::Accept);
        let waiting = RefCell::new(Some(answer));
        dialog.connect_response(move |dialog, response| {
            let Some(answer) = waiting.borrow_mut().take() else { return };
            tell(answer, response != ResponseType::Reject);
            dialog.close();
        });
        dialog.show();
    })
    .await
}

/// Does something in GTK's loop and waits for its answer.
async fn in_loop<T: Send + 'static>(
    app: &AppHandle,
    work: impl FnOnce(oneshot::Sender<T>) + Send + 'static,
) -> Result<T, String> {
    let gone = || "The window is gone.".to_owned();
    let (answer, answered) = oneshot::channel();
    app.run_on_main_thread(move || work(answer)).map_err(|_| gone())?;
    answered.await.map_err(|_| gone())
}

fn tell<T>(answer: oneshot::Sender<T>, what: T) {
    // Who asked may have lost patience.
    let _ = answer.send(what);
}
