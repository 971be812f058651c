//! The store's promises, one file for each kind. What all of them use stands here.

mod paging;

use model::{Author, Content, ConversationId, Item, ItemId, TextState};

use super::*;

const NOW: i64 = 1_763_700_000_000;

/// An open store in a folder of its own that is gone with it.
struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Opens what must be well.
    fn open(&self) -> Store {
        let (store, warning) = Store::open(self.path(), NOW);
        assert_eq!(warning, None);
        store
    }
}

fn conversation() -> ConversationId {
    ConversationId::from("p/agent-1")
}

fn item(position: i64, text: &str) -> Item {
    Item {
        id: ItemId::from(format!("message-{position}")),
        position,
        author: Author::You,
        at: NOW + position,
        run: None,
        step: None,
        content: Content::Assistant { text: text.to_owned(), images: Vec::new(), state: TextState::Done },
    }
}

fn batch(items: impl IntoIterator<Item = Item>) -> SaveBatch {
    SaveBatch { puts: items.into_iter().collect(), ..SaveBatch::new(conversation()) }
}

fn positions(page: &Page) -> Vec<i64> {
    page.items.iter().map(|item| item.position).collect()
}
