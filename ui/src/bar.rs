//! The bar above a conversation: who it is; at a table the live drawing, how they take turns, and the seats.

use leptos::prelude::*;
use model::{Conversation, ConversationKind, Pattern, SeatState};

use crate::{
    icons::{Icon, Monogram, Symbol},
    inspector::InspectorButton,
    look::{Look, Pane, Side},
    open::Open,
    options::OptionsMenu,
    seat::{Led, Seat, Stack},
    seats::{self, Heard, hear},
    sidebar,
    standing::{LineView, Now, Way},
    state::State,
    table::Table,
    timeline::What,
    visible::visible_text,
};

/// Up to so many seats stand in a row.
const SEATS_IN_A_ROW: usize = 5;

/// The bar.
#[component]
pub fn Bar(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let state = State::here();
    let at = open.clone();
    let kind = Memo::new(move |_| at.row(state).map(|row| row.kind));
    move || match kind.get() {
        None => view! { <header class="bar" data-testid="bar"><Slide/></header> }.into_any(),
        Some(ConversationKind::Agent | ConversationKind::Conversation) => {
            view! { <AgentBar open=open.clone()/> }.into_any()
        }
        Some(ConversationKind::Group | ConversationKind::Table) => view! { <TableBar open=open.clone()/> }.into_any(),
    }
}

/// Shows the sidebar where there is neither it nor the rail.
#[component]
pub fn Slide() -> impl IntoView {
    let look = Look::here();
    view! {
        <Show when=move || look.side() == Side::Bare>
            <button class="ib" aria-label="Show sidebar" data-testid="show-sidebar" on:click=move |_| look.toggle_sidebar()>
                <Icon symbol=Symbol::PanelLeft/>
            </button>
            <sidebar::Led/>
        </Show>
    }
}

#[component]
fn AgentBar(open: Open) -> impl IntoView {
    let state = State::here();
    let at_options = open.clone();
    let row = Memo::new(move |_| open.row(state));
    let title = move || row.with(|row| row.as_ref().map(|row| row.title.clone()));
    let member = Memo::new(move |_| row.with(|row| row.as_ref().and_then(|row| row.members.first().cloned())));
    let role = move || member.get().map(|member| member.role).filter(|role| !role.is_empty());
    view! {
        <header class="bar" data-testid="bar">
            <Slide/>
            {move || member.get().map(|member| view! { <Monogram letters=member.monogram hue=member.hue size="sm"/> })}
            <div class="grow who-line">
                <h1 class="cut">{title}</h1>
                {move || role().map(|role| view! { <span class="sub cut">{role}</span> })}
            </div>
            <OptionsMenu open=at_options/>
        </header>
    }
}

/// The name of the one who picks who speaks next, wherever it lives.
fn picker(state: State, row: &Conversation) -> Option<String> {
    let Some(Pattern::Dynamic { manager }) = &row.pattern else { return None };
    state.conversations.name_of(manager)
}

