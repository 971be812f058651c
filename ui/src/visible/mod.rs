//! Makes the invisible visible, for text that someone is about to approve: controls, direction marks, characters without width, tags,
//! odd or unseen spaces, marks that cover the lines around them, letters that pose as others. Pure; drawing the result is in `values`.

mod scripts;
mod unseen;

use scripts::{belongs_to_word, is_odd_name, posing, punycode};
use unseen::{is_hidden, is_right_to_left, is_stacked};

/// So many spaces within a line are told in figures: what follows them could be overlooked.
const WIDE: usize = 16;
/// The same for spaces with which a line begins; code is indented.
const DEEP: usize = 64;
/// So many line breaks in a row are told in figures.
const TALL: usize = 5;
/// So many marks may stand on one letter; no language needs more.
const STACKED: usize = 2;

/// A stretch of text as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// Shown as it is. Line breaks are line breaks.
    Plain(String),
    /// Stands for characters that could not be seen, by their codes: "U+202E", "U+200B ×12". Drawn as a label that no text can imitate.
    Hidden(String),
    /// Stands for ordinary spaces and line breaks that nobody would notice where they are.
    Blank(String),
    /// Stands for nothing: says what the text before it really is.
    Note(String),
}

/// Cuts text into what is plain and what needs a label.
pub fn visible(text: &str) -> Vec<Stretch> {
    shown(text, posing)
}

/// The same for a name, of a tool or an argument: one that could be taken for another has each letter told that is not on every
/// keyboard.
pub fn visible_name(name: &str) -> Vec<Stretch> {
    let odd = is_odd_name(name);
    shown(name, |word| word.iter().map(|letter| odd && !letter.is_ascii() && letter.is_alphanumeric()).collect())
}

/// The same as one text, labels in brackets: for titles and for what is read aloud.
pub fn visible_text(text: &str) -> String {
    as_text(visible(text))
}

/// Stretches as one text, labels in brackets.
pub fn as_text(stretches: Vec<Stretch>) -> String {
    stretches
        .into_iter()
        .map(|stretch| match stretch {
            Stretch::Plain(text) => text,
            Stretch::Hidden(label) | Stretch::Blank(label) | Stretch::Note(label) => format!("[{label}]"),
        })
        .collect()
}

/// Whether text runs in both directions, so that its order on the screen is not the order in which it is sent.
pub fn runs_both_ways(text: &str) -> bool {
    text.chars().any(is_right_to_left) && text.chars().any(|letter| letter.is_ascii_alphanumeric())
}

fn shown(text: &str, posing: impl Fn(&[char]) -> Vec<bool>) -> Vec<Stretch> {
    let letters: Vec<char> = text.chars().collect();
    let mut out = Writing::default();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let run = |belongs: &dyn Fn(usize) -> bool| (at..letters.len()).take_while(|at| belongs(*at)).count().max(1);
        let taken = match letter {
            ' ' => {
                let count = run(&|at| letters[at] == ' ');
                spaces(&letters, at, count, &mut out);
                count
            }
            '\n' => {
                let count = run(&|at| letters[at] == '\n');
                breaks(at + count == letters.len(), count, &mut out);
                count
            }
            _ if is_unseen(&letters, at) => {
                let count = run(&|at| !matches!(letters[at], ' ' | '\n') && is_unseen(&letters, at));
                out.push(Stretch::Hidden(codes(&letters[at..at + count])));
                count
            }
            _ if belongs_to_word(letter) => {
                let count = run(&|at| belongs_to_word(letters[at]) && !is_unseen(&letters, at));
                word(&letters, at, count, &posing, &mut out);
                count
            }
            _ => {
                out.plain.push(letter);
                1
            }
        };
        at += taken;
    }
    out.flush();
    out.stretches
}

/// What was written so far; plain text gathers until a label comes.
#[derive(Default)]
struct Writing {
    stretches: Vec<Stretch>,
    plain: String,
}

impl Writing {
    fn push(&mut self, label: Stretch) {
        self.flush();
        self.stretches.push(label);
    }

    fn flush(&mut self) {
        if !self.plain.is_empty() {
            self.stretches.push(Stretch::Plain(std::mem::take(&mut self.plain)));
        }
    }
}

fn is_unseen(letters: &[char], at: usize) -> bool {
    let Some(&letter) = letters.get(at) else { return false };
    let previous = at.checked_sub(1).map_or('\0', |before| letters[before]);
    if is_hidden(letter, previous) {
        return true;
    }
    if !is_stacked(letter) {
        return false;
    }
    let before = letters[..at].iter().rev().take(STACKED).take_while(|letter| is_stacked(**letter)).count();
    // A mark with nothing under it would stand on what the app wrote.
    let bears = |at: usize| !letters[at].is_whitespace() && !is_unseen(letters, at);
    before >= STACKED || !at.checked_sub(before + 1).is_some_and(bears)
}

