//! The reader's place: few rows in the page, the end followed only where that is wanted, the line being read never moved.

use model::{Change, Content, Notice, Turn};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, KeyboardEvent, KeyboardEventInit};

use crate::support::{Page, calls, pause, returned, says, speaker, states, streams, talk, thinks, you};

#[wasm_bindgen_test]
async fn five_thousand_rows_are_few_in_the_page() {
    let page = Page::of(talk(1, 5_001)).await;
    let count = |page: &Page| page.all("[data-testid=item]").len();
    assert!(page.row("i5000").is_some());
    assert!(count(&page) < 120, "{} rows mounted", count(&page));
    assert!(page.left_below() < 2);
    for top in [0, 90_000, 10, 200_000, 0] {
        page.scroll_to(top).await;
        page.frames(4).await;
        assert!(count(&page) < 120, "{} rows mounted at {top}", count(&page));
        let (_, first) = page.reading();
        assert!(first < 600.0, "nothing in sight at {top}");
    }
    assert!(page.row("i1").is_some());
}

#[wasm_bindgen_test]
async fn older_turns_do_not_move_the_line_being_read() {
    let page = Page::opened(talk(100, 300), None, true).await;
    assert_eq!(page.asked.lock().unwrap().earlier, 0);
    page.scroll_to(300).await;
    page.scroll_to(200).await;
    page.frames(4).await;
    for top in [150, 90, 30, 0] {
        page.scroll_to(top).await;
    }
    assert_eq!(page.asked.lock().unwrap().earlier, 1);
    let (id, before) = page.reading();
    page.tell(talk(20, 100).into_iter().map(|item| Change::Put { item }).collect(), Turn::Yours);
    page.rows.older_loaded(true);
    page.frames(4).await;
    assert!((page.top_of(&id) - before).abs() <= 1.0, "{id} moved from {before} to {}", page.top_of(&id));
    page.scroll_to(page.scroller().scroll_top() - 400).await;
    assert!(page.row("i99").is_some());
}

#[wasm_bindgen_test]
async fn older_words_of_the_same_turn_do_not_move_it_either() {
    let words = "Some words that go on for a while. ".repeat(12);
    let page = Page::opened((100..160).map(|number| says(number, "Wen", &words)).collect(), None, true).await;
    page.scroll_to(300).await;
    page.scroll_to(100).await;
    let (id, before) = page.reading();
    page.tell((60..100).map(|number| Change::Put { item: says(number, "Wen", &words) }).collect(), Turn::Yours);
    page.frames(4).await;
    assert!((page.top_of(&id) - before).abs() <= 1.0, "{id} moved from {before} to {}", page.top_of(&id));
    assert_eq!(page.all(".who").len(), 0, "the header went up with the turn's first words");
}

#[wasm_bindgen_test]
async fn growth_above_does_not_move_the_line_being_read() {
    let mut items = talk(1, 40);
    items.push(thinks(40, "Wen", &"A long thought. ".repeat(200), Some(3_000)));
    items.push(streams(41, "Wen", "It grows."));
    items.extend(talk(42, 50));
    let page = Page::of(items).await;
    // Out of sight above, but still in the page.
    page.scroll_to(page.scroller().scroll_top() - 60).await;
    let (id, before) = page.reading();
    assert!(page.top_of("i41") < 0.0 && page.row("i40").is_some(), "the growing row is to be above the view");
    page.append("i41", &" More and more words that take many lines.".repeat(60));
    page.drawn().await;
    assert!(
        (page.top_of(&id) - before).abs() <= 1.0,
        "{id} moved from {before} to {} by growing words",
        page.top_of(&id)
    );
    page.click("[data-id=i40] .step");
    page.frames(4).await;
    assert!(
        (page.top_of(&id) - before).abs() <= 1.0,
        "{id} moved from {before} to {} by a disclosure",
        page.top_of(&id)
    );
}

