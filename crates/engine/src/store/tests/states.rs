//! No state of the disk stops the start: each one that a file can be found in, and what the user is told.

use std::fs;

use model::{ProfileId, Theme};

use super::*;

/// The same files in another folder.
fn copy(of: &Home) -> Home {
    let home = Home::new();
    for entry in of.path().read_dir().unwrap().flatten().filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), home.path().join(entry.file_name())).unwrap();
    }
    home
}

#[tokio::test]
async fn a_missing_folder_is_made_with_all_its_rules() {
    let home = Home::new();
    let inside = home.file("one/two");
    let (store, warning) = Store::open(&inside, NOW);
    assert_eq!(warning, None);
    works(&store).await;
    for which in [Which::Cache, Which::Ours] {
        on_writer(&store, which, |connection| {
            let number = |pragma: &str| -> i64 {
                connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).unwrap()
            };
            let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
            assert_eq!(mode, "wal");
            let rules = ["synchronous", "foreign_keys", "trusted_schema", "cell_size_check", "secure_delete"];
            assert_eq!(rules.map(number), [1, 1, 0, 1, 2]);
            assert_eq!(number("journal_size_limit"), 16 * 1024 * 1024);
            assert!(connection.execute_batch("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema").is_err());
        })
        .await;
    }
    let asked = store.read(Which::Cache, "test", |reader| reader.execute("DELETE FROM items", [])).await;
    assert!(asked.is_err(), "a reader writes");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&inside).unwrap().permissions()) & 0o777, 0o700);
}

#[tokio::test]
async fn an_empty_file_is_a_new_one() {
    let home = Home::new();
    fs::write(home.file("cache.db"), "").unwrap();
    fs::write(home.file("ours.db"), "").unwrap();
    works(&home.open()).await;
    assert!(home.put_aside().is_empty());
}

