//! *Approve all 2…*: what it lists, what it leaves out, and that each call is decided for what was shown of it.

use model::{Code, Failure, Item, ToolState, Turn, change::Change};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at_home, page, request, reset, said, settle, sleep, speaker};

const FIRST: &str = r#"{"to":"orcamentos@graficadouro.pt","subject":"Quote"}"#;
const SECOND: &str = r#"{"to":"info@tipografialessa.pt"}"#;

fn paused() -> Turn {
    Turn::Paused { speaker: speaker("Ibrahim") }
}

fn asks(id: &str, position: i64, arguments: &str) -> Item {
    request(id, position, "Ibrahim", arguments, ToolState::AwaitingApproval)
}

/// Two that wait, and the question whether to approve both.
async fn asked_for_both() -> Page {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![said("u", 1), asks("r", 2, FIRST), asks("s", 3, SECOND)]), paused()).await;
    assert_eq!(page.text("approve-all"), "Approve all 2…");
    page.click("approve-all").await;
    assert!(page.find("approve-these").is_none(), "armed like Approve");
    sleep(1_000).await;
    page.click("approve-all").await;
    page.asked();
    page
}

fn decided(page: &Page) -> Vec<Value> {
    page.asked_to("decide")
        .iter()
        .map(|decide| json!([decide["tool_call"], decide["approve"], decide["shown"]]))
        .collect()
}

fn yes(id: &str, arguments: &str) -> Value {
    json!([format!("call-{id}"), true, {"name": "send_email", "arguments": arguments}])
}

#[wasm_bindgen_test]
async fn each_is_listed_with_its_first_argument_and_each_is_decided() {
    let page = asked_for_both().await;
    assert_eq!(page.select("#request").unwrap().text_content().unwrap(), "Approve these 2 requests?");
    let listed: Vec<String> = page.all(".multi li").iter().map(|one| one.text_content().unwrap()).collect();
    assert_eq!(listed, ["IIbrahimsend_emailorcamentos@graficadouro.pt+1", "IIbrahimsend_emailinfo@tipografialessa.pt"]);
    assert_eq!(page.text("approve-these-go"), "Approve 2");
    page.click("approve-these-go").await;
    assert!(decided(&page).is_empty(), "the list is read first");
    sleep(1_000).await;
    page.click("approve-these-go").await;
    assert_eq!(decided(&page), [yes("r", FIRST), yes("s", SECOND)]);
}

#[wasm_bindgen_test]
async fn no_key_approves_them() {
    let page = asked_for_both().await;
    sleep(1_000).await;
    assert!(page.has_focus("#request"));
    for key in ["a", "A", "Enter", " "] {
        page.key(key).await;
    }
    assert!(decided(&page).is_empty());
    page.key("Escape").await;
    assert!(page.find("approve-these").is_none() && page.find("approve").is_some() && page.has_focus("#request"));
}

#[wasm_bindgen_test]
async fn what_comes_later_is_not_included_and_what_goes_falls_out() {
    let page = asked_for_both().await;
    sleep(1_000).await;
    page.frame(1, vec![Change::Put { item: asks("t", 4, "{}") }], paused()).await;
    assert!(page.text("approve-these").contains("1 more waits and is not included"));
    let gone = request("r", 2, "Ibrahim", FIRST, ToolState::Denied);
    page.frame(2, vec![Change::Put { item: gone }], paused()).await;
    assert_eq!(page.select("#request").unwrap().text_content().unwrap(), "Approve this request?");
    page.click("approve-these-go").await;
    assert!(decided(&page).is_empty(), "the list changed: it is armed again");
    sleep(1_000).await;
    page.click("approve-these-go").await;
    assert_eq!(decided(&page), [yes("s", SECOND)]);
}

#[wasm_bindgen_test]
async fn one_that_changes_must_be_read_again() {
    let page = asked_for_both().await;
    sleep(1_000).await;
    let other = r#"{"to":"someone@else.pt"}"#;
    page.frame(1, vec![Change::Put { item: asks("s", 3, other) }], paused()).await;
    assert!(page.text("approve-these").contains("A request changed. Read it again."));
    page.click("approve-these-go").await;
    assert!(decided(&page).is_empty());
    sleep(1_000).await;
    page.click("approve-these-go").await;
    assert_eq!(decided(&page), [yes("r", FIRST), yes("s", other)]);
}

#[wasm_bindgen_test]
async fn what_was_not_sent_is_told() {
    let page = asked_for_both().await;
    sleep(1_000).await;
    page.answer("decide", Err(Failure::new(Code::Offline, "The server was not reached.")));
    page.click("approve-these-go").await;
    assert_eq!(page.text("not-sent"), "1 of 2 not sent. Try again. The server was not reached.");
}

#[wasm_bindgen_test]
async fn a_press_on_one_shows_all_of_it() {
    let page = asked_for_both().await;
    page.all(".multi .one")[1].click();
    settle().await;
    assert!(page.find("approve-these").is_none());
    assert_eq!(page.find("approval").unwrap().get_attribute("data-tool-call").as_deref(), Some("call-s"));
}
