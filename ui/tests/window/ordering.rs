//! Members put in order in the dialogs of tables and groups: by the pointer, by keys, by buttons.

use model::{Ability, Can, Group, Guest, Skill, Way};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use crate::support::{Page, at_home, page, settle, sleep};

const NAMES: [&str; 3] = ["Ibrahim", "Wen", "Rosa"];

fn guest(name: &str) -> Guest {
    Guest {
        profile: "home".into(),
        server: "Home".to_owned(),
        agent: format!("agent-{name}").as_str().into(),
        name: name.to_owned(),
        role: "Research".to_owned(),
        hue: 4,
        own_thread: true,
    }
}

/// The dialog of a table at which these three sit.
async fn seated() -> Page {
    let page = page(at_home()).await;
    page.answer("guests", Ok(json!(NAMES.map(guest))));
    page.click("new-table").await;
    for name in NAMES {
        page.select(&format!("[data-testid=guest][data-agent=agent-{name}]")).unwrap().click();
        settle().await;
    }
    page
}

fn order(page: &Page) -> Vec<String> {
    page.all("[data-testid=sitting]")
        .iter()
        .map(|row| row.get_attribute("data-agent").unwrap().trim_start_matches("agent-").to_owned())
        .collect()
}

fn row(page: &Page, name: &str) -> HtmlElement {
    page.select(&format!("[data-testid=sitting][data-agent=agent-{name}]")).unwrap()
}

/// The middle of what a row has of this.
fn middle(page: &Page, name: &str, of: &str) -> (f64, f64) {
    let place = row(page, name).query_selector(of).unwrap().unwrap().get_bounding_client_rect();
    (place.left() + place.width() / 2.0, place.top() + place.height() / 2.0)
}

fn grip(page: &Page, name: &str) -> (f64, f64) {
    middle(page, name, ".grip")
}

/// So far a row is from where it stands in the list.
fn shift(page: &Page, name: &str) -> String {
    row(page, name).style().get_property_value("transform").unwrap()
}

#[wasm_bindgen_test]
async fn a_row_is_dragged_and_the_others_show_where_it_lands() {
    let page = seated().await;
    let (from, to) = (grip(&page, "Ibrahim"), grip(&page, "Rosa"));
    let pitch = grip(&page, "Wen").1 - from.1;
    page.point("pointerdown", from).await;
    page.point("pointermove", (from.0, from.1 + 3.0)).await;
    assert_eq!(shift(&page, "Ibrahim"), "", "a hand that trembles drags nothing");
    page.point("pointermove", (from.0, to.1)).await;
    assert_eq!(shift(&page, "Ibrahim"), format!("translateY({}px)", 2.0 * pitch), "it is where the pointer is");
    assert_eq!(shift(&page, "Wen"), format!("translateY({}px)", -pitch), "the others leave it its place");
    assert_eq!(shift(&page, "Rosa"), format!("translateY({}px)", -pitch));
    assert_eq!(order(&page), ["Ibrahim", "Wen", "Rosa"], "nothing is done before it is let go");
    page.point("pointerup", (from.0, to.1)).await;
    assert_eq!(order(&page), ["Wen", "Rosa", "Ibrahim"]);
    assert_eq!(page.text("order-said"), "Ibrahim, 3 of 3");
    assert!(NAMES.iter().all(|name| shift(&page, name).is_empty()) && page.select(".moving, .in-hand").is_none());
    page.point("pointermove", from).await;
    assert_eq!(order(&page), ["Wen", "Rosa", "Ibrahim"], "it is over");

    page.write("[data-testid=table-name]", "Letters desk").await;
    page.answer("make_table", Ok(json!("home/wen")));
    page.asked();
    page.click("making-agree").await;
    let seats = page.asked_to("make_table").pop().unwrap()["table"]["seats"].clone();
    let made: Vec<_> = seats.as_array().unwrap().iter().map(|seat| seat["name"].clone()).collect();
    assert_eq!(made, ["Wen", "Rosa", "Ibrahim"], "so it is made");
}

