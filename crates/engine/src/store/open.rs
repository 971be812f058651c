//! From a path to an open, up-to-date database, or the reason why not; putting aside what is broken; the copy in memory for when
//! nothing else is left. What is done about each reason is in `database.rs`.

use std::{
    fs, io,
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, MAIN_DB, OpenFlags, TransactionBehavior, backup::Backup, config::DbConfig};

use super::{
    concern::Ill,
    error::diagnosis,
    journal::{self, Hitch, Journal},
    schema::{self, Plan},
};

/// Why a file cannot be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Made by a newer version of the app.
    Newer,
    /// Bringing it up to date failed; it is as it was.
    NotMigrated,
    /// Damaged, no database at all, or the disk refuses.
    Ill(Ill),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        tracing::warn!(%error, "a database cannot be opened");
        Self::Ill(diagnosis(&error).unwrap_or(Ill::Broken))
    }
}

/// How the one connection that writes is opened.
const WRITING: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_CREATE).union(OpenFlags::SQLITE_OPEN_NO_MUTEX);
/// What every file of SQLite's begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// What is kept in memory when the folder cannot be written, at most: more than that is not read in.
const SEED_LIMIT: u64 = 256 * 1024 * 1024;
const JOURNAL_LIMIT: i64 = 16 * 1024 * 1024;
/// More than there are, so that each is prepared once.
const STATEMENTS: usize = 64;
/// How long another program's lock is waited for …
const BUSY: Duration = Duration::from_secs(5);
/// … and how long at the start, which shows nothing meanwhile.
const BUSY_AT_START: Duration = Duration::from_millis(500);

/// Makes the folder for everything. It is the user's alone where the system knows that.
pub(super) fn folder(home: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(home)
}

/// Opens, or makes, the database at `path`, brings it up to date and makes sure that it can be written.
pub(super) fn on_disk(plan: &Plan, path: &Path) -> Result<Connection, Refusal> {
    look_at_header(plan, path)?;
    opened(plan, path, || Connection::open_with_flags(path, WRITING))
}

/// The same by any way to SQLite's files.
pub(super) fn opened(
    plan: &Plan,
    path: &Path,
    open: impl Fn() -> rusqlite::Result<Connection>,
) -> Result<Connection, Refusal> {
    let journal = if journal::is_over_a_network(path) { Journal::Plain } else { Journal::Log };
    match ready(plan, path, open()?, journal) {
        Err(Hitch::NoIndex(error)) if journal == Journal::Log => {
            tracing::info!(%error, file = plan.file, "no log can be had here: a plain journal does");
            ready(plan, path, open()?, Journal::Plain).map_err(Refusal::from)
        }
        other => other.map_err(Refusal::from),
    }
}

/// Makes sure that it is ours, that it can be written, and that it is up to date.
fn ready(plan: &Plan, path: &Path, mut connection: Connection, journal: Journal) -> Result<Connection, Hitch> {
    // Until it is known to be sound, closing it must not move the log into the file: what is broken is kept as it was found.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    if connection.is_readonly(MAIN_DB)? {
        return Err(Refusal::Ill(Ill::Locked).into());
    }
    // Some of the rules are read from the file.
    journal.before_reading(&connection)?;
    set_up(&connection, BUSY_AT_START)?;
    let version = whose(plan, &connection)?;
    journal.begin(&connection)?;
    connection.transaction_with_behavior(TransactionBehavior::Immediate)?.commit()?;
    if version < plan.newest() {
        bring_up_to_date(&mut connection, plan, path, version)?;
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

fn bring_up_to_date(connection: &mut Connection, plan: &Plan, path: &Path, from: i64) -> Result<(), Refusal> {
    let done = if from == 0 { Ok(()) } else { schema::copy(connection, plan, path) };
    let Err(error) = done.and_then(|()| schema::migrate(connection, plan)) else {
        return Ok(());
    };
    tracing::error!(%error, file = plan.file, from, to = plan.newest(), "a database could not be brought up to date");
    match (diagnosis(&error), from) {
        (Some(ill @ Ill::Broken), _) => Err(Refusal::Ill(ill)),
        // An empty one has nothing to lose: what counts is why.
        (Some(ill), 0) => Err(Refusal::Ill(ill)),
        (_, _) => Err(Refusal::NotMigrated),
    }
}

/// Tells from the first bytes what is no database, or a newer one, before SQLite touches it.
fn look_at_header(plan: &Plan, path: &Path) -> Result<(), Refusal> {
    let mut header = Vec::new();
    match fs::File::open(path) {
        Ok(file) => {
            file.take(100).read_to_end(&mut header).map_err(|error| refused(&error))?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(refused(&error)),
    }
    if header.is_empty() {
        // A log without its database: SQLite would throw it away.
        let log = beside(path, "-wal");
        let orphan = fs::metadata(log).is_ok_and(|log| log.len() > 0);
        return if orphan { Err(Refusal::Ill(Ill::Broken)) } else { Ok(()) };
    }
    let Some((header, version)) = header.first_chunk::<16>().zip(header.get(60..64)) else {
        return Err(Refusal::Ill(Ill::Broken));
    };
    if header != MAGIC {
        return Err(Refusal::Ill(Ill::Broken));
    }
    let version = version.iter().fold(0i64, |number, byte| number << 8 | i64::from(*byte));
    if version > plan.newest() { Err(Refusal::Newer) } else { Ok(()) }
}

/// Why a file or folder cannot be had.
pub(super) fn refused(error: &io::Error) -> Refusal {
    tracing::warn!(%error, "a database file cannot be read");
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Refusal::Ill(Ill::Locked),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Refusal::Ill(Ill::Full),
        _ => Refusal::Ill(Ill::Failing),
    }
}

/// SQLite says little of why it failed: asks the folder itself, by a file that is gone at once.
pub(super) fn cause(ill: Ill, home: &Path) -> Ill {
    if ill != Ill::Failing {
        return ill;
    }
    let probe = home.join("probe");
    let written = fs::write(&probe, [0; 64 * 1024]);
    let _ = fs::remove_file(&probe);
    match written.map_err(|error| refused(&error)) {
        Err(Refusal::Ill(found)) => found,
        Ok(()) | Err(Refusal::Newer | Refusal::NotMigrated) => ill,
    }
}

/// The version of an open database, once it is clear that it is ours.
fn whose(plan: &Plan, connection: &Connection) -> Result<i64, Hitch> {
    let mark: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = schema::version(connection)?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (mark, version) {
        (0, 0) if tables == 0 => Ok(0),
        (mark, version) if mark == plan.mark && version > plan.newest() => Err(Refusal::Newer.into()),
        (mark, version) if mark == plan.mark && version > 0 => Ok(version),
        _ => {
            tracing::warn!(file = plan.file, mark, version, "a file of another program stands where ours should");
            Err(Refusal::Ill(Ill::Broken).into())
        }
    }
}

/// The rules of every connection.
fn set_up(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    connection.busy_timeout(patience)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // What is not committed stays in memory: reads may look at what waits for a full disk.
    connection.pragma_update(None, "cache_spill", false)?;
    connection.pragma_update_and_check(None, "journal_size_limit", JOURNAL_LIMIT, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "secure_delete", "FAST", |_| Ok(()))?;
    Ok(())
}

/// A connection that never writes.
pub(super) fn read_only(path: &Path) -> rusqlite::Result<Connection> {
    read_only_within(path, BUSY)
}

fn read_only_within(path: &Path, patience: Duration) -> rusqlite::Result<Connection> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    set_up(&connection, patience)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// A database in memory, up to date and empty.
pub(super) fn in_memory(plan: &Plan) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    set_up(&connection, BUSY)?;
    schema::migrate(&mut connection, plan)?;
    Ok(connection)
}

