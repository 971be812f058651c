//! What stands below what: from the plain list of items to entries with day lines, "New since", turns under one header and folded
//! tool calls. Pure; it reads no item's text.

use std::{collections::HashSet, sync::Arc};

use model::{Author, Content, Item, ItemId, Notice, Speaker, ToolState};

use super::time::{self, Day};

/// From so many finished calls in a row on, they fold when the turn is over.
const FOLD_FROM: usize = 3;

/// The shape of an item: all that decides where and under which header it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The item's.
    pub id: ItemId,
    /// The item's.
    pub position: i64,
    /// The item's.
    pub author: Author,
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
    /// The local day of it.
    pub day: Day,
    /// How it stands in a turn.
    pub kind: Kind,
    /// A tool call that waits for a decision.
    pub asks: bool,
    /// A thought, which the reader may not want to see.
    pub thought: bool,
}

/// How an item stands in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The user's words.
    Said,
    /// An agent's words or thoughts.
    Spoken,
    /// A tool call.
    Call {
        /// It came to its end, whichever.
        over: bool,
    },
    /// Belongs under the turn before it: an error.
    Below,
    /// The same, unless the turn goes on: what a run used, where it was no more than a pause for a decision.
    Used,
    /// Stands by itself: notices, gaps.
    Apart,
    /// A round mark.
    Round,
}

/// One row of the timeline. Rows are told apart by all of it, so a row whose place in its turn changed is another row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// What it shows.
    pub what: What,
    /// The turn it belongs to, named by that turn's first item.
    pub turn: Option<ItemId>,
    /// Who speaks in that turn.
    pub speaker: Option<Speaker>,
    /// It opens the turn, so it carries monogram, name, role and time.
    pub opens: bool,
}

/// What an entry shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// A new day begins.
    Day(Day),
    /// What follows was not seen before. Milliseconds since 1970 UTC of the last thing seen.
    NewSince(i64),
    /// An item.
    Item(ItemId),
    /// Finished tool calls behind one line; shown below it when unfolded.
    Fold {
        /// Which, in order.
        calls: Arc<[ItemId]>,
        /// They follow as rows of their own.
        unfolded: bool,
    },
}

impl Line {
    /// The shape of `item`.
    pub fn of(item: &Item) -> Self {
        let kind = match &item.content {
            Content::User { .. } => Kind::Said,
            Content::Assistant { .. } | Content::Reasoning { .. } => Kind::Spoken,
            Content::Tool(call) => Kind::Call {
                over: match &call.state {
                    ToolState::Writing | ToolState::Running | ToolState::AwaitingApproval | ToolState::Deciding => {
                        false
                    }
                    ToolState::Denied | ToolState::Returned(_) | ToolState::Stopped | ToolState::Interrupted => true,
                },
            },
            Content::Notice(Notice::Usage { .. }) => Kind::Used,
            Content::Error(_) => Kind::Below,
            // Who gives the word says so at the end of their turn.
            Content::Notice(Notice::HandOff { .. }) if matches!(item.author, Author::Agent(_)) => Kind::Below,
            Content::Notice(
                Notice::Stopped
                | Notice::Ended { .. }
                | Notice::Compacted { .. }
                | Notice::Unknown { .. }
                | Notice::HandOff { .. }
                | Notice::Guard { .. }
                | Notice::Table { .. }
                | Notice::Late { .. }
                | Notice::System { .. },
            )
            | Content::Gap => Kind::Apart,
            Content::Round { .. } => Kind::Round,
        };
        Self {
            id: item.id.clone(),
            position: item.position,
            author: item.author.clone(),
            at: item.at,
            day: time::day(item.at),
            kind,
            asks: asks(item),
            thought: matches!(&item.content, Content::Reasoning { .. }),
        }
    }
}

