//! Small things done to running text once it is parsed. Pure.

use crate::tree::Inline;

/// Joins neighbouring texts and drops empty ones.
pub(crate) fn joined(inlines: impl IntoIterator<Item = Inline>) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::new();
    for inline in inlines {
        match (out.last_mut(), inline) {
            (_, Inline::Text(more)) if more.is_empty() => {}
            (Some(Inline::Text(text)), Inline::Text(more)) => text.push_str(&more),
            (_, inline) => out.push(inline),
        }
    }
    out
}

/// A link within a link (an address in `<…>` inside brackets) is its text.
pub(crate) fn strip_links(inlines: Vec<Inline>) -> Vec<Inline> {
    joined(inlines.into_iter().flat_map(|inline| match inline {
        Inline::Link { content, .. } => content,
        other => vec![other],
    }))
}

/// HTML as lines of text.
pub(crate) fn lines(text: &str) -> Vec<Inline> {
    let mut out = Vec::new();
    for line in text.trim_end_matches('\n').split('\n') {
        if !out.is_empty() {
            out.push(Inline::HardBreak);
        }
        out.push(Inline::Text(line.to_owned()));
    }
    joined(out)
}

/// `<br>` in any spelling: the one tag that means only what Markdown can say too, and that tables need.
pub(crate) fn is_line_break(tag: &str) -> bool {
    let name = tag.trim_start_matches('<').trim_end_matches('>').trim_end_matches('/').trim();
    name.eq_ignore_ascii_case("br")
}
