//! One decision of the log: who asked for what, byte for byte as it was shown, what was decided and why, when, and what came of it.

use leptos::prelude::*;
use model::{Delivery, LogLine, Outcome, Ruling};

use super::{
    desk::Desk,
    detail::Back,
    row::{Verdict, reason, who_asked},
};
use crate::{
    approval::on_day,
    arguments::Arguments,
    icons::{Icon, Symbol},
    row::thousands,
    state::State,
    timeline::time,
    values::{Values, written, written_name},
    visible::visible_text,
};

/// The decision.
#[component]
pub fn Line(
    /// The inbox.
    desk: Desk,
    /// As it stands in the log.
    line: LogLine,
) -> impl IntoView {
    let state = State::here();
    let (_, _, name) = untrack(|| who_asked(state, &line));
    let verdict = Verdict::of(&line);
    let (whole, cut) = (RwSignal::new(false), RwSignal::new(0));
    let bytes = format!("{} bytes, exactly as shown", thousands(line.arguments.len() as u64));
    let today = time::day(time::now());
    let mut when = on_day(line.at, today);
    if time::day(line.at) != today {
        when.push_str(&format!(" at {}", time::clock(line.at)));
    }
    let why = reason(&line.ruling).filter(|why| !why.trim().is_empty()).map(str::to_owned);
    let conversation = line.conversation.clone();
    let title = visible_text(&line.title);
    view! {
        <header class="bar">
            <Back desk=desk/>
            <span class="grow t3 cut asked">
                "Decided "{when}" in "
                <button class="link" type="button" on:click=move |_| state.open(conversation.clone())>{title}</button>
            </span>
        </header>
        <div class="idc">
            <article class="ruled" data-testid="log-line">
                <h2 class="ttl">
                    <bdi>{written(&name)}</bdi> " wanted to run " <bdi class="mono">{written_name(&line.tool)}</bdi>
                </h2>
                <p class="t3 size">{bytes}</p>
                <Values arguments=Arguments::read(&line.arguments) open=whole cut=cut/>
                <dl class="facts">
                    <dt>"Decision"</dt>
                    <dd><span class="vd" class:ok=verdict.is_yes><Icon symbol=verdict.symbol class="s"/>{verdict.word}</span></dd>
                    {why.map(|why| view! { <dt>"Reason"</dt> <dd class="value">{written(&why)}</dd> })}
                    <dt>"Sent"</dt>
                    <dd>{delivery(&line.delivery, &line.ruling)}</dd>
                    <dt>"Result"</dt>
                    <dd>{outcome(line.outcome.as_ref(), &line.ruling)}</dd>
                </dl>
            </article>
        </div>
    }
}

fn delivery(delivery: &Delivery, ruling: &Ruling) -> String {
    match (delivery, ruling) {
        (Delivery::Sent, _) => "The server took it".to_owned(),
        (Delivery::NotSent { why }, _) => format!("No. {}", visible_text(why)),
        (Delivery::Unknown, Ruling::Approved | Ruling::Denied { .. }) => {
            "Not known. Tertulia ended before the server answered".to_owned()
        }
        (Delivery::Unknown, Ruling::Stopped | Ruling::NotAvailable) => "Not known".to_owned(),
    }
}

fn outcome(outcome: Option<&Outcome>, ruling: &Ruling) -> AnyView {
    match (outcome, ruling) {
        (Some(outcome), _) => {
            let (symbol, word) = if outcome.ok { (Symbol::Check, "It ran") } else { (Symbol::X, "It failed") };
            view! {
                <span class="vd" class:ok=outcome.ok><Icon symbol=symbol class="s"/>{format!("{word}, {}", time::clock(outcome.at))}</span>
                <div class="value result" data-testid="log-result">{written(&outcome.text)}</div>
            }
            .into_any()
        }
        (None, Ruling::Approved) => "Nothing has come back yet".into_any(),
        (None, Ruling::Denied { .. } | Ruling::Stopped | Ruling::NotAvailable) => "It did not run".into_any(),
    }
}