/// The entries for a list. `seen` is the newest item seen before, `unfolded` calls that the reader wants to see, `rest`
/// says that nothing runs (then the last turn is over too).
pub fn entries(lines: &[Arc<Line>], seen: Option<&ItemId>, unfolded: &HashSet<ItemId>, rest: bool) -> Vec<Entry> {
    let mut out = Vec::with_capacity(lines.len() + 8);
    let mut day = None;
    let mut turn: Option<(ItemId, Speaker)> = None;
    // A message stopped by its own copy in history has no talk of agents after it; the last turn is open only while something runs.
    let last_said = lines.iter().rposition(|line| line.kind == Kind::Said);
    let last_turn_open = |at: usize| !rest && last_said.is_none_or(|said| said < at) && ends_the_talk(&lines[at..]);
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        // A clock that was set back begins no day anew.
        if day.is_none_or(|before| line.day > before) {
            day = Some(line.day);
            turn = None;
            out.push(Entry { what: What::Day(line.day), turn: None, speaker: None, opens: false });
        }
        let mut taken = 1;
        match (&line.author, line.kind) {
            (Author::Agent(speaker), Kind::Spoken | Kind::Call { .. }) => {
                let opens = turn.as_ref().is_none_or(|(_, before)| before != speaker);
                let (first, speaker) = match turn.take().filter(|_| !opens) {
                    Some(turn) => turn,
                    None => (line.id.clone(), speaker.clone()),
                };
                let calls = finished_calls(&lines[at..], &speaker, line.day);
                let mut place = Entry {
                    what: What::Item(line.id.clone()),
                    turn: Some(first.clone()),
                    speaker: Some(speaker.clone()),
                    opens,
                };
                if calls.len() >= FOLD_FROM && !last_turn_open(at) {
                    let ids: Arc<[ItemId]> = calls.iter().map(|call| call.id.clone()).collect();
                    let open = ids.iter().any(|call| unfolded.contains(call));
                    taken = calls.len();
                    out.push(Entry { what: What::Fold { calls: ids.clone(), unfolded: open }, ..place.clone() });
                    place.opens = false;
                    if open {
                        out.extend(ids.iter().map(|id| Entry { what: What::Item(id.clone()), ..place.clone() }));
                    }
                } else {
                    out.push(place);
                }
                turn = Some((first, speaker));
            }
            // What befell one member stands under its name, before its first word too, and not under the name of another.
            (Author::Agent(speaker), Kind::Below)
                if turn.as_ref().is_none_or(|(_, before)| before.name != speaker.name) =>
            {
                let what = What::Item(line.id.clone());
                turn = Some((line.id.clone(), speaker.clone()));
                out.push(Entry { what, turn: Some(line.id.clone()), speaker: Some(speaker.clone()), opens: true });
            }
            (Author::Agent(_) | Author::You | Author::App, Kind::Used) if goes_on(&lines[at + 1..], rest) => {}
            (Author::Agent(_) | Author::You | Author::App, Kind::Below | Kind::Used) => {
                let (first, speaker) = turn.clone().unzip();
                out.push(Entry { what: What::Item(line.id.clone()), turn: first, speaker, opens: false });
            }
            (Author::Agent(_) | Author::You | Author::App, _) => {
                turn = None;
                out.push(Entry { what: What::Item(line.id.clone()), turn: None, speaker: None, opens: false });
            }
        }
        let shown = &lines[at..at + taken];
        at += taken;
        if let Some(seen) = seen
            && at < lines.len()
            && let Some(last) = shown.iter().find(|line| line.id == *seen)
        {
            turn = None;
            out.push(Entry { what: What::NewSince(last.at), turn: None, speaker: None, opens: false });
        }
    }
    out
}

/// The turn of `speaker` that is the last of all, named by its first item.
pub fn turn_of(entries: &[Entry], speaker: &Speaker) -> Option<ItemId> {
    let last = entries.iter().rev().find(|entry| !matches!(entry.what, What::Day(_) | What::NewSince(_)))?;
    last.turn.clone().filter(|_| last.speaker.as_ref().is_some_and(|last| last.name == speaker.name))
}

/// The finished calls of one speaker with which `lines` begins.
fn finished_calls<'a>(lines: &'a [Arc<Line>], speaker: &Speaker, day: Day) -> &'a [Arc<Line>] {
    let mine = |line: &&Arc<Line>| {
        line.kind == (Kind::Call { over: true })
            && line.day == day
            && matches!(&line.author, Author::Agent(other) if other == speaker)
    };
    &lines[..lines.iter().take_while(mine).count()]
}

/// Agents say more before the user does, or are about to.
fn goes_on(lines: &[Arc<Line>], rest: bool) -> bool {
    let mut next = lines.iter().take_while(|line| line.kind != Kind::Said);
    (!rest && lines.is_empty()) || next.any(|line| matches!(line.kind, Kind::Spoken | Kind::Call { .. }))
}

/// No other agent speaks in `lines`, and nothing closes the turn.
fn ends_the_talk(lines: &[Arc<Line>]) -> bool {
    let Some(first) = lines.first() else { return true };
    lines.iter().all(|line| line.author == first.author && matches!(line.kind, Kind::Spoken | Kind::Call { .. }))
}

/// True for a tool call that waits for a decision, or whose decision is on its way.
fn asks(item: &Item) -> bool {
    match &item.content {
        Content::Tool(call) => matches!(call.state, ToolState::AwaitingApproval | ToolState::Deciding),
        Content::User { .. }
        | Content::Assistant { .. }
        | Content::Reasoning { .. }
        | Content::Notice(_)
        | Content::Error(_)
        | Content::Gap
        | Content::Round { .. } => false,
    }
}
