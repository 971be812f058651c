//! What stands where no talk is: the table that is set, the wait for a list, and a window without a conversation.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use model::{Member, Pattern};

use crate::{
    open::Open,
    seats::listed,
    state::State,
    table::{Table, Word},
    timeline::time,
};

/// A wait shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(150);
/// What it shows then stays at least so long.
const STAY: Duration = Duration::from_millis(300);

/// A conversation in which nothing was said yet.
#[component]
pub fn TableIsSet(
    /// Which.
    open: Open,
) -> impl IntoView {
    let state = State::here();
    view! {
        {move || {
            open.row(state).map(|row| {
                let hues = row.members.iter().map(|member| member.hue).collect::<Vec<_>>();
                // Why nothing can be said stands where the composer would be.
                let (head, line) = if row.closed.is_some() {
                    ("Nothing was said here", None)
                } else {
                    ("The table is set", Some(order(&row.members, row.pattern.as_ref())))
                };
                let suggested = |words: &'static str| {
                    let open = open.clone();
                    view! {
                        <button class="btn" data-testid="first-words" on:click=move |_| open.begin_with(words)>
                            {words}
                        </button>
                    }
                };
                let suggestions = line.is_some().then(|| {
                    view! { <div class="sug">{first_words(row.members.len()).map(suggested).collect_view()}</div> }
                });
                view! {
                    <div class="empty in-talk">
                        <Table hues=hues word=Word::Nobody size=56/>
                        <h2>{head}</h2>
                        <p>{line}</p>
                        {suggestions}
                    </div>
                }
            })
        }}
    }
}

/// Two ways to begin. They go into the composer, to be changed or sent.
fn first_words(members: usize) -> [&'static str; 2] {
    if members > 1 {
        ["Introduce yourselves, one line each", "What should we talk about first?"]
    } else {
        ["Who are you, and what can you do?", "What do you remember of me?"]
    }
}

/// Who will speak when, in one sentence.
fn order(members: &[Member], pattern: Option<&Pattern>) -> String {
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let named = |agent: &model::AgentId| {
        members.iter().find(|member| member.agent == *agent).map(|member| member.name.as_str())
    };
    match (pattern, names.as_slice()) {
        (_, []) => "Nobody sits here yet.".to_owned(),
        (_, [only]) => format!("{only} listens. The first word is yours."),
        (Some(Pattern::RoundRobin), names) => format!("{} speak in turn, after you.", listed(names)),
        (Some(Pattern::Supervisor { lead }), _) => {
            format!("{} decides who speaks, after you.", named(lead).unwrap_or("One of them"))
        }
        (Some(Pattern::Dynamic { .. }), names) => format!("A manager picks among {}, after you.", listed(names)),
        (Some(Pattern::Sleeptime { talks }), _) => {
            format!("{} answers you, the others work behind.", named(talks).unwrap_or("One of them"))
        }
        (Some(Pattern::CalledOn), _) => "Nobody speaks until you name them: write @ and a name.".to_owned(),
        (Some(Pattern::Other { .. }) | None, names) => format!("{} listen. The first word is yours.", listed(names)),
    }
}

/// No conversation is open.
#[component]
pub fn Nothing() -> impl IntoView {
    let state = State::here();
    let nobody =
        Memo::new(move |_| state.profile.get().is_some_and(|profile| state.conversations.of(&profile).is_empty()));
    view! {
        <div class="empty alone">
            <Table hues=vec![6, 4, 9, 1] word=Word::Nobody size=56/>
            {move || {
                if nobody.get() {
                    view! {
                        <h2>"Nobody is here yet"</h2>
                        <p>"This server has no agents, or has not told yet. Agents made in Letta appear here by themselves."</p>
                    }
                        .into_any()
                } else {
                    view! {
                        <h2>"Take a seat"</h2>
                        <p>"Choose an agent or a group on the left."</p>
                    }
                        .into_any()
                }
            }}
        </div>
    }
}

/// The list of a conversation is on its way: the shape of turns. Shown after a moment, and then long enough not to flicker.
#[component]
pub fn Waiting(
    /// It is on its way.
    loading: Memo<bool>,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let since = StoredValue::new(0_i64);
    let pause = StoredValue::new(None::<TimeoutHandle>);
    let wait_no_more = move || {
        if let Some(Some(handle)) = pause.try_update_value(Option::take) {
            handle.clear();
        }
    };
    Effect::new(move |_| {
        let wanted = loading.get();
        wait_no_more();
        if wanted == shown.get_untracked() {
            return;
        }
        let wait = if wanted { PATIENCE } else { STAY.saturating_sub(passed(since.get_value())) };
        let turn = move || {
            since.set_value(time::now());
            shown.set(wanted);
        };
        pause.set_value(set_timeout_with_handle(turn, wait).ok());
    });
    on_cleanup(wait_no_more);
    view! {
        <Show when=move || shown.get()>
            <div class="skeleton col" aria-hidden="true">
                <div class="skt">
                    <span class="sk face"></span>
                    <div class="grow"><span class="sk name"></span><span class="sk l1"></span><span class="sk l2"></span><span class="sk l3"></span></div>
                </div>
                <div class="skr"><span class="sk bub"></span></div>
                <div class="skt">
                    <span class="sk face"></span>
                    <div class="grow"><span class="sk name"></span><span class="sk l1"></span></div>
                </div>
            </div>
        </Show>
    }
}

fn passed(since: i64) -> Duration {
    Duration::from_millis(time::now().saturating_sub(since).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn member(name: &str) -> Member {
        Member { agent: name.into(), name: name.into(), role: String::new(), hue: 1, monogram: String::new() }
    }

    #[wasm_bindgen_test]
    fn the_order_is_told_in_one_sentence() {
        let desk = ["Ibrahim", "Wen", "Rosa"].map(member);
        assert_eq!(order(&desk, Some(&Pattern::RoundRobin)), "Ibrahim, Wen and Rosa speak in turn, after you.");
        assert_eq!(
            order(&desk, Some(&Pattern::Supervisor { lead: "Wen".into() })),
            "Wen decides who speaks, after you."
        );
        assert_eq!(order(&desk[..1], None), "Ibrahim listens. The first word is yours.");
    }
}
