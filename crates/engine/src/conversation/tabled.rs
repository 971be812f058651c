//! The task of a table that the app leads. Each member is spoken to in a conversation of its own, which has a task of its own; here
//! they are asked in turn and overheard. Who is next is `crate::table`; asking and hearing is `leading`, the list of items `page`.

mod ear;
mod gone;
#[cfg(test)]
mod kills;
mod leading;
mod mending;
mod outcome;
mod page;
mod steering;
mod threading;
mod words;

use std::sync::Arc;

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use model::{
    AgentId, Code, Content, ConversationId, Failure, Held, Item, ItemId, Notice, ProfileId, Table, ToolCallId,
    ToolState,
};
use tokio::{sync::mpsc, time::Instant};

pub(crate) use ear::AtTable;
pub(super) use ear::{Ear, Overheard};

use super::{Input, Reply, actor::until, gone, outbox::Outbox, page::Page};
use crate::{
    house::House,
    table::{Floor, Halt, Mirror},
    tables::{self, State},
};
use leading::Running;
use threading::Threaded;

/// A table with its task.
pub(super) struct Tabled {
    id: ConversationId,
    profile: ProfileId,
    house: Arc<House>,
    /// As the user set it.
    table: Table,
    state: State,
    /// Those who cannot be asked any more.
    gone: Vec<AgentId>,
    /// What the window was told that it waits for.
    told_held: Option<Held>,
    /// Turns under way, as they are heard.
    running: Vec<Running>,
    mouth: mpsc::UnboundedSender<Overheard>,
    items: Vec<Item>,
    page: Page,
    /// Your words that wait until whoever speaks is done.
    outbox: Outbox,
    /// Something stands in the composer: turns that would begin by themselves wait.
    writing: bool,
    /// The next turn begins by itself then; the second is the same for people.
    countdown: Option<(Instant, i64)>,
    /// Since your message somebody has spoken: what it took is to be said at the end.
    unaccounted: bool,
    threading: FuturesUnordered<BoxFuture<'static, Threaded>>,
    ending: Vec<Reply<()>>,
}

/// Leads a table until nobody shows it and nothing runs at it.
pub(super) async fn run(house: Arc<House>, id: ConversationId, mut inputs: mpsc::UnboundedReceiver<Input>) {
    let Some(saved) = house.tables.get(&id) else {
        // Forgotten meanwhile: what was asked is answered by nobody, which is said as closed.
        house.talks.forget(&id);
        return;
    };
    let (mouth, mut overheard) = mpsc::unbounded_channel();
    let mut table = Tabled::load(Arc::clone(&house), id, saved.profile, saved.table, mouth).await;
    table.mend().await;
    table.look_round().await;
    table.take_up().await;
    table.lead().await;
    loop {
        tokio::select! {
            biased;
            input = inputs.recv() => match input {
                Some(input) => table.told(input).await,
                None => break,
            },
            () = until(table.page.frames.due()) => {
                table.show();
                table.load_images();
            }
            () = until(table.page.saving.due()) => table.save_later(),
            () = until(table.countdown.map(|(at, _)| at)) => table.counted().await,
            Some(threaded) = table.threading.next() => table.threaded(threaded).await,
            Some(heard) = overheard.recv() => table.heard(heard).await,
        }
        table.lead().await;
        table.tell_queue();
        if !table.ending.is_empty() {
            break;
        }
        if table.is_done() {
            table.page.written().await;
            if house.talks.retire(&table.id, &inputs) {
                break;
            }
        }
    }
    table.show();
    table.save().await;
    table.leave_all();
    for reply in table.ending.drain(..) {
        // Nobody waits for it any more: that is as good.
        let _ = reply.send(Ok(()));
    }
}

