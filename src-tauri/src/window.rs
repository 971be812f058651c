//! The one window: its size and place as they were left, its page and nowhere else. What the page shows is the `ui` crate's.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use serde::{Deserialize, Serialize};
use tauri::{
    AppHandle, LogicalSize, Manager as _, Monitor, PhysicalPosition, PhysicalSize, State, Theme, Url, WebviewUrl,
    WebviewWindow, WebviewWindowBuilder,
    webview::{Color, NewWindowResponse, PermissionResponse},
};

use crate::home::Home;

/// Its name for Tauri, as in the capability file.
pub const LABEL: &str = "main";

/// The page, as Tauri serves it.
#[cfg(not(windows))]
const PAGE: &str = "tauri://localhost";

/// Size at the first start, in logical pixels.
const SIZE: LogicalSize<f64> = LogicalSize { width: 1280.0, height: 820.0 };

/// The smallest size in which everything can be used, in logical pixels.
const SMALLEST: LogicalSize<f64> = LogicalSize { width: 480.0, height: 560.0 };

/// The page's ground before the page is there: `--canvas` in the tokens, light and dark.
const PAPER: Color = Color(0xfd, 0xfc, 0xfa, 0xff);
const INK: Color = Color(0x1a, 0x18, 0x16, 0xff);

/// At least this much of the window, in physical pixels, must lie on a screen for its old place to be used.
const GRIP: i64 = 80;

/// Where the window was, in physical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Placement {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    maximized: bool,
}

/// Whether the page has painted.
#[derive(Default)]
pub struct FirstFrame {
    painted: AtomicBool,
}

impl FirstFrame {
    /// It has.
    #[cfg(target_os = "linux")]
    pub fn came(&self) -> bool {
        self.painted.load(Ordering::Relaxed)
    }
}

/// The page says that its first frame was painted (`ui/start.js`).
#[tauri::command]
pub fn first_frame(frame: State<'_, FirstFrame>) {
    frame.painted.store(true, Ordering::Relaxed);
}

/// Opens the window.
///
/// # Errors
/// The system gives no window.
pub fn open(app: &AppHandle, home: &Path) -> tauri::Result<WebviewWindow> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Tertulia")
        .inner_size(SIZE.width, SIZE.height)
        .min_inner_size(SMALLEST.width, SMALLEST.height)
        .data_directory(home.join("page"))
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .on_download(|_, _| false)
        // The page counts what waits in its title.
        .on_document_title_changed(|window, title| {
            window.set_title(&title).ok();
        })
        // Dropped files are taken by Tauri and never opened by the page: that stays on.
        .build()?;
    let ground = if window.theme().is_ok_and(|theme| theme == Theme::Dark) { INK } else { PAPER };
    window.set_background_color(Some(ground)).ok();
    if let Some(placement) = read(home) {
        place(&window, placement)?;
    }
    Ok(window)
}

/// Brings the window before the user.
pub fn come_forward(app: &AppHandle) {
    tracing::info!("another start: coming forward");
    let Some(window) = app.get_webview_window(LABEL) else { return };
    // Each may be refused by the desktop; the others still help.
    window.unminimize().ok();
    window.show().ok();
    window.set_focus().ok();
}

/// Loads the page anew, from nothing: where the page before died, there may be nothing to reload.
#[cfg(not(windows))]
pub fn load_again(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let Ok(page) = Url::parse(PAGE) else { return };
    if let Err(fault) = window.navigate(page) {
        tracing::error!(%fault, "the page could not be loaded again");
    }
}

/// Takes the window off the screen while the rest of the app ends.
pub fn vanish(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(LABEL) {
        window.hide().ok();
    }
}

/// Writes down where the window is.
pub fn remember(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let home = &app.state::<Home>().folder;
    let written = now(&window, read(home)).map(|placement| write(home, placement));
    if let Ok(Err(fault)) = written {
        tracing::warn!(%fault, "the window's place could not be remembered");
    }
}

/// Only our own pages: `tauri://localhost`, which is `http(s)://tauri.localhost` on Windows.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

