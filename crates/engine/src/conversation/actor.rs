//! The task of one conversation: its state, its loop, and what becomes of changes (shown, saved, told to the sidebar). What is said
//! and heard while an answer comes is `running`, decisions are `decision`, what the server has stored is `history`.

use std::sync::Arc;

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use letta::{Cast, Client, Target, Timeline};
use model::{
    Author, Change, Content, Conversation, ConversationId, ConversationKind, Failure, Item, ItemId, ProfileId,
    SendState, Speaker, TextState, ToolCallId, ToolState, Turn, command::Opened,
};
use tokio::{sync::mpsc, time::Instant};

use super::{
    Input, Reply,
    frames::Frames,
    history::{After, Fetched, otid},
    saving::Saving,
    words::{last_words, waiting},
};
use crate::{
    house::House,
    news::Told,
    store::{Cursor, Page, RowWords, SaveBatch},
};

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
    unwritten: bool,
    /// Questions to the server beside the run.
    pub(super) errands: FuturesUnordered<BoxFuture<'static, Errand>>,
    /// One of the errands looks at the newest history.
    pub(super) looking: bool,
    /// How many requests were begun: a look at the history from before the last one is out of date.
    pub(super) begun: u64,
    /// What is done after that look.
    pub(super) after: Vec<After>,
    /// The items are nothing but words on their way whose history is lost: they stand below it when it comes back.
    pub(super) restored: bool,
    /// The position of the first item that is loaded.
    first: Option<i64>,
    ending: Vec<Reply<()>>,
}

/// What a conversation is doing.
pub(super) enum State {
    /// Nothing runs here.
    Idle,
    /// A request is on its way.
    Asking(Asked, BoxFuture<'static, Result<letta::Turn, letta::Error>>),
    /// The answer comes.
    Hearing(Asked, Box<letta::Turn>),
    /// Left here; the server is told to stop.
    Stopping,
    /// A run of before goes on at the server without us; its end is waited for.
    Following,
}

/// What was asked of the server.
pub(super) enum Asked {
    /// The user's words.
    Words {
        /// Ours, given back by the server.
        otid: String,
    },
    /// Decisions on tool calls of one request.
    Decision {
        calls: Vec<ToolCallId>,
        /// Answered at the first sign that the server took them.
        reply: Vec<Reply<()>>,
    },
}

/// What came of the request that is under way.
enum Step {
    Told(Option<Input>),
    Answered(Result<letta::Turn, letta::Error>),
    Heard(letta::Heard),
    Back(Errand),
    Frame,
    Save,
}

/// What comes back from a question beside the run.
pub(super) enum Errand {
    /// The server was told to stop.
    Stopped,
    /// A page of history.
    Fetched(Fetched),
}

impl State {
    async fn next(&mut self) -> Step {
        match self {
            Self::Idle | Self::Stopping | Self::Following => std::future::pending().await,
            Self::Asking(_, answer) => Step::Answered(answer.await),
            Self::Hearing(_, turn) => Step::Heard(turn.next().await),
        }
    }

    /// Takes what was asked out, leaving nothing that runs: the connection is closed.
    pub(super) fn leave(&mut self) -> Option<Asked> {
        match std::mem::replace(self, Self::Idle) {
            Self::Asking(asked, _) | Self::Hearing(asked, _) => Some(asked),
            Self::Idle | Self::Stopping | Self::Following => None,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }
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
            Some(errand) = talk.errands.next() => Step::Back(errand),
            step = talk.state.next() => step,
        };
        match step {
            Step::Told(None) => break,
            Step::Told(Some(input)) => talk.told(input).await,
            Step::Answered(answer) => talk.answered(answer),
            Step::Heard(heard) => talk.heard(heard),
            Step::Back(errand) => talk.back(errand).await,
            Step::Frame => talk.show(),
            Step::Save => talk.save_later(),
        }
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

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

impl Talk {
    /// The newest page as it was saved. What was under way when the app ended is interrupted.
    async fn load(house: Arc<House>, id: ConversationId, target: Target) -> Self {
        let page = house.store.tail(&id, PAGE).await.unwrap_or_else(|error| {
            tracing::warn!(conversation = %id, %error, "what was saved cannot be read");
            Page::default()
        });
        let cursor = house.store.cursor(&id).await.unwrap_or_default();
        let row = house.sidebar.row(&id);
        let profile =
            id.as_str().split_once('/').map_or_else(|| ProfileId::from(""), |(profile, _)| ProfileId::from(profile));
        let mut timeline = Timeline::new(row.as_ref().map(cast).unwrap_or_default());
        timeline.load(page.items);
        let pace = house.pace;
        let mut talk = Self {
            id,
            profile,
            target,
            timeline,
            state: State::Idle,
            open: false,
            more_saved: page.more,
            cursor,
            unread: row.is_some_and(|row| row.unread),
            speaker: None,
            frames: Frames::new(pace.frame),
            saving: Saving::new(pace.save),
            unwritten: false,
            errands: FuturesUnordered::new(),
            looking: false,
            begun: 0,
            after: Vec::new(),
            restored: false,
            first: None,
            ending: Vec::new(),
            house,
        };
        talk.note_first();
        talk.restore_unsent().await;
        talk.interrupt();
        talk
    }

