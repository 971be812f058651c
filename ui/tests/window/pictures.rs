//! Pictures that go with a message: pasted, dropped and chosen, looked at, put in order, taken out, sent, and never lost.

use model::{Attached, Attachment, Code, Failure, News, Refused, Turn};
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Event;

use crate::support::{Page, at_home, page, reset, settle, sleep, words};

const FIELD: &str = "[data-testid=composer]";

/// A picture of this name. Its id is its name, where it is really a hash.
fn picture(name: &str) -> Attachment {
    Attachment {
        id: name.into(),
        name: format!("{name}.png"),
        media_type: "image/png".into(),
        width: 640,
        height: 480,
        bytes: 84_000,
        was_bytes: 84_000,
        note: None,
    }
}

fn attached(added: &[&str], all: &[&str]) -> Value {
    let list = |names: &[&str]| names.iter().map(|name| picture(name)).collect();
    json!(Attached { added: list(added), refused: vec![], attachments: list(all) })
}

/// A window with these attached.
async fn with(names: &[&str]) -> Page {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![]), Turn::Yours).await;
    page.lead().await;
    let attachments = names.iter().map(|name| picture(name)).collect();
    page.news(News::Attached { conversation: "home/table".into(), attachments, refused: vec![] }).await;
    page.asked();
    page
}

fn names(page: &Page) -> Vec<String> {
    page.all("[data-testid=attachment]").iter().map(|tile| tile.get_attribute("data-image").unwrap()).collect()
}

fn tile(name: &str) -> String {
    format!("[data-testid=attachment][data-image={name}]")
}

/// An event of the page's own making, from JavaScript.
fn event(code: &str) -> Event {
    js_sys::eval(code).unwrap().unchecked_into()
}

async fn paste(page: &Page, fill: &str) -> Event {
    let event = event(&format!(
        "(() => {{ const data = new DataTransfer(); {fill}; \
         return new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }}) }})()"
    ));
    page.select(FIELD).unwrap().dispatch_event(&event).unwrap();
    // The bytes are read by the browser in its own time.
    sleep(60).await;
    settle().await;
    event
}

#[wasm_bindgen_test]
async fn a_pasted_picture_is_attached_with_its_bytes() {
    let page = with(&[]).await;
    page.answer("attach", Ok(attached(&["a"], &["a"])));
    let event = paste(
        &page,
        "data.items.add(new File([new Uint8Array([137, 80, 78, 71])], 'image.png', { type: 'image/png' }))",
    )
    .await;
    assert!(event.default_prevented());
    let asked = json!({"conversation": "home/table", "name": "Pasted image", "base64": "iVBORw=="});
    assert_eq!(page.asked_to("attach"), [asked]);
    let words = page.text("attachment");
    assert!(words.contains("a.png") && words.contains("84 KB"), "{words}");
}

#[wasm_bindgen_test]
async fn pasted_words_are_left_to_the_field() {
    let page = with(&[]).await;
    let fills = [
        "data.setData('text/plain', 'Two hold.')",
        // An office program puts a picture of the words beside them.
        "data.setData('text/plain', 'Two hold.'); data.items.add(new File(['x'], 'image.png', { type: 'image/png' }))",
    ];
    for fill in fills {
        assert!(!paste(&page, fill).await.default_prevented(), "{fill}");
    }
    assert!(page.asked().is_empty());
}

#[wasm_bindgen_test]
async fn where_the_page_is_told_nothing_the_engine_looks() {
    let page = with(&[]).await;
    page.answer("paste_images", Ok(attached(&["a"], &["a"])));
    assert!(paste(&page, "").await.default_prevented());
    assert_eq!(page.asked_to("paste_images"), [json!({"conversation": "home/table"})]);
    assert_eq!(names(&page), ["a"]);
    // Copied files: the page sees only where they are. If none is a picture, their names are what is pasted.
    page.select(FIELD).unwrap().focus().unwrap();
    page.answer("paste_images", Ok(json!(Attached { attachments: vec![picture("a")], ..Attached::default() })));
    paste(&page, "data.setData('text/uri-list', 'file:///tmp/x'); data.setData('text/plain', '/tmp/x')").await;
    assert_eq!(page.asked_to("paste_images").len(), 1);
    let text = js_sys::Reflect::get(&page.select(FIELD).unwrap(), &"value".into()).unwrap();
    assert_eq!(text.as_string().as_deref(), Some("/tmp/x"));
}

