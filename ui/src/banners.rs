//! Banners under the bar: one at a time about the line to the server and what goes over it, the worst first, shown after a second of
//! trouble and gone a second after it; and what the user must know about the disk.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use model::{Connection, ProfileId, Turn, command::Refresh};

use crate::{
    ago,
    icons::{Icon, Symbol, hue_class},
    ipc,
    seats::seat_of,
    state::{Stage, State},
};

/// So long a banner waits before it comes, and before it goes.
const PATIENCE: Duration = Duration::from_secs(1);

/// The banners.
#[component]
pub fn Banners() -> impl IntoView {
    let state = State::here();
    let said = Memo::new(move |_| Said::now(state));
    let shown = settled(Memo::new(move |_| said.with(|said| *said != Said::Nothing)));
    // The last trouble, which stays to be read for the second in which it is over already.
    let last = Memo::new(move |before: Option<&Said>| match (said.get(), before) {
        (Said::Nothing, Some(before)) => before.clone(),
        (said, _) => said,
    });
    view! {
        {move || {
            state.storage_warning.get().map(|warning| view! {
                <div class="banner tall" role="alert" data-testid="storage-warning">
                    <Icon symbol=Symbol::Alert/>
                    <span>{warning}</span>
                </div>
            })
        }}
        <Show when=move || shown.get()>{move || banner(state, last.get())}</Show>
    }
}

/// What there is to say.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    Nothing,
    /// The line to the server is not as it should be.
    Line(Connection),
    /// The answer that is open was cut, and is picked up: whose, and in which colour.
    Resuming(Option<(String, u8)>),
}

impl Said {
    /// Tracked: offline, reconnecting, resuming, syncing; the first of them that is so.
    fn now(state: State) -> Self {
        let resuming = || {
            let open = state.open.get()?;
            let Turn::Resuming { speaker } = open.rows.turn() else { return None };
            let row = open.row(state);
            Some(speaker.map(|speaker| {
                let members = row.map(|row| row.members).unwrap_or_default();
                let member = seat_of(&members, &speaker).and_then(|seat| members.get(seat));
                member.map_or((speaker.name.clone(), 1), |member| (member.name.clone(), member.hue))
            }))
        };
        match state.connection() {
            line @ (Connection::Offline { .. } | Connection::Refused { .. } | Connection::Reconnecting { .. }) => {
                Self::Line(line)
            }
            line @ (Connection::Online | Connection::Syncing { .. }) => match (resuming(), line) {
                (Some(speaker), _) => Self::Resuming(speaker),
                (None, line @ Connection::Syncing { .. }) => Self::Line(line),
                (None, _) => Self::Nothing,
            },
        }
    }
}

/// Follows a flag, a second late both ways; a flicker shorter than that is never seen.
fn settled(flag: Memo<bool>) -> RwSignal<bool> {
    let shown = RwSignal::new(false);
    let pause = StoredValue::new(None::<TimeoutHandle>);
    let wait_no_more = move || {
        if let Some(Some(handle)) = pause.try_update_value(Option::take) {
            handle.clear();
        }
    };
    Effect::new(move |_| {
        let wanted = flag.get();
        wait_no_more();
        if wanted != shown.get_untracked() {
            pause.set_value(set_timeout_with_handle(move || shown.set(wanted), PATIENCE).ok());
        }
    });
    on_cleanup(wait_no_more);
    shown
}

fn banner(state: State, said: Said) -> AnyView {
    match said {
        Said::Nothing => ().into_any(),
        Said::Line(connection) => line(state, connection),
        Said::Resuming(speaker) => {
            let hue = speaker.as_ref().map_or_else(String::new, |(_, hue)| hue_class(*hue));
            view! {
                <div class="banner" role="status" data-testid="banner">
                    <span class=format!("spin {hue}")></span>
                    <span>{resuming_words(speaker.as_ref().map(|(name, _)| name.as_str()))}</span>
                </div>
            }
            .into_any()
        }
    }
}

