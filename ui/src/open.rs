//! The open conversation: its rows, its draft, and what the window asks about it.

use std::{sync::Arc, time::Duration};

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use model::{
    AgentId, Command, Conversation, ConversationId, Failure, Frame, ItemId, Queue, QueuedId, SendOptions, ToolCall,
    command::{
        AlwaysLoad, Close, Decide, Earlier, EditQueued, Fill, KeepGoing, Leave, LoadOnce, MarkRead,
        Open as OpenCommand, Retry, SaveDraft, Send, SendQueued, SetOptions, Shown, Stop, TakeBack,
    },
};

use crate::{
    elsewhere::Place,
    focus, ipc, links,
    state::State,
    timeline::{Doings, Rows, Taken},
    tray::Tray,
};

/// What is written is kept so long after it, at most.
const DRAFT_PAUSE: Duration = Duration::from_millis(400);

/// The open conversation. Cloning gives another handle to the same.
#[derive(Clone)]
pub struct Open {
    /// Which.
    pub id: ConversationId,
    /// Its list.
    pub rows: Rows,
    /// What is written and not sent.
    pub draft: ArcRwSignal<String>,
    /// The pictures that go with it.
    pub tray: Tray,
    /// What could not be done, until the next thing is done.
    pub failure: ArcRwSignal<Option<Failure>>,
    /// The first answer has come.
    pub answered: ArcRwSignal<bool>,
    /// What waits to be sent.
    pub queue: ArcRwSignal<Queue>,
    /// How words are sent here and answers shown.
    pub options: ArcRwSignal<SendOptions>,
    kept: ArcStoredValue<String>,
    pause: ArcStoredValue<Option<TimeoutHandle>>,
    asking: ArcStoredValue<bool>,
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Open {
    /// A conversation of which nothing is known yet.
    pub fn new(id: ConversationId) -> Self {
        let failure = ArcRwSignal::new(None);
        Self {
            tray: Tray::new(id.clone(), failure.clone()),
            id,
            rows: Rows::new(),
            draft: ArcRwSignal::new(String::new()),
            failure,
            answered: ArcRwSignal::new(false),
            queue: ArcRwSignal::new(Queue::default()),
            options: ArcRwSignal::new(SendOptions::default()),
            kept: ArcStoredValue::new(String::new()),
            pause: ArcStoredValue::new(None),
            asking: ArcStoredValue::new(false),
        }
    }

    /// Asks for its list: at first, and again when a frame is missing.
    pub fn ask(&self) {
        if self.asking.get_value() {
            return;
        }
        self.asking.set_value(true);
        let open = self.clone();
        spawn_local(async move {
            let answer = ipc::call(OpenCommand { conversation: open.id.clone() }).await;
            open.asking.set_value(false);
            match answer {
                Ok(opened) => {
                    open.rows.opened(&opened);
                    open.queue.set(opened.queue.clone());
                    open.rows.show_thoughts(opened.options.reasoning);
                    open.options.set(opened.options.clone());
                    open.tray.take_in(opened.attachments, Vec::new());
                    let first = !open.answered.get_untracked();
                    // Words typed before the answer came are newer than the draft.
                    if first && open.draft.with_untracked(String::is_empty) {
                        open.kept.set_value(opened.draft.clone());
                        open.draft.set(opened.draft);
                    }
                    open.failure.set(None);
                }
                Err(failure) => open.failure.set(Some(failure)),
            }
            open.answered.set(true);
        });
    }

    /// Takes a frame in; where one is missing, asks for the list again.
    pub fn take_in(&self, frame: Frame) {
        match self.rows.apply(frame) {
            Taken::Applied => {}
            Taken::Hole => self.ask(),
        }
    }

    /// The window shows another.
    pub fn close(&self) {
        self.keep_draft();
        self.tell(Close { conversation: self.id.clone() });
    }

    /// The user writes.
    pub fn write(&self, text: String) {
        self.draft.set(text);
        // Not put off by the next key: who writes without a pause loses no more than others.
        if self.pause.with_value(Option::is_some) {
            return;
        }
        let open = self.clone();
        self.pause.set_value(set_timeout_with_handle(move || open.keep_draft(), DRAFT_PAUSE).ok());
    }

    /// Puts words into the composer, to be changed or sent.
    pub fn begin_with(&self, words: &str) {
        self.write(words.to_owned());
        self.rows.go_to_end();
        focus::to(focus::COMPOSER);
    }

    /// Keeps the draft now, if it is another than the one kept.
    pub fn keep_draft(&self) {
        self.stop_waiting();
        let text = self.draft.get_untracked();
        if self.kept.with_value(|kept| *kept == text) {
            return;
        }
        self.kept.set_value(text.clone());
        let open = self.clone();
        spawn_local(async move {
            // A disk that refuses tells of itself; the words are still here, and are kept with the next key.
            if ipc::call(SaveDraft { conversation: open.id.clone(), text: text.clone() }).await.is_err() {
                open.kept.set_value(String::new());
            }
        });
    }

    fn stop_waiting(&self) {
        if let Some(Some(pause)) = self.pause.try_update_value(Option::take) {
            pause.clear();
        }
    }

    /// Says what is written. What cannot be sent comes back.
    pub fn send(&self) {
        let text = self.draft.get_untracked();
        let taken = self.tray.take();
        if text.trim().is_empty() && taken.is_empty() {
            return;
        }
        let images = taken.iter().map(|attachment| attachment.id.clone()).collect();
        self.stop_waiting();
        self.draft.set(String::new());
        self.failure.set(None);
        self.rows.go_to_end();
        let open = self.clone();
        spawn_local(async move {
            match ipc::call(Send { conversation: open.id.clone(), text: text.clone(), images }).await {
                Ok(()) => open.keep_draft(),
                Err(failure) => {
                    open.tray.bring_back(taken);
                    open.draft
                        .update(|draft| *draft = if draft.is_empty() { text } else { format!("{text}\n{draft}") });
                    open.failure.set(Some(failure));
                    open.keep_draft();
                }
            }
        });
    }

    /// Changes words that wait.
    pub fn edit_queued(&self, id: QueuedId, text: String) {
        self.tell(EditQueued { conversation: self.id.clone(), id, text });
    }

    /// Takes words out of the queue for good.
    pub fn remove_queued(&self, id: QueuedId) {
        let open = self.clone();
        spawn_local(async move {
            match ipc::call(TakeBack { conversation: open.id.clone(), id }).await {
                // Its pictures stand in the composer again, where they were not asked for.
                Ok(taken) => taken.images.iter().for_each(|image| open.tray.detach(image)),
                Err(failure) => open.failure.set(Some(failure)),
            }
        });
    }

    /// Takes the last words that wait back into the composer; false if none wait.
    pub fn take_back_last(&self) -> bool {
        let Some(last) = self.queue.with_untracked(|queue| queue.queued.last().map(|queued| queued.id.clone())) else {
            return false;
        };
        let open = self.clone();
        spawn_local(async move {
            match ipc::call(TakeBack { conversation: open.id.clone(), id: last }).await {
                Ok(taken) => {
                    // Its pictures come back as news.
                    let written = open.draft.get_untracked();
                    open.write(if written.is_empty() { taken.text } else { format!("{}\n{written}", taken.text) });
                }
                Err(failure) => open.failure.set(Some(failure)),
            }
        });
        true
    }

    /// Lets a queue go that waits for the user.
    pub fn send_queued(&self) {
        self.tell(SendQueued { conversation: self.id.clone() });
    }

    /// Chooses how words are sent and answers shown here.
    pub fn choose(&self, options: SendOptions) {
        let before = self.options.get_untracked();
        self.rows.show_thoughts(options.reasoning);
        self.options.set(options.clone());
        let open = self.clone();
        spawn_local(async move {
            if let Err(failure) = ipc::call(SetOptions { conversation: open.id.clone(), options }).await {
                open.rows.show_thoughts(before.reasoning);
                open.options.set(before);
                open.failure.set(Some(failure));
            }
        });
    }

    /// Stops what runs.
    pub fn stop(&self) {
        self.tell(Stop { conversation: self.id.clone() });
    }

    /// A very long answer may go on: at a table that of the one who was asked about.
    pub fn keep_going(&self, agent: Option<AgentId>) {
        self.tell(KeepGoing { conversation: self.id.clone(), agent });
    }

    /// Tries again what failed.
    pub fn retry(&self, item: ItemId) {
        self.tell(Retry { conversation: self.id.clone(), item });
    }

    /// Leaves words as they are of which nobody knows whether they arrived.
    pub fn leave(&self, item: ItemId) {
        self.tell(Leave { conversation: self.id.clone(), item });
    }

    /// Loads older turns.
    pub fn earlier(&self) {
        let open = self.clone();
        spawn_local(async move {
            match ipc::call(Earlier { conversation: open.id.clone() }).await {
                Ok(older) => open.rows.older_loaded(older.more),
                Err(failure) => {
                    open.failure.set(Some(failure));
                    open.rows.older_loaded(true);
                }
            }
        });
    }

    /// Everything in it was seen.
    pub fn mark_read(&self) {
        self.tell(MarkRead { conversation: self.id.clone() });
    }

    /// Says no to a call that nobody here can run. What is no longer there needs no answer.
    async fn turn_down(&self, item: &ItemId) -> Result<(), Failure> {
        let call = self.rows.item(item).and_then(|item| item.with_untracked(|item| item.tool().cloned()));
        let Some(ToolCall { id: tool_call, name, arguments, .. }) = call else { return Ok(()) };
        let conversation = self.id.clone();
        let shown = Shown { name, arguments };
        ipc::call(Decide { conversation, tool_call, approve: false, reason: None, shown }).await
    }

    /// Its list has come.
    pub fn rows_are_here(&self) -> bool {
        untrack(|| self.rows.is_loaded())
    }

    /// Tracked: its row in the sidebar.
    pub fn row(&self, state: State) -> Option<Conversation> {
        state.conversations.get(&self.id).map(|row| row.get())
    }

    /// Its row in the sidebar.
    pub fn row_untracked(&self, state: State) -> Option<Conversation> {
        state.conversations.get_untracked(&self.id).map(|row| row.get_untracked())
    }

    /// Asks for something whose only answer is whether it was done.
    pub(crate) fn tell<C: Command<Reply = ()> + 'static>(&self, command: C) {
        let open = self.clone();
        spawn_local(async move {
            if let Err(failure) = ipc::call(command).await {
                open.failure.set(Some(failure));
            }
        });
    }

