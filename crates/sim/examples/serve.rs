//! Serves the demo for trying with curl: `cargo run -p sim --example serve -- [port]`. Prints the address; ends with Ctrl C.

use std::{env, error::Error, thread};

fn main() -> Result<(), Box<dyn Error>> {
    let port = env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let sim = sim::Sim::demo_on(port)?;
    println!("{}", sim.address());
    loop {
        thread::park();
    }
}
