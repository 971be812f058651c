//! Words whose request was cut: they are looked for, nothing is sent twice, and what cannot be known is asked of the user.

use std::time::Duration;

use model::{
    Content, SendState, Streaming, Turn,
    command::{Leave, Refresh},
};
use serde_json::json;
use sim::{Answer, Fault, On, Script, Step};

use super::{BATCH, Scene};

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
