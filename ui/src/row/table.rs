//! What happens at a table that the app leads: the hand-off line, a guard that was reached, and what else it states.

use leptos::prelude::*;
use model::{Content, ItemId, Notice, Reached};

use super::{Shown, agent, counted, thousands};
use crate::{
    icons::{Icon, Symbol},
    seats::listed,
};

/// Somebody gives the word: within the turn of who does, else as a line of its own.
pub(super) fn hand_off(shown: &Shown) -> AnyView {
    let notice = shown.item.with_untracked(|item| match &item.content {
        Content::Notice(Notice::HandOff { to, side_by_side, why }) => Some((to.clone(), *side_by_side, why.clone())),
        _ => None,
    });
    let Some((to, side_by_side, why)) = notice else { return ().into_any() };
    let gives = shown.item.with_untracked(|item| item.speaker().is_some());
    let words = handed(&to, side_by_side, why.as_deref(), gives);
    if shown.entry.speaker.is_none() {
        return view! { <div class="sys"><Icon symbol=Symbol::ArrowRight class="s"/>{words}</div> }.into_any();
    }
    let line = view! { <div class="hand"><Icon symbol=Symbol::ArrowRight class="s"/><span>{words}</span></div> };
    agent::within(shown, line.into_any()).into_any()
}

/// To whom the word goes, and why. `gives`: somebody at the table gives it, rather than one who only picks.
fn handed(to: &[String], side_by_side: bool, why: Option<&str>, gives: bool) -> String {
    let names: Vec<String> = to.iter().map(|name| markdown::visible(name).into_owned()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let to = if side_by_side { listed(&names) } else { names.join(", then ") };
    let words = match (gives, names.len()) {
        (true, _) => format!("Gives the word to {to}"),
        (false, 1) => format!("{to} is next"),
        (false, _) => format!("{to} are next"),
    };
    match why {
        Some(why) => format!("{words}: {}", markdown::visible(why)),
        None => words,
    }
}

/// A guard that was reached, and the way on while it is the last thing that happened.
pub(super) fn guard(shown: &Shown, reached: &Reached) -> AnyView {
    let (rows, id, go_on) = (shown.rows.clone(), shown.id.clone(), shown.doings.go_on.clone());
    let words = halted(reached);
    let offered = Memo::new(move |_| rows.is_guarded_at(&id));
    view! {
        <div class="sys">
            <Icon symbol=Symbol::Clock class="s"/>
            {words}
            {move || offered.get().then(|| {
                let go_on = go_on.clone();
                view! {
                    <button class="link" type="button" data-testid="go-on" on:click=move |_| go_on()>"Go on"</button>
                }
            })}
        </div>
    }
    .into_any()
}

/// A member is done late, and stands further up.
pub(super) fn late(shown: &Shown, name: &str, item: ItemId, failed: bool) -> AnyView {
    let sought = shown.rows.sought().clone();
    let name = markdown::visible(name).into_owned();
    let words = if failed { format!("{name} could not answer, above") } else { format!("{name} has answered, above") };
    let show = format!("Show the answer of {name}");
    view! {
        <div class="sys">
            <Icon symbol=Symbol::Up class="s"/>
            {words}
            <button
                class="link"
                type="button"
                data-testid="show-late"
                aria-label=show
                on:click=move |_| sought.ask(item.clone())
            >
                "Show"
            </button>
        </div>
    }
    .into_any()
}

/// A guard that was reached.
pub fn halted(reached: &Reached) -> String {
    match reached {
        Reached::Turns { turns } => {
            format!("Paused after {} since your message", counted(u64::from(*turns), "turn", "turns"))
        }
        Reached::Tokens { tokens } => format!("Paused after {} tokens since your message", thousands(*tokens)),
        Reached::Time { minutes } => format!("Paused {minutes} min after your message"),
        Reached::Repeats => "Paused: the same words go round".to_owned(),
        Reached::AllPass => "Paused: nobody has anything to add".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn the_word_goes_in_order_or_side_by_side() {
        let to = ["Tomás".to_owned(), "Bruna".to_owned()];
        assert_eq!(handed(&to, false, None, true), "Gives the word to Tomás, then Bruna");
        assert_eq!(handed(&to, true, None, true), "Gives the word to Tomás and Bruna");
        assert_eq!(handed(&to[..1], false, Some("he read them"), false), "Tomás is next: he read them");
    }
}
