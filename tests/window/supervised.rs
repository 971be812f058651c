//! Four agents hold a supervised round at a table made in the window, with a request in it; the app is closed while it waits and killed
//! in the middle of a word, and the round ends rightly: on a stand-in of a server without groups, and on a real one. The patterns for
//! themselves are in `tables`.

use std::{env, time::Duration};

use serde_json::json;
use sim::{Answer, Call, Script, Sim, Step};

use crate::{
    app::{App, by_handle},
    desk::{Desk, Told, tell},
};

/// Who sits there; the first one leads. Of the others the second must ask before a tool runs, and the last is never called.
const CAST: [&str; 4] = ["Vera", "Otto", "Nora", "Emil"];

const LEADS: &str = "Clear the desk.\n\nNext: Otto, Nora";
const CLOSES: &str = "Then we print on the 14th.";
const CLEARED: &str = "The draft is gone.";
/// Said slowly enough to be killed in the middle.
const REMEMBERS: [&str; 2] =
    ["Last year they took nine days, and the paper came late,", " so the binder had gone to the sea by then."];
const DRAFT: &str = "/tmp/draft.txt";

/// Makes a table of these in the window's dialog; the first of them leads.
async fn make_table(app: &App, desk: &Desk, name: &str) -> Told<()> {
    app.click("new-table").await?;
    app.fill("table-name", name).await?;
    for member in CAST {
        app.fill("seek-guest", member).await?;
        let found = async || Ok(app.texts(&by_handle("guest")).await?.len() == 1);
        app.until(&format!("only {member} is found"), found).await?;
        app.click("guest").await?;
    }
    app.click_by("[data-testid=way][data-name=supervisor] + *").await?;
    app.see("chief").await?;
    app.shoot(desk, "made").await?;
    app.click("making-agree").await?;
    app.see_gone(&by_handle("making")).await?;
    app.read("bar", name).await
}

fn by_author(name: &str) -> String {
    format!("[data-testid=item][data-kind=assistant][data-author={name}]")
}

/// The round, with the end of the app in the middle of it, twice. `go_on`: the slow one may finish.
async fn hold(desk: &Desk, words: &str, go_on: impl FnOnce()) -> Told<()> {
    let [leads, clears, remembers, _] = CAST;
    let app = desk.start(&[]).await?;
    make_table(&app, desk, "Print run").await?;
    app.say(words).await?;
    app.read_by(&by_author(leads), "Clear the desk.").await?;
    app.see("approval").await?;
    app.see_by("[data-testid=seat][data-state=waiting]").await?;
    app.shoot(desk, "a-request-waits").await?;
    app.close().await?;

    let app = desk.start(&[]).await?;
    app.read("bar", "Print run").await?;
    app.see_by("[data-testid=connection][data-state=online]").await?;
    app.read("approval-arguments", DRAFT).await?;
    app.shoot(desk, "it-still-waits").await?;
    app.see_by("[data-testid=approve]:not([disabled]):not([aria-disabled=true])").await?;
    app.click("approve").await?;
    app.read_by(&by_author(clears), CLEARED).await?;
    app.read_by(&by_author(remembers), "Last").await?;
    app.shoot(desk, "in-the-middle-of-a-word").await?;
    app.kill().await?;

    let app = desk.start(&[]).await?;
    app.read("bar", "Print run").await?;
    app.shoot(desk, "opened-again").await?;
    go_on();
    app.read_by(&by_author(remembers), &REMEMBERS.concat()).await?;
    app.read_by(&by_author(leads), CLOSES).await?;
    app.see_gone(&by_handle("stop")).await?;
    app.shoot(desk, "ended").await?;
    let said = app.values("[data-testid=item][data-kind=assistant]", "data-author").await?;
    assert_eq!(said, [leads, clears, remembers, leads], "each spoke in its turn, once");
    app.close().await
}

/// What each member was told, without decisions.
fn told(sim: &Sim) -> Vec<String> {
    let posts = sim.requests().into_iter().filter(|request| request.method == "POST").map(|request| request.body);
    posts
        .filter_map(|body| body["messages"].as_array().cloned())
        .flatten()
        .filter(|message| message["type"] != "approval")
        .map(|message| message["content"].to_string())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervised_round_outlives_the_end_of_the_app() {
    tell("supervised", async |mut desk| {
        let [leads, clears, remembers, silent] = CAST;
        let draft = Call::new("delete_file", json!({ "path": DRAFT }).to_string(), "deleted").asking();
        let slowly = [Step::text(REMEMBERS[0]), Step::Gate, Step::text(REMEMBERS[1])];
        let script = Script::new()
            .version("0.16.8")
            .agent(leads, [Answer::text(LEADS), Answer::text(CLOSES)])
            .agent(clears, [Answer::of([Step::Ask(draft)]), Answer::text(CLEARED)])
            .agent(remembers, [Answer::of(slowly)])
            .agent(silent, [Answer::text("Nobody called me.")]);
        let sim = Sim::scripted(script)?;
        desk.set("LETTA_BASE_URL", &sim.address());
        hold(&desk, "What do 96 pages cost?", || sim.release()).await?;
        let told = told(&sim);
        assert_eq!(told.len(), 4, "nobody was asked twice: {told:#?}");
        assert_eq!(sim.check(), Vec::<String>::new());
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "asks a real server: cargo xtask test --real VERSION"]
async fn a_supervised_round_on_a_real_server_outlives_the_end_of_the_app() {
    tell("supervised-real", async |mut desk| {
        // A tool of a real server is a Python of its own that takes seconds to start on a quick machine.
        desk.patience = Duration::from_secs(240);
        desk.set("LETTA_BASE_URL", &env::var("TERTULIA_REAL_BASE")?);
        desk.set("LETTA_API_KEY", &env::var("TERTULIA_REAL_KEY")?);
        let [leads, clears, remembers, _] = CAST;
        let script = json!({
            leads: [[{ "text": LEADS }], [{ "text": CLOSES }]],
            clears: [[{ "calls": [["delete_file", { "path": DRAFT }]] }, { "text": CLEARED }]],
            remembers: [[{ "text": REMEMBERS.concat(), "pause": 0.6 }]],
        });
        hold(&desk, &format!("What do 96 pages cost? @@ {script} @@"), || {}).await
    })
    .await;
}
