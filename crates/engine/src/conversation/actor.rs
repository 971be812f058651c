//! The task of one conversation: what it holds, its loop, how it ends. How it begins is `loading`; what becomes of changes is
//! `telling`; what is said and heard while an answer comes is `running`; decisions are `decision`; the server's history is `history`.

use std::{collections::HashSet, sync::Arc};

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use letta::{Client, Target, Timeline};
use model::{ConversationId, Failure, Item, ItemId, LongRun, ProfileId, Speaker, ToolCallId, Turn, command::Opened};
use tokio::{sync::mpsc, time::Instant};

use super::{
    Input, Reply,
    budget::Budget,
    doctor::Examined,
    outbox::Outbox,
    page::Page,
    resuming::InDoubt,
    state::{Errand, State, Step},
    tabled::Ear,
};
use crate::{house::House, store::Cursor};

/// A conversation with its task.
pub(super) struct Talk {
    pub(super) id: ConversationId,
    pub(super) profile: ProfileId,
    pub(super) target: Target,
    pub(super) house: Arc<House>,
    pub(super) timeline: Timeline,
    pub(super) state: State,
    /// What the window and the disk know of the items.
    pub(super) page: Page,
    /// Words that wait to be sent.
    pub(super) outbox: Outbox,
    pub(super) cursor: Cursor,
    /// Who spoke last in the run that goes on.
    pub(super) speaker: Option<Speaker>,
    /// Questions to the server beside the run.
    pub(super) errands: FuturesUnordered<BoxFuture<'static, Errand>>,
    /// One of the errands looks at the newest history.
    pub(super) looking: bool,
    /// How many requests were begun: a look at the history from before the last one is out of date.
    pub(super) begun: u64,
    /// How long the run has gone on, and when the user is asked about it.
    pub(super) budget: Budget,
    /// Words of which nobody knows whether they arrived, until that is asked again.
    pub(super) in_doubt: Option<InDoubt>,
    /// Words that were sent again by themselves: once is enough.
    pub(super) resent: Option<String>,
    /// The items are nothing but words on their way whose history is lost: they stand below it when it comes back.
    pub(super) restored: bool,
    /// The position of the first item that is loaded.
    pub(super) first: Option<i64>,
    /// A request came, changed or went since what waits was told.
    pub(super) asks_changed: bool,
    /// Approved calls whose return is still to be noted in the log.
    pub(super) not_back: HashSet<ToolCallId>,
    /// The server and we differ about what waits: the next look finds out.
    pub(super) examined: Option<Examined>,
    /// What a run that goes on was refused for.
    pub(super) refusal: Option<letta::Standoff>,
    /// Requests of runs of ours whose tools are still to be looked up.
    pub(super) asked_here: HashSet<ToolCallId>,
    /// Requests whose tools were looked up.
    pub(super) looked_up: HashSet<ToolCallId>,
    /// What the server refused is tried again when the agent has answered to a denial.
    pub(super) retries: bool,
    /// Gaps that are being filled.
    pub(super) filling: HashSet<ItemId>,
    /// Tables that listen, and what they know: whose turn it is, whether it is at rest, whether the user is asked about a long run.
    pub(super) ears: Vec<Ear>,
    pub(super) told_ears: Option<(Turn, bool, Option<LongRun>)>,
    pub(super) ending: Vec<Reply<()>>,
}

/// Runs a conversation until nobody shows it and nothing runs in it.
pub(super) async fn run(
    house: Arc<House>,
    id: ConversationId,
    target: Target,
    mut inputs: mpsc::UnboundedReceiver<Input>,
) {
    let mut talk = Talk::load(Arc::clone(&house), id, target).await;
    loop {
        let step = tokio::select! {
            biased;
            input = inputs.recv() => Step::Told(input),
            () = until(talk.page.frames.due()) => Step::Frame,
            () = until(talk.page.saving.due()) => Step::Save,
            () = until(talk.budget.due()) => Step::Long,
            Some(errand) = talk.errands.next() => Step::Back(errand),
            step = talk.state.next() => step,
        };
        match step {
            Step::Told(None) => break,
            Step::Told(Some(input)) => talk.told(input).await,
            Step::Answered(answer) => talk.answered(*answer).await,
            Step::Heard(heard) => talk.heard(heard),
            Step::Found(found) => talk.found(*found).await,
            Step::Finished => talk.finished(),
            Step::Back(errand) => talk.back(errand).await,
            Step::Frame => {
                talk.show();
                talk.load_images();
            }
            Step::Save => talk.save_later(),
            Step::Long => talk.ask_whether_to_go_on(),
        }
        talk.send_next().await;
        talk.weigh();
        talk.tell_queue();
        talk.tell_ears(&[]);
        if !talk.ending.is_empty() {
            break;
        }
        if talk.is_done() {
            talk.page.written().await;
            if house.talks.retire(&talk.id, &inputs) {
                break;
            }
        }
    }
    talk.show();
    talk.save().await;
    for reply in talk.ending.drain(..) {
        // Nobody waits for it any more: that is as good.
        let _ = reply.send(Ok(()));
    }
}

