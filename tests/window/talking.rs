//! Talking: with one agent, word by word, and around a table of three.

use sim::{Answer, Call, Pace, Script, Sim, Step};

use crate::{app::by_handle, desk::tell};

#[tokio::test(flavor = "multi_thread")]
async fn words_are_seen_as_they_come() {
    tell("talk", async |mut desk| {
        let answer = Answer::of([
            Step::reasoning("They greet me. I look at the weather first."),
            Step::Call(Call::new("weather", r#"{"city":"Lisbon"}"#, "21 degrees, clear")),
            Step::text("It is **warm** here"),
            Step::Gate,
            Step::text("\n\n| city | degrees |\n|---|---|\n| Lisbon | 21 |\n"),
        ]);
        let script = Script::new().pace(Pace::steady(60.0)).agent("Ada", [answer, Answer::text("Then later.")]);
        let sim = Sim::scripted(script)?;
        desk.set("LETTA_BASE_URL", &sim.address());
        let app = desk.start(&[]).await?;
        app.open("Ada").await?;
        app.say("Good morning, Ada").await?;
        app.read_by("[data-testid=item][data-kind=user]", "Good morning, Ada").await?;
        assert_eq!(app.composed().await?, "", "what was sent is no longer in the composer");
        app.read_by("[data-testid=item][data-kind=assistant][data-state=streaming]", "warm here").await?;
        app.see("stop").await?;
        app.shoot(&desk, "streaming").await?;

        sim.release();
        app.see_gone("[data-testid=item][data-state=streaming]").await?;
        app.see("send").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "Lisbon").await?;
        app.see_by("[data-testid=item][data-kind=reasoning][data-state=done]").await?;
        app.see_by("[data-testid=item][data-kind=tool][data-state=returned]").await?;
        assert_eq!(app.values("[data-testid=item] strong", "class").await?.len(), 1, "Markdown is no text");
        app.shoot(&desk, "answered").await?;

        app.say("And tomorrow?").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "Then later.").await?;
        app.close().await?;
        assert_eq!(sim.check(), Vec::<String>::new());
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_speakers_at_a_table_are_told_apart() {
    tell("group", async |mut desk| {
        let script = Script::new()
            .pace(Pace::steady(200.0))
            .agent("Ada", [Answer::text("I counted the trees: there are nine.")])
            .agent("Ben", [Answer::text("Nine trees make a hedge.")])
            .agent("Cleo", [Answer::text("A hedge makes a garden.")])
            .group("The garden", &["Ada", "Ben", "Cleo"], None);
        let sim = Sim::scripted(script)?;
        desk.set("LETTA_BASE_URL", &sim.address());
        let app = desk.start(&[]).await?;
        app.open("The garden").await?;
        assert_eq!(app.texts(&by_handle("seat")).await?.len(), 3);
        app.say("What makes a garden?").await?;
        for (name, words) in [("Ada", "nine"), ("Ben", "hedge"), ("Cleo", "garden")] {
            let turn = format!("[data-testid=item][data-kind=assistant][data-author={name}]");
            app.read_by(&turn, words).await?;
        }
        app.see("send").await?;
        app.shoot(&desk, "three-spoke").await?;
        app.resize(720, 820).await?;
        app.shoot(&desk, "narrow").await?;
        app.close().await
    })
    .await;
}
