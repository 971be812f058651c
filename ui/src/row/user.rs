//! The user's words: a bubble on the right, its time, and whether it went out.

use leptos::prelude::*;
use model::{Content, ItemId, SendState};

use super::{Shown, copying, pictures};
use crate::{
    icons::{Icon, Symbol},
    timeline::Doings,
};

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
    let images = Memo::new(move |_| {
        item.with(|item| match &item.content {
            Content::User { images, .. } => images.clone(),
            _ => Vec::new(),
        })
    });
    let frame = pictures::Frame::of(&shown);
    let images = move || images.with(|images| pictures::listed(&frame, images, "Your image"));
    let (doings, id, rows) = (shown.doings.clone(), shown.id.clone(), shown.rows.clone());
    let note = move || match state.get() {
        SendState::Sending | SendState::Sent | SendState::Doubtful { left: true, .. } => None,
        // An error below it says why, and offers the way out.
        SendState::Failed { .. } if rows.is_followed_by_trouble(&id) => None,
        SendState::Failed { reason } => Some(unsent(reason, &doings, &id, "Retry", false)),
        SendState::Doubtful { reason, left: false } => {
            Some(unsent(format!("It may have arrived. {reason}"), &doings, &id, "Send again", true))
        }
    };
    let meta = move || match state.get() {
        SendState::Sending => "Sending".to_owned(),
        SendState::Sent => clock.clone(),
        SendState::Failed { .. } => "Not sent".to_owned(),
        SendState::Doubtful { .. } => "May not have arrived".to_owned(),
    };
    view! {
        {images}
        <div class="ln">
            {copying::button("Copy", "ib sm copy", move || text.get_untracked())}
            <span class="meta" aria-hidden="true">{meta}</span>
            {move || text.with(|text| !text.is_empty()).then(|| view! { <div class="bub">{text.get()}</div> })}
        </div>
        {note}
    }
}

/// Why words are not known to be sent, and the ways out.
fn unsent(why: String, doings: &Doings, id: &ItemId, again: &'static str, may_be_left: bool) -> impl IntoView + use<> {
    let (retry, leave) = (doings.retry.clone(), doings.leave.clone());
    let (sent, left) = (id.clone(), id.clone());
    view! {
        <div class="unsent" role="status">
            <Icon symbol=Symbol::Alert class="s"/>
            <span>{why}</span>
            <button class="link" type="button" data-testid="send-again" on:click=move |_| retry(sent.clone())>{again}</button>
            {may_be_left.then(|| view! {
                <button class="link" type="button" data-testid="leave" on:click=move |_| leave(left.clone())>"Leave it"</button>
            })}
        </div>
    }
}
