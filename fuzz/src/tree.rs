//! Markdown: a text that comes in pieces ends as the tree of the whole, frozen blocks stay, and in no tree stands what must not.

use markdown::{Block, Document, Inline, parse};

/// The first byte says how the rest is cut.
pub fn markdown(input: &[u8]) {
    let Some((&seed, text)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(text);
    let mut document = Document::new();
    let mut frozen: Vec<Block> = Vec::new();
    let mut frozen_until = 0;
    for piece in cut(&text, seed) {
        document.append(piece);
        assert!(document.frozen() >= frozen_until, "frozen blocks thaw");
        let now = &document.blocks()[..document.frozen()];
        assert!(now.iter().zip(&frozen).all(|(now, then)| now.block == *then), "a frozen block changed");
        frozen.extend(now[frozen_until..].iter().map(|entry| entry.block.clone()));
        frozen_until = document.frozen();
        let keys: Vec<usize> = document.blocks().iter().map(|entry| entry.key).collect();
        assert!(keys.is_sorted_by(|one, other| one < other), "keys are places: {keys:?}");
    }
    document.finish();
    let whole = parse(&text);
    let grown: Vec<&Block> = document.blocks().iter().map(|entry| &entry.block).collect();
    assert_eq!(grown, whole.iter().collect::<Vec<_>>(), "in pieces and at once");
    let at_once = Document::finished(&text);
    assert!(at_once.blocks().iter().map(|entry| &entry.block).eq(&whole), "a finished document is its tree");
    whole.iter().for_each(check_block);
}

/// Pieces of 1 to 17 letters, in an order that the seed begins.
fn cut(mut text: &str, seed: u8) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut state = u32::from(seed);
    while !text.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let letters = (state >> 16) as usize % 17 + 1;
        let end = text.char_indices().nth(letters).map_or(text.len(), |(at, _)| at);
        let (piece, rest) = text.split_at(end);
        pieces.push(piece);
        text = rest;
    }
    pieces
}

fn check_block(block: &Block) {
    match block {
        Block::Paragraph(content) | Block::Heading { content, .. } => check(content),
        Block::List { items, .. } => items.iter().flat_map(|item| &item.blocks).for_each(check_block),
        Block::Quote(blocks) | Block::Footnote { blocks, .. } => blocks.iter().for_each(check_block),
        Block::Code { language, text } => {
            visible(language);
            visible(text);
        }
        Block::Table { alignments, head, rows } => {
            assert_eq!(alignments.len(), head.len(), "a column has one alignment");
            assert!(rows.iter().all(|row| row.len() == head.len()), "rows are as long as the head");
            head.iter().chain(rows.iter().flatten()).for_each(|cell| check(cell));
        }
        Block::Rule => {}
    }
}

fn check(content: &[Inline]) {
    let mut after_text = false;
    for inline in content {
        let is_text = matches!(inline, Inline::Text(_));
        assert!(!(after_text && is_text), "two texts in a row");
        after_text = is_text;
        match inline {
            Inline::Text(text) => {
                assert!(!text.is_empty(), "an empty text");
                visible(text);
            }
            Inline::Code(text) => visible(text),
            Inline::Strong(content) | Inline::Emphasis(content) | Inline::Strike(content) => check(content),
            Inline::Link { url, content, .. } => {
                let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
                assert!(["http", "https", "mailto"].contains(&scheme.as_str()), "a link to {url:?}");
                let authority = url.split(['/', '?', '#']).nth(2).unwrap_or_default();
                assert!(scheme == "mailto" || !authority.contains('@'), "a name before the host of {url:?}");
                check(content);
            }
            Inline::Image { .. } | Inline::SoftBreak | Inline::HardBreak => {}
        }
    }
}

/// Nothing in it hides from the eye: entities (`&#x202e;`) bring such letters back after the source was cleaned.
fn visible(text: &str) {
    assert_eq!(markdown::visible(text), text, "hidden letters in {text:?}");
}
