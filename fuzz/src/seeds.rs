//! What fuzzing begins with, and what the tests go through: all recordings, in each target's own form, and what was ever found.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A target's name, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 3] =
    [("guard", super::guard), ("timeline", super::timeline), ("markdown", super::markdown)];

/// What happens between the events of a recording, for each form in which it is a seed of `timeline`.
const HAPPENINGS: [&str; 6] = ["s", "sl", "srrn", "sryrdl", "p", "srrrri"];

/// Texts as models write them.
const TEXTS: [&str; 6] = [
    "## A heading\n\nSome **bold**, *slanted* and ~~struck~~ words, `code`, [a link](https://a.b/c \"t\") and ![a picture](https://a.b/d).\n",
    "- one\n- two\n  - nested\n\n1. first\n\n2. second\n\n- [ ] to do\n- [x] done\n",
    "| a | b |\n|---|--:|\n| c | d |\n| e |\n\n> quoted\n> twice\n\n---\n\n```rust\nfn main() {}\n```\n",
    "See [the note][n] and [^1], <https://a.b>, user@a.b &amp; &#x202e;.\n\n[n]: https://x.y 'title'\n[^1]: A note.\n    More of it.\n",
    "<div onclick=\"x\">html</div><!-- no -->\n\n<script>\nx\n</script>\n\nSetext\n======\n\n    indented code\n",
    "[x](javascript:alert(1)) [y](//host) [z](https://name@host/) <b>bold</b> \u{202e}gnp.exe \u{e0041} a\u{200d}b\r\nc\rd",
];

/// The inputs of a target: its seeds and its findings, each with a name.
///
/// # Errors
/// If the checkout cannot be read.
pub fn inputs(target: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut inputs = findings(target)?;
    if target == "markdown" {
        inputs
            .extend(TEXTS.iter().zip(0..).map(|(text, nth)| (format!("text-{nth}"), [b"7", text.as_bytes()].concat())));
    }
    for (name, body) in recordings()? {
        match target {
            "guard" => inputs.push((name, [b"7", body.as_slice()].concat())),
            "timeline" => inputs.extend(HAPPENINGS.iter().map(|happens| {
                let group = if name.contains("group") { "g" } else { "" };
                (format!("{name}-{happens}"), [group.as_bytes(), happens.as_bytes(), b"\n", &body].concat())
            })),
            _ => {}
        }
    }
    Ok(inputs)
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
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let files = fs::read_dir(folder)?.map(|file| {
        let file = file?;
        Ok((format!("finding-{}", file.file_name().display()), fs::read(file.path())?))
    });
    files.collect()
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
