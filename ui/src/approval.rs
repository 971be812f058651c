//! The approval card: an agent wants to run something, and the user decides. It is chrome of the app, never of a model: nothing in it is
//! Markdown, and only a trusted press while the card is armed sends a decision.

use std::time::Duration;

use leptos::{ev, html, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use model::{Item, Member, Speaker, ToolCall, ToolState};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

use crate::{
    arguments::Arguments,
    arming::Catch,
    deny::Deny,
    icons::{Icon, Symbol},
    open::Open,
    pointer,
    seats::seat_of,
    state::State,
    values::{Values, stretches},
    visible::visible_text,
};

/// Whether an event is a person's own. Tests put their own judge in its place.
#[derive(Clone, Copy)]
pub struct Trust(pub fn(&Event) -> bool);

impl Trust {
    fn here() -> Self {
        use_context::<Self>().unwrap_or(Self(Event::is_trusted))
    }
}

/// The oldest request that waits, with a way through the others.
#[component]
pub fn Approvals(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let rows = open.rows.clone();
    let waiting = Memo::new(move |_| rows.waiting());
    let at = RwSignal::new(0_usize);
    let count = Memo::new(move |_| waiting.with(Vec::len));
    let which = Memo::new(move |_| at.get().min(count.get().saturating_sub(1)));
    let id = Memo::new(move |_| waiting.with(|waiting| waiting.get(which.get()).map(|item| item.id.clone())));
    move || {
        let id = id.get()?;
        let item = Memo::new(move |_| waiting.with(|waiting| waiting.iter().find(|item| item.id == id).cloned()));
        let page = Page { which, count, at };
        Some(view! { <Card open=open.clone() item=item page=page/> })
    }
}

/// "1 of 2".
#[derive(Clone, Copy)]
struct Page {
    which: Memo<usize>,
    count: Memo<usize>,
    at: RwSignal<usize>,
}

impl Page {
    fn turn(self, by: isize) {
        let last = self.count.get_untracked().saturating_sub(1);
        self.at.set(self.which.get_untracked().saturating_add_signed(by).min(last));
    }
}

/// What the card stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It asks.
    Asks,
    /// It asks why not.
    AsksWhyNot,
}

