//! What is asked of the databases about pictures: those in composers, those that were loaded from the web, and which are still named
//! anywhere. Their bytes are `images`.

use std::collections::HashSet;

use model::{Attachment, ConversationId, ImageId, Loaded};

use super::{Store, StoreError, Which, Write, attachments, items, loaded};

impl Store {
    /// The pictures in a composer, in order.
    pub async fn attachments(&self, of: &ConversationId) -> Result<Vec<Attachment>, StoreError> {
        let of = of.clone();
        self.read(Which::Ours, "read the attached images", move |from| attachments::list(from, &of)).await
    }

    /// All of a composer's, in order.
    pub async fn put_attachments(&self, of: &ConversationId, list: &[Attachment]) -> Result<(), StoreError> {
        self.write(Write::Attachments { conversation: of.clone(), list: list.to_vec() }).await
    }

    /// The pictures on the web that were loaded in a conversation.
    pub async fn loaded(&self, of: &ConversationId) -> Result<Vec<Loaded>, StoreError> {
        let of = of.clone();
        self.read(Which::Ours, "read the loaded images", move |from| loaded::list(from, &of)).await
    }

    /// One was loaded.
    pub async fn put_loaded(&self, of: &ConversationId, loaded: &Loaded) -> Result<(), StoreError> {
        self.write(Write::Loaded { conversation: of.clone(), loaded: Box::new(loaded.clone()) }).await
    }

    /// Whether pictures on the web are loaded there unasked.
    pub async fn always_load(&self, of: &ConversationId) -> Result<bool, StoreError> {
        let of = of.clone();
        self.read(Which::Ours, "read the setting", move |from| loaded::is_always(from, &of)).await
    }

    /// They are loaded there unasked from now on, or no longer.
    pub async fn put_always_load(&self, of: &ConversationId, on: bool) -> Result<(), StoreError> {
        self.write(Write::AlwaysLoad { conversation: of.clone(), on }).await
    }

    /// Every picture that a saved item, a composer, the outbox or a loaded address names.
    pub async fn named_images(&self) -> Result<HashSet<ImageId>, StoreError> {
        let mut named: HashSet<ImageId> =
            self.read(Which::Cache, "look for images", items::named_images).await?.into_iter().collect();
        // What was said at tables may stand there alone.
        named.extend(self.read(Which::Ours, "look for images", items::named_images).await?);
        named.extend(self.read(Which::Ours, "look for images", loaded::named).await?);
        Ok(named)
    }
}
