//! File systems on which the log's index cannot be had, as over a network: a plain journal does, quietly, also for a file that was made
//! elsewhere.

use std::fs;

use rusqlite::OpenFlags;

use super::*;
use crate::store::items;

fn journal(path: &Path) -> String {
    Connection::open(path).unwrap().pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap()
}

/// SQLite's own way to files without shared memory, which is how a file system looks that cannot map any.
fn without_shared_memory(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags_and_vfs(path, flags, c"unix-dotfile")
}

#[cfg(unix)]
#[tokio::test]
async fn where_no_memory_can_be_shared_a_plain_journal_does() {
    for made_elsewhere in [false, true] {
        let home = if made_elsewhere { filled().await } else { Home::new() };
        let path = home.file("cache.db");
        if made_elsewhere {
            assert_eq!(journal(&path), "wal");
        }
        let mut connection = open::opened(&schema::CACHE, &path, || without_shared_memory(&path)).expect("opened");
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "truncate");
        let before = items::count(&connection, &conversation()).unwrap();
        assert_eq!(before, if made_elsewhere { 400 } else { 0 });
        let writing = connection.transaction().unwrap();
        items::save(&writing, &batch([item(1_000_000, "new")])).unwrap();
        writing.commit().unwrap();
        // Others may read: it is not held.
        let other = without_shared_memory(&path).unwrap();
        assert_eq!(items::count(&other, &conversation()).unwrap(), before + 1);
    }
}

/// A link that SQLite does not follow stands where the index would be made: the whole store, with its readers.
#[cfg(unix)]
#[tokio::test]
async fn a_store_whose_index_cannot_be_made_works_and_says_nothing() {
    for made_elsewhere in [false, true] {
        let home = if made_elsewhere { filled().await } else { Home::new() };
        for file in ["cache.db-shm", "ours.db-shm"] {
            let _ = fs::remove_file(home.file(file));
            std::os::unix::fs::symlink("nowhere", home.file(file)).unwrap();
        }
        let (store, warning) = Store::open(home.path(), NOW);
        assert_eq!(warning, None);
        works(&store).await;
        store.put_draft(&conversation(), "kept", NOW).await.unwrap();
        let count = store.count(&conversation()).await.unwrap();
        // Reading while something is written.
        let (reads, writes) = tokio::join!(
            async {
                for _ in 0..50 {
                    store.tail(&conversation(), 10).await.unwrap();
                }
            },
            async {
                for n in 0..50 {
                    store.save(batch([item(2_000_000 + n, "more")])).await.unwrap();
                }
            }
        );
        let ((), ()) = (reads, writes);
        assert_eq!(*store.warning().borrow(), None);
        store.close().await;
        assert_ne!(journal(&home.file("cache.db")), "wal");
        let (store, warning) = Store::open(home.path(), NOW);
        assert_eq!(warning, None);
        assert_eq!(store.count(&conversation()).await.unwrap(), count + 50);
        assert_eq!(store.draft(&conversation()).await.unwrap(), "kept");
        store.close().await;
        // Back on a file system of its own it has a log again.
        for file in ["cache.db-shm", "ours.db-shm"] {
            fs::remove_file(home.file(file)).unwrap();
        }
        home.open().close().await;
        assert_eq!(journal(&home.file("cache.db")), "wal");
        assert_eq!(integrity(&home.file("cache.db")), "ok");
    }
}
