//! What waits: words written while an agent speaks, words written without a server, and an answer whose line is cut.

use std::time::Duration;

use sim::{Answer, Fault, Pace, Script, Sim, Step};

use crate::{app::by_handle, desk::tell};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_meanwhile_goes_out_in_order() {
    tell("queue", async |mut desk| {
        let first = Answer::of([Step::text("One moment."), Step::Gate, Step::text(" There.")]);
        let answers = [first, Answer::text("To the second."), Answer::text("To the third.")];
        let sim = Sim::scripted(Script::new().agent("Ada", answers))?;
        desk.set("LETTA_BASE_URL", &sim.address());
        let app = desk.start(&[]).await?;
        app.open("Ada").await?;
        app.say("The first").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "One moment.").await?;
        for words in ["The second", "The thrid", "The fourth"] {
            app.say(words).await?;
            app.read("queue", words).await?;
        }
        app.shoot(&desk, "waiting").await?;
        // A slip is mended, and one is thought better of.
        app.see_by("[data-testid=queued]:nth-child(2) [data-testid=edit-queued]").await?.click().await?;
        app.fill("queued-text", "The third").await?;
        app.click("keep-queued").await?;
        app.see_by("[data-testid=queued]:nth-child(3) [data-testid=remove-queued]").await?.click().await?;
        app.until("two wait", async || Ok(app.texts(&by_handle("queued")).await?.len() == 2)).await?;

        sim.release();
        app.read_by("[data-testid=item][data-kind=assistant]", "To the third.").await?;
        app.see_gone(&by_handle("queue")).await?;
        let said = app.texts("[data-testid=item][data-kind=user]").await?;
        let order = ["The first", "The second", "The third"];
        assert!(said.len() == 3 && said.iter().zip(order).all(|(said, words)| said.contains(words)), "{said:?}");
        app.shoot(&desk, "all-said").await?;
        app.close().await?;
        assert_eq!(sim.check(), Vec::<String>::new());
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_whose_line_is_cut_comes_whole() {
    tell("healing", async |mut desk| {
        let words = "The tunnel is long, and the words go on behind it, one after the other, until the light.";
        let script = Script::new()
            .version("0.16.8")
            .redis(Duration::from_millis(50))
            .pace(Pace::steady(80.0))
            .agent("Ada", [Answer::text(words).but(Fault::CutAfterEvent(4)), Answer::text("And here is the light.")]);
        let sim = Sim::scripted(script)?;
        desk.set("LETTA_BASE_URL", &sim.address());
        let app = desk.start(&[]).await?;
        app.open("Ada").await?;
        app.say("Read to me").await?;
        app.read_by("[data-testid=item][data-kind=assistant][data-state=done]", "until the light.").await?;
        app.see_gone("[data-testid=item][data-state=interrupted]").await?;
        app.see("send").await?;
        let answers = app.texts("[data-testid=item][data-kind=assistant]").await?;
        assert_eq!(answers.iter().filter(|answer| answer.contains("The tunnel")).count(), 1, "{answers:?}");
        app.shoot(&desk, "whole").await?;

        // Nobody there at all: the words wait, and say so.
        sim.go_away();
        app.say("Are we through?").await?;
        app.read("queue", "Sent when the server answers").await?;
        app.shoot(&desk, "waits-for-the-line").await?;
        sim.come_back()?;
        app.read_by("[data-testid=item][data-kind=assistant]", "And here is the light.").await?;
        app.see_gone(&by_handle("queue")).await?;
        app.shoot(&desk, "back").await?;
        app.close().await
    })
    .await;
}
