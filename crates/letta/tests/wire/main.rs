//! Letta's wire against recordings of real servers: bytes, events, items, history.

mod cuts;
mod fixture;
mod history;
mod recordings;
mod runs;
