//! Pictures in the real window: one that an agent shows, and one that is pasted and goes to it.

use std::time::Duration;

use serde_json::json;
use sim::{Answer, Script, Sim, Step, picture};

use crate::desk::tell;

/// A red picture of 40 × 30, as the page's clipboard gives it: a PNG that the page has just drawn.
const PASTE: &str = r#"
const done = arguments[0];
const sheet = document.createElement("canvas");
sheet.width = 40;
sheet.height = 30;
const pen = sheet.getContext("2d");
pen.fillStyle = "rgb(200, 40, 40)";
pen.fillRect(0, 0, 40, 30);
sheet.toBlob((blob) => {
    const carried = new DataTransfer();
    carried.items.add(new File([blob], "image.png", { type: "image/png" }));
    const paste = new Event("paste", { bubbles: true, cancelable: true });
    Object.defineProperty(paste, "clipboardData", { value: carried });
    document.querySelector("[data-testid=composer]").dispatchEvent(paste);
    done("pasted");
}, "image/png");
"#;

/// The app's own icon.
const ICON: &[u8] = include_bytes!("../../icons/128x128.png");

/// How wide the first picture in a row is once it is there; 0 before.
const WIDTH: &str = r#"
const done = arguments[1];
const image = document.querySelector(`[data-testid=item][data-kind=${arguments[0]}] img`);
done(String(image && image.complete ? image.naturalWidth : 0));
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_an_agent_shows_is_seen_and_opens_large() {
    tell("picture-in", async |mut desk| {
        let parts = json!([{"type": "text", "text": "The gate, this morning."}, picture("image/png", ICON)]);
        let sim = Sim::scripted(Script::new().version("0.16.8").agent("Ada", [Answer::of([Step::Parts(parts)])]))?;
        desk.set("LETTA_BASE_URL", &sim.address());
        let app = desk.start(&[]).await?;
        app.open("Ada").await?;
        app.say("Show me the gate").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "The gate, this morning.").await?;
        app.until("the picture is drawn", async || Ok(app.run(WIDTH, vec![json!("assistant")]).await? != "0")).await?;
        app.shoot(&desk, "shown").await?;
        app.see_by("[data-testid=item][data-kind=assistant] img").await?.click().await?;
        app.see("lightbox").await?;
        app.shoot(&desk, "large").await?;
        app.close().await?;

        // It is kept: without the server it is there at the next start.
        sim.go_away();
        let app = desk.start(&[]).await?;
        app.until("the kept picture is drawn", async || Ok(app.run(WIDTH, vec![json!("assistant")]).await? != "0"))
            .await?;
        app.shoot(&desk, "kept").await?;
        app.close().await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_picture_goes_to_the_agent() {
    tell("picture-out", async |mut desk| {
        let script = Script::new().version("0.16.8").agent("Ada", [Answer::text("That is red.")]);
        let sim = Sim::scripted(script)?;
        desk.set("LETTA_BASE_URL", &sim.address());
        let app = desk.start(&[]).await?;
        app.open("Ada").await?;
        app.see("composer").await?.click().await?;
        app.run(PASTE, vec![]).await?;
        app.see("attachment").await?;
        app.shoot(&desk, "attached").await?;
        app.say("Which colour is this?").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "That is red.").await?;
        app.until("the sent picture is drawn", async || Ok(app.run(WIDTH, vec![json!("user")]).await? != "0")).await?;
        assert!(app.texts("[data-testid=attachment]").await?.is_empty(), "what was sent is no longer attached");
        app.shoot(&desk, "sent").await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
        app.close().await?;
        let sent = sim.requests().into_iter().find(|request| request.body.to_string().contains("Which colour"));
        let sent = sent.ok_or("the message never came")?.body.to_string();
        assert!(sent.contains(r#""type":"base64""#) && sent.contains("image/png"), "{sent}");
        assert_eq!(sim.check(), Vec::<String>::new());
        Ok(())
    })
    .await;
}
