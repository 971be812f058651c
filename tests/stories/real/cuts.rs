//! Torn lines to a real server: the server goes on behind the cut, and every letter of its answer arrives once.

use std::time::{Duration, Instant};

use model::{ConversationId, Streaming, command::SetStreaming};
use serde_json::Value;
use tests::{Home, Proxy, Window};

use super::{Ability, Real, answer, needs, patient, spoken};

/// Lines that are cut for one story.
const CUTS: usize = 50;

/// The app, connected over a line that can be cut.
async fn over_a_line(real: &Real, home: &Home, streaming: Streaming, agent: &str) -> (Proxy, Window, ConversationId) {
    let proxy = Proxy::to(&real.base).await;
    let mut window = super::started(home).await;
    let profile = window.connect(&proxy.address(), Some(&real.key)).await;
    window.ask(SetStreaming { profile: profile.clone(), streaming }).await.unwrap();
    let id = real.open(&mut window, &profile, agent).await;
    (proxy, window, id)
}

/// Between 20 and 400 ms, by chance.
fn a_moment() -> Duration {
    let chance = u64::from(uuid::Uuid::new_v4().as_bytes()[0]);
    Duration::from_millis(20 + chance * 380 / 255)
}

/// What the server has of the answer to its newest message of the user, and how many messages of the user say so.
fn stored(history: &[Value], said: &str) -> (usize, String) {
    let user = |message: &Value| message["message_type"] == "user_message" && message["content"] == said;
    let times = history.iter().filter(|message| user(message)).count();
    let from = history.iter().rposition(user).map_or(0, |at| at + 1);
    let words = history[from..].iter().filter(|message| message["message_type"] == "assistant_message");
    (times, words.filter_map(|message| message["content"].as_str()).collect::<Vec<_>>().join("\n"))
}

/// Says things until the line broke so often within answers, and compares each answer with what the server has of it.
async fn cut_again_and_again(real: &Real, streaming: Streaming, agent: &str, cuts: usize) {
    let home = patient();
    let (proxy, mut window, id) = over_a_line(real, &home, streaming, agent).await;
    let (begun, mut runs) = (Instant::now(), 0);
    while proxy.torn() < cuts {
        runs += 1;
        assert!(runs <= 60 && begun.elapsed() < Duration::from_secs(600), "{} cuts in {runs} runs", proxy.torn());
        let said = format!("count, for the {runs}. time");
        window.send(&id, &said).await.unwrap();
        let line = format!("user done: {said}");
        loop {
            let talk = window.talk(&id);
            let is_sent = talk.lines().contains(&line);
            // A line that breaks at every try is given up, and the answer taken up again once the server can be reached.
            let is_whole = talk.is_over() && talk.last("error").is_none();
            if is_sent && is_whole && !spoken(answer(&talk.items)).is_empty() {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(600), "{}", window.describe());
            window.listen_for(a_moment()).await;
            if proxy.torn() < cuts {
                proxy.cut();
            }
        }
        let talk = window.talk(&id);
        let (times, words) = stored(&real.history(id.as_str().split('/').nth(1).unwrap()).await, &said);
        assert_eq!(times, 1, "sent once: {said}");
        assert_eq!(spoken(answer(&talk.items)), words, "run {runs}, byte for byte");
        let usage = answer(&talk.items).iter().filter(|item| item.kind() == "notice").count();
        // Only a run that can be found tells its usage after a cut.
        let told = usize::from(real.can(Ability::Runs))..=1;
        assert!(told.contains(&usage), "what it used is told, once: {}", window.describe());
    }
    eprintln!("{streaming:?}: {} cuts within {runs} answers, in {:?}", proxy.torn(), begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_run_in_the_background_that_is_cut_50_times_arrives_byte_for_byte() {
    let Some(real) = needs(&[Ability::Runs, Ability::Background]) else { return };
    cut_again_and_again(&real, Streaming::Background, "Lars", CUTS).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_plain_run_that_is_cut_is_read_to_its_end() {
    let Some(real) = needs(&[]) else { return };
    cut_again_and_again(&real, Streaming::Plain, "Mona", 5).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn killed_within_a_run_in_the_background_the_app_goes_on_behind_what_it_saved() {
    let Some(real) = needs(&[Ability::Runs, Ability::Background]) else { return };
    let home = patient();
    let (proxy, mut window, id) = over_a_line(&real, &home, Streaming::Background, "Nora").await;
    window.send(&id, "count").await.unwrap();
    window.until_talk("words come", &id, |talk| spoken(answer(&talk.items)).len() > 300).await;
    drop(window);
    let mut window = super::started(&home).await;
    window.open_id(&id).await;
    window
        .until_talk("it is whole", &id, |talk| {
            talk.is_over() && talk.last("error").is_none() && talk.last("assistant").is_some()
        })
        .await;
    let (times, words) = stored(&real.history(id.as_str().split('/').nth(1).unwrap()).await, "count");
    assert_eq!(times, 1);
    assert_eq!(spoken(&window.talk(&id).items), words);
    drop(proxy);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn words_whose_answer_never_began_are_found_on_the_server_and_not_sent_twice() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let (proxy, mut window, id) = over_a_line(&real, &home, Streaming::Plain, "Olaf").await;
    proxy.cut_after(1);
    window.send(&id, "Hello once").await.unwrap();
    window.until_talk("it is answered", &id, |talk| talk.is_over() && talk.last("assistant").is_some()).await;
    assert_eq!(proxy.torn(), 1);
    let (times, words) = stored(&real.history(id.as_str().split('/').nth(1).unwrap()).await, "Hello once");
    assert_eq!(times, 1);
    assert_eq!(spoken(answer(&window.talk(&id).items)), words);
}
