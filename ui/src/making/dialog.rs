//! The dialog of a table: name, members, who speaks when, and the rest behind *More*; what could not be done stands in it in words.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Table,
    command::{ChangeTable, Guests, MakeTable},
};

use super::{Making, form::Form, members::Members, more::More, pattern::Ways};
use crate::{
    grouping::{Led, LedBy},
    icons::{Icon, Symbol},
    ipc,
    modal::{Dialog, Doing},
    state::State,
};

/// The dialog, while a table is being made or changed.
#[component]
pub fn MakingDialog() -> impl IntoView {
    let state = State::here();
    move || state.making.get().map(|making| view! { <Filled making=making/> })
}

#[component]
fn Filled(making: Making) -> impl IntoView {
    let state = State::here();
    let form = Form::of(&making);
    let more = RwSignal::new(false);
    spawn_local(async move {
        match ipc::call(Guests {}).await {
            Ok(guests) => drop(form.guests.try_set(Some(guests))),
            Err(why) => drop(form.unasked.try_set(Some(why.message))),
        }
    });
    let (title, verb) = match &making {
        Making::New | Making::Like(_) => ("New table".to_owned(), "Make table"),
        Making::Change(_, table) => (format!("Change {}", table.name), "Change"),
    };
    let is_new = making == Making::New;
    let agree = move || {
        let making = making.clone();
        Box::pin(async move { keep(state, &making, form.table()?).await }) as Doing
    };
    view! {
        <Dialog
            handle="making"
            class="making"
            title=title
            verb=verb
            lightly=false
            agree=agree
            leave=move |()| state.making.set(None)
        >
            <div class="making-body">
                {is_new.then(|| view! { <LedBy led=Led::Here name=form.name/> })}
                <label class="field">
                    <span class="lb">"Name"</span>
                    <input
                        class="input"
                        autofocus
                        data-testid="table-name"
                        maxlength=Table::LONGEST_NAME
                        prop:value=form.name
                        on:input=move |event| form.name.set(event_target_value(&event))
                    />
                </label>
                <Members form=form/>
                <Ways form=form/>
                <button
                    class="btn quiet tight"
                    type="button"
                    data-testid="more"
                    aria-expanded=move || more.get().to_string()
                    on:click=move |_| more.update(|more| *more = !*more)
                >
                    {move || view! { <Icon symbol=if more.get() { Symbol::Down } else { Symbol::Right } class="s"/> }}
                    "More"
                </button>
                <Show when=move || more.get()><More form=form/></Show>
            </div>
            {move || form.caution().map(|words| view! { <p class="help" data-testid="in-main-thread">{words}</p> })}
        </Dialog>
    }
}

/// Makes or changes it; a new one is opened.
async fn keep(state: State, making: &Making, table: Table) -> Result<(), String> {
    let done = match making {
        Making::Change(conversation, _) => ipc::call(ChangeTable { conversation: conversation.clone(), table }).await,
        Making::New | Making::Like(_) => {
            let Some(profile) = state.profile.get_untracked() else {
                return Err("Connect a server first: its agents sit at the table.".to_owned());
            };
            ipc::call(MakeTable { profile, table }).await.map(|made| state.open(made))
        }
    };
    done.map_err(|failure| failure.message)
}
