//! Pictures as the window asks for them, `image://localhost/<hash>?size=320`: only known ones, only as views that were made here. And
//! on their way out again: saved, copied.

use std::sync::Arc;

use bytes::Bytes;
use model::{Code, Failure, ImageId};
use url::Url;

use super::{Images, blobs};
use crate::house::House;

/// The longer side of what fills the window, in pixels.
const WHOLE: u32 = 2_560;
/// The smaller ones there are: a thumbnail, and the same for a finer screen.
const SMALLER: [u32; 2] = [320, 640];

/// A view of a picture, ready for the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// `image/png` or `image/jpeg`, as it is.
    pub media_type: &'static str,
    /// The whole file.
    pub bytes: Bytes,
}

/// What is asked for.
fn asked(address: &str) -> Option<(ImageId, u32)> {
    let address = Url::parse(address).ok()?;
    let image = ImageId::from(address.path().strip_prefix('/')?);
    if !blobs::is_name(&image) {
        return None;
    }
    let mut longest = WHOLE;
    for (name, value) in address.query_pairs() {
        if name != "size" {
            return None;
        }
        let wanted: u32 = value.parse().ok()?;
        longest = SMALLER.into_iter().find(|smaller| wanted <= *smaller).unwrap_or(WHOLE);
    }
    Some((image, longest))
}

impl Images {
    /// What an address of the window's image scheme shows; none for what is unknown or cannot be shown.
    pub(crate) async fn show(&self, address: &str) -> Option<Shown> {
        let (image, longest) = asked(address)?;
        let (blobs, wanted) = (Arc::clone(&self.blobs), image.clone());
        let made = self.tasks.spawn_blocking(move || blobs.view(&wanted, longest)).await.ok()?;
        if let Some(bytes) = made
            && let Ok(format) = pictures::sniff(&bytes)
        {
            return Some(Shown { media_type: format.media_type(), bytes: bytes.into() });
        }
        let bytes = self.bytes(&image).await.ok().flatten()?;
        let view = self.work(move || pictures::view(&bytes, longest)).await;
        let view = view.inspect_err(|why| tracing::info!(%image, why, "an image cannot be shown")).ok()?;
        let shown = Shown { media_type: view.format.media_type(), bytes: view.bytes.into() };
        let (blobs, bytes) = (Arc::clone(&self.blobs), shown.bytes.clone());
        self.tasks.spawn_blocking(move || {
            if let Err(error) = blobs.put_view(&image, longest, &bytes) {
                tracing::info!(%error, "a view of an image is not kept");
            }
        });
        Some(shown)
    }
}

/// Lets the user save a picture, exactly as it came.
pub(crate) async fn save(house: &House, image: &ImageId) -> Result<Option<String>, Failure> {
    let bytes = known(house, image).await?;
    let extension = pictures::sniff(&bytes).map(pictures::Format::extension).unwrap_or("bin");
    let short = image.as_str().get(..8).unwrap_or_default();
    let name = format!("image-{short}.{extension}");
    house.outside.save(&name, bytes.to_vec()).await.map_err(|why| Failure::new(Code::Invalid, why))
}

/// Puts a picture into the clipboard.
pub(crate) async fn copy(house: &House, image: &ImageId) -> Result<(), Failure> {
    let bytes = known(house, image).await?;
    let pixels = house.images.work(move || pictures::pixels(&bytes)).await;
    let pixels = pixels.map_err(|why| Failure::new(Code::Invalid, why))?;
    house.outside.copy_image(pixels).await.map_err(|why| Failure::new(Code::Invalid, why))
}

async fn known(house: &House, image: &ImageId) -> Result<Bytes, Failure> {
    let gone = || Failure::new(Code::Invalid, "This image is no longer on this computer.");
    house.images.bytes(image).await?.ok_or_else(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_pictures_are_asked_for() {
        let image = ImageId::from("ab".repeat(32));
        let at = |rest: &str| asked(&format!("image://localhost/{rest}"));
        assert_eq!(at(image.as_str()), Some((image.clone(), WHOLE)));
        assert_eq!(asked(&format!("http://image.localhost/{image}?size=320")), Some((image.clone(), 320)));
        for (size, longest) in [("1", 320), ("320", 320), ("321", 640), ("5000", WHOLE)] {
            assert_eq!(at(&format!("{image}?size={size}")), Some((image.clone(), longest)));
        }
        for bad in ["", "x", "../ours.db", "%2e%2e/ours.db", "/etc/passwd", "index.html"] {
            assert_eq!(at(bad), None, "{bad}");
        }
        for query in ["size=-1", "size=", "size=1e3", "url=https://evil.example", "size=320&size=x"] {
            assert_eq!(at(&format!("{image}?{query}")), None, "{query}");
        }
        assert_eq!(asked("nonsense"), None);
    }
}
