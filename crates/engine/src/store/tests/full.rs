//! A disk that refuses for a while: nothing is lost, everything goes on, the user is told, and told when it is well again.

use model::{Ruling, Speaker, ToolCallId};
use proptest::prelude::*;

use super::*;
use crate::store::{items, write::Backlog};

const QUICK: Pace =
    Pace { idle: Duration::from_secs(5), first: Duration::from_millis(20), most: Duration::from_millis(80) };

fn open(home: &Home) -> Store {
    let (store, warning) = Store::open_with(home.path(), NOW, [schema::CACHE, schema::OURS], QUICK);
    assert_eq!(warning, None);
    store
}

/// From now on the file may not grow: SQLite then says what it says of a full disk.
async fn fill(store: &Store, which: Which) {
    on_writer(store, which, |connection| {
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    })
    .await;
}

async fn make_room(store: &Store, which: Which) {
    on_writer(store, which, |connection| {
        connection.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
    })
    .await;
}

fn is_full(words: Option<&str>) -> bool {
    words.is_some_and(|words| words.starts_with("The disk is full"))
}

#[tokio::test]
async fn talk_goes_on_while_the_disk_is_full_and_is_saved_when_there_is_room() {
    let home = Home::new();
    let store = open(&home);
    store.save(batch([item(1, "before")])).await.unwrap();
    fill(&store, Which::Cache).await;

    let long = "words ".repeat(2_000);
    let refused = store.save(batch([item(2, &long)])).await;
    assert!(matches!(refused, Err(StoreError::Waiting { .. })), "{refused:?}");
    assert!(is_full(store.warning().borrow().as_deref()));
    for n in 0..200 {
        store.save_later(batch([item(3, &format!("{long}{n}")), item(4 + n, "more")]));
    }
    assert_eq!(positions(&store.tail(&conversation(), 1).await.unwrap()).len(), 1);
    // What is only ours does not suffer from the cache.
    store.put_draft(&conversation(), "mine", NOW).await.unwrap();

    make_room(&store, Which::Cache).await;
    told(&store, |words| words.is_none()).await;
    let page = store.tail(&conversation(), 1000).await.unwrap();
    assert_eq!(positions(&page), (1..204).collect::<Vec<_>>());
    assert_eq!(page.items[1], item(2, &long));
    store.save(batch([item(300, "after")])).await.unwrap();
    store.close().await;
    assert_eq!(integrity(&home.file("cache.db")), "ok");
    assert_eq!(home.open().count(&conversation()).await.unwrap(), 204);
}

#[tokio::test]
async fn a_decision_is_saved_at_once_or_not_at_all() {
    let home = Home::new();
    let store = open(&home);
    fill(&store, Which::Ours).await;
    let long = "x".repeat(100_000);
    let decision = LoggedDecision {
        conversation: conversation(),
        tool_call: ToolCallId::from("call_1"),
        tool: "send_email".to_owned(),
        arguments: long.clone(),
        title: String::new(),
        speaker: Speaker { id: None, name: String::new() },
        ruling: Ruling::Approved,
        at: NOW,
    };
    let refused = store.log_decision(&decision).await;
    assert!(matches!(refused, Err(StoreError::NotNow { .. })), "{refused:?}");
    assert!(matches!(store.put_draft(&conversation(), &long, NOW).await, Err(StoreError::Waiting { .. })));
    assert!(is_full(store.warning().borrow().as_deref()));
    let refused = store.log_decision(&decision).await;
    assert!(matches!(refused, Err(StoreError::NotNow { .. })), "{refused:?}");
    make_room(&store, Which::Ours).await;
    told(&store, |words| words.is_none()).await;
    assert_eq!(store.draft(&conversation()).await.unwrap(), long);
    assert_eq!(store.logged_decision(&conversation(), &decision.tool_call).await.unwrap(), None);
}

#[tokio::test]
async fn what_waits_is_tried_once_more_at_the_end() {
    let home = Home::new();
    let slow = Pace { first: Duration::from_secs(3600), ..QUICK };
    let (store, _) = Store::open_with(home.path(), NOW, [schema::CACHE, schema::OURS], slow);
    fill(&store, Which::Cache).await;
    let long = "words ".repeat(20_000);
    assert!(store.save(batch([item(1, &long)])).await.is_err());
    make_room(&store, Which::Cache).await;
    store.close().await;
    assert_eq!(home.open().tail(&conversation(), 5).await.unwrap().items, [item(1, &long)]);
}