/// Spaces that are seen stay spaces: between words, and as the indentation of a line.
fn spaces(letters: &[char], at: usize, count: usize, out: &mut Writing) {
    let after = letters.get(at + count);
    let at_edge = at == 0 || after.is_none_or(|letter| *letter == '\n');
    let indents = at.checked_sub(1).is_some_and(|before| letters[before] == '\n');
    if at_edge || count >= DEEP || (count >= WIDE && !indents) {
        out.push(Stretch::Blank(times(' ', count)));
    } else {
        out.plain.extend(std::iter::repeat_n(' ', count));
    }
}

/// Line breaks that end a text cannot be seen, and many in a row push what follows out of sight.
fn breaks(ends: bool, count: usize, out: &mut Writing) {
    if ends {
        out.push(Stretch::Blank(times('\n', count)));
    } else if count >= TALL {
        out.plain.push('\n');
        out.push(Stretch::Blank(times('\n', count - 2)));
        out.plain.push('\n');
    } else {
        out.plain.extend(std::iter::repeat_n('\n', count));
    }
}

fn word(letters: &[char], at: usize, count: usize, posing: &impl Fn(&[char]) -> Vec<bool>, out: &mut Writing) {
    let word = &letters[at..at + count];
    let text: String = word.iter().collect();
    if text.is_ascii() {
        out.plain.push_str(&text);
        return;
    }
    let before = &letters[..at];
    let addressed = before.ends_with(&['/', '/']) || before.ends_with(&['@']);
    if let Some(really) = punycode(&text, addressed) {
        out.plain.push_str(&text);
        return out.push(Stretch::Note(really));
    }
    for (letter, poses) in word.iter().zip(posing(word)) {
        out.plain.push(*letter);
        if poses {
            out.push(Stretch::Note(code(*letter)));
        }
    }
}

fn code(letter: char) -> String {
    format!("U+{:04X}", u32::from(letter))
}

fn times(letter: char, count: usize) -> String {
    if count == 1 { code(letter) } else { format!("{} ×{count}", code(letter)) }
}

