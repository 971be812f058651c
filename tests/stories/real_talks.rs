//! Conversations of an agent against a real server: started, talked in, named, decided in, read on another computer; the main thread
//! untouched. A server that has none offers none.

use model::{
    Code, ConversationId, Skill, ToolState,
    command::{DeleteConversation, NewConversation, RenameConversation},
};
use tests::Window;

use crate::real::{Ability, decide, needs, patient, row_of, said, spoken, wait_for_request};

async fn start(window: &mut Window, of: &ConversationId, name: &str) -> ConversationId {
    let started = window.ask(NewConversation { of: of.clone(), name: Some(name.to_owned()) }).await.unwrap();
    window.open_id(&started).await;
    started
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_conversation_is_started_and_talked_in_and_the_main_thread_is_untouched() {
    let Some(real) = needs(&[Ability::Conversations]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let egon = real.open(&mut window, &profile, "Egon").await;
    window.send_and_wait(&egon, "Good morning, main thread").await;
    let main = said(&window.talk(&egon).items);

    let started = start(&mut window, &egon, "Harvest").await;
    window.send_and_wait(&started, "Good evening in here").await;
    assert!(spoken(&window.talk(&started).items).contains("You said: Good evening in here"), "{}", window.describe());
    window.ask(RenameConversation { conversation: started.clone(), name: "Wine".to_owned() }).await.unwrap();
    let live = said(&window.talk(&started).items);
    assert!(live.iter().all(|line| !line.contains("main thread")), "{live:#?}");
    assert_eq!(said(&window.talk(&egon).items), main, "nothing came into the main thread");
    drop(window);

    let elsewhere = patient();
    let (mut window, profile) = real.connected(&elsewhere).await;
    let there = started.as_str().split_once('/').unwrap().1.to_owned();
    let there = real.open_named(&mut window, &profile, &there).await;
    assert_eq!(row_of(&window, &there).unwrap().title, "Wine");
    let count = live.len();
    window.until_talk("its history is there", &there, move |talk| said(&talk.items).len() >= count).await;
    assert_eq!(said(&window.talk(&there).items), live, "history is what was heard");
    let egon = real.open(&mut window, &profile, "Egon").await;
    window.until_talk("its history is there", &egon, |talk| said(&talk.items).len() >= 2).await;
    let read = said(&window.talk(&egon).items);
    assert!(read.iter().all(|line| !line.contains("in here")), "the conversation is not in it: {read:#?}");
    assert!(read.ends_with(&main), "{read:#?}");

    window.ask(DeleteConversation { conversation: there.clone() }).await.unwrap();
    window.until("it is gone", move |window| row_of(window, &there).is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_request_in_a_conversation_is_decided_there() {
    let Some(real) = needs(&[Ability::Conversations, Ability::TokenApprovals]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let fay = real.open(&mut window, &profile, "Fay").await;
    let started = start(&mut window, &fay, "Letters").await;
    window.send(&started, "delete it").await.unwrap();
    let call = wait_for_request(&mut window, &started).await;
    decide(&window, &started, &call, None).await.unwrap();
    window.over(&started).await;
    let ToolState::Returned(returned) = &window.talk(&started).tool().unwrap().state else {
        panic!("{}", window.describe())
    };
    assert!(returned.text.contains("Deleted /tmp/example.txt"), "{returned:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn a_server_without_conversations_offers_none() {
    let Some(real) = needs(&[]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let egon = real.open(&mut window, &profile, "Egon").await;
    let offered = window.profiles.iter().find(|known| known.id == profile).unwrap().can(Skill::Conversations);
    assert_eq!(offered, !real.is_old());
    if real.is_old() {
        let refused = window.ask(NewConversation { of: egon, name: None }).await.unwrap_err();
        assert_eq!(refused.code, Code::Server);
        assert!(refused.message.contains("0.16.2"), "{refused:?}");
    }
}
