//! Blocks and inlines as new DOM nodes. One inline is one child node, one item one `li`, one row one `tr`: `patch` counts on it.

use leptos::prelude::document;
use markdown::{Alignment, Block, Cell, Inline, ListItem};
use wasm_bindgen::JsCast;
use web_sys::{Element, Node, Text};

use super::append;

/// A line of code longer than this stands in several text nodes: a giant one is slow to grow.
const NODE: u32 = 2_000;

/// An element with a class.
pub(super) fn element(tag: &str, class: &str) -> Element {
    // The names are ours and known to be good; a page that refuses them has no `span` either.
    let element = document().create_element(tag).unwrap_or_else(|_| wasm_bindgen::JsValue::NULL.unchecked_into());
    if !class.is_empty() {
        element.set_class_name(class);
    }
    element
}

pub(super) fn text(text: &str) -> Text {
    document().create_text_node(text)
}

pub(super) fn block(block: &Block) -> Element {
    match block {
        Block::Paragraph(content) => filled("p", "", content),
        // The page's own headings are above: a message's begin below them, and look as their level says.
        Block::Heading { level, content } => filled(&format!("h{}", (level + 2).min(6)), &format!("h{level}"), content),
        Block::List { start, tight, items } => {
            let list = element(if start.is_some() { "ol" } else { "ul" }, list_class(*tight));
            if let Some(start) = start.filter(|start| *start != 1) {
                set(&list, "start", &start.to_string());
            }
            for item in items {
                append(&list, &list_item(item));
            }
            list
        }
        Block::Quote(blocks) => blocks_in("blockquote", "", blocks),
        Block::Code { language, text } => code(language, text),
        Block::Table { alignments, head, rows } => table(alignments, head, rows),
        Block::Rule => element("hr", ""),
        Block::Footnote { label, blocks } => {
            let note = blocks_in("div", "foot", blocks);
            let mark = element("span", "num");
            mark.set_text_content(Some(label));
            note.prepend_with_node_1(&mark).ok();
            note
        }
    }
}

pub(super) fn list_class(tight: bool) -> &'static str {
    if tight { "tight" } else { "loose" }
}

pub(super) fn list_item(item: &ListItem) -> Element {
    let shown = element("li", "");
    if let Some(done) = item.task {
        shown.set_class_name("task");
        let mark = element("span", if done { "box done" } else { "box" });
        set(&mark, "role", "img");
        set(&mark, "aria-label", if done { "Done:" } else { "To do:" });
        append(&shown, &mark);
    }
    for child in &item.blocks {
        append(&shown, &block(child));
    }
    shown
}

fn blocks_in(tag: &str, class: &str, blocks: &[Block]) -> Element {
    let shown = element(tag, class);
    for child in blocks {
        append(&shown, &block(child));
    }
    shown
}

fn code(language: &str, text: &str) -> Element {
    let shown = element("div", "code");
    let head = element("div", "hd");
    let name = element("span", "grow cut");
    name.set_text_content(Some(language));
    append(&head, &name);
    let copy = element("button", "btn quiet");
    set(&copy, "type", "button");
    set(&copy, "data-copy", "");
    append(&copy, &icon("#i-copy"));
    append(&copy, &self::text("Copy"));
    append(&head, &copy);
    append(&shown, &head);
    let lines = element("pre", "");
    set(&lines, "tabindex", "0");
    set(&lines, "aria-label", if language.is_empty() { "Code" } else { language });
    grow_code(&lines, text);
    append(&shown, &lines);
    shown
}

/// Adds code at the end, one text node a line.
pub(super) fn grow_code(lines: &Element, more: &str) {
    for piece in more.split_inclusive('\n') {
        let open = lines.last_child().and_then(|last| last.dyn_into::<Text>().ok());
        match open.filter(|open| open.length() < NODE && !open.data().ends_with('\n')) {
            Some(open) => {
                open.append_data(piece).ok();
            }
            None => append(lines, &text(piece)),
        }
    }
}

fn table(alignments: &[Alignment], head: &[Cell], rows: &[Vec<Cell>]) -> Element {
    let frame = element("div", "tbl");
    set(&frame, "tabindex", "0");
    set(&frame, "role", "group");
    set(&frame, "aria-label", "Table");
    let shown = element("table", "");
    append(&shown, &element("colgroup", ""));
    set_columns(&shown, head, rows.first());
    let top = element("thead", "");
    append(&top, &row("th", alignments, head));
    append(&shown, &top);
    let body = element("tbody", "");
    for cells in rows {
        append(&body, &row("td", alignments, cells));
    }
    append(&shown, &body);
    append(&frame, &shown);
    frame
}

