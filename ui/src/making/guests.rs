//! Who can be asked to a table: a search among all agents of all servers, with those who do not sit there yet below it.

use leptos::prelude::*;
use model::{AgentId, Guest, Table};
use web_sys::KeyboardEvent;

use super::members::initial;
use crate::{
    icons::{Icon, Monogram, Symbol},
    state::State,
};

/// The field and the list.
#[component]
pub(crate) fn GuestSearch(
    /// Everyone; none until the engine has told.
    #[prop(into)]
    guests: Signal<Option<Vec<Guest>>>,
    /// Why the engine could not tell, in the user's words.
    #[prop(into)]
    unasked: Signal<Option<String>>,
    /// Who sits there.
    #[prop(into)]
    sits: Signal<Vec<AgentId>>,
    /// One is asked.
    #[prop(into)]
    ask: Callback<Guest>,
) -> impl IntoView {
    let sought = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let sits = sits.get();
        let fits = |guest: &Guest| !sits.contains(&guest.agent) && fits(guest, &sought.get());
        guests.get().unwrap_or_default().into_iter().filter(fits).collect::<Vec<_>>()
    });
    let is_full = Memo::new(move |_| sits.with(Vec::len) >= Table::MOST_SEATS);
    let many_servers = Memo::new(move |_| guests.with(|guests| are_of_many_servers(guests.as_deref())));
    let hint = move || {
        let Some(guests) = guests.with(|guests| guests.as_ref().map(Vec::len)) else {
            return unasked.get().unwrap_or_else(|| "Asking who is there".to_owned());
        };
        match (is_full.get(), guests) {
            (true, _) => format!("Up to {} agents sit at one table.", Table::MOST_SEATS),
            (false, 0) => "There is no agent on any server yet. Make one in Letta, and it stands here.".to_owned(),
            (false, _) if sought.with(|sought| sought.trim().is_empty()) => "Everyone sits here.".to_owned(),
            (false, _) => "Nobody is called so.".to_owned(),
        }
    };
    let first = move |event: KeyboardEvent| {
        if event.key() != "Enter" || event.is_composing() {
            return;
        }
        // Here it asks somebody to the table; it does not make one.
        event.prevent_default();
        if let Some(first) = found.get_untracked().into_iter().next().filter(|_| !is_full.get_untracked()) {
            ask.run(first);
            sought.set(String::new());
        }
    };
    view! {
        <div class="input seek">
            <Icon symbol=Symbol::Search class="s"/>
            <input
                type="search"
                data-testid="seek-guest"
                aria-label="Find an agent"
                placeholder="Add a member"
                prop:value=sought
                on:input=move |event| sought.set(event_target_value(&event))
                on:keydown=first
            />
        </div>
        <ul class="guests">
            <For
                each=move || if is_full.get() { Vec::new() } else { found.get() }
                key=|guest| guest.agent.clone()
                children=move |guest| view! { <Free guest=guest many_servers=many_servers ask=ask/> }
            />
        </ul>
        {move || (is_full.get() || found.with(Vec::is_empty)).then(|| view! {
            <p class="help" class:bad=move || unasked.with(Option::is_some) role="status" data-testid="no-guests">{hint}</p>
        })}
    }
}

/// Agents of more than one server can be asked, so that it matters whose each is.
pub(super) fn are_of_many_servers(guests: Option<&[Guest]>) -> bool {
    let guests = guests.unwrap_or_default();
    guests.iter().any(|guest| Some(&guest.profile) != guests.first().map(|first| &first.profile))
}

/// Name, role or server has these letters.
fn fits(guest: &Guest, sought: &str) -> bool {
    let sought = sought.trim().to_lowercase();
    [&guest.name, &guest.role, &guest.server].iter().any(|text| text.to_lowercase().contains(&sought))
}

/// One who can be asked.
#[component]
fn Free(guest: Guest, many_servers: Memo<bool>, ask: Callback<Guest>) -> impl IntoView {
    let (name, hue, agent) = (guest.name.clone(), guest.hue, guest.agent.to_string());
    let state = State::here();
    let (role, server, profile) = (guest.role.clone(), guest.server.clone(), guest.profile.clone());
    let about = move || {
        let server = many_servers.get().then_some(server.as_str());
        let away = (!state.is_reached(&profile)).then_some("offline");
        [Some(role.as_str()), server, away]
            .into_iter()
            .flatten()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    };
    view! {
        <li>
            <button class="mi one" type="button" data-testid="guest" data-agent=agent on:click=move |_| ask.run(guest.clone())>
                <Monogram letters=initial(&name) hue=hue size="xs"/>
                <span class="cut">{name}</span>
                <span class="t3 cut">{about}</span>
                <Icon symbol=Symbol::Plus class="s"/>
            </button>
        </li>
    }
}
