//! The first run: a wrong key, the right one, and the demo.

use sim::{Answer, Script, Sim};

use crate::{app::by_handle, desk::tell};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_said_what_was_typed_stays_and_then_the_demo() {
    tell("first-run", async |desk| {
        let sim = Sim::scripted(Script::new().key("a-right-password").agent("Ada", [Answer::text("Hello")]))?;
        let app = desk.start(&[]).await?;
        app.see("connect").await?;
        app.shoot(&desk, "connect").await?;

        app.click("connect-own").await?;
        app.fill("connect-url", &sim.address()).await?;
        app.fill("connect-key", "a-wrong-password").await?;
        app.click("connect-submit").await?;
        app.see("connect-error").await?;
        app.shoot(&desk, "wrong-key").await?;
        assert_eq!(app.held("connect-url").await?, sim.address());
        assert_eq!(app.held("connect-key").await?, "a-wrong-password");

        app.click("connect-demo").await?;
        app.shoot(&desk, "just-looking").await?;
        app.click("connect-submit").await?;
        app.see_by("[data-testid=conversation-row][data-kind=table]").await?;
        app.until("four agents are there", async || {
            Ok(app.texts("[data-testid=conversation-row][data-kind=agent]").await?.len() == 4)
        })
        .await?;
        app.shoot(&desk, "demo").await?;
        app.close().await?;

        let log = desk.log();
        assert!(!log.contains("a-wrong-password"), "{log}");
        assert!(!log.contains("panicked"), "{log}");
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_its_password_is_connected_and_stays_so() {
    tell("own-server", async |desk| {
        let sim = Sim::scripted(Script::new().key("a-right-password").agent("Ada", [Answer::text("Hello")]))?;
        let app = desk.start(&[]).await?;
        app.click("connect-own").await?;
        app.fill("connect-url", &format!("{}/", sim.address())).await?;
        // As it comes out of a password manager.
        app.fill("connect-key", " a-right-password ").await?;
        app.click("connect-submit").await?;
        app.read_by(&by_handle("conversation-row"), "Ada").await?;
        app.see_by("[data-testid=connection][data-state=online]").await?;
        app.shoot(&desk, "connected").await?;
        app.close().await?;
        assert!(!desk.log().contains("a-right-password"), "{}", desk.log());
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_server_at_the_address_is_said_step_by_step() {
    tell("no-server", async |desk| {
        let sim = Sim::scripted(Script::new())?;
        let address = sim.address();
        drop(sim);
        let app = desk.start(&[]).await?;
        app.click("connect-own").await?;
        app.fill("connect-url", &address).await?;
        app.click("connect-submit").await?;
        app.see("connect-error").await?;
        app.shoot(&desk, "nobody-there").await?;
        assert_eq!(app.held("connect-url").await?, address);
        app.close().await
    })
    .await;
}

/// `cargo xtask run --demo`, as a person sees it first.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_opens_at_its_table() {
    tell("demo", async |desk| {
        let app = desk.start(&["--demo"]).await?;
        app.until("four seats", async || Ok(app.texts(&by_handle("seat")).await?.len() == 4)).await?;
        app.shoot(&desk, "table").await?;
        app.say("What do you need from me for the autumn issue?").await?;
        app.see_by("[data-testid=item][data-state=streaming]").await?;
        app.shoot(&desk, "somebody-speaks").await?;
        app.click("stop").await?;
        app.see("send").await?;
        app.shoot(&desk, "stopped").await?;
        app.resize(720, 820).await?;
        app.shoot(&desk, "narrow").await?;
        app.close().await
    })
    .await;
}
