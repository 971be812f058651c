//! The replies that are made for one command each, and what a decision says of the card it was taken on. Replies that others use too
//! stand with what they describe.

use serde::{Deserialize, Serialize};

use crate::{
    Attachment, Check, Conversation, ConversationId, ItemId, Loaded, Profile, ProfileId, Queue, SendOptions, Theme,
};

/// What a tool call's card showed, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The tool's name.
    pub name: String,
    /// The arguments as in the item.
    pub arguments: String,
}

/// Reply to [`super::Launch`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Launched {
    /// Every server; empty: show the connect screen.
    pub profiles: Vec<Profile>,
    /// The one the sidebar shows.
    pub profile: Option<ProfileId>,
    /// Its conversations, from the cache.
    pub conversations: Vec<Conversation>,
    /// The one that was open last.
    pub conversation: Option<ConversationId>,
    /// Light or dark.
    pub theme: Theme,
    /// Whether keys can be kept in a keychain here; else why not, in the user's words.
    pub keychain: Keychain,
    /// Something about the disk that the user must know.
    pub storage_warning: Option<String>,
    /// The app's version.
    pub version: String,
}

/// Whether keys outlive the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Keychain {
    /// Keys are kept in the system's keychain.
    Works,
    /// They are kept until the app ends.
    Missing {
        /// Why, in the user's words.
        why: String,
    },
}

/// Reply to [`super::Connect`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Connected {
    /// Found and kept.
    Yes {
        /// The new (or renewed) profile.
        profile: ProfileId,
    },
    /// Not connected.
    No {
        /// "No Letta server answers at nas.lan:8283".
        what: String,
        /// "The computer is there. Is the server running?"
        hint: String,
        /// True: only the key is wrong, and the field of the key says so.
        key_refused: bool,
        /// Steps up to the one that failed, and those not tried.
        checks: Vec<Check>,
    },
    /// The key cannot be kept on disk here. Ask, then connect again with `memory_only`.
    NoKeychain {
        /// Why, in the user's words.
        why: String,
    },
}

/// Reply to [`super::Open`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Its row.
    pub conversation: Conversation,
    /// What was written but not sent.
    pub draft: String,
    /// The pictures that were attached to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Pictures on the web that were loaded here before, and are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loaded: Vec<Loaded>,
    /// Pictures on the web are loaded here unasked.
    #[serde(default)]
    pub always_load: bool,
    /// Older turns exist above those that follow.
    pub more: bool,
    /// The newest item seen before; the line "New since" stands below it. None: everything was seen.
    pub seen: Option<ItemId>,
    /// What waits to be sent.
    #[serde(default)]
    pub queue: Queue,
    /// How words are sent here and answers shown.
    #[serde(default)]
    pub options: SendOptions,
}

/// Reply to [`super::Earlier`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Older {
    /// Still older turns exist.
    pub more: bool,
}

/// What becomes of the tables that the app leads when a server is forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// Names of those that go with it.
    pub go: Vec<String>,
    /// Names of those that go on without the agents who live there.
    pub stay: Vec<String>,
}
