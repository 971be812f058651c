//! The dialog of a table: name, members, who speaks when, and the rest behind *More*; what could not be done stands in it in words.

use leptos::{html, prelude::*, task::spawn_local};
use model::{
    Table,
    command::{ChangeTable, Guests, MakeTable},
};

use super::{Making, form::Form, members::Members, more::More, pattern::Ways};
use crate::{
    grouping::{Led, LedBy},
    icons::{Icon, Symbol},
    ipc, menu,
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
    let dialog = NodeRef::<html::Dialog>::new();
    let name = NodeRef::<html::Input>::new();
    let (busy, failure, more) = (RwSignal::new(false), RwSignal::new(None::<String>), RwSignal::new(false));
    spawn_local(async move {
        match ipc::call(Guests {}).await {
            Ok(guests) => drop(form.guests.try_set(Some(guests))),
            Err(why) => drop(failure.try_set(Some(why.message))),
        }
    });
    // The focus returns to where it was, once the dialog is gone.
    let before = StoredValue::new_local(menu::focused());
    on_cleanup(move || {
        let before = before.try_get_value().flatten();
        request_animation_frame(move || {
            if let Some(before) = before.filter(|before| before.is_connected()) {
                before.focus().ok();
            }
        });
    });
    Effect::new(move |_| {
        if let (Some(dialog), Some(name)) = (dialog.get(), name.get()) {
            if !dialog.open() && dialog.show_modal().is_err() {
                dialog.set_open(true);
            }
            name.focus().ok();
        }
    });
    let (title, verb) = match &making {
        Making::New | Making::Like(_) => ("New table".to_owned(), "Make table"),
        Making::Change(_, table) => (format!("Change {}", table.name), "Change"),
    };
    let is_new = making == Making::New;
    let cancel = move || state.making.set(None);
    let agree = move || {
        failure.set(None);
        let table = match form.table() {
            Ok(table) => table,
            Err(why) => return failure.set(Some(why)),
        };
        let making = making.clone();
        busy.set(true);
        spawn_local(async move {
            let done = keep(state, &making, table).await;
            busy.try_set(false);
            match done {
                Ok(()) => state.making.set(None),
                Err(why) => drop(failure.try_set(Some(why))),
            }
        });
    };
    let label = title.clone();
    view! {
        <dialog
            class="dialog making"
            node_ref=dialog
            aria-label=label
            data-testid="making"
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                cancel();
            }
        >
            <h2>{title}</h2>
            <div class="making-body">
                {is_new.then(|| view! { <LedBy led=Led::Here name=form.name/> })}
                <label class="field">
                    <span class="lb">"Name"</span>
                    <input
                        class="input"
                        data-testid="table-name"
                        maxlength=Table::LONGEST_NAME
                        node_ref=name
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
            {move || failure.get().map(|why| view! { <p class="help bad" role="alert" data-testid="making-failure">{why}</p> })}
            <div class="dialog-end">
                <button class="btn" type="button" data-testid="making-cancel" on:click=move |_| cancel()>"Cancel"</button>
                <button
                    class="btn primary"
                    type="button"
                    data-testid="making-agree"
                    disabled=move || busy.get()
                    on:click=move |_| agree()
                >
                    {verb}
                </button>
            </div>
        </dialog>
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
