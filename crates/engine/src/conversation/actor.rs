//! The task of one conversation: what it holds, its loop, how it ends. How it begins is `loading`; what becomes of changes is
//! `telling`; what is said and heard while an answer comes is `running`; decisions are `decision`; the server's history is `history`.

use std::{collections::HashSet, sync::Arc};

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use letta::{Client, Target, Timeline};
use model::{
    ConversationId, Failure, Item, ItemId, ProfileId, SendOptions, Speaker, ToolCallId, Turn, command::Opened,
};
use tokio::{sync::mpsc, time::Instant};

use super::{
    Input, Reply,
    budget::Budget,
    doctor::Examined,
    frames::Frames,
    queue::Waiting,
    resuming::InDoubt,
    saving::Saving,
    state::{Errand, State, Step},
    tabled::Ear,
};
use crate::{house::House, news::Told, store::Cursor};

/// Items of one page.
pub(super) const PAGE: u32 = 80;

/// A conversation with its task.
pub(super) struct Talk {
    pub(super) id: ConversationId,
    pub(super) profile: ProfileId,
    pub(super) target: Target,
    pub(super) house: Arc<House>,
    pub(super) timeline: Timeline,
    pub(super) state: State,
    /// The window shows it.
    pub(super) open: bool,
    /// Saved items exist above those that are loaded.
    pub(super) more_saved: bool,
    pub(super) cursor: Cursor,
    pub(super) unread: bool,
    /// Who spoke last in the run that goes on.
    pub(super) speaker: Option<Speaker>,
    pub(super) frames: Frames,
    pub(super) saving: Saving,
    /// Something was given to the store without waiting for it.
    pub(super) unwritten: bool,
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
    /// Pictures on the web are loaded unasked.
    pub(super) loads: bool,
    /// Those that were tried since the task began.
    pub(super) tried: HashSet<String>,
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
    /// Words that wait to be sent.
    pub(super) waiting: Waiting,
    /// How words are sent here, as the user chose.
    pub(super) options: SendOptions,
    /// Tables that listen, and what they know: whose turn it is, and whether it is at rest.
    pub(super) ears: Vec<Ear>,
    pub(super) told_ears: Option<(Turn, bool)>,
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
            () = until(talk.frames.due()) => Step::Frame,
            () = until(talk.saving.due()) => Step::Save,
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
            talk.written().await;
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
                // The page follows its announcement and takes the place of the frame that was due.
                self.show();
                self.house.listeners.tell(&Told::Opened {
                    conversation: self.id.clone(),
                    items: self.timeline.items().to_vec(),
                    turn: self.turn(),
                });
                self.load_images();
                if !self.take_up() {
                    self.catch_up(None);
                }
            }
            Input::Close(reply) => {
                self.open = false;
                self.house.listeners.tell(&Told::Closed { conversation: self.id.clone() });
                self.save().await;
                let _ = reply.send(Ok(()));
            }
            Input::Earlier(reply) => self.earlier(reply).await,
            Input::Fill { gap, reply } => self.fill(gap, reply),
            Input::Send { text, images, reply } => {
                let sent = self.send(text, images).await;
                let _ = reply.send(sent);
            }
            Input::EditQueued { id, text, reply } => {
                let edited = self.edit_queued(&id, text).await;
                let _ = reply.send(edited);
            }
            Input::TakeBack { id, reply } => {
                let taken = self.take_back(&id).await;
                let _ = reply.send(taken);
            }
            Input::SendQueued(reply) => {
                self.release().await;
                let _ = reply.send(Ok(()));
            }
            Input::KeepGoing(reply) => {
                self.keep_going();
                let _ = reply.send(Ok(()));
            }
            Input::SetOptions { options, reply } => {
                let set = self.set_options(options).await;
                let _ = reply.send(set);
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
            Input::MarkRead(reply) => {
                self.mark_read().await;
                let _ = reply.send(Ok(()));
            }
            Input::WhichImage { item, index, reply } => {
                let _ = reply.send(self.which_image(&item, index));
            }
            Input::AlwaysLoad { on, reply } => {
                let set = self.always_load(on).await;
                let _ = reply.send(set);
            }
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
        self.open = true;
        let conversation = self.house.sidebar.row(&self.id).ok_or_else(super::gone)?;
        self.seat(&conversation);
        let newest = self.timeline.items().last().map(|item| item.id.clone());
        let seen = self.house.store.seen(&self.id).await.ok().flatten();
        Ok(Opened {
            draft: self.house.store.draft(&self.id).await.unwrap_or_default(),
            attachments: self.house.store.attachments(&self.id).await.unwrap_or_default(),
            loaded: self.house.store.loaded(&self.id).await.unwrap_or_default(),
            always_load: self.loads,
            more: self.more_above(),
            seen: seen.filter(|seen| self.unread && Some(seen) != newest.as_ref()),
            queue: self.queue_for_window(),
            options: self.options.clone(),
            conversation,
        })
    }

    async fn mark_read(&mut self) {
        self.unread = false;
        self.house.sidebar.update(&self.id, |row| row.unread = false);
        self.saving.soon(Instant::now());
        if let Some(newest) = self.timeline.items().last().map(|item| item.id.clone()) {
            let saved = self.house.store.put_seen(&self.id, &newest, self.house.clock.now()).await;
            self.warn(saved);
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
        !self.open
            && self.ears.is_empty()
            && self.state.is_idle()
            && self.errands.is_empty()
            && !self.waiting.goes_by_itself()
            && self.in_doubt.is_none()
            && self.frames.due().is_none()
            && self.saving.due().is_none()
    }
}
