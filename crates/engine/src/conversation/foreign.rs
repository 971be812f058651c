//! Calls of tools that the server does not have: they belong to another program that gave them along with its own words (client
//! tools). One that comes in a run of ours would wait for ever, so it is answered that nobody runs it. One that another program
//! asked for may be about to run there: it is marked, and left to that program or to the user, whose no says the same.

use std::collections::HashSet;

use letta::{Body, Event, Target};
use model::{Item, ItemId, NOT_HERE, Ruling, ToolCallId, ToolState};
use tokio::sync::oneshot;

use super::{actor::Talk, state::Errand};
use crate::{approvals, store::ListedTool};

/// What the agent is told in place of a return, with what the user says to it.
pub(super) fn not_here(reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("{NOT_HERE} The user says: {reason}"),
        None => NOT_HERE.to_owned(),
    }
}

/// The agent's tools as the server tells them, asked for on account of these calls.
pub(super) struct Listed {
    calls: Vec<ToolCallId>,
    /// Those of them that came in a run of ours.
    ours: HashSet<ToolCallId>,
    /// None: they could not be read.
    tools: Option<Vec<ListedTool>>,
}

impl Talk {
    /// Notes the requests of a run of ours.
    pub(super) fn note_asked(&mut self, event: &Event) {
        for part in event.parts() {
            if let Body::ApprovalRequest(calls) = &part.body {
                self.asked_here
                    .extend(calls.pieces.iter().filter_map(|piece| piece.id.as_deref().map(ToolCallId::from)));
            }
        }
    }

    /// Asks for the agent's tools where a request waits: once for each.
    pub(super) fn look_for_foreign(&mut self) {
        let (Target::Agent(agent) | Target::Thread { agent, .. }) = self.target.clone() else { return };
        let waiting = self.timeline.items().iter().filter_map(Item::tool);
        let waiting = waiting.filter(|call| call.state == ToolState::AwaitingApproval && !call.foreign);
        let calls: Vec<ToolCallId> =
            waiting.filter(|call| !self.looked_up.contains(&call.id)).map(|call| call.id.clone()).collect();
        let ours = std::mem::take(&mut self.asked_here);
        if calls.is_empty() {
            return;
        }
        self.looked_up.extend(calls.iter().cloned());
        let (house, profile) = (self.house.clone(), self.profile.clone());
        self.errands.push(Box::pin(async move {
            let tools = approvals::tools_now(&house, &profile, &agent).await;
            Errand::Listed(Listed { calls, ours, tools })
        }));
    }

    /// Marks those calls whose tool is on no list, and answers those that came in a run of ours. A list that could not be read, or is empty as servers give it that do not know
    /// the question, proves nothing: then they stay requests to the user.
    pub(super) async fn listed(&mut self, listed: Listed) {
        let Some(tools) = listed.tools.filter(|tools| !tools.is_empty()) else { return };
        if !self.state.is_idle() {
            return;
        }
        let is_listed = |name: &str| tools.iter().any(|tool| tool.name == name);
        let mut requests = Vec::new();
        for id in &listed.calls {
            let Some(call) = self.call(id).cloned() else { continue };
            if call.state != ToolState::AwaitingApproval || is_listed(&call.name) {
                continue;
            }
            let (Some(request), Some(item)) = (call.request.clone(), self.row_of(id)) else { continue };
            if !listed.ours.contains(id) {
                self.alter_call(&item, |call| call.foreign = true);
                continue;
            }
            let now = self.house.clock.now();
            if let Err(failure) = self.log(&call, Ruling::NotAvailable, now).await {
                tracing::warn!(conversation = %self.id, %failure, "a call of another program's tool stays a request");
                continue;
            }
            self.alter_call(&item, |call| {
                call.foreign = true;
                call.state = ToolState::Deciding;
            });
            if !requests.contains(&request) {
                requests.push(request);
            }
        }
        if !requests.is_empty() {
            self.show();
            self.save().await;
        }
        // A run asks once: there is one request, or none.
        if let Some(request) = requests.first() {
            // Nobody waits for this answer.
            let (reply, _) = oneshot::channel();
            self.send_decisions(request, reply);
        }
    }

    fn row_of(&self, id: &ToolCallId) -> Option<ItemId> {
        let is = |item: &&Item| item.tool().is_some_and(|call| call.id == *id);
        self.timeline.items().iter().rev().find(is).map(|item| item.id.clone())
    }
}
