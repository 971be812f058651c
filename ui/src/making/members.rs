//! Who sits at a table, in the order in which they speak. How they are put in order is `ordering`, who can still be asked `guests`.

use leptos::prelude::*;
use model::Table;

use super::{
    form::{Form, Seated},
    guests::GuestSearch,
};
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
    let name = Callback::new(move |at: usize| {
        form.seats.with_untracked(|seats| seats.get(at).map(|seat| seat.name.get_untracked()).unwrap_or_default())
    });
    let put = Callback::new(move |(from, to)| form.put(from, to));
    let sits = Signal::derive(move || form.seats.get().into_iter().map(|seat| seat.agent).collect::<Vec<_>>());
    view! {
        <fieldset class="making-part">
            <legend class="lb">"Members, in speaking order"</legend>
            <Ordered class="sitting" name=name put=put>
                <For each=move || form.seats.get() key=|seat| seat.agent.clone() children=move |seat| view! { <Sitting form=form seat=seat/> }/>
            </Ordered>
            <GuestSearch list="guests" guests=form.guests unasked=form.unasked sits=sits ask=move |guest| form.seat(&guest)/>
        </fieldset>
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
pub(super) fn initial(name: &str) -> String {
    name.trim().chars().next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default()
}
