//! The app is killed between any two writes of a table, and started again: the round ends as the one that nobody ended, nobody is asked
//! twice, nothing is lost.

use std::{path::Path, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use model::{
    AgentId, Author, Content, ConversationId, Guards, Item, Notice, Pattern, Place, ProfileId, Seat, Table, TextState,
    ToolState, Turn,
    command::{Connect, Connected, Decide, DeleteTable, Guests, MakeTable, Open, Send, Shown},
};
use sim::{Answer, Call, Script, Sim, Step};

use crate::{
    Engine, MemorySecrets, OpenWeb, Options, Outside, Pace, Pasted, Pixels, SystemClock, store::mortal::Rest, tables,
};

/// A desktop that nothing is asked of.
struct Bare;

impl Outside for Bare {
    fn open_link(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn pasted(&self) -> BoxFuture<'static, Result<Pasted, String>> {
        Box::pin(async { Ok(Pasted::Nothing) })
    }

    fn choose_images(&self) -> BoxFuture<'static, Result<Vec<std::path::PathBuf>, String>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn save(&self, _: &str, _: Vec<u8>) -> BoxFuture<'static, Result<Option<String>, String>> {
        Box::pin(async { Ok(None) })
    }

    fn copy_image(&self, _: Pixels) -> BoxFuture<'static, Result<(), String>> {
        Box::pin(async { Ok(()) })
    }
}

async fn start(home: &Path) -> Engine {
    Engine::open(Options {
        home: home.to_owned(),
        secrets: Arc::new(MemorySecrets::default()),
        outside: Arc::new(Bare),
        web: Arc::new(OpenWeb::default()),
        clock: Arc::new(SystemClock),
        environment: None,
        demo: None,
        demo_tables: Vec::new(),
        version: "0.0.0".to_owned(),
        pace: Pace {
            frame: Duration::from_millis(5),
            save: Duration::from_millis(20),
            first_retry: Duration::from_millis(20),
            follow: Duration::from_millis(20),
            ..Pace::default()
        },
    })
    .await
}

/// A pattern, from names.
type Patterned = fn(&dyn Fn(&str) -> AgentId) -> Pattern;

/// A round of a table, as it is to end.
struct Round {
    sim: fn() -> Sim,
    pattern: Patterned,
    names: &'static [&'static str],
    /// The others do not wait for a decision, which is made when this one has spoken.
    meanwhile: Option<&'static str>,
}

