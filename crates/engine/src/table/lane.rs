//! One turn at a table: what a member says in its own conversation, carried over into the table's under its name. Pure: changes of the
//! member's list in, changes of the table's out.

use model::{
    Author, Change, Content, ImageId, ImageRef, Item, ItemId, Notice, PassesOn, SendState, Speaker, TextState,
};

/// The room of one turn in the table's positions. A window reads positions as doubles: half a million turns fit.
pub(crate) const WIDTH: i64 = 1 << 34;
/// Room between two items of a turn.
const STEP: i64 = 1 << 20;
/// A turn with more items is none.
const MOST_ITEMS: usize = 16_000;

/// A turn as it is shown at the table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mirror {
    /// Of the lane; the first part of the ids of its items at the table.
    pub number: u64,
    speaker: Speaker,
    /// The row of the words that were sent for it, in the member's list.
    anchor: ItemId,
    /// Where its items stand at the table.
    base: i64,
    /// Nothing of it is shown: it picks, or works behind.
    silent: bool,
    /// The member's items from the anchor on.
    theirs: Vec<Item>,
    /// As they are shown.
    ours: Vec<Item>,
}

/// What became of the words that were sent for a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// The member's list does not have them.
    Unknown,
    /// On their way.
    Sending,
    /// The member has them.
    Arrived,
    /// It does not, or nobody knows.
    Failed,
}

impl Mirror {
    /// A turn whose words have this `otid`. `ours`: what is shown of it already.
    pub(crate) fn new(number: u64, speaker: Speaker, otid: &str, base: i64, silent: bool, ours: Vec<Item>) -> Self {
        let anchor = ItemId::from(format!("user/{otid}"));
        Self { number, speaker, anchor, base, silent, theirs: Vec::new(), ours }
    }

    /// Where its items stand at the table.
    pub(crate) fn base(&self) -> i64 {
        self.base
    }

    /// Whose turn it is.
    pub(crate) fn speaker(&self) -> &Speaker {
        &self.speaker
    }

    /// Its name at the table of an item of the member's.
    fn named(&self, item: &ItemId) -> ItemId {
        ItemId::from(format!("{}/{item}", self.number))
    }

    /// The turn that an item at the table belongs to, and the item's name in the member's list.
    pub(crate) fn of(id: &ItemId) -> Option<(u64, ItemId)> {
        let (number, item) = id.as_str().split_once('/')?;
        Some((number.parse().ok()?, ItemId::from(item)))
    }

    /// Takes in changes of the member's list and returns those of the table's.
    pub(crate) fn take(&mut self, changes: Vec<Change>) -> Vec<Change> {
        let mut ours = Vec::new();
        let mut anew = false;
        for change in changes {
            if let Change::Append { id, text } = &change
                && !anew
            {
                let named = self.named(id);
                let growing = self.ours.iter_mut().rev().find(|item| item.id == named);
                if let Some(growing) = growing.and_then(Item::growing_text) {
                    growing.push_str(text);
                    ours.push(Change::Append { id: named, text: text.clone() });
                }
            } else {
                anew = true;
            }
            model::apply(&mut self.theirs, change);
        }
        if anew {
            ours.extend(self.redo());
        }
        ours
    }

    /// What is to be shown now, as changes of what is.
    fn redo(&mut self) -> Vec<Change> {
        let mut wanted: Vec<Item> = self.shown().map(|item| self.carried(item)).collect();
        if !self.is_anchored() {
            // Only its end is loaded, or nothing of it is: what is shown of its beginning stays.
            let known = |id: &ItemId| wanted.iter().any(|item| item.id == *id);
            let above: Vec<Item> = self.ours.iter().take_while(|ours| !known(&ours.id)).cloned().collect();
            wanted.splice(0..0, above);
        }
        wanted.truncate(MOST_ITEMS);
        let mut changes = Vec::new();
        let gone = |item: &&Item| !wanted.iter().any(|wanted| wanted.id == item.id);
        changes.extend(self.ours.iter().filter(gone).map(|item| Change::Remove { id: item.id.clone() }));
        let known = |id: &ItemId| self.ours.iter().find(|ours| ours.id == *id);
        let mut last = self.base;
        for at in 0..wanted.len() {
            // What is shown keeps its place as long as the order is right.
            let kept = known(&wanted[at].id).map(|ours| ours.position).filter(|position| *position > last);
            let below =
                wanted[at + 1..].iter().find_map(|item| Some(known(&item.id)?.position)).filter(|below| *below > last);
            wanted[at].position = match (kept, below) {
                (Some(kept), _) => kept,
                (None, Some(below)) if below - last > 1 => last + (below - last) / 2,
                (None, Some(_) | None) => last + STEP,
            };
            last = wanted[at].position;
        }
        for item in &wanted {
            if known(&item.id) != Some(item) {
                changes.push(Change::Put { item: item.clone() });
            }
        }
        self.ours = wanted;
        changes
    }

    /// Whether the words it began with are loaded.
    fn is_anchored(&self) -> bool {
        self.theirs.iter().any(|item| item.id == self.anchor)
    }

    /// The member's items of this turn. Of a turn longer than a page, that was begun before the app started, only the end is loaded.
    fn turn(&self) -> impl Iterator<Item = &Item> {
        let (skipped, all) = match (self.theirs.iter().position(|item| item.id == self.anchor), self.ours.is_empty()) {
            (Some(anchor), _) => (anchor + 1, true),
            (None, true) => (0, false),
            (None, false) => (0, true),
        };
        let after = self.theirs.iter().skip(skipped).filter(move |_| all);
        after.take_while(|item| !matches!(item.content, Content::User { .. }))
    }

