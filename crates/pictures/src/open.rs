//! Decoding within bounds: what a file declares is read and judged before anything is made of it.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, metadata::Orientation};

use crate::{
    Format, Refusal,
    bare::{Bare, bare},
    sniff,
};

/// The most pixels that are decoded.
pub(crate) const MOST_PIXELS: u64 = 64_000_000;
/// The longest side that is decoded.
const MOST_SIDE: u32 = 16_384;
/// The most memory that decoded pixels may take.
const MOST_MEMORY: u64 = 256 << 20;

/// A picture whose header was read and found to be within bounds.
pub(crate) struct Opened<'a> {
    pub format: Format,
    /// As stored, before it is turned.
    pub width: u32,
    pub height: u32,
    /// How it is to be turned.
    pub orientation: Orientation,
    /// It is an animation, of which only the first frame is taken.
    pub moves: bool,
    decoder: Box<dyn ImageDecoder + 'a>,
}

/// Reads what a picture declares.
pub(crate) fn open<'a>(bytes: &'a [u8], bare_bytes: &'a mut Option<Bare<'a>>) -> Result<Opened<'a>, Refusal> {
    let format = sniff(bytes)?;
    let bare = bare_bytes.insert(bare(bytes, format)?);
    let mut reader = ImageReader::with_format(Cursor::new(bare.bytes.as_ref()), format.of_image());
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(2 * MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Refusal::Torn);
    }
    if u64::from(width) * u64::from(height) > MOST_PIXELS || width.max(height) > MOST_SIDE {
        return Err(Refusal::TooManyPixels { width, height });
    }
    // The limits above are not kept by every decoder.
    if decoder.total_bytes() > MOST_MEMORY {
        return Err(Refusal::TooMuchMemory { bytes: decoder.total_bytes() });
    }
    // A turn that cannot be read is none.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok(Opened { format, width, height, orientation, moves: bare.moves, decoder: Box::new(decoder) })
}

impl Opened<'_> {
    /// Width and height as it is to be seen.
    pub(crate) fn upright(&self) -> (u32, u32) {
        if is_sideways(self.orientation) { (self.height, self.width) } else { (self.width, self.height) }
    }

    /// Decodes it, as stored.
    pub(crate) fn decode(self) -> Result<DynamicImage, Refusal> {
        DynamicImage::from_decoder(self.decoder).map_err(|error| refused(&error))
    }
}

/// Whether a turn changes width and height.
fn is_sideways(orientation: Orientation) -> bool {
    match orientation {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            true
        }
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => false,
    }
}

fn refused(error: &ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => Refusal::TooMuchMemory { bytes: 2 * MOST_MEMORY },
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::Unsupported(_)
        | ImageError::IoError(_) => Refusal::Torn,
    }
}
