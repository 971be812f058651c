//! The page of what was used: in all, by member, by message. Only what servers told; what they did not is left out, and said so.

use leptos::{prelude::*, task::spawn_local};
use model::{ConversationKind, MemberUsage, RoundUsage, Spent, Turn, Usage, command::UsageOf};

use super::subject::Subject;
use crate::{
    ago,
    icons::hue_class,
    ipc,
    row::{counted, seconds, thousands},
    timeline::time,
};

/// The page.
#[component]
pub(super) fn Used(
    /// By what.
    subject: Subject,
) -> impl IntoView {
    let (usage, failure) = (RwSignal::new(None::<Usage>), RwSignal::new(None::<String>));
    // It changes when somebody's turn has ended.
    let so_far = Memo::new(move |_| {
        subject.row.with(|row| {
            let row = row.as_ref()?;
            let seats = row.floor.as_ref().map(|floor| floor.seats.as_slice()).unwrap_or_default();
            Some((row.turn == Turn::Yours, seats.iter().map(|seat| seat.input + seat.output).sum::<u64>()))
        })
    });
    Effect::new(move |_| {
        // Read, not only tracked: a memo that nobody reads hears of nothing.
        so_far.get();
        spawn_local(async move {
            match ipc::call(UsageOf { conversation: subject.id() }).await {
                Ok(told) => {
                    failure.try_set(None);
                    usage.try_set(Some(told));
                }
                Err(why) => drop(failure.try_set(Some(why.message))),
            }
        });
    });
    view! {
        {move || failure.get().map(|why| view! { <p class="help bad" role="alert" data-testid="usage-failed">{why}</p> })}
        {move || usage.get().map(|usage| whole(subject, usage))}
    }
}

fn whole(subject: Subject, usage: Usage) -> AnyView {
    let Usage { total, members, rounds } = usage;
    if total == Spent::default() && rounds.is_empty() {
        return view! { <p class="help" data-testid="usage-empty">"Nothing was used yet."</p> }.into_any();
    }
    let untimed = rounds.iter().any(|round| round.spent.took.is_none());
    let together = subject.kind == ConversationKind::Group;
    let part = |name: &'static str, value: String| view! { <div><dt>{name}</dt><dd class="num">{value}</dd></div> };
    view! {
        <dl class="spent" data-testid="usage-total">
            {(total.turns > 0).then(|| part("Turns", thousands(total.turns)))}
            {part("Tokens in", thousands(total.input))}
            {part("Tokens out", thousands(total.output))}
            {total.took.map(|took| part("Time", seconds(took)))}
        </dl>
        {(!members.is_empty()).then(|| by_member(subject, members))}
        {together.then(|| view! { <p class="help" data-testid="usage-together">"The server leads this group and tells only what all of them used together."</p> })}
        {(!rounds.is_empty()).then(|| by_message(rounds))}
        {untimed.then(|| view! { <p class="help" data-testid="usage-untimed">"Time is measured here: talk that was read from the server has none."</p> })}
    }
    .into_any()
}

fn by_member(subject: Subject, members: Vec<MemberUsage>) -> impl IntoView {
    let all =
        members.iter().map(|member| member.input.saturating_add(member.output)).fold(0, u64::saturating_add).max(1);
    let hues = subject.row.with_untracked(|row| row.as_ref().map(|row| row.members.clone()).unwrap_or_default());
    let line = |member: MemberUsage| {
        let used = member.input.saturating_add(member.output);
        let hue = hues.iter().find(|other| other.agent == member.agent).map(|other| hue_class(other.hue));
        let name = member.name.unwrap_or_else(|| "Somebody who left".to_owned());
        let spoken = format!("{name}: {} of {} tokens", thousands(used), thousands(all));
        let words = format!("{} in, {} out", thousands(member.input), thousands(member.output));
        view! {
            <li class=hue.unwrap_or_default() data-testid="usage-member" data-agent=member.agent.to_string()>
                <div class="h"><b class="cut">{name}</b><span class="ct num">{words}</span></div>
                <div class="meter" role="meter" aria-valuemin="0" aria-valuemax=all aria-valuenow=used aria-label=spoken>
                    <b style:width=format!("{}%", used.saturating_mul(100) / all)></b>
                </div>
            </li>
        }
    };
    view! {
        <h3 class="sb-h">"By member"</h3>
        <ul class="uses">{members.into_iter().map(line).collect_view()}</ul>
    }
}

fn by_message(rounds: Vec<RoundUsage>) -> impl IntoView {
    let now = time::now();
    let line = |RoundUsage { item, at, words, spent }: RoundUsage| {
        let Spent { turns, input, output, took } = spent;
        let mut parts = Vec::new();
        parts.extend((turns > 0).then(|| counted(turns, "turn", "turns")));
        parts.extend([format!("{} in", thousands(input)), format!("{} out", thousands(output))]);
        parts.extend(took.map(seconds));
        let words = if words.is_empty() { "Without words".to_owned() } else { markdown::visible(&words).into_owned() };
        view! {
            <li data-testid="usage-round" data-item=item.to_string()>
                <div class="h"><span class="cut">{words}</span><span class="ct">{ago::ago(at, now)}</span></div>
                <div class="use num">{parts.into_iter().map(|part| view! { <span>{part}</span> }).collect_view()}</div>
            </li>
        }
    };
    view! {
        <h3 class="sb-h">"By message, newest first"</h3>
        <ol class="uses">{rounds.into_iter().map(line).collect_view()}</ol>
    }
}
