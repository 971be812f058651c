//! Pictures by their bytes: what is taken, what becomes of it, and what is refused in which words.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod made;
mod refused;
mod shown;
mod taken;
