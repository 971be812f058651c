//! Requests that wait for the user's word, as cards: in the dock here, in the inbox by `inbox`. What a card shows and when it acts is in
//! `card`; what it knows of a request in `request`.

mod armed;
mod arming;
mod buttons;
mod card;
mod deny;
pub mod focus;
mod pages;
mod request;
mod several;
mod trust;

use std::collections::HashMap;

use leptos::{prelude::*, task::spawn_local};
use model::{Item, ToolCallId, command::StandingOf};

pub use self::{
    card::{Card, Place},
    focus::HandOver,
    pages::Page,
    request::{Asker, Request, on_day, spoken_title},
    several::ApproveThese,
    trust::Trust,
};
use crate::{ipc, open::Open, state::State};

/// The requests of the open conversation: one after another, or all together.
#[component]
pub fn Approvals(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let state = State::here();
    let id = open.id.clone();
    let rows = open.rows.clone();
    // A call for another program is not the user's to approve.
    let waiting =
        Memo::new(move |_| rows.waiting().into_iter().filter(|item| !is_foreign(item)).collect::<Vec<Item>>());
    let reached = {
        let id = id.clone();
        Memo::new(move |_| state.conversations.get(&id).is_none_or(|row| state.is_reached(&row.get().profile)))
    };
    let standings = standings(&open, waiting, reached);
    let requests = Memo::new(move |_| {
        waiting.with(|waiting| {
            let request = |item| Request::of_item(state, &id, item, waiting);
            let known = |mut request: Request| {
                request.standing = standings.with(|standings| standings.get(&request.call.id).cloned());
                request
            };
            waiting.iter().filter_map(request).map(known).collect::<Vec<_>>()
        })
    });
    let chosen = RwSignal::new(None::<ToolCallId>);
    let shown = Memo::new(move |before: Option<&Option<ToolCallId>>| {
        let chosen = chosen.get();
        requests.with(|requests| which(requests, chosen.as_ref(), before.and_then(Option::as_ref)))
    });
    let page = pages(requests, shown, chosen);
    let together = RwSignal::new(None::<Vec<Request>>);
    let hand_over = HandOver::or("[data-testid=composer]");
    go_on(requests, shown, chosen);
    move || {
        if let Some(asked) = together.get() {
            return Some(
                view! {
                    <ApproveThese
                        asked=asked
                        waiting=requests
                        reached=reached
                        hand_over=hand_over
                        back=Callback::new(move |()| together.set(None))
                        read=Callback::new(move |(_, call)| {
                            chosen.set(Some(call));
                            hand_over.hold();
                            together.set(None);
                        })
                    />
                }
                .into_any(),
            );
        }
        let id = shown.get()?;
        let request = Memo::new(move |_| {
            requests.with(|requests| requests.iter().find(|request| request.call.id == id).cloned())
        });
        let several = Callback::new(move |()| {
            let open = |request: &Request| !request.is_deciding();
            together.set(Some(requests.get_untracked().into_iter().filter(open).collect()));
        });
        Some(
            view! { <Card request=request place=Place::Dock page=page hand_over=hand_over several=Some(several)/> }
                .into_any(),
        )
    }
}

fn is_foreign(item: &Item) -> bool {
    item.tool().is_some_and(|call| call.foreign)
}

/// Which request is shown: the one chosen, else the one shown before, else the oldest that can be decided.
fn which(requests: &[Request], chosen: Option<&ToolCallId>, before: Option<&ToolCallId>) -> Option<ToolCallId> {
    let waits = |id: &&ToolCallId| requests.iter().any(|request| request.call.id == **id);
    let oldest = || requests.iter().find(|request| !request.is_deciding()).or(requests.first());
    chosen.filter(waits).or(before.filter(waits)).or(oldest().map(|request| &request.call.id)).cloned()
}

fn pages(requests: Memo<Vec<Request>>, shown: Memo<Option<ToolCallId>>, chosen: RwSignal<Option<ToolCallId>>) -> Page {
    let which = Memo::new(move |_| {
        let shown = shown.get();
        requests.with(|requests| {
            requests.iter().position(|request| Some(&request.call.id) == shown.as_ref()).unwrap_or_default()
        })
    });
    let turn = move |by: isize| {
        let to = which.get_untracked().saturating_add_signed(by);
        let other = requests.with_untracked(|requests| requests.get(to).map(|request| request.call.id.clone()));
        if other.is_some() {
            chosen.set(other);
        }
    };
    Page {
        which,
        count: Memo::new(move |_| requests.with(Vec::len)),
        open: Memo::new(move |_| requests.with(|all| all.iter().filter(|request| !request.is_deciding()).count())),
        turn: Callback::new(turn),
    }
}

/// The server takes the decisions of one request together: when one of its calls is decided, the next takes the card.
fn go_on(requests: Memo<Vec<Request>>, shown: Memo<Option<ToolCallId>>, chosen: RwSignal<Option<ToolCallId>>) {
    Effect::new(move |before: Option<Option<(ToolCallId, bool)>>| {
        let shown = shown.get();
        let now =
            requests.with(|requests| requests.iter().find(|one| Some(&one.call.id) == shown.as_ref()).cloned())?;
        let decided = before.flatten().is_some_and(|(id, deciding)| id == now.call.id && !deciding);
        if decided && now.is_deciding() && now.others > 0 {
            let next = requests.with_untracked(|requests| {
                requests.iter().find(|one| one.call.request == now.call.request && !one.is_deciding()).cloned()
            });
            chosen.set(next.map(|next| next.call.id));
        }
        Some((now.call.id.clone(), now.is_deciding()))
    });
}

/// What Tertulia knows of each request, asked for once, and again when the server comes back if it was not there to tell.
fn standings(
    open: &Open,
    waiting: Memo<Vec<Item>>,
    reached: Memo<bool>,
) -> RwSignal<HashMap<ToolCallId, model::Standing>> {
    let known = RwSignal::new(HashMap::<ToolCallId, model::Standing>::new());
    let conversation = open.id.clone();
    let asked = StoredValue::new(HashMap::<ToolCallId, bool>::new());
    Effect::new(move |_| {
        let reached = reached.get();
        let calls = waiting
            .with(|waiting| waiting.iter().filter_map(Item::tool).map(|call| call.id.clone()).collect::<Vec<_>>());
        for call in calls {
            let told_enough = |known: &model::Standing| known.runs_where != model::RunsWhere::Unknown;
            let enough = known.with_untracked(|known| known.get(&call).is_some_and(told_enough));
            let before = asked.try_update_value(|asked| asked.insert(call.clone(), reached)).flatten();
            if enough || before.is_some_and(|was_reached| was_reached || !reached) {
                continue;
            }
            let conversation = conversation.clone();
            spawn_local(async move {
                // Without an answer the card shows what was written, in its order.
                if let Ok(standing) = ipc::call(StandingOf { conversation, tool_call: call.clone() }).await {
                    known.try_update(|known| known.insert(call, standing));
                }
            });
        }
    });
    known
}
