//! The timeline in a headless browser: changes in, the page read.

mod reading;
mod rows;
mod support;
mod writing;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
