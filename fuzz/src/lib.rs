//! What must hold for any bytes whatever: each function here takes some and panics if it does not. The fuzz targets, the tests over
//! all recordings and the property tests call the same functions.
//!
//! `cargo xtask fuzz NAME --seconds 300` fuzzes one (`guard`, `timeline`, `markdown`, `pictures`), guided by coverage, on the usual toolchain. It
//! begins with the recordings, texts and pictures of `seeds`. What it finds is put into `fuzz/findings/NAME/`: keep the file, it is a test from then on
//! (`cargo test -p fuzz`). With a nightly and cargo-fuzz, `cargo +nightly fuzz run --features libfuzzer fuzz_guard` works too.

mod bytes;
mod picture;
pub mod seeds;
mod stage;
mod tree;

pub use bytes::guard;
pub use picture::pictures;
pub use stage::{Stage, timeline};
pub use tree::markdown;