    /// Words on their way whose rows are lost with the cache get their rows again.
    async fn restore_unsent(&mut self) {
        if self.more_saved {
            return;
        }
        self.restored = self.timeline.items().is_empty();
        for words in self.house.store.unsent(&self.id).await.unwrap_or_default() {
            if !self.timeline.items().iter().any(|item| otid(item) == Some(words.otid.as_str())) {
                let changes = self.timeline.sent(&words.otid, &words.text, words.at);
                self.changed(changes);
            }
        }
    }

    /// Marks what a killed app left open.
    fn interrupt(&mut self) {
        let unfinished = self.timeline.items().iter().any(|item| match &item.content {
            Content::User { state, .. } => *state == SendState::Sending,
            Content::Assistant { state, .. } | Content::Reasoning { state, .. } => *state == TextState::Streaming,
            Content::Tool(call) => matches!(call.state, ToolState::Writing | ToolState::Running),
            Content::Notice(_) | Content::Error(_) | Content::Gap | Content::Round { .. } => false,
        });
        if unfinished {
            let why = "Tertulia ended while this was being written.".to_owned();
            let changes = self.timeline.end(letta::End::Interrupted { why }, self.house.clock.now());
            self.changed(changes);
        }
        self.cursor.run = None;
        self.cursor.seq = 0;
    }

    async fn told(&mut self, input: Input) {
        match input {
            Input::Open(reply) => {
                let opened = self.open().await;
                let _ = reply.send(opened);
                // The page follows its announcement.
                self.frames.take(Instant::now());
                self.house.listeners.tell(&Told::Opened {
                    conversation: self.id.clone(),
                    items: self.timeline.items().to_vec(),
                    turn: self.turn(),
                });
                self.catch_up(None);
            }
            Input::Close(reply) => {
                self.open = false;
                self.house.listeners.tell(&Told::Closed { conversation: self.id.clone() });
                self.save().await;
                let _ = reply.send(Ok(()));
            }
            Input::Earlier(reply) => self.earlier(reply).await,
            Input::Send { text, reply } => {
                let sent = self.send(text).await;
                let _ = reply.send(sent);
            }
            Input::Stop(reply) => {
                self.stop();
                let _ = reply.send(Ok(()));
            }
            Input::Retry { item, reply } => self.retry(&item, reply),
            Input::Decide { call, verdict, reply } => self.decide(call, verdict, reply).await,
            Input::MarkRead(reply) => {
                self.mark_read().await;
                let _ = reply.send(Ok(()));
            }
            Input::CatchUp(permit) => self.catch_up(permit),
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
            more: self.more_above(),
            seen: seen.filter(|seen| self.unread && Some(seen) != newest.as_ref()),
            conversation,
        })
    }

    /// Who may speak, as the sidebar knows by now.
    fn seat(&mut self, conversation: &Conversation) {
        let mut timeline = Timeline::new(cast(conversation));
        timeline.load(self.timeline.items().to_vec());
        self.timeline = timeline;
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
        }
    }

    /// Every change goes through here: it is to be shown and saved. The timeline has it already.
    pub(super) fn changed(&mut self, mut changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        for change in &mut changes {
            if let Change::Reset { items } = change {
                self.keep_below_saved(items);
            }
        }
        let now = Instant::now();
        self.saving.note(&changes, now);
        for change in &changes {
            let Change::Put { item } = change else { continue };
            if let Author::Agent(speaker) = &item.author {
                self.speaker = Some(speaker.clone());
                self.unread |= !self.open && news_worthy(item);
            }
        }
        self.frames.add(&changes, now);
        self.note_first();
    }

