//! Pictures made for the tests, byte by byte where it matters.

use std::io::Cursor;

use image::{DynamicImage, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

/// Red at the top left, green at the top right, blue at the bottom left, white else.
pub fn corners(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| match (x < width / 2, y < height / 2) {
        (true, true) => Rgb([250, 10, 10]),
        (false, true) => Rgb([10, 250, 10]),
        (true, false) => Rgb([10, 10, 250]),
        (false, false) => Rgb([250, 250, 250]),
    })
}

/// Like a photo: nothing in it repeats.
pub fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 0x2545_f491_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [a, b, c, _] = state.to_le_bytes();
        Rgb([a, b, c])
    })
}

/// Clear on the left, solid on the right.
pub fn glass(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, _| Rgba([0, 0, 200, if x < width / 2 { 0 } else { 255 }]))
}

pub fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    encoded(image, ImageFormat::Png)
}

pub fn jpeg(image: impl Into<DynamicImage>) -> Vec<u8> {
    encoded(image, ImageFormat::Jpeg)
}

pub fn webp(image: impl Into<DynamicImage>) -> Vec<u8> {
    encoded(image, ImageFormat::WebP)
}

/// With this many frames, each of another colour.
pub fn gif(width: u32, height: u32, frames: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    for nth in 0..frames {
        let image = RgbaImage::from_pixel(width, height, Rgba([nth * 60, 200, 10, 255]));
        encoder.encode_frame(image::Frame::new(image)).unwrap();
    }
    drop(encoder);
    bytes
}

/// What a camera writes beside the pixels: how it was held, and where.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    // Two entries: the orientation, and where the GPS block stands.
    tiff.extend_from_slice(&2u16.to_le_bytes());
    tiff.extend_from_slice(&[0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend_from_slice(&[0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend_from_slice(&[0, 0, 0, 0]);
    tiff.extend_from_slice(b"GPS 41.1579 N 8.6291 W");
    tiff
}

/// A JPEG as a camera writes it.
pub fn photo(image: impl Into<DynamicImage>, orientation: u8) -> Vec<u8> {
    let plain = jpeg(image);
    let mut segment = b"Exif\0\0".to_vec();
    segment.extend_from_slice(&exif(orientation));
    let mut bytes = plain[..2].to_vec();
    bytes.extend_from_slice(&[0xff, 0xe1]);
    bytes.extend_from_slice(&u16::try_from(segment.len() + 2).unwrap().to_be_bytes());
    bytes.extend_from_slice(&segment);
    bytes.extend_from_slice(&plain[2..]);
    bytes
}

/// One part of a PNG.
pub fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = u32::try_from(content.len()).unwrap().to_be_bytes().to_vec();
    chunk.extend_from_slice(name);
    chunk.extend_from_slice(content);
    let crc = crc(&chunk[4..]);
    chunk.extend_from_slice(&crc.to_be_bytes());
    chunk
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

/// A PNG with parts put in before its pixels.
pub fn png_with(image: impl Into<DynamicImage>, parts: &[Vec<u8>]) -> Vec<u8> {
    let plain = png(image);
    // The signature and the header.
    let mut bytes = plain[..33].to_vec();
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes.extend_from_slice(&plain[33..]);
    bytes
}

/// A PNG of some 65 bytes that declares so many pixels of eight bytes each.
pub fn boast(width: u32, height: u32) -> Vec<u8> {
    let mut header = width.to_be_bytes().to_vec();
    header.extend_from_slice(&height.to_be_bytes());
    header.extend_from_slice(&[16, 6, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend_from_slice(&chunk(b"IHDR", &header));
    bytes.extend_from_slice(&chunk(b"IDAT", &[0x78, 0x9c, 0x03, 0, 0, 0, 0, 1]));
    bytes.extend_from_slice(&chunk(b"IEND", &[]));
    bytes
}

/// Zeros by the megabyte, as PNG packs them.
pub fn packed_zeros(megabytes: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let zeros = vec![0; (megabytes as usize) << 20];
    image::codecs::png::PngEncoder::new(&mut bytes)
        .write_image(&zeros, 1 << 10, megabytes << 10, image::ExtendedColorType::L8)
        .unwrap();
    let at = bytes.windows(4).position(|four| four == b"IDAT").unwrap();
    let length = u32::from_be_bytes(bytes[at - 4..at].try_into().unwrap()) as usize;
    bytes[at + 4..at + 4 + length].to_vec()
}
