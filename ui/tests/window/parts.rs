//! What surrounds the talk: the way from part to part, the size of text and sidebar, links that lead out, and copying.

use leptos::prelude::{document, window};
use model::Turn;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{PointerEvent, PointerEventInit};

use crate::support::{Page, at_home, page, reset, said, settle, sleep, words};

/// What the page itself keeps is as at the first start.
fn forget(name: &str) {
    window().local_storage().unwrap().unwrap().remove_item(name).unwrap();
}

async fn point(page: &Page, kind: &str, selector: &str, x: i32) {
    let init = PointerEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_client_x(x);
    let event = PointerEvent::new_with_event_init_dict(kind, &init).unwrap();
    page.select(selector).unwrap().dispatch_event(&event).unwrap();
    settle().await;
}

#[wasm_bindgen_test]
async fn f6_goes_from_part_to_part_and_back() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![said("u", 1), words("a", 2, "Wen", "Two hold.")]), Turn::Yours).await;
    page.select("[data-testid=composer]").unwrap().focus().unwrap();
    let parts = [".row.is-on", "[data-testid=timeline]", "[data-testid=composer]"];
    for part in parts {
        page.key("F6").await;
        assert!(page.has_focus(part), "{part}");
    }
    for part in [parts[1], parts[0], parts[2]] {
        page.key_with("F6", |key| key.set_shift_key(true)).await;
        assert!(page.has_focus(part), "back to {part}");
    }
}

#[wasm_bindgen_test]
async fn text_grows_and_shrinks_and_is_remembered() {
    forget("text");
    let size = || document().document_element().unwrap().get_attribute("data-text").unwrap();
    let first = page(at_home()).await;
    assert_eq!(size(), "14");
    for (key, after) in [("+", "16"), ("=", "18"), ("+", "18"), ("-", "16")] {
        first.key_with(key, |press| press.set_ctrl_key(true)).await;
        assert_eq!(size(), after, "after {key}");
    }
    drop(first);
    let again = page(at_home()).await;
    assert_eq!(size(), "16");
    again.key_with("0", |press| press.set_ctrl_key(true)).await;
    assert_eq!(size(), "14");
    again.key("+").await;
    assert_eq!(size(), "14", "only with Ctrl");
    forget("text");
}

#[wasm_bindgen_test]
async fn the_sidebar_is_as_wide_as_it_was_dragged() {
    forget("sidebar");
    let width = |page: &Page| page.find("sidebar").unwrap().style().get_property_value("width").unwrap();
    let first = page(at_home()).await;
    assert_eq!(width(&first), "248px");
    point(&first, "pointermove", ".edge", 300).await;
    assert_eq!(width(&first), "248px", "the pointer only passes");
    point(&first, "pointerdown", ".edge", 248).await;
    for (x, wide) in [(300, "300px"), (900, "360px"), (20, "200px"), (320, "320px")] {
        point(&first, "pointermove", ".edge", x).await;
        assert_eq!(width(&first), wide);
    }
    point(&first, "pointerup", ".edge", 320).await;
    point(&first, "pointermove", ".edge", 250).await;
    assert_eq!(width(&first), "320px", "the drag is over");
    first.select(".edge").unwrap().focus().unwrap();
    first.key("ArrowLeft").await;
    assert_eq!(width(&first), "312px");
    assert_eq!(first.select(".edge").unwrap().get_attribute("aria-valuenow").as_deref(), Some("312"));
    drop(first);
    assert_eq!(width(&page(at_home()).await), "312px");
    forget("sidebar");
}

#[wasm_bindgen_test]
async fn a_link_leads_out_after_one_question_for_each_host() {
    let page = page(at_home()).await;
    let text = "[one](https://first.example/a) [two](https://first.example/b) [three](https://second.example/c)";
    page.frame(0, reset(vec![words("a", 1, "Wen", text)]), Turn::Yours).await;
    let link = async |at: usize| {
        page.all(".md a")[at].focus().unwrap();
        page.all(".md a")[at].click();
        settle().await;
    };
    link(0).await;
    assert!(page.has_focus("[data-testid=dialog-cancel]"), "Cancel is the default");
    let question = page.text("dialog");
    assert!(question.contains("Open first.example in your browser?") && question.contains("https://first.example/a"));
    page.click("dialog-cancel").await;
    assert!(page.find("dialog").is_none() && page.asked_to("open_link").is_empty());
    sleep(40).await;
    assert!(page.has_focus(".md a"), "the focus returns");
    link(0).await;
    page.click("dialog-agree").await;
    assert!(page.find("dialog").is_none());
    assert_eq!(page.asked_to("open_link"), [json!({"url": "https://first.example/a"})]);
    link(1).await;
    assert!(page.find("dialog").is_none(), "this host was agreed to");
    assert_eq!(page.asked_to("open_link"), [json!({"url": "https://first.example/b"})]);
    link(2).await;
    assert!(page.text("dialog").contains("Open second.example"));
    page.click("dialog-cancel").await;
}

#[wasm_bindgen_test]
async fn copying_gives_the_source_and_says_so_in_place() {
    // What the page hands to the clipboard, instead of the machine's own.
    let spy = "window.copied = []; navigator.clipboard.writeText = text => { window.copied.push(text); return Promise.resolve() }";
    js_sys::eval(spy).unwrap();
    let copied = || js_sys::eval("window.copied.pop()").unwrap().as_string();
    let page = page(at_home()).await;
    let text = "Some **strong** words.\n\n```rust\nfn main() {}\n```\n";
    page.frame(0, reset(vec![said("u", 1), words("a", 2, "Wen", text)]), Turn::Yours).await;
    let press = async |selector: &str| {
        page.select(selector).unwrap().click();
        settle().await;
    };
    press("[data-id=a] [data-copy-entry]").await;
    assert_eq!(copied().as_deref(), Some(text), "Markdown, not what it looks like");
    assert_eq!(page.select("[data-id=a] [data-copy-entry]").unwrap().text_content().unwrap(), "Copied");
    press("[data-id=a] [data-copy]").await;
    assert_eq!(copied().as_deref(), Some("fn main() {}"));
    press("[data-id=u] [data-copy-entry]").await;
    assert_eq!(copied().as_deref(), Some("What do 96 pages cost?"));
    sleep(1_600).await;
    assert!(!page.select("[data-id=a]").unwrap().text_content().unwrap().contains("Copied"));
}
