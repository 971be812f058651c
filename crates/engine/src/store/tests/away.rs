//! A folder that cannot be used, or not yet: everything goes on in memory, with what can be read, and is saved as soon as it can be.

use std::fs;

use model::Theme;

use super::*;
use crate::store::items;

const QUICK: Pace =
    Pace { idle: Duration::from_secs(5), first: Duration::from_millis(20), most: Duration::from_millis(40) };

#[tokio::test]
async fn a_folder_that_cannot_be_is_replaced_by_memory() {
    let home = Home::new();
    fs::write(home.file("file"), "in the way").unwrap();
    let mut places = vec![home.file("file"), home.file("file/below")];
    if cfg!(target_os = "linux") {
        places.push(PathBuf::from("/proc/tertulia"));
    }
    for place in places {
        let (store, warning) = Store::open(&place, NOW);
        let words = warning.expect("a warning").to_string();
        assert!(words.contains("kept in memory until that is mended"), "{words}");
        assert!(words.contains(&place.display().to_string()), "{words}");
        assert_eq!(words.matches("kept in memory").count(), 1, "{words}");
        works(&store).await;
        store.put_theme(Theme::Light).await.unwrap();
        assert_eq!(store.theme().await.unwrap(), Theme::Light);
        store.close().await;
    }
    assert_eq!(fs::read_to_string(home.file("file")).unwrap(), "in the way");
}

/// What stands in the way is taken away while the app runs: everything is saved after all.
#[tokio::test]
async fn a_folder_that_can_be_used_again_gets_what_was_kept_in_memory() {
    let place = Home::new();
    let home = place.file("home");
    fs::write(&home, "in the way").unwrap();
    let (store, warning) = Store::open_with(&home, NOW, [schema::CACHE, schema::OURS], QUICK);
    assert!(warning.is_some());
    works(&store).await;
    store.put_theme(Theme::Dark).await.unwrap();
    fs::remove_file(&home).unwrap();
    told(&store, |words| words.is_none()).await;
    let before = store.tail(&conversation(), 10).await.unwrap();
    works(&store).await;
    assert_eq!(before.items.len(), 1);
    store.close().await;

    let (store, warning) = Store::open(&home, NOW);
    assert_eq!(warning, None);
    assert_eq!(store.count(&conversation()).await.unwrap(), 2);
    assert_eq!(store.theme().await.unwrap(), Theme::Dark);
    assert_eq!(store.draft(&conversation()).await.unwrap(), "a draft");
}

/// The same with talk that was there before, and another program that holds it at first.
#[tokio::test]
async fn what_was_there_before_is_joined_by_what_came_meanwhile() {
    let home = filled().await;
    let other = Connection::open(home.file("cache.db")).unwrap();
    other.pragma_update(None, "locking_mode", "EXCLUSIVE").unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let opened = tokio::task::spawn_blocking({
        let path = home.path().to_owned();
        move || Store::open_with(&path, NOW, [schema::CACHE, schema::OURS], QUICK)
    });
    let (store, warning) = opened.await.unwrap();
    assert!(warning.is_some_and(|warning| warning.to_string().starts_with("Another program holds")));
    works(&store).await;
    drop(other);
    told(&store, |words| words.is_none()).await;
    assert_eq!(store.theme().await.unwrap(), Theme::Dark);
    store.close().await;
    assert_eq!(home.open().count(&conversation()).await.unwrap(), 401);
    assert_eq!(integrity(&home.file("cache.db")), "ok");
}

/// What can be read where nothing can be written is there, in memory.
#[tokio::test]
async fn a_locked_folder_is_read_into_memory() {
    let home = filled().await;
    let path = home.file("cache.db");
    let connection = open::copied_to_memory(&schema::CACHE, &path, Ill::Locked).expect("a copy");
    assert_eq!(items::count(&connection, &conversation()).unwrap(), 400);
    items::save(&connection, &batch([item(1000, "new")])).unwrap();
    assert_eq!(items::tail(&connection, &conversation(), 1).unwrap().items, [item(1000, "new")]);
    drop(connection);
    assert_eq!(home.open().count(&conversation()).await.unwrap(), 400);
    spoil(&path);
    assert!(open::copied_to_memory(&schema::CACHE, &home.file("none"), Ill::Locked).is_none());
    assert!(open::copied_to_memory(&schema::OURS, &path, Ill::Locked).is_none());
}

/// A real file system that cannot be written, with talk on it.
#[tokio::test]
#[ignore = "needs a folder with a store on a file system mounted read-only: TERTULIA_LOCKED_HOME=/its/path"]
async fn a_read_only_file_system_is_read_into_memory() {
    let home = PathBuf::from(std::env::var_os("TERTULIA_LOCKED_HOME").expect("TERTULIA_LOCKED_HOME"));
    let (store, warning) = Store::open(&home, NOW);
    let words = warning.expect("a warning").to_string();
    assert!(words.starts_with("Tertulia cannot write to"), "{words}");
    assert!(store.count(&conversation()).await.unwrap() > 0);
    works(&store).await;
}
