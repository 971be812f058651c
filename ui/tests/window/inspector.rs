//! The inspector of a table and of a server's group: where it is, who sits there, what it changes, what is refused. What it tells of
//! memory and tokens is in `told`.

mod told;

use model::{
    Code, Conversation, ConversationKind, Failure, Floor, Group, Guest, News, Pattern, Seat, SeatNow, SeatState, Spent,
    Table, Usage, Way,
};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at_home, home, page, settle, sleep, width};

const NAMES: [&str; 3] = ["Ibrahim", "Wen", "Rosa"];

fn led_by(pattern: Pattern, used: [(u64, u64); 3]) -> Conversation {
    let seat = |(name, (input, output)): (&str, (u64, u64))| SeatNow {
        agent: format!("agent-{name}").into(),
        state: SeatState::Idle,
        aside: false,
        muted: false,
        input,
        output,
    };
    let floor = Floor { round: 1, seats: NAMES.into_iter().zip(used).map(seat).collect(), ..Floor::default() };
    let group = at_home().conversations.swap_remove(0);
    Conversation { kind: ConversationKind::Table, pattern: Some(pattern), floor: Some(Box::new(floor)), ..group }
}

fn table(pattern: Pattern) -> Table {
    let seat = |name: &str| Seat::new("home".into(), format!("agent-{name}").into(), name);
    Table { brief: "Cork.".into(), ..Table::new("Autumn issue", NAMES.map(seat).to_vec(), pattern) }
}

fn guest(name: &str, profile: &str) -> Guest {
    Guest {
        profile: profile.into(),
        server: if profile == "home" { "Home server" } else { "Nas" }.to_owned(),
        agent: format!("agent-{name}").into(),
        name: name.to_owned(),
        role: "Editor".to_owned(),
        hue: 1,
        own_thread: true,
    }
}

fn guests() -> Vec<Guest> {
    vec![
        guest("Elena", "home"),
        guest("Marlow", "nas"),
        guest("Wen", "home"),
        guest("Rosa", "home"),
        guest("Ibrahim", "home"),
    ]
}

fn supervised(lead: &str) -> Pattern {
    Pattern::Supervisor { lead: format!("agent-{lead}").into() }
}

/// A page with the inspector of a table open. What the engine has not been told to answer is nothing.
async fn inspecting(row: Conversation) -> Page {
    let mut launched = at_home();
    launched.conversations[0] = row;
    let page = page(launched).await;
    page.answer("guests", Ok(json!(guests())));
    let models = json!({ "agent-Wen": "anthropic/claude-sonnet-4-5" });
    page.answer("models_of", Ok(models));
    page.click("inspector-button").await;
    settle().await;
    page
}

async fn control(page: &Page, key: &str) {
    page.key_with(key, |key| key.set_ctrl_key(true)).await;
}

async fn frame() {
    sleep(40).await;
    settle().await;
}

async fn press(page: &Page, selector: &str) {
    page.select(selector).unwrap_or_else(|| panic!("no {selector}")).click();
    settle().await;
}

fn texts(page: &Page, selector: &str) -> Vec<String> {
    page.all(selector).iter().map(|element| element.text_content().unwrap()).collect()
}

/// The change that was asked for, of a table or group that the engine has like this.
async fn changed(page: &Page, command: &str, what: &str) -> Value {
    let asked = page.asked_to(command);
    assert_eq!(asked.len(), 1, "{asked:?}");
    asked[0][what].clone()
}

fn spent(turns: u64, input: u64, output: u64, took: Option<i64>) -> Spent {
    Spent { turns, input, output, took }
}

#[wasm_bindgen_test]
async fn it_is_opened_by_key_and_button_takes_the_focus_and_gives_it_back() {
    let page = page(at_home()).await;
    page.find("composer").unwrap().focus().unwrap();
    control(&page, "i").await;
    frame().await;
    let pane = page.find("inspector").unwrap();
    assert_eq!((pane.tag_name(), pane.get_attribute("aria-label")), ("ASIDE".to_owned(), Some("Inspector".to_owned())));
    assert!(page.has_focus("[role=tab][aria-selected=true]"));
    assert_eq!(page.find("inspector-button").unwrap().get_attribute("aria-expanded").as_deref(), Some("true"));
    page.key("ArrowRight").await;
    assert!(page.has_focus("[data-name=memory]") && page.select("[data-name=memory][aria-selected=true]").is_some());
    page.key("Home").await;
    page.key("Escape").await;
    assert!(page.find("inspector").is_some(), "beside the conversation it is in nobody's way");
    page.click("inspector-close").await;
    frame().await;
    assert!(page.find("inspector").is_none());
    control(&page, "I").await;
    frame().await;
    page.key("F6").await;
    assert!(page.has_focus("[data-testid=sidebar]"), "round again");
    page.key_with("F6", |key| key.set_shift_key(true)).await;
    assert!(page.has_focus("[data-testid=inspector]"));
    control(&page, "i").await;
    frame().await;
    assert!(page.find("inspector").is_none());
}

