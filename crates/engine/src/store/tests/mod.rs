//! The store's promises, one file for each kind. What all of them use stands here.

mod away;
mod conversations;
mod full;
mod kill;
mod mine;
mod network;
mod paging;
mod pictures;
mod said;
mod schemas;
mod states;

use std::{path::PathBuf, time::Duration};

use model::{Author, Content, ConversationId, Item, ItemId, TextState, Theme};

use super::*;

const NOW: i64 = 1_763_700_000_000;

/// A folder of its own that is gone with it.
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

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Opens what must be well.
    fn open(&self) -> Store {
        let (store, warning) = Store::open(self.path(), NOW);
        assert_eq!(warning, None);
        store
    }

    /// Opens what is not, and what the user is told.
    fn open_ill(&self) -> (Store, String) {
        let (store, warning) = Store::open(self.path(), NOW);
        let words = warning.expect("a warning").to_string();
        assert_eq!(*store.warning().borrow(), Some(words.clone()));
        (store, words)
    }

    /// The files that were put aside, by path within `quarantine`.
    fn put_aside(&self) -> Vec<String> {
        let quarantine = self.file("quarantine");
        let folders = quarantine.read_dir().into_iter().flatten().flatten();
        let mut files: Vec<String> = folders
            .flat_map(|folder| folder.path().read_dir().unwrap().flatten())
            .map(|file| file.path().strip_prefix(&quarantine).unwrap().display().to_string())
            .collect();
        files.sort();
        files
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

/// SQLite's own opinion of a file.
fn integrity(file: &Path) -> String {
    let connection = Connection::open(file).unwrap();
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

/// Does something on the writing connection.
async fn on_writer(store: &Store, which: Which, act: impl FnOnce(&Connection) + Send + 'static) {
    on_database(store, which, |database| {
        let act = |connection: &Connection| {
            act(connection);
            Ok(())
        };
        database.read(act).unwrap();
    })
    .await;
}

/// Does something with a database on the writer's thread.
async fn on_database(store: &Store, which: Which, act: impl FnOnce(&mut Database) + Send + 'static) {
    let (reply, done) = oneshot::channel();
    let ask = Box::new(move |database: &mut Database| {
        act(database);
        reply.send(()).unwrap();
    });
    assert!(store.queue.send(Message::Read { which, ask }).is_ok());
    done.await.unwrap();
}

/// Waits until the store tells what is wanted.
async fn told(store: &Store, wanted: impl Fn(Option<&str>) -> bool) {
    let mut warning = store.warning();
    let wait = warning.wait_for(|words| wanted(words.as_deref()));
    tokio::time::timeout(Duration::from_secs(10), wait).await.expect("nothing was told").unwrap();
}

/// A closed cache of some hundred kilobytes with talk in it.
async fn filled() -> Home {
    let home = Home::new();
    let store = home.open();
    store.save(batch((0..400).map(|n| item(n, &"words that were said ".repeat(20))))).await.unwrap();
    store.put_theme(Theme::Dark).await.unwrap();
    store.close().await;
    home
}

/// Whatever happened, talk can be read and saved, and what is saved is there.
async fn works(store: &Store) {
    let page = store.tail(&conversation(), 1000).await.unwrap();
    let next = page.items.last().map_or(0, |item| item.position).max(0) + 1_000_000;
    store.save(batch([item(next, "new words")])).await.unwrap();
    let newest = store.tail(&conversation(), 1).await.unwrap();
    assert_eq!(newest.items, [item(next, "new words")]);
    store.put_draft(&conversation(), "a draft", NOW).await.unwrap();
    assert_eq!(store.draft(&conversation()).await.unwrap(), "a draft");
}

/// Writes nonsense over everything but the first page, as a failing disk might.
fn spoil(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[4096..].fill(0xA5);
    std::fs::write(file, bytes).unwrap();
}
