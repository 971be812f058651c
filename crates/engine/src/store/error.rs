//! What can go wrong between a question and the disk, and what kind of ill it is. What the user is told about the state of the
//! disk as a whole is in `concern.rs`.

use rusqlite::ErrorCode;
use thiserror::Error;

use super::concern::Ill;

/// Why the store did not do what was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// SQLite refused, for a reason of this one statement.
    #[error("could not {doing}: {source}")]
    Sql {
        /// What was tried: "save items".
        doing: &'static str,
        /// SQLite's word.
        source: rusqlite::Error,
    },
    /// The disk does not take it now. It is kept in memory, seen by every read, and written as soon as the disk takes it.
    #[error("could not {doing} yet: {why}")]
    Waiting {
        /// What was tried.
        doing: &'static str,
        /// What the disk said.
        why: String,
    },
    /// The disk does not take it now, and it is of no use later: not kept.
    #[error("could not {doing}: {why}")]
    NotNow {
        /// What was tried.
        doing: &'static str,
        /// What the disk said.
        why: String,
    },
    /// The file was made by a newer version of the app: it is read, never written.
    #[error("could not {doing}: the file was made by a newer Tertulia")]
    Newer {
        /// What was tried.
        doing: &'static str,
    },
    /// The store was closed before.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    pub(super) fn sql(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Sql { doing, source }
    }
}

/// What kind of ill an error of SQLite's is a sign of; none: it concerns only the one statement.
pub(super) fn diagnosis(error: &rusqlite::Error) -> Option<Ill> {
    let rusqlite::Error::SqliteFailure(failure, _) = error else {
        return None;
    };
    match failure.code {
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some(Ill::Broken),
        _ if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_CORRUPTFS => Some(Ill::Broken),
        ErrorCode::DiskFull => Some(Ill::Full),
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen => Some(Ill::Failing),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => Some(Ill::Held),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Some(Ill::Locked),
        // The rest is about one statement, or about our own code.
        _ => None,
    }
}

/// A value of ours that could not be written as JSON, as an error of SQLite's.
pub(super) fn unwritable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}
