//! Takes out what cannot be seen but could mislead: tags, direction marks, characters without width, controls. Joiners stay, words in
//! many scripts and emoji need them.

use std::borrow::Cow;

/// The same text without invisible characters: what may be shown, and what is copied.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_hidden) {
        Cow::Owned(text.chars().filter(|letter| !is_hidden(*letter)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Cleans a text and makes its line ends `\n`.
pub(crate) fn whole(text: &str) -> String {
    let mut cleaner = Cleaner::default();
    let mut out = String::with_capacity(text.len());
    cleaner.push(text, &mut out);
    out
}

/// The same for a text that comes in pieces: a line end may be cut in two.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cleaner {
    after_return: bool,
}

impl Cleaner {
    /// Appends the cleaned piece.
    pub(crate) fn push(&mut self, piece: &str, out: &mut String) {
        for letter in piece.chars() {
            match letter {
                '\r' => out.push('\n'),
                '\n' if self.after_return => {}
                letter if is_hidden(letter) => {}
                letter => out.push(letter),
            }
            self.after_return = letter == '\r';
        }
    }
}

/// Characters that are never shown: those by which text has been hidden from people and not from models.
fn is_hidden(letter: char) -> bool {
    match letter {
        '\n' | '\t' | '\r' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{ad}' | '\u{180e}' | '\u{200b}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => true,
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joiners_and_marks_of_real_scripts_stay() {
        for text in ["می\u{200c}خواهم", "👩\u{200d}👩\u{200d}👧", "שלום\u{200f}", "a\tb\nc", "ß é 漢字 ❤\u{fe0f}"]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn what_hides_or_turns_text_goes() {
        assert_eq!(
            visible("a\u{e0041}\u{e0042}b\u{202e}c\u{2066}d\u{200b}e\u{feff}f\u{115f}g\u{3164}h\u{1b}i\0j"),
            "abcdefghij"
        );
    }

    #[test]
    fn line_ends_cut_in_two_are_one() {
        let mut cleaner = Cleaner::default();
        let mut out = String::new();
        for piece in ["a\r", "\nb", "\r\r\n", "\n"] {
            cleaner.push(piece, &mut out);
        }
        assert_eq!(out, whole("a\r\nb\r\r\n\n"));
        assert_eq!(out, "a\nb\n\n\n");
    }
}
