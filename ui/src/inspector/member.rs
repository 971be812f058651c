//! A member in the inspector: who it is, what it thinks with, what it used; and behind it what can be done about it.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{AgentId, ConversationKind, Member, Pattern, SeatNow, SeatState};

use super::{edit::Edit, subject::Subject};
use crate::{
    icons::{Bars, Monogram, Symbol, hue_class},
    menu::{Menu, MenuItem},
    ordering::Grip,
    row::thousands,
    seat::Deeds,
};

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Among those who can be put in another order.
    Among,
    /// It leads a server's group, and has no place in its order.
    Chair,
    /// It does not sit at the table and only picks who speaks.
    Apart,
}

/// One row. How rows are put in order is `ordering`.
#[component]
pub(super) fn MemberRow(
    /// Where it sits.
    subject: Subject,
    /// Who it is.
    member: Memo<Member>,
    /// Where its row stands.
    place: Place,
    /// What each thinks with.
    models: RwSignal<BTreeMap<AgentId, String>>,
) -> impl IntoView {
    let agent = StoredValue::new(member.with_untracked(|member| member.agent.clone()));
    let seat = Memo::new(move |_| {
        subject.row.with(|row| {
            let seats = &row.as_ref()?.floor.as_ref()?.seats;
            agent.with_value(|agent| seats.iter().find(|seat| seat.agent == *agent).cloned())
        })
    });
    let tag = Memo::new(move |_| agent.with_value(|agent| subject.pattern().and_then(|pattern| tag(&pattern, agent))));
    let muted = move || seat.with(|seat| seat.as_ref().is_some_and(|seat| seat.muted));
    let speaks = move || seat.with(|seat| seat.as_ref().is_some_and(|seat| seat.state == SeatState::Speaking));
    let state = Memo::new(move |_| seat.with(|seat| seat.as_ref().map(|seat| seat.state)));
    let about = move || {
        // What it is at comes before what it is.
        let label = state.get().filter(|state| *state != SeatState::Spoke).map(SeatState::label).unwrap_or_default();
        if !label.is_empty() {
            return label.to_owned();
        }
        let model = agent.with_value(|agent| models.with(|models| models.get(agent).map(|model| short(model))));
        member.with(|member| match (member.role.is_empty(), model) {
            (true, model) => model.unwrap_or_default(),
            (false, None) => member.role.clone(),
            (false, Some(model)) => format!("{}, {model}", member.role),
        })
    };
    let used = Memo::new(move |_| seat.with(|seat| seat.as_ref().map(tokens)));
    let acts = match (subject.kind, place) {
        (ConversationKind::Table, Place::Among) => true,
        (_, Place::Among) => untrack(|| subject.can_change()),
        (_, Place::Chair | Place::Apart) => false,
    };
    let face = move || {
        view! {
            {move || member.with(|member| view! { <Monogram letters=member.monogram.clone() hue=member.hue/> })}
            <span class="grow">
                <span class="mline">
                    <b class="cut">{move || member.with(|member| member.name.clone())}</b>
                    {move || tag.get().map(|tag| view! { <span class="chip tiny">{tag}</span> })}
                    {move || muted().then(|| view! { <span class="chip tiny">"muted"</span> })}
                    {move || speaks().then(|| view! { <Bars/> })}
                    <span class="t3 num">{move || used.get().filter(|used| *used > 0).map(thousands)}</span>
                </span>
                <span
                    class="mabout t3 cut"
                    class:wait=move || state.get() == Some(SeatState::Waiting)
                    class:bad=move || state.get() == Some(SeatState::Failed)
                >
                    {about}
                </span>
            </span>
        }
    };
    let menu = RwSignal::new(false);
    view! {
        <li
            class=move || format!("mrow {}", hue_class(member.with(|member| member.hue)))
            data-testid="inspected"
            data-agent=agent.with_value(ToString::to_string)
            data-state=move || state.get().map(SeatState::word)
        >
            {acts.then(|| view! { <Grip/> })}
            {match acts {
                false => view! { <div class="mface">{face()}</div> }.into_any(),
                true => view! {
                    <div class="drop">
                        <button
                            class="mface"
                            type="button"
                            data-testid="inspected-menu"
                            aria-haspopup="menu"
                            aria-keyshortcuts=move || subject.can_change().then_some("Alt+ArrowUp Alt+ArrowDown")
                            aria-expanded=move || menu.get().to_string()
                            on:click=move |_| menu.update(|menu| *menu = !*menu)
                        >
                            {face()}
                        </button>
                        <Menu open=menu label=member.with_untracked(|member| member.name.clone())>
                            <Acts subject=subject member=member/>
                        </Menu>
                    </div>
                }
                .into_any(),
            }}
            {move || used.get().and_then(|used| share(used, total(subject))).map(|(used, all, percent)| {
                let label = member.with(|member| format!("{}: {} of {} tokens", member.name, thousands(used), thousands(all)));
                view! {
                    <div class="meter" role="meter" aria-valuemin="0" aria-valuemax=all aria-valuenow=used aria-label=label>
                        <b style:width=format!("{percent}%")></b>
                    </div>
                }
            })}
        </li>
    }
}

/// What can be done: at a table what its seat offers; where members can be changed, that it leaves.
#[component]
fn Acts(subject: Subject, member: Memo<Member>) -> impl IntoView {
    let Member { agent, name, role, .. } = member.get_untracked();
    let seat = subject.led().map(|led| view! { <Deeds member=member.get_untracked() led=led/> });
    let head = seat.is_none().then(|| view! {
        <div class="mh" role="presentation"><b class="cut">{name.clone()}</b><span class="t3 cut">{role}</span></div>
    });
    let leaves = match subject.kind {
        ConversationKind::Group => format!("Take {name} out of the group"),
        ConversationKind::Table | ConversationKind::Agent | ConversationKind::Conversation => {
            format!("Take {name} from the table")
        }
    };
    let agent = StoredValue::new(agent);
    view! {
        {seat}
        {head}
        {move || subject.can_change().then(|| view! {
            <MenuItem
                handle="member-out"
                symbol=Symbol::X
                words=leaves.clone()
                act=move || subject.change(Edit::Unseat(agent.get_value()))
            />
        })}
    }
}

/// What an agent is beside a member.
fn tag(pattern: &Pattern, agent: &AgentId) -> Option<&'static str> {
    match pattern {
        Pattern::Supervisor { lead } => (lead == agent).then_some("leads"),
        Pattern::Dynamic { manager } => (manager == agent).then_some("picks"),
        Pattern::Sleeptime { talks } => (talks == agent).then_some("talks"),
        Pattern::RoundRobin | Pattern::CalledOn | Pattern::Other { .. } => None,
    }
}

/// Read and written.
fn tokens(seat: &SeatNow) -> u64 {
    seat.input.saturating_add(seat.output)
}

/// Tracked: tokens of all members.
fn total(subject: Subject) -> u64 {
    subject.row.with(|row| {
        let seats = row.as_ref().and_then(|row| row.floor.as_ref()).map(|floor| floor.seats.as_slice());
        seats.unwrap_or_default().iter().map(tokens).fold(0, u64::saturating_add)
    })
}

/// A part, all of it, and the part in percent; none while nothing was used.
fn share(used: u64, all: u64) -> Option<(u64, u64, u64)> {
    (all > 0).then(|| (used, all, used.saturating_mul(100) / all))
}

/// The name of a model without who offers it.
fn short(model: &str) -> String {
    model.rsplit('/').next().unwrap_or(model).to_owned()
}
