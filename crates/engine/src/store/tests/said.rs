//! What was said at a table is on no server: it outlives the cache, in whatever way that is lost, and is what was saved last.

use std::fs;

use model::{LastWords, Pattern, ProfileId, Seat, Table};
use proptest::prelude::*;

use super::*;

fn table() -> ConversationId {
    ConversationId::from("p/table-1")
}

pub(super) fn made(conversation: ConversationId) -> SavedTable {
    let seat = |agent: &str| Seat::new(ProfileId::from("p"), agent.into(), agent);
    let table = Table::new("Autumn issue", vec![seat("Wen"), seat("Rosa")], Pattern::RoundRobin);
    SavedTable { conversation, profile: ProfileId::from("p"), table, archived: false, made_at: NOW }
}

fn at_table(items: impl IntoIterator<Item = Item>) -> SaveBatch {
    SaveBatch { conversation: table(), ..batch(items) }
}

async fn items(store: &Store) -> Vec<Item> {
    store.tail(&table(), 10_000).await.unwrap().items
}

/// A table at which something was said, closed.
async fn talked() -> (Home, Vec<Item>) {
    let home = Home::new();
    let store = home.open();
    store.put_table(&made(table())).await.unwrap();
    let row = RowWords {
        last: Some(LastWords { speaker: Some("Wen".to_owned()), text: "words".to_owned(), at: NOW }),
        unread: true,
        waiting: 1,
    };
    store.save(at_table((0..300).map(|n| item(n, &"words that were said ".repeat(20))))).await.unwrap();
    store.save(SaveBatch { row: Some(row), removes: vec![item(7, "").id], ..at_table([]) }).await.unwrap();
    let said = items(&store).await;
    store.close().await;
    (home, said)
}

fn lose_cache(home: &Home) {
    for file in ["cache.db", "cache.db-wal", "cache.db-shm"] {
        let _ = fs::remove_file(home.file(file));
    }
}

#[tokio::test]
async fn a_cache_that_is_deleted_broken_or_no_database_costs_a_table_nothing() {
    let spoils: [fn(&Home); 3] = [
        lose_cache,
        |home| fs::write(home.file("cache.db"), "no database").unwrap(),
        |home| {
            spoil(&home.file("cache.db"));
        },
    ];
    for (way, spoils) in spoils.into_iter().enumerate() {
        let (home, said) = talked().await;
        assert_eq!(said.len(), 299);
        spoils(&home);
        let (store, _) = Store::open(home.path(), NOW);
        assert_eq!(items(&store).await, said, "way {way}");
        assert_eq!(store.count(&table()).await.unwrap(), 299);
        let row = store.conversation(&table()).await.unwrap().expect("its row");
        assert_eq!((row.title.as_str(), row.unread, row.waiting), ("Autumn issue", true, 1));
        assert_eq!(row.last.unwrap().text, "words");
        // It goes on as before, also the next time.
        store.save(at_table([item(500, "more")])).await.unwrap();
        store.close().await;
        lose_cache(&home);
        let expected: Vec<Item> = said.into_iter().chain([item(500, "more")]).collect();
        assert_eq!(items(&home.open()).await, expected, "way {way}");
    }
}

#[tokio::test]
async fn a_cache_that_breaks_while_the_app_runs_is_filled_before_it_is_read_again() {
    let (home, said) = talked().await;
    let store = home.open();
    spoil(&home.file("cache.db"));
    assert_eq!(items(&store).await, said, "found by a reader");
    store.close().await;

    let (home, said) = talked().await;
    let store = home.open();
    spoil(&home.file("cache.db"));
    store.save(at_table([item(500, "more")])).await.unwrap();
    let expected: Vec<Item> = said.into_iter().chain([item(500, "more")]).collect();
    assert_eq!(items(&store).await, expected, "found by the writer");
}

#[tokio::test]
async fn a_damaged_file_of_ours_gets_back_from_the_cache_what_it_lost() {
    let (home, said) = talked().await;
    let file = home.file("ours.db");
    let mut bytes = fs::read(&file).unwrap();
    // The end of the file: pages of items.
    let from = bytes.len() - 16 * 4096;
    bytes[from..].fill(0xA5);
    fs::write(&file, bytes).unwrap();
    let (store, _) = Store::open(home.path(), NOW);
    store.named_images().await.unwrap();
    assert_eq!(store.tables().await.unwrap().len(), 1);
    assert_eq!(items(&store).await, said);
    store.close().await;
    lose_cache(&home);
    let (store, _) = Store::open(home.path(), NOW);
    assert_eq!(items(&store).await, said);
}

