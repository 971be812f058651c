//! The inbox: everything that waits for a decision on this server, and the log of what was decided. It takes the conversation's place in
//! the window; a conversation that is open stays open behind it.

mod desk;
mod detail;
mod earlier;
mod line;
mod list;
mod log;
mod row;

use leptos::prelude::*;
use web_sys::KeyboardEvent;

use desk::{Desk, Side};
use detail::Detail;
use list::Requests;
use log::Log;

use crate::{banners::Banners, state::State};

/// The inbox.
#[component]
pub fn Inbox() -> impl IntoView {
    let state = State::here();
    let desk = Desk::new(state);
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() && desk.is_picked() {
            event.prevent_default();
            event.stop_propagation();
            go_back(desk);
        }
    };
    view! {
        <Banners/>
        <div class="inbox" class:picked=move || desk.is_picked() data-testid="inbox" on:keydown=keys>
            {move || match desk.side.get() {
                Side::Waiting => view! { <Requests desk=desk/> }.into_any(),
                Side::Log(about) => view! { <Log desk=desk about=about/> }.into_any(),
            }}
            <Detail desk=desk/>
        </div>
    }
}

/// From what is shown back to its row in the list.
fn go_back(desk: Desk) {
    let row = "[data-testid=inbox-row][aria-current], [data-testid=log-row][aria-current], [data-testid=inbox-row]";
    crate::approval::focus::on(row);
    let narrow = document().query_selector(".inbox.picked .ilist").ok().flatten();
    if narrow.is_none_or(|list| list.client_width() == 0) {
        desk.picked.set(desk::Picked::Nothing);
        request_animation_frame(move || crate::approval::focus::on(row));
    }
}
