//! The composer: what is written is sent once, kept as a draft, and never lost.

use model::{Code, ConversationKind, Failure, News, Turn};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{at_home, conversation, member, page, page_with, reset, said, settle, sleep, speaking};

const FIELD: &str = "[data-testid=composer]";

fn written(page: &crate::support::Page) -> String {
    js_sys::Reflect::get(&page.select(FIELD).unwrap(), &"value".into()).unwrap().as_string().unwrap()
}

fn is_off(page: &crate::support::Page) -> bool {
    page.find("send").unwrap().has_attribute("disabled")
}

#[wasm_bindgen_test]
async fn enter_sends_once_and_clears() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![]), Turn::Yours).await;
    assert!(is_off(&page), "nothing to send");
    page.write(FIELD, "   ").await;
    assert!(is_off(&page), "blank is nothing");
    page.write(FIELD, "What do 96 pages cost?").await;
    assert!(!is_off(&page));
    page.select(FIELD).unwrap().focus().unwrap();
    page.key("Enter").await;
    assert_eq!(page.asked_to("send"), [json!({"conversation": "home/table", "text": "What do 96 pages cost?"})]);
    assert_eq!(written(&page), "");
    page.key("Enter").await;
    assert!(page.asked_to("send").is_empty());
}

#[wasm_bindgen_test]
async fn shift_enter_and_an_input_method_do_not_send() {
    let page = page(at_home()).await;
    page.write(FIELD, "にほん").await;
    page.select(FIELD).unwrap().focus().unwrap();
    page.key_with("Enter", |key| key.set_shift_key(true)).await;
    page.key_with("Enter", |key| key.set_is_composing(true)).await;
    page.key_with("Enter", |key| key.set_key_code(229)).await;
    page.key_with("Enter", |key| key.set_repeat(true)).await;
    assert!(page.asked_to("send").is_empty());
    page.click("send").await;
    assert_eq!(page.asked_to("send").len(), 1);
}

#[wasm_bindgen_test]
async fn what_cannot_be_sent_comes_back() {
    let page = page(at_home()).await;
    page.answer("send", Err(Failure::new(Code::Conflict, "Wen is already speaking.").details("409 busy")));
    page.write(FIELD, "One more thing").await;
    page.click("send").await;
    assert_eq!(written(&page), "One more thing");
    assert!(page.text("not-done").contains("Wen is already speaking."));
}

#[wasm_bindgen_test]
async fn while_somebody_speaks_there_is_only_stop() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![said("u", 1)]), speaking("Wen")).await;
    page.write(FIELD, "And the cover?").await;
    assert!(page.find("send").is_none());
    page.select(FIELD).unwrap().focus().unwrap();
    page.key("Enter").await;
    assert!(page.asked_to("send").is_empty());
    page.click("stop").await;
    assert_eq!(page.asked_to("stop"), [json!({"conversation": "home/table"})]);
    assert_eq!(written(&page), "And the cover?", "the text is kept");
    page.frame(1, vec![], Turn::Yours).await;
    assert!(!is_off(&page));
}

#[wasm_bindgen_test]
async fn escape_twice_stops_and_once_does_not() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![said("u", 1)]), speaking("Wen")).await;
    // An Esc of another test may not be a second ago.
    sleep(1_100).await;
    page.key("Escape").await;
    assert!(page.asked_to("stop").is_empty());
    page.key("Escape").await;
    assert_eq!(page.asked_to("stop").len(), 1);
    page.key("Escape").await;
    assert!(page.asked_to("stop").is_empty(), "the pair is used up");
}

#[wasm_bindgen_test]
async fn a_draft_is_kept_after_a_pause_and_when_leaving() {
    let page = page(at_home()).await;
    page.asked();
    page.write(FIELD, "Half a").await;
    page.write(FIELD, "Half a thought").await;
    assert!(page.asked_to("save_draft").is_empty());
    sleep(500).await;
    assert_eq!(page.asked_to("save_draft"), [json!({"conversation": "home/table", "text": "Half a thought"})]);
    page.write(FIELD, "Half a thought more").await;
    page.select("[data-conversation='home/wen']").unwrap().click();
    settle().await;
    assert_eq!(page.asked_to("save_draft"), [json!({"conversation": "home/table", "text": "Half a thought more"})]);
}

#[wasm_bindgen_test]
async fn a_draft_comes_back_and_goes_when_it_is_sent() {
    let page = page_with(at_home(), "Where was I").await;
    assert_eq!(written(&page), "Where was I");
    page.asked();
    page.click("send").await;
    let asked = page.asked();
    assert_eq!(asked[0]["with"]["text"], "Where was I");
    assert_eq!(asked[1], json!({"command": "save_draft", "with": {"conversation": "home/table", "text": ""}}));
}

#[wasm_bindgen_test]
async fn offline_nothing_is_sent_and_the_field_says_so() {
    let mut launched = at_home();
    launched.profiles[0].connection = model::Connection::Offline { why: String::new() };
    let page = page(launched).await;
    page.write(FIELD, "Later then").await;
    assert!(is_off(&page));
    assert!(page.select(FIELD).unwrap().get_attribute("placeholder").unwrap().starts_with("Not connected"));
}

#[wasm_bindgen_test]
async fn a_closed_conversation_says_why_and_has_no_composer() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![]), Turn::Yours).await;
    assert!(page.find("first-words").is_some());
    let mut table = conversation("table", ConversationKind::Group, "Autumn issue", vec![member("Wen", 4)]);
    table.closed = Some("This server no longer runs groups.".into());
    page.news(News::Conversation { conversation: table }).await;
    assert_eq!(page.text("closed"), "This server no longer runs groups.");
    assert!(page.find("composer").is_none());
    assert!(page.find("first-words").is_none(), "words to begin with are offered where nothing can be said");
}

#[wasm_bindgen_test]
async fn what_cannot_be_opened_can_be_tried_again() {
    let page = page(at_home()).await;
    page.answer("open", Err(Failure::new(Code::Storage, "The saved talk cannot be read.")));
    page.select("[data-conversation='home/wen']").unwrap().click();
    settle().await;
    assert!(page.text("not-done").contains("The saved talk cannot be read."));
}
