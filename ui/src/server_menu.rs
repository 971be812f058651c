//! The server menu: every server with its state, adding and removing one, and light or dark.

use leptos::prelude::*;
use model::{Connection, Place, Profile, ProfileId, Theme};

use crate::{
    choice::{Segment, Segments},
    icons::{Icon, Mark, Symbol},
    menu::{Drop, MenuItem},
    state::State,
    waiting,
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
    let label = Signal::derive(move || format!("Server: {}", name.get()));
    let face = move || {
        let words = (!bare).then(|| view! { <span class="cut">{name}</span> <Icon symbol=Symbol::Down class="s"/> });
        view! { <Mark/> {words} }
    };
    view! {
        <Drop
            handle="server-menu"
            label=label
            face=face
            look=if bare { "ri" } else { "profile" }
            class=if bare { "" } else { "grow" }
            menu="Servers"
            open=open
        >
            <For
                each=move || state.profiles.get().into_iter().map(|profile| profile.id)
                key=Clone::clone
                let(id)
            >
                <Server id=id open=open/>
            </For>
            <hr/>
            <MenuItem handle="add-server" symbol=Symbol::Plus words="Add a server" act=move || state.add_server()/>
            {move || state.server().map(|server| view! { <OfServer server=server/> })}
            <hr/>
            <Appearance/>
        </Drop>
    }
}

/// What can be done with the server that the sidebar shows.
#[component]
fn OfServer(server: Profile) -> impl IntoView {
    let state = State::here();
    let (about, leaving) = (server.id.clone(), server.id);
    let leave = can_leave(&server.place).then(|| {
        let words = format!("Remove {}…", server.name);
        let act = move || state.leaving.set(Some(leaving.clone()));
        view! { <MenuItem handle="remove-server" symbol=Symbol::Trash words=words act=act/> }
    });
    view! {
        <MenuItem
            handle="server-abilities"
            symbol=Symbol::Server
            words=format!("What {} can do", server.name)
            act=move || state.about.set(Some(about.clone()))
        />
        {leave}
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
        Memo::new(move |_| waiting::on(state, &id))
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
    let all = vec![
        Segment::new(Theme::System, "System").drawn(Symbol::Monitor),
        Segment::new(Theme::Light, "Light").drawn(Symbol::Sun),
        Segment::new(Theme::Dark, "Dark").drawn(Symbol::Moon),
    ];
    let choose = move |theme| state.set_theme(theme);
    view! { <Segments label="Appearance" handle="theme" all=all chosen=state.theme choose=choose in_menu=true/> }
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