#[wasm_bindgen_test]
async fn files_held_over_the_window_show_where_they_go_and_never_lead_away() {
    let page = with(&[]).await;
    let drag = async |kind: &str, on: &str| {
        let event = event(&format!(
            "(() => {{ const data = new DataTransfer(); \
             data.items.add(new File(['GIF89a'], 'cat.gif', {{ type: 'image/gif' }})); \
             data.items.add(new File(['%PDF'], 'notes.pdf', {{ type: 'application/pdf' }})); \
             return new DragEvent('{kind}', {{ dataTransfer: data, bubbles: true, cancelable: true }}) }})()"
        ));
        page.select(on).unwrap().dispatch_event(&event).unwrap();
        sleep(60).await;
        settle().await;
        event.default_prevented()
    };
    assert!(drag("dragover", "[data-testid=sidebar]").await);
    assert!(page.text("drop-zone").contains("Drop to attach images"));
    drag("dragleave", "[data-testid=timeline]").await;
    assert!(page.find("drop-zone").is_none(), "taken away again");
    drag("dragover", "[data-testid=timeline]").await;
    let refused = Refused { name: "notes.pdf".into(), why: "This is a PDF, not an image.".into() };
    page.answer("attach", Ok(attached(&["cat"], &["cat"])));
    page.answer(
        "attach",
        Ok(json!(Attached { added: vec![], refused: vec![refused], attachments: vec![picture("cat")] })),
    );
    assert!(drag("drop", "[data-testid=timeline]").await, "the page stays");
    assert!(page.find("drop-zone").is_none());
    let asked = page.asked_to("attach");
    let sent: Vec<&Value> = asked.iter().map(|with| &with["name"]).collect();
    assert_eq!(sent, ["cat.gif", "notes.pdf"]);
    assert_eq!(names(&page), ["cat"]);
    assert_eq!(page.text("refused"), "notes.pdf This is a PDF, not an image.");
    page.select("[data-testid=refused] button").unwrap().click();
    settle().await;
    assert!(page.find("refused").is_none());
    // What is no file leads nowhere either.
    let link = "new DragEvent('drop', { dataTransfer: new DataTransfer(), bubbles: true, cancelable: true })";
    let link = event(link);
    page.select("[data-testid=timeline]").unwrap().dispatch_event(&link).unwrap();
    assert!(link.default_prevented());
}

#[wasm_bindgen_test]
async fn files_dropped_natively_are_told_by_the_engine() {
    let page = with(&[]).await;
    page.news(News::Dragging { over: true }).await;
    assert!(page.find("drop-zone").is_some());
    // WebKitGTK tells the page of each element that is passed, of no files, and never where to.
    for kind in ["dragenter", "dragleave", "dragover"] {
        let passing = event(&format!(
            "(() => {{ const data = new DataTransfer(); data.setData('text/uri-list', 'file:///tmp/a.png'); \
             return new DragEvent('{kind}', {{ dataTransfer: data, bubbles: true, cancelable: true }}) }})()"
        ));
        page.select("[data-testid=timeline]").unwrap().dispatch_event(&passing).unwrap();
        settle().await;
    }
    assert!(page.find("drop-zone").is_some(), "still held over the window");
    page.news(News::Dragging { over: false }).await;
    let refused = vec![Refused { name: "page.png".into(), why: "This is a web page, not an image.".into() }];
    let attachments = vec![picture("a"), picture("b")];
    page.news(News::Attached { conversation: "home/table".into(), attachments: attachments.clone(), refused }).await;
    assert!(page.find("drop-zone").is_none());
    assert_eq!(names(&page), ["a", "b"]);
    assert!(page.text("refused").contains("page.png"));
    page.news(News::Attached { conversation: "home/wen".into(), attachments: vec![], refused: vec![] }).await;
    assert_eq!(names(&page), ["a", "b"], "another conversation's composer is not this one's");
}

#[wasm_bindgen_test]
async fn chosen_pictures_say_what_was_done_to_them() {
    let page = with(&[]).await;
    let scaled = Attachment { note: Some("Scaled to 2 048 × 1 536, 1.2 MB".into()), ..picture("photo") };
    let answer = Attached { added: vec![scaled.clone()], refused: vec![], attachments: vec![scaled] };
    page.answer("choose_images", Ok(json!(answer)));
    page.click("attach").await;
    assert_eq!(page.asked_to("choose_images"), [json!({"conversation": "home/table"})]);
    assert!(page.text("attachment").contains("Scaled to 2 048 × 1 536, 1.2 MB"));
    assert!(page.select(".help").unwrap().text_content().unwrap().contains("Up to 10 images"));
    page.answer("choose_images", Err(Failure::new(Code::Storage, "The disk is full.")));
    page.click("attach").await;
    assert!(page.text("not-done").contains("The disk is full."));
    assert_eq!(names(&page), ["photo"]);
}

