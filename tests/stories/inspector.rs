//! What the inspector tells of a table and of a server's group: what members think with, what they remember together, what was used.

use model::{
    Code, ConversationId, Pattern, Seat, Spent,
    command::{ChangeTable, MakeTable, ModelsOf, SharedMemoryOf, TableOf, UsageOf},
};
use sim::{Answer, Fault, On, Script, Sim};
use tests::{Home, Window};

use crate::table::{Desk, VERSIONS, table};

const PLAN: &str = "96 pages, cork.\nPrinted on the 14th.";

/// Two who keep a plan together, one of them with a block of her own, and a third who has one of the same name.
fn planners(version: &str) -> Sim {
    let script = Script::new()
        .version(version)
        .agent("Ibrahim", [Answer::text("One."), Answer::text("Three.")])
        .agent("Wen", [Answer::text("Two."), Answer::text("Four.")])
        .agent("Rosa", [])
        .block(&["Wen"], "persona", "I check.", 5_000)
        .block(&["Ibrahim", "Wen"], "plan", PLAN, 40)
        .block(&["Rosa"], "plan", "Mine alone.", 40);
    let script = if version == "0.11.7" { script.old_agents() } else { script };
    Sim::scripted(script).unwrap()
}

async fn shared(window: &Window, of: &ConversationId) -> Vec<(String, Vec<String>)> {
    let memory = window.ask(SharedMemoryOf { conversation: of.clone() }).await.unwrap();
    assert_eq!(memory.untold, []);
    memory.blocks.into_iter().map(|block| (block.label, block.names)).collect()
}