    /// Loads one picture on the web.
    fn load_image(&self, place: Place) {
        let (open, elsewhere) = (self.clone(), self.rows.elsewhere());
        elsewhere.begin(&place);
        spawn_local(async move {
            let (item, index) = place.clone();
            let answer = ipc::call(LoadOnce { conversation: open.id.clone(), item, index }).await;
            elsewhere.end(&place, answer.map_err(|failure| failure.message));
        });
    }

    /// Pictures on the web are loaded unasked here from now on, or no longer.
    pub fn always_load(&self, on: bool) {
        self.rows.elsewhere().set_always(on);
        self.tell(AlwaysLoad { conversation: self.id.clone(), on });
    }

    /// What the timeline asks of the window.
    pub fn doings(&self, state: State) -> Doings {
        let (retrying, leaving, loading) = (self.clone(), self.clone(), self.clone());
        let (skipping, going_on) = (self.clone(), self.clone());
        let (fetching, always, filling, declining) = (self.clone(), self.clone(), self.id.clone(), self.clone());
        Doings {
            retry: Arc::new(move |item| retrying.retry(item)),
            leave: Arc::new(move |item| leaving.leave(item)),
            skip: Arc::new(move |agent| skipping.skip(agent)),
            go_on: Arc::new(move || going_on.go_on()),
            earlier: Arc::new(move || loading.earlier()),
            fill: Arc::new(move |gap| {
                let conversation = filling.clone();
                Box::pin(async move { ipc::call(Fill { conversation, gap }).await })
            }),
            turn_down: Arc::new(move |item| {
                let open = declining.clone();
                Box::pin(async move { open.turn_down(&item).await })
            }),
            open_link: Arc::new(move |url| links::follow(state, &url)),
            load_image: Arc::new(move |place| fetching.load_image(place)),
            always_load: Arc::new(move |on| always.always_load(on)),
            show_images: Arc::new(move |gallery| state.lightbox.set(Some(gallery))),
        }
    }
}
