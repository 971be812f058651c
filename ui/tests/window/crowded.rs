//! What stands side by side where there is little room: names and a request, many members in the bar, a note of the server's groups.

use model::{ConversationKind, Floor, Member, News, SeatNow, SeatState, ToolState, Turn};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{HtmlElement, PointerEvent};

use crate::support::{Page, at_home, member, page, request, reset, said, settle, sleep, speaker};

const COMPOSER: &str = "[data-testid=composer]";

fn middle(element: &HtmlElement) -> (f64, f64) {
    let place = element.get_bounding_client_rect();
    (place.left() + place.width() / 2.0, place.top() + place.height() / 2.0)
}

fn is_inert(button: &HtmlElement) -> bool {
    button.get_attribute("aria-disabled").as_deref() == Some("true")
}

#[wasm_bindgen_test]
async fn names_lie_over_no_request_and_no_press_that_was_meant_for_one_approves() {
    let page = page(at_home()).await;
    page.lead().await;
    let item = request("r", 2, "Ibrahim", r#"{"to":"ana@desk.pt"}"#, ToolState::AwaitingApproval);
    page.frame(0, reset(vec![said("u", 1), item]), Turn::Paused { speaker: speaker("Ibrahim") }).await;
    sleep(1_000).await;
    let approve = page.find("approve").unwrap();
    assert!(!is_inert(&approve));
    let rest = middle(&approve);

    page.write(COMPOSER, "@").await;
    sleep(50).await;
    let (card, list) = (page.find("approval").unwrap(), page.find("names").unwrap());
    assert!(card.get_bounding_client_rect().bottom() <= list.get_bounding_client_rect().top(), "one below the other");
    assert!(middle(&approve).1 < rest.1 - 20.0, "the request made room");
    assert!(is_inert(&approve), "what has moved is armed anew");
    approve.click();
    assert!(page.asked_to("decide").is_empty());

    // A name is chosen where Approve will be once the list is gone: a second press there approves nothing.
    sleep(1_000).await;
    assert!(!is_inert(&approve));
    page.pointer("pointermove", rest, |_| {});
    page.find("name-option").unwrap().click();
    settle().await;
    sleep(1_000).await;
    assert!(page.find("names").is_none());
    assert!((middle(&approve).1 - rest.1).abs() < 1.0, "it is back, under the pointer");
    approve.click();
    assert!(page.asked_to("decide").is_empty(), "the pointer was there before");
    approve.dispatch_event(&PointerEvent::new("pointerleave").unwrap()).unwrap();
    page.answer("decide", Ok(json!(null)));
    approve.click();
    settle().await;
    assert_eq!(page.asked_to("decide").len(), 1);
}

/// The table with so many members, each at this.
async fn seated(page: &Page, states: &[SeatState], muted: usize) {
    let mut table = page.opened("home/table").conversation;
    table.kind = ConversationKind::Table;
    let names = ["Ana", "Bruna", "Carla", "Dario", "Elena", "Fritz", "Gil", "Hana", "Ines", "Jonas", "Kira", "Luis"];
    let sits = |(name, hue): (&&str, u8)| -> Member { member(name, hue) };
    table.members = names.iter().zip((1..=10).cycle()).take(states.len()).map(sits).collect();
    let seat = |(at, (member, state)): (usize, (&Member, &SeatState))| SeatNow {
        agent: member.agent.clone(),
        state: *state,
        aside: false,
        muted: at == muted,
        input: 0,
        output: 0,
    };
    let seats = table.members.iter().zip(states).enumerate().map(seat).collect();
    table.floor = Some(Box::new(Floor { round: 1, seats, ..Floor::default() }));
    page.news(News::Conversation { conversation: Box::new(table) }).await;
}

fn in_sight(page: &Page) -> String {
    let seen = |mark: &HtmlElement| mark.offset_width() > 0;
    page.all(".stack .stacked").into_iter().filter(seen).map(|mark| mark.text_content().unwrap()).collect()
}

#[wasm_bindgen_test]
async fn of_many_members_those_at_whom_one_should_look_are_seen() {
    let page = page(at_home()).await;
    let mut states = [SeatState::Idle; 12];
    seated(&page, &states[..6], 5).await;
    assert_eq!(in_sight(&page), "ABCDEF");
    assert_eq!(page.find("members").unwrap().get_attribute("aria-label").as_deref(), Some("6 members"));

    states[1] = SeatState::Speaking;
    states[2] = SeatState::Failed;
    states[9] = SeatState::Waiting;
    seated(&page, &states, 10).await;
    assert_eq!(in_sight(&page), "ABCDEJ+6");
    assert!(page.select(".stacked.wait[data-agent=agent-Jonas]").is_some());
    let words = page.find("members").unwrap().get_attribute("aria-label").unwrap();
    assert_eq!(words, "12 members. Bruna is speaking, Carla failed, Jonas waits for you", "not by colour alone");

    page.click("members").await;
    let lines: Vec<String> =
        page.all("[data-testid=inspected] .mabout").iter().map(|it| it.text_content().unwrap()).collect();
    assert_eq!(lines.len(), 12);
    assert_eq!((lines[1].as_str(), lines[9].as_str()), ("speaking", "waits for you"));
    assert_eq!(page.select("[data-agent=agent-Kira] .chip").unwrap().text_content().unwrap(), "muted");
}

#[wasm_bindgen_test]
async fn that_groups_are_closed_is_of_no_use_to_who_has_none() {
    const WHY: &str = "Letta 0.16.8 has removed groups. What was said in them can be read.";
    let mut launched = at_home();
    launched.profiles[0].groups_closed = Some(WHY.to_owned());
    let page = page(launched).await;
    assert_eq!(page.text("groups-closed"), WHY, "the server has a group of its own");
    page.lead().await;
    assert!(page.find("groups-closed").is_none(), "a table is not the server's");
}