#[wasm_bindgen_test]
async fn while_a_chooser_is_open_nothing_is_sent() {
    let page = with(&[]).await;
    page.write(FIELD, "Look").await;
    page.hold("choose_images");
    page.click("attach").await;
    let attach = page.find("attach").unwrap();
    assert!(attach.has_attribute("disabled") && attach.get_attribute("aria-busy").as_deref() == Some("true"));
    assert!(page.find("send").unwrap().has_attribute("disabled"), "it would go without its picture");
    page.release("choose_images", Ok(attached(&["a"], &["a"]))).await;
    assert!(!page.find("attach").unwrap().has_attribute("disabled"));
    assert!(!page.find("send").unwrap().has_attribute("disabled"));
}

#[wasm_bindgen_test]
async fn a_server_s_group_offers_no_pictures_and_says_why_where_one_is_pasted() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![]), Turn::Yours).await;
    assert!(page.find("attach").is_none());
    page.answer(
        "paste_images",
        Err(Failure::new(Code::Invalid, "Groups on this server break off when an image comes.")),
    );
    paste(&page, "").await;
    assert!(page.text("not-done").contains("break off when an image comes"));
}

#[wasm_bindgen_test]
async fn ten_are_the_most() {
    let page = with(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]).await;
    assert!(page.find("attach").unwrap().has_attribute("disabled"));
    page.answer("detach", Ok(json!(["b", "c"].map(picture))));
    page.select(&format!("{} .ib", tile("a"))).unwrap().click();
    settle().await;
    assert!(!page.find("attach").unwrap().has_attribute("disabled"));
}

#[wasm_bindgen_test]
async fn a_tile_is_taken_out_by_its_button_and_by_a_key() {
    let page = with(&["a", "b", "c"]).await;
    page.answer("detach", Ok(json!(["a", "c"].map(picture))));
    page.select(&format!("{} [aria-label='Remove b.png']", tile("b"))).unwrap().click();
    settle().await;
    assert_eq!(page.asked_to("detach"), [json!({"conversation": "home/table", "image": "b"})]);
    assert_eq!(names(&page), ["a", "c"]);
    page.answer("detach", Ok(json!(["a"].map(picture))));
    page.select(&format!("{} .look", tile("c"))).unwrap().focus().unwrap();
    page.key("Delete").await;
    sleep(40).await;
    assert!(page.has_focus(&tile("a")), "the focus goes to the neighbour");
    page.answer("detach", Ok(json!([])));
    page.key("Delete").await;
    sleep(40).await;
    assert!(page.has_focus(FIELD), "and then to the words");
    assert!(names(&page).is_empty() && page.select(".help").is_none());
}

#[wasm_bindgen_test]
async fn alt_and_arrows_put_tiles_in_order_and_stay_here() {
    let page = with(&["a", "b", "c"]).await;
    page.select(&format!("{} .look", tile("c"))).unwrap().focus().unwrap();
    page.answer("reorder", Ok(json!(["a", "c", "b"].map(picture))));
    page.key_with("ArrowLeft", |key| key.set_alt_key(true)).await;
    sleep(40).await;
    assert_eq!(names(&page), ["a", "c", "b"]);
    assert!(page.has_focus(&tile("c")), "the focus goes along");
    assert_eq!(page.asked_to("reorder"), [json!({"conversation": "home/table", "images": ["a", "c", "b"]})]);
    let label = page.select(&format!("{} .look", tile("c"))).unwrap().get_attribute("aria-label").unwrap();
    assert_eq!(label, "c.png, 84 KB, 2 of 3");
    page.answer("reorder", Ok(json!(["a", "b", "c"].map(picture))));
    page.key_with("ArrowDown", |key| key.set_alt_key(true)).await;
    sleep(40).await;
    assert_eq!(names(&page), ["a", "b", "c"]);
    page.asked();
    page.key_with("ArrowDown", |key| key.set_alt_key(true)).await;
    assert!(page.asked().is_empty(), "it is the last, and no other conversation is opened");
}

