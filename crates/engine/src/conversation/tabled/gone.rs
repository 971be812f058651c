//! Those who sit at a table and are gone: their server was forgotten, or has them no more. Their turns are passed over, which the table
//! says once for each of your messages; when they are there again they speak again.

use model::{AgentId, Author, Change, Content, Item, Notice, Table, TextState, ToolState};

use super::{Tabled, page::prefix};
use crate::{
    table::{Delivery, Halt, Kind, Lane, Outcome},
    tables::{absent, is_forgotten, warn},
};

impl Tabled {
    /// Looks who is there.
    pub(super) async fn look_round(&mut self) {
        if let Some(saved) = self.house.tables.get(&self.id) {
            self.profile = saved.profile;
        }
        let gone = absent(&self.house, &self.table);
        if self.gone != gone {
            self.gone = gone;
            warn(&self.house, &self.id, &self.table);
            self.turned();
        }
        self.end_forgotten().await;
        self.ask_waiting().await;
        if self.told_held != self.held() {
            self.turned();
        }
    }

    /// Turns that were under way when their server was forgotten are over: nothing more is heard of them.
    async fn end_forgotten(&mut self) {
        let forgotten = |agent| self.table.party(agent).is_none_or(|seat| is_forgotten(&self.house, seat));
        let over: Vec<Lane> = self.floor().lanes.iter().filter(|lane| forgotten(&lane.agent)).cloned().collect();
        for lane in over {
            let prefix = prefix(lane.number);
            let cut = self.items.iter().filter(|item| item.id.as_str().starts_with(&prefix)).filter_map(cut_short);
            let cut: Vec<Change> = cut.map(|item| Change::Put { item }).collect();
            let running = self.running.iter().position(|running| running.lane.number == lane.number);
            let delivered = match running.map(|at| self.running.remove(at)) {
                Some(running) => running.mirror.delivery() == Delivery::Arrived,
                None => true,
            };
            self.changed(cut);
            self.note_gone(&lane.agent);
            let name = self.name(&lane.agent);
            self.state.floor.ended(lane.number, &name, Outcome::Skipped { delivered });
            self.keep().await;
            self.turned();
        }
    }

    /// Whose turn failed is gone: it is not tried again.
    pub(super) async fn leave_failed(&mut self) {
        if let Some(Halt::Failed { lane }) = &self.floor().halt
            && self.gone.contains(&lane.agent)
        {
            let agent = lane.agent.clone();
            self.note_gone(&agent);
            self.state.floor.skip_failed(&agent);
            self.keep().await;
            self.turned();
        }
    }

    /// Whether one of those who are next is gone.
    pub(super) fn are_gone(&self, agents: &[AgentId]) -> bool {
        agents.iter().any(|agent| self.gone.contains(agent))
    }

    /// The turns of those who are gone are passed over.
    pub(super) async fn pass_over(&mut self, agents: &[AgentId], kind: Kind) {
        let gone: Vec<AgentId> = agents.iter().filter(|agent| self.gone.contains(agent)).cloned().collect();
        if gone.is_empty() {
            return;
        }
        for agent in gone {
            self.note_gone(&agent);
            self.state.floor.pass_over(&self.table, &agent, kind);
        }
        self.keep().await;
        self.turned();
    }

    /// Said once since your last message.
    fn note_gone(&mut self, agent: &AgentId) {
        let text = format!("{} is passed over: it is no longer on a connected server", self.name(agent));
        let since = self.items.iter().rev().take_while(|item| !matches!(item.content, Content::User { .. }));
        let said =
            |item: &Item| matches!(&item.content, Content::Notice(Notice::Table { text: said }) if *said == text);
        if !since.into_iter().any(said) {
            self.note(Author::App, Notice::Table { text });
        }
    }

    /// Who is asked whom it picks or calls is told of those who are there.
    pub(super) fn table_now(&self) -> Table {
        let mut table = self.table.clone();
        table.seats.iter_mut().filter(|seat| self.gone.contains(&seat.agent)).for_each(|seat| seat.muted = true);
        table
    }
}

/// An item to which nothing more comes, as it stands from then on; none: it is whole.
pub(super) fn cut_short(item: &Item) -> Option<Item> {
    let mut item = item.clone();
    let cut = match &mut item.content {
        Content::Assistant { state, .. } | Content::Reasoning { state, .. } => {
            let cut = *state == TextState::Streaming;
            if cut {
                *state = TextState::Interrupted;
            }
            cut
        }
        Content::Tool(call) => match call.state {
            ToolState::Writing | ToolState::Running | ToolState::AwaitingApproval | ToolState::Deciding => {
                call.state = ToolState::Interrupted;
                true
            }
            ToolState::Denied | ToolState::Returned(_) | ToolState::Stopped | ToolState::Interrupted => false,
        },
        Content::User { .. } | Content::Notice(_) | Content::Error(_) | Content::Gap | Content::Round { .. } => false,
    };
    cut.then_some(item)
}
