//! Who finds the answers: the demo's rules, or a script's queue for each agent.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use crate::{Answer, Call, decision::Verdict, demo};

/// What an agent is to answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) agent: &'a str,
    pub(crate) heard: Heard<'a>,
    /// Messages the user sent in this thread before, since the server started.
    pub(crate) before: usize,
    /// Their texts, in a talk with one agent.
    pub(crate) earlier: &'a [String],
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Heard<'a> {
    /// A text, and how many pictures came with it.
    Words(&'a str, usize),
    /// What was decided on each call of a request, in its order.
    Decided(&'a [(Call, Verdict)]),
    /// A decision that came twice (API-FACTS §6).
    Again,
}

#[derive(Debug)]
pub(crate) enum Mind {
    Demo,
    Scripted(Mutex<HashMap<String, VecDeque<Answer>>>),
}

impl Mind {
    pub(crate) fn answer(&self, scene: &Scene) -> Answer {
        match self {
            Self::Demo => demo::answer(scene),
            Self::Scripted(queues) => queues
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_mut(scene.agent)
                .and_then(VecDeque::pop_front)
                .unwrap_or_else(|| echo(scene)),
        }
    }

    /// Further answers for an agent of a script.
    pub(crate) fn add(&self, agent: &str, answers: impl IntoIterator<Item = Answer>) {
        match self {
            Self::Demo => {}
            Self::Scripted(queues) => queues
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(agent.to_owned())
                .or_default()
                .extend(answers),
        }
    }
}

/// A script that has nothing left says what it heard, as the model behind the recordings did.
fn echo(scene: &Scene) -> Answer {
    match scene.heard {
        Heard::Words(text, 1..) => Answer::text(format!("I can see an image. You said: {text}")),
        Heard::Words(text, 0) => Answer::text(format!("Hello, this is {}. You said: {text}", scene.agent)),
        Heard::Decided(_) | Heard::Again => Answer::text("Continuing."),
    }
}
