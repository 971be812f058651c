//! Arguments that try to pass unseen and words that try to look like the card. For each of the corpus: every character of the arguments
//! can be read on the card or stands there by its code, and nothing in it can be pressed, loads anything or has the card's colour.
//!
//! In the corpus `⟦text×3⟧` stands for the text three times over.

use std::collections::BTreeSet;

use model::{ToolState, Turn};
use serde::Deserialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, Node, PointerEvent, PointerEventInit};

use crate::support::{Page, at_home, but, page, request, reset, settle, speaker, words};

#[derive(Deserialize)]
struct Corpus {
    arguments: Vec<Hostile>,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Hostile {
    name: String,
    #[serde(default)]
    tool: Option<String>,
    /// As the model wrote them.
    arguments: String,
    /// Names and values that must be readable; none: the whole text must be, as it came.
    shown: Option<Vec<(String, String)>>,
    /// Labels that must be there.
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Deserialize)]
struct Message {
    name: String,
    text: String,
}

fn corpus() -> Corpus {
    serde_json::from_str(include_str!("corpus.json")).unwrap()
}

fn repeated(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('⟦') {
        let (inner, behind) = after.split_once('⟧').unwrap();
        let (what, times) = inner.rsplit_once('×').unwrap();
        out += before;
        out += &what.repeat(times.parse().unwrap());
        rest = behind;
    }
    out + rest
}

/// What a reader can make of a part of the card: its text, with each label that stands for characters read back.
fn read_back(part: &Element) -> String {
    let mut out = String::new();
    collect(part.as_ref(), &mut out);
    // From the 2,000th label on they are text in brackets.
    let mut whole = String::new();
    let mut rest = out.as_str();
    while let Some((before, after)) = rest.split_once("[U+") {
        let codes = after
            .split_once(']')
            .filter(|(codes, _)| codes.chars().all(|c| c.is_ascii_hexdigit() || " ×U+".contains(c)));
        match codes.filter(|_| part.query_selector_all(".unseen").unwrap().length() >= 1_000) {
            Some((codes, behind)) => {
                whole += before;
                whole += &decoded(&format!("U+{codes}"));
                rest = behind;
            }
            None => {
                whole += before;
                whole += "[U+";
                rest = after;
            }
        }
    }
    whole + rest
}

fn collect(node: &Node, out: &mut String) {
    if let Some(element) = node.dyn_ref::<Element>() {
        let classes = element.class_list();
        if classes.contains("note") || classes.contains("more-lines") {
            return;
        }
        if classes.contains("unseen") {
            *out += &decoded(&element.text_content().unwrap());
            return;
        }
    }
    if node.node_type() == Node::TEXT_NODE {
        *out += &node.text_content().unwrap();
    }
    let children = node.child_nodes();
    for at in 0..children.length() {
        collect(&children.get(at).unwrap(), out);
    }
}

/// "U+200B ×3 U+202E" as characters.
fn decoded(codes: &str) -> String {
    let mut out = String::new();
    for word in codes.split(' ') {
        match word.strip_prefix("U+") {
            Some(code) => out.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap()),
            None => {
                let last = out.chars().last().unwrap();
                let times: usize = word.trim_start_matches('×').parse().unwrap();
                out.extend(std::iter::repeat_n(last, times - 1));
            }
        }
    }
    out
}

fn all_in(part: &Element) -> Vec<HtmlElement> {
    let found = part.query_selector_all("*").unwrap();
    (0..found.length()).map(|at| found.get(at).unwrap().unchecked_into()).collect()
}

