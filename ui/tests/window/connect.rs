//! The connect screen: what goes wrong is said in its place, and what was typed stays.

use model::{Code, Failure};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{at_home, first_run, home, page, settle, sleep};

fn value(page: &crate::support::Page, handle: &str) -> String {
    js_sys::Reflect::get(&page.find(handle).unwrap(), &"value".into()).unwrap().as_string().unwrap()
}

fn unreachable() -> Value {
    json!({
        "is": "no", "what": "No Letta server answers at nas.lan:8283", "hint": "The computer is there. Is the server running?", "key_refused": false,
        "checks": [
            {"step": "Name found", "state": "passed", "note": "192.168.1.20"},
            {"step": "Port 8283", "state": "failed", "note": "refused"},
            {"step": "Password", "state": "not_tried", "note": "not tried"},
        ],
    })
}

#[wasm_bindgen_test]
async fn three_choices_of_which_one_is_open() {
    let page = page(first_run()).await;
    assert_eq!(page.all("[role=radio][aria-checked=true]").len(), 1);
    assert!(page.find("connect-key").is_some() && page.find("connect-url").is_none());
    page.click("connect-own").await;
    assert!(page.find("connect-url").is_some());
    page.click("connect-demo").await;
    assert!(page.find("connect-key").is_none());
    assert_eq!(page.all("[role=radio][aria-checked=true]").len(), 1);
}

#[wasm_bindgen_test]
async fn the_field_that_opens_has_the_focus_at_once_and_takes_it_from_nobody_later() {
    let page = page(first_run()).await;
    let focus = || web_sys::window()?.document()?.active_element()?.get_attribute("data-testid");
    page.find("connect-own").unwrap().click();
    leptos::task::tick().await;
    assert_eq!(focus().as_deref(), Some("connect-url"));
    // Who is quick already types the password, while the window is slow to draw.
    page.find("connect-key").unwrap().focus().unwrap();
    sleep(150).await;
    assert_eq!(focus().as_deref(), Some("connect-key"));
}

#[wasm_bindgen_test]
async fn a_refused_key_is_said_at_its_field_and_stays() {
    let page = page(first_run()).await;
    let refused = json!({"is": "no", "what": "Letta Cloud did not accept this key.", "hint": "It may have been cut short.", "key_refused": true, "checks": []});
    page.answer("connect", Ok(refused));
    page.write("[data-testid=connect-key]", " sk-let-1 ").await;
    page.click("connect-submit").await;
    assert_eq!(
        page.asked_to("connect"),
        [json!({"place": {"place": "cloud"}, "key": " sk-let-1 ", "memory_only": false})]
    );
    assert!(page.text("connect-error").starts_with("Letta Cloud did not accept this key. It may have been cut short."));
    assert_eq!(value(&page, "connect-key"), " sk-let-1 ");
    assert_eq!(page.text("connect-submit"), "Try again");
    assert!(page.select(".input.bad").is_some());
}

#[wasm_bindgen_test]
async fn an_unreachable_server_gets_a_list_of_checks() {
    let page = page(first_run()).await;
    page.answer("connect", Ok(unreachable()));
    page.click("connect-own").await;
    page.write("[data-testid=connect-url]", "http://nas.lan:8283/letta").await;
    page.write("[data-testid=connect-key]", "secret").await;
    page.click("connect-submit").await;
    let asked = page.asked_to("connect");
    assert_eq!(asked[0]["place"], json!({"place": "own", "address": "http://nas.lan:8283/letta"}));
    let checks: Vec<String> =
        page.all("[data-testid=check]").iter().map(|check| check.get_attribute("data-state").unwrap()).collect();
    assert_eq!(checks, ["passed", "failed", "not tried"]);
    assert!(page.find("copy-details").is_some());
    assert_eq!(value(&page, "connect-url"), "http://nas.lan:8283/letta");
    // Another choice and back: what was typed is still there.
    page.click("connect-demo").await;
    page.click("connect-own").await;
    assert_eq!(value(&page, "connect-key"), "secret");
}

