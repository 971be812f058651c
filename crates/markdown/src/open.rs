//! The block at the end of a text that is long enough to matter: code, a list, a table. Each goes on without its beginning being
//! parsed again.

use crate::{
    build::Placed,
    document::line_start,
    tree::{Block, ListItem},
};

/// What the open end continues.
#[derive(Debug, Default)]
pub(crate) enum Open {
    /// Nothing: it is parsed by itself.
    #[default]
    Fresh,
    /// A fenced block of code.
    Fence(Fence),
    /// A list whose first items are frozen.
    List(List),
    /// A table whose first rows are frozen.
    Table(Table),
}

impl Open {
    /// `blocks`, the first of which goes on with what is open: with an empty continuation before them if none of them does.
    pub(crate) fn with_beginning(&self, mut blocks: Vec<Placed>) -> Vec<Placed> {
        let empty = match (self, blocks.first().map(|placed| &placed.block)) {
            (Open::List(_), Some(Block::List { .. })) | (Open::Table(_), Some(Block::Table { .. })) => return blocks,
            (Open::Fresh | Open::Fence(_), _) => return blocks,
            (Open::List(_), _) => Block::List { start: None, tight: true, items: Vec::new() },
            (Open::Table(_), _) => Block::Table { alignments: Vec::new(), head: Vec::new(), rows: Vec::new() },
        };
        blocks.insert(0, Placed { block: empty, range: 0..0, items: Vec::new() });
        blocks
    }
}

/// A fenced block of code that is not closed yet.
#[derive(Debug)]
pub(crate) struct Fence {
    mark: char,
    length: usize,
    language: String,
    /// The lines so far, and of `text` how much is whole lines (with the last line's end).
    text: String,
    whole: usize,
}

impl Fence {
    /// The fence with which `block` begins, if it is one without indentation. `block` is its source so far.
    pub(crate) fn open(block: &str, language: &str) -> Option<(Self, usize)> {
        let (line, _) = block.split_once('\n')?;
        let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let length = line.chars().take_while(|letter| *letter == mark).count();
        let fence = Self { mark, length, language: language.to_owned(), text: String::new(), whole: 0 };
        (length >= 3).then_some((fence, line.len() + 1))
    }

    /// Takes in what follows; says how much of it is whole lines, and whether one of them closed the block.
    pub(crate) fn push(&mut self, more: &str) -> (usize, bool) {
        self.text.truncate(self.whole);
        let mut taken = 0;
        while let Some(length) = more[taken..].find('\n') {
            let line = &more[taken..taken + length];
            taken += length + 1;
            if self.closes(line) {
                return (taken, true);
            }
            self.text.push_str(line);
            self.text.push('\n');
        }
        self.whole = self.text.len();
        let partial = &more[taken..];
        if !self.may_close(partial) {
            self.text.push_str(partial);
        }
        (taken, false)
    }

    /// The block so far.
    pub(crate) fn block(&self) -> Block {
        Block::Code { language: self.language.clone(), text: self.shown().to_owned() }
    }

    /// Brings a block up to date, by appending where that is enough.
    pub(crate) fn update(&self, block: &mut Block) -> bool {
        let shown = self.shown();
        match block {
            Block::Code { text, .. } if text == shown => false,
            Block::Code { text, .. } if shown.len() > text.len() && shown.starts_with(text.as_str()) => {
                text.push_str(&shown[text.len()..]);
                true
            }
            other => {
                *other = self.block();
                true
            }
        }
    }

    fn shown(&self) -> &str {
        self.text.strip_suffix('\n').unwrap_or(&self.text)
    }

    fn closes(&self, line: &str) -> bool {
        let content = line.trim_start_matches(' ');
        let length = content.chars().take_while(|letter| *letter == self.mark).count();
        line.len() - content.len() < 4 && length >= self.length && content[length..].trim_matches(' ').is_empty()
    }

    /// A line that so far could be the closing one.
    fn may_close(&self, partial: &str) -> bool {
        let content = partial.trim_matches([' ', '\t']);
        content.chars().all(|letter| letter == self.mark)
    }
}

/// A list whose first items are frozen.
#[derive(Debug)]
pub(crate) struct List {
    /// Where the source of the list begins.
    pub(crate) begin: usize,
    /// How many.
    pub(crate) frozen: usize,
    /// One of them, or a blank line between them, makes the list loose.
    loose: bool,
    /// One of them has text of its own, which alone can tell a loose list from a tight one.
    worded: bool,
}

