//! The connect screen: where do your agents live? Three choices, one open at a time; what was typed stays whatever happens.

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};
use model::command::{Keychain, OpenLink};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::{
    art::Art,
    form::{Choice, Form},
    icons::{Icon, Symbol},
    ipc,
    outcome::{Outcome, Reachless},
    state::{Stage, State},
};

/// Where keys for Letta Cloud are made.
const NEW_KEY: &str = "https://app.letta.com/api-keys";

/// The screen.
#[component]
pub fn Connect() -> impl IntoView {
    let state = State::here();
    let form = Form::new(state);
    let can_go_back = Memo::new(move |_| state.profile.with(Option::is_some));
    view! {
        <div class="connect" data-testid="connect">
            <section class="cl">
                <Art/>
                <h1>"Pull up a chair."</h1>
                <p>"Talk with your Letta agents, one at a time or around a table. What was said stays on this computer, to read again."</p>
                <div class="clf"><span>{move || format!("Tertulia {}", state.version.get())}</span> <span>"No telemetry"</span></div>
            </section>
            <main class="cr">
                <div class="crin">
                    <Show when=move || can_go_back.get()>
                        <button class="btn quiet back" data-testid="connect-back" on:click=move |_| {
                            state.new_key.set(None);
                            state.stage.set(Stage::Table);
                        }>
                            <Icon symbol=Symbol::Left class="s"/>
                            "Back"
                        </button>
                    </Show>
                    <h2 id="where">"Where do your agents live?"</h2>
                    <div role="radiogroup" aria-labelledby="where" class="choices">
                        <OneOf form=form choice=Choice::Cloud handle="connect-cloud" symbol=Symbol::Cloud name="Letta Cloud" line="With an API key">
                            <Cloud form=form/>
                        </OneOf>
                        <OneOf form=form choice=Choice::Own handle="connect-own" symbol=Symbol::Server name="Your own server" line="With its address and password">
                            <Own form=form/>
                        </OneOf>
                        <OneOf
                            form=form
                            choice=Choice::Demo
                            handle="connect-demo"
                            symbol=Symbol::Cup
                            name="Just looking"
                            line="A table of demo agents on this computer. No account"
                        >
                            <Demo form=form/>
                        </OneOf>
                    </div>
                </div>
            </main>
        </div>
    }
}

