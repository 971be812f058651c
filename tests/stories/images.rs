//! Images: sent once and the same again, kept over restarts, come back with the history, shown as they were made here. How they get
//! into the composer is `composer`; pictures on the web are `web`.

mod composer;
mod web;

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::Pixels;
use model::{
    Attached, Attachment, Content, ConversationId, ImageId, ImageRef, Item, ToolState,
    command::{Attach, CopyImage, SaveImage, Send, TakeBack},
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
    let back = window.open_id(&wen).await.attachments;
    assert_eq!((ids(&back), names(&back)), (vec![other], vec!["b.png"]));
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
