//! Who sits at a table, in the order in which they speak, and who can still be asked to it. How they are put in order is `ordering`.

use leptos::prelude::*;
use model::{Guest, Table};
use web_sys::KeyboardEvent;

use super::form::{Form, Seated};
use crate::{
    icons::{Icon, Monogram, Symbol},
    ordering::{Grip, Ordered, UpDown},
    state::State,
};

/// The members, and the search for more.
#[component]
pub(super) fn Members(
    /// Of which table.
    form: Form,
) -> impl IntoView {
    let sought = RwSignal::new(String::new());
    let found = Memo::new(move |_| found(form, &sought.get()));
    let is_full = move || form.seats.with(Vec::len) >= Table::MOST_SEATS;
    let hint = move || {
        let Some(guests) = form.guests.with(|guests| guests.as_ref().map(Vec::len)) else {
            return form.unasked.get().unwrap_or_else(|| "Asking who is there".to_owned());
        };
        match (is_full(), guests) {
            (true, _) => format!("Up to {} agents sit at one table.", Table::MOST_SEATS),
            (false, 0) => "There is no agent on any server yet. Make one in Letta, and it stands here.".to_owned(),
            (false, _) if sought.with(|sought| sought.trim().is_empty()) => "Everyone sits here.".to_owned(),
            (false, _) => "Nobody is called so.".to_owned(),
        }
    };
    let name = Callback::new(move |at: usize| {
        form.seats.with_untracked(|seats| seats.get(at).map(|seat| seat.name.get_untracked()).unwrap_or_default())
    });
    let put = Callback::new(move |(from, to)| form.put(from, to));
    view! {
        <fieldset class="making-part">
            <legend class="lb">"Members, in speaking order"</legend>
            <Ordered class="sitting" name=name put=put>
                <For each=move || form.seats.get() key=|seat| seat.agent.clone() children=move |seat| view! { <Sitting form=form seat=seat/> }/>
            </Ordered>
            <div class="input seek">
                <Icon symbol=Symbol::Search class="s"/>
                <input
                    type="search"
                    data-testid="seek-guest"
                    aria-label="Find an agent"
                    placeholder="Add a member"
                    prop:value=sought
                    on:input=move |event| sought.set(event_target_value(&event))
                    on:keydown=move |event: KeyboardEvent| {
                        if event.key() != "Enter" || event.is_composing() {
                            return;
                        }
                        // Here it asks somebody to the table; it does not make one.
                        event.prevent_default();
                        if let Some(first) = found.get_untracked().first().filter(|_| !untrack(is_full)) {
                            form.seat(first);
                            sought.set(String::new());
                        }
                    }
                />
            </div>
            <ul class="guests">
                <For
                    each=move || if is_full() { Vec::new() } else { found.get() }
                    key=|guest| guest.agent.clone()
                    children=move |guest| view! { <Asked form=form guest=guest/> }
                />
            </ul>
            {move || (is_full() || found.with(Vec::is_empty)).then(|| view! {
                <p class="help" class:bad=move || form.unasked.with(Option::is_some) role="status" data-testid="no-guests">{hint}</p>
            })}
        </fieldset>
    }
}

/// Those who do not sit there yet and whose name, role or server has these letters.
fn found(form: Form, sought: &str) -> Vec<Guest> {
    let sought = sought.trim().to_lowercase();
    let guests = form.guests.get().unwrap_or_default();
    let fits = |guest: &Guest| {
        [&guest.name, &guest.role, &guest.server].iter().any(|text| text.to_lowercase().contains(&sought))
    };
    form.seats.with(|seats| {
        let sits = |guest: &Guest| seats.iter().any(|seat| seat.agent == guest.agent);
        guests.into_iter().filter(|guest| !sits(guest) && fits(guest)).collect()
    })
}

