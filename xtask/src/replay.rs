//! `cargo xtask replay FILE`: what the app makes of a recording, one JSON object a line. What is in a line is `letta::replay`'s.

use std::{
    fs,
    io::{self, Read as _, Write as _},
};

use crate::steps::Outcome;

/// Prints the items of a recording (`-`: of standard input). Torn and broken recordings are no fault: what is wrong is an item.
pub fn replay(file: &str, group: bool) -> Outcome<()> {
    let mut bytes = Vec::new();
    if file == "-" {
        io::stdin().lock().read_to_end(&mut bytes)?;
    } else {
        bytes = fs::read(file).map_err(|fault| format!("{file}: {fault}"))?;
    }
    let mut out = io::stdout().lock();
    for item in letta::replay::replay(&bytes, group) {
        // Whoever reads may stop reading (`| head`).
        if writeln!(out, "{item}").is_err() {
            break;
        }
    }
    Ok(())
}
