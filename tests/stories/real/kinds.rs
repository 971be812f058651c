//! Every kind of message that a scripted model can bring about: pictures in, several calls in one step, and all of it read again on
//! another computer. What only older servers or other models say is in the recordings.

use std::time::Duration;

use model::{
    Content, ConversationId, ImageRef, ToolCall, ToolState, Turn,
    command::{Attach, Send},
};
use serde_json::Value;
use tests::Window;

use super::{Ability, answer, decide, needs, patient, said, spoken, wait_for_request};

/// Two by two pixels.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DAwMDAxMDAwMDAAAANHQEDasKb6QAAAABJRU5ErkJggg==";

/// The calls of the last step, in order.
fn calls(window: &Window, id: &ConversationId) -> Vec<ToolCall> {
    answer(&window.talk(id).items).iter().filter_map(|item| item.tool().cloned()).collect()
}

fn kinds(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["message_type"].as_str().unwrap())
        .filter(|kind| *kind != "system_message")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_picture_goes_to_the_model_and_is_read_from_history_on_another_computer() {
    let Some(real) = needs(&[Ability::Pictures]) else { return };
    let home = patient();
    real.agent("Lena").await;
    let (mut window, profile) = real.connected(&home).await;
    let lena = real.open(&mut window, &profile, "Lena").await;
    let attached = window
        .ask(Attach { conversation: lena.clone(), name: "dots.png".to_owned(), base64: PNG.to_owned() })
        .await
        .unwrap();
    assert_eq!((attached.added.len(), attached.refused.len()), (1, 0), "{attached:?}");
    let sent = &attached.attachments[0];
    let (bytes, images) = (sent.bytes, vec![sent.id.clone()]);
    window.ask(Send { conversation: lena.clone(), text: "A picture: what is it?".to_owned(), images }).await.unwrap();
    window.over(&lena).await;
    let words = spoken(answer(&window.talk(&lena).items));
    let seen = words.strip_prefix("I see 1 picture(s): ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    // The length of base64 tells the bytes up to its padding.
    let seen: u64 = seen.parse().unwrap_or_else(|_| panic!("{words}"));
    assert!(seen >= bytes && seen <= bytes + 2, "{bytes} sent, {seen} seen");

    let elsewhere = patient();
    let (mut window, profile) = real.connected(&elsewhere).await;
    let lena = real.open(&mut window, &profile, "Lena").await;
    window
        .until_talk("the history is there", &lena, |talk| {
            talk.last("assistant").is_some() && talk.last("user").is_some()
        })
        .await;
    let Content::User { text, images, .. } = &window.talk(&lena).last("user").unwrap().content else {
        panic!("{}", window.describe())
    };
    assert_eq!(text, "A picture: what is it?");
    let [ImageRef::Kept(picture)] = images.as_slice() else { panic!("{images:?}") };
    assert_eq!((picture.width, picture.height, picture.bytes), (2, 2, bytes));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn two_that_ask_in_one_step_are_answered_together() {
    let Some(real) = needs(&[Ability::Parallel]) else { return };
    let home = patient();
    let id = real.agent("Mona").await;
    let (mut window, profile) = real.connected(&home).await;
    let mona = real.open(&mut window, &profile, "Mona").await;
    window.send(&mona, "both of them").await.unwrap();
    window
        .until_talk("two wait", &mona, |talk| {
            matches!(talk.turn, Turn::Paused { .. })
                && talk
                    .items
                    .iter()
                    .filter(|item| item.tool().is_some_and(|call| call.state == ToolState::AwaitingApproval))
                    .count()
                    == 2
        })
        .await;
    let waiting = calls(&window, &mona);
    decide(&window, &mona, &waiting[0], None).await.unwrap();
    decide(&window, &mona, &waiting[1], Some("Keep it.")).await.unwrap();
    window.over(&mona).await;
    let after = calls(&window, &mona);
    let ToolState::Returned(returned) = &after[0].state else { panic!("{}", window.describe()) };
    assert!(returned.ok && returned.text.contains("Deleted /a"), "{returned:?}");
    assert!(matches!(after[1].state, ToolState::Denied), "{}", window.describe());
    let stored = real.history(&id).await;
    let response = stored.iter().find(|message| message["message_type"] == "approval_response_message").unwrap();
    assert_eq!(response["approvals"].as_array().unwrap().len(), 2, "one answer for both");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_harmless_call_waits_beside_one_that_asks() {
    let Some(real) = needs(&[Ability::Parallel]) else { return };
    let home = patient();
    let id = real.agent("Nils").await;
    let (mut window, profile) = real.connected(&home).await;
    let nils = real.open(&mut window, &profile, "Nils").await;
    window.send(&nils, "mixed").await.unwrap();
    let call = wait_for_request(&mut window, &nils).await;
    assert_eq!(call.name, "delete_file");
    let waits = real.history(&id).await;
    assert_eq!(kinds(&waits), ["user_message", "tool_call_message", "approval_request_message"]);
    decide(&window, &nils, &call, None).await.unwrap();
    window.over(&nils).await;
    let done = calls(&window, &nils);
    let returned = |name: &str| match &done.iter().find(|call| call.name == name).unwrap().state {
        ToolState::Returned(returned) => returned.text.clone(),
        other => panic!("{name}: {other:?}\n{}", window.describe()),
    };
    assert_eq!(done.len(), 2, "{}", window.describe());
    assert!(returned("get_weather").contains("Sunny") && returned("delete_file").contains("Deleted /a"));
    let stored = real.history(&id).await;
    let tool = stored.iter().find(|message| message["message_type"] == "tool_return_message").unwrap();
    assert_eq!(tool["tool_returns"].as_array().unwrap().len(), 2, "both come back in one message: {tool}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn thoughts_calls_failures_and_denials_read_as_they_were_heard() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let id = real.agent("Olga").await;
    let (mut window, profile) = real.connected(&home).await;
    let olga = real.open(&mut window, &profile, "Olga").await;
    for words in ["think about it", "How is the weather?", "boom"] {
        window.send_and_wait(&olga, words).await;
    }
    window.send(&olga, "delete it").await.unwrap();
    let call = wait_for_request(&mut window, &olga).await;
    decide(&window, &olga, &call, Some("Keep it.")).await.unwrap();
    window.over(&olga).await;
    let live = said(&window.talk(&olga).items);

    let elsewhere = patient();
    let (mut window, profile) = real.connected(&elsewhere).await;
    let olga = real.open(&mut window, &profile, "Olga").await;
    let count = live.len();
    window.until_talk("the history is there", &olga, move |talk| said(&talk.items).len() >= count).await;
    window.listen_for(Duration::from_millis(500)).await;
    let read = said(&window.talk(&olga).items);
    assert!(read.ends_with(&live), "history is what was heard: {read:#?} {live:#?}");
    let denied = window.talk(&olga).tool().unwrap();
    assert!(matches!(denied.state, ToolState::Denied), "{denied:?}");
    assert_eq!(denied.decision.as_ref().and_then(|decision| decision.reason.as_deref()), Some("Keep it."));
    let stored = real.history(&id).await;
    let of_server = kinds(&stored);
    for kind in ["reasoning_message", "tool_call_message", "tool_return_message", "approval_response_message"] {
        assert!(of_server.contains(&kind), "{of_server:?}");
    }
}
