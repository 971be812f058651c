//! What must hold before a decoder sees the bytes: a PNG without the parts that are no pixels (texts and profiles may unpack to
//! gigabytes, and tell where a photo was taken), a JPEG and a WebP that end where they say.

use std::borrow::Cow;

use crate::{Format, Refusal};

const SIGNATURE: usize = 8;
/// Length, name and checksum.
const AROUND: usize = 12;
/// The turn of a photo stands at its beginning.
const MOST_EXIF: usize = 64 * 1024;

/// The bytes that a decoder may see.
///
/// # Errors
/// They end too early.
pub(crate) fn bare(bytes: &[u8], format: Format) -> Result<Bare<'_>, Refusal> {
    match format {
        Format::Png => png(bytes),
        Format::Jpeg if has_jpeg_end(bytes) => Ok(Bare { bytes: Cow::Borrowed(bytes), moves: false }),
        Format::Webp => webp(bytes),
        // Its frames follow one another; the decoder finds the end of the first.
        Format::Gif => Ok(Bare { bytes: Cow::Borrowed(bytes), moves: has_second_frame(bytes) }),
        Format::Jpeg => Err(Refusal::Torn),
    }
}

/// What a decoder may see.
pub(crate) struct Bare<'a> {
    pub bytes: Cow<'a, [u8]>,
    /// It is an animation.
    pub moves: bool,
}

/// Only what makes pixels: the header, the palette, transparency, the pixels, and the turn of a photo.
fn png(bytes: &[u8]) -> Result<Bare<'_>, Refusal> {
    let mut kept = bytes.get(..SIGNATURE).ok_or(Refusal::Torn)?.to_vec();
    let mut rest = bytes.get(SIGNATURE..).unwrap_or_default();
    let mut moves = false;
    loop {
        let length = rest.get(..4).and_then(|length| length.try_into().ok()).map(u32::from_be_bytes);
        let length = usize::try_from(length.ok_or(Refusal::Torn)?).map_err(|_| Refusal::Torn)?;
        let whole = length.checked_add(AROUND).ok_or(Refusal::Torn)?;
        let chunk = rest.get(..whole).ok_or(Refusal::Torn)?;
        rest = &rest[whole..];
        match &chunk[4..8] {
            b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" => kept.extend_from_slice(chunk),
            b"eXIf" if length <= MOST_EXIF => kept.extend_from_slice(chunk),
            b"acTL" => moves = true,
            b"IEND" => {
                kept.extend_from_slice(chunk);
                return Ok(Bare { bytes: Cow::Owned(kept), moves });
            }
            _ => {}
        }
    }
}

/// Within the pixels of a JPEG 0xFF is never followed by what ends it, so that an end after the first scan is the end.
fn has_jpeg_end(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some([0xff, marker]) = bytes.get(at..at + 2) else { return false };
        match marker {
            // Padding, and markers without a length.
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            0xda => break,
            _ => {
                let Some(length) = bytes.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
            }
        }
    }
    bytes.get(at..).is_some_and(|scans| scans.windows(2).any(|two| two == [0xff, 0xd9]))
}

fn webp(bytes: &[u8]) -> Result<Bare<'_>, Refusal> {
    let length = bytes.get(4..8).and_then(|length| length.try_into().ok()).map(u32::from_le_bytes);
    let length = usize::try_from(length.ok_or(Refusal::Torn)?).map_err(|_| Refusal::Torn)?;
    if length.checked_add(8).is_none_or(|whole| whole > bytes.len()) {
        return Err(Refusal::Torn);
    }
    // The extended header's second bit.
    let moves = bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & 0b10 != 0);
    Ok(Bare { bytes: Cow::Borrowed(bytes), moves })
}

/// Whether a GIF goes on after its first frame.
fn has_second_frame(bytes: &[u8]) -> bool {
    frames(bytes).is_none_or(|frames| frames > 1)
}

/// Frames of a GIF, two at most; none if it ends before it says so.
fn frames(bytes: &[u8]) -> Option<usize> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + table(*bytes.get(10)?);
    let mut frames = 0;
    loop {
        match bytes.get(at)? {
            0x21 => at = after_blocks(bytes, at + 2)?,
            0x2c => {
                frames += 1;
                if frames == 2 {
                    return Some(frames);
                }
                at = after_blocks(bytes, at + 11 + table(*bytes.get(at + 9)?))?;
            }
            _ => return Some(frames),
        }
    }
}

fn after_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}
