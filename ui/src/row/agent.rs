//! A row within an agent's turn: the gutter with its line, and name, role and time where the turn begins.

use leptos::prelude::*;

use super::{Shape, Shown};
use crate::{
    icons::{Monogram, hue_class},
    timeline::{Entry, Rows},
};

/// The classes of a row's article.
pub(super) fn classes(shown: &Shown, shape: Shape) -> String {
    let own = match shape {
        Shape::User => return "entry said".to_owned(),
        Shape::Usage if shown.entry.turn.is_some() => return "entry used in-turn".to_owned(),
        Shape::Usage => return "entry used".to_owned(),
        Shape::HandOff if shown.entry.speaker.is_none() => return "entry sys-entry".to_owned(),
        Shape::HandOff => "handing",
        Shape::Notice | Shape::Gap => return "entry sys-entry".to_owned(),
        Shape::Round => return "entry mark".to_owned(),
        Shape::Assistant => "speech",
        Shape::Reasoning | Shape::Tool => "stepped",
        Shape::Trouble => "trouble",
    };
    let Some(speaker) = &shown.entry.speaker else { return format!("entry turn solo {own}") };
    let mut classes = format!("entry turn {} {own}", hue_class(shown.rows.member(speaker).hue));
    if shown.entry.opens {
        classes.push_str(" opens");
    }
    if shown.rows.is_solo() {
        classes.push_str(" solo");
    }
    if shown.entry.turn.is_some() && shown.rows.live_turn() == shown.entry.turn {
        classes.push_str(" live");
    }
    classes
}

/// Gutter and body of an item.
pub(super) fn within(shown: &Shown, content: AnyView) -> impl IntoView + use<> {
    frame(&shown.rows, &shown.entry, shown.clock(), content)
}

/// Gutter and body.
pub(super) fn frame(rows: &Rows, entry: &Entry, clock: String, content: AnyView) -> impl IntoView + use<> {
    let head = entry.speaker.clone().filter(|_| entry.opens);
    let monogram = head.clone().map(|speaker| {
        let rows = rows.clone();
        move || {
            let member = rows.member(&speaker);
            view! { <Monogram letters=member.monogram hue=member.hue/> }
        }
    });
    let header = head.map(|speaker| {
        let role = {
            let (rows, speaker) = (rows.clone(), speaker.clone());
            move || rows.member(&speaker).role
        };
        view! {
            <header class="who">
                <span class="nm">{markdown::visible(&speaker.name).into_owned()}</span>
                <span class="ro">{role}</span>
                <span class="tm">{clock}</span>
            </header>
        }
    });
    view! {
        <div class="gut">{monogram}</div>
        <div class="body">{header}{content}</div>
    }
}
