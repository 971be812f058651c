//! Decoded pixels: scaled, turned, and encoded without anything but pixels.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{
    DynamicImage, ImageEncoder, RgbImage,
    codecs::{jpeg::JpegEncoder, png::CompressionType, png::FilterType as PngFilter, png::PngEncoder},
    metadata::Orientation,
};

use crate::Refusal;

/// Eight bits a channel, and transparency only where there is some.
pub(crate) fn plain(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return match image {
            gray @ DynamicImage::ImageLuma8(_) => gray,
            other => DynamicImage::ImageRgb8(other.into_rgb8()),
        };
    }
    let image = image.into_rgba8();
    if image.pixels().all(|pixel| pixel.0[3] == u8::MAX) {
        return DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(image).into_rgb8());
    }
    DynamicImage::ImageRgba8(image)
}

/// Scaled down so that its longer side is at most `longest`; never up.
pub(crate) fn fitted(image: DynamicImage, longest: u32) -> Result<DynamicImage, Refusal> {
    let (width, height) = (image.width(), image.height());
    let (fit_width, fit_height) = fit(width, height, longest);
    if (fit_width, fit_height) == (width, height) {
        return Ok(image);
    }
    let mut scaled = DynamicImage::new(fit_width, fit_height, image.color());
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new().resize(&image, &mut scaled, &options).map_err(|_| Refusal::Torn)?;
    Ok(scaled)
}

/// A size within a square of `longest`, in the same proportion, one pixel at least.
pub(crate) fn fit(width: u32, height: u32, longest: u32) -> (u32, u32) {
    let longer = width.max(height);
    if longer <= longest {
        return (width, height);
    }
    let scale = |side: u32| {
        let scaled = (u64::from(side) * u64::from(longest) + u64::from(longer) / 2) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(longest).clamp(1, longest)
    };
    (scale(width), scale(height))
}

/// As it is to be seen.
pub(crate) fn turned(mut image: DynamicImage, orientation: Orientation) -> DynamicImage {
    image.apply_orientation(orientation);
    image
}

/// On white, where it is seen through.
pub(crate) fn flat(image: &DynamicImage) -> DynamicImage {
    let DynamicImage::ImageRgba8(seen_through) = image else { return image.clone() };
    let over_white = |value: u8, alpha: u8| {
        let (value, alpha) = (u16::from(value), u16::from(alpha));
        u8::try_from((value * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = seen_through.get_pixel(x, y).0;
        image::Rgb([red, green, blue].map(|value| over_white(value, alpha)))
    }))
}

/// As PNG.
pub(crate) fn png(image: &DynamicImage) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, PngFilter::Adaptive);
    encoder
        .write_image(image.as_bytes(), image.width(), image.height(), image.color().into())
        .map_err(|_| Refusal::Torn)?;
    Ok(bytes)
}

/// As JPEG; transparency must be gone.
pub(crate) fn jpeg(image: &DynamicImage, quality: u8) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .write_image(image.as_bytes(), image.width(), image.height(), image.color().into())
        .map_err(|_| Refusal::Torn)?;
    Ok(bytes)
}
