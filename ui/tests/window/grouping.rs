//! A server's own groups: made, changed, emptied and deleted from their menu, where the server's groups work.

use model::{Ability, Can, Code, Failure, Group, Skill, Way, command::Launched};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at_home, page, settle};

/// The group is open; the server's groups work or do not.
fn with_groups(can: Can) -> Launched {
    let mut launched = at_home();
    launched.profiles[0].abilities = vec![Ability { of: Skill::Groups, can, why: "As recorded.".to_owned() }];
    launched
}

fn group(way: Way) -> Group {
    let members = ["agent-Wen", "agent-Rosa"].map(Into::into).to_vec();
    Group { name: "The evening".to_owned(), members, way }
}

async fn press(page: &Page, selector: &str) {
    page.select(selector).unwrap_or_else(|| panic!("no {selector}")).click();
    settle().await;
}

fn seated(page: &Page) -> Vec<String> {
    page.all("[data-testid=sitting]").iter().map(|row| row.get_attribute("data-agent").unwrap()).collect()
}

#[wasm_bindgen_test]
async fn a_group_is_changed_as_the_server_has_it() {
    let page = page(with_groups(Can::Yes)).await;
    page.answer("group_of", Ok(json!(group(Way::RoundRobin { turns: Some(4) }))));
    page.click("options").await;
    page.click("change-group").await;
    assert_eq!(page.asked_to("group_of"), [json!({"conversation": "home/table"})]);
    assert_eq!(seated(&page), ["agent-Wen", "agent-Rosa"]);
    assert!(page.has_focus("[data-testid=group-name]"));
    assert!(page.find("way").is_none(), "the way itself is fixed");
    assert!(page.text("fixed-way").contains("Round robin"));
    page.write("[data-testid=group-name]", "The morning").await;
    press(&page, "[data-agent=agent-Rosa] [data-testid=seat-up]").await;
    assert!(page.find("free-agent").is_none(), "everyone sits there");
    page.write("[data-testid=turns]", "none").await;
    page.click("grouping-agree").await;
    assert!(page.text("grouping-failure").contains("a number from 1 on"));
    assert!(page.asked_to("change_group").is_empty());

    page.write("[data-testid=turns]", "").await;
    let why = "One of the members is no longer on the server.";
    page.answer("change_group", Err(Failure::new(Code::Invalid, why)));
    page.click("grouping-agree").await;
    assert_eq!(page.text("grouping-failure"), why, "what was written stays");
    page.answer("change_group", Ok(json!(null)));
    page.click("grouping-agree").await;
    let asked = page.asked_to("change_group").pop().unwrap();
    assert_eq!((&asked["conversation"], &asked["group"]["name"]), (&json!("home/table"), &json!("The morning")));
    assert_eq!(asked["group"]["members"], json!(["agent-Rosa", "agent-Wen"]));
    assert_eq!(asked["group"]["way"], json!({"way": "round_robin"}));
    assert!(page.find("grouping").is_none());
}

#[wasm_bindgen_test]
async fn a_new_one_is_chosen_where_a_table_is_made() {
    let page = page(with_groups(Can::Yes)).await;
    page.answer("guests", Ok(json!([])));
    page.click("new-table").await;
    page.write("[data-testid=table-name]", "Printers").await;
    press(&page, "[data-testid=led-by][data-name='The server']").await;
    assert!(page.find("making").is_none() && page.find("grouping").is_some());
    let free = page.all("[data-testid=free-agent]").len();
    press(&page, "[data-testid=free-agent]").await;
    press(&page, "[data-testid=way][data-name=dynamic]").await;
    page.write("[data-testid=turns]", "6").await;
    page.write("[data-testid=ends-with]", " ENOUGH ").await;
    let chief = page.select("[data-testid=chief]").unwrap();
    assert_eq!(chief.children().length() as usize, free, "any agent of the server may pick");
    page.answer("make_group", Ok(json!("home/wen")));
    page.click("grouping-agree").await;
    let asked = page.asked();
    let made = asked.iter().find(|call| call["command"] == "make_group").unwrap();
    let group = &made["with"]["group"];
    assert_eq!((&made["with"]["profile"], &group["name"]), (&json!("home"), &json!("Printers")));
    assert_eq!(group["members"].as_array().map(Vec::len), Some(1));
    assert_eq!((&group["way"]["way"], &group["way"]["turns"]), (&json!("dynamic"), &json!(6)));
    assert_eq!(group["way"]["ends_with"], "ENOUGH");
    assert_ne!(group["way"]["manager"], group["members"][0], "who picks is another, where there is one");
    assert!(asked.iter().any(|call| call["command"] == "open" && call["with"]["conversation"] == "home/wen"));
}

#[wasm_bindgen_test]
async fn emptying_and_deleting_ask_first() {
    let page = page(with_groups(Can::Yes)).await;
    page.click("options").await;
    page.click("reset-group").await;
    let asks = page.text("dialog");
    assert!(asks.contains("history of each member") && asks.contains("cannot be undone"), "{asks}");
    assert!(page.has_focus("[data-testid=dialog-cancel]"), "Cancel is the default");
    page.click("dialog-cancel").await;
    assert!(page.asked_to("reset_group").is_empty() && page.find("dialog").is_none());

    page.click("options").await;
    page.click("reset-group").await;
    let why = "An answer still comes here. Stop it, or wait for its end.";
    page.answer("reset_group", Err(Failure::new(Code::Conflict, why)));
    page.click("dialog-agree").await;
    assert!(page.text("dialog").contains(why));
    page.answer("reset_group", Ok(json!(null)));
    page.click("dialog-agree").await;
    assert_eq!(page.asked_to("reset_group").pop(), Some(json!({"conversation": "home/table"})));
    assert!(page.find("dialog").is_none());

    page.click("options").await;
    page.click("delete-group").await;
    assert!(page.text("dialog").contains("Its members"));
    page.answer("delete_group", Ok(json!(null)));
    page.asked();
    page.click("dialog-agree").await;
    let asked = page.asked();
    assert!(asked.iter().any(|call| call["command"] == "delete_group"));
    let opened = asked.iter().find(|call| call["command"] == "open").unwrap();
    assert_ne!(opened["with"]["conversation"], "home/table", "another is opened");
}

#[wasm_bindgen_test]
async fn nothing_of_it_is_offered_where_groups_do_not_work() {
    let page = page(with_groups(Can::No)).await;
    page.click("options").await;
    for line in ["change-group", "reset-group", "delete-group"] {
        assert!(page.find(line).is_none(), "{line}");
    }
    page.key("Escape").await;
    page.answer("guests", Ok(json!([])));
    page.click("new-table").await;
    assert!(page.find("making").is_some() && page.find("led-by").is_none());
}
