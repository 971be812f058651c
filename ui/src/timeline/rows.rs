//! A conversation as signals: the order of its rows, and one signal a row, fed by frames (`held`). What rows ask about each other is
//! `around`; what of it is drawn, and where, is `timeline::view`; what the rows look like is `row`.

use std::{collections::HashSet, sync::Arc};

use leptos::prelude::*;
use model::{
    AgentId, Change, Conversation, ConversationKind, Frame, Held as Halt, Item, ItemId, Member, Speaker, Turn,
    command::Opened,
};

use super::entry::{self, Entry, Line, What};
use super::held::Held;
use super::{sought::Sought, time, who::seat};
use crate::elsewhere::Elsewhere;

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is applied.
    Applied,
    /// A frame before it is missing: nothing was applied, and nothing will be until a frame with a reset comes. Open again.
    Hole,
}

/// The rows of one conversation. Cloning gives another handle to the same rows.
#[derive(Clone)]
pub struct Rows {
    held: ArcStoredValue<Held>,
    lines: ArcRwSignal<Lines>,
    asks: ArcRwSignal<Vec<ItemId>>,
    turn: ArcRwSignal<Turn>,
    members: ArcRwSignal<Arc<Vec<Member>>>,
    led: ArcRwSignal<bool>,
    halt: ArcRwSignal<Option<Halt>>,
    seen: ArcRwSignal<Option<ItemId>>,
    more: ArcRwSignal<bool>,
    loaded: ArcRwSignal<bool>,
    stale: ArcRwSignal<bool>,
    unfolded: ArcRwSignal<HashSet<ItemId>>,
    entries: ArcMemo<Arc<Vec<Entry>>>,
    live: ArcMemo<Option<ItemId>>,
    at_end: ArcRwSignal<bool>,
    to_end: ArcTrigger,
    elsewhere: Elsewhere,
    sought: Sought,
    thoughts: ArcRwSignal<bool>,
}

/// The structure of the list in its order; shared, so that handing it on costs nothing.
type Lines = Arc<Vec<Arc<Line>>>;

impl Default for Rows {
    fn default() -> Self {
        Self::new()
    }
}

impl Rows {
    /// A conversation of which nothing is known yet.
    pub fn new() -> Self {
        let lines = ArcRwSignal::new(Lines::default());
        let turn = ArcRwSignal::new(Turn::Yours);
        let seen = ArcRwSignal::new(None);
        let unfolded = ArcRwSignal::new(HashSet::new());
        let thoughts = ArcRwSignal::new(true);
        let entries = ArcMemo::new({
            let (lines, turn, seen, unfolded) = (lines.clone(), turn.clone(), seen.clone(), unfolded.clone());
            let thoughts = thoughts.clone();
            move |_| {
                let rest = turn.with(|turn| *turn == Turn::Yours);
                let seen: Option<ItemId> = seen.get();
                let mut lines = lines.get();
                if !thoughts.get() {
                    lines = Arc::new(lines.iter().filter(|line| !line.thought).cloned().collect());
                }
                Arc::new(unfolded.with(|unfolded| entry::entries(&lines, seen.as_ref(), unfolded, rest)))
            }
        });
        let live = ArcMemo::new({
            let (entries, turn) = (entries.clone(), turn.clone());
            move |_| match turn.get() {
                Turn::Speaking { speaker } | Turn::Resuming { speaker: Some(speaker) } => {
                    entries.with(|entries| entry::turn_of(entries, &speaker))
                }
                Turn::Yours
                | Turn::Sent
                | Turn::Resuming { speaker: None }
                | Turn::Paused { .. }
                | Turn::Stopping
                | Turn::Finishing { .. } => None,
            }
        });
        Self {
            held: ArcStoredValue::new(Held::default()),
            lines,
            asks: ArcRwSignal::new(Vec::new()),
            turn,
            members: ArcRwSignal::default(),
            led: ArcRwSignal::new(false),
            halt: ArcRwSignal::new(None),
            seen,
            more: ArcRwSignal::new(false),
            loaded: ArcRwSignal::new(false),
            stale: ArcRwSignal::new(false),
            unfolded,
            entries,
            live,
            at_end: ArcRwSignal::new(true),
            to_end: ArcTrigger::new(),
            elsewhere: Elsewhere::default(),
            sought: Sought::default(),
            thoughts,
        }
    }

