//! What is shown of a text while more is coming: no marker flashes up, nothing shown gets shorter, a row waits for its line.

use markdown::{Block, Document, Inline, parse};

fn words_of(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::Strong(content)
            | Inline::Emphasis(content)
            | Inline::Strike(content)
            | Inline::Link { content, .. } => words_of(content, out),
            Inline::Image { alt, .. } => out.push_str(alt),
            Inline::SoftBreak | Inline::HardBreak => out.push(' '),
        }
    }
}

fn words(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Paragraph(content) | Block::Heading { content, .. } => words_of(content, &mut out),
            Block::List { items, .. } => items.iter().for_each(|item| out.push_str(&words(&item.blocks))),
            Block::Quote(blocks) | Block::Footnote { blocks, .. } => out.push_str(&words(blocks)),
            Block::Code { text, .. } => out.push_str(text),
            Block::Table { head, rows, .. } => {
                std::iter::once(head).chain(rows).flatten().for_each(|cell| words_of(cell, &mut out));
            }
            Block::Rule => {}
        }
        out.push('\n');
    }
    out
}

fn shown(text: &str) -> Vec<Block> {
    let mut document = Document::new();
    document.append(text);
    document.blocks().iter().map(|entry| entry.block.clone()).collect()
}

#[test]
fn unmatched_markers_are_hidden() {
    let cases = [
        ("a **bo", "a bo"),
        ("a **bo*", "a bo"),
        ("a *sl", "a sl"),
        ("a ***both", "a both"),
        ("a ~~go", "a go"),
        ("a `co", "a co"),
        ("a ``co`", "a co"),
        ("a [te", "a "),
        ("a [text]", "a "),
        ("a [text](htt", "a text"),
        ("a ![al", "a "),
        ("a ![alt](https://b", "a "),
        ("a <https://b", "a "),
        ("a &am", "a "),
        ("a \\", "a "),
        ("- ", ""),
        ("- [ ", ""),
        ("#", ""),
        ("a\n-", "a"),
        ("a\n1.", "a"),
        ("| a | b |", ""),
        ("| a | b |\n|--", ""),
        ("``", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(words(&shown(text)).trim_end(), expected.trim_end(), "{text:?}");
    }
}

#[test]
fn what_is_matched_or_literal_is_shown() {
    let cases = [
        ("a **bold** b", "a bold b"),
        ("2 * 3 is 6", "2 * 3 is 6"),
        ("snake_case_name here", "snake_case_name here"),
        ("see [1] there", "see [1] there"),
        ("a \\* b", "a * b"),
        ("a < b", "a < b"),
        ("it's 5 o'clock & more", "it's 5 o'clock & more"),
        ("in 2024 it", "in 2024 it"),
    ];
    for (text, expected) in cases {
        assert_eq!(words(&shown(text)).trim_end(), expected, "{text:?}");
    }
}

#[test]
fn constructs_stand_as_soon_as_they_are_open() {
    assert_eq!(shown("```rust\nfn"), [Block::Code { language: "rust".into(), text: "fn".into() }]);
    assert_eq!(shown("```rust\nfn\n``"), [Block::Code { language: "rust".into(), text: "fn".into() }]);
    let strong = Inline::Strong(vec![Inline::Text("bo".into())]);
    assert_eq!(shown("a **bo"), [Block::Paragraph(vec![Inline::Text("a ".into()), strong])]);
    let table = shown("| a |\n|---|\n| whole |\n| hal");
    let Block::Table { rows, .. } = &table[0] else { panic!("{table:?}") };
    assert_eq!(rows.len(), 1, "a row waits for its line");
}

#[test]
fn a_reply_never_gets_shorter() {
    let reply = "Some **strong** and `code`, [a link](https://a.b/c) and *slanted **both*** end.\n\n- first **x**\n- second\n\n1. one\n2. two\n\n\
        | a | b |\n|---|---|\n| c | d |\n\n> quoted _words_\n\n```\ncode\n```\n\nThe ~~end~~ &amp; more [1] of it.\n";
    let mut document = Document::new();
    let mut before = 0;
    for letter in reply.chars() {
        document.append(letter.encode_utf8(&mut [0; 4]));
        let blocks: Vec<Block> = document.blocks().iter().map(|entry| entry.block.clone()).collect();
        let now = words(&blocks).chars().filter(|letter| !letter.is_whitespace()).count();
        assert!(now >= before, "shorter after {letter:?}: {:?}", words(&blocks));
        before = now;
    }
    document.finish();
    let finished: Vec<Block> = document.blocks().iter().map(|entry| entry.block.clone()).collect();
    assert_eq!(finished, parse(reply));
}

#[test]
fn html_is_text_and_a_line_break_is_one() {
    let text = |text: &str| Inline::Text(text.into());
    assert_eq!(parse("a <b>x</b><br/>y"), [Block::Paragraph(vec![text("a <b>x</b>"), Inline::HardBreak, text("y")])]);
    assert_eq!(
        parse("<script>\nx\n</script>"),
        [Block::Paragraph(vec![text("<script>"), Inline::HardBreak, text("x"), Inline::HardBreak, text("</script>"),])]
    );
    assert_eq!(parse("&#x202e;a&#xe0041;b"), [Block::Paragraph(vec![text("ab")])]);
}

#[test]
fn appending_to_a_finished_document_opens_it_again() {
    let mut document = Document::finished("a **b");
    assert_eq!(document.blocks()[0].block, parse("a **b")[0]);
    document.append("**");
    document.finish();
    assert_eq!(document.blocks()[0].block, parse("a **b**")[0]);
}
