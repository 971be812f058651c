//! The list of the inbox: what waits, oldest first, with ticks where several are to be approved; below it what was decided today.

use std::time::Duration;

use leptos::prelude::*;
use model::{LogLine, Pending};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::{
    desk::{Desk, Key, Picked, Side, key_of},
    row::{Verdict, first_argument, one_line, reason, when, who_asked},
};
use crate::{
    ago,
    approval::{Request, Trust, focus},
    bar::Slide,
    icons::{Icon, Monogram, Symbol},
    state::State,
    timeline::time,
    values::written_name,
    visible::visible_text,
};

/// So many decisions of today stand in the list; the log has them all.
const TODAY: usize = 8;

/// The list.
#[component]
pub fn Requests(
    /// The inbox.
    desk: Desk,
) -> impl IntoView {
    let keys = Memo::new(move |_| desk.requests.with(|requests| requests.iter().map(key_of).collect::<Vec<_>>()));
    let loaded = Memo::new(move |_| desk.pending.with(Option::is_some));
    let now = ago::ticking(Duration::from_secs(30));
    view! {
        <section class="ilist" aria-label="Requests" data-region="requests" tabindex="-1" on:keydown=along>
            <header class="bar">
                <Slide/>
                <h1 class="grow">"Approvals"</h1>
                <button
                    class="ib"
                    aria-label="All decisions"
                    title="All decisions"
                    data-testid="decision-log"
                    on:click=move |_| open_log(desk)
                >
                    <Icon symbol=Symbol::History/>
                </button>
            </header>
            <div class="ilist-scroll">
                {move || desk.failure.get().map(|why| view! { <p class="ilist-note" role="alert">{why}</p> })}
                <Show when=move || loaded.get()><Head desk=desk/></Show>
                <ul>
                    <For each=move || keys.get() key=Clone::clone let(key)><RequestRow desk=desk which=key now=now/></For>
                </ul>
                <Show when=move || desk.today.with(|today| !today.is_empty())>
                    <div class="ih">
                        <span class="grow">"Decided today"</span>
                        <button class="link" data-testid="all-decisions" on:click=move |_| open_log(desk)>"All decisions"</button>
                    </div>
                    <ul>
                        {move || {
                            desk.today.get().into_iter().take(TODAY).map(|line| view! { <Decided desk=desk line=line now=now/> }).collect_view()
                        }}
                    </ul>
                </Show>
            </div>
            <Show when=move || desk.ticking.get()><TickBar desk=desk/></Show>
        </section>
    }
}

fn open_log(desk: Desk) {
    desk.tick_no_more();
    desk.picked.set(Picked::Nothing);
    desk.side.set(Side::Log(None));
}

/// "4 waiting", and the way to tick several.
#[component]
fn Head(desk: Desk) -> impl IntoView {
    let count = Memo::new(move |_| desk.requests.with(Vec::len));
    let words = move || match (desk.ticking.get(), count.get()) {
        (true, _) => format!("{} ticked", desk.chosen().len()),
        (false, 0) => "Nothing waits".to_owned(),
        (false, count) => format!("{count} waiting"),
    };
    let toggle = move |_| {
        if desk.ticking.get_untracked() {
            desk.tick_no_more();
        } else {
            desk.ticking.set(true);
        }
    };
    view! {
        <div class="ih">
            <span class="grow" data-testid="inbox-count">{words}</span>
            <Show when=move || { count.get() > 1 || desk.ticking.get() }>
                <button
                    class="link"
                    data-testid="select-several"
                    on:click=toggle
                >
                    {move || if desk.ticking.get() { "Cancel" } else { "Select several" }}
                </button>
            </Show>
        </div>
    }
}

/// Only what was ticked can be approved together; nothing ticks all.
#[component]
fn TickBar(desk: Desk) -> impl IntoView {
    let trust = Trust::here();
    let count = Memo::new(move |_| desk.chosen().len());
    view! {
        <div class="tick-bar">
            <button
                class="btn"
                data-testid="approve-ticked"
                disabled=move || count.get() == 0 || !desk.reached.get()
                on:click=move |event| {
                    if trust.is_own(&event) {
                        desk.pick(Picked::Together(untrack(|| desk.chosen())));
                    }
                }
            >
                {move || if count.get() == 0 { "Approve…".to_owned() } else { format!("Approve {}…", count.get()) }}
            </button>
        </div>
    }
}