#[wasm_bindgen_test]
async fn it_is_there_again_as_it_was_left_and_only_for_what_has_one() {
    let kept = || leptos::prelude::window().local_storage().unwrap().unwrap();
    kept().set_item("inspector", "yes").unwrap();
    let page = page(at_home()).await;
    assert!(page.find("inspector").is_some());
    assert!(!page.has_focus("[data-testid=inspector]"), "nobody asked for it");
    press(&page, "[data-conversation='home/wen']").await;
    assert!(page.find("inspector").is_none() && page.find("inspector-button").is_none(), "an agent has none yet");
    control(&page, "i").await;
    press(&page, "[data-conversation='home/table']").await;
    assert!(page.find("inspector").is_some(), "the key did nothing at the agent");
    page.click("inspector-close").await;
    assert_eq!(kept().get_item("inspector").unwrap(), None);
}

#[wasm_bindgen_test]
async fn in_a_narrow_window_it_lies_over_the_talk_and_is_reached_by_the_monograms_and_the_menu() {
    let page = page(at_home()).await;
    let narrow = width(1000.0);
    settle().await;
    assert!(page.find("inspector-button").is_some() && page.find("inspector").is_none());
    page.find("members").unwrap().focus().unwrap();
    page.click("members").await;
    frame().await;
    assert!(page.select(".inspector.over [data-name=members][aria-selected=true]").is_some());
    assert!(page.has_focus("[data-testid=inspector]"));
    page.key("Escape").await;
    frame().await;
    assert!(page.find("inspector").is_none());
    assert!(page.has_focus("[data-testid=members]"), "where it was");
    drop(narrow);
    let rail = width(720.0);
    settle().await;
    assert!(page.find("inspector-button").is_none(), "no room for a button");
    page.click("options").await;
    page.click("inspect").await;
    frame().await;
    assert!(page.select(".inspector.over").is_some());
    page.click("inspector-close").await;
    frame().await;
    assert!(page.has_focus("[data-testid=options]"), "the menu is gone, its button is there");
    drop(rail);
}

#[wasm_bindgen_test]
async fn members_stand_with_their_part_of_the_tokens() {
    let page = inspecting(led_by(supervised("Wen"), [(3_000, 60), (4_400, 340), (2_000, 64)])).await;
    assert_eq!(texts(&page, "[data-testid=inspected] b.cut"), NAMES);
    assert_eq!(texts(&page, "[data-testid=inspected] .num"), ["3,060", "4,740", "2,064"]);
    let wen = "[data-testid=inspected][data-agent=agent-Wen]";
    assert_eq!(texts(&page, &format!("{wen} .chip")), ["leads"]);
    assert_eq!(page.all("[data-testid=inspected] .chip").len(), 1);
    assert_eq!(texts(&page, ".mabout"), ["Research", "Research, claude-sonnet-4-5", "Research"]);
    let meter = page.select(&format!("{wen} [role=meter]")).unwrap();
    assert_eq!(meter.get_attribute("aria-label").as_deref(), Some("Wen: 4,740 of 9,864 tokens"));
    assert!(meter.inner_html().contains("48%"));
    let mut row = led_by(supervised("Wen"), [(0, 0); 3]);
    row.floor.as_mut().unwrap().seats[2].muted = true;
    page.news(News::Conversation { conversation: Box::new(row) }).await;
    assert_eq!(texts(&page, "[data-agent=agent-Rosa] .chip"), ["muted"]);
    assert!(page.select("[role=meter]").is_none(), "nothing of nothing is no part");
}

