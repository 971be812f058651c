//! A seat in the bar: who sits there, what they do, and at a table that the app leads what can be done about it; in a row, or as
//! monograms on one button where there is no room.

use leptos::prelude::*;
use model::{AgentId, Conversation, Member, Pattern, SeatNow, SeatState};

use crate::{
    icons::{Bars, Icon, Monogram, Symbol, hue_class},
    inspector,
    look::Look,
    menu::{Menu, MenuItem},
    open::Open,
    row::thousands,
};

/// One of a row of seats.
#[component]
pub fn Seat(
    /// Who sits there.
    member: Member,
    /// What it does.
    state: Memo<SeatState>,
    /// An arrow to the next follows.
    chevron: bool,
    /// The table, if the app leads it.
    led: Option<Led>,
) -> impl IntoView {
    let class = format!("seat {}", hue_class(member.hue));
    let (role, agent) = (member.role.clone(), member.agent.to_string());
    let muted = {
        let agent = member.agent.clone();
        Memo::new(move |_| led.is_some_and(|led| led.is_muted(&agent)))
    };
    let label = move || says(state.get(), muted.get(), &role);
    let face = {
        let (monogram, hue, name) = (member.monogram.clone(), member.hue, member.name.clone());
        move || {
            view! {
                <Monogram letters=monogram.clone() hue=hue size="sm"/>
                <span class="seat-words">
                    <span class="nm cut">{name.clone()}</span>
                    <span class="st">
                        {move || (state.get() == SeatState::Speaking).then(|| view! { <Bars/> })}
                        <span class="cut">{label.clone()}</span>
                    </span>
                </span>
            }
        }
    };
    let (now, wait) = (move || state.get() == SeatState::Speaking, move || state.get() == SeatState::Waiting);
    let bad = move || state.get() == SeatState::Failed;
    let seat = match led {
        None => view! {
            <div
                class=class
                class:now=now
                class:wait=wait
                class:bad=bad
                data-testid="seat"
                data-agent=agent
                data-state=move || state.get().word()
            >
                {face()}
            </div>
        }
        .into_any(),
        Some(led) => {
            let menu = RwSignal::new(false);
            let title = member.name.clone();
            view! {
                <div class="drop end">
                    <button
                        class=class
                        class:now=now
                        class:wait=wait
                        class:bad=bad
                        type="button"
                        data-testid="seat"
                        data-agent=agent
                        data-state=move || state.get().word()
                        aria-haspopup="menu"
                        aria-expanded=move || menu.get().to_string()
                        on:click=move |_| menu.update(|menu| *menu = !*menu)
                    >
                        {face()}
                    </button>
                    <Menu open=menu label=title>
                        <Deeds member=member.clone() led=led/>
                    </Menu>
                </div>
            }
            .into_any()
        }
    };
    view! { <li>{seat} {chevron.then(|| view! { <Icon symbol=Symbol::Right class="between"/> })}</li> }
}

/// The words under a name.
fn says(state: SeatState, muted: bool, role: &str) -> String {
    match state {
        SeatState::Idle | SeatState::Spoke if muted => "muted".to_owned(),
        SeatState::Idle => role.to_owned(),
        other => other.label().to_owned(),
    }
}

/// A table that the app leads, as its seats need it. A handle: copying it costs nothing.
#[derive(Clone, Copy)]
pub struct Led {
    row: Memo<Option<Conversation>>,
    open: StoredValue<Open>,
}

impl Led {
    /// The table with this row.
    pub fn new(row: Memo<Option<Conversation>>, open: Open) -> Self {
        Self { row, open: StoredValue::new(open) }
    }

    /// Tracked: a seat as it is now.
    fn seat(self, agent: &AgentId) -> Option<SeatNow> {
        self.row.with(|row| row.as_ref()?.floor.as_ref()?.seats.iter().find(|seat| seat.agent == *agent).cloned())
    }

    fn is_muted(self, agent: &AgentId) -> bool {
        self.seat(agent).is_some_and(|seat| seat.muted)
    }

    /// Tracked: without this one the table would not go on, so that it cannot be muted.
    fn needs(self, agent: &AgentId) -> bool {
        self.row.with(|row| match row.as_ref().and_then(|row| row.pattern.as_ref()) {
            Some(Pattern::Supervisor { lead }) => lead == agent,
            Some(Pattern::Sleeptime { talks }) => talks == agent,
            Some(Pattern::RoundRobin | Pattern::CalledOn | Pattern::Dynamic { .. } | Pattern::Other { .. }) | None => {
                false
            }
        })
    }
}

