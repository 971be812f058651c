//! The page of the members: who sits there, with each one's part of the tokens, who can still be asked, and who speaks when.

use std::collections::BTreeMap;

use leptos::{prelude::*, task::spawn_local};
use model::{AgentId, ConversationKind, Member, Pattern, command::ModelsOf};

use super::{
    add::Add,
    edit::{Edit, way_of},
    member::{MemberRow, Place},
    subject::Subject,
    ways::Ways,
};
use crate::{
    ipc,
    ordering::{self, Ordered},
};

/// The page.
#[component]
pub(super) fn Members(
    /// Of what.
    subject: Subject,
) -> impl IntoView {
    let members = Memo::new(move |_| members(subject));
    let sits =
        Memo::new(move |_| members.with(|members| members.iter().map(|one| one.agent.clone()).collect::<Vec<_>>()));
    // Whoever leads a server's group has no place among the others.
    let (chair, seated) = (
        Memo::new(move |_| chair(subject)),
        Memo::new(move |_| {
            let chair = chair(subject);
            members.with(|members| {
                members.iter().filter(|one| Some(&one.agent) != chair.as_ref()).cloned().collect::<Vec<_>>()
            })
        }),
    );
    let models = models(subject, sits);
    let row = move |member: Member| {
        let agent = member.agent.clone();
        // A member keeps its row while its name or colour changes.
        let member = Memo::new(move |before: Option<&Member>| {
            let now = members.with(|members| members.iter().find(|one| one.agent == agent).cloned());
            now.or_else(|| before.cloned()).unwrap_or_else(|| member.clone())
        });
        view! { <MemberRow subject=subject member=member place=Place::Among models=models/> }
    };
    let name = Callback::new(move |at: usize| {
        seated.with_untracked(|seated| seated.get(at).map(|one| one.name.clone()).unwrap_or_default())
    });
    let put = Callback::new(move |(from, to): (usize, usize)| {
        let mut order: Vec<AgentId> = seated.with_untracked(|all| all.iter().map(|one| one.agent.clone()).collect());
        let Some(agent) = order.get(from).cloned() else { return };
        ordering::put(&mut order, from, to);
        subject.order.set(Some(order));
        subject.change(Edit::Place(agent, to));
    });
    let alone = move |which: Memo<Option<AgentId>>, place| {
        let member = Memo::new(move |_| which.get().and_then(|agent| known(subject, &agent)));
        move || {
            let member = member.get()?;
            let member = Memo::new(move |_| member.clone());
            Some(view! { <ul class="mlist"><MemberRow subject=subject member=member place=place models=models/></ul> })
        }
    };
    let picker = Memo::new(move |_| picker(subject, &sits.get()));
    view! {
        {alone(chair, Place::Chair)}
        {move || {
            let rows = move || view! { <For each=move || seated.get() key=|member| member.agent.clone() children=row/> };
            match subject.can_change() {
                true => view! { <Ordered class="mlist" name=name put=put>{rows()}</Ordered> }.into_any(),
                false => view! { <ol class="mlist">{rows()}</ol> }.into_any(),
            }
        }}
        {alone(picker, Place::Apart)}
        <Show when=move || subject.can_change()><Add subject=subject sits=sits/></Show>
        {move || subject.refused.get().map(|why| view! { <p class="help bad" role="alert" data-testid="inspector-refused">{why}</p> })}
        <Ways subject=subject/>
    }
}

/// Who sits there, in the order that was chosen last.
fn members(subject: Subject) -> Vec<Member> {
    let mut members = subject.row.with(|row| row.as_ref().map(|row| row.members.clone()).unwrap_or_default());
    if let Some(order) = subject.order.get() {
        members.sort_by_key(|member| order.iter().position(|agent| *agent == member.agent));
    }
    members
}

/// Who leads, picks or talks in a server's group.
fn chair(subject: Subject) -> Option<AgentId> {
    let pattern = subject.pattern().filter(|_| subject.kind == ConversationKind::Group)?;
    way_of(&pattern)?.1.cloned()
}

/// A member, or an agent as its own row knows it.
fn known(subject: Subject, agent: &AgentId) -> Option<Member> {
    let sits = subject.row.with(|row| row.as_ref()?.members.iter().find(|one| one.agent == *agent).cloned());
    sits.or_else(|| subject.state.conversations.agent(agent))
}

/// The agent that picks who speaks without sitting at the table.
fn picker(subject: Subject, sits: &[AgentId]) -> Option<AgentId> {
    match subject.pattern().filter(|_| subject.kind == ConversationKind::Table)? {
        Pattern::Dynamic { manager } => Some(manager).filter(|manager| !sits.contains(manager)),
        Pattern::RoundRobin
        | Pattern::CalledOn
        | Pattern::Supervisor { .. }
        | Pattern::Sleeptime { .. }
        | Pattern::Other { .. } => None,
    }
}

/// What each thinks with. Asked anew when others sit there, and when the line to the server changes: it may tell by then.
fn models(subject: Subject, sits: Memo<Vec<AgentId>>) -> RwSignal<BTreeMap<AgentId, String>> {
    let models = RwSignal::new(BTreeMap::new());
    let line = subject.line();
    Effect::new(move |_| {
        // Read, not only tracked: a memo that nobody reads hears of nothing.
        sits.get();
        line.get();
        spawn_local(async move {
            if let Ok(told) = ipc::call(ModelsOf { conversation: subject.id() }).await {
                models.try_set(told);
            }
        });
    });
    models
}
