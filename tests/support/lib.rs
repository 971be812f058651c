//! What stories need: a home on disk in which the app starts, ends and is killed; a window that applies the news as the real one
//! does; and waiting with a time limit. The other side is `sim`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod home;
mod proxy;
mod replay;
mod window;

pub use home::{Browser, Desk, Forgetful, Home, Keychain, SetClock, SmallWeb};
pub use proxy::Proxy;
pub use replay::{Cut, Replay};
pub use window::{Talk, Window, item_text};

/// The longest that a story waits for anything: far more than it ever takes, because the machine may be busy.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(90);