#[wasm_bindgen_test]
async fn escape_puts_it_back_and_closes_nothing() {
    let page = seated().await;
    let (from, to) = (grip(&page, "Rosa"), grip(&page, "Ibrahim"));
    page.point("pointerdown", from).await;
    page.point("pointermove", (from.0, to.1)).await;
    assert!(page.select(".in-hand[data-agent=agent-Rosa]").is_some());
    assert!(page.key("Escape").await, "it is for the row, not for the dialog");
    assert!(page.find("making").is_some() && page.select(".moving, .in-hand").is_none());
    assert_eq!(page.text("order-said"), "Rosa, 3 of 3", "where it is again");
    page.point("pointerup", (from.0, to.1)).await;
    assert_eq!(order(&page), NAMES);

    // A button that was let go outside the window is known by the next move.
    page.point("pointerdown", from).await;
    page.point("pointermove", (from.0, to.1)).await;
    page.point_with("pointermove", (from.0, to.1), |point| point.set_buttons(0)).await;
    assert!(page.select(".moving").is_none() && order(&page) == NAMES);
}

#[wasm_bindgen_test]
async fn a_control_or_a_finger_on_the_row_drags_nothing() {
    let page = seated().await;
    let down = grip(&page, "Rosa").1;
    for control in ["[data-testid=seat-name]", "[data-testid=unseat]"] {
        page.point("pointerdown", middle(&page, "Ibrahim", control)).await;
        page.point("pointermove", (middle(&page, "Ibrahim", control).0, down)).await;
        assert!(page.select(".moving").is_none(), "{control}");
        page.point("pointerup", middle(&page, "Ibrahim", control)).await;
    }
    let finger = async |kind: &str, at: (f64, f64)| {
        page.point_with(kind, at, |point| point.set_pointer_type("touch")).await;
    };
    finger("pointerdown", middle(&page, "Ibrahim", ".mg")).await;
    finger("pointermove", (middle(&page, "Ibrahim", ".mg").0, down)).await;
    assert!(page.select(".moving").is_none(), "it scrolls");
    finger("pointerdown", grip(&page, "Ibrahim")).await;
    finger("pointermove", (grip(&page, "Ibrahim").0, down)).await;
    finger("pointerup", (grip(&page, "Rosa").0, down)).await;
    assert_eq!(order(&page), ["Wen", "Rosa", "Ibrahim"], "by the grip it drags");
}

#[wasm_bindgen_test]
async fn keys_and_buttons_move_a_row_and_the_focus_goes_with_it() {
    let page = seated().await;
    page.asked();
    page.select("[data-agent=agent-Rosa] [data-testid=muted]").unwrap().focus().unwrap();
    page.key_with("ArrowUp", |key| key.set_alt_key(true)).await;
    sleep(40).await;
    assert_eq!(order(&page), ["Ibrahim", "Rosa", "Wen"]);
    assert!(page.has_focus("[data-agent=agent-Rosa] [data-testid=muted]"));
    assert_eq!(page.text("order-said"), "Rosa, 2 of 3");
    let up = page.select("[data-agent=agent-Rosa] [data-testid=seat-up]").unwrap();
    up.focus().unwrap();
    up.click();
    sleep(40).await;
    assert_eq!(order(&page), ["Rosa", "Ibrahim", "Wen"]);
    assert!(page.has_focus("[data-agent=agent-Rosa] [data-testid=seat-up]"), "at the end too");
    assert_eq!(up.get_attribute("aria-disabled").as_deref(), Some("true"));
    up.click();
    page.key_with("ArrowUp", |key| key.set_alt_key(true)).await;
    assert_eq!(order(&page), ["Rosa", "Ibrahim", "Wen"]);
    assert!(page.asked_to("open").is_empty(), "Alt with an arrow goes to no other conversation from here");
}

#[wasm_bindgen_test]
async fn the_members_of_a_group_are_dragged_too() {
    let mut launched = at_home();
    launched.profiles[0].abilities = vec![Ability { of: Skill::Groups, can: Can::Yes, why: "As recorded.".to_owned() }];
    let page = page(launched).await;
    let members = ["agent-Wen", "agent-Rosa"].map(Into::into).to_vec();
    let group = Group { name: "The evening".to_owned(), members, way: Way::RoundRobin { turns: None } };
    page.answer("group_of", Ok(json!(group)));
    page.click("options").await;
    page.click("change-group").await;
    let (from, to) = (grip(&page, "Wen"), grip(&page, "Rosa"));
    page.point("pointerdown", from).await;
    page.point("pointermove", (from.0, to.1)).await;
    page.point("pointerup", (from.0, to.1)).await;
    assert_eq!(order(&page), ["Rosa", "Wen"]);
    page.answer("change_group", Ok(json!(null)));
    page.click("grouping-agree").await;
    let asked = page.asked_to("change_group").pop().unwrap();
    assert_eq!(asked["group"]["members"], json!(["agent-Rosa", "agent-Wen"]));
}
