//! Runs that do not end by themselves: the user is asked whether they shall go on, and they are heard on until somebody says stop.

use std::time::Duration;

use model::{ConversationId, LongRun, Turn, command::KeepGoing};
use sim::{Answer, Fault, Pace, Script, Sim};
use tests::{Home, Window};

async fn with_wen(home: &Home, sim: Sim) -> (Sim, Window, ConversationId) {
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    (sim, window, wen)
}

async fn until_asked(window: &mut Window) -> LongRun {
    window.until("it is asked", |window| window.row("Wen").long_run.is_some()).await;
    window.row("Wen").long_run.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_lasts_is_asked_about_and_heard_on_until_stop() {
    let mut home = Home::new();
    home.pace.long_run = Duration::from_millis(400);
    let answers = [Answer::text("For ever").but(Fault::StallAfter(3)), Answer::text("Well.")];
    let sim = Sim::scripted(Script::new().agent("Wen", answers)).unwrap();
    let (sim, mut window, wen) = with_wen(&home, sim).await;
    window.send(&wen, "Go").await.unwrap();
    window.until_talk("it began", &wen, |talk| talk.last("assistant").is_some()).await;
    assert_eq!(until_asked(&mut window).await, LongRun::Lasting { minutes: 0 });
    assert!(matches!(window.talk(&wen).turn, Turn::Speaking { .. }), "nothing is cut");
    window.ask(KeepGoing { conversation: wen.clone(), agent: None }).await.unwrap();
    window.until("the question is gone", |window| window.row("Wen").long_run.is_none()).await;
    assert!(matches!(window.talk(&wen).turn, Turn::Speaking { .. }), "it goes on");
    // As long once more, and nobody answers: the lists are fetched meanwhile, and it still runs and still asks.
    until_asked(&mut window).await;
    window.listen_for(Duration::from_millis(1200)).await;
    assert!(window.row("Wen").long_run.is_some() && matches!(window.talk(&wen).turn, Turn::Speaking { .. }));
    window.stop(&wen).await;
    window.over(&wen).await;
    window.until("nobody is asked any more", |window| window.row("Wen").long_run.is_none()).await;
    assert!(window.talk(&wen).lines().contains(&"notice: Stopped".to_owned()), "{:?}", window.talk(&wen).lines());
    goes_on_as_ever(&mut window, &wen).await;
    assert_eq!(sim.check(), Vec::<String>::new());
}

async fn goes_on_as_ever(window: &mut Window, wen: &ConversationId) {
    window.send_and_wait(wen, "And now?").await;
    assert!(window.talk(wen).lines().contains(&"assistant done Wen: Well.".to_owned()));
    assert_eq!(window.row("Wen").long_run, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_sends_much_is_asked_about_and_arrives_whole() {
    let mut home = Home::new();
    home.pace.large_run = 20 << 10;
    let words = "word ".repeat(300);
    let script = Script::new().pace(Pace::steady(150.0)).agent("Wen", [Answer::text(words.trim())]);
    let sim = Sim::scripted(script).unwrap();
    let (sim, mut window, wen) = with_wen(&home, sim).await;
    window.send(&wen, "Go").await.unwrap();
    assert_eq!(until_asked(&mut window).await, LongRun::Large { mebibytes: 0 });
    window.over(&wen).await;
    window.until("nobody is asked any more", |window| window.row("Wen").long_run.is_none()).await;
    let whole = format!("assistant done Wen: {}", words.trim());
    assert!(window.talk(&wen).lines().contains(&whole), "{:?}", window.talk(&wen).lines());
    assert_eq!(sim.check(), Vec::<String>::new());
}
