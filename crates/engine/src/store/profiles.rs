//! Table `profiles` of ours: the servers the user has connected. Keys are never here: they are in the keychain.

use model::{Connection as Line, ConversationId, Place, Profile, ProfileId};
use rusqlite::{Connection, Row, named_params};

use super::{conversations::filled, error::unwritable, settings};

pub(super) const V1: &str = "
CREATE TABLE profiles (
    id INTEGER PRIMARY KEY,
    profile TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    place TEXT NOT NULL DEFAULT '',
    host TEXT NOT NULL DEFAULT '',
    version TEXT NOT NULL DEFAULT '',
    has_key INTEGER NOT NULL DEFAULT 0,
    groups_closed TEXT NOT NULL DEFAULT ''
) STRICT;
";

const PUT: &str = "INSERT INTO profiles (profile, name, place, host, version, has_key, groups_closed)
    VALUES (:profile, :name, :place, :host, :version, :has_key, :groups_closed)
    ON CONFLICT (profile) DO UPDATE SET name = excluded.name, place = excluded.place, host = excluded.host,
        version = excluded.version, has_key = excluded.has_key, groups_closed = excluded.groups_closed";

/// A new one comes last; a known one is as given from now on.
pub(super) fn put(connection: &Connection, profile: &Profile) -> rusqlite::Result<()> {
    connection.prepare_cached(PUT)?.execute(named_params! {
        ":profile": profile.id.as_str(), ":name": profile.name,
        ":place": serde_json::to_string(&profile.place).map_err(unwritable)?, ":host": profile.host,
        ":version": profile.version.as_deref().unwrap_or_default(), ":has_key": profile.has_key,
        ":groups_closed": profile.groups_closed.as_deref().unwrap_or_default(),
    })?;
    Ok(())
}

const LIST: &str = "SELECT profile, profiles.name, place, host, version, has_key, groups_closed,
        coalesce(streaming.value, '') AS streaming, coalesce(refused.value, '') AS refused
    FROM profiles
    LEFT JOIN settings AS streaming ON streaming.name = 'streaming/' || profile
    LEFT JOIN settings AS refused ON refused.name = 'no-background/' || profile
    ORDER BY profiles.id";

/// All of them, in the order they were added.
pub(super) fn list(connection: &Connection) -> rusqlite::Result<Vec<Profile>> {
    let rows = connection.prepare_cached(LIST)?.query_map([], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(rows.into_iter().flatten().collect())
}

/// None for a place that this version does not know: it is left alone on disk.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<Profile>> {
    let place: String = row.get("place")?;
    let Ok(place) = serde_json::from_str::<Place>(&place) else {
        tracing::warn!(%place, "a saved server is of an unknown kind");
        return Ok(None);
    };
    let warning = match &place {
        Place::Own { address } | Place::Environment { address } => letta::warning_of(address),
        Place::Cloud | Place::Demo => None,
    };
    let version = filled(row.get("version")?);
    let refused = filled(row.get("refused")?);
    Ok(Some(Profile {
        id: row.get::<_, String>("profile")?.into(),
        name: row.get("name")?,
        place,
        host: row.get("host")?,
        streaming: settings::streaming(&row.get::<_, String>("streaming")?),
        // What another version refused this one may take.
        abilities: Vec::new(),
        background_closed: refused
            .filter(|refused| Some(refused) == version.as_ref())
            .map(|_| letta::NO_BACKGROUND.to_owned()),
        version,
        has_key: row.get("has_key")?,
        connection: Line::Offline { why: "Not connected yet".to_owned() },
        groups_closed: filled(row.get("groups_closed")?),
        warning,
    }))
}

/// Tables of ours with rows of conversations.
const OF_CONVERSATIONS: [&str; 8] =
    ["drafts", "attachments", "loaded", "always_load", "outbox", "sending", "read_marks", "decisions"];

/// The conversations of a server by name: `/` is followed by `0` in the order of bytes, so that `p/…` are exactly the names from `p/` up
/// to `p0`. A table is named after the server at which it was made, and belongs to the one in whose list it stands.
fn is_of(column: &str) -> String {
    format!(
        "({column} >= ?1 || '/' AND {column} < ?1 || '0'
            AND {column} NOT IN (SELECT conversation FROM tables WHERE profile <> ?1))
        OR {column} IN (SELECT conversation FROM tables WHERE profile = ?1)"
    )
}

/// Forgets a server and all that was kept for it: before its tables are.
pub(super) fn forget(connection: &Connection, profile: &ProfileId) -> rusqlite::Result<()> {
    let profile = [profile.as_str()];
    for table in OF_CONVERSATIONS {
        connection.execute(&format!("DELETE FROM {table} WHERE {}", is_of("conversation")), profile)?;
    }
    connection
        .execute(&format!("DELETE FROM settings WHERE name = 'conversation' AND ({})", is_of("value")), profile)?;
    connection.execute("DELETE FROM settings WHERE name = 'profile' AND value = ?1", profile)?;
    connection.execute(
        "DELETE FROM settings WHERE name IN ('streaming/' || ?1, 'no-background/' || ?1, 'tables-begun/' || ?1)",
        profile,
    )?;
    connection.execute("DELETE FROM profiles WHERE profile = ?1", profile)?;
    Ok(())
}

/// Forgets what was kept for one conversation beside its talk.
pub(super) fn forget_conversation(connection: &Connection, of: &ConversationId) -> rusqlite::Result<()> {
    for table in OF_CONVERSATIONS {
        connection.execute(&format!("DELETE FROM {table} WHERE conversation = ?1"), [of.as_str()])?;
    }
    connection.execute("DELETE FROM settings WHERE name = 'conversation' AND value = ?1", [of.as_str()])?;
    Ok(())
}
