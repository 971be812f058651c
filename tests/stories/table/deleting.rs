//! A table is deleted: it is gone for good, whatever becomes of the files, and those who sat there stay, with what they said there.

use model::{
    Code, ConversationId, ConversationKind, Pattern, Place, Turn,
    command::{Connect, Connected, DeleteTable, Inbox, Open, SaveDraft, TableOf},
};
use sim::{Answer, Pace, Script, Sim, Step};
use tests::{Home, Talk, Window};

use super::{Desk, VERSIONS, server};
use crate::approval::asking;

async fn delete(desk: &mut Desk) {
    desk.window.ask(DeleteTable { conversation: desk.table.clone() }).await.unwrap();
    let table = desk.table.clone();
    desk.window.until("it is gone", |window| !is_listed(window, &table)).await;
}

fn is_listed(window: &Window, table: &ConversationId) -> bool {
    window.sidebars.values().flatten().any(|row| row.id == *table)
}

/// The conversations that stand under agents.
fn threads(window: &Window) -> Vec<(&str, &str, bool)> {
    let rows = window.sidebars.values().flatten().filter(|row| row.kind == ConversationKind::Conversation);
    let mut threads: Vec<_> = rows.map(|row| (row.members[0].name.as_str(), row.title.as_str(), row.unread)).collect();
    threads.sort_unstable();
    threads
}

