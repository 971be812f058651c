//! Letta's wire against recordings of real servers: bytes, events, items, history.

// What is no test function itself is still a test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod approvals;
mod cuts;
mod fixture;
mod history;
mod kinds;
mod pairs;
mod parts;
mod recordings;
mod rows;
mod runs;
