//! What a server is, how answers come from it, and what it can and cannot do, in words: the dialog behind "What … can do" in the
//! server menu.

use leptos::prelude::*;
use model::{Ability, Can, Profile};

use crate::{
    icons::{Icon, Symbol},
    modal::Modal,
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
    let title = Memo::new(move |_| profile.with(|profile| format!("What {} can do", profile.name)));
    let version = move || {
        profile.with(|profile| match &profile.version {
            Some(version) if !version.is_empty() => format!("Letta {version} at {}", profile.host),
            Some(_) | None => profile.host.clone(),
        })
    };
    let abilities = Memo::new(move |_| profile.with(|profile| profile.abilities.clone()));
    view! {
        <Modal handle="abilities" class="abilities" title=title leave=Callback::new(move |()| state.about.set(None))>
            <p class="t3">{version}</p>
            <div class="abilities-body">
                <StreamingChoice profile=profile/>
                {move || abilities.with(Vec::is_empty).then(|| view! { <p>"What else it can do is known once it was reached."</p> })}
                <ul>{move || abilities.get().into_iter().map(line).collect_view()}</ul>
            </div>
            <div class="dialog-end">
                <button class="btn" type="button" autofocus data-testid="abilities-close" on:click=move |_| state.about.set(None)>
                    "Close"
                </button>
            </div>
        </Modal>
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
