//! One row of the timeline, by what it shows. Each draws exactly one element (`timeline::scroll` counts on it).

mod agent;
mod copying;
mod gap;
mod mark;
mod pictures;
mod reasoning;
mod speech;
mod table;
mod tool;
mod tool_card;
mod tool_ending;
mod trouble;
mod user;
mod words;

use leptos::prelude::*;
use model::{Content, Item, ItemId, Notice};

pub use table::halted;
pub use words::{counted, seconds, size, thousands};

use crate::{
    lightbox::Gallery,
    timeline::{Doings, Entry, Rows, What, time, who::author_word},
};

/// A row.
#[component]
pub fn Row(
    /// The conversation it belongs to.
    rows: Rows,
    /// Which row.
    entry: Entry,
    /// What it can ask for.
    doings: Doings,
) -> impl IntoView {
    match entry.what.clone() {
        What::Day(day) => mark::day(day).into_any(),
        What::NewSince(at) => mark::new_since(at).into_any(),
        What::Fold { calls, unfolded } => tool::fold(&rows, &entry, &calls, unfolded).into_any(),
        What::Item(id) => match rows.item(&id) {
            Some(item) => view! { <ItemRow shown=Shown::new(rows, entry, id, item, doings)/> }.into_any(),
            // Taken out in this very frame; its row goes with the next one.
            None => view! { <div></div> }.into_any(),
        },
    }
}

/// An item as its row shows it.
#[derive(Clone)]
pub(crate) struct Shown {
    rows: Rows,
    entry: Entry,
    id: ItemId,
    item: ArcRwSignal<Item>,
    doings: Doings,
    /// Changes when anything but growing text does.
    state: ArcMemo<Option<&'static str>>,
}

impl Shown {
    fn new(rows: Rows, entry: Entry, id: ItemId, item: ArcRwSignal<Item>, doings: Doings) -> Self {
        let state = ArcMemo::new({
            let item = item.clone();
            move |_| item.with(Item::state)
        });
        Self { rows, entry, id, item, doings, state }
    }

    /// "10:42".
    fn clock(&self) -> String {
        time::clock(self.item.with_untracked(|item| item.at))
    }
}

/// What an item's row looks like as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    User,
    Assistant,
    Reasoning,
    Tool,
    Trouble,
    Usage,
    HandOff,
    Notice,
    Gap,
    Round,
}

impl Shape {
    fn of(item: &Item) -> Self {
        match &item.content {
            Content::User { .. } => Self::User,
            Content::Assistant { .. } => Self::Assistant,
            Content::Reasoning { .. } => Self::Reasoning,
            Content::Tool(_) => Self::Tool,
            Content::Error(_) => Self::Trouble,
            Content::Notice(Notice::Usage { .. }) => Self::Usage,
            Content::Notice(Notice::HandOff { .. }) => Self::HandOff,
            Content::Notice(
                Notice::Stopped
                | Notice::Ended { .. }
                | Notice::Compacted { .. }
                | Notice::Unknown { .. }
                | Notice::Guard { .. }
                | Notice::Table { .. }
                | Notice::Late { .. }
                | Notice::System { .. },
            ) => Self::Notice,
            Content::Gap => Self::Gap,
            Content::Round { .. } => Self::Round,
        }
    }
}

/// The article around an item, with its handles; what is in it depends on the item's shape.
#[component]
fn ItemRow(shown: Shown) -> impl IntoView {
    let item = shown.item.clone();
    let shape = Memo::new({
        let item = item.clone();
        move |_| item.with(Shape::of)
    });
    let (author, kind) = item.with_untracked(|item| (author_word(&item.author), item.kind()));
    let label = {
        let name = match author.as_str() {
            "you" => "You".to_owned(),
            "app" => "Tertulia".to_owned(),
            name => name.to_owned(),
        };
        format!("{name}, {}", shown.clock())
    };
    let state = shown.state.clone();
    let found = {
        let (sought, id) = (shown.rows.sought().clone(), shown.id.clone());
        Memo::new(move |_| sought.is_found(&id))
    };
    let (looking, within, show) = (shown.clone(), shown.clone(), shown.doings.show_images.clone());
    let article = NodeRef::<leptos::html::Article>::new();
    let look = move |event: web_sys::MouseEvent| {
        let Some(article) = article.get_untracked() else { return };
        if let Some(gallery) = Gallery::pressed(event.target(), &article) {
            show(gallery);
        }
    };
    view! {
        <article
            class=move || {
                let mut classes = agent::classes(&looking, shape.get());
                if found.get() {
                    classes.push_str(" found");
                }
                classes
            }
            data-testid="item"
            data-id=shown.id.to_string()
            data-kind=kind
            data-author=author
            data-state=move || state.get()
            aria-label=label
            tabindex="-1"
            node_ref=article
            on:click=look
        >
            {move || {
                let shown = within.clone();
                match shape.get() {
                    Shape::User => user::view(shown).into_any(),
                    Shape::Assistant => agent::within(&shown, speech::view(shown.clone()).into_any()).into_any(),
                    Shape::Reasoning => agent::within(&shown, reasoning::view(shown.clone()).into_any()).into_any(),
                    Shape::Tool => agent::within(&shown, tool::view(shown.clone()).into_any()).into_any(),
                    Shape::Trouble => agent::within(&shown, trouble::view(shown.clone()).into_any()).into_any(),
                    Shape::Usage => mark::usage(&shown).into_any(),
                    Shape::HandOff => table::hand_off(&shown),
                    Shape::Notice => mark::notice(&shown).into_any(),
                    Shape::Gap => gap::view(shown).into_any(),
                    Shape::Round => mark::round(&shown).into_any(),
                }
            }}
        </article>
    }
}
