//! "Approve these 2 requests?": each with its first argument. Fixed when it was asked for: what comes later is not included, what goes
//! meanwhile falls out, what changes must be read again. Every call is decided by itself, for what was shown of it.

use leptos::{html, prelude::*, task::spawn_local};
use model::{ToolCallId, ToolState};
use web_sys::KeyboardEvent;

use super::{
    armed::Armed,
    focus::HandOver,
    request::{Face, Request},
    trust::Trust,
};
use crate::{
    icons::{Icon, Monogram, Symbol},
    values::written_name,
    visible::visible_text,
};

/// The question.
#[component]
pub fn ApproveThese(
    /// As they were when it was asked for, oldest first.
    asked: Vec<Request>,
    /// All that wait now.
    waiting: Memo<Vec<Request>>,
    /// Their server is reached.
    reached: Memo<bool>,
    /// Where the focus goes with the next card.
    hand_over: HandOver,
    /// Back to one request after another.
    back: Callback<()>,
    /// To one of them, to read it whole.
    read: Callback<(model::ConversationId, ToolCallId)>,
) -> impl IntoView {
    let trust = Trust::here();
    let card = NodeRef::<html::Section>::new();
    let button = NodeRef::<html::Button>::new();
    let under_way = RwSignal::new(false);
    let failure = RwSignal::new(None::<String>);
    let asked = StoredValue::new(asked);
    let left = Memo::new(move |_| waiting.with(|waiting| asked.with_value(|asked| left_of(asked, waiting))));
    let faces = Memo::new(move |_| left.with(|left| left.iter().map(Request::face).collect::<Vec<Face>>()));
    let changed = Memo::new(move |_| left.with(|left| asked.with_value(|asked| any_changed(asked, left))));
    let armed = Armed::new(button, faces);
    let off = move || under_way.get() || !reached.get() || left.with(Vec::is_empty);
    let approve = move |event: &web_sys::Event| {
        if !trust.is_own(event) || !armed.is_off() || untrack(off) {
            return;
        }
        under_way.set(true);
        failure.set(None);
        let chosen = left.get_untracked();
        spawn_local(async move {
            let count = chosen.len();
            let mut not_sent = Vec::new();
            for request in chosen {
                if let Err(why) = request.decide(true, None).await {
                    not_sent.push(why.message);
                }
            }
            under_way.try_set(false);
            match not_sent.first() {
                None => drop(back.try_run(())),
                Some(why) => drop(failure.try_set(Some(told(not_sent.len(), count, why)))),
            }
        });
    };
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !under_way.get_untracked() {
            event.prevent_default();
            event.stop_propagation();
            hand_over.hold();
            back.run(());
        }
    };
    hand_over.follow(card);
    hand_over.hold();
    view! {
        <section class="ask" node_ref=card aria-labelledby="request" data-testid="approve-these" on:keydown=keys>
            <div class="hd">
                <Icon symbol=Symbol::Stamp/>
                <h2 class="ttl" id="request" tabindex="-1">{move || question(left.with(Vec::len))}</h2>
            </div>
            {move || changed.get().then(|| view! {
                <p class="args-none" role="alert">"A request changed. Read it again."</p>
            })}
            <ul class="multi args-scroll">
                {move || left.get().iter().map(|request| row(request, read)).collect_view()}
            </ul>
            {move || failure.get().map(|why| view! {
                <p class="not-sent" role="alert" data-testid="not-sent"><Icon symbol=Symbol::Alert class="s"/>{why}</p>
            })}
            <div class="ft">
                <span class="meta">{move || later(asked, waiting)}</span>
                <span class="grow"></span>
                <button
                    class="btn quiet tight"
                    data-testid="approve-these-back"
                    on:click=move |_| {
                        hand_over.hold();
                        back.run(());
                    }
                >
                    "Back"
                </button>
                <button
                    class="btn ask-go"
                    class:inert=move || !armed.looks_off()
                    node_ref=button
                    data-testid="approve-these-go"
                    disabled=off
                    aria-disabled=move || (!armed.looks_off()).to_string()
                    on:click=move |event| approve(&event)
                    on:pointerleave=move |_| armed.pointer_left()
                >
                    {move || under_way.get().then(|| view! { <span class="spin"></span> })}
                    {move || format!("Approve {}", left.with(Vec::len))}
                </button>
            </div>
        </section>
    }
}

/// One of them: who, what, with what. A press goes to all of it.
fn row(request: &Request, read: Callback<(model::ConversationId, ToolCallId)>) -> impl IntoView + use<> {
    let (first, more) = request.first_argument();
    let more = (more > 0).then(|| view! { <span class="t3 rest">{format!("+{more}")}</span> });
    let which = (request.conversation.clone(), request.call.id.clone());
    view! {
        <li>
            <button class="one" type="button" title="Read all of it" on:click=move |_| read.run(which.clone())>
                <Monogram letters=request.asker.monogram.clone() hue=request.asker.hue size="xs"/>
                <span class="vh">{visible_text(&request.asker.name)}</span>
                <bdi class="mono">{written_name(&request.call.name)}</bdi>
                <bdi class="cut t2">{visible_text(&first)}</bdi>
                {more}
            </button>
        </li>
    }
}

/// Those that wait still, as they are now.
fn left_of(asked: &[Request], waiting: &[Request]) -> Vec<Request> {
    let now = |one: &Request| waiting.iter().find(|other| same_call(one, other)).cloned();
    asked.iter().filter_map(now).filter(|request| request.call.state == ToolState::AwaitingApproval).collect()
}

fn any_changed(asked: &[Request], left: &[Request]) -> bool {
    left.iter().any(|now| asked.iter().any(|then| same_call(then, now) && !then.face().asks_the_same(&now.face())))
}

fn same_call(one: &Request, other: &Request) -> bool {
    one.conversation == other.conversation && one.call.id == other.call.id
}

fn question(count: usize) -> String {
    match count {
        0 => "None of these requests waits any more".to_owned(),
        1 => "Approve this request?".to_owned(),
        count => format!("Approve these {count} requests?"),
    }
}

/// What is not included.
fn later(asked: StoredValue<Vec<Request>>, waiting: Memo<Vec<Request>>) -> Option<String> {
    let known = |request: &Request| asked.with_value(|asked| asked.iter().any(|other| same_call(request, other)));
    let count = waiting.with(|waiting| waiting.iter().filter(|request| !known(request)).count());
    match count {
        0 => None,
        1 => Some("1 more waits and is not included".to_owned()),
        count => Some(format!("{count} more wait and are not included")),
    }
}

fn told(not_sent: usize, count: usize, why: &str) -> String {
    if not_sent == count {
        format!("Not sent. Try again. {why}")
    } else {
        format!("{not_sent} of {count} not sent. Try again. {why}")
    }
}
