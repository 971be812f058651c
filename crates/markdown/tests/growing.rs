//! A text that comes in pieces ends as the tree of the whole text, frozen blocks stay as they are, and the work stays linear.

use markdown::{Block, Document, Inline, parse};
use proptest::prelude::*;

/// Pieces of Markdown that bring the grammar's corners next to each other.
fn fragment() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "\n",
        "\n",
        "\n",
        "\n\n",
        "\n\n",
        " ",
        "  ",
        "   ",
        "    ",
        "\t",
        "\r\n",
        "\r",
        "# ",
        "## h ##",
        "#",
        "- ",
        "* ",
        "+ ",
        "-",
        "1. ",
        "2) ",
        "10. ",
        "1.",
        "> ",
        ">",
        ">> ",
        "```",
        "```rust\n",
        "~~~",
        "````",
        "`",
        "``",
        "**",
        "*",
        "_",
        "__",
        "~~",
        "~",
        "***",
        "---",
        "===",
        "- - -",
        "| a | b |\n",
        "|---|:-:|\n",
        "| c | d |\n",
        "a | b\n",
        "--|--\n",
        "|",
        "|x",
        "[",
        "]",
        "(",
        ")",
        "[a](https://b.c)",
        "[a](javascript:x)",
        "![i](https://b.c/d)",
        "![",
        "[a][b]",
        "<div>",
        "</div>",
        "<!--",
        "-->",
        "<b>",
        "<https://a.b>",
        "<script>",
        "<?",
        "?>",
        "&amp;",
        "&am",
        "\\",
        "\\*",
        "[ ] ",
        "[x] ",
        "- [ ] t",
        "word",
        "word",
        "two words",
        "é漢字",
        "👩\u{200d}👧",
        "\u{202e}",
        "\u{e0041}",
        "https://a.b/c_d",
        "    code\n",
        "- a\n- b\n",
        "- a\n\n- b\n",
        "  - n\n",
        "   more\n",
        "  more\n",
        "\n  para\n",
        "1. a\n2. b\n",
        "- a\n  ```\n  x\n  ```\n",
        "<br>",
        "$x$",
        ":",
        "!",
    ]);
    prop_oneof![8 => fixed.prop_map(str::to_owned), 1 => "[a-z ]{1,12}", 1 => "\\PC{1,4}"]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(fragment(), 0..40).prop_map(|pieces| pieces.concat())
}

/// With definitions of links and notes, which change blocks before them.
fn text_with_definitions() -> impl Strategy<Value = String> {
    let definition = prop::sample::select(vec![
        "[b]: https://x.y\n",
        "[a]: /z 'title'\n",
        "[b]:\n",
        "[^1]: note\n",
        "[^1]",
        "[b]",
        "[a][b]",
        "\n[b]: https://late.x\n",
        "\"title\"\n",
        "[a]:",
    ]);
    prop::collection::vec(prop_oneof![3 => fragment(), 1 => definition.prop_map(str::to_owned)], 0..40)
        .prop_map(|pieces| pieces.concat())
}

/// Cuts a text at the given places (taken modulo what is left).
fn cut<'a>(text: &'a str, sizes: &[usize]) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let size = rest.char_indices().map(|(at, _)| at).nth(*sizes.next().unwrap_or(&1)).unwrap_or(rest.len());
        let (piece, more) = rest.split_at(size.max(1).min(rest.len()));
        pieces.push(piece);
        rest = more;
    }
    pieces
}