fn resuming_words(speaker: Option<&str>) -> String {
    match speaker {
        Some(name) => format!("Resuming {name}’s reply from where it stopped"),
        None => "Asking the server what became of your message".to_owned(),
    }
}

fn line(state: State, connection: Connection) -> AnyView {
    let again = move |_| {
        if let Some(profile) = state.profile.get_untracked() {
            refresh(profile);
        }
    };
    match connection {
        Connection::Online => ().into_any(),
        Connection::Offline { why } => view! {
            <div class="banner" role="status" data-testid="banner">
                <Icon symbol=Symbol::Offline/>
                <span title=why>"Offline. Showing saved history"</span>
                <span class="end"><button class="btn quiet" data-testid="try-now" on:click=again>"Try now"</button></span>
            </div>
        }
        .into_any(),
        Connection::Refused { why } => view! {
            <div class="banner" role="status" data-testid="banner">
                <Icon symbol=Symbol::Key/>
                <span class="cut">{why}</span>
                <span class="end">
                    <button
                        class="btn quiet"
                        data-testid="new-key"
                        on:click=move |_| {
                            state.new_key.set(state.profile.get_untracked());
                            state.stage.set(Stage::Connect);
                        }
                    >
                        "Enter another key"
                    </button>
                </span>
            </div>
        }
        .into_any(),
        Connection::Reconnecting { attempt, next } => view! { <Reconnecting attempt=attempt next=next again=again/> }.into_any(),
        Connection::Syncing { percent } => view! {
            <div class="banner" role="status" data-testid="banner">
                <span class="spin"></span>
                <span class="num">
                    {percent.map_or("Syncing history".to_owned(), |percent| format!("Syncing history, {percent}\u{2009}%"))}
                </span>
                {percent.map(|percent| view! {
                    <span class="end"><span class="meter ac" aria-hidden="true"><b style:width=format!("{percent}%")></b></span></span>
                })}
            </div>
        }
        .into_any(),
    }
}

/// With a countdown, and a way not to wait.
#[component]
fn Reconnecting(attempt: u32, next: Option<i64>, again: impl Fn(leptos::ev::MouseEvent) + 'static) -> impl IntoView {
    let now = ago::ticking(Duration::from_millis(500));
    view! {
        <div class="banner" role="status" data-testid="banner">
            <span class="spin"></span>
            <span class="num">{move || countdown(attempt, next, now.get())}</span>
            <span class="end"><button class="btn quiet" data-testid="try-now" on:click=again>"Now"</button></span>
        </div>
    }
}

fn countdown(attempt: u32, next: Option<i64>, now: i64) -> String {
    match next.map(|next| (next - now + 999) / 1000) {
        Some(seconds @ 1..) => format!("Reconnecting, attempt {attempt}. Next in {seconds} s"),
        Some(_) | None => format!("Reconnecting, attempt {attempt}"),
    }
}

fn refresh(profile: ProfileId) {
    spawn_local(async move {
        // Whether it helped shows as the state of the line.
        ipc::call(Refresh { profile }).await.ok();
    });
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn what_is_picked_up_is_said_with_its_speaker() {
        assert_eq!(resuming_words(Some("Wen")), "Resuming Wen’s reply from where it stopped");
        assert_eq!(resuming_words(None), "Asking the server what became of your message");
    }

    #[wasm_bindgen_test]
    fn the_countdown_never_goes_below_one() {
        assert_eq!(countdown(3, Some(8_000), 0), "Reconnecting, attempt 3. Next in 8 s");
        assert_eq!(countdown(3, Some(8_000), 7_999), "Reconnecting, attempt 3. Next in 1 s");
        assert_eq!(countdown(3, Some(8_000), 8_000), "Reconnecting, attempt 3");
        assert_eq!(countdown(1, None, 0), "Reconnecting, attempt 1");
    }
}
