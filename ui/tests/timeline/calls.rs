//! Tool calls as rows: how they stand in words, opened by the reader, folded when the turn is over.

use model::{Change, Content, Decision, Failure, Item, NOT_HERE, Notice, ToolCall, ToolReturn, ToolState, Turn};
use ui::timeline::time;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, calls, returned, says, speaker, states, thinks};

/// The same call with something about it changed.
fn but(mut item: Item, change: impl FnOnce(&mut ToolCall)) -> Item {
    if let Content::Tool(call) = &mut item.content {
        change(call);
    }
    item
}

/// A call that came back and was no success.
fn failed(text: &str) -> ToolState {
    ToolState::Returned(ToolReturn {
        ok: false,
        text: text.to_owned(),
        stdout: Vec::new(),
        stderr: Vec::new(),
        images: Vec::new(),
    })
}

/// A call of Wen's for a tool of another program.
fn foreign(number: i64, state: ToolState) -> Item {
    but(calls(number, "Wen", r#"{"path":"notes.txt"}"#, state), |call| {
        call.name = "open_file".to_owned();
        call.foreign = true;
        call.request = Some("message-1".to_owned());
    })
}

fn end(page: &Page, id: &str) -> String {
    page.find(&format!("[data-id={id}] .step .end")).unwrap().text_content().unwrap()
}

/// The line below a row.
fn below(page: &Page, id: &str) -> Option<String> {
    page.find(&format!("[data-id={id}] .reason")).map(|line| line.text_content().unwrap())
}

fn looks(page: &Page, id: &str) -> String {
    page.find(&format!("[data-id={id}] .step")).unwrap().class_name()
}

