//! The two databases as they are made and brought up to date: one ordered list of versions each, whose statements stand beside
//! their tables. When this runs, and what happens if it fails, is in `open.rs`.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::{
    attachments, concern::Which, conversations, cursors, decisions, drafts, hues, items, loaded, members, outbox,
    profiles, read_marks, sending, settings, tables, tool_lists, waiting,
};

/// What makes one version out of the one before it. Never changed once released.
pub(super) struct Migration {
    /// Run in this order, in one transaction.
    pub steps: &'static [&'static str],
}

/// A database: its file, its mark and its versions. Version N is made by the N-th migration.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub which: Which,
    pub file: &'static str,
    /// `application_id` in the file's header, so that a stranger's file is never taken for ours.
    pub mark: i32,
    pub migrations: &'static [Migration],
}

/// What can be had again: the server has it too, or ours has.
pub(super) const CACHE: Plan = Plan {
    which: Which::Cache,
    file: "cache.db",
    mark: i32::from_be_bytes(*b"TrtC"),
    migrations: &[
        Migration { steps: &[conversations::V1, members::V1, items::V1, cursors::V1] },
        Migration { steps: &[tool_lists::V1, waiting::V2] },
        Migration { steps: &[conversations::SAVES] },
    ],
};

/// What only we have.
pub(super) const OURS: Plan = Plan {
    which: Which::Ours,
    file: "ours.db",
    mark: i32::from_be_bytes(*b"TrtO"),
    migrations: &[
        Migration {
            steps: &[profiles::V1, settings::V1, drafts::V1, outbox::V1, read_marks::V1, hues::V1, decisions::V1],
        },
        Migration { steps: &[decisions::V2] },
        Migration { steps: &[outbox::V3, sending::V3] },
        Migration { steps: &[attachments::V4, loaded::V4] },
        Migration { steps: &[tables::V5] },
        Migration { steps: &[conversations::V1, items::V1, conversations::SAVES] },
    ],
};

impl Plan {
    /// The version this program reads and writes.
    pub(super) fn newest(&self) -> i64 {
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }

    /// Where the copy made before the last migration lies.
    pub(super) fn copy(&self, path: &Path) -> PathBuf {
        path.with_file_name(format!("{}.before-v{}", self.file, self.newest()))
    }
}

/// The version of an open database; 0: empty.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings an open database up to date, each version in its own transaction.
pub(super) fn migrate(connection: &mut Connection, plan: &Plan) -> rusqlite::Result<()> {
    let from = version(connection)?;
    for (number, migration) in (1i64..).zip(plan.migrations).filter(|(number, _)| *number > from) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for step in migration.steps {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", plan.mark)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Copies the database as it is to a file beside it. Earlier copies go: only the last one is kept.
pub(super) fn copy(connection: &Connection, plan: &Plan, path: &Path) -> rusqlite::Result<()> {
    let prefix = format!("{}.before-v", plan.file);
    let beside = path.parent().and_then(|folder| folder.read_dir().ok()).into_iter().flatten().flatten();
    for old in beside.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix)) {
        // If it cannot be removed, VACUUM INTO says so.
        let _ = std::fs::remove_file(old.path());
    }
    connection.execute("VACUUM INTO ?1", [plan.copy(path).to_string_lossy()])?;
    Ok(())
}
