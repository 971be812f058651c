//! A picture made ready to go with a message: upright, without anything but pixels, no larger than models take.

use image::{DynamicImage, metadata::Orientation};

use crate::{
    Format, Refusal,
    encode::{fitted, flat, jpeg, plain, png, turned},
    open::open,
    refusal::{grouped, size},
};

/// How large a picture may come in and go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes that are looked at.
    pub most_in: u64,
    /// The longer side of what goes out, in pixels.
    pub longest: u32,
    /// The most bytes that go out.
    pub most_out: u64,
}

impl Limits {
    /// For a message. 2,000 pixels, because Anthropic refuses more where a talk has over twenty pictures in it, and models see no
    /// finer than about 1,600; 2 MB, because ten of them in base64 stay below the 32 MB of a request and each below 5 MB.
    pub const MESSAGE: Self = Self { most_in: 40_000_000, longest: 2_000, most_out: 2_000_000 };
}

/// Qualities that are tried, the best first.
const QUALITIES: [u8; 3] = [90, 82, 72];

/// A picture ready to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// What goes.
    pub bytes: Vec<u8>,
    /// What it is: PNG or JPEG.
    pub format: Format,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// What one could see of the change, in the user's words; none: nothing.
    pub note: Option<String>,
}

/// Makes a picture ready to go. The same bytes give the same bytes.
///
/// # Errors
/// Why it is not taken.
pub fn prepare(bytes: &[u8], limits: &Limits) -> Result<Prepared, Refusal> {
    let length = bytes.len() as u64;
    if length > limits.most_in {
        return Err(Refusal::TooLarge { bytes: length, most: limits.most_in });
    }
    let mut bare = None;
    let opened = open(bytes, &mut bare)?;
    let (format, orientation, moves, before) = (opened.format, opened.orientation, opened.moves, opened.upright());
    let whole = plain(opened.decode()?);
    let sharp = match format {
        Format::Png | Format::Gif => true,
        Format::Jpeg | Format::Webp => whole.color().has_alpha(),
    };
    let image = upright(whole, orientation, limits.longest)?;
    let mut ready = encoded(image, sharp, limits)?;
    ready.note = note(&ready, before, moves);
    Ok(ready.prepared())
}

/// Scaled before it is turned, which is less work.
fn upright(image: DynamicImage, orientation: Orientation, longest: u32) -> Result<DynamicImage, Refusal> {
    Ok(turned(fitted(image, longest)?, orientation))
}

/// Encoded, and what was given up for it.
struct Ready {
    bytes: Vec<u8>,
    format: Format,
    width: u32,
    height: u32,
    /// Transparency became white.
    flattened: bool,
    note: Option<String>,
}

impl Ready {
    fn of(image: &DynamicImage, format: Format, bytes: Vec<u8>, flattened: bool) -> Self {
        Self { bytes, format, width: image.width(), height: image.height(), flattened, note: None }
    }

    fn prepared(self) -> Prepared {
        let Self { bytes, format, width, height, note, flattened: _ } = self;
        Prepared { bytes, format, width, height, note }
    }
}

/// Sharp ones stay as they are if they are small enough; else quality is given up, and then size.
fn encoded(image: DynamicImage, sharp: bool, limits: &Limits) -> Result<Ready, Refusal> {
    let fits = |bytes: &Vec<u8>| bytes.len() as u64 <= limits.most_out;
    if sharp {
        let bytes = png(&image)?;
        if fits(&bytes) {
            return Ok(Ready::of(&image, Format::Png, bytes, false));
        }
    }
    let flattened = image.color().has_alpha();
    let mut image = if flattened { flat(&image) } else { image };
    loop {
        for quality in QUALITIES {
            let bytes = jpeg(&image, quality)?;
            if fits(&bytes) {
                return Ok(Ready::of(&image, Format::Jpeg, bytes, flattened));
            }
        }
        let longer = image.width().max(image.height());
        if longer <= 1 {
            return Err(Refusal::TooLarge { bytes: u64::from(longer), most: limits.most_out });
        }
        image = fitted(image, longer * 3 / 4)?;
    }
}

fn note(ready: &Ready, before: (u32, u32), moves: bool) -> Option<String> {
    let mut said = Vec::new();
    if (ready.width, ready.height) != before {
        said.push(format!("Scaled to {} × {}", grouped(ready.width), grouped(ready.height)));
    }
    if moves {
        said.push(if said.is_empty() { "First frame only" } else { "first frame only" }.to_owned());
    }
    if ready.flattened {
        said.push(if said.is_empty() { "On white" } else { "on white" }.to_owned());
    }
    if said.is_empty() {
        return None;
    }
    said.push(size(ready.bytes.len() as u64));
    Some(said.join(", "))
}
