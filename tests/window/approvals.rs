//! An agent asks before it runs something: yes, no with a reason, yes to several together; and a decision that the server lost.

use serde_json::{Value, json};
use sim::{Answer, Call, Fault, On, Script, Sim, Step};

use crate::{
    app::App,
    desk::{Desk, Told, tell},
};

/// A letter that asks for leave.
fn letter(id: &str, to: &str) -> Call {
    Call::new("send_email", format!(r#"{{"to":"{to}","subject":"Autumn issue"}}"#), "sent").id(id).asking()
}

/// An agent that asks for leave to send a letter, and the window at the moment in which it asks.
async fn asked(desk: &mut Desk, version: &str, then: &str) -> Told<(Sim, App)> {
    let ask = Step::Ask(letter("call_letter", "print@example.org"));
    let script = Script::new().version(version).agent("Ada", [Answer::of([ask]), Answer::text(then)]);
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
        let (sim, app) = asked(&mut desk, "0.11.7", "It is on its way.").await?;
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
        let (sim, app) = asked(&mut desk, "0.11.7", "Then I wait.").await?;
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

#[tokio::test(flavor = "multi_thread")]
async fn several_are_read_together_and_approved_together() {
    tell("approve-all", async |mut desk| {
        let together = Step::Together(vec![
            letter("call_one", "print@example.org"),
            letter("call_two", "info@example.org"),
            letter("call_three", "post@example.org"),
        ]);
        let script =
            Script::new().version("0.16.8").agent("Ada", [Answer::of([together]), Answer::text("All three are out.")]);
        let sim = Sim::scripted(script)?;
        desk.set("LETTA_BASE_URL", &sim.address());
        let app = desk.start(&[]).await?;
        app.open("Ada").await?;
        app.say("Ask all three printers").await?;
        app.read("approve-all", "Approve all 3…").await?;
        app.shoot(&desk, "one-of-three").await?;
        // It wakes a moment after the card appears, as Approve does.
        app.see_by("[data-testid=approve-all]:not([aria-disabled=true])").await?.click().await?;
        for to in ["print@example.org", "info@example.org", "post@example.org"] {
            app.read("approve-these", to).await?;
        }
        assert_eq!(decisions(&sim), Vec::<Value>::new(), "nothing is decided by looking");
        app.shoot(&desk, "all-three").await?;
        app.see_by("[data-testid=approve-these-go]:not([disabled]):not([aria-disabled=true])").await?.click().await?;
        app.see_gone("[data-testid=approve-these]").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "All three are out.").await?;
        app.see_gone("[data-testid=approval]").await?;
        app.shoot(&desk, "approved").await?;
        app.close().await?;
        let sent = decisions(&sim);
        assert_eq!(sent.len(), 1, "together: {sent:?}");
        let approvals = sent[0]["approvals"].as_array().cloned().unwrap_or_default();
        let mut calls: Vec<&str> = approvals.iter().filter_map(|one| one["tool_call_id"].as_str()).collect();
        calls.sort_unstable();
        assert_eq!(calls, ["call_one", "call_three", "call_two"]);
        assert!(approvals.iter().all(|one| one["approve"] == true), "{approvals:?}");
        assert_eq!(sim.check(), Vec::<String>::new());
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_the_server_lost_is_found_shown_and_made_again() {
    tell("stuck", async |mut desk| {
        let (sim, app) = asked(&mut desk, "0.16.8", "Then I wait.").await?;
        // The server hears the no, says that all is well, and goes on waiting.
        let well = json!({
            "messages": [{"id": "message-1", "message_type": "reasoning_message", "reasoning": "Hm."}],
            "stop_reason": {"message_type": "stop_reason", "stop_reason": "end_turn"},
        });
        sim.next_fault(On::Send, Fault::status(200, well));
        app.click("deny").await?;
        app.fill("deny-reason", "The cover is not final").await?;
        app.click("deny").await?;
        app.read("stuck", "The server waits for this decision").await?;
        app.see_by("[data-testid=item][data-kind=tool][data-state=waiting]").await?;
        app.see("stop-run").await?;
        app.shoot(&desk, "found").await?;
        app.click("deny").await?;
        app.fill("deny-reason", "As I said: the cover is not final").await?;
        app.click("deny").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "Then I wait.").await?;
        app.see_by("[data-testid=item][data-kind=tool][data-state=denied]").await?;
        app.see_gone("[data-testid=approval]").await?;
        app.read("timeline", "As I said: the cover is not final").await?;
        app.shoot(&desk, "answered").await?;
        app.close().await?;
        let sent = decisions(&sim);
        assert_eq!(sent.len(), 2, "the one that was lost, and the user's next: {sent:?}");
        assert!(sent.iter().all(|sent| sent.to_string().contains(r#""approve":false"#)), "{sent:?}");
        assert_eq!(sim.check(), Vec::<String>::new());
        Ok(())
    })
    .await;
}
