//! The user's words: a bubble on the right, its time, and whether it went out.

use leptos::prelude::*;
use model::{Content, ImageRef, SendState};

use super::{Shown, copying};
use crate::icons::{Icon, Symbol};

pub(super) fn view(shown: Shown) -> impl IntoView {
    let clock = shown.clock();
    let item = shown.item.clone();
    let text = Memo::new({
        let item = item.clone();
        move |_| {
            item.with(|item| match &item.content {
                Content::User { text, .. } => markdown::visible(text).into_owned(),
                _ => String::new(),
            })
        }
    });
    let state = Memo::new({
        let item = item.clone();
        move |_| {
            item.with(|item| match &item.content {
                Content::User { state, .. } => state.clone(),
                _ => SendState::Sent,
            })
        }
    });
    let images = move || {
        item.with(|item| match &item.content {
            Content::User { images, .. } => images.iter().map(picture).collect(),
            _ => Vec::new(),
        })
    };
    let (retry, id, rows) = (shown.doings.retry.clone(), shown.id.clone(), shown.rows.clone());
    let note = move || {
        let SendState::Failed { reason } = state.get() else { return None };
        // An error below it says why, and offers the way out.
        if rows.is_followed_by_trouble(&id) {
            return None;
        }
        let (retry, id) = (retry.clone(), id.clone());
        Some(view! {
            <div class="unsent" role="status">
                <Icon symbol=Symbol::Alert class="s"/>
                <span>{reason}</span>
                <button class="link" type="button" on:click=move |_| retry(id.clone())>"Retry"</button>
            </div>
        })
    };
    let meta = move || match state.get() {
        SendState::Sending => "Sending".to_owned(),
        SendState::Sent => clock.clone(),
        SendState::Failed { .. } => "Not sent".to_owned(),
    };
    view! {
        {images}
        <div class="ln">
            {copying::button("Copy", "ib sm copy", move || text.get_untracked())}
            <span class="meta" aria-hidden="true">{meta}</span>
            <div class="bub">{move || text.get()}</div>
        </div>
        {note}
    }
}

/// A picture that went with the words.
fn picture(image: &ImageRef) -> impl IntoView + use<> {
    let what = match image {
        ImageRef::Remote { url } => format!("Image on {}", crate::links::place(url)),
        ImageRef::Kept(_) | ImageRef::Stored { .. } | ImageRef::Inline { .. } => "Image".to_owned(),
    };
    view! { <span class="blocked"><Icon symbol=Symbol::Image class="s"/><span>{what}</span></span> }
}
