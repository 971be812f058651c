//! Who speaks when: at a table one of five ways, and who leads, picks or talks in it; of a server's group the way it was made with.

use leptos::prelude::*;
use model::{AgentId, ConversationKind, Guest, Pattern};

use super::{
    edit::{Edit, way_of},
    subject::Subject,
};
use crate::making::Way;

/// The part.
#[component]
pub(super) fn Ways(
    /// Of what.
    subject: Subject,
) -> impl IntoView {
    let now = Memo::new(move |_| subject.pattern());
    let chief = Memo::new(move |_| now.with(|now| now.as_ref().and_then(way_of).and_then(|(_, chief)| chief.cloned())));
    let name = Memo::new(move |_| chief.get().and_then(|chief| name_of(subject, &chief)));
    view! {
        <fieldset class="ways">
            <legend class="sb-h">"Who speaks when"</legend>
            {match subject.kind == ConversationKind::Table {
                true => view! { <Choice subject=subject now=now name=name/> }.into_any(),
                false => view! { <Fixed subject=subject now=now name=name/> }.into_any(),
            }}
            {move || {
                let (way, _) = now.get().as_ref().and_then(way_of)?;
                let words = way.chair().filter(|_| subject.can_change())?;
                Some(view! { <Chief subject=subject way=way words=words chief=chief/> })
            }}
        </fieldset>
    }
}

/// One of five. What is chosen is so at once.
#[component]
fn Choice(subject: Subject, now: Memo<Option<Pattern>>, name: Memo<Option<String>>) -> impl IntoView {
    let way = Memo::new(move |_| {
        let is = now.with(|now| now.as_ref().and_then(way_of).map(|(way, _)| way));
        subject.chosen.get().or(is)
    });
    let row = move |of: Way| {
        let is_on = Memo::new(move |_| way.get() == Some(of));
        let choose = move |_| {
            subject.chosen.set(Some(of));
            subject.change(Edit::Turns(of, subject.last_chief(of)));
        };
        view! {
            <label class="pat" class:is-on=is_on>
                <input class="vh" type="radio" name="inspected-way" data-testid="inspected-way" data-name=of.word() prop:checked=is_on on:change=choose/>
                <span class="rad"></span>
                <span class="grow">
                    <b>{of.name()}</b>
                    <span class="t3">{move || of.means(name.get().filter(|_| is_on.get()).as_deref())}</span>
                </span>
            </label>
        }
    };
    view! { <div class="pats">{Way::ALL.map(row).into_iter().collect_view()}</div> }
}

/// The way of a server's group. Servers refuse to change it (recording 0.11.7/group-patch-manager-type).
#[component]
fn Fixed(subject: Subject, now: Memo<Option<Pattern>>, name: Memo<Option<String>>) -> impl IntoView {
    let words = move || match now.get().as_ref().and_then(way_of) {
        Some((way, _)) => (way.name().to_owned(), way.means(name.get().as_deref())),
        None => ("Another way".to_owned(), "As it was made elsewhere".to_owned()),
    };
    view! {
        <div class="pats" data-testid="inspected-fixed">
            <div class="pat">
                <span class="grow"><b>{move || words().0}</b><span class="t3">{move || words().1}</span></span>
            </div>
        </div>
        <p class="help">
            "The server keeps this as the group was made. "
            <button class="link" type="button" data-testid="inspected-copy" on:click=move |_| subject.state.copy_table(subject.id())>
                "Make a table of this group…"
            </button>
        </p>
    }
}

/// Who leads, picks or talks.
#[component]
fn Chief(subject: Subject, way: Way, words: &'static str, chief: Memo<Option<AgentId>>) -> impl IntoView {
    let options = move || {
        // What was refused stands as it was before.
        subject.refused.track();
        let chosen = chief.get();
        let known = candidates(subject, way);
        let absent = chosen.clone().filter(|chosen| known.iter().all(|(agent, _)| agent != chosen));
        let absent = absent.map(|agent| (agent, "No longer there".to_owned()));
        known
            .into_iter()
            .chain(absent)
            .map(|(agent, name)| {
                let is_chosen = chosen.as_ref() == Some(&agent);
                view! { <option value=agent.to_string() selected=is_chosen>{name}</option> }
            })
            .collect_view()
    };
    let choose = move |event| subject.change(Edit::Chief(event_target_value(&event).as_str().into()));
    view! {
        <label class="field chief">
            <span class="lb">{words}</span>
            <select class="input" data-testid="inspected-chief" on:change=choose>{options}</select>
        </label>
    }
}

/// Tracked: who may lead, pick or talk: a member; at a table any agent may pick, in a server's group any of its server may do all.
fn candidates(subject: Subject, way: Way) -> Vec<(AgentId, String)> {
    let (members, profile) = subject.row.with(|row| {
        let row = row.as_ref();
        (row.map(|row| row.members.clone()).unwrap_or_default(), row.map(|row| row.profile.clone()))
    });
    let guests = subject.guests.get().unwrap_or_default();
    if subject.kind == ConversationKind::Table && way != Way::Dynamic {
        return members.into_iter().map(|member| (member.agent, member.name)).collect();
    }
    let can = |guest: &&Guest| subject.kind == ConversationKind::Table || Some(&guest.profile) == profile.as_ref();
    let several = guests.iter().any(|guest| Some(&guest.profile) != profile.as_ref() && can(&guest));
    let words = |guest: &Guest| {
        let sits = members.iter().find(|member| member.agent == guest.agent).map(|member| member.name.clone());
        let name = sits.unwrap_or_else(|| guest.name.clone());
        if several { format!("{name}, {}", guest.server) } else { name }
    };
    guests.iter().filter(can).map(|guest| (guest.agent.clone(), words(guest))).collect()
}

/// Tracked: what an agent is called here.
fn name_of(subject: Subject, agent: &AgentId) -> Option<String> {
    let sits = subject.row.with(|row| {
        row.as_ref()?.members.iter().find(|member| member.agent == *agent).map(|member| member.name.clone())
    });
    sits.or_else(|| subject.state.conversations.name_of(agent))
}
