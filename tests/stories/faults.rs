//! What servers and lines do wrong: each is said in words in the right place, nothing is lost, and Retry mends what can be mended.

use std::time::Duration;

use model::{Code, Connection, Content, ConversationId, Notice, WaitsFor, command::Refresh};
use serde_json::json;
use sim::{Answer, Fault, On, Script, Sim, Step};
use tests::{Home, Window};

/// One agent, Wen, open and online.
async fn with_wen(home: &Home, answers: impl IntoIterator<Item = Answer>) -> (Sim, Window, ConversationId) {
    let sim = Sim::scripted(Script::new().agent("Wen", answers)).unwrap();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    (sim, window, wen)
}

fn error(window: &Window, id: &ConversationId) -> model::Trouble {
    match window.talk(id).last("error").map(|item| &item.content) {
        Some(Content::Error(trouble)) => trouble.clone(),
        _ => panic!("no error is shown:\n{}", window.describe()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_sent_stays_with_its_reason_and_is_sent_again() {
    let cases = [
        (Fault::not_found(), "does not know"),
        (Fault::busy("run-00000000-0000-4000-8000-000000000000"), "still being written"),
        (Fault::pending("message-00000000-0000-4000-8000-000000000000"), "decision"),
        (Fault::invalid(), ""),
        (Fault::Status { status: 429, body: json!({"detail": "Too many requests"}), retry_after: Some(7) }, "7 s"),
        (Fault::too_many(7), "pause"),
        (Fault::unavailable(), "not ready"),
    ];
    let answers = cases.iter().map(|_| Answer::text("At last."));
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, answers).await;
    for (number, (fault, words)) in cases.into_iter().enumerate() {
        let said = format!("Try {number}");
        sim.next_fault(On::Send, fault.clone());
        window.send(&wen, &said).await.unwrap();
        window
            .until_talk("it failed", &wen, |talk| talk.last("user").and_then(|item| item.state()) == Some("failed"))
            .await;
        let talk = window.talk(&wen);
        let all = format!("{:?}", talk.items.iter().rev().take(2).collect::<Vec<_>>());
        assert!(all.contains(words), "{fault:?}: {all}");
        assert!(
            window.row("Wen").last.as_ref().unwrap().text.starts_with("Not sent: Try"),
            "{:?}",
            window.row("Wen").last
        );
        window.retry(&wen, "user").await.unwrap();
        window.until_talk("it went", &wen, |talk| talk.is_over() && talk.last("assistant").is_some()).await;
        window.over(&wen).await;
        let lines = window.talk(&wen).lines();
        assert!(lines.contains(&format!("user done: {said}")), "{lines:?}");
        assert!(!lines.iter().any(|line| line.contains("failed")), "{lines:?}");
    }
    let otids: Vec<String> = sim
        .requests()
        .iter()
        .filter_map(|request| request.body["messages"][0]["otid"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(otids.len(), 14, "each was asked for twice: refused, then taken");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_in_the_middle_of_talk_refuses_the_connection() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, []).await;
    sim.set_fault(On::Send, Fault::unauthorized());
    sim.set_fault(On::Agents, Fault::unauthorized());
    window.send(&wen, "Hello").await.unwrap();
    let profile = window.profiles[0].id.clone();
    window
        .until(
            "the key is refused",
            move |window| matches!(window.connection(&profile), Some(Connection::Refused { why }) if !why.is_empty()),
        )
        .await;
    window
        .until_talk("it failed", &wen, |talk| talk.last("user").and_then(|item| item.state()) == Some("failed"))
        .await;
    let refused = window.retry(&wen, "user").await.unwrap_err();
    assert_eq!(refused.code, Code::Unauthorized);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_out_of_reach_keeps_the_words_until_it_answers() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, [Answer::text("I heard you.")]).await;
    sim.go_away();
    window.send(&wen, "Can you hear me?").await.unwrap();
    let of = wen.clone();
    window
        .until("they wait for the line", move |window| {
            window.queues.get(&of).is_some_and(|queue| queue.queued.len() == 1 && queue.waits_for == WaitsFor::Line)
        })
        .await;
    assert!(window.talk(&wen).items.is_empty(), "nothing says that it went: {:?}", window.talk(&wen).lines());
    sim.come_back().unwrap();
    window.until_talk("it went", &wen, |talk| talk.is_over() && talk.last("assistant").is_some()).await;
    assert_eq!(window.talk(&wen).lines()[..2], ["user done: Can you hear me?", "assistant done Wen: I heard you."]);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_wait_for_the_line_are_never_seen_twice() {
    let mut home = Home::new();
    // Long enough that whatever waits for the next frame is seen to wait.
    home.pace.frame = Duration::from_secs(2);
    // Nobody but the message finds out that the server is away.
    home.pace.refresh = Duration::from_secs(60);
    let (sim, mut window, wen) = with_wen(&home, []).await;
    window.listen_for(Duration::from_millis(500)).await;
    sim.go_away();
    window.send(&wen, "Can you hear me?").await.unwrap();
    let of = wen.clone();
    window.until("they wait", move |window| window.queues.get(&of).is_some_and(|queue| !queue.queued.is_empty())).await;
    assert!(window.talk(&wen).items.is_empty(), "{:?}", window.talk(&wen).lines());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_hangs_makes_way_for_now() {
    let home = Home::new();
    let (sim, mut window, _) = with_wen(&home, []).await;
    let profile = window.profiles[0].id.clone();
    for hangs in [On::Health, On::Agents] {
        away(&sim, &mut window).await;
        let before = sim.requests().len();
        sim.set_fault(hangs, Fault::Silence);
        sim.come_back().unwrap();
        while !sim.requests()[before..].iter().any(|request| asks_for(hangs, &request.path)) {
            window.listen_for(Duration::from_millis(20)).await;
        }
        sim.clear_faults();
        // The try that hangs has most of its time before it.
        window.patience = Duration::from_secs(6);
        window.ask(Refresh { profile: profile.clone() }).await.unwrap();
        window.online(&profile).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_and_answers_nothing_at_first_is_asked_anew_by_itself() {
    let mut home = Home::new();
    home.pace.sign_of_life = Duration::from_millis(500);
    let (sim, mut window, _) = with_wen(&home, []).await;
    let profile = window.profiles[0].id.clone();
    away(&sim, &mut window).await;
    sim.next_fault(On::Health, Fault::Silence);
    sim.come_back().unwrap();
    window.online(&profile).await;
}

/// The server goes, and the app gives it up.
async fn away(sim: &Sim, window: &mut Window) {
    sim.go_away();
    let profile = window.profiles[0].id.clone();
    let is_away = move |window: &Window| matches!(window.connection(&profile), Some(Connection::Offline { .. }));
    window.until("it is given up", is_away).await;
}

fn asks_for(what: On, path: &str) -> bool {
    match what {
        On::Health => path == "/v1/health/",
        _ => path == "/v1/agents/",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_the_server_lost_is_asked_again() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, [Answer::text("It was saved.")]).await;
    sim.next_fault(On::Send, Fault::status(500, json!({"detail": "gone"})));
    window.send(&wen, "Is it saved?").await.unwrap();
    window.until_talk("it failed", &wen, |talk| talk.last("error").is_some() && talk.is_over()).await;
    window.retry(&wen, "error").await.unwrap();
    window.until_talk("it went", &wen, |talk| talk.is_over() && talk.last("assistant").is_some()).await;
    let lines = window.talk(&wen).lines();
    assert_eq!(lines[..2], ["user done: Is it saved?", "assistant done Wen: It was saved."]);
    assert!(window.talk(&wen).last("error").is_none());
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_model_is_told_below_what_it_said() {
    let fail = Step::Fail {
        error_type: "llm_error".to_owned(),
        message: "An error occurred during agent execution.".to_owned(),
        detail: "ServerError: 500".to_owned(),
    };
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, [Answer::of([Step::text("I begin, "), fail])]).await;
    window.send(&wen, "Go").await.unwrap();
    window.until_talk("it failed", &wen, |talk| talk.last("error").is_some() && talk.is_over()).await;
    let trouble = error(&window, &wen);
    assert_eq!(trouble.what, "The model failed.");
    assert!(trouble.details.unwrap().contains("ServerError"));
    assert!(window.talk(&wen).lines().iter().any(|line| line.contains("I begin")), "{:?}", window.talk(&wen).lines());
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_with_status_200_is_an_error() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, []).await;
    sim.next_fault(On::Send, Fault::error_with_200());
    window.send(&wen, "Go").await.unwrap();
    window.until_talk("it failed", &wen, |talk| talk.last("error").is_some() && talk.is_over()).await;
    assert!(!error(&window, &wen).what.is_empty());
    assert_eq!(window.talk(&wen).last("assistant"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_end_is_ended_by_stop() {
    let home = Home::new();
    let answers = [Answer::text("For ever").but(Fault::StallAfter(3)), Answer::text("Well.")];
    let (sim, mut window, wen) = with_wen(&home, answers).await;
    window.send(&wen, "Go").await.unwrap();
    window.until_talk("it began", &wen, |talk| talk.last("assistant").is_some()).await;
    window.stop(&wen).await;
    window.over(&wen).await;
    assert!(window.talk(&wen).lines().contains(&"notice: Stopped".to_owned()), "{:?}", window.talk(&wen).lines());
    window.send_and_wait(&wen, "And now?").await;
    assert!(window.talk(&wen).lines().contains(&"assistant done Wen: Well.".to_owned()));
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_in_the_stream_is_shown_or_skipped_and_the_rest_goes_on() {
    let unknown = json!({"message_type": "telepathy_message", "id": "message-11111111-1111-4111-8111-111111111111", "thought": "blue"});
    let answer = Answer::of([Step::text("Before. "), Step::Event(unknown), Step::text("After.")])
        .but(Fault::InsertAfter(1, ": a comment\n\ndata: not json\n\ndata: \u{fffd}\n\n\r\n\r\n".into()));
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, [answer]).await;
    window.send_and_wait(&wen, "Go").await;
    let talk = window.talk(&wen);
    let unknown = talk.items.iter().any(|item| {
        matches!(&item.content, Content::Notice(Notice::Unknown { message_type, raw }) if message_type == "telepathy_message" && raw.contains("blue"))
    });
    assert!(unknown, "{:?}", talk.lines());
    let spoken: String = talk
        .items
        .iter()
        .filter_map(|item| match &item.content {
            Content::Assistant { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(spoken, "Before. After.");
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_20_mib_arrives_whole() {
    let home = Home::new();
    let long = "long ".repeat(4 << 20);
    let (sim, mut window, wen) = with_wen(&home, [Answer::of([Step::Whole(long.clone())])]).await;
    window.send_and_wait(&wen, "Be long").await;
    let Some(Content::Assistant { text, .. }) = window.talk(&wen).last("assistant").map(|item| &item.content) else {
        panic!("nothing was said")
    };
    assert!(*text == long);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_set_back_changes_no_order() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, [Answer::text("One."), Answer::text("Two.")]).await;
    window.send_and_wait(&wen, "First").await;
    home.clock.shift(-Duration::from_secs(86_400 * 365).as_millis().cast_signed() as i64);
    window.send_and_wait(&wen, "Second").await;
    let spoken = |window: &Window| {
        let lines = window.talk(&wen).lines();
        lines.into_iter().filter(|line| !line.starts_with("notice")).collect::<Vec<_>>()
    };
    let order = ["user done: First", "assistant done Wen: One.", "user done: Second", "assistant done Wen: Two."];
    assert_eq!(spoken(&window), order);
    window.engine.close().await;
    let mut window = home.start().await;
    window.launch().await;
    window.open_id(&wen).await;
    assert_eq!(spoken(&window), order);
    assert_eq!(sim.check(), Vec::<String>::new());
}
