//! What else can be set at a table: its brief, what bounds it, what members hear of each other.

use leptos::prelude::*;
use model::{Guards, Table};

use super::form::{Form, Way};
use crate::options::Switch;

/// All that stands behind *More*.
#[component]
pub(super) fn More(
    /// Of which table.
    form: Form,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="lb">"Brief"</span>
            <textarea
                class="input"
                rows="3"
                data-testid="brief"
                maxlength=Table::LONGEST_BRIEF
                placeholder="What the table is for, and what holds at it. Every member is told once."
                prop:value=form.brief
                on:input=move |event| form.brief.set(event_target_value(&event))
            ></textarea>
        </label>
        <fieldset class="making-part limits">
            <legend class="lb">"Limits for each message of yours"</legend>
            {move || (form.way.get() == Way::RoundRobin).then(|| view! { <Number handle="rounds" words="Rounds" value=form.rounds most=Guards::MOST/> })}
            {move || (form.way.get() == Way::Sleeptime).then(|| view! { <Number handle="every" words="The others hear every so many messages" value=form.every most=Guards::MOST/> })}
            <Number handle="turns" words="Turns" value=form.turns most=Guards::MOST/>
            <Number handle="tokens" words="Tokens" value=form.tokens/>
            <Number handle="minutes" words="Minutes" value=form.minutes/>
            <Number handle="countdown" words="Seconds before each turn that begins by itself" value=form.countdown most=255/>
        </fieldset>
        <div class="making-part">
            {move || (form.way.get() == Way::Supervisor).then(|| view! { <On name="side-by-side" words="Those who are called answer side by side" on=form.side_by_side/> })}
            <On name="around-waiting" words="Go on while a member waits for you" on=form.around_waiting/>
            <On name="pass-thoughts" words="Members also hear each other’s thoughts" on=form.reasoning/>
            <On name="pass-tools" words="Members also hear each other’s tool calls" on=form.tools/>
        </div>
    }
}

#[component]
fn Number(
    handle: &'static str,
    words: &'static str,
    value: RwSignal<String>,
    #[prop(optional)] most: Option<u32>,
) -> impl IntoView {
    view! {
        <label class="opt line">
            <span class="grow">{words}</span>
            <input
                class="input"
                inputmode="numeric"
                placeholder=if most == Some(255) { "None" } else { "No limit" }
                title=most.map(|most| format!("{most} at most"))
                data-testid=handle
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            />
        </label>
    }
}

#[component]
fn On(name: &'static str, words: &'static str, on: RwSignal<bool>) -> impl IntoView {
    let is_on = Memo::new(move |_| on.get());
    view! { <Switch name=name words=words on=is_on toggle=move || on.update(|on| *on = !*on)/> }
}
