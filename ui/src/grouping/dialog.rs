//! The dialog of a server's group: name, members, who speaks when; what the server refused stands in it in words.

use leptos::prelude::*;
use model::{
    Group,
    command::{ChangeGroup, MakeGroup},
};

use super::{
    Grouping,
    asks::{Delete, Reset},
    form::{Form, Kind},
    lines::{Led, LedBy},
    members::Members,
};
use crate::{
    ipc,
    modal::{Dialog, Doing},
    state::State,
};

/// Letters of a name.
const LONGEST_NAME: usize = 120;

/// What is asked about a group, if something is.
#[component]
pub fn GroupDialogs() -> impl IntoView {
    let state = State::here();
    move || {
        state.grouping.get().map(|grouping| match grouping {
            Grouping::Reset(id) => view! { <Reset id=id/> }.into_any(),
            Grouping::Delete(id) => view! { <Delete id=id/> }.into_any(),
            making @ (Grouping::Make(_) | Grouping::Change(..)) => view! { <Filled grouping=making/> }.into_any(),
        })
    }
}

#[component]
fn Filled(grouping: Grouping) -> impl IntoView {
    let state = State::here();
    let form = Form::of(state, &grouping);
    let is_new = matches!(grouping, Grouping::Make(_));
    let (title, verb) = if is_new {
        ("New group".to_owned(), "Make group")
    } else {
        (format!("Change {}", form.name.get_untracked()), "Change")
    };
    let agree = move || {
        let grouping = grouping.clone();
        Box::pin(async move { keep(state, grouping, form.group()?).await }) as Doing
    };
    view! {
        <Dialog
            handle="grouping"
            class="making"
            title=title
            verb=verb
            lightly=false
            agree=agree
            leave=move |()| state.grouping.set(None)
        >
            <div class="making-body">
                {is_new.then(|| view! { <LedBy led=Led::There name=form.name/> })}
                <label class="field">
                    <span class="lb">"Name"</span>
                    <input
                        class="input"
                        autofocus
                        data-testid="group-name"
                        maxlength=LONGEST_NAME
                        prop:value=form.name
                        on:input=move |event| form.name.set(event_target_value(&event))
                    />
                </label>
                <Members form=form/>
                <Kinds form=form is_new=is_new/>
                <Rest form=form/>
            </div>
        </Dialog>
    }
}

/// Who speaks when: chosen once, and told from then on.
#[component]
fn Kinds(form: Form, is_new: bool) -> impl IntoView {
    let row = move |kind: Kind| {
        let is_on = Memo::new(move |_| form.kind.get() == kind);
        view! {
            <label class="pat" class:is-on=is_on>
                <input
                    class="vh"
                    type="radio"
                    name="kind"
                    data-testid="way"
                    data-name=kind.word()
                    prop:checked=is_on
                    on:change=move |_| form.kind.set(kind)
                />
                <span class="rad"></span>
                <span class="grow"><b>{kind.name()}</b><span class="t3">{kind.means()}</span></span>
            </label>
        }
    };
    if is_new {
        return view! {
            <fieldset class="making-part pats">
                <legend class="lb">"Who speaks when"</legend>
                {Kind::ALL.map(row).into_iter().collect_view()}
            </fieldset>
        }
        .into_any();
    }
    let kind = form.kind.get_untracked();
    view! {
        <p class="help" data-testid="fixed-way">
            {format!("{}: {}. The server keeps that as it was made; make another group for another way.", kind.name(), kind.means())}
        </p>
    }
    .into_any()
}

/// What belongs to the way that is chosen.
#[component]
fn Rest(form: Form) -> impl IntoView {
    let field = move |handle, words, help, value: RwSignal<String>, mode| {
        view! {
            <label class="field">
                <span class="lb">{words}</span>
                <input
                    class="input"
                    data-testid=handle
                    inputmode=mode
                    placeholder=help
                    prop:value=value
                    on:input=move |event| value.set(event_target_value(&event))
                />
            </label>
        }
    };
    let turns = move || field("turns", "Turns in one answer", "One of each member", form.turns, "numeric");
    move || {
        let kind = form.kind.get();
        let chair = kind.chair().map(|words| view! { <Chair form=form words=words/> });
        let rest = match kind {
            Kind::RoundRobin => Some(turns().into_any()),
            Kind::Supervisor | Kind::Other => None,
            Kind::Dynamic => {
                let word = field("ends-with", "The word that ends it", "DONE!", form.ends_with, "text");
                Some(view! { {turns()} {word} }.into_any())
            }
            Kind::Sleeptime => {
                let every = field("every", "The others work after every so many turns", "Each", form.every, "numeric");
                // 0.11.7/group-sleep-stream-steps: without it the stream is never ended.
                let caution = "The one who talks must have been made with sleeptime on (enable_sleeptime), else this server \
                    does not end its answers.";
                Some(view! { {every} <p class="help">{caution}</p> }.into_any())
            }
        };
        view! { {chair} {rest} }
    }
}

/// The one who leads, picks or talks: any agent of the server.
#[component]
fn Chair(form: Form, words: &'static str) -> impl IntoView {
    let options = move || {
        let chosen = form.chair();
        let option = |agent: model::Member| {
            let is_chosen = chosen.as_ref() == Some(&agent.agent);
            view! { <option value=agent.agent.to_string() selected=is_chosen>{agent.name}</option> }
        };
        form.agents.get_value().into_iter().map(option).collect_view()
    };
    view! {
        <label class="field">
            <span class="lb">{words}</span>
            <select class="input" data-testid="chief" on:change=move |event| form.choose_chair(event_target_value(&event).as_str().into())>
                {options}
            </select>
        </label>
    }
}

/// Makes or changes it; a new one is opened.
async fn keep(state: State, grouping: Grouping, group: Group) -> Result<(), String> {
    let done = match grouping {
        Grouping::Change(conversation, _) => ipc::call(ChangeGroup { conversation, group }).await,
        Grouping::Make(_) => {
            let Some(profile) = state.profile.get_untracked() else {
                return Err("Connect a server first: its agents sit in the group.".to_owned());
            };
            ipc::call(MakeGroup { profile, group }).await.map(|made| state.open(made))
        }
        Grouping::Reset(_) | Grouping::Delete(_) => Ok(()),
    };
    done.map_err(|failure| failure.message)
}
