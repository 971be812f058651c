//! A server the user has connected: where it is, what it is, how the line to it is. The key is never here.

use serde::{Deserialize, Serialize};

use crate::{Ability, Can, ProfileId, Skill};

/// A connected server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Ours.
    pub id: ProfileId,
    /// As the server menu shows it.
    pub name: String,
    /// What kind of place.
    pub place: Place,
    /// Host (and port where not the usual one), for the second line of the menu.
    pub host: String,
    /// The server's own version, once it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// A key is kept for it: in the keychain, or in memory until the app ends.
    pub has_key: bool,
    /// The line to it.
    pub connection: Connection,
    /// The server's own group routes are gone or broken: why, in the user's words. None where they work or are not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups_closed: Option<String>,
    /// What it can and cannot do, as far as is known; empty before it was ever reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub abilities: Vec<Ability>,
    /// Something the user must know although it works, in the user's words: the key travels readable by others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// How answers are to come from it, as the user chose.
    #[serde(default)]
    pub streaming: Streaming,
    /// Why answers cannot come in the background from it, in the user's words; none where they can, or where that is not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_closed: Option<String>,
}

impl Profile {
    /// How answers come from it: never [`Streaming::Auto`].
    pub fn streams(&self) -> Streaming {
        match self.streaming {
            _ if self.background_closed.is_some() => Streaming::Plain,
            Streaming::Auto if self.is_near() => Streaming::Plain,
            Streaming::Auto | Streaming::Background => Streaming::Background,
            Streaming::Plain => Streaming::Plain,
        }
    }

    /// On this computer: no line that could be cut.
    fn is_near(&self) -> bool {
        match &self.place {
            Place::Demo => true,
            Place::Cloud => false,
            Place::Own { .. } | Place::Environment { .. } => {
                let name = match self.host.rsplit_once(':') {
                    Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
                    Some(_) | None => self.host.as_str(),
                };
                let name = name.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
                name == "localhost"
                    || name.ends_with(".localhost")
                    || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }
}

/// How answers come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Streaming {
    /// Plainly from a server on this computer, in the background from others that can.
    #[default]
    Auto,
    /// Word by word, each at once. After a cut the end of the answer is waited for and then read from the history.
    Plain,
    /// The server keeps what it streams, so that an answer goes on after a cut where it stopped; it comes in pieces, about two a
    /// second. Needs Redis at the server.
    Background,
}

impl Profile {
    /// Whether it is known to be able to.
    pub fn can(&self, skill: Skill) -> bool {
        self.abilities.iter().any(|ability| ability.of == skill && matches!(ability.can, Can::Yes | Can::Partly))
    }
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "snake_case")]
pub enum Place {
    /// Letta Cloud.
    Cloud,
    /// The user's own.
    Own {
        /// As typed, with its path prefix.
        address: String,
    },
    /// `LETTA_BASE_URL`.
    Environment {
        /// As set.
        address: String,
    },
    /// The demo on this computer.
    Demo,
}

/// The line to a server. The word for `data-state` of the connection handle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Connection {
    /// Up to date.
    Online,
    /// Not reached; saved history is shown.
    Offline {
        /// Why, in the user's words.
        why: String,
    },
    /// The key was refused.
    Refused {
        /// In the user's words.
        why: String,
    },
    /// Trying again.
    Reconnecting {
        /// 1, 2, …
        attempt: u32,
        /// When the next try is, in milliseconds since 1970 UTC; none while one is under way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<i64>,
    },
    /// Fetching lists and history.
    Syncing {
        /// 0 to 100 where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<u8>,
    },
}

impl Connection {
    /// The word for `data-state`. A refused key is offline to the eye: nothing new can come.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline { .. } | Self::Refused { .. } => "offline",
            Self::Reconnecting { .. } => "reconnecting",
            Self::Syncing { .. } => "syncing",
        }
    }
}

/// One step of finding a server, as the connect screen lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// "Name found", "Port 8283", "Secure connection", "Letta server", "Password".
    pub step: String,
    /// How it went.
    pub state: CheckState,
    /// "192.168.1.20", "2 ms", "refused", "not tried".
    pub note: String,
}

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Good.
    Passed,
    /// Here it ended.
    Failed,
    /// Not reached.
    NotTried,
}

/// Light, dark, or as the system has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Paper.
    Light,
    /// Ink.
    Dark,
}
