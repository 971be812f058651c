//! Characters that cannot be seen, or that move or cover what stands around them. Pure; what is done about them is in `visible`.

/// Whether a character could not be seen, or would move what stands around it. `previous` is the one before it.
pub(super) fn is_hidden(letter: char, previous: char) -> bool {
    match letter {
        '\n' | ' ' => false,
        // One variation selector says how a sign is drawn ("❤️"); more of them, or one elsewhere, can carry a hidden message.
        '\u{FE0E}' | '\u{FE0F}' => !is_sign(previous),
        _ => {
            is_control(letter)
                || is_odd_space(letter)
                || is_ignorable(letter)
                || is_private(letter)
                || is_overlay(letter)
        }
    }
}

/// Marks that stand above or below the letter before them. More than two on one letter cover the lines around it.
pub(super) fn is_stacked(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5BD}' | '\u{64B}'..='\u{65F}' | '\u{670}'
        | '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{3099}' | '\u{309A}' | '\u{FE20}'..='\u{FE2F}')
}

/// A letter that is written from right to left.
pub(super) fn is_right_to_left(letter: char) -> bool {
    matches!(letter,
        '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

/// Marks drawn through or around the letter before them: struck out, it would read as taken back.
fn is_overlay(letter: char) -> bool {
    matches!(letter, '\u{334}'..='\u{338}' | '\u{20D2}' | '\u{20D3}' | '\u{20D8}'..='\u{20E0}' | '\u{20E2}' | '\u{20E4}'..='\u{20E6}' | '\u{20EA}' | '\u{20EB}')
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
        | '\u{FE00}'..='\u{FE0D}' | '\u{16FE4}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Private use and no characters at all.
fn is_private(letter: char) -> bool {
    matches!(letter, '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{F0000}'..='\u{10FFFF}')
        || (u32::from(letter) & 0xFFFE) == 0xFFFE
}
