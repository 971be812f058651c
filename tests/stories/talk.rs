//! Talking with one agent: words go, an answer comes, it can be stopped, drafts stay.

use std::time::Duration;

use model::{
    Code, Content, Notice, Theme, Turn,
    command::{MarkRead, SaveDraft, SetTheme},
};
use sim::{Answer, Call, Pace, Script, Sim, Step};
use tests::Home;

#[tokio::test(flavor = "multi_thread")]
async fn words_go_and_an_answer_comes_as_it_is_thought_called_and_spoken() {
    let answer = Answer::of([
        Step::reasoning("The weather, then."),
        Step::Call(Call::new("weather", r#"{"city":"Porto"}"#, "Sunny, 21 °C")),
        Step::text("It is **sunny** in Porto."),
    ]);
    let sim = Sim::scripted(Script::new().agent("Wen", [answer])).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    assert_eq!(window.talk(&wen).turn, Turn::Yours);
    window.send_and_wait(&wen, "How is the weather in Porto?").await;
    assert_eq!(
        window.talk(&wen).lines(),
        [
            "user done: How is the weather in Porto?",
            "reasoning done Wen: The weather, then.",
            r#"tool returned Wen: weather({"city":"Porto"})"#,
            "assistant done Wen: It is **sunny** in Porto.",
            "notice: Usage",
        ]
    );
    let tool = window.talk(&wen).tool().unwrap();
    let model::ToolState::Returned(returned) = &tool.state else { panic!("{tool:?}") };
    assert_eq!(returned.text, "Sunny, 21 °C");
    let last = window.row("Wen").last.clone().unwrap();
    assert_eq!((last.speaker.as_deref(), last.text.as_str()), (Some("Wen"), "It is sunny in Porto."));
    assert!(!window.row("Wen").unread, "it was open all the time");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_echo_and_the_first_token_are_seen_at_once_and_the_rest_in_frames() {
    let words = "word ".repeat(100);
    let script = Script::new().pace(Pace::steady(300.0)).agent("Wen", [Answer::text(words.trim())]);
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    let before = window.talk(&wen).frames;
    window.send(&wen, "Go on").await.unwrap();
    window.until_talk("the echo is there", &wen, |talk| talk.last("user").is_some()).await;
    window
        .until_talk(
            "somebody speaks",
            &wen,
            |talk| matches!(&talk.turn, Turn::Speaking { speaker } if speaker.name == "Wen"),
        )
        .await;
    window.over(&wen).await;
    let frames = window.talk(&wen).frames - before;
    assert!(frames >= 4, "it grows in sight: {frames} frames");
    assert!(frames < 60, "100 tokens in a third of a second are not 100 frames: {frames}");
    assert_eq!(window.talk(&wen).lines()[1], format!("assistant done Wen: {}", words.trim()));
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_keeps_what_came_and_tells_the_server() {
    let answer = Answer::of([Step::text("One, two, "), Step::Gate, Step::text("three.")]);
    let sim = Sim::scripted(Script::new().agent("Wen", [answer, Answer::text("Again.")])).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    window.send(&wen, "Count").await.unwrap();
    window.until_talk("two is said", &wen, |talk| talk.lines().last().is_some_and(|line| line.contains("two, "))).await;
    let begun = std::time::Instant::now();
    window.stop(&wen).await;
    window
        .until_talk("it stands still", &wen, |talk| !talk.lines().iter().any(|line| line.contains("streaming")))
        .await;
    assert!(begun.elapsed() < Duration::from_millis(100), "stopping took {:?}", begun.elapsed());
    window.over(&wen).await;
    assert_eq!(window.talk(&wen).lines(), ["user done: Count", "assistant stopped Wen: One, two, ", "notice: Stopped"]);
    let cancels = sim.requests().into_iter().filter(|request| request.path.ends_with("/messages/cancel")).count();
    assert_eq!(cancels, 1);
    sim.release();

    window.send_and_wait(&wen, "And now?").await;
    assert!(window.talk(&wen).lines().contains(&"assistant done Wen: Again.".to_owned()));
    window.stop(&wen).await;
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_to_be_sent_is_not_sent() {
    let sim = Sim::scripted(Script::new().agent("Wen", [])).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    for nothing in ["", "  \n\t "] {
        assert_eq!(window.send(&wen, nothing).await.unwrap_err().code, Code::Invalid);
    }
    assert!(window.talk(&wen).items.is_empty());
    let gone = model::ConversationId::from("nobody/agent-x");
    assert_eq!(window.send(&gone, "Hello").await.unwrap_err().code, Code::Invalid);
    assert!(!sim.requests().iter().any(|request| request.method == "POST"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_megabyte_of_words_goes_and_comes_back() {
    let sim = Sim::scripted(Script::new().agent("Wen", [])).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    let long = "Dixi et salvavi animam meam. ".repeat(1 << 15);
    assert!(long.len() > 900_000);
    window.send_and_wait(&wen, &long).await;
    let talk = window.talk(&wen);
    let Content::User { text, .. } = &talk.items[0].content else { panic!("{:?}", talk.lines()) };
    assert!(*text == long, "the words are as they were typed");
    assert!(talk.last("assistant").is_some(), "{:?}", talk.items.iter().map(model::Item::kind).collect::<Vec<_>>());
    assert!(window.row("Wen").last.clone().unwrap().text.chars().count() < 200);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_kept_for_each_conversation_until_they_are_sent() {
    let sim = Sim::scripted(Script::new().agent("Wen", []).agent("Rosa", [])).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let (wen, rosa) = (window.open("Wen").await, window.open("Rosa").await);
    for (id, text) in [(&wen, "Dear W"), (&rosa, "Dear Rosa,\n\nI"), (&wen, "Dear Wen")] {
        window.ask(SaveDraft { conversation: id.clone(), text: text.to_owned() }).await.unwrap();
    }
    window.ask(SetTheme { theme: Theme::Dark }).await.unwrap();
    drop(window);

    let mut window = home.start().await;
    let launched = window.launch().await;
    assert_eq!(launched.theme, Theme::Dark);
    assert_eq!(launched.conversation.as_ref(), Some(&rosa), "the one that was open last");
    assert_eq!(window.open_id(&wen).await.draft, "Dear Wen");
    assert_eq!(window.open_id(&rosa).await.draft, "Dear Rosa,\n\nI");
    window.online(&launched.profile.unwrap()).await;
    window.send_and_wait(&wen, "Dear Wen").await;
    assert_eq!(window.open_id(&wen).await.draft, "", "sent is no draft");
    assert_eq!(window.open_id(&rosa).await.draft, "Dear Rosa,\n\nI");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_conversations_at_once_never_bleed_into_each_other() {
    let words = |who: &str| (0..300).map(|n| format!("{who}{n}")).collect::<Vec<_>>().join(" ");
    let script = Script::new()
        .pace(Pace::steady(2000.0))
        .agent("Wen", [Answer::text(words("w"))])
        .agent("Rosa", [Answer::text(words("r"))]);
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let (wen, rosa) = (window.open("Wen").await, window.open("Rosa").await);
    window.send(&wen, "Go").await.unwrap();
    window.send(&rosa, "Go").await.unwrap();
    window.over(&wen).await;
    window.over(&rosa).await;
    assert_eq!(window.talk(&wen).lines()[1], format!("assistant done Wen: {}", words("w")));
    assert_eq!(window.talk(&rosa).lines()[1], format!("assistant done Rosa: {}", words("r")));
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_goes_on_when_nobody_looks_and_makes_the_row_new() {
    let answer = Answer::of([Step::text("Wait. "), Step::Gate, Step::text("Done.")]);
    let sim = Sim::scripted(Script::new().agent("Wen", [answer])).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    window.ask(MarkRead { conversation: wen.clone() }).await.unwrap();
    window.send(&wen, "Work").await.unwrap();
    window.until_talk("it began", &wen, |talk| talk.last("assistant").is_some()).await;
    window.close(&wen).await;
    sim.release();
    window
        .until("the row has the end", |window| window.row("Wen").turn == Turn::Yours && window.row("Wen").unread)
        .await;
    assert_eq!(window.row("Wen").last.as_ref().unwrap().text, "Wait. Done.");
    window.open_id(&wen).await;
    assert_eq!(window.talk(&wen).lines(), ["user done: Work", "assistant done Wen: Wait. Done.", "notice: Usage",]);
    window.ask(MarkRead { conversation: wen.clone() }).await.unwrap();
    window.until("the row is read", |window| !window.row("Wen").unread).await;
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_end_says_why() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("As far as I got.").stop("max_steps")])).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    window.send_and_wait(&wen, "Go far").await;
    let ended = window
        .talk(&wen)
        .items
        .iter()
        .any(|item| matches!(&item.content, Content::Notice(Notice::Ended { reason }) if reason == "max_steps"));
    assert!(ended, "{:?}", window.talk(&wen).lines());
    assert_eq!(sim.check(), Vec::<String>::new());
}
