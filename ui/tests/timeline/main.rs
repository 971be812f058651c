//! The timeline in a headless browser: changes in, the page read.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on is to stop")]

mod calls;
mod gaps;
mod reading;
mod rows;
mod support;
mod writing;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
