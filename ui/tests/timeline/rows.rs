//! What each item looks like, which signals a frame touches, what a missing frame does.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use leptos::prelude::*;
use model::{Change, Content, Frame, Item, ItemId, Notice, SendState, ToolState, Trouble, Turn};
use ui::timeline::Taken;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, calls, returned, says, speaker, states, streams, thinks, you};

fn handles(page: &Page) -> Vec<[String; 4]> {
    let read = |row: web_sys::Element| {
        ["data-id", "data-kind", "data-author", "data-state"].map(|name| row.get_attribute(name).unwrap_or_default())
    };
    page.all("[data-testid=item]")
        .into_iter()
        .filter(|row| row.get_attribute("data-kind").as_deref() != Some("day"))
        .map(read)
        .collect()
}

#[wasm_bindgen_test]
async fn items_stand_in_order_with_their_handles() {
    let page = Page::of(vec![
        you(1, "Hello"),
        states(2, Content::Round { number: 2 }),
        thinks(3, "Wen", "Hm", Some(4_000)),
        calls(4, "Wen", r#"{"query":"cork"}"#, ToolState::AwaitingApproval),
        says(5, "Wen", "Done"),
        states(6, Content::Notice(Notice::Stopped)),
        states(7, Content::Gap),
        says(8, "Rosa", "More"),
        states(9, Content::Error(Trouble { what: "It stopped".into(), why: "Overloaded".into(), details: None })),
    ])
    .await;
    let expected = [
        ["i1", "user", "you", "done"],
        ["i2", "round", "app", ""],
        ["i3", "reasoning", "Wen", "done"],
        ["i4", "tool", "Wen", "waiting"],
        ["i5", "assistant", "Wen", "done"],
        ["i6", "notice", "app", ""],
        ["i7", "gap", "app", ""],
        ["i8", "assistant", "Rosa", "done"],
        ["i9", "error", "app", "failed"],
    ];
    assert_eq!(handles(&page), expected.map(|row| row.map(str::to_owned)));
    // One day line; the two turns each have one header.
    assert_eq!(page.all("[data-kind=day]").len(), 1);
    let names: Vec<_> = page.all(".who .nm").iter().map(|name| name.text_content().unwrap()).collect();
    assert_eq!(names, ["Wen", "Rosa"]);
    assert_eq!(
        page.row("i3").unwrap().query_selector(".step").unwrap().unwrap().text_content().unwrap(),
        "Thought for 4 s"
    );
    assert!(page.row("i4").unwrap().text_content().unwrap().ends_with("Waiting for you"));
    assert_eq!(page.rows.waiting().iter().map(|item| item.id.as_str().to_owned()).collect::<Vec<_>>(), ["i4"]);
    page.click("[data-id=i9] [data-testid=retry]");
    assert_eq!(page.asked.lock().unwrap().retried, [ItemId::from("i9")]);
}

/// The state `state` of the user's words, in its row.
fn my_words(state: SendState) -> Item {
    let mut item = you(1, "Order the paper");
    let Content::User { state: now, .. } = &mut item.content else { unreachable!() };
    *now = state;
    item
}

#[wasm_bindgen_test]
async fn words_that_may_have_arrived_offer_two_ways_out_in_words() {
    let reason = "The line broke before the server answered.".to_owned();
    let page = Page::of(vec![my_words(SendState::Doubtful { reason: reason.clone(), left: false })]).await;
    let row = page.row("i1").unwrap();
    assert_eq!(row.get_attribute("data-state").as_deref(), Some("doubtful"));
    let words = row.query_selector(".unsent").unwrap().unwrap().text_content().unwrap();
    assert_eq!(words, format!("It may have arrived. {reason}Send againLeave it"));
    page.click("[data-id=i1] [data-testid=send-again]");
    assert_eq!(page.asked.lock().unwrap().retried, [ItemId::from("i1")]);
    page.click("[data-id=i1] [data-testid=leave]");
    assert_eq!(page.asked.lock().unwrap().left, [ItemId::from("i1")]);
    page.tell(vec![Change::Put { item: my_words(SendState::Doubtful { reason, left: true }) }], Turn::Yours);
    page.frames(2).await;
    let row = page.row("i1").unwrap();
    assert!(row.query_selector(".unsent").unwrap().is_none(), "what was left offers nothing more");
    assert!(row.text_content().unwrap().contains("May not have arrived"));
}

#[wasm_bindgen_test]
async fn changes_move_replace_and_take_out_rows() {
    let page = Page::of(vec![you(1, "One"), says(3, "Wen", "Three"), says(5, "Rosa", "Five")]).await;
    let mut answered = says(3, "Wen", "Three!");
    answered.position = 60;
    page.tell(
        vec![Change::Put { item: you(2, "Two") }, Change::Put { item: answered }, Change::Remove { id: "i5".into() }],
        Turn::Yours,
    );
    page.drawn().await;
    let ids: Vec<_> = handles(&page).into_iter().map(|[id, ..]| id).collect();
    assert_eq!(ids, ["i1", "i2", "i3"]);
    assert_eq!(page.row("i3").unwrap().query_selector(".md").unwrap().unwrap().text_content().unwrap(), "Three!");
}

#[wasm_bindgen_test]
async fn an_append_touches_one_signal() {
    let page = Page::of(vec![you(1, "One"), streams(2, "Wen", "Two"), says(3, "Rosa", "Three")]).await;
    let counts: Vec<Arc<AtomicUsize>> = (0..4).map(|_| Arc::default()).collect();
    let owner = Owner::new();
    owner.with(|| {
        for (number, count) in counts.iter().take(3).enumerate() {
            let (row, count) = (page.rows.item(&format!("i{}", number + 1).into()).unwrap(), count.clone());
            Effect::new(move |_| {
                row.track();
                count.fetch_add(1, Ordering::Relaxed);
            });
        }
        let (rows, count) = (page.rows.clone(), counts[3].clone());
        Effect::new(move |_| {
            rows.entries();
            count.fetch_add(1, Ordering::Relaxed);
        });
    });
    page.frames(2).await;
    page.append("i2", " more");
    page.frames(2).await;
    page.append("i2", " and more");
    page.drawn().await;
    let counts: Vec<_> = counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
    assert_eq!(counts, [1, 3, 1, 1]);
    assert_eq!(
        page.row("i2").unwrap().query_selector(".md").unwrap().unwrap().text_content().unwrap(),
        "Two more and more"
    );
    drop(owner);
}

#[wasm_bindgen_test]
async fn a_missing_frame_means_open_again() {
    let page = Page::of(vec![you(1, "One")]).await;
    let frame = |version, changes| Frame { conversation: "c".into(), version, changes, turn: Turn::Yours };
    assert!(!page.rows.is_stale());
    assert_eq!(page.rows.apply(frame(3, vec![Change::Put { item: you(3, "Three") }])), Taken::Hole);
    assert!(page.rows.is_stale());
    page.frames(2).await;
    assert!(page.row("i3").is_none());
    // What comes after the hole is not applied either, until the whole list comes.
    page.rows.apply(frame(4, vec![Change::Put { item: you(4, "Four") }]));
    page.rows.apply(frame(7, vec![Change::Reset { items: vec![you(1, "One"), you(2, "Two")] }]));
    assert!(!page.rows.is_stale());
    page.frames(3).await;
    let ids: Vec<_> = handles(&page).into_iter().map(|[id, ..]| id).collect();
    assert_eq!(ids, ["i1", "i2"]);
    assert_eq!(page.rows.apply(frame(8, vec![Change::Put { item: you(3, "Three") }])), Taken::Applied);
}

#[wasm_bindgen_test]
async fn usage_is_told_when_the_talk_is_over_not_when_it_pauses() {
    let used = |number| states(number, Content::Notice(Notice::Usage { steps: 1, input: 2, output: 3, took: None }));
    let page = Page::of(vec![you(1, "Hello")]).await;
    let asks = calls(2, "Wen", "{}", ToolState::AwaitingApproval);
    let pause = vec![Change::Put { item: asks }, Change::Put { item: used(3) }];
    page.tell(pause, Turn::Paused { speaker: speaker("Wen") });
    page.frames(4).await;
    assert!(page.row("i3").is_none());
    page.tell(vec![Change::Put { item: says(4, "Wen", "Sent.") }, Change::Put { item: used(5) }], Turn::Yours);
    page.frames(4).await;
    assert!(page.row("i3").is_none() && page.row("i5").is_some());
}

#[wasm_bindgen_test]
async fn words_that_were_not_sent_offer_one_way_out() {
    let mut words = you(1, "Hello");
    words.content = Content::User {
        text: "Hello".into(),
        images: Vec::new(),
        state: model::SendState::Failed { reason: "No answer.".into() },
    };
    let page = Page::of(vec![words]).await;
    assert!(page.row("i1").unwrap().text_content().unwrap().contains("Retry"));
    let trouble = Trouble { what: "No answer.".into(), why: String::new(), details: None };
    page.tell(vec![Change::Put { item: states(2, Content::Error(trouble)) }], Turn::Yours);
    page.frames(4).await;
    let (words, trouble) = (page.row("i1").unwrap(), page.row("i2").unwrap());
    assert!(!words.text_content().unwrap().contains("Retry") && words.text_content().unwrap().contains("Not sent"));
    assert!(trouble.text_content().unwrap().contains("Retry"));
}

#[wasm_bindgen_test]
async fn a_hidden_thought_is_told_and_cannot_be_opened() {
    let mut hidden = thinks(1, "Wen", "", Some(4_000));
    hidden.content =
        Content::Reasoning { text: String::new(), hidden: true, state: model::TextState::Done, took: Some(4_000) };
    let page = Page::of(vec![hidden, says(2, "Wen", "Done.")]).await;
    let row = page.find("[data-id=i1] .step").unwrap();
    assert_eq!(row.text_content().unwrap(), "Thought for 4 s");
    assert!(row.has_attribute("disabled") && !row.has_attribute("aria-expanded"));
    assert!(row.query_selector(".chev").unwrap().is_none(), "nothing says that there is more");
    page.click("[data-id=i1] .step");
    page.frames(2).await;
    assert!(page.find(".think").is_none());
}

/// A click with Alt held.
fn alt_click(page: &Page, selector: &str) {
    let click = js_sys::eval("new MouseEvent('click', { altKey: true, bubbles: true, cancelable: true })").unwrap();
    page.find(selector).unwrap().dispatch_event(wasm_bindgen::JsCast::unchecked_ref(&click)).unwrap();
}

#[wasm_bindgen_test]
async fn alt_click_opens_and_closes_all_in_the_turn() {
    let call = |number| calls(number, "Wen", r#"{"query":"cork"}"#, returned("x"));
    let page = Page::of(vec![
        thinks(1, "Wen", "First", Some(2_000)),
        call(2),
        call(3),
        call(4),
        thinks(5, "Wen", "Second", Some(2_000)),
        thinks(6, "Rosa", "Another turn", Some(2_000)),
    ])
    .await;
    assert!(page.find("[data-testid=fold]").is_some() && page.row("i2").is_none());
    alt_click(&page, "[data-id=i1] .step");
    page.frames(4).await;
    assert_eq!(page.all(".think").len(), 2, "both thoughts of the turn, not the other turn's");
    assert_eq!(page.all(".toolcard").len(), 3, "folded calls open too");
    alt_click(&page, "[data-id=i3] .step");
    page.frames(4).await;
    assert!(page.find(".think").is_none() && page.find(".toolcard").is_none());
    assert!(page.row("i2").is_none(), "what was folded folds again");
    page.click("[data-id=i1] .step");
    page.frames(2).await;
    assert_eq!(page.all(".think").len(), 1, "a plain click opens one");
}

#[wasm_bindgen_test]
async fn usage_counts_turns_at_a_table_and_steps_with_one_agent() {
    let used = Content::Notice(Notice::Usage { steps: 7, input: 18_240, output: 612, took: Some(9_400) });
    let talk = vec![
        says(1, "Rosa", "Before."),
        you(2, "So?"),
        thinks(3, "Ibrahim", "Hm", Some(300)),
        says(4, "Ibrahim", "One."),
        says(5, "Wen", "Two."),
        says(6, "Rosa", "Three."),
        states(7, used),
    ];
    let page = Page::of(talk).await;
    let words = |page: &Page| {
        page.all("[data-id=i7] .use span").iter().map(|word| word.text_content().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(words(&page), ["3 turns", "18,240 in", "612 out", "9.4 s"]);
    page.seat(&["Wen"]);
    page.frames(2).await;
    assert_eq!(words(&page)[0], "7 steps");
}