impl Tabled {
    async fn load(
        house: Arc<House>,
        id: ConversationId,
        profile: ProfileId,
        table: Table,
        mouth: mpsc::UnboundedSender<Overheard>,
    ) -> Self {
        let (page, items) = Page::load(Arc::clone(&house), id.clone()).await;
        let outbox = Outbox::load(&page).await;
        let state = tables::state(&house, &id).await;
        Self {
            unaccounted: !state.floor.lanes.is_empty() || !is_accounted(&items),
            id,
            profile,
            table,
            state,
            gone: Vec::new(),
            told_held: None,
            running: Vec::new(),
            mouth,
            items,
            page,
            outbox,
            writing: false,
            countdown: None,
            threading: FuturesUnordered::new(),
            ending: Vec::new(),
            house,
        }
    }

    fn floor(&self) -> &Floor {
        &self.state.floor
    }

    async fn told(&mut self, input: Input) {
        match input {
            Input::Open(reply) => {
                let opened = self.open().await;
                let _ = reply.send(opened);
                self.show();
                self.page.show_whole(&self.items, self.turn());
                self.load_images();
            }
            Input::Close(reply) => {
                self.page.close();
                self.writing = false;
                self.save().await;
                let _ = reply.send(Ok(()));
            }
            Input::Earlier(reply) => {
                let older = self.earlier().await;
                let _ = reply.send(older);
            }
            Input::Send { text, images, reply } => {
                let sent = self.send(text, images).await;
                let _ = reply.send(sent);
            }
            Input::SendQueued(reply) => {
                self.outbox.hold(&self.page, None).await;
                let _ = reply.send(Ok(()));
            }
            Input::KeepGoing { agent, reply } => self.keep_going(agent, reply),
            Input::Stop(reply) => {
                self.stop().await;
                let _ = reply.send(Ok(()));
            }
            Input::Retry { item, reply } => self.retry(&item, reply).await,
            Input::Decide { call, verdict, reply } => match self.member_asking(&call) {
                Some(member) => self.tell_member(&member, Input::Decide { call, verdict, reply }),
                None => refuse(reply),
            },
            Input::Unstick { call, way, shown, reply } => match self.member_asking(&call) {
                Some(member) => self.tell_member(&member, Input::Unstick { call, way, shown, reply }),
                None => refuse(reply),
            },
            Input::Asks { call, reply } => match self.member_asking(&call) {
                Some(member) => self.tell_member(&member, Input::Asks { call, reply }),
                None => refuse(reply),
            },
            Input::OfPage(asked) => {
                self.page.asked(asked, &self.items).await;
                self.load_images();
            }
            Input::OfOutbox(asked) => self.outbox.asked(&self.page, asked).await,
            Input::AtTable(asked) => self.asked(asked).await,
            Input::Fill { reply, .. } | Input::Leave { reply, .. } => refuse(reply),
            // Each member looks after its own line; here only the next turn may be due.
            Input::Reset(reply) => refuse(reply),
            Input::CatchUp(_) | Input::Woke | Input::Seated => self.look_round().await,
            // Tables do not sit at tables.
            Input::Overhear(_) | Input::Unhear(_) | Input::Tell { .. } => {}
            Input::Save(reply) => {
                self.save().await;
                let _ = reply.send(Ok(()));
            }
            Input::End(reply) => self.ending.push(reply),
        }
    }

    async fn asked(&mut self, asked: AtTable) {
        let now = self.house.clock.now();
        match asked {
            AtTable::Change { table, reply } => {
                let changed = self.change(*table).await;
                let _ = reply.send(changed);
            }
            AtTable::GiveWord { agents, reply } => {
                let given = self.give_word(&agents).await;
                let _ = reply.send(given);
            }
            AtTable::Skip { agent, reply } => {
                self.skip(&agent).await;
                let _ = reply.send(Ok(()));
            }
            AtTable::GoOn(reply) => {
                self.state.floor.go_on(now);
                self.outbox.hold(&self.page, None).await;
                self.keep().await;
                self.turned();
                let _ = reply.send(Ok(()));
            }
            AtTable::Mute { agent, muted, reply } => {
                let mut table = self.table.clone();
                table.seats.iter_mut().filter(|seat| seat.agent == agent).for_each(|seat| seat.muted = muted);
                let changed = self.change(table).await;
                let _ = reply.send(changed);
            }
            AtTable::Writing { on, reply } => {
                if self.writing != on {
                    self.writing = on;
                    self.countdown = None;
                    self.turned();
                }
                let _ = reply.send(Ok(()));
            }
        }
    }

