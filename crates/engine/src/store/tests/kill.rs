//! Killed at any moment: everything that was acknowledged is there, once, and the file is sound.

use std::{
    io::{BufRead, BufReader, Write as _},
    process::{Command, Stdio},
};

use super::*;

const HOME: &str = "TERTULIA_TEST_STORE_CHILD";
/// Items in a batch, one of which grows with every batch as an answer does.
const BATCH: i64 = 4;

/// Writes one batch after the other and says each one's number once it is acknowledged. Never ends.
async fn write_until_killed(home: &Path) {
    let (store, warning) = Store::open(home, NOW);
    assert_eq!(warning, None);
    store.put_table(&said::made(table())).await.unwrap();
    let from = store.cursor(&conversation()).await.unwrap().seq + 1;
    let mut out = std::io::stdout();
    writeln!(out, "ready").unwrap();
    for number in from.. {
        store.save(SaveBatch { conversation: table(), ..numbered(number) }).await.unwrap();
        store.save(numbered(number)).await.unwrap();
        store.put_draft(&conversation(), &number.to_string(), NOW).await.unwrap();
        writeln!(out, "ack {number}").unwrap();
        out.flush().unwrap();
    }
}

fn table() -> ConversationId {
    ConversationId::from("p/table-1")
}

fn numbered(number: u64) -> SaveBatch {
    let first = i64::try_from(number).unwrap() * BATCH;
    let growing = Item { id: ItemId::from("growing"), ..item(0, &number.to_string()) };
    let new = (first..first + BATCH - 1).map(|position| item(position, &"words ".repeat(50)));
    SaveBatch { cursor: Some(Cursor { seq: number, ..Cursor::default() }), ..batch(new.chain([growing])) }
}

#[tokio::test]
async fn killed_at_any_moment_it_keeps_what_it_acknowledged() {
    if let Some(home) = std::env::var_os(HOME) {
        write_until_killed(Path::new(&home)).await;
        return;
    }
    let rounds: u64 = std::env::var("TERTULIA_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
    let home = Home::new();
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    for round in 0..rounds {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let acknowledged = run_and_kill(home.path(), Duration::from_micros(500 + (random >> 33) % 60_000));
        let store = home.open();
        let saved = store.cursor(&conversation()).await.unwrap().seq;
        assert!(saved >= acknowledged, "round {round}: {acknowledged} was acknowledged, {saved} is there");

        is_whole(&store, &conversation(), saved, round).await;
        // What is said at a table is written before it, twice.
        let said = is_whole_at_table(&store, round).await;
        assert!((saved..=saved + 1).contains(&said), "round {round}: {said} at the table");
        let draft: u64 = store.draft(&conversation()).await.unwrap().parse().unwrap_or_default();
        assert!((acknowledged..=saved).contains(&draft), "round {round}: draft {draft}");
        store.close().await;
        for file in ["cache.db", "ours.db"] {
            assert_eq!(integrity(&home.file(file)), "ok", "round {round}: {file}");
        }
        if round % 4 == 3 {
            // The cache is lost: the table has all that it had. The rest of the test needs the cache.
            let without = Home::new();
            std::fs::copy(home.file("ours.db"), without.file("ours.db")).unwrap();
            assert_eq!(is_whole_at_table(&without.open(), round).await, said, "round {round}");
        }
    }
    let saved = home.open().cursor(&conversation()).await.unwrap().seq;
    assert!(saved > rounds, "the child hardly wrote: {saved}");
}

/// Every item up to a save is there, and nothing else.
async fn is_whole(store: &Store, of: &ConversationId, saved: u64, round: u64) {
    let page = store.tail(of, u32::MAX - 1).await.unwrap();
    let new = i64::try_from(saved).unwrap();
    let expected: Vec<i64> = [0].into_iter().chain((1..=new).flat_map(|n| n * BATCH..n * BATCH + BATCH - 1)).collect();
    assert_eq!(positions(&page), expected[usize::from(saved == 0)..], "round {round}, {of}");
    if saved > 0 {
        assert_eq!(page.items[0].content, item(0, &saved.to_string()).content, "round {round}, {of}");
    }
}

/// The same of the table, whose growing item says up to which save. Returns that.
async fn is_whole_at_table(store: &Store, round: u64) -> u64 {
    let first = store.after(&table(), i64::MIN, 1).await.unwrap().items.pop();
    let said = first.and_then(|mut first| first.growing_text().and_then(|text| text.parse().ok())).unwrap_or_default();
    is_whole(store, &table(), said, round).await;
    said
}

/// Runs this test in a process of its own, kills it some time after it is ready, and gives the last number it acknowledged.
fn run_and_kill(home: &Path, after: Duration) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{}::killed_at_any_moment_it_keeps_what_it_acknowledged", module()), "--nocapture"])
        .env(HOME, home)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.ends_with("ready")), "the child did not start");
    std::thread::sleep(after);
    child.kill().unwrap();
    let last = lines.filter_map(|line| line.strip_prefix("ack ").and_then(|number| number.parse().ok())).last();
    child.wait().unwrap();
    last.unwrap_or_default()
}

/// The path of this module as the test runner writes it: without the crate.
fn module() -> &'static str {
    module_path!().split_once("::").unwrap().1
}
