//! What bytes are, by their beginning and never by a name or a declared type.

use crate::Refusal;

/// A format that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Also its animated kind, of which the first frame is taken.
    Png,
    /// Baseline and progressive.
    Jpeg,
    /// Lossy and lossless; of animations the first frame.
    Webp,
    /// The first frame.
    Gif,
}

impl Format {
    /// As HTTP and Letta name it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// As files end, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }

    pub(crate) fn of_image(self) -> image::ImageFormat {
        match self {
            Self::Png => image::ImageFormat::Png,
            Self::Jpeg => image::ImageFormat::Jpeg,
            Self::Webp => image::ImageFormat::WebP,
            Self::Gif => image::ImageFormat::Gif,
        }
    }
}

/// So much is looked at for text that is no image.
const LOOK: usize = 1024;

/// What these bytes begin as.
///
/// # Errors
/// They are nothing that is taken.
pub fn sniff(bytes: &[u8]) -> Result<Format, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Format::Png);
    }
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Ok(Format::Jpeg);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok(Format::Webp);
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Ok(Format::Gif);
    }
    Err(refused(bytes))
}

fn refused(bytes: &[u8]) -> Refusal {
    if bytes.get(4..8) == Some(b"ftyp") {
        let brand = bytes.get(8..12).unwrap_or_default();
        return match brand {
            b"avif" | b"avis" => Refusal::Camera { name: "AVIF" },
            b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" => {
                Refusal::Camera { name: "HEIC" }
            }
            _ => Refusal::Other { what: "a video" },
        };
    }
    let known: [(&[u8], Refusal); 9] = [
        (b"%PDF", Refusal::Other { what: "a PDF document" }),
        (b"PK\x03\x04", Refusal::Other { what: "an archive or a document" }),
        (b"BM", Refusal::Foreign { name: "BMP" }),
        (b"II*\0", Refusal::Foreign { name: "TIFF" }),
        (b"MM\0*", Refusal::Foreign { name: "TIFF" }),
        (b"8BPS", Refusal::Foreign { name: "Photoshop" }),
        (b"\0\0\x01\0", Refusal::Foreign { name: "Icon" }),
        (b"\xff\x0a", Refusal::Foreign { name: "JPEG XL" }),
        (b"\0\0\0\x0cJXL ", Refusal::Foreign { name: "JPEG XL" }),
    ];
    if let Some((_, refusal)) = known.into_iter().find(|(begin, _)| bytes.starts_with(begin)) {
        return refusal;
    }
    let text = String::from_utf8_lossy(bytes.get(..LOOK).unwrap_or(bytes)).to_ascii_lowercase();
    if text.contains("<!doctype html") || text.contains("<html") || text.contains("<body") {
        return Refusal::Other { what: "a web page" };
    }
    if text.contains("<svg") {
        return Refusal::Svg;
    }
    let readable = text.chars().all(|letter| letter != '\u{fffd}' && (!letter.is_control() || letter.is_whitespace()));
    if readable { Refusal::Other { what: "text" } } else { Refusal::Unknown }
}
