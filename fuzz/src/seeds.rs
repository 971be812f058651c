//! What fuzzing begins with, and what the tests go through: all recordings, in each target's own form, texts (`fuzz/texts`), pictures,
//! and what was ever found.

mod files;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A target's name, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 4] = [
    ("guard", super::guard),
    ("timeline", super::timeline),
    ("markdown", super::markdown),
    ("pictures", super::pictures),
];

/// What happens between the events of a recording, for each form in which it is a seed of `timeline`.
const HAPPENINGS: [&str; 6] = ["s", "sl", "srrn", "sryrdl", "p", "srrrri"];

/// How a text is cut, or within which limits a picture is taken.
const FIRST: &[u8] = b"7";

/// The inputs of a target: its seeds and its findings, each with a name.
///
/// # Errors
/// If the checkout cannot be read.
pub fn inputs(target: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut inputs = findings(target)?;
    let first = |(name, bytes): (String, Vec<u8>)| (name, [FIRST, bytes.as_slice()].concat());
    match target {
        "guard" => inputs.extend(recordings()?.into_iter().map(first)),
        "timeline" => inputs.extend(recordings()?.iter().flat_map(happenings)),
        "markdown" => inputs.extend(texts()?.into_iter().map(first)),
        "pictures" => inputs.extend(files::pictures()?.into_iter().map(first)),
        _ => {}
    }
    Ok(inputs)
}

/// A recording, with each of the happenings between its events.
fn happenings((name, body): &(String, Vec<u8>)) -> impl Iterator<Item = (String, Vec<u8>)> {
    let group = if name.contains("group") { "g" } else { "" };
    HAPPENINGS.iter().map(move |happens| {
        (format!("{name}-{happens}"), [group.as_bytes(), happens.as_bytes(), b"\n", body.as_slice()].concat())
    })
}

/// Writes the inputs of a target as files, as libFuzzer reads them.
///
/// # Errors
/// If the checkout cannot be read, or the folder not be written.
pub fn write(target: &str, folder: &Path) -> io::Result<usize> {
    fs::create_dir_all(folder)?;
    let inputs = inputs(target)?;
    for (name, bytes) in &inputs {
        fs::write(folder.join(name.replace('/', "-")), bytes)?;
    }
    Ok(inputs.len())
}

/// Where findings of a target are kept.
pub fn found(target: &str) -> PathBuf {
    root().join("fuzz/findings").join(target)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn findings(target: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    let folder = found(target);
    if folder.exists() { all("finding", &folder) } else { Ok(Vec::new()) }
}

/// Texts as models write them, and as nobody should.
fn texts() -> io::Result<Vec<(String, Vec<u8>)>> {
    all("text", &root().join("fuzz/texts"))
}

/// The files of a folder, in order.
fn all(kind: &str, folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let files = fs::read_dir(folder)?.map(|file| {
        let file = file?;
        Ok((format!("{kind}-{}", file.file_name().display()), fs::read(file.path())?))
    });
    let mut files = files.collect::<io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// Streams and pages of real servers, with their names.
fn recordings() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut recordings = Vec::new();
    for version in fs::read_dir(root().join("tests/fixtures/recordings"))? {
        let version = version?;
        for story in fs::read_dir(version.path())? {
            let story = story?;
            for file in ["stream.sse", "response.json"] {
                let path = story.path().join(file);
                if path.exists() {
                    let name = format!("{}/{}", version.file_name().display(), story.file_name().display());
                    recordings.push((name, fs::read(path)?));
                }
            }
        }
    }
    recordings.sort();
    Ok(recordings)
}
