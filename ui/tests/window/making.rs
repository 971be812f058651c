//! Making a table, changing, copying and archiving one: what the dialog offers, what it asks of the engine, what it says.

use model::{
    Code, Conversation, ConversationKind, Failure, Floor, Guards, Guest, News, PassesOn, Pattern, Seat, Table,
};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at_home, page, settle};

fn guest(name: &str, server: &str, own_thread: bool) -> Guest {
    Guest {
        profile: server.to_lowercase().as_str().into(),
        server: server.to_owned(),
        agent: format!("agent-{name}-{server}").as_str().into(),
        name: name.to_owned(),
        role: "Research".to_owned(),
        hue: 4,
        own_thread,
    }
}

fn guests() -> Vec<Guest> {
    vec![
        guest("Wen", "Home", true),
        guest("Rosa", "Home", true),
        guest("Wen", "Nas", false),
        guest("Marlow", "Nas", true),
    ]
}

fn seat(name: &str) -> Seat {
    Seat::new("home".into(), format!("agent-{name}-Home").into(), name)
}

fn table() -> Table {
    Table {
        name: "Autumn issue".into(),
        brief: "We print on the 14th.".into(),
        seats: vec![Seat { sees: false, ..seat("Wen") }, Seat { muted: true, ..seat("Rosa") }],
        manager: None,
        pattern: Pattern::Supervisor { lead: "agent-Wen-Home".into() },
        guards: Guards { rounds: 2, turns: 9, tokens: Some(12_000), minutes: Some(5) },
        passes_on: PassesOn { reasoning: true, tools: false },
        side_by_side: true,
        around_waiting: true,
        countdown: 4,
        every: 3,
    }
}

async fn led(page: &Page, archived: bool) {
    let mut table: Conversation = page.opened("home/table").conversation;
    table.kind = ConversationKind::Table;
    table.floor = Some(Box::new(Floor::default()));
    table.archived = archived;
    page.news(News::Conversation { conversation: Box::new(table) }).await;
}

async fn press(page: &Page, selector: &str) {
    page.select(selector).unwrap_or_else(|| panic!("no {selector}")).click();
    settle().await;
}

fn seated(page: &Page) -> Vec<String> {
    page.all("[data-testid=sitting]").iter().map(|row| row.get_attribute("data-agent").unwrap()).collect()
}

#[wasm_bindgen_test]
async fn a_table_is_made_by_name_members_and_pattern() {
    let page = page(at_home()).await;
    page.answer("guests", Ok(json!(guests())));
    page.key_with("N", |key| {
        key.set_ctrl_key(true);
        key.set_shift_key(true);
    })
    .await;
    assert!(page.has_focus("[data-testid=table-name]"));
    page.write("[data-testid=table-name]", "Letters desk").await;
    let offered: Vec<String> = page.all("[data-testid=guest]").iter().map(|row| row.text_content().unwrap()).collect();
    assert_eq!(offered.len(), 4);
    assert!(offered[0].contains("Research, Home"), "with the server, where there are several: {offered:?}");
    page.write("[data-testid=seek-guest]", "ros").await;
    page.select("[data-testid=seek-guest]").unwrap().focus().unwrap();
    page.key("Enter").await;
    press(&page, "[data-agent=agent-Wen-Home][data-testid=guest]").await;
    press(&page, "[data-agent=agent-Wen-Nas][data-testid=guest]").await;
    assert_eq!(page.all("[data-testid=guest]").len(), 1, "who sits is not offered");
    assert_eq!(page.all(".sitting .help.bad").len(), 2, "two are called alike, and both rows say so");
    assert_eq!(page.text("in-main-thread"), "What is said here also stands in Wen’s main thread.");
    page.write("[data-agent=agent-Wen-Nas] [data-testid=seat-name]", "Wen Li").await;
    assert!(page.select(".sitting .help.bad").is_none());
    press(&page, "[data-agent=agent-Wen-Nas] [data-testid=seat-up]").await;
    page.select("[data-agent=agent-Wen-Nas] [data-testid=seat-name]").unwrap().focus().unwrap();
    page.key_with("ArrowUp", |key| key.set_alt_key(true)).await;
    assert_eq!(seated(&page), ["agent-Wen-Nas", "agent-Rosa-Home", "agent-Wen-Home"]);
    press(&page, "[data-agent=agent-Rosa-Home] [data-testid=muted]").await;
    press(&page, "[data-name=supervisor]").await;
    assert!(page.select(".pat.is-on").unwrap().text_content().unwrap().contains("Wen Li gives and takes the word"));
    page.asked();
    page.answer("make_table", Ok(json!("home/wen")));
    page.click("making-agree").await;
    let asked = page.asked();
    let made = &asked.iter().find(|call| call["command"] == "make_table").unwrap()["with"];
    assert_eq!((&made["profile"], &made["table"]["name"]), (&json!("home"), &json!("Letters desk")));
    assert_eq!(made["table"]["pattern"], json!({ "lead": "agent-Wen-Nas", "pattern": "supervisor" }));
    assert_eq!(made["table"]["seats"][0]["name"], "Wen Li");
    assert_eq!(made["table"]["seats"][0]["profile"], "nas");
    assert_eq!(made["table"]["seats"][1]["muted"], true);
    assert!(asked.iter().any(|call| call["command"] == "open" && call["with"]["conversation"] == "home/wen"));
    assert!(page.find("making").is_none());
}