    /// The table is set anew.
    async fn change(&mut self, table: Table) -> Result<(), Failure> {
        let table = tables::valid(&self.house, table, Some(&self.table))?;
        for running in &self.running {
            if table.party(&running.lane.agent).is_none() {
                let name = self.name(&running.lane.agent);
                return Err(Failure::new(
                    Code::Conflict,
                    format!("{name} is at it. Wait for the end, or stop it first."),
                ));
            }
        }
        tables::set(&self.house, &self.id, table.clone()).await?;
        self.state.floor.reseat(&table, &self.table);
        self.table = table;
        self.keep().await;
        self.turned();
        self.look_round().await;
        Ok(())
    }

    async fn give_word(&mut self, agents: &[AgentId]) -> Result<(), Failure> {
        if agents.iter().any(|agent| self.table.seat(agent).is_none()) {
            return Err(gone());
        }
        let now = self.house.clock.now();
        if let Some(Halt::Failed { lane }) = &self.floor().halt {
            // Whoever failed is left for those who are called now.
            let failed = lane.agent.clone();
            self.state.floor.skip_failed(&failed);
        }
        self.state.floor.give(agents, now);
        self.countdown = None;
        self.keep().await;
        self.turned();
        Ok(())
    }

    /// Saves how the table stands with what was said at it, and goes on when that is done.
    async fn keep(&mut self) {
        self.state.floor.forget_heard(&self.table);
        let state = match serde_json::to_string(&self.state) {
            Ok(state) => state,
            Err(error) => {
                tracing::error!(table = %self.id, %error, "how the table stands cannot be written");
                return;
            }
        };
        self.page.save_with(&self.items, !self.running.is_empty(), state).await;
        self.house.approvals.changed(&self.profile);
    }

    /// The conversation of the member whose call waits.
    fn member_asking(&self, call: &ToolCallId) -> Option<ConversationId> {
        let asks = |item: &&Item| {
            item.tool().is_some_and(|tool| {
                tool.id == *call && matches!(tool.state, ToolState::AwaitingApproval | ToolState::Deciding)
            })
        };
        let item = self.items.iter().rev().find(asks)?;
        let (number, _) = Mirror::of(&item.id)?;
        self.running.iter().find(|running| running.lane.number == number)?.conversation.clone()
    }

    fn tell_member(&self, member: &ConversationId, input: Input) {
        self.house.talks.tell(&self.house, member, input);
    }

    fn name(&self, agent: &AgentId) -> String {
        self.table.party(agent).map_or_else(|| agent.to_string(), |seat| seat.name.clone())
    }

    fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id == *id)
    }

    /// A row of the table's own at the end.
    fn note(&mut self, author: model::Author, notice: Notice) {
        self.put_last(author, Content::Notice(notice));
    }

    fn is_done(&self) -> bool {
        self.page.is_still()
            && self.running.is_empty()
            && self.threading.is_empty()
            && !self.waits_for_line()
            && self.countdown.is_none()
            && !self.outbox.goes_by_itself()
    }
}

/// Whether it was said what came of your last message took.
fn is_accounted(items: &[Item]) -> bool {
    let mut since = items.iter().rev().take_while(|item| !matches!(item.content, Content::User { .. }));
    since.any(|item| matches!(item.content, Content::Notice(Notice::Usage { .. })))
}

/// What is asked about is not there at this table.
fn refuse<T>(reply: Reply<T>) {
    let _ = reply.send(Err(Failure::new(Code::Conflict, "This is no longer there.")));
}
