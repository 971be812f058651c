//! What stops everything else: remove a server, delete a conversation, open a link outside. Cancel is the default of each.

use leptos::{html, prelude::*, task::spawn_local};
use model::{ConversationId, Place, Profile};

use crate::{abilities::Abilities, links, menu, state::State, visible::visible_text};

/// The question that waits, if one does.
#[component]
pub fn Dialogs() -> impl IntoView {
    let state = State::here();
    let leaving = move || {
        let id = state.leaving.get()?;
        state.profiles.with_untracked(|profiles| profiles.iter().find(|profile| profile.id == id).cloned())
    };
    view! {
        {move || leaving().map(|profile| view! { <Remove profile=profile/> })}
        {move || state.deleting.get().map(|id| view! { <Delete id=id/> })}
        <Abilities/>
        {move || state.link.get().map(|url| view! { <Follow url=url/> })}
    }
}

/// A dialog above everything, with two buttons of which Cancel has the focus.
#[component]
pub fn Dialog(
    /// Read aloud and shown.
    #[prop(into)]
    title: String,
    /// The verb of the other button.
    verb: &'static str,
    /// What it does is not undone.
    #[prop(default = false)]
    danger: bool,
    /// The user agreed.
    agree: impl Fn() + 'static,
    /// The user did not.
    cancel: impl Fn() + Clone + 'static,
    /// While it is being done.
    #[prop(into)]
    busy: Signal<bool>,
    /// Why it could not be done.
    #[prop(into)]
    failure: Signal<Option<String>>,
    /// What is asked.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let safe = NodeRef::<html::Button>::new();
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
        if let (Some(dialog), Some(safe)) = (dialog.get(), safe.get()) {
            if !dialog.open() && dialog.show_modal().is_err() {
                dialog.set_open(true);
            }
            safe.focus().ok();
        }
    });
    let closing = cancel.clone();
    let label = title.clone();
    view! {
        <dialog
            class="dialog"
            node_ref=dialog
            aria-label=label
            data-testid="dialog"
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                closing();
            }
        >
            <h2>{title}</h2>
            {children()}
            {move || failure.get().map(|why| view! { <p class="help bad" role="alert">{why}</p> })}
            <div class="dialog-end">
                <button class="btn" node_ref=safe data-testid="dialog-cancel" on:click=move |_| cancel()>"Cancel"</button>
                <button
                    class="btn"
                    class:danger=danger
                    class:primary=!danger
                    data-testid="dialog-agree"
                    disabled=move || busy.get()
                    on:click=move |_| agree()
                >
                    {verb}
                </button>
            </div>
        </dialog>
    }
}

/// Remove a server: what is lost, and what is not.
#[component]
fn Remove(profile: Profile) -> impl IntoView {
    let state = State::here();
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None);
    let (id, name) = (profile.id.clone(), profile.name.clone());
    let agree = move || {
        busy.set(true);
        failure.set(None);
        let (id, name) = (id.clone(), name.clone());
        spawn_local(async move {
            let done = state.remove(id).await;
            busy.set(false);
            match done {
                Ok(()) => {
                    state.leaving.set(None);
                    state.toast.set(Some(format!("{name} was removed from this computer")));
                }
                Err(why) => failure.set(Some(why.message)),
            }
        });
    };
    let (lost, kept) = losses(&profile);
    view! {
        <Dialog
            title=format!("Remove {} from Tertulia?", profile.name)
            verb="Remove"
            danger=true
            agree=agree
            cancel=move || state.leaving.set(None)
            busy=busy
            failure=failure
        >
            <p>{lost}</p>
            <p>{kept}</p>
        </Dialog>
    }
}

/// Delete a conversation: it is lost for everybody.
#[component]
fn Delete(id: ConversationId) -> impl IntoView {
    let state = State::here();
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None);
    let title = state
        .conversations
        .get_untracked(&id)
        .map(|row| row.with_untracked(|row| row.title.clone()))
        .unwrap_or_default();
    let name = title.clone();
    let agree = move || {
        busy.set(true);
        failure.set(None);
        let (id, name) = (id.clone(), name.clone());
        spawn_local(async move {
            let done = state.delete_conversation(id).await;
            busy.set(false);
            match done {
                Ok(()) => {
                    state.deleting.set(None);
                    state.toast.set(Some(format!("{name} was deleted")));
                }
                Err(why) => failure.set(Some(why.message)),
            }
        });
    };
    view! {
        <Dialog
            title=format!("Delete {title}?")
            verb="Delete"
            danger=true
            agree=agree
            cancel=move || state.deleting.set(None)
            busy=busy
            failure=failure
        >
            <p>"The server deletes it, with all that was said in it. This cannot be undone."</p>
            <p>"The agent, its memory and its other conversations stay."</p>
        </Dialog>
    }
}

/// What is lost with a server, and what is not.
fn losses(profile: &Profile) -> (&'static str, &'static str) {
    let lost = if profile.has_key {
        "Lost on this computer: its key, the talk saved here, and drafts you have not sent."
    } else {
        "Lost on this computer: the talk saved here, and drafts you have not sent."
    };
    let kept = match profile.place {
        Place::Demo => "The demo can be started again at any time.",
        Place::Cloud | Place::Own { .. } | Place::Environment { .. } => {
            "Not touched: the server, its agents, their memory and all talk that it keeps."
        }
    };
    (lost, kept)
}

/// Open a link outside: the whole address, nothing hidden in it.
#[component]
fn Follow(url: String) -> impl IntoView {
    let state = State::here();
    let busy = RwSignal::new(false);
    let failure = RwSignal::new(None);
    let place = links::place(&url);
    let shown = visible_text(&url);
    let agree = move || {
        busy.set(true);
        failure.set(None);
        let url = url.clone();
        spawn_local(async move {
            let done = links::agree(&url).await;
            busy.set(false);
            match done {
                Ok(()) => state.link.set(None),
                Err(why) => failure.set(Some(why.message)),
            }
        });
    };
    let title = if place.ends_with(':') {
        "Open this outside Tertulia?".to_owned()
    } else {
        format!("Open {place} in your browser?")
    };
    view! {
        <Dialog title=title verb="Open" agree=agree cancel=move || state.link.set(None) busy=busy failure=failure>
            <p class="mono address">{shown}</p>
            <p class="t3">"Asked once for each host until Tertulia ends."</p>
        </Dialog>
    }
}
