//! Who sits in a server's group, in the order in which they speak, and who of the server can still be asked.

use leptos::prelude::*;
use model::{AgentId, Member};

use super::form::Form;
use crate::icons::{Icon, Monogram, Symbol};

/// The members, and those who are none.
#[component]
pub(super) fn Members(
    /// Of which group.
    form: Form,
) -> impl IntoView {
    let others = Memo::new(move |_| {
        let chair = form.kind.get().chair().and_then(|_| form.chair());
        form.members.with(|sits| {
            let free = |agent: &&Member| !sits.contains(&agent.agent) && chair.as_ref() != Some(&agent.agent);
            form.agents.with_value(|agents| agents.iter().filter(free).cloned().collect::<Vec<_>>())
        })
    });
    view! {
        <fieldset class="making-part">
            <legend class="lb">"Members, in speaking order"</legend>
            <ol class="sitting">
                <For each=move || form.members.get() key=Clone::clone children=move |agent| view! { <Sitting form=form agent=agent/> }/>
            </ol>
            <ul class="guests">
                <For
                    each=move || others.get()
                    key=|agent| agent.agent.clone()
                    children=move |agent| view! { <Free form=form agent=agent/> }
                />
            </ul>
        </fieldset>
    }
}

/// One who can be asked.
#[component]
fn Free(form: Form, agent: Member) -> impl IntoView {
    let id = agent.agent.clone();
    view! {
        <li>
            <button
                class="mi one"
                type="button"
                data-testid="free-agent"
                data-agent=id.to_string()
                on:click=move |_| form.members.update(|members| members.push(id.clone()))
            >
                <Monogram letters=agent.monogram hue=agent.hue size="xs"/>
                <span class="cut">{agent.name}</span>
                <span class="t3 cut">{agent.role}</span>
                <Icon symbol=Symbol::Plus class="s"/>
            </button>
        </li>
    }
}

/// One who sits there.
#[component]
fn Sitting(form: Form, agent: AgentId) -> impl IntoView {
    let known = form.agent(&agent);
    let name = known.as_ref().map_or_else(|| "No longer on the server".to_owned(), |known| known.name.clone());
    let (up, out) = (format!("Move {name} up"), format!("Take {name} out"));
    let (word, first) = (agent.to_string(), agent.clone());
    let is_first = move || form.members.with(|members| members.first() == Some(&first));
    let raised = agent.clone();
    let raise = move |_| {
        form.members.update(|members| {
            let at = members.iter().position(|member| *member == raised);
            if let Some(at) = at.filter(|at| *at > 0) {
                members.swap(at, at - 1);
            }
        });
    };
    view! {
        <li data-testid="sitting" data-agent=word>
            <div class="sits">
                {known.map(|known| view! { <Monogram letters=known.monogram hue=known.hue size="sm"/> })}
                <span class="grow cut">{name}</span>
                <button class="ib sm" type="button" data-testid="seat-up" aria-label=up disabled=is_first on:click=raise>
                    <Icon symbol=Symbol::Up class="s"/>
                </button>
                <button
                    class="ib sm"
                    type="button"
                    data-testid="unseat"
                    aria-label=out
                    on:click=move |_| form.members.update(|members| members.retain(|member| *member != agent))
                >
                    <Icon symbol=Symbol::X class="s"/>
                </button>
            </div>
        </li>
    }
}
