//! What Tertulia itself states: days, rounds, "New since", usage, notices. Gaps are `gap`, what happens at a table is `table`.

use leptos::prelude::*;
use model::{Content, Notice};

use super::{Shown, copying, counted, seconds, table, thousands};
use crate::{
    icons::{Icon, Symbol},
    timeline::time::{self, Day},
};

pub(super) fn day(day: Day) -> impl IntoView {
    let id = format!("day-{}-{:02}-{:02}", day.year, day.month + 1, day.day);
    let title = day.title(time::day(time::now()));
    let label = title.clone();
    view! {
        <div class="entry mark" data-testid="item" data-kind="day" data-author="app" data-id=id role="separator" aria-label=label>
            <div class="sep">{title}</div>
        </div>
    }
}

pub(super) fn new_since(at: i64) -> impl IntoView {
    let title = format!("New since {}", time::clock(at));
    let label = title.clone();
    view! { <div class="entry mark" data-testid="new-since" role="separator" aria-label=label><div class="newl"><span>{title}</span></div></div> }
}

pub(super) fn round(shown: &Shown) -> impl IntoView + use<> {
    let number = shown.item.with_untracked(|item| match &item.content {
        Content::Round { number } => *number,
        _ => 0,
    });
    view! { <div class="sep">{format!("Round {number}")}</div> }
}

/// What a run used, as one quiet line under it.
pub(super) fn usage(shown: &Shown) -> impl IntoView + use<> {
    let item = shown.item.clone();
    let (table, usage) = (shown.rows.clone(), shown.id.clone());
    // At a table it matters who had the word, not how often a model was asked.
    let count = move |steps| match table.is_solo() {
        true => counted(steps, "step", "steps"),
        false => counted(table.turns_above(&usage).max(1), "turn", "turns"),
    };
    let words = move || {
        item.with(|item| match &item.content {
            Content::Notice(Notice::Usage { steps, input, output, took }) => {
                let mut words =
                    vec![count(*steps), format!("{} in", thousands(*input)), format!("{} out", thousands(*output))];
                words.extend(took.map(seconds));
                words.into_iter().map(|word| view! { <span>{word}</span> }).collect()
            }
            _ => Vec::new(),
        })
    };
    // A run's words can be copied where its usage stands; at a table each speaker has their own button.
    let (rows, turn, id) = (shown.rows.clone(), shown.entry.turn.clone(), shown.id.clone());
    let copy = move || {
        let turn = turn.clone().filter(|turn| rows.is_solo() && !rows.words_above(turn, &id).is_empty())?;
        let (rows, id) = (rows.clone(), id.clone());
        Some(copying::button("Copy reply", "ib", move || untrack(|| rows.words_above(&turn, &id))))
    };
    view! { <div class="use">{copy}{words}</div> }
}

pub(super) fn notice(shown: &Shown) -> impl IntoView + use<> {
    let notice = shown.item.with_untracked(|item| match &item.content {
        Content::Notice(notice) => Some(notice.clone()),
        _ => None,
    });
    let line = |symbol: Symbol, words: String| {
        view! { <div class="sys"><Icon symbol=symbol class="s"/>{words}</div> }.into_any()
    };
    match notice {
        Some(Notice::Stopped) => line(Symbol::Stop, "Stopped by you".to_owned()),
        Some(Notice::Ended { reason }) => line(Symbol::Info, ended(&reason)),
        Some(Notice::Compacted { summary: None }) => {
            line(Symbol::Database, "Older turns were summarised to make room".to_owned())
        }
        Some(Notice::Compacted { summary: Some(summary) }) => {
            disclosed(shown, Symbol::Database, "Older turns were summarised to make room".to_owned(), summary)
        }
        Some(Notice::Unknown { message_type, raw }) => {
            let kind = markdown::visible(&message_type).into_owned();
            disclosed(shown, Symbol::Info, format!("A message of a kind this version does not know: {kind}"), raw)
        }
        Some(Notice::System { text }) if text.trim().contains('\n') || text.len() > 120 => {
            disclosed(shown, Symbol::Info, "A message of the server".to_owned(), text)
        }
        Some(Notice::System { text }) => line(Symbol::Info, markdown::visible(text.trim()).into_owned()),
        Some(Notice::Guard { reached }) => table::guard(shown, &reached),
        Some(Notice::Late { name, item, failed }) => table::late(shown, &name, item, failed),
        Some(Notice::Table { text }) => line(Symbol::Info, markdown::visible(text.trim()).into_owned()),
        Some(Notice::Usage { .. } | Notice::HandOff { .. }) | None => ().into_any(),
    }
}

/// A run that ended early, by Letta's word for why.
fn ended(reason: &str) -> String {
    match reason {
        "max_steps" => "The run reached its limit of steps".to_owned(),
        "tool_rule" => "A rule of the tools ended the run".to_owned(),
        "max_tokens_exceeded" => "The model reached its limit of words".to_owned(),
        "no_tool_call" => "The run ended without a tool call".to_owned(),
        "cancelled" => "The run was stopped".to_owned(),
        other => format!("The run ended: {}", markdown::visible(other).replace('_', " ")),
    }
}

/// A line with something long behind it.
fn disclosed(shown: &Shown, symbol: Symbol, title: String, text: String) -> AnyView {
    let open = shown.rows.disclosure(shown.id.as_str());
    let (expanded, chevron, within) = (open.clone(), open.clone(), open.clone());
    let text = markdown::visible(text.trim()).into_owned();
    view! {
        <div class="sys">
            <button
                class="step"
                type="button"
                aria-expanded=move || if expanded.get() { "true" } else { "false" }
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Icon symbol=symbol class="s"/>
                <span class="cut">{title}</span>
                {move || view! { <Icon symbol=if chevron.get() { Symbol::Down } else { Symbol::Right } class="chev"/> }}
            </button>
        </div>
        {move || within.get().then(|| view! { <pre class="raw" tabindex="0">{text.clone()}</pre> })}
    }
    .into_any()
}
