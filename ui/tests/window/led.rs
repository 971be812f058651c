//! A table that the app leads: whom one addresses, what its seats offer, what holds it and how it goes on.

use model::{
    Author, Content, Conversation, Floor, Held, Item, LongRun, News, Notice, Reached, SeatNow, SeatState, Trouble,
    Turn, change::Change,
};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at_home, page, reset, said, settle, speaker, speaking, words};

/// The open table as the app leads it, with its floor.
async fn led(page: &Page, floor: Floor) {
    let mut table: Conversation = page.opened("home/table").conversation;
    table.kind = model::ConversationKind::Table;
    table.floor = Some(Box::new(floor));
    page.news(News::Conversation { conversation: Box::new(table) }).await;
}

fn floor(states: [SeatState; 3]) -> Floor {
    let seats = ["Ibrahim", "Wen", "Rosa"].into_iter().zip(states);
    let seat = |(name, state): (&str, SeatState)| SeatNow {
        agent: format!("agent-{name}").into(),
        state,
        aside: false,
        muted: false,
        input: 4_740,
        output: 310,
    };
    Floor { round: 1, seats: seats.map(seat).collect(), ..Floor::default() }
}

fn notice(id: &str, position: i64, author: Author, notice: Notice) -> Item {
    let content = Content::Notice(notice);
    Item { id: id.into(), position, author, at: 0, run: None, step: None, content }
}

fn draft(page: &Page) -> String {
    let field = page.find("composer").unwrap();
    js_sys::Reflect::get(&field, &"value".into()).unwrap().as_string().unwrap()
}

fn options(page: &Page) -> Vec<String> {
    page.all("[data-testid=name-option]").iter().map(|option| option.text_content().unwrap()).collect()
}

async fn press(page: &Page, selector: &str) {
    page.select(selector).unwrap_or_else(|| panic!("no {selector}")).click();
    settle().await;
}

#[wasm_bindgen_test]
async fn a_member_is_addressed_from_the_list() {
    let page = page(at_home()).await;
    assert!(page.find("name").is_none(), "a server's group does not know names");
    led(&page, floor([SeatState::Idle; 3])).await;
    page.find("composer").unwrap().focus().unwrap();
    page.write("[data-testid=composer]", "Look, @").await;
    assert_eq!(options(&page).len(), 4, "three members and everyone");
    assert_eq!(page.find("composer").unwrap().get_attribute("aria-expanded").as_deref(), Some("true"));
    page.key("ArrowDown").await;
    let marked = page.find("composer").unwrap().get_attribute("aria-activedescendant").unwrap();
    assert!(page.select(&format!("#{marked}")).unwrap().text_content().unwrap().contains("Wen"));
    page.key("Enter").await;
    assert_eq!(draft(&page), "Look, @Wen ");
    assert!(page.find("names").is_none());
    assert!(page.asked_to("send").is_empty(), "Enter chose a name and sent nothing");
    page.write("[data-testid=composer]", "@ev").await;
    page.key("Tab").await;
    assert_eq!(draft(&page), "@everyone ");
    page.write("[data-testid=composer]", "@r").await;
    page.key("Escape").await;
    assert!(page.find("names").is_none());
    page.write("[data-testid=composer]", "@ro").await;
    assert!(page.find("names").is_none(), "what was closed stays closed at this name");
    page.write("[data-testid=composer]", "wen@ro").await;
    assert!(page.find("names").is_none(), "an address of a mail is nobody's name");
    page.write("[data-testid=composer]", "Well").await;
    page.click("name").await;
    assert_eq!(draft(&page), "Well @");
    press(&page, "[data-testid=name-option]").await;
    assert_eq!(draft(&page), "Well @Ibrahim ");
    assert!(page.has_focus("[data-testid=composer]"));
}

#[wasm_bindgen_test]
async fn the_table_hears_once_that_one_writes_and_once_that_one_does_not() {
    let page = page(at_home()).await;
    page.write("[data-testid=composer]", "H").await;
    assert!(page.asked_to("writing").is_empty(), "a server's group cannot wait");
    page.write("[data-testid=composer]", "").await;
    led(&page, floor([SeatState::Idle; 3])).await;
    for text in ["H", "He", "Hel"] {
        page.write("[data-testid=composer]", text).await;
    }
    assert_eq!(page.asked_to("writing"), [json!({ "conversation": "home/table", "on": true })]);
    page.write("[data-testid=composer]", " ").await;
    assert_eq!(page.asked_to("writing")[0]["on"], false);
    page.write("[data-testid=composer]", "Hello").await;
    page.asked();
    press(&page, "[data-conversation='home/wen']").await;
    assert_eq!(page.asked_to("writing"), [json!({ "conversation": "home/table", "on": false })]);
}

