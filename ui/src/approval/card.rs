//! The approval card: an agent wants to run something, and the user decides. It is chrome of the app, never of a model: nothing in it is
//! Markdown, and only a trusted press while the card is armed sends a decision. Which request it shows is its place's business.

use leptos::{html, prelude::*, task::spawn_local};
use model::{Failure, WayOut};
use web_sys::{Event, HtmlElement, KeyboardEvent};

use super::{
    armed::Armed,
    buttons::{Approve, Doing, Presses, Way, WaysOut},
    deny::{Deny, Reason},
    focus::{self, HandOver},
    pages::{Page, Pages},
    request::{Face, Request, decided_before, runs_on},
    trust::Trust,
};
use crate::{
    arguments::Arguments,
    icons::{Icon, Symbol},
    state::State,
    timeline::time,
    values::{Values, written, written_name},
    visible::visible_text,
};

/// Where a card stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the dock: small; Deny asks "Why not?" in place of the arguments.
    Dock,
    /// In the inbox: with room for the reason.
    Inbox,
}

/// What the card stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It asks.
    Asks,
    /// It asks why not.
    AsksWhyNot,
}

/// One request.
#[component]
pub fn Card(
    /// What is asked; none once it is gone.
    request: Memo<Option<Request>>,
    /// Where it stands.
    place: Place,
    /// The others that wait.
    page: Page,
    /// Where the focus goes with the next card.
    hand_over: HandOver,
    /// Lists all that wait, to be approved together; none where there is no such offer.
    several: Option<Callback<()>>,
) -> impl IntoView {
    let state = State::here();
    let trust = Trust::here();
    let step = RwSignal::new(Step::Asks);
    let whole = RwSignal::new(false);
    let cut = RwSignal::new(0_usize);
    let reason = RwSignal::new(String::new());
    let card = NodeRef::<html::Section>::new();
    let list = NodeRef::<html::Div>::new();
    let approve_button = NodeRef::<html::Button>::new();
    let face = Memo::new(move |_| request.with(|request| request.as_ref().map(Request::face)));
    let changed = changes(face);
    let armed = Armed::new(approve_button, face);
    let sending = Sending::of(request);
    let doing = Memo::new(move |_| sending.under_way(request));
    let deciding = Memo::new(move |_| doing.get().is_some());
    let reached = Memo::new(move |_| {
        let profile = request.with(|request| request.as_ref().and_then(|request| request.profile.clone()));
        profile.is_none_or(|profile| state.is_reached(&profile))
    });
    let agent = Memo::new(move |_| face.with(|face| face.as_ref().map_or_else(String::new, |face| face.agent.clone())));
    let may = move || !deciding.get_untracked() && reached.get_untracked();
    let decide = move |approve: bool, reason: Option<String>| {
        if let Some(request) = request.get_untracked().filter(|_| may()) {
            let doing = if approve { Doing::Approve } else { Doing::Deny };
            sending.send(doing, async move { request.decide(approve, reason).await }, move || {
                step.try_set(Step::Asks);
            });
        }
    };
    let written_reason = move || Some(reason.get_untracked().trim().to_owned()).filter(|reason| !reason.is_empty());
    let leave = Callback::new(move |(event, way): (Event, Way)| {
        let request = request.get_untracked().filter(|_| trust.is_own(&event) && may());
        if let Some(request) = request {
            let doing = Doing::Leave(way);
            let way = match way {
                Way::DenyAndRetry => WayOut::DenyAndRetry { reason: written_reason() },
                Way::StopRun => WayOut::StopRun,
            };
            sending.send(doing, async move { request.unstick(way).await }, || {});
        }
    });
    let approve = move |event: &Event| {
        if !trust.is_own(event) || !armed.is_off() || !may() {
            return;
        }
        // What was not seen cannot be approved: the first press shows it.
        if !whole.get_untracked() && cut.get_untracked() > 0 {
            whole.set(true);
            armed.again();
        } else if !whole.get_untracked() && list.get_untracked().is_some_and(|list| scroll_to_end(&list)) {
            armed.again();
        } else {
            decide(true, None);
        }
    };
    let deny = move |event: &Event| {
        if !trust.is_own(event) || !may() {
            return;
        }
        match (place, step.get_untracked()) {
            (Place::Dock, Step::Asks) => step.set(Step::AsksWhyNot),
            (Place::Dock, Step::AsksWhyNot) | (Place::Inbox, _) => decide(false, written_reason()),
        }
    };
    let ask_why_not = move |event: &Event| match place {
        Place::Dock => deny(event),
        Place::Inbox if may() => focus::on(".ask [data-testid=deny-reason]"),
        Place::Inbox => {}
    };
    let back = move || {
        step.set(Step::Asks);
        request_animation_frame(|| focus::on("#request"));
    };
    let keys = move |event: KeyboardEvent| {
        let is_plain = !event.ctrl_key() && !event.alt_key() && !event.meta_key();
        if event.default_prevented() || event.repeat() || !is_plain || focus::is_in_field(&event) {
            return;
        }
        match (event.key().as_str(), step.get_untracked()) {
            ("a" | "A", Step::Asks) => approve(&event),
            ("d" | "D", Step::Asks) => ask_why_not(&event),
            ("ArrowLeft", _) => page.turn.run(-1),
            ("ArrowRight", _) => page.turn.run(1),
            _ => return,
        }
        event.prevent_default();
    };
    let presses = Presses {
        approve: Callback::new(move |event: Event| approve(&event)),
        deny: Callback::new(move |event: Event| deny(&event)),
    };
    hand_over.follow(card);
    view! {
        <section
            class="ask"
            class:big=place == Place::Inbox
            node_ref=card
            aria-labelledby="request"
            data-testid="approval"
            data-tool-call=move || request.with(|request| request.as_ref().map(|request| request.call.id.to_string()))
            on:keydown=keys
        >
            <div class="hd">
                <Icon symbol=Symbol::Stamp/>
                <h2 class="ttl" id="request" tabindex="-1">
                    {move || match step.get() {
                        Step::Asks => face.with(|face| face.as_ref().map(title)),
                        Step::AsksWhyNot => Some(view! {
                            "Why not? "
                            <span class="t3 light">{written(&format!("{} will read this", agent.get()))}</span>
                        }.into_any()),
                    }}
                </h2>
                {(place == Place::Dock).then(|| view! { <Pages page=page/> })}
            </div>
            {move || request.with(|request| request.as_ref().and_then(|request| request.call.stuck.clone())).map(|why| view! {
                <p class="args-none stuck" data-testid="stuck"><Icon symbol=Symbol::Alert class="s"/>{why}</p>
            })}
            {move || match (step.get(), face.get()) {
                (Step::Asks, Some(face)) => view! {
                    {move || changed.get().then(|| view! {
                        <p class="args-none" role="alert">"The request changed. Read it again."</p>
                    })}
                    <Listed face=face list=list whole=whole cut=cut/>
                }
                    .into_any(),
                (Step::Asks | Step::AsksWhyNot, _) => ().into_any(),
            }}
            {move || (place == Place::Inbox).then(|| view! {
                <Reason reason=reason agent=agent send=move |event: Event| deny(&event)/>
            })}
            {move || (step.get() == Step::AsksWhyNot).then(|| view! {
                <Deny reason=reason busy=deciding reached=reached deny=move |event: Event| deny(&event) back=back/>
            })}
            {move || sending.failure.get().map(|why| view! {
                <p class="not-sent" role="alert" data-testid="not-sent"><Icon symbol=Symbol::Alert class="s"/>{why}</p>
            })}
            {move || (step.get() == Step::Asks).then(|| view! {
                <div class="ft" class:ways=move || request.with(is_stuck)>
                    <span class="meta" data-testid="approval-meta">
                        <Icon symbol=Symbol::Server class="s"/>
                        <span>{move || request.with(|request| request.as_ref().map(|request| known(state, request)))}</span>
                    </span>
                    <span class="grow"></span>
                    {move || request.with(is_stuck).then(|| view! {
                        <WaysOut doing=doing reached=reached leave=leave/>
                    })}
                    {several.map(|several| view! {
                        <Show when=move || { page.open.get() > 1 }>
                            <button
                                class="btn quiet tight"
                                data-testid="approve-all"
                                disabled=move || deciding.get() || !reached.get()
                                aria-disabled=move || (!armed.looks_off()).to_string()
                                on:click=move |event| {
                                    if trust.is_own(&event) && armed.is_off() && may() {
                                        several.run(());
                                    }
                                }
                            >
                                {move || format!("Approve all {}…", page.open.get())}
                            </button>
                        </Show>
                    })}
                    <Approve presses=presses armed=armed button=approve_button doing=doing reached=reached/>
                </div>
            })}
        </section>
    }
}

