//! What is asked before it is done: remove a server, delete a conversation, open a link outside. Cancel is the default of each; how a
//! dialog behaves is `modal`.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Conversation, ConversationKind, Place, Profile,
    command::{Forgetting, Forgotten},
};

use crate::{
    abilities::Abilities,
    ipc, links,
    making::AskDelete,
    modal::{Dialog, Doing},
    state::State,
    visible::visible_text,
};

/// The question that waits, if one does.
#[component]
pub fn Dialogs() -> impl IntoView {
    let state = State::here();
    let leaving = move || {
        let id = state.leaving.get()?;
        state.profiles.with_untracked(|profiles| profiles.iter().find(|profile| profile.id == id).cloned())
    };
    let deleting = move || Some(state.conversations.get_untracked(&state.deleting.get()?)?.get_untracked());
    view! {
        {move || leaving().map(|profile| view! { <Remove profile=profile/> })}
        {move || deleting().map(|row| match row.kind {
            ConversationKind::Table => view! { <AskDelete row=row/> }.into_any(),
            ConversationKind::Agent | ConversationKind::Conversation | ConversationKind::Group => {
                view! { <Delete row=row/> }.into_any()
            }
        })}
        <Abilities/>
        {move || state.link.get().map(|url| view! { <Follow url=url/> })}
    }
}

/// Remove a server: what is lost, and what is not.
#[component]
fn Remove(profile: Profile) -> impl IntoView {
    let state = State::here();
    let (id, name) = (profile.id.clone(), profile.name.clone());
    let agree = move || {
        let (id, name) = (id.clone(), name.clone());
        Box::pin(async move {
            state.remove(id).await.map_err(|failure| failure.message)?;
            state.toast.set(Some(format!("{name} was removed from this computer")));
            Ok(())
        }) as Doing
    };
    let (lost, kept) = losses(&profile);
    let tables = RwSignal::new(Forgotten::default());
    let of = profile.id.clone();
    spawn_local(async move {
        // Unanswered, the question stands as it is; it may be closed by now.
        if let Ok(forgotten) = ipc::call(Forgetting { profile: of }).await {
            let _ = tables.try_set(forgotten);
        }
    });
    view! {
        <Dialog
            title=format!("Remove {} from Tertulia?", profile.name)
            verb="Remove"
            danger=true
            agree=agree
            leave=move |()| state.leaving.set(None)
        >
            <p>{lost}</p>
            {move || tables.with(|tables| go(tables).map(|words| view! { <p data-testid="tables-go">{words}</p> }))}
            {move || tables.with(|tables| stay(tables).map(|words| view! { <p data-testid="tables-stay">{words}</p> }))}
            <p>{kept}</p>
        </Dialog>
    }
}

/// Delete a conversation: it is lost for everybody.
#[component]
fn Delete(row: Conversation) -> impl IntoView {
    let state = State::here();
    let (id, title) = (row.id, row.title);
    let name = title.clone();
    let agree = move || {
        let (id, name) = (id.clone(), name.clone());
        Box::pin(async move {
            state.delete_conversation(id).await.map_err(|failure| failure.message)?;
            state.toast.set(Some(format!("{name} was deleted")));
            Ok(())
        }) as Doing
    };
    view! {
        <Dialog
            title=format!("Delete {title}?")
            verb="Delete"
            danger=true
            agree=agree
            leave=move |()| state.deleting.set(None)
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

/// The tables that go with a server, by name: what was said at them is on no server.
fn go(tables: &Forgotten) -> Option<String> {
    match tables.go.as_slice() {
        [] => None,
        [name] => Some(format!("The table {name} goes with it, and what was said there.")),
        names => Some(format!("The tables {} go with it, and what was said there.", listed(names))),
    }
}

/// Those that lose members and stay.
fn stay(tables: &Forgotten) -> Option<String> {
    match tables.stay.as_slice() {
        [] => None,
        [name] => Some(format!("The table {name} goes on without its agents of this server.")),
        names => Some(format!("The tables {} go on without their agents of this server.", listed(names))),
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}

/// Open a link outside: the whole address, nothing hidden in it.
#[component]
fn Follow(url: String) -> impl IntoView {
    let state = State::here();
    let place = links::place(&url);
    let shown = visible_text(&url);
    let agree = move || {
        let url = url.clone();
        Box::pin(async move { links::agree(&url).await.map_err(|failure| failure.message) }) as Doing
    };
    let title = if place.ends_with(':') {
        "Open this outside Tertulia?".to_owned()
    } else {
        format!("Open {place} in your browser?")
    };
    view! {
        <Dialog title=title verb="Open" agree=agree leave=move |()| state.link.set(None)>
            <p class="mono address">{shown}</p>
            <p class="t3">"Asked once for each host until Tertulia ends."</p>
        </Dialog>
    }
}