#[component]
fn TableBar(open: Open) -> impl IntoView {
    let state = State::here();
    let look = Look::here();
    let rows = open.rows.clone();
    let (at_options, at_row, going_on) = (open.clone(), open.clone(), open.clone());
    let row = Memo::new(move |_| at_row.row(state));
    let table = Memo::new(move |_| row.with(|row| row.as_ref().map(|row| (row.members.clone(), row.pattern.clone()))));
    let turn = {
        let rows = rows.clone();
        Memo::new(move |_| rows.turn())
    };
    let heard = Memo::new(move |_| heard_since(&rows));
    let states = Memo::new(move |_| {
        // A table that the app leads tells its seats itself.
        if let Some(floor) = row.with(|row| row.as_ref()?.floor.clone()) {
            return floor.seats.into_iter().map(|seat| seat.state).collect();
        }
        let (members, pattern) = table.get().unwrap_or_default();
        seats::seats(&members, pattern.as_ref(), &heard.get(), &turn.get())
    });
    let members = move || table.get().unwrap_or_default().0;
    let hues = Signal::derive(move || members().iter().map(|member| member.hue).collect::<Vec<_>>());
    let drawn = Signal::derive(move || seats::word(&members(), &turn.get()));
    let in_a_row = Memo::new(move |_| look.has_room_for_seats() && members().len() <= SEATS_IN_A_ROW);
    let line = Memo::new(move |_| {
        let row = row.get()?;
        let (states, turn, heard) = (states.get(), turn.get(), heard.get());
        let (round, heard) = match &row.floor {
            Some(floor) => (floor.round, floor.round > 0),
            None => (seats::round(&heard), !heard.is_empty()),
        };
        let picker = picker(state, &row);
        let now = Now { row: &row, states: &states, turn: &turn, round, heard, in_a_row: in_a_row.get() };
        Some(now.line(picker.as_deref()))
    });
    let led = (open.row_untracked(state).is_some_and(|row| row.kind == ConversationKind::Table))
        .then(|| Led::new(row, open.clone()));
    let chevrons = move || table.get().is_some_and(|(_, pattern)| pattern == Some(model::Pattern::RoundRobin));
    view! {
        <header class="bar tablebar" data-testid="bar">
            <Slide/>
            <Table hues=hues word=drawn/>
            <div class="grow">
                <h1 class="cut">{move || row.with(|row| row.as_ref().map(|row| row.title.clone()))}</h1>
                <div class="sub" data-testid="standing">
                    <span class="cut">
                        {move || line.with(|line| line.as_ref().map(|line| line.says.clone())).map(|says| view! { <LineView says=says/> })}
                    </span>
                    {move || line.with(|line| line.as_ref().and_then(|line| line.way.clone())).map(|way| {
                        let open = going_on.clone();
                        match way {
                            Way::GoOn => view! {
                                <button class="link" type="button" data-testid="bar-go-on" on:click=move |_| open.go_on()>"Go on"</button>
                            }
                            .into_any(),
                            Way::Without { agent, name } => view! {
                                <button class="link" type="button" data-testid="go-on-without" on:click=move |_| open.skip(agent.clone())>
                                    {format!("Go on without {}", visible_text(&name))}
                                </button>
                            }
                            .into_any(),
                        }
                    })}
                </div>
            </div>
            {move || {
                let members = members();
                if !in_a_row.get() {
                    // Beside the inspector they stand in it.
                    let are_there = look.inspector() == Pane::Beside;
                    return (!are_there).then(|| view! { <Stack members=members states=states/> }).into_any();
                }
                let last = members.len().saturating_sub(1);
                let order = if chevrons() { "At the table, in speaking order" } else { "At the table" };
                view! {
                    <ol class="seats" aria-label=order>
                        {members
                            .into_iter()
                            .enumerate()
                            .map(|(seat, member)| {
                                let state = Memo::new(move |_| states.with(|states| states.get(seat).copied().unwrap_or(SeatState::Idle)));
                                view! { <Seat member=member state=state chevron=chevrons() && seat < last led=led/> }
                            })
                            .collect_view()}
                    </ol>
                }
                    .into_any()
            }}
            <OptionsMenu open=at_options/>
            <InspectorButton/>
        </header>
    }
}

/// What was heard since the user spoke last. Tracked: the order of rows and those rows, so a token more is cheap and changes nothing.
pub fn heard_since(rows: &crate::timeline::Rows) -> Vec<Heard> {
    let entries = rows.entries();
    let mut ids = Vec::new();
    for entry in entries.iter().rev() {
        match &entry.what {
            What::Item(id) => {
                ids.push(id.clone());
                if rows.item(id).is_some_and(|item| item.with_untracked(|item| item.kind() == "user")) {
                    break;
                }
            }
            What::Fold { calls, .. } => ids.extend(calls.iter().rev().cloned()),
            What::Day(_) | What::NewSince(_) => {}
        }
    }
    let mut heard = Vec::new();
    for id in ids.iter().rev() {
        if let Some(item) = rows.item(id) {
            item.with(|item| hear(item, &mut heard));
        }
    }
    heard
}
