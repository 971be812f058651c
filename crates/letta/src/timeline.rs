//! Events to changes of a conversation's list of items: one code path for live streams, stored history, replay and restart. Its only
//! state is the items; who sits in the conversation is told once. Nothing here does I/O or asks the time.

mod edit;
mod ending;
mod gaps;
mod live;
mod merge;
mod names;
mod rounds;
mod tools;

use std::collections::HashSet;

use model::{Author, Change, Decision, ImageRef, Item, ItemId, Speaker, ToolCallId, Trouble};

use crate::{Event, history};
use edit::{Edit, Source};
pub use gaps::below_gap;
pub(crate) use names::part;

/// Who speaks in a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cast {
    /// The one agent of a talk. Then names on the wire are not looked at.
    pub solo: Option<Speaker>,
    /// The agents of a group in the order in which they speak. The wire tells only their names; a name that is not here is shown as
    /// it is.
    pub members: Vec<Speaker>,
}

impl Cast {
    /// A talk with one agent.
    pub fn solo(agent: Speaker) -> Self {
        Self { solo: Some(agent), members: Vec::new() }
    }

    /// A group.
    pub fn group(members: Vec<Speaker>) -> Self {
        Self { solo: None, members }
    }

    fn named(&self, name: &str) -> Speaker {
        let member = self.members.iter().find(|member| member.name == name);
        member.cloned().unwrap_or_else(|| Speaker { id: None, name: name.to_owned() })
    }
}

/// How a run ended for us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The server said so.
    Finished,
    /// The user said stop, and the server stopped, or we no longer listen.
    Stopped,
    /// The connection was lost, or the app ended.
    Interrupted {
        /// In the user's words.
        why: String,
    },
    /// It did not arrive, or the server said that it failed.
    Failed(Trouble),
}

/// A conversation's items, and what events make of them. What a method returns is already in [`Timeline::items`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    cast: Cast,
    items: Vec<Item>,
}

impl Timeline {
    /// An empty conversation.
    pub fn new(cast: Cast) -> Self {
        Self { cast, items: Vec::new() }
    }

    /// Takes up items from the store, by position. Receiving then goes on as if nothing had happened in between.
    pub fn load(&mut self, items: Vec<Item>) {
        self.items = items;
    }

    /// By position.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The oldest message of the server's that stands here: the cursor for what came before. User rows may be older.
    pub fn first_message(&self) -> Option<&str> {
        self.items.iter().find_map(|item| names::message(&item.id))
    }

    /// The newest message of the server's that stands here.
    pub fn last_message(&self) -> Option<&str> {
        self.items.iter().rev().find_map(|item| names::message(&item.id))
    }

    /// The part of a page that begins with the first message that stands here. What is before it belongs above the first item: to be
    /// left out where only the end of the saved items is loaded. All of the page if it has nothing in common with the items.
    pub fn from_known<'e>(&self, page: &'e [Event]) -> &'e [Event] {
        let here: HashSet<&str> = self.items.iter().map(|item| names::stem(&item.id)).collect();
        let known = |event: &Event| {
            let row = |otid: &String| self.items.iter().any(|item| item.id == names::user(otid));
            event.head.id.as_deref().is_some_and(|id| here.contains(id)) || event.head.otid.iter().any(row)
        };
        let first = page.iter().position(known).unwrap_or(0);
        &page[first..]
    }

    /// The user's words and pictures, before the server has them. A row that stands here already (sent again) goes back to sending, and what was
    /// said about its failure goes away.
    pub fn sent(&mut self, otid: &str, text: &str, images: &[ImageRef], now_ms: i64) -> Vec<Change> {
        self.edit(now_ms, Source::Live, |edit| edit.sent(otid, text, images))
    }

    /// One event of a run as it comes. Events that came before must not come again: deltas have no offsets, so replays are cut by
    /// `seq_id` before.
    pub fn receive(&mut self, event: &Event, now_ms: i64) -> Vec<Change> {
        self.edit(now_ms, Source::Live, |edit| edit.receive(event))
    }

    /// The run is over: closes what is still open and says how it ended where that is not plain.
    pub fn end(&mut self, end: End, now_ms: i64) -> Vec<Change> {
        self.edit(now_ms, Source::Live, |edit| edit.end(end))
    }

    /// A run that was said to be cut off goes on behind what was heard: what is said about the cut goes away, and what it left open is
    /// open again.
    pub fn resumed(&mut self, now_ms: i64) -> Vec<Change> {
        self.edit(now_ms, Source::Live, |edit| edit.resumed())
    }

    /// A decision on a waiting call is on its way, after the run that asked for it has ended. Nothing changes if no such call waits.
    pub fn decide(&mut self, call: &ToolCallId, decision: Decision) -> Vec<Change> {
        self.edit(0, Source::Live, |edit| edit.decide(call, decision))
    }

    /// The decision did not arrive: the call waits again.
    pub fn undecide(&mut self, call: &ToolCallId) -> Vec<Change> {
        self.edit(0, Source::Live, |edit| edit.undecide(call))
    }

    /// Merges the newest page of the server's history. What is stored replaces what was
    /// streamed, what is missing is added, interrupted talk heals, a call answered elsewhere is answered. Not to be called while a
    /// run is being received: close it with [`Timeline::end`] first.
    pub fn newest(&mut self, events: &[Event], now_ms: i64) -> Vec<Change> {
        self.merge(events, now_ms, merge::Side::Newest)
    }

    /// Merges a page from above the first message.
    pub fn older(&mut self, events: &[Event], now_ms: i64) -> Vec<Change> {
        self.merge(events, now_ms, merge::Side::Older)
    }

    /// Merges the newest page of the server's history where it does not reach back to what stands here: a gap stands between both.
    pub fn newest_beyond_gap(&mut self, events: &[Event], now_ms: i64) -> Vec<Change> {
        let events = history::in_order(events.to_vec());
        let page = self.stored(&events, now_ms);
        self.edit(now_ms, Source::Live, |edit| edit.merge_beyond_gap(page, &events))
    }

    /// Fills a gap with the page that stands just before [`below_gap`]. What is left of the gap stands above the page, under another
    /// name; nothing is left where the page meets what stands above, or where nothing is stored before it (`whole`).
    pub fn fill(&mut self, gap: &ItemId, events: &[Event], whole: bool, now_ms: i64) -> Vec<Change> {
        let events = history::in_order(events.to_vec());
        let page = self.stored(&events, now_ms);
        self.edit(now_ms, Source::Live, |edit| edit.fill(gap, page, &events, whole))
    }

    fn merge(&mut self, events: &[Event], now_ms: i64, side: merge::Side) -> Vec<Change> {
        let events = history::in_order(events.to_vec());
        let page = self.stored(&events, now_ms);
        self.edit(now_ms, Source::Live, |edit| drop(edit.merge(page, &events, side)))
    }

    /// What a page of history is by itself.
    fn stored(&self, events: &[Event], now_ms: i64) -> Vec<Item> {
        let mut page = Self::new(self.cast.clone());
        page.edit(now_ms, Source::Stored, |edit| {
            for event in events {
                edit.receive(event);
            }
            edit.close_stored();
        });
        page.items
    }

    fn edit(&mut self, now: i64, source: Source, make: impl FnOnce(&mut Edit<'_>)) -> Vec<Change> {
        let mut edit = Edit::new(&self.cast, &mut self.items, now, source);
        make(&mut edit);
        edit.changes()
    }
}

/// The author for what Tertulia states itself.
const APP: Author = Author::App;
