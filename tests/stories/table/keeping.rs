//! What is kept of a table: its talk is on no server, and outlives the cache.

use model::Pattern;
use tests::Home;

use super::{Desk, server};

#[tokio::test(flavor = "multi_thread")]
async fn the_loss_of_the_cache_costs_a_table_nothing_also_without_a_server() {
    let home = Home::new();
    let sim = server("0.16.8", &[("Ibrahim", &["One.", "Three."]), ("Wen", &["Two.", "Four."])]);
    let mut desk = Desk::of(&home, sim, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
    desk.say_and_hear("Count", 2).await;
    let Desk { sim, window, table } = desk;
    let (said, row) = (window.talk(&table).items.clone(), window.row("Autumn issue").clone());
    window.engine.close().await;
    drop(window);
    sim.go_away();
    for file in ["cache.db", "cache.db-wal", "cache.db-shm"] {
        let _ = std::fs::remove_file(home.folder().join(file));
    }

    let mut window = home.start().await;
    let launched = window.launch().await;
    assert_eq!(launched.storage_warning, None, "nothing was lost");
    window.open_id(&table).await;
    assert_eq!(window.talk(&table).items, said);
    assert_eq!(window.row("Autumn issue").last, row.last);

    // It goes on, and nobody hears again what was heard before.
    sim.come_back().unwrap();
    window.online(&row.profile).await;
    let mut desk = Desk { sim, window, table };
    desk.say_and_hear("Go on", 4).await;
    assert_eq!(desk.said()[3..], ["You: Go on", "Ibrahim: Three.", "Wen: Four."]);
    assert_eq!(desk.told()[2], "Wen: Two.\n\nUser: Go on");
}