#[tokio::test]
async fn a_table_of_an_earlier_version_is_taken_over_from_the_cache() {
    let home = Home::new();
    for (plan, version) in [(schema::CACHE, 2), (schema::OURS, 5)] {
        let file = Connection::open(home.file(plan.file)).unwrap();
        file.execute_batch(&schemas::fixture(&plan, version)).unwrap();
        if plan.which == Which::Cache {
            file.execute_batch(
                r#"INSERT INTO conversations (id, name, profile, listed, kind, title) VALUES (77, 'p/table-1', 'p', 1, 'table', 'x');
                INSERT INTO items (conversation, position, item, kind, content) VALUES
                    (77, 5, 'user/1', 'user', '{"kind":"user","text":"Hello","state":"sent"}'),
                    (77, 9, '1/odd', 'odd', '{"kind":"of tomorrow"}');"#,
            )
            .unwrap();
        }
    }
    let store = home.open();
    let said = items(&store).await;
    assert_eq!(said.len(), 2);
    store.close().await;
    lose_cache(&home);
    let store = home.open();
    assert_eq!(items(&store).await, said, "also what this version cannot read");
}

#[tokio::test]
async fn what_only_ours_names_is_kept_and_what_is_forgotten_is_gone_from_both() {
    let (home, _) = talked().await;
    let picture = model::ImageRef::Kept(model::Picture {
        image: model::ImageId::from("c0ffee"),
        media_type: "image/png".to_owned(),
        width: 1,
        height: 1,
        bytes: 1,
    });
    let content = Content::User { text: String::new(), images: vec![picture], state: model::SendState::Sent };
    let store = home.open();
    store.save(at_table([Item { content, ..item(900, "") }])).await.unwrap();
    store.close().await;
    // A newer cache is not written to: what it lacks is known to ours alone.
    lose_cache(&home);
    let mut newer = Connection::open(home.file("cache.db")).unwrap();
    schema::migrate(&mut newer, &schema::CACHE).unwrap();
    newer.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(newer);
    let (store, _) = home.open_ill();
    assert!(store.named_images().await.unwrap().contains(&model::ImageId::from("c0ffee")));
    store.close().await;

    lose_cache(&home);
    let store = home.open();
    store.remove_profile(&ProfileId::from("p")).await.unwrap();
    assert_eq!(items(&store).await, []);
    store.close().await;
    lose_cache(&home);
    let store = home.open();
    assert_eq!(items(&store).await, []);
    let left =
        store.read(Which::Ours, "test", |from| from.query_row("SELECT count(*) FROM items", [], |row| row.get(0)));
    let left: i64 = left.await.unwrap();
    assert_eq!(left, 0);
}

/// How the app ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Closed,
    /// Killed when one of the two did not have the last writes yet.
    Killed(Which),
}

fn any_end() -> impl Strategy<Value = (End, bool)> {
    prop_oneof![
        (Just(End::Closed), any::<bool>()),
        (Just(End::Killed(Which::Cache)), any::<bool>()),
        // What only the cache has is lost with it.
        (Just(End::Killed(Which::Ours)), Just(false)),
    ]
}

/// What the two files hold of the table: items in each, and its name.
async fn left(store: &Store) -> (i64, i64, i64) {
    let count =
        |which, sql: &'static str| store.read(which, "test", move |from| from.query_row(sql, [], |row| row.get(0)));
    let items = "SELECT count(*) FROM items";
    let named =
        "SELECT (SELECT count(*) FROM tables) + (SELECT count(*) FROM conversations) + (SELECT count(*) FROM drafts)";
    (
        count(Which::Cache, items).await.unwrap(),
        count(Which::Ours, items).await.unwrap(),
        count(Which::Ours, named).await.unwrap(),
    )
}

fn slow(home: &Home) -> Store {
    let slow = Pace { first: Duration::from_secs(3600), most: Duration::from_secs(3600), ..Pace::default() };
    Store::open_with(home.path(), NOW, [schema::CACHE, schema::OURS], slow).0
}

