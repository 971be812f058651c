//! Closed, killed in the middle of a word, started without a server: the talk stands where it was.

use std::time::Duration;

use model::{ConversationId, Turn};
use sim::{Answer, Fault, On, Pace, Script, Sim, Step};
use tests::{Home, Window};

async fn begun(home: &Home, sim: &Sim) -> (Window, ConversationId) {
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    (window, wen)
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_and_opened_without_a_server_it_stands_at_once() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("One."), Answer::text("Two.")])).unwrap();
    let home = Home::new();
    let (mut window, wen) = begun(&home, &sim).await;
    window.send_and_wait(&wen, "First").await;
    window.send_and_wait(&wen, "Second").await;
    let before = window.talk(&wen).clone();
    window.engine.close().await;
    drop(window);
    sim.go_away();
    let mut window = home.start().await;
    let launched = window.launch().await;
    assert_eq!(launched.conversation.as_ref(), Some(&wen));
    assert_eq!(window.row("Wen").last.as_ref().unwrap().text, "Two.");
    let begun = std::time::Instant::now();
    window.open_id(&wen).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(window.talk(&wen).items, before.items);
    assert_eq!(window.talk(&wen).turn, Turn::Yours);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_a_word_it_is_interrupted_and_retry_heals_it() {
    let whole = (0..200).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
    let script = Script::new().pace(Pace::steady(100.0)).agent("Wen", [Answer::text(whole.clone())]);
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let (mut window, wen) = begun(&home, &sim).await;
    window.send(&wen, "Tell me").await.unwrap();
    window
        .until_talk("some words are there", &wen, |talk| talk.lines().iter().any(|line| line.contains("word120 ")))
        .await;
    let seen = window.talk(&wen).lines()[1].replace("assistant streaming Wen: ", "");
    drop(window);
    // Dropping ends everything at once; the disk has what was saved by then.
    tokio::time::sleep(Duration::from_millis(100)).await;
    sim.go_away();

    let mut window = home.start().await;
    let launched = window.launch().await;
    assert!(window.row("Wen").last.as_ref().unwrap().text.starts_with("Interrupted: "), "{:?}", window.row("Wen").last);
    window.open_id(&wen).await;
    let lines = window.talk(&wen).lines();
    assert_eq!(lines[0], "user done: Tell me");
    let kept = lines[1].strip_prefix("assistant interrupted Wen: ").unwrap_or_else(|| panic!("{lines:?}")).to_owned();
    assert!(whole.starts_with(&kept) && seen.starts_with(&kept[..kept.len().min(seen.len())]), "{kept}");
    // At most a second of it (100 words) is missing.
    assert!(kept.split(' ').count() >= 10, "{kept}");
    assert_eq!(lines[2], "error failed: The answer was interrupted.");
    assert_eq!(window.talk(&wen).turn, Turn::Yours);
    assert!(window.retry(&wen, "error").await.is_err(), "there is no server to ask");

    // The server has gone on meanwhile; when it is back, its history has the rest.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    sim.come_back().unwrap();
    window.online(&launched.profile.unwrap()).await;
    if window.talk(&wen).last("error").is_some() {
        let _ = window.retry(&wen, "error").await;
    }
    window.until_talk("it is whole", &wen, |talk| talk.last("error").is_none() && talk.is_over()).await;
    assert_eq!(
        window.talk(&wen).lines()[..2],
        ["user done: Tell me".to_owned(), format!("assistant done Wen: {whole}")]
    );
    let sent = sim.requests().iter().filter(|request| request.path.ends_with("/messages/stream")).count();
    assert_eq!(sent, 1);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_server_answered_the_words_are_there_and_go_once() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("I have it.")])).unwrap();
    let home = Home::new();
    let (window, wen) = begun(&home, &sim).await;
    sim.next_fault(On::Send, Fault::Silence);
    window.send(&wen, "Do not lose this").await.unwrap();
    while !sim.requests().iter().any(|request| request.method == "POST") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(window);

    let mut window = home.start().await;
    let launched = window.launch().await;
    window.open_id(&wen).await;
    assert_eq!(window.talk(&wen).last("user").unwrap().state(), Some("failed"), "{:?}", window.talk(&wen).lines());
    window.online(&launched.profile.unwrap()).await;
    // Looked for, and not found: after a restart nothing is sent that nobody asks for.
    while !sim.requests().iter().any(|request| request.path == "/v1/runs/") {
        window.listen_for(Duration::from_millis(20)).await;
    }
    window.over(&wen).await;
    assert_eq!(window.talk(&wen).last("user").unwrap().state(), Some("failed"), "{:?}", window.talk(&wen).lines());
    window.retry(&wen, "user").await.unwrap();
    window.until_talk("it went", &wen, |talk| talk.is_over() && talk.last("assistant").is_some()).await;
    assert_eq!(window.talk(&wen).lines()[..2], ["user done: Do not lose this", "assistant done Wen: I have it."]);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_properly_while_somebody_speaks_every_word_seen_is_kept() {
    let answer = Answer::of([Step::text("Every word of this. "), Step::Gate, Step::text("And this.")]);
    let sim = Sim::scripted(Script::new().agent("Wen", [answer])).unwrap();
    let home = Home::new();
    let (mut window, wen) = begun(&home, &sim).await;
    window.send(&wen, "Speak").await.unwrap();
    window.until_talk("it was said", &wen, |talk| talk.lines().iter().any(|line| line.contains("this. "))).await;
    window.engine.close().await;
    drop(window);
    sim.go_away();
    let mut window = home.start().await;
    window.launch().await;
    window.open_id(&wen).await;
    let lines = window.talk(&wen).lines();
    assert_eq!(lines[1], "assistant interrupted Wen: Every word of this. ");
    sim.release();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_loss_of_the_cache_loses_no_unsent_words_and_the_rest_is_fetched_again() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("One."), Answer::text("Two.")])).unwrap();
    let home = Home::new();
    let (mut window, wen) = begun(&home, &sim).await;
    window.send_and_wait(&wen, "First").await;
    sim.set_fault(On::Send, Fault::server());
    window.send(&wen, "Second").await.unwrap();
    window
        .until_talk("it failed", &wen, |talk| talk.last("user").and_then(|item| item.state()) == Some("failed"))
        .await;
    sim.clear_faults();
    window.engine.close().await;
    drop(window);
    std::fs::write(home.folder().join("cache.db"), b"this is no database at all, but long enough to look at it")
        .unwrap();
    for beside in ["cache.db-wal", "cache.db-shm"] {
        let _ = std::fs::remove_file(home.folder().join(beside));
    }

    let mut window = home.start().await;
    let launched = window.launch().await;
    assert!(launched.storage_warning.unwrap().contains("put aside"));
    window.online(&launched.profile.unwrap()).await;
    window.open_id(&wen).await;
    window.until_talk("the history is back", &wen, |talk| talk.last("assistant").is_some()).await;
    let lines = window.talk(&wen).lines();
    assert!(lines.contains(&"assistant done Wen: One.".to_owned()), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("user failed: Second")), "{lines:?}");
    window.retry(&wen, "user").await.unwrap();
    window.until_talk("it went", &wen, |talk| talk.lines().contains(&"assistant done Wen: Two.".to_owned())).await;
    assert_eq!(sim.check(), Vec::<String>::new());
}
