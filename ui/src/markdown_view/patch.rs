//! Brings drawn blocks up to date by touching only what differs: text that grew grows, what follows is added, the rest stays, with the
//! reader's selection in it.

use markdown::{Block, Cell, Inline};
use wasm_bindgen::JsCast;
use web_sys::{Element, Node, Text};

use super::{Fresh, append, draw};

/// The new words of a message.
#[derive(Default)]
pub(super) struct Growing {
    fresh: Vec<Fresh>,
    /// New words come in full ink: the message is read from history, or finished.
    pub(super) inked: bool,
}

impl Growing {
    /// Words older than `age` join the text they belong to.
    pub(super) fn settle(&mut self, now: f64, age: f64) {
        self.fresh.retain(|fresh| {
            if now - fresh.since < age {
                return true;
            }
            let words = fresh.span.text_content().unwrap_or_default();
            fresh.span.remove();
            fresh.home.append_data(&words).ok();
            false
        });
    }

    fn settle_all(&mut self) {
        self.settle(f64::INFINITY, 0.0);
    }
}

/// Marks what is wholly new.
pub(super) fn ink(element: &Element, growing: &mut Growing) {
    growing.settle_all();
    if !growing.inked {
        element.class_list().add_1("fresh").ok();
    }
}

/// Brings a block up to date; if another element had to take its place, that one.
pub(super) fn block(shown: &Element, old: &Block, new: &Block, growing: &mut Growing, now: f64) -> Option<Element> {
    match (old, new) {
        (Block::Paragraph(old), Block::Paragraph(new)) => inlines(shown, old, new, growing, now),
        (Block::Heading { level, content: old }, Block::Heading { level: other, content: new }) if level == other => {
            inlines(shown, old, new, growing, now);
        }
        (Block::List { start, items: old, .. }, Block::List { start: other, tight, items: new }) if start == other => {
            shown.set_class_name(draw::list_class(*tight));
            for (at, item) in new.iter().enumerate() {
                match (child(shown, at), old.get(at)) {
                    (Some(_), Some(before)) if before == item => {}
                    (Some(li), Some(before)) if before.task == item.task => {
                        blocks(&li, usize::from(item.task.is_some()), &before.blocks, &item.blocks, growing, now);
                    }
                    (Some(li), _) => replace(&li, &draw::list_item(item), growing),
                    (None, _) => {
                        let li = draw::list_item(item);
                        ink(&li, growing);
                        append(shown, &li);
                    }
                }
            }
            truncate(shown, new.len());
        }
        (Block::Quote(old), Block::Quote(new)) => blocks(shown, 0, old, new, growing, now),
        (Block::Code { language, text: old }, Block::Code { language: other, text: new })
            if language == other && new.starts_with(old.as_str()) =>
        {
            growing.settle_all();
            if let Some(lines) = shown.last_element_child() {
                draw::grow_code(&lines, &new[old.len()..]);
            }
        }
        (
            Block::Table { alignments: columns, head: old_head, rows: old },
            Block::Table { alignments, head, rows: new },
        ) if columns == alignments && old_head == head => {
            growing.settle_all();
            rows(shown, alignments, head, old, new, growing);
        }
        (Block::Rule, Block::Rule) => {}
        _ => {
            let other = draw::block(new);
            replace(shown, &other, growing);
            return Some(other);
        }
    }
    None
}

fn rows(
    frame: &Element,
    alignments: &[markdown::Alignment],
    head: &[Cell],
    old: &[Vec<Cell>],
    new: &[Vec<Cell>],
    growing: &mut Growing,
) {
    let Some(table) = frame.first_element_child() else { return };
    let Some(body) = table.last_element_child() else { return };
    if old.first() != new.first() {
        draw::set_columns(&table, head, new.first());
    }
    for (at, cells) in new.iter().enumerate() {
        if old.get(at) == Some(cells) {
            continue;
        }
        let row = draw::row("td", alignments, cells);
        match child(&body, at) {
            Some(before) => replace(&before, &row, growing),
            None => {
                ink(&row, growing);
                append(&body, &row);
            }
        }
    }
    truncate(&body, new.len());
}

