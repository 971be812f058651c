//! Pictures and a real server: they go as it takes them, and come back from its history as the same ones. Which servers can is
//! `Ability::Pictures`.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::{
    Content, ImageId, ImageRef, Item,
    command::{Attach, Send},
};
use tests::Window;

use super::{Ability, answer, needs, patient, spoken};

fn png(shade: u8) -> Vec<u8> {
    let pixels = engine::Pixels { width: 48, height: 32, rgba: [shade, 90, 200, 255].repeat(48 * 32) };
    pictures::from_pixels(pixels).unwrap()
}

fn kept(item: &Item) -> Vec<ImageId> {
    let Content::User { images, .. } = &item.content else { panic!("{item:?}") };
    let image = |image: &ImageRef| match image {
        ImageRef::Kept(picture) => picture.image.clone(),
        other => panic!("not kept: {other:?}"),
    };
    images.iter().map(image).collect()
}

async fn attach(window: &Window, to: &model::ConversationId, shade: u8) -> ImageId {
    let base64 = STANDARD.encode(png(shade));
    let attach = Attach { conversation: to.clone(), name: format!("{shade}.png"), base64 };
    window.ask(attach).await.unwrap().added[0].id.clone()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a real server"]
async fn images_are_seen_by_the_model_and_come_back_from_history_as_the_same() {
    let Some(real) = needs(&[Ability::Pictures]) else { return };
    let home = patient();
    let (mut window, profile) = real.connected(&home).await;
    let egon = real.open(&mut window, &profile, "Egon").await;
    // A colour of its own for each run, because the server's agent remembers.
    let shade = std::process::id().to_le_bytes()[0];
    let first = attach(&window, &egon, shade).await;
    let second = attach(&window, &egon, shade.wrapping_add(1)).await;
    let images = vec![first.clone(), second.clone()];
    let send =
        Send { conversation: egon.clone(), text: "What is in these pictures?".to_owned(), images: images.clone() };
    window.ask(send).await.unwrap();
    window.over(&egon).await;
    assert!(spoken(answer(&window.talk(&egon).items)).contains("I see 2 picture(s)"), "{}", window.describe());
    assert_eq!(kept(window.talk(&egon).last("user").unwrap()), images);
    // The newest history is looked at again, and changes nothing.
    let before = window.talk(&egon).lines();
    window.open_id(&egon).await;
    window.listen_for(Duration::from_secs(2)).await;
    assert_eq!(window.talk(&egon).lines(), before);
    assert_eq!(kept(window.talk(&egon).last("user").unwrap()), images);

    let elsewhere = patient();
    let (mut window, profile) = real.connected(&elsewhere).await;
    let egon = real.open(&mut window, &profile, "Egon").await;
    window
        .until_talk("the history has them", &egon, |talk| {
            talk.last("user")
                .is_some_and(|user| matches!(&user.content, Content::User { images, .. } if !images.is_empty()))
        })
        .await;
    assert_eq!(kept(window.talk(&egon).last("user").unwrap()), images, "the server keeps the very bytes");
    for image in images {
        assert!(window.engine.image(&format!("image://localhost/{image}?size=320")).await.is_some());
    }
}