/// The codes of characters, each run of one character once.
fn codes(letters: &[char]) -> String {
    let runs = letters.chunk_by(|one, other| one == other);
    runs.map(|run| times(run[0], run.len())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn ordinary_text_stays_one_stretch() {
        for text in [
            "orcamentos@graficadouro.pt",
            "Dear Ms Amaral,\n\ncould you price it? 170 × 240 mm",
            "naïve café, 日本語, Ελλάδα, Привет",
            "❤️ 1️⃣ ☎️",
        ] {
            assert_eq!(visible(text), [Stretch::Plain(text.to_owned())]);
        }
    }

    #[wasm_bindgen_test]
    fn what_cannot_be_seen_gets_a_label() {
        for hidden in [
            '\0',
            '\t',
            '\r',
            '\u{1B}',
            '\u{7F}',
            '\u{85}',
            '\u{A0}',
            '\u{AD}',
            '\u{34F}',
            '\u{61C}',
            '\u{115F}',
            '\u{180E}',
            '\u{200B}',
            '\u{200D}',
            '\u{200E}',
            '\u{2028}',
            '\u{202E}',
            '\u{2060}',
            '\u{2066}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{E000}',
            '\u{FE00}',
            '\u{FE0F}',
            '\u{FEFF}',
            '\u{FFA0}',
            '\u{FFF9}',
            '\u{FFFE}',
            '\u{E0001}',
            '\u{E0041}',
            '\u{E0100}',
            '\u{10FFFF}',
        ] {
            let text = format!("rm{hidden}x");
            let label = Stretch::Hidden(format!("U+{:04X}", u32::from(hidden)));
            assert_eq!(visible(&text), [Stretch::Plain("rm".into()), label, Stretch::Plain("x".into())], "{hidden:?}");
        }
    }

    #[wasm_bindgen_test]
    fn a_hidden_message_in_variation_selectors_is_seen() {
        assert_eq!(visible_text("❤\u{FE0F}\u{FE0F}\u{FE0E}"), "❤\u{FE0F}[U+FE0F U+FE0E]");
        assert_eq!(visible_text("ok\u{FE0F}"), "ok[U+FE0F]");
    }

    #[wasm_bindgen_test]
    fn a_reversed_file_name_is_shown_in_the_order_it_has() {
        assert_eq!(visible_text("invoice\u{202E}fdp.exe"), "invoice[U+202E]fdp.exe");
    }

    #[wasm_bindgen_test]
    fn host_names_that_mix_scripts_are_also_shown_as_they_are() {
        // Cyrillic о twice; a Greek omicron; wholly Cyrillic under a Latin domain.
        assert_eq!(visible_text("https://gооgle.com/a"), "https://gооgle.com[xn--ggle-55da.com]/a");
        assert_eq!(visible_text("mail to a@gοogle.com."), "mail to a@gοogle.com.[xn--gogle-rce.com]");
        assert!(visible_text("https://пример.com").contains("[xn--e1afmkfd.com]"));
        assert!(visible_text("see аррӏе.com now").contains("аррӏе.com[xn--80ak6aa92e.com] now"));
    }

    #[wasm_bindgen_test]
    fn honest_host_and_file_names_are_left_alone() {
        for text in [
            "https://bücher.de",
            "https://пример.рф",
            "résumé.pdf",
            "файл.pdf",
            "https://例え.テスト",
            "v1.2.3",
            "Ende. Άλλο",
        ] {
            assert_eq!(visible_text(text), text);
        }
    }

    #[wasm_bindgen_test]
    fn a_host_name_cut_by_something_hidden_is_seen_as_two() {
        assert_eq!(visible_text("good\u{200B}.example"), "good[U+200B].example");
    }

    #[wasm_bindgen_test]
    fn a_run_of_one_character_is_counted() {
        assert_eq!(visible_text("a\u{200B}\u{200B}\u{200B}\u{200C}b"), "a[U+200B ×3 U+200C]b");
    }

    #[wasm_bindgen_test]
    fn spaces_that_nobody_would_notice_are_told() {
        assert_eq!(visible_text("/etc/passwd "), "/etc/passwd[U+0020]");
        assert_eq!(visible_text(" x"), "[U+0020]x");
        assert_eq!(visible_text("one  \ntwo"), "one[U+0020 ×2]\ntwo");
        assert_eq!(visible_text(&format!("ls{}; rm -rf ~", " ".repeat(300))), "ls[U+0020 ×300]; rm -rf ~");
        assert_eq!(visible_text("if a:\n                    b"), "if a:\n                    b", "code is indented");
    }

    #[wasm_bindgen_test]
    fn line_breaks_that_nobody_would_notice_are_told() {
        assert_eq!(visible_text("one\n\ntwo\n"), "one\n\ntwo[U+000A]");
        assert_eq!(visible_text(&format!("one{}two", "\n".repeat(5_000))), "one\n[U+000A ×4998]\ntwo");
    }

    #[wasm_bindgen_test]
    fn marks_that_cover_the_lines_around_them_are_told() {
        assert_eq!(visible_text("Vie\u{302}\u{323}t"), "Vie\u{302}\u{323}t");
        assert_eq!(visible_text("a\u{301}\u{301}\u{301}\u{301}b"), "a\u{301}\u{301}[U+0301 ×2]b");
        assert_eq!(visible_text("\u{301}a"), "[U+0301]a", "nothing to stand on but the app's own words");
        assert_eq!(visible_text("n\u{336}o\u{336}"), "n[U+0336]o[U+0336]");
    }

    #[wasm_bindgen_test]
    fn letters_that_pose_as_their_neighbours_are_told() {
        assert_eq!(visible_text("sudо rm"), "sudо[U+043E] rm");
        assert_eq!(visible_text("/еtc/passwd"), "/е[U+0435]tc/passwd");
        assert_eq!(visible_text("10 μm, Ελλάδα, Привет-hello, naïve"), "10 μm, Ελλάδα, Привет-hello, naïve");
    }

    #[wasm_bindgen_test]
    fn a_name_that_could_be_taken_for_another_is_told() {
        let named = |name: &str| as_text(visible_name(name));
        assert_eq!(named("send_email"), "send_email");
        assert_eq!(named("sеnd_email"), "sе[U+0435]nd_email");
        assert_eq!(named("ｒｍ"), "ｒ[U+FF52]ｍ[U+FF4D]");
        assert_eq!(named("ѕсоре"), "ѕ[U+0455]с[U+0441]о[U+043E]р[U+0440]е[U+0435]");
        assert_eq!(named("отправить"), "отправить", "an honest name of one script");
        assert_eq!(named("send_email\u{200B}"), "send_email[U+200B]");
    }

    #[wasm_bindgen_test]
    fn text_of_both_directions_is_known() {
        assert!(runs_both_ways("שלום/exe.txt") && !runs_both_ways("שלום") && !runs_both_ways("exe.txt"));
    }
}
