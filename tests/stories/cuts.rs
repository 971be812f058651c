//! Torn lines: the answer ends as if they had not been, over breaks, kills, sleep and a server that goes away. Cuts at every place
//! are in `anywhere`; what became of words whose request was cut is in `sent`.

mod anywhere;
mod sent;

use std::time::Duration;

use model::{
    Connection, ConversationId, Streaming, Turn, WaitsFor,
    command::{SetStreaming, TakeBack},
};
use sim::{Answer, Call, Fault, Pace, Script, Sim, Step};
use tests::{Home, Proxy, Window};

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
    window.until_talk("it began", &wen, |talk| talk.lines().iter().any(|line| line.contains("The beginning, "))).await;
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

    // Redis may have come meanwhile: who chooses the background once more has it asked for once more.
    window.ask(SetStreaming { profile: id, streaming: Streaming::Background }).await.unwrap();
    window.until("the refusal is forgotten", |window| window.profiles[0].background_closed.is_none()).await;
    window.send_and_wait(&wen, "Four").await;
    assert_eq!(asked(&sim), [true, false, false, false, true, false]);
    window.until("it is told again", |window| window.profiles[0].background_closed.is_some()).await;
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
