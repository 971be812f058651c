//! Where a long value is cut, so that it fills three lines with "… Show all 14 lines" at its end. Measured on the page: only the page
//! knows how its lines break.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::{row::thousands, visible::Stretch};

/// Longer values are cut.
const LINES: u32 = 3;
/// More characters than three lines can hold, at any width.
const MOST: usize = 1_500;
/// The lines of a value of more characters are not counted: its size is told instead.
pub const LARGE: usize = 20_000;

/// What of a value is shown, and what it says at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// So many characters and labels of it.
    pub letters: usize,
    /// "Show all 14 lines".
    pub label: String,
}

/// Where to cut a value that stands whole in `block` (up to [`LARGE`] characters of it); none where it needs no cut.
pub fn measure(block: &HtmlElement, text: &[Stretch]) -> Option<Cut> {
    let counted = lines(block);
    let total = length(text);
    if counted <= LINES && total <= LARGE {
        return None;
    }
    let label = if total > LARGE {
        let bytes: usize = text.iter().map(bytes).sum();
        format!("Show all, {} KB", thousands(bytes.div_ceil(1_000) as u64))
    } else {
        format!("Show all {} lines", thousands(counted.into()))
    };
    let trial = Trial::beside(block)?;
    let fits = |letters: &usize| {
        trial.write(&first(text, *letters), &label);
        lines(&trial.0) <= LINES
    };
    let ends: Vec<usize> = (0..=total.min(MOST)).collect();
    let letters = ends.partition_point(fits).saturating_sub(1);
    Some(Cut { letters, label })
}

/// The beginning of a text: so many characters, a label counts for one.
pub fn first(text: &[Stretch], letters: usize) -> Vec<Stretch> {
    let mut left = letters;
    let mut begun = Vec::new();
    for stretch in text {
        if left == 0 {
            break;
        }
        let (part, taken) = match stretch {
            Stretch::Plain(plain) => {
                let end = plain.char_indices().nth(left).map_or(plain.len(), |(at, _)| at);
                (Stretch::Plain(plain[..end].to_owned()), plain[..end].chars().count())
            }
            Stretch::Hidden(_) | Stretch::Blank(_) | Stretch::Note(_) => (stretch.clone(), 1),
        };
        left -= taken;
        begun.push(part);
    }
    begun
}

fn length(text: &[Stretch]) -> usize {
    text.iter()
        .map(|stretch| match stretch {
            Stretch::Plain(plain) => plain.chars().count(),
            Stretch::Hidden(_) | Stretch::Blank(_) | Stretch::Note(_) => 1,
        })
        .sum()
}

fn bytes(stretch: &Stretch) -> usize {
    match stretch {
        Stretch::Plain(text) | Stretch::Hidden(text) | Stretch::Blank(text) => text.len(),
        Stretch::Note(_) => 0,
    }
}

/// A copy of the value that is laid out and not seen. Gone when dropped.
struct Trial(HtmlElement);

impl Drop for Trial {
    fn drop(&mut self) {
        self.0.remove();
    }
}

impl Trial {
    fn beside(block: &HtmlElement) -> Option<Self> {
        let copy: HtmlElement = document().create_element("div").ok()?.dyn_into().ok()?;
        copy.set_class_name("value trial");
        copy.style().set_property("width", &format!("{}px", block.client_width())).ok()?;
        block.parent_element()?.append_child(&copy).ok()?;
        Some(Self(copy))
    }

    fn write(&self, text: &[Stretch], label: &str) {
        self.0.set_text_content(None);
        for stretch in text {
            match stretch {
                Stretch::Plain(text) => self.add(None, text),
                Stretch::Hidden(label) | Stretch::Blank(label) | Stretch::Note(label) => {
                    self.add(Some("unseen"), label)
                }
            }
        }
        self.add(None, "… ");
        self.add(Some("link more-lines"), label);
    }

    /// Where the page makes no element the value is cut a little early or late, and nothing is lost.
    fn add(&self, class: Option<&str>, text: &str) {
        let Some(class) = class else {
            self.0.append_with_str_1(text).ok();
            return;
        };
        if let Ok(span) = document().create_element("span") {
            span.set_class_name(class);
            span.set_text_content(Some(text));
            self.0.append_child(&span).ok();
        }
    }
}

/// How many lines a block of text takes on the page.
fn lines(block: &HtmlElement) -> u32 {
    let height = f64::from(block.scroll_height());
    let element: &Element = block.as_ref();
    let line = window()
        .get_computed_style(element)
        .ok()
        .flatten()
        .and_then(|style| style.get_property_value("line-height").ok())
        .and_then(|line| line.trim_end_matches("px").parse::<f64>().ok())
        .filter(|line| *line > 0.0)
        .unwrap_or(20.0);
    // At most some thousands of lines.
    (height / line).round().max(0.0) as u32
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn the_beginning_of_a_text_counts_labels_as_one_and_splits_no_character() {
        let text = [Stretch::Plain("aé".into()), Stretch::Hidden("U+202E".into()), Stretch::Plain("日本".into())];
        assert_eq!(first(&text, 0), []);
        assert_eq!(first(&text, 2), text[..1]);
        assert_eq!(first(&text, 3), text[..2]);
        assert_eq!(first(&text, 4), [text[0].clone(), text[1].clone(), Stretch::Plain("日".into())]);
        assert_eq!(first(&text, 99), text);
        assert_eq!(length(&text), 5);
    }
}
