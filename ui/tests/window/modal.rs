//! What every dialog does: the focus goes in and comes back, keys stay in it, Esc and a click beside it leave it, Enter agrees, once.

use model::{Code, Connection, Failure, Guest, News};
use serde_json::json;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlFormElement, PointerEvent, PointerEventInit};

use crate::support::{Page, at_home, page, settle};

fn wen() -> Guest {
    Guest {
        profile: "home".into(),
        server: "Home".to_owned(),
        agent: "agent-Wen".into(),
        name: "Wen".to_owned(),
        role: "Fact check".to_owned(),
        hue: 4,
        own_thread: true,
    }
}

/// The question whether the server is to be removed, asked from its menu.
async fn asked() -> Page {
    let page = page(at_home()).await;
    page.click("server-menu").await;
    page.click("remove-server").await;
    page
}

/// A press and its click at one place, or the two at two.
async fn click_at(page: &Page, press: (f64, f64), release: (f64, f64)) {
    page.pointer("pointerdown", press, |_| {});
    let init = PointerEventInit::new();
    init.set_bubbles(true);
    init.set_client_x(release.0 as i32);
    init.set_client_y(release.1 as i32);
    let dialog = page.select("dialog").unwrap();
    // What a press within and a release beside it have in common is the dialog itself, as in a browser.
    dialog.dispatch_event(&PointerEvent::new_with_event_init_dict("click", &init).unwrap()).unwrap();
    settle().await;
}

/// As Enter in a field does it.
async fn submit(page: &Page) {
    page.select("dialog form").unwrap().unchecked_into::<HtmlFormElement>().request_submit().unwrap();
    settle().await;
}

const BESIDE: (f64, f64) = (6.0, 6.0);

fn within(page: &Page) -> (f64, f64) {
    let place = page.select("dialog h2").unwrap().get_bounding_client_rect();
    (place.left() + 10.0, place.top() + 10.0)
}

#[wasm_bindgen_test]
async fn a_question_is_left_by_a_click_beside_it_and_the_focus_comes_back() {
    let page = page(at_home()).await;
    page.find("new-table").unwrap().focus().unwrap();
    page.answer("guests", Ok(json!([])));
    page.click("new-table").await;
    assert!(page.has_focus("[data-testid=table-name]"));
    page.escape().await;
    assert!(page.find("making").is_none() && page.has_focus("[data-testid=new-table]"));
    drop(page);

    let page = asked().await;
    assert!(page.has_focus("[data-testid=dialog-cancel]"), "Cancel is the default");
    let within = within(&page);
    click_at(&page, within, BESIDE).await;
    assert!(page.find("dialog").is_some(), "words were marked, and the pointer left the dialog");
    click_at(&page, BESIDE, within).await;
    assert!(page.find("dialog").is_some());
    click_at(&page, BESIDE, BESIDE).await;
    assert!(page.find("dialog").is_none() && page.asked_to("remove_profile").is_empty());
}

#[wasm_bindgen_test]
async fn what_was_written_is_not_lost_by_a_click_beside_it() {
    let page = page(at_home()).await;
    page.answer("guests", Ok(json!([])));
    page.click("new-table").await;
    page.write("[data-testid=table-name]", "Letters desk").await;
    click_at(&page, BESIDE, BESIDE).await;
    assert!(page.find("making").is_some());
    page.asked();
    page.key_with("ArrowDown", |key| key.set_alt_key(true)).await;
    page.key_with("b", |key| key.set_ctrl_key(true)).await;
    assert!(page.asked().is_empty() && page.find("sidebar").is_some(), "keys mean nothing behind it");
    page.escape().await;
    assert!(page.find("making").is_none());
}

#[wasm_bindgen_test]
async fn enter_agrees_once_and_then_it_is_too_late_to_cancel() {
    let page = page(at_home()).await;
    page.answer("guests", Ok(json!([wen()])));
    page.click("new-table").await;
    page.asked();
    page.write("[data-testid=seek-guest]", "nobody").await;
    page.select("[data-testid=seek-guest]").unwrap().focus().unwrap();
    assert!(page.key("Enter").await, "in the search for members it is for the search");

    page.write("[data-testid=table-name]", "Letters desk").await;
    page.hold("make_table");
    submit(&page).await;
    submit(&page).await;
    page.click("making-cancel").await;
    page.escape().await;
    assert_eq!(page.asked_to("make_table").len(), 1);
    assert_eq!(page.find("making-agree").unwrap().get_attribute("aria-disabled").as_deref(), Some("true"));
    page.release("make_table", Err(Failure::new(Code::Invalid, "A table needs a member."))).await;
    assert_eq!(page.text("making-failure"), "A table needs a member.");
    page.answer("make_table", Ok(json!("home/wen")));
    submit(&page).await;
    assert!(page.find("making").is_none());
}

#[wasm_bindgen_test]
async fn who_is_away_can_be_asked_and_is_said_to_be_away() {
    let page = page(at_home()).await;
    page.answer("guests", Ok(json!([wen()])));
    page.click("new-table").await;
    assert_eq!(page.text("guest"), "WWenFact check");
    let connection = Connection::Offline { why: "It was not reached.".to_owned() };
    page.news(News::Connection { profile: "home".into(), connection }).await;
    assert_eq!(page.text("guest"), "WWenFact check, offline");
    page.click("guest").await;
    assert!(page.text("sitting").contains("offline"));
}

#[wasm_bindgen_test]
async fn when_nobody_can_be_asked_the_dialog_says_why() {
    let page = page(at_home()).await;
    page.answer("guests", Err(Failure::new(Code::Storage, "The list of agents could not be read.")));
    page.click("new-table").await;
    assert_eq!(page.text("no-guests"), "The list of agents could not be read.");
    page.click("making-cancel").await;
    page.answer("guests", Ok(json!([])));
    page.click("new-table").await;
    assert!(page.text("no-guests").starts_with("There is no agent on any server yet"));
}