#[wasm_bindgen_test]
async fn the_end_is_followed_until_the_reader_looks_up() {
    let mut items = talk(1, 30);
    items.push(streams(30, "Wen", "It grows."));
    let page = Page::of(items).await;
    assert!(page.find("[data-testid=jump-to-latest]").is_none());
    page.append("i30", &" Many words to fill some lines.".repeat(30));
    page.drawn().await;
    assert!(page.left_below() < 2, "{} px from the end", page.left_below());

    let up = js_sys::eval("new WheelEvent('wheel', { deltaY: -10, bubbles: true })").unwrap();
    page.scroller().dispatch_event(up.unchecked_ref()).unwrap();
    let top = page.scroller().scroll_top();
    page.append("i30", &" And many more words.".repeat(60));
    page.drawn().await;
    assert_eq!(page.scroller().scroll_top(), top, "the wheel releases at once");
    let pill = page.find("[data-testid=jump-to-latest]").expect("the way down");
    assert_eq!(pill.text_content().unwrap(), "Jump to latestWen");
    pill.unchecked_into::<HtmlElement>().click();
    page.frames(4).await;
    assert!(page.left_below() < 2);
    assert!(page.find("[data-testid=jump-to-latest]").is_none());
}

#[wasm_bindgen_test]
async fn a_selection_holds_the_view() {
    let mut items = talk(1, 30);
    items.push(streams(30, "Wen", "It grows, and is selected."));
    let page = Page::of(items).await;
    let words = page.row("i30").unwrap().query_selector(".md p").unwrap().unwrap();
    let selection = web_sys::window().unwrap().get_selection().unwrap().unwrap();
    selection.select_all_children(&words).unwrap();
    let top = page.scroller().scroll_top();
    page.append("i30", &" And many more words.".repeat(60));
    page.drawn().await;
    assert_eq!(page.scroller().scroll_top(), top);
    selection.remove_all_ranges().unwrap();
}

#[wasm_bindgen_test]
async fn it_opens_where_something_new_begins() {
    let page = Page::opened(talk(1, 201), Some("i150"), false).await;
    let line = page.find("[data-testid=new-since]").expect("the line");
    let top = line.get_bounding_client_rect().top();
    assert!((100.0..220.0).contains(&top), "the line is at {top}");
    assert!(page.find("[data-testid=jump-to-latest]").is_some());
    page.rows.go_to_end();
    page.frames(4).await;
    assert!(page.row("i200").is_some() && page.left_below() < 2);
}

#[wasm_bindgen_test]
async fn sending_goes_down() {
    let page = Page::of(talk(1, 101)).await;
    page.scroll_to(1_000).await;
    assert!(page.left_below() > 500);
    page.tell(vec![Change::Put { item: you(102, "Something new") }], Turn::Sent);
    page.frames(3).await;
    assert!(page.left_below() > 500, "what others add moves nothing");
    page.rows.go_to_end();
    page.frames(4).await;
    assert!(page.left_below() < 2 && page.row("i102").is_some());
}

#[wasm_bindgen_test]
async fn keys_go_from_entry_to_entry() {
    let page = Page::of(vec![you(1, "One"), calls(2, "Wen", "{}", returned("x")), says(3, "Wen", "Three")]).await;
    let press = |key: &str| {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        init.set_bubbles(true);
        let target = web_sys::window()
            .unwrap()
            .document()
            .unwrap()
            .active_element()
            .filter(|element| page.scroller().contains(Some(element)));
        let target = target.unwrap_or_else(|| page.scroller().unchecked_into());
        target.dispatch_event(&KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap()).unwrap();
    };
    let focused = || {
        web_sys::window()
            .unwrap()
            .document()
            .unwrap()
            .active_element()
            .and_then(|element| element.get_attribute("data-id"))
    };
    page.row("i1").unwrap().unchecked_into::<HtmlElement>().focus().unwrap();
    press("j");
    assert_eq!(focused().as_deref(), Some("i2"));
    press("o");
    page.frames(2).await;
    assert!(page.find("[data-id=i2] .toolcard").is_some());
    press("k");
    assert_eq!(focused().as_deref(), Some("i1"));
}

