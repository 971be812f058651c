//! Whoever looks sees the same: a window that listens in any rhythm, one that opens late, and what is saved.

use model::{ConversationId, Item, News};
use sim::{Answer, Call, Pace, Script, Sim, Step};
use tests::{Home, Talk};

/// A talk with everything in it, cut into `pieces`.
fn answer(seed: u64) -> Answer {
    let words = (0..40 + seed % 7 * 10).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
    Answer::of([
        Step::reasoning(format!("Thought {seed}. {words}")),
        Step::Call(Call::new("look", format!(r#"{{"seed":{seed}}}"#), "Found.")),
        Step::text(words.clone()),
        Step::Call(Call::new("look_again", "{}", "Nothing.").failing()),
        Step::text(format!("# Done\n\n{words}")),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_never_reads_holds_nothing_up() {
    let words = (0..2000).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text(words.clone())])).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    // Another window, whose page hangs.
    let mut deaf = window.engine.news();
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    window.send_and_wait(&wen, "Go").await;
    // Until the history was looked at once more, which may know a little more of the same.
    window.listen_for(home.pace.refresh * 3).await;
    assert!(window.talk(&wen).lines()[1].ends_with(&words));
    // What waits for it was folded, and is whole.
    let mut heard = Vec::new();
    while let Some(news) = deaf.try_recv() {
        heard.push(news);
    }
    assert!(heard.len() < 12, "{} pieces wait", heard.len());
    let mut items = Vec::new();
    for news in heard {
        if let News::Timeline(frame) = news {
            frame.changes.into_iter().for_each(|change| model::apply(&mut items, change));
        }
    }
    assert_eq!(items, window.talk(&wen).items);
}

#[tokio::test(flavor = "multi_thread")]
async fn window_store_and_latecomer_agree_in_any_rhythm() {
    let mut dice = 0x2545_f491_4f6c_dd1d_u64;
    let mut roll = move |sides: u64| {
        // Xorshift: the same rhythm at every run.
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice % sides
    };
    for seed in 0..6 {
        let script = Script::new().pace(Pace::steady(3000.0)).agent("Wen", [answer(seed), answer(seed + 10)]);
        let sim = Sim::scripted(script).unwrap();
        let home = Home::new();
        let mut window = home.start().await;
        window.launch().await;
        window.connect(&sim.address(), None).await;
        let wen = window.open("Wen").await;
        for text in ["First", "Second"] {
            window.send(&wen, text).await.unwrap();
            let end = tokio::time::Instant::now() + tests::PATIENCE;
            while !answered(window.talk(&wen), text) {
                assert!(tokio::time::Instant::now() < end, "no end of the answer:\n{}", window.describe());
                // Sometimes it looks away for longer than many frames, sometimes it comes back anew.
                tokio::time::sleep(std::time::Duration::from_millis(roll(90))).await;
                if roll(6) == 0 {
                    window.open_id(&wen).await;
                }
                window.listen_for(std::time::Duration::from_millis(roll(20))).await;
            }
        }
        // Until the history was looked at once more, which may know a little more of the same.
        window.listen_for(home.pace.refresh * 3).await;
        let by_frames = window.talk(&wen).items.clone();
        window.open_id(&wen).await;
        let latecomer = window.talk(&wen).items.clone();
        assert_eq!(by_frames, latecomer, "seed {seed}");
        window.engine.close().await;
        assert_eq!(by_frames, saved(&home, &wen).await, "seed {seed}");
        assert_eq!(sim.check(), Vec::<String>::new());
    }
}

/// Whether a question stands there with its whole answer.
fn answered(talk: &Talk, question: &str) -> bool {
    let asked = talk.last("user").is_some_and(|item| tests::item_text(item).ends_with(question));
    asked && talk.is_over() && talk.items.last().is_some_and(|item| item.kind() == "notice")
}

/// What is saved, read as the next start would.
async fn saved(home: &Home, id: &ConversationId) -> Vec<Item> {
    let (store, warning) = engine::store::Store::open(home.folder(), 0);
    assert!(warning.is_none());
    let page = store.tail(id, 10_000).await.unwrap();
    store.close().await;
    page.items
}
