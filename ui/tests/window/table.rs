//! Sidebar, bar and banners: what the news make of them.

use model::{Connection, Content, ConversationKind, News, TextState, Trouble, Turn, change::Change};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{at_home, conversation, member, page, request, reset, said, settle, sleep, speaking, words};

fn states(page: &crate::support::Page) -> Vec<String> {
    page.all("[data-testid=seat]").iter().map(|seat| seat.get_attribute("data-state").unwrap_or_default()).collect()
}

#[wasm_bindgen_test]
async fn rows_carry_their_handles_and_wants() {
    let page = page(at_home()).await;
    let rows = page.all("[data-testid=conversation-row]");
    let kinds: Vec<String> = rows.iter().map(|row| row.get_attribute("data-kind").unwrap()).collect();
    assert_eq!(kinds, ["group", "agent", "agent"]);
    assert_eq!(rows[0].get_attribute("data-conversation").as_deref(), Some("home/table"));
    let mut rosa = conversation("rosa", ConversationKind::Agent, "Rosa", vec![member("Rosa", 9)]);
    rosa.unread = true;
    page.news(News::Conversation { conversation: Box::new(rosa.clone()) }).await;
    assert!(page.select(".row.unread .dot").is_some());
    rosa.waiting = 2;
    page.news(News::Conversation { conversation: Box::new(rosa) }).await;
    assert_eq!(page.find("approvals-count").unwrap().get_attribute("data-count").as_deref(), Some("2"));
    assert_eq!(leptos::prelude::document().title(), "(2) Tertulia");
    page.click("approvals-count").await;
    assert!(page.find("inbox").is_some() && page.find("composer").is_none());
}

#[wasm_bindgen_test]
async fn a_click_opens_and_closes() {
    let page = page(at_home()).await;
    page.asked();
    page.select("[data-conversation='home/wen']").unwrap().click();
    settle().await;
    let asked: Vec<String> =
        page.asked().iter().map(|call| format!("{} {}", call["command"], call["with"]["conversation"])).collect();
    assert_eq!(asked, [r#""close" "home/table""#, r#""open" "home/wen""#]);
    assert!(page.select("[data-conversation='home/wen'].is-on").is_some());
    page.key_with("ArrowUp", |key| key.set_alt_key(true)).await;
    assert_eq!(page.asked_to("open")[0]["conversation"], "home/table");
}

#[wasm_bindgen_test]
async fn many_agents_fold() {
    let mut launched = at_home();
    for number in 0..12 {
        let name = format!("Agent {number}");
        launched.conversations.push(conversation(&name, ConversationKind::Agent, &name, vec![member("Agent", 1)]));
    }
    let page = page(launched).await;
    assert_eq!(page.all("[data-kind=agent]").len(), 6);
    assert_eq!(page.text("more-agents"), "8 more agents");
    page.click("more-agents").await;
    assert_eq!(page.all("[data-kind=agent]").len(), 14);
    page.click("fewer-agents").await;
    assert_eq!(page.all("[data-kind=agent]").len(), 6);
}

#[wasm_bindgen_test]
async fn seats_follow_the_talk() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![said("u", 1)]), Turn::Sent).await;
    assert_eq!(states(&page)[0], "next");
    page.frame(1, vec![Change::Put { item: words("a", 2, "Ibrahim", "Their desk answers.") }], speaking("Ibrahim"))
        .await;
    assert_eq!(states(&page), ["speaking", "next", "closes"]);
    let asks = request("b", 3, "Ibrahim", "{}", model::ToolState::AwaitingApproval);
    page.frame(2, vec![Change::Put { item: asks }], Turn::Paused { speaker: crate::support::speaker("Ibrahim") }).await;
    assert_eq!(states(&page), ["waiting", "next", "closes"]);
    assert!(page.text("bar").contains("Paused: Ibrahim waits for you"));
    page.frame(3, vec![Change::Remove { id: "b".into() }], speaking("Wen")).await;
    assert_eq!(states(&page), ["spoke", "speaking", "next"]);
    page.frame(4, vec![], Turn::Yours).await;
    assert!(page.text("bar").contains("Your turn"));
}

#[wasm_bindgen_test]
async fn a_hole_in_the_versions_opens_again() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![said("u", 1)]), Turn::Sent).await;
    page.asked();
    page.frame(2, vec![], Turn::Yours).await;
    page.frame(3, vec![], Turn::Yours).await;
    assert_eq!(page.asked_to("open").len(), 1, "once, however many frames follow the hole");
    page.frame(0, reset(vec![said("u", 1), words("a", 2, "Wen", "Two hold.")]), Turn::Yours).await;
    page.frame(1, vec![], speaking("Rosa")).await;
    assert!(page.asked_to("open").is_empty());
    assert!(states(&page).contains(&"speaking".to_owned()));
}

