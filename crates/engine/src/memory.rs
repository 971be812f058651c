//! What members of a table or group think with and remember together: the model of each, and the memory blocks that two or more of
//! them have. Asked of their servers each time; nothing of it is kept, and nothing is written.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use letta::{Block, Client};
use model::{
    AgentId, Code, Connection, ConversationId, ConversationKind, Failure, Profile, ProfileId, SharedBlock,
    SharedMemory, Untold,
};

use crate::{conversation::gone, house::House, profiles::unknown};

/// One who sits there, or picks who speaks.
struct Party {
    profile: ProfileId,
    agent: AgentId,
    name: String,
}

/// The model of each member whose server told.
pub(crate) fn models(house: &House, id: &ConversationId) -> Result<BTreeMap<AgentId, String>, Failure> {
    let model = |party: Party| Some((party.agent.clone(), house.profiles.model(&party.profile, &party.agent)?));
    Ok(parties(house, id)?.into_iter().filter_map(model).collect())
}

/// The blocks that two members or more have.
pub(crate) async fn shared(house: &House, id: &ConversationId) -> Result<SharedMemory, Failure> {
    let parties = parties(house, id)?;
    let mut profiles: Vec<&ProfileId> = Vec::new();
    for party in &parties {
        if !profiles.contains(&&party.profile) {
            profiles.push(&party.profile);
        }
    }
    let several = profiles.len() > 1;
    // Agents of two servers have nothing in common: whoever is alone with its server is not asked.
    let together = profiles.into_iter().filter_map(|profile| {
        let of_it: Vec<&Party> = parties.iter().filter(|party| party.profile == *profile).collect();
        (of_it.len() > 1).then_some((profile, of_it))
    });
    let asked = together.map(|(profile, parties)| async move {
        let name = house.profiles.get(profile).map(|known| known.name).unwrap_or_default();
        (name, at(house, profile, &parties).await)
    });
    let mut memory = SharedMemory::default();
    for (server, answer) in join_all(asked).await {
        match answer {
            Ok(blocks) => memory.blocks.extend(
                blocks.into_iter().map(|block| SharedBlock { server: several.then(|| server.clone()), ..block }),
            ),
            Err(failure) => memory.untold.push(Untold { server, why: failure.message }),
        }
    }
    Ok(memory)
}

/// Who takes part, in the order of the table; the one who picks comes last.
fn parties(house: &House, id: &ConversationId) -> Result<Vec<Party>, Failure> {
    let row = house.sidebar.row(id).ok_or_else(gone)?;
    match (row.kind, house.tables.get(id)) {
        (ConversationKind::Table, Some(saved)) => {
            let party = |seat: model::Seat| Party { profile: seat.profile, agent: seat.agent, name: seat.name };
            Ok(saved.table.seats.into_iter().chain(saved.table.manager).map(party).collect())
        }
        (ConversationKind::Group, _) => {
            let party =
                |member: model::Member| Party { profile: row.profile.clone(), agent: member.agent, name: member.name };
            Ok(row.members.into_iter().map(party).collect())
        }
        (ConversationKind::Table, None) => Err(gone()),
        (ConversationKind::Agent | ConversationKind::Conversation, _) => {
            Err(Failure::new(Code::Invalid, "Only members of a table or a group have something in common."))
        }
    }
}

/// What these agents of one server have in common.
async fn at(house: &House, profile: &ProfileId, parties: &[&Party]) -> Result<Vec<SharedBlock>, Failure> {
    let client = reached(house, profile)?;
    let asked = parties.iter().map(|party| blocks(house, &client, party));
    let told: Vec<Vec<Block>> = join_all(asked).await.into_iter().collect::<Result<_, Failure>>()?;
    Ok(in_common(parties, &told))
}

/// The client of a server that can be asked now; else why not. Nobody waits for one that is known to be away.
fn reached(house: &House, profile: &ProfileId) -> Result<Client, Failure> {
    let Profile { name, connection, .. } = house.profiles.get(profile).ok_or_else(unknown)?;
    match connection {
        Connection::Online | Connection::Syncing { .. } => house.profiles.client(profile),
        Connection::Refused { why } => Err(Failure::new(Code::Unauthorized, why)),
        Connection::Offline { .. } | Connection::Reconnecting { .. } => {
            Err(Failure::new(Code::Offline, format!("{name} is away. What is shared there is shown when it is back.")))
        }
    }
}

async fn blocks(house: &House, client: &Client, party: &Party) -> Result<Vec<Block>, Failure> {
    match client.blocks(&party.agent).await {
        Ok(blocks) => Ok(blocks),
        // Deleted on the server, and still at the table: it shares nothing any more.
        Err(letta::Error::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => {
            house.profiles.noticed(&party.profile, &error);
            Err(error.into())
        }
    }
}

/// The blocks that more than one has, in the order in which they come first.
fn in_common(parties: &[&Party], told: &[Vec<Block>]) -> Vec<SharedBlock> {
    let mut order: Vec<&Block> = Vec::new();
    for block in told.iter().flatten().filter(|block| !block.hidden) {
        if order.iter().all(|other| other.id != block.id) {
            order.push(block);
        }
    }
    let shared = |block: &Block| {
        let has = |blocks: &Vec<Block>| blocks.iter().any(|other| other.id == block.id);
        let whose: Vec<&Party> = parties.iter().zip(told).filter(|(_, has_it)| has(has_it)).map(|(p, _)| *p).collect();
        (whose.len() > 1).then(|| SharedBlock {
            label: block.label.clone(),
            text: block.value.chars().take(SharedBlock::BEGINNING).collect(),
            used: block.value.chars().count() as u64,
            limit: block.limit,
            members: whose.iter().map(|party| party.agent.clone()).collect(),
            names: whose.iter().map(|party| party.name.clone()).collect(),
            server: None,
        })
    };
    order.into_iter().filter_map(shared).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(name: &str) -> Party {
        Party { profile: "home".into(), agent: name.into(), name: name.to_owned() }
    }

    fn block(id: &str, value: &str) -> Block {
        Block { id: id.to_owned(), label: "human".to_owned(), value: value.to_owned(), limit: Some(10), hidden: false }
    }

    #[test]
    fn only_what_two_have_is_shared_and_a_like_label_is_not_enough() {
        let (wen, rosa, marlow) = (party("Wen"), party("Rosa"), party("Marlow"));
        let parties = [&wen, &rosa, &marlow];
        let hidden = Block { hidden: true, ..block("h", "") };
        let told = [
            vec![block("own", "Wen"), block("plan", "Ünd"), hidden.clone()],
            vec![block("other", "Rosa"), hidden],
            vec![block("plan", "Ünd"), block("late", "x")],
        ];
        let shared = in_common(&parties, &told);
        assert_eq!(shared.len(), 1);
        assert_eq!((shared[0].used, shared[0].limit), (3, Some(10)), "letters, not bytes");
        assert_eq!(shared[0].names, ["Wen", "Marlow"]);
    }

    #[test]
    fn the_beginning_of_a_long_block_is_told_with_its_whole_length() {
        let (wen, rosa) = (party("Wen"), party("Rosa"));
        let long = block("plan", &"é".repeat(5_000));
        let shared = in_common(&[&wen, &rosa], &[vec![long.clone()], vec![long]]);
        assert_eq!((shared[0].text.chars().count(), shared[0].used), (SharedBlock::BEGINNING, 5_000));
    }
}
