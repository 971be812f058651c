//! What the card may say beside the call: the order of its arguments by the tool's schema, how such calls were decided before, where
//! it runs. All of it is Tertulia's own knowledge; what is not known is not said.

use model::{Before, ConversationId, RunsWhere, Standing, ToolState, Turn, command::StandingOf};
use sim::{Answer, Call, Script, Sim, Step};
use tests::{Home, Window};

use crate::approval::decide;

const LETTER: &str = r#"{"type":"object","properties":{"to":{"type":"string"},"subject":{"type":"string"},
    "copies":{"type":"integer"},"attach":{"type":"array"}},"required":["to"]}"#;

fn asks(arguments: &str) -> Answer {
    Answer::of([Step::Ask(Call::new("send_letter", arguments, "Sent."))])
}

/// Wen, who has a tool with a schema.
fn wen(answers: impl IntoIterator<Item = Answer>) -> Script {
    Script::new().version("0.16.8").agent("Wen", answers).tool("Wen", "send_letter", LETTER, true).tool(
        "Wen",
        "burn_letter",
        LETTER,
        true,
    )
}

async fn connected(home: &Home, sim: &Sim) -> (Window, ConversationId) {
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let id = window.open("Wen").await;
    (window, id)
}

async fn asked(window: &mut Window, id: &ConversationId) {
    window.send(id, "Write to the printer").await.unwrap();
    waits(window, id).await;
}

async fn waits(window: &mut Window, id: &ConversationId) {
    let waits = |talk: &tests::Talk| {
        matches!(talk.turn, Turn::Paused { .. })
            && talk.tool().is_some_and(|call| call.state == ToolState::AwaitingApproval)
    };
    window.until_talk("it waits", id, waits).await;
}

async fn standing(window: &Window, id: &ConversationId) -> Standing {
    let tool_call = window.talk(id).tool().unwrap().id.clone();
    window.ask(StandingOf { conversation: id.clone(), tool_call }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_stand_in_the_order_of_the_schema_offline_too() {
    let home = Home::new();
    let sim = Sim::scripted(wen([asks(r#"{"copies":2,"to":"the printer"}"#)])).unwrap();
    let (mut window, id) = connected(&home, &sim).await;
    asked(&mut window, &id).await;
    let known = standing(&window, &id).await;
    assert_eq!(known.order, ["to", "subject", "copies", "attach"]);
    let name = window.profiles[0].name.clone();
    assert_eq!((known.runs_where.clone(), known.before.clone()), (RunsWhere::Server { name }, None), "the first time");
    window.engine.close().await;
    drop(window);
    sim.go_away();

    let mut window = home.start().await;
    window.launch().await;
    window.open_id(&id).await;
    assert_eq!(standing(&window, &id).await, known, "no server is needed for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_never_told_is_said_to_be_unknown() {
    let home = Home::new();
    // Its list of tools is empty: as good as none.
    let script = Script::new().version("0.16.8").agent("Wen", [asks("{}"), Answer::text("On its way."), asks("{}")]);
    let sim = Sim::scripted(script).unwrap();
    let (mut window, id) = connected(&home, &sim).await;
    asked(&mut window, &id).await;
    assert_eq!(standing(&window, &id).await, Standing::default());

    // A server that fails when it is asked costs the card nothing but that knowledge.
    decide(&window, &id, true, None).await.unwrap();
    window.over(&id).await;
    asked(&mut window, &id).await;
    sim.go_away();
    let known = standing(&window, &id).await;
    assert_eq!((known.order, known.runs_where), (vec![], RunsWhere::Unknown));
    assert_eq!(known.before.map(|before| before.approved), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn how_it_was_decided_before_is_counted_for_this_agent_and_this_tool() {
    let home = Home::new();
    let answers = (0..4).flat_map(|n| [asks(&format!(r#"{{"to":"{n}"}}"#)), Answer::text("Well.")]);
    let other = Answer::of([Step::Ask(Call::new("burn_letter", "{}", "Burnt."))]);
    let script = wen(answers.chain([other])).agent("Rosa", [asks("{}")]);
    let sim = Sim::scripted(script).unwrap();
    let (mut window, id) = connected(&home, &sim).await;
    let mut last = 0;
    for approve in [true, true, false] {
        asked(&mut window, &id).await;
        home.clock.shift(60_000);
        last = engine::Clock::now(home.clock.as_ref());
        decide(&window, &id, approve, None).await.unwrap();
        window.over(&id).await;
    }
    asked(&mut window, &id).await;
    let before = standing(&window, &id).await.before.unwrap();
    assert!((last..last + 60_000).contains(&before.last_at), "{before:?}");
    assert_eq!(before, Before { approved: 2, denied: 1, last_at: before.last_at, last_approved: false });
    // What did not reach the server does not count.
    sim.next_fault(sim::On::Send, sim::Fault::server());
    decide(&window, &id, true, None).await.unwrap_err();
    waits(&mut window, &id).await;
    assert_eq!(standing(&window, &id).await.before.map(|before| (before.approved, before.denied)), Some((2, 1)));
    decide(&window, &id, true, None).await.unwrap();
    window.over(&id).await;

    asked(&mut window, &id).await;
    assert_eq!(window.talk(&id).tool().unwrap().name, "burn_letter");
    assert_eq!(standing(&window, &id).await.before, None, "another tool is asked for the first time");
    let rosa = window.open("Rosa").await;
    window.send(&rosa, "And you?").await.unwrap();
    waits(&mut window, &rosa).await;
    assert_eq!(standing(&window, &rosa).await.before, None, "another agent too");
}
