//! What is asked of the database that only we have: servers, drafts, what waits to be sent, what was read, colours. Decisions are
//! `ruled.rs`.

use model::{AgentId, ConversationId, ItemId, Profile, ProfileId, SendOptions, Streaming, Theme};

use super::{
    Hold, SavedTable, Store, StoreError, Unsent, Which, Write, drafts, hues, members, outbox, profiles, read_marks,
    sending,
    settings::{self, Setting},
    tables,
};

impl Store {
    /// Every server, in the order they were added. The line to each is `Offline` until somebody says otherwise.
    pub async fn profiles(&self) -> Result<Vec<Profile>, StoreError> {
        self.read(Which::Ours, "list the servers", profiles::list).await
    }

    /// A new server, or a known one as it is now. The line to it is not kept, nor is its key.
    pub async fn put_profile(&self, profile: &Profile) -> Result<(), StoreError> {
        self.write(Write::Profile(Box::new(profile.clone()))).await
    }

    /// Forgets a server and all that was kept for it, in both databases.
    pub async fn remove_profile(&self, profile: &ProfileId) -> Result<(), StoreError> {
        let of = profile.clone();
        let mut agents = self
            .read(Which::Cache, "forget the server", move |from| members::agents(from, &of))
            .await
            .unwrap_or_default();
        // Who sits at a table that stays keeps its colour there.
        let tables = self.tables().await.unwrap_or_default();
        let stays = |agent: &AgentId| {
            tables.iter().any(|saved| saved.profile != *profile && saved.table.party(agent).is_some())
        };
        agents.retain(|agent| !stays(agent));
        // The talk first: if that fails the server still stands in the list and can be removed again.
        let waits = match self.write(Write::ForgetTalk(profile.clone())).await {
            Ok(()) => Ok(()),
            Err(error @ StoreError::Waiting { .. }) => Err(error),
            Err(error) => return Err(error),
        };
        self.write(Write::ForgetProfile { profile: profile.clone(), agents }).await.and(waits)
    }

    /// The server the sidebar shows.
    pub async fn chosen_profile(&self) -> Result<Option<ProfileId>, StoreError> {
        Ok(self.setting(Setting::Profile).await?.map(ProfileId::from))
    }

    /// The sidebar shows this one from now on.
    pub async fn choose_profile(&self, profile: Option<&ProfileId>) -> Result<(), StoreError> {
        self.put_setting(Setting::Profile, profile.map_or("", ProfileId::as_str)).await
    }

    /// The conversation that was open last.
    pub async fn last_conversation(&self) -> Result<Option<ConversationId>, StoreError> {
        Ok(self.setting(Setting::Conversation).await?.map(ConversationId::from))
    }

    /// This one is open now.
    pub async fn put_last_conversation(&self, conversation: Option<&ConversationId>) -> Result<(), StoreError> {
        self.put_setting(Setting::Conversation, conversation.map_or("", ConversationId::as_str)).await
    }

    /// Light or dark.
    pub async fn theme(&self) -> Result<Theme, StoreError> {
        Ok(self.setting(Setting::Theme).await?.map_or_else(Theme::default, |word| settings::theme(&word)))
    }

    /// Light or dark, from now on.
    pub async fn put_theme(&self, theme: Theme) -> Result<(), StoreError> {
        self.put_setting(Setting::Theme, settings::theme_word(theme)).await
    }

    /// How answers come from a server, from now on. Who chooses the background wants it asked for again where it was refused.
    pub async fn put_streaming(&self, profile: &ProfileId, streaming: Streaming) -> Result<(), StoreError> {
        if streaming == Streaming::Background {
            self.put_setting(Setting::NoBackground(profile.clone()), "").await?;
        }
        self.put_setting(Setting::Streaming(profile.clone()), settings::streaming_word(streaming)).await
    }

    /// This version of a server refused to stream in the background. It is asked again when it has another, or when the
    /// user chooses so.
    pub async fn put_no_background(&self, profile: &ProfileId, version: &str) -> Result<(), StoreError> {
        self.put_setting(Setting::NoBackground(profile.clone()), version).await
    }

    async fn setting(&self, setting: Setting) -> Result<Option<String>, StoreError> {
        self.read(Which::Ours, "read the setting", move |from| settings::get(from, &setting)).await
    }

    async fn put_setting(&self, setting: Setting, value: &str) -> Result<(), StoreError> {
        self.write(Write::Setting { setting, value: value.to_owned() }).await
    }

    /// What is written but not sent; empty if nothing is.
    pub async fn draft(&self, of: &ConversationId) -> Result<String, StoreError> {
        let of = of.clone();
        self.read(Which::Ours, "read the draft", move |from| drafts::get(from, &of)).await
    }

    /// All that is written but not sent; empty forgets it.
    pub async fn put_draft(&self, of: &ConversationId, text: &str, at: i64) -> Result<(), StoreError> {
        self.write(Write::Draft { conversation: of.clone(), text: text.to_owned(), at }).await
    }

