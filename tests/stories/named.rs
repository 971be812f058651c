//! `FAULTS.md` names tests: they are there, and they are tests.

use std::{fs, path::Path};

#[test]
fn every_named_test_exists() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(here.join("FAULTS.md")).unwrap();
    let (mut named, mut missing) = (0, Vec::new());
    for row in table.lines().filter(|line| line.starts_with('|')) {
        let mut source = None;
        // What stands between back ticks: a file, then the tests in it.
        for word in row.split('`').skip(1).step_by(2) {
            if word.ends_with(".rs") {
                let text = fs::read_to_string(here.join("..").join(word));
                source = Some((word, text.unwrap_or_else(|error| panic!("{word}: {error}"))));
                continue;
            }
            let (file, text) = source.as_ref().unwrap_or_else(|| panic!("no file before {word}"));
            named += 1;
            if !text.contains(&format!("fn {word}(")) {
                missing.push(format!("{file}: {word}"));
            }
        }
    }
    assert!(named > 60, "only {named} tests are named");
    assert!(missing.is_empty(), "not there: {missing:#?}");
}