/// One that waits.
#[component]
fn RequestRow(desk: Desk, which: Key, now: RwSignal<i64>) -> impl IntoView {
    let request = {
        let which = which.clone();
        Memo::new(move |_| desk.requests.with(|all| all.iter().find(|one| key_of(one) == which).cloned()))
    };
    let pending = {
        let which = which.clone();
        let is_it = move |one: &&Pending| one.conversation == which.0 && one.call.id == which.1;
        Memo::new(move |_| {
            desk.pending.with(|all| all.as_ref().and_then(|all| all.iter().find(|one| is_it(one)).cloned()))
        })
    };
    let on = {
        let which = which.clone();
        Memo::new(move |_| {
            let beside = desk.picked.with(|picked| matches!(picked, Picked::Nothing | Picked::Request(_)));
            beside && desk.shown.get().as_ref() == Some(&which)
        })
    };
    let ticked = {
        let which = which.clone();
        Memo::new(move |_| desk.ticked.with(|ticked| ticked.contains(&which)))
    };
    let press = {
        let which = which.clone();
        move |_| {
            if desk.ticking.get_untracked() {
                let which = which.clone();
                desk.ticked.update(|ticked| {
                    if !ticked.remove(&which) {
                        ticked.insert(which);
                    }
                });
            } else {
                desk.pick(Picked::Request(which.clone()));
            }
        }
    };
    let call = which.1.to_string();
    view! {
        <li>
            <button
                class="ir"
                class:is-on=on
                type="button"
                data-testid="inbox-row"
                data-tool-call=call
                role=move || desk.ticking.get().then_some("checkbox")
                aria-checked=move || desk.ticking.get().then(|| ticked.get().to_string())
                aria-current=move || on.get().then_some("true")
                on:click=press
            >
                <Show when=move || desk.ticking.get()>
                    <span class="tick" class:is-on=ticked aria-hidden="true">
                        <Show when=move || ticked.get()><Icon symbol=Symbol::Check class="s"/></Show>
                    </span>
                </Show>
                {move || request.get().map(|request| face(&request))}
                <span class="grow lines">
                    {move || request.get().map(|request| {
                        let (first, _) = request.first_argument();
                        view! {
                            <span class="l1">
                                <bdi class="tn cut">{written_name(&request.call.name)}</bdi>
                                <span class="when">{state_word(desk, pending, now)}</span>
                            </span>
                            <bdi class="l2 cut">{one_line(&first)}</bdi>
                        }
                    })}
                    <bdi class="l3 cut">
                        {move || request.get().map(|request| from(&request.asker.name, pending.get().as_ref().map(|pending| pending.title.as_str())))}
                    </bdi>
                </span>
            </button>
        </li>
    }
}

fn face(request: &Request) -> impl IntoView + use<> {
    view! { <Monogram letters=request.asker.monogram.clone() hue=request.asker.hue/> }
}

/// When it was asked; or that a decision is on its way.
fn state_word(desk: Desk, pending: Memo<Option<Pending>>, now: RwSignal<i64>) -> impl IntoView {
    move || {
        let pending = pending.get()?;
        let key = (pending.conversation.clone(), pending.call.id.clone());
        let deciding = desk.requests.with(|all| all.iter().any(|one| key_of(one) == key && one.is_deciding()));
        Some(if deciding { "decided".to_owned() } else { ago::ago(pending.asked_at, now.get()) })
    }
}

/// "Ibrahim, Autumn issue"; a conversation that is named like its agent is not named twice.
fn from(agent: &str, title: Option<&str>) -> String {
    match title {
        Some(title) if title != agent && !title.is_empty() => visible_text(&format!("{agent}, {title}")),
        Some(_) | None => visible_text(agent),
    }
}

/// One that was decided.
#[component]
pub fn Decided(
    /// The inbox.
    desk: Desk,
    /// The decision.
    line: LogLine,
    /// The time.
    now: RwSignal<i64>,
) -> impl IntoView {
    let state = State::here();
    let (letters, hue, name) = untrack(|| who_asked(state, &line));
    let number = line.number;
    let on =
        Memo::new(move |_| desk.picked.with(|picked| matches!(picked, Picked::Line(line) if line.number == number)));
    let below = match reason(&line.ruling).filter(|reason| !reason.trim().is_empty()) {
        Some(reason) => format!("“{}”", one_line(reason)),
        None => from(&name, Some(&line.title)),
    };
    let at = line.at;
    let first = first_argument(&line.arguments);
    let tool = line.tool.clone();
    let verdict = Verdict::of(&line);
    view! {
        <li>
            <button
                class="ir dec"
                class:is-on=on
                type="button"
                title=first
                data-testid="log-row"
                data-number=number
                aria-current=move || on.get().then_some("true")
                on:click=move |_| desk.pick(Picked::Line(Box::new(line.clone())))
            >
                <Monogram letters=letters hue=hue size="sm"/>
                <span class="grow lines">
                    <span class="l1">
                        <bdi class="tn cut">{written_name(&tool)}</bdi>
                        {verdict.view()}
                        <span class="when">{move || when(at, time::day(now.get()), now.get())}</span>
                    </span>
                    <bdi class="l3 cut">{below}</bdi>
                </span>
            </button>
        </li>
    }
}

/// Arrows, J and K go from row to row and show it; Enter goes to the card.
pub fn along(event: KeyboardEvent) {
    let plain = !event.ctrl_key() && !event.alt_key() && !event.meta_key();
    if !plain || event.default_prevented() || focus::is_in_field(&event) {
        return;
    }
    let by = match event.key().as_str() {
        "ArrowDown" | "j" | "J" => 1,
        "ArrowUp" | "k" | "K" => -1,
        "Enter" => {
            // The row's own press comes first.
            request_animation_frame(|| focus::on("#request"));
            return;
        }
        _ => return,
    };
    let here = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(list) = here.as_ref().and_then(|here| here.closest(".ilist").ok().flatten()) else { return };
    let Ok(found) = list.query_selector_all(".ir") else { return };
    let rows: Vec<HtmlElement> =
        (0..found.length()).filter_map(|at| found.get(at)).filter_map(|node| node.dyn_into().ok()).collect();
    let at = rows.iter().position(|row| here.as_ref().is_some_and(|here| row.contains(Some(here))));
    let next = match at {
        Some(at) => at.checked_add_signed(by),
        None => Some(0),
    };
    if let Some(row) = next.and_then(|next| rows.get(next)) {
        event.prevent_default();
        row.focus().ok();
        // While ticking a press would tick.
        if row.get_attribute("role").is_none() {
            row.click();
        }
    }
}
