//! Items come back as they were saved, page by page, both ways, by key.

use model::{AgentId, Decision, ImageRef, Notice, RunId, SendState, Speaker, ToolCall, ToolReturn, ToolState, Trouble};
use rusqlite::Connection;

use super::*;

#[tokio::test]
async fn pages_upwards_and_downwards_meet_every_item_once() {
    let home = Home::new();
    let store = home.open();
    store.save(batch((0..101).map(|n| item(n * 1000 - 50_000, "words")))).await.unwrap();

    let mut page = store.tail(&conversation(), 10).await.unwrap();
    let mut upwards = positions(&page);
    while page.more {
        page = store.before(&conversation(), upwards[0], 10).await.unwrap();
        upwards.splice(0..0, positions(&page));
    }
    assert_eq!(upwards, (0..101).map(|n| n * 1000 - 50_000).collect::<Vec<_>>());

    let mut page = store.after(&conversation(), i64::MIN, 10).await.unwrap();
    let mut downwards = positions(&page);
    while page.more {
        page = store.after(&conversation(), *downwards.last().unwrap(), 10).await.unwrap();
        downwards.extend(positions(&page));
    }
    assert_eq!(downwards, upwards);
    assert_eq!(store.count(&conversation()).await.unwrap(), 101);
}

#[tokio::test]
async fn a_page_that_takes_all_has_no_more() {
    let home = Home::new();
    let store = home.open();
    assert_eq!(store.tail(&conversation(), 10).await.unwrap(), Page::default());
    store.save(batch((0..10).map(|n| item(n, "words")))).await.unwrap();
    let page = store.tail(&conversation(), 10).await.unwrap();
    assert_eq!((page.items.len(), page.more), (10, false));
    let page = store.tail(&conversation(), 9).await.unwrap();
    assert_eq!((page.items.len(), page.more), (9, true));
    let page = store.before(&conversation(), 1, 9).await.unwrap();
    assert_eq!((positions(&page), page.more), (vec![0], false));
    assert_eq!(store.before(&conversation(), 0, 9).await.unwrap(), Page::default());
    assert_eq!(store.after(&conversation(), 9, 9).await.unwrap(), Page::default());
}

#[tokio::test]
async fn ten_thousand_items_page_through() {
    let home = Home::new();
    let store = home.open();
    store.save(batch((0..10_000).map(|n| item(n, "some words that were said")))).await.unwrap();
    let (mut seen, mut page) = (0, store.tail(&conversation(), 500).await.unwrap());
    loop {
        seen += page.items.len();
        if !page.more {
            break;
        }
        page = store.before(&conversation(), page.items[0].position, 500).await.unwrap();
    }
    assert_eq!(seen, 10_000);
}

#[tokio::test]
async fn every_kind_of_item_comes_back_the_same() {
    let speaker = Speaker { id: Some(AgentId::from("agent-7")), name: "Inés \"the\" O'Neil\n".to_owned() };
    let returned = ToolReturn {
        ok: false,
        text: "{}".to_owned(),
        stdout: vec!["out".to_owned()],
        stderr: vec!["err".to_owned()],
        images: vec![ImageRef::Remote { url: "https://example.org/a.png".to_owned() }],
    };
    let contents = [
        Content::User {
            text: "hello \u{0}\u{1F600}".to_owned(),
            images: vec![ImageRef::Inline { media_type: "image/png".to_owned(), bytes: 12, hash: Some("00ff".into()) }],
            state: SendState::Failed { reason: "No answer".to_owned() },
        },
        Content::Assistant { text: String::new(), images: Vec::new(), state: TextState::Streaming },
        Content::Reasoning { text: "hm".to_owned(), hidden: false, state: TextState::Interrupted, took: Some(12) },
        Content::Tool(ToolCall {
            id: "call_1".into(),
            name: "web_search".to_owned(),
            arguments: "{\"q\":".to_owned(),
            state: ToolState::Returned(returned),
            request: Some("message-9".to_owned()),
            stuck: None,
            foreign: false,
            decision: Some(Decision { approve: true, reason: None, at: Some(3) }),
            took: None,
        }),
        Content::Notice(Notice::Usage { steps: 1, input: 2, output: 3, took: None }),
        Content::Error(Trouble { what: "a".to_owned(), why: "b".to_owned(), details: Some("c".to_owned()) }),
        Content::Gap,
        Content::Round { number: 2 },
    ];
    let authors =
        [Author::You, Author::App, Author::Agent(speaker.clone()), Author::Agent(Speaker { id: None, ..speaker })];
    let items: Vec<Item> = (0i64..)
        .zip(contents)
        .flat_map(|(at, content)| authors.clone().map(|author| (at, author, content.clone())))
        .zip(0i64..)
        .map(|((at, author, content), position)| Item {
            author,
            run: (position % 2 == 0).then(|| RunId::from("run-1")),
            step: (position % 3 == 0).then(|| "step-1".to_owned()),
            content,
            at,
            ..item(position, "")
        })
        .collect();

    let home = Home::new();
    let store = home.open();
    store.save(batch(items.clone())).await.unwrap();
    assert_eq!(store.tail(&conversation(), 1000).await.unwrap().items, items);
    store.close().await;
    let again = home.open();
    assert_eq!(again.tail(&conversation(), 1000).await.unwrap().items, items);
}

