//! Pictures in the talk: at their size from the start, from the web only when asked, large with keys, and what is said of those that are
//! not there.

use model::{
    Change, Code, Content, Failure, ImageRef, Item, Loaded, News, Picture, SendState, TextState, ToolCall, ToolReturn,
    ToolState, Turn,
};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at_home, page, request, reset, said, settle, sleep, words};

fn picture(name: &str, width: u32, height: u32) -> Picture {
    Picture { image: name.into(), media_type: "image/png".into(), width, height, bytes: 84_000 }
}

fn kept(name: &str) -> ImageRef {
    ImageRef::Kept(picture(name, 640, 480))
}

/// The user's words with these.
fn shows(images: Vec<ImageRef>, text: &str) -> Item {
    Item { content: Content::User { text: text.into(), images, state: SendState::Sent }, ..said("u", 1) }
}

/// An agent's words with these.
fn drawn(images: Vec<ImageRef>, text: &str) -> Item {
    Item {
        content: Content::Assistant { text: text.into(), images, state: TextState::Done },
        ..words("a", 2, "Wen", "")
    }
}

async fn talk(items: Vec<Item>) -> Page {
    let page = page(at_home()).await;
    page.frame(0, reset(items), Turn::Yours).await;
    page.asked();
    page
}

fn size(page: &Page, selector: &str) -> (i64, i64) {
    let place = page.select(selector).unwrap_or_else(|| panic!("no {selector}")).get_bounding_client_rect();
    (place.width().round() as i64, place.height().round() as i64)
}

fn titles(page: &Page) -> Vec<String> {
    page.all("[data-testid=thumbnail] img").iter().map(|image| image.get_attribute("alt").unwrap()).collect()
}

#[wasm_bindgen_test]
async fn thumbnails_have_their_size_before_a_byte_is_there() {
    let images = vec![
        ImageRef::Kept(picture("wide", 4_000, 1_000)),
        ImageRef::Kept(picture("tall", 1_000, 4_000)),
        ImageRef::Kept(picture("small", 64, 48)),
        ImageRef::Kept(picture("unknown", 0, 0)),
    ];
    let page = page(at_home()).await;
    page.frame(0, reset(vec![shows(images, "Look")]), Turn::Yours).await;
    let sized = ["wide", "tall", "small", "unknown"].map(|name| size(&page, &format!("[data-image={name}]")));
    assert_eq!(sized, [(320, 80), (60, 240), (64, 48), (320, 240)]);
    let image = page.select("[data-image=wide] img").unwrap();
    assert_eq!(image.get_attribute("alt").as_deref(), Some("Your image, 1 of 4"));
    let bubble = page.select(".bub").unwrap().get_bounding_client_rect();
    let above = page.select("[data-image=unknown]").unwrap().get_bounding_client_rect();
    assert!(above.bottom() <= bubble.top(), "the user's images stand above the words");
}

#[wasm_bindgen_test]
async fn images_alone_have_no_bubble() {
    let page = talk(vec![shows(vec![kept("one")], "")]).await;
    assert!(page.select(".bub").is_none());
    assert_eq!(titles(&page), ["Your image"]);
}

#[wasm_bindgen_test]
async fn what_cannot_be_shown_says_so() {
    let images = vec![
        kept("gone"),
        ImageRef::Stored { file: Some("file-1".into()), media_type: None, hash: None },
        ImageRef::Inline { media_type: "image/svg+xml".into(), bytes: 12_000, hash: None },
    ];
    let page = talk(vec![drawn(images, "Here.")]).await;
    sleep(60).await;
    let missing: Vec<String> =
        page.all("[data-testid=image-missing]").iter().map(|place| place.text_content().unwrap()).collect();
    assert_eq!(
        missing,
        [
            "Image missingIt is no longer on this computer, or the file is broken.",
            "Image missingThe server keeps it and does not give it out again."
        ]
    );
    assert_eq!(page.text("image-unreadable"), "Not an image that can be shownimage/svg+xml, 12 KB");
    assert!(titles(&page).is_empty());
}

