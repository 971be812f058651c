//! What went wrong in a turn, below the words that were kept: what happened, why, and the way out.

use leptos::prelude::*;
use model::{Content, TextState};

use super::Shown;
use crate::{
    copy::copy,
    icons::{Icon, Symbol},
};

pub(super) fn view(shown: Shown) -> impl IntoView {
    let item = shown.item.clone();
    let trouble = Memo::new(move |_| {
        item.with(|item| match &item.content {
            Content::Error(trouble) => Some(trouble.clone()),
            _ => None,
        })
    });
    let details_open = shown.rows.disclosure(&format!("{}/details", shown.id));
    let (retry, skip, id) = (shown.doings.retry.clone(), shown.doings.skip.clone(), shown.id.clone());
    // At a table a turn can be tried again while the table waits for that; afterwards it has gone on.
    let fails = {
        let (rows, id) = (shown.rows.clone(), id.clone());
        Memo::new(move |_| rows.fails_at(&id))
    };
    let retried = {
        let rows = shown.rows.clone();
        move || !rows.is_led() || fails.with(Option::is_some)
    };
    // Until it is known what became of it, it is no trouble yet.
    let is_pending = {
        let (rows, turn) = (shown.rows.clone(), shown.entry.turn.clone());
        Memo::new(move |_| turn.as_ref().is_some_and(|turn| rows.is_resuming(turn)))
    };
    let names = shown.rows.clone();
    let is_open = details_open.clone();
    let details = move || {
        let details = trouble.get()?.details.filter(|_| is_open.get())?;
        let text = markdown::visible(&details).into_owned();
        let copied = text.clone();
        let click = move |_| {
            let text = copied.clone();
            leptos::task::spawn_local(async move {
                copy(&text).await;
            });
        };
        Some(view! {
            <div class="details">
                <pre tabindex="0">{text}</pre>
                <button class="btn quiet tight" type="button" on:click=click><Icon symbol=Symbol::Copy class="s"/>"Copy"</button>
            </div>
        })
    };
    let more = move || {
        trouble.get().and_then(|trouble| trouble.details).map(|_| {
            let (open, expanded) = (details_open.clone(), details_open.clone());
            view! {
                <button
                    class="btn quiet tight"
                    type="button"
                    aria-expanded=move || if expanded.get() { "true" } else { "false" }
                    on:click=move |_| open.update(|open| *open = !*open)
                >
                    "Details"
                </button>
            }
        })
    };
    view! {
        <div class="note bad" role="group" aria-label="What went wrong" hidden=move || is_pending.get()>
            <Icon symbol=Symbol::Alert/>
            <div class="grow">
                <b>{move || trouble.get().map(|trouble| trouble.what)}</b>
                <p class="t2">{move || trouble.get().map(|trouble| trouble.why)}</p>
                <div class="btns">
                    {move || retried().then(|| {
                        let (retry, id) = (retry.clone(), id.clone());
                        view! {
                            <button class="btn" type="button" data-testid="retry" on:click=move |_| retry(id.clone())>
                                <Icon symbol=Symbol::Retry class="s"/>
                                "Retry"
                            </button>
                        }
                    })}
                    {move || fails.get().map(|agent| {
                        let (skip, name) = (skip.clone(), names.name_of(&agent));
                        view! {
                            <button class="btn" type="button" data-testid="skip" on:click=move |_| skip(agent.clone())>
                                {format!("Skip {name}")}
                            </button>
                        }
                    })}
                    {more}
                </div>
                {details}
            </div>
        </div>
    }
}

/// Below words that were cut off by a lost connection: that they were, and the way on. Words stopped by the user need none.
pub(super) fn cut_off(shown: &Shown) -> Option<impl IntoView + use<>> {
    let is_cut = shown.state.get() == Some("interrupted");
    let is_words = shown
        .item
        .with_untracked(|item| matches!(&item.content, Content::Assistant { state: TextState::Interrupted, .. }));
    let (retry, id) = (shown.doings.retry.clone(), shown.id.clone());
    let is_told = shown.entry.turn.as_ref().is_some_and(|turn| shown.rows.is_troubled(turn));
    (is_cut && is_words && !is_told).then(|| {
        view! {
            <div class="cut-off">
                <Icon symbol=Symbol::Offline class="s"/>
                <span>"Interrupted"</span>
                <button class="link" type="button" data-testid="retry" on:click=move |_| retry(id.clone())>"Retry"</button>
            </div>
        }
    })
}
