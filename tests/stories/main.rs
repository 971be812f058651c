//! Stories: the engine, asked and heard in the JSON that the window uses, against `sim`. One file a theme.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod connect;
mod talk;
