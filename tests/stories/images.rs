//! Images: attached in every way, sent once and the same again, come back with the history, loaded from the web only when asked.

use std::{path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::{Fetched, OpenWeb, Pasted, Pixels, Web as _};
use model::{
    Attached, Attachment, Code, Content, ConversationId, ImageId, ImageRef, Item, MOST_IMAGES, ToolState,
    command::{
        AlwaysLoad, Attach, ChooseImages, CopyImage, Detach, LoadOnce, PasteImages, Reorder, SaveImage, Send, TakeBack,
    },
};
use serde_json::{Value, json};
use sim::{Answer, Fault, On, Script, Sim, Step};
use tests::{Home, Window};

/// A picture of one colour.
fn pixels(shade: u8) -> Pixels {
    Pixels { width: 24, height: 16, rgba: [shade, 90, 200, 255].repeat(24 * 16) }
}

fn png(shade: u8) -> Vec<u8> {
    pictures::from_pixels(pixels(shade)).unwrap()
}

async fn begun(home: &Home, sim: &Sim) -> (Window, ConversationId) {
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let wen = window.open("Wen").await;
    (window, wen)
}

async fn attach(window: &Window, to: &ConversationId, name: &str, bytes: &[u8]) -> Attached {
    let attach = Attach { conversation: to.clone(), name: name.to_owned(), base64: STANDARD.encode(bytes) };
    window.ask(attach).await.unwrap()
}

fn ids(attachments: &[Attachment]) -> Vec<ImageId> {
    attachments.iter().map(|attachment| attachment.id.clone()).collect()
}

fn names(attachments: &[Attachment]) -> Vec<&str> {
    attachments.iter().map(|attachment| attachment.name.as_str()).collect()
}

fn images(item: &Item) -> Vec<ImageRef> {
    match &item.content {
        Content::User { images, .. } | Content::Assistant { images, .. } => images.clone(),
        Content::Tool(call) => match &call.state {
            ToolState::Returned(returned) => returned.images.clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn kept(item: &Item) -> Vec<ImageId> {
    images(item)
        .into_iter()
        .map(|image| match image {
            ImageRef::Kept(picture) => picture.image,
            other => panic!("not kept: {other:?}"),
        })
        .collect()
}

/// The contents of what the user sent, as the server got it.
fn sent(sim: &Sim) -> Vec<Value> {
    let posts = sim.requests().into_iter().filter(|request| request.path.ends_with("/messages/stream"));
    posts.map(|request| request.body["messages"][0]["content"].clone()).collect()
}

async fn send(window: &Window, to: &ConversationId, text: &str, images: Vec<ImageId>) -> Result<(), model::Failure> {
    window.ask(Send { conversation: to.clone(), text: text.to_owned(), images }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pasted_chosen_dropped_and_given_they_stand_in_the_composer_until_they_go() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("Four.")])).unwrap();
    let home = Home::new();
    let (mut window, wen) = begun(&home, &sim).await;
    let paste = PasteImages { conversation: wen.clone() };
    assert_eq!(window.ask(paste.clone()).await.unwrap(), Attached::default(), "nothing in the clipboard");
    *home.opened.desk.clipboard.lock().unwrap() = Some(Pasted::Pixels(pixels(1)));
    let pasted = window.ask(paste).await.unwrap();
    assert_eq!(names(&pasted.added), ["Pasted image"]);
    let chosen = home.folder().join("chosen.png");
    std::fs::write(&chosen, png(2)).unwrap();
    *home.opened.desk.chosen.lock().unwrap() = vec![chosen];
    window.ask(ChooseImages { conversation: wen.clone() }).await.unwrap();
    attach(&window, &wen, "given.png", &png(3)).await;
    let dropped = home.folder().join("dropped.png");
    std::fs::write(&dropped, png(4)).unwrap();
    window.engine.dragging(true);
    window.until("it is held over the window", |window| window.dragging).await;
    window.engine.dragging(false);
    window.engine.drop_files(vec![dropped, home.folder().to_owned(), PathBuf::from("/no/such.png")]).await;
    let here = wen.clone();
    window.until("it is told", move |window| window.attachments.contains_key(&here) && !window.dragging).await;
    let all = window.attachments[&wen].clone();
    assert_eq!(names(&all), ["Pasted image", "chosen.png", "given.png", "dropped.png"]);
    let refused: Vec<&str> = window.refused.iter().map(|refused| refused.why.as_str()).collect();
    assert_eq!(refused, ["This is a folder. Choose the images in it.", "The file is no longer there."]);
    assert_eq!((all[0].width, all[0].height, all[0].media_type.as_str()), (24, 16, "image/png"));

    let order = Reorder { conversation: wen.clone(), images: vec![all[3].id.clone(), all[0].id.clone()] };
    let ordered = window.ask(order).await.unwrap();
    assert_eq!(names(&ordered), ["dropped.png", "Pasted image", "chosen.png", "given.png"]);
    let detach = Detach { conversation: wen.clone(), image: all[2].id.clone() };
    assert_eq!(names(&window.ask(detach).await.unwrap()), ["dropped.png", "Pasted image", "chosen.png"]);

    // A restart costs none of them.
    window.engine.close().await;
    drop(window);
    let mut window = home.start().await;
    window.launch().await;
    let opened = window.open_id(&wen).await;
    assert_eq!(names(&opened.attachments), ["dropped.png", "Pasted image", "chosen.png"]);
    let profile = window.profiles[0].id.clone();
    window.online(&profile).await;
    send(&window, &wen, "What are they?", ids(&opened.attachments)).await.unwrap();
    window.over(&wen).await;
    assert!(window.open_id(&wen).await.attachments.is_empty(), "they went");
    assert_eq!(kept(window.talk(&wen).last("user").unwrap()), ids(&opened.attachments));
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn they_go_as_the_server_takes_them_show_at_once_and_come_back_the_same() {
    let gated = Answer::of([Step::Gate, Step::text("Blue.")]);
    let sim = Sim::scripted(Script::new().agent("Wen", [gated, Answer::text("Alone.")])).unwrap();
    let home = Home::new();
    let (mut window, wen) = begun(&home, &sim).await;
    let attached = attach(&window, &wen, "a.png", &png(7)).await;
    let image = attached.added[0].id.clone();
    send(&window, &wen, "Which colour?", vec![image.clone()]).await.unwrap();
    window.until_talk("the echo shows it", &wen, |talk| talk.last("user").is_some()).await;
    assert_eq!(kept(window.talk(&wen).last("user").unwrap()), std::slice::from_ref(&image));
    let shown = window.engine.image(&format!("image://localhost/{image}?size=320")).await.unwrap();
    assert_eq!(shown.media_type, "image/png");
    sim.release();
    window.over(&wen).await;
    let parts = sent(&sim).pop().unwrap();
    assert_eq!(parts[0], json!({"type": "text", "text": "Which colour?"}));
    assert_eq!(parts[1]["type"], "image");
    assert_eq!(parts[1]["source"]["type"], "base64");
    assert_eq!(parts[1]["source"]["media_type"], "image/png");
    let bytes = STANDARD.decode(parts[1]["source"]["data"].as_str().unwrap()).unwrap();
    assert_eq!(letta::Payload::new("", bytes.clone()).hash, image, "the very bytes that are kept");
    // Without words too.
    send(&window, &wen, " ", vec![image.clone()]).await.unwrap_or_else(|failure| panic!("{failure}"));
    window.over(&wen).await;
    assert_eq!(sent(&sim).pop().unwrap().as_array().unwrap().len(), 1, "only the image");

    // What the server stored is what stands here, also where nothing was saved before.
    let before = window.talk(&wen).lines();
    window.open_id(&wen).await;
    window.listen_for(Duration::from_millis(300)).await;
    assert_eq!(window.talk(&wen).lines(), before);
    window.engine.close().await;
    drop(window);
    let elsewhere = Home::new();
    let (mut window, wen) = begun(&elsewhere, &sim).await;
    window.until_talk("the history is there", &wen, |talk| talk.items.len() >= 4).await;
    let users: Vec<Vec<ImageId>> =
        window.talk(&wen).items.iter().filter(|item| item.kind() == "user").map(kept).collect();
    assert_eq!(users, [vec![image.clone()], vec![image.clone()]], "the same bytes have the same name");
    let again = window.engine.image(&format!("image://localhost/{image}?size=320")).await.unwrap();
    assert_eq!(again, shown);
    window.engine.close().await;

    // And no database holds the bytes.
    let needle = &STANDARD.encode(&bytes)[..40];
    for folder in [home.folder(), elsewhere.folder()] {
        for file in ["cache.db", "ours.db"] {
            let content = std::fs::read(folder.join(file)).unwrap();
            assert!(!content.windows(40).any(|window| window == needle.as_bytes()), "{file} has the bytes in it");
            assert!(!content.windows(32).any(|window| window == &bytes[..32]), "{file}");
        }
        let on_disk = std::fs::read(folder.join("images").join(image.as_str())).unwrap();
        assert_eq!(on_disk, bytes);
    }
    assert_eq!(sim.check(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_image_is_refused_by_name_and_the_rest_is_attached() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("One.")])).unwrap();
    let home = Home::new();
    let (window, wen) = begun(&home, &sim).await;
    for (name, bytes, why) in [
        ("page.png", b"<!doctype html><title>x</title>".to_vec(), "This is a web page, not an image."),
        ("empty.png", Vec::new(), "The file is empty."),
        ("torn.png", png(1)[..60].to_vec(), "The image is damaged or cut off."),
        ("a.svg", b"<svg xmlns='x'/>".to_vec(), "SVG is a drawing, not an image of pixels. Export it as PNG first."),
        ("IMG_1.HEIC", b"\0\0\0\x18ftypheic".to_vec(), "HEIC images cannot be read here. Save it as JPEG first."),
    ] {
        let attached = attach(&window, &wen, name, &bytes).await;
        assert_eq!((attached.refused[0].name.as_str(), attached.refused[0].why.as_str()), (name, why));
        assert!(attached.added.is_empty() && attached.attachments.is_empty());
    }
    let broken = Attach { conversation: wen.clone(), name: "a.png".to_owned(), base64: "%%%".to_owned() };
    assert_eq!(window.ask(broken).await.unwrap().refused[0].why, "The file could not be read.");

    for shade in 0..12 {
        attach(&window, &wen, &format!("{shade}.png"), &png(shade)).await;
    }
    let again = attach(&window, &wen, "again.png", &png(3)).await;
    assert_eq!(again.refused[0].why, "Up to 10 images go with one message.");
    assert_eq!(again.attachments.len(), MOST_IMAGES);
    window.ask(Detach { conversation: wen.clone(), image: again.attachments[0].id.clone() }).await.unwrap();
    let twice = attach(&window, &wen, "again.png", &png(3)).await;
    assert_eq!(twice.refused[0].why, "It is attached already.");
    // What is unknown here is not sent.
    let failure = send(&window, &wen, "Look", vec![ImageId::from("ab".repeat(32))]).await.unwrap_err();
    assert_eq!(failure.message, "An image is no longer on this computer. Attach it again.");
    assert!(sent(&sim).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_arrive_goes_again_with_the_same_bytes() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("Got it.")])).unwrap();
    let home = Home::new();
    let (mut window, wen) = begun(&home, &sim).await;
    let image = attach(&window, &wen, "a.png", &png(9)).await.added[0].id.clone();
    sim.next_fault(On::Send, Fault::status(503, json!({"detail": "busy"})));
    send(&window, &wen, "Look", vec![image.clone()]).await.unwrap();
    window
        .until_talk("it failed", &wen, |talk| talk.last("user").is_some_and(|row| row.state() == Some("failed")))
        .await;
    assert_eq!(kept(window.talk(&wen).last("user").unwrap()), std::slice::from_ref(&image));
    window.retry(&wen, "user").await.unwrap();
    window.over(&wen).await;
    let all = sent(&sim);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0], all[1]);
    assert_eq!(kept(window.talk(&wen).last("user").unwrap()), [image]);
}

