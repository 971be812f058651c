//! Makes the invisible visible, for text that someone is about to approve: controls, direction marks, characters without width, tags,
//! odd spaces, and host names that mix scripts. Pure; drawing the result is in `approval.rs`.

/// A stretch of text as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// Shown as it is. Line breaks are line breaks.
    Plain(String),
    /// Stands for something that could not be seen, or says what a host name really is: drawn as a label that no text can imitate.
    Label(String),
}

/// Cuts text into what is plain and what needs a label.
pub fn visible(text: &str) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut plain = String::new();
    let mut host = String::new();
    // What stood before the host name that is being read: an address says "://" or "@".
    let mut addressed = false;
    let mut before = ['\0'; 3];
    let mut previous = '\0';
    let flush = |plain: &mut String, stretches: &mut Vec<Stretch>| {
        if !plain.is_empty() {
            stretches.push(Stretch::Plain(std::mem::take(plain)));
        }
    };
    for letter in text.chars() {
        let hidden = is_hidden(letter, previous);
        if !hidden && belongs_to_host(letter) {
            if host.is_empty() {
                addressed = before.ends_with(&['/', '/']) || before.ends_with(&['@']);
            }
            host.push(letter);
        } else if !host.is_empty() {
            let really = punycode(&std::mem::take(&mut host), addressed);
            if let Some(really) = really {
                flush(&mut plain, &mut stretches);
                stretches.push(Stretch::Label(really));
            }
        }
        if hidden {
            flush(&mut plain, &mut stretches);
            stretches.push(Stretch::Label(format!("U+{:04X}", u32::from(letter))));
        } else {
            plain.push(letter);
        }
        before = [before[1], before[2], letter];
        previous = letter;
    }
    flush(&mut plain, &mut stretches);
    if let Some(really) = punycode(&host, addressed) {
        stretches.push(Stretch::Label(really));
    }
    stretches
}

/// The same as one text, labels in brackets: for titles and for what is read aloud.
pub fn visible_text(text: &str) -> String {
    visible(text)
        .into_iter()
        .map(|stretch| match stretch {
            Stretch::Plain(text) => text,
            Stretch::Label(label) => format!("[{label}]"),
        })
        .collect()
}

/// Whether a character could not be seen, or would move what stands around it.
fn is_hidden(letter: char, previous: char) -> bool {
    match letter {
        '\n' | ' ' => false,
        // One variation selector says how a sign is drawn ("❤️"); more of them, or one elsewhere, can carry a hidden message.
        '\u{FE0E}' | '\u{FE0F}' => !is_sign(previous),
        _ => is_control(letter) || is_odd_space(letter) || is_ignorable(letter) || is_private(letter),
    }
}

/// Signs that are drawn in two ways: arrows, technical signs, dingbats, emoji, and the bases of keycaps.
fn is_sign(letter: char) -> bool {
    matches!(letter, '\u{A9}' | '\u{AE}' | '\u{203C}'..='\u{3299}' | '\u{1F000}'..='\u{1FAFF}' | '0'..='9' | '#' | '*')
        && !is_odd_space(letter)
        && !is_control(letter)
}

/// General categories Cc, Cf, Zl and Zp (Unicode 16).
fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{AD}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}' | '\u{890}'..='\u{891}' | '\u{8E2}' | '\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFC}'
            | '\u{110BD}' | '\u{110CD}' | '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}')
}

/// Every space but the one on the keyboard.
fn is_odd_space(letter: char) -> bool {
    matches!(
        letter,
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' | '\u{2800}'
    )
}

/// Letters and marks that are drawn as nothing: fillers, joiners, selectors, tags.
fn is_ignorable(letter: char) -> bool {
    matches!(letter,
        '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{3164}' | '\u{FFA0}'
        | '\u{FE00}'..='\u{FE0D}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Private use and no characters at all.
fn is_private(letter: char) -> bool {
    matches!(letter, '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{F0000}'..='\u{10FFFF}')
        || (u32::from(letter) & 0xFFFE) == 0xFFFE
}

fn belongs_to_host(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '-' || is_dot(letter)
}

/// The full stop, and those that a browser takes for one.
fn is_dot(letter: char) -> bool {
    matches!(letter, '.' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}')
}

/// A host name in punycode, if it mixes scripts: within one label, or anywhere in it where it is certainly an address. A name that is
/// drawn wholly with letters that look Latin counts too.
fn punycode(word: &str, addressed: bool) -> Option<String> {
    let host = word.trim_matches(is_dot);
    if host.is_ascii() || !host.contains(is_dot) {
        return None;
    }
    let labels: Vec<&str> = host.split(is_dot).collect();
    let suspicious = labels.iter().any(|label| mixes(label) || poses_as_latin(label)) || (addressed && mixes(host));
    if !suspicious {
        return None;
    }
    let encoded = labels.iter().map(|label| {
        let label = label.to_lowercase();
        if label.is_ascii() { Some(label) } else { Some(format!("xn--{}", idna::punycode::encode_str(&label)?)) }
    });
    Some(encoded.collect::<Option<Vec<_>>>()?.join("."))
}

fn mixes(text: &str) -> bool {
    let mut scripts = text.chars().filter(|letter| letter.is_alphabetic()).map(script);
    let Some(first) = scripts.next() else { return false };
    scripts.any(|script| script != first)
}

/// Which writing a letter belongs to, as finely as host names need it: languages that mix writings by themselves are one.
#[derive(PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Arabic,
    Cherokee,
    EastAsian,
    /// Any other, by its stretch of 128 characters.
    Other(u32),
}

fn script(letter: char) -> Script {
    match letter {
        'A'..='Z' | 'a'..='z' | '\u{AA}' | '\u{BA}' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => Script::Latin,
        '\u{370}'..='\u{3FF}' | '\u{1F00}'..='\u{1FFF}' => Script::Greek,
        '\u{400}'..='\u{52F}' | '\u{1C80}'..='\u{1C8F}' | '\u{2DE0}'..='\u{2DFF}' | '\u{A640}'..='\u{A69F}' => {
            Script::Cyrillic
        }
        '\u{530}'..='\u{58F}' => Script::Armenian,
        '\u{590}'..='\u{5FF}' => Script::Hebrew,
        '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}' | '\u{8A0}'..='\u{8FF}' => Script::Arabic,
        '\u{13A0}'..='\u{13FF}' | '\u{AB70}'..='\u{ABBF}' => Script::Cherokee,
        '\u{1100}'..='\u{11FF}'
        | '\u{2E80}'..='\u{318F}'
        | '\u{31A0}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}' => Script::EastAsian,
        other => Script::Other(u32::from(other) / 128),
    }
}

/// A label of another script all of whose letters have a Latin double.
fn poses_as_latin(label: &str) -> bool {
    let mut letters = label.chars().filter(|letter| letter.is_alphabetic()).peekable();
    letters.peek().is_some() && letters.all(|letter| "асԁеһіјӏорԛѕѵԝхуԍҽοανρυ".contains(letter))
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
            let label = Stretch::Label(format!("U+{:04X}", u32::from(hidden)));
            assert_eq!(visible(&text), [Stretch::Plain("rm".into()), label, Stretch::Plain("x".into())], "{hidden:?}");
        }
    }

    #[wasm_bindgen_test]
    fn a_hidden_message_in_variation_selectors_is_seen() {
        assert_eq!(visible_text("❤\u{FE0F}\u{FE0F}\u{FE0E}"), "❤\u{FE0F}[U+FE0F][U+FE0E]");
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
}
