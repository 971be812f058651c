//! Takes what can still be read out of a damaged database, row by row, into a new one: for `ours.db`, which nobody else has.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, params_from_iter, types::Value};

use super::schema;

/// Copies the readable rows of every table. Damage ends a table from above; what lies behind it is read from below. Gives the
/// number of rows, 0 too if the file cannot even be opened or is of another version.
pub(super) fn salvage(from: &Path, to: &mut Connection) -> usize {
    rescue(from, to).unwrap_or_else(|error| {
        tracing::warn!(%error, "nothing could be taken out of a damaged database");
        0
    })
}

fn rescue(from: &Path, to: &mut Connection) -> rusqlite::Result<usize> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(from, flags)?;
    // Lets SQLite read a file that is shorter than it says.
    from.pragma_update(None, "writable_schema", true)?;
    from.pragma_update(None, "trusted_schema", false)?;
    from.pragma_update(None, "cell_size_check", true)?;
    if schema::version(&from)? != schema::version(to)? {
        return Ok(0);
    }
    let transaction = to.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut rows = 0;
    for table in tables(&transaction)? {
        rows += rescue_table(&from, &transaction, &table)?;
    }
    // Of what was said at tables some may be lost here that the cache still has.
    transaction.execute_batch("UPDATE conversations SET saves = 0")?;
    transaction.commit()?;
    Ok(rows)
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// The names come from our own schema, never from the damaged file.
fn rescue_table(from: &Connection, to: &Connection, table: &str) -> rusqlite::Result<usize> {
    let columns: Vec<String> = to
        .prepare("SELECT name FROM pragma_table_info(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let names = columns.join(", ");
    let places = vec!["?"; columns.len()].join(", ");
    let mut put = to.prepare(&format!("INSERT OR IGNORE INTO {table} ({names}) VALUES ({places})"))?;
    let mut rescued = 0;
    for order in ["ASC", "DESC"] {
        let read = format!("SELECT {names} FROM {table} NOT INDEXED ORDER BY rowid {order}");
        let Ok(mut statement) = from.prepare(&read) else {
            continue;
        };
        let Ok(mut rows) = statement.query([]) else {
            continue;
        };
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let values =
                        (0..columns.len()).map(|column| row.get(column)).collect::<rusqlite::Result<Vec<Value>>>();
                    // A row with nonsense in it is left where it is.
                    let Some(values) = values.ok().filter(|values| !values.iter().any(is_torn)) else {
                        continue;
                    };
                    rescued += put.execute(params_from_iter(values)).unwrap_or_default();
                }
                Ok(None) => return Ok(rescued),
                Err(_) => break,
            }
        }
    }
    Ok(rescued)
}

/// Where the file ends too early SQLite reads zeros.
fn is_torn(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.contains('\0'))
}
