//! Who speaks when: one of five ways, and in three of them who leads, picks or talks.

use leptos::prelude::*;
use model::AgentId;

use super::form::{Form, Way};

/// The ways.
#[component]
pub(super) fn Ways(
    /// Of which table.
    form: Form,
) -> impl IntoView {
    let lead = move || {
        let agent = form.lead();
        let named = form
            .seats
            .with(|seats| seats.iter().find(|seat| Some(&seat.agent) == agent.as_ref()).map(|seat| seat.name.get()));
        named.filter(|name| !name.trim().is_empty())
    };
    let row = move |way: Way| {
        let is_on = Memo::new(move |_| form.way.get() == way);
        view! {
            <label class="pat" class:is-on=is_on>
                <input
                    class="vh"
                    type="radio"
                    name="way"
                    data-testid="way"
                    data-name=way.word()
                    prop:checked=is_on
                    on:change=move |_| form.way.set(way)
                />
                <span class="rad"></span>
                <span class="grow"><b>{way.name()}</b><span class="t3">{move || way.means(lead().as_deref())}</span></span>
            </label>
        }
    };
    view! {
        <fieldset class="making-part pats">
            <legend class="lb">"Who speaks when"</legend>
            {Way::ALL.map(row).into_iter().collect_view()}
        </fieldset>
        {move || match form.way.get() {
            Way::RoundRobin | Way::CalledOn => None,
            way @ (Way::Supervisor | Way::Sleeptime) => way.chair().map(|words| view! { <Member form=form words=words/> }.into_any()),
            Way::Dynamic => Some(view! { <Picker form=form/> }.into_any()),
        }}
    }
}

/// One of the members.
#[component]
fn Member(form: Form, words: &'static str) -> impl IntoView {
    let options = move || {
        let chosen = form.lead();
        let option = |agent: AgentId, name: String| {
            let is_chosen = chosen.as_ref() == Some(&agent);
            view! { <option value=agent.to_string() selected=is_chosen>{name}</option> }
        };
        form.seats.with(|seats| seats.iter().map(|seat| option(seat.agent.clone(), seat.name.get())).collect_view())
    };
    view! {
        <label class="field chief">
            <span class="lb">{words}</span>
            <select class="input" data-testid="chief" on:change=move |event| form.choose_lead(event_target_value(&event).as_str().into())>
                {options}
            </select>
        </label>
    }
}

/// Any agent, one who does not sit at the table too.
#[component]
fn Picker(form: Form) -> impl IntoView {
    let options = move || {
        let (chosen, many) = (form.picker(), form.many_servers());
        let guests = form.guests.get().unwrap_or_default();
        guests
            .into_iter()
            .map(|guest| {
                let is_chosen = chosen.as_ref() == Some(&guest.agent);
                let words = if many { format!("{}, {}", guest.name, guest.server) } else { guest.name };
                view! { <option value=guest.agent.to_string() selected=is_chosen>{words}</option> }
            })
            .collect_view()
    };
    view! {
        <label class="field chief">
            <span class="lb">"Who picks"</span>
            <select class="input" data-testid="chief" on:change=move |event| form.choose_picker(event_target_value(&event).as_str().into())>
                {options}
            </select>
            <p class="help">"It may sit at the table or not. It is asked after every turn and answers with a name."</p>
        </label>
    }
}
