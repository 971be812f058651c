//! The way out of the app: links, in the user's browser or mail program. The engine decides which links may leave.

use engine::Outside;

/// The user's desktop.
pub struct Desktop;

impl Outside for Desktop {
    fn open_link(&self, url: &str) -> Result<(), String> {
        tauri_plugin_opener::open_url(url, None::<&str>).map_err(|fault| {
            tracing::warn!(%fault, "a link could not be opened");
            "No program on this computer opens this link.".to_owned()
        })
    }
}