#[wasm_bindgen_test]
async fn thoughts_and_calls_open_by_the_reader_only() {
    let output = (1..=40).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
    let page = Page::of(vec![
        thinks(1, "Wen", "First thought", None),
        calls(2, "Wen", r#"{"query":"cork","limit":3}"#, returned(&output)),
        calls(3, "Wen", r#"{"query": broken"#, ToolState::Running),
    ])
    .await;
    page.tell(vec![Change::Put { item: thinks(1, "Wen", "First thought", Some(300)) }], Turn::Yours);
    page.frames(2).await;
    let thought = page.row("i1").unwrap();
    assert_eq!(thought.query_selector(".step").unwrap().unwrap().text_content().unwrap(), "Thought briefly");
    assert!(thought.query_selector(".think").unwrap().is_none());
    page.click("[data-id=i1] .step");
    page.click("[data-id=i2] .step");
    page.click("[data-id=i3] .step");
    page.frames(3).await;
    assert_eq!(thought.query_selector(".think").unwrap().unwrap().text_content().unwrap(), "First thought");
    let names: Vec<_> = page.all("[data-id=i2] dt").iter().map(|name| name.text_content().unwrap()).collect();
    assert_eq!(names, ["query", "limit", "return"]);
    let shown = |page: &Page| page.all("[data-id=i2] dd").last().unwrap().text_content().unwrap();
    assert_eq!(shown(&page).lines().count(), 12);
    assert_eq!(page.find("[data-id=i2] .more .link").unwrap().text_content().unwrap(), "Show all 40 lines");
    page.click("[data-id=i2] .more .link");
    page.frames(2).await;
    assert_eq!(shown(&page), output);
    assert_eq!(page.find("[data-id=i3] dd").unwrap().text_content().unwrap(), r#"{"query": broken"#);
    // Kept while the app runs, whatever happens to the row.
    page.tell(vec![Change::Put { item: calls(3, "Wen", "{}", returned("ok")) }], Turn::Yours);
    page.frames(2).await;
    assert!(page.find("[data-id=i2] .toolcard").is_some());
}

#[wasm_bindgen_test]
async fn finished_calls_fold_when_the_turn_is_over() {
    let items: Vec<_> = (1..=4).map(|number| calls(number, "Wen", "{}", returned("x"))).collect();
    let page = Page::of(Vec::new()).await;
    page.tell(items.into_iter().map(|item| Change::Put { item }).collect(), Turn::Speaking { speaker: speaker("Wen") });
    page.frames(3).await;
    assert_eq!(page.all("[data-kind=tool]").len(), 4);
    page.tell(vec![Change::Put { item: says(5, "Wen", "Done") }], Turn::Yours);
    page.frames(3).await;
    assert_eq!(page.all("[data-kind=tool]").len(), 0);
    assert_eq!(page.find("[data-testid=fold]").unwrap().text_content().unwrap(), "4 tool calls, 8 s");
    page.click("[data-testid=fold]");
    page.frames(3).await;
    assert_eq!(page.all("[data-kind=tool]").len(), 4);
}

#[wasm_bindgen_test]
async fn a_call_being_read_does_not_fold_away() {
    let page = Page::of(Vec::new()).await;
    let put = |number| Change::Put { item: calls(number, "Wen", r#"{"query":"cork"}"#, returned("x")) };
    page.tell((1..=3).map(put).collect(), Turn::Speaking { speaker: speaker("Wen") });
    page.frames(3).await;
    page.click("[data-id=i2] .step");
    page.tell(vec![Change::Put { item: says(4, "Wen", "Done") }], Turn::Yours);
    page.frames(3).await;
    assert!(page.find("[data-id=i2] .toolcard").is_some());
    page.click("[data-testid=fold]");
    page.frames(3).await;
    assert_eq!(page.all("[data-kind=tool]").len(), 0);
}

#[wasm_bindgen_test]
async fn a_failed_call_says_why_and_an_unknown_message_is_shown() {
    let failed = ToolReturn {
        ok: false,
        text: "Timed out\nat line 3".into(),
        stdout: Vec::new(),
        stderr: Vec::new(),
        images: Vec::new(),
    };
    let page = Page::of(vec![
        calls(1, "Wen", r#"{"query":"cork"}"#, ToolState::Returned(failed)),
        states(
            2,
            Content::Notice(Notice::Unknown { message_type: "hologram_message".into(), raw: "{\"beam\":1}".into() }),
        ),
    ])
    .await;
    assert_eq!(page.find("[data-id=i1] .reason").unwrap().text_content().unwrap(), "Timed out");
    assert!(page.row("i2").unwrap().text_content().unwrap().contains("hologram_message"));
    page.click("[data-id=i2] .step");
    page.frames(2).await;
    assert_eq!(page.find("[data-id=i2] .raw").unwrap().text_content().unwrap(), "{\"beam\":1}");
}

#[wasm_bindgen_test]
async fn a_fold_counts_what_went_wrong_and_two_calls_do_not_fold() {
    let page = Page::of(vec![
        calls(1, "Wen", "{}", returned("x")),
        calls(2, "Wen", "{}", failed("Timed out")),
        foreign(3, failed(NOT_HERE)),
        calls(4, "Wen", "{}", failed("No such page")),
        says(5, "Wen", "Done"),
        calls(6, "Rosa", "{}", returned("x")),
        calls(7, "Rosa", "{}", returned("x")),
    ])
    .await;
    let fold = page.find("[data-testid=fold]").unwrap();
    assert_eq!(fold.text_content().unwrap(), "4 tool calls, 8 s2 failed, 1 not available here");
    assert_eq!(fold.get_attribute("aria-expanded").as_deref(), Some("false"));
    assert_eq!(page.all("[data-testid=fold]").len(), 1, "two stay as they are");
    assert!(page.row("i6").is_some() && page.row("i7").is_some() && page.row("i1").is_none());
    page.click("[data-testid=fold]");
    page.frames(3).await;
    assert_eq!(page.find("[data-testid=fold]").unwrap().get_attribute("aria-expanded").as_deref(), Some("true"));
    assert_eq!(below(&page, "i2").as_deref(), Some("Timed out"));
    page.click("[data-testid=fold]");
    page.frames(3).await;
    assert!(page.row("i1").is_none() && page.row("i4").is_none(), "and folded again");
}

#[wasm_bindgen_test]
async fn a_denied_call_says_when_and_why() {
    let denied = |number, reason: Option<&str>, at| {
        but(calls(number, "Wen", r#"{"query":"cork"}"#, ToolState::Denied), |call| {
            call.took = None;
            call.decision = Some(Decision { approve: false, reason: reason.map(str::to_owned), at });
        })
    };
    let at = time::now();
    let page = Page::of(vec![
        denied(1, Some("Not while the backup runs\nAsk me at ten"), Some(at)),
        denied(2, None, None),
        says(3, "Wen", "Then later."),
    ])
    .await;
    assert_eq!(end(&page, "i1"), format!("You denied, {}", time::clock(at)));
    assert_eq!(below(&page, "i1").as_deref(), Some("“Not while the backup runs” Wen was told."));
    assert_eq!(end(&page, "i2"), "Denied", "decided elsewhere: the server keeps no time");
    assert_eq!(below(&page, "i2"), None);
    assert!(looks(&page, "i1").contains("den") && !looks(&page, "i1").contains("bad"), "no failure, and not red");
    assert_eq!(page.row("i1").unwrap().get_attribute("data-state").as_deref(), Some("denied"));
}

#[wasm_bindgen_test]
async fn a_call_for_another_program_says_that_it_is_not_here_who_asked_and_what_was_answered() {
    let page = Page::of(vec![foreign(1, ToolState::Deciding)]).await;
    assert_eq!(end(&page, "i1"), "Not available here");
    assert_eq!(
        below(&page, "i1").as_deref(),
        Some("Wen asked for a tool of another program, and is being told that it is not available here.")
    );
    page.tell(vec![Change::Put { item: foreign(1, failed(NOT_HERE)) }], Turn::Yours);
    page.frames(3).await;
    assert_eq!(end(&page, "i1"), "Not available here");
    assert_eq!(
        below(&page, "i1").unwrap(),
        format!("Wen asked for a tool of another program, and was told: “{NOT_HERE}”")
    );
    assert!(looks(&page, "i1").contains("den"), "grey: nothing broke");
    page.click("[data-id=i1] .step");
    page.frames(3).await;
    assert_eq!(below(&page, "i1").as_deref(), Some("Wen asked for a tool of another program."));
    let parts: Vec<_> = page.all("[data-id=i1] dd").iter().map(|part| part.text_content().unwrap()).collect();
    assert_eq!(parts, ["notes.txt", NOT_HERE], "the card has the answer");
}

#[wasm_bindgen_test]
async fn one_that_another_program_may_answer_is_no_request_and_can_be_turned_down() {
    let page = Page::of(vec![foreign(1, ToolState::AwaitingApproval)]).await;
    assert_eq!(end(&page, "i1"), "Not available here");
    let words = below(&page, "i1").unwrap();
    assert!(words.starts_with("Wen asked for a tool of another program, which may still answer."), "{words}");
    assert!(!looks(&page, "i1").contains("wait"), "amber is for what waits for the user");
    page.asked.lock().unwrap().fill = Err(Failure::new(model::Code::Offline, "The server was not reached."));
    page.click("[data-id=i1] [data-testid=turn-down]");
    page.frames(2).await;
    assert_eq!(page.asked.lock().unwrap().turned_down, ["i1".into()]);
    assert!(below(&page, "i1").unwrap().ends_with("Not sent. The server was not reached."));
    // The other program did answer.
    page.tell(vec![Change::Put { item: foreign(1, returned("Three lines")) }], Turn::Yours);
    page.frames(3).await;
    assert_eq!((end(&page, "i1").as_str(), below(&page, "i1")), ("Ran in another program", None));
    page.tell(vec![Change::Put { item: foreign(1, failed("No such file")) }], Turn::Yours);
    page.frames(3).await;
    assert_eq!((end(&page, "i1").as_str(), below(&page, "i1").as_deref()), ("failed, 2.0 s", Some("No such file")));
}
