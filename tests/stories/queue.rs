//! Words that wait: behind an answer, for a decision, for the line, for the user after something went wrong; and the options of a send.

use std::time::Duration;

use model::{
    Code, ConversationId, Pieces, SendOptions, ToolState, Turn, WaitsFor,
    command::{Decide, EditQueued, SendQueued, SetOptions, Shown, TakeBack},
};
use sim::{Answer, Call, Fault, Script, Sim, Step};
use tests::{Home, Window};

async fn with_wen(home: &Home, answers: impl IntoIterator<Item = Answer>) -> (Sim, Window, ConversationId) {
    let sim = Sim::scripted(Script::new().agent("Wen", answers)).unwrap();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    (sim, window, wen)
}

/// An answer that goes on until it is released.
fn long() -> Answer {
    Answer::of([Step::text("One, "), Step::Gate, Step::text("two.")])
}

/// Sends, and waits until the answer has begun.
async fn begin(window: &mut Window, id: &ConversationId, text: &str) {
    window.send(id, text).await.unwrap();
    let words = "One, ";
    window.until_talk("it speaks", id, |talk| talk.lines().last().is_some_and(|line| line.contains(words))).await;
}

/// Queues, and waits until the window knows.
async fn queue(window: &mut Window, id: &ConversationId, text: &str) {
    window.send(id, text).await.unwrap();
    let (of, words) = (id.clone(), text.to_owned());
    window.until("it waits", move |window| window.queued(&of).contains(&words.as_str())).await;
}

async fn empty(window: &mut Window, id: &ConversationId) {
    let of = id.clone();
    window.until("nothing waits", move |window| window.queued(&of).is_empty()).await;
}

fn said(window: &Window, id: &ConversationId) -> Vec<String> {
    window
        .talk(id)
        .lines()
        .into_iter()
        .filter(|line| line.starts_with("user") || line.starts_with("assistant"))
        .collect()
}

