//! What the sidebar says of a conversation: the beginning of the last words, on one line, without Markdown. Pure.

use model::{Content, ImageRef, Item, LastWords, SendState, TextState, ToolState};

/// Letters of the last words that are kept.
const LETTERS: usize = 160;

/// The last words of a conversation, of those that say something. What still grows is left out: the row says who speaks, not every
/// word. `cut_short`: it counts as interrupted, because this is what will be read if nothing is saved after it.
pub(super) fn last_words(items: &[Item], cut_short: bool) -> Option<LastWords> {
    items.iter().rev().find_map(|item| {
        let text = match &item.content {
            Content::User { text, images, state } => match state {
                SendState::Sending if cut_short => format!("Interrupted: {}", said(text, images)),
                SendState::Sending | SendState::Sent => said(text, images),
                SendState::Failed { .. } => format!("Not sent: {}", said(text, images)),
                SendState::Doubtful { .. } => format!("May not have arrived: {}", said(text, images)),
            },
            Content::Assistant { text, state, .. } if !text.trim().is_empty() => match state {
                TextState::Interrupted => format!("Interrupted: {}", one_line(text)),
                TextState::Streaming if cut_short => format!("Interrupted: {}", one_line(text)),
                TextState::Streaming => return None,
                TextState::Done | TextState::Stopped => one_line(text),
            },
            Content::Assistant { .. }
            | Content::Reasoning { .. }
            | Content::Tool(_)
            | Content::Notice(_)
            | Content::Error(_)
            | Content::Gap
            | Content::Round { .. } => return None,
        };
        Some(LastWords { speaker: item.speaker().map(|speaker| speaker.name.clone()), text, at: item.at })
    })
}

/// The user's words, or what they sent without any.
fn said(text: &str, images: &[ImageRef]) -> String {
    match (one_line(text), images.len()) {
        (words, 0) => words,
        (words, _) if !words.is_empty() => words,
        (_, 1) => "Image".to_owned(),
        (_, images) => format!("{images} images"),
    }
}

/// How many tool calls wait for the user.
pub(super) fn waiting(items: &[Item]) -> u32 {
    let waits = |item: &&Item| item.tool().is_some_and(|call| call.state == ToolState::AwaitingApproval);
    u32::try_from(items.iter().filter(waits).count()).unwrap_or(u32::MAX)
}

/// The beginning of a text on one line, without the marks of Markdown.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let words = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("```"))
        .flat_map(|line| line.trim_start().trim_start_matches(['#', '>', '-', '*', '|']).split_whitespace());
    let mut letters = 0;
    for word in words {
        let gap = if line.is_empty() { "" } else { " " };
        for letter in gap.chars().chain(word.chars()).filter(|letter| !matches!(letter, '*' | '`')) {
            if letters == LETTERS {
                line.push('…');
                return line;
            }
            letters += 1;
            line.push(letter);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_one_plain_line() {
        assert_eq!(one_line("# Plan\n\n- **one** `two`\n```rust\nlet\n```\n> three"), "Plan one two let three");
        assert_eq!(one_line("  \n "), "");
        assert_eq!(one_line("a_b **c**"), "a_b c");
        assert!(one_line(&"word ".repeat(10_000)).chars().count() <= LETTERS + 1);
        assert_eq!(one_line(&"x".repeat(1 << 20)).chars().count(), LETTERS + 1);
    }
}
