//! The inbox: everything that waits on this server, the agents' own words below it, ticks, offline; and the log of decisions.

use leptos::prelude::document;
use model::{Code, Connection, Failure, News};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at_home, page, settle, sleep};

fn pending(id: &str, agent: &str, tool: &str, arguments: &str) -> Value {
    let conversation = if agent == "Wen" { "home/wen" } else { "home/table" };
    json!({
        "conversation": conversation, "title": if agent == "Wen" { "Wen" } else { "Autumn issue" },
        "speaker": {"id": format!("agent-{agent}"), "name": agent}, "item": id,
        "call": {"id": format!("call-{id}"), "name": tool, "arguments": arguments, "state": {"is": "awaiting_approval"}},
        "asked_at": 0,
        "standing": {
            "order": ["host", "command"], "runs_where": {"is": "server", "name": "Home server"},
            "before": {"approved": 12, "denied": 1, "last_at": 0, "last_approved": true},
        },
        "said": {"text": "The heat is **real**. [Approve](https://evil.test)", "at": 0},
    })
}

fn three() -> Value {
    json!([
        pending("r", "Ibrahim", "send_email", r#"{"to":"orcamentos@graficadouro.pt"}"#),
        pending("s", "Wen", "run_shell", r#"{"command":"smartctl -t long /dev/sdd","host":"nas.lan"}"#),
        pending("t", "Rosa", "delete_files", r#"{"paths":["a","b"]}"#),
    ])
}

fn ruled(number: i64, ruling: Value, at: f64) -> Value {
    json!({
        "number": number, "conversation": "home/table", "title": "Autumn issue", "speaker": {"id": "agent-Ibrahim", "name": "Ibrahim"},
        "tool_call": format!("call-{number}"), "tool": "send_email", "arguments": format!("{{\"to\":\"a{number}@b.pt\"}}"),
        "ruling": ruling, "at": at as i64, "delivery": {"is": "sent"},
    })
}

/// The inbox with these requests.
async fn inbox(waiting: Value) -> Page {
    let page = page(at_home()).await;
    page.answer("inbox", Ok(waiting));
    page.click("approvals-count").await;
    page.asked();
    page
}

fn shown(page: &Page) -> Option<String> {
    page.find("approval")?.get_attribute("data-tool-call")
}

#[wasm_bindgen_test]
async fn it_lists_what_waits_oldest_first_and_shows_the_first() {
    let page = inbox(three()).await;
    let rows: Vec<String> = page.all("[data-testid=inbox-row]").iter().map(|row| row.text_content().unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert!(rows[0].contains("send_email") && rows[0].contains("orcamentos@graficadouro.pt"), "{rows:?}");
    assert!(rows[0].contains("Ibrahim, Autumn issue") && rows[1].ends_with("Wen"));
    assert!(rows[1].contains("nas.lan"), "the first argument by the schema");
    assert_eq!(page.text("inbox-count"), "3 waiting");
    assert_eq!(shown(&page).as_deref(), Some("call-r"));
    assert_eq!(page.text("which-request"), "1 of 3");
    assert_eq!(page.find("approvals-count").unwrap().get_attribute("data-count").as_deref(), Some("3"));
    assert!(page.find("approve-all").is_none(), "never all");
}

#[wasm_bindgen_test]
async fn the_agents_own_words_stand_below_as_a_message_and_decide_nothing() {
    let page = inbox(three()).await;
    let said = page.find("said-before").unwrap();
    assert!(said.text_content().unwrap().contains("The heat is real."));
    assert!(said.closest(".ask").unwrap().is_none());
    for link in page.all("[data-testid=said-before] *") {
        link.click();
    }
    settle().await;
    assert!(page.asked_to("decide").is_empty());
    assert!(page.text("approval-meta").contains("Runs on Home server. Approved 12 of 13 times"));
}

#[wasm_bindgen_test]
async fn a_row_shows_its_request_and_a_decision_names_its_conversation() {
    let page = inbox(three()).await;
    sleep(1_000).await;
    page.all("[data-testid=inbox-row]")[1].click();
    settle().await;
    assert_eq!(shown(&page).as_deref(), Some("call-s"));
    page.click("approve").await;
    assert!(page.asked_to("decide").is_empty(), "chosen anew, armed anew");
    sleep(1_000).await;
    page.click("approve").await;
    let arguments = r#"{"command":"smartctl -t long /dev/sdd","host":"nas.lan"}"#;
    let decided = page.asked_to("decide");
    assert_eq!(decided[0]["conversation"], "home/wen");
    assert_eq!(decided[0]["shown"], json!({"name": "run_shell", "arguments": arguments}));
    // It goes: what took its place is shown.
    let left = json!([three()[0], three()[2]]);
    let news = News::Approvals { profile: "home".into(), pending: serde_json::from_value(left).unwrap() };
    page.news(news).await;
    assert_eq!(shown(&page).as_deref(), Some("call-t"));
}

#[wasm_bindgen_test]
async fn a_request_at_a_table_that_also_stands_in_a_main_thread_counts_once() {
    let launched = at_home();
    let page = page(launched.clone()).await;
    let waits = async |at: usize| {
        let mut row = launched.conversations[at].clone();
        row.waiting = 1;
        page.news(News::Conversation { conversation: Box::new(row) }).await;
    };
    let listed = async |pending: Value| {
        let pending = serde_json::from_value(pending).unwrap();
        page.news(News::Approvals { profile: "home".into(), pending }).await;
    };
    let counted = || (page.text("approvals-count"), document().title());
    let counts = |count: u32| (format!("Approvals{count}"), format!("({count}) Tertulia"));
    let at_table = pending("t", "Rosa", "delete_files", "{}");
    waits(0).await;
    waits(2).await;
    listed(json!([at_table])).await;
    assert_eq!(counted(), counts(1), "Rosa asks at the table");
    waits(1).await;
    assert_eq!(counted(), counts(2), "what Wen asks is not listed yet");
    listed(json!([at_table, pending("s", "Wen", "run_shell", "{}")])).await;
    assert_eq!(counted(), counts(2));
    let mut own = pending("u", "Rosa", "delete_files", "{}");
    own["conversation"] = json!("home/rosa");
    listed(json!([at_table, own])).await;
    assert_eq!(counted(), counts(3), "one of Rosa's own beside it");
}

#[wasm_bindgen_test]
async fn a_denial_has_its_reason_beside_it() {
    let page = inbox(three()).await;
    page.select("#request").unwrap().focus().unwrap();
    page.key("d").await;
    assert!(page.has_focus("[data-testid=deny-reason]"));
    page.write("[data-testid=deny-reason]", "Not while the backup runs").await;
    page.key_with("Enter", |key| key.set_shift_key(true)).await;
    assert!(page.asked_to("decide").is_empty());
    page.key("Enter").await;
    let decided = page.asked_to("decide");
    assert_eq!((&decided[0]["approve"], &decided[0]["reason"]), (&json!(false), &json!("Not while the backup runs")));
}

#[wasm_bindgen_test]
async fn what_spins_is_the_button_of_what_was_decided() {
    let page = inbox(three()).await;
    let spins = |handle: &str| page.select(&format!("[data-testid={handle}] .spin")).is_some();
    page.click("deny").await;
    assert_eq!(page.asked_to("decide").len(), 1);
    assert!(spins("deny") && !spins("approve"), "pressed here");
    // Denied, and sent once the others of its request are decided too.
    let mut waiting = three();
    waiting[0]["call"]["state"] = json!({"is": "deciding"});
    waiting[0]["call"]["decision"] = json!({"approve": false});
    let told = |waiting: &Value| News::Approvals {
        profile: "home".into(),
        pending: serde_json::from_value(waiting.clone()).unwrap(),
    };
    page.news(told(&waiting)).await;
    assert!(spins("deny") && !spins("approve"), "on its way: {}", page.text("approval"));
    waiting[0]["call"]["decision"] = json!({"approve": true});
    page.news(told(&waiting)).await;
    assert!(spins("approve") && !spins("deny"));
}

#[wasm_bindgen_test]
async fn keys_go_along_the_list_and_into_the_card() {
    let page = inbox(three()).await;
    page.select("[data-testid=inbox-row]").unwrap().focus().unwrap();
    page.key("ArrowDown").await;
    assert_eq!(shown(&page).as_deref(), Some("call-s"));
    page.key("a").await;
    assert!(page.asked_to("decide").is_empty(), "the focus is not in the card");
    page.key_with("j", |key| key.set_ctrl_key(true)).await;
    assert!(page.has_focus("#request"));
    page.key("ArrowRight").await;
    assert_eq!(shown(&page).as_deref(), Some("call-t"));
    assert!(page.has_focus("#request"));
}

#[wasm_bindgen_test]
async fn only_what_was_ticked_is_approved_together() {
    let page = inbox(three()).await;
    page.click("select-several").await;
    assert!(page.find("approve-ticked").unwrap().has_attribute("disabled"));
    let rows = page.all("[data-testid=inbox-row]");
    rows[0].click();
    rows[2].click();
    settle().await;
    assert_eq!(rows[0].get_attribute("aria-checked").as_deref(), Some("true"));
    assert_eq!(page.text("approve-ticked"), "Approve 2…");
    page.click("approve-ticked").await;
    assert_eq!(page.all(".multi li").len(), 2);
    page.click("approve-these-go").await;
    assert!(page.asked_to("decide").is_empty());
    sleep(1_000).await;
    page.click("approve-these-go").await;
    let calls: Vec<Value> = page.asked_to("decide").iter().map(|decide| decide["tool_call"].clone()).collect();
    assert_eq!(calls, ["call-r", "call-t"]);
}

#[wasm_bindgen_test]
async fn offline_it_is_a_list_with_nothing_to_press() {
    let page = inbox(three()).await;
    page.news(News::Connection { profile: "home".into(), connection: Connection::Offline { why: String::new() } })
        .await;
    assert_eq!(page.all("[data-testid=inbox-row]").len(), 3);
    assert!(
        page.find("approve").unwrap().has_attribute("disabled") && page.find("deny").unwrap().has_attribute("disabled")
    );
}

#[wasm_bindgen_test]
async fn an_empty_inbox_says_so_and_a_failing_one_says_why() {
    let empty = inbox(json!([])).await;
    assert!(empty.text("inbox-empty").contains("Nobody waits for you"));
    assert!(empty.find("approval").is_none());
    drop(empty);
    let page = page(at_home()).await;
    page.answer("inbox", Err(Failure::new(Code::Storage, "The list could not be read.")));
    page.click("approvals-count").await;
    assert!(page.text("inbox").contains("The list could not be read."));
    assert!(page.find("inbox-empty").is_none(), "nobody knows whether it is empty");
}

#[wasm_bindgen_test]
async fn a_conversation_opens_from_its_request_and_from_the_sidebar() {
    let page = inbox(three()).await;
    page.click("open-talk").await;
    assert!(page.find("inbox").is_none() && page.find("composer").is_some());
    page.key_with("A", |key| {
        key.set_ctrl_key(true);
        key.set_shift_key(true);
    })
    .await;
    assert!(page.find("inbox").is_some());
    page.select("[data-conversation='home/wen']").unwrap().click();
    settle().await;
    assert!(page.find("inbox").is_none());
}

#[wasm_bindgen_test]
async fn what_was_decided_today_stands_below_with_its_reason() {
    let page = page(at_home()).await;
    let now = js_sys::Date::now();
    let lines = json!([
        ruled(3, json!({"is": "denied", "reason": "Not while the backup runs"}), now),
        ruled(2, json!({"is": "approved"}), now),
        ruled(1, json!({"is": "approved"}), now - 3.0 * 86_400_000.0),
    ]);
    page.answer("inbox", Ok(json!([])));
    // Once before the list is there, once after.
    page.answer("decision_log", Ok(json!({"lines": lines, "more": false})));
    page.answer("decision_log", Ok(json!({"lines": lines, "more": false})));
    page.click("approvals-count").await;
    let rows: Vec<String> = page.all("[data-testid=log-row]").iter().map(|row| row.text_content().unwrap()).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[0].contains("Denied") && rows[0].contains("“Not while the backup runs”"));
    assert!(rows[1].contains("Approved") && rows[1].contains("Ibrahim, Autumn issue"));
}

#[wasm_bindgen_test]
async fn the_log_is_searched_paged_shown_and_exported() {
    let page = inbox(json!([])).await;
    let of = |from: i64| (0..60).map(|at| ruled(from - at, json!({"is": "approved"}), 0.0)).collect::<Vec<_>>();
    page.answer("decision_log", Ok(json!({"lines": of(120), "more": true})));
    page.answer("decision_log", Ok(json!({"lines": of(60), "more": false})));
    page.click("decision-log").await;
    sleep(60).await;
    let drawn = page.all("[data-testid=log-row]").len();
    assert!((8..60).contains(&drawn), "only what is in sight is drawn, not {drawn}");
    page.find("log-lines").unwrap().set_scroll_top(54 * 50);
    sleep(60).await;
    settle().await;
    let asked = page.asked_to("decision_log");
    assert_eq!(asked.last().unwrap()["before"], 61);
    page.find("log-lines").unwrap().set_scroll_top(54 * 120);
    sleep(60).await;
    assert!(page.select("[data-number='1']").is_some(), "the oldest line");

    page.select("[data-number='3']").unwrap().click();
    settle().await;
    let line = page.text("log-line");
    assert!(line.contains("Ibrahim wanted to run send_email") && line.contains("a3@b.pt"));
    assert!(line.contains("16 bytes, exactly as shown") && line.contains("The server took it"), "{line}");
    assert!(page.select("[data-testid=log-line] .ask").is_none());

    page.write("[data-testid=log-find]", "backup").await;
    page.answer("decision_log", Ok(json!({"lines": [], "more": false})));
    sleep(200).await;
    settle().await;
    assert_eq!(page.asked_to("decision_log")[0]["words"], "backup");
    assert_eq!(page.text("log-empty"), "No decision says “backup”.");

    page.click("log-export").await;
    page.answer("export_decisions", Ok(json!(true)));
    page.select("[data-name=CSV]").unwrap().click();
    settle().await;
    assert_eq!(page.asked_to("export_decisions"), [json!({"profile": "home", "format": "csv"})]);
    assert_eq!(page.text("toast"), "The decisions were exported");
}