#[wasm_bindgen_test]
async fn without_a_keychain_it_is_asked_before_the_key_is_kept() {
    let page = page(first_run()).await;
    page.answer("connect", Ok(json!({"is": "no_keychain", "why": "No keyring answers here."})));
    page.write("[data-testid=connect-key]", "sk-let-1").await;
    page.click("connect-submit").await;
    assert!(page.find("connect-submit").is_none());
    assert!(page.text("connect-error").contains("No keyring answers here."));
    page.asked();
    page.answer("connect", Ok(json!({"is": "yes", "profile": "home"})));
    page.click("keep-in-memory").await;
    assert_eq!(page.asked_to("connect")[0]["memory_only"], true);
    assert!(page.find("connect").is_none() && page.find("sidebar").is_some());
}

#[wasm_bindgen_test]
async fn a_failure_of_the_engine_is_said_too() {
    let page = page(first_run()).await;
    page.answer("connect", Err(Failure::new(Code::Storage, "The disk is full.")));
    page.click("connect-submit").await;
    assert!(page.text("connect-error").contains("The disk is full."));
}

#[wasm_bindgen_test]
async fn the_demo_needs_nothing_but_a_click() {
    let page = page(first_run()).await;
    page.click("connect-demo").await;
    page.answer("connect", Ok(json!({"is": "yes", "profile": "demo"})));
    page.click("connect-submit").await;
    let asked = page.asked();
    assert!(asked.contains(
        &json!({"command": "connect", "with": {"place": {"place": "demo"}, "key": null, "memory_only": false}})
    ));
    assert!(asked.contains(&json!({"command": "choose_profile", "with": {"profile": "demo"}})));
}

#[wasm_bindgen_test]
async fn an_attempt_given_up_changes_nothing_when_it_ends() {
    let page = page(first_run()).await;
    page.answer("connect", Ok(unreachable()));
    page.find("connect-submit").unwrap().click();
    page.find("connect-own").unwrap().click();
    settle().await;
    assert!(page.find("connect-error").is_none());
}

#[wasm_bindgen_test]
async fn the_server_menu_adds_removes_and_changes_the_light() {
    let page = page(at_home()).await;
    page.click("server-menu").await;
    assert!(page.text("server").contains("Home server") && page.text("server").contains("nas.lan:8283"));
    page.select("[data-name=Dark]").unwrap().click();
    settle().await;
    assert_eq!(page.asked_to("set_theme"), [json!({"theme": "dark"})]);
    page.click("remove-server").await;
    assert!(page.has_focus("[data-testid=dialog-cancel]"), "Cancel is the default");
    let question = page.text("dialog");
    assert!(question.contains("Lost on this computer") && question.contains("Not touched: the server"));
    page.click("dialog-cancel").await;
    assert!(page.find("dialog").is_none() && page.asked_to("remove_profile").is_empty());
    page.click("server-menu").await;
    page.answer("forgetting", Ok(json!({"go": ["Autumn issue", "Letters desk"], "stay": ["Elsewhere"]})));
    page.click("remove-server").await;
    assert_eq!(page.text("tables-go"), "The tables Autumn issue and Letters desk go with it, and what was said there.");
    assert_eq!(page.text("tables-stay"), "The table Elsewhere goes on without its agents of this server.");
    page.click("dialog-agree").await;
    assert_eq!(page.asked_to("remove_profile"), [json!({"profile": "home"})]);
    assert!(page.find("connect").is_some(), "the last server is gone");
}

#[wasm_bindgen_test]
async fn a_refused_profile_asks_for_its_key_only() {
    let mut launched = at_home();
    launched.profiles[0].connection =
        model::Connection::Refused { why: "The server no longer accepts the key.".into() };
    let page = page(launched).await;
    crate::support::sleep(1_100).await;
    page.click("new-key").await;
    assert_eq!(value(&page, "connect-url"), "http://nas.lan:8283");
    assert!(page.text("connect-error").contains("no longer accepts"));
    page.click("connect-back").await;
    assert!(page.find("sidebar").is_some());
    assert_eq!(home().host, "nas.lan:8283");
}