/// Nothing within can be pressed but what the app itself put there, nothing loads, nothing has the card's colour.
fn harmless(name: &str, part: &Element, own: &str) {
    const TAGS: &[&str] = &[
        "DL",
        "DT",
        "DD",
        "DIV",
        "SPAN",
        "P",
        "BDI",
        "BUTTON",
        "SVG",
        "USE",
        "svg",
        "use",
        "STRONG",
        "EM",
        "CODE",
        "PRE",
        "UL",
        "OL",
        "LI",
        "TABLE",
        "THEAD",
        "TBODY",
        "TR",
        "TD",
        "TH",
        "H1",
        "H2",
        "BLOCKQUOTE",
        "HEADER",
        "A",
        "S",
        "B",
        "BR",
        "COL",
        "COLGROUP",
        "HR",
        "H3",
        "H4",
        "H5",
        "H6",
    ];
    let ambers: BTreeSet<String> =
        ["--ask", "--ask-fill", "--ask-fill-hover", "--ask-soft", "--ask-border"].map(colour).into();
    for element in all_in(part) {
        let tag = element.tag_name();
        assert!(TAGS.contains(&tag.as_str()), "{name}: <{tag}>");
        let control = element
            .matches(
                "a[href], button, input, select, textarea, label, summary, [onclick], [role=button], [contenteditable]",
            )
            .unwrap();
        assert!(!control || element.matches(own).unwrap(), "{name}: {} can be pressed", element.outer_html());
        for attribute in ["src", "srcset", "href", "action", "poster", "background", "ping", "style", "id"] {
            let is_icon = tag.eq_ignore_ascii_case("use") && attribute == "href";
            // Tables have columns of a width that the app works out.
            let is_width = tag == "TABLE"
                && element.get_attribute(attribute).is_some_and(|style| style.starts_with("min-width: "));
            assert!(is_icon || is_width || !element.has_attribute(attribute), "{name}: {}", element.outer_html());
        }
        let style = leptos::prelude::window().get_computed_style(&element).unwrap().unwrap();
        for property in ["color", "background-color", "border-top-color", "fill"] {
            let value = style.get_property_value(property).unwrap();
            assert!(!ambers.contains(&value), "{name}: {property} of {} is amber", element.outer_html());
        }
    }
}

/// A colour of the design as the browser computes it.
fn colour(name: &str) -> String {
    let document = leptos::prelude::document();
    let probe: HtmlElement = document.create_element("i").unwrap().unchecked_into();
    probe.style().set_property("color", &format!("var({name})")).unwrap();
    document.body().unwrap().append_child(&probe).unwrap();
    let style = leptos::prelude::window().get_computed_style(&probe).unwrap().unwrap();
    let value = style.get_property_value("color").unwrap();
    probe.remove();
    value
}

fn requests_to_the_net() -> usize {
    let performance = js_sys::Reflect::get(&leptos::prelude::window(), &"performance".into()).unwrap();
    let entries: js_sys::Function =
        js_sys::Reflect::get(&performance, &"getEntriesByType".into()).unwrap().unchecked_into();
    let entries: js_sys::Array = entries.call1(&performance, &"resource".into()).unwrap().unchecked_into();
    let of_evil = |entry: wasm_bindgen::JsValue| {
        let name = js_sys::Reflect::get(&entry, &"name".into()).unwrap().as_string().unwrap_or_default();
        name.contains("evil.test") || name.starts_with("data:image")
    };
    entries.iter().filter(|entry| of_evil(entry.clone())).count()
}

fn decides_nothing(name: &str, page: &Page) {
    let asked = page.asked();
    let decisive =
        asked.iter().find(|call| ["decide", "unstick", "open_link"].contains(&call["command"].as_str().unwrap()));
    assert!(decisive.is_none(), "{name}: {decisive:?}");
}

