//! What the window hears without asking. Everything here can be missed and asked for again.

use serde::{Deserialize, Serialize};

use crate::{
    Attachment, Connection, Conversation, ConversationId, Frame, Loaded, Pending, Profile, ProfileId, Queue, Refused,
};

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// An open conversation changed.
    Timeline(Frame),
    /// A server's whole list of conversations, in the sidebar's order.
    Conversations {
        /// Whose.
        profile: ProfileId,
        /// All of them.
        conversations: Vec<Conversation>,
    },
    /// One row of the sidebar changed.
    Conversation {
        /// As it is now.
        conversation: Box<Conversation>,
    },
    /// What waits to be sent in an open conversation changed.
    Queue {
        /// Where.
        conversation: ConversationId,
        /// All of it.
        queue: Queue,
    },
    /// The servers changed.
    Profiles {
        /// All of them.
        profiles: Vec<Profile>,
    },
    /// The line to a server changed.
    Connection {
        /// Whose.
        profile: ProfileId,
        /// As it is now.
        connection: Connection,
    },
    /// What waits for a decision on a server changed.
    Approvals {
        /// Whose.
        profile: ProfileId,
        /// All of it, oldest first.
        pending: Vec<Pending>,
    },
    /// Files were dropped on the window, and their pictures attached.
    Attached {
        /// Where.
        conversation: ConversationId,
        /// All that stand in its composer now, in order.
        attachments: Vec<Attachment>,
        /// What could not be attached.
        refused: Vec<Refused>,
    },
    /// Files are held over the window, which the page cannot see by itself: show where they go.
    Dragging {
        /// False: they were dropped, or taken away again.
        over: bool,
    },
    /// Pictures on the web were loaded here without being asked for one by one.
    Loaded {
        /// Where.
        conversation: ConversationId,
        /// All that are kept of this conversation.
        loaded: Vec<Loaded>,
    },
    /// Something about the disk that the user must know (full, read-only, put aside); none: it is well again.
    Storage {
        /// In the user's words.
        warning: Option<String>,
    },
}
