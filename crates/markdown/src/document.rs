//! A text that grows, as a tree that grows: finished blocks are frozen, and only the open end is parsed again.
//!
//! A block is frozen when another block follows it whose first line is whole: CommonMark then lets nothing after it change it, but for
//! link reference definitions. Where a text has those, the tree is built anew from the whole text when it is finished.

use crate::{
    build::{Definitions, End, Placed, build},
    clean::Cleaner,
    mend,
    open::{Fence, List, Open, Table},
    tree::Block,
};

/// An open end longer than this is not parsed for every word, but when it has grown by a 64th: one giant paragraph stays linear.
const GIANT: usize = 16 * 1024;

/// A block with what tells a drawer whether to touch it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the document, for ever.
    pub key: usize,
    /// Counts its changes.
    pub version: u64,
    /// As it is now.
    pub block: Block,
}

/// A text that grows.
#[derive(Debug, Default)]
pub struct Document {
    source: String,
    cleaner: Cleaner,
    entries: Vec<Entry>,
    /// So many entries never change again.
    frozen: usize,
    /// Where the source of the others begins (of an open list or table: of what is not frozen of it).
    tail: usize,
    open: Open,
    /// In an open fence: how far it is read.
    read: usize,
    /// How far the source was shown at the last parse.
    shown: usize,
    definitions: Definitions,
    defines: bool,
    finished: bool,
    parsed: u64,
}

impl Document {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// A whole text at once.
    pub fn finished(text: &str) -> Self {
        let mut document = Self::new();
        document.cleaner.push(text, &mut document.source);
        document.finished = true;
        document.rebuild();
        document
    }

    /// Adds text at the end. A finished document is opened again.
    pub fn append(&mut self, text: &str) {
        if self.finished {
            let source = std::mem::take(&mut self.source);
            let parsed = self.parsed;
            *self = Self {
                source,
                cleaner: self.cleaner,
                entries: std::mem::take(&mut self.entries),
                parsed,
                ..Self::default()
            };
        }
        self.cleaner.push(text, &mut self.source);
        while self.advance() {}
    }

    /// Says that nothing follows: what is unmatched at the end is shown as it stands. The tree is that of [`crate::parse`].
    pub fn finish(&mut self) {
        if self.finished {
            return;
        }
        self.finished = true;
        if let Some(begin) = self.spaced_list(self.source.len()) {
            self.freeze(self.frozen, begin);
        }
        let (text, _) = self.open_text(self.source.len() - self.tail);
        self.parsed += text.len() as u64;
        let built = build(&text, End::Closed, &self.definitions);
        if self.defines || built.defines {
            self.rebuild();
            return;
        }
        let blocks = self.open.with_beginning(built.blocks);
        self.show(&blocks);
        self.freeze(self.entries.len(), self.source.len());
    }

    /// The blocks so far, in order.
    pub fn blocks(&self) -> &[Entry] {
        &self.entries
    }

    /// How many blocks, from the first, will not change before [`Document::finish`].
    pub fn frozen(&self) -> usize {
        self.frozen
    }

    /// How many bytes were parsed so far, those parsed again counted again.
    pub fn parsed_bytes(&self) -> u64 {
        self.parsed
    }

    /// One step; true if another is due.
    fn advance(&mut self) -> bool {
        if let Open::Fence(fence) = &mut self.open {
            let (taken, closed) = fence.push(&self.source[self.read..]);
            self.parsed += (self.source.len() - self.read) as u64;
            self.read += taken;
            if let Some(entry) = self.entries.get_mut(self.frozen)
                && fence.update(&mut entry.block)
            {
                entry.version += 1;
            }
            if closed {
                self.freeze(self.frozen + 1, self.read);
            }
            return closed;
        }
        let rest = &self.source[self.tail..];
        let shown = match self.open {
            Open::Table(_) => shown_of_table(rest),
            Open::Fresh | Open::List(_) | Open::Fence(_) => mend::shown(rest),
        };
        let rest_whole = rest.rfind('\n').map_or(0, |at| at + 1);
        let news = (self.tail + shown).saturating_sub(self.shown);
        if news == 0 || (shown > GIANT && news < shown / 64) {
            return false;
        }
        self.shown = self.tail + shown;
        let (text, before) = self.open_text(shown);
        self.parsed += text.len() as u64;
        let built = build(&text, End::Open, &self.definitions);
        self.defines |= built.defines;
        let blocks = self.open.with_beginning(built.blocks);
        self.show(&blocks);
        let whole_until = (before + rest_whole).min(text.len());
        let settled = (1..blocks.len()).rev().find(|&at| is_settled(&text, &blocks[at - 1], &blocks[at], whole_until));
        let origin = self.tail;
        if let Some(settled) = settled {
            let start = line_start(&text, blocks[settled].range.start);
            for definition in built.definitions.into_iter().take_while(|definition| definition.end <= start) {
                self.definitions.learn(definition);
            }
            let end = origin + start - before;
            if let Some(begin) = self.spaced_list(end) {
                self.parsed += (end - begin) as u64;
                let built = build(&self.source[begin..end], End::Closed, &self.definitions);
                if let (Some(entry), Some(placed)) =
                    (self.entries.get_mut(self.frozen), built.blocks.into_iter().next())
                    && entry.block != placed.block
                {
                    entry.block = placed.block;
                    entry.version += 1;
                }
            }
            self.freeze(self.frozen + settled, end);
        }
        match blocks.as_slice() {
            [.., last] if self.frozen + 1 == self.entries.len() => self.split(last, &text, |at| origin + at - before),
            _ => false,
        }
    }