/// What a member used, and what can be done about it now.
#[component]
pub(crate) fn Deeds(
    /// Whose.
    member: Member,
    /// At which table.
    led: Led,
) -> impl IntoView {
    let Member { agent, name, role, .. } = member;
    let now = {
        let agent = agent.clone();
        Memo::new(move |_| led.seat(&agent))
    };
    let state = Memo::new(move |_| now.with(|now| now.as_ref().map_or(SeatState::Idle, |seat| seat.state)));
    let muted = Memo::new(move |_| now.with(|now| now.as_ref().is_some_and(|seat| seat.muted)));
    let used = move || {
        let (input, output) = now.with(|now| now.as_ref().map_or((0, 0), |seat| (seat.input, seat.output)));
        format!("{} in, {} out", thousands(input), thousands(output))
    };
    let agent = StoredValue::new(agent);
    let name = StoredValue::new(name);
    let asks = move |deed: fn(&Open, AgentId)| move || led.open.with_value(|open| deed(open, agent.get_value()));
    view! {
        <div class="mh" role="presentation">
            <b class="cut">{move || name.get_value()}</b>
            {(!role.is_empty()).then(|| view! { <span class="t3 cut">{role}</span> })}
            <span class="t3 num" data-testid="seat-used">{used}</span>
        </div>
        {move || can_have_the_word(state.get()).then(|| view! {
            <MenuItem
                handle="give-word"
                symbol=Symbol::Chat
                words=format!("Let {} speak now", name.get_value())
                act=asks(Open::give_word)
            />
        })}
        {move || now.with(|now| now.as_ref().is_some_and(can_be_skipped)).then(|| view! {
            <MenuItem
                handle="skip"
                symbol=Symbol::ArrowRight
                words=format!("Skip {}", name.get_value())
                act=asks(Open::skip)
            />
        })}
        {move || agent.with_value(|agent| !led.needs(agent)).then(|| {
            let words = match muted.get() {
                true => format!("Let {} speak again", name.get_value()),
                false => format!("Mute {}", name.get_value()),
            };
            let act = move || led.open.with_value(|open| open.mute(agent.get_value(), !muted.get_untracked()));
            view! { <MenuItem handle="mute" symbol=Symbol::Block words=words act=act/> }
        })}
    }
}

/// Nobody is given the word who has it, or waits for a decision with it.
fn can_have_the_word(state: SeatState) -> bool {
    match state {
        SeatState::Speaking | SeatState::Waiting | SeatState::Background | SeatState::Gone => false,
        SeatState::Idle
        | SeatState::Spoke
        | SeatState::Next
        | SeatState::Closes
        | SeatState::Failed
        | SeatState::Skipped => true,
    }
}

/// One who waits for a decision is skipped once: it can be decided later.
fn can_be_skipped(seat: &SeatNow) -> bool {
    match seat.state {
        SeatState::Waiting => !seat.aside,
        SeatState::Speaking | SeatState::Next | SeatState::Failed => true,
        SeatState::Idle
        | SeatState::Gone
        | SeatState::Spoke
        | SeatState::Closes
        | SeatState::Skipped
        | SeatState::Background => false,
    }
}

/// So many monograms overlap; of more the last says how many they are, and who has something to say is seen all the same.
const STACKED: usize = 6;

/// A member at whom one should look.
fn is_pressing(state: SeatState) -> bool {
    match state {
        SeatState::Speaking | SeatState::Waiting | SeatState::Failed => true,
        SeatState::Idle
        | SeatState::Spoke
        | SeatState::Next
        | SeatState::Closes
        | SeatState::Skipped
        | SeatState::Background
        | SeatState::Gone => false,
    }
}

/// The members in words: how many, who speaks, who waits and whose turn failed.
fn told(members: &[Member], states: &[SeatState]) -> String {
    let told = |(member, state): (&Member, &SeatState)| match state {
        SeatState::Speaking => Some(format!("{} is speaking", member.name)),
        state => is_pressing(*state).then(|| format!("{} {}", member.name, state.label())),
    };
    let told: Vec<String> = members.iter().zip(states).filter_map(told).collect();
    match told.is_empty() {
        true => format!("{} members", members.len()),
        false => format!("{} members. {}", members.len(), told.join(", ")),
    }
}

/// All members as monograms, as a button: the inspector tells more of them.
#[component]
pub fn Stack(
    /// Who sits there.
    members: Vec<Member>,
    /// What each does.
    states: Memo<Vec<SeatState>>,
) -> impl IntoView {
    let look = Look::here();
    let count = members.len();
    let all = StoredValue::new(members.clone());
    let label = move || all.with_value(|all| states.with(|states| told(all, states)));
    let state = move |seat: usize| states.with(|states| states.get(seat).copied().unwrap_or_default());
    // One place is for the number.
    let is_spare = move |seat: usize| count > STACKED && seat + 1 >= STACKED && !is_pressing(state(seat));
    let seat = move |(seat, member): (usize, Member)| {
        view! {
            <span
                class="stacked"
                class:spare=move || is_spare(seat)
                class:now=move || state(seat) == SeatState::Speaking
                class:wait=move || state(seat) == SeatState::Waiting
                class:bad=move || state(seat) == SeatState::Failed
                data-testid="seat"
                data-agent=member.agent.to_string()
                data-state=move || state(seat).word()
            >
                <Monogram letters=member.monogram hue=member.hue size="sm"/>
            </span>
        }
    };
    let seats = members.into_iter().enumerate().map(seat).collect_view();
    let spare = move || (0..count).filter(|seat| is_spare(*seat)).count();
    let more = move || {
        let spare = spare();
        (spare > 0).then(|| view! { <span class="stacked" data-testid="more-seats"><span class="mg sm you">{format!("+{spare}")}</span></span> })
    };
    view! {
        <button
            class="stack"
            type="button"
            data-testid="members"
            aria-label=label
            on:click=move |_| inspector::open_at(look, inspector::Tab::Members)
        >
            {seats}
            {more}
        </button>
    }
}
