//! Files of images: those that the demo shows, small ones of every kind, and hostile ones.

use std::{fs, io};

use image::{DynamicImage, ImageFormat};

use super::root;

/// The same files as the tests of `pictures` have.
#[allow(clippy::unwrap_used, dead_code, reason = "the tests' own, which may panic; not all are seeds")]
#[path = "../../../crates/pictures/tests/bytes/made.rs"]
mod made;

/// How large the pixels of a seed are, so that each byte of it matters.
const WIDE: u32 = 24;
const HIGH: u32 = 16;

/// Each with its name.
///
/// # Errors
/// If the checkout cannot be read.
pub(super) fn pictures() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = shown()?;
    files.extend(kinds());
    files.extend((1..=8).map(|turn| (format!("photo-{turn}"), made::photo(made::corners(WIDE, HIGH), turn))));
    files.extend(hostile());
    Ok(files)
}

/// What the demo's agents send.
fn shown() -> io::Result<Vec<(String, Vec<u8>)>> {
    let demo = root().join("crates/sim/src/demo/pictures");
    ["proof.png", "trunks.png"].iter().map(|name| Ok((format!("demo-{name}"), fs::read(demo.join(name))?))).collect()
}

/// Every kind of pixels in every format that has it.
fn kinds() -> Vec<(String, Vec<u8>)> {
    let drawn = DynamicImage::from(made::corners(WIDE, HIGH));
    let glass = DynamicImage::from(made::glass(WIDE, HIGH));
    let mut files = vec![
        ("noise.png".to_owned(), made::png(made::noise(WIDE, HIGH))),
        ("noise.jpg".to_owned(), made::jpeg(made::noise(WIDE, HIGH))),
        ("noise.webp".to_owned(), made::webp(made::noise(WIDE, HIGH))),
        ("gray.jpg".to_owned(), made::jpeg(drawn.to_luma8())),
        ("glass.png".to_owned(), made::png(glass.clone())),
        ("glass.webp".to_owned(), made::webp(glass.clone())),
        ("glass.gif".to_owned(), made::encoded(glass, ImageFormat::Gif)),
        ("one.gif".to_owned(), made::gif(WIDE, HIGH, 1)),
        ("three.gif".to_owned(), made::gif(WIDE, HIGH, 3)),
        ("line.png".to_owned(), made::png(made::corners(700, 1))),
    ];
    let deep = [
        ("gray", DynamicImage::from(drawn.to_luma8())),
        ("gray-glass", DynamicImage::from(drawn.to_luma_alpha8())),
        ("gray-deep", DynamicImage::from(drawn.to_luma16())),
        ("colour", drawn.clone()),
        ("colour-deep", DynamicImage::from(drawn.to_rgb16())),
        ("glass-deep", DynamicImage::from(drawn.to_rgba16())),
    ];
    files.extend(deep.into_iter().map(|(name, image)| (format!("{name}.png"), made::png(image))));
    files
}

/// They boast, hide something, end early, or are something else.
fn hostile() -> Vec<(String, Vec<u8>)> {
    let drawn = || made::corners(WIDE, HIGH);
    let mut text = b"Comment\0\0".to_vec();
    text.extend_from_slice(&made::packed_zeros(1));
    let hidden = [
        made::chunk(b"zTXt", &text),
        made::chunk(b"iCCP", &text),
        made::chunk(b"tEXt", b"Comment\0taken at home"),
        made::chunk(b"eXIf", &made::exif(6)),
    ];
    let torn = |bytes: Vec<u8>| bytes[..bytes.len() * 2 / 3].to_vec();
    let files = [
        ("boast", made::boast(12_000, 11_000)),
        ("boast-memory", made::boast(8_000, 7_900)),
        ("boast-line", made::boast(1, 20_000)),
        ("boast-most", made::boast(u32::MAX, u32::MAX)),
        ("nothing", made::boast(0, 10)),
        ("hiding.png", made::png_with(drawn(), &hidden)),
        ("torn.png", torn(made::png(drawn()))),
        ("torn.jpg", torn(made::jpeg(drawn()))),
        ("torn.webp", torn(made::webp(drawn()))),
        ("torn.gif", torn(made::gif(WIDE, HIGH, 2))),
        ("page", b"<!DOCTYPE html><html><body>Not found</body></html>".to_vec()),
        ("drawing", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()),
        ("video", b"\0\0\0\x18ftypmp42\0\0\0\0".to_vec()),
        ("camera", b"\0\0\0\x18ftypheic\0\0\0\0".to_vec()),
    ];
    files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}
