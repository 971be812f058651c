//! What the inbox stands at, as signals: what waits on this server, what of it is shown, what is ticked, and whether the list is that of
//! requests or the log. No drawing.

use std::collections::HashSet;

use leptos::{prelude::*, task::spawn_local};
use model::{
    AboutTool, ConversationId, LogLine, Pending, ProfileId, ToolCallId,
    command::{DecisionLog, Inbox as InboxCommand},
};

use crate::{
    approval::{Page, Request},
    ipc,
    state::State,
    timeline::time,
};

/// A call, wherever it is.
pub type Key = (ConversationId, ToolCallId);

/// So many decisions are looked at for those of today.
const TODAY: u32 = 50;

/// What the list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// What waits, and what was decided today.
    Waiting,
    /// The log; only of one tool where it says so.
    Log(Option<AboutTool>),
}

/// What is shown beside the list.
#[derive(Clone, Debug, PartialEq)]
pub enum Picked {
    /// Nobody chose: the oldest request.
    Nothing,
    /// A request.
    Request(Key),
    /// Several, to be approved together.
    Together(Vec<Request>),
    /// A decision of the log.
    Line(Box<LogLine>),
}

/// A handle of it all: copying it costs nothing.
#[derive(Clone, Copy)]
pub struct Desk {
    /// Everything that waits on this server, oldest first; none until the engine has told.
    pub pending: Memo<Option<Vec<Pending>>>,
    /// The same as cards show it.
    pub requests: Memo<Vec<Request>>,
    /// What is shown beside the list.
    pub picked: RwSignal<Picked>,
    /// Counts choices: a card that is chosen anew is armed anew.
    pub choices: RwSignal<u32>,
    /// The request that is shown.
    pub shown: Memo<Option<Key>>,
    /// What the list shows.
    pub side: RwSignal<Side>,
    /// Requests are being ticked.
    pub ticking: RwSignal<bool>,
    /// Those that are.
    pub ticked: RwSignal<HashSet<Key>>,
    /// What was decided today, newest first.
    pub today: RwSignal<Vec<LogLine>>,
    /// The server is reached.
    pub reached: Memo<bool>,
    /// Why the list could not be had.
    pub failure: RwSignal<Option<String>>,
}

impl Desk {
    /// Of the server that the sidebar shows.
    pub fn new(state: State) -> Self {
        let pending = Memo::new(move |_| {
            let profile = state.profile.get()?;
            let listed = state.pending.with(|pending| pending.get(&profile).cloned())?;
            Some(listed.into_iter().filter(|pending| !pending.call.foreign).collect::<Vec<_>>())
        });
        let requests = Memo::new(move |_| {
            let Some(profile) = state.profile.get() else { return Vec::new() };
            pending.with(|pending| {
                let pending = pending.as_deref().unwrap_or_default();
                pending.iter().map(|one| Request::of_pending(state, &profile, one, pending)).collect()
            })
        });
        let picked = RwSignal::new(Picked::Nothing);
        let shown = Memo::new(move |before: Option<&Option<(Key, usize)>>| {
            let wanted = picked.with(|picked| match picked {
                Picked::Request(key) => Some(key.clone()),
                Picked::Nothing | Picked::Together(_) | Picked::Line(_) => None,
            });
            requests.with(|requests| next_shown(requests, wanted, before.and_then(Option::as_ref)))
        });
        let desk = Self {
            pending,
            requests,
            picked,
            choices: RwSignal::new(0),
            shown: Memo::new(move |_| shown.get().map(|(key, _)| key)),
            side: RwSignal::new(Side::Waiting),
            ticking: RwSignal::new(false),
            ticked: RwSignal::new(HashSet::new()),
            today: RwSignal::new(Vec::new()),
            reached: Memo::new(move |_| state.profile.get().is_none_or(|profile| state.is_reached(&profile))),
            failure: RwSignal::new(None),
        };
        desk.keep_up(state);
        desk
    }

    /// Shows something beside the list.
    pub fn pick(self, picked: Picked) {
        self.picked.set(picked);
        self.choices.update(|choices| *choices += 1);
    }

    /// Tracked: a person chose what is shown.
    pub fn is_picked(self) -> bool {
        self.picked.with(|picked| *picked != Picked::Nothing)
    }

    /// The way through the requests.
    pub fn page(self) -> Page {
        let which = Memo::new(move |_| {
            let shown = self.shown.get();
            self.requests
                .with(|requests| requests.iter().position(|one| Some(key_of(one)) == shown).unwrap_or_default())
        });
        let turn = move |by: isize| {
            let to = which.get_untracked().saturating_add_signed(by);
            if let Some(key) = self.requests.with_untracked(|requests| requests.get(to).map(key_of)) {
                self.pick(Picked::Request(key));
            }
        };
        Page {
            which,
            count: Memo::new(move |_| self.requests.with(Vec::len)),
            open: Memo::new(move |_| self.requests.with(|all| all.iter().filter(|one| !one.is_deciding()).count())),
            turn: Callback::new(turn),
        }
    }

    /// The ticked requests that can be decided, oldest first.
    pub fn chosen(self) -> Vec<Request> {
        let ticked = self.ticked.get();
        let wanted = |one: &&Request| ticked.contains(&key_of(one)) && !one.is_deciding();
        self.requests.with(|requests| requests.iter().filter(wanted).cloned().collect())
    }

    /// No more ticks.
    pub fn tick_no_more(self) {
        self.ticking.set(false);
        self.ticked.update(HashSet::clear);
    }

    /// Asks what waits whenever another server is shown, and what was decided whenever that changed.
    fn keep_up(self, state: State) {
        Effect::new(move |_| {
            let Some(profile) = state.profile.get() else { return };
            self.picked.set(Picked::Nothing);
            self.side.set(Side::Waiting);
            self.tick_no_more();
            self.ask(state, profile);
        });
        Effect::new(move |_| {
            self.pending.track();
            let Some(profile) = state.profile.get() else { return };
            spawn_local(async move {
                let asked = DecisionLog { profile, words: String::new(), about: None, before: None, limit: TODAY };
                // Without an answer the list of today stays as it was; the log itself says what is wrong.
                if let Ok(page) = ipc::call(asked).await {
                    let today = time::day(time::now());
                    let of_today = page.lines.into_iter().filter(|line| time::day(line.at) == today).collect();
                    self.today.try_set(of_today);
                }
            });
        });
    }

    fn ask(self, state: State, profile: ProfileId) {
        spawn_local(async move {
            match ipc::call(InboxCommand { profile: profile.clone() }).await {
                Ok(pending) => {
                    state.pending.update(|all| drop(all.insert(profile, pending)));
                    self.failure.try_set(None);
                }
                Err(why) => drop(self.failure.try_set(Some(why.message))),
            }
        });
    }
}

/// What names a request.
pub fn key_of(request: &Request) -> Key {
    (request.conversation.clone(), request.call.id.clone())
}

/// The request wanted, else the one shown before, else what took its place, else the oldest.
fn next_shown(requests: &[Request], wanted: Option<Key>, before: Option<&(Key, usize)>) -> Option<(Key, usize)> {
    let place = |key: &Key| requests.iter().position(|one| key_of(one) == *key);
    let found = |key: Key| place(&key).map(|at| (key, at));
    let at = |at: usize| requests.get(at.min(requests.len().saturating_sub(1))).map(|one| (key_of(one), at));
    wanted
        .and_then(found)
        .or_else(|| before.and_then(|(key, _)| found(key.clone())))
        .or_else(|| at(before.map_or(0, |(_, at)| *at)))
}
