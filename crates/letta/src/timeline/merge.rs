//! Stored history into the list: pages that overlap it, touch it or heal it. Order between pages comes from the messages that both
//! sides know, never from dates.

use std::collections::HashSet;

use model::{Content, Decision, ImageRef, Item, ItemId, SendState, TextState, ToolCall, ToolState};

use super::edit::Edit;
use super::names::{self, Kind};
use super::tools;
use crate::Event;
use crate::event::{Body, Verdict};

/// Where a page goes that has no message in common with the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Behind the last.
    Newest,
    /// Before the first.
    Older,
    /// Behind the last, with something missing between.
    Beyond,
    /// Into this gap, at its lower end.
    Gap(ItemId),
}

/// What a page brought.
#[derive(Default)]
struct Stored {
    /// Not here before, or not whole.
    news: HashSet<ItemId>,
    /// Here before.
    known: HashSet<ItemId>,
}

impl Edit<'_> {
    /// Ends a page read by itself: stored texts are whole, and a call that others came after no longer runs or waits.
    pub fn close_stored(&mut self) {
        for index in 0..self.items.len() {
            let followed = self.items[index + 1..].iter().any(|later| {
                let said = !matches!(later.content, Content::Notice(_) | Content::Round { .. });
                said && names::stem(&later.id) != names::stem(&self.items[index].id)
            });
            match &self.items[index].content {
                Content::Assistant { .. } | Content::Reasoning { .. } => self.close_text(index, TextState::Done),
                Content::Tool(call) if followed && !tools::is_closed(&call.state) => {
                    self.set_state(index, ToolState::Stopped);
                }
                Content::Tool(_)
                | Content::User { .. }
                | Content::Notice(_)
                | Content::Error(_)
                | Content::Gap
                | Content::Round { .. } => {}
            }
        }
    }

    /// Merges a page. `events` are what the page was made from, for decisions on calls that stand above it. Gives the items that
    /// stood here already.
    pub fn merge(&mut self, page: Vec<Item>, events: &[Event], side: Side) -> HashSet<ItemId> {
        let mut page: Vec<Item> =
            page.into_iter().filter(|item| !matches!(item.content, Content::Round { .. })).collect();
        let above = decided_above(&page, events);
        let mut known = self.matched(&page, &side);
        let mut stored = Stored::default();
        for (item, known) in page.iter_mut().zip(&mut known) {
            let index = known.as_ref().and_then(|id| self.find(id));
            let Some(index) = index else {
                // Nothing runs or waits above what came after it.
                if matches!(side, Side::Older | Side::Gap(_)) && !self.items.is_empty() {
                    tools::stop(item);
                }
                stored.news.insert(item.id.clone());
                continue;
            };
            let was_cut_off = is_cut_off(&self.items[index]);
            self.renew(index, item);
            let id = self.items[index].id.clone();
            if was_cut_off {
                stored.news.insert(id.clone());
            }
            stored.known.insert(id.clone());
            *known = Some(id);
        }
        self.add(page, &known, &side);
        for verdict in above {
            self.verdicts(&[verdict]);
        }
        self.heal(&stored);
        self.void_repeated_requests();
        self.renew_rounds();
        stored.known
    }

    /// A call waits once: where it was asked for again, on a page that does not have the first request, or in a stream whose end is not
    /// known yet, the first one is void.
    fn void_repeated_requests(&mut self) {
        let mut asked = HashSet::new();
        for index in (0..self.items.len()).rev() {
            let Some(call) = tools::call(&self.items[index]) else { continue };
            let is_open = call.request.is_some() && !tools::is_closed(&call.state);
            if is_open && !asked.insert(call.id.clone()) && call.state == ToolState::AwaitingApproval {
                self.set_state(index, ToolState::Stopped);
            }
        }
    }

    /// For each item of the page, the item of the list that it is.
    fn matched(&self, page: &[Item], side: &Side) -> Vec<Option<ItemId>> {
        let exact: Vec<Option<ItemId>> =
            page.iter().map(|item| self.find(&item.id).map(|index| self.items[index].id.clone())).collect();
        if *side == Side::Beyond {
            // What merely looks the same stands on the other side of what is missing.
            return exact;
        }
        let taken: HashSet<&ItemId> = exact.iter().flatten().collect();
        let mut known = exact.clone();
        for (nth, item) in page.iter().enumerate() {
            if known[nth].is_some() {
                continue;
            }
            let same = match &item.content {
                Content::Tool(call) => self.items.iter().rfind(|other| {
                    let call = tools::call(other).filter(|other| other.id == call.id);
                    call.is_some_and(|call| !tools::is_closed(&call.state) || call.arguments.is_empty())
                        || (call.is_some() && (is_orphan(item) || kin(other, item)))
                }),
                Content::Assistant { .. } => self.same_text(item, Kind::Assistant),
                Content::Reasoning { .. } => self.same_text(item, Kind::Reasoning),
                Content::User { .. } => None,
                Content::Notice(_) | Content::Error(_) | Content::Gap | Content::Round { .. } => None,
            };
            known[nth] = same.filter(|other| !taken.contains(&other.id)).map(|other| other.id.clone());
        }
        self.match_users(page, &mut known);
        known
    }

    /// A text whose part only one side tells, or that was streamed under the id above (see `names::above`).
    fn same_text(&self, item: &Item, kind: Kind) -> Option<&Item> {
        let message = names::stem(&item.id);
        let above = names::above(message);
        let only = |message: &str| {
            let mut same = self.items.iter().rev().filter(|other| names::is_text(other, message, kind));
            let first = same.next();
            first.filter(|_| same.next().is_none())
        };
        let renamed = above.as_deref().map(|above| names::under(&item.id, above));
        let told = item.id != names::text(message, kind, None);
        only(message)
            .filter(|other| !told || other.id == names::text(message, kind, None))
            .or_else(|| renamed.and_then(|id| self.find(&id)).map(|index| &self.items[index]))
    }

    /// Servers up to 0.11.7 forget the otid of the user's words, so that our own row is not known by its name. It is the row with
    /// the same words that stands before the same known answer, or after the last that both know.
    fn match_users(&self, page: &[Item], known: &mut [Option<ItemId>]) {
        for nth in 0..page.len() {
            let Content::User { text, .. } = &page[nth].content else { continue };
            let forgotten = page[nth].id.as_str().starts_with("user/message-");
            if known[nth].is_some() || !forgotten {
                continue;
            }
            let place = |id: &Option<ItemId>| id.as_ref().and_then(|id| self.find(id));
            let from = known[..nth].iter().rev().find_map(place).map_or(0, |index| index + 1);
            let to = known[nth + 1..].iter().find_map(place).unwrap_or(self.items.len());
            let mut between = self.items.get(from..to).unwrap_or_default().iter();
            let row = between.find(|item| {
                let ours = !item.id.as_str().starts_with("user/message-");
                ours && matches!(&item.content, Content::User { text: words, .. } if words.trim() == text.trim())
            });
            known[nth] = row.map(|row| row.id.clone());
        }
    }

    /// Takes over what is stored; the place, the time and what only we measured stay.
    fn renew(&mut self, index: usize, stored: &Item) {
        self.alter(index, |item| {
            let user = matches!(item.content, Content::User { .. });
            if !user && !is_orphan(stored) {
                item.id = stored.id.clone();
            }
            item.run = stored.run.clone().or(item.run.take());
            item.step = stored.step.clone().or(item.step.take());
            renew_content(&mut item.content, &stored.content);
        });
    }

    /// Puts what is new between the neighbours that both sides know; without a later neighbour at the page's side of the list.
    fn add(&mut self, page: Vec<Item>, known: &[Option<ItemId>], side: &Side) {
        let overlaps = known.iter().any(Option::is_some);
        let mut batch = Vec::new();
        for (item, known) in page.into_iter().zip(known) {
            let Some(id) = known else {
                batch.push(item);
                continue;
            };
            if let Some(index) = self.find(id) {
                self.insert(index, std::mem::take(&mut batch));
            }
        }
        if !batch.is_empty() {
            let index = match side {
                Side::Older if !overlaps => 0,
                Side::Older | Side::Newest | Side::Beyond => self.before_outbox(),
                Side::Gap(gap) => {
                    let last = known.iter().flatten().rev().find_map(|id| self.find(id)).map(|index| index + 1);
                    let gap = self.find(gap).map(|gap| gap + 1);
                    last.max(gap).unwrap_or_else(|| self.before_outbox())
                }
            };
            self.insert(index, batch);
        }
    }

    /// The end of the list, before words that are still on their way.
    pub fn before_outbox(&self) -> usize {
        let waiting = self
            .items
            .iter()
            .rev()
            .take_while(|item| matches!(item.content, Content::User { state: SendState::Sending, .. }))
            .count();
        self.items.len() - waiting
    }

    /// Takes out what was said about a broken run where history shows how it went on.
    fn heal(&mut self, stored: &Stored) {
        let mut index = 0;
        while index < self.items.len() {
            if names::is_cut(&self.items[index].id) && self.went_on(index, stored) {
                self.remove(index);
            } else {
                index += 1;
            }
        }
    }

    /// In the turn around `index`, the server has words or calls of the agent that were not whole here, and nothing is left cut off.
    fn went_on(&self, index: usize, stored: &Stored) -> bool {
        // What is missing belongs to no turn that stands here.
        let is_user = |item: &Item| matches!(item.content, Content::User { .. } | Content::Gap);
        let from = self.items[..index].iter().rposition(is_user).map_or(0, |user| user + 1);
        let to = self.items[index..].iter().position(is_user).map_or(self.items.len(), |user| index + user);
        let turn = &self.items[from..to];
        let spoke = |item: &&Item| matches!(item.content, Content::Assistant { .. } | Content::Tool(_));
        let more = turn.iter().filter(spoke).any(|item| stored.news.contains(&item.id));
        // The line may break after the last word, or the last request, and before the server says that it was the last.
        let last_word = turn.iter().rfind(spoke).is_some_and(|item| {
            let waits = tools::call(item).is_none_or(|call| call.state == ToolState::AwaitingApproval);
            waits && stored.known.contains(&item.id)
        });
        let broken = turn.iter().any(is_cut_off);
        (more || last_word) && !broken
    }
}

