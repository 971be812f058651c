//! A server's agents, groups and conversations as rows of the sidebar, each with what was known of it here. Asking the server for
//! them is `sync`; how agents look is `seats`.

use letta::{Agent, Group, Thread};
use model::{AgentId, Conversation, ConversationKind, Pattern, Turn};

use super::{Sync, active, named};
use crate::{
    groups,
    seats::{self, Guest},
    sidebar::Row,
    tables, threads,
};

impl Sync {
    /// The rows of the sidebar, from what the server has and what is known here.
    pub(super) async fn rows(&self, agents: &[Agent], groups: &[Group], threads: &[Thread]) -> Vec<Row> {
        let shown: Vec<&Agent> = agents.iter().filter(|agent| !agent.hidden).collect();
        // All at once first, so that colours are given in the order of the list.
        let all: Vec<AgentId> = shown.iter().rev().map(|agent| agent.id.clone()).collect();
        self.house.store.hues(&all).await;
        let mut rows = Vec::with_capacity(agents.len() + groups.len());
        for group in groups.iter().filter(|group| !group.hidden && group.managed_by.is_none()) {
            let seats: Vec<AgentId> = group.seats();
            let guests: Vec<Guest> =
                seats.iter().filter_map(|id| agents.iter().find(|agent| agent.id == *id)).map(guest).collect();
            let title = groups::title(&group.description, &guests);
            let closed = self.house.profiles.get(&self.profile).and_then(|profile| profile.groups_closed);
            let pattern = Some(group.pattern());
            let mut row = self.row(&group.id, ConversationKind::Group, title, &guests, pattern, closed, 0).await;
            row.conversation.caution = groups::caution(&self.house, &self.profile, &guests);
            rows.push(row);
        }
        for agent in shown {
            let guests = [guest(agent)];
            let active = active(agent);
            let title = agent.name.clone();
            rows.push(self.row(agent.id.as_str(), ConversationKind::Agent, title, &guests, None, None, active).await);
        }
        for thread in threads {
            let Some(agent) = agents.iter().find(|agent| agent.id == thread.agent && !agent.hidden) else { continue };
            let (named, title) = (named(thread), threads::title(&thread.name));
            let active = thread.active.unwrap_or(0);
            let kind = ConversationKind::Conversation;
            rows.push(self.row(&named, kind, title, &[guest(agent)], None, None, active).await);
        }
        rows.extend(tables::rows(&self.house, &self.profile).await);
        for (row, agent) in rows.iter_mut().filter_map(|row| {
            let agent =
                agents.iter().find(|agent| row.conversation.members.iter().any(|member| member.agent == agent.id))?;
            (row.conversation.kind == ConversationKind::Agent).then_some((row, agent))
        }) {
            let pending = u32::from(agent.pending.is_some());
            row.conversation.waiting = row.conversation.waiting.max(pending);
        }
        rows
    }

    #[expect(clippy::too_many_arguments, reason = "one for each part of a row; named where it is called")]
    async fn row(
        &self,
        named: &str,
        kind: ConversationKind,
        title: String,
        guests: &[Guest],
        pattern: Option<Pattern>,
        closed: Option<String>,
        active: i64,
    ) -> Row {
        let id = self.id(named);
        let was = match self.house.sidebar.row(&id) {
            Some(row) => Some(row),
            // Hidden meanwhile and back again.
            None => self.house.store.conversation(&id).await.ok().flatten(),
        };
        let agents: Vec<AgentId> = guests.iter().map(|guest| guest.agent.clone()).collect();
        let hues = self.house.store.hues(&agents).await;
        let conversation = Conversation {
            id,
            profile: self.profile.clone(),
            kind,
            title,
            members: seats::seat(guests, &hues),
            pattern,
            last: was.as_ref().and_then(|was| was.last.clone()),
            unread: was.as_ref().is_some_and(|was| was.unread),
            waiting: was.as_ref().map_or(0, |was| was.waiting),
            turn: Turn::Yours,
            closed,
            caution: None,
            floor: None,
            archived: false,
            long_run: None,
        };
        Row::new(conversation, active)
    }
}

fn guest(agent: &Agent) -> Guest {
    let role = agent.metadata.get("role").and_then(serde_json::Value::as_str);
    Guest { agent: agent.id.clone(), name: agent.name.clone(), role: seats::role(role, Some(&agent.description)) }
}
