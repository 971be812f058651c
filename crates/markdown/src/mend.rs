//! The end of a text that is still being written: what is unmatched there may be matched by the next word, so it is hidden or closed
//! for the time being, and no marker flashes up. When the block ends, it is parsed as it stands.

use std::ops::Range;

use crate::{build::Piece, tree::Inline};

/// A link's text is waited for up to so many bytes; a bracket that stays open longer is a bracket.
const LINK_TEXT: usize = 160;
/// The same for its address.
const LINK_TARGET: usize = 2_000;
/// The same for code within a line.
const CODE: usize = 300;

/// How much of the open end of a text may be shown: the rest could still become a marker. Nothing of a line within a fence comes here.
pub(crate) fn shown(tail: &str) -> usize {
    let (before, line) = tail.split_at(tail.rfind('\n').map_or(0, |at| at + 1));
    let content = line.trim_start_matches([' ', '\t', '>']);
    if is_marker(content) || content.starts_with('|') {
        return header(before);
    }
    if content.is_empty() || content.chars().all(|letter| matches!(letter, '|' | '-' | ':' | ' ' | '\t')) {
        let kept = header(before);
        if kept < before.len() {
            return kept;
        }
    }
    if let Some(at) = open_task(content) {
        return tail.len() - content.len() + at;
    }
    before.len() + shown_of_line(line)
}

/// Without the first line of what may become a table, if `before` ends in one.
fn header(before: &str) -> usize {
    let Some(lines) = before.strip_suffix('\n') else { return before.len() };
    let start = lines.rfind('\n').map_or(0, |at| at + 1);
    let last = lines[start..].trim();
    let is_rule = last.chars().all(|letter| matches!(letter, '|' | '-' | ':' | ' '));
    if last.starts_with('|') && !is_rule { start } else { before.len() }
}

/// A line that so far could be the beginning of a rule, an underline, a list item, a heading, a fence or a quote.
fn is_marker(content: &str) -> bool {
    let content = content.trim_end();
    let marks = |letter: char| matches!(letter, '-' | '=' | '*' | '_' | '+' | '#' | '`' | '~' | ' ');
    let number = content.trim_end_matches(['.', ')']);
    let numbered =
        number.len() <= 9 && content.len() <= number.len() + 1 && number.chars().all(|letter| letter.is_ascii_digit());
    !content.is_empty() && (content.chars().all(marks) || numbered)
}

/// Where `[ ]` begins in a list item that has nothing else yet.
fn open_task(content: &str) -> Option<usize> {
    let after =
        content.trim_start_matches(|letter: char| letter.is_ascii_digit()).strip_prefix(['-', '*', '+', '.', ')'])?;
    let task = after.trim_start();
    (task.len() < after.len() && matches!(task.trim_end(), "[" | "[ ]" | "[x]" | "[X]" | "[x" | "[X"))
        .then(|| content.len() - task.len())
}

/// The part of the last line that means the same whatever follows.
fn shown_of_line(line: &str) -> usize {
    let escaped = |at: usize| line[..at].chars().rev().take_while(|letter| *letter == '\\').count() % 2 == 1;
    let mut shown = line;
    let run = shown.trim_end_matches(['*', '_', '~', '`']);
    if run.len() < shown.len() {
        shown = if escaped(run.len()) { &line[..run.len() + 1] } else { run };
    }
    if shown.ends_with('\\') && !escaped(shown.len() - 1) {
        shown = &shown[..shown.len() - 1];
    }
    for bracket in ["![", "[", "!"] {
        if shown.ends_with(bracket) && !escaped(shown.len() - bracket.len()) {
            shown = &shown[..shown.len() - bracket.len()];
            break;
        }
    }
    let word = |letter: char| letter.is_ascii_alphanumeric() || letter == '#';
    if let Some(at) = shown.rfind('&').filter(|at| shown.len() - at < 12 && shown[at + 1..].chars().all(word)) {
        shown = &shown[..at];
    }
    let tag = |letter: char| !letter.is_whitespace() && !matches!(letter, '>' | '<');
    if let Some(at) = shown.rfind('<').filter(|at| shown.len() - at < LINK_TARGET && shown[at + 1..].chars().all(tag)) {
        let first = shown[at + 1..].chars().next();
        if first.is_none_or(|letter| letter.is_ascii_alphabetic() || letter == '/') {
            shown = &shown[..at];
        }
    }
    shown.len()
}

