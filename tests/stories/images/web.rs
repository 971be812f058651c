//! Pictures on the web: none is loaded until the reader asks, and then by the rules.

use std::time::Duration;

use engine::{Fetched, OpenWeb, Web as _};
use model::command::{AlwaysLoad, LoadOnce};
use sim::{Answer, Script, Sim};
use tests::Home;

use super::{begun, png};

const CHART: &str = "https://pictures.example/chart.png";

/// An answer that names pictures on the web in every way there is.
fn tempting() -> Answer {
    Answer::text(
        "![chart](https://pictures.example/chart.png) and **![two](https://pictures.example/two.png)**\n\n\
         <img src=\"https://pictures.example/html.png\">\n\n| a |\n|---|\n| ![x](http://pictures.example/plain.png) |\n\n\
         ![][ref]\n\n[ref]: https://pictures.example/moved.png",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_loaded_until_the_reader_asks_and_then_by_the_rules() {
    let sim = Sim::scripted(Script::new().agent("Wen", [tempting()])).unwrap();
    let home = Home::new();
    let bytes = |bytes: Vec<u8>| Fetched::Bytes(bytes);
    home.web.pages.lock().unwrap().extend([
        (CHART.to_owned(), bytes(png(50))),
        ("https://pictures.example/two.png".to_owned(), bytes(b"<html>".to_vec())),
        (
            "https://pictures.example/moved.png".to_owned(),
            Fetched::Elsewhere("http://127.0.0.1:9/secret.png".to_owned()),
        ),
    ]);
    let (mut window, wen) = begun(&home, &sim).await;
    window.send_and_wait(&wen, "Show me").await;
    window.listen_for(Duration::from_millis(200)).await;
    assert!(home.web.asked.lock().unwrap().is_empty(), "reading makes no request");
    let item = window.talk(&wen).last("assistant").unwrap().id.clone();
    let once = |index| LoadOnce { conversation: wen.clone(), item: item.clone(), index };
    let loaded = window.ask(once(0)).await.unwrap();
    assert_eq!((loaded.url.as_str(), loaded.picture.width, loaded.picture.height), (CHART, 24, 16));
    assert!(window.engine.image(&format!("image://localhost/{}", loaded.picture.image)).await.is_some());
    for (index, why) in [
        (1, "The image was not loaded. This is a web page, not an image."),
        (2, "The image was not loaded. Only https addresses are loaded."),
        (3, "The image was not loaded. Only https addresses are loaded."),
        (4, "This image is no longer there."),
    ] {
        let failure = window.ask(once(index)).await.unwrap_err();
        assert_eq!(failure.message, why, "{index}");
    }
    // Once is once: it is kept, also over a restart.
    window.ask(once(0)).await.unwrap();
    let asked = home.web.asked.lock().unwrap().clone();
    assert_eq!(asked, [CHART, "https://pictures.example/two.png", "https://pictures.example/moved.png"]);
    window.engine.close().await;
    drop(window);
    let mut window = home.start().await;
    window.launch().await;
    let opened = window.open_id(&wen).await;
    assert_eq!(opened.loaded, [loaded]);
    assert!(!opened.always_load);
}

#[tokio::test(flavor = "multi_thread")]
async fn always_is_for_this_conversation_and_until_it_is_taken_back() {
    let more = Answer::text("![more](https://pictures.example/more.png)");
    let script = Script::new().agent("Wen", [tempting(), more]).agent("Rosa", [tempting()]);
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let page = |name: &str, shade| (format!("https://pictures.example/{name}.png"), Fetched::Bytes(png(shade)));
    home.web.pages.lock().unwrap().extend([page("chart", 1), page("two", 2), page("more", 3)]);
    let (mut window, wen) = begun(&home, &sim).await;
    window.send_and_wait(&wen, "Show me").await;
    window.ask(AlwaysLoad { conversation: wen.clone(), on: true }).await.unwrap();
    let here = wen.clone();
    window
        .until("two are loaded", move |window| window.loaded.get(&here).is_some_and(|loaded| loaded.len() == 2))
        .await;
    window.send_and_wait(&wen, "More").await;
    let here = wen.clone();
    window
        .until("the new one too", move |window| window.loaded.get(&here).is_some_and(|loaded| loaded.len() == 3))
        .await;
    let asked = home.web.asked.lock().unwrap().len();
    let rosa = window.open("Rosa").await;
    window.send_and_wait(&rosa, "Show me").await;
    window.listen_for(Duration::from_millis(200)).await;
    assert_eq!(home.web.asked.lock().unwrap().len(), asked, "not for others");
    assert!(window.open_id(&wen).await.always_load);
    window.ask(AlwaysLoad { conversation: wen.clone(), on: false }).await.unwrap();
    assert!(!window.open_id(&wen).await.always_load);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_as_it_is_never_reaches_this_computer() {
    let canary = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = canary.local_addr().unwrap().port();
    let web = OpenWeb::default();
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "127.1"] {
        let address = format!("https://{host}:{port}/a.png");
        let refused = web.get(&address.parse().unwrap()).await.unwrap_err();
        assert!(refused.starts_with("It lies on this computer"), "{host}: {refused}");
    }
    let plain = web.get(&format!("http://127.0.0.1:{port}/a.png").parse().unwrap()).await;
    assert!(plain.is_err());
    let silent = tokio::time::timeout(Duration::from_millis(200), canary.accept()).await;
    assert!(silent.is_err(), "nobody came");
}