/// The arguments with their own scroll; title and buttons stay in sight.
#[component]
fn Listed(face: Face, list: NodeRef<html::Div>, whole: RwSignal<bool>, cut: RwSignal<usize>) -> impl IntoView {
    let below = RwSignal::new(false);
    let look = move || {
        // In the next frame the card may be gone.
        if let Some(list) = list.try_get_untracked().flatten() {
            below.try_set(hides_below(&list));
        }
    };
    // The list has its height once it is laid out.
    Effect::new(move |_| {
        list.track();
        whole.track();
        cut.track();
        request_animation_frame(look);
    });
    let arguments = Arguments::read(&face.arguments).in_order(&face.order);
    view! {
        <div class="args-scroll" node_ref=list on:scroll=move |_| look()>
            <Values arguments=arguments open=whole cut=cut/>
        </div>
        <Show when=move || below.get()>
            <button
                class="link more-below"
                type="button"
                data-testid="more-below"
                on:click=move |_| {
                    if let Some(list) = list.get_untracked() {
                        scroll_to_end(&list);
                    }
                }
            >
                <Icon symbol=Symbol::ArrowDown class="s"/>
                "More below"
            </button>
        </Show>
    }
}

fn hides_below(list: &HtmlElement) -> bool {
    list.scroll_height() - list.scroll_top() - list.client_height() > 2
}

