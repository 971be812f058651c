//! A disk that does not do what it should. What databases do in each state is tested in `engine::store`; here: the app starts, talk
//! goes on, the user is told.

use sim::{Answer, Script, Sim};
use tests::Home;

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_stops_nothing_and_is_told() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("All the same.")])).unwrap();
    let home = Home::new();
    // A file in the place of the folder: nobody can write there, root neither.
    let blocked = home.folder().join("blocked");
    std::fs::write(&blocked, b"a file").unwrap();
    let mut window = home.start_in(&blocked.join("home")).await;
    let launched = window.launch().await;
    assert!(launched.storage_warning.is_some());
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    window.send_and_wait(&wen, "Still there?").await;
    assert!(window.talk(&wen).lines().contains(&"assistant done Wen: All the same.".to_owned()));
    window.close(&wen).await;
    window.open_id(&wen).await;
    assert_eq!(window.talk(&wen).lines()[0], "user done: Still there?", "it is kept as long as the app runs");
    window.engine.close().await;
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_of_any_content_stop_no_start() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("Here.")])).unwrap();
    for content in [&b""[..], b"SQLite format 3\0 and then nothing", &[0; 8192], b"{}"] {
        let home = Home::new();
        for file in ["cache.db", "ours.db"] {
            std::fs::write(home.folder().join(file), content).unwrap();
        }
        let mut window = home.start().await;
        let launched = window.launch().await;
        assert_eq!(launched.storage_warning.is_none(), content.is_empty(), "{:?}", launched.storage_warning);
        window.connect(&sim.address(), None).await;
        let wen = window.open("Wen").await;
        window.send_and_wait(&wen, "Hello").await;
        window.engine.close().await;
    }
}