/// One choice: its head always, its form while it is chosen.
#[component]
fn OneOf(
    form: Form,
    choice: Choice,
    handle: &'static str,
    symbol: Symbol,
    name: &'static str,
    line: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    let state = State::here();
    let on = Memo::new(move |_| form.choice.get() == choice);
    let children = StoredValue::new(children);
    let body = NodeRef::<html::Form>::new();
    // The first field of the choice that opens takes the focus, at once: a frame later someone may be typing in the next one.
    Effect::new(move |_| {
        let field = body.get().and_then(|body| body.query_selector("input").ok().flatten());
        if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlElement>().ok()) {
            field.focus().ok();
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.submit(state, false);
    };
    view! {
        <div class="choice" class:is-on=on>
            <button
                class="ch"
                role="radio"
                aria-checked=move || on.get().to_string()
                data-testid=handle
                on:click=move |_| form.choose(choice)
            >
                <span class="cic"><Icon symbol=symbol/></span>
                <span class="grow"><b>{name}</b><span>{line}</span></span>
                <span class="rad"></span>
            </button>
            <Show when=move || on.get()>
                <form class="cbody" node_ref=body novalidate on:submit=submit>
                    {children.with_value(|children| children())}
                    <Reachless outcome=Signal::derive(move || form.outcome_of(choice)) keep=move || form.submit(state, true)/>
                    <Submit form=form choice=choice/>
                </form>
            </Show>
        </div>
    }
}

#[component]
fn Submit(form: Form, choice: Choice) -> impl IntoView {
    let details = move || form.outcome_of(choice).and_then(|outcome| outcome.details());
    let copied = RwSignal::new(false);
    let asks = move || matches!(form.outcome_of(choice), Some(Outcome::NoKeychain { .. }));
    let words = move || match (form.busy.get(), choice, form.outcome_of(choice)) {
        (true, ..) => "Connecting",
        (false, _, Some(_)) => "Try again",
        (false, Choice::Demo, None) => "Sit down",
        (false, Choice::Cloud | Choice::Own, None) => "Connect",
    };
    let copy = move |text: String| {
        spawn_local(async move {
            if crate::copy::copy(&text).await {
                copied.try_set(true);
                set_timeout(
                    move || {
                        copied.try_set(false);
                    },
                    std::time::Duration::from_millis(1_500),
                );
            }
        });
    };
    view! {
        <div class="cft">
            {move || details().map(|text| view! {
                <button type="button" class="btn quiet tight" data-testid="copy-details" on:click=move |_| copy(text.clone())>
                    {move || if copied.get() { "Copied" } else { "Copy details" }}
                </button>
            })}
            <Show when=move || !asks()>
                <button type="submit" class="btn primary lg" data-testid="connect-submit" disabled=move || form.busy.get()>
                    {move || form.busy.get().then(|| view! { <span class="spin"></span> })}
                    {words}
                </button>
            </Show>
        </div>
    }
}

#[component]
fn Cloud(form: Form) -> impl IntoView {
    let state = State::here();
    let refused = Memo::new(move |_| refusal(form.outcome_of(Choice::Cloud)));
    let new_key = move |_| {
        spawn_local(async move {
            // The link stands in the help as well; nothing is lost if no browser is there.
            ipc::call(OpenLink { url: NEW_KEY.to_owned() }).await.ok();
        });
    };
    view! {
        <label class="field">
            <span class="lb">"API key"</span>
            <Secret value=form.key symbol=Symbol::Key placeholder="sk-let-…" bad=Signal::derive(move || refused.get().is_some())/>
        </label>
        {move || match refused.get() {
            Some(words) => view! {
                <p class="help bad" role="alert" data-testid="connect-error">
                    <Icon symbol=Symbol::Alert/>
                    <span>
                        {words} " "
                        <button type="button" class="link" on:click=new_key>"Make a new key"</button>
                    </span>
                </p>
            }
                .into_any(),
            None => view! { <p class="help">"Make one at app.letta.com under API keys. " {keeping(&state.keychain.get())}</p> }.into_any(),
        }}
    }
}

#[component]
fn Own(form: Form) -> impl IntoView {
    let state = State::here();
    let refused = Memo::new(move |_| refusal(form.outcome_of(Choice::Own)));
    let unreached = move || matches!(form.outcome_of(Choice::Own), Some(Outcome::NotReached { .. }));
    let written = Memo::new(move |_| form.password.with(|password| !password.is_empty()));
    view! {
        <label class="field">
            <span class="lb">"Address"</span>
            <span class="input mono" class:bad=unreached>
                <Icon symbol=Symbol::Server/>
                <input
                    type="text"
                    class="grow"
                    data-testid="connect-url"
                    placeholder="http://localhost:8283"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    prop:value=form.address
                    on:input=move |event| form.address.set(event_target_value(&event))
                />
            </span>
        </label>
        <label class="field below">
            <span class="lb">"Password " <span class="t3 light">"if the server has one"</span></span>
            <Secret value=form.password symbol=Symbol::Lock placeholder="" bad=Signal::derive(move || refused.get().is_some())/>
        </label>
        {move || match refused.get() {
            Some(words) => Some(view! {
                <p class="help bad" role="alert" data-testid="connect-error"><Icon symbol=Symbol::Alert/><span>{words}</span></p>
            }
                .into_any()),
            None => written.get().then(|| view! { <p class="help">{keeping(&state.keychain.get())}</p> }.into_any()),
        }}
    }
}

#[component]
fn Demo(form: Form) -> impl IntoView {
    let _ = form;
    view! { <p class="help">"Four agents with scripted answers; no model is asked and nothing leaves this computer."</p> }
}

/// A field for a key or a password, hidden unless the eye is open.
#[component]
fn Secret(
    value: RwSignal<String>,
    symbol: Symbol,
    placeholder: &'static str,
    #[prop(into)] bad: Signal<bool>,
) -> impl IntoView {
    let seen = RwSignal::new(false);
    view! {
        <span class="input mono" class:bad=bad>
            <Icon symbol=symbol/>
            <input
                type=move || if seen.get() { "text" } else { "password" }
                class="grow"
                data-testid="connect-key"
                placeholder=placeholder
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            />
            <button
                type="button"
                class="eye"
                aria-label=move || if seen.get() { "Hide" } else { "Show" }
                on:click=move |_| seen.update(|seen| *seen = !*seen)
            >
                {move || if seen.get() { view! { <Icon symbol=Symbol::EyeOff/> } } else { view! { <Icon symbol=Symbol::Eye/> } }}
            </button>
        </span>
    }
}

/// The words below a key that was refused.
fn refusal(outcome: Option<Outcome>) -> Option<String> {
    match outcome? {
        Outcome::KeyRefused { what, hint } if hint.is_empty() => Some(what),
        Outcome::KeyRefused { what, hint } => Some(format!("{what} {hint}")),
        Outcome::NotReached { .. } | Outcome::NoKeychain { .. } => None,
    }
}

/// Where a key is kept.
fn keeping(keychain: &Keychain) -> &'static str {
    match keychain {
        Keychain::Works => "Tertulia keeps it in the system keyring.",
        Keychain::Missing { .. } => "There is no system keyring here, so Tertulia asks before it keeps it.",
    }
}
