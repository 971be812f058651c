//! A server's own dialog: what it can do, in words, and how answers come from it.

use model::{Ability, Can, Code, Failure, News, Place, Profile, Skill, Streaming, command::Launched};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at_home, home, page, settle};

fn can(of: Skill, can: Can, why: &str) -> Ability {
    Ability { of, can, why: why.to_owned() }
}

/// At the table, with this about its server.
fn at(change: impl FnOnce(&mut Profile)) -> Launched {
    let mut launched = at_home();
    change(&mut launched.profiles[0]);
    launched
}

/// The dialog of that server.
async fn dialog(change: impl FnOnce(&mut Profile)) -> Page {
    let page = page(at(change)).await;
    page.click("server-menu").await;
    page.click("server-abilities").await;
    page.asked();
    page
}

/// The segment that is chosen.
fn chosen(page: &Page) -> String {
    let on = page.all("[data-testid=streaming-choice][aria-checked=true]");
    assert_eq!(on.len(), 1, "one of them is chosen");
    on[0].get_attribute("data-name").unwrap()
}

async fn choose(page: &Page, name: &str) {
    page.select(&format!("[data-testid=streaming-choice][data-name='{name}']")).unwrap().click();
    settle().await;
}

#[wasm_bindgen_test]
async fn it_says_in_words_what_the_server_can_do() {
    let page = page(at(|home| {
        home.version = Some("0.11.7".to_owned());
        home.abilities = vec![can(Skill::Conversations, Can::No, "They came with Letta 0.16.2.")];
    }))
    .await;
    page.click("server-menu").await;
    assert!(page.text("server-abilities").contains(&format!("What {} can do", home().name)));
    page.click("server-abilities").await;
    let dialog = page.text("abilities");
    assert!(dialog.contains("Letta 0.11.7 at nas.lan:8283"), "{dialog}");
    assert!(dialog.contains("Conversations of an agent") && dialog.contains("0.16.2"), "{dialog}");
    assert!(page.select("[data-testid=ability][data-name=conversations][data-state=no]").is_some());
    page.click("abilities-close").await;
    assert!(page.find("abilities").is_none());
}

#[wasm_bindgen_test]
async fn automatic_says_what_it_comes_to_here() {
    let page = dialog(|_| {}).await;
    assert_eq!(chosen(&page), "Automatic");
    assert_eq!(page.text("streaming-now"), "Now: in the background, in batches of half a second that survive a cut.");
    drop(page);
    let near = dialog(|home| {
        home.place = Place::Own { address: "http://localhost:8283".into() };
        home.host = "localhost:8283".into();
    })
    .await;
    assert_eq!(near.text("streaming-now"), "Now: each token at once.");
}

#[wasm_bindgen_test]
async fn a_choice_is_told_to_the_engine_and_what_it_means_is_said() {
    let page = dialog(|_| {}).await;
    choose(&page, "At once").await;
    assert_eq!(page.asked_to("set_streaming"), [json!({"profile": "home", "streaming": "plain"})]);
    assert_eq!(chosen(&page), "At once");
    assert!(page.text("streaming-now").contains("read from the history"), "{}", page.text("streaming-now"));
    choose(&page, "At once").await;
    assert!(page.asked_to("set_streaming").is_empty(), "it is chosen already");
    choose(&page, "In the background").await;
    assert_eq!(page.asked_to("set_streaming"), [json!({"profile": "home", "streaming": "background"})]);
    let words = page.text("streaming-now");
    assert!(words.contains("where a cut stopped it") && words.contains("half a second"), "{words}");
}

#[wasm_bindgen_test]
async fn the_arrows_choose_and_news_of_the_server_leave_the_focus_where_it_is() {
    let page = dialog(|_| {}).await;
    let here = "[data-testid=streaming-choice][aria-checked=true]";
    page.select(here).unwrap().focus().unwrap();
    page.key("ArrowRight").await;
    assert_eq!(chosen(&page), "At once");
    assert!(page.has_focus(here), "the focus goes along");
    let told = Profile { streaming: Streaming::Plain, version: Some("0.16.8".into()), ..home() };
    page.news(News::Profiles { profiles: vec![told] }).await;
    assert!(page.text("abilities").contains("Letta 0.16.8"));
    assert!(page.has_focus(here), "the dialog is the one it was");
    page.key("ArrowLeft").await;
    page.key("ArrowLeft").await;
    assert_eq!(chosen(&page), "In the background", "round the end");
    let asked: Vec<_> = page.asked_to("set_streaming").iter().map(|with| with["streaming"].clone()).collect();
    assert_eq!(asked, ["plain", "auto", "background"]);
}

#[wasm_bindgen_test]
async fn what_the_server_refused_is_said_with_why_and_can_be_asked_for_again() {
    const WHY: &str = "This server keeps no streams, because it runs without Redis.";
    let page = dialog(|home| {
        home.streaming = Streaming::Background;
        home.background_closed = Some(WHY.to_owned());
        home.abilities = vec![can(Skill::Background, Can::No, WHY)];
    })
    .await;
    assert_eq!(chosen(&page), "In the background", "as it was chosen");
    assert_eq!(page.text("streaming-now"), "Chosen, and refused. Until it can: each token at once.");
    assert_eq!(page.text("streaming-refused"), format!("In the background was refused. {WHY} Ask for it again"));
    page.click("streaming-again").await;
    assert_eq!(page.asked_to("set_streaming"), [json!({"profile": "home", "streaming": "background"})]);
    page.news(News::Profiles { profiles: vec![Profile { streaming: Streaming::Background, ..home() }] }).await;
    assert!(page.find("streaming-refused").is_none());
}

#[wasm_bindgen_test]
async fn a_version_that_knows_no_background_leaves_nothing_to_choose() {
    let page = dialog(|home| {
        home.abilities = vec![can(Skill::Background, Can::No, "This version of Letta cannot.")];
    })
    .await;
    assert!(page.find("streaming-choice").is_none());
    assert!(page.text("streaming-now").starts_with("Each token at once."), "{}", page.text("streaming-now"));
}

#[wasm_bindgen_test]
async fn a_choice_that_could_not_be_kept_is_taken_back() {
    let page = dialog(|_| {}).await;
    page.answer("set_streaming", Err(Failure::new(Code::Storage, "It could not be saved: the disk is full.")));
    choose(&page, "At once").await;
    assert_eq!(chosen(&page), "Automatic");
    assert!(page.text("streaming").contains("the disk is full"), "{}", page.text("streaming"));
}
