//! Conversations under their agent: seen, folded, started, named, deleted.

use model::{Ability, Can, Conversation, ConversationKind, News, Skill, command::Launched};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at_home, conversation, member, page, settle};

fn thread(name: &str) -> Conversation {
    conversation(name, ConversationKind::Conversation, name, vec![member("Wen", 4)])
}

/// Wen is open and has two conversations; the server may have them or not.
fn with_threads(can: Can) -> Launched {
    let mut launched = at_home();
    launched.conversations.extend([thread("Harvest"), thread("Letters")]);
    launched.conversation = Some("home/wen".into());
    let why = "They came with Letta 0.16.2.".to_owned();
    launched.profiles[0].abilities = vec![Ability { of: Skill::Conversations, can, why }];
    launched
}

fn titles(page: &Page) -> Vec<String> {
    let rows = page.all("[data-kind=conversation]");
    rows.iter().map(|row| row.get_attribute("aria-label").unwrap()).collect()
}

#[wasm_bindgen_test]
async fn they_stand_under_their_agent_and_fold() {
    let page = page(with_threads(Can::Yes)).await;
    assert_eq!(titles(&page), ["Harvest", "Letters"]);
    let kinds: Vec<String> = page
        .all("[data-testid=conversation-row]")
        .iter()
        .map(|row| row.get_attribute("data-conversation").unwrap())
        .collect();
    assert_eq!(kinds, ["home/table", "home/wen", "home/Harvest", "home/Letters", "home/rosa"]);
    assert_eq!(page.text("fold-conversations"), "2 conversations");
    page.click("fold-conversations").await;
    assert_eq!(titles(&page), Vec::<String>::new());
    page.click("fold-conversations").await;
    page.select("[data-conversation='home/Letters']").unwrap().click();
    settle().await;
    assert_eq!(page.asked_to("open").last().unwrap()["conversation"], "home/Letters");
    assert!(page.select("[data-conversation='home/Letters'].is-on").is_some());
    page.select("[data-conversation='home/rosa']").unwrap().click();
    settle().await;
    assert_eq!(titles(&page).len(), 2, "what the user unfolded stays so");
}

#[wasm_bindgen_test]
async fn one_is_started_by_a_click_and_by_ctrl_n_where_the_server_has_them() {
    let page = page(with_threads(Can::Yes)).await;
    page.asked();
    page.answer("new_conversation", Ok(json!("home/Harvest")));
    page.click("new-conversation").await;
    let asked = page.asked();
    let new = asked.iter().find(|call| call["command"] == "new_conversation").unwrap();
    assert_eq!(new["with"]["of"], "home/wen");
    assert!(asked.iter().any(|call| call["command"] == "open" && call["with"]["conversation"] == "home/Harvest"));
    page.answer("new_conversation", Ok(json!("home/Letters")));
    page.key_with("n", |key| key.set_ctrl_key(true)).await;
    assert_eq!(page.asked_to("new_conversation").len(), 1, "in a conversation too");
    drop(page);

    let page = crate::support::page(with_threads(Can::No)).await;
    page.asked();
    assert!(page.find("new-conversation").is_none());
    page.key_with("n", |key| key.set_ctrl_key(true)).await;
    assert!(page.asked_to("new_conversation").is_empty());
}

#[wasm_bindgen_test]
async fn a_name_is_written_in_its_place() {
    let page = page(with_threads(Can::Yes)).await;
    page.asked();
    page.click("conversation-menu").await;
    page.click("rename-conversation").await;
    assert!(page.has_focus("[data-testid=conversation-name]"));
    page.write("[data-testid=conversation-name]", "Harvest and wine").await;
    page.key("Enter").await;
    assert_eq!(
        page.asked_to("rename_conversation"),
        [json!({"conversation": "home/Harvest", "name": "Harvest and wine"})]
    );
    assert!(page.find("conversation-name").is_none());
    let mut renamed = thread("Harvest");
    renamed.title = "Harvest and wine".to_owned();
    page.news(News::Conversation { conversation: Box::new(renamed) }).await;
    assert!(titles(&page).contains(&"Harvest and wine".to_owned()));

    page.click("conversation-menu").await;
    page.click("rename-conversation").await;
    page.write("[data-testid=conversation-name]", "Never mind").await;
    page.key("Escape").await;
    assert!(page.asked_to("rename_conversation").is_empty(), "Esc keeps the name that was");
}

#[wasm_bindgen_test]
async fn deleting_asks_first() {
    let mut launched = with_threads(Can::Yes);
    launched.conversation = Some("home/Harvest".into());
    let page = page(launched).await;
    page.asked();
    page.click("conversation-menu").await;
    page.click("delete-conversation").await;
    assert!(page.text("dialog").contains("Delete Harvest?") && page.text("dialog").contains("cannot be undone"));
    assert!(page.has_focus("[data-testid=dialog-cancel]"), "Cancel is the default");
    assert!(page.asked_to("delete_conversation").is_empty());
    page.click("dialog-agree").await;
    let asked = page.asked();
    assert!(asked.iter().any(|call| call["command"] == "delete_conversation"));
    assert!(
        asked.iter().any(|call| call["command"] == "open" && call["with"]["conversation"] == "home/wen"),
        "its agent is opened: {asked:?}"
    );
    assert!(page.find("dialog").is_none());
}
