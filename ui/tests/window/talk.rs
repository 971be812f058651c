//! The composer: what is written is sent once, kept as a draft, and never lost.

use model::{Code, ConversationKind, Failure, LongRun, News, Turn};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{at_home, conversation, member, page, page_with, reset, said, settle, sleep, speaking, words};

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
async fn while_somebody_speaks_an_empty_composer_stops_and_a_written_one_queues() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![said("u", 1)]), speaking("Wen")).await;
    assert!(page.find("send").is_none() && page.find("stop").is_some());
    page.write(FIELD, "And the cover?").await;
    assert_eq!(page.find("send").unwrap().get_attribute("aria-label").as_deref(), Some("Queue"));
    page.click("stop").await;
    assert_eq!(page.asked_to("stop"), [json!({"conversation": "home/table"})]);
    assert_eq!(written(&page), "And the cover?", "the text is kept");
    page.select(FIELD).unwrap().focus().unwrap();
    page.key("Enter").await;
    assert_eq!(page.asked_to("send"), [json!({"conversation": "home/table", "text": "And the cover?"})]);
    assert_eq!(written(&page), "");
    page.frame(1, vec![], Turn::Yours).await;
    assert!(is_off(&page) && page.find("stop").is_none());
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
async fn who_writes_without_a_pause_has_a_draft_too() {
    let page = page(at_home()).await;
    page.asked();
    for words in ["Half", "Half a", "Half a thou", "Half a thought", "Half a thought more"] {
        page.write(FIELD, words).await;
        sleep(150).await;
    }
    assert!(!page.asked_to("save_draft").is_empty());
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
async fn offline_words_wait_for_the_server_and_the_field_says_so() {
    let mut launched = at_home();
    launched.profiles[0].connection = model::Connection::Offline { why: String::new() };
    let page = page(launched).await;
    let hint = || page.select(FIELD).unwrap().get_attribute("placeholder").unwrap();
    assert_eq!(hint(), "Not connected. Sent when the server answers");
    page.write(FIELD, "Later then").await;
    page.click("send").await;
    assert_eq!(page.asked_to("send").len(), 1);
    let queue = queue(&["Later then"], model::WaitsFor::Line);
    page.news(News::Queue { conversation: "home/table".into(), queue }).await;
    assert!(page.text("queue").contains("Sent when the server answers"));
    // With a refused key they would wait for nothing.
    let connection = model::Connection::Refused { why: String::new() };
    page.news(News::Connection { profile: "home".into(), connection }).await;
    page.write(FIELD, "And this").await;
    assert!(is_off(&page) && hint().contains("kept here"));
}

/// What waits, named by its words.
fn queue(texts: &[&str], waits_for: model::WaitsFor) -> model::Queue {
    let queued = texts.iter().map(|text| model::Queued {
        id: text.replace(' ', "-").into(),
        text: (*text).to_owned(),
        images: vec![],
        at: 0,
    });
    model::Queue { queued: queued.collect(), waits_for }
}

fn waiting(page: &crate::support::Page) -> Vec<String> {
    page.all("[data-testid=queued]").iter().map(|line| line.text_content().unwrap()).collect()
}

async fn queued(texts: &[&str]) -> crate::support::Page {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![said("u", 1)]), speaking("Wen")).await;
    let queue = queue(texts, model::WaitsFor::Turn);
    page.news(News::Queue { conversation: "home/table".into(), queue }).await;
    page.asked();
    page
}

#[wasm_bindgen_test]
async fn what_waits_is_listed_changed_and_removed() {
    let page = queued(&["And the cover", "Rosa, keep two pages"]).await;
    assert!(page.text("queue").starts_with("2 go in after Wen"));
    assert_eq!(waiting(&page), ["And the cover", "Rosa, keep two pages"]);
    page.click("edit-queued").await;
    assert!(page.has_focus("[data-testid=queued-text]"));
    page.write("[data-testid=queued-text]", "And the back cover").await;
    page.key("Enter").await;
    let asked = json!({"conversation": "home/table", "id": "And-the-cover", "text": "And the back cover"});
    assert_eq!(page.asked_to("edit_queued"), [asked]);
    assert!(page.find("queued-text").is_none() && page.has_focus(FIELD));
    page.click("edit-queued").await;
    page.write("[data-testid=queued-text]", "Something else").await;
    page.key("Escape").await;
    assert!(page.asked_to("edit_queued").is_empty() && page.find("queued-text").is_none());
    page.answer("take_back", Ok(json!({"text": "Rosa, keep two pages", "images": ["chart"]})));
    page.all("[data-testid=remove-queued]")[1].click();
    settle().await;
    let asked = page.asked();
    assert_eq!(
        asked[0],
        json!({"command": "take_back", "with": {"conversation": "home/table", "id": "Rosa,-keep-two-pages"}})
    );
    assert_eq!(asked[1], json!({"command": "detach", "with": {"conversation": "home/table", "image": "chart"}}));
    assert_eq!(written(&page), "", "what is removed does not come back");
    let queue = queue(&[], model::WaitsFor::Turn);
    page.news(News::Queue { conversation: "home/table".into(), queue }).await;
    assert!(page.find("queue").is_none());
}

