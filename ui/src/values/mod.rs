//! The arguments on a card: plain text with labels for what cannot be seen, long values cut until asked for. Where a value is cut is
//! measured in `cutting`.

mod cutting;

use std::sync::Arc;

use cutting::Cut;
use leptos::{html, prelude::*};

use crate::{
    arguments::{Argument, Arguments},
    visible::{Stretch, runs_both_ways, visible, visible_name},
};

/// From so many labels in one value on they are written as text in brackets: the page would choke on a million of them.
const LABELS: usize = 2_000;

/// All arguments of a request.
#[component]
pub fn Values(
    /// What the call would be run with.
    arguments: Arguments,
    /// All values are shown whole.
    open: RwSignal<bool>,
    /// How many values are not shown whole. Counted here, from 0.
    cut: RwSignal<usize>,
) -> impl IntoView {
    cut.set(0);
    let value = move |argument| view! { <Value argument=argument open=open cut=cut/> };
    match arguments {
        Arguments::Listed(list) if list.is_empty() => {
            view! { <p class="args-none" data-testid="approval-arguments">"Without arguments"</p> }.into_any()
        }
        Arguments::Listed(list) => view! {
            <dl class="args" data-testid="approval-arguments">{list.into_iter().map(value).collect_view()}</dl>
        }
        .into_any(),
        Arguments::Raw(text) => view! {
            <p class="args-none">"These arguments are not valid JSON. They are shown as they came."</p>
            <dl class="args" data-testid="approval-arguments">
                {value(Argument { name: "as received".to_owned(), value: text, is_code: true, again: false })}
            </dl>
        }
        .into_any(),
    }
}

#[component]
fn Value(argument: Argument, open: RwSignal<bool>, cut: RwSignal<usize>) -> impl IntoView {
    let text: Arc<[Stretch]> = visible(&argument.value).into();
    let measured = RwSignal::new(None::<Cut>);
    let body = NodeRef::<html::Div>::new();
    let here_open = RwSignal::new(false);
    let text_of = text.clone();
    Effect::new(move |_| {
        if let Some(body) = body.get()
            && !open.get_untracked()
        {
            let found = cutting::measure(&body, &text_of);
            if found.is_some() {
                cut.update(|cut| *cut += 1);
            }
            measured.set(found);
        }
    });
    let cut_here = Memo::new(move |_| measured.get().filter(|_| !open.get() && !here_open.get()));
    let show = move |_| {
        here_open.set(true);
        cut.update(|cut| *cut = cut.saturating_sub(1));
    };
    let shown = move || match cut_here.get() {
        Some(Cut { letters, label }) => view! {
            {drawn(&cutting::first(&text, letters))} "… "
            <button class="link more-lines" type="button" data-testid="show-lines" on:click=show>{label}</button>
        }
        .into_any(),
        // Not measured yet: more than this could not be seen in three lines.
        None if measured.with(Option::is_none) && !open.get() => drawn(&cutting::first(&text, cutting::LARGE)),
        None => drawn(&text),
    };
    let code = argument.is_code || argument.is_command();
    view! {
        <dt>
            {drawn(&visible_name(&argument.name))}
            {argument.again.then(|| view! { <span class="unseen note">"given more than once"</span> })}
        </dt>
        <dd class:mono=code class:cmdbox=argument.is_command()>
            <div class="value" node_ref=body>{shown}</div>
            {argument.value.is_empty().then(|| view! { <span class="unseen note blank">"empty"</span> })}
            {runs_both_ways(&argument.value).then(|| view! {
                <p class="both-ways">"Right-to-left letters: the order on the screen is not the order sent."</p>
            })}
        </dd>
    }
}

/// Text with labels for what cannot be seen.
pub fn written(text: &str) -> AnyView {
    drawn(&visible(text))
}

/// The same for a name that must not be taken for another.
pub fn written_name(name: &str) -> AnyView {
    drawn(&visible_name(name))
}

fn drawn(stretches: &[Stretch]) -> AnyView {
    let label = |at: usize, class: &'static str, text: &str| {
        let text = text.to_owned();
        if at < LABELS { view! { <span class=class>{text}</span> }.into_any() } else { format!("[{text}]").into_any() }
    };
    let views = stretches.iter().enumerate().map(|(at, stretch)| match stretch {
        Stretch::Plain(text) => text.clone().into_any(),
        Stretch::Hidden(codes) => label(at, "unseen", codes),
        Stretch::Blank(codes) => label(at, "unseen blank", codes),
        Stretch::Note(words) => label(at, "unseen note", words),
    });
    views.collect_view().into_any()
}