/// True if something was out of sight below.
fn scroll_to_end(list: &HtmlElement) -> bool {
    let hidden = hides_below(list);
    if hidden {
        list.set_scroll_top(list.scroll_height());
    }
    hidden
}

/// Tracked: the request is another than the one first shown here.
fn changes(face: Memo<Option<Face>>) -> RwSignal<bool> {
    let changed = RwSignal::new(false);
    Effect::new(move |before: Option<Option<Face>>| {
        let now = face.get();
        if let (Some(Some(before)), Some(now)) = (&before, &now)
            && !before.asks_the_same(now)
        {
            changed.set(true);
        }
        now
    });
    changed
}

fn title(face: &Face) -> AnyView {
    view! {
        <bdi>{written(&face.agent)}</bdi> " wants to run " <bdi class="mono">{written_name(&face.tool)}</bdi>
    }
    .into_any()
}

/// Only what Tertulia itself knows.
fn known(state: State, request: &Request) -> String {
    let name = |profile: &model::ProfileId| {
        state
            .profiles
            .with(|profiles| profiles.iter().find(|other| other.id == *profile).map(|other| other.name.clone()))
    };
    let server = request.profile.as_ref().and_then(name);
    let mut known = vec![runs_on(request.standing.as_ref(), server.as_deref())];
    if request.is_deciding() && request.others > 0 {
        // The server takes the decisions of one request together.
        known.push(match request.others {
            1 => "Sent when the other request is decided too".to_owned(),
            others => format!("Sent when the other {others} requests are decided too"),
        });
    } else if let Some(standing) = &request.standing {
        known.push(decided_before(standing, time::day(time::now())));
    }
    known.retain(|words| !words.is_empty());
    visible_text(&known.join(". "))
}

/// The decision that is on its way to the server.
fn decided(request: &Request) -> Option<Doing> {
    let denied = request.call.decision.as_ref().is_some_and(|decision| !decision.approve);
    request.is_deciding().then_some(if denied { Doing::Deny } else { Doing::Approve })
}

fn is_stuck(request: &Option<Request>) -> bool {
    request.as_ref().is_some_and(|request| request.call.stuck.is_some())
}

/// A decision on its way, and what became of it.
#[derive(Clone, Copy)]
struct Sending {
    /// What was pressed here and is not taken yet.
    sending: RwSignal<Option<Doing>>,
    failure: RwSignal<Option<String>>,
}

impl Sending {
    fn of(request: Memo<Option<Request>>) -> Self {
        let own = Self { sending: RwSignal::new(None), failure: RwSignal::new(None) };
        Effect::new(move |before: Option<Option<bool>>| {
            let deciding = request.with(|request| request.as_ref().map(Request::is_deciding));
            if let Some(before) = before
                && before != deciding
            {
                own.sending.set(None);
                // What is stuck says itself why it stands here again: it was sent.
                let stuck = request.with_untracked(is_stuck);
                if before == Some(true) && !stuck && own.failure.with_untracked(Option::is_none) {
                    own.failure.set(Some("Not sent. Try again.".to_owned()));
                }
            }
            deciding
        });
        own
    }

    /// Tracked: what was not answered yet, wherever it was pressed.
    fn under_way(self, request: Memo<Option<Request>>) -> Option<Doing> {
        self.sending.get().or_else(|| request.with(|request| request.as_ref().and_then(decided)))
    }

    /// Sends it. Once it is taken the news tell how it stands; until they do, nothing can be pressed.
    fn send(self, doing: Doing, sent: impl Future<Output = Result<(), Failure>> + 'static, taken: impl Fn() + 'static) {
        self.sending.set(Some(doing));
        self.failure.set(None);
        spawn_local(async move {
            match sent.await {
                Ok(()) => taken(),
                Err(why) => {
                    self.sending.try_set(None);
                    self.failure.try_set(Some(format!("Not sent. Try again. {}", why.message)));
                }
            }
        });
    }
}