    /// Where the open list begins, if blank lines stand in it. Whether such a list is loose can depend on all of it, so it is parsed
    /// once more when it is over.
    fn spaced_list(&self, end: usize) -> Option<usize> {
        match &self.open {
            Open::List(list) => {
                let spaced = self.source[list.begin..end].lines().any(|line| line.trim().is_empty());
                spaced.then_some(list.begin)
            }
            Open::Fresh | Open::Fence(_) | Open::Table(_) => None,
        }
    }

    /// Freezes the beginning of the one block that is open, where it is of a kind that can go on without it. `place` says where an
    /// offset in `text` is in the source. True if the rest is to be read anew.
    fn split(&mut self, last: &Placed, text: &str, place: impl Fn(usize) -> usize) -> bool {
        match &last.block {
            Block::Code { language, .. } => {
                let start = place(last.range.start);
                let at_margin = start == 0 || self.source[..start].ends_with('\n');
                let Some((fence, read)) = Fence::open(&self.source[start..], language).filter(|_| at_margin) else {
                    return false;
                };
                self.open = Open::Fence(fence);
                self.tail = start;
                self.read = start + read;
                true
            }
            Block::List { .. } => {
                let previous = match &self.open {
                    Open::List(list) => Some(list),
                    Open::Fresh | Open::Fence(_) | Open::Table(_) => None,
                };
                if let Some((list, start)) =
                    List::split(previous, last, text, place(line_start(text, last.range.start)))
                {
                    self.open = Open::List(list);
                    self.tail = place(start);
                }
                false
            }
            Block::Table { .. } => {
                let previous = match &self.open {
                    Open::Table(table) => Some(table),
                    Open::Fresh | Open::Fence(_) | Open::List(_) => None,
                };
                // Rows below the head of a new table may be there already, held back as something else.
                let is_new = previous.is_none();
                if let Some((table, end)) = Table::split(previous, last, text) {
                    if let Some(entry) = self.entries.get_mut(self.frozen)
                        && table.merge(&mut entry.block, None)
                    {
                        entry.version += 1;
                    }
                    self.open = Open::Table(table);
                    self.tail = place(end);
                    return is_new;
                }
                false
            }
            Block::Paragraph(_) | Block::Heading { .. } | Block::Quote(_) | Block::Rule | Block::Footnote { .. } => {
                false
            }
        }
    }

    /// The source of the open end, as it is to be parsed, up to `shown` bytes of it, and how much is repeated from before it.
    fn open_text(&self, shown: usize) -> (String, usize) {
        let rest = &self.source[self.tail..self.tail + shown];
        match &self.open {
            Open::Table(table) => (format!("{}{rest}", table.prefix), table.prefix.len()),
            Open::Fresh | Open::List(_) | Open::Fence(_) => (rest.to_owned(), 0),
        }
    }

    /// Puts `blocks` in the place of the open entries; what is equal keeps its version.
    fn show(&mut self, blocks: &[Placed]) {
        self.entries.truncate(self.frozen + blocks.len());
        for (at, placed) in blocks.iter().enumerate() {
            let key = self.frozen + at;
            let Some(entry) = self.entries.get_mut(key) else {
                self.entries.push(Entry { key, version: 0, block: placed.block.clone() });
                continue;
            };
            let changed = match (&self.open, at) {
                (Open::List(list), 0) => list.merge(&mut entry.block, Some(&placed.block)),
                (Open::Table(table), 0) => table.merge(&mut entry.block, Some(&placed.block)),
                _ => {
                    let changed = entry.block != placed.block;
                    if changed {
                        entry.block = placed.block.clone();
                    }
                    changed
                }
            };
            entry.version += u64::from(changed);
        }
    }

    /// The first entries up to `count` are final; what is open begins at `tail`.
    fn freeze(&mut self, count: usize, tail: usize) {
        self.frozen = count;
        self.tail = tail;
        self.open = Open::Fresh;
    }

    /// The tree of the whole text, at once.
    fn rebuild(&mut self) {
        self.parsed += self.source.len() as u64;
        let built = build(&self.source, End::Closed, &Definitions::default());
        self.freeze(0, 0);
        self.show(&built.blocks);
        self.freeze(self.entries.len(), self.source.len());
    }
}

/// Whether `block` begins on a whole line and nothing that follows can change the block before it.
fn is_settled(text: &str, previous: &Placed, block: &Placed, whole_until: usize) -> bool {
    let start = line_start(text, block.range.start);
    // A table is one by its second line.
    let needed = if matches!(block.block, Block::Table { .. }) { 2 } else { 1 };
    if text.get(start..whole_until).is_none_or(|whole| whole.matches('\n').count() < needed) {
        return false;
    }
    let blank_before = text[..start]
        .strip_suffix('\n')
        .is_some_and(|before| before[line_start(before, before.len())..].trim().is_empty());
    // Between the two may stand a definition, to which the first line of a paragraph right below it may turn out to belong.
    let adjoining = text.get(previous.range.end..start).is_none_or(|between| between.trim().is_empty());
    blank_before || adjoining || !matches!(block.block, Block::Paragraph(_))
}

/// Where the line begins in which `at` lies.
pub(crate) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// In a table a row is held until its line is whole; below it, after a blank line, anything may stand.
fn shown_of_table(rest: &str) -> usize {
    let whole = rest.rfind('\n').map_or(0, |at| at + 1);
    if rest[..whole].lines().any(|line| line.trim().is_empty()) { mend::shown(rest) } else { whole }
}
