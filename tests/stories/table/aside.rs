//! A member whose request waits for you is passed over: the table goes on and comes to rest without it, over a restart too, and hears it
//! late and once.

use std::time::Duration;

use model::{
    AgentId, ConversationId, Pattern, SeatState, ToolState, Turn,
    command::{Decide, Shown, Skip},
};
use sim::{Answer, Script, Sim};
use tests::{Home, Talk, Window};

use super::Desk;
use crate::approval::asking;

/// Tomás is asked second, and waits for a decision.
async fn waiting(home: &Home, version: &str) -> Desk {
    let script = Script::new()
        .version(version)
        .agent(
            "Elena",
            [
                Answer::text("Send it.\n\nNext: Tomás, Bruna"),
                Answer::text("Then without him.\n\nNext: Tomás"),
                Answer::text("So it is.\n\nNext: Bruna"),
                Answer::text("Good."),
            ],
        )
        .agent("Tomás", [asking(), Answer::text("It is on its way.")])
        .agent("Bruna", [Answer::text("Once, in issue 9."), Answer::text("I know.")]);
    let lead = |id: &dyn Fn(&str) -> AgentId| Pattern::Supervisor { lead: id("Elena") };
    let sim = Sim::scripted(script).unwrap();
    let mut desk = Desk::of(home, sim, &["Elena", "Tomás", "Bruna"], lead, |_| {}).await;
    desk.say("Write to the printer").await;
    desk.window.until_talk("he waits", &desk.table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    desk
}

async fn skip(desk: &mut Desk, name: &str) {
    let agent = desk.agent(name);
    desk.window.ask(Skip { conversation: desk.table.clone(), agent }).await.unwrap();
}

async fn decide(desk: &mut Desk, approve: bool) {
    let call = desk.talk().tool().unwrap().clone();
    let shown = Shown { name: call.name, arguments: call.arguments };
    let decide = Decide { conversation: desk.table.clone(), tool_call: call.id, approve, reason: None, shown };
    desk.window.ask(decide).await.unwrap();
}

fn seat(window: &Window, agent: &AgentId) -> (SeatState, bool) {
    let floor = window.row("Autumn issue").floor.clone().unwrap();
    let seat = floor.seats.iter().find(|seat| seat.agent == *agent).unwrap();
    (seat.state, seat.aside)
}

async fn again(home: &Home, sim: Sim, table: ConversationId) -> Desk {
    let mut window = home.start().await;
    window.launch().await;
    let online =
        |window: &Window| window.profiles.iter().any(|profile| profile.connection == model::Connection::Online);
    window.until("it is online again", online).await;
    window.open_id(&table).await;
    Desk { sim, window, table }
}

/// How many of the requests to a member hold these words.
fn heard(desk: &Desk, member: &str, words: &str) -> usize {
    let to = |request: &sim::Request| request.method == "POST" && request.path.contains("/messages");
    let of = desk.sim.requests().into_iter().filter(to);
    let text = |request: sim::Request| request.body.to_string();
    let mut thread = None;
    let mut count = 0;
    for request in of {
        let path = request.path.clone();
        let text = text(request);
        if text.contains(&format!("You are {member}")) {
            thread = Some(path.clone());
        }
        if thread.as_ref() == Some(&path) {
            count += text.matches(words).count();
        }
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lead_goes_on_without_it_and_the_late_answer_is_heard_once_over_a_restart_too() {
    for version in ["0.16.8", "0.11.7"] {
        let home = Home::new();
        let mut desk = waiting(&home, version).await;
        let (profile, tomas) = (desk.window.row("Autumn issue").profile.clone(), desk.agent("Tomás"));
        skip(&mut desk, "Tomás").await;
        desk.until_answers(3).await;
        let said = desk.said();
        assert_eq!(said[2..], ["Bruna: Once, in issue 9.", "Elena: Then without him."], "{version}");
        assert_eq!(desk.notes(), ["Elena called Tomás, who waits for you"]);
        assert_eq!(seat(&desk.window, &tomas), (SeatState::Waiting, true));
        let waits = |window: &Window| window.inboxes.get(&profile).is_some_and(|inbox| inbox.len() == 1);
        desk.window.until("the request stays", waits).await;
        assert!(desk.told().last().unwrap().contains("[Tomás has not answered yet. Go on without.]"), "{version}");

        let Desk { sim, window, table } = desk;
        window.engine.close().await;
        drop(window);
        let mut desk = again(&home, sim, table).await;
        desk.window.listen_for(Duration::from_millis(300)).await;
        assert_eq!(desk.talk().turn, Turn::Yours, "nobody decided, and it is your turn: {version}");
        assert_eq!(seat(&desk.window, &tomas), (SeatState::Waiting, true));
        decide(&mut desk, true).await;
        desk.until_answers(4).await;
        assert!(desk.said().contains(&"Tomás: It is on its way.".to_owned()), "{version}: {:?}", desk.said());
        assert!(matches!(desk.talk().tool().unwrap().state, ToolState::Returned(_)));
        assert_eq!(seat(&desk.window, &tomas), (SeatState::Spoke, false), "{version}");
        desk.say_and_hear("And now?", 7).await;
        let last = ["You: And now?", "Elena: So it is.", "Bruna: I know.", "Elena: Good."];
        assert_eq!(desk.said()[desk.said().len() - 4..], last, "{version}");
        for member in ["Elena", "Bruna"] {
            assert_eq!(heard(&desk, member, "Tomás: It is on its way."), 1, "{member}, {version}");
        }
        assert_eq!(desk.sim.check(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn decided_while_others_speak_a_denial_comes_late_too() {
    let home = Home::new();
    let script = Script::new()
        .version("0.16.8")
        .agent("Ibrahim", [asking(), Answer::text("Then not.")])
        .agent("Wen", [Answer::of([sim::Step::text("Half a"), sim::Step::Gate, sim::Step::text(" sentence.")])])
        .agent("Rosa", [Answer::text("Three.")]);
    let names = ["Ibrahim", "Wen", "Rosa"];
    let mut desk = Desk::of(&home, Sim::scripted(script).unwrap(), &names, |_| Pattern::RoundRobin, |_| {}).await;
    desk.say("Go").await;
    desk.window.until_talk("he waits", &desk.table, |talk| matches!(talk.turn, Turn::Paused { .. })).await;
    skip(&mut desk, "Ibrahim").await;
    let half = |talk: &Talk| talk.lines().iter().any(|line| line.contains("Half a"));
    desk.window.until_talk("she speaks meanwhile", &desk.table, half).await;
    decide(&mut desk, false).await;
    let late = |talk: &Talk| talk.lines().iter().any(|line| line.contains("Then not."));
    desk.window.until_talk("he answers to the denial", &desk.table, late).await;
    desk.sim.release();
    desk.until_answers(3).await;
    let mut said = desk.said();
    said.sort();
    assert_eq!(said, ["Ibrahim: Then not.", "Rosa: Three.", "Wen: Half a sentence.", "You: Go"]);
    assert_eq!(heard(&desk, "Rosa", "Ibrahim: Then not."), 1);
    assert_eq!(desk.sim.check(), Vec::<String>::new());
}
