//! What the engine's parts say to everybody who listens. What a listener makes of it is `waiting`.

use model::{
    Attachment, Change, Connection, Conversation, ConversationId, Item, Loaded, Pending, Profile, ProfileId, Queue,
    Refused, Turn,
};

/// What the engine's parts say; a listener makes numbered [`model::News`] of it.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// A conversation was opened: its whole page.
    Opened {
        conversation: ConversationId,
        items: Vec<Item>,
        turn: Turn,
    },
    /// An open conversation changed.
    Changed {
        conversation: ConversationId,
        changes: Vec<Change>,
        turn: Turn,
    },
    /// Nobody looks at it any more.
    Closed {
        conversation: ConversationId,
    },
    Conversations {
        profile: ProfileId,
        conversations: Vec<Conversation>,
    },
    Conversation {
        conversation: Box<Conversation>,
    },
    /// What waits to be sent in an open conversation changed.
    Queue {
        conversation: ConversationId,
        queue: Queue,
    },
    Profiles {
        profiles: Vec<Profile>,
    },
    Connection {
        profile: ProfileId,
        connection: Connection,
    },
    Approvals {
        profile: ProfileId,
        pending: Vec<Pending>,
    },
    Storage {
        warning: Option<String>,
    },
    /// Dropped files were attached.
    Attached {
        conversation: ConversationId,
        attachments: Vec<Attachment>,
        refused: Vec<Refused>,
    },
    Dragging {
        over: bool,
    },
    /// Pictures on the web were loaded unasked.
    Loaded {
        conversation: ConversationId,
        loaded: Vec<Loaded>,
    },
}