#[component]
fn Card(open: Open, item: Memo<Option<Item>>, page: Page) -> impl IntoView {
    let state = State::here();
    let trust = Trust::here();
    let step = RwSignal::new(Step::Asks);
    let whole = RwSignal::new(false);
    let cut = RwSignal::new(false);
    let sending = RwSignal::new(false);
    let failure = RwSignal::new(None::<String>);
    let changed = RwSignal::new(false);
    let card = NodeRef::<html::Section>::new();
    let approve_button = NodeRef::<html::Button>::new();
    let call = Memo::new(move |_| item.with(|item| item.as_ref().and_then(Item::tool).cloned()));
    let shown =
        Memo::new(move |_| call.with(|call| call.as_ref().map(|call| (call.name.clone(), call.arguments.clone()))));
    let catch = armed(approve_button, shown, changed);
    let profile = {
        let open = open.clone();
        Memo::new(move |_| open.row(state).map(|row| row.profile))
    };
    let reached = Memo::new(move |_| profile.get().is_none_or(|profile| state.is_reached(&profile)));
    let deciding = Memo::new(move |_| {
        sending.get() || call.with(|call| call.as_ref().is_some_and(|call| call.state == ToolState::Deciding))
    });
    let agent = {
        let open = open.clone();
        Memo::new(move |_| {
            let members = open.row(state).map(|row| row.members).unwrap_or_default();
            item.with(|item| item.as_ref().and_then(|item| item.speaker()).map(|speaker| name(&members, speaker)))
                .unwrap_or_else(|| "The agent".to_owned())
        })
    };
    let decide = {
        let open = open.clone();
        move |approve: bool, reason: Option<String>| {
            let Some(call) = call.get_untracked() else { return };
            if deciding.get_untracked() || !reached.get_untracked() {
                return;
            }
            sending.set(true);
            failure.set(None);
            let open = open.clone();
            spawn_local(async move {
                let sent = open.decide(&call, approve, reason).await;
                sending.try_set(false);
                match sent {
                    Ok(()) => drop(step.try_set(Step::Asks)),
                    Err(why) => drop(failure.try_set(Some(why.message))),
                }
            });
        }
    };
    let approve = {
        let decide = decide.clone();
        move |event: &Event| {
            if !(trust.0)(event) || !catch.is_off() {
                return;
            }
            // What was not seen cannot be approved: the first press shows it.
            if cut.get_untracked() && !whole.get_untracked() {
                whole.set(true);
                return;
            }
            decide(true, None);
        }
    };
    let ask_why_not = move |event: &Event| {
        if (trust.0)(event) && !deciding.get_untracked() && reached.get_untracked() {
            step.set(Step::AsksWhyNot);
        }
    };
    let keys = {
        let approve = approve.clone();
        move |event: KeyboardEvent| {
            if event.repeat() || event.ctrl_key() || event.alt_key() || event.meta_key() || in_field(&event) {
                return;
            }
            match event.key().as_str() {
                "a" | "A" => approve(&event),
                "d" | "D" => ask_why_not(&event),
                "ArrowLeft" => page.turn(-1),
                "ArrowRight" => page.turn(1),
                _ => return,
            }
            event.prevent_default();
        }
    };
    // When the card goes with the focus in it, the composer takes it.
    on_cleanup(move || {
        if let Some(card) = card.get_untracked()
            && card.contains(document().active_element().as_deref())
        {
            focus("[data-testid=composer]");
        }
    });
    view! {
        <section
            class="ask"
            node_ref=card
            aria-labelledby="request"
            data-testid="approval"
            data-tool-call=move || call.with(|call| call.as_ref().map(|call| call.id.to_string()))
            on:keydown=keys
        >
            <div class="hd">
                <Icon symbol=Symbol::Stamp/>
                <h2 class="ttl" id="request" tabindex="-1">
                    {move || match step.get() {
                        Step::Asks => call.with(|call| call.as_ref().map(|call| title(&agent.get(), call))),
                        Step::AsksWhyNot => Some(view! {
                            "Why not? "
                            <span class="t3 light">{stretches(&format!("{} will read this", agent.get()))}</span>
                        }.into_any()),
                    }}
                </h2>
                <Pages page=page/>
            </div>
            {move || match (step.get(), shown.get()) {
                (Step::Asks, Some((_, arguments))) => {
                    whole.set(false);
                    cut.set(false);
                    view! {
                        {move || changed.get().then(|| view! {
                            <p class="args-none" role="alert">"The request changed. Read it again."</p>
                        })}
                        <div class="args-scroll"><Values arguments=Arguments::read(&arguments) open=whole cut=cut/></div>
                    }
                        .into_any()
                }
                (Step::Asks | Step::AsksWhyNot, _) => ().into_any(),
            }}
            {
                let decide = decide.clone();
                move || (step.get() == Step::AsksWhyNot).then(|| {
                    let decide = decide.clone();
                    view! {
                        <Deny
                            trust=trust
                            busy=deciding
                            reached=reached
                            deny=move |reason| decide(false, reason)
                            back=move || {
                                step.set(Step::Asks);
                                request_animation_frame(|| focus("#request"));
                            }
                        />
                    }
                })
            }
            {move || failure.get().map(|why| view! {
                <p class="not-sent" role="alert"><Icon symbol=Symbol::Alert class="s"/>{format!("Not sent. Try again. {why}")}</p>
            })}
            {
                let approve = approve.clone();
                move || (step.get() == Step::Asks).then(|| {
                    let approve = approve.clone();
                    view! {
                        <div class="ft">
                            <span class="meta">
                                <Icon symbol=Symbol::Server class="s"/>
                                <span class="cut">{move || runs_on(state, profile.get())}</span>
                            </span>
                            <span class="grow"></span>
                            <button
                                class="btn"
                                data-testid="deny"
                                disabled=move || deciding.get() || !reached.get()
                                on:click=move |event| ask_why_not(&event)
                            >
                                "Deny " <span class="key" aria-hidden="true">"D"</span>
                            </button>
                            <button
                                class="btn ask-go"
                                class:inert=move || !catch.looks_off()
                                node_ref=approve_button
                                data-testid="approve"
                                disabled=move || deciding.get() || !reached.get()
                                aria-disabled=move || (!catch.looks_off()).to_string()
                                on:click=move |event| approve(&event)
                                on:pointerleave=move |_| catch.pointer_left()
                            >
                                {move || if deciding.get() {
                                    view! { <span class="spin"></span> "Approve" }.into_any()
                                } else {
                                    view! { "Approve " <span class="key" aria-hidden="true">"A"</span> }.into_any()
                                }}
                            </button>
                        </div>
                    }
                })
            }
        </section>
    }
}