#[tokio::test]
async fn items_grow_move_change_places_and_go() {
    let home = Home::new();
    let store = home.open();
    store.save(batch((0..4).map(|n| item(n, "first")))).await.unwrap();

    store.save(batch([item(2, "grown")])).await.unwrap();
    let (mut one, mut two) = (item(1, "second"), item(2, "second"));
    (one.position, two.position) = (2, 1);
    store.save(batch([one.clone(), two.clone()])).await.unwrap();
    let page = store.tail(&conversation(), 10).await.unwrap();
    assert_eq!(page.items, [item(0, "first"), two, one, item(3, "first")]);

    let gone = SaveBatch { removes: vec![item(0, "").id, ItemId::from("never")], ..batch([]) };
    store.save(gone).await.unwrap();
    assert_eq!(positions(&store.tail(&conversation(), 10).await.unwrap()), [1, 2, 3]);

    let anew = SaveBatch { reset: Some(2..=i64::MAX), ..batch([item(5, "new"), item(4, "new")]) };
    store.save(anew).await.unwrap();
    assert_eq!(positions(&store.tail(&conversation(), 10).await.unwrap()), [1, 4, 5]);
}

#[tokio::test]
async fn a_batch_that_cannot_be_saved_changes_nothing() {
    let home = Home::new();
    let store = home.open();
    store.save(batch([item(1, "one")])).await.unwrap();
    let two_in_one_place = SaveBatch {
        cursor: Some(Cursor { seq: 9, ..Cursor::default() }),
        ..batch([item(2, "two"), Item { id: "other".into(), ..item(1, "") }])
    };
    let refused = store.save(two_in_one_place).await;
    assert!(matches!(refused, Err(StoreError::Sql { .. })), "{refused:?}");
    assert_eq!(store.tail(&conversation(), 10).await.unwrap().items, [item(1, "one")]);
    assert_eq!(store.cursor(&conversation()).await.unwrap(), Cursor::default());
    assert_eq!(*store.warning().borrow(), None);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_does_not_cost_the_page() {
    let home = Home::new();
    let store = home.open();
    store.save(batch((0..3).map(|n| item(n, "words")))).await.unwrap();
    store.close().await;
    let file = Connection::open(home.path().join("cache.db")).unwrap();
    file.execute("UPDATE items SET content = '{\"kind\":\"hologram\"}' WHERE position = 1", []).unwrap();
    drop(file);
    let page = home.open().tail(&conversation(), 10).await.unwrap();
    assert_eq!(positions(&page), [0, 1, 2]);
    let raw = "{\"kind\":\"hologram\"}".to_owned();
    assert_eq!(page.items[1].content, Content::Notice(Notice::Unknown { message_type: "assistant".to_owned(), raw }));
}

#[tokio::test]
async fn a_clock_that_goes_back_moves_nothing() {
    let home = Home::new();
    let store = home.open();
    for n in 0..5 {
        store.save(batch([Item { at: NOW - n * 86_400_000, ..item(n, "words") }])).await.unwrap();
    }
    assert_eq!(positions(&store.tail(&conversation(), 3).await.unwrap()), [2, 3, 4]);
}

fn plan(statement: &str) -> String {
    plan_of(&schema::CACHE, statement)
}

/// The words of `EXPLAIN QUERY PLAN`.
fn plan_of(which: &schema::Plan, statement: &str) -> String {
    let database = open::in_memory(which).unwrap();
    let mut explain = database.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
    let parameters = vec![1; explain.parameter_count()];
    let lines = explain.query_map(rusqlite::params_from_iter(parameters), |row| row.get::<_, String>(3)).unwrap();
    lines.map(Result::unwrap).collect::<Vec<_>>().join("; ")
}

#[test]
fn pages_are_read_by_key_without_sorting() {
    let by_position = "SEARCH items USING INDEX items_by_position (conversation=?";
    assert_eq!(plan(items::TAIL), format!("{by_position})"));
    assert_eq!(plan(items::BEFORE), format!("{by_position} AND position<?)"));
    assert_eq!(plan(items::AFTER), format!("{by_position} AND position>?)"));
    assert!(plan(items::COUNT).contains("USING COVERING INDEX items_by_"), "{}", plan(items::COUNT));
}

#[test]
fn what_waits_is_found_without_reading_what_was_said() {
    let waiting = plan(crate::store::waiting::WAITING);
    assert!(waiting.contains("SEARCH items USING INDEX items_waiting (conversation=?)"), "{waiting}");
    let said = plan(crate::store::waiting::SAID);
    assert_eq!(said, "SEARCH items USING INDEX items_by_position (conversation=? AND position<?)");
    let log = |statement| plan_of(&schema::OURS, statement);
    let page = log(crate::store::decisions::PAGE);
    assert_eq!(page, "SEARCH decisions USING INDEX decisions_by_profile (profile=? AND id<?)");
    for statement in [crate::store::decisions::BEFORE, crate::store::decisions::LAST] {
        let by_tool = log(statement);
        assert!(by_tool.contains("USING INDEX decisions_by_tool (profile=? AND agent=? AND tool=?"), "{by_tool}");
    }
    let open = log(crate::store::decisions::OPEN);
    assert!(open.contains("USING INDEX decisions_by_call (conversation=?)"), "{open}");
}

#[test]
fn the_sidebar_is_read_in_order_without_sorting() {
    assert_eq!(
        plan(crate::store::conversations::LIST),
        "SEARCH conversations USING INDEX conversations_by_place (profile=? AND listed=?)"
    );
}
