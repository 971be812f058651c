//! An answer that is very long: whether it shall go on. Until that is said it goes on by itself.

use leptos::prelude::*;
use model::{LongRun, Turn};

use crate::{
    icons::{Icon, Symbol},
    open::Open,
    state::State,
    visible::visible_text,
};

/// The question, above the composer.
#[component]
pub fn Long(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let state = State::here();
    let asked = {
        let open = open.clone();
        Memo::new(move |_| open.row(state).and_then(|row| row.long_run))
    };
    // At a table several may be at it, of whom one is asked about.
    let at_table = {
        let open = open.clone();
        Memo::new(move |_| open.row(state).and_then(|row| row.floor?.long))
    };
    let words = {
        let rows = open.rows.clone();
        let who = move || at_table.get().map(|speaker| visible_text(&speaker.name));
        Memo::new(move |_| asked.get().map(|long| words(&who().unwrap_or_else(|| at_it(&rows.turn())), long)))
    };
    let open = StoredValue::new(open);
    let keep_going = move || {
        let agent = at_table.get_untracked().and_then(|speaker| speaker.id);
        open.with_value(|open| open.keep_going(agent));
    };
    view! {
        <Show when=move || asked.with(Option::is_some)>
            <div class="note long" role="status" data-testid="long-run">
                <Icon symbol=Symbol::Clock/>
                <p class="grow">{words}</p>
                <div class="end">
                    <button class="btn quiet tight" type="button" data-testid="stop-long-run" on:click=move |_| open.with_value(Open::stop)>"Stop"</button>
                    <button class="btn tight" type="button" data-testid="keep-going" on:click=move |_| keep_going()>"Keep going"</button>
                </div>
            </div>
        </Show>
    }
}

/// Who is at it where only one can be.
fn at_it(turn: &Turn) -> String {
    match turn {
        Turn::Speaking { speaker } | Turn::Resuming { speaker: Some(speaker) } | Turn::Paused { speaker } => {
            visible_text(&speaker.name)
        }
        Turn::Yours | Turn::Sent | Turn::Resuming { speaker: None } | Turn::Stopping | Turn::Finishing { .. } => {
            "The agent".to_owned()
        }
    }
}

/// "Wen has been at it for 30 min. Keep going?"
fn words(who: &str, long: LongRun) -> String {
    match long {
        LongRun::Lasting { minutes } => format!("{who} has been at it for {minutes} min. Keep going?"),
        LongRun::Large { mebibytes } => format!("{who} has sent {mebibytes} MB so far. Keep going?"),
    }
}

#[cfg(test)]
mod tests {
    use model::Speaker;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn the_question_says_who_and_how_long() {
        let wen = Turn::Speaking { speaker: Speaker { id: None, name: "Wen".into() } };
        assert_eq!(words(&at_it(&wen), LongRun::Lasting { minutes: 30 }), "Wen has been at it for 30 min. Keep going?");
        let large = LongRun::Large { mebibytes: 64 };
        assert_eq!(words(&at_it(&Turn::Sent), large), "The agent has sent 64 MB so far. Keep going?");
    }
}