/// The connection was lost before it was whole.
fn is_cut_off(item: &Item) -> bool {
    match &item.content {
        Content::Assistant { state, .. } | Content::Reasoning { state, .. } => *state == TextState::Interrupted,
        Content::Tool(call) => call.state == ToolState::Interrupted,
        Content::User { .. } | Content::Notice(_) | Content::Error(_) | Content::Gap | Content::Round { .. } => false,
    }
}

/// Decisions on calls that stand above the page.
fn decided_above(page: &[Item], events: &[Event]) -> Vec<Verdict> {
    let here = |id: &String| {
        page.iter().filter_map(tools::call).any(|call| call.id.as_str() == id || call.request.as_ref() == Some(id))
    };
    let mut verdicts = Vec::new();
    for event in events.iter().flat_map(Event::parts) {
        if let Body::ApprovalResponse(these) = &event.body {
            verdicts.extend(these.iter().cloned());
        }
    }
    let above = |verdict: &Verdict| !verdict.call.iter().chain(&verdict.request).any(here);
    verdicts.into_iter().filter(above).collect()
}

/// A return whose call is not on the page.
fn is_orphan(item: &Item) -> bool {
    tools::call(item).is_some_and(|call| call.arguments.is_empty() && call.request.is_none())
}

/// The same message, or the one that was streamed as its neighbour.
fn kin(one: &Item, other: &Item) -> bool {
    let (one, other) = (names::stem(&one.id), names::stem(&other.id));
    one == other || names::are_kin(one, other)
}

