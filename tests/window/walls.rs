//! What the page cannot do, whatever runs in it: reach the network, leave, open windows, use the shell beyond its three commands.

use serde_json::json;
use sim::{Script, Sim};

use crate::desk::tell;

/// Tries one thing and answers "no", or what came of it.
const TRY: &str = "
    const [what, address, done] = arguments;
    const shell = window.__TAURI_INTERNALS__;
    const no = () => done('no');
    const yes = (result) => done('yes: ' + String(result));
    const tries = {
        fetch: () => fetch(address).then(yes, no),
        image: () => { const image = new Image(); image.onload = yes; image.onerror = no; image.src = address + '/a.png'; },
        script: () => { const script = document.createElement('script'); script.onload = yes; script.onerror = no;
            script.src = address + '/a.js'; document.head.append(script); },
        inline: () => { window.ran = false; const script = document.createElement('script'); script.textContent = 'window.ran = true';
            document.head.append(script); window.ran ? yes() : no(); },
        eval: () => { try { yes((0, eval)('1')); } catch { no(); } },
        frame: () => { const frame = document.createElement('iframe'); frame.src = address; document.body.append(frame);
            setTimeout(no, 300); },
        window: () => window.open(address) ? yes() : no(),
        leave: () => { location.href = address; setTimeout(() => location.protocol === 'tauri:' ? no() : yes(location), 300); },
        prototype: () => { Object.prototype.stained = 1; ({}).stained ? yes() : no(); },
        close: () => shell.invoke('plugin:window|close').then(yes, no),
        listen: () => shell.invoke('plugin:event|listen', { event: 'a', target: { kind: 'Any' }, handler: 1 }).then(yes, no),
        path: () => shell.invoke('plugin:path|resolve_directory', { directory: 1 }).then(yes, no),
    };
    tries[what]();
";

#[tokio::test(flavor = "multi_thread")]
async fn the_page_reaches_nothing_but_the_engine() {
    tell("walls", async |desk| {
        let sim = Sim::scripted(Script::new())?;
        let app = desk.start(&[]).await?;
        app.see("connect").await?;
        for what in [
            "fetch",
            "image",
            "script",
            "inline",
            "eval",
            "frame",
            "window",
            "leave",
            "prototype",
            "close",
            "listen",
            "path",
        ] {
            let came = app.run(TRY, vec![json!(what), json!(sim.address())]).await?;
            assert_eq!(came, "no", "{what}");
        }
        app.see("connect").await?;
        app.close().await?;
        assert!(sim.requests().is_empty(), "{:?}", sim.requests());
        Ok(())
    })
    .await;
}
