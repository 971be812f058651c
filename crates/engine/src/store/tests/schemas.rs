//! Every schema that was ever released: it is as it was, it still opens, and what is in it is still there.

use model::{AgentId, ConversationKind, Delivery, Pieces, ProfileId, Ruling, SendOptions, Theme, ToolCallId};

use super::*;
use crate::store::schema::{Migration, Plan};

/// A database of a version, with rows in it, as SQL.
pub(super) fn fixture(plan: &Plan, version: usize) -> String {
    let name = plan.file.trim_end_matches(".db");
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("src/store/fixtures/{name}-v{version}.sql"));
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Every table and index, as SQLite keeps it.
fn text(connection: &Connection) -> Vec<(String, String)> {
    let mut schema =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    schema.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

#[test]
fn released_schemas_never_change() {
    for plan in [schema::CACHE, schema::OURS] {
        for version in 1..=plan.migrations.len() {
            let then = Connection::open_in_memory().unwrap();
            then.execute_batch(&fixture(&plan, version)).unwrap();
            let mut now = Connection::open_in_memory().unwrap();
            schema::migrate(&mut now, &Plan { migrations: &plan.migrations[..version], ..plan }).unwrap();
            assert_eq!(text(&now), text(&then), "{} version {version}", plan.file);
            assert_eq!(schema::version(&now).unwrap(), schema::version(&then).unwrap());
        }
    }
}

#[tokio::test]
async fn every_released_version_opens_with_what_is_in_it() {
    let versions = schema::CACHE.migrations.len().max(schema::OURS.migrations.len());
    for version in 1..=versions {
        let home = Home::new();
        for plan in [schema::CACHE, schema::OURS] {
            let file = Connection::open(home.file(plan.file)).unwrap();
            file.execute_batch(&fixture(&plan, version.min(plan.migrations.len()))).unwrap();
        }
        let store = home.open();
        let profile = ProfileId::from("p");
        let mut list = store.conversations(&profile).await.unwrap();
        // A table is listed again where the cache does not have it.
        list.retain(|row| row.kind != ConversationKind::Table);
        assert_eq!(list.iter().map(|row| row.title.as_str()).collect::<Vec<_>>(), ["Reading circle", "Inés"]);
        assert_eq!(list[0].members.iter().map(|member| member.hue).collect::<Vec<_>>(), [6, 1]);
        assert_eq!(list[0].last.as_ref().map(|last| last.text.as_str()), Some("Good."));
        let page = store.tail(&conversation(), 10).await.unwrap();
        let texts: Vec<String> = page.items.into_iter().filter_map(|mut item| item.growing_text().cloned()).collect();
        assert_eq!(texts, ["Hello", "Hello to you", "{\"to\":\"a\"}"]);
        assert_eq!(store.cursor(&conversation()).await.unwrap().seq, 42);

        assert_eq!(store.profiles().await.unwrap().len(), 1);
        assert_eq!(store.chosen_profile().await.unwrap(), Some(profile));
        assert_eq!(store.theme().await.unwrap(), Theme::Dark);
        assert_eq!(store.draft(&conversation()).await.unwrap(), "half a thou");
        assert_eq!(store.unsent(&conversation()).await.unwrap()[0].text, "Are you there?");
        let (options, hold) = store.sending(&conversation()).await.unwrap();
        let queued = store.queued(&conversation()).await.unwrap();
        if version < 3 {
            assert_eq!((queued.as_slice(), options, hold), (&[][..], SendOptions::default(), None));
        } else {
            assert_eq!((queued[0].text.as_str(), queued[0].images.len()), ("And then?", 1));
            assert_eq!((options.max_steps, options.pieces, hold), (Some(3), Pieces::Steps, Some(Hold::Stopped)));
        }
        assert_eq!(store.seen(&conversation()).await.unwrap(), Some(ItemId::from("message-2")));
        assert_eq!(store.hues(&[AgentId::from("agent-1")]).await, [6]);
        let logged = store.logged_decision(&conversation(), &ToolCallId::from("call_1")).await.unwrap().unwrap();
        assert_eq!((logged.ruling, logged.delivery), (Ruling::Approved, Delivery::Sent));
        let before =
            store.decided_before(&ProfileId::from("p"), &AgentId::from("agent-1"), "send_email").await.unwrap();
        assert_eq!(before.map(|before| (before.approved, before.last_at)), Some((1, 1_763_700_006_000)));
        assert_eq!(store.waiting(&ProfileId::from("p")).await.unwrap().len(), 1);
        if version >= 5 {
            let tables = store.tables().await.unwrap();
            assert_eq!((tables[0].table.name.as_str(), tables[0].table.guards.rounds), ("Autumn issue", 2));
            assert!(tables[0].archived && tables[0].table.seats[0].sees);
            assert!(store.table_state(&tables[0].conversation).await.unwrap().contains("conv-1"));
        }
        if version >= 6 {
            let page = store.tail(&ConversationId::from("p/table-1"), 10).await.unwrap();
            assert_eq!(page.items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["1/message-9"]);
        }
        store.close().await;
        for plan in [schema::CACHE, schema::OURS] {
            assert_eq!(integrity(&home.file(plan.file)), "ok");
        }
    }
}

const SECOND: Migration = Migration { steps: &["ALTER TABLE items ADD COLUMN starred INTEGER NOT NULL DEFAULT 0"] };
const THIRD: Migration = Migration { steps: &["CREATE INDEX items_by_at ON items (at)"] };
/// Well with an empty database, impossible with two items of one author.
const WRONG: Migration = Migration {
    steps: &[
        "CREATE TABLE half_done (id INTEGER PRIMARY KEY) STRICT",
        "CREATE UNIQUE INDEX one_each ON items (author)",
    ],
};
const FIRST: Migration = Migration { steps: schema::CACHE.migrations[0].steps };
const TO_FIRST: Plan = Plan { migrations: &[FIRST], ..schema::CACHE };
const TO_SECOND: Plan = Plan { migrations: &[FIRST, SECOND], ..schema::CACHE };
const TO_THIRD: Plan = Plan { migrations: &[FIRST, SECOND, THIRD], ..schema::CACHE };
const TO_WRONG: Plan = Plan { migrations: &[FIRST, SECOND, WRONG], ..schema::CACHE };

async fn one_item(home: &Home) {
    let (store, _) = open_as(home, TO_FIRST);
    store.save(batch([item(1, "words")])).await.unwrap();
    store.close().await;
}

fn open_as(home: &Home, cache: Plan) -> (Store, Option<String>) {
    let (store, warning) = Store::open_with(home.path(), NOW, [cache, schema::OURS], Pace::default());
    (store, warning.map(|warning| warning.to_string()))
}

fn version_of(file: &Path) -> i64 {
    schema::version(&Connection::open(file).unwrap()).unwrap()
}

#[tokio::test]
async fn a_new_version_is_made_after_a_copy_and_the_last_copy_stays() {
    let home = Home::new();
    one_item(&home).await;
    for (plan, version) in [(TO_SECOND, 2), (TO_THIRD, 3)] {
        let (store, warning) = open_as(&home, plan);
        assert_eq!(warning, None);
        assert_eq!(store.tail(&conversation(), 5).await.unwrap().items, [item(1, "words")]);
        store.close().await;
        assert_eq!(version_of(&home.file("cache.db")), version);
        assert_eq!(version_of(&home.file(&format!("cache.db.before-v{version}"))), version - 1);
    }
    assert!(!home.file("cache.db.before-v2").exists());
    assert!(!home.file("ours.db.before-v1").exists());
}

#[tokio::test]
async fn a_new_version_that_fails_leaves_the_file_as_it_was() {
    let home = Home::new();
    one_item(&home).await;
    let (store, _) = open_as(&home, TO_SECOND);
    store.save(batch([item(2, "more words")])).await.unwrap();
    store.close().await;

    let second = text(&Connection::open(home.file("cache.db")).unwrap());

    let (store, warning) = open_as(&home, TO_WRONG);
    assert!(warning.as_deref().is_some_and(|words| words.contains("could not be brought up to date")), "{warning:?}");
    assert_eq!(version_of(&home.file("cache.db")), 2);
    assert_eq!(version_of(&home.file("cache.db.before-v3")), 2);
    // It goes on in memory …
    assert_eq!(store.count(&conversation()).await.unwrap(), 0);
    store.save(batch([item(3, "new")])).await.unwrap();
    assert_eq!(store.tail(&conversation(), 5).await.unwrap().items, [item(3, "new")]);
    store.put_draft(&conversation(), "mine", NOW).await.unwrap();
    store.close().await;
    // … and the version before still has everything.
    let (store, warning) = open_as(&home, TO_SECOND);
    assert_eq!(warning, None);
    assert_eq!(store.tail(&conversation(), 5).await.unwrap().items, [item(1, "words"), item(2, "more words")]);
    assert_eq!(text(&Connection::open(home.file("cache.db")).unwrap()), second);
    assert_eq!(store.draft(&conversation()).await.unwrap(), "mine");
}
