//! What came of an attempt to connect, and how the connect screen says it: the list of checks up to the one that failed, or the question
//! where to keep a key.

use leptos::prelude::*;
use model::{Check, CheckState};

use crate::icons::{Icon, Symbol};

/// What came of an attempt that did not succeed.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Only the key is wrong; its field says so.
    KeyRefused {
        /// What happened.
        what: String,
        /// Why, perhaps.
        hint: String,
    },
    /// The server was not found, or is none.
    NotReached {
        /// What happened.
        what: String,
        /// The way out.
        hint: String,
        /// Step by step.
        checks: Vec<Check>,
    },
    /// The key cannot be kept on disk here.
    NoKeychain {
        /// Why.
        why: String,
    },
}

impl Outcome {
    /// All of it as text, for someone who helps.
    pub fn details(&self) -> Option<String> {
        let Self::NotReached { what, hint, checks } = self else { return None };
        let mut lines = vec![what.clone(), hint.clone()];
        lines.extend(checks.iter().map(|check| {
            let mark = match check.state {
                CheckState::Passed => "ok",
                CheckState::Failed => "failed",
                CheckState::NotTried => "not tried",
            };
            format!("- {}: {mark}, {}", check.step, check.note)
        }));
        Some(lines.join("\n"))
    }
}

/// The note in a choice's form, where the outcome needs one.
#[component]
pub fn Reachless(
    /// What came of it.
    outcome: Signal<Option<Outcome>>,
    /// The user agrees to keep the key in memory only.
    keep: impl Fn() + Clone + Send + Sync + 'static,
) -> impl IntoView {
    move || match outcome.get() {
        Some(Outcome::NotReached { what, hint, checks }) => Some(
            view! {
                <div class="note bad" role="alert" data-testid="connect-error">
                    <Icon symbol=Symbol::Alert/>
                    <div class="grow">
                        <b>{what}</b>
                        {(!hint.is_empty()).then(|| view! { <p class="t2">{hint}</p> })}
                        {(!checks.is_empty()).then(|| view! { <Checks checks=checks/> })}
                    </div>
                </div>
            }
            .into_any(),
        ),
        Some(Outcome::NoKeychain { why }) => {
            let keep = keep.clone();
            Some(view! {
                <div class="note" role="alert" data-testid="connect-error">
                    <Icon symbol=Symbol::Key/>
                    <div class="grow">
                        <b>"The key cannot be saved on this computer"</b>
                        <p class="t2">{why}</p>
                        <div class="note-end">
                            <button type="button" class="btn primary" data-testid="keep-in-memory" on:click=move |_| keep()>
                                "Keep it until Tertulia ends"
                            </button>
                        </div>
                    </div>
                </div>
            }
            .into_any())
        }
        Some(Outcome::KeyRefused { .. }) | None => None,
    }
}

#[component]
fn Checks(checks: Vec<Check>) -> impl IntoView {
    view! {
        <ul class="checks">
            {checks
                .into_iter()
                .map(|check| {
                    let (class, symbol, word) = match check.state {
                        CheckState::Passed => ("ok", Symbol::Check, "passed"),
                        CheckState::Failed => ("bad", Symbol::X, "failed"),
                        CheckState::NotTried => ("no", Symbol::More, "not tried"),
                    };
                    view! {
                        <li class=class data-testid="check" data-state=word>
                            <Icon symbol=symbol class="s"/>
                            <span class="grow">{check.step}</span>
                            <span class="t3 num">{check.note}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}
