//! Table `settings` of ours: what the user chose for the whole app or for one server, and what a server refused, one row each.

use model::{ProfileId, Streaming, Theme};
use rusqlite::{Connection, OptionalExtension};

pub(super) const V1: &str = "
CREATE TABLE settings (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL DEFAULT ''
) STRICT;
";

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// Light or dark.
    Theme,
    /// The server the sidebar shows.
    Profile,
    /// The conversation that was open last.
    Conversation,
    /// How answers come from a server.
    Streaming(ProfileId),
    /// The version of a server that refused to stream in the background.
    NoBackground(ProfileId),
    /// The tables that the demo begins with were made.
    TablesBegun(ProfileId),
}

impl Setting {
    /// What belongs to a server ends with its name (see `profiles::forget`).
    fn name(&self) -> String {
        match self {
            Self::Theme => "theme".to_owned(),
            Self::Profile => "profile".to_owned(),
            Self::Conversation => "conversation".to_owned(),
            Self::Streaming(profile) => format!("streaming/{profile}"),
            Self::NoBackground(profile) => format!("no-background/{profile}"),
            Self::TablesBegun(profile) => format!("tables-begun/{profile}"),
        }
    }
}

const PUT: &str =
    "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// Empty: nothing chosen.
pub(super) fn put(connection: &Connection, setting: &Setting, value: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT)?.execute((setting.name(), value))?;
    Ok(())
}

const GET: &str = "SELECT value FROM settings WHERE name = ?1 AND value <> ''";

/// As chosen; none if never.
pub(super) fn get(connection: &Connection, setting: &Setting) -> rusqlite::Result<Option<String>> {
    connection.prepare_cached(GET)?.query_row([setting.name()], |row| row.get(0)).optional()
}

/// As it is written in the column; what is usual is not written.
pub(super) fn streaming_word(streaming: Streaming) -> &'static str {
    match streaming {
        Streaming::Auto => "",
        Streaming::Plain => "plain",
        Streaming::Background => "background",
    }
}

/// As the column says; a word of another version is the usual.
pub(super) fn streaming(word: &str) -> Streaming {
    [Streaming::Plain, Streaming::Background]
        .into_iter()
        .find(|streaming| streaming_word(*streaming) == word)
        .unwrap_or_default()
}

/// As it is written in the column.
pub(super) fn theme_word(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

/// As the column says; a word of another version is the system's.
pub(super) fn theme(word: &str) -> Theme {
    [Theme::Light, Theme::Dark].into_iter().find(|theme| theme_word(*theme) == word).unwrap_or_default()
}
