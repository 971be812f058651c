//! Runs wasm tests in node or a headless browser. The runner is wasm-bindgen's own, taken as a library, so that nothing needs
//! installing and its version cannot differ from the one the tests were built with.

fn main() {
    if let Err(error) = wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os()) {
        eprintln!("{error:?}");
        std::process::exit(1);
    }
}