/// Brings the blocks within a container up to date; `skip` children before them are no blocks.
fn blocks(parent: &Element, skip: usize, old: &[Block], new: &[Block], growing: &mut Growing, now: f64) {
    for (at, after) in new.iter().enumerate() {
        match (child(parent, skip + at), old.get(at)) {
            (Some(_), Some(before)) if before == after => {}
            (Some(shown), Some(before)) => {
                block(&shown, before, after, growing, now);
            }
            (Some(shown), None) => replace(&shown, &draw::block(after), growing),
            (None, _) => {
                let shown = draw::block(after);
                ink(&shown, growing);
                append(parent, &shown);
            }
        }
    }
    truncate(parent, skip + new.len());
}

fn inlines(parent: &Element, old: &[Inline], new: &[Inline], growing: &mut Growing, now: f64) {
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    if let (Some(Inline::Text(before)), [Inline::Text(after)]) = (old.get(same), &new[same..])
        && same + 1 == old.len()
        && let Some(more) = after.strip_prefix(before.as_str())
        && let Some(home) = node(parent, same).and_then(|node| node.dyn_into::<Text>().ok())
    {
        add_words(parent, home, more, growing, now);
        return;
    }
    growing.settle_all();
    let mut from = same;
    // A mark that was closed for the time being grew inside.
    if let (Some(before), Some(after)) = (old.get(same), new.get(same))
        && let Some((before, after)) = marked(before, after)
        && let Some(inner) = node(parent, same).and_then(|node| node.dyn_into::<Element>().ok())
    {
        inlines(&inner, before, after, growing, now);
        from += 1;
    } else if let (Some(Inline::Text(before)), Some(Inline::Text(after))) = (old.get(same), new.get(same))
        && let Some(more) = after.strip_prefix(before.as_str())
        && let Some(home) = node(parent, same).and_then(|node| node.dyn_into::<Text>().ok())
    {
        home.append_data(more).ok();
        from += 1;
    }
    while let Some(extra) = node(parent, from) {
        parent.remove_child(&extra).ok();
    }
    for piece in &new[from.min(new.len())..] {
        match piece {
            Inline::Text(words) if !growing.inked => {
                let home = draw::text("");
                append(parent, &home);
                growing.settle_all();
                add_words(parent, home, words, growing, now);
            }
            other => {
                growing.settle_all();
                let shown = draw::inline(other);
                if let Some(element) = shown.dyn_ref::<Element>().filter(|_| !growing.inked) {
                    element.class_list().add_1("fresh").ok();
                }
                append(parent, &shown);
            }
        }
    }
}

/// Words at the end of a leaf, in their own place at once and soon in full ink.
fn add_words(parent: &Element, home: Text, words: &str, growing: &mut Growing, now: f64) {
    if growing.inked || home.parent_element().as_ref() != Some(parent) {
        growing.settle_all();
        home.append_data(words).ok();
        return;
    }
    let span = draw::element("span", "fresh");
    span.set_text_content(Some(words));
    append(parent, &span);
    growing.fresh.push(Fresh { span, home, since: now });
}

/// The contents of two marks of one kind.
fn marked<'a>(old: &'a Inline, new: &'a Inline) -> Option<(&'a [Inline], &'a [Inline])> {
    match (old, new) {
        (Inline::Strong(old), Inline::Strong(new))
        | (Inline::Emphasis(old), Inline::Emphasis(new))
        | (Inline::Strike(old), Inline::Strike(new)) => Some((old, new)),
        _ => None,
    }
}

fn replace(shown: &Element, other: &Element, growing: &mut Growing) {
    growing.settle_all();
    shown.replace_with_with_node_1(other).ok();
}

fn child(parent: &Element, at: usize) -> Option<Element> {
    parent.children().item(u32::try_from(at).ok()?)
}

fn node(parent: &Element, at: usize) -> Option<Node> {
    parent.child_nodes().item(u32::try_from(at).ok()?)
}

fn truncate(parent: &Element, count: usize) {
    while let Some(extra) = child(parent, count) {
        extra.remove();
    }
}
