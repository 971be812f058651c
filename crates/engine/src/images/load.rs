//! Loading pictures on the web: only when the reader asks, by us and never by the page, https only, each hop checked, bounded, decoded
//! and encoded anew. What may be connected to at all is `web`.

use std::{sync::Arc, time::Duration};

use markdown::{Block, Inline};
use model::{Code, Content, ConversationId, Failure, ImageRef, Item, Loaded, News, Picture, ToolState};
use url::Url;

use super::web::{Fetched, Web};
use crate::{house::House, store::StoreError};

/// Longest wait for a picture, all hops together.
const PATIENCE: Duration = Duration::from_secs(5);
/// Redirects that are followed.
const HOPS: usize = 4;
/// The longer side of what is kept, in pixels.
const LONGEST: u32 = 2_560;
/// Loaded unasked from one conversation at a time.
const MOST_UNASKED: usize = 20;

/// The address of a picture that an item names.
pub(crate) fn address(item: &Item, index: usize) -> Result<String, Failure> {
    match named(item).into_iter().nth(index) {
        Some(ImageRef::Remote { url }) => Ok(url),
        Some(ImageRef::Kept(_)) => Err(Failure::new(Code::Invalid, "This image is here already.")),
        Some(ImageRef::Stored { .. } | ImageRef::Inline { .. }) => {
            Err(Failure::new(Code::Server, "The server does not give this image out."))
        }
        None => Err(Failure::new(Code::Conflict, "This image is no longer there.")),
    }
}

/// The pictures that an item names, from 0: those of its list, then those in its Markdown.
fn named(item: &Item) -> Vec<ImageRef> {
    match &item.content {
        Content::User { images, .. } => images.clone(),
        Content::Assistant { text, images, .. } => {
            let mut named = images.clone();
            named.extend(in_markdown(text).into_iter().map(|url| ImageRef::Remote { url }));
            named
        }
        Content::Tool(call) => match &call.state {
            ToolState::Returned(returned) => returned.images.clone(),
            ToolState::Writing
            | ToolState::Running
            | ToolState::AwaitingApproval
            | ToolState::Deciding
            | ToolState::Denied
            | ToolState::Stopped
            | ToolState::Interrupted => Vec::new(),
        },
        Content::Reasoning { .. } | Content::Notice(_) | Content::Error(_) | Content::Gap | Content::Round { .. } => {
            Vec::new()
        }
    }
}

/// The addresses on the web among them.
pub(crate) fn urls(item: &Item) -> Vec<String> {
    named(item)
        .into_iter()
        .filter_map(|image| match image {
            ImageRef::Remote { url } => Some(url),
            ImageRef::Kept(_) | ImageRef::Stored { .. } | ImageRef::Inline { .. } => None,
        })
        .collect()
}

fn in_markdown(text: &str) -> Vec<String> {
    // What has none is not parsed.
    if !text.contains("![") {
        return Vec::new();
    }
    let mut urls = Vec::new();
    markdown::parse(text).iter().for_each(|block| of_block(block, &mut urls));
    urls
}

fn of_block(block: &Block, urls: &mut Vec<String>) {
    match block {
        Block::Paragraph(content) | Block::Heading { content, .. } => of_line(content, urls),
        Block::List { items, .. } => items.iter().flat_map(|item| &item.blocks).for_each(|block| of_block(block, urls)),
        Block::Quote(blocks) | Block::Footnote { blocks, .. } => blocks.iter().for_each(|block| of_block(block, urls)),
        Block::Table { head, rows, .. } => {
            head.iter().chain(rows.iter().flatten()).for_each(|cell| of_line(cell, urls));
        }
        Block::Code { .. } | Block::Rule => {}
    }
}

fn of_line(line: &[Inline], urls: &mut Vec<String>) {
    for inline in line {
        match inline {
            Inline::Image { url, .. } => urls.push(url.clone()),
            Inline::Strong(content) | Inline::Emphasis(content) | Inline::Strike(content) => of_line(content, urls),
            Inline::Link { content, .. } => of_line(content, urls),
            Inline::Text(_) | Inline::Code(_) | Inline::SoftBreak | Inline::HardBreak => {}
        }
    }
}

/// Loads a picture that a conversation names. One that was loaded there before is not fetched again.
pub(crate) async fn load(house: &House, of: &ConversationId, url: &str) -> Result<Loaded, Failure> {
    let _room = house.images.loading.acquire().await;
    let before = house.store.loaded(of).await.unwrap_or_default();
    if let Some(loaded) = before.into_iter().find(|loaded| loaded.url == url)
        && house.images.bytes(&loaded.picture.image).await?.is_some()
    {
        return Ok(loaded);
    }
    let bytes = fetch(house.web.as_ref(), url).await.map_err(|why| not_loaded(&why))?;
    let view = house.images.work(move || pictures::view(&bytes, LONGEST)).await.map_err(|why| not_loaded(&why))?;
    let (bytes, media_type) = (view.bytes.len() as u64, view.format.media_type().to_owned());
    let image = house.images.keep(view.bytes).await?;
    let picture = Picture { image, media_type, width: view.width, height: view.height, bytes };
    let loaded = Loaded { url: url.to_owned(), picture };
    match house.store.put_loaded(of, &loaded).await {
        Ok(()) | Err(StoreError::Waiting { .. }) => Ok(loaded),
        Err(error) => Err(Failure::new(Code::Storage, "The image could not be saved.").details(error.to_string())),
    }
}

/// Loads those that the reader wants always, one after the other, and tells the window of each.
pub(crate) async fn load_all(house: Arc<House>, of: ConversationId, urls: Vec<String>) {
    for url in urls.into_iter().take(MOST_UNASKED) {
        match load(&house, &of, &url).await {
            Ok(_) => {
                let loaded = house.store.loaded(&of).await.unwrap_or_default();
                house.listeners.tell(News::Loaded { conversation: of.clone(), loaded });
            }
            Err(failure) => tracing::info!(conversation = %of, why = failure.message, "not loaded unasked"),
        }
    }
}

fn not_loaded(why: &str) -> Failure {
    Failure::new(Code::Invalid, format!("The image was not loaded. {why}"))
}

/// Fetches the bytes behind an address.
pub(super) async fn fetch(web: &dyn Web, url: &str) -> Result<Vec<u8>, String> {
    match tokio::time::timeout(PATIENCE, hops(web, url)).await {
        Ok(fetched) => fetched,
        Err(_) => Err(format!("The server took longer than {} s.", PATIENCE.as_secs())),
    }
}

async fn hops(web: &dyn Web, url: &str) -> Result<Vec<u8>, String> {
    let mut at = allowed(Url::parse(url).map_err(|_| "Its address makes no sense.".to_owned())?)?;
    for _ in 0..=HOPS {
        match web.get(&at).await? {
            Fetched::Bytes(bytes) => return Ok(bytes),
            Fetched::Elsewhere(location) => {
                let next = at.join(&location).map_err(|_| "The server's answer makes no sense.".to_owned())?;
                at = allowed(next)?;
            }
        }
    }
    Err("The server sends from place to place.".to_owned())
}

/// An address that may be asked: https, to a place, without a name or password in it. What is behind a number or a mark stays here.
fn allowed(mut url: Url) -> Result<Url, String> {
    if url.scheme() != "https" {
        return Err("Only https addresses are loaded.".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("Its address has a user name in it.".to_owned());
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("Its address names no place.".to_owned());
    }
    url.set_fragment(None);
    Ok(url)
}
