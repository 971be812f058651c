//! The approval card: what it shows, and when it acts.

use model::{Code, Failure, ToolState, Turn, change::Change};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at_home, page, request, reset, said, sleep, speaker};

const ARGUMENTS: &str = r#"{"to":"orcamentos@graficadouro.pt","subject":"Quote: 96 pages"}"#;

fn paused() -> Turn {
    Turn::Paused { speaker: speaker("Ibrahim") }
}

async fn asked(arguments: &str) -> Page {
    let page = page(at_home()).await;
    let item = request("r", 2, "Ibrahim", arguments, ToolState::AwaitingApproval);
    page.frame(0, reset(vec![said("u", 1), item]), paused()).await;
    page.asked();
    page
}

/// The same, after the moment in which nothing can be approved.
async fn ready(arguments: &str) -> Page {
    let page = asked(arguments).await;
    sleep(1_000).await;
    page
}

fn decision(approve: bool, reason: Option<&str>, arguments: &str) -> serde_json::Value {
    json!({
        "conversation": "home/table", "tool_call": "call-r", "approve": approve, "reason": reason,
        "shown": {"name": "send_email", "arguments": arguments},
    })
}

#[wasm_bindgen_test]
async fn it_says_who_wants_what_and_where_it_runs() {
    let page = asked(ARGUMENTS).await;
    assert_eq!(page.select("#request").unwrap().text_content().unwrap(), "Ibrahim wants to run send_email");
    assert_eq!(page.find("approval").unwrap().get_attribute("data-tool-call").as_deref(), Some("call-r"));
    let names: Vec<String> = page.all("dl.args dt").iter().map(|name| name.text_content().unwrap()).collect();
    assert_eq!(names, ["to", "subject"]);
    assert!(page.text("approval").contains("Runs on Home server"));
    assert_eq!(page.text("live-urgent"), "Ibrahim wants to run send_email. Control J to decide.");
    assert!(page.all(".pg button").is_empty(), "one request needs no paging");
}

#[wasm_bindgen_test]
async fn it_takes_no_focus_and_gives_it_only_to_its_title() {
    let page = ready(ARGUMENTS).await;
    assert!(!page.has_focus("[data-testid=approval]"));
    page.key("a").await;
    assert!(page.asked_to("decide").is_empty(), "keys act only inside");
    page.select("[data-testid=composer]").unwrap().focus().unwrap();
    page.key_with("j", |key| key.set_ctrl_key(true)).await;
    assert!(page.has_focus("#request"));
    page.key("Enter").await;
    page.key(" ").await;
    assert!(page.asked_to("decide").is_empty(), "Enter and Space do nothing on the title");
    page.key_with("j", |key| key.set_ctrl_key(true)).await;
    assert!(page.has_focus("[data-testid=composer]"));
}

#[wasm_bindgen_test]
async fn nothing_is_approved_in_the_first_moment() {
    let page = asked(ARGUMENTS).await;
    assert_eq!(page.find("approve").unwrap().get_attribute("aria-disabled").as_deref(), Some("true"));
    page.click("approve").await;
    assert!(page.asked_to("decide").is_empty());
    sleep(1_000).await;
    assert_eq!(page.find("approve").unwrap().get_attribute("aria-disabled").as_deref(), Some("false"));
    page.click("approve").await;
    assert_eq!(page.asked_to("decide"), [decision(true, None, ARGUMENTS)]);
}

#[wasm_bindgen_test]
async fn a_key_approves_once_and_its_repeat_does_not() {
    let page = ready(ARGUMENTS).await;
    page.select("#request").unwrap().focus().unwrap();
    page.key_with("a", |key| key.set_repeat(true)).await;
    page.key_with("a", |key| key.set_ctrl_key(true)).await;
    assert!(page.asked_to("decide").is_empty());
    page.key("a").await;
    assert_eq!(page.asked_to("decide").len(), 1);
}

#[wasm_bindgen_test]
async fn a_changed_request_says_so_and_arms_again() {
    let page = ready(ARGUMENTS).await;
    let other = r#"{"to":"someone@else.pt"}"#;
    let item = request("r", 2, "Ibrahim", other, ToolState::AwaitingApproval);
    page.frame(1, vec![Change::Put { item }], paused()).await;
    assert!(page.text("approval").contains("The request changed"));
    page.click("approve").await;
    assert!(page.asked_to("decide").is_empty());
    sleep(1_000).await;
    page.click("approve").await;
    assert_eq!(page.asked_to("decide"), [decision(true, None, other)]);
}

#[wasm_bindgen_test]
async fn the_window_coming_to_the_front_arms_again() {
    let page = ready(ARGUMENTS).await;
    leptos::prelude::window().dispatch_event(&web_sys::Event::new("focus").unwrap()).unwrap();
    page.click("approve").await;
    assert!(page.asked_to("decide").is_empty());
}

