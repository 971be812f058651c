//! How many requests wait: those the inbox lists, and those that only a row knows of yet. What is asked at a table counts once, also
//! where a member is spoken to in its main thread.

use leptos::prelude::*;
use model::{Conversation, ConversationKind, Pending, ProfileId};

use crate::state::State;

/// Tracked: how many wait on a server.
pub fn on(state: State, profile: &ProfileId) -> u32 {
    state.pending.with(|pending| {
        let listed = pending.get(profile).map_or(&[][..], Vec::as_slice);
        let known = state.conversations.sum(|row| if row.profile == *profile { at(row, listed) } else { 0 });
        // The list and its rows come as news of their own; neither is behind for long.
        known.max(count(listed.iter()))
    })
}

/// Tracked: how many wait on all servers.
pub fn everywhere(state: State) -> u32 {
    state.profiles.with(|profiles| profiles.iter().map(|profile| on(state, &profile.id)).sum())
}

/// How many are to be decided in a conversation. A server tells of an agent only that something waits, wherever that is.
fn at(row: &Conversation, listed: &[Pending]) -> u32 {
    let here = count(listed.iter().filter(|request| request.conversation == row.id));
    let elsewhere = match row.kind {
        ConversationKind::Agent => count(listed.iter().filter(|request| {
            let asks = request.speaker.as_ref().and_then(|speaker| speaker.id.as_ref());
            request.conversation != row.id && row.members.iter().any(|member| asks == Some(&member.agent))
        })),
        ConversationKind::Group | ConversationKind::Conversation | ConversationKind::Table => 0,
    };
    here.max(row.waiting.saturating_sub(elsewhere))
}

fn count<'a>(requests: impl Iterator<Item = &'a Pending>) -> u32 {
    u32::try_from(requests.count()).unwrap_or(u32::MAX)
}
