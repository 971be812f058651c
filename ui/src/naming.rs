//! Naming members in the composer of a table: the button, and the list that opens behind an `@`. Who is addressed by it is the
//! engine's to tell.

use leptos::{html, prelude::*};
use model::Member;
use web_sys::KeyboardEvent;

use crate::{
    focus,
    icons::{Icon, Monogram, Symbol},
    open::Open,
};

/// The word for all who are not muted.
const EVERYONE: &str = "everyone";
/// The list, for `aria-controls`.
const LIST: &str = "names";

/// A name that is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Begun {
    /// Where its `@` stands, as the field counts: in units of UTF-16.
    from: u32,
    /// Where the caret is.
    until: u32,
    /// Which names begin like it, by number.
    found: Vec<usize>,
}

/// The name that is being written before the caret. An `@` within a word, as in a mail's address, begins none.
fn begun(text: &str, caret: u32, names: &[String]) -> Option<Begun> {
    let units: Vec<u16> = text.encode_utf16().take(caret as usize).collect();
    let before = String::from_utf16_lossy(&units);
    let (left, written) = before.rsplit_once('@')?;
    if left.chars().next_back().is_some_and(char::is_alphanumeric) {
        return None;
    }
    let written = written.to_lowercase();
    let fits = |name: &String| name.to_lowercase().starts_with(&written);
    let found: Vec<usize> = names.iter().enumerate().filter(|(_, name)| fits(name)).map(|(at, _)| at).collect();
    let from = u32::try_from(left.encode_utf16().count()).ok()?;
    (!found.is_empty()).then_some(Begun { from, until: caret, found })
}

/// The text with `name` in place of what was begun, and where the caret goes.
fn inserted(text: &str, begun: &Begun, name: &str) -> (String, u32) {
    let units: Vec<u16> = text.encode_utf16().collect();
    let cut = |at: u32| (at as usize).min(units.len());
    let before = String::from_utf16_lossy(&units[..cut(begun.from)]);
    let after = String::from_utf16_lossy(&units[cut(begun.until)..]);
    let named = format!("{before}@{name} ");
    let caret = u32::try_from(named.encode_utf16().count()).unwrap_or(u32::MAX);
    (format!("{named}{}", after.strip_prefix(' ').unwrap_or(&after)), caret)
}

/// What the composer of a table knows of names. A handle: copying it costs nothing.
#[derive(Clone, Copy)]
pub struct Names {
    field: NodeRef<html::Textarea>,
    members: Memo<Vec<Member>>,
    begun: RwSignal<Option<Begun>>,
    /// Which of those found is marked.
    marked: RwSignal<usize>,
    /// The `@` at which the user closed the list: it stays closed there.
    closed: RwSignal<Option<u32>>,
}

impl Names {
    /// Of these members, written in this field. Nobody can be named where there are none.
    pub fn new(field: NodeRef<html::Textarea>, members: Memo<Vec<Member>>) -> Self {
        Self { field, members, begun: RwSignal::new(None), marked: RwSignal::new(0), closed: RwSignal::new(None) }
    }

    /// Tracked: somebody can be named here.
    pub fn are_offered(self) -> bool {
        self.members.with(|members| !members.is_empty())
    }

    /// Tracked: the list is open.
    pub fn is_open(self) -> bool {
        self.begun.with(Option::is_some)
    }

    /// Tracked: the option that is marked, for `aria-activedescendant`.
    pub fn active(self) -> Option<String> {
        self.is_open().then(|| option_id(self.marked.get()))
    }

    /// The id of the list, while it is open.
    pub fn list(self) -> Option<&'static str> {
        self.is_open().then_some(LIST)
    }

    fn names(self) -> Vec<String> {
        let names =
            self.members.with_untracked(|members| members.iter().map(|member| member.name.clone()).collect::<Vec<_>>());
        if names.is_empty() { names } else { names.into_iter().chain([EVERYONE.to_owned()]).collect() }
    }

    /// The text or the caret changed.
    pub fn look(self) {
        let Some(field) = self.field.get_untracked() else { return };
        let caret = field.selection_start().ok().flatten().unwrap_or_default();
        let found = begun(&field.value(), caret, &self.names());
        let at = found.as_ref().map(|begun| begun.from);
        if self.closed.get_untracked() != at {
            self.closed.set(None);
        }
        let found = found.filter(|_| self.closed.get_untracked().is_none());
        let same = self.begun.with_untracked(|before| {
            before.as_ref().map(|begun| &begun.found) == found.as_ref().map(|begun| &begun.found)
        });
        if !same {
            self.marked.set(0);
        }
        self.begun.set(found);
    }

    /// Closes the list, if the composer is still there: one that goes away loses the focus too.
    pub fn close(self) {
        if self.begun.try_with_untracked(Option::is_some) == Some(true) {
            self.begun.set(None);
        }
    }

    /// Does what a key means in the open list; false where it means nothing there.
    pub fn pressed(self, event: &KeyboardEvent, open: &Open) -> bool {
        let Some(begun) = self.begun.get_untracked() else { return false };
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return false;
        }
        let (count, here) = (begun.found.len(), self.marked.get_untracked());
        match event.key().as_str() {
            "ArrowDown" => self.marked.set((here + 1) % count),
            "ArrowUp" => self.marked.set((here + count - 1) % count),
            "Enter" | "Tab" if !event.shift_key() => self.choose(here, open),
            "Escape" => {
                self.closed.set(Some(begun.from));
                self.begun.set(None);
            }
            _ => return false,
        }
        event.prevent_default();
        true
    }

    /// Writes the name that stands in the list at this place.
    fn choose(self, at: usize, open: &Open) {
        let (Some(begun), Some(field)) = (self.begun.get_untracked(), self.field.get_untracked()) else { return };
        let names = self.names();
        let Some(name) = begun.found.get(at).and_then(|number| names.get(*number)) else { return };
        let (text, caret) = inserted(&field.value(), &begun, name);
        self.write(open, text, caret);
        self.begun.set(None);
    }

    /// Writes an `@` where the caret is, which opens the list.
    pub fn begin(self, open: &Open) {
        let Some(field) = self.field.get_untracked() else { return };
        let units: Vec<u16> = field.value().encode_utf16().collect();
        let caret = field.selection_start().ok().flatten().map_or(units.len(), |at| (at as usize).min(units.len()));
        let (before, after) = (String::from_utf16_lossy(&units[..caret]), String::from_utf16_lossy(&units[caret..]));
        let space = if before.chars().next_back().is_some_and(|last| !last.is_whitespace()) { " " } else { "" };
        let begun = format!("{before}{space}@");
        let caret = u32::try_from(begun.encode_utf16().count()).unwrap_or(u32::MAX);
        self.closed.set(None);
        self.write(open, format!("{begun}{after}"), caret);
        self.look();
    }

    fn write(self, open: &Open, text: String, caret: u32) {
        if let Some(field) = self.field.get_untracked() {
            field.set_value(&text);
            field.focus().ok();
            // A field that refuses leaves the caret at the end, where it is not wrong.
            field.set_selection_range(caret, caret).ok();
        }
        open.write(text);
    }
}

