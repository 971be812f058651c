//! Who can be asked to a table: a search among all agents of all servers, with those who do not sit there yet below it. The focus stays
//! in the search, so that one after the other can be asked.

use leptos::{html, prelude::*};
use model::{AgentId, Guest, Table};
use web_sys::KeyboardEvent;

use super::members::initial;
use crate::{
    focus,
    icons::{Icon, Monogram, Symbol},
    state::State,
};

/// The field and the list. In the field arrows mark one of those below it, and Enter asks the one that is marked.
#[component]
pub(crate) fn GuestSearch(
    /// Which list of the page this is: its id.
    list: &'static str,
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
    let offered = Memo::new(move |_| if is_full.get() { Vec::new() } else { found.get() });
    let marked = RwSignal::new(0_usize);
    let here = Memo::new(move |_| offered.with(|offered| marked.get().min(offered.len().saturating_sub(1))));
    let active = Memo::new(move |_| offered.with(|offered| offered.get(here.get()).map(|guest| guest.agent.clone())));
    let field = NodeRef::<html::Input>::new();
    let seek = move |words: String| {
        sought.set(words);
        marked.set(0);
    };
    let take = Callback::new(move |guest: Guest| {
        ask.run(guest);
        // Whoever asks may take this away.
        if let Some(Some(field)) = field.try_get_untracked() {
            seek(String::new());
            field.focus().ok();
        }
    });
    let keys = move |event: KeyboardEvent| {
        if event.is_composing() || event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let (at, count) = (here.get_untracked(), offered.with_untracked(Vec::len));
        match event.key().as_str() {
            "ArrowDown" if count > 0 => marked.set((at + 1) % count),
            "ArrowUp" if count > 0 => marked.set((at + count - 1) % count),
            "Escape" if sought.with_untracked(|sought| !sought.is_empty()) => {
                event.stop_propagation();
                seek(String::new());
            }
            // Here it asks somebody to the table; it does not make one.
            "Enter" => offered.get_untracked().into_iter().nth(at).into_iter().for_each(|guest| take.run(guest)),
            _ => return,
        }
        event.prevent_default();
    };
    Effect::new(move |_| {
        let Some(active) = active.get() else { return };
        let id = option_id(list, &active);
        request_animation_frame(move || {
            if let Some(option) = focus::by_id(&id) {
                focus::bring_in_sight(&option);
            }
        });
    });
    view! {
        <div class="input seek">
            <Icon symbol=Symbol::Search class="s"/>
            // Not `type=search`: WebKit would keep Esc to itself, and no dialog would be left by it.
            <input
                role="combobox"
                data-testid="seek-guest"
                aria-label="Find an agent"
                aria-autocomplete="list"
                aria-controls=list
                aria-expanded=move || offered.with(|offered| !offered.is_empty()).to_string()
                aria-activedescendant=move || active.get().map(|agent| option_id(list, &agent))
                placeholder="Add a member"
                autocomplete="off"
                node_ref=field
                prop:value=sought
                on:input=move |event| seek(event_target_value(&event))
                on:keydown=keys
            />
        </div>
        <ul class="guests" id=list role="listbox" aria-label="Agents">
            <For
                each=move || offered.get()
                key=|guest| guest.agent.clone()
                children=move |guest| view! { <Free list=list guest=guest many_servers=many_servers active=active ask=take/> }
            />
        </ul>
        {move || offered.with(Vec::is_empty).then(|| view! {
            <p class="help" class:bad=move || unasked.with(Option::is_some) role="status" data-testid="no-guests">{hint}</p>
        })}
    }
}

fn option_id(list: &str, agent: &AgentId) -> String {
    format!("{list}-{agent}")
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
fn Free(
    list: &'static str,
    guest: Guest,
    many_servers: Memo<bool>,
    active: Memo<Option<AgentId>>,
    ask: Callback<Guest>,
) -> impl IntoView {
    let (name, hue, agent) = (guest.name.clone(), guest.hue, guest.agent.clone());
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
    let (id, word) = (option_id(list, &agent), agent.to_string());
    let is_marked = Memo::new(move |_| active.with(|active| active.as_ref() == Some(&agent)));
    view! {
        <li
            class="mi one"
            class:is-marked=is_marked
            id=id
            role="option"
            aria-selected=move || is_marked.get().to_string()
            data-testid="guest"
            data-agent=word
            // The focus stays where it is.
            on:pointerdown=move |event| event.prevent_default()
            on:click=move |_| ask.run(guest.clone())
        >
            <Monogram letters=initial(&name) hue=hue size="xs"/>
            <span class="cut">{name}</span>
            <span class="t3 cut">{about}</span>
            <Icon symbol=Symbol::Plus class="s"/>
        </li>
    }
}