#[wasm_bindgen_test]
async fn a_members_menu_is_that_of_its_seat_with_its_place() {
    let page = inspecting(led_by(supervised("Wen"), [(1, 1); 3])).await;
    press(&page, "[data-agent=agent-Rosa] [data-testid=inspected-menu]").await;
    assert_eq!(page.text("seat-used"), "1 in, 1 out");
    assert!(page.find("give-word").is_some() && page.find("mute").is_some());
    page.key("Escape").await;
    page.asked();
    page.answer("table_of", Ok(json!(table(supervised("Wen")))));
    page.select("[data-agent=agent-Ibrahim] .mface").unwrap().focus().unwrap();
    page.key_with("ArrowDown", |key| key.set_alt_key(true)).await;
    let asked = page.asked();
    assert!(asked.iter().all(|call| call["command"] != "open"), "the key stays here: {asked:?}");
    let change = &asked.iter().find(|call| call["command"] == "change_table").unwrap()["with"]["table"];
    let order: Vec<&str> =
        change["seats"].as_array().unwrap().iter().map(|seat| seat["name"].as_str().unwrap()).collect();
    assert_eq!(order, ["Wen", "Ibrahim", "Rosa"]);
    assert_eq!(change["brief"], "Cork.", "nothing else is changed");
    assert_eq!(texts(&page, "[data-testid=inspected] b.cut"), order, "before it is told");
    frame().await;
    assert!(page.has_focus("[data-testid=inspected][data-agent=agent-Ibrahim]"), "the focus goes along");
    page.answer("table_of", Ok(json!(table(supervised("Wen")))));
    page.answer("change_table", Err(Failure::new(Code::Storage, "The table could not be saved.")));
    page.key_with("ArrowDown", |key| key.set_alt_key(true)).await;
    assert_eq!(page.text("inspector-refused"), "The table could not be saved.");
    assert_eq!(texts(&page, "[data-testid=inspected] b.cut"), NAMES, "as it is");

    press(&page, "[data-agent=agent-Wen] [data-testid=inspected-menu]").await;
    assert_eq!(page.text("member-out"), "Take Wen from the table");
    page.answer("table_of", Ok(json!(table(supervised("Wen")))));
    let why = "Wen is at it. Wait for the end, or stop it first.";
    page.answer("change_table", Err(Failure::new(Code::Conflict, why)));
    page.asked();
    page.click("member-out").await;
    assert_eq!(page.text("inspector-refused"), why);
    let asked = page.asked_to("change_table");
    assert_eq!(asked[0]["table"]["pattern"]["lead"], "agent-Ibrahim", "whoever is left leads");
}

#[wasm_bindgen_test]
async fn anybody_of_any_server_is_asked_to_a_table() {
    let page = inspecting(led_by(Pattern::CalledOn, [(0, 0); 3])).await;
    page.answer("guests", Ok(json!(guests())));
    page.click("add-member").await;
    frame().await;
    assert!(page.has_focus("[data-testid=seek-guest]"));
    assert_eq!(texts(&page, ".adding [data-testid=guest]"), ["EElenaEditor, Home server", "MMarlowEditor, Nas"]);
    page.write("[data-testid=seek-guest]", "nas").await;
    page.asked();
    page.answer("table_of", Ok(json!(table(Pattern::CalledOn))));
    press(&page, ".adding [data-testid=guest]").await;
    let seats = &changed(&page, "change_table", "table").await["seats"];
    assert_eq!((&seats[3]["name"], &seats[3]["profile"]), (&json!("Marlow"), &json!("nas")));
}

#[wasm_bindgen_test]
async fn a_way_that_is_chosen_is_so_at_once_and_goes_back_if_it_is_refused() {
    let page = inspecting(led_by(Pattern::RoundRobin, [(0, 0); 3])).await;
    let on = |page: &Page| texts(page, ".ways .pat.is-on b");
    assert_eq!(texts(&page, ".ways .pat b"), ["Round robin", "Called on", "Supervisor", "Dynamic", "Sleeptime"]);
    assert_eq!(on(&page), ["Round robin"]);
    assert!(page.find("inspected-chief").is_none());
    page.asked();
    page.answer("table_of", Ok(json!(table(Pattern::RoundRobin))));
    press(&page, "[data-testid=inspected-way][data-name=supervisor]").await;
    assert_eq!(
        changed(&page, "change_table", "table").await["pattern"],
        json!({ "lead": "agent-Ibrahim", "pattern": "supervisor" })
    );
    assert_eq!(on(&page), ["Supervisor"], "before it is told");
    page.news(News::Conversation { conversation: Box::new(led_by(supervised("Rosa"), [(0, 0); 3])) }).await;
    assert!(texts(&page, ".ways .pat.is-on .t3")[0].contains("Rosa gives and takes the word"));

    let chief = page.find("inspected-chief").unwrap();
    assert_eq!(texts(&page, "[data-testid=inspected-chief] option"), NAMES);
    js_sys::Reflect::set(&chief, &"value".into(), &"agent-Wen".into()).unwrap();
    page.answer("table_of", Ok(json!(table(supervised("Rosa")))));
    chief.dispatch_event(&web_sys::Event::new("change").unwrap()).unwrap();
    settle().await;
    assert_eq!(changed(&page, "change_table", "table").await["pattern"]["lead"], "agent-Wen");

    page.answer("table_of", Ok(json!(table(supervised("Rosa")))));
    page.answer("change_table", Err(Failure::new(Code::Conflict, "Rosa is at it.")));
    press(&page, "[data-testid=inspected-way][data-name=dynamic]").await;
    assert_eq!(
        (page.text("inspector-refused"), on(&page)),
        ("Rosa is at it.".to_owned(), vec!["Supervisor".to_owned()])
    );
    assert_eq!(
        changed(&page, "change_table", "table").await["manager"]["name"],
        "Elena",
        "free, and of the same server"
    );

    page.news(News::Conversation { conversation: Box::new(led_by(Pattern::RoundRobin, [(0, 0); 3])) }).await;
    page.answer("table_of", Ok(json!(table(Pattern::RoundRobin))));
    press(&page, "[data-testid=inspected-way][data-name=supervisor]").await;
    assert_eq!(changed(&page, "change_table", "table").await["pattern"]["lead"], "agent-Rosa", "who led last");
    assert!(page.find("inspector-refused").is_none(), "what is refused no more is said no more");
}

