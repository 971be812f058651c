//! The end of the app, however it is asked for: the window closes at once, the engine saves within a limit, then the process ends.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tauri::{AppHandle, Manager as _};

use crate::{bridge::Bridge, window};

/// What is not saved by then is left to the next start, as after a crash.
const LIMIT: Duration = Duration::from_secs(2);

/// Whether the end has begun.
#[derive(Default)]
pub struct Ending {
    begun: AtomicBool,
}

impl Ending {
    /// It has.
    #[cfg(not(windows))]
    pub fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }
}

/// Ends the app. The second call and later ones change nothing.
pub fn begin(app: &AppHandle) {
    if app.state::<Ending>().begun.swap(true, Ordering::Relaxed) {
        return;
    }
    window::remember(app);
    window::vanish(app);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        save(&app).await;
        app.exit(0);
    });
}

/// Lets the engine save and close, within the limit.
pub async fn save(app: &AppHandle) {
    let bridge = app.state::<Bridge>();
    let closing = async {
        if let Ok(engine) = bridge.engine().await {
            engine.close().await;
        }
    };
    if tokio::time::timeout(LIMIT, closing).await.is_err() {
        tracing::warn!("the engine was not closed within {LIMIT:?}");
    }
}

/// Ends the app when the system asks the process to end.
#[cfg(unix)]
pub fn on_signals(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            match signal(kind) {
                Ok(mut asked) => {
                    asked.recv().await;
                    begin(&app);
                }
                Err(fault) => tracing::warn!(%fault, "a signal will end the app without saving"),
            }
        });
    }
}
