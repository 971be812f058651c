//! What a screen reader hears of itself: who speaks and who finished, politely; a request, at once. The timeline itself is silent.

use leptos::prelude::*;
use model::{Content, ItemId, Speaker, Turn};

use crate::{
    approval::spoken_title,
    keys,
    open::Open,
    state::State,
    timeline::{Rows, What},
};

/// The two regions.
#[component]
pub fn LiveRegions() -> impl IntoView {
    let state = State::here();
    let polite = RwSignal::new(String::new());
    let urgent = RwSignal::new(String::new());
    view! {
        <div class="vh" aria-live="polite" data-testid="live-polite">{polite}</div>
        <div class="vh" aria-live="assertive" data-testid="live-urgent">{urgent}</div>
        {move || {
            polite.set(String::new());
            urgent.set(String::new());
            state.open.get().map(|open| view! { <Listening open=open polite=polite urgent=urgent/> })
        }}
    }
}

/// Listens to the open conversation. Draws nothing.
#[component]
fn Listening(open: Open, polite: RwSignal<String>, urgent: RwSignal<String>) -> impl IntoView {
    let state = State::here();
    let rows = open.rows.clone();
    Effect::new(move |before: Option<Turn>| {
        let turn = rows.turn();
        // The first look tells what was there already.
        if let Some(before) = before
            && before != turn
            && let Some(words) = told(&before, &turn, |speaker| words_of(&rows, speaker))
        {
            polite.set(words);
        }
        turn
    });
    let rows = open.rows.clone();
    Effect::new(move |known: Option<Vec<ItemId>>| {
        let known = known.unwrap_or_default();
        let waiting = rows.waiting();
        let members = untrack(|| open.row(state)).map(|row| row.members).unwrap_or_default();
        if let Some(request) = waiting.iter().find(|item| !known.contains(&item.id))
            && let Some(title) = spoken_title(&members, request)
        {
            urgent.set(format!("{title}. {} to decide.", keys::spoken_chord("J")));
        }
        waiting.into_iter().map(|item| item.id).collect::<Vec<_>>()
    });
}

/// What a change of turns sounds like.
fn told(before: &Turn, now: &Turn, words: impl Fn(&Speaker) -> usize) -> Option<String> {
    let finished = match before {
        Turn::Speaking { speaker } => Some(speaker),
        // A line that was cut and picked up again is nobody's end, and nobody's beginning.
        Turn::Resuming { .. } => return None,
        Turn::Yours | Turn::Sent | Turn::Paused { .. } | Turn::Stopping | Turn::Finishing { .. } => None,
    };
    let finished = finished.map(|speaker| match words(speaker) {
        0 => format!("{} finished", speaker.name),
        1 => format!("{} finished, 1 word", speaker.name),
        count => format!("{} finished, {count} words", speaker.name),
    });
    let speaks = match now {
        Turn::Speaking { speaker } => Some(format!("{} is speaking", speaker.name)),
        Turn::Paused { .. } | Turn::Resuming { .. } => return None,
        Turn::Finishing { tool } => Some(format!("Stopping when {tool} is done")),
        Turn::Yours if matches!(before, Turn::Stopping | Turn::Finishing { .. }) => Some("Stopped".to_owned()),
        Turn::Yours | Turn::Sent | Turn::Stopping => None,
    };
    match (finished, speaks) {
        (Some(finished), Some(speaks)) => Some(format!("{finished}. {speaks}")),
        (finished, speaks) => finished.or(speaks),
    }
}

/// How many words a speaker said since the user spoke last.
fn words_of(rows: &Rows, speaker: &Speaker) -> usize {
    let entries = untrack(|| rows.entries());
    let mut count = 0;
    for entry in entries.iter().rev() {
        let What::Item(id) = &entry.what else { continue };
        let Some(item) = rows.item(id) else { continue };
        let item = item.read_untracked();
        match &item.content {
            Content::User { .. } => break,
            Content::Assistant { text, .. } if item.speaker() == Some(speaker) => {
                count += text.split_whitespace().count()
            }
            Content::Assistant { .. }
            | Content::Reasoning { .. }
            | Content::Tool(_)
            | Content::Notice(_)
            | Content::Error(_)
            | Content::Gap
            | Content::Round { .. } => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn turns_are_told_in_words() {
        let speaking = |name: &str| Turn::Speaking { speaker: Speaker { id: None, name: name.into() } };
        let tell = |before: Turn, now: Turn| told(&before, &now, |_| 84);
        assert_eq!(tell(Turn::Sent, speaking("Wen")).as_deref(), Some("Wen is speaking"));
        assert_eq!(tell(speaking("Wen"), Turn::Yours).as_deref(), Some("Wen finished, 84 words"));
        assert_eq!(
            tell(speaking("Wen"), speaking("Rosa")).as_deref(),
            Some("Wen finished, 84 words. Rosa is speaking")
        );
        assert_eq!(tell(Turn::Stopping, Turn::Yours).as_deref(), Some("Stopped"));
        assert_eq!(tell(Turn::Yours, Turn::Sent), None);
    }
}
