//! How answers come from a server: the choice in the server's dialog, in words, with what the server refused. What a server can do
//! beyond it is listed by `abilities`.

use leptos::{prelude::*, task::spawn_local};
use model::{Can, Failure, Profile, Skill, Streaming};

use crate::{
    choice::{Segment, Segments},
    icons::{Icon, Symbol},
    state::State,
};

/// The choice, and what it comes to on this server.
#[component]
pub fn StreamingChoice(
    /// Of which server.
    #[prop(into)]
    profile: Signal<Profile>,
) -> impl IntoView {
    let state = State::here();
    let failure = RwSignal::new(None::<String>);
    let choose = move |streaming: Streaming| {
        failure.set(None);
        let id = profile.with_untracked(|profile| profile.id.clone());
        spawn_local(async move {
            if let Err(Failure { message, .. }) = state.stream(id, streaming).await {
                let _ = failure.try_set(Some(message));
            }
        });
    };
    let offered = Memo::new(move |_| profile.with(offers_choice));
    let chosen = Memo::new(move |_| profile.with(|profile| profile.streaming));
    let words = Memo::new(move |_| profile.with(meaning));
    let refused = Memo::new(move |_| profile.with(|profile| profile.background_closed.clone()));
    view! {
        <section class="streams" data-testid="streaming">
            <div class="streams-hd">
                <b>"Answers come"</b>
                <Show when=move || offered.get()>
                    <Segments label="Answers come" handle="streaming-choice" all=ways() chosen=chosen choose=choose/>
                </Show>
            </div>
            <p data-testid="streaming-now">{words}</p>
            {move || refused.get().map(|why| view! {
                <p class="refused" data-testid="streaming-refused">
                    <Icon symbol=Symbol::Info class="s"/>
                    <span>
                        {format!("In the background was refused. {why} ")}
                        <button
                            class="link"
                            type="button"
                            data-testid="streaming-again"
                            on:click=move |_| choose(Streaming::Background)
                        >
                            "Ask for it again"
                        </button>
                    </span>
                </p>
            })}
            {move || failure.get().map(|why| view! { <p class="help bad" role="alert">{why}</p> })}
        </section>
    }
}

fn ways() -> Vec<Segment<Streaming>> {
    vec![
        Segment::new(Streaming::Auto, "Automatic")
            .meaning("At once from a server on this computer, in the background from any other"),
        Segment::new(Streaming::Plain, "At once").meaning("Each token as it is written"),
        Segment::new(Streaming::Background, "In the background")
            .meaning("Survives cuts of the line, arrives in batches of half a second"),
    ]
}

/// A version that knows no background leaves nothing to choose.
fn offers_choice(profile: &Profile) -> bool {
    profile.background_closed.is_some() || !is_out_of_reach(profile)
}

/// The server's version knows no background.
fn is_out_of_reach(profile: &Profile) -> bool {
    profile.abilities.iter().any(|ability| ability.of == Skill::Background && ability.can == Can::No)
}

/// What the choice comes to on this server.
fn meaning(profile: &Profile) -> String {
    const AT_ONCE: &str = "each token at once";
    const BATCHES: &str = "in the background, in batches of half a second that survive a cut";
    const AFTER_A_CUT: &str = "What a cut of the line took is read from the history.";
    let now = match profile.streams() {
        Streaming::Background if !is_out_of_reach(profile) => BATCHES,
        Streaming::Background | Streaming::Auto | Streaming::Plain => AT_ONCE,
    };
    match (offers_choice(profile), profile.streaming) {
        (false, _) => format!("Each token at once. {AFTER_A_CUT}"),
        (true, Streaming::Auto) => format!("Now: {now}."),
        (true, Streaming::Plain) => format!("Each token at once. {AFTER_A_CUT}"),
        (true, Streaming::Background) if profile.background_closed.is_some() => {
            format!("Chosen, and refused. Until it can: {AT_ONCE}.")
        }
        (true, Streaming::Background) => {
            "The server keeps what it streams, so that an answer goes on where a cut stopped it. It arrives in batches of half a second."
                .to_owned()
        }
    }
}
