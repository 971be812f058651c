//! The rules of the card one by one: what it knows, what it believes, when it arms again, where the focus goes, what it does when the
//! server does not let go.

use model::{Connection, Item, News, ToolState, Turn, change::Change};
use serde_json::json;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, PointerEvent, PointerEventInit};

use crate::support::{Page, at_home, but, page, request, reset, said, settle, sleep, speaker, wary_page};

const ARGUMENTS: &str = r#"{"body":"Dear Ms Amaral","subject":"Quote","to":"orcamentos@graficadouro.pt"}"#;

fn paused() -> Turn {
    Turn::Paused { speaker: speaker("Ibrahim") }
}

fn asks(id: &str, position: i64, arguments: &str) -> Item {
    request(id, position, "Ibrahim", arguments, ToolState::AwaitingApproval)
}

async fn show(page: &Page, version: u64, items: Vec<Item>) {
    page.frame(version, reset(items), paused()).await;
}

fn title(page: &Page) -> HtmlElement {
    page.select("#request").unwrap()
}

fn names(page: &Page) -> Vec<String> {
    page.all("dl.args dt").iter().map(|name| name.text_content().unwrap()).collect()
}

#[wasm_bindgen_test]
async fn arguments_stand_in_the_order_of_the_schema_and_the_last_line_says_what_is_known() {
    let page = page(at_home()).await;
    let before = json!({"approved": 12, "denied": 1, "last_at": 0, "last_approved": true});
    let standing = json!({
        "order": ["to", "subject", "body"], "before": before,
        "runs_where": {"is": "mcp", "name": "Home server", "program": "post"},
    });
    page.answer("standing_of", Ok(standing));
    show(&page, 0, vec![said("u", 1), asks("r", 2, ARGUMENTS)]).await;
    assert_eq!(page.asked_to("standing_of"), [json!({"conversation": "home/table", "tool_call": "call-r"})]);
    assert_eq!(names(&page), ["to", "subject", "body"]);
    assert_eq!(page.text("approval-meta"), "Runs in post, called by Home server. Approved 12 of 13 times");
    // The order came after the card: what moved is read before it is approved.
    page.click("approve").await;
    assert!(page.asked_to("decide").is_empty());
}

#[wasm_bindgen_test]
async fn without_a_schema_they_stand_as_written() {
    let page = page(at_home()).await;
    page.answer("standing_of", Ok(json!({"order": [], "runs_where": {"is": "server", "name": "Home server"}})));
    show(&page, 0, vec![asks("r", 2, ARGUMENTS)]).await;
    assert_eq!(names(&page), ["body", "subject", "to"]);
    assert_eq!(page.text("approval-meta"), "Runs on Home server. Asked for the first time");
}

#[wasm_bindgen_test]
async fn what_a_script_presses_decides_nothing() {
    let page = wary_page(at_home()).await;
    let stuck = but(asks("r", 2, ARGUMENTS), |call| call.stuck = Some("The server still waits.".into()));
    show(&page, 0, vec![stuck, asks("s", 3, "{}")]).await;
    sleep(1_000).await;
    title(&page).focus().unwrap();
    for key in ["a", "A", "d", "D", "Enter", " "] {
        page.key(key).await;
    }
    for handle in ["approve", "deny", "approve-all", "deny-and-retry", "stop-run"] {
        page.click(handle).await;
    }
    assert!(page.find("deny-reason").is_none() && page.find("approve-these").is_none());
    let asked = page.asked();
    assert!(asked.iter().all(|call| !["decide", "unstick"].contains(&call["command"].as_str().unwrap())), "{asked:?}");
}

#[wasm_bindgen_test]
async fn a_card_that_changes_under_the_pointer_waits_until_the_pointer_has_left() {
    let page = page(at_home()).await;
    show(&page, 0, vec![asks("r", 2, ARGUMENTS)]).await;
    let button = page.find("approve").unwrap();
    let place = button.get_bounding_client_rect();
    let pointer = PointerEventInit::new();
    pointer.set_client_x((place.left() + 4.0) as i32);
    pointer.set_client_y((place.top() + 4.0) as i32);
    let moved = PointerEvent::new_with_event_init_dict("pointermove", &pointer).unwrap();
    leptos::prelude::window().dispatch_event(&moved).unwrap();
    let item = asks("r", 2, &ARGUMENTS.replace("Quote", "Price"));
    page.frame(1, vec![Change::Put { item }], paused()).await;
    sleep(1_000).await;
    page.click("approve").await;
    assert!(page.asked_to("decide").is_empty(), "the pointer was there before");
    button.dispatch_event(&PointerEvent::new("pointerleave").unwrap()).unwrap();
    settle().await;
    page.click("approve").await;
    assert_eq!(page.asked_to("decide").len(), 1);
}

