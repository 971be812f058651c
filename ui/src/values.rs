//! The arguments on the card: plain text with labels for what cannot be seen, long values cut until asked for.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;

use crate::{
    arguments::{Argument, Arguments},
    visible::{Stretch, visible},
};

/// Values longer than this many lines are cut.
const LINES: u32 = 3;

/// All arguments of a request. `cut` counts the values that are cut; `open` opens them all.
#[component]
pub fn Values(
    /// What the call would be run with.
    arguments: Arguments,
    /// All values are shown whole.
    open: RwSignal<bool>,
    /// Some value is cut.
    cut: RwSignal<bool>,
) -> impl IntoView {
    match arguments {
        Arguments::Listed(list) if list.is_empty() => view! { <p class="args-none" data-testid="approval-arguments">"Without arguments"</p> }.into_any(),
        Arguments::Listed(list) => view! {
            <dl class="args" data-testid="approval-arguments">
                {list.into_iter().map(|argument| view! { <Value argument=argument open=open cut=cut/> }).collect_view()}
            </dl>
        }
        .into_any(),
        Arguments::Raw(text) => view! {
            <p class="args-none">"These arguments are not valid JSON. They are shown as they came."</p>
            <dl class="args" data-testid="approval-arguments">
                <Value argument=Argument { name: "as received".to_owned(), value: text, is_code: true } open=open cut=cut/>
            </dl>
        }
        .into_any(),
    }
}

#[component]
fn Value(argument: Argument, open: RwSignal<bool>, cut: RwSignal<bool>) -> impl IntoView {
    let lines = RwSignal::new(0_u32);
    let body = NodeRef::<html::Div>::new();
    let here_open = RwSignal::new(false);
    let whole = Memo::new(move |_| open.get() || here_open.get() || lines.get() <= LINES);
    Effect::new(move |_| {
        if let Some(body) = body.get() {
            let counted = count_lines(&body);
            lines.set(counted);
            if counted > LINES {
                cut.set(true);
            }
        }
    });
    view! {
        <dt>{stretches(&argument.name)}</dt>
        <dd class:mono=argument.is_code>
            <div class="value" class:cut-value=move || !whole.get() node_ref=body>{stretches(&argument.value)}</div>
            {move || (!whole.get()).then(|| view! {
                <button class="link more-lines" data-testid="show-lines" on:click=move |_| here_open.set(true)>
                    {format!("Show all {} lines", lines.get())}
                </button>
            })}
        </dd>
    }
}

/// Text with labels.
pub fn stretches(text: &str) -> AnyView {
    visible(text)
        .into_iter()
        .map(|stretch| match stretch {
            Stretch::Plain(text) => text.into_any(),
            Stretch::Label(label) => view! { <span class="unseen">{label}</span> }.into_any(),
        })
        .collect_view()
        .into_any()
}

/// How many lines a block of text takes on the page.
fn count_lines(block: &web_sys::HtmlDivElement) -> u32 {
    let height = f64::from(block.scroll_height());
    let element: &web_sys::Element = block.unchecked_ref();
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
