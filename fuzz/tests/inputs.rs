//! Every recording and everything that fuzzing ever found, through the targets.

#![allow(clippy::unwrap_used)]

use fuzz::seeds;

#[test]
fn every_seed_and_every_finding_holds() {
    for (target, run) in seeds::TARGETS {
        let inputs = seeds::inputs(target).unwrap();
        assert!(inputs.len() >= 6, "the seeds of {target} are missing");
        for (name, bytes) in inputs {
            let outcome = std::panic::catch_unwind(|| run(&bytes));
            assert!(outcome.is_ok(), "{target}: {name}");
        }
    }
}