#[tokio::test]
async fn what_is_no_database_is_put_aside_whole() {
    for content in ["no database", "short", "SQLite format 3\0 and nothing after", &"x".repeat(100_000)] {
        let home = Home::new();
        fs::write(home.file("ours.db"), content).unwrap();
        let (store, words) = home.open_ill();
        assert!(words.contains("could not be read. They were put aside in"), "{words}");
        assert!(words.contains("Connect again"), "{words}");
        works(&store).await;
        assert_eq!(home.put_aside(), ["2025-11-21_04-40-00/ours.db"]);
        assert_eq!(fs::read_to_string(home.file("quarantine/2025-11-21_04-40-00/ours.db")).unwrap(), content);
        store.close().await;
        // It is told once: the next start is a good one.
        works(&home.open()).await;
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_put_aside() {
    let home = Home::new();
    let file = Connection::open(home.file("cache.db")).unwrap();
    file.execute_batch("CREATE TABLE recipes (id INTEGER PRIMARY KEY); PRAGMA user_version = 1").unwrap();
    drop(file);
    let (store, _) = home.open_ill();
    works(&store).await;
    assert_eq!(home.put_aside(), ["2025-11-21_04-40-00/cache.db"]);
}

#[tokio::test]
async fn a_broken_file_goes_with_its_log_and_both_databases_to_one_place() {
    let living = filled().await;
    let store = living.open();
    store.save(batch([item(1000, "in the log")])).await.unwrap();
    store.put_theme(Theme::Light).await.unwrap();
    let home = copy(&living);
    for file in ["cache.db", "ours.db"] {
        let mut bytes = fs::read(home.file(file)).unwrap();
        bytes[0] = b'X';
        fs::write(home.file(file), bytes).unwrap();
    }
    let log = fs::read(home.file("cache.db-wal")).unwrap();
    let (store, words) = home.open_ill();
    assert_eq!(words.matches("put aside").count(), 2, "{words}");
    works(&store).await;
    let all = ["cache.db", "cache.db-shm", "cache.db-wal", "ours.db", "ours.db-shm", "ours.db-wal"];
    assert_eq!(home.put_aside(), all.map(|file| format!("2025-11-21_04-40-00/{file}")));
    assert_eq!(fs::read(home.file("quarantine/2025-11-21_04-40-00/cache.db-wal")).unwrap(), log);
}

#[tokio::test]
async fn a_log_without_its_database_is_not_thrown_away() {
    let living = Home::new();
    let store = living.open();
    store.save(batch([item(1, "in the log")])).await.unwrap();
    let home = copy(&living);
    fs::remove_file(home.file("cache.db")).unwrap();
    let (store, _) = home.open_ill();
    works(&store).await;
    assert_eq!(home.put_aside(), ["cache.db-shm", "cache.db-wal"].map(|file| format!("2025-11-21_04-40-00/{file}")));
}

#[tokio::test]
async fn a_clock_that_stands_still_puts_nothing_upon_another() {
    let home = Home::new();
    for content in ["first", "second", "third"] {
        fs::write(home.file("cache.db"), content).unwrap();
        let (store, _) = home.open_ill();
        store.close().await;
        fs::remove_file(home.file("cache.db")).unwrap();
    }
    let kept: Vec<String> =
        home.put_aside().iter().map(|file| fs::read_to_string(home.file("quarantine").join(file)).unwrap()).collect();
    assert_eq!(kept, ["first", "second", "third"]);
}

#[tokio::test]
async fn a_file_cut_anywhere_is_put_aside() {
    let whole = filled().await;
    let bytes = fs::read(whole.file("cache.db")).unwrap();
    for tenth in 0..10 {
        let home = copy(&whole);
        fs::write(home.file("cache.db"), &bytes[..bytes.len() * tenth / 10]).unwrap();
        let (store, warning) = Store::open(home.path(), NOW);
        assert_eq!(warning.is_some(), tenth > 0, "cut at {tenth}/10");
        works(&store).await;
        assert_eq!(store.theme().await.unwrap(), Theme::Dark);
        let aside = home.put_aside();
        assert_eq!(
            aside.iter().filter(|file| file.ends_with("/cache.db")).count(),
            usize::from(tenth > 0),
            "{aside:?}"
        );
        assert!(!aside.iter().any(|file| file.contains("ours")), "{aside:?}");
        store.close().await;
        assert_eq!(integrity(&home.file("cache.db")), "ok");
    }
}

#[tokio::test]
async fn a_flipped_bit_anywhere_stops_nothing() {
    let whole = filled().await;
    for (name, steps) in [("cache.db", 60), ("ours.db", 30)] {
        let bytes = fs::read(whole.file(name)).unwrap();
        for step in 0..steps {
            let home = copy(&whole);
            let mut bytes = bytes.clone();
            // Half of them where SQLite keeps how a page is made.
            let at = (bytes.len() - 1) * step / steps;
            let at = if step % 2 == 0 { at } else { at / 4096 * 4096 + step % 16 };
            bytes[at] ^= 1 << (step % 8);
            fs::write(home.file(name), bytes).unwrap();
            let (store, _) = Store::open(home.path(), NOW);
            store.profiles().await.unwrap();
            store.conversations(&ProfileId::from("p")).await.unwrap();
            if store.warning().borrow().as_deref().is_none_or(|words| !words.contains("newer")) {
                works(&store).await;
            }
            store.close().await;
        }
    }
}

#[tokio::test]
async fn a_page_of_zeros_is_put_aside_when_it_is_met() {
    let whole = filled().await;
    let bytes = fs::read(whole.file("cache.db")).unwrap();
    let pages = bytes.len() / 4096;
    let mut met = 0;
    for tenth in 1..10 {
        let home = copy(&whole);
        let mut bytes = bytes.clone();
        let page = pages * tenth / 10;
        bytes[page * 4096..(page + 1) * 4096].fill(0);
        fs::write(home.file("cache.db"), bytes).unwrap();
        let (store, _) = Store::open(home.path(), NOW);
        works(&store).await;
        met += home.put_aside().iter().filter(|file| file.ends_with("/cache.db")).count();
        store.close().await;
    }
    assert!(met >= 5, "only {met} of 9 were met");
}

#[tokio::test]
async fn a_torn_log_costs_only_its_torn_end() {
    let living = Home::new();
    let store = living.open();
    store.save(batch([])).await.unwrap();
    store.close().await;
    let store = living.open();
    for n in 0..40 {
        store.save(batch([item(n, &"words ".repeat(100))])).await.unwrap();
    }
    let log = fs::read(living.file("cache.db-wal")).unwrap();
    let mut before = 0;
    for tenth in 0..=10 {
        let home = copy(&living);
        fs::write(home.file("cache.db-wal"), &log[..log.len() * tenth / 10]).unwrap();
        fs::write(home.file("cache.db-shm"), vec![0xA5; 32 * 1024]).unwrap();
        let store = home.open();
        let saved = positions(&store.tail(&conversation(), 100).await.unwrap());
        assert_eq!(saved, (0..i64::try_from(saved.len()).unwrap()).collect::<Vec<_>>());
        assert!(saved.len() >= before);
        before = saved.len();
        works(&store).await;
        store.close().await;
        assert_eq!(integrity(&home.file("cache.db")), "ok");
    }
    assert_eq!(before, 40);
}

#[tokio::test]
async fn what_breaks_while_it_runs_is_put_aside_once_and_then_goes_on_in_memory() {
    let home = filled().await;
    let store = home.open();
    spoil(&home.file("cache.db"));
    assert_eq!(store.tail(&conversation(), 10).await.unwrap(), Page::default());
    told(&store, |words| words.is_some_and(|words| words.contains("put aside"))).await;
    works(&store).await;
    assert_eq!(home.put_aside().iter().filter(|file| file.ends_with("cache.db")).count(), 1);
    assert_eq!(store.theme().await.unwrap(), Theme::Dark);

    store.save(batch((0..400).map(|n| item(n, &"words that were said ".repeat(20))))).await.unwrap();
    on_database(&store, Which::Cache, Database::rest).await;
    spoil(&home.file("cache.db"));
    store.before(&conversation(), 300, 100).await.unwrap();
    told(&store, |words| words.is_some_and(|words| words.contains("forgotten when Tertulia ends"))).await;
    works(&store).await;
    assert_eq!(home.put_aside().iter().filter(|file| file.ends_with("cache.db")).count(), 1);
}

#[tokio::test]
async fn what_breaks_under_the_writer_costs_no_new_words() {
    let home = filled().await;
    let store = home.open();
    spoil(&home.file("cache.db"));
    store.save(batch([item(5000, "new words")])).await.unwrap();
    assert_eq!(store.tail(&conversation(), 10).await.unwrap().items, [item(5000, "new words")]);
    assert_eq!(home.put_aside().iter().filter(|file| file.ends_with("cache.db")).count(), 1);
}

#[tokio::test]
async fn what_a_newer_version_made_is_read_and_never_written() {
    let home = filled().await;
    for file in ["cache.db", "ours.db"] {
        let newer = Connection::open(home.file(file)).unwrap();
        newer.execute_batch("CREATE TABLE of_tomorrow (id INTEGER PRIMARY KEY); PRAGMA user_version = 99").unwrap();
    }
    let before = ["cache.db", "ours.db"].map(|file| fs::read(home.file(file)).unwrap());
    let (store, words) = home.open_ill();
    assert_eq!(words.matches("made by a newer Tertulia").count(), 2, "{words}");
    assert_eq!(store.count(&conversation()).await.unwrap(), 400);
    assert_eq!(store.theme().await.unwrap(), Theme::Dark);
    assert!(matches!(store.save(batch([item(1, "no")])).await, Err(StoreError::Newer { .. })));
    assert!(matches!(store.put_draft(&conversation(), "no", NOW).await, Err(StoreError::Newer { .. })));
    assert_eq!(store.hues(&[model::AgentId::from("a"), model::AgentId::from("b")]).await, [6, 1]);
    store.close().await;
    assert!(home.put_aside().is_empty());
    assert_eq!(["cache.db", "ours.db"].map(|file| fs::read(home.file(file)).unwrap()), before);
}

#[tokio::test]
async fn a_folder_in_the_place_of_a_file_is_put_aside() {
    let home = Home::new();
    fs::create_dir(home.file("cache.db")).unwrap();
    let (store, warning) = Store::open(home.path(), NOW);
    assert!(warning.is_some());
    works(&store).await;
}
