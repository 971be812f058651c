//! What is shown beside the list: a request as a card, below it the agent's own words and earlier decisions on the tool; several to be
//! approved together; or a decision of the log.

use std::time::Duration;

use leptos::{html, prelude::*};
use model::{Pending, SaidBefore};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{
    desk::{Desk, Picked, key_of},
    earlier::Earlier,
    line::Line,
};
use crate::{
    ago,
    approval::{ApproveThese, Asker, Card, HandOver, Place, Request},
    icons::{Icon, Monogram, Symbol, hue_class},
    links,
    markdown_view::Prose,
    state::State,
    table::{Table, Word},
    timeline::{pace, time},
    visible::visible_text,
};

/// The part beside the list.
#[component]
pub fn Detail(
    /// The inbox.
    desk: Desk,
) -> impl IntoView {
    let hand_over = HandOver::or("[data-testid=inbox-row][aria-current], [data-testid=inbox-row]");
    let empty = Memo::new(move |_| desk.pending.with(|pending| pending.as_ref().is_some_and(Vec::is_empty)));
    view! {
        <section class="idet" aria-label="Request" data-region="request" tabindex="-1">
            {move || match desk.picked.get() {
                Picked::Together(asked) => view! { <Together desk=desk asked=asked hand_over=hand_over/> }.into_any(),
                Picked::Line(line) => view! { <Line desk=desk line=*line/> }.into_any(),
                Picked::Nothing | Picked::Request(_) if empty.get() => view! { <Nothing/> }.into_any(),
                Picked::Nothing | Picked::Request(_) => view! { <OneRequest desk=desk hand_over=hand_over/> }.into_any(),
            }}
        </section>
    }
}

/// Nothing waits.
#[component]
fn Nothing() -> impl IntoView {
    view! {
        <div class="empty alone" data-testid="inbox-empty">
            <Table hues=vec![6, 4, 9, 1] word=Word::Nobody size=56/>
            <h2>"Nobody waits for you"</h2>
            <p>"When an agent wants to run something that needs your word, it is asked here."</p>
        </div>
    }
}

/// Back to the list, where only one of the two has room.
#[component]
pub fn Back(
    /// The inbox.
    desk: Desk,
) -> impl IntoView {
    view! {
        <button class="ib to-list" aria-label="Back to the list" data-testid="inbox-back" on:click=move |_| desk.picked.set(Picked::Nothing)>
            <Icon symbol=Symbol::Left/>
        </button>
    }
}

#[component]
fn Together(desk: Desk, asked: Vec<Request>, hand_over: HandOver) -> impl IntoView {
    let over = Callback::new(move |()| {
        desk.tick_no_more();
        desk.picked.set(Picked::Nothing);
    });
    view! {
        <header class="bar"><Back desk=desk/></header>
        <div class="idc">
            <ApproveThese
                asked=asked
                waiting=desk.requests
                reached=desk.reached
                hand_over=hand_over
                back=over
                read=Callback::new(move |key| {
                    hand_over.hold();
                    desk.pick(Picked::Request(key));
                })
            />
        </div>
    }
}

/// The request that is shown. Chosen anew it is armed anew.
#[component]
fn OneRequest(desk: Desk, hand_over: HandOver) -> impl IntoView {
    let page = desk.page();
    move || {
        desk.choices.track();
        let key = desk.shown.get()?;
        let request = {
            let key = key.clone();
            Memo::new(move |_| desk.requests.with(|all| all.iter().find(|one| key_of(one) == key).cloned()))
        };
        let pending = Memo::new(move |_| {
            desk.pending.with(|all| {
                let is_it = |one: &&Pending| one.conversation == key.0 && one.call.id == key.1;
                all.as_ref().and_then(|all| all.iter().find(is_it).cloned())
            })
        });
        let said =
            Memo::new(move |_| pending.with(|pending| pending.as_ref().and_then(|pending| pending.said.clone())));
        let asker = Memo::new(move |_| request.with(|request| request.as_ref().map(|request| request.asker.clone())));
        Some(view! {
            <Head desk=desk pending=pending/>
            <div class="idc">
                <Card request=request place=Place::Inbox page=page hand_over=hand_over several=None/>
                {move || said.get().zip(asker.get()).map(|(said, asker)| {
                    view! { <Before said=said asker=asker pending=pending/> }
                })}
                <Earlier desk=desk request=request/>
            </div>
        })
    }
}