/// One who can be asked.
#[component]
fn Asked(form: Form, guest: Guest) -> impl IntoView {
    let (name, hue, agent) = (guest.name.clone(), guest.hue, guest.agent.to_string());
    let state = State::here();
    let (role, server, profile) = (guest.role.clone(), guest.server.clone(), guest.profile.clone());
    let about = move || {
        let server = form.many_servers().then_some(server.as_str());
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
            <button class="mi one" type="button" data-testid="guest" data-agent=agent on:click=move |_| form.seat(&guest)>
                <Monogram letters=initial(&name) hue=hue size="xs"/>
                <span class="cut">{name}</span>
                <span class="t3 cut">{about}</span>
                <Icon symbol=Symbol::Plus class="s"/>
            </button>
        </li>
    }
}

/// One who sits there.
#[component]
fn Sitting(form: Form, seat: Seated) -> impl IntoView {
    let Seated { agent, name, muted, sees, .. } = seat;
    let agent = StoredValue::new(agent);
    let place = Memo::new(move |_| {
        form.seats.with(|seats| {
            let at = agent.with_value(|agent| seats.iter().position(|seat| seat.agent == *agent));
            (at.unwrap_or_default(), seats.len())
        })
    });
    let known = Memo::new(move |_| agent.with_value(|agent| form.guest(agent)));
    let is_twice = Memo::new(move |_| agent.with_value(|agent| form.is_twice(agent)));
    let (shown, written, letters, named) = (name.clone(), name.clone(), name.clone(), name);
    let label = Signal::derive(move || named.get());
    let state = State::here();
    let server = move || {
        let guest = known.get()?;
        match (form.many_servers(), state.is_reached(&guest.profile)) {
            (true, true) => Some(guest.server),
            (true, false) => Some(format!("{}, offline", guest.server)),
            (false, true) => None,
            (false, false) => Some("offline".to_owned()),
        }
    };
    view! {
        <li data-testid="sitting" data-agent=agent.with_value(ToString::to_string)>
            <div class="sits">
                <Grip/>
                {move || view! {
                    <Monogram letters=initial(&letters.get()) hue=known.with(|known| known.as_ref().map_or(1, |guest| guest.hue)) size="sm"/>
                }}
                <input
                    class="input"
                    class:bad=is_twice
                    data-testid="seat-name"
                    aria-label="Name at this table"
                    aria-invalid=move || is_twice.get().to_string()
                    maxlength=Table::LONGEST_NAME
                    prop:value=move || shown.get()
                    on:input=move |event| written.set(event_target_value(&event))
                />
                {move || server().map(|server| view! { <span class="t3 cut">{server}</span> })}
                <Toggle handle="sees" on=sees symbol=Symbol::Image off=Symbol::Image words="Sees images" not="Sees no images"/>
                <Toggle handle="muted" on=muted symbol=Symbol::Block off=Symbol::Chat words="Muted: speaks only when called" not="Speaks"/>
                <UpDown name=label place=place/>
                <button class="ib sm" type="button" data-testid="unseat" aria-label=move || format!("Take {} from the table", label.get()) on:click=move |_| agent.with_value(|agent| form.unseat(agent))>
                    <Icon symbol=Symbol::X class="s"/>
                </button>
            </div>
            {move || is_twice.get().then(|| view! {
                <p class="help bad">"Two members are called so. Give one of them another name at this table."</p>
            })}
        </li>
    }
}

/// On or off, as an icon with words for whoever waits over it.
#[component]
fn Toggle(
    handle: &'static str,
    on: ArcRwSignal<bool>,
    symbol: Symbol,
    off: Symbol,
    words: &'static str,
    not: &'static str,
) -> impl IntoView {
    let (pressed, shown, title, lit) = (on.clone(), on.clone(), on.clone(), on.clone());
    view! {
        <button
            class="ib sm"
            class:dim=move || off == symbol && !lit.get()
            type="button"
            data-testid=handle
            aria-label=words
            aria-pressed=move || pressed.get().to_string()
            title=move || if title.get() { words } else { not }
            on:click=move |_| on.update(|on| *on = !*on)
        >
            {move || view! { <Icon symbol=if shown.get() { symbol } else { off } class="s"/> }}
        </button>
    }
}

/// The letter of a name.
fn initial(name: &str) -> String {
    name.trim().chars().next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default()
}