fn renew_content(ours: &mut Content, stored: &Content) {
    match (ours, stored) {
        (Content::User { text, images, state }, Content::User { text: words, images: pictures, .. }) => {
            text.clone_from(words);
            renew_images(images, pictures);
            *state = SendState::Sent;
        }
        (Content::Reasoning { text, hidden, state, .. }, Content::Reasoning { text: words, hidden: veiled, .. }) => {
            // What was shown once is not taken back.
            if !veiled {
                text.clone_from(words);
            }
            *hidden = text.is_empty() && *veiled;
            *state = TextState::Done;
        }
        (Content::Tool(ours), Content::Tool(stored)) => renew_call(ours, stored),
        (ours, stored) => {
            stored.clone_into(ours);
        }
    }
}

/// What the server says of pictures, but for the bytes that it does not hand out and we have.
fn renew_images(ours: &mut Vec<ImageRef>, stored: &[ImageRef]) {
    let mut stored = stored.to_vec();
    if stored.len() == ours.len() {
        for (stored, ours) in stored.iter_mut().zip(&*ours) {
            if matches!(ours, ImageRef::Kept(_)) && !matches!(stored, ImageRef::Kept(_)) {
                ours.clone_into(stored);
            }
        }
    }
    // Servers up to 0.11.7 may keep the words alone.
    if !stored.is_empty() {
        *ours = stored;
    }
}

fn renew_call(ours: &mut ToolCall, stored: &ToolCall) {
    if !stored.arguments.is_empty() {
        ours.arguments.clone_from(&stored.arguments);
    }
    if !stored.name.is_empty() {
        ours.name.clone_from(&stored.name);
    }
    ours.request = stored.request.clone().or(ours.request.take());
    ours.foreign |= stored.foreign;
    let keeps_ours = match (&stored.state, &ours.state) {
        // What came back came back, though this page ends before it.
        (ToolState::AwaitingApproval, ToolState::Returned(_) | ToolState::Denied) => true,
        // A decision on its way is not taken back by a page that is older than it.
        (ToolState::AwaitingApproval, ToolState::Deciding) => true,
        // No return on the page says no more than we know.
        (ToolState::Running | ToolState::Stopped, ours) => tools::is_closed(ours) || *ours == ToolState::Interrupted,
        (
            ToolState::Writing
            | ToolState::AwaitingApproval
            | ToolState::Deciding
            | ToolState::Denied
            | ToolState::Returned(_)
            | ToolState::Interrupted,
            _,
        ) => false,
    };
    if keeps_ours {
        ours.decision = ours.decision.take().or(stored.decision.clone());
    } else {
        ours.state.clone_from(&stored.state);
        let known = ours.decision.take().filter(|_| stored.state != ToolState::AwaitingApproval);
        let at = known.as_ref().and_then(|decision| decision.at);
        ours.decision = stored.decision.clone().map(|decision| Decision { at, ..decision }).or(known);
    }
    tools::note_approval(ours);
}