fn option_id(at: usize) -> String {
    format!("name-{at}")
}

/// The button that begins a name.
#[component]
pub fn NameButton(
    /// Whom.
    names: Names,
    /// In which conversation.
    open: Open,
) -> impl IntoView {
    view! {
        <button
            class="ib"
            type="button"
            data-testid="name"
            aria-label="Address one agent of the table"
            title="Address one agent of the table"
            on:pointerdown=move |event| event.prevent_default()
            on:click=move |_| names.begin(&open)
        >
            <Icon symbol=Symbol::At/>
        </button>
    }
}

/// Who can be named, above the composer, while a name is being written.
#[component]
pub fn NameList(
    /// Whom.
    names: Names,
    /// In which conversation.
    open: Open,
) -> impl IntoView {
    let open = StoredValue::new(open);
    let option = move |at: usize, number: usize| {
        let member = names.members.with_untracked(|members| members.get(number).cloned());
        let face = match member {
            Some(Member { monogram, hue, name, role, .. }) => view! {
                <Monogram letters=monogram hue=hue size="xs"/>
                <span class="cut">{name}</span>
                <span class="t3 cut">{role}</span>
            }
            .into_any(),
            None => view! {
                <Icon symbol=Symbol::Table/>
                <span>{EVERYONE}</span>
                <span class="t3 cut">"all who are not muted, in order"</span>
            }
            .into_any(),
        };
        view! {
            <li
                class="mi one"
                class:is-hover=move || names.marked.get() == at
                id=option_id(at)
                role="option"
                data-testid="name-option"
                aria-selected=move || (names.marked.get() == at).to_string()
                // The field keeps the focus.
                on:pointerdown=move |event| event.prevent_default()
                on:click=move |_| open.with_value(|open| names.choose(at, open))
            >
                {face}
            </li>
        }
    };
    let found = Memo::new(move |_| names.begun.with(|begun| begun.as_ref().map(|begun| begun.found.clone())));
    Effect::new(move |_| {
        found.track();
        let marked = option_id(names.marked.get());
        request_animation_frame(move || {
            if let Some(option) = focus::by_id(&marked) {
                focus::bring_in_sight(&option);
            }
        });
    });
    move || {
        found.get().map(|found| {
            view! {
                <ul class="menu names" id=LIST role="listbox" aria-label="Who is addressed" data-testid="names">
                    {found.into_iter().enumerate().map(|(at, number)| option(at, number)).collect_view()}
                </ul>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn found(text: &str) -> Option<Vec<usize>> {
        let names = ["Wen", "Wen Li", "Rosa", EVERYONE].map(str::to_owned);
        begun(text, u32::try_from(text.encode_utf16().count()).unwrap(), &names).map(|begun| begun.found)
    }

    #[wasm_bindgen_test]
    fn a_name_begins_with_an_at_of_its_own() {
        assert_eq!(found("@"), Some(vec![0, 1, 2, 3]));
        assert_eq!(found("so, (@we"), Some(vec![0, 1]));
        assert_eq!(found("@Wen l"), Some(vec![1]), "names have spaces");
        assert_eq!([found("@Wen, and"), found("wen@ro"), found("Wen"), found("@x")], [None, None, None, None]);
    }

    #[wasm_bindgen_test]
    fn what_stands_before_and_behind_it_stays() {
        let text = "🌰 ask @ro about it";
        let names = ["Rosa".to_owned()];
        let name = begun(text, 10, &names).unwrap();
        assert_eq!((name.from, name.until), (7, 10));
        assert_eq!(inserted(text, &name, "Rosa"), ("🌰 ask @Rosa about it".to_owned(), 13));
    }
}