#[wasm_bindgen_test]
async fn the_turn_that_is_spoken_is_live() {
    let page = Page::of(vec![says(1, "Rosa", "Before")]).await;
    page.tell(vec![Change::Put { item: streams(2, "Wen", "Now") }], Turn::Speaking { speaker: speaker("Wen") });
    page.frames(3).await;
    let is_live = |id: &str| page.row(id).unwrap().class_list().contains("live");
    assert!(is_live("i2") && !is_live("i1"));
    assert!(page.find("[data-id=i2] .caret").is_some());
    page.tell(vec![Change::Put { item: says(2, "Wen", "Now.") }], Turn::Yours);
    page.drawn().await;
    assert!(!is_live("i2") && page.find(".caret").is_none());
}

#[wasm_bindgen_test]
async fn the_end_stays_in_sight_when_the_dock_grows_and_shrinks() {
    let page = Page::of(talk(1, 60)).await;
    for height in ["300px", "600px", "420px", "600px"] {
        page.resize(height).await;
        assert!(page.left_below() < 2, "{} px left below at {height}", page.left_below());
    }
    page.append("i59", &" More words, and still more of them.".repeat(40));
    page.drawn().await;
    assert!(page.left_below() < 2, "the view no longer follows: {} px", page.left_below());
}

fn points_to(number: i64, item: &str, failed: bool) -> model::Item {
    states(number, Content::Notice(Notice::Late { name: "Wen".to_owned(), item: item.into(), failed }))
}

#[wasm_bindgen_test]
async fn a_late_answer_is_shown_and_marked_for_a_moment() {
    let mut items = talk(1, 200);
    items.push(points_to(200, "i21", false));
    let page = Page::of(items).await;
    assert!(page.row("i21").is_none(), "it is far above");
    assert_eq!(page.row("i200").unwrap().text_content().unwrap(), "Wen has answered, aboveShow");
    page.click("[data-testid=show-late]");
    page.frames(6).await;
    let top = page.top_of("i21");
    assert!((100.0..220.0).contains(&top), "it is at {top}");
    let is_marked = || page.row("i21").unwrap().class_list().contains("found");
    assert!(is_marked());
    let focused = web_sys::window().unwrap().document().unwrap().active_element().unwrap();
    assert_eq!(focused.get_attribute("data-id").as_deref(), Some("i21"), "the keys go on from there");
    pause(2_100).await;
    assert!(!is_marked());
    page.tell(vec![Change::Put { item: says(201, "Rosa", "More.") }], Turn::Yours);
    page.frames(4).await;
    assert!((page.top_of("i21") - top).abs() <= 1.0, "what comes below pulls nobody down");
    page.rows.go_to_end();
    page.frames(4).await;
    page.click("[data-testid=show-late]");
    page.frames(6).await;
    assert!(is_marked() && (page.top_of("i21") - top).abs() <= 1.0, "as often as one likes");
}

#[wasm_bindgen_test]
async fn what_is_pointed_to_is_loaded_first() {
    let mut items = talk(300, 400);
    items.push(points_to(400, "i121", true));
    let page = Page::opened(items, None, true).await;
    assert_eq!(page.row("i400").unwrap().text_content().unwrap(), "Wen could not answer, aboveShow");
    page.click("[data-testid=show-late]");
    page.frames(4).await;
    for (at, from) in [220, 140, 60].into_iter().enumerate() {
        assert_eq!(page.asked.lock().unwrap().earlier, at + 1, "one page after the other");
        page.tell(talk(from, from + 80).into_iter().map(|item| Change::Put { item }).collect(), Turn::Yours);
        page.rows.older_loaded(true);
        page.frames(6).await;
    }
    let top = page.top_of("i121");
    assert!((100.0..220.0).contains(&top), "it is at {top}");
    assert!(page.row("i121").unwrap().class_list().contains("found"));
    page.frames(6).await;
    assert_eq!(page.asked.lock().unwrap().earlier, 3, "no more than that");
}

#[wasm_bindgen_test]
async fn who_scrolls_meanwhile_is_not_taken_there() {
    let mut items = talk(300, 400);
    items.push(points_to(400, "i241", false));
    let page = Page::opened(items, None, true).await;
    page.click("[data-testid=show-late]");
    page.rows.go_to_end();
    page.frames(4).await;
    page.tell(talk(220, 300).into_iter().map(|item| Change::Put { item }).collect(), Turn::Yours);
    page.frames(6).await;
    assert!(page.left_below() < 2 && page.row("i241").is_none());
}