/// Where the window is. Of a maximised one, where it was before is kept, so that it can go back there.
fn now(window: &WebviewWindow, before: Option<Placement>) -> tauri::Result<Placement> {
    if window.is_maximized()?
        && let Some(before) = before
    {
        return Ok(Placement { maximized: true, ..before });
    }
    let PhysicalPosition { x, y } = window.outer_position()?;
    let PhysicalSize { width, height } = window.inner_size()?;
    Ok(Placement { x, y, width, height, maximized: window.is_maximized()? })
}

fn place(window: &WebviewWindow, placement: Placement) -> tauri::Result<()> {
    let Placement { x, y, width, height, maximized } = placement;
    window.set_size(PhysicalSize { width, height })?;
    let screens: Vec<Screen> = window.available_monitors()?.iter().map(Screen::from).collect();
    if is_reachable(placement, &screens) {
        window.set_position(PhysicalPosition { x, y })?;
    }
    if maximized {
        window.maximize()?;
    }
    Ok(())
}

/// A screen's place and size, in physical pixels.
struct Screen {
    x: i64,
    y: i64,
    width: i64,
    height: i64,
}

impl From<&Monitor> for Screen {
    fn from(monitor: &Monitor) -> Self {
        let (at, size) = (monitor.position(), monitor.size());
        Self { x: at.x.into(), y: at.y.into(), width: size.width.into(), height: size.height.into() }
    }
}

/// Whether the window's upper edge, by which it is moved, can be taken hold of on one of the screens.
fn is_reachable(placement: Placement, screens: &[Screen]) -> bool {
    let (left, top) = (i64::from(placement.x), i64::from(placement.y));
    let right = left + i64::from(placement.width);
    screens.iter().any(|screen| {
        let shared = right.min(screen.x + screen.width) - left.max(screen.x);
        shared >= GRIP && top >= screen.y && top + GRIP <= screen.y + screen.height
    })
}

fn read(home: &Path) -> Option<Placement> {
    let placement: Placement = serde_json::from_slice(&fs::read(file(home)).ok()?).ok()?;
    (placement.width > 0 && placement.height > 0).then_some(placement)
}

fn write(home: &Path, placement: Placement) -> io::Result<()> {
    let fresh = home.join("window.json.new");
    fs::write(&fresh, serde_json::to_vec(&placement)?)?;
    fs::rename(fresh, file(home))
}

fn file(home: &Path) -> PathBuf {
    home.join("window.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: i32, y: i32) -> Placement {
        Placement { x, y, width: 800, height: 600, maximized: false }
    }

    #[test]
    fn a_placement_is_read_as_it_was_written_and_nonsense_is_not_read() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(read(home.path()), None);
        write(home.path(), at(3, 4)).unwrap();
        assert_eq!(read(home.path()), Some(at(3, 4)));
        for nonsense in ["", "{", r#"{"x":0,"y":0,"width":0,"height":9,"maximized":false}"#] {
            fs::write(file(home.path()), nonsense).unwrap();
            assert_eq!(read(home.path()), None);
        }
    }

    #[test]
    fn a_place_that_no_screen_shows_any_more_is_not_used() {
        let screens =
            [Screen { x: 0, y: 0, width: 1920, height: 1080 }, Screen { x: 1920, y: 0, width: 1280, height: 1024 }];
        assert!(is_reachable(at(100, 100), &screens));
        assert!(is_reachable(at(3000, 900), &screens));
        assert!(is_reachable(at(-700, 0), &screens));
        for gone in [at(3200, 0), at(-740, 0), at(0, -30), at(0, 1070), at(i32::MAX, i32::MAX)] {
            assert!(!is_reachable(gone, &screens), "{gone:?}");
        }
        assert!(!is_reachable(at(0, 0), &[]));
    }

    #[test]
    fn the_page_goes_nowhere_else() {
        assert!(is_ours(&"tauri://localhost/index.html".parse().unwrap()));
        for other in
            ["https://example.org", "file:///etc/passwd", "tauri://elsewhere/", "data:text/html,x", "about:blank"]
        {
            assert!(!is_ours(&other.parse().unwrap()), "{other}");
        }
    }
}