#[tokio::test]
async fn a_deleted_table_is_gone_from_both_and_no_other_is() {
    let (home, _) = talked().await;
    let store = home.open();
    let other = ConversationId::from("p/table-2");
    store.put_table(&made(other.clone())).await.unwrap();
    store.save(SaveBatch { conversation: other.clone(), ..batch([item(1, "stays")]) }).await.unwrap();
    store.put_draft(&table(), "half", NOW).await.unwrap();
    store.delete_table(&table()).await.unwrap();
    assert_eq!(left(&store).await, (1, 1, 2), "the other with its talk");
    assert_eq!(store.tables().await.unwrap(), [made(other.clone())]);
    assert_eq!((items(&store).await, store.conversation(&table()).await.unwrap()), (vec![], None));
    store.save(SaveBatch { conversation: other, ..batch([item(2, "goes on")]) }).await.unwrap();
    store.close().await;
    lose_cache(&home);
    assert_eq!(left(&home.open()).await, (2, 2, 2), "it is not carried back");
}

#[tokio::test]
async fn killed_before_the_cache_forgot_it_a_deleted_table_does_not_come_back() {
    let (home, _) = talked().await;
    let store = slow(&home);
    let held = hold(&home, &store, Which::Cache).await;
    store.delete_table(&table()).await.unwrap();
    assert_eq!(store.tables().await.unwrap(), []);
    store.close().await;
    drop(held);
    let of_cache = Connection::open(home.file("cache.db")).unwrap();
    let cached: i64 = of_cache.query_row("SELECT count(*) FROM items", [], |row| row.get(0)).unwrap();
    assert_eq!(cached, 299, "the cache has it still");
    drop(of_cache);
    let store = home.open();
    assert_eq!(left(&store).await, (0, 0, 0), "all of it is gone at the next start");
    store.close().await;
    assert_eq!(left(&home.open()).await, (0, 0, 0));
}

#[tokio::test]
async fn killed_before_ours_deleted_it_a_table_is_there_whole() {
    let (home, said) = talked().await;
    let store = slow(&home);
    let held = hold(&home, &store, Which::Ours).await;
    let deleted = store.delete_table(&table()).await;
    assert!(matches!(deleted, Err(StoreError::Waiting { .. })), "{deleted:?}");
    store.close().await;
    drop(held);
    let store = home.open();
    assert_eq!((items(&store).await, store.tables().await.unwrap()), (said, vec![made(table())]));
}

/// The writes of one run of the app, after how many of them one file takes no more, and how it ends.
type Run = (Vec<SaveBatch>, usize, (End, bool));

fn any_run() -> impl Strategy<Value = Run> {
    (proptest::collection::vec(full::any_batch(), 0..6), 0usize..6, any_end())
}

/// Another program holds one of the files from now on: what is written waits, and is lost with the app.
async fn hold(home: &Home, store: &Store, which: Which) -> Connection {
    on_writer(store, which, |connection| connection.busy_timeout(Duration::ZERO).unwrap()).await;
    let plan = if which == Which::Cache { schema::CACHE } else { schema::OURS };
    let other = Connection::open(home.file(plan.file)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

fn applied(list: &mut Vec<Item>, batch: &SaveBatch) {
    if let Some(range) = &batch.reset {
        list.retain(|item| !range.contains(&item.position));
    }
    list.retain(|item| !batch.removes.contains(&item.id) && !batch.puts.iter().any(|put| put.id == item.id));
    list.extend(batch.puts.iter().cloned());
    list.sort_by_key(|item| item.position);
}

async fn lives(runs: Vec<Run>) {
    let home = Home::new();
    let store = home.open();
    store.put_table(&made(table())).await.unwrap();
    store.close().await;
    let mut expected = Vec::new();
    for (batches, from, (end, lost)) in runs {
        let store = slow(&home);
        assert_eq!(items(&store).await, expected);
        let mut held = None;
        for (n, batch) in batches.into_iter().enumerate() {
            if let (End::Killed(which), true) = (end, n == from) {
                held = Some(hold(&home, &store, which).await);
            }
            let batch = SaveBatch { conversation: table(), ..batch };
            applied(&mut expected, &batch);
            store.save(batch).await.unwrap();
        }
        if held.is_none() {
            assert_eq!(items(&store).await, expected);
        }
        store.close().await;
        drop(held);
        if lost {
            lose_cache(&home);
        }
    }
    assert_eq!(items(&home.open()).await, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_saves_kills_and_losses_the_list_is_what_was_saved_last(runs in proptest::collection::vec(any_run(), 1..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(lives(runs));
    }
}