fn sends(sim: &Sim) -> Vec<String> {
    let words = |request: sim::Request| request.body["messages"][0]["content"].as_str().map(str::to_owned);
    sim.requests().into_iter().filter_map(words).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_while_the_agent_speaks_goes_in_order_at_the_end() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, [long(), Answer::text("First."), Answer::text("Second.")]).await;
    begin(&mut window, &wen, "Count").await;
    queue(&mut window, &wen, "And a second thing").await;
    queue(&mut window, &wen, "And a third").await;
    assert_eq!(window.queued(&wen), ["And a second thing", "And a third"]);
    assert_eq!(window.queue(&wen).waits_for, WaitsFor::Turn);
    assert_eq!(sends(&sim), ["Count"], "nothing goes before its time");

    sim.release();
    window
        .until_talk("all is answered", &wen, |talk| talk.lines().contains(&"assistant done Wen: Second.".into()))
        .await;
    window.over(&wen).await;
    empty(&mut window, &wen).await;
    assert_eq!(
        said(&window, &wen),
        [
            "user done: Count",
            "assistant done Wen: One, two.",
            "user done: And a second thing",
            "assistant done Wen: First.",
            "user done: And a third",
            "assistant done Wen: Second.",
        ]
    );
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_can_be_changed_and_taken_back() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, [long(), Answer::text("Yes.")]).await;
    begin(&mut window, &wen, "Count").await;
    queue(&mut window, &wen, "Frist").await;
    queue(&mut window, &wen, "Second").await;
    let ids: Vec<_> = window.queue(&wen).queued.iter().map(|queued| queued.id.clone()).collect();
    let edit = |text: &str| EditQueued { conversation: wen.clone(), id: ids[0].clone(), text: text.to_owned() };
    assert_eq!(window.ask(edit("  ")).await.unwrap_err().code, Code::Invalid);
    window.ask(edit("First")).await.unwrap();
    let back = window.ask(TakeBack { conversation: wen.clone(), id: ids[1].clone() }).await.unwrap();
    assert_eq!(back.text, "Second");
    let of = wen.clone();
    window.until("the window knows", move |window| window.queued(&of) == ["First"]).await;
    sim.release();
    window.until_talk("it is answered", &wen, |talk| talk.lines().contains(&"assistant done Wen: Yes.".into())).await;
    window.over(&wen).await;
    assert_eq!(sends(&sim), ["Count", "First"]);
    let late = window.ask(edit("Too late")).await.unwrap_err();
    assert_eq!((late.code, late.message.as_str()), (Code::Conflict, "This message is on its way already."));
    let late = window.ask(TakeBack { conversation: wen.clone(), id: ids[1].clone() }).await.unwrap_err();
    assert_eq!(late.code, Code::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_stop_the_queue_waits_for_the_user_and_new_words_pass_it() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, [long(), Answer::text("New."), Answer::text("Old.")]).await;
    begin(&mut window, &wen, "Count").await;
    queue(&mut window, &wen, "Then the old").await;
    window.stop(&wen).await;
    window.over(&wen).await;
    let of = wen.clone();
    window
        .until("it waits for the user", move |window| matches!(window.queue(&of).waits_for, WaitsFor::You { .. }))
        .await;
    let WaitsFor::You { why } = &window.queue(&wen).waits_for else { panic!() };
    assert_eq!(why, "You stopped the answer before it.");
    sim.release();
    window.listen_for(Duration::from_millis(300)).await;
    assert_eq!(sends(&sim), ["Count"], "it does not go by itself");

    window.send_and_wait(&wen, "Do this instead").await;
    window.listen_for(Duration::from_millis(300)).await;
    assert_eq!(sends(&sim), ["Count", "Do this instead"], "a stop is undone by nothing but a word");
    window.ask(SendQueued { conversation: wen.clone() }).await.unwrap();
    window.until_talk("it went", &wen, |talk| talk.lines().contains(&"assistant done Wen: Old.".into())).await;
    assert_eq!(sends(&sim), ["Count", "Do this instead", "Then the old"]);
    empty(&mut window, &wen).await;
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_does_not_fire_the_queue_into_an_error_loop() {
    let home = Home::new();
    let fails = || {
        Answer::of([
            Step::text("One, "),
            Step::Gate,
            Step::Fail { error_type: "llm_error".into(), message: "No.".into(), detail: "No.".into() },
        ])
    };
    let (sim, mut window, wen) = with_wen(&home, [fails(), Answer::text("Better."), Answer::text("Later.")]).await;
    begin(&mut window, &wen, "Count").await;
    queue(&mut window, &wen, "Later").await;
    queue(&mut window, &wen, "Much later").await;
    sim.release();
    window.until_talk("it fails", &wen, |talk| talk.last("error").is_some() && talk.turn == Turn::Yours).await;
    let of = wen.clone();
    window
        .until(
            "it says so",
            move |window| matches!(&window.queue(&of).waits_for, WaitsFor::You { why } if why.contains("failed")),
        )
        .await;
    window.listen_for(Duration::from_millis(300)).await;
    assert_eq!(sends(&sim), ["Count"]);

    // A good answer shows that the trouble is over.
    window.send(&wen, "Again").await.unwrap();
    window.until_talk("all went", &wen, |talk| talk.lines().contains(&"user done: Much later".into())).await;
    window.over(&wen).await;
    assert_eq!(sends(&sim), ["Count", "Again", "Later", "Much later"]);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_request_waits_for_a_decision_so_does_the_queue() {
    let home = Home::new();
    let asks = Answer::of([Step::text("May I?"), Step::Ask(Call::new("send", "{}", "Sent."))]);
    let (sim, mut window, wen) = with_wen(&home, [asks, Answer::text("Done."), Answer::text("Yes?")]).await;
    window.send(&wen, "Send it").await.unwrap();
    window.until_talk("it asks", &wen, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    queue(&mut window, &wen, "One more thing").await;
    assert_eq!(window.queue(&wen).waits_for, WaitsFor::Decision);
    window.listen_for(Duration::from_millis(200)).await;
    assert_eq!(sends(&sim), ["Send it"]);
    let call = window.talk(&wen).tool().unwrap().clone();
    assert_eq!(call.state, ToolState::AwaitingApproval);
    let shown = Shown { name: call.name, arguments: call.arguments };
    let decide = Decide { conversation: wen.clone(), tool_call: call.id, approve: true, reason: None, shown };
    window.ask(decide).await.unwrap();
    window.until_talk("it goes", &wen, |talk| talk.lines().contains(&"assistant done Wen: Yes?".into())).await;
    let order: Vec<String> = said(&window, &wen).into_iter().skip(2).collect();
    assert_eq!(order, ["assistant done Wen: Done.", "user done: One more thing", "assistant done Wen: Yes?"]);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_and_what_it_waits_for_survive_the_end_of_the_app() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, [long(), Answer::text("Late.")]).await;
    begin(&mut window, &wen, "Count").await;
    queue(&mut window, &wen, "Later").await;
    // Killed, in the middle of a word.
    window.listen_for(Duration::from_millis(50)).await;
    drop(window);
    sim.release();

    let mut window = home.start().await;
    let launched = window.launch().await;
    let opened = window.open_id(&wen).await;
    assert_eq!(opened.queue.queued.iter().map(|queued| queued.text.as_str()).collect::<Vec<_>>(), ["Later"]);
    assert!(matches!(&opened.queue.waits_for, WaitsFor::You { why } if why.contains("closed")), "{:?}", opened.queue);
    window.online(&launched.profile.unwrap()).await;
    window.listen_for(Duration::from_millis(300)).await;
    assert_eq!(sends(&sim), ["Count"], "nothing goes unasked");
    window.engine.close().await;
    drop(window);

    let mut window = home.start().await;
    window.launch().await;
    let opened = window.open_id(&wen).await;
    assert!(matches!(&opened.queue.waits_for, WaitsFor::You { .. }), "still: {:?}", opened.queue);
    let profile = window.profiles[0].id.clone();
    window.online(&profile).await;
    window.ask(SendQueued { conversation: wen.clone() }).await.unwrap();
    window.until_talk("it went", &wen, |talk| talk.lines().contains(&"assistant done Wen: Late.".into())).await;
    assert_eq!(sends(&sim), ["Count", "Later"]);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_while_the_server_is_away_goes_when_it_answers_even_after_a_restart() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, [Answer::text("There you are."), Answer::text("And there.")]).await;
    sim.go_away();
    let profile = window.profiles[0].id.clone();
    let of = profile.clone();
    window
        .until("it is away", move |window| {
            window.connection(&of).is_some_and(|line| matches!(line.word(), "offline" | "reconnecting"))
        })
        .await;
    queue(&mut window, &wen, "Are you there?").await;
    assert_eq!(window.queue(&wen).waits_for, WaitsFor::Line);
    window.close(&wen).await;
    window.engine.close().await;
    drop(window);

    let mut window = home.start().await;
    window.launch().await;
    let opened = window.open_id(&wen).await;
    assert_eq!(opened.queue.waits_for, WaitsFor::Line);
    queue(&mut window, &wen, "And now?").await;
    // Nobody looks at it when the server comes back.
    window.close(&wen).await;
    sim.come_back().unwrap();
    window.online(&profile).await;
    let answered = |window: &Window| window.row("Wen").last.as_ref().is_some_and(|last| last.text == "And there.");
    window.until("both are answered", answered).await;
    assert_eq!(sends(&sim), ["Are you there?", "And now?"]);
    let opened = window.open_id(&wen).await;
    assert!(opened.queue.queued.is_empty());
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_of_steps_and_the_pieces_are_kept_and_sent() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, []).await;
    window.send_and_wait(&wen, "One").await;
    let set = |options: SendOptions| SetOptions { conversation: wen.clone(), options };
    for wrong in [0, 501] {
        let options = SendOptions { max_steps: Some(wrong), ..SendOptions::default() };
        assert_eq!(window.ask(set(options)).await.unwrap_err().code, Code::Invalid);
    }
    let options = SendOptions { max_steps: Some(3), pieces: Pieces::Steps, reasoning: false };
    window.ask(set(options.clone())).await.unwrap();
    window.send_and_wait(&wen, "Two").await;
    window.engine.close().await;
    drop(window);
    let mut window = home.start().await;
    window.launch().await;
    assert_eq!(window.open_id(&wen).await.options, options);
    let profile = window.profiles[0].id.clone();
    window.online(&profile).await;
    window.send_and_wait(&wen, "Three").await;
    let asked: Vec<(Option<u64>, Option<bool>)> = sim
        .requests()
        .iter()
        .filter(|request| request.body["messages"].is_array())
        .map(|request| (request.body["max_steps"].as_u64(), request.body["stream_tokens"].as_bool()))
        .collect();
    assert_eq!(asked, [(None, Some(true)), (Some(3), Some(false)), (Some(3), Some(false))]);
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_message_that_fails_keeps_those_behind_it() {
    let home = Home::new();
    let (sim, mut window, wen) = with_wen(&home, [long(), Answer::fault(Fault::server()), Answer::text("Well.")]).await;
    begin(&mut window, &wen, "Count").await;
    queue(&mut window, &wen, "Fails").await;
    queue(&mut window, &wen, "Waits").await;
    sim.release();
    window
        .until_talk("it failed", &wen, |talk| talk.last("user").and_then(|item| item.state()) == Some("failed"))
        .await;
    let of = wen.clone();
    window
        .until("the next waits", move |window| {
            window.queued(&of) == ["Waits"] && matches!(window.queue(&of).waits_for, WaitsFor::You { .. })
        })
        .await;
    window.listen_for(Duration::from_millis(300)).await;
    assert_eq!(sends(&sim), ["Count", "Fails"]);
}