#[wasm_bindgen_test]
async fn a_manager_need_not_sit_at_the_table() {
    let page = page(at_home()).await;
    page.answer("guests", Ok(json!(guests())));
    page.click("new-table").await;
    press(&page, "[data-agent=agent-Wen-Home][data-testid=guest]").await;
    press(&page, "[data-name=dynamic]").await;
    let chief = page.find("chief").unwrap();
    js_sys::Reflect::set(&chief, &"value".into(), &"agent-Marlow-Nas".into()).unwrap();
    chief.dispatch_event(&web_sys::Event::new("change").unwrap()).unwrap();
    settle().await;
    page.answer("make_table", Err(Failure::new(Code::Invalid, "A table needs a name.")));
    page.click("making-agree").await;
    let table = &page.asked_to("make_table")[0]["table"];
    assert_eq!(table["pattern"], json!({ "manager": "agent-Marlow-Nas", "pattern": "dynamic" }));
    assert_eq!((&table["manager"]["agent"], &table["manager"]["profile"]), (&json!("agent-Marlow-Nas"), &json!("nas")));
    assert_eq!(page.text("making-failure"), "A table needs a name.", "it stands where it can be mended");
    page.click("more").await;
    page.write("[data-testid=minutes]", "a few").await;
    page.click("making-agree").await;
    assert!(page.text("making-failure").starts_with("Minutes are a whole number"));
    assert!(page.asked_to("make_table").is_empty());
    page.click("making-cancel").await;
    assert!(page.find("making").is_none());
}

#[wasm_bindgen_test]
async fn what_holds_at_a_table_is_changed_and_the_rest_stays() {
    let page = page(at_home()).await;
    led(&page, false).await;
    page.answer("table_of", Ok(json!(table())));
    page.answer("guests", Ok(json!(guests())));
    page.click("options").await;
    page.click("change-table").await;
    assert!(page.find("making").unwrap().text_content().unwrap().contains("Change Autumn issue"));
    page.asked();
    page.click("making-agree").await;
    let changed = &page.asked_to("change_table")[0];
    assert_eq!(*changed, json!({ "conversation": "home/table", "table": table() }), "nothing touched, nothing changed");
    page.answer("table_of", Ok(json!(table())));
    page.answer("guests", Ok(json!(guests())));
    page.click("options").await;
    page.click("change-table").await;
    page.click("more").await;
    page.write("[data-testid=tokens]", "").await;
    page.write("[data-testid=turns]", "3").await;
    page.click("side-by-side").await;
    page.click("making-agree").await;
    let guards = Guards { turns: 3, tokens: None, ..table().guards };
    let wanted = Table { guards, side_by_side: false, ..table() };
    assert_eq!(page.asked_to("change_table")[0]["table"], json!(wanted));
}

#[wasm_bindgen_test]
async fn a_group_is_copied_and_a_table_is_archived_and_comes_back() {
    let page = page(at_home()).await;
    page.answer("copy_of", Ok(json!(table())));
    page.click("options").await;
    assert!(page.find("archive-table").is_none(), "a server's group is the server's");
    page.click("copy-table").await;
    assert_eq!(page.find("table-name").map(|_| seated(&page).len()), Some(2));
    page.click("making-cancel").await;
    led(&page, false).await;
    page.asked();
    page.click("options").await;
    page.click("archive-table").await;
    assert_eq!(page.asked_to("archive_table")[0], json!({ "archived": true, "conversation": "home/table" }));
    led(&page, true).await;
    assert_eq!(page.text("archived"), "Archived, 1");
    assert!(page.select("[data-conversation='home/table']").is_some(), "what is open is seen");
    press(&page, "[data-conversation='home/wen']").await;
    assert!(page.select("[data-conversation='home/table']").is_none());
    page.click("archived").await;
    press(&page, "[data-conversation='home/table']").await;
    page.asked();
    page.click("options").await;
    page.click("unarchive-table").await;
    assert_eq!(page.asked_to("archive_table")[0]["archived"], false);
}