#[wasm_bindgen_test]
async fn who_picks_from_outside_stands_below_the_members() {
    let page = inspecting(led_by(Pattern::Dynamic { manager: "agent-Elena".into() }, [(5, 5); 3])).await;
    assert_eq!(page.all("[data-testid=inspected]").len(), 3, "nobody is known by that id yet");
    let elena = crate::support::member("Elena", 1);
    let row = crate::support::conversation("elena", ConversationKind::Agent, "Elena", vec![elena]);
    page.news(News::Conversation { conversation: Box::new(row) }).await;
    assert_eq!(texts(&page, "[data-agent=agent-Elena] .chip"), ["picks"]);
    assert!(page.select("[data-agent=agent-Elena] [data-testid=inspected-menu]").is_none(), "she has no seat");
    assert_eq!(page.select("[data-name=members] .num").unwrap().text_content().unwrap(), "3");
    assert_eq!(texts(&page, "[data-testid=inspected-chief] option").len(), 5, "anybody may pick");
}

#[wasm_bindgen_test]
async fn a_servers_group_keeps_its_way_and_changes_members_where_that_works() {
    let page = inspecting(at_home().conversations.swap_remove(0)).await;
    assert_eq!(texts(&page, ".ways .pat b"), ["Round robin"]);
    assert!(
        page.select(".ways input").is_none() && page.find("add-member").is_none(),
        "its server's groups are closed"
    );
    assert!(page.select("[data-testid=inspected-menu]").is_none(), "nothing can be done about its members");
    assert!(page.select("[role=meter]").is_none() && page.find("inspected-copy").is_some());
    let mut server = home();
    server.abilities = vec![model::Ability { of: model::Skill::Groups, can: model::Can::Yes, why: String::new() }];
    page.news(News::Profiles { profiles: vec![server] }).await;
    page.click("inspector-close").await;
    page.click("inspector-button").await;
    page.answer("guests", Ok(json!(guests())));
    page.click("add-member").await;
    assert_eq!(texts(&page, ".adding [data-testid=guest]"), ["EElenaEditor"], "Marlow lives elsewhere");
    press(&page, "[data-agent=agent-Rosa] [data-testid=inspected-menu]").await;
    assert!(page.find("mute").is_none(), "the server leads");
    assert_eq!(page.text("member-out"), "Take Rosa out of the group");
    page.asked();
    let members = NAMES.map(|name| format!("agent-{name}").into()).to_vec();
    let group = Group { name: "Autumn issue".into(), members, way: Way::RoundRobin { turns: Some(4) } };
    page.answer("group_of", Ok(json!(group)));
    page.click("member-out").await;
    let now = changed(&page, "change_group", "group").await;
    assert_eq!(now["members"], json!(["agent-Ibrahim", "agent-Wen"]));
    assert_eq!(now["way"], json!({ "turns": 4, "way": "round_robin" }));
    page.answer("usage_of", Ok(json!(Usage { total: spent(2, 5, 5, None), ..Usage::default() })));
    press(&page, "[data-testid=inspector-tab][data-name=usage]").await;
    assert!(page.find("usage-together").is_some());
}
