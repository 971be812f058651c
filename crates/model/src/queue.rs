//! Words that wait to be sent: behind an answer that still comes, for a decision, for the line, or for the user's word after
//! something went wrong. They stand in the dock and not in the timeline; when one is sent it becomes an item.

use serde::{Deserialize, Serialize};

use crate::{ImageId, QueuedId};

/// What waits to be sent in one conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// In the order in which it goes.
    #[serde(default)]
    pub queued: Vec<Queued>,
    /// What the first of it waits for.
    #[serde(default)]
    pub waits_for: WaitsFor,
}

/// One message that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    /// The same until it is sent, over every start.
    pub id: QueuedId,
    /// As typed; may be empty where pictures go.
    pub text: String,
    /// Pictures that go with it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageId>,
    /// When it was written, in milliseconds since 1970 UTC.
    pub at: i64,
}

/// What has to happen before the first of a queue goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum WaitsFor {
    /// The end of the answer that comes. Also where nothing waits.
    #[default]
    Turn,
    /// A decision on a request, and the end of the answer after it.
    Decision,
    /// The server: it goes when it answers.
    Line,
    /// The user: the last answer was stopped or failed, or the app ended within it. `SendQueued` lets the queue go.
    You {
        /// In the user's words, e.g. "You stopped the answer."
        why: String,
    },
}

/// Reply to `TakeBack`: what goes back into the composer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBack {
    /// As it was queued.
    pub text: String,
    /// The pictures that would have gone with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageId>,
}
