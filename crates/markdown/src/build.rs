//! From pulldown-cmark's events to the tree. HTML becomes plain text, targets that may not be opened stand visibly beside their text,
//! and nesting beyond a bound is flattened, so that no text can exhaust the stack.

use std::{collections::HashMap, iter::Peekable, ops::Range};

use pulldown_cmark::{
    Alignment as Column, BrokenLink, BrokenLinkCallback, CodeBlockKind, CowStr, Event, LinkType, OffsetIter, Options,
    Parser, Tag,
};

use crate::{
    clean,
    inlines::{is_line_break, joined, lines, strip_links},
    link, mend,
    tree::{Alignment, Block, Cell, Inline, ListItem},
};

/// How deep quotes and lists, and emphasis in emphasis, may stand in each other.
const DEPTH: usize = 24;

/// Link reference definitions by label, from blocks that are not parsed again.
#[derive(Debug, Default)]
pub(crate) struct Definitions(HashMap<String, (String, String)>);

impl Definitions {
    /// The first definition of a label counts.
    pub(crate) fn learn(&mut self, definition: Definition) {
        self.0.entry(key(&definition.label)).or_insert((definition.url, definition.title));
    }
}

/// A link reference definition.
#[derive(Debug)]
pub(crate) struct Definition {
    label: String,
    url: String,
    title: String,
    /// Where it ends in the source.
    pub(crate) end: usize,
}

fn key(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether more text may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// This is all of it.
    Closed,
    /// What is unmatched in the last line may be matched yet: it is hidden (see `mend`).
    Open,
}

/// A text's tree.
#[derive(Debug)]
pub(crate) struct Built {
    /// Top-level blocks.
    pub(crate) blocks: Vec<Placed>,
    /// Link reference definitions that stand in the text, in order.
    pub(crate) definitions: Vec<Definition>,
    /// It defines links or notes: blocks before it may mean something else now.
    pub(crate) defines: bool,
}

/// A top-level block with its place in the source.
#[derive(Debug)]
pub(crate) struct Placed {
    /// What it is.
    pub(crate) block: Block,
    /// Where it stands.
    pub(crate) range: Range<usize>,
    /// Where the items of a list begin.
    pub(crate) items: Vec<usize>,
}

/// A piece of running text with its place in the source.
pub(crate) type Piece = (Inline, Range<usize>);

/// Parses `source`.
pub(crate) fn build(source: &str, end: End, known: &Definitions) -> Built {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_FOOTNOTES;
    let callback = |link: BrokenLink<'_>| {
        let (url, title) = known.0.get(&key(&link.reference))?;
        Some((CowStr::from(url.clone()), CowStr::from(title.clone())))
    };
    let parser = Parser::new_with_broken_link_callback(source, options, (!known.0.is_empty()).then_some(callback));
    let defined = parser.reference_definitions().iter().map(|(label, definition)| Definition {
        label: label.to_owned(),
        url: definition.dest.to_string(),
        title: definition.title.as_deref().unwrap_or_default().to_owned(),
        end: definition.span.end,
    });
    let mut definitions: Vec<Definition> = defined.collect();
    definitions.sort_by_key(|definition| definition.end);
    let defines = !definitions.is_empty();
    let open_at = (end == End::Open).then(|| source.trim_end().len());
    let mut builder =
        Builder { source, events: parser.into_offset_iter().peekable(), open_at, task: None, depth: 0, notes: false };
    let blocks = builder.blocks().0;
    Built { blocks, definitions, defines: defines || builder.notes }
}

struct Builder<'a, F: BrokenLinkCallback<'a>> {
    source: &'a str,
    events: Peekable<OffsetIter<'a, F>>,
    /// The end of the text, if the leaf that reaches it is to be mended.
    open_at: Option<usize>,
    task: Option<bool>,
    depth: usize,
    notes: bool,
}