    /// Takes in the reply to `Open`: who sits there, where "New since" stands, whether older turns exist.
    pub fn opened(&self, opened: &Opened) {
        self.conversation(&opened.conversation);
        if *self.seen.read_untracked() != opened.seen {
            self.seen.set(opened.seen.clone());
        }
        self.older_loaded(opened.more);
        self.elsewhere.take_in(opened.loaded.clone());
        self.elsewhere.set_always(opened.always_load);
    }

    /// Takes in who sits there (names, roles, colours) and what a table waits for, whenever that changes.
    pub fn conversation(&self, conversation: &Conversation) {
        if **self.members.read_untracked() != conversation.members {
            self.members.set(Arc::new(conversation.members.clone()));
        }
        let led = conversation.kind == ConversationKind::Table;
        if *self.led.read_untracked() != led {
            self.led.set(led);
        }
        let halt = conversation.floor.as_ref().and_then(|floor| floor.held.clone());
        if *self.halt.read_untracked() != halt {
            self.halt.set(halt);
        }
    }

    /// Takes in the reply to `Earlier`: whether still older turns exist.
    pub fn older_loaded(&self, more: bool) {
        self.more.set(more);
    }

    /// Applies a frame: an append touches only its row's signal, and the order is told anew only when it changed.
    pub fn apply(&self, frame: Frame) -> Taken {
        let reset = frame.changes.iter().any(|change| matches!(change, Change::Reset { .. }));
        let version = self.held.with_value(|held| held.version);
        match version {
            // Left over from an opening before this one: the list itself is still on its way.
            None if !reset => return Taken::Applied,
            Some(version) if !reset && frame.version <= version => return Taken::Applied,
            Some(version) if !reset && frame.version != version + 1 => {
                self.held.update_value(|held| held.version = None);
                self.stale.set(true);
                return Taken::Hole;
            }
            None | Some(_) => {}
        }
        let mut structure = false;
        for change in frame.changes {
            structure |= self.held.try_update_value(|held| held.change(change)).unwrap_or(false);
        }
        self.held.update_value(|held| held.version = Some(frame.version));
        if structure {
            let (lines, asks) = self.held.with_value(|held| (Arc::new(held.lines.clone()), held.asks()));
            self.lines.set(lines);
            if *self.asks.read_untracked() != asks {
                self.asks.set(asks);
            }
        }
        if *self.turn.read_untracked() != frame.turn {
            self.turn.set(frame.turn);
        }
        if reset {
            self.stale.set(false);
            self.loaded.set(true);
        }
        Taken::Applied
    }

    /// Thoughts stand among the rows, or do not.
    pub fn show_thoughts(&self, shown: bool) {
        if *self.thoughts.read_untracked() != shown {
            self.thoughts.set(shown);
        }
    }

    /// Pictures on the web that are named here.
    pub fn elsewhere(&self) -> Elsewhere {
        self.elsewhere.clone()
    }

    /// An item that the reader is shown the way to.
    pub(crate) fn sought(&self) -> &Sought {
        &self.sought
    }

    /// Tracked: a frame is missing; open the conversation again.
    pub fn is_stale(&self) -> bool {
        self.stale.get()
    }

    /// Tracked: the list has come.
    pub fn is_loaded(&self) -> bool {
        self.loaded.get()
    }