impl List {
    /// Freezes the items of `placed` before its last one that begins at the margin on a whole line; says where that one begins.
    /// `begin` is where `placed` begins in the source.
    pub(crate) fn split(previous: Option<&Self>, placed: &Placed, text: &str, begin: usize) -> Option<(Self, usize)> {
        let Block::List { tight, items, .. } = &placed.block else { return None };
        let begins = |start: usize| line_start(text, start) == start && text[start..].contains('\n');
        let spaced = |start: usize| text[..start].trim_end_matches([' ', '\t']).ends_with("\n\n");
        // Whether a blank line counts for this list or for something within its item, only the parser knows, but for plain words.
        let plain = |item: usize| {
            let words =
                text.get(placed.items[item - 1]..placed.items[item]).is_some_and(|source| !source.contains('<'));
            words && matches!(items.get(item - 1).and_then(|item| item.blocks.last()), Some(Block::Paragraph(_)))
        };
        let fits = |&item: &usize| begins(placed.items[item]) && (!spaced(placed.items[item]) || plain(item));
        let count = (1..placed.items.len()).rev().find(fits)?;
        let start = placed.items[count];
        let blank = |lines: &str| lines.lines().any(|line| line.trim().is_empty());
        let list = Self {
            begin: previous.map_or(begin, |list| list.begin),
            frozen: previous.map_or(0, |list| list.frozen) + count,
            loose: previous.is_some_and(|list| list.loose) || spaced(start) || (!tight && blank(&text[..start])),
            worded: previous.is_some_and(|list| list.worded) || items[..count.min(items.len())].iter().any(is_worded),
        };
        Some((list, start))
    }

    /// Puts the items of `more`, parsed by itself, after the frozen ones; says whether that changed anything.
    pub(crate) fn merge(&self, block: &mut Block, more: Option<&Block>) -> bool {
        let Block::List { tight, items, .. } = block else { return false };
        let (more_tight, more) = match more {
            Some(Block::List { tight, items, .. }) => (*tight, items.as_slice()),
            _ => (true, [].as_slice()),
        };
        let worded = self.worded || more.iter().any(is_worded);
        let is_tight = !((self.loose || !more_tight) && worded);
        if *tight == is_tight && items.get(self.frozen..) == Some(more) {
            return false;
        }
        *tight = is_tight;
        items.truncate(self.frozen);
        items.extend_from_slice(more);
        true
    }
}

fn is_worded(item: &ListItem) -> bool {
    item.blocks.iter().any(|block| matches!(block, Block::Paragraph(_)))
}

/// A table whose first rows are frozen.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its first two lines: they stand before the rest when that is parsed.
    pub(crate) prefix: String,
    /// How many rows are frozen.
    pub(crate) frozen: usize,
}

impl Table {
    /// Freezes the whole rows of `placed`; says where the rest begins.
    pub(crate) fn split(previous: Option<&Self>, placed: &Placed, text: &str) -> Option<(Self, usize)> {
        let Block::Table { rows, .. } = &placed.block else { return None };
        let partial = placed.range.end > line_start(text, text.len()) && !rows.is_empty();
        let end = if partial {
            line_start(text, text.len())
        } else {
            let end = placed.range.end.min(text.len());
            if text[..end].ends_with('\n') { end } else { text[end..].find('\n').map_or(text.len(), |at| end + at + 1) }
        };
        let prefix = match previous {
            Some(table) => table.prefix.clone(),
            None => {
                let start = line_start(text, placed.range.start);
                let length = text[start..].split_inclusive('\n').take(2).map(str::len).sum::<usize>();
                text[start..start + length].to_owned()
            }
        };
        let frozen = previous.map_or(0, |table| table.frozen) + rows.len() - usize::from(partial);
        prefix.ends_with('\n').then_some((Self { prefix, frozen }, end))
    }

    /// Puts the rows of `more`, parsed with the head before them, after the frozen ones; says whether that changed anything.
    pub(crate) fn merge(&self, block: &mut Block, more: Option<&Block>) -> bool {
        let Block::Table { rows, .. } = block else { return false };
        let more = match more {
            Some(Block::Table { rows, .. }) => rows.as_slice(),
            _ => [].as_slice(),
        };
        if rows.get(self.frozen..) == Some(more) {
            return false;
        }
        rows.truncate(self.frozen);
        rows.extend_from_slice(more);
        true
    }
}