fn names(of: &[&str]) -> Vec<String> {
    of.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_members_remember_together_is_told_and_nothing_else() {
    for version in VERSIONS {
        let home = Home::new();
        let desk =
            Desk::of(&home, planners(version), &["Ibrahim", "Wen", "Rosa"], |_| Pattern::RoundRobin, |_| {}).await;
        let memory = desk.window.ask(SharedMemoryOf { conversation: desk.table.clone() }).await.unwrap();
        let [plan] = memory.blocks.as_slice() else { panic!("{version}: {memory:?}") };
        assert_eq!((plan.label.as_str(), plan.text.as_str()), ("plan", PLAN));
        assert_eq!((plan.used, plan.limit, plan.nearly_full()), (36, Some(40), Some(4)));
        assert_eq!(plan.members, [desk.agent("Ibrahim"), desk.agent("Wen")]);
        assert_eq!(plan.names, ["Ibrahim", "Wen"]);
        assert_eq!(plan.server, None, "there is only one");
        // Who is called otherwise at the table is called so here, and one who leaves shares nothing with it.
        let mut table = desk.window.ask(TableOf { conversation: desk.table.clone() }).await.unwrap();
        table.seats[1].name = "Dr Wen".to_owned();
        desk.window.ask(ChangeTable { conversation: desk.table.clone(), table: table.clone() }).await.unwrap();
        assert_eq!(shared(&desk.window, &desk.table).await, [("plan".to_owned(), names(&["Ibrahim", "Dr Wen"]))]);
        table.seats.remove(0);
        desk.window.ask(ChangeTable { conversation: desk.table.clone(), table }).await.unwrap();
        assert_eq!(shared(&desk.window, &desk.table).await, []);
        assert_eq!(desk.sim.check(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_picks_shares_too_and_what_members_think_with_is_told() {
    let home = Home::new();
    let picks = |id: &dyn Fn(&str) -> model::AgentId| Pattern::Dynamic { manager: id("Ibrahim") };
    let desk = Desk::of_managed(&home, planners("0.16.8"), &["Wen", "Rosa"], picks, "Ibrahim").await;
    assert_eq!(shared(&desk.window, &desk.table).await, [("plan".to_owned(), names(&["Wen", "Ibrahim"]))]);
    let models = desk.window.ask(ModelsOf { conversation: desk.table.clone() }).await.unwrap();
    assert_eq!(models.len(), 3);
    assert_eq!(models[&desk.agent("Wen")], "sim/scripted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_or_refuses_is_named_and_the_other_tells() {
    let home = Home::new();
    let (near, far) = (
        planners("0.16.8"),
        Sim::scripted(Script::new().version("0.11.7").agent("Marlow", []).agent("Olga", []).block(
            &["Marlow", "Olga"],
            "shelf",
            "x",
            9,
        ))
        .unwrap(),
    );
    let desk = Desk::of(&home, near, &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
    let (sim, mut window) = (desk.sim, desk.window);
    let other = window.connect(&far.address(), None).await;
    let guests = window.ask(model::command::Guests {}).await.unwrap();
    let both = table(&guests, &["Ibrahim", "Wen", "Marlow", "Olga"], |_| Pattern::CalledOn);
    let made = window.ask(MakeTable { profile: other.clone(), table: both }).await.unwrap();
    let labels =
        |memory: &model::SharedMemory| memory.blocks.iter().map(|block| block.label.clone()).collect::<Vec<_>>();
    let memory = window.ask(SharedMemoryOf { conversation: made.clone() }).await.unwrap();
    assert_eq!(labels(&memory), ["plan", "shelf"]);
    assert!(memory.blocks.iter().all(|block| block.server.is_some()), "where there are two, each says whose it is");
    assert_eq!(memory.untold, []);

    far.go_away();
    window
        .until("the line is known to be cut", |window| {
            window.connection(&other).is_some_and(|line| line.word() != "online")
        })
        .await;
    let memory = window.ask(SharedMemoryOf { conversation: made.clone() }).await.unwrap();
    assert_eq!(labels(&memory), ["plan"]);
    let [untold] = memory.untold.as_slice() else { panic!("{memory:?}") };
    assert!(untold.why.ends_with("is away. What is shared there is shown when it is back."), "{}", untold.why);
    assert!(untold.why.starts_with(&untold.server));

    sim.set_fault(
        On::Memory,
        Fault::Status {
            status: 500,
            body: serde_json::json!({"detail": "An internal server error occurred"}),
            retry_after: None,
        },
    );
    let memory = window.ask(SharedMemoryOf { conversation: made }).await.unwrap();
    assert_eq!((memory.blocks.len(), memory.untold.len()), (0, 2), "{memory:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_table_used_is_told_by_member_and_by_message_also_with_the_server_away() {
    let home = Home::new();
    let mut desk = Desk::of(&home, planners("0.16.8"), &["Ibrahim", "Wen"], |_| Pattern::RoundRobin, |_| {}).await;
    let usage = desk.window.ask(UsageOf { conversation: desk.table.clone() }).await.unwrap();
    assert_eq!(usage, model::Usage::default(), "nothing was said");
    desk.say_and_hear("First, what is there?\nAnd why?", 2).await;
    desk.say_and_hear("And now?", 4).await;
    let usage = desk.window.ask(UsageOf { conversation: desk.table.clone() }).await.unwrap();
    let words: Vec<&str> = usage.rounds.iter().map(|round| round.words.as_str()).collect();
    assert_eq!(words, ["And now?", "First, what is there?"], "newest first, and on disk although just said");
    assert_eq!(usage.rounds.iter().map(|round| round.spent.turns).collect::<Vec<_>>(), [2, 2]);
    let sum = usage.rounds.iter().fold(Spent::default(), |sum, round| sum.and(round.spent));
    assert_eq!(usage.total, sum);
    assert!(usage.total.input > 0 && usage.total.output > 0 && usage.total.took.is_some());
    let by_members = |part: fn(&model::MemberUsage) -> u64| usage.members.iter().map(part).sum::<u64>();
    assert_eq!((by_members(|one| one.input), by_members(|one| one.output)), (sum.input, sum.output));
    assert_eq!(usage.members.len(), 2);

    // One who has left is still in it, by name.
    let mut table = desk.window.ask(TableOf { conversation: desk.table.clone() }).await.unwrap();
    table.seats.retain(|seat: &Seat| seat.name == "Wen");
    desk.window.ask(ChangeTable { conversation: desk.table.clone(), table }).await.unwrap();
    let Desk { sim, window, table } = desk;
    sim.go_away();
    drop(window);
    let mut window = home.start().await;
    window.launch().await;
    let after = window.ask(UsageOf { conversation: table.clone() }).await.unwrap();
    assert_eq!(after, usage, "the same with nobody to ask");
    assert!(after.members.iter().any(|member| member.name.as_deref() == Some("Ibrahim")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_servers_group_tells_what_all_used_and_shares_as_a_table_does() {
    let sim = Sim::scripted(
        Script::new()
            .agent("Wen", [Answer::text("About half.")])
            .agent("Rosa", [Answer::text("It fits.")])
            .block(&["Wen", "Rosa"], "plan", PLAN, 400)
            .group("Evening", &["Wen", "Rosa"], None),
    )
    .unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let group = window.open("Evening").await;
    window.send_and_wait(&group, "Does it fit?").await;
    let usage = window.ask(UsageOf { conversation: group.clone() }).await.unwrap();
    assert_eq!(usage.members, [], "a server that leads does not tell them apart");
    let [round] = usage.rounds.as_slice() else { panic!("{usage:?}") };
    assert_eq!((round.words.as_str(), round.spent.turns), ("Does it fit?", 2), "turns, not model calls");
    assert_eq!(usage.total, round.spent);
    assert_eq!(shared(&window, &group).await, [("plan".to_owned(), names(&["Wen", "Rosa"]))]);
    let models = window.ask(ModelsOf { conversation: group }).await.unwrap();
    assert_eq!(models.len(), 2);

    let alone = window.row("Wen").id.clone();
    let refused = window.ask(SharedMemoryOf { conversation: alone }).await.unwrap_err();
    assert_eq!(refused.code, Code::Invalid);
}
