//! How a write is kept whole: by a log beside the file where that can be, else by a plain journal. Which it is decides the file system;
//! what is done where neither works is in `open.rs`.

use std::path::Path;

use rusqlite::{Connection, ffi};

use super::open::Refusal;

/// What SQLite keeps while it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Journal {
    /// WAL: reading goes on while something is written. Its index is memory that all connections share, which some file systems cannot
    /// give, and which is not the same memory for two computers: then the file would be damaged.
    Log,
    /// Slower, and right on any file system that has locks.
    Plain,
}

/// Why a connection is not ready.
pub(super) enum Hitch {
    /// The log's index cannot be had here.
    NoIndex(rusqlite::Error),
    Refused(Refusal),
}

impl From<rusqlite::Error> for Hitch {
    fn from(error: rusqlite::Error) -> Self {
        if is_about_the_index(&error) { Self::NoIndex(error) } else { Self::Refused(error.into()) }
    }
}

impl From<Refusal> for Hitch {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Hitch> for Refusal {
    fn from(hitch: Hitch) -> Self {
        match hitch {
            Hitch::NoIndex(error) => error.into(),
            Hitch::Refused(refusal) => refusal,
        }
    }
}

impl Journal {
    /// What has to be said before the first read: a file that has a log from another place is read without its index only by one
    /// who holds it alone.
    pub(super) fn before_reading(self, connection: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Log => Ok(()),
            Self::Plain => connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(())),
        }
    }

    /// Turns the file to it. It stays so until the next turn, for readers too.
    pub(super) fn begin(self, connection: &Connection) -> Result<(), Hitch> {
        match self {
            Self::Log => {
                let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
                if mode == "wal" {
                    return Ok(());
                }
                // So it says where the index cannot be shared at all.
                let code = ffi::Error::new(ffi::SQLITE_IOERR_SHMOPEN);
                Err(Hitch::NoIndex(rusqlite::Error::SqliteFailure(code, Some(format!("journal_mode is {mode}")))))
            }
            Self::Plain => {
                connection.pragma_update_and_check(None, "journal_mode", "TRUNCATE", |_| Ok(()))?;
                // Without a log NORMAL could lose the file with the power.
                connection.pragma_update(None, "synchronous", "FULL")?;
                connection.pragma_update_and_check(None, "locking_mode", "NORMAL", |_| Ok(()))?;
                // The hold ends with the next read.
                connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
                Ok(())
            }
        }
    }
}

/// Whether it says that the log's index cannot be had. Where it cannot even be made SQLite says no more than that a file cannot be
/// opened.
fn is_about_the_index(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(failure, _) = error else { return false };
    matches!(
        failure.extended_code,
        ffi::SQLITE_IOERR_SHMOPEN
            | ffi::SQLITE_IOERR_SHMMAP
            | ffi::SQLITE_IOERR_SHMSIZE
            | ffi::SQLITE_IOERR_SHMLOCK
            | ffi::SQLITE_CANTOPEN
    )
}

/// Whether other computers may have the same file open, as far as the system tells: only Linux is asked.
pub(super) fn is_over_a_network(path: &Path) -> bool {
    #[cfg(target_os = "linux")]
    {
        let folder = path.parent().unwrap_or(path);
        rustix::fs::statfs(folder).is_ok_and(|system| is_shared(system.f_type))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        false
    }
}

/// File systems by the numbers of `linux/magic.h`. FUSE may be anything, a network too (sshfs, virtiofs).
#[cfg(target_os = "linux")]
fn is_shared(kind: rustix::fs::FsWord) -> bool {
    const SHARED: [u32; 9] = [
        0x6969,      // NFS
        0x517B,      // SMB
        0xFF53_4D42, // CIFS
        0xFE53_4D42, // SMB 2
        0x0102_1997, // 9P
        0x00C3_6400, // Ceph
        0x5346_414F, // AFS
        0x0BD0_0BD0, // Lustre
        0x6573_5546, // FUSE
    ];
    // The word is signed or not, and 32 or 64 bits, by the machine.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the numbers have 32 bits")]
    let kind = kind as u32;
    SHARED.contains(&kind)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn file_systems_that_computers_share_are_known() {
        assert!(is_shared(0x6969) && is_shared(0x0102_1997) && is_shared(0x6573_5546));
        // ext4, tmpfs, btrfs.
        assert!(!is_shared(0xEF53) && !is_shared(0x0102_1994) && !is_shared(0x9123_683E));
        assert!(!is_over_a_network(&std::env::temp_dir().join("cache.db")));
    }
}