fn supervised() -> Sim {
    let asks = Answer::of([
        Step::reasoning("That needs a yes."),
        Step::Ask(Call::new("send_letter", r#"{"to":"the printer"}"#, "Sent.")),
    ]);
    let script = Script::new()
        .version("0.16.8")
        .agent("Elena", [Answer::text("Send it.\n\nNext: Tomás, Bruna"), Answer::text("Good.")])
        .agent("Tomás", [asks, Answer::text("It is on its way.")])
        .agent("Bruna", [Answer::text("Once, in issue 9.")]);
    Sim::scripted(script).unwrap()
}

fn in_turn() -> Sim {
    let script = Script::new()
        .version("0.11.7")
        .agent("Ibrahim", [Answer::text("One."), Answer::text("Three.")])
        .agent("Wen", [Answer::text("Pass."), Answer::text("Four.")]);
    Sim::scripted(script).unwrap()
}

const SUPERVISED: Round = Round {
    sim: supervised,
    pattern: |id| Pattern::Supervisor { lead: id("Elena") },
    names: &["Elena", "Tomás", "Bruna"],
    meanwhile: None,
};
const LATE: Round = Round { meanwhile: Some("Bruna"), ..SUPERVISED };
const IN_TURN: Round =
    Round { sim: in_turn, pattern: |_| Pattern::RoundRobin, names: &["Ibrahim", "Wen"], meanwhile: None };

/// How a round ended.
#[derive(Debug, PartialEq)]
struct Ended {
    /// The table's rows, in order.
    rows: Vec<String>,
    /// What each request told, in alphabetical order.
    told: Vec<String>,
    /// Conversations that were made for members.
    made: usize,
    complaints: Vec<String>,
}

async fn online(engine: &Engine, profile: &ProfileId) {
    wait("the server", || engine.house.profiles.is_reached(profile)).await;
}

async fn wait(what: &str, mut until: impl FnMut() -> bool) {
    for _ in 0..1500 {
        if until() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} is waited for in vain");
}

async fn make(engine: &Engine, sim: &Sim, round: &Round) -> (ProfileId, ConversationId) {
    let place = Place::Own { address: sim.address() };
    let connected = engine.ask(Connect { place, key: None, memory_only: false }).await.unwrap();
    let Connected::Yes { profile } = connected else { panic!("{connected:?}") };
    online(engine, &profile).await;
    let guests = engine.ask(Guests {}).await.unwrap();
    let id = |name: &str| guests.iter().find(|guest| guest.name == name).unwrap().agent.clone();
    let seats = round.names.iter().map(|name| Seat::new(profile.clone(), id(name), *name)).collect();
    let guards = Guards { rounds: 2, ..Guards::default() };
    let around_waiting = round.meanwhile.is_some();
    let table = Table { guards, around_waiting, ..Table::new("Autumn issue", seats, (round.pattern)(&id)) };
    let table = engine.ask(MakeTable { profile: profile.clone(), table }).await.unwrap();
    (profile, table)
}

async fn items(engine: &Engine, table: &ConversationId) -> Vec<Item> {
    engine.house.store.tail(table, 1000).await.unwrap().items
}

/// What the user does until the round is over or the app has ended: says it once, and says yes when asked.
async fn sit(engine: &Engine, table: &ConversationId, round: &Round) -> Result<(), String> {
    let house = &engine.house;
    let mortal = house.store.mortal.clone();
    let said = items(engine, table).await.iter().any(|item| matches!(item.content, Content::User { .. }));
    let queued = !house.store.queued(table).await.unwrap().is_empty();
    if !said && !queued {
        let send = Send { conversation: table.clone(), text: "Write to the printer".to_owned(), images: Vec::new() };
        tokio::select! {
            sent = engine.ask(send) => sent.unwrap(),
            () = died(&mortal) => return Ok(()),
        }
    }
    let mut last = String::new();
    for _ in 0..800 {
        if mortal.is_dead() {
            return Ok(());
        }
        let items = items(engine, table).await;
        let asks = items.iter().filter_map(Item::tool).find(|call| call.state == ToolState::AwaitingApproval);
        let spoke = |who: &str| {
            let words = |item: &&Item| matches!(item.content, Content::Assistant { state: TextState::Done, .. });
            items.iter().filter(words).any(|item| item.speaker().is_some_and(|speaker| speaker.name == who))
        };
        if let Some(call) = asks.filter(|_| round.meanwhile.is_none_or(spoke)).cloned() {
            let shown = Shown { name: call.name, arguments: call.arguments };
            let decide = Decide { conversation: table.clone(), tool_call: call.id, approve: true, reason: None, shown };
            // It may be decided already: what is saved lags behind.
            tokio::select! {
                _ = engine.ask(decide) => {}
                () = died(&mortal) => return Ok(()),
            }
        }
        let floor = tables::state(house, table).await.floor;
        let row = house.sidebar.row(table).unwrap();
        let over = floor.messages == 1
            && floor.lanes.is_empty()
            && row.turn == Turn::Yours
            && floor.next(&house.tables.get(table).unwrap().table, 0) == crate::table::Next::Yours
            && house.store.queued(table).await.unwrap().is_empty()
            && items.iter().any(|item| matches!(item.content, Content::Notice(Notice::Usage { .. })));
        if over {
            return Ok(());
        }
        last = format!("{:?} {:?} {:?} {:?}", row.turn, row.floor, floor.lanes, floor.halt);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let rows: Vec<String> = items(engine, table).await.iter().map(row).collect();
    Err(format!("it does not end: {last} {rows:?}"))
}

async fn died(mortal: &crate::store::mortal::Mortal) {
    while !mortal.is_dead() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn row(item: &Item) -> String {
    let who = match &item.author {
        Author::You => "You".to_owned(),
        Author::App => "App".to_owned(),
        Author::Agent(speaker) => speaker.name.clone(),
    };
    let what = match &item.content {
        Content::User { text, .. } => text.clone(),
        Content::Assistant { text, state: TextState::Done, .. } => text.clone(),
        Content::Tool(call) => match &call.state {
            ToolState::Returned(back) => format!("{} {}", call.name, back.text),
            other => format!("{} {other:?}", call.name),
        },
        Content::Reasoning { text, .. } => format!("({text})"),
        Content::Notice(Notice::Usage { .. }) => "used".to_owned(),
        Content::Notice(Notice::Late { name, failed, .. }) => format!("late {name} {failed}"),
        other => format!("{other:?}"),
    };
    format!("{who}: {what}")
}

fn told(sim: &Sim) -> Vec<String> {
    let posts = sim.requests().into_iter().filter(|request| {
        request.method == "POST" && request.path.contains("/messages") && !request.path.contains("cancel")
    });
    let mut told: Vec<String> = posts
        .map(|request| {
            let message = &request.body["messages"][0];
            match &message["content"] {
                serde_json::Value::Null => format!("decision {}", message["approve"]),
                content => content.to_string(),
            }
        })
        .collect();
    told.sort();
    told
}

fn made(sim: &Sim) -> usize {
    let makes = |request: &sim::Request| request.method == "POST" && request.path.ends_with("/v1/conversations/");
    sim.requests().iter().filter(|request| makes(request)).count()
}

/// A round that is ended after so many writes of the table, and started again. None: it was over before.
async fn killed(round: &Round, after: Option<(usize, Rest)>) -> (Ended, bool) {
    let home = tempfile::tempdir().unwrap();
    let sim = (round.sim)();
    let mut engine = start(home.path()).await;
    let (profile, table) = make(&engine, &sim, round).await;
    if let Some((writes, rest)) = after {
        engine.house.store.mortal.dies_after(writes, rest);
    }
    let mut sat = sit(&engine, &table, round).await;
    let died = engine.house.store.mortal.is_dead();
    if died {
        drop(engine);
        engine = start(home.path()).await;
        online(&engine, &profile).await;
        engine.ask(Open { conversation: table.clone() }).await.unwrap();
        sat = sit(&engine, &table, round).await;
    }
    // Nobody is asked after the end.
    tokio::time::sleep(Duration::from_millis(30)).await;
    engine.house.store.written().await;
    let rows = items(&engine, &table).await.iter().map(row).collect();
    (
        Ended {
            rows,
            told: told(&sim),
            made: made(&sim),
            complaints: sat.err().into_iter().chain(sim.check()).collect(),
        },
        died,
    )
}

async fn at_every_boundary(round: &Round) {
    let (whole, _) = killed(round, None).await;
    assert_eq!(whole.complaints, Vec::<String>::new());
    assert!(whole.made == 0 || whole.made == round.names.len(), "one for each, where the server has such");
    let mut boundaries = 0;
    let mut wrong = Vec::new();
    for rest in [Rest::Nothing, Rest::Others] {
        for writes in 0.. {
            let (ended, died) = killed(round, Some((writes, rest))).await;
            if !died {
                break;
            }
            boundaries += 1;
            if ended != whole {
                wrong.push(format!("after {writes} writes ({rest:?}): {ended:#?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {boundaries}:\n{}\nas it should be: {whole:#?}", wrong.len(), wrong.join("\n"));
    assert!(boundaries >= 16, "only {boundaries} boundaries");
    println!("{boundaries} boundaries");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervised_round_with_an_approval_ends_rightly_wherever_the_app_was_killed() {
    at_every_boundary(&SUPERVISED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_comes_late_is_pointed_to_once_wherever_the_app_was_killed() {
    let (whole, _) = killed(&LATE, None).await;
    let late = whole.rows.iter().filter(|row| *row == "App: late Tomás false").count();
    assert_eq!(late, 1, "{whole:#?}");
    at_every_boundary(&LATE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_robin_on_main_threads_ends_rightly_wherever_the_app_was_killed() {
    at_every_boundary(&IN_TURN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_deleted_is_there_whole_or_not_at_all_wherever_the_app_was_killed() {
    for (writes, rest) in (0..5).flat_map(|writes| [(writes, Rest::Nothing), (writes, Rest::Others)]) {
        let home = tempfile::tempdir().unwrap();
        let sim = (IN_TURN.sim)();
        let engine = start(home.path()).await;
        let (profile, table) = make(&engine, &sim, &IN_TURN).await;
        sit(&engine, &table, &IN_TURN).await.unwrap();
        let said = items(&engine, &table).await;
        let mortal = engine.house.store.mortal.clone();
        mortal.dies_after(writes, rest);
        let acknowledged = tokio::select! {
            deleted = engine.ask(DeleteTable { conversation: table.clone() }) => { deleted.unwrap(); true }
            () = died(&mortal) => false,
        };
        drop(engine);
        for _ in 0..2 {
            let engine = start(home.path()).await;
            online(&engine, &profile).await;
            let known = engine.house.tables.get(&table).is_some();
            assert_eq!(engine.house.sidebar.has(&table), known, "after {writes} writes ({rest:?})");
            assert_eq!(items(&engine, &table).await, if known { said.clone() } else { vec![] });
            assert!(!(known && acknowledged), "after {writes} writes ({rest:?}) it is back");
            engine.close().await;
        }
    }
}
