//! Events to items, with ends, pages and restarts between them. What must hold is `fuzz::timeline`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::timeline(bytes));