fn tree(document: &Document) -> Vec<Block> {
    document.blocks().iter().map(|entry| entry.block.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(600), ..ProptestConfig::default() })]

    #[test]
    fn in_pieces_is_as_at_once(text in text(), sizes in prop::collection::vec(1_usize..9, 1..20)) {
        let mut document = Document::new();
        let mut frozen: Vec<Block> = Vec::new();
        for piece in cut(&text, &sizes) {
            document.append(piece);
            let now = tree(&document);
            prop_assert!(document.frozen() >= frozen.len(), "frozen blocks thaw");
            prop_assert_eq!(&now[..frozen.len()], frozen.as_slice(), "a frozen block changed");
            frozen = now[..document.frozen()].to_vec();
        }
        document.finish();
        let whole = parse(&text);
        prop_assert_eq!(tree(&document), whole.clone());
        prop_assert_eq!(&whole[..frozen.len()], frozen.as_slice(), "a frozen block was not final");
    }

    #[test]
    fn late_definitions_reach_back(text in text_with_definitions(), sizes in prop::collection::vec(1_usize..9, 1..20)) {
        let mut document = Document::new();
        for piece in cut(&text, &sizes) {
            document.append(piece);
        }
        document.finish();
        prop_assert_eq!(tree(&document), parse(&text));
    }

    #[test]
    fn nothing_but_the_web_and_mail_is_a_link(text in text_with_definitions()) {
        fn check(inlines: &[Inline]) {
            for inline in inlines {
                match inline {
                    Inline::Link { url, content, .. } => {
                        assert!(["http://", "https://", "mailto:"].iter().any(|scheme| url.starts_with(scheme)), "{url}");
                        check(content);
                    }
                    Inline::Strong(content) | Inline::Emphasis(content) | Inline::Strike(content) => check(content),
                    Inline::Text(text) => assert!(!text.is_empty() && !text.contains(['\u{202e}', '\u{e0041}'])),
                    Inline::Code(_) | Inline::Image { .. } | Inline::SoftBreak | Inline::HardBreak => {}
                }
            }
        }
        for block in parse(&text) {
            if let Block::Paragraph(content) | Block::Heading { content, .. } = block {
                check(&content);
            }
        }
    }
}

/// A reply as models write them, about so long.
fn reply(bytes: usize) -> String {
    let part = "## A heading\n\nSome words with **strong** and `code`, and [a link](https://a.b/c) in a paragraph of a few lines that goes\non below.\n\n\
        - first item with some words\n- second item, *slanted*\n  - nested\n- third item\n\n| a | b | c |\n|---|--:|---|\n| one | 2 | three |\n| four | 5 | six |\n\n\
        ```rust\nfn main() {\n    println!(\"a line of code\");\n}\n```\n\n1. one\n\n2. two\n\n> quoted\n> twice\n\n";
    part.repeat(bytes / part.len() + 1)
}

fn cost(text: &str) -> u64 {
    let mut document = Document::new();
    for piece in cut(text, &[4]) {
        document.append(piece);
    }
    document.finish();
    assert_eq!(tree(&document), parse(text));
    document.parsed_bytes()
}

fn assert_linear(name: &str, text: impl Fn(usize) -> String) {
    let (half, whole) = (cost(&text(50_000)), cost(&text(100_000)));
    assert!(whole < half * 5 / 2, "{name}: {half} bytes parsed for 50 KB, {whole} for 100 KB");
    assert!(whole < 100_000 * 150, "{name}: {whole} bytes parsed for 100 KB in pieces of four letters");
}

#[test]
fn the_work_is_linear() {
    assert_linear("a reply", reply);
    assert_linear("one block of code", |bytes| format!("```\n{}", "a line of code, some words\n".repeat(bytes / 27)));
    assert_linear("one list", |bytes| "- an item with some words\n".repeat(bytes / 26));
    assert_linear("one loose list", |bytes| "1. an item with some words\n\n".repeat(bytes / 28));
    assert_linear("one table", |bytes| {
        format!("| a | b |\n|---|---|\n{}", "| one cell | another one |\n".repeat(bytes / 27))
    });
}

#[test]
fn one_giant_paragraph_is_not_quadratic() {
    let text = "word ".repeat(20_000);
    // Parsing all of it for each of 25,000 pieces would be 1.25 GB.
    assert!(cost(&text) < 120_000_000, "{}", cost(&text));
}

#[test]
fn nesting_without_end_does_not_exhaust_the_stack() {
    for text in [
        ">".repeat(20_000),
        "- ".repeat(20_000),
        "*a ".repeat(20_000),
        "**a _b ".repeat(5_000),
        "[".repeat(20_000),
        "![".repeat(5_000),
    ] {
        parse(&text);
    }
}
