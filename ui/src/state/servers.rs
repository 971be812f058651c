//! The servers in the window: which is shown, how its line stands, and what is done about them. Their rows are `conversations`.

use std::collections::HashSet;

use leptos::{prelude::*, task::spawn_local};
use model::{
    Connection, Failure, Profile, ProfileId, Streaming, Turn,
    command::{ChooseProfile, RemoveProfile, SetStreaming},
};

use super::{Stage, State};
use crate::ipc;

impl State {
    /// All servers anew. If the one that was shown is gone, the first is.
    pub(super) fn take_profiles(self, profiles: Vec<Profile>) {
        let ids: HashSet<ProfileId> = profiles.iter().map(|profile| profile.id.clone()).collect();
        self.conversations.keep(&ids);
        let first = profiles.first().map(|profile| profile.id.clone());
        self.profiles.set(profiles);
        let gone = self.profile.get_untracked().is_some_and(|profile| !ids.contains(&profile));
        if gone {
            self.close();
            match first {
                Some(profile) => self.choose(profile),
                None => {
                    self.profile.set(None);
                    self.stage.set(Stage::Connect);
                }
            }
        }
    }

    /// Tracked: the server that the sidebar shows.
    pub fn server(self) -> Option<Profile> {
        let here = self.profile.get()?;
        self.profiles.with(|profiles| profiles.iter().find(|profile| profile.id == here).cloned())
    }

    /// Tracked: the line to that server; up to date while nothing is known.
    pub fn connection(self) -> Connection {
        self.server().map_or(Connection::Online, |server| server.connection)
    }

    /// Tracked: the line stands, and an answer that was cut is picked up over it.
    pub fn is_resuming(self) -> bool {
        let Some(server) = self.server().filter(|server| server.connection == Connection::Online) else { return false };
        let rows = self.conversations.of(&server.id);
        rows.iter().any(|row| matches!(row.read().turn, Turn::Resuming { .. }))
    }

    /// Tracked: the line to a server.
    pub fn connection_of(self, profile: &ProfileId) -> Option<Connection> {
        self.profiles.with(|profiles| {
            profiles.iter().find(|other| other.id == *profile).map(|profile| profile.connection.clone())
        })
    }

    /// Tracked: a server is reached, so that something can be sent to it.
    pub fn is_reached(self, profile: &ProfileId) -> bool {
        self.profiles.with(|profiles| {
            profiles.iter().find(|other| other.id == *profile).is_none_or(|profile| match profile.connection {
                Connection::Online | Connection::Syncing { .. } => true,
                Connection::Offline { .. } | Connection::Refused { .. } | Connection::Reconnecting { .. } => false,
            })
        })
    }

    /// The sidebar shows another server.
    pub fn choose(self, profile: ProfileId) {
        if self.profile.with_untracked(|here| *here != Some(profile.clone())) {
            self.close();
            self.profile.set(Some(profile.clone()));
        }
        self.stage.set(Stage::Table);
        spawn_local(async move {
            // What went wrong here shows as the state of the server's line.
            if let Ok(conversations) = ipc::call(ChooseProfile { profile: profile.clone() }).await {
                self.conversations.set(&profile, conversations);
                if self.profile.with_untracked(|here| *here == Some(profile)) {
                    self.open_something();
                }
            }
        });
    }

    /// Forgets a server on this computer.
    pub async fn remove(self, profile: ProfileId) -> Result<(), Failure> {
        ipc::call(RemoveProfile { profile: profile.clone() }).await?;
        let mut left = self.profiles.get_untracked();
        left.retain(|other| other.id != profile);
        self.take_profiles(left);
        Ok(())
    }

    /// Shows the connect screen, for one more server.
    pub fn add_server(self) {
        self.new_key.set(None);
        self.stage.set(Stage::Connect);
    }

    /// How answers come from a server, from the next message on. Shown at once; taken back if it could not be kept.
    pub async fn stream(self, id: ProfileId, streaming: Streaming) -> Result<(), Failure> {
        let put = |streaming: Streaming| {
            self.profiles.try_update(|profiles| {
                let profile = profiles.iter_mut().find(|other| other.id == id)?;
                Some(std::mem::replace(&mut profile.streaming, streaming))
            })
        };
        let before = put(streaming).flatten();
        let done = ipc::call(SetStreaming { profile: id.clone(), streaming }).await;
        if let (Err(_), Some(before)) = (&done, before) {
            put(before);
        }
        done
    }
}
