//! The window in a browser, with an engine in memory on the other side: golden news in, the page read, what is asked recorded.
#![cfg(target_arch = "wasm32")]
// Clippy does not take a `wasm_bindgen_test` for a test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod approval;
mod approval_rules;
mod approval_several;
mod connect;
mod crowded;
mod focus;
mod grouping;
mod hostile;
mod images;
mod inbox;
mod inspector;
mod led;
mod making;
mod modal;
mod ordering;
mod parts;
mod pictures;
mod server;
mod support;
mod table;
mod talk;
mod threads;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
