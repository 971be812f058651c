//! An agent asks before it runs something: yes, and no with a reason.

use serde_json::Value;
use sim::{Answer, Call, Script, Sim, Step};

use crate::{
    app::App,
    desk::{Desk, Told, tell},
};

const ARGUMENTS: &str = r#"{"to":"print@example.org","subject":"Autumn issue"}"#;

/// An agent that asks for leave to send a letter, and the window at the moment in which it asks.
async fn asked(desk: &mut Desk, then: &str) -> Told<(Sim, App)> {
    let ask = Step::Ask(Call::new("send_email", ARGUMENTS, "sent").id("call_letter"));
    let script = Script::new().agent("Ada", [Answer::of([ask]), Answer::text(then)]);
    let sim = Sim::scripted(script)?;
    desk.set("LETTA_BASE_URL", &sim.address());
    let app = desk.start(&[]).await?;
    app.open("Ada").await?;
    app.say("Send it to the printer").await?;
    app.see_by("[data-testid=approval][data-tool-call=call_letter]").await?;
    app.read("approval-arguments", "print@example.org").await?;
    app.read("approval-arguments", "Autumn issue").await?;
    app.see_by("[data-testid=item][data-kind=tool][data-state=waiting]").await?;
    app.shoot(desk, "asked").await?;
    Ok((sim, app))
}

/// The decisions that the server was sent.
fn decisions(sim: &Sim) -> Vec<Value> {
    let bodies = sim.requests().into_iter().filter(|request| request.method == "POST").map(|request| request.body);
    bodies
        .filter_map(|body| body["messages"].as_array().cloned())
        .flatten()
        .filter(|m| m["type"] == "approval")
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn yes_runs_the_tool_once() {
    tell("approve", async |mut desk| {
        let (sim, app) = asked(&mut desk, "It is on its way.").await?;
        // The button wakes a moment after the card appears: nobody presses it by accident.
        app.see_by("[data-testid=approve]:not([disabled]):not([aria-disabled=true])").await?;
        app.click("approve").await?;
        app.see_gone("[data-testid=approval]").await?;
        app.see_by("[data-testid=item][data-kind=tool][data-state=returned]").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "It is on its way.").await?;
        app.shoot(&desk, "approved").await?;
        app.close().await?;
        let sent = decisions(&sim);
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert!(sent[0].to_string().contains(r#""approve":true"#), "{sent:?}");
        assert_eq!(sim.check(), Vec::<String>::new());
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_is_told_with_its_reason() {
    tell("deny", async |mut desk| {
        let (sim, app) = asked(&mut desk, "Then I wait.").await?;
        app.click("deny").await?;
        app.fill("deny-reason", "The cover is not final").await?;
        app.shoot(&desk, "why-not").await?;
        app.click("deny").await?;
        app.see_by("[data-testid=item][data-kind=tool][data-state=denied]").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "Then I wait.").await?;
        app.read("timeline", "The cover is not final").await?;
        app.shoot(&desk, "denied").await?;
        app.close().await?;
        let sent = decisions(&sim);
        assert_eq!(sent.len(), 1, "{sent:?}");
        let sent = sent[0].to_string();
        assert!(sent.contains(r#""approve":false"#) && sent.contains("The cover is not final"), "{sent}");
        assert_eq!(sim.check(), Vec::<String>::new());
        Ok(())
    })
    .await;
}
