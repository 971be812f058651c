//! Pictures in a conversation: which address an item names, and those that are loaded unasked. How they are loaded is `images`.

use std::sync::Arc;

use model::{Code, Content, Failure, ImageId, ItemId};

use super::{actor::Talk, again};
use crate::{images, store::StoreError};

impl Talk {
    /// The address of a picture that an item names.
    pub(super) fn which_image(&self, item: &ItemId, index: usize) -> Result<String, Failure> {
        let item = self.item(item).ok_or_else(|| Failure::new(Code::Conflict, "This is no longer there."))?;
        images::address(item, index)
    }

    /// The pictures of the user's words that stand here.
    pub(super) fn pictures_of(&self, otid: &str) -> Vec<ImageId> {
        let row = self.timeline.items().iter().find(|item| again::otid(item) == Some(otid));
        let Some(Content::User { images, .. }) = row.map(|row| &row.content) else { return Vec::new() };
        images.iter().filter_map(|image| image.hash().cloned()).collect()
    }

    /// Pictures on the web are loaded unasked from now on, or no longer.
    pub(super) async fn always_load(&mut self, on: bool) -> Result<(), Failure> {
        match self.house.store.put_always_load(&self.id, on).await {
            Ok(()) | Err(StoreError::Waiting { .. }) => {
                self.loads = on;
                self.tried.clear();
                self.load_images();
                Ok(())
            }
            Err(error) => Err(Failure::new(Code::Storage, "This could not be saved.").details(error.to_string())),
        }
    }

    /// Loads what is seen and was not tried yet, where the reader wants it so. Words that still grow are left until they are whole.
    pub(super) fn load_images(&mut self) {
        if !self.loads || !self.open || !self.state.is_idle() {
            return;
        }
        let whole = self.timeline.items().iter().filter(|item| item.state() != Some("streaming"));
        let urls: Vec<String> = whole.flat_map(images::urls).filter(|url| !self.tried.contains(url)).collect();
        if urls.is_empty() {
            return;
        }
        self.tried.extend(urls.iter().cloned());
        self.house.spawn(images::load_all(Arc::clone(&self.house), self.id.clone(), urls));
    }
}
