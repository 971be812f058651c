//! Serves the demo for trying with curl: `cargo run -p sim --example serve`. Prints the address; ends with Ctrl C.

use std::{error::Error, thread};

fn main() -> Result<(), Box<dyn Error>> {
    let sim = sim::Sim::demo()?;
    println!("{}", sim.address());
    loop {
        thread::park();
    }
}
