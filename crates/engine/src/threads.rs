//! Conversations of an agent beside its main thread: starting, naming and deleting them. Listing them is `sync`, talking in them is
//! `conversation`.

use std::sync::Arc;

use letta::Target;
use model::{AgentId, Code, Conversation, ConversationId, ConversationKind, Failure, Seat, Turn};

use crate::{
    conversation::{self, gone},
    house::House,
    sidebar::Row,
    store::StoreError,
    tables::seat_conversation,
};

/// Letters of a name.
const LONGEST: usize = 120;
/// Where servers give no name.
const NAMELESS: &str = "Untitled conversation";

/// What a conversation is called.
pub(crate) fn title(name: &str) -> String {
    if name.is_empty() { NAMELESS.to_owned() } else { name.to_owned() }
}

/// Starts a conversation of the agent whose row (or one of whose conversations) is named. It stands in the sidebar at once.
pub(crate) async fn start(
    house: &Arc<House>,
    of: &ConversationId,
    name: Option<String>,
) -> Result<ConversationId, Failure> {
    let row = house.sidebar.row(of).ok_or_else(gone)?;
    let agent = agent(of).ok_or_else(|| Failure::new(Code::Invalid, "Only an agent has conversations of its own."))?;
    if !house.profiles.has_conversations(&row.profile) {
        let why = "Conversations came with Letta 0.16.2. This server is older: an agent has one thread here.";
        return Err(Failure::new(Code::Server, why));
    }
    let name = name.map(|name| named(&name)).transpose()?;
    let client = house.profiles.client(&row.profile)?;
    let thread = client.new_thread(&agent, name.as_deref()).await?;
    let now = house.clock.now();
    let conversation = Conversation {
        id: ConversationId::from(format!("{}/{agent}/{}", row.profile, thread.id)),
        kind: ConversationKind::Conversation,
        title: title(&thread.name),
        pattern: None,
        last: None,
        unread: false,
        waiting: 0,
        turn: Turn::Yours,
        closed: None,
        caution: None,
        floor: None,
        archived: false,
        long_run: None,
        ..row
    };
    let id = conversation.id.clone();
    house.sidebar.add(Row::new(conversation.clone(), thread.active.unwrap_or(now)));
    noted(house.store.put_conversation(&conversation).await);
    Ok(id)
}

/// The row of a conversation that a table has with a member alone; it is known and not listed.
pub(crate) fn behind(house: &House, seat: &Seat, id: &ConversationId, thread: &letta::Thread) -> Option<Conversation> {
    let row = house.sidebar.row(&seat_conversation(seat, None))?;
    Some(Conversation {
        id: id.clone(),
        kind: ConversationKind::Conversation,
        title: title(&thread.name),
        pattern: None,
        last: None,
        unread: false,
        waiting: 0,
        turn: Turn::Yours,
        closed: None,
        caution: None,
        floor: None,
        archived: false,
        long_run: None,
        ..row
    })
}

/// Gives a conversation another name.
pub(crate) async fn rename(house: &House, id: &ConversationId, name: &str) -> Result<(), Failure> {
    let (row, thread) = thread(house, id)?;
    let name = named(name)?;
    house.profiles.client(&row.profile)?.rename_thread(&thread, &name).await?;
    house.sidebar.update(id, |row| row.title.clone_from(&name));
    if let Some(row) = house.sidebar.row(id) {
        noted(house.store.put_conversation(&row).await);
    }
    Ok(())
}

/// Deletes a conversation on the server; it goes from the sidebar.
pub(crate) async fn delete(house: &House, id: &ConversationId) -> Result<(), Failure> {
    let (row, thread) = thread(house, id)?;
    house.profiles.client(&row.profile)?.delete_thread(&thread).await?;
    house.talks.end(|talk| talk == id).await;
    house.sidebar.take_out(id);
    noted(house.store.put_conversations(&row.profile, &house.sidebar.to_be_saved(&row.profile)).await);
    Ok(())
}

fn agent(id: &ConversationId) -> Option<AgentId> {
    match conversation::target(id)? {
        Target::Agent(agent) | Target::Thread { agent, .. } => Some(agent),
        Target::Group(_) => None,
    }
}

fn thread(house: &House, id: &ConversationId) -> Result<(Conversation, String), Failure> {
    let row = house.sidebar.row(id).ok_or_else(gone)?;
    match conversation::target(id) {
        Some(Target::Thread { id, .. }) => Ok((row, id)),
        Some(Target::Agent(_) | Target::Group(_)) | None => {
            Err(Failure::new(Code::Invalid, "Only a conversation beside the main thread has a name of its own."))
        }
    }
}

/// A name as it may be given.
fn named(name: &str) -> Result<String, Failure> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(Failure::new(Code::Invalid, "A conversation needs a name."));
    }
    if name.chars().count() > LONGEST {
        return Err(Failure::new(Code::Invalid, format!("A name has at most {LONGEST} letters.")));
    }
    Ok(name)
}

/// The list is asked for again anyway.
fn noted(saved: Result<(), StoreError>) {
    if let Err(error) = saved {
        tracing::warn!(%error, "the list of conversations is not saved");
    }
}