#[wasm_bindgen_test]
async fn a_seat_offers_what_can_be_done_about_its_member() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![said("u", 1)]), Turn::Sent).await;
    assert!(page.select("button[data-testid=seat]").is_none(), "a server's group leads itself");
    led(&page, floor([SeatState::Spoke, SeatState::Speaking, SeatState::Next])).await;
    let states: Vec<String> =
        page.all("[data-testid=seat]").iter().map(|seat| seat.get_attribute("data-state").unwrap()).collect();
    assert_eq!(states, ["spoke", "speaking", "next"]);
    page.asked();
    press(&page, "[data-agent=agent-Ibrahim]").await;
    assert_eq!(page.text("seat-used"), "4,740 in, 310 out");
    assert!(page.find("skip").is_none(), "who has spoken is not skipped");
    page.click("give-word").await;
    assert_eq!(page.asked_to("give_word"), [json!({ "agents": ["agent-Ibrahim"], "conversation": "home/table" })]);
    press(&page, "[data-agent=agent-Wen]").await;
    assert!(page.find("give-word").is_none(), "she has it");
    page.click("skip").await;
    assert_eq!(page.asked_to("skip")[0]["agent"], "agent-Wen");
    press(&page, "[data-agent=agent-Rosa]").await;
    assert_eq!(page.text("mute"), "Mute Rosa");
    page.click("mute").await;
    assert_eq!(page.asked_to("mute")[0]["muted"], true);
    let mut muted = floor([SeatState::Spoke, SeatState::Speaking, SeatState::Idle]);
    muted.seats[2].muted = true;
    led(&page, muted).await;
    assert!(page.select("[data-agent=agent-Rosa]").unwrap().text_content().unwrap().contains("muted"));
    press(&page, "[data-agent=agent-Rosa]").await;
    assert_eq!(page.text("mute"), "Let Rosa speak again");
    page.click("mute").await;
    assert_eq!(page.asked_to("mute")[0]["muted"], false);
}

#[wasm_bindgen_test]
async fn a_guard_is_said_and_let_go() {
    let page = page(at_home()).await;
    let reached = Reached::Turns { turns: 3 };
    let guard = notice("g", 3, Author::App, Notice::Guard { reached: reached.clone() });
    page.frame(0, reset(vec![said("u", 1), words("a", 2, "Wen", "Two hold."), guard]), Turn::Yours).await;
    let halted = Floor { held: Some(Held::Guard { reached }), ..floor([SeatState::Idle; 3]) };
    led(&page, halted).await;
    assert!(page.text("standing").starts_with("Paused after 3 turns since your message"));
    page.asked();
    page.click("bar-go-on").await;
    page.click("go-on").await;
    assert_eq!(page.asked_to("go_on").len(), 2);
    let more = words("b", 4, "Rosa", "Let me see.");
    page.frame(1, vec![Change::Put { item: more }], speaking("Rosa")).await;
    led(&page, floor([SeatState::Idle, SeatState::Spoke, SeatState::Speaking])).await;
    assert!(page.find("go-on").is_none() && page.find("bar-go-on").is_none());
}

#[wasm_bindgen_test]
async fn a_turn_that_failed_is_tried_again_or_skipped_while_the_table_waits_for_it() {
    let page = page(at_home()).await;
    let trouble =
        Trouble { what: "The model stopped answering".into(), why: "It was overloaded.".into(), details: None };
    let failed =
        |id: &str, position| Item { content: Content::Error(trouble.clone()), ..words(id, position, "Rosa", "") };
    let items = vec![said("u", 1), words("a", 2, "Wen", "Two hold."), failed("e1", 3), failed("e2", 4)];
    page.frame(0, reset(items), Turn::Yours).await;
    let held = Some(Held::Failed { agent: "agent-Rosa".into() });
    led(&page, Floor { held, ..floor([SeatState::Spoke, SeatState::Spoke, SeatState::Failed]) }).await;
    assert!(page.text("standing").starts_with("Rosa’s turn failed"));
    assert_eq!(page.all("[data-testid=retry]").len(), 1, "only the last of them waits");
    assert!(page.select("[data-id=e1] .who").unwrap().text_content().unwrap().contains("Rosa"), "not under Wen's name");
    page.asked();
    page.click("retry").await;
    assert_eq!(page.asked_to("retry")[0]["item"], "e2");
    assert_eq!(page.text("skip"), "Skip Rosa");
    page.click("skip").await;
    assert_eq!(page.asked_to("skip")[0]["agent"], "agent-Rosa");
    led(&page, floor([SeatState::Spoke, SeatState::Spoke, SeatState::Skipped])).await;
    assert!(page.find("retry").is_none() && page.find("skip").is_none());
}

#[wasm_bindgen_test]
async fn a_turn_that_failed_before_its_first_word_has_a_name_too() {
    let page = page(at_home()).await;
    let trouble = Trouble { what: "The model stopped answering".into(), why: String::new(), details: None };
    let failed = Item { content: Content::Error(trouble), ..words("e", 3, "Rosa", "") };
    let round = Item { author: Author::App, content: Content::Round { number: 2 }, ..words("n", 2, "Rosa", "") };
    page.frame(0, reset(vec![said("u", 1), round, failed]), Turn::Yours).await;
    assert!(page.select("[data-id=e] .who").unwrap().text_content().unwrap().contains("Rosa"));
}

