//! What is asked of the cache: conversations, their items, how far they are read.

use model::{Conversation, ConversationId, ProfileId};

use super::{Cursor, Page, SaveBatch, Store, StoreError, Which, Write, conversations, cursors, items, spent};

impl Store {
    /// Saves what changed in a conversation, in one transaction. `Ok` means that it survives the end of this process;
    /// [`StoreError::Waiting`] that it is kept in memory and written when the disk takes it.
    pub async fn save(&self, batch: SaveBatch) -> Result<(), StoreError> {
        self.write(Write::Save(Box::new(batch))).await
    }

    /// The same without waiting; in order with all other writes. If the disk refuses, the warning says so.
    pub fn save_later(&self, batch: SaveBatch) {
        self.write_later(Write::Save(Box::new(batch)));
    }

    /// The newest page of a conversation; empty for an unknown one.
    pub async fn tail(&self, of: &ConversationId, limit: u32) -> Result<Page, StoreError> {
        let of = of.clone();
        self.read(Which::Cache, "read the conversation", move |from| items::tail(from, &of, limit)).await
    }

    /// The page above a position.
    pub async fn before(&self, of: &ConversationId, position: i64, limit: u32) -> Result<Page, StoreError> {
        let of = of.clone();
        self.read(Which::Cache, "read the conversation", move |from| items::before(from, &of, position, limit)).await
    }

    /// The page below a position.
    pub async fn after(&self, of: &ConversationId, position: i64, limit: u32) -> Result<Page, StoreError> {
        let of = of.clone();
        self.read(Which::Cache, "read the conversation", move |from| items::after(from, &of, position, limit)).await
    }

    /// How many items of a conversation are saved.
    pub async fn count(&self, of: &ConversationId) -> Result<u64, StoreError> {
        let of = of.clone();
        self.read(Which::Cache, "count the conversation", move |from| items::count(from, &of)).await
    }

    /// What a conversation tells of messages, turns and what they used, in order.
    pub(crate) async fn spent(&self, of: &ConversationId) -> Result<Vec<spent::Told>, StoreError> {
        let of = of.clone();
        self.read(Which::Cache, "read what was used", move |from| spent::told(from, &of)).await
    }

    /// How far a conversation is read; the default if it never was.
    pub async fn cursor(&self, of: &ConversationId) -> Result<Cursor, StoreError> {
        let of = of.clone();
        self.read(Which::Cache, "read the conversation", move |from| match conversations::key(from, &of)? {
            Some(key) => cursors::get(from, key),
            None => Ok(Cursor::default()),
        })
        .await
    }

    /// How far it is read, from now on, without any item changing.
    pub async fn put_cursor(&self, of: &ConversationId, cursor: Cursor) -> Result<(), StoreError> {
        self.save(SaveBatch { cursor: Some(cursor), ..SaveBatch::new(of.clone()) }).await
    }

    /// A server's rows of the sidebar, in order. Whose turn it is is not kept: it is always `Yours`.
    pub async fn conversations(&self, profile: &ProfileId) -> Result<Vec<Conversation>, StoreError> {
        let profile = profile.clone();
        self.read(Which::Cache, "list the conversations", move |from| conversations::list(from, &profile)).await
    }

    /// One row; none for what is unknown or no longer at the server.
    pub async fn conversation(&self, id: &ConversationId) -> Result<Option<Conversation>, StoreError> {
        let id = id.clone();
        self.read(Which::Cache, "read the conversation", move |from| conversations::one(from, &id)).await
    }

    /// A server's whole list, in the sidebar's order. What is not in it any more is hidden; its items stay, and are there again if it
    /// comes back.
    pub async fn put_conversations(&self, profile: &ProfileId, list: &[Conversation]) -> Result<(), StoreError> {
        self.write(Write::Conversations { profile: profile.clone(), list: list.to_vec() }).await
    }

    /// One row as it is now, at the place where it stood; a new one comes last.
    pub async fn put_conversation(&self, conversation: &Conversation) -> Result<(), StoreError> {
        self.write(Write::Conversation(Box::new(conversation.clone()))).await
    }
}
