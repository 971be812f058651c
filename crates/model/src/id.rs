//! Names of things, one type each, so that an agent's id can never stand where a conversation's is wanted.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),* $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as written.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl From<String> for $name { fn from(id: String) -> Self { Self(id) } }
        impl From<&str> for $name { fn from(id: &str) -> Self { Self(id.to_owned()) } }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&self.0) }
        }
    )*};
}

ids! {
    /// A server the user has connected, with its key. Ours: a UUID, or `env` for the one from the environment, or `demo`.
    ProfileId,
    /// A conversation of the sidebar. Ours: `<profile>/<agent-… or group-…>` or `<profile>/<agent-…>/<conv-…>`, the same at every start. The window takes it as opaque.
    ConversationId,
    /// An item of a conversation, unique in it. Made from the server's ids (see `letta::timeline`), never from text.
    ItemId,
    /// The provider's id of a tool call (`call_…`, `toolu_…`).
    ToolCallId,
    /// Letta's `agent-…`.
    AgentId,
    /// Words that wait to be sent. Ours: the `otid` with which they will go.
    QueuedId,
    /// Letta's `run-…`: one request and all that came of it.
    RunId,
    /// A picture: the SHA-256 of its bytes, in 64 small hexadecimal digits.
    ImageId,
}
