//! Asking one more to a table or into a group, from the inspector.

use leptos::prelude::*;
use model::{AgentId, ConversationKind, Guest};

use super::{edit::Edit, subject::Subject};
use crate::{
    focus,
    icons::{Icon, Symbol},
    making::GuestSearch,
};

/// The line, and the search that it opens.
#[component]
pub(super) fn Add(
    /// To what.
    subject: Subject,
    /// Who sits there.
    sits: Memo<Vec<AgentId>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    // A server's group has agents of its server only.
    let guests = Signal::derive(move || {
        let profile = subject.row.with(|row| row.as_ref().map(|row| row.profile.clone()));
        let can_sit =
            |guest: &Guest| subject.kind == ConversationKind::Table || Some(&guest.profile) == profile.as_ref();
        subject.guests.get().map(|guests| guests.into_iter().filter(can_sit).collect::<Vec<_>>())
    });
    let toggle = move |_| {
        open.update(|open| *open = !*open);
        if open.get_untracked() {
            subject.ask_guests();
            request_animation_frame(|| focus::to(".inspector [data-testid=seek-guest]"));
        }
    };
    view! {
        <button class="add" type="button" data-testid="add-member" aria-expanded=move || open.get().to_string() on:click=toggle>
            <Icon symbol=Symbol::Plus/>
            "Add a member"
        </button>
        <Show when=move || open.get()>
            <div class="adding">
                <GuestSearch list="further-guests" guests=guests unasked=subject.unasked sits=sits ask=move |guest| subject.change(Edit::Seat(guest))/>
            </div>
        </Show>
    }
}
