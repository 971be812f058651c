//! Connecting a server and forgetting one: the address is probed, the key is kept where the user agreed, the profile is saved.

use std::sync::Arc;

use letta::Probe;
use model::{Code, Connection, ConversationId, Failure, Place, Profile, ProfileId, Streaming, command::Connected};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    house::House,
    profiles::{DEMO, ENVIRONMENT, unknown},
    sync,
    tables::{self, is_table},
};

/// Finds a server, checks the key, keeps both.
pub(crate) async fn connect(
    house: &Arc<House>,
    place: Place,
    key: Option<String>,
    memory_only: bool,
) -> Result<Connected, Failure> {
    let address = match &place {
        Place::Demo => return demo(house).await,
        Place::Environment { .. } => {
            return Err(Failure::new(Code::Invalid, "This server is set by LETTA_BASE_URL when Tertulia starts."));
        }
        Place::Cloud => letta::CLOUD.to_owned(),
        Place::Own { address } => address.clone(),
    };
    let typed = key.map(SecretString::from).filter(|key| !key.expose_secret().trim().is_empty());
    let key = match &typed {
        Some(key) => Some(key.clone()),
        None => kept_key(house, &place).await?,
    };
    let Probe { checks, outcome } = letta::probe(&address, key.as_ref().map(SecretString::expose_secret)).await;
    let server = match outcome {
        Ok(server) => server,
        Err(refused) => {
            return Ok(Connected::No {
                what: refused.what,
                hint: refused.hint,
                key_refused: refused.key_refused,
                checks,
            });
        }
    };
    let place = match place {
        Place::Cloud => Place::Cloud,
        Place::Own { .. } | Place::Environment { .. } | Place::Demo => Place::Own { address: server.base.clone() },
    };
    let known = house.profiles.list().into_iter().find(|profile| profile.place == place);
    let id = known.as_ref().map_or_else(|| ProfileId::from(uuid::Uuid::new_v4().to_string()), |known| known.id.clone());
    if let Some(key) = typed
        && let Err(why) = keep_key(house, &id, key, memory_only).await
    {
        return Ok(Connected::NoKeychain { why });
    }
    let profile = Profile {
        id: id.clone(),
        name: match &place {
            Place::Cloud => "Letta Cloud".to_owned(),
            Place::Own { .. } | Place::Environment { .. } | Place::Demo => host_name(&server.base, &server.host),
        },
        place,
        host: server.host,
        version: Some(server.version.clone()),
        has_key: key.is_some(),
        connection: Connection::Syncing { percent: None },
        groups_closed: server.abilities.groups_closed.clone(),
        warning: server.warning,
        streaming: known.as_ref().map(|known| known.streaming).unwrap_or_default(),
        abilities: Vec::new(),
        background_closed: None,
    };
    add(house, profile).await;
    Ok(Connected::Yes { profile: id })
}

async fn demo(house: &Arc<House>) -> Result<Connected, Failure> {
    let Some(start) = &house.demo else {
        return Err(Failure::new(Code::Invalid, "This build has no demo in it."));
    };
    let id = ProfileId::from(DEMO);
    if house.profiles.get(&id).is_none() {
        if let Err(why) = start().await {
            let what = "The demo could not be started.".to_owned();
            return Ok(Connected::No { what, hint: why, key_refused: false, checks: Vec::new() });
        }
        let profile = Profile {
            id: id.clone(),
            name: "Demo".to_owned(),
            place: Place::Demo,
            host: "this computer".to_owned(),
            version: None,
            has_key: false,
            connection: Connection::Syncing { percent: None },
            groups_closed: None,
            warning: None,
            streaming: Streaming::Auto,
            abilities: Vec::new(),
            background_closed: None,
        };
        add(house, profile).await;
    }
    choose(house, &id).await;
    Ok(Connected::Yes { profile: id })
}

/// The key that is kept for this very place, if there is one. A key never goes to another address than the one it was given for.
async fn kept_key(house: &House, place: &Place) -> Result<Option<SecretString>, Failure> {
    let known = house.profiles.list().into_iter().find(|profile| match (&profile.place, place) {
        (Place::Own { address: kept }, Place::Own { address: typed }) => {
            typed.trim().trim_end_matches('/').eq_ignore_ascii_case(kept)
        }
        (kept, typed) => kept == typed,
    });
    match known {
        Some(known) if known.has_key => {
            house.keys.get(&known.id).await.map_err(|why| Failure::new(Code::Keychain, why))
        }
        Some(_) | None => Ok(None),
    }
}

/// Keeps a key. The error is why it cannot be kept on this computer, in the user's words.
async fn keep_key(house: &House, id: &ProfileId, key: SecretString, memory_only: bool) -> Result<(), String> {
    let key = SecretString::from(key.expose_secret().trim().to_owned());
    if memory_only {
        return house.keys.keep_in_memory(id, &key);
    }
    house.keys.may_keep().await?;
    house.keys.keep(id, key).await
}

/// Keeps a profile and its task.
async fn add(house: &Arc<House>, profile: Profile) {
    let id = profile.id.clone();
    if let Err(error) = house.store.put_profile(&profile).await {
        tracing::warn!(profile = %id, %error, "the server is not saved");
    }
    keep(house, profile);
    choose(house, &id).await;
}

/// Puts a profile into the list and lets its task look at the server.
pub(crate) fn keep(house: &Arc<House>, profile: Profile) {
    let id = profile.id.clone();
    let (task, is_new) = house.profiles.put(profile);
    if is_new {
        house.spawn(sync::keep_up(Arc::clone(house), id, task));
    } else {
        task.wake.notify_one();
    }
}

async fn choose(house: &House, id: &ProfileId) {
    if let Err(error) = house.store.choose_profile(Some(id)).await {
        tracing::warn!(profile = %id, %error, "the chosen server is not saved");
    }
}

/// Forgets a server, its key, its talk. Nothing on the server.
pub(crate) async fn remove(house: &Arc<House>, id: &ProfileId) -> Result<(), Failure> {
    if house.profiles.get(id).is_none() {
        return Err(unknown());
    }
    if id.as_str() == ENVIRONMENT {
        return Err(Failure::new(
            Code::Invalid,
            "This server is set by LETTA_BASE_URL. It goes when that is not set at the next start.",
        ));
    }
    let leaving = house.tables.leaving(id, &tables::others(house, id));
    house.profiles.remove(id);
    tables::leave(house, &leaving).await;
    let goes = |talk: &ConversationId| leaving.go.iter().any(|saved| saved.conversation == *talk);
    // A table's name tells where it was made, not in whose list it stands.
    house.talks.end(|talk| if is_table(talk) { goes(talk) } else { sync::belongs(talk, id) }).await;
    house.sidebar.remove(id);
    let forgotten = house.store.remove_profile(id).await;
    tables::look_round(house, &leaving);
    house.images.forgot();
    let key = house.keys.remove(id).await;
    forgotten.map_err(|error| {
        Failure::new(Code::Storage, "What was saved of this server could not be deleted.").details(error.to_string())
    })?;
    key.map_err(|why| {
        Failure::new(Code::Keychain, "The server is forgotten, but its key could not be taken out of the keychain.")
            .details(why)
    })
}

/// The host without its port, for the first line of the server menu.
fn host_name(base: &str, host: &str) -> String {
    url::Url::parse(base).ok().and_then(|base| base.host_str().map(str::to_owned)).unwrap_or_else(|| host.to_owned())
}
