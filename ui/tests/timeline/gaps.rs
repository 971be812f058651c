//! Turns that are on the server and not here: fetched when seen or asked, page by page, without moving the line being read.

use model::{Change, Code, Content, Failure, Item, Turn};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, pause, states, talk};

/// A talk with a gap in the middle, below which 60 rows stand.
fn torn() -> Vec<Item> {
    let mut items = talk(1, 40);
    items.push(states(100, Content::Gap));
    items.extend(talk(200, 260));
    items
}

fn asked(page: &Page) -> Vec<String> {
    page.asked.lock().unwrap().filled.iter().map(ToString::to_string).collect()
}

#[wasm_bindgen_test]
async fn a_gap_out_of_sight_is_left_alone_and_heals_when_it_is_seen() {
    let page = Page::of(torn()).await;
    pause(100).await;
    assert_eq!(asked(&page), Vec::<String>::new(), "nobody has seen it");
    let mut tries = 0;
    while asked(&page).is_empty() {
        page.scroll_to(page.scroller().scroll_top() - 20).await;
        pause(5).await;
        tries += 1;
        assert!(tries < 900, "the gap is never seen");
    }
    assert_eq!(asked(&page), ["i100"]);

    // A page comes between the gap and what stands below it; what is left of the gap has another name.
    let (id, before) = page.reading();
    let mut changes: Vec<Change> = talk(150, 200).into_iter().map(|item| Change::Put { item }).collect();
    let mut left = states(100, Content::Gap);
    left.id = "gap/left".into();
    changes.push(Change::Remove { id: "i100".into() });
    changes.push(Change::Put { item: left });
    page.tell(changes, Turn::Yours);
    page.frames(4).await;
    let id = if id == "i100" { "i200".to_owned() } else { id };
    if id != "i200" {
        assert!((page.top_of(&id) - before).abs() <= 1.0, "{id} moved from {before} to {}", page.top_of(&id));
    }
    pause(100).await;
    assert_eq!(asked(&page), ["i100"], "what is left is above the view, and waits until it is seen");
}

#[wasm_bindgen_test]
async fn what_cannot_be_reached_says_so_and_the_button_tries_again() {
    let page = Page::of(vec![states(1, Content::Gap), states(2, Content::Gap)]).await;
    page.asked.lock().unwrap().fill = Err(Failure::new(Code::Offline, "The server at nas.lan:8283 does not answer."));
    pause(100).await;
    // Both were seen before the line went away.
    assert_eq!(asked(&page).len(), 2);
    page.click("[data-id=i1] [data-testid=fill-gap]");
    pause(50).await;
    let row = page.row("i1").unwrap();
    let words = row.text_content().unwrap();
    assert!(words.contains("could not be loaded. The server at nas.lan:8283 does not answer."), "{words}");
    assert!(words.contains("Try again"), "{words}");
    assert!(!page.row("i2").unwrap().text_content().unwrap().contains("could not"), "each speaks for itself");

    page.asked.lock().unwrap().fill = Ok(());
    page.click("[data-id=i1] [data-testid=fill-gap]");
    pause(50).await;
    let words = page.row("i1").unwrap().text_content().unwrap();
    assert!(words.contains("not here yet") && words.contains("Load them"), "{words}");
    assert_eq!(asked(&page).len(), 4);
}