#[wasm_bindgen_test]
async fn a_banner_waits_a_second_and_offers_a_way_out() {
    let page = page(at_home()).await;
    let line = |connection| News::Connection { profile: "home".into(), connection };
    page.news(line(Connection::Offline { why: "nas.lan did not answer".into() })).await;
    assert_eq!(page.find("connection").unwrap().get_attribute("data-state").as_deref(), Some("offline"));
    assert!(page.find("banner").is_none());
    sleep(1_100).await;
    assert!(page.text("banner").starts_with("Offline. Showing saved history"));
    page.click("try-now").await;
    assert_eq!(page.asked_to("refresh").len(), 1);
    let next = Some(js_sys::Date::now() as i64 + 8_000);
    page.news(line(Connection::Reconnecting { attempt: 3, next })).await;
    assert!(page.text("banner").starts_with("Reconnecting, attempt 3. Next in 8 s"));
    page.news(line(Connection::Online)).await;
    assert!(page.find("banner").is_some(), "it stays to be read");
    sleep(1_100).await;
    assert!(page.find("banner").is_none());
}

#[wasm_bindgen_test]
async fn what_is_being_fetched_is_no_trouble_yet() {
    let page = page(at_home()).await;
    let mut cut = words("a", 2, "Wen", "");
    cut.content = Content::Assistant { text: "One, two, ".into(), images: vec![], state: TextState::Interrupted };
    let why = "Tertulia ended while this was being written.".to_owned();
    let mut trouble = words("cut/a", 3, "Wen", "");
    trouble.content = Content::Error(Trouble { what: "The answer was interrupted.".into(), why, details: None });
    let resuming = Turn::Resuming { speaker: Some(crate::support::speaker("Wen")) };
    page.frame(0, reset(vec![said("u", 1), cut, trouble]), resuming).await;
    let seen = || page.select(".note.bad").is_some_and(|note| !note.has_attribute("hidden"));
    assert!(!seen(), "the banner says that it is fetched");
    page.frame(1, vec![], Turn::Yours).await;
    assert!(seen() && page.find("retry").is_some(), "it was not to be had");
}

#[wasm_bindgen_test]
async fn an_answer_that_is_picked_up_is_said_below_the_worse_and_above_the_rest() {
    let page = page(at_home()).await;
    let line = |connection| News::Connection { profile: "home".into(), connection };
    page.frame(0, reset(vec![said("u", 1), words("a", 2, "Wen", "One, two, ")]), speaking("Wen")).await;
    let resuming = Turn::Resuming { speaker: Some(crate::support::speaker("Wen")) };
    page.frame(1, vec![], resuming).await;
    assert!(page.find("banner").is_none(), "a short one is never seen");
    assert!(page.find("stop").is_some(), "it can be stopped");
    sleep(1_100).await;
    assert_eq!(page.text("banner"), "Resuming Wen’s reply from where it stopped");
    page.news(line(Connection::Syncing { percent: Some(62) })).await;
    assert!(page.text("banner").starts_with("Resuming"), "{}", page.text("banner"));
    page.news(line(Connection::Reconnecting { attempt: 2, next: None })).await;
    assert!(page.text("banner").starts_with("Reconnecting, attempt 2"), "{}", page.text("banner"));
    page.news(line(Connection::Online)).await;
    assert!(page.text("banner").starts_with("Resuming"));
    page.frame(2, vec![], Turn::Yours).await;
    sleep(1_100).await;
    assert!(page.find("banner").is_none());
}

#[wasm_bindgen_test]
async fn a_flicker_of_the_line_is_never_seen() {
    let page = page(at_home()).await;
    let line = |connection| News::Connection { profile: "home".into(), connection };
    page.news(line(Connection::Syncing { percent: None })).await;
    sleep(500).await;
    page.news(line(Connection::Online)).await;
    sleep(700).await;
    assert!(page.find("banner").is_none());
}

#[wasm_bindgen_test]
async fn trouble_with_the_disk_is_told_until_it_is_over() {
    let page = page(at_home()).await;
    page.news(News::Storage { warning: Some("The disk is full. New talk is not saved.".into()) }).await;
    assert_eq!(page.text("storage-warning"), "The disk is full. New talk is not saved.");
    page.news(News::Storage { warning: None }).await;
    assert!(page.find("storage-warning").is_none());
}

#[wasm_bindgen_test]
async fn an_empty_table_is_set() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![]), Turn::Yours).await;
    let words = page.select(".empty").unwrap().text_content().unwrap();
    assert!(words.contains("The table is set") && words.contains("Ibrahim, Wen and Rosa speak in turn, after you."));
    page.click("first-words").await;
    assert!(page.has_focus("[data-testid=composer]"));
    page.click("send").await;
    assert_eq!(page.asked_to("send")[0]["text"], "Introduce yourselves, one line each");
}

#[wasm_bindgen_test]
async fn a_screen_reader_hears_who_speaks_and_who_finished() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![said("u", 1)]), Turn::Sent).await;
    page.frame(1, vec![], speaking("Wen")).await;
    assert_eq!(page.text("live-polite"), "Wen is speaking");
    page.frame(2, vec![Change::Put { item: words("a", 2, "Wen", "Two hold, one does not.") }], speaking("Wen")).await;
    page.frame(3, vec![], Turn::Yours).await;
    assert_eq!(page.text("live-polite"), "Wen finished, 5 words");
}
