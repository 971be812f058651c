//! Words that grow: they end as they would have been drawn at once, nothing is loaded, nothing a model writes becomes markup.

use leptos::prelude::document;
use ui::markdown_view::Prose;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};

use crate::support::{Page, says, streams};

const REPLY: &str = "# A heading\n\nSome **strong** words, `code` and [a link](https://a.example/b), *slanted **both***.\n\n- first\n- second\n  - nested\n\n- \
    loose third\n\n1. one\n2. two\n   more of two\n\n> quoted\n> twice\n\n| a | b |\n|---|--:|\n| one | 2 |\n| **x** | `y` |\n\n```rust\nfn main() {\n    \
    println!(\"hi\");\n}\n```\n\n- [ ] to do\n- [x] done\n\nA title\n=======\n\n![chart](https://img.example/x.png)\n\nhttps://bare.example/x and the end [ref].\n\n\
    [ref]: https://ref.example/y\n";

fn host() -> Element {
    let host = document().create_element("div").unwrap();
    host.set_class_name("md");
    document().body().unwrap().append_child(&host).unwrap();
    host
}

/// The drawn message without the marks of new words.
fn html(host: &Element) -> String {
    host.inner_html().replace(" class=\"fresh\"", "").replace(" fresh\"", "\"").replace(" class=\"\"", "")
}

#[wasm_bindgen_test]
fn in_pieces_is_drawn_as_at_once() {
    let at_once = host();
    Prose::new(at_once.clone()).show(REPLY, false, 0.0);
    for size in [1, 3, 7, 40] {
        let growing = host();
        let mut prose = Prose::new(growing.clone());
        let letters: Vec<usize> = REPLY.char_indices().map(|(at, _)| at).chain([REPLY.len()]).collect();
        let mut now = 0.0;
        let mut words = 0;
        for at in letters.iter().step_by(size) {
            now += 50.0;
            prose.show(&REPLY[..*at], true, now);
            let text = growing.text_content().unwrap();
            for marker in ["**", "](", "```", "|--", "| one", "[ ]", "=="] {
                assert!(!text.contains(marker), "{marker} flashes up after {:?}", &REPLY[..*at]);
            }
            let shown = text.split_whitespace().count();
            assert!(shown + 1 >= words, "it got shorter after {:?}", &REPLY[..*at]);
            words = shown;
        }
        prose.show(REPLY, false, now);
        assert_eq!(html(&growing), html(&at_once), "in pieces of {size}");
        growing.remove();
    }
    at_once.remove();
}

#[wasm_bindgen_test]
fn frozen_blocks_are_never_touched_again() {
    let host = host();
    let mut prose = Prose::new(host.clone());
    let mut text = "First paragraph.\n\n- an item\n\nSecond paragraph.\n\n".to_owned();
    prose.show(&text, true, 0.0);
    let first = host.first_element_child().unwrap();
    for word in 0..50 {
        text.push_str(&format!("word {word} "));
        prose.show(&text, true, f64::from(word) * 50.0);
    }
    assert!(first.is_same_node(host.first_element_child().as_deref()));
    // New words stand apart only until they are inked.
    assert!(host.query_selector_all("p > .fresh").unwrap().length() <= 5);
    host.remove();
}

#[wasm_bindgen_test]
fn code_grows_by_lines() {
    let host = host();
    let mut prose = Prose::new(host.clone());
    let mut text = "```\n".to_owned();
    for line in 0..500 {
        text.push_str(&format!("line {line}\n"));
        prose.show(&text, true, f64::from(line) * 50.0);
    }
    let lines = host.query_selector("pre").unwrap().unwrap();
    let mut nodes = lines.child_nodes().length();
    nodes -= lines.query_selector_all(".caret").unwrap().length();
    assert_eq!(nodes, 500, "one text node a line");
    assert!(lines.text_content().unwrap().ends_with("line 498\nline 499"));
    host.remove();
}