#[wasm_bindgen_test]
async fn up_in_an_empty_composer_takes_the_last_one_back() {
    let page = queued(&["First", "Last of all"]).await;
    page.select(FIELD).unwrap().focus().unwrap();
    page.write(FIELD, "Not empty").await;
    page.key("ArrowUp").await;
    assert!(page.asked_to("take_back").is_empty(), "in words the key moves the cursor");
    page.write(FIELD, "").await;
    page.answer("take_back", Ok(json!({"text": "Last of all"})));
    page.key("ArrowUp").await;
    assert_eq!(page.asked_to("take_back"), [json!({"conversation": "home/table", "id": "Last-of-all"})]);
    assert_eq!(written(&page), "Last of all");
}

#[wasm_bindgen_test]
async fn what_went_meanwhile_says_so() {
    let page = queued(&["First"]).await;
    page.answer("take_back", Err(Failure::new(Code::Conflict, "This message is on its way already.")));
    page.select(FIELD).unwrap().focus().unwrap();
    page.key("ArrowUp").await;
    assert!(page.text("not-done").contains("This message is on its way already."));
    assert_eq!(written(&page), "");
}

#[wasm_bindgen_test]
async fn after_a_stop_the_queue_waits_for_a_word() {
    let page = page(at_home()).await;
    let stopped = model::WaitsFor::You { why: "You stopped the answer before it.".into() };
    let queue = queue(&["First", "Second"], stopped);
    page.news(News::Queue { conversation: "home/table".into(), queue }).await;
    assert!(page.text("queue").starts_with("You stopped the answer before it. The rest waits"));
    page.click("send-queued").await;
    assert_eq!(page.asked_to("send_queued"), [json!({"conversation": "home/table"})]);
}

#[wasm_bindgen_test]
async fn options_are_kept_for_the_conversation() {
    let page = page(at_home()).await;
    page.asked();
    let thought = model::Item {
        content: model::Content::Reasoning {
            text: "Hm".into(),
            hidden: false,
            state: model::TextState::Done,
            took: Some(2_000),
        },
        ..words("t", 2, "Wen", "")
    };
    page.frame(0, reset(vec![said("u", 1), thought, words("a", 3, "Wen", "Two hold.")]), Turn::Yours).await;
    page.find("options").unwrap().focus().unwrap();
    page.click("options").await;
    page.select("[data-name='By steps']").unwrap().click();
    settle().await;
    assert_eq!(
        page.asked_to("set_options"),
        [json!({"conversation": "home/table", "options": {"pieces": "steps", "reasoning": true}})]
    );
    let limit = async |text: &str| {
        page.write("[data-testid=max-steps]", text).await;
        let change = web_sys::Event::new("change").unwrap();
        page.find("max-steps").unwrap().dispatch_event(&change).unwrap();
        settle().await;
    };
    limit("0").await;
    assert!(page.asked_to("set_options").is_empty());
    assert!(page.select(".help.bad").unwrap().text_content().unwrap().contains("1 to 500"));
    limit("12").await;
    assert_eq!(page.asked_to("set_options")[0]["options"]["max_steps"], 12);
    assert!(page.select("[data-kind=reasoning]").is_some());
    page.click("show-thoughts").await;
    assert_eq!(page.asked_to("set_options")[0]["options"]["reasoning"], false);
    assert!(page.select("[data-kind=reasoning]").is_none(), "thoughts are out of sight");
    page.answer("set_options", Err(Failure::new(Code::Storage, "The disk is full.")));
    page.click("show-thoughts").await;
    assert!(page.text("not-done").contains("The disk is full."));
    assert!(page.select("[data-kind=reasoning]").is_none(), "as it is kept");
    page.click("web-images").await;
    assert_eq!(page.asked_to("always_load"), [json!({"conversation": "home/table", "on": true})]);
    page.key("Escape").await;
    assert!(page.find("max-steps").is_none() && page.has_focus("[data-testid=options]"));
}

#[wasm_bindgen_test]
async fn an_answer_without_end_is_asked_about_and_goes_on_meanwhile() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![]), speaking("Wen")).await;
    assert!(page.find("long-run").is_none());
    let mut table = conversation("table", ConversationKind::Group, "Autumn issue", vec![member("Wen", 4)]);
    table.turn = speaking("Wen");
    table.long_run = Some(LongRun::Lasting { minutes: 30 });
    page.news(News::Conversation { conversation: Box::new(table.clone()) }).await;
    assert!(
        page.text("long-run").starts_with("Wen has been at it for 30 min. Keep going?"),
        "{}",
        page.text("long-run")
    );
    assert!(page.find("stop").is_some(), "it goes on");
    page.click("keep-going").await;
    assert_eq!(page.asked_to("keep_going"), [json!({"conversation": "home/table"})]);
    table.long_run = Some(LongRun::Lasting { minutes: 60 });
    page.news(News::Conversation { conversation: Box::new(table.clone()) }).await;
    assert!(page.text("long-run").contains("60 min"));
    page.click("stop-long-run").await;
    assert_eq!(page.asked_to("stop"), [json!({"conversation": "home/table"})]);
    table.long_run = None;
    page.news(News::Conversation { conversation: Box::new(table) }).await;
    assert!(page.find("long-run").is_none());
}

#[wasm_bindgen_test]
async fn a_closed_conversation_says_why_and_has_no_composer() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![]), Turn::Yours).await;
    assert!(page.find("first-words").is_some());
    let mut table = conversation("table", ConversationKind::Group, "Autumn issue", vec![member("Wen", 4)]);
    table.closed = Some("This server no longer runs groups.".into());
    page.news(News::Conversation { conversation: Box::new(table) }).await;
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
