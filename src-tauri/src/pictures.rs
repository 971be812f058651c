//! The window's image scheme, `image://localhost/<hash>`, and files that are dropped on the window. Which pictures there are and what
//! may be shown of them is the engine's to say.

use tauri::{
    AppHandle, DragDropEvent, Manager as _, UriSchemeContext, UriSchemeResponder, Wry, async_runtime,
    http::{Method, Request, Response, StatusCode, header},
};

use crate::{bridge::Bridge, window};

/// The scheme's name, as in the content security policy.
pub const SCHEME: &str = "image";

/// Answers the page's request for a picture.
pub fn answer(context: UriSchemeContext<'_, Wry>, request: Request<Vec<u8>>, responder: UriSchemeResponder) {
    let may_ask = context.webview_label() == window::LABEL && request.method() == Method::GET;
    let (app, address) = (context.app_handle().clone(), request.uri().to_string());
    async_runtime::spawn(async move {
        let shown = match app.state::<Bridge>().engine().await {
            Ok(engine) if may_ask => engine.image(&address).await,
            Ok(_) | Err(_) => None,
        };
        let (status, media_type, bytes) = match shown {
            Some(shown) => (StatusCode::OK, shown.media_type, shown.bytes.to_vec()),
            None => (StatusCode::NOT_FOUND, "text/plain", Vec::new()),
        };
        responder.respond(response(status, media_type, bytes));
    });
}

fn response(status: StatusCode, media_type: &str, bytes: Vec<u8>) -> Response<Vec<u8>> {
    // What a name stands for never changes; that it is missing may.
    let keep = if status == StatusCode::OK { "private, max-age=31536000, immutable" } else { "no-store" };
    let answer = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, media_type)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CACHE_CONTROL, keep)
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    answer.body(bytes).unwrap_or_default()
}

/// Files are held over the window, dropped on it, or taken away again. The page never sees them, and never goes to them.
pub fn dragged(app: &AppHandle, event: &DragDropEvent) {
    let app = app.clone();
    let told = match event {
        // Without paths it is something within the page that is moved.
        DragDropEvent::Enter { paths, .. } if !paths.is_empty() => Dragged::Over(true),
        DragDropEvent::Leave => Dragged::Over(false),
        DragDropEvent::Drop { paths, .. } => Dragged::Dropped(paths.clone()),
        _ => return,
    };
    async_runtime::spawn(async move {
        let Ok(engine) = app.state::<Bridge>().engine().await else { return };
        match told {
            Dragged::Over(over) => engine.dragging(over),
            Dragged::Dropped(files) => {
                engine.dragging(false);
                if !files.is_empty() {
                    engine.drop_files(files).await;
                }
            }
        }
    });
}

enum Dragged {
    Over(bool),
    Dropped(Vec<std::path::PathBuf>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_answered_as_nothing_but_a_picture() {
        let found = response(StatusCode::OK, "image/png", b"bytes".to_vec());
        let header = |name: &str| found.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header("content-type").as_deref(), Some("image/png"));
        assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
        assert!(header("content-security-policy").unwrap().contains("'none'"));
        let missing = response(StatusCode::NOT_FOUND, "text/plain", Vec::new());
        assert_eq!(missing.status(), StatusCode::NOT_FOUND);
        assert_eq!(missing.headers()["cache-control"], "no-store", "it may come yet");
    }
}
