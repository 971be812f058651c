//! Images on their way into the composer: pasted, chosen, dropped or given; ordered, taken out, or refused by name.

use std::path::PathBuf;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use engine::Pasted;
use model::{
    Attached, Code, ImageId, MOST_IMAGES,
    command::{Attach, ChooseImages, Detach, PasteImages, Reorder},
};
use sim::{Answer, Script, Sim};
use tests::Home;

use super::{attach, begun, ids, kept, names, pixels, png, send, sent};

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