impl<'a, F: BrokenLinkCallback<'a>> Builder<'a, F> {
    /// Blocks up to the end of the container they stand in, and whether one of them is a paragraph of its own (not the bare text of a
    /// tight list's item).
    fn blocks(&mut self) -> (Vec<Placed>, bool) {
        let mut out = Vec::new();
        let mut spaced = false;
        let mut flattened = 0_usize;
        self.depth += 1;
        while let Some((event, range)) = self.events.peek() {
            let range = range.clone();
            let tag = match event {
                Event::Start(tag) if is_block(tag) => tag.clone(),
                Event::End(_) => {
                    self.events.next();
                    if flattened == 0 {
                        break;
                    }
                    flattened -= 1;
                    continue;
                }
                Event::Rule => {
                    self.events.next();
                    out.push(Placed { block: Block::Rule, range, items: Vec::new() });
                    continue;
                }
                _ => {
                    let pieces = self.inlines(true);
                    let end = pieces.last().map_or(range.end, |(_, last)| last.end);
                    let content = self.leaf(pieces, range.start..end);
                    if !content.is_empty() {
                        out.push(Placed {
                            block: Block::Paragraph(content),
                            range: range.start..end,
                            items: Vec::new(),
                        });
                    }
                    continue;
                }
            };
            self.events.next();
            spaced |= matches!(tag, Tag::Paragraph);
            if self.depth > DEPTH
                && matches!(tag, Tag::BlockQuote(_) | Tag::List(_) | Tag::Item | Tag::FootnoteDefinition(_))
            {
                flattened += 1;
                continue;
            }
            let mut items = Vec::new();
            let block = match tag {
                Tag::Paragraph => {
                    let pieces = self.inlines(false);
                    Block::Paragraph(self.leaf(pieces, range.clone()))
                }
                Tag::Heading { level, .. } => {
                    let pieces = self.inlines(false);
                    Block::Heading { level: level as u8, content: self.leaf(pieces, range.clone()) }
                }
                Tag::BlockQuote(_) => Block::Quote(plain(self.blocks().0)),
                Tag::FootnoteDefinition(label) => {
                    self.notes = true;
                    Block::Footnote { label: clean::visible(&label).into_owned(), blocks: plain(self.blocks().0) }
                }
                Tag::List(start) => self.list(start, &mut items),
                Tag::Table(columns) => self.table(&columns),
                Tag::CodeBlock(kind) => {
                    let language = match &kind {
                        CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default(),
                        CodeBlockKind::Indented => "",
                    };
                    let language = clean::visible(language).into_owned();
                    let mut text = self.text();
                    if text.ends_with('\n') {
                        text.pop();
                    }
                    Block::Code { language, text }
                }
                // The rest of the blocks belongs to options that are off; an HTML block is lines of text.
                _ => Block::Paragraph(lines(&self.text())),
            };
            out.push(Placed { block, range, items });
        }
        self.depth -= 1;
        (out, spaced)
    }

    fn list(&mut self, start: Option<u64>, starts: &mut Vec<usize>) -> Block {
        let mut items = Vec::new();
        let mut tight = true;
        while let Some((event, range)) = self.events.next() {
            if !matches!(event, Event::Start(Tag::Item)) {
                break;
            }
            starts.push(range.start);
            let outer = self.task.take();
            let (blocks, spaced) = self.blocks();
            tight &= !spaced;
            items.push(ListItem { task: self.task.take(), blocks: plain(blocks) });
            self.task = outer;
        }
        Block::List { start, tight, items }
    }

    fn table(&mut self, columns: &[Column]) -> Block {
        let alignments = columns
            .iter()
            .map(|column| match column {
                Column::None => Alignment::None,
                Column::Left => Alignment::Left,
                Column::Center => Alignment::Center,
                Column::Right => Alignment::Right,
            })
            .collect();
        let mut head: Vec<Cell> = Vec::new();
        let mut rows: Vec<Vec<Cell>> = Vec::new();
        let mut in_head = false;
        while let Some((event, _)) = self.events.next() {
            match event {
                Event::Start(Tag::TableHead) => in_head = true,
                Event::Start(Tag::TableRow) => {
                    in_head = false;
                    rows.push(Vec::new());
                }
                Event::Start(Tag::TableCell) => {
                    let pieces = self.inlines(false);
                    // Rows are held until they are whole, so there is nothing to mend.
                    let cell = link::find_bare(joined(pieces.into_iter().map(|(inline, _)| inline)));
                    match rows.last_mut().filter(|_| !in_head) {
                        Some(row) => row.push(cell),
                        None => head.push(cell),
                    }
                }
                Event::End(pulldown_cmark::TagEnd::Table) => break,
                _ => {}
            }
        }
        Block::Table { alignments, head, rows }
    }

    /// The text of everything up to the end of this block.
    fn text(&mut self) -> String {
        let mut text = String::new();
        for (event, _) in self.events.by_ref() {
            match event {
                Event::Text(piece) | Event::Html(piece) | Event::InlineHtml(piece) | Event::Code(piece) => {
                    text.push_str(&clean::visible(&piece));
                }
                Event::SoftBreak | Event::HardBreak => text.push('\n'),
                Event::End(_) => break,
                _ => {}
            }
        }
        text
    }

    /// Pieces up to the end of the leaf, or, for the bare text of a tight list's item, up to whatever block or end follows.
    fn inlines(&mut self, bare: bool) -> Vec<Piece> {
        let mut out = Vec::new();
        let mut flattened = 0_usize;
        self.depth += 1;
        while let Some((event, _)) = self.events.peek() {
            match event {
                Event::Start(tag) if bare && is_block(tag) => break,
                Event::Rule if bare => break,
                Event::End(_) if bare && flattened == 0 => break,
                _ => {}
            }
            let Some((event, range)) = self.events.next() else { break };
            let inline = match event {
                Event::End(_) => {
                    if flattened == 0 {
                        break;
                    }
                    flattened -= 1;
                    continue;
                }
                Event::Start(Tag::Link { .. } | Tag::Emphasis | Tag::Strong | Tag::Strikethrough)
                    if self.depth > 2 * DEPTH =>
                {
                    flattened += 1;
                    continue;
                }
                Event::Start(Tag::Emphasis) => Inline::Emphasis(self.nested()),
                Event::Start(Tag::Strong) => Inline::Strong(self.nested()),
                Event::Start(Tag::Strikethrough) => Inline::Strike(self.nested()),
                Event::Start(Tag::Link { link_type, dest_url, title, .. }) => {
                    let url = if link_type == LinkType::Email {
                        format!("mailto:{dest_url}")
                    } else {
                        dest_url.into_string()
                    };
                    let mut content = self.nested();
                    if link::may_open(&url) {
                        Inline::Link { url, title: clean::visible(&title).into_owned(), content: strip_links(content) }
                    } else {
                        let shown = clean::visible(&url);
                        if content != [Inline::Text(shown.to_string())] {
                            content.push(Inline::Text(format!(" ({shown})")));
                        }
                        out.extend(content.into_iter().map(|inline| (inline, range.clone())));
                        continue;
                    }
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    let alt = self.alt();
                    Inline::Image { url: clean::visible(&dest_url).into_owned(), alt }
                }
                Event::Text(text) => Inline::Text(clean::visible(&text).into_owned()),
                Event::InlineHtml(tag) if is_line_break(&tag) => Inline::HardBreak,
                Event::Html(text) | Event::InlineHtml(text) => Inline::Text(clean::visible(&text).into_owned()),
                Event::Code(code) | Event::InlineMath(code) | Event::DisplayMath(code) => {
                    Inline::Code(clean::visible(&code).into_owned())
                }
                Event::FootnoteReference(label) => Inline::Text(format!("[{}]", clean::visible(&label))),
                Event::SoftBreak => Inline::SoftBreak,
                Event::HardBreak => Inline::HardBreak,
                Event::TaskListMarker(done) => {
                    self.task = Some(done);
                    continue;
                }
                Event::Start(_) => {
                    flattened += 1;
                    continue;
                }
                Event::Rule => continue,
            };
            out.push((inline, range));
        }
        self.depth -= 1;
        out
    }

    fn nested(&mut self) -> Vec<Inline> {
        let pieces = self.inlines(false);
        joined(pieces.into_iter().map(|(inline, _)| inline))
    }

    /// The words for a picture, which may be marked up in the source.
    fn alt(&mut self) -> String {
        let mut alt = String::new();
        let mut depth = 0_usize;
        for (event, _) in self.events.by_ref() {
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) if depth == 0 => break,
                Event::End(_) => depth -= 1,
                Event::Text(text) | Event::Code(text) => alt.push_str(&clean::visible(&text)),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                _ => {}
            }
        }
        alt
    }

    /// The content of a leaf: mended if it is the one that is still growing, bare addresses made links.
    fn leaf(&mut self, pieces: Vec<Piece>, range: Range<usize>) -> Vec<Inline> {
        let growing = self.open_at.is_some_and(|end| range.end >= end);
        let inlines = if growing {
            mend::close(self.source, pieces, range)
        } else {
            pieces.into_iter().map(|(inline, _)| inline).collect()
        };
        link::find_bare(joined(inlines))
    }
}

fn plain(blocks: Vec<Placed>) -> Vec<Block> {
    blocks.into_iter().map(|placed| placed.block).collect()
}

fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. }
            | Tag::Image { .. }
    )
}
