//! The form of the connect screen: what is typed for each choice, and the attempt to connect with it. Drawn by `connect.rs`.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Check, Connection, Place,
    command::{Connect as Connecting, Connected},
};

use crate::{ipc, outcome::Outcome, state::State};

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Letta Cloud.
    Cloud,
    /// The user's own server.
    Own,
    /// The demo.
    Demo,
}

/// What is typed, and what came of it. A handle: copying it costs nothing.
#[derive(Clone, Copy)]
pub struct Form {
    /// The open one.
    pub choice: RwSignal<Choice>,
    /// For Letta Cloud.
    pub key: RwSignal<String>,
    /// Of the own server.
    pub address: RwSignal<String>,
    /// For it.
    pub password: RwSignal<String>,
    /// An attempt is under way.
    pub busy: RwSignal<bool>,
    /// What came of the last attempt at each choice.
    outcome: RwSignal<Option<(Choice, Outcome)>>,
    /// Counts attempts, so that one that was given up changes nothing when it ends.
    attempt: RwSignal<u32>,
}

impl Form {
    /// Empty, or at the server whose key was refused.
    pub fn new(state: State) -> Self {
        let form = Self {
            choice: RwSignal::new(Choice::Cloud),
            key: RwSignal::new(String::new()),
            address: RwSignal::new(String::new()),
            password: RwSignal::new(String::new()),
            busy: RwSignal::new(false),
            outcome: RwSignal::new(None),
            attempt: RwSignal::new(0),
        };
        // A server whose key was refused: its place is known, only the key is asked for.
        let refused = state.new_key.get_untracked().and_then(|id| {
            state.profiles.with_untracked(|profiles| profiles.iter().find(|profile| profile.id == id).cloned())
        });
        if let Some(profile) = refused {
            let choice = match profile.place {
                Place::Cloud => Choice::Cloud,
                Place::Own { address } | Place::Environment { address } => {
                    form.address.set(address);
                    Choice::Own
                }
                Place::Demo => Choice::Demo,
            };
            form.choice.set(choice);
            if let Connection::Refused { why } = profile.connection {
                form.outcome.set(Some((choice, Outcome::KeyRefused { what: why, hint: String::new() })));
            }
        }
        form
    }

    /// Opens a choice; an attempt at another is given up.
    pub fn choose(self, choice: Choice) {
        if self.choice.get_untracked() != choice {
            self.choice.set(choice);
            self.attempt.update(|attempt| *attempt += 1);
            self.busy.set(false);
        }
    }

    /// Tracked: what came of the last attempt at this choice.
    pub fn outcome_of(self, choice: Choice) -> Option<Outcome> {
        self.outcome
            .with(|outcome| outcome.as_ref().filter(|(of, _)| *of == choice).map(|(_, outcome)| outcome.clone()))
    }

    /// Tries to connect.
    pub fn submit(self, state: State, memory_only: bool) {
        if self.busy.get_untracked() {
            return;
        }
        let choice = self.choice.get_untracked();
        let written = |text: RwSignal<String>| Some(text.get_untracked()).filter(|text| !text.trim().is_empty());
        let (place, key) = match choice {
            Choice::Cloud => (Place::Cloud, written(self.key)),
            Choice::Own => {
                (Place::Own { address: self.address.get_untracked().trim().to_owned() }, written(self.password))
            }
            Choice::Demo => (Place::Demo, None),
        };
        self.busy.set(true);
        self.attempt.update(|attempt| *attempt += 1);
        let attempt = self.attempt.get_untracked();
        spawn_local(async move {
            let answer = ipc::call(Connecting { place, key, memory_only }).await;
            if self.attempt.try_get_untracked() != Some(attempt) {
                return;
            }
            self.busy.set(false);
            let outcome = match answer {
                Ok(Connected::Yes { profile }) => {
                    state.new_key.set(None);
                    return state.choose(profile);
                }
                Ok(Connected::No { what, hint, key_refused: true, .. }) => Outcome::KeyRefused { what, hint },
                Ok(Connected::No { what, hint, key_refused: false, checks }) => {
                    Outcome::NotReached { what, hint, checks }
                }
                Ok(Connected::NoKeychain { why }) => Outcome::NoKeychain { why },
                Err(failure) => Outcome::NotReached {
                    what: failure.message,
                    hint: failure.details.unwrap_or_default(),
                    checks: Vec::<Check>::new(),
                },
            };
            self.outcome.set(Some((choice, outcome)));
        });
    }
}
