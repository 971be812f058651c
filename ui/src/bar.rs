//! The bar above a conversation: who it is; at a table the live drawing, how they take turns, and the seats.

use leptos::prelude::*;
use model::{Conversation, ConversationKind, SeatState, Turn};

use crate::{
    icons::{Bars, Icon, Monogram, Symbol, hue_class},
    look::{Look, Side},
    open::Open,
    options::OptionsMenu,
    seats::{Heard, hear, pattern_line, seat_of, seats, word},
    sidebar::Led,
    state::State,
    table::Table,
    timeline::What,
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
            <Led/>
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

#[component]
fn TableBar(open: Open) -> impl IntoView {
    let state = State::here();
    let look = Look::here();
    let rows = open.rows.clone();
    let at_options = open.clone();
    let row = Memo::new(move |_| open.row(state));
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
        seats(&members, pattern.as_ref(), &heard.get(), &turn.get())
    });
    let members = move || table.get().unwrap_or_default().0;
    let hues = Signal::derive(move || members().iter().map(|member| member.hue).collect::<Vec<_>>());
    let drawn = Signal::derive(move || word(&members(), &turn.get()));
    let in_a_row = Memo::new(move |_| look.has_room_for_seats() && members().len() <= SEATS_IN_A_ROW);
    let chevrons = move || table.get().is_some_and(|(_, pattern)| pattern == Some(model::Pattern::RoundRobin));
    view! {
        <header class="bar tablebar" data-testid="bar">
            <Slide/>
            <Table hues=hues word=drawn/>
            <div class="grow">
                <h1 class="cut">{move || row.with(|row| row.as_ref().map(|row| row.title.clone()))}</h1>
                <div class="sub cut">
                    {move || row.get().map(|row| line(&row, &heard.get(), &states.get(), &turn.get(), in_a_row.get()))}
                </div>
            </div>
            {move || {
                let members = members();
                if !in_a_row.get() {
                    return view! {
                        <div class="stack" aria-hidden="true">
                            {members
                                .into_iter()
                                .enumerate()
                                .map(|(seat, member)| view! {
                                    <span
                                        class="stacked"
                                        data-testid="seat"
                                        data-agent=member.agent.to_string()
                                        data-state=move || states.with(|states| states.get(seat).map(|state| state.word()))
                                    >
                                        <Monogram letters=member.monogram hue=member.hue size="sm"/>
                                    </span>
                                })
                                .collect_view()}
                        </div>
                    }
                        .into_any();
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
                                view! { <Seat member=member state=state chevron=chevrons() && seat < last/> }
                            })
                            .collect_view()}
                    </ol>
                }
                    .into_any()
            }}
            <OptionsMenu open=at_options/>
        </header>
    }
}

#[component]
fn Seat(member: model::Member, state: Memo<SeatState>, chevron: bool) -> impl IntoView {
    let class = format!("seat {}", hue_class(member.hue));
    let role = member.role;
    let label = move || match state.get() {
        SeatState::Idle => role.clone(),
        other => other.label().to_owned(),
    };
    view! {
        <li>
        <div
            class=class
            class:now=move || state.get() == SeatState::Speaking
            class:wait=move || state.get() == SeatState::Waiting
            class:bad=move || state.get() == SeatState::Failed
            data-testid="seat"
            data-agent=member.agent.to_string()
            data-state=move || state.get().word()
        >
            <Monogram letters=member.monogram hue=member.hue size="sm"/>
            <span class="seat-words">
                <span class="nm cut">{member.name}</span>
                <span class="st">
                    {move || (state.get() == SeatState::Speaking).then(|| view! { <Bars/> })}
                    <span class="cut">{label}</span>
                </span>
            </span>
        </div>
            {chevron.then(|| view! { <Icon symbol=Symbol::Right class="between"/> })}
        </li>
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

/// The line under a group's name: a pause, who speaks (where the seats do not say it), or how they take turns.
fn line(row: &Conversation, heard: &[Heard], states: &[SeatState], turn: &Turn, in_a_row: bool) -> AnyView {
    let pattern = pattern_line(&row.members, row.pattern.as_ref(), heard);
    match turn {
        Turn::Paused { speaker } => {
            let name = seat_of(&row.members, speaker)
                .and_then(|seat| row.members.get(seat))
                .map_or(&speaker.name, |member| &member.name);
            view! { <span class="paused">{format!("Paused: {name} waits for you")}</span> }.into_any()
        }
        Turn::Speaking { speaker } if !in_a_row => {
            let seat = seat_of(&row.members, speaker);
            let member = seat.and_then(|seat| row.members.get(seat));
            let name = member.map_or(speaker.name.clone(), |member| member.name.clone());
            let next = states.iter().position(|state| *state == SeatState::Next).and_then(|seat| row.members.get(seat));
            view! {
                <span class=format!("speaker {}", hue_class(member.map_or(1, |member| member.hue)))>{format!("{name} is speaking")}</span>
                {next.map(|next| format!(", {} is next", next.name))}
            }
            .into_any()
        }
        Turn::Yours if !heard.is_empty() => {
            view! { {pattern} ". " <span class="your-turn">"Your turn"</span> }.into_any()
        }
        Turn::Stopping => view! { {pattern} ". Stopping" }.into_any(),
        Turn::Finishing { tool } => view! { {pattern} {format!(". Stopping when {tool} is done")} }.into_any(),
        Turn::Yours | Turn::Sent | Turn::Speaking { .. } | Turn::Resuming { .. } => pattern.into_any(),
    }
}
