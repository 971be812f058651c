//! The pictures in a composer: how they come to it (pasted, dropped, chosen), their order, and how they leave it with a message.

use std::path::PathBuf;

use base64::Engine as _;
use letta::Payload;
use model::{
    Attached, Attachment, Code, ConversationId, ConversationKind, Failure, ImageId, ImageRef, MOST_IMAGES, News,
    Picture, Refused,
};
use pictures::{Limits, Refusal};

use super::{
    blobs,
    files::{self, Given},
};
use crate::{conversation::gone, house::House, options::Pasted, store::StoreError};

/// What a picture without a file is called.
const PASTED: &str = "Pasted image";

/// Attaches what the page got by itself.
pub(crate) async fn attach_base64(
    house: &House,
    to: &ConversationId,
    name: &str,
    base64: &str,
) -> Result<Attached, Failure> {
    // Four letters are three bytes: too many are not even decoded.
    let bytes = if base64.len() as u64 / 4 * 3 > Limits::MESSAGE.most_in {
        let bytes = base64.len() as u64 / 4 * 3;
        Err(Refusal::TooLarge { bytes, most: Limits::MESSAGE.most_in }.to_string())
    } else {
        let decoded = base64::engine::general_purpose::STANDARD.decode(base64.trim());
        decoded.map_err(|_| "The file could not be read.".to_owned())
    };
    let name = if name.trim().is_empty() { PASTED.to_owned() } else { files::named(name) };
    attach(house, to, vec![Given { name, bytes }]).await
}

/// Attaches what is in the clipboard.
pub(crate) async fn paste(house: &House, to: &ConversationId) -> Result<Attached, Failure> {
    may_attach(house, to)?;
    let pasted = house.outside.pasted().await.map_err(|why| Failure::new(Code::Invalid, why))?;
    let given = match pasted {
        Pasted::Nothing => Vec::new(),
        Pasted::Bytes(bytes) => vec![Given { name: PASTED.to_owned(), bytes: Ok(bytes) }],
        Pasted::Pixels(pixels) => {
            let bytes = house.images.work(move || pictures::from_pixels(pixels)).await;
            vec![Given { name: PASTED.to_owned(), bytes }]
        }
        Pasted::Files(paths) => read_all(house, paths).await?,
    };
    attach(house, to, given).await
}

/// Attaches what the user chooses.
pub(crate) async fn choose(house: &House, to: &ConversationId) -> Result<Attached, Failure> {
    may_attach(house, to)?;
    let paths = house.outside.choose_images().await.map_err(|why| Failure::new(Code::Invalid, why))?;
    let given = read_all(house, paths).await?;
    attach(house, to, given).await
}

/// Attaches dropped files to the conversation that the window shows, and tells it.
pub(crate) async fn drop_files(house: &House, paths: Vec<PathBuf>) {
    let Some(to) = house.images.shown.lock().clone() else { return };
    let names: Vec<String> = paths
        .iter()
        .map(|path| files::named(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()))
        .collect();
    let attached = match read_all(house, paths).await {
        Ok(given) => attach(house, &to, given).await,
        Err(failure) => Err(failure),
    };
    let Attached { refused, attachments, .. } = match attached {
        Ok(attached) => attached,
        Err(failure) => Attached {
            added: Vec::new(),
            refused: names.into_iter().map(|name| Refused { name, why: failure.message.clone() }).collect(),
            attachments: house.store.attachments(&to).await.unwrap_or_default(),
        },
    };
    house.listeners.tell(News::Attached { conversation: to, attachments, refused });
}

async fn read_all(house: &House, paths: Vec<PathBuf>) -> Result<Vec<Given>, Failure> {
    let read = house.tasks.spawn_blocking(move || {
        // A few more than may be attached, so that those are refused by name; not a whole disk.
        paths.iter().take(10 * MOST_IMAGES).map(|path| files::read(path)).collect()
    });
    read.await.map_err(|_| super::ended())
}

/// Whether pictures can go to a conversation at all.
fn may_attach(house: &House, to: &ConversationId) -> Result<(), Failure> {
    let row = house.sidebar.row(to).ok_or_else(gone)?;
    if let Some(closed) = row.closed {
        return Err(Failure::new(Code::Server, closed));
    }
    if row.kind == ConversationKind::Group {
        // Recording 0.11.7/group-rr-image: the first member sees it, then the stream fails. Later servers have no groups.
        return Err(Failure::new(
            Code::Server,
            "Groups on this server break off when an image comes. Send it to one agent instead.",
        ));
    }
    Ok(())
}

async fn attach(house: &House, to: &ConversationId, given: Vec<Given>) -> Result<Attached, Failure> {
    may_attach(house, to)?;
    let _alone = house.images.composing.lock().await;
    let mut list = house.store.attachments(to).await.map_err(|error| not_saved(&error))?;
    let (mut added, mut refused) = (Vec::new(), Vec::new());
    for Given { name, bytes } in given {
        let attachment = match bytes {
            _ if list.len() >= MOST_IMAGES => Err(format!("Up to {MOST_IMAGES} images go with one message.")),
            Ok(bytes) => make(house, name.clone(), bytes).await,
            Err(why) => Err(why),
        };
        match attachment {
            Ok(attachment) if list.iter().any(|other| other.id == attachment.id) => {
                refused.push(Refused { name, why: "It is attached already.".to_owned() });
            }
            Ok(attachment) => {
                list.push(attachment.clone());
                added.push(attachment);
            }
            Err(why) => refused.push(Refused { name, why }),
        }
    }
    if !added.is_empty() {
        put(house, to, &list).await?;
    }
    Ok(Attached { added, refused, attachments: list })
}

