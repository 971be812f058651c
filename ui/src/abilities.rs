//! What a server can and cannot do, in words: the dialog behind "Server" in the server menu.

use leptos::{html, prelude::*};
use model::{Ability, Can, Profile};

use crate::{
    icons::{Icon, Symbol},
    state::State,
};

/// The dialog, while it is wanted.
#[component]
pub fn Abilities() -> impl IntoView {
    let state = State::here();
    let about = move || {
        let id = state.about.get()?;
        state.profiles.with(|profiles| profiles.iter().find(|profile| profile.id == id).cloned())
    };
    move || about().map(|profile| view! { <About profile=profile/> })
}

#[component]
fn About(profile: Profile) -> impl IntoView {
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
    let version = match &profile.version {
        Some(version) if !version.is_empty() => format!("Letta {version} at {}", profile.host),
        Some(_) | None => profile.host.clone(),
    };
    let nothing = profile.abilities.is_empty();
    view! {
        <dialog
            class="dialog abilities"
            node_ref=dialog
            aria-label=format!("What {} can do", profile.name)
            data-testid="abilities"
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                state.about.set(None);
            }
        >
            <h2>{format!("What {} can do", profile.name)}</h2>
            <p class="t3">{version}</p>
            {nothing.then(|| view! { <p>"This is known once the server was reached."</p> })}
            <ul>{profile.abilities.into_iter().map(line).collect_view()}</ul>
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