#[tokio::test(flavor = "multi_thread")]
async fn written_offline_it_waits_with_its_images_through_a_restart() {
    let sim = Sim::scripted(Script::new().agent("Wen", [Answer::text("Got it.")])).unwrap();
    let home = Home::new();
    let (mut window, wen) = begun(&home, &sim).await;
    let image = attach(&window, &wen, "a.png", &png(9)).await.added[0].id.clone();
    let other = attach(&window, &wen, "b.png", &png(10)).await.added[0].id.clone();
    sim.go_away();
    let profile = window.profiles[0].id.clone();
    window.until("it is noticed", move |window| window.connection(&profile) != Some(&model::Connection::Online)).await;
    send(&window, &wen, "Look", vec![image.clone()]).await.unwrap();
    send(&window, &wen, "And this", vec![other.clone()]).await.unwrap();
    let opened = window.open_id(&wen).await;
    assert!(opened.attachments.is_empty());
    assert_eq!(opened.queue.queued[0].images, std::slice::from_ref(&image));
    // Taken back, it stands in the composer again.
    window.ask(TakeBack { conversation: wen.clone(), id: opened.queue.queued[1].id.clone() }).await.unwrap();
    assert_eq!(ids(&window.open_id(&wen).await.attachments), [other]);
    window.engine.close().await;
    drop(window);
    sim.come_back().unwrap();
    let mut window = home.start().await;
    window.launch().await;
    window.open_id(&wen).await;
    window.until_talk("it went", &wen, |talk| talk.last("assistant").is_some() && talk.is_over()).await;
    assert_eq!(kept(window.talk(&wen).last("user").unwrap()), [image]);
    assert_eq!(sent(&sim).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn images_of_agents_and_tools_are_kept_and_shown_as_we_made_them() {
    let data = STANDARD.encode(png(40));
    let source = json!({"type": "base64", "media_type": "image/png", "data": data});
    let spoken = json!({
        "id": "message-1", "message_type": "assistant_message", "otid": "o-1", "date": "2026-11-20T22:40:19+00:00",
        "content": [{"type": "text", "text": "Here it is."}, {"type": "image", "source": source}],
    });
    let called = json!({
        "id": "message-2", "message_type": "tool_call_message", "otid": "o-2", "date": "2026-11-20T22:40:19+00:00",
        "tool_call": {"name": "draw", "arguments": "{}", "tool_call_id": "call_1"},
    });
    let broken = json!({"type": "base64", "media_type": "image/png", "data": STANDARD.encode(b"<html>no</html>")});
    let returned = json!({
        "id": "message-3", "message_type": "tool_return_message", "otid": "o-3", "date": "2026-11-20T22:40:20+00:00",
        "status": "success", "tool_call_id": "call_1",
        "tool_return": [{"type": "image", "source": source}, {"type": "image", "source": broken}],
    });
    let answer = Answer::of([Step::Event(spoken), Step::Event(called), Step::Event(returned), Step::text("Done.")]);
    let sim = Sim::scripted(Script::new().agent("Wen", [answer])).unwrap();
    let home = Home::new();
    let (mut window, wen) = begun(&home, &sim).await;
    window.send_and_wait(&wen, "Draw").await;
    let talk = window.talk(&wen).clone();
    let spoken = talk.items.iter().find(|item| item.kind() == "assistant").unwrap();
    let image = kept(spoken).pop().unwrap();
    let tool = images(talk.items.iter().find(|item| item.kind() == "tool").unwrap());
    assert_eq!(tool[0].hash(), Some(&image));
    assert!(matches!(tool[1], ImageRef::Inline { .. }), "what is no picture cannot be shown: {:?}", tool[1]);

    let shown = window.engine.image(&format!("image://localhost/{image}")).await.unwrap();
    assert_eq!(pictures::measure(&shown.bytes).unwrap(), pictures::measure(&png(40)).unwrap());
    let unknown = tool[1].hash().unwrap();
    for address in [
        format!("image://localhost/{unknown}"),
        format!("image://localhost/{}", "0".repeat(64)),
        "image://localhost/../ours.db".to_owned(),
        "image://localhost/".to_owned(),
    ] {
        assert_eq!(window.engine.image(&address).await, None, "{address}");
    }

    let name = window.ask(SaveImage { image: image.clone() }).await.unwrap().unwrap();
    assert!(name.starts_with("image-") && name.ends_with(".png"), "{name}");
    assert_eq!(home.opened.desk.saved.lock().unwrap().as_slice(), [(name, png(40))]);
    window.ask(CopyImage { image: image.clone() }).await.unwrap();
    assert_eq!(home.opened.desk.copied.lock().unwrap().as_slice(), [pixels(40)]);
    let failure = window.ask(SaveImage { image: ImageId::from("0".repeat(64)) }).await.unwrap_err();
    assert_eq!(failure.message, "This image is no longer on this computer.");
}

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

#[tokio::test(flavor = "multi_thread")]
async fn a_group_takes_no_images_and_says_so() {
    let script = Script::new().agent("Wen", []).agent("Rosa", []).group("Table", &["Wen", "Rosa"], None);
    let sim = Sim::scripted(script).unwrap();
    let home = Home::new();
    let mut window = home.start().await;
    window.launch().await;
    window.connect(&sim.address(), None).await;
    let table = window.open("Table").await;
    let given = Attach { conversation: table.clone(), name: "a.png".to_owned(), base64: STANDARD.encode(png(1)) };
    let failure = window.ask(given).await.unwrap_err();
    assert_eq!(failure.code, Code::Server);
    assert!(failure.message.starts_with("Groups on this server break off"), "{}", failure.message);
}
