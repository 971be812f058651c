//! Everything that waits for a decision on a server, from what is saved: the same list whether a conversation is open or never was,
//! and offline. Told anew whenever it is another.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use model::{Code, Failure, News, Pending, ProfileId, ToolCallId};
use tokio::sync::mpsc::UnboundedReceiver;

use super::standing;
use crate::{conversation, house::House, store::SavedRequest, tables::is_table};

/// All that waits on a server, oldest first.
pub(crate) async fn of(house: &House, profile: &ProfileId) -> Result<Vec<Pending>, Failure> {
    // What was given to the store is in it before it is read.
    house.store.written().await;
    let saved = house.store.waiting(profile).await.map_err(|error| {
        Failure::new(Code::Storage, "What waits for you could not be read.").details(error.to_string())
    })?;
    let mut pending = Vec::with_capacity(saved.len());
    for request in saved {
        pending.extend(shown(house, profile, request).await);
    }
    // What a member asks at a table is asked there, and not once more where the member is spoken to.
    let at_tables: HashSet<ToolCallId> = pending
        .iter()
        .filter(|pending| is_table(&pending.conversation))
        .map(|pending| pending.call.id.clone())
        .collect();
    pending.retain(|pending| {
        is_table(&pending.conversation)
            || !(at_tables.contains(&pending.call.id) || house.sidebar.is_behind(&pending.conversation))
    });
    Ok(pending)
}

async fn shown(house: &House, profile: &ProfileId, saved: SavedRequest) -> Option<Pending> {
    let SavedRequest { conversation, title, item, said } = saved;
    let agent = match conversation::target(&conversation) {
        Some(letta::Target::Agent(agent) | letta::Target::Thread { agent, .. }) => Some(agent),
        Some(letta::Target::Group(_)) => None,
        None => item.speaker().and_then(|speaker| speaker.id.clone()),
    };
    // At a table agents of several servers may sit.
    let table = house.tables.get(&conversation).map(|saved| saved.table);
    let seat = agent.as_ref().and_then(|agent| table.as_ref()?.party(agent));
    let profile = seat.map_or(profile, |seat| &seat.profile);
    let standing = standing::saved(house, profile, agent.as_ref(), &item).await;
    Some(Pending {
        conversation,
        title,
        speaker: item.speaker().cloned(),
        asked_at: item.at,
        call: item.tool()?.clone(),
        item: item.id,
        standing,
        said,
    })
}

/// Tells what waits whenever it is another.
pub(crate) async fn keep_up(house: Arc<House>) {
    let Some(mut changes) = house.approvals.changes.lock().take() else { return };
    let mut told: HashMap<ProfileId, Vec<Pending>> = HashMap::new();
    while let Some(profiles) = next(&mut changes).await {
        for profile in profiles {
            let Ok(pending) = of(&house, &profile).await else { continue };
            if told.get(&profile).map_or(pending.is_empty(), |told| *told == pending) {
                continue;
            }
            told.insert(profile.clone(), pending.clone());
            house.listeners.tell(News::Approvals { profile, pending });
        }
    }
}

/// The servers of which something changed since.
async fn next(changes: &mut UnboundedReceiver<ProfileId>) -> Option<BTreeSet<ProfileId>> {
    let mut profiles = BTreeSet::from([changes.recv().await?]);
    while let Ok(profile) = changes.try_recv() {
        profiles.insert(profile);
    }
    Some(profiles)
}
