//! A picture made ready to be shown: decoded here and encoded anew, so that nobody else's bytes reach the web view's decoders.

use crate::{
    Format, Refusal,
    encode::{fitted, flat, jpeg, plain, png, turned},
    open::open,
};

/// Above this a sharp picture is shown as JPEG, in pixels.
const MOST_SHARP: u32 = 2_000_000;

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// PNG or JPEG.
    pub format: Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// A view of a picture whose longer side is at most `longest`.
///
/// # Errors
/// It cannot be shown.
pub fn view(bytes: &[u8], longest: u32) -> Result<View, Refusal> {
    let mut bare = None;
    let opened = open(bytes, &mut bare)?;
    let (format, orientation) = (opened.format, opened.orientation);
    let image = turned(fitted(plain(opened.decode()?), longest)?, orientation);
    let (width, height) = (image.width(), image.height());
    let sharp = image.color().has_alpha()
        || match format {
            Format::Png | Format::Gif => width.saturating_mul(height) <= MOST_SHARP,
            Format::Jpeg | Format::Webp => false,
        };
    let (format, bytes) = if sharp { (Format::Png, png(&image)?) } else { (Format::Jpeg, jpeg(&flat(&image), 88)?) };
    Ok(View { bytes, format, width, height })
}