#[wasm_bindgen_test]
async fn paging_arms_again_and_keeps_the_focus_in_the_card() {
    let page = page(at_home()).await;
    show(&page, 0, vec![asks("r", 2, ARGUMENTS), asks("s", 3, "{}")]).await;
    sleep(1_000).await;
    title(&page).focus().unwrap();
    page.key("ArrowRight").await;
    assert_eq!(page.text("which-request"), "2 of 2");
    assert!(page.has_focus("#request"), "the next key goes to the card too");
    page.key("a").await;
    assert!(page.asked_to("decide").is_empty());
    page.key("ArrowRight").await;
    assert_eq!(page.text("which-request"), "2 of 2");
    page.key("ArrowLeft").await;
    assert_eq!(page.text("which-request"), "1 of 2");
    sleep(1_000).await;
    page.key("a").await;
    assert_eq!(page.asked_to("decide")[0]["tool_call"], "call-r");
}

#[wasm_bindgen_test]
async fn the_request_being_read_stays_when_another_goes_or_comes() {
    let page = page(at_home()).await;
    show(&page, 0, vec![asks("r", 2, "{}"), asks("s", 3, ARGUMENTS)]).await;
    page.select("[aria-label='Next request']").unwrap().click();
    settle().await;
    assert_eq!(page.text("which-request"), "2 of 2");
    let gone = request("r", 2, "Ibrahim", "{}", ToolState::Denied);
    page.frame(1, vec![Change::Put { item: gone }, Change::Put { item: asks("q", 1, "{}") }], paused()).await;
    assert_eq!(page.find("approval").unwrap().get_attribute("data-tool-call").as_deref(), Some("call-s"));
    assert!(!page.text("approval").contains("The request changed"));
}

#[wasm_bindgen_test]
async fn the_next_request_takes_the_card_and_the_focus_and_then_the_composer() {
    let page = page(at_home()).await;
    show(&page, 0, vec![asks("r", 2, ARGUMENTS), asks("s", 3, "{}")]).await;
    title(&page).focus().unwrap();
    let gone = |id: &str, position| request(id, position, "Ibrahim", "{}", ToolState::Running);
    page.frame(1, vec![Change::Put { item: gone("r", 2) }], paused()).await;
    assert_eq!(page.find("approval").unwrap().get_attribute("data-tool-call").as_deref(), Some("call-s"));
    assert!(page.has_focus("#request"));
    page.frame(2, vec![Change::Put { item: gone("s", 3) }], paused()).await;
    sleep(50).await;
    assert!(page.find("approval").is_none() && page.has_focus("[data-testid=composer]"));
}

#[wasm_bindgen_test]
async fn a_decision_that_came_back_is_said() {
    let page = page(at_home()).await;
    show(&page, 0, vec![request("r", 2, "Ibrahim", ARGUMENTS, ToolState::Deciding)]).await;
    page.frame(1, vec![Change::Put { item: asks("r", 2, ARGUMENTS) }], paused()).await;
    assert_eq!(page.text("not-sent"), "Not sent. Try again.");
    assert!(!page.find("approve").unwrap().has_attribute("disabled"));
}

#[wasm_bindgen_test]
async fn nothing_can_be_pressed_between_the_answer_and_the_news_of_it() {
    let page = page(at_home()).await;
    show(&page, 0, vec![asks("r", 2, ARGUMENTS)]).await;
    sleep(1_000).await;
    page.click("approve").await;
    page.click("approve").await;
    assert_eq!(page.asked_to("decide").len(), 1);
    assert!(page.find("approve").unwrap().has_attribute("disabled"));
}

#[wasm_bindgen_test]
async fn calls_of_one_request_are_decided_one_after_another_and_sent_together() {
    let of_one = |item: Item| but(item, |call| call.request = Some("message-1".into()));
    let page = page(at_home()).await;
    show(&page, 0, vec![of_one(asks("r", 2, ARGUMENTS)), of_one(asks("s", 3, "{}"))]).await;
    let decided = of_one(request("r", 2, "Ibrahim", ARGUMENTS, ToolState::Deciding));
    page.frame(1, vec![Change::Put { item: decided }], paused()).await;
    assert_eq!(page.find("approval").unwrap().get_attribute("data-tool-call").as_deref(), Some("call-s"));
    assert_eq!(page.text("which-request"), "2 of 2");
    page.select("[aria-label='Previous request']").unwrap().click();
    settle().await;
    assert!(page.text("approval-meta").ends_with("Sent when the other request is decided too"));
    assert!(page.find("approve").unwrap().has_attribute("disabled"));
}

