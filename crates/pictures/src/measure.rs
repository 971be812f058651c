//! What a picture is and how large, from its header alone.

use crate::{Format, Refusal, open::open};

/// A picture's kind and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// By its bytes.
    pub format: Format,
    /// In pixels, as it is to be seen.
    pub width: u32,
    /// In pixels, as it is to be seen.
    pub height: u32,
}

/// Reads the header. What follows it may still be torn, except where that shows without decoding.
///
/// # Errors
/// It is no picture that is taken, or one that is too large to be opened.
pub fn measure(bytes: &[u8]) -> Result<Measure, Refusal> {
    let mut bare = None;
    let opened = open(bytes, &mut bare)?;
    let (width, height) = opened.upright();
    Ok(Measure { format: opened.format, width, height })
}