/// Shows one on the card and looks at it.
async fn look_at(hostile: &Hostile) {
    let name = hostile.name.as_str();
    let arguments = repeated(&hostile.arguments);
    let tool = hostile.tool.as_deref().map(repeated);
    let page = page(at_home()).await;
    let item = but(request("r", 2, "Ibrahim", &arguments, ToolState::AwaitingApproval), |call| {
        if let Some(tool) = &tool {
            call.name.clone_from(tool);
        }
    });
    page.frame(0, reset(vec![item]), Turn::Paused { speaker: speaker("Ibrahim") }).await;
    let card = page.find("approval").unwrap();
    let buttons = page.find("approve").unwrap().get_bounding_client_rect();
    assert!(
        buttons.bottom() <= 800.0 && buttons.top() > 0.0,
        "{name}: the buttons are out of sight at {}",
        buttons.bottom()
    );
    for handle in page.all("[data-testid=show-lines]") {
        assert!(handle.text_content().unwrap().starts_with("Show all"), "{name}");
        handle.click();
    }
    settle().await;
    let title = page.select("#request").unwrap();
    assert_eq!(
        read_back(&title),
        format!("Ibrahim wants to run {}", tool.as_deref().unwrap_or("send_email")),
        "{name}"
    );
    let list = page.find("approval-arguments").unwrap();
    let (names, values) = (page.all("dl.args > dt"), page.all("dl.args > dd > .value"));
    let read: Vec<(String, String)> =
        names.iter().zip(&values).map(|(name, value)| (read_back(name), read_back(value))).collect();
    match &hostile.shown {
        Some(shown) => {
            let shown: Vec<(String, String)> = shown.iter().map(|(one, two)| (repeated(one), repeated(two))).collect();
            assert!(read == shown, "{name}: {:?} is not {:?}", brief(&read), brief(&shown));
        }
        None => {
            assert!(card.text_content().unwrap().contains("not valid JSON"), "{name}");
            assert!(read.len() == 1 && read[0].1 == arguments, "{name}: {:?}", brief(&read));
        }
    }
    let labels: String =
        page.all(".ask .unseen").iter().map(|label| format!("{} ", label.text_content().unwrap())).collect();
    for label in &hostile.labels {
        assert!(
            labels.contains(label.as_str()),
            "{name}: no label {label} in {}",
            &labels.chars().take(300).collect::<String>()
        );
    }
    harmless(name, &list, ".more-lines");
    harmless(name, &title, "no-own");
    for element in all_in(&list) {
        if !element.matches(".unseen").unwrap() || labels.len() < 10_000 {
            press(&element);
        }
    }
    settle().await;
    decides_nothing(name, &page);
}

/// A press with the mouse on any element, drawings among them.
fn press(element: &Element) {
    let bubbles = PointerEventInit::new();
    bubbles.set_bubbles(true);
    let click = PointerEvent::new_with_event_init_dict("click", &bubbles).unwrap();
    element.dispatch_event(&click).unwrap();
}

fn brief(read: &[(String, String)]) -> Vec<(String, String)> {
    let brief = |text: &String| text.chars().take(120).collect::<String>();
    read.iter().take(3).map(|(one, two)| (brief(one), brief(two))).collect()
}

#[wasm_bindgen_test]
async fn no_argument_passes_unseen_and_none_can_be_pressed() {
    let corpus = corpus();
    assert!(corpus.arguments.len() >= 60, "{}", corpus.arguments.len());
    for hostile in &corpus.arguments {
        look_at(hostile).await;
    }
    assert_eq!(requests_to_the_net(), 0);
}

#[wasm_bindgen_test]
async fn no_message_looks_like_the_card_or_can_be_pressed_like_it() {
    let corpus = corpus();
    for Message { name, text } in &corpus.messages {
        let page = page(at_home()).await;
        page.frame(0, reset(vec![words("w", 1, "Ibrahim", text)]), Turn::Yours).await;
        assert!(page.select(".ask, #request, [data-testid=approval]").is_none(), "{name}");
        let body = page.select("[data-testid=item] .md").unwrap();
        harmless(
            name,
            &body,
            "[data-copy], [data-testid=load-once], [data-testid=load-more], [data-testid=always-load]",
        );
        // A link asks before it opens anything, by the window's own dialog.
        for element in all_in(&body) {
            press(&element);
        }
        settle().await;
        decides_nothing(name, &page);
    }
    assert_eq!(requests_to_the_net(), 0);
}