#[wasm_bindgen_test]
async fn a_table_s_columns_stay_where_they_are_while_rows_arrive() {
    let mut text = "| Claim | Draft | Source |\n|---|---|---|\n| Years | 9 | 9, set by law |\n".to_owned();
    let page = Page::of(vec![streams(1, "Wen", &text)]).await;
    let edges = |page: &Page| -> Vec<i64> {
        page.all("[data-id=i1] th").iter().map(|cell| cell.get_bounding_client_rect().left().round() as i64).collect()
    };
    let before = edges(&page);
    assert_eq!(before.len(), 3);
    for row in [
        "| Cork oak in Portugal, in hectares, as the draft has it | 720,000 | 719,900 ha, IFN6 |\n",
        "| x | `a_very_long_identifier_in_code` | y |\n",
    ] {
        page.append("i1", row);
        text.push_str(row);
        page.drawn().await;
        assert_eq!(edges(&page), before, "after {row}");
    }
    page.tell(vec![model::Change::Put { item: says(1, "Wen", &text) }], model::Turn::Yours);
    page.drawn().await;
    assert_eq!(edges(&page), before, "when it is done");
    assert_eq!(page.all("[data-id=i1] tbody tr").len(), 3);
}

#[wasm_bindgen_test]
async fn a_later_row_has_room_for_a_few_words_beside_wide_ones() {
    let text = "| Claim | Draft | Source |\n|---|---|---|\n| Years between harvests | 9 | 9, set by law |\n\
                | Share of world cork | more than half | **49.6 %**, APCOR |\n";
    let page = Page::of(vec![says(1, "Wen", text)]).await;
    let heights: Vec<f64> =
        page.all("[data-id=i1] tbody tr").iter().map(|row| row.get_bounding_client_rect().height()).collect();
    assert_eq!(heights.len(), 2);
    assert!((heights[0] - heights[1]).abs() < 2.0, "each is one line: {heights:?}");
}

#[wasm_bindgen_test]
async fn nothing_a_model_writes_loads_or_runs() {
    let canary = "https://canary.example";
    let hostile = format!(
        "<img src=\"{canary}/a\" onerror=\"window.pwned=1\"> <script>window.pwned=1</script>\n\n<script src=\"{canary}/b\">window.pwned=1</script>\n\n\
         ![x]({canary}/c) ![y][r] <svg><image href=\"{canary}/d\"/></svg> <link rel=prefetch href=\"{canary}/e\">\n\n\
         [click](javascript:window.pwned=1) [data](data:text/html,<script>1</script>) [file](file:///etc/passwd) [user](https://good.example@canary.example)\n\n\
         <iframe src=\"{canary}/f\"></iframe>\n\n<style>*{{background:url({canary}/g)}}</style>\n\n| <img src={canary}/h> |\n|---|\n| ![z]({canary}/i) |\n\n\
         <details open ontoggle=\"window.pwned=1\">\n\n[good]({canary}/j \"title\")\n\n[r]: {canary}/k\n"
    );
    let page = Page::of(vec![says(1, "Wen", &hostile), streams(2, "Wen", "")]).await;
    for piece in hostile.as_bytes().chunks(5) {
        page.append("i2", std::str::from_utf8(piece).unwrap());
        page.frames(1).await;
    }
    page.drawn().await;
    let forbidden = "img, script, iframe, image, link, style, details, object, embed, video, audio, picture, form, input, a[href], [src], [onerror], [style*=url]";
    let found: Vec<_> = page
        .all(".md *")
        .into_iter()
        .filter(|element| element.matches(forbidden).unwrap())
        .map(|element| element.outer_html())
        .collect();
    assert_eq!(found, Vec::<String>::new());
    assert!(js_sys::eval("window.pwned === undefined").unwrap().is_truthy());
    let loaded =
        js_sys::eval("performance.getEntriesByType('resource').filter(entry => entry.name.includes('canary')).length")
            .unwrap();
    assert_eq!(loaded.as_f64(), Some(0.0), "something was loaded");

    // Addresses in what was meant as HTML are text with a link; each opens only outside and after asking.
    let links: Vec<_> = page.all("[data-id=i1] a").iter().map(|link| link.get_attribute("data-url").unwrap()).collect();
    assert!(links.iter().all(|link| link.starts_with("https://canary.example/")), "{links:?}");
    let link = page.find("[data-id=i1] a[data-url$='/j']").unwrap();
    assert_eq!(link.get_attribute("title").as_deref(), Some("canary.example: title"));
    link.unchecked_into::<HtmlElement>().click();
    assert_eq!(page.asked.lock().unwrap().links, [format!("{canary}/j")]);
    let words = page.row("i1").unwrap().text_content().unwrap();
    for shown in [
        "click (javascript:window.pwned=1)",
        "file (file:///etc/passwd)",
        "Image on canary.example",
        "<script>window.pwned=1</script>",
    ] {
        assert!(words.contains(shown), "{shown} is not shown");
    }
}