#[wasm_bindgen_test]
async fn a_picture_on_the_web_is_loaded_when_asked_and_wherever_it_is_named() {
    let url = "https://upload.example/cork.png";
    let text = format!("See ![the harvest]({url}) and again ![]({url}) and ![other](https://b.example/x.png).");
    let page = talk(vec![drawn(vec![kept("first")], &text)]).await;
    let places: Vec<String> =
        page.all("[data-testid=image-remote]").iter().map(|place| place.text_content().unwrap()).collect();
    assert_eq!(places[0], "Image on upload.examplethe harvest. Not loaded, for your privacy.Load once");
    assert_eq!(places.len(), 3);
    page.answer("load_once", Err(Failure::new(Code::Server, "This address leads into your own network.")));
    page.all("[data-testid=load-once]")[2].click();
    settle().await;
    assert_eq!(page.asked_to("load_once"), [json!({"conversation": "home/table", "item": "a", "index": 3})]);
    assert!(page.all("[data-testid=image-remote]")[2].text_content().unwrap().contains("into your own network"));
    page.answer("load_once", Ok(json!(Loaded { url: url.into(), picture: picture("cork", 320, 200) })));
    page.all("[data-testid=load-once]")[1].click();
    settle().await;
    assert_eq!(page.asked_to("load_once")[0]["index"], 2);
    assert_eq!(titles(&page), ["the harvest", "Image on upload.example", "Image from Wen"]);
    assert_eq!(page.all("[data-testid=image-remote]").len(), 1);
}

#[wasm_bindgen_test]
async fn always_for_this_conversation_is_in_the_menu_and_can_be_undone() {
    let url = "https://upload.example/cork.png";
    let listed = vec![ImageRef::Remote { url: url.into() }];
    let page = talk(vec![shows(listed, "This one"), drawn(vec![], "![](http://b.example/x.png)")]).await;
    assert!(page.find("always-load").is_none());
    page.click("load-more").await;
    page.click("always-load").await;
    assert_eq!(page.asked_to("always_load"), [json!({"conversation": "home/table", "on": true})]);
    assert_eq!(page.find("always-load").unwrap().get_attribute("aria-pressed").as_deref(), Some("true"));
    page.click("always-load").await;
    assert_eq!(page.asked_to("always_load")[0]["on"], false);
    // What the engine then loads by itself comes as news.
    let loaded = vec![Loaded { url: url.into(), picture: picture("cork", 320, 200) }];
    page.news(News::Loaded { conversation: "home/table".into(), loaded }).await;
    assert_eq!(titles(&page), ["Image on upload.example"]);
}

#[wasm_bindgen_test]
async fn an_address_that_is_none_of_the_web_cannot_be_asked_for() {
    let text = "![x](file:///etc/passwd) ![y](data:image/png;base64,AAAA) ![z](javascript:alert(1))";
    let page = talk(vec![drawn(vec![], text)]).await;
    assert!(page.find("load-once").is_none() && page.select(".md img").is_none());
    let places = page.all("[data-testid=image-remote]");
    assert!(!places.is_empty());
    for place in places {
        assert!(place.text_content().unwrap().contains("Images are loaded from the web only."));
    }
}

#[wasm_bindgen_test]
async fn a_picture_within_a_link_does_not_follow_it() {
    let page = talk(vec![drawn(vec![], "[![chart](https://a.example/c.png)](https://b.example/d)")]).await;
    page.answer("load_once", Err(Failure::new(Code::Offline, "Not reached.")));
    page.click("load-once").await;
    assert_eq!(page.asked_to("load_once").len(), 1);
    assert!(page.find("dialog").is_none());
}