#[wasm_bindgen_test]
async fn the_table_goes_on_without_one_that_waits_and_its_request_stays() {
    let page = page(at_home()).await;
    let wen = Turn::Paused { speaker: speaker("Wen") };
    page.frame(0, reset(vec![said("u", 1)]), wen.clone()).await;
    assert!(page.find("go-on-without").is_none(), "a server's group waits for the decision");
    let waits = floor([SeatState::Spoke, SeatState::Waiting, SeatState::Next]);
    led(&page, waits.clone()).await;
    assert!(page.text("standing").starts_with("Paused: Wen waits for you"));
    assert_eq!(page.text("go-on-without"), "Go on without Wen");
    page.asked();
    page.click("go-on-without").await;
    press(&page, "[data-agent=agent-Wen]").await;
    assert_eq!(page.text("skip"), "Skip Wen");
    page.click("skip").await;
    let skip = json!({ "agent": "agent-Wen", "conversation": "home/table" });
    assert_eq!(page.asked_to("skip"), [skip.clone(), skip]);
    page.frame(1, vec![], Turn::Yours).await;
    let mut aside = waits;
    aside.seats[1].aside = true;
    led(&page, aside).await;
    assert!(page.find("go-on-without").is_none());
    let state = page.select("[data-agent=agent-Wen]").unwrap().get_attribute("data-state");
    assert_eq!(state.as_deref(), Some("waiting"), "she still waits for you");
    press(&page, "[data-agent=agent-Wen]").await;
    assert!(page.find("skip").is_none(), "once is enough");
}

#[wasm_bindgen_test]
async fn a_member_that_is_at_it_for_very_long_is_asked_about_by_its_name() {
    let page = page(at_home()).await;
    page.frame(0, reset(vec![said("u", 1)]), speaking("Wen")).await;
    let mut table: Conversation = page.opened("home/table").conversation;
    table.kind = model::ConversationKind::Table;
    table.long_run = Some(LongRun::Lasting { minutes: 30 });
    let long = |name| Floor {
        long: Some(speaker(name)),
        ..floor([SeatState::Idle, SeatState::Speaking, SeatState::Speaking])
    };
    table.floor = Some(Box::new(long("Rosa")));
    page.news(News::Conversation { conversation: Box::new(table.clone()) }).await;
    assert!(page.text("long-run").starts_with("Rosa has been at it for 30 min. Keep going?"), "not Wen");
    page.asked();
    page.click("keep-going").await;
    let rosa = json!({ "agent": "agent-Rosa", "conversation": "home/table" });
    assert_eq!(page.asked_to("keep_going"), [rosa], "the one who was shown");
    table.floor = Some(Box::new(long("Wen")));
    page.news(News::Conversation { conversation: Box::new(table) }).await;
    assert!(page.text("long-run").starts_with("Wen has been at it"));
}

#[wasm_bindgen_test]
async fn the_hand_off_stands_in_the_turn_of_who_gives_the_word() {
    let page = page(at_home()).await;
    let to = vec!["Rosa".to_owned(), "Wen".to_owned()];
    let why = Some("she keeps the list".to_owned());
    let gives = notice(
        "h",
        3,
        Author::Agent(speaker("Ibrahim")),
        Notice::HandOff { to: to.clone(), side_by_side: false, why: None },
    );
    let picked = notice("p", 5, Author::App, Notice::HandOff { to: to[..1].to_vec(), side_by_side: false, why });
    let passes = notice("n", 6, Author::App, Notice::Table { text: "Wen passes".into() });
    let lead = words("a", 2, "Ibrahim", "Rosa first.");
    let items = vec![said("u", 1), lead, gives, words("b", 4, "Rosa", "Yes."), picked, passes];
    page.frame(0, reset(items), Turn::Yours).await;
    let hand = page.select("[data-id=h].turn .hand").unwrap();
    assert_eq!(hand.text_content().unwrap(), "Gives the word to Rosa, then Wen");
    assert_eq!(page.select("[data-id=p] .sys").unwrap().text_content().unwrap(), "Rosa is next: she keeps the list");
    assert_eq!(page.select("[data-id=n] .sys").unwrap().text_content().unwrap(), "Wen passes");
}

#[wasm_bindgen_test]
async fn a_countdown_names_who_begins() {
    let page = page(at_home()).await;
    let until = js_sys::Date::now() as i64 + 3_800;
    let held = Some(Held::Countdown { until });
    led(&page, Floor { held, ..floor([SeatState::Spoke, SeatState::Spoke, SeatState::Next]) }).await;
    assert_eq!(page.text("standing"), "Rosa begins in 4 s");
    let held = Some(Held::Writing);
    led(&page, Floor { held, ..floor([SeatState::Spoke, SeatState::Spoke, SeatState::Next]) }).await;
    assert_eq!(page.text("standing"), "Paused while you write");
}
