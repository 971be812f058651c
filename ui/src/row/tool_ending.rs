//! How a tool call stands, in words: at the end of its row, and in the line below it.

use leptos::{prelude::*, task::spawn_local};
use model::{ToolCall, ToolState};

use super::{Shown, counted, seconds, words::first_line};
use crate::{
    icons::{Icon, Symbol},
    timeline::time,
};

/// The row's class.
pub(super) fn class(call: &ToolCall) -> &'static str {
    if call.is_not_here() {
        return "step den";
    }
    match &call.state {
        ToolState::Returned(returned) if returned.ok => "step ok",
        ToolState::Returned(_) => "step bad",
        // Amber is for what waits for the user alone.
        ToolState::AwaitingApproval if call.foreign => "step den",
        ToolState::AwaitingApproval | ToolState::Deciding => "step wait",
        ToolState::Denied | ToolState::Stopped | ToolState::Interrupted => "step den",
        ToolState::Writing | ToolState::Running => "step",
    }
}

/// How a call stands, in words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ending {
    words: String,
    symbol: Option<Symbol>,
}

impl Ending {
    pub(super) fn of(call: &ToolCall) -> Self {
        let took = call.took.map(seconds);
        let ending = |words: String, symbol| Self { words, symbol: Some(symbol) };
        if call.is_not_here() {
            let symbol = (call.state != ToolState::Deciding).then_some(Symbol::X);
            return Self { words: "Not available here".to_owned(), symbol };
        }
        match &call.state {
            ToolState::Writing | ToolState::Running => Self { words: String::new(), symbol: None },
            ToolState::AwaitingApproval if call.foreign => ending("Not available here".to_owned(), Symbol::Clock),
            ToolState::AwaitingApproval => ending("Waiting for you".to_owned(), Symbol::Stamp),
            ToolState::Deciding => {
                let approve = call.decision.as_ref().is_none_or(|decision| decision.approve);
                Self { words: if approve { "Approving" } else { "Denying" }.to_owned(), symbol: None }
            }
            ToolState::Denied => ending(decided(call, "denied"), Symbol::X),
            ToolState::Returned(returned) if returned.ok => {
                let words = match &call.decision {
                    Some(_) => decided(call, "approved"),
                    None if call.foreign => "Ran in another program".to_owned(),
                    None => took.unwrap_or_default(),
                };
                let images = match returned.images.len() {
                    0 => None,
                    images => Some(counted(images as u64, "image", "images")),
                };
                let words = images
                    .into_iter()
                    .chain(Some(words).filter(|words| !words.is_empty()))
                    .collect::<Vec<_>>()
                    .join(", ");
                ending(words, Symbol::Check)
            }
            ToolState::Returned(_) => {
                ending(took.map_or_else(|| "failed".to_owned(), |took| format!("failed, {took}")), Symbol::X)
            }
            ToolState::Stopped => ending("Run was stopped".to_owned(), Symbol::Clock),
            ToolState::Interrupted => ending("Interrupted".to_owned(), Symbol::Offline),
        }
    }

    pub(super) fn view(self) -> AnyView {
        let sign = match self.symbol {
            Some(symbol) => view! { <Icon symbol=symbol class="s"/> }.into_any(),
            None => view! { <span class="spin"></span> }.into_any(),
        };
        view! { {self.words}{sign} }.into_any()
    }
}

/// "You approved, 10:46". A decision without a time was not made here.
fn decided(call: &ToolCall, verb: &str) -> String {
    match call.decision.as_ref().and_then(|decision| decision.at) {
        Some(at) => format!("You {verb}, {}", time::clock(at)),
        None => format!("{}{}", verb[..1].to_uppercase(), &verb[1..]),
    }
}

/// The line under a row: the reason of a denial, who asked for a tool that is not here and what was answered, or the cause of a failure
/// while the card is closed.
pub(super) fn below(call: &ToolCall, shown: &Shown, speaker: &str, is_open: bool) -> Option<AnyView> {
    if call.foreign
        && let Some(words) = elsewhere(call, speaker, is_open)
    {
        let down = (call.state == ToolState::AwaitingApproval).then(|| turn_down(shown));
        return Some(view! { <div class="reason" data-testid="not-here">{words}{down}</div> }.into_any());
    }
    match &call.state {
        ToolState::Denied => {
            let reason =
                call.decision.as_ref()?.reason.as_deref().map(first_line).filter(|reason| !reason.is_empty())?;
            Some(view! { <div class="reason">{format!("“{reason}” {speaker} was told.")}</div> }.into_any())
        }
        ToolState::Returned(returned) if !returned.ok && !is_open => {
            let stderr = returned.stderr.iter().map(|line| first_line(line)).find(|line| !line.is_empty());
            let cause = Some(first_line(&returned.text)).filter(|cause| !cause.is_empty()).or(stderr)?;
            Some(view! { <div class="reason bad">{cause}</div> }.into_any())
        }
        ToolState::Writing
        | ToolState::Running
        | ToolState::AwaitingApproval
        | ToolState::Deciding
        | ToolState::Returned(_)
        | ToolState::Stopped
        | ToolState::Interrupted => None,
    }
}

/// Who asked for a tool that the server does not have, and what was answered. None: another program answered it, or the run ended.
fn elsewhere(call: &ToolCall, speaker: &str, is_open: bool) -> Option<String> {
    let asked = format!("{speaker} asked for a tool of another program");
    match &call.state {
        ToolState::AwaitingApproval => Some(format!("{asked}, which may still answer. ")),
        ToolState::Deciding => Some(format!("{asked}, and is being told that it is not available here.")),
        ToolState::Returned(returned) if call.is_not_here() && !is_open => {
            Some(format!("{asked}, and was told: “{}”", first_line(&returned.text)))
        }
        ToolState::Returned(_) if call.is_not_here() => Some(format!("{asked}.")),
        ToolState::Denied => Some(format!("{asked}, and was told that it is not available here.")),
        ToolState::Writing
        | ToolState::Running
        | ToolState::Returned(_)
        | ToolState::Stopped
        | ToolState::Interrupted => None,
    }
}

/// The way out of waiting for a program that may never answer.
fn turn_down(shown: &Shown) -> impl IntoView + use<> {
    let (down, id) = (shown.doings.turn_down.clone(), shown.id.clone());
    let failure = RwSignal::new(None::<String>);
    let press = move |_| {
        failure.set(None);
        let done = down(id.clone());
        spawn_local(async move {
            if let Err(why) = done.await {
                // Its row may be gone by now.
                let _ = failure.try_set(Some(why.message));
            }
        });
    };
    view! {
        <button class="link" type="button" data-testid="turn-down" on:click=press>"Answer that it is not available here"</button>
        {move || failure.get().map(|why| view! { <span class="bad" role="alert">{format!(" Not sent. {why}")}</span> })}
    }
}