/// The pieces of the leaf that is being written, with what is unmatched closed or hidden.
pub(crate) fn close(source: &str, pieces: Vec<Piece>, leaf: Range<usize>) -> Vec<Inline> {
    let mut out = Vec::with_capacity(pieces.len());
    let mut rest = runs(source, pieces).into_iter();
    while let Some((inline, range)) = rest.next() {
        let marker = source.get(range.clone()).unwrap_or_default();
        let unmatched =
            matches!(&inline, Inline::Text(text) if text == marker) && !source[..range.start].ends_with('\\');
        let after = source.get(range.end..leaf.end).unwrap_or_default();
        match marker.chars().next() {
            Some(mark @ ('*' | '_' | '~')) if unmatched && marker.chars().all(|letter| letter == mark) => {
                if !opens(source, &range, mark) {
                    out.push(inline);
                    continue;
                }
                let content = close(source, rest.collect(), leaf);
                if !content.is_empty() {
                    out.push(match (mark, marker.len()) {
                        ('~', _) => Inline::Strike(content),
                        (_, 1) => Inline::Emphasis(content),
                        (_, 2) => Inline::Strong(content),
                        (_, _) => Inline::Strong(vec![Inline::Emphasis(content)]),
                    });
                }
                return out;
            }
            Some('`') if unmatched && marker.chars().all(|letter| letter == '`') => {
                if after.len() > CODE || after.contains('\n') {
                    out.push(inline);
                    continue;
                }
                if !after.trim().is_empty() {
                    out.push(Inline::Code(after.trim_start().to_owned()));
                }
                return out;
            }
            Some('[' | '!') if unmatched && matches!(marker, "[" | "![") => {
                let image = marker.len() == 2;
                match half_link(after) {
                    Half::None => out.push(inline),
                    Half::Text => return out,
                    Half::Target { .. } if image => return out,
                    Half::Target { text } => {
                        let end = range.end + text;
                        out.extend(rest.take_while(|(_, piece)| piece.end <= end).map(|(inline, _)| inline));
                        return out;
                    }
                }
            }
            _ => out.push(inline),
        }
    }
    out
}

/// Joins the markers of one run: the parser gives unmatched ones one by one.
fn runs(source: &str, pieces: Vec<Piece>) -> Vec<Piece> {
    let mark = |range: &Range<usize>| {
        let marker = source.get(range.clone())?;
        let mark = marker.chars().next().filter(|mark| matches!(mark, '*' | '_' | '~' | '`'))?;
        marker.chars().all(|letter| letter == mark).then_some(mark)
    };
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    for (inline, range) in pieces {
        match (out.last_mut(), &inline) {
            (Some((Inline::Text(text), before)), Inline::Text(more))
                if before.end == range.start && mark(before).is_some() && mark(before) == mark(&range) =>
            {
                text.push_str(more);
                before.end = range.end;
            }
            _ => out.push((inline, range)),
        }
    }
    out
}

/// What follows an opening bracket.
enum Half {
    /// No link any more.
    None,
    /// Perhaps the text of one.
    Text,
    /// The text is whole and so long; its address is not.
    Target { text: usize },
}

fn half_link(after: &str) -> Half {
    let mut depth = 0_usize;
    let mut close = None;
    let mut escaped = false;
    for (at, letter) in after.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => depth += 1,
            ']' if depth == 0 => {
                close = Some(at);
                break;
            }
            ']' => depth -= 1,
            _ => {}
        }
    }
    let Some(text) = close else {
        return if after.len() <= LINK_TEXT && !after.contains('\n') { Half::Text } else { Half::None };
    };
    let target = &after[text + 1..];
    match target.chars().next() {
        None => Half::Text,
        Some('(') if target.len() <= LINK_TARGET && !target.contains(['\n', ')']) => Half::Target { text },
        Some(_) => Half::None,
    }
}

/// Whether a run of markers can open emphasis (CommonMark's left-flanking rule).
fn opens(source: &str, run: &Range<usize>, mark: char) -> bool {
    let punctuation = |letter: char| !letter.is_alphanumeric() && !letter.is_whitespace();
    let before = source[..run.start].chars().next_back().unwrap_or(' ');
    let Some(after) = source[run.end..].chars().next() else { return true };
    if after.is_whitespace() || (punctuation(after) && !before.is_whitespace() && !punctuation(before)) {
        return false;
    }
    mark != '_' || !before.is_alphanumeric()
}