fn name(members: &[Member], speaker: &Speaker) -> String {
    seat_of(members, speaker)
        .and_then(|seat| members.get(seat))
        .map_or(speaker.name.clone(), |member| member.name.clone())
}

fn title(agent: &str, call: &ToolCall) -> AnyView {
    view! { {stretches(agent)} " wants to run " <span class="mono">{stretches(&call.name)}</span> }.into_any()
}

/// "Ibrahim wants to run send_email", for the screen reader.
pub fn spoken_title(members: &[Member], item: &Item) -> Option<String> {
    let call = item.tool()?;
    let agent = item.speaker().map_or("The agent".to_owned(), |speaker| name(members, speaker));
    Some(format!("{} wants to run {}", visible_text(&agent), visible_text(&call.name)))
}

/// Only what Tertulia itself knows.
fn runs_on(state: State, profile: Option<model::ProfileId>) -> String {
    let Some(profile) = profile else { return String::new() };
    let name = state
        .profiles
        .with(|profiles| profiles.iter().find(|other| other.id == profile).map(|profile| profile.name.clone()));
    name.map_or_else(String::new, |name| format!("Runs on {name}"))
}

#[component]
fn Pages(page: Page) -> impl IntoView {
    let several = Memo::new(move |_| page.count.get() > 1);
    view! {
        <div class="pg">
            <span class="key go-here" title="Go to this request">{crate::keys::chord("J")}</span>
            <Show when=move || several.get()>
                <span>{move || format!("{} of {}", page.which.get() + 1, page.count.get())}</span>
                <button class="ib sm" aria-label="Previous request" on:click=move |_| page.turn(-1)>
                    <Icon symbol=Symbol::Left class="s"/>
                </button>
                <button class="ib sm" aria-label="Next request" on:click=move |_| page.turn(1)>
                    <Icon symbol=Symbol::Right class="s"/>
                </button>
            </Show>
        </div>
    }
}

/// The card's catch as signals: set anew by whatever is shown anew and by the window coming to the front.
#[derive(Clone, Copy)]
struct Armed {
    catch: RwSignal<Catch>,
    /// Told when the pause is over.
    ticked: RwSignal<u32>,
}

impl Armed {
    fn is_off(self) -> bool {
        self.catch.get_untracked().is_off(now())
    }

    /// Tracked.
    fn looks_off(self) -> bool {
        self.ticked.track();
        self.catch.get().is_off(now())
    }

    fn pointer_left(self) {
        self.catch.update(Catch::pointer_left);
    }
}

fn armed(button: NodeRef<html::Button>, shown: Memo<Option<(String, String)>>, changed: RwSignal<bool>) -> Armed {
    let armed = Armed { catch: RwSignal::new(Catch::set(now(), false)), ticked: RwSignal::new(0) };
    let pause = StoredValue::new(None::<TimeoutHandle>);
    let wait = move || {
        if let Some(Some(handle)) = pause.try_update_value(Option::take) {
            handle.clear();
        }
        let left = armed.catch.get_untracked().left(now()).ceil();
        let told = move || {
            armed.ticked.try_update(|ticked| *ticked += 1);
        };
        pause.set_value(set_timeout_with_handle(told, Duration::from_millis(left as u64)).ok());
    };
    Effect::new(move |before: Option<Option<(String, String)>>| {
        let shown = shown.get();
        changed.set(before.is_some_and(|before| before != shown));
        let under = button.get().is_some_and(|button| pointer::rests_on(&button));
        armed.catch.set(Catch::set(now(), under));
        wait();
        shown
    });
    let front = window_event_listener(ev::focus, move |_| {
        armed.catch.update(|catch| catch.again(now()));
        wait();
    });
    on_cleanup(move || {
        front.remove();
        if let Some(Some(handle)) = pause.try_update_value(Option::take) {
            handle.clear();
        }
    });
    armed
}

fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Whether a key went into a field.
fn in_field(event: &KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| matches!(element.tag_name().as_str(), "TEXTAREA" | "INPUT" | "SELECT"))
}

fn focus(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector)
        && let Ok(element) = element.dyn_into::<HtmlElement>()
    {
        element.focus().ok();
    }
}
