//! The server menu: every server with its state, adding and removing one, and light or dark.

use leptos::prelude::*;
use model::{Connection, Place, Profile, ProfileId, Theme};

use crate::{
    icons::{Icon, Mark, Symbol},
    menu::Menu,
    state::{Stage, State},
};

/// The name of the server that is shown, which opens the menu. In the rail only the mark is seen.
#[component]
pub fn ServerMenu(
    /// Only the mark, as the rail has it.
    #[prop(default = false)]
    bare: bool,
) -> impl IntoView {
    let state = State::here();
    let open = RwSignal::new(false);
    let name = Memo::new(move |_| state.server().map_or_else(|| "Tertulia".to_owned(), |server| server.name));
    let label = move || format!("Server: {}", name.get());
    let face = if bare { "ri" } else { "profile" };
    view! {
        <div class="drop" class:grow=!bare>
            <button
                class=face
                data-testid="server-menu"
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                aria-label=label
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Mark/>
                {(!bare).then(|| view! { <span class="cut">{name}</span> <Icon symbol=Symbol::Down class="s"/> })}
            </button>
            <Menu open=open label="Servers">
                <For
                    each=move || state.profiles.get().into_iter().map(|profile| profile.id)
                    key=Clone::clone
                    let(id)
                >
                    <Server id=id open=open/>
                </For>
                <hr/>
                <button
                    class="mi one"
                    role="menuitem"
                    data-testid="add-server"
                    on:click=move |_| {
                        open.set(false);
                        state.new_key.set(None);
                        state.stage.set(Stage::Connect);
                    }
                >
                    <Icon symbol=Symbol::Plus/>
                    <span class="grow">"Add a server"</span>
                </button>
                {move || {
                    state.server().map(|server| {
                        let id = server.id.clone();
                        view! {
                            <button
                                class="mi one"
                                role="menuitem"
                                data-testid="server-abilities"
                                on:click=move |_| {
                                    open.set(false);
                                    state.about.set(Some(id.clone()));
                                }
                            >
                                <Icon symbol=Symbol::Server/>
                                <span class="grow cut">{format!("What {} can do", server.name)}</span>
                            </button>
                        }
                    })
                }}
                {move || {
                    state.server().filter(|server| can_leave(&server.place)).map(|server| {
                        let id = server.id.clone();
                        view! {
                            <button
                                class="mi one"
                                role="menuitem"
                                data-testid="remove-server"
                                on:click=move |_| {
                                    open.set(false);
                                    state.leaving.set(Some(id.clone()));
                                }
                            >
                                <Icon symbol=Symbol::Trash/>
                                <span class="grow cut">{format!("Remove {}…", server.name)}</span>
                            </button>
                        }
                    })
                }}
                <hr/>
                <Appearance/>
            </Menu>
        </div>
    }
}

/// One server.
#[component]
fn Server(id: ProfileId, open: RwSignal<bool>) -> impl IntoView {
    let state = State::here();
    let chosen = {
        let id = id.clone();
        Memo::new(move |_| state.profile.get().as_ref() == Some(&id))
    };
    let profile = {
        let id = id.clone();
        Memo::new(move |_| state.profiles.with(|profiles| profiles.iter().find(|profile| profile.id == id).cloned()))
    };
    let waiting = {
        let id = id.clone();
        Memo::new(move |_| state.conversations.waiting(Some(&id)))
    };
    move || {
        let profile = profile.get()?;
        let id = id.clone();
        Some(view! {
            <button
                class="mi"
                role="menuitemradio"
                aria-checked=move || chosen.get().to_string()
                data-testid="server"
                on:click=move |_| {
                    open.set(false);
                    state.choose(id.clone());
                }
            >
                <Icon symbol=place_symbol(&profile.place)/>
                <span class="grow">
                    <b class="cut">{profile.name.clone()}</b>
                    <span class="t3 cut">{second_line(&profile)}</span>
                    {profile.warning.clone().map(|warning| view! { <span class="warning">{warning}</span> })}
                </span>
                {move || (waiting.get() > 0).then(|| view! { <span class="count due">{waiting.get()}</span> })}
                {move || chosen.get().then(|| view! { <Icon symbol=Symbol::Check/> })}
            </button>
        })
    }
}

/// Light, dark, or as the system has it.
#[component]
fn Appearance() -> impl IntoView {
    let state = State::here();
    let choices = [
        (Theme::System, Symbol::Monitor, "System"),
        (Theme::Light, Symbol::Sun, "Light"),
        (Theme::Dark, Symbol::Moon, "Dark"),
    ];
    view! {
        <div class="seg" role="group" aria-label="Appearance">
            {choices
                .into_iter()
                .map(|(theme, symbol, name)| {
                    let on = move || state.theme.get() == theme;
                    view! {
                        <button
                            role="menuitemradio"
                            class:is-on=on
                            aria-checked=move || on().to_string()
                            data-testid="theme"
                            data-name=name
                            on:click=move |_| state.set_theme(theme)
                        >
                            <Icon symbol=symbol class="s"/>
                            {name}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// The icon of a place.
pub fn place_symbol(place: &Place) -> Symbol {
    match place {
        Place::Cloud => Symbol::Cloud,
        Place::Own { .. } | Place::Environment { .. } => Symbol::Server,
        Place::Demo => Symbol::Cup,
    }
}

/// One from the environment comes back at the next start, so it cannot be removed here.
fn can_leave(place: &Place) -> bool {
    match place {
        Place::Cloud | Place::Own { .. } | Place::Demo => true,
        Place::Environment { .. } => false,
    }
}

/// What stands below a server's name: its host, or what is up with the line to it.
fn second_line(profile: &Profile) -> String {
    match &profile.connection {
        Connection::Online => profile.host.clone(),
        Connection::Offline { .. } => "Offline".to_owned(),
        Connection::Refused { .. } => "Key not accepted".to_owned(),
        Connection::Reconnecting { .. } => "Reconnecting".to_owned(),
        Connection::Syncing { percent: Some(percent) } => format!("Syncing, {percent}\u{2009}%"),
        Connection::Syncing { percent: None } => "Syncing".to_owned(),
    }
}