#[wasm_bindgen_test]
async fn deleting_a_table_says_what_goes_and_what_stays() {
    let page = page(at_home()).await;
    page.click("options").await;
    assert!(page.find("delete-table").is_none(), "a server's group is the server's");
    page.key("Escape").await;
    led(&page, false).await;
    page.click("options").await;
    page.click("delete-table").await;
    let asks = page.text("dialog");
    assert!(asks.starts_with("Delete ") && asks.contains("kept on this computer alone"), "{asks}");
    assert!(asks.contains("The agents and their memory stay") && !asks.contains("is stopped"), "{asks}");
    assert!(page.has_focus("[data-testid=dialog-cancel]"), "Cancel is the default");
    page.click("dialog-cancel").await;
    assert!(page.asked_to("delete_table").is_empty() && page.find("dialog").is_none());

    page.click("options").await;
    page.click("delete-table").await;
    page.answer("delete_table", Err(Failure::new(Code::Storage, "The table could not be deleted.")));
    page.click("dialog-agree").await;
    assert!(page.text("dialog").contains("The table could not be deleted."));
    page.answer("delete_table", Ok(json!(null)));
    page.asked();
    page.click("dialog-agree").await;
    let asked = page.asked();
    let deletes = asked.iter().find(|call| call["command"] == "delete_table").unwrap();
    assert_eq!(deletes["with"], json!({ "conversation": "home/table" }));
    let opened = asked.iter().find(|call| call["command"] == "open").unwrap();
    assert_ne!(opened["with"]["conversation"], "home/table", "another is opened");
    assert!(page.find("dialog").is_none());
}

#[wasm_bindgen_test]
async fn one_after_the_other_is_asked_by_the_keyboard() {
    let page = page(at_home()).await;
    page.answer("guests", Ok(json!(guests())));
    page.click("new-table").await;
    let field = page.find("seek-guest").unwrap();
    field.focus().unwrap();
    let marked = |page: &Page| {
        let id = field.get_attribute("aria-activedescendant")?;
        let row = page.select(".guests [aria-selected=true]").filter(|row| row.id() == id)?;
        row.get_attribute("data-agent")
    };
    let holds = || js_sys::Reflect::get(&field, &"value".into()).unwrap().as_string();
    assert_eq!(marked(&page).as_deref(), Some("agent-Wen-Home"));
    page.write("[data-testid=seek-guest]", "w").await;
    assert!(page.key("ArrowDown").await, "the caret stays where it is");
    assert_eq!(marked(&page).as_deref(), Some("agent-Wen-Nas"));
    page.key("ArrowDown").await;
    assert_eq!(marked(&page).as_deref(), Some("agent-Marlow-Nas"));
    page.key("ArrowDown").await;
    assert_eq!(marked(&page).as_deref(), Some("agent-Wen-Home"), "behind the last is the first");
    page.key("ArrowUp").await;
    assert!(page.key("Enter").await);
    assert_eq!((seated(&page), holds()), (vec!["agent-Marlow-Nas".to_owned()], Some(String::new())));
    assert_eq!(marked(&page).as_deref(), Some("agent-Wen-Home"), "the next search begins at its first");
    assert!(page.has_focus("[data-testid=seek-guest]"));

    page.write("[data-testid=seek-guest]", "nobody").await;
    assert!(page.key("Enter").await && marked(&page).is_none());
    assert!(page.key("Escape").await, "Esc first empties the search");
    assert_eq!(holds(), Some(String::new()));
    assert!(!page.key("Escape").await, "then it is the dialog's");
    assert_eq!(field.get_attribute("type"), None, "WebKit keeps Esc in a field that is made for searching");
    assert_eq!(seated(&page).len(), 1);
    assert!(page.asked_to("make_table").is_empty(), "nor is a table made");
}

#[wasm_bindgen_test]
async fn who_is_pressed_sits_down_and_the_next_is_sought() {
    let page = page(at_home()).await;
    page.answer("guests", Ok(json!(guests())));
    page.click("new-table").await;
    page.write("[data-testid=seek-guest]", "ros").await;
    page.click("guest").await;
    assert_eq!(seated(&page), ["agent-Rosa-Home"]);
    assert!(page.has_focus("[data-testid=seek-guest]"));
    assert_eq!(page.all("[data-testid=guest]").len(), 3, "the search is empty again");
}
