//! The window in a browser, with an engine in memory on the other side: golden news in, the page read, what is asked recorded.
#![cfg(target_arch = "wasm32")]

mod approval;
mod connect;
mod support;
mod table;
mod talk;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
