//! Torn lines: whatever is cut and wherever, the answer ends as if it had not been, nothing is sent twice, and what cannot be known is
//! asked of the user.

use std::{path::Path, time::Duration};

use model::{
    Connection, Content, ConversationId, SendState, Streaming, Turn, WaitsFor,
    command::{Leave, Refresh, SetStreaming, TakeBack},
};
use serde_json::json;
use sim::{Answer, Call, Fault, On, Pace, Script, Sim, Step};
use tests::{Cut, Home, Proxy, Replay, Window};

/// Batches of a run in the background are given out this often here; a real server takes half a second.
const BATCH: Duration = Duration::from_millis(20);

/// One agent, Wen, open and online over a line that can be cut.
struct Scene {
    sim: Sim,
    proxy: Proxy,
    home: Home,
    window: Window,
    wen: ConversationId,
}

impl Scene {
    async fn new(script: Script, streaming: Streaming) -> Self {
        let sim = Sim::scripted(script).unwrap();
        let proxy = Proxy::to(&sim.address()).await;
        let home = Home::new();
        let mut window = home.start().await;
        window.launch().await;
        let profile = window.connect(&proxy.address(), None).await;
        window.ask(SetStreaming { profile, streaming }).await.unwrap();
        let wen = window.open("Wen").await;
        Self { sim, proxy, home, window, wen }
    }

    /// Each item in a few words.
    fn lines(&self) -> Vec<String> {
        self.window.talk(&self.wen).lines()
    }

    /// Messages that arrived at the server.
    fn sends(&self) -> usize {
        let sent = |request: &&sim::Request| request.path.ends_with("/messages/stream");
        self.sim.requests().iter().filter(sent).count()
    }

    fn resumes(&self) -> Vec<u64> {
        let requests = self.sim.requests().into_iter();
        let resumed =
            requests.filter(|request| request.path.starts_with("/v1/runs/") && request.path.ends_with("/stream"));
        resumed.filter_map(|request| request.body["starting_after"].as_u64()).collect()
    }

    async fn over(&mut self) {
        self.window
            .until_talk("it is over", &self.wen.clone(), |talk| talk.is_over() && talk.last("assistant").is_some())
            .await;
    }

    async fn says(&mut self, words: &str) {
        let words = words.to_owned();
        self.window
            .until_talk("it is said", &self.wen.clone(), move |talk| {
                talk.lines().iter().any(|line| line.contains(&words))
            })
            .await;
    }
}

fn long(words: usize) -> String {
    (0..words).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ")
}