#[wasm_bindgen_test]
async fn a_value_is_cut_in_its_third_line_with_the_way_to_all_of_it_at_its_end() {
    let page = page(at_home()).await;
    let long = "could you price our autumn issue on Munken Print ".repeat(30);
    show(&page, 0, vec![asks("r", 2, &json!({"body": long.trim_end()}).to_string())]).await;
    let value = page.select("dl.args .value").unwrap();
    assert!(value.client_height() <= 62, "three lines, not {} px", value.client_height());
    let link = page.find("show-lines").unwrap();
    assert!(value.contains(Some(&link)) && link.text_content().unwrap().starts_with("Show all "));
    let text = value.text_content().unwrap();
    assert!(text.starts_with("could you price our autumn issue") && text.contains("… Show all "));
    assert!(page.select(".trial").is_none(), "what was measured is gone");
    link.click();
    settle().await;
    assert_eq!(page.select("dl.args .value").unwrap().text_content().unwrap(), long.trim_end());
    // Shown by hand, it needs no first press.
    sleep(1_000).await;
    page.click("approve").await;
    assert_eq!(page.asked_to("decide").len(), 1);
}

#[wasm_bindgen_test]
async fn arguments_below_the_edge_are_seen_before_they_are_approved() {
    let page = page(at_home()).await;
    let many: serde_json::Map<_, _> = (0..60).map(|at| (format!("a{at:02}"), json!("x"))).collect();
    show(&page, 0, vec![asks("r", 2, &json!(many).to_string())]).await;
    sleep(1_000).await;
    assert!(page.find("more-below").is_some());
    title(&page).focus().unwrap();
    page.key("a").await;
    assert!(page.asked_to("decide").is_empty());
    sleep(1_000).await;
    assert!(page.find("more-below").is_none());
    page.key("a").await;
    assert_eq!(page.asked_to("decide").len(), 1);
}

#[wasm_bindgen_test]
async fn a_stuck_request_says_why_and_offers_four_ways() {
    let page = page(at_home()).await;
    let why = "The server waits for this decision, although it was not shown here.";
    let stuck = but(asks("r", 2, ARGUMENTS), |call| call.stuck = Some(why.into()));
    show(&page, 0, vec![stuck]).await;
    assert_eq!(page.text("stuck"), why);
    assert!(page.find("approve").is_some() && page.find("deny").is_some());
    assert_eq!(page.text("deny-and-retry"), "Deny and send again");
    page.click("deny-and-retry").await;
    let shown = json!({"name": "send_email", "arguments": ARGUMENTS});
    let asked = |way: serde_json::Value| json!({"conversation": "home/table", "tool_call": "call-r", "way": way, "shown": shown});
    assert_eq!(page.asked_to("unstick"), [asked(json!({"way": "deny_and_retry"}))]);
    let again = but(asks("r", 2, ARGUMENTS), |call| call.stuck = Some("It was not taken.".into()));
    page.frame(1, vec![Change::Remove { id: "r".into() }], paused()).await;
    page.frame(2, vec![Change::Put { item: again }], paused()).await;
    page.click("stop-run").await;
    assert_eq!(page.asked_to("unstick"), [asked(json!({"way": "stop_run"}))]);
}

#[wasm_bindgen_test]
async fn a_decision_that_was_sent_and_lost_is_not_said_to_be_unsent() {
    let page = page(at_home()).await;
    show(&page, 0, vec![request("r", 2, "Ibrahim", ARGUMENTS, ToolState::Deciding)]).await;
    let stuck = but(asks("r", 2, ARGUMENTS), |call| call.stuck = Some("The server waits still.".into()));
    page.frame(1, vec![Change::Put { item: stuck }], paused()).await;
    assert_eq!(page.text("stuck"), "The server waits still.");
    assert!(page.find("not-sent").is_none(), "{}", page.text("approval"));
}

#[wasm_bindgen_test]
async fn a_call_for_another_program_is_nobodys_to_approve() {
    let page = page(at_home()).await;
    show(&page, 0, vec![but(asks("r", 2, ARGUMENTS), |call| call.foreign = true)]).await;
    assert!(page.find("approval").is_none());
}

#[wasm_bindgen_test]
async fn offline_every_way_is_closed() {
    let page = page(at_home()).await;
    let stuck = but(asks("r", 2, ARGUMENTS), |call| call.stuck = Some("Stuck.".into()));
    show(&page, 0, vec![stuck, asks("s", 3, "{}")]).await;
    sleep(1_000).await;
    page.news(News::Connection { profile: "home".into(), connection: Connection::Offline { why: String::new() } })
        .await;
    for handle in ["approve", "deny", "approve-all", "deny-and-retry", "stop-run"] {
        assert!(page.find(handle).unwrap().has_attribute("disabled"), "{handle}");
    }
}

#[wasm_bindgen_test]
async fn names_that_pose_as_others_are_told_in_the_title() {
    let page = page(at_home()).await;
    show(&page, 0, vec![but(asks("r", 2, "{}"), |call| call.name = "sеnd_email".into())]).await;
    assert_eq!(title(&page).text_content().unwrap(), "Ibrahim wants to run sеU+0435nd_email");
    let label = page.select("#request .unseen").unwrap();
    assert_eq!(label.text_content().unwrap(), "U+0435");
    assert!(title(&page).query_selector_all("bdi").unwrap().length() == 2, "neither name moves what stands around it");
    assert!(label.dyn_ref::<HtmlElement>().is_some());
}