/// Makes a picture ready to go and keeps it.
async fn make(house: &House, name: String, bytes: Vec<u8>) -> Result<Attachment, String> {
    let was_bytes = bytes.len() as u64;
    let ready = house.images.work(move || pictures::prepare(&bytes, &Limits::MESSAGE)).await?;
    let (media_type, bytes) = (ready.format.media_type().to_owned(), ready.bytes.len() as u64);
    let id = house.images.keep(ready.bytes).await.map_err(|failure| failure.message)?;
    let (width, height, note) = (ready.width, ready.height, ready.note);
    Ok(Attachment { id, name, media_type, width, height, bytes, was_bytes, note })
}

/// Takes one out.
pub(crate) async fn detach(house: &House, of: &ConversationId, image: &ImageId) -> Result<Vec<Attachment>, Failure> {
    change(house, of, |list| list.retain(|attachment| attachment.id != *image)).await
}

/// Puts them in this order.
pub(crate) async fn reorder(house: &House, of: &ConversationId, order: &[ImageId]) -> Result<Vec<Attachment>, Failure> {
    // Stable: those that are not named keep their order behind the others.
    let place = |attachment: &Attachment| order.iter().position(|image| *image == attachment.id).unwrap_or(usize::MAX);
    change(house, of, |list| list.sort_by_key(place)).await
}

/// They have left with a message. What each of them was called, in the order in which they were sent; empty where it was not attached.
pub(crate) async fn without(house: &House, of: &ConversationId, sent: &[ImageId]) -> Result<Vec<String>, Failure> {
    let mut names = vec![String::new(); sent.len()];
    if !sent.is_empty() {
        change(house, of, |list| {
            for (image, name) in sent.iter().zip(&mut names) {
                if let Some(attached) = list.iter().find(|attachment| attachment.id == *image) {
                    name.clone_from(&attached.name);
                }
            }
            list.retain(|attachment| !sent.contains(&attachment.id));
        })
        .await?;
    }
    Ok(names)
}

async fn change(
    house: &House,
    of: &ConversationId,
    change: impl FnOnce(&mut Vec<Attachment>),
) -> Result<Vec<Attachment>, Failure> {
    house.sidebar.row(of).ok_or_else(gone)?;
    let _alone = house.images.composing.lock().await;
    let mut list = house.store.attachments(of).await.map_err(|error| not_saved(&error))?;
    let before = list.clone();
    change(&mut list);
    if list != before {
        put(house, of, &list).await?;
    }
    Ok(list)
}

async fn put(house: &House, of: &ConversationId, list: &[Attachment]) -> Result<(), Failure> {
    match house.store.put_attachments(of, list).await {
        // Kept, and written when the disk takes it; the warning is told.
        Ok(()) | Err(StoreError::Waiting { .. }) => Ok(()),
        Err(error) => Err(not_saved(&error)),
    }
}

/// They come back from a message that is not sent after all; the window is told.
pub(crate) async fn put_back(
    house: &House,
    to: &ConversationId,
    images: &[ImageId],
    names: &[String],
) -> Result<(), Failure> {
    if images.is_empty() {
        return Ok(());
    }
    let pictures = outgoing(house, to, images).await?;
    let names = names.iter().map(String::as_str).chain(std::iter::repeat(""));
    let back = pictures.into_iter().zip(names).map(|(Outgoing { picture, .. }, name)| {
        let Picture { image: id, media_type, width, height, bytes } = picture;
        let name = if name.is_empty() { "Image" } else { name }.to_owned();
        Attachment { id, name, media_type, width, height, bytes, was_bytes: bytes, note: None }
    });
    let attachments = change(house, to, |list| {
        for attachment in back {
            if list.len() < MOST_IMAGES && !list.iter().any(|other| other.id == attachment.id) {
                list.push(attachment);
            }
        }
    })
    .await?;
    house.listeners.tell(News::Attached { conversation: to.clone(), attachments, refused: Vec::new() });
    Ok(())
}

/// A picture on its way out: what is sent, and how a row names it.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub payload: Payload,
    pub picture: Picture,
}

/// How a row names them.
pub(crate) fn references(outgoing: &[Outgoing]) -> Vec<ImageRef> {
    outgoing.iter().map(|outgoing| ImageRef::Kept(outgoing.picture.clone())).collect()
}

/// The pictures that go with a message, in order.
pub(crate) async fn outgoing(house: &House, to: &ConversationId, images: &[ImageId]) -> Result<Vec<Outgoing>, Failure> {
    if images.is_empty() {
        return Ok(Vec::new());
    }
    may_attach(house, to)?;
    if images.len() > MOST_IMAGES {
        return Err(Failure::new(Code::Invalid, format!("Up to {MOST_IMAGES} images go with one message.")));
    }
    let mut outgoing = Vec::with_capacity(images.len());
    for image in images {
        let missing = || Failure::new(Code::Invalid, "An image is no longer on this computer. Attach it again.");
        let bytes = house.images.bytes(image).await?.ok_or_else(missing)?;
        let measure = pictures::measure(&bytes).map_err(|_| missing())?;
        let media_type = measure.format.media_type().to_owned();
        let picture = Picture {
            image: image.clone(),
            media_type: media_type.clone(),
            width: measure.width,
            height: measure.height,
            bytes: bytes.len() as u64,
        };
        debug_assert_eq!(blobs::name(&bytes), *image);
        outgoing.push(Outgoing { payload: Payload { hash: image.clone(), media_type, bytes }, picture });
    }
    Ok(outgoing)
}

fn not_saved(error: &StoreError) -> Failure {
    Failure::new(Code::Storage, "The attached images could not be saved.").details(error.to_string())
}