/// Thoughts, a tool and words in two steps.
fn whole_turn() -> Answer {
    Answer::of([
        Step::reasoning("The weather, then."),
        Step::Call(Call::new("weather", r#"{"city":"Porto"}"#, "Sunny, 21 °C")),
        Step::reasoning("So it is."),
        Step::text("It is **sunny** in Porto, and it will be for the whole of the week."),
    ])
}

/// Every recorded stream of an agent of 0.16.8.
fn recordings() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recordings/0.16.8");
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter_map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            let text = std::fs::read_to_string(entry.path().join("stream.sse")).ok()?;
            // Of other routes, or themselves without an end.
            let other = ["openai", "group", "client-drops", "background-drop", "run-stream-after", "resume"];
            (text.starts_with("data:") && !other.iter().any(|part| name.contains(part))).then_some((name, text))
        })
        .collect();
    found.sort();
    assert!(found.len() > 80, "{}", found.len());
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_stream_cut_anywhere_ends_as_the_uncut_one() {
    every_cut(recordings().into_iter().step_by(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_half_of_the_recorded_streams_cut_anywhere() {
    every_cut(recordings().into_iter().skip(1).step_by(2)).await;
}

/// Over each recording, the line breaks before and within each event (of long ones, of some of them), as a run in the background.
async fn every_cut(recordings: impl Iterator<Item = (String, String)>) {
    const MOST: usize = 6;
    for (name, text) in recordings {
        let replay = Replay::of(&text, 2 * MOST + 1).await;
        let events = replay.events();
        let step = events.div_ceil(MOST);
        let home = Home::new();
        let mut window = home.start().await;
        window.launch().await;
        let profile = window.connect(replay.address(), None).await;
        window.ask(SetStreaming { profile, streaming: Streaming::Background }).await.unwrap();
        let places = (0..events).step_by(step).flat_map(|at| [Cut::Before(at), Cut::Within(at)]);
        let mut uncut: Option<Vec<String>> = None;
        for (number, cut) in std::iter::once(Cut::Nowhere).chain(places).enumerate() {
            replay.cut(cut);
            let wen = window.open(&Replay::title(number)).await;
            window.send(&wen, "Go").await.unwrap();
            window
                .until_talk(&format!("{name}, {cut:?}: it is over"), &wen, |talk| {
                    let waits = matches!(talk.turn, Turn::Paused { .. });
                    (waits || talk.is_over()) && !talk.items.is_empty()
                })
                .await;
            let line = |item: &model::Item| {
                let line = format!("{} {}", tests::item_text(item), told(item));
                line.replace(&Replay::title(number), "Wen").replace(&Replay::run(number), "run")
            };
            let lines: Vec<String> = window.talk(&wen).items.iter().map(line).collect();
            match &uncut {
                None => uncut = Some(lines),
                Some(uncut) => assert_eq!(lines, *uncut, "{name} {cut:?}"),
            }
            window.close(&wen).await;
        }
        let (sent, resumed) = replay.counts();
        assert_eq!(sent, 1 + events.div_ceil(step) * 2, "{name}: nothing is sent twice");
        assert!(resumed + 1 >= sent - 2, "{name}: {resumed} of {sent}");
    }
}

/// What of an item no line tells.
fn told(item: &model::Item) -> serde_json::Value {
    let mut content = serde_json::to_value(&item.content).unwrap();
    // Measured here, and longer where a cut was mended.
    content.as_object_mut().unwrap().remove("took");
    content
}

/// Plainly, the line breaks once in each answer, a little later each time: in the head, at an event's boundary, within an event.
#[tokio::test(flavor = "multi_thread")]
async fn a_plain_stream_cut_anywhere_ends_as_the_uncut_one() {
    let answers = (0..60).map(|_| whole_turn());
    let mut scene = Scene::new(Script::new().agent("Wen", answers), Streaming::Plain).await;
    let wen = scene.wen.clone();
    scene.window.send_and_wait(&wen, "Uncut").await;
    let turn = |window: &Window| -> Vec<String> {
        let lines = window.talk(&wen).lines();
        let from = lines.iter().rposition(|line| line.starts_with("user")).unwrap();
        lines[from + 1..].to_vec()
    };
    let uncut = turn(&scene.window);
    assert_eq!(uncut.len(), 5, "{uncut:?}");
    for number in 0..40 {
        scene.proxy.cut_after(180 + number * 173);
        let said = format!("Cut {number}");
        scene.window.send(&wen, &said).await.unwrap();
        let said = format!("user done: {said}");
        scene
            .window
            .until_talk("it is over", &wen, |talk| {
                talk.is_over()
                    && talk.lines().contains(&said)
                    && talk.lines().last().is_some_and(|line| line.starts_with("notice"))
            })
            .await;
        assert_eq!(turn(&scene.window), uncut, "cut {number}");
    }
    assert!(scene.proxy.torn() >= 35, "{}", scene.proxy.torn());
    assert_eq!(scene.sends(), 41, "nothing is sent twice");
    assert_eq!(scene.sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_breaks_again_and_again_costs_no_letter_and_doubles_none() {
    for streaming in [Streaming::Background, Streaming::Plain] {
        let words = long(300);
        let script = Script::new().redis(BATCH).pace(Pace::steady(100.0)).agent("Wen", [Answer::text(words.clone())]);
        let mut scene = Scene::new(script, streaming).await;
        let cutting = scene.proxy.cut_every(Duration::from_millis(400));
        scene.window.send(&scene.wen, "Tell me").await.unwrap();
        scene.over().await;
        cutting.abort();
        let lines = scene.lines();
        assert_eq!(
            lines[..2],
            ["user done: Tell me".to_owned(), format!("assistant done Wen: {words}")],
            "{streaming:?}"
        );
        assert_eq!(lines[2..], ["notice: Usage"], "{streaming:?}");
        assert!(scene.proxy.torn() >= 1);
        assert_eq!(scene.sends(), 1, "{streaming:?}: sent once");
        if streaming == Streaming::Background {
            let resumed = scene.resumes();
            assert!(resumed.len() >= 3 && resumed.is_sorted(), "behind what was heard: {resumed:?}");
        }
        assert_eq!(scene.sim.check(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_picked_up_the_words_stay_and_the_window_says_so() {
    let answer = Answer::of([Step::text("One, two, "), Step::Gate, Step::text("three.")]);
    let mut scene = Scene::new(Script::new().agent("Wen", [answer]), Streaming::Plain).await;
    scene.window.send(&scene.wen, "Count").await.unwrap();
    scene.says("two, ").await;
    scene.proxy.cut();
    let wen = scene.wen.clone();
    scene.window.until_talk("it is picked up", &wen, |talk| matches!(talk.turn, Turn::Resuming { .. })).await;
    assert_eq!(scene.lines(), ["user done: Count", "assistant streaming Wen: One, two, "]);
    let Turn::Resuming { speaker: Some(speaker) } = &scene.window.talk(&wen).turn else { panic!() };
    assert_eq!(speaker.name, "Wen");
    scene.sim.release();
    scene.over().await;
    assert_eq!(scene.lines()[1..], ["assistant done Wen: One, two, three.", "notice: Usage"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_within_a_run_in_the_background_it_goes_on_behind_the_last_saved_event() {
    let words = long(200);
    let script = Script::new().redis(BATCH).pace(Pace::steady(60.0)).agent("Wen", [Answer::text(words.clone())]);
    let Scene { sim, proxy, home, mut window, wen } = Scene::new(script, Streaming::Background).await;
    window.send(&wen, "Tell me").await.unwrap();
    window
        .until_talk("some words are there", &wen, |talk| talk.lines().iter().any(|line| line.contains("word100 ")))
        .await;
    drop(window);

    let mut window = home.start().await;
    window.launch().await;
    window.open_id(&wen).await;
    let kept = window.talk(&wen).lines()[1].split(": ").nth(1).unwrap_or_default().to_owned();
    assert!(words.starts_with(&kept) && kept.len() > 50, "{kept}");
    window.until_talk("it is whole", &wen, |talk| talk.is_over() && talk.last("error").is_none()).await;
    let lines = window.talk(&wen).lines();
    assert_eq!(lines[..2], ["user done: Tell me".to_owned(), format!("assistant done Wen: {words}")]);
    let scene = Scene { sim, proxy, home, window, wen };
    let resumed = scene.resumes();
    assert!(resumed.first().is_some_and(|after| *after > 10), "not from the beginning: {resumed:?}");
    assert_eq!(scene.sends(), 1);
    assert_eq!(scene.sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_within_a_plain_run_its_end_is_waited_for_and_read() {
    let answer = Answer::of([Step::text("The beginning, "), Step::Gate, Step::text("and the end.")]);
    let Scene { sim, proxy, home, mut window, wen } =
        Scene::new(Script::new().agent("Wen", [answer]), Streaming::Plain).await;
    window.send(&wen, "Speak").await.unwrap();
    window.until_talk("it began", &wen, |talk| talk.lines().iter().any(|line| line.contains("beginning"))).await;
    // Saved at most every second.
    window.listen_for(Duration::from_millis(1200)).await;
    drop(window);
    let mut window = home.start().await;
    window.launch().await;
    window.open_id(&wen).await;
    window.until_talk("it is picked up", &wen, |talk| matches!(talk.turn, Turn::Resuming { .. })).await;
    assert!(window.talk(&wen).lines()[1].contains("The beginning, "), "{:?}", window.talk(&wen).lines());
    sim.release();
    window.until_talk("it is whole", &wen, |talk| talk.is_over() && talk.last("error").is_none()).await;
    assert_eq!(
        window.talk(&wen).lines(),
        ["user done: Speak", "assistant done Wen: The beginning, and the end.", "notice: Usage"]
    );
    let scene = Scene { sim, proxy, home, window, wen };
    assert_eq!(scene.sends(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_whose_answer_never_began_are_followed_if_the_server_has_them() {
    let answer = || Answer::of([Step::Gate, Step::text("I have it.")]);
    for streaming in [Streaming::Plain, Streaming::Background] {
        let script = Script::new().redis(BATCH).agent("Wen", [answer()]);
        let mut scene = Scene::new(script, streaming).await;
        // The request arrives; not a byte of the answer does.
        scene.proxy.cut_after(1);
        scene.window.send(&scene.wen, "Do you have this?").await.unwrap();
        let wen = scene.wen.clone();
        scene.window.until_talk("it is looked for", &wen, |talk| matches!(talk.turn, Turn::Resuming { .. })).await;
        // Something runs that may be it: it is waited for, and nothing is sent.
        scene.window.listen_for(Duration::from_millis(300)).await;
        assert_eq!(scene.sends(), 1);
        scene.sim.release();
        scene.over().await;
        assert_eq!(
            scene.lines()[..2],
            ["user done: Do you have this?", "assistant done Wen: I have it."],
            "{streaming:?}"
        );
        assert_eq!(scene.sends(), 1, "{streaming:?}");
        assert_eq!(scene.sim.check(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_the_server_never_got_are_sent_again_by_themselves() {
    let mut scene = Scene::new(Script::new().agent("Wen", [Answer::text("Now I have it.")]), Streaming::Plain).await;
    // The server is asked, and breaks the line before it looks at the message.
    scene.sim.next_fault(On::Send, Fault::Silence);
    scene.window.send(&scene.wen, "Once more").await.unwrap();
    while scene.sends() < 1 {
        scene.window.listen_for(Duration::from_millis(20)).await;
    }
    scene.proxy.cut();
    scene.over().await;
    assert_eq!(scene.lines()[..2], ["user done: Once more", "assistant done Wen: Now I have it."]);
    assert_eq!(scene.sends(), 2, "lost once, then taken");
    let asked: Vec<String> = scene.sim.requests().into_iter().map(|request| request.path).collect();
    let sent: Vec<usize> =
        asked.iter().enumerate().filter(|(_, path)| path.ends_with("/stream")).map(|(at, _)| at).collect();
    let between = &asked[sent[0]..sent[1]];
    assert!(between.iter().any(|path| path == "/v1/runs/"), "looked for in the runs: {between:?}");
    assert!(between.iter().any(|path| path.ends_with("/messages")), "and in the history: {between:?}");
    assert_eq!(scene.sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_doubt_the_user_is_asked_and_both_ways_out_work() {
    for again in [true, false] {
        let mut scene = Scene::new(Script::new().agent("Wen", [Answer::text("Yes.")]), Streaming::Plain).await;
        scene.sim.next_fault(On::Send, Fault::Silence);
        scene.sim.set_fault(On::Runs, Fault::server());
        scene.window.send(&scene.wen, "Is it there?").await.unwrap();
        while scene.sends() < 1 {
            scene.window.listen_for(Duration::from_millis(20)).await;
        }
        scene.proxy.cut();
        let wen = scene.wen.clone();
        scene
            .window
            .until_talk("it is asked", &wen, |talk| talk.last("user").and_then(model::Item::state) == Some("doubtful"))
            .await;
        // It is asked about again while the server is there; nothing comes of it.
        scene.window.until_talk("it rests", &wen, |talk| talk.turn == Turn::Yours).await;
        assert_eq!(scene.lines().len(), 1, "{:?}", scene.lines());
        assert!(scene.window.row("Wen").last.as_ref().unwrap().text.starts_with("May not have arrived: "));
        let item = scene.window.talk(&wen).items[0].id.clone();
        if again {
            scene.window.retry(&wen, "user").await.unwrap();
            scene.over().await;
            assert_eq!(scene.lines()[..2], ["user done: Is it there?", "assistant done Wen: Yes."]);
            assert_eq!(scene.sends(), 2);
        } else {
            scene.window.ask(Leave { conversation: wen.clone(), item: item.clone() }).await.unwrap();
            let left = |talk: &tests::Talk| {
                matches!(&talk.items[0].content, Content::User { state: SendState::Doubtful { left: true, .. }, .. })
            };
            scene.window.until_talk("it is left", &wen, left).await;
            assert!(scene.window.ask(Leave { conversation: wen.clone(), item: "user/x".into() }).await.is_err());
            scene.sim.clear_faults();
            let profile = scene.window.profiles[0].id.clone();
            scene.window.ask(Refresh { profile }).await.unwrap();
            scene.window.listen_for(Duration::from_millis(300)).await;
            assert_eq!(scene.sends(), 1, "what was left is not sent");
            assert!(left(scene.window.talk(&wen)), "{:?}", scene.lines());
        }
        assert_eq!(scene.sim.check(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_within_an_answer_and_returns_costs_nothing() {
    for streaming in [Streaming::Background, Streaming::Plain] {
        let words = long(120);
        let script = Script::new().redis(BATCH).pace(Pace::steady(60.0)).agent("Wen", [Answer::text(words.clone())]);
        let mut scene = Scene::new(script, streaming).await;
        scene.window.send(&scene.wen, "Tell me").await.unwrap();
        scene.says("word20 ").await;
        scene.sim.go_away();
        let wen = scene.wen.clone();
        scene.window.until_talk("it is interrupted", &wen, |talk| talk.last("error").is_some()).await;
        let lines = scene.lines();
        assert!(lines[1].starts_with("assistant interrupted Wen: word0 ") && lines[1].contains("word20"), "{lines:?}");
        let profile = scene.window.profiles[0].id.clone();
        assert!(!matches!(scene.window.connection(&profile), Some(Connection::Online)));
        // What is written meanwhile waits, says for what, and can be taken back.
        scene.window.send(&wen, "Are you there?").await.unwrap();
        let of = wen.clone();
        scene.window.until("it waits", move |window| window.queue(&of).queued.len() == 1).await;
        let queue = scene.window.queue(&wen).clone();
        assert!(matches!(queue.waits_for, WaitsFor::Line | WaitsFor::You { .. }), "{queue:?}");
        let taken =
            scene.window.ask(TakeBack { conversation: wen.clone(), id: queue.queued[0].id.clone() }).await.unwrap();
        assert_eq!(taken.text, "Are you there?");
        scene.sim.come_back().unwrap();
        scene.window.until_talk("it is whole", &wen, |talk| talk.is_over() && talk.last("error").is_none()).await;
        assert_eq!(
            scene.lines()[..2],
            ["user done: Tell me".to_owned(), format!("assistant done Wen: {words}")],
            "{streaming:?}"
        );
        assert_eq!(scene.sends(), 1);
        assert_eq!(scene.sim.check(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_without_redis_refuses_is_remembered_over_the_end_of_the_app() {
    let answers = (0..4).map(|_| Answer::text("Plainly."));
    let Scene { sim, proxy, home, mut window, wen } =
        Scene::new(Script::new().agent("Wen", answers), Streaming::Background).await;
    let asked = |sim: &Sim| -> Vec<bool> {
        let sent = sim.requests().into_iter().filter(|request| request.path.ends_with("/messages/stream"));
        sent.map(|request| request.body["background"] == true).collect()
    };
    window.send_and_wait(&wen, "One").await;
    window.send_and_wait(&wen, "Two").await;
    assert_eq!(asked(&sim), [true, false, false], "refused once, then plainly");
    let id = window.profiles[0].id.clone();
    window
        .until("it is told", |window| {
            window.profiles[0].background_closed.as_deref().is_some_and(|why| why.contains("Redis"))
        })
        .await;
    window.engine.close().await;
    drop(window);
    let mut window = home.start().await;
    window.launch().await;
    window.online(&id).await;
    assert_eq!(window.profiles[0].streaming, Streaming::Background, "as chosen");
    window.open_id(&wen).await;
    window.send_and_wait(&wen, "Three").await;
    assert_eq!(asked(&sim), [true, false, false, false], "not asked again");
    assert_eq!(sim.check(), Vec::<String>::new());
    drop(proxy);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_computer_slept_a_dead_line_is_noticed_at_once() {
    for streaming in [Streaming::Background, Streaming::Plain] {
        let answer = Answer::of([Step::text("Before, "), Step::Gate, Step::text("and after.")]);
        // The line carries no byte after the fourth event, and does not say so.
        let script = Script::new().redis(BATCH).agent("Wen", [answer.but(Fault::StallAfter(3))]);
        let mut scene = Scene::new(script, streaming).await;
        scene.window.send(&scene.wen, "Go").await.unwrap();
        scene.says("Before").await;
        scene.sim.release();
        scene.window.listen_for(Duration::from_millis(300)).await;
        scene.home.clock.shift(8 * 3_600_000);
        scene.over().await;
        assert_eq!(scene.lines()[..2], ["user done: Go", "assistant done Wen: Before, and after."], "{streaming:?}");
        assert_eq!(scene.sends(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_model_call_that_failed_is_not_stored_and_the_words_stay_with_retry() {
    let fail = Step::Fail {
        error_type: "llm_rate_limit".to_owned(),
        message: "Rate limit exceeded".to_owned(),
        detail: "RATE_LIMIT_EXCEEDED: 429".to_owned(),
    };
    let answers = [Answer::of([Step::Gate, fail]), Answer::text("Now it works.")];
    let mut scene = Scene::new(Script::new().agent("Wen", answers), Streaming::Plain).await;
    scene.proxy.cut_after(600);
    scene.window.send(&scene.wen, "Try").await.unwrap();
    scene.sim.release();
    let wen = scene.wen.clone();
    scene.window.until_talk("it failed", &wen, |talk| talk.last("error").is_some() && talk.turn == Turn::Yours).await;
    let lines = scene.lines();
    assert_eq!(lines, ["user done: Try", "error failed: The model's provider asks for a pause: too many requests."]);
    scene.window.retry(&wen, "error").await.unwrap();
    scene.over().await;
    assert_eq!(scene.lines()[..2], ["user done: Try", "assistant done Wen: Now it works."]);
    assert_eq!(scene.sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_within_a_tool_says_that_the_tool_is_waited_for() {
    let slow = Call::new("search_web", r#"{"for":"paper"}"#, "Found.").takes(Duration::from_millis(1500));
    let pace = Pace { tools: true, ..Pace::instant() };
    let script = Script::new().pace(pace).agent("Wen", [Answer::of([Step::Call(slow), Step::text("Well.")])]);
    let mut scene = Scene::new(script, Streaming::Plain).await;
    scene.window.send(&scene.wen, "Search").await.unwrap();
    let wen = scene.wen.clone();
    scene
        .window
        .until_talk("it runs", &wen, |talk| talk.tool().is_some_and(|call| call.state == model::ToolState::Running))
        .await;
    scene.window.stop(&wen).await;
    scene
        .window
        .until_talk("it is said", &wen, |talk| talk.turn == Turn::Finishing { tool: "search_web".to_owned() })
        .await;
    scene.window.until_talk("it stands still", &wen, |talk| talk.turn == Turn::Yours).await;
    assert!(scene.sim.requests().iter().any(|request| request.path.ends_with("/messages/cancel")));
    assert!(scene.lines().contains(&"notice: Stopped".to_owned()), "{:?}", scene.lines());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_or_a_refusal_is_an_answer_and_is_not_looked_for() {
    let mut scene = Scene::new(Script::new().agent("Wen", []), Streaming::Plain).await;
    scene.sim.next_fault(On::Send, Fault::status(422, json!({"detail": "no"})));
    scene.window.send(&scene.wen, "Go").await.unwrap();
    let wen = scene.wen.clone();
    scene
        .window
        .until_talk("it failed", &wen, |talk| talk.last("user").and_then(model::Item::state) == Some("failed"))
        .await;
    assert!(!scene.sim.requests().iter().any(|request| request.path.starts_with("/v1/runs")));
}
