//! What is known about requests across conversations: how each stands (`standing`), which wait anywhere (`inbox`), what was decided
//! (`log`, `export`). Deciding one is the conversation's own: `conversation::decision`.

mod export;
mod inbox;
mod log;
mod standing;

use std::collections::HashMap;

use model::{AgentId, ProfileId};
use parking_lot::Mutex;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::Instant,
};

pub(crate) use export::to_file as export;
pub(crate) use inbox::{keep_up, of as inbox};
pub(crate) use log::of as log;
pub(crate) use standing::{of as standing, read_again as tools_now};

/// What the parts of it share.
pub(crate) struct Approvals {
    /// When an agent's tools were read last.
    read: Mutex<HashMap<(ProfileId, AgentId), Instant>>,
    changed: UnboundedSender<ProfileId>,
    changes: Mutex<Option<UnboundedReceiver<ProfileId>>>,
}

impl Default for Approvals {
    fn default() -> Self {
        let (changed, changes) = unbounded_channel();
        Self { read: Mutex::default(), changed, changes: Mutex::new(Some(changes)) }
    }
}

impl Approvals {
    /// Something that waits on a server may have changed, and what changed was given to the store.
    pub(crate) fn changed(&self, profile: &ProfileId) {
        // Nobody is left to hear it when the engine closes.
        let _ = self.changed.send(profile.clone());
    }
}
