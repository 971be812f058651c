//! What is written down of requests: each decision before it is sent, whether it arrived, what the tool gave back; and that what
//! waits is another now. Where it is kept is `store::decisions`.

use model::{Change, Code, Failure, Item, Outcome, Ruling, Speaker, ToolCall, ToolCallId, ToolState};

use super::{Asks, actor::Talk};
use crate::store::LoggedDecision;

impl Talk {
    /// Writes down what is decided. If this fails nothing may be sent.
    pub(super) async fn log(&mut self, call: &ToolCall, ruling: Ruling, at: i64) -> Result<(), Failure> {
        let item = self.timeline.items().iter().rev().find(|item| item.tool().is_some_and(|other| other.id == call.id));
        let name = item.and_then(Item::speaker).map(|speaker| speaker.name.clone()).unwrap_or_default();
        let approved = ruling == Ruling::Approved;
        let line = LoggedDecision {
            conversation: self.id.clone(),
            title: self.house.sidebar.row(&self.id).map(|row| row.title).unwrap_or_default(),
            speaker: Speaker { id: self.asker(&call.id), name },
            tool_call: call.id.clone(),
            tool: call.name.clone(),
            arguments: call.arguments.clone(),
            ruling,
            at,
        };
        self.house.store.log_decision(&line).await.map_err(|error| {
            Failure::new(Code::Storage, "Not sent, because the decision could not be saved first.")
                .details(error.to_string())
        })?;
        if approved {
            self.not_back.insert(call.id.clone());
        }
        Ok(())
    }

    /// Completes the log: `outcome` is [`crate::store::SENT`], or why it was not.
    pub(super) fn settle(&self, calls: &[ToolCallId], outcome: &str) {
        let now = self.house.clock.now();
        for call in calls {
            self.house.store.settle_decision(&self.id, call, outcome, now);
        }
    }

    /// Notes what became of requests: that what waits is another now, and what approved calls gave back.
    pub(super) fn note_request(&mut self, change: &Change) {
        let Change::Put { item } = change else {
            self.asks_changed |= matches!(change, Change::Reset { .. } | Change::Remove { .. });
            return;
        };
        let Some(call) = item.tool().filter(|call| call.request.is_some()) else { return };
        self.asks_changed = true;
        let ToolState::Returned(returned) = &call.state else { return };
        if !self.not_back.remove(&call.id) {
            return;
        }
        let outcome = Outcome { ok: returned.ok, text: returned.text.clone(), at: self.house.clock.now() };
        self.house.store.came_back(&self.id, &call.id, outcome);
    }

    /// Tells what waits, after it was given to the store.
    pub(super) fn tell_what_waits(&mut self) {
        if std::mem::take(&mut self.asks_changed) {
            self.house.approvals.changed(&self.profile);
        }
    }

    /// Who asks for what.
    pub(super) fn asks(&self, id: &ToolCallId) -> Result<Asks, Failure> {
        let call = self.call(id).ok_or_else(|| Failure::new(Code::Conflict, "This request is no longer there."))?;
        Ok(Asks { profile: self.profile.clone(), agent: self.asker(id), tool: call.name.clone() })
    }
}
