//! A file to what is sent and shown of it. What must hold is `fuzz::pictures`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::pictures(bytes));