fn lose_cache(home: &Home) {
    for file in ["cache.db", "cache.db-wal", "cache.db-shm"] {
        let _ = std::fs::remove_file(home.folder().join(file));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_gone_for_good_and_its_members_stay_with_what_they_said() {
    for version in VERSIONS {
        let home = Home::new();
        let sim = server(version, &[("Ibrahim", &["One.", "Still here."]), ("Wen", &["Two."])]);
        let mut desk = Desk::of(&home, sim, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
        desk.say_and_hear("Count", 2).await;
        desk.window.ask(SaveDraft { conversation: desk.table.clone(), text: "half".to_owned() }).await.unwrap();
        assert_eq!(threads(&desk.window), [], "what a table has with its members is not listed");
        delete(&mut desk).await;
        let own = if version == "0.16.8" {
            vec![("Ibrahim", "Autumn issue", false), ("Wen", "Autumn issue", false)]
        } else {
            vec![]
        };
        desk.window.until("they are listed, and read", |window| threads(window) == own).await;
        let gone = desk.window.ask(TableOf { conversation: desk.table.clone() }).await.unwrap_err();
        assert_eq!(gone.code, Code::Invalid);
        assert!(desk.window.ask(DeleteTable { conversation: desk.table.clone() }).await.is_err(), "once is enough");
        assert!(desk.sim.requests().iter().all(|asked| asked.method != "DELETE"), "the server keeps all it has");

        let Desk { sim, mut window, table } = desk;
        for way in ["as it was left", "without the cache"] {
            window.engine.close().await;
            drop(window);
            if way == "without the cache" {
                lose_cache(&home);
            }
            window = home.start().await;
            let launched = window.launch().await;
            assert_eq!((launched.conversation, launched.storage_warning), (None, None), "{way}, {version}");
            let profile = launched.profile.unwrap();
            window.online(&profile).await;
            assert!(!is_listed(&window, &table), "{way}, {version}");
            assert_eq!(threads(&window).len(), own.len(), "{way}, {version}");
            let gone = window.ask(Open { conversation: table.clone() }).await.unwrap_err();
            assert_eq!(gone.message, "This conversation is no longer there.");
        }
        // What he said there he knows, and he goes on.
        let of_his = |row: &&model::Conversation| {
            let own = row.kind == ConversationKind::Conversation || version != "0.16.8";
            own && row.members[0].name == "Ibrahim"
        };
        let id = window.sidebars.values().flatten().find(of_his).unwrap().id.clone();
        window.open_id(&id).await;
        let knows = |talk: &Talk| talk.lines().contains(&"assistant done Ibrahim: One.".to_owned());
        window.until_talk("what he said at the table", &id, knows).await;
        window.send_and_wait(&id, "Still there?").await;
        assert!(window.talk(&id).lines().contains(&"assistant done Ibrahim: Still here.".to_owned()));
        assert_eq!(sim.check(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_at_it_is_stopped_and_nobody_is_asked_after_it() {
    let home = Home::new();
    let speaks = Answer::of([Step::text("Half a"), Step::Gate, Step::text(" sentence.")]);
    let script = Script::new().version("0.16.8").agent("Ibrahim", [speaks]).agent("Wen", [Answer::text("Never.")]);
    let sim = Sim::scripted(script).unwrap();
    let mut desk = Desk::of(&home, sim, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
    desk.say("Go").await;
    let half = |talk: &Talk| talk.lines().iter().any(|line| line.contains("Half a"));
    desk.window.until_talk("he speaks", &desk.table, half).await;
    desk.say("And this waits").await;
    delete(&mut desk).await;
    let stopped = |sim: &Sim| sim.requests().iter().any(|asked| asked.path.contains("cancel"));
    for _ in 0..200 {
        if stopped(&desk.sim) {
            break;
        }
        desk.window.listen_for(std::time::Duration::from_millis(20)).await;
    }
    assert!(stopped(&desk.sim), "his run is stopped on the server");
    desk.sim.release();
    desk.window.listen_for(std::time::Duration::from_millis(300)).await;
    assert_eq!(desk.told().len(), 1, "nobody else was asked: {:?}", desk.told());
    assert_eq!(desk.sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_decision_waits_where_its_agent_asked() {
    let home = Home::new();
    let script = Script::new().version("0.16.8").agent("Ibrahim", [asking(), Answer::text("Done.")]);
    let mut desk = Desk::of(&home, Sim::scripted(script).unwrap(), &["Ibrahim"], |_| Pattern::RoundRobin, |_| {}).await;
    desk.say("Go").await;
    desk.window.until_talk("he waits", &desk.table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    let profile = desk.window.row("Ibrahim").profile.clone();
    delete(&mut desk).await;
    let table = desk.table.clone();
    let moved = |window: &Window| {
        window.inboxes.get(&profile).is_some_and(|inbox| inbox.iter().all(|asked| asked.conversation != table))
    };
    desk.window.until("the table asks no more", moved).await;
    let waits = desk.window.ask(Inbox { profile }).await.unwrap();
    assert_eq!(waits.len(), 1, "{waits:?}");
    assert_eq!((waits[0].title.as_str(), &waits[0].conversation), ("Autumn issue", &thread_of(&desk.window)));
}

fn thread_of(window: &Window) -> ConversationId {
    let thread = |row: &&model::Conversation| row.kind == ConversationKind::Conversation;
    window.sidebars.values().flatten().find(thread).unwrap().id.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_s_tables_are_not_made_again() {
    let sim = Sim::demo_at(Pace::instant()).unwrap();
    let mut home = Home::new();
    home.demo = Some(sim.address());
    let mut window = home.start().await;
    window.launch().await;
    let demo = || Connect { place: Place::Demo, key: None, memory_only: true };
    let Connected::Yes { profile } = window.ask(demo()).await.unwrap() else { panic!("no demo") };
    let tables = |window: &Window| {
        let rows = window.sidebars.values().flatten().filter(|row| row.kind == ConversationKind::Table);
        rows.map(|row| row.id.clone()).collect::<Vec<_>>()
    };
    window.until("its tables are there", |window| !tables(window).is_empty()).await;
    window.online(&profile).await;
    for table in tables(&window) {
        window.ask(DeleteTable { conversation: table }).await.unwrap();
    }
    window.until("they are gone", |window| tables(window).is_empty()).await;
    window.engine.close().await;
    drop(window);
    let mut window = home.start().await;
    window.launch().await;
    window.online(&profile).await;
    window.listen_for(std::time::Duration::from_millis(300)).await;
    assert_eq!(tables(&window), []);
    // Who forgets the demo and begins it again has them all.
    window.ask(model::command::RemoveProfile { profile }).await.unwrap();
    window.ask(demo()).await.unwrap();
    window.until("its tables are there again", |window| !tables(window).is_empty()).await;
}