/// The same with what can be read at `path`, which cannot be used because of `ill`; none if that is nothing, too much, or not of
/// our version.
pub(super) fn copied_to_memory(plan: &Plan, path: &Path, ill: Ill) -> Option<Connection> {
    if !fs::metadata(path).is_ok_and(|file| (1..=SEED_LIMIT).contains(&file.len())) {
        return None;
    }
    copy_from(plan, || read_only_within(path, BUSY_AT_START))
        .or_else(|error| match ill {
            // It may be changing at this moment.
            Ill::Held => Err(error),
            // A log in a folder that cannot be written cannot be read either; then the file alone is read, as of the last
            // time the log was moved into it.
            Ill::Broken | Ill::Full | Ill::Failing | Ill::Locked => copy_from(plan, || immutable(path)),
        })
        .inspect_err(|error| tracing::warn!(%error, file = plan.file, "nothing could be read"))
        .ok()
        .flatten()
}

fn copy_from(plan: &Plan, open: impl FnOnce() -> rusqlite::Result<Connection>) -> rusqlite::Result<Option<Connection>> {
    let from = open()?;
    if whose(plan, &from).is_err() {
        return Ok(None);
    }
    let mut connection = Connection::open_in_memory()?;
    Backup::new(&from, &mut connection)?.step(-1)?;
    set_up(&connection, BUSY)?;
    schema::migrate(&mut connection, plan)?;
    Ok(Some(connection))
}

fn immutable(path: &Path) -> rusqlite::Result<Connection> {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let Ok(mut url) = url::Url::from_file_path(&whole) else {
        return Err(rusqlite::Error::InvalidPath(whole));
    };
    url.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(url.as_str(), flags)
}

/// Moves a database with its log, whole, to a folder named by the time. Nothing is deleted.
pub(super) fn put_aside(plan: &Plan, home: &Path, now: i64) -> io::Result<PathBuf> {
    let time = jiff::Timestamp::from_millisecond(now)
        .map_or_else(|_| now.to_string(), |time| time.strftime("%Y-%m-%d_%H-%M-%S").to_string());
    let quarantine = home.join("quarantine");
    // The clock may stand still or go back: a folder that has such a file already is left alone.
    let folder = (1u32..)
        .map(|n| quarantine.join(if n == 1 { time.clone() } else { format!("{time}_{n}") }))
        .find(|folder| SUFFIXES.iter().all(|suffix| !beside(&folder.join(plan.file), suffix).exists()))
        .unwrap_or(quarantine);
    fs::create_dir_all(&folder)?;
    for suffix in SUFFIXES {
        let from = beside(&home.join(plan.file), suffix);
        match fs::rename(&from, beside(&folder.join(plan.file), suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(folder)
}

/// The files of one database: itself, its log, the log's index.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