#[wasm_bindgen_test]
async fn what_was_not_seen_is_shown_before_it_is_approved() {
    let long = json!({"body": "One line.\n".repeat(14).trim_end()}).to_string();
    let page = ready(&long).await;
    assert_eq!(page.text("show-lines"), "Show all 14 lines");
    page.select("#request").unwrap().focus().unwrap();
    page.key("a").await;
    assert!(page.asked_to("decide").is_empty());
    assert!(page.find("show-lines").is_none());
    page.key("a").await;
    assert!(page.asked_to("decide").is_empty(), "what was just shown cannot have been read");
    sleep(1_000).await;
    page.key("a").await;
    assert_eq!(page.asked_to("decide"), [decision(true, None, &long)]);
}

#[wasm_bindgen_test]
async fn a_denial_may_say_why() {
    let page = ready(ARGUMENTS).await;
    page.select("#request").unwrap().focus().unwrap();
    page.key("d").await;
    assert!(page.select("#request").unwrap().text_content().unwrap().starts_with("Why not? Ibrahim will read this"));
    assert!(page.has_focus("[data-testid=deny-reason]"));
    page.key("a").await;
    page.key("d").await;
    assert!(page.asked_to("decide").is_empty(), "in a field they are letters");
    page.write("[data-testid=deny-reason]", "Ask for 80 pages as well").await;
    page.key_with("Enter", |key| key.set_shift_key(true)).await;
    assert!(page.asked_to("decide").is_empty());
    page.key("Enter").await;
    assert_eq!(page.asked_to("decide"), [decision(false, Some("Ask for 80 pages as well"), ARGUMENTS)]);
}

#[wasm_bindgen_test]
async fn a_denial_needs_no_reason_and_can_be_taken_back() {
    let page = ready(ARGUMENTS).await;
    page.click("deny").await;
    page.key("Escape").await;
    assert!(page.find("deny-reason").is_none() && page.find("approve").is_some());
    page.click("deny").await;
    page.click("deny").await;
    assert_eq!(page.asked_to("decide"), [decision(false, None, ARGUMENTS)]);
}

#[wasm_bindgen_test]
async fn a_decision_that_was_not_sent_can_be_sent_again() {
    let page = ready(ARGUMENTS).await;
    page.answer("decide", Err(Failure::new(Code::Offline, "The server was not reached.")));
    page.click("approve").await;
    assert!(page.text("approval").contains("Not sent. Try again. The server was not reached."));
    page.asked();
    page.click("approve").await;
    assert_eq!(page.asked_to("decide").len(), 1);
}

#[wasm_bindgen_test]
async fn while_a_decision_is_on_its_way_nothing_can_be_pressed() {
    let page = ready(ARGUMENTS).await;
    let item = request("r", 2, "Ibrahim", ARGUMENTS, ToolState::Deciding);
    page.frame(1, vec![Change::Put { item }], paused()).await;
    assert!(page.select("[data-testid=approve] .spin").is_some());
    assert!(
        page.find("approve").unwrap().has_attribute("disabled") && page.find("deny").unwrap().has_attribute("disabled")
    );
    let item = request("r", 2, "Ibrahim", ARGUMENTS, ToolState::Running);
    page.frame(2, vec![Change::Put { item }], paused()).await;
    assert!(page.find("approval").is_none());
}

#[wasm_bindgen_test]
async fn offline_nothing_can_be_decided() {
    let page = ready(ARGUMENTS).await;
    let connection = model::Connection::Offline { why: String::new() };
    page.news(model::News::Connection { profile: "home".into(), connection }).await;
    assert!(
        page.find("approve").unwrap().has_attribute("disabled") && page.find("deny").unwrap().has_attribute("disabled")
    );
    page.select("#request").unwrap().focus().unwrap();
    page.key("a").await;
    page.key("d").await;
    assert!(page.asked_to("decide").is_empty() && page.find("deny-reason").is_none());
}

#[wasm_bindgen_test]
async fn hidden_characters_and_broken_arguments_are_shown() {
    let page = asked("{\"path\":\"invoice\u{202E}fdp.exe\"}").await;
    assert_eq!(page.select(".args .unseen").unwrap().text_content().unwrap(), "U+202E");
    drop(page);
    let page = asked(r#"{"to": "a"#).await;
    assert!(page.text("approval").contains("not valid JSON") && page.text("approval").contains(r#"{"to": "a"#));
}

#[wasm_bindgen_test]
async fn several_requests_are_paged_oldest_first() {
    let page = page(at_home()).await;
    let first = request("r", 2, "Ibrahim", ARGUMENTS, ToolState::AwaitingApproval);
    let second = request("s", 3, "Wen", "{}", ToolState::AwaitingApproval);
    page.frame(0, reset(vec![said("u", 1), first, second]), paused()).await;
    assert!(page.text("approval").contains("1 of 2"));
    page.select("#request").unwrap().focus().unwrap();
    page.key("ArrowRight").await;
    assert!(page.text("approval").contains("2 of 2") && page.text("approval").contains("Wen wants to run"));
}
