//! What was said at tables stands in both databases, because no server has it: here the one that lacks some of it is made like the
//! other. Each holds what was saved up to some save, in order, and knows which (`saves`): the one that knows the later one has it all.
//! When this is done is in `writer.rs`.

use model::ConversationId;
use rusqlite::{Connection, params_from_iter, types::Value};

use super::{
    conversations,
    database::Database,
    items,
    tables::{self, SavedTable},
};

/// `saves` of a table that may lack some of what was said at it: by damage, or because an earlier version kept it in the cache alone.
const UNKNOWN: i64 = 0;

/// The two databases.
pub(super) struct Databases {
    pub cache: Database,
    pub ours: Database,
}

/// Brings every table to the same in both.
///
/// # Errors
/// One of them cannot be read or changed now. Each table is as it was or well.
pub(super) fn level_all(both: &mut Databases) -> rusqlite::Result<()> {
    for table in both.ours.read(tables::all)? {
        level(both, &table.conversation)?;
    }
    forget_deleted(both)
}

/// Tables that are deleted go from the cache too. Until they are gone there from the disk ours keeps their names, so that wherever this is
/// cut off it is done again.
fn forget_deleted(both: &mut Databases) -> rusqlite::Result<()> {
    let Databases { cache, ours } = both;
    if cache.is_newer() {
        return Ok(());
    }
    for of in ours.read(tables::deleted)? {
        cache.change(|to| conversations::forget_one(to, &of))?;
        if cache.is_on_disk() {
            ours.change(|to| tables::forget_name(to, &of))?;
        }
    }
    Ok(())
}

/// Brings a table to the same in both, and returns which save they hold.
pub(super) fn level(both: &mut Databases, of: &ConversationId) -> rusqlite::Result<i64> {
    let Databases { cache, ours } = both;
    let cached = cache.read(|from| conversations::saves(from, of))?;
    let kept = ours.read(|from| conversations::saves(from, of))?;
    if kept == UNKNOWN {
        let saves = cached.max(kept) + 1;
        carry(cache, ours, of, Carry::Missing, saves)?;
        refill(ours, cache, of, saves)?;
        return Ok(saves);
    }
    if cached > kept {
        carry(cache, ours, of, Carry::All, cached)?;
    } else if cached < kept {
        refill(ours, cache, of, kept)?;
    }
    Ok(cached.max(kept))
}

/// The cache is made like ours, and lists the table again.
fn refill(ours: &mut Database, cache: &mut Database, of: &ConversationId, saves: i64) -> rusqlite::Result<()> {
    carry(ours, cache, of, Carry::All, saves)?;
    let all = ours.read(tables::all)?;
    match all.iter().find(|table| table.conversation == *of) {
        Some(SavedTable { profile, table, .. }) => {
            cache.change(|to| conversations::relist(to, of, profile, &table.name))
        }
        None => Ok(()),
    }
}

/// Which save the one of them that knows the later one holds, at least.
pub(super) fn latest(both: &mut Databases, of: &ConversationId) -> i64 {
    let saves = |database: &mut Database| database.read(|from| conversations::saves(from, of)).unwrap_or(UNKNOWN);
    // One more than unknown: what is saved now does not make whole what lacks something.
    saves(&mut both.cache).max(saves(&mut both.ours)).max(UNKNOWN + 1)
}

/// What is carried over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Carry {
    /// All, instead of what is there.
    All,
    /// What is not there.
    Missing,
}

fn carry(from: &mut Database, to: &mut Database, of: &ConversationId, what: Carry, saves: i64) -> rusqlite::Result<()> {
    if to.is_newer() {
        // It is read as it is.
        return Ok(());
    }
    from.read(|from| {
        to.change(|to| {
            let key = conversations::ensure(to, of)?;
            if what == Carry::All {
                to.prepare_cached(CLEAR)?.execute([key])?;
            }
            if let Some(there) = conversations::key(from, of)? {
                said(from, there, to, key)?;
                let words = conversations::words(from, there)?;
                conversations::say(to, key, &words)?;
            }
            conversations::put_saves(to, key, saves)
        })
    })
}

const CLEAR: &str = "DELETE FROM items WHERE conversation = ?1";

/// Row by row as it lies there, so that what this version cannot read is carried too.
fn said(from: &Connection, there: i64, to: &Connection, key: i64) -> rusqlite::Result<()> {
    let columns = items::COLUMNS;
    let places = vec!["?"; columns.split(',').count() + 1].join(", ");
    let mut put = to.prepare(&format!("INSERT OR IGNORE INTO items (conversation, {columns}) VALUES ({places})"))?;
    let mut said = from.prepare(&format!("SELECT {columns} FROM items WHERE conversation = ?1 ORDER BY position"))?;
    let count = said.column_count();
    let mut rows = said.query([there])?;
    while let Some(row) = rows.next()? {
        let mut values = vec![Value::Integer(key)];
        for column in 0..count {
            values.push(row.get(column)?);
        }
        put.execute(params_from_iter(values))?;
    }
    Ok(())
}