/// When and where it was asked, and the way to the others.
#[component]
fn Head(desk: Desk, pending: Memo<Option<Pending>>) -> impl IntoView {
    let page = desk.page();
    let now = ago::ticking(Duration::from_secs(30));
    let asked = move || {
        pending
            .with(|pending| pending.as_ref().map(|pending| asked_at(pending.asked_at, now.get())))
            .unwrap_or_default()
    };
    view! {
        <header class="bar">
            <Back desk=desk/>
            <span class="grow t3 cut asked" data-testid="asked-at">{asked}" in "<OpenTalk pending=pending/></span>
            <span class="t3 num which" data-testid="which-request">
                {move || format!("{} of {}", page.which.get() + 1, page.count.get())}
            </span>
            <button
                class="ib"
                aria-label="Previous request"
                disabled=move || page.which.get() == 0
                on:click=move |_| page.turn.run(-1)
            >
                <Icon symbol=Symbol::Up/>
            </button>
            <button
                class="ib"
                aria-label="Next request"
                disabled=move || { page.which.get() + 1 >= page.count.get() }
                on:click=move |_| page.turn.run(1)
            >
                <Icon symbol=Symbol::Down/>
            </button>
        </header>
    }
}

/// "Asked at 11:21, 18 min ago,".
fn asked_at(at: i64, now: i64) -> String {
    match ago::ago(at, now) {
        word if word == "now" => format!("Asked at {},", time::clock(at)),
        word if word.ends_with("min") || word.ends_with('h') => format!("Asked at {}, {word} ago,", time::clock(at)),
        word => format!("Asked on {word} at {},", time::clock(at)),
    }
}

/// The name of its conversation, which opens it.
#[component]
fn OpenTalk(pending: Memo<Option<Pending>>) -> impl IntoView {
    let state = State::here();
    let title = move || pending.with(|pending| pending.as_ref().map(|pending| visible_text(&pending.title)));
    view! {
        <button class="link" type="button" data-testid="open-talk" on:click=move |_| open_talk(state, pending)>{title}</button>
    }
}

fn open_talk(state: State, pending: Memo<Option<Pending>>) {
    if let Some(pending) = pending.get_untracked() {
        state.open(pending.conversation);
    }
}

/// Pictures are looked at in the conversation; here their place says that there is one.
fn name_pictures(words: &Element) {
    let Ok(found) = words.query_selector_all("[data-image-url]") else { return };
    for place in (0..found.length()).filter_map(|at| found.get(at)) {
        place.set_text_content(Some("Picture, see the conversation"));
    }
}

/// The agent's own words before it asked: a message, never part of the card.
#[component]
fn Before(said: SaidBefore, asker: Asker, pending: Memo<Option<Pending>>) -> impl IntoView {
    let state = State::here();
    let body = NodeRef::<html::Div>::new();
    let text = said.text.clone();
    Effect::new(move |_| {
        if let Some(body) = body.get() {
            Prose::new(body.clone().into()).show(&text, false, pace::clock());
            name_pictures(&body);
        }
    });
    let pressed = move |event: web_sys::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let link = target.and_then(|target| target.closest("[data-url]").ok().flatten());
        if let Some(url) = link.and_then(|link| link.get_attribute("data-url")) {
            links::follow(state, &url);
        }
    };
    view! {
        <div class="ctx">
            <div class="ctxh">
                <h3 class="grow">"Before the request"</h3>
                <button class="link" type="button" on:click=move |_| open_talk(state, pending)>"Open conversation"</button>
            </div>
            <div class="quote" data-testid="said-before">
                <article class=format!("turn {} solo", hue_class(asker.hue))>
                    <div class="gut"><Monogram letters=asker.monogram hue=asker.hue/></div>
                    <div class="quoted">
                        <header class="who">
                            <span class="nm">{visible_text(&asker.name)}</span>
                            <span class="ro">{asker.role}</span>
                            <span class="tm">{time::clock(said.at)}</span>
                        </header>
                        <div class="md" node_ref=body on:click=pressed></div>
                    </div>
                </article>
            </div>
        </div>
    }
}