    /// Those that are shown.
    fn shown(&self) -> impl Iterator<Item = &Item> {
        self.turn().filter(|item| match &item.content {
            Content::Tool(call) => !self.silent || call.state == model::ToolState::AwaitingApproval,
            Content::Assistant { .. } | Content::Reasoning { .. } | Content::Error(_) => !self.silent,
            Content::Notice(notice) => match notice {
                // Told once for the whole round.
                Notice::Usage { .. } => false,
                Notice::Stopped
                | Notice::Ended { .. }
                | Notice::Compacted { .. }
                | Notice::Unknown { .. }
                | Notice::HandOff { .. }
                | Notice::Guard { .. }
                | Notice::Table { .. }
                | Notice::Late { .. }
                | Notice::System { .. } => !self.silent,
            },
            Content::User { .. } | Content::Gap | Content::Round { .. } => false,
        })
    }

    fn carried(&self, item: &Item) -> Item {
        let author = match (&item.author, &item.content) {
            (Author::Agent(_), _) | (_, Content::Error(_)) => Author::Agent(self.speaker.clone()),
            (Author::You | Author::App, _) => item.author.clone(),
        };
        Item { id: self.named(&item.id), author, ..item.clone() }
    }

    /// What became of the words.
    pub(crate) fn delivery(&self) -> Delivery {
        let anchor = self.theirs.iter().find(|item| item.id == self.anchor);
        match anchor.map(|anchor| &anchor.content) {
            Some(Content::User { state, .. }) => match state {
                SendState::Sending => Delivery::Sending,
                SendState::Sent => Delivery::Arrived,
                SendState::Failed { .. } | SendState::Doubtful { .. } => Delivery::Failed,
            },
            Some(_) | None if !self.ours.is_empty() => Delivery::Arrived,
            Some(_) | None => Delivery::Unknown,
        }
    }

    /// Whether the line was lost within it, so that the rest may still come.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.turn().any(|item| match &item.content {
            Content::Assistant { state, .. } | Content::Reasoning { state, .. } => *state == TextState::Interrupted,
            Content::Tool(call) => call.state == model::ToolState::Interrupted,
            Content::User { .. } | Content::Notice(_) | Content::Error(_) | Content::Gap | Content::Round { .. } => {
                false
            }
        })
    }

    /// Whether it broke.
    pub(crate) fn is_failed(&self) -> bool {
        let failed = |item: &Item| matches!(item.content, Content::Error(_));
        self.turn().last().is_some_and(failed) || self.delivery() == Delivery::Failed
    }

    /// What it said, and nothing else.
    pub(crate) fn text(&self) -> String {
        let words = self.turn().filter_map(|item| match &item.content {
            Content::Assistant { text, .. } => Some(text.trim()).filter(|text| !text.is_empty()),
            _ => None,
        });
        words.collect::<Vec<_>>().join("\n\n")
    }

    /// The pictures in what it said.
    pub(crate) fn images(&self) -> Vec<ImageId> {
        let kept = |image: &ImageRef| match image {
            ImageRef::Kept(picture) => Some(picture.image.clone()),
            ImageRef::Remote { .. } | ImageRef::Stored { .. } | ImageRef::Inline { .. } => None,
        };
        let said = self.turn().filter_map(|item| match &item.content {
            Content::Assistant { images, .. } => Some(images),
            _ => None,
        });
        said.flatten().filter_map(kept).collect()
    }

    /// What the others hear of it.
    pub(crate) fn heard(&self, passes_on: &PassesOn) -> String {
        let mut parts = Vec::new();
        for item in self.turn() {
            match &item.content {
                Content::Assistant { text, .. } if !text.trim().is_empty() => parts.push(text.trim().to_owned()),
                Content::Reasoning { text, .. } if passes_on.reasoning && !text.trim().is_empty() => {
                    parts.push(format!("(thinks: {})", text.trim()));
                }
                Content::Tool(call) if passes_on.tools => {
                    let back = match &call.state {
                        model::ToolState::Returned(back) => format!(" It gave: {}", back.text.trim()),
                        _ => String::new(),
                    };
                    parts.push(format!("(calls {} with {}.{back})", call.name, call.arguments.trim()));
                }
                _ => {}
            }
        }
        parts.join("\n\n")
    }

    /// Tokens it read and wrote, once it is over.
    pub(crate) fn used(&self) -> (u64, u64) {
        self.turn().fold((0, 0), |(read, wrote), item| match &item.content {
            Content::Notice(Notice::Usage { input, output, .. }) => (read + input, wrote + output),
            _ => (read, wrote),
        })
    }

    /// How many tools that keep something in memory it called, for one that works behind.
    pub(crate) fn remembered(&self) -> usize {
        let keeps = |name: &str| name.contains("memory") && !name.contains("search");
        let back = |call: &&model::ToolCall| matches!(&call.state, model::ToolState::Returned(back) if back.ok);
        self.turn().filter_map(Item::tool).filter(back).filter(|call| keeps(&call.name)).count()
    }

    /// What stands in the way of a turn whose words did not arrive, in the user's words.
    pub(crate) fn why_not(&self) -> Option<String> {
        let anchor = self.theirs.iter().find(|item| item.id == self.anchor)?;
        match &anchor.content {
            Content::User { state: SendState::Failed { reason } | SendState::Doubtful { reason, .. }, .. } => {
                Some(reason.clone())
            }
            _ => None,
        }
    }
}
