//! What is kept of pictures: those in composers, those loaded from the web, and which are still named anywhere.

use std::collections::HashSet;

use model::{Attachment, ImageId, ImageRef, Loaded, Picture, ProfileId, SendState};

use super::*;

fn attachment(id: &str) -> Attachment {
    Attachment {
        id: ImageId::from(id),
        name: format!("{id}.png"),
        media_type: "image/png".to_owned(),
        width: 20,
        height: 10,
        bytes: 300,
        was_bytes: 9_000,
        note: (id == "a").then(|| "First frame only, 300 bytes".to_owned()),
    }
}

fn picture(id: &str) -> Picture {
    Picture { image: ImageId::from(id), media_type: "image/png".to_owned(), width: 20, height: 10, bytes: 300 }
}

fn loaded(url: &str, id: &str) -> Loaded {
    Loaded { url: url.to_owned(), picture: picture(id) }
}

#[tokio::test]
async fn a_composer_s_pictures_and_loaded_ones_survive_a_restart_in_order_and_go_with_their_server() {
    let home = Home::new();
    let here = conversation();
    {
        let store = home.open();
        store.put_attachments(&here, &[attachment("b"), attachment("a")]).await.unwrap();
        store.put_loaded(&here, &loaded("https://x.example/1", "c")).await.unwrap();
        store.put_loaded(&here, &loaded("https://x.example/2", "d")).await.unwrap();
        store.put_loaded(&here, &loaded("https://x.example/1", "e")).await.unwrap();
        store.put_always_load(&here, true).await.unwrap();
        store.close().await;
    }
    let store = home.open();
    assert_eq!(store.attachments(&here).await.unwrap(), [attachment("b"), attachment("a")]);
    store.put_attachments(&here, &[attachment("a"), attachment("b")]).await.unwrap();
    assert_eq!(store.attachments(&here).await.unwrap(), [attachment("a"), attachment("b")]);
    let all = [loaded("https://x.example/1", "e"), loaded("https://x.example/2", "d")];
    assert_eq!(store.loaded(&here).await.unwrap(), all);
    assert!(store.always_load(&here).await.unwrap());
    store.put_always_load(&here, false).await.unwrap();
    assert!(!store.always_load(&here).await.unwrap());
    store.put_always_load(&here, true).await.unwrap();

    store.remove_profile(&ProfileId::from("p")).await.unwrap();
    assert!(store.attachments(&here).await.unwrap().is_empty());
    assert!(store.loaded(&here).await.unwrap().is_empty());
    assert!(!store.always_load(&here).await.unwrap());
}

#[tokio::test]
async fn every_picture_that_is_named_anywhere_is_found() {
    let home = Home::new();
    let store = home.open();
    let here = conversation();
    let mut item = item(1, "Look");
    item.content = Content::User {
        text: "\"image\":\"not one\"".to_owned(),
        images: vec![ImageRef::Kept(picture("f")), ImageRef::Kept(picture("g"))],
        state: SendState::Sent,
    };
    store.save(SaveBatch { puts: vec![item], ..SaveBatch::new(here.clone()) }).await.unwrap();
    store.put_attachments(&here, &[attachment("a")]).await.unwrap();
    store.put_loaded(&here, &loaded("https://x.example/1", "c")).await.unwrap();
    let named = store.named_images().await.unwrap();
    let expected: HashSet<ImageId> = ["a", "c", "f", "g"].map(ImageId::from).into();
    assert!(named.is_superset(&expected), "{named:?}");
}
