//! Bare pixels, as clipboards give and take them.

use image::{DynamicImage, RgbaImage};

use crate::{
    Refusal,
    encode::{plain, png, turned},
    open::{MOST_PIXELS, open},
};

/// A picture as red, green, blue and alpha, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Four bytes a pixel.
    pub rgba: Vec<u8>,
}

/// Decodes a picture, upright.
///
/// # Errors
/// It cannot be opened.
pub fn pixels(bytes: &[u8]) -> Result<Pixels, Refusal> {
    let mut bare = None;
    let opened = open(bytes, &mut bare)?;
    let orientation = opened.orientation;
    let image = turned(opened.decode()?, orientation).into_rgba8();
    Ok(Pixels { width: image.width(), height: image.height(), rgba: image.into_raw() })
}

/// Encodes pixels as PNG.
///
/// # Errors
/// They are none, too many, or not as many as they say.
pub fn from_pixels(pixels: Pixels) -> Result<Vec<u8>, Refusal> {
    let Pixels { width, height, rgba } = pixels;
    if width == 0 || height == 0 {
        return Err(Refusal::Empty);
    }
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Refusal::TooManyPixels { width, height });
    }
    if rgba.len() as u64 != 4 * u64::from(width) * u64::from(height) {
        return Err(Refusal::Torn);
    }
    let image = RgbaImage::from_raw(width, height, rgba).ok_or(Refusal::Torn)?;
    png(&plain(DynamicImage::ImageRgba8(image)))
}
