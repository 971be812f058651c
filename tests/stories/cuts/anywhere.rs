//! A stream cut at every place, of recordings in the background and of a plain one, ends as the uncut one.

use std::path::Path;

use model::{Streaming, Turn, command::SetStreaming};
use sim::{Answer, Call, Script, Step};
use tests::{Cut, Home, Replay, Window};

use super::Scene;

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
