//! What is kept: words through a kill, talk without a server, a key in the keychain.

use std::time::Duration;

use sim::{Answer, Pace, Script, Sim};

use crate::desk::tell;

/// What came is saved at least this often, with some to spare.
const SAVED: Duration = Duration::from_millis(1500);

const STORY: &str = "Once there was a garden with nine trees, and under each tree there was a chair, and on each chair there sat \
                     somebody who waited for a word. None of them knew who would say it, and none of them wanted to be first. So \
                     they sat until the leaves fell, and counted them, and the count was never the same twice.";

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_a_word_loses_nothing_that_was_saved() {
    tell("kill", async |mut desk| {
        let script = Script::new().pace(Pace::steady(8.0)).agent("Ada", [Answer::text(STORY)]);
        let sim = Sim::scripted(script)?;
        desk.set("LETTA_BASE_URL", &sim.address());
        let app = desk.start(&[]).await?;
        app.open("Ada").await?;
        app.say("Tell me a story").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "Once there was a garden").await?;
        app.compose("Not sent yet").await?;
        let seen = app.texts("[data-testid=item][data-kind=assistant]").await?.concat();
        let seen = seen.rsplit('\n').next().unwrap_or_default().trim().to_owned();
        tokio::time::sleep(SAVED).await;
        app.shoot(&desk, "mid-word").await?;
        app.kill().await?;
        drop(sim);

        let app = desk.start(&[]).await?;
        app.see_by("[data-testid=item][data-kind=assistant][data-state=interrupted]").await?;
        app.shoot(&desk, "again-without-server").await?;
        let kept = app.texts("[data-testid=item][data-kind=assistant]").await?.concat();
        assert!(kept.contains(&seen), "seen {seen:?}, kept {kept:?}");
        assert!(!kept.contains("never the same twice"), "nothing was made up: {kept:?}");
        app.read_by("[data-testid=item][data-kind=user]", "Tell me a story").await?;
        assert_eq!(app.composed().await?, "Not sent yet");
        app.close().await?;
        assert!(!desk.log().contains("panicked"), "{}", desk.log());
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_server_everything_can_be_read_and_the_line_comes_back() {
    tell("offline", async |mut desk| {
        // Long enough to be fetched by the page, where short news is brought to it.
        let mut past: Vec<_> = (1..=40).map(|n| (format!("Tell me part {n}"), Answer::text(STORY))).collect();
        past.push(("Do you remember the hedge?".to_owned(), Answer::text("Nine trees, yes.")));
        let sim = Sim::scripted(Script::new().agent("Ada", [Answer::text("Here I am.")]).past("Ada", past))?;
        desk.set("LETTA_BASE_URL", &sim.address());
        let app = desk.start(&[]).await?;
        app.open("Ada").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "Nine trees, yes.").await?;
        app.close().await?;

        sim.go_away();
        let app = desk.start(&[]).await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "Nine trees, yes.").await?;
        app.see_by("[data-testid=connection]:is([data-state=offline], [data-state=reconnecting])").await?;
        app.shoot(&desk, "offline").await?;

        sim.come_back()?;
        app.see_by("[data-testid=connection][data-state=online]").await?;
        app.say("Are you there?").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "Here I am.").await?;
        app.shoot(&desk, "back").await?;
        app.close().await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_keychain_is_there_at_the_next_start() {
    tell("keychain", async |mut desk| {
        desk.with_keychain();
        let sim = Sim::scripted(Script::new().key("a-right-password").agent("Ada", []))?;
        let app = desk.start(&[]).await?;
        app.click("connect-own").await?;
        app.fill("connect-url", &sim.address()).await?;
        app.fill("connect-key", "a-right-password").await?;
        app.click("connect-submit").await?;
        app.see_by("[data-testid=connection][data-state=online]").await?;
        app.shoot(&desk, "connected").await?;
        app.close().await?;
        for file in desk.files()? {
            let bytes = std::fs::read(&file)?;
            let leaked = bytes.windows(16).any(|window| window == b"a-right-password");
            assert!(!leaked, "the key is in {}", file.display());
        }

        let app = desk.start(&[]).await?;
        app.see_by("[data-testid=connection][data-state=online]").await?;
        app.shoot(&desk, "again").await?;
        app.close().await
    })
    .await;
}
