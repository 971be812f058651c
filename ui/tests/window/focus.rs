//! Where the focus is after a dialog that a menu opened, after a menu, and after what was done: never nowhere.

use model::{Ability, Can, ConversationKind, Group, Pattern, Skill, Table, Way, command::Launched};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at_home, conversation, member, page, sleep};

/// The server has groups and conversations; the group is open, and Wen has a conversation.
fn with_all() -> Launched {
    let mut launched = at_home();
    launched.conversations.push(conversation(
        "Harvest",
        ConversationKind::Conversation,
        "Harvest",
        vec![member("Wen", 4)],
    ));
    let yes = |of| Ability { of, can: Can::Yes, why: "As recorded.".to_owned() };
    launched.profiles[0].abilities = [Skill::Groups, Skill::Conversations].map(yes).to_vec();
    launched
}

fn table() -> Table {
    serde_json::from_value(json!({
        "name": "Autumn issue",
        "seats": [{ "agent": "agent-Wen", "name": "Wen", "profile": "home" }],
        "pattern": Pattern::RoundRobin,
    }))
    .unwrap()
}

/// As a person does it, with the keyboard or the pointer: what is pressed has the focus.
async fn press(page: &Page, handle: &str) {
    page.find(handle).unwrap_or_else(|| panic!("no {handle}")).focus().unwrap();
    page.click(handle).await;
}

/// A line of a menu opens a dialog, and Esc leads back to the menu's button.
async fn leads_back(page: &Page, menu: &str, line: &str) {
    press(page, menu).await;
    press(page, line).await;
    assert!(page.has_focus("dialog"), "{line}: the focus is in the dialog");
    page.escape().await;
    assert!(page.select("dialog").is_none(), "{line}: Esc leaves it");
    assert!(page.has_focus(&format!("[data-testid={menu}]")), "{line}: the focus is at the menu's button");
}

#[wasm_bindgen_test]
async fn esc_leads_from_a_dialog_back_to_the_menu_it_came_from() {
    let mut launched = with_all();
    launched.conversation = Some("home/wen".into());
    let at_wen = page(launched).await;
    leads_back(&at_wen, "server-menu", "remove-server").await;
    leads_back(&at_wen, "server-menu", "server-abilities").await;
    leads_back(&at_wen, "conversation-menu", "delete-conversation").await;
    drop(at_wen);

    let page = page(with_all()).await;
    let members = ["agent-Wen", "agent-Rosa"].map(Into::into).to_vec();
    let group = Group { name: "Autumn issue".to_owned(), members, way: Way::RoundRobin { turns: None } };
    page.answer("group_of", Ok(json!(group)));
    leads_back(&page, "options", "change-group").await;
    leads_back(&page, "options", "reset-group").await;
    leads_back(&page, "options", "delete-group").await;
    page.answer("guests", Ok(json!([])));
    page.answer("copy_of", Ok(json!(table())));
    leads_back(&page, "options", "copy-table").await;
    page.lead().await;
    page.answer("guests", Ok(json!([])));
    page.answer("table_of", Ok(json!(table())));
    leads_back(&page, "options", "change-table").await;
    leads_back(&page, "options", "delete-table").await;
}

#[wasm_bindgen_test]
async fn what_is_done_in_a_dialog_leaves_the_focus_where_one_goes_on() {
    let mut launched = with_all();
    launched.conversation = Some("home/Harvest".into());
    let page = page(launched).await;
    press(&page, "conversation-menu").await;
    press(&page, "delete-conversation").await;
    page.answer("delete_conversation", Ok(json!(null)));
    let mut left = with_all().conversations;
    left.retain(|row| row.id.as_str() != "home/Harvest");
    press(&page, "dialog-agree").await;
    page.news(model::News::Conversations { profile: "home".into(), conversations: left }).await;
    sleep(50).await;
    assert!(page.find("conversation-menu").is_none() && page.has_focus("[data-testid=composer]"));
}

#[wasm_bindgen_test]
async fn a_menu_gives_the_focus_back_to_its_button_however_it_is_left() {
    let page = page(with_all()).await;
    press(&page, "options").await;
    page.key("Escape").await;
    assert!(page.find("change-group").is_none() && page.has_focus("[data-testid=options]"));
    press(&page, "server-menu").await;
    press(&page, "server").await;
    assert!(page.find("server").is_none() && page.has_focus("[data-testid=server-menu]"));
}

#[wasm_bindgen_test]
async fn the_window_s_own_keys_wait_while_something_lies_above_it() {
    let page = page(with_all()).await;
    press(&page, "server-menu").await;
    press(&page, "server-abilities").await;
    page.asked();
    // A press on its words leaves the focus nowhere.
    page.find("abilities-close").unwrap().blur().unwrap();
    page.key_with("ArrowDown", |key| key.set_alt_key(true)).await;
    page.key_with("b", |key| key.set_ctrl_key(true)).await;
    assert!(page.asked().is_empty() && page.find("sidebar").is_some());
}