/// Gives a table its columns by what stands in its head and its first row, so that no later row moves what was read.
pub(super) fn set_columns(table: &Element, head: &[Cell], first: Option<&Vec<Cell>>) {
    /// A column is at least and at most so many letters wide.
    const LETTERS: (usize, usize) = (6, 48);
    /// What the rows that come later may need more, in letters: no column is so narrow that it breaks a few words in a wide table.
    const MORE: usize = 8;
    /// The least width of a letter and of what stands around a cell's words, in pixels.
    const LETTER: usize = 7;
    const AROUND: usize = 24;
    let Some(columns) = table.first_element_child() else { return };
    let width = |at: usize| {
        let letters = |cell: Option<&Cell>| cell.map_or(0, |cell| letters(cell));
        letters(head.get(at)).max(letters(first.and_then(|row| row.get(at)))).clamp(LETTERS.0, LETTERS.1)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let sum = widths.iter().map(|width| width + MORE).sum::<usize>().max(1);
    columns.set_text_content(None);
    for width in &widths {
        let column = element("col", "");
        set(&column, "width", &format!("{}%", (width + MORE) * 100 / sum));
        append(&columns, &column);
    }
    // Narrow windows and many columns: the table keeps readable columns and scrolls inside its frame.
    let least: usize = widths.iter().map(|width| (*width).min(14) * LETTER + AROUND).sum();
    if let Some(table) = table.dyn_ref::<web_sys::HtmlElement>() {
        table.style().set_property("min-width", &format!("{least}px")).ok();
    }
}

/// How many letters stand in a cell.
fn letters(content: &[Inline]) -> usize {
    let length = |piece: &Inline| match piece {
        Inline::Text(words) | Inline::Code(words) => words.chars().count(),
        Inline::Strong(content) | Inline::Emphasis(content) | Inline::Strike(content) => letters(content),
        Inline::Link { content, .. } => letters(content),
        Inline::Image { alt, .. } => alt.chars().count().max(20),
        Inline::SoftBreak | Inline::HardBreak => 1,
    };
    content.iter().map(length).sum()
}

pub(super) fn row(tag: &str, alignments: &[Alignment], cells: &[Cell]) -> Element {
    let shown = element("tr", "");
    for (at, cell) in cells.iter().enumerate() {
        let class = match alignments.get(at) {
            Some(Alignment::Right) => "r",
            Some(Alignment::Center) => "c",
            Some(Alignment::Left | Alignment::None) | None => "",
        };
        append(&shown, &filled(tag, class, cell));
    }
    shown
}

fn filled(tag: &str, class: &str, content: &[Inline]) -> Element {
    let shown = element(tag, class);
    for piece in content {
        append(&shown, &inline(piece));
    }
    shown
}

pub(super) fn inline(inline: &Inline) -> Node {
    match inline {
        Inline::Text(words) => text(words).into(),
        Inline::Strong(content) => filled("strong", "", content).into(),
        Inline::Emphasis(content) => filled("em", "", content).into(),
        Inline::Strike(content) => filled("s", "", content).into(),
        Inline::Code(code) => {
            let shown = element("code", "");
            shown.set_text_content(Some(code));
            shown.into()
        }
        Inline::Link { url, title, content } => {
            // No `href`: the page itself can go nowhere. `view` follows it after asking.
            let shown = filled("a", "", content);
            set(&shown, "role", "link");
            set(&shown, "tabindex", "0");
            set(&shown, "data-url", url);
            let place = crate::links::place(url);
            let host = if place == "mailto:" { markdown::host(url).unwrap_or_default().to_owned() } else { place };
            set(&shown, "title", &if title.is_empty() { host } else { format!("{host}: {title}") });
            shown.into()
        }
        Inline::Image { url, alt } => image(url, alt).into(),
        Inline::SoftBreak => text("\n").into(),
        Inline::HardBreak => element("br", "").into(),
    }
}

/// A picture somewhere else is not loaded by the page: its place says where it is, and what stands there is the row's (`row::speech`).
fn image(url: &str, alt: &str) -> Element {
    let shown = element("span", "pic");
    set(&shown, "data-image-url", url);
    set(&shown, "data-alt", alt);
    shown
}

fn icon(href: &str) -> Element {
    const SVG: Option<&str> = Some("http://www.w3.org/2000/svg");
    let make = |tag: &str| document().create_element_ns(SVG, tag).unwrap_or_else(|_| element("span", ""));
    let shown = make("svg");
    set(&shown, "class", "i s");
    set(&shown, "aria-hidden", "true");
    let drawing = make("use");
    set(&drawing, "href", href);
    append(&shown, &drawing);
    shown
}

fn set(element: &Element, name: &str, value: &str) {
    // The names are ours and known to be good.
    element.set_attribute(name, value).ok();
}

/// Where the last word of a block stands.
pub(super) fn last_leaf(block: &Element) -> Element {
    let mut leaf = block.clone();
    loop {
        let last = leaf.last_element_child();
        match last {
            Some(last)
                if matches!(
                    last.tag_name().as_str(),
                    "UL" | "OL"
                        | "LI"
                        | "P"
                        | "BLOCKQUOTE"
                        | "PRE"
                        | "TABLE"
                        | "TBODY"
                        | "TR"
                        | "TD"
                        | "TH"
                        | "H3"
                        | "H4"
                        | "H5"
                        | "H6"
                        | "DIV"
                ) =>
            {
                leaf = last;
            }
            _ => return leaf,
        }
    }
}
