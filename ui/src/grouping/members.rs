//! Who sits in a server's group, in the order in which they speak, and who of the server can still be asked. How they are put in order
//! is `ordering`.

use leptos::prelude::*;
use model::{AgentId, Member};

use super::form::Form;
use crate::{
    icons::{Icon, Monogram, Symbol},
    ordering::{self, Grip, Ordered, UpDown},
};

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
    let name = Callback::new(move |at: usize| {
        let agent = form.members.with_untracked(|members| members.get(at).cloned());
        agent.map(|agent| form.name_of(&agent)).unwrap_or_default()
    });
    let put = Callback::new(move |(from, to)| form.members.update(|members| ordering::put(members, from, to)));
    view! {
        <fieldset class="making-part">
            <legend class="lb">"Members, in speaking order"</legend>
            <Ordered class="sitting" name=name put=put>
                <For each=move || form.members.get() key=Clone::clone children=move |agent| view! { <Sitting form=form agent=agent/> }/>
            </Ordered>
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
    let name = form.name_of(&agent);
    let (word, out) = (agent.to_string(), format!("Take {name} out"));
    let seat = agent.clone();
    let place = Memo::new(move |_| {
        form.members.with(|members| {
            let at = members.iter().position(|member| *member == seat);
            (at.unwrap_or_default(), members.len())
        })
    });
    view! {
        <li data-testid="sitting" data-agent=word>
            <div class="sits">
                <Grip/>
                {known.map(|known| view! { <Monogram letters=known.monogram hue=known.hue size="sm"/> })}
                <span class="grow cut">{name.clone()}</span>
                <UpDown name=Signal::stored(name) place=place/>
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
