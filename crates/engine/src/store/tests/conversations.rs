//! The sidebar's list, and what is saved together with a conversation's items.

use model::{AgentId, Conversation, ConversationKind, LastWords, Member, Pattern, ProfileId, RunId, Turn};

use super::*;

fn row(id: &str, title: &str) -> Conversation {
    Conversation {
        id: ConversationId::from(id),
        profile: ProfileId::from("p"),
        kind: ConversationKind::Agent,
        title: title.to_owned(),
        members: vec![member("agent-1", 6)],
        pattern: None,
        last: None,
        unread: false,
        waiting: 0,
        turn: Turn::Yours,
        closed: None,
        caution: None,
        floor: None,
        archived: false,
        long_run: None,
    }
}

fn member(agent: &str, hue: u8) -> Member {
    Member {
        agent: AgentId::from(agent),
        name: agent.to_owned(),
        role: "Reads".to_owned(),
        hue,
        monogram: "R".to_owned(),
    }
}

fn group() -> Conversation {
    Conversation {
        kind: ConversationKind::Group,
        members: vec![member("agent-2", 1), member("agent-1", 6), member("agent-3", 10)],
        pattern: Some(Pattern::Supervisor { lead: AgentId::from("agent-3") }),
        last: Some(LastWords { speaker: Some("Inés".to_owned()), text: "Good.".to_owned(), at: 7 }),
        unread: true,
        waiting: 2,
        closed: Some("The server has no groups.".to_owned()),
        caution: None,
        floor: None,
        archived: false,
        long_run: None,
        ..row("p/group-1", "Reading circle")
    }
}

async fn titles(store: &Store) -> Vec<String> {
    store.conversations(&ProfileId::from("p")).await.unwrap().into_iter().map(|row| row.title).collect()
}

#[tokio::test]
async fn the_list_comes_back_whole_and_in_order() {
    let home = Home::new();
    let store = home.open();
    let profile = ProfileId::from("p");
    let list = [row("p/agent-9", "Zoe"), group(), row("p/agent-1", "Ana")];
    store.put_conversations(&profile, &list).await.unwrap();
    let other = Conversation { profile: ProfileId::from("q"), ..row("q/agent-1", "Other") };
    store.put_conversations(&ProfileId::from("q"), std::slice::from_ref(&other)).await.unwrap();
    assert_eq!(store.conversations(&profile).await.unwrap(), list);
    store.close().await;

    let store = home.open();
    assert_eq!(store.conversations(&profile).await.unwrap(), list);
    assert_eq!(store.conversation(&other.id).await.unwrap(), Some(other));
    assert_eq!(store.conversation(&ConversationId::from("p/none")).await.unwrap(), None);

    let mut turned = list;
    turned.reverse();
    turned[1].members.truncate(1);
    store.put_conversations(&profile, &turned).await.unwrap();
    assert_eq!(store.conversations(&profile).await.unwrap(), turned);
}

#[tokio::test]
async fn what_the_server_forgot_is_hidden_and_keeps_its_items() {
    let home = Home::new();
    let store = home.open();
    let profile = ProfileId::from("p");
    let (ana, zoe) = (row("p/agent-1", "Ana"), row("p/agent-9", "Zoe"));
    store.put_conversations(&profile, &[ana.clone(), zoe.clone()]).await.unwrap();
    store.save(batch([item(1, "words")])).await.unwrap();

    store.put_conversations(&profile, std::slice::from_ref(&zoe)).await.unwrap();
    assert_eq!(titles(&store).await, ["Zoe"]);
    assert_eq!(store.conversation(&ana.id).await.unwrap(), None);
    assert_eq!(store.count(&ana.id).await.unwrap(), 1);

    store.put_conversations(&profile, &[zoe, ana.clone()]).await.unwrap();
    assert_eq!(titles(&store).await, ["Zoe", "Ana"]);
    assert_eq!(store.tail(&ana.id, 5).await.unwrap().items, [item(1, "words")]);
}