pub(super) async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

impl Talk {
    async fn told(&mut self, input: Input) {
        match input {
            Input::Open(reply) => {
                let opened = self.open().await;
                let _ = reply.send(opened);
                self.show();
                self.page.show_whole(self.timeline.items(), self.turn());
                self.load_images();
                if !self.take_up() {
                    self.catch_up(None);
                }
            }
            Input::Close(reply) => {
                self.page.close();
                self.save().await;
                let _ = reply.send(Ok(()));
            }
            Input::Earlier(reply) => self.earlier(reply).await,
            Input::Fill { gap, reply } => self.fill(gap, reply),
            Input::Send { text, images, reply } => {
                let sent = self.send(text, images).await;
                let _ = reply.send(sent);
            }
            Input::SendQueued(reply) => {
                self.release().await;
                let _ = reply.send(Ok(()));
            }
            Input::KeepGoing { reply, .. } => {
                self.keep_going();
                let _ = reply.send(Ok(()));
            }
            Input::Stop(reply) => {
                self.stop();
                let _ = reply.send(Ok(()));
            }
            Input::Retry { item, reply } => self.retry(&item, reply),
            Input::Leave { item, reply } => {
                let left = self.leave(&item).await;
                let _ = reply.send(left);
            }
            Input::Decide { call, verdict, reply } => self.decide(call, verdict, reply).await,
            Input::Unstick { call, way, shown, reply } => self.unstick(call, way, shown, reply).await,
            Input::Asks { call, reply } => {
                let _ = reply.send(self.asks(&call));
            }
            Input::OfPage(asked) => {
                self.page.asked(asked, self.timeline.items()).await;
                self.load_images();
            }
            Input::OfOutbox(asked) => self.outbox.asked(&self.page, asked).await,
            Input::CatchUp(_) if matches!(self.state, State::Resuming(..)) => self.woke(),
            Input::CatchUp(permit) => {
                if !self.take_up() {
                    self.catch_up(permit);
                }
            }
            Input::Woke => self.woke(),
            Input::Reset(reply) => {
                let reset = self.reset().await;
                let _ = reply.send(reset);
            }
            Input::Seated => {
                if let Some(row) = self.house.sidebar.row(&self.id) {
                    self.seat(&row);
                }
            }
            Input::AtTable(asked) => asked.refuse(),
            Input::Overhear(ear) => self.overhear(ear),
            Input::Unhear(ear) => self.unhear(&ear),
            Input::Tell { otid, text, images, options } => self.tell(otid, text, images, options).await,
            Input::Save(reply) => {
                self.save().await;
                let _ = reply.send(Ok(()));
            }
            Input::End(reply) => self.ending.push(reply),
        }
    }

    async fn open(&mut self) -> Result<Opened, Failure> {
        self.page.open = true;
        self.seat(&self.house.sidebar.row(&self.id).ok_or_else(super::gone)?);
        let queue = self.queue();
        self.outbox.note_told(&queue);
        self.page.opened(self.timeline.items(), self.more_above(), queue, self.outbox.options.clone()).await
    }

    /// Loads pictures on the web, where nothing more is said of them.
    fn load_images(&mut self) {
        if self.state.is_idle() {
            self.page.load_images(self.timeline.items());
        }
    }

    async fn back(&mut self, errand: Errand) {
        match errand {
            Errand::Stopped => {
                if matches!(self.state, State::Stopping) {
                    self.state = State::Idle;
                    self.turned();
                }
            }
            Errand::Fetched(fetched) => self.fetched(fetched).await,
            Errand::Listed(listed) => self.listed(listed).await,
            Errand::Dropped(dropped) => self.dropped(dropped),
        }
    }

    pub(super) fn item(&self, id: &ItemId) -> Option<&Item> {
        self.timeline.items().iter().find(|item| item.id == *id)
    }

    /// The server's client; else why there is none now.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        self.house.profiles.client(&self.profile)
    }

    /// Nothing runs, nobody looks, nothing is to be shown or saved.
    fn is_done(&self) -> bool {
        self.page.is_still()
            && self.ears.is_empty()
            && self.state.is_idle()
            && self.errands.is_empty()
            && !self.outbox.goes_by_itself()
            && self.in_doubt.is_none()
    }
}