    /// Tracked: the list has come and nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.loaded.get() && self.lines.with(|lines| lines.is_empty())
    }

    /// Tracked: the items that wait for a decision or whose decision is on its way, oldest first.
    pub fn waiting(&self) -> Vec<Item> {
        self.asks.get().iter().filter_map(|id| self.item(id)).map(|item| item.get()).collect()
    }

    /// Tracked: whose turn it is.
    pub fn turn(&self) -> Turn {
        self.turn.get()
    }

    /// Tracked: the reader is at the end (within 48 px).
    pub fn at_end(&self) -> bool {
        self.at_end.get()
    }

    /// Goes to the end and stays there. To be called when something is sent.
    pub fn go_to_end(&self) {
        self.to_end.notify();
    }

    /// Tracked: what follows what, the derived rows (days, "New since", folded calls) among them.
    pub fn entries(&self) -> Arc<Vec<Entry>> {
        self.entries.get()
    }

    /// The signal of one row.
    pub fn item(&self, id: &ItemId) -> Option<ArcRwSignal<Item>> {
        self.held.with_value(|held| held.items.get(id).cloned())
    }

    /// Tracked: the seat of a speaker at this table, for its colour, monogram and role.
    pub fn member(&self, speaker: &Speaker) -> Member {
        self.members.with(|members| seat(members, speaker))
    }

    /// Tracked: the name of a member; of one who sits here no more, a word for it.
    pub(crate) fn name_of(&self, agent: &AgentId) -> String {
        let sits = |members: &Arc<Vec<Member>>| {
            members.iter().find(|member| member.agent == *agent).map(|member| member.name.clone())
        };
        self.members.with(sits).unwrap_or_else(|| "it".to_owned())
    }

    /// Tracked: only one agent sits here.
    pub fn is_solo(&self) -> bool {
        self.members.with(|members| members.len() < 2)
    }

    /// Tracked: the app leads this table.
    pub(crate) fn is_led(&self) -> bool {
        self.led.get()
    }

    /// Tracked: what the table waits for, if the app leads it.
    pub(super) fn halt(&self) -> Option<Halt> {
        self.halt.get()
    }

    /// Tracked: the turn (named by its first item) that is being spoken.
    pub fn live_turn(&self) -> Option<ItemId> {
        self.live.get()
    }

    /// Tracked: what was cut off in this turn is being fetched, which the banner says.
    pub(crate) fn is_resuming(&self, turn: &ItemId) -> bool {
        self.turn.with(|turn| matches!(turn, Turn::Resuming { .. })) && self.live_turn().as_ref() == Some(turn)
    }

    /// Whether a disclosure is open. Kept while the app holds these rows; `name` is the item's id with what of it.
    pub fn disclosure(&self, name: &str) -> ArcRwSignal<bool> {
        self.held
            .try_update_value(|held| {
                held.disclosures.entry(name.to_owned()).or_insert_with(|| ArcRwSignal::new(false)).clone()
            })
            .unwrap_or_else(|| ArcRwSignal::new(false))
    }

    /// When this window first saw an item, in milliseconds since 1970 UTC: live durations count from there.
    pub fn first_seen(&self, id: &ItemId) -> i64 {
        let now = time::now();
        self.held.try_update_value(|held| *held.first_seen.entry(id.clone()).or_insert(now)).unwrap_or(now)
    }

    /// Shows the calls behind a folded row (one of them is enough to name it), or folds them again. A call that was opened before its
    /// turn was over is named here too, so that it does not fold away under the reader.
    pub fn unfold(&self, calls: &[ItemId], open: bool) {
        self.unfolded.update(|unfolded| {
            for call in calls {
                if open {
                    unfolded.insert(call.clone());
                } else {
                    unfolded.remove(call);
                }
            }
        });
    }

    /// Opens or closes the thoughts and calls of a whole turn, folded ones among them.
    pub fn open_turn(&self, turn: &ItemId, open: bool) {
        for entry in self.entries_untracked().iter().filter(|entry| entry.turn.as_ref() == Some(turn)) {
            match &entry.what {
                What::Item(id) => self.disclosure(id.as_str()).set(open),
                What::Fold { calls, .. } => {
                    calls.iter().for_each(|call| self.disclosure(call.as_str()).set(open));
                    self.unfold(calls, open);
                }
                What::Day(_) | What::NewSince(_) => {}
            }
        }
    }

    pub(super) fn entries_untracked(&self) -> Arc<Vec<Entry>> {
        self.entries.get_untracked()
    }

    pub(super) fn more(&self) -> bool {
        self.more.get_untracked()
    }

    pub(super) fn set_at_end(&self, at_end: bool) {
        if self.at_end.get_untracked() != at_end {
            self.at_end.set(at_end);
        }
    }

    pub(super) fn track_to_end(&self) {
        self.to_end.track();
    }
}