#[tokio::test]
async fn one_row_keeps_its_place_and_a_new_one_comes_last() {
    let home = Home::new();
    let store = home.open();
    let profile = ProfileId::from("p");
    store.put_conversations(&profile, &[row("p/agent-1", "Ana"), row("p/agent-9", "Zoe")]).await.unwrap();
    store.put_conversation(&row("p/agent-1", "Anna")).await.unwrap();
    store.put_conversation(&row("p/agent-5", "Max")).await.unwrap();
    assert_eq!(titles(&store).await, ["Anna", "Zoe", "Max"]);
}

#[tokio::test]
async fn items_cursor_and_row_are_saved_together() {
    let home = Home::new();
    let store = home.open();
    store.put_conversations(&ProfileId::from("p"), &[row("p/agent-1", "Ana")]).await.unwrap();
    let cursor = Cursor {
        run: Some(RunId::from("run-1")),
        seq: 42,
        newest: Some("message-2".to_owned()),
        oldest: Some("message-1".to_owned()),
        whole: true,
    };
    let words =
        RowWords { last: Some(LastWords { speaker: None, text: "Hello".to_owned(), at: 5 }), unread: true, waiting: 3 };
    let all = SaveBatch { cursor: Some(cursor.clone()), row: Some(words.clone()), ..batch([item(1, "Hello")]) };
    store.save(all).await.unwrap();
    // What a batch does not speak of stays.
    store.save(batch([item(2, "more")])).await.unwrap();
    store.close().await;

    let store = home.open();
    let row = store.conversation(&conversation()).await.unwrap().unwrap();
    assert_eq!((row.last, row.unread, row.waiting), (words.last, true, 3));
    assert_eq!(row.title, "Ana");
    assert_eq!(store.cursor(&conversation()).await.unwrap(), cursor);
    store.put_cursor(&conversation(), Cursor::default()).await.unwrap();
    assert_eq!(store.cursor(&conversation()).await.unwrap(), Cursor::default());
}

#[tokio::test]
async fn talk_is_saved_before_any_list_names_its_conversation() {
    let home = Home::new();
    let store = home.open();
    store.save(batch([item(1, "words")])).await.unwrap();
    assert_eq!(store.tail(&conversation(), 5).await.unwrap().items, [item(1, "words")]);
    assert_eq!(store.conversation(&conversation()).await.unwrap(), None);
    store.put_conversation(&row("p/agent-1", "Ana")).await.unwrap();
    assert_eq!(titles(&store).await, ["Ana"]);
    assert_eq!(store.count(&conversation()).await.unwrap(), 1);
}

#[tokio::test]
async fn what_nobody_waits_for_is_written_in_order_and_before_the_end() {
    let home = Home::new();
    let store = home.open();
    for n in 0..50 {
        store.save_later(batch([item(1, &format!("word {n}"))]));
    }
    store.close().await;
    assert!(matches!(store.tail(&conversation(), 1).await, Err(StoreError::Closed)));
    assert!(matches!(store.save(batch([])).await, Err(StoreError::Closed)));
    assert_eq!(home.open().tail(&conversation(), 5).await.unwrap().items, [item(1, "word 49")]);
}

#[tokio::test]
async fn closing_leaves_nothing_in_the_log() {
    let home = Home::new();
    let store = home.open();
    store.save(batch((0..100).map(|n| item(n, "words")))).await.unwrap();
    assert!(std::fs::metadata(home.file("cache.db-wal")).unwrap().len() > 0);
    store.close().await;
    store.close().await;
    for log in ["cache.db-wal", "ours.db-wal"] {
        assert!(!home.file(log).exists(), "{log}");
    }
}

#[tokio::test]
async fn an_idle_store_empties_its_log() {
    let home = Home::new();
    let pace = Pace { idle: Duration::from_millis(20), ..Pace::default() };
    let (store, _) = Store::open_with(home.path(), NOW, [schema::CACHE, schema::OURS], pace);
    store.save(batch((0..100).map(|n| item(n, "words")))).await.unwrap();
    let log = home.file("cache.db-wal");
    let until = std::time::Instant::now() + Duration::from_secs(5);
    while std::fs::metadata(&log).unwrap().len() > 0 {
        assert!(std::time::Instant::now() < until, "the log stays");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(store.count(&conversation()).await.unwrap(), 100);
}
