//! The recordings of real servers that tests read, by story name, and their golden files.

use std::fs;
use std::path::{Path, PathBuf};

use letta::{Event, sse::Guard};
use serde_json::Value;

/// One recording.
pub struct Recording {
    /// `0.16.8/stream-tokens-tool-v1`.
    pub name: String,
    /// The body as received.
    pub bytes: Vec<u8>,
    /// A stream; else a JSON answer.
    pub streamed: bool,
    folder: PathBuf,
}

impl Recording {
    /// Speakers are told by name.
    pub fn is_group(&self) -> bool {
        let story = self.name.split('/').nth(1).unwrap_or_default();
        self.name.starts_with("0.11.7")
            && (story.starts_with("group-") || story.starts_with("sleeptime-auto"))
            && !story.starts_with("group-agent-")
    }

    /// Compares with a golden file, or writes it when `UPDATE_GOLDENS` is set.
    pub fn check(&self, golden: &str, now: &Value) -> Result<(), String> {
        let path = self.folder.join(golden);
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            fs::write(&path, format!("{now:#}\n")).unwrap();
            return Ok(());
        }
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let golden: Value = serde_json::from_str(&text).unwrap();
        if golden == *now { Ok(()) } else { Err(format!("{} differs; now:\n{now:#}", path.display())) }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/recordings")
}

/// Every recording, in order of name.
pub fn all() -> Vec<Recording> {
    let mut names = Vec::new();
    for version in fs::read_dir(root()).unwrap() {
        let version = version.unwrap();
        for story in fs::read_dir(version.path()).unwrap() {
            let story = story.unwrap();
            names.push(format!("{}/{}", version.file_name().display(), story.file_name().display()));
        }
    }
    names.sort();
    assert!(names.len() > 250, "the fixtures are missing");
    names.iter().map(|name| recording(name)).collect()
}

/// Every recorded stream.
pub fn streams() -> Vec<Recording> {
    all().into_iter().filter(|recording| recording.streamed).collect()
}

/// The recording of a name.
pub fn recording(name: &str) -> Recording {
    let folder = root().join(name);
    let stream = folder.join("stream.sse");
    let streamed = stream.exists();
    let path = if streamed { stream } else { folder.join("response.json") };
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Recording { name: name.to_owned(), bytes, streamed, folder }
}

/// The events of a recorded stream.
pub fn events(name: &str) -> Vec<Event> {
    decode([recording(name).bytes.as_slice()])
}

/// The events of a recorded page.
pub fn page(name: &str) -> Vec<Event> {
    letta::history::page(std::str::from_utf8(&recording(name).bytes).unwrap())
}

/// The events of bytes in any cut; what is torn at the end is left out.
pub fn decode<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Event> {
    let mut guard = Guard::new();
    let mut events = Vec::new();
    for chunk in chunks {
        guard.push(chunk, &mut events).unwrap();
    }
    events
}
