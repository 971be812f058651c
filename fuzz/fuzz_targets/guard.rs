//! Bytes in any cut to events. What must hold is `fuzz::guard`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::guard(bytes));
