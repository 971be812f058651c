//! A page that dies, because its process crashed or ran out of memory: it is loaded anew and begins as at a start, for everything that was said,
//! asked and drafted is with the engine, in this process. One that dies again and again waits for the user's word. Windows is left out:
//! WebView2 tells of such a death only through unsafe code.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tauri::{AppHandle, Manager as _, async_runtime};

use crate::{
    bridge::Bridge,
    ending::{self, Ending},
    outside::{self, Question},
    window,
};

/// So many deaths within `RECENT` are no accident any more.
const MOST: usize = 3;

/// How long a death counts.
const RECENT: Duration = Duration::from_secs(60);

/// When the page died of late.
#[derive(Default)]
pub struct Deaths {
    recent: Mutex<Vec<Instant>>,
}

/// What becomes of a page that died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is loaded anew.
    LoadedAgain,
    /// It would die again: the user is asked.
    AskedAbout,
}

impl Deaths {
    /// The page died at this time.
    fn another(&self, at: Instant) -> Fate {
        let mut recent = self.recent.lock();
        recent.retain(|before| at.saturating_duration_since(*before) < RECENT);
        recent.push(at);
        if recent.len() < MOST {
            return Fate::LoadedAgain;
        }
        // Whatever the answer is, it is a new beginning.
        recent.clear();
        Fate::AskedAbout
    }
}

/// Hears when the window's page dies.
///
/// # Errors
/// The window is gone.
#[cfg(target_os = "linux")]
pub fn watch(window: &tauri::WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{WebProcessTerminationReason as Cause, WebViewExt as _};
    let app = window.app_handle().clone();
    window.with_webview(move |page| {
        page.inner().connect_web_process_terminated(move |_, cause| match cause {
            // By ourselves, which is no accident.
            Cause::TerminatedByApi => {}
            cause => died(&app, &format!("{cause:?}")),
        });
    })
}

/// The page died.
pub fn died(app: &AppHandle, cause: &str) {
    if app.state::<Ending>().has_begun() {
        return;
    }
    // Nobody hears until a page listens again; the engine folds what is told meanwhile.
    app.state::<Bridge>().hush();
    let fate = app.state::<Deaths>().another(Instant::now());
    tracing::warn!(cause, ?fate, "the page died");
    match fate {
        Fate::LoadedAgain => window::load_again(app),
        Fate::AskedAbout => ask(app.clone()),
    }
}

/// Loads it once more if the user wants that; else ends the app.
fn ask(app: AppHandle) {
    #[cfg(target_os = "linux")]
    if crate::renderer::may_help(&app) {
        async_runtime::spawn(async move { crate::renderer::change(&app).await });
        return;
    }
    async_runtime::spawn(async move {
        let question = Question {
            title: "The window failed three times within a minute",
            words: "What was said is kept, and what you were writing too. Load it again, or quit and start Tertulia later.",
            yes: "Load it again",
            no: "Quit",
        };
        match outside::confirm(&app, question).await {
            Ok(true) => window::load_again(&app),
            Ok(false) => ending::begin(&app),
            Err(fault) => tracing::error!(fault, "nobody could be asked"),
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_dies_now_and_then_is_loaded_each_time() {
        let (deaths, began) = (Deaths::default(), Instant::now());
        for minute in 0..100 {
            for second in [0, 25] {
                let at = began + RECENT * minute + Duration::from_secs(second);
                assert_eq!(deaths.another(at), Fate::LoadedAgain, "{minute}:{second}");
            }
        }
    }

    #[test]
    fn the_third_death_within_a_minute_is_asked_about_and_then_all_begins_anew() {
        let (deaths, began) = (Deaths::default(), Instant::now());
        let after = |seconds| deaths.another(began + Duration::from_secs(seconds));
        assert_eq!([after(0), after(30), after(59)], [Fate::LoadedAgain, Fate::LoadedAgain, Fate::AskedAbout]);
        assert_eq!([after(60), after(61), after(62)], [Fate::LoadedAgain, Fate::LoadedAgain, Fate::AskedAbout]);
    }
}