#[wasm_bindgen_test]
async fn a_tool_s_pictures_are_counted_in_its_row_and_shown_in_its_card() {
    let mut item = request("t", 2, "Wen", r#"{"url":"https://a.example"}"#, ToolState::Running);
    let Content::Tool(call) = &item.content else { unreachable!() };
    let returned = ToolReturn {
        ok: true,
        text: "Done".into(),
        stdout: vec![],
        stderr: vec![],
        images: vec![kept("x"), kept("y")],
    };
    let call = ToolCall { state: ToolState::Returned(returned), took: Some(1_200), ..call.clone() };
    item.content = Content::Tool(call);
    let page = talk(vec![item]).await;
    assert!(page.select("[data-id=t] .end").unwrap().text_content().unwrap().contains("2 images, 1.2 s"));
    page.select("[data-id=t] .step").unwrap().click();
    settle().await;
    assert_eq!(titles(&page), ["Image from send_email, 1 of 2", "Image from send_email, 2 of 2"]);
}

#[wasm_bindgen_test]
async fn the_lightbox_goes_by_keys_and_gives_the_focus_back() {
    let page = talk(vec![drawn(vec![kept("one"), kept("two"), kept("three")], "Three.")]).await;
    let thumb = page.all("[data-testid=thumbnail]")[1].clone();
    thumb.focus().unwrap();
    thumb.click();
    settle().await;
    sleep(20).await;
    let title = |page: &Page| {
        let place = page.select(".lbb .num").unwrap().text_content().unwrap();
        format!("{}, {place}", page.text("lightbox-title"))
    };
    let said: String = page.all(".lbb button").iter().map(|button| button.text_content().unwrap()).collect();
    assert_eq!(said, "", "its buttons are icons, each with a label");
    assert!(page.all(".lbb button").iter().all(|button| button.has_attribute("aria-label")));
    assert_eq!(title(&page), "Image from Wen, 2 of 3");
    assert!(page.has_focus("[data-testid=lightbox]"));
    assert!(page.text("lightbox").contains("2 of 3"));
    page.key("ArrowRight").await;
    assert_eq!(title(&page), "Image from Wen, 3 of 3");
    page.key("ArrowRight").await;
    assert_eq!(title(&page), "Image from Wen, 3 of 3", "it ends there");
    page.key("ArrowLeft").await;
    page.key("ArrowLeft").await;
    assert_eq!(title(&page), "Image from Wen, 1 of 3");
    let before = size(&page, ".lbi img");
    page.key("+").await;
    let larger = size(&page, ".lbi img");
    assert!(larger.0 > before.0 && larger.1 > before.1, "{before:?} {larger:?}");
    page.key("-").await;
    page.key("-").await;
    assert_eq!(size(&page, ".lbi img"), before, "never smaller than it fits");
    // Keys of the window do nothing behind it.
    page.key_with("ArrowDown", |key| key.set_alt_key(true)).await;
    page.key_with("b", |key| key.set_ctrl_key(true)).await;
    assert!(page.find("sidebar").is_some() && page.asked_to("open").is_empty());
    page.escape().await;
    assert!(page.find("lightbox").is_none());
    assert!(page.has_focus("[data-image=two]"), "the focus returns");
    page.key("Escape").await;
    assert!(page.asked_to("stop").is_empty());
}

#[wasm_bindgen_test]
async fn a_picture_is_saved_and_copied_and_says_so() {
    let page = talk(vec![drawn(vec![kept("one")], "One.")]).await;
    page.click("thumbnail").await;
    page.answer("save_image", Ok(json!("cork.png")));
    page.click("save-image").await;
    assert_eq!(page.asked_to("save_image"), [json!({"image": "one"})]);
    assert_eq!(page.text("lightbox-said"), "Saved as cork.png");
    page.click("copy-image").await;
    assert_eq!(page.asked_to("copy_image"), [json!({"image": "one"})]);
    assert_eq!(page.text("lightbox-said"), "Copied");
    page.answer("save_image", Ok(json!(null)));
    page.click("save-image").await;
    assert_eq!(page.text("lightbox-said"), "Copied", "who thought better of it is told nothing");
    page.answer("copy_image", Err(Failure::new(Code::Invalid, "The clipboard cannot be reached.")));
    page.click("copy-image").await;
    assert_eq!(page.text("lightbox-said"), "The clipboard cannot be reached.");
    page.click("close-lightbox").await;
    assert!(page.find("lightbox").is_none());
}

#[wasm_bindgen_test]
async fn rendering_loads_nothing_and_shows_only_what_the_app_keeps() {
    let canary = "https://canary.example";
    let text = format!(
        "![a]({canary}/1.png) ![b][r] <img src=\"{canary}/2\"> [![c]({canary}/3.gif)]({canary}/4)\n\n\
         | ![d]({canary}/5) |\n|---|\n| ![e](//canary.example/6) |\n\n> ![f]({canary}/7.svg)\n\n[r]: {canary}/8\n"
    );
    let mut returned = request("t", 3, "Wen", &json!({"image": format!("{canary}/9")}).to_string(), ToolState::Running);
    returned.content = match returned.content {
        Content::Tool(call) => {
            let images = vec![ImageRef::Remote { url: format!("{canary}/10") }];
            let back = ToolReturn { ok: true, text: text.clone(), stdout: vec![], stderr: vec![], images };
            Content::Tool(ToolCall { state: ToolState::Returned(back), ..call })
        }
        other => other,
    };
    let remote = || vec![ImageRef::Remote { url: format!("{canary}/11") }];
    let page = talk(vec![shows(remote(), &text), drawn(remote(), &text), returned]).await;
    page.select("[data-id=t] .step").unwrap().click();
    settle().await;
    // While it grows, too.
    page.frame(1, vec![Change::Append { id: "a".into(), text: format!("\n\n![late]({canary}/12)") }], Turn::Yours)
        .await;
    sleep(120).await;
    assert!(page.all("[data-testid=image-remote]").len() >= 10);
    for element in page.all("[src], [srcset], [href]:not(use), [poster], [background], [style*='url(']") {
        let html = element.outer_html();
        assert!(!html.contains("canary"), "{html}");
    }
    let asked = js_sys::eval(
        "performance.getEntriesByType('resource').filter(entry => entry.name.includes('canary.example')).length",
    );
    assert_eq!(asked.unwrap().as_f64(), Some(0.0), "something was loaded");
    assert!(page.asked_to("load_once").is_empty(), "and nothing was asked for");
}

#[wasm_bindgen_test]
async fn by_keyboard_alone_from_attaching_to_looking() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![]), Turn::Yours).await;
    page.lead().await;
    let attachment = json!({
        "id": "chart", "name": "chart.png", "media_type": "image/png", "width": 640, "height": 480,
        "bytes": 84_000, "was_bytes": 84_000,
    });
    page.answer("choose_images", Ok(json!({"added": [attachment], "refused": [], "attachments": [attachment]})));
    // The order of the focus is the order in the page: tiles, attach, words, Send.
    page.find("attach").unwrap().focus().unwrap();
    page.find("attach").unwrap().click();
    settle().await;
    let order: Vec<String> = page
        .all(".composer button:not([disabled]), .composer textarea")
        .iter()
        .map(|control| control.get_attribute("aria-label").unwrap())
        .collect();
    assert_eq!(
        order,
        [
            "chart.png, 84 KB, 1 of 1",
            "Remove chart.png",
            "Attach images",
            "Address one agent of the table",
            "Message",
            "Send"
        ]
    );
    page.select("[data-testid=composer]").unwrap().focus().unwrap();
    page.write("[data-testid=composer]", "Does it look clogged?").await;
    page.key("Enter").await;
    assert_eq!(
        page.asked_to("send"),
        [json!({"conversation": "home/table", "text": "Does it look clogged?", "images": ["chart"]})]
    );
    page.frame(1, vec![Change::Put { item: shows(vec![kept("chart")], "Does it look clogged?") }], Turn::Yours).await;
    sleep(60).await;
    page.key_with("F6", |key| key.set_shift_key(true)).await;
    assert!(page.has_focus("[data-testid=timeline]"));
    page.key("j").await;
    page.find("thumbnail").unwrap().focus().unwrap();
    page.click("thumbnail").await;
    sleep(20).await;
    assert!(page.has_focus("[data-testid=lightbox]"));
    page.escape().await;
    assert!(page.has_focus("[data-testid=thumbnail]"));
}
