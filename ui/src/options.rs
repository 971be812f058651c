//! How words are sent in this conversation and answers shown: a quiet menu in the bar. Kept by the engine for each conversation.

use leptos::prelude::*;
use model::{Pieces, SendOptions};

use crate::{
    choice::{Segment, Segments},
    grouping::GroupLines,
    icons::{Icon, Symbol},
    menu::Drop,
    open::Open,
    table_menu::TableLines,
};

/// The button, and what drops from it.
#[component]
pub fn OptionsMenu(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let open = StoredValue::new(open);
    view! {
        <Drop
            handle="options"
            label="Options of this conversation"
            face=|| view! { <Icon symbol=Symbol::More/> }
            class="end"
            menu="Options of this conversation"
            open=shown
            form=true
        >
            <GroupLines open=open.get_value()/>
            <TableLines open=open.get_value()/>
            <PiecesChoice open=open.get_value()/>
            <Steps open=open.get_value()/>
            <hr/>
            <Thoughts open=open.get_value()/>
            <WebImages open=open.get_value()/>
        </Drop>
    }
}

/// In which pieces answers come.
#[component]
fn PiecesChoice(open: Open) -> impl IntoView {
    let options = open.options.clone();
    let chosen = Memo::new(move |_| options.with(|options| options.pieces));
    let all = vec![
        Segment::new(Pieces::Auto, "As fits").meaning("Word by word wherever the server loses nothing by it"),
        Segment::new(Pieces::Tokens, "By words").meaning("Word by word"),
        Segment::new(Pieces::Steps, "By steps").meaning("Step by step: each whole, after its tools ran"),
    ];
    let choose = move |pieces| change(&open, |options| options.pieces = pieces);
    view! {
        <div class="opt" data-testid="pieces">
            <span class="lb" aria-hidden="true">"Answers come"</span>
            <Segments label="Answers come" handle="piece" all=all chosen=chosen choose=choose/>
        </div>
    }
}

/// At most so many steps for one answer.
#[component]
fn Steps(open: Open) -> impl IntoView {
    let options = open.options.clone();
    let kept = Memo::new(move |_| options.with(|options| options.max_steps));
    let is_wrong = RwSignal::new(false);
    let open = StoredValue::new(open);
    let keep = move |event| match steps(&event_target_value(&event)) {
        Some(steps) => {
            is_wrong.set(false);
            if steps != kept.get_untracked() {
                open.with_value(|open| change(open, |options| options.max_steps = steps));
            }
        }
        None => is_wrong.set(true),
    };
    view! {
        <label class="opt line">
            <span class="grow">"Steps for one answer"</span>
            <input
                class="input"
                class:bad=is_wrong
                type="number"
                min="1"
                max=SendOptions::MOST_STEPS
                placeholder="No limit"
                data-testid="max-steps"
                aria-invalid=move || is_wrong.get().to_string()
                prop:value=move || kept.get().map(|steps| steps.to_string()).unwrap_or_default()
                on:change=keep
            />
        </label>
        {move || is_wrong.get().then(|| view! { <p class="help bad" role="alert">{format!("1 to {}, or nothing for the server's own limit.", SendOptions::MOST_STEPS)}</p> })}
    }
}

/// What was typed as a limit: `Some(None)` is no limit, `None` is no number that can be one.
fn steps(text: &str) -> Option<Option<u32>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    text.parse().ok().filter(|steps| (1..=SendOptions::MOST_STEPS).contains(steps)).map(Some)
}

#[component]
fn Thoughts(open: Open) -> impl IntoView {
    let options = open.options.clone();
    let on = Memo::new(move |_| options.with(|options| options.reasoning));
    let toggle = move || change(&open, |options| options.reasoning = !options.reasoning);
    view! { <Switch name="show-thoughts" words="Show thoughts" on=on toggle=toggle/> }
}

#[component]
fn WebImages(open: Open) -> impl IntoView {
    let elsewhere = open.rows.elsewhere();
    let on = Memo::new(move |_| elsewhere.always());
    let toggle = move || open.always_load(!on.get_untracked());
    view! { <Switch name="web-images" words="Load images from the web" on=on toggle=toggle/> }
}

/// Something that is on or off, as a line of a menu or a dialog.
#[component]
pub fn Switch(
    /// Its `data-testid`.
    name: &'static str,
    /// What it is.
    words: &'static str,
    /// Whether it is on.
    on: Memo<bool>,
    /// It is pressed.
    toggle: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button class="mi one" type="button" role="switch" aria-checked=move || on.get().to_string() data-testid=name on:click=move |_| toggle()>
            <span class="grow">{words}</span>
            <span class="sw" class:on=on aria-hidden="true"></span>
        </button>
    }
}

fn change(open: &Open, how: impl FnOnce(&mut SendOptions)) {
    let mut options = open.options.get_untracked();
    how(&mut options);
    open.choose(options);
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_limit_is_a_number_or_none() {
        assert_eq!([steps(" 12 "), steps("500"), steps("")], [Some(Some(12)), Some(Some(500)), Some(None)]);
        assert_eq!([steps("0"), steps("501"), steps("-3"), steps("ten")], [None; 4]);
    }
}
