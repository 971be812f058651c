//! Members at a table who do not come to an end: the table asks about each by name, one after the other, and they are heard on meanwhile.

use std::time::Duration;

use model::{AgentId, LongRun, Pattern, Turn, command::KeepGoing};
use sim::{Answer, Script, Sim, Step};
use tests::{Home, Talk, Window};

use super::Desk;

fn asked(window: &Window) -> Option<String> {
    let row = window.row("Autumn issue");
    row.long_run.and_then(|_| Some(row.floor.as_ref()?.long.as_ref()?.name.clone()))
}

async fn until_asked(desk: &mut Desk, name: &str) {
    desk.window.until(&format!("{name} is asked about"), |window| asked(window).as_deref() == Some(name)).await;
}

async fn keep_going(desk: &mut Desk, name: &str) {
    let agent = Some(desk.agent(name));
    desk.window.ask(KeepGoing { conversation: desk.table.clone(), agent }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_are_at_it_for_long_are_asked_about_one_after_the_other_by_name() {
    let mut home = Home::new();
    home.pace.long_run = Duration::from_millis(1500);
    let endless = || Answer::of([Step::text("For "), Step::Gate, Step::text("ever.")]);
    let script = Script::new()
        .version("0.16.8")
        .agent("Elena", [Answer::text("Go.\n\nNext: Tomás, Bruna")])
        .agent("Tomás", [endless()])
        .agent("Bruna", [endless()]);
    let lead = |id: &dyn Fn(&str) -> AgentId| Pattern::Supervisor { lead: id("Elena") };
    let side_by_side = |table: &mut model::Table| table.side_by_side = true;
    let sim = Sim::scripted(script).unwrap();
    let mut desk = Desk::of(&home, sim, &["Elena", "Tomás", "Bruna"], lead, side_by_side).await;
    desk.say("Go").await;
    let both = |talk: &Talk| talk.items.iter().filter(|item| item.kind() == "assistant").count() == 3;
    desk.window.until_talk("both are at it", &desk.table, both).await;
    desk.window.until("one of them is asked about", |window| asked(window).is_some()).await;
    let first = asked(&desk.window).unwrap();
    let second = if first == "Tomás" { "Bruna" } else { "Tomás" };
    desk.window.listen_for(Duration::from_millis(600)).await;
    assert_eq!(asked(&desk.window).as_deref(), Some(first.as_str()), "who is asked about stays until it is answered");
    assert_eq!(desk.window.row("Autumn issue").long_run, Some(LongRun::Lasting { minutes: 0 }));
    assert!(matches!(desk.talk().turn, Turn::Speaking { .. }), "nothing is cut");
    keep_going(&mut desk, &first).await;
    until_asked(&mut desk, second).await;
    keep_going(&mut desk, second).await;
    desk.window.until("after as long once more one is asked about again", |window| asked(window).is_some()).await;

    // A restart begins to count anew, as in a talk.
    let Desk { sim, window, table } = desk;
    drop(window);
    let mut window = home.start().await;
    window.launch().await;
    window.open_id(&table).await;
    let mut desk = Desk { sim, window, table };
    assert_eq!(asked(&desk.window), None);
    desk.window.until("it is asked about again", |window| asked(window).is_some()).await;
    desk.window.stop(&desk.table.clone()).await;
    desk.window.until_talk("it is stopped", &desk.table, Talk::is_over).await;
    desk.window.until("nobody is asked any more", |window| window.row("Autumn issue").long_run.is_none()).await;
    assert_eq!(desk.window.row("Autumn issue").floor.as_ref().unwrap().long, None);
}