    /// A list that was numbered anew stays below the saved items that are not loaded.
    fn keep_below_saved(&mut self, items: &mut [Item]) {
        let (Some(was), Some(is)) = (self.first, items.first().map(|first| first.position)) else { return };
        for item in items.iter_mut() {
            item.position += was - is;
        }
        self.timeline.load(items.to_vec());
    }

    pub(super) fn note_first(&mut self) {
        self.first = self.timeline.items().first().map(|first| first.position);
    }

    /// Whose turn it is changed, and nothing else.
    pub(super) fn turned(&mut self) {
        self.frames.add(&[], Instant::now());
    }

    /// The next frame, to the window and to the sidebar.
    pub(super) fn show(&mut self) {
        let Some(changes) = self.frames.take(Instant::now()) else { return };
        let turn = self.turn();
        let row = self.row_words(false);
        self.house.sidebar.update(&self.id, |conversation| {
            conversation.turn = turn.clone();
            conversation.waiting = row.waiting;
            conversation.unread = row.unread;
            // While it grows the row says who speaks, not every word.
            if turn == Turn::Yours || conversation.last.is_none() {
                conversation.last = row.last;
            }
        });
        if self.open {
            self.house.listeners.tell(&Told::Changed { conversation: self.id.clone(), changes, turn });
        }
    }

    fn batch(&mut self) -> Option<SaveBatch> {
        let runs = !self.state.is_idle();
        let row = self.row_words(runs);
        self.house.sidebar.if_killed(&self.id, row.last.clone().filter(|_| runs));
        self.saving.take(&self.id, self.timeline.items(), &self.cursor, row)
    }

    /// Saves what changed, and goes on when that is done. What the disk does not take now the store keeps and tries again.
    pub(super) async fn save(&mut self) {
        if let Some(batch) = self.batch() {
            let saved = self.house.store.save(batch).await;
            self.warn(saved);
        }
    }

    /// The same without waiting: a slow disk does not hold up what is heard.
    fn save_later(&mut self) {
        if let Some(batch) = self.batch() {
            self.house.store.save_later(batch);
            self.unwritten = true;
        }
    }

    /// Waits until all that was to be saved is: whoever loads this conversation next finds it whole.
    async fn written(&mut self) {
        if std::mem::take(&mut self.unwritten) {
            // Writes are done in order: an empty one that is done stands for all before it.
            let saved = self.house.store.save(SaveBatch::new(self.id.clone())).await;
            self.warn(saved);
        }
    }

    fn row_words(&self, cut_short: bool) -> RowWords {
        let items = self.timeline.items();
        RowWords { last: last_words(items, cut_short), unread: self.unread, waiting: waiting(items) }
    }

    /// Whose turn it is.
    pub(super) fn turn(&self) -> Turn {
        match &self.state {
            State::Stopping => Turn::Stopping,
            State::Asking(..) => Turn::Sent,
            State::Hearing(..) | State::Following => match &self.speaker {
                Some(speaker) => Turn::Speaking { speaker: speaker.clone() },
                None => Turn::Sent,
            },
            State::Idle => match self.waits() {
                Some(speaker) => Turn::Paused { speaker },
                None => Turn::Yours,
            },
        }
    }

    /// Who waits for a decision.
    fn waits(&self) -> Option<Speaker> {
        self.timeline.items().iter().rev().find_map(|item| {
            let call = item.tool()?;
            let waits = matches!(call.state, ToolState::AwaitingApproval | ToolState::Deciding);
            waits.then(|| item.speaker().cloned()).flatten()
        })
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
            && self.state.is_idle()
            && self.errands.is_empty()
            && self.frames.due().is_none()
            && self.saving.due().is_none()
    }
}

/// What makes a conversation unread: whole words of an agent, or a question of one.
fn news_worthy(item: &Item) -> bool {
    match &item.content {
        Content::Assistant { state, .. } => *state == TextState::Done,
        Content::Tool(call) => call.state == ToolState::AwaitingApproval,
        Content::User { .. }
        | Content::Reasoning { .. }
        | Content::Notice(_)
        | Content::Error(_)
        | Content::Gap
        | Content::Round { .. } => false,
    }
}

/// Who may speak in it.
fn cast(conversation: &Conversation) -> Cast {
    let members: Vec<Speaker> = conversation
        .members
        .iter()
        .map(|member| Speaker { id: Some(member.agent.clone()), name: member.name.clone() })
        .collect();
    match conversation.kind {
        ConversationKind::Agent | ConversationKind::Conversation => {
            Cast { solo: members.into_iter().next(), members: Vec::new() }
        }
        ConversationKind::Group | ConversationKind::Table => Cast { solo: None, members },
    }
}
