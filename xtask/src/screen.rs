//! A screen of its own, in a desktop session of its own, for tests of the real window: nothing of it is left when they end.

use std::process::Command;

use crate::{app, setup};

/// The same command with such a screen, and with what the tests there need to know: the binary, and what drives it.
pub fn on_a_screen(tests: &Command) -> Command {
    let mut screen = Command::new("dbus-run-session");
    // Else the screen begins anew whenever the last window is gone, and throws out whoever comes just then.
    screen.args(["--", "xvfb-run", "-a", "-s", "-screen 0 1600x1000x24 -noreset"]);
    screen.arg(tests.get_program()).args(tests.get_args());
    if let Some(folder) = tests.get_current_dir() {
        screen.current_dir(folder);
    }
    for (name, value) in tests.get_envs() {
        match value {
            Some(value) => screen.env(name, value),
            None => screen.env_remove(name),
        };
    }
    screen.env("TERTULIA_APP", app::binary("debug"));
    if let Some(driver) = setup::tauri_driver_path() {
        screen.env("TAURI_DRIVER", driver);
    }
    screen
}
