//! What a server is, how answers come from it, and what it can and cannot do, in words: the dialog behind "What … can do" in the
//! server menu.

use leptos::{html, prelude::*};
use model::{Ability, Can, Profile};

use crate::{
    icons::{Icon, Symbol},
    state::State,
    streaming::StreamingChoice,
};

/// The dialog, while it is wanted and its server is known.
#[component]
pub fn Abilities() -> impl IntoView {
    let state = State::here();
    let about = Memo::new(move |_| {
        let id = state.about.get()?;
        state.profiles.with(|profiles| profiles.iter().find(|profile| profile.id == id).cloned())
    });
    let wanted = Memo::new(move |_| about.with(|about| about.as_ref().map(|profile| profile.id.clone())));
    move || {
        wanted.get()?;
        let first = about.get_untracked()?;
        // News of the server change what stands in the dialog, never the dialog: the focus stays where it is.
        let profile = Memo::new(move |before: Option<&Profile>| {
            about.get().or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
        });
        Some(view! { <About profile=profile/> })
    }
}

#[component]
fn About(profile: Memo<Profile>) -> impl IntoView {
    let state = State::here();
    let dialog = NodeRef::<html::Dialog>::new();
    let close = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let (Some(dialog), Some(close)) = (dialog.get(), close.get()) {
            if !dialog.open() && dialog.show_modal().is_err() {
                dialog.set_open(true);
            }
            close.focus().ok();
        }
    });
    let title = Memo::new(move |_| profile.with(|profile| format!("What {} can do", profile.name)));
    let version = move || {
        profile.with(|profile| match &profile.version {
            Some(version) if !version.is_empty() => format!("Letta {version} at {}", profile.host),
            Some(_) | None => profile.host.clone(),
        })
    };
    let abilities = Memo::new(move |_| profile.with(|profile| profile.abilities.clone()));
    view! {
        <dialog
            class="dialog abilities"
            node_ref=dialog
            aria-label=title
            data-testid="abilities"
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                state.about.set(None);
            }
        >
            <h2>{title}</h2>
            <p class="t3">{version}</p>
            <div class="abilities-body">
                <StreamingChoice profile=profile/>
                {move || abilities.with(Vec::is_empty).then(|| view! { <p>"What else it can do is known once it was reached."</p> })}
                <ul>{move || abilities.get().into_iter().map(line).collect_view()}</ul>
            </div>
            <div class="dialog-end">
                <button class="btn" node_ref=close data-testid="abilities-close" on:click=move |_| state.about.set(None)>
                    "Close"
                </button>
            </div>
        </dialog>
    }
}

fn line(ability: Ability) -> impl IntoView {
    let (symbol, word, state) = match ability.can {
        Can::Yes => (Symbol::Check, "Yes", "yes"),
        Can::Partly => (Symbol::Info, "With a limit", "partly"),
        Can::No => (Symbol::X, "No", "no"),
        Can::Unknown => (Symbol::Eye, "Not known yet", "unknown"),
    };
    view! {
        <li data-testid="ability" data-name=ability.of.word() data-state=state>
            <Icon symbol=symbol/>
            <div>
                <b>{ability.of.title()}</b>
                <span class="t3">{word}</span>
                <p>{ability.why}</p>
            </div>
        </li>
    }
}
