//! The client and the probe against small servers on loopback that answer as recorded ones did. What ends a turn is tested beside
//! `turn`, real servers in `real.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod blocks;
mod errors;
mod groups;
mod lists;
mod probing;
mod resuming;
mod saying;
mod standin;
mod threads;
