//! The demo: who is there, what was said before, and who answers what. Scripted words, no model.

use jiff::Timestamp;

use crate::{
    Answer, Pace,
    ledger::Ledger,
    mind::{Mind, Scene},
    past,
    world::{Settings, State, World},
};

const TABLE: &str = "Autumn issue";

pub(crate) fn world(pace: Pace) -> World {
    let settings = Settings {
        version: "0.11.7".to_owned(),
        key: None,
        pace,
        ping_every: std::time::Duration::from_secs(20),
        groups: true,
        table_needs_listener: true,
    };
    let mut state = State::default();
    for (name, role) in [("Ibrahim", "Research"), ("Wen", "Fact check"), ("Rosa", "Layout"), ("Elena", "Editor")] {
        state.agents.push(past::agent(name, Some(role), Some(role), Timestamp::UNIX_EPOCH));
    }
    state.groups.push(past::group(TABLE, &["Ibrahim", "Wen", "Rosa", "Elena"], None));
    World::new(settings, Mind::Demo, Ledger::keeping(100), state)
}

pub(crate) fn answer(scene: &Scene) -> Answer {
    Answer::text(format!("I am {}. This is a demo with scripted answers, no model.", scene.agent))
}

pub(crate) fn turns(members: usize, before: usize) -> usize {
    if before == 0 { members * 2 } else { members }
}
