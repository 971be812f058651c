//! The key, marked, through a whole day of use: in no file of the app's folder and in no line of any log, at the finest level.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use model::{
    Place, Turn,
    command::{Connect, Connected},
};
use sim::{Answer, Call, Fault, On, Script, Sim, Step};
use tests::Home;

const KEY: &str = "sk-let-canary-2f9d1c77b0e54a06";
const WRONG: &str = "sk-let-canary-that-nobody-gave";
/// In both.
const CANARY: &str = "canary-";

/// Every line that this program logs, and which of them sing.
static LOG: Mutex<Log> = Mutex::new(Log { lines: 0, singing: Vec::new() });

struct Log {
    lines: usize,
    singing: Vec<String>,
}

struct Ear;

impl Write for Ear {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        log.lines += 1;
        let text = String::from_utf8_lossy(line);
        if text.contains(CANARY) {
            log.singing.push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn assert_silent(folder: &Path, when: &str) {
    let files = files(folder);
    assert!(files.len() >= 2, "{when}: no files to look into: {files:?}");
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        let sings = bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes());
        assert!(!sings, "{when}: the key is in {}", file.display());
    }
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(log.lines > 50, "{when}: only {} lines were logged", log.lines);
    assert!(log.singing.is_empty(), "{when}: the key is in the log: {:#?}", log.singing);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_in_no_file_and_in_no_line_of_a_log() {
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(|| Ear);
    // The only story that listens to the log: in one process with others it hears theirs too, which does no harm.
    let _ = log.try_init();

    let asks = Answer::of([Step::Ask(Call::new("send_letter", r#"{"to":"the printer"}"#, "Sent."))]);
    let answers = [Answer::text("Good morning."), asks, Answer::text("It is on its way.")];
    let sim = Sim::scripted(Script::new().version("0.16.8").key(KEY).agent("Wen", answers)).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    for (key, refused) in [(WRONG.to_owned(), true), (format!("{KEY} {KEY}"), true), (format!("{KEY}\u{7}"), true)] {
        let place = Place::Own { address: sim.address() };
        let answer = window.ask(Connect { place, key: Some(key), memory_only: false }).await.unwrap();
        assert!(matches!(&answer, Connected::No { key_refused, .. } if *key_refused == refused), "{answer:?}");
        assert!(!format!("{answer:?}").contains(CANARY), "the window is told a key");
    }
    let profile = window.connect(&sim.address(), Some(KEY)).await;
    let wen = window.open("Wen").await;
    window.send(&wen, "Good morning").await.unwrap();
    window.over(&wen).await;

    sim.next_fault(On::Send, Fault::server());
    window.send(&wen, "Write to the printer").await.unwrap();
    window.until_talk("it failed", &wen, |talk| talk.last("error").is_some()).await;
    window.retry(&wen, "user").await.unwrap();
    window.until_talk("it waits", &wen, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    super::approval::decide(&window, &wen, true, None).await.unwrap();
    window.over(&wen).await;
    assert_silent(home.folder(), "while it runs");

    window.engine.close().await;
    drop(window);
    let mut window = home.start().await;
    window.launch().await;
    window.online(&profile).await;
    assert!(!window.describe().contains(CANARY), "the window has heard a key");
    window.engine.close().await;
    assert_silent(home.folder(), "after a restart");
    // What should sing does: the ear is not deaf.
    tracing::info!(key = KEY, "heard");
    assert_eq!(LOG.lock().unwrap_or_else(PoisonError::into_inner).singing.len(), 1);
}
