//! A text that grows to a tree. What must hold is `fuzz::markdown`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::markdown(bytes));
