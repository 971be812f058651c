//! Images in the real window: taken from the system's clipboard, sent, shown by the app's own scheme, copied out again.

use std::borrow::Cow;

use arboard::{Clipboard, ImageData};
use serde_json::json;
use sim::{Answer, Script, Sim};

use crate::desk::tell;

/// Waits for every thumbnail to be painted and answers their widths.
const WIDTHS: &str = "
    const [done] = [arguments[arguments.length - 1]];
    const look = () => {
        const images = [...document.querySelectorAll('img')];
        images.length && images.every((image) => image.complete) ? done(images.map((image) => image.naturalWidth).join(' ')) : setTimeout(look, 50);
    };
    look();
";

/// Tries to get at a picture's bytes, or at others, and answers \"no\", or what came of it.
const TRY: &str = "
    const [what, address, done] = arguments;
    const no = () => done('no');
    const yes = (result) => done('yes: ' + String(result));
    const tries = {
        fetch: () => fetch(address).then(yes, no),
        image: () => { const image = new Image(); image.onload = yes; image.onerror = no; image.src = address; },
        frame: () => { const frame = document.createElement('iframe'); frame.onload = () => setTimeout(() => {
            try { frame.contentDocument ? no() : yes('a page of its own'); } catch { no(); } }, 300);
            frame.src = address; document.body.append(frame); setTimeout(no, 600); },
        leave: () => { location.href = address; setTimeout(() => location.protocol === 'tauri:' ? no() : yes(location), 300); },
    };
    tries[what]();
";

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_in_the_clipboard_is_pasted_sent_and_copied_out_again() {
    tell("images", async |mut desk| {
        let sim = Sim::scripted(Script::new().agent("Ada", [Answer::text("A field of blue.")]))?;
        desk.set("LETTA_BASE_URL", &sim.address());
        let app = desk.start(&[]).await?;
        app.open("Ada").await?;
        let blue = [30, 90, 200, 255].repeat(60 * 40);
        let mut clipboard = Clipboard::new()?;
        clipboard.set_image(ImageData { width: 60, height: 40, bytes: Cow::Borrowed(&blue) })?;
        // Control and v, as WebDriver writes them.
        app.compose("\u{e009}v\u{e000}").await?;
        app.see("attachment").await?;
        assert_eq!(app.run(WIDTHS, vec![]).await?, "60", "it is painted");
        app.shoot(&desk, "pasted").await?;
        app.say("What is it?").await?;
        app.read_by("[data-testid=item][data-kind=assistant]", "A field of blue.").await?;
        app.see_gone("[data-testid=attachment]").await?;
        app.see("thumbnail").await?;
        assert_eq!(app.run(WIDTHS, vec![]).await?, "60");
        app.shoot(&desk, "sent").await?;
        let content = sim.requests().into_iter().find_map(|request| {
            let content = request.body["messages"][0]["content"].clone();
            content.is_array().then_some(content)
        });
        assert_eq!(content.ok_or("nothing with parts was sent")?[1]["source"]["media_type"], "image/png");

        clipboard.set_text("something else")?;
        app.click("thumbnail").await?;
        app.see("lightbox").await?;
        app.shoot(&desk, "large").await?;
        app.run("document.querySelector('[data-testid=copy-image]').click(); arguments[0]('')", vec![]).await?;
        let mut copied = Err(arboard::Error::ContentNotAvailable);
        for _ in 0..50 {
            copied = clipboard.get_image();
            if copied.is_ok() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let copied = copied?;
        assert_eq!((copied.width, copied.height), (60, 40));
        assert_eq!(copied.bytes.as_ref(), blue.as_slice());
        app.run("document.querySelector('[data-testid=close-lightbox]').click(); arguments[0]('')", vec![]).await?;

        // Words are pasted as words.
        clipboard.set_text("just words")?;
        app.compose("\u{e009}v\u{e000}").await?;
        app.until("the words are there", async || Ok(app.composed().await? == "just words")).await?;
        assert!(app.values("[data-testid=attachment]", "class").await?.is_empty());

        // By the scheme there is nothing but pictures that are known, and nothing to be done with them but to be seen.
        let image = app.values("[data-testid=thumbnail] img", "src").await?.concat();
        assert_eq!(app.run(TRY, vec![json!("fetch"), json!(image)]).await?, "no");
        assert_eq!(app.run(TRY, vec![json!("frame"), json!(image)]).await?, "no");
        assert_eq!(app.run(TRY, vec![json!("leave"), json!(image)]).await?, "no");
        for other in ["image://localhost/../ours.db", "image://localhost/index.html", "image://elsewhere/"] {
            assert_eq!(app.run(TRY, vec![json!("image"), json!(other)]).await?, "no", "{other}");
        }
        app.close().await?;
        assert_eq!(sim.check(), Vec::<String>::new());
        Ok(())
    })
    .await;
}