#[wasm_bindgen_test]
async fn tiles_are_put_in_order_by_dragging() {
    let page = with(&["a", "b", "c"]).await;
    let middle = |name: &str, part: f64| {
        let place = page.select(&tile(name)).unwrap().get_bounding_client_rect();
        (place.left() + place.width() * part, place.top() + place.height() / 2.0)
    };
    page.point("pointerdown", middle("a", 0.3)).await;
    page.point("pointermove", middle("b", 0.2)).await;
    assert_eq!(names(&page), ["a", "b", "c"], "not yet past the middle");
    page.point("pointermove", middle("b", 0.8)).await;
    assert_eq!(names(&page), ["b", "a", "c"]);
    page.point("pointermove", middle("c", 0.8)).await;
    assert_eq!(names(&page), ["b", "c", "a"]);
    assert!(page.asked_to("reorder").is_empty(), "while it is dragged nothing is told");
    page.answer("reorder", Ok(json!(["b", "c", "a"].map(picture))));
    // The click that ends a drag opens nothing.
    page.pointer("pointerup", middle("a", 0.5), |_| {});
    page.select(&format!("{} .look", tile("a"))).unwrap().click();
    settle().await;
    assert_eq!(page.asked_to("reorder"), [json!({"conversation": "home/table", "images": ["b", "c", "a"]})]);
    assert!(page.find("lightbox").is_none());
    page.select(&format!("{} .look", tile("a"))).unwrap().click();
    settle().await;
    assert_eq!(page.text("lightbox-title"), "a.png");
}

#[wasm_bindgen_test]
async fn pictures_go_alone_or_with_words_and_leave_the_composer() {
    let page = with(&["a", "b"]).await;
    assert!(!page.find("send").unwrap().has_attribute("disabled"), "a picture alone can be sent");
    page.select(FIELD).unwrap().focus().unwrap();
    page.key("Enter").await;
    assert_eq!(page.asked_to("send"), [json!({"conversation": "home/table", "text": "", "images": ["a", "b"]})]);
    assert!(names(&page).is_empty());
    page.key("Enter").await;
    assert!(page.asked_to("send").is_empty(), "once");
}

#[wasm_bindgen_test]
async fn pictures_that_cannot_be_sent_come_back() {
    let page = with(&["a"]).await;
    page.answer("send", Err(Failure::new(Code::Server, "This model cannot see images.")));
    page.write(FIELD, "Does it look clogged?").await;
    page.click("send").await;
    assert_eq!(names(&page), ["a"]);
    assert!(page.text("not-done").contains("This model cannot see images."));
}

#[wasm_bindgen_test]
async fn nothing_goes_before_what_is_being_read() {
    let page = with(&[]).await;
    page.write(FIELD, "Look").await;
    // A file whose reading takes a moment: the answer of the engine is awaited.
    page.hold("attach");
    paste(&page, "data.items.add(new File(['x'], 'slow.png', { type: 'image/png' }))").await;
    assert!(page.text("reading").contains("slow.png") && page.text("reading").contains("Reading"));
    assert!(page.find("send").unwrap().has_attribute("disabled"), "it would go without its picture");
    page.release("attach", Ok(attached(&["slow"], &["slow"]))).await;
    assert!(page.find("reading").is_none());
    assert!(!page.find("send").unwrap().has_attribute("disabled"));
}

#[wasm_bindgen_test]
async fn attached_pictures_are_part_of_the_draft() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![words("a", 1, "Wen", "Two hold.")]), Turn::Yours).await;
    let mut wen = page.opened("home/wen");
    wen.attachments = vec![picture("kept")];
    page.answer("open", Ok(json!(wen)));
    page.select("[data-conversation='home/wen']").unwrap().click();
    settle().await;
    assert_eq!(names(&page), ["kept"]);
}

#[wasm_bindgen_test]
async fn every_control_has_a_name() {
    let page = with(&["a", "b"]).await;
    page.click("attach").await;
    let unnamed: Vec<String> = page
        .all("button, textarea, input, [tabindex='0']")
        .into_iter()
        .filter(|control| {
            let text = control.text_content().unwrap_or_default();
            let label = control.get_attribute("aria-label").or_else(|| control.get_attribute("title"));
            text.trim().is_empty() && label.is_none_or(|label| label.trim().is_empty())
        })
        .map(|control| control.outer_html())
        .collect();
    assert_eq!(unnamed, Vec::<String>::new());
}