    /// Keeps the user's words until the server has them: while they wait, and before they are sent.
    pub async fn put_unsent(&self, words: &Unsent) -> Result<(), StoreError> {
        self.write(Write::Unsent(words.clone())).await
    }

    /// The server has them, or the user took them back. Unknown ones are no error.
    pub async fn take_unsent(&self, otid: &str) -> Result<(), StoreError> {
        self.write(Write::Sent { otid: otid.to_owned() }).await
    }

    /// What is on its way to the server in a conversation, in the order it was written.
    pub async fn unsent(&self, of: &ConversationId) -> Result<Vec<Unsent>, StoreError> {
        let of = of.clone();
        self.read(Which::Ours, "read what is to be sent", move |from| outbox::list(from, &of, false)).await
    }

    /// What waits to be sent in a conversation, in the order it was written.
    pub async fn queued(&self, of: &ConversationId) -> Result<Vec<Unsent>, StoreError> {
        let of = of.clone();
        self.read(Which::Ours, "read what is to be sent", move |from| outbox::list(from, &of, true)).await
    }

    /// How words are sent in a conversation, and why its queue waits for the user; the defaults if nothing was ever chosen.
    pub async fn sending(&self, of: &ConversationId) -> Result<(SendOptions, Option<Hold>), StoreError> {
        let of = of.clone();
        self.read(Which::Ours, "read how messages are sent", move |from| sending::get(from, &of)).await
    }

    /// How words are sent in a conversation from now on.
    pub async fn put_options(&self, of: &ConversationId, options: &SendOptions) -> Result<(), StoreError> {
        self.write(Write::Options { conversation: of.clone(), options: options.clone() }).await
    }

    /// Its queue waits for the user from now on, or goes by itself (none).
    pub async fn put_hold(&self, of: &ConversationId, hold: Option<Hold>) -> Result<(), StoreError> {
        self.write(Write::Hold { conversation: of.clone(), hold }).await
    }

    /// What the server does not have yet, waiting or on its way, anywhere, in the order it was written.
    pub async fn all_unsent(&self) -> Result<Vec<Unsent>, StoreError> {
        self.read(Which::Ours, "read what is to be sent", outbox::all).await
    }

    /// The newest item the user has seen; none: nothing was ever marked.
    pub async fn seen(&self, of: &ConversationId) -> Result<Option<ItemId>, StoreError> {
        let of = of.clone();
        self.read(Which::Ours, "read what was seen", move |from| read_marks::get(from, &of)).await
    }

    /// Everything up to this item was seen.
    pub async fn put_seen(&self, of: &ConversationId, item: &ItemId, at: i64) -> Result<(), StoreError> {
        self.write(Write::Seen { conversation: of.clone(), item: item.clone(), at }).await
    }

    /// Every table that the app leads.
    pub async fn tables(&self) -> Result<Vec<SavedTable>, StoreError> {
        self.read(Which::Ours, "list the tables", tables::all).await
    }

    /// A new table, or one as it is set now.
    pub async fn put_table(&self, saved: &SavedTable) -> Result<(), StoreError> {
        self.write(Write::Table(Box::new(saved.clone()))).await
    }

    /// Forgets a table with all that was said at it and kept for it, in both databases.
    pub async fn delete_table(&self, of: &ConversationId) -> Result<(), StoreError> {
        self.write(Write::DeleteTable(of.clone())).await
    }

    /// Whether the tables that the demo begins with were made.
    pub async fn tables_begun(&self, profile: &ProfileId) -> Result<bool, StoreError> {
        Ok(self.setting(Setting::TablesBegun(profile.clone())).await?.is_some())
    }

    /// They were: those that the user deletes are not made again.
    pub async fn put_tables_begun(&self, profile: &ProfileId) -> Result<(), StoreError> {
        self.put_setting(Setting::TablesBegun(profile.clone()), "yes").await
    }

    /// How a table stands, as it was saved with what was said there; empty if it never was.
    pub async fn table_state(&self, of: &ConversationId) -> Result<String, StoreError> {
        let of = of.clone();
        self.read(Which::Ours, "read how the table stands", move |from| tables::state(from, &of)).await
    }

    /// The colours (1 to 10) of those who sit at one table, seat by seat. Each agent keeps its own for ever; where two at this
    /// table have the same, the later one gets the next that is free here. Never fails: what cannot be kept is the same next time
    /// as long as the agents come in the same order.
    pub async fn hues(&self, agents: &[AgentId]) -> Vec<u8> {
        let known = match self.known_hues().await {
            Ok(known) if agents.iter().all(|agent| known.contains_key(agent)) => known,
            _ => {
                // Refused or waiting: the colours are the same, only not kept yet.
                let _ = self.write(Write::Hues(agents.to_vec())).await;
                self.known_hues().await.unwrap_or_default()
            }
        };
        hues::at_table(known, agents)
    }

    async fn known_hues(&self) -> Result<std::collections::HashMap<AgentId, u8>, StoreError> {
        self.read(Which::Ours, "read the colours", hues::all).await
    }
}
