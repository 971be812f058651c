//! Which writing a letter belongs to, and words in which one writing poses as another: host names, commands, names of tools. Pure.

pub(super) fn belongs_to_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '-' || is_dot(letter)
}

/// The full stop, and those that a browser takes for one.
fn is_dot(letter: char) -> bool {
    matches!(letter, '.' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}')
}

/// A host name in punycode, if it mixes scripts: within one label, or anywhere in it where it is certainly an address. A name that is
/// drawn wholly with letters that look Latin counts too.
pub(super) fn punycode(word: &str, addressed: bool) -> Option<String> {
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

/// Which letters of a word only pose as the Latin ones beside them: "sudо" with a Cyrillic о.
pub(super) fn posing(word: &[char]) -> Vec<bool> {
    let mut posing = vec![false; word.len()];
    let mut from = 0;
    for part in word.split_inclusive(|letter| *letter == '-' || is_dot(*letter)) {
        if part.iter().any(char::is_ascii_alphabetic) {
            for (at, letter) in part.iter().enumerate() {
                posing[from + at] = is_latin_double(*letter) || is_styled(*letter);
            }
        }
        from += part.len();
    }
    posing
}

/// A name that may be taken for another: of several scripts, of Latin doubles only, or of letters that are ornaments.
pub(super) fn is_odd_name(name: &str) -> bool {
    name.chars().any(is_styled) || mixes(name) || poses_as_latin(name)
}

fn mixes(text: &str) -> bool {
    let mut scripts = text.chars().filter(|letter| letter.is_alphabetic()).map(script);
    let Some(first) = scripts.next() else { return false };
    scripts.any(|script| script != first)
}

/// Which writing a letter belongs to, as finely as names need it: languages that mix writings by themselves are one.
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
    letters.peek().is_some() && letters.all(is_latin_double)
}

/// A letter of another script that is drawn like a Latin one.
fn is_latin_double(letter: char) -> bool {
    "асԁеһіјӏорԛѕѵԝхуԍҽАВЕЅІЈКМНОРСТХУԌοανρυικΑΒΕΖΗΙΚΜΝΟΡΤΥΧհոսցօՏՕ".contains(letter)
        || matches!(letter, '\u{13A0}'..='\u{13FF}' | '\u{AB70}'..='\u{ABBF}')
}

/// A Latin letter in costume: full width, mathematical, in a circle, phonetic.
fn is_styled(letter: char) -> bool {
    matches!(letter,
        '\u{250}'..='\u{2AF}' | '\u{1D00}'..='\u{1DBF}' | '\u{2100}'..='\u{214F}' | '\u{2160}'..='\u{2188}'
        | '\u{2460}'..='\u{24FF}' | '\u{FF10}'..='\u{FF5A}' | '\u{1D400}'..='\u{1D7FF}' | '\u{1F100}'..='\u{1F1E5}')
        && letter.is_alphanumeric()
}
