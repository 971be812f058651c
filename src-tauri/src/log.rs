//! The log: a file a day in the home folder, warnings also on the terminal, panics included. Keys are struck out of every line,
//! whoever wrote it.

use std::{
    borrow::Cow,
    fs,
    io::{self, Write},
    panic,
    path::Path,
    sync::Arc,
};

use parking_lot::RwLock;
use secrecy::{ExposeSecret as _, SecretString};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::{EnvFilter, Layer as _, filter::LevelFilter, fmt, layer::SubscriberExt as _};

/// Days of logs that are kept.
const DAYS: usize = 7;

/// What stands where a key stood.
const STRUCK: &str = "[key]";

/// A key shorter than this is not looked for: it would strike out ordinary words.
const SHORTEST: usize = 6;

/// Starts the log. What is logged is `TERTULIA_LOG` (as `RUST_LOG` elsewhere), else what is worth knowing later. Returns the list of
/// what must never be written. Where there can be no file, the terminal is all there is.
pub fn start(home: &Path) -> Redaction {
    let redaction = Redaction::default();
    let folder = home.join("logs");
    // If this fails, so does opening the file; made here because the appender complains on the terminal of a folder it then makes.
    fs::create_dir_all(&folder).ok();
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("tertulia")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(folder)
        .ok()
        .map(|file| fmt::layer().with_ansi(false).with_writer(redaction.around(file)));
    let filter = EnvFilter::try_from_env("TERTULIA_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,tertulia=info,engine=info,letta=info"));
    let terminal =
        fmt::layer().with_ansi(false).with_writer(redaction.around(io::stderr)).with_filter(LevelFilter::WARN);
    let subscriber = tracing_subscriber::registry().with(filter).with(file).with(terminal);
    // Only tests in one process could have set one before; theirs then stays.
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        log_panics();
    }
    redaction
}

/// Panics go to the log too; what the terminal says of them stays as it is.
fn log_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let said = panic.payload().downcast_ref::<&str>().copied();
        let said = said.or_else(|| panic.payload().downcast_ref::<String>().map(String::as_str));
        let said = said.unwrap_or("something that is no text");
        tracing::error!(place, "panicked: {said}");
        before(panic);
    }));
}

/// What must never be written to a log.
#[derive(Clone, Default)]
pub struct Redaction {
    keys: Arc<RwLock<Vec<SecretString>>>,
}

impl Redaction {
    /// From now on this key is struck out.
    pub fn hide(&self, key: &SecretString) {
        let long_enough = key.expose_secret().len() >= SHORTEST;
        let mut keys = self.keys.write();
        if long_enough && !keys.iter().any(|known| known.expose_secret() == key.expose_secret()) {
            keys.push(key.clone());
        }
    }

    #[cfg(test)]
    pub fn hides(&self, key: &str) -> bool {
        self.strike(key) == STRUCK
    }

    fn strike<'a>(&self, line: &'a str) -> Cow<'a, str> {
        let mut line = Cow::Borrowed(line);
        for key in self.keys.read().iter().map(|key| key.expose_secret()) {
            if line.contains(key) {
                line = Cow::Owned(line.replace(key, STRUCK));
            }
        }
        // A key that nobody told us of, as HTTP writes it.
        let mut from = 0;
        while let Some(at) = line[from..].find("Bearer ").map(|at| from + at + "Bearer ".len()) {
            let end = line[at..].find(|c: char| c.is_whitespace() || c == '"').map_or(line.len(), |length| at + length);
            if !line[at..].starts_with(STRUCK) {
                line.to_mut().replace_range(at..end, STRUCK);
            }
            from = at;
        }
        line
    }

    fn around<W>(&self, inner: W) -> Redacted<W> {
        Redacted { inner, redaction: self.clone() }
    }
}

/// A writer of lines with their keys struck out. `tracing` hands over whole lines, one write each.
struct Redacted<W> {
    inner: W,
    redaction: Redaction,
}

impl<'a, W: fmt::MakeWriter<'a>> fmt::MakeWriter<'a> for Redacted<W> {
    type Writer = RedactedLine<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactedLine { inner: self.inner.make_writer(), redaction: self.redaction.clone() }
    }
}

struct RedactedLine<W> {
    inner: W,
    redaction: Redaction,
}

impl<W: Write> Write for RedactedLine<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.inner.write_all(self.redaction.strike(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_key_is_struck_out_wherever_it_stands() {
        let redaction = Redaction::default();
        redaction.hide(&SecretString::from("sk-let-canary".to_owned()));
        assert_eq!(redaction.strike("a sk-let-canary, {\"k\":\"sk-let-canary\"}"), "a [key], {\"k\":\"[key]\"}");
        assert_eq!(redaction.strike("nothing here"), "nothing here");
    }

    #[test]
    fn a_header_is_struck_out_though_its_key_was_never_told() {
        let redaction = Redaction::default();
        let line = "authorization: Bearer abc.def\nx: \"Bearer ghi\" Bearer ";
        assert_eq!(redaction.strike(line), "authorization: Bearer [key]\nx: \"Bearer [key]\" Bearer [key]");
    }

    #[test]
    fn a_word_of_a_few_letters_is_not_taken_for_a_key() {
        let redaction = Redaction::default();
        redaction.hide(&SecretString::from("demo".to_owned()));
        assert_eq!(redaction.strike("the demo"), "the demo");
    }

    #[test]
    fn lines_reach_the_file_without_the_key() {
        let temp = tempfile::tempdir().unwrap();
        let redaction = Redaction::default();
        redaction.hide(&SecretString::from("sk-let-canary".to_owned()));
        let file = tracing_appender::rolling::never(temp.path(), "log");
        let subscriber = tracing_subscriber::registry().with(fmt::layer().with_writer(redaction.around(file)));
        tracing::subscriber::with_default(subscriber, || tracing::warn!(key = "sk-let-canary", "refused"));
        let written = std::fs::read_to_string(temp.path().join("log")).unwrap();
        assert!(written.contains("refused") && written.contains(STRUCK) && !written.contains("canary"), "{written}");
    }
}
