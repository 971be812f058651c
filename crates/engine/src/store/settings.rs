//! Table `settings` of ours: what the user chose for the whole app, one row each.

use model::Theme;
use rusqlite::{Connection, OptionalExtension};

pub(super) const V1: &str = "
CREATE TABLE settings (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL DEFAULT ''
) STRICT;
";

/// What can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// Light or dark.
    Theme,
    /// The server the sidebar shows.
    Profile,
    /// The conversation that was open last.
    Conversation,
}

impl Setting {
    fn name(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Profile => "profile",
            Self::Conversation => "conversation",
        }
    }
}

const PUT: &str =
    "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// Empty: nothing chosen.
pub(super) fn put(connection: &Connection, setting: Setting, value: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT)?.execute([setting.name(), value])?;
    Ok(())
}

const GET: &str = "SELECT value FROM settings WHERE name = ?1 AND value <> ''";

/// As chosen; none if never.
pub(super) fn get(connection: &Connection, setting: Setting) -> rusqlite::Result<Option<String>> {
    connection.prepare_cached(GET)?.query_row([setting.name()], |row| row.get(0)).optional()
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