#[tokio::test]
async fn another_connection_is_waited_for() {
    let home = Home::new();
    let store = open(&home);
    let other = Connection::open(home.file("cache.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let saving = tokio::spawn({
        let store = store.clone();
        async move { store.save(batch([item(1, "words")])).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!saving.is_finished());
    // Reading needs no lock.
    assert_eq!(store.count(&conversation()).await.unwrap(), 0);
    other.execute_batch("ROLLBACK").unwrap();
    saving.await.unwrap().unwrap();
    assert_eq!(store.count(&conversation()).await.unwrap(), 1);
    assert_eq!(*store.warning().borrow(), None);
}

#[tokio::test]
async fn a_connection_that_does_not_let_go_is_told_and_outlasted() {
    let home = Home::new();
    let store = open(&home);
    on_writer(&store, Which::Cache, |connection| connection.busy_timeout(Duration::ZERO).unwrap()).await;
    let other = Connection::open(home.file("cache.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(store.save(batch([item(1, "words")])).await, Err(StoreError::Waiting { .. })));
    assert!(store.warning().borrow().as_deref().is_some_and(|words| words.starts_with("Another program holds")));
    other.execute_batch("COMMIT").unwrap();
    told(&store, |words| words.is_none()).await;
    assert_eq!(store.tail(&conversation(), 5).await.unwrap().items, [item(1, "words")]);
}

/// On a real file system of a few megabytes, filled to the brim by another file.
#[tokio::test]
#[ignore = "needs an own small file system: TERTULIA_SMALL_DISK=/its/mount/point"]
async fn a_small_disk_runs_full_and_is_emptied() {
    let disk = PathBuf::from(std::env::var_os("TERTULIA_SMALL_DISK").expect("TERTULIA_SMALL_DISK"));
    let home = Home { folder: tempfile::tempdir_in(&disk).unwrap() };
    let store = open(&home);
    store.save(batch([item(1, "before")])).await.unwrap();
    store.put_draft(&conversation(), "before", NOW).await.unwrap();
    let ballast = disk.join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    while std::io::Write::write_all(&mut file, &[0; 4096]).is_ok() {}

    let long = "words ".repeat(5_000);
    for n in 2..20 {
        let saved = store.save(batch([item(n, &long)])).await;
        assert!(n == 2 || matches!(saved, Err(StoreError::Waiting { .. })), "{saved:?}");
    }
    assert!(matches!(store.put_draft(&conversation(), &long, NOW).await, Err(StoreError::Waiting { .. })));
    // What waits is seen all the same.
    assert_eq!(store.count(&conversation()).await.unwrap(), 19);
    assert_eq!(store.draft(&conversation()).await.unwrap(), long);
    assert!(is_full(store.warning().borrow().as_deref()));
    assert!(store.warning().borrow().as_deref().is_some_and(|words| words.matches("disk").count() == 1));

    drop(file);
    std::fs::remove_file(ballast).unwrap();
    told(&store, |words| words.is_none()).await;
    store.close().await;
    let store = home.open();
    assert_eq!(store.count(&conversation()).await.unwrap(), 19);
    assert_eq!(store.draft(&conversation()).await.unwrap(), long);
    assert_eq!(integrity(&home.file("cache.db")), "ok");
}

pub(super) fn any_batch() -> impl Strategy<Value = SaveBatch> {
    let put = (0i64..12, "[a-z]{0,3}").prop_map(|(n, text)| item(n, &text));
    let puts = proptest::collection::btree_map(0i64..12, put, 0..5)
        .prop_map(|puts| puts.into_iter().map(|(n, put)| Item { id: item(n, "").id, position: n, ..put }).collect());
    let removes = proptest::collection::vec((0i64..12).prop_map(|n| item(n, "").id), 0..4);
    let reset = proptest::option::weighted(0.2, (0i64..12, 0i64..12).prop_map(|(from, to)| from..=to));
    let cursor = proptest::option::of((0u64..100).prop_map(|seq| Cursor { seq, ..Cursor::default() }));
    let of = prop_oneof![Just(conversation()), Just(ConversationId::from("p/agent-2"))];
    (of, reset, removes, puts, cursor).prop_map(|(conversation, reset, removes, puts, cursor)| SaveBatch {
        reset,
        removes,
        puts,
        cursor,
        ..SaveBatch::new(conversation)
    })
}

fn saved<'a>(writes: impl Iterator<Item = &'a Write>) -> Vec<(Page, Cursor)> {
    let database = crate::store::open::in_memory(&schema::CACHE).unwrap();
    writes.for_each(|write| write.apply(&database).unwrap());
    ["p/agent-1", "p/agent-2"]
        .map(ConversationId::from)
        .iter()
        .map(|of| {
            let key = crate::store::conversations::key(&database, of).unwrap();
            let cursor = key.map(|key| crate::store::cursors::get(&database, key).unwrap()).unwrap_or_default();
            (items::tail(&database, of, 100).unwrap(), cursor)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_that_wait_together_save_the_same_as_one_by_one(batches in proptest::collection::vec(any_batch(), 1..10)) {
        let writes: Vec<Write> = batches.into_iter().map(|batch| Write::Save(Box::new(batch))).collect();
        let mut backlog = Backlog::default();
        writes.iter().cloned().for_each(|write| backlog.push(write));
        prop_assert_eq!(saved(backlog.iter()), saved(writes.iter()));
    }
}
