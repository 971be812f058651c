//! Why a picture is not taken, in the user's words: the fact, and the way out where there is one.

use thiserror::Error;

use crate::open::MOST_PIXELS;

/// Why a picture is not taken. Displayed as whole sentences.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No bytes at all.
    #[error("The file is empty.")]
    Empty,
    /// More bytes than are looked at.
    #[error("It has {}; up to {} can be taken.", size(*.bytes), size(*.most))]
    TooLarge {
        /// How many it has.
        bytes: u64,
        /// How many may be.
        most: u64,
    },
    /// More pixels than are decoded, as it declares itself.
    #[error("It says that it has {} × {} pixels; up to {} million can be opened.", grouped(*.width), grouped(*.height), MOST_PIXELS / 1_000_000)]
    TooManyPixels {
        /// As declared.
        width: u32,
        /// As declared.
        height: u32,
    },
    /// Decoded it would take more memory than it may: many bits a pixel.
    #[error("Opened it would need {} of memory, which is too much.", size(*.bytes))]
    TooMuchMemory {
        /// As much.
        bytes: u64,
    },
    /// A camera's format that cannot be read here.
    #[error("{name} images cannot be read here. Save it as JPEG first.")]
    Camera {
        /// HEIC, AVIF, …
        name: &'static str,
    },
    /// A drawing.
    #[error("SVG is a drawing, not an image of pixels. Export it as PNG first.")]
    Svg,
    /// Something else that is known.
    #[error("This is {what}, not an image.")]
    Other {
        /// "a web page", "a PDF document".
        what: &'static str,
    },
    /// An image in a format that is not taken.
    #[error("{name} images cannot be taken. Save it as PNG or JPEG first.")]
    Foreign {
        /// TIFF, BMP, …
        name: &'static str,
    },
    /// Nothing that is known.
    #[error("This is not an image that can be read here: PNG, JPEG, WebP and GIF can.")]
    Unknown,
    /// It begins well and ends too early, or has nonsense in it.
    #[error("The image is damaged or cut off.")]
    Torn,
}

/// A number of bytes as one reads it: "340 kB", "1.2 MB".
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..999_500 => format!("{} kB", (bytes + 500) / 1_000),
        // Tenths below ten, else whole ones.
        999_500..9_950_000 => {
            let tenths = (bytes + 50_000) / 100_000;
            format!("{}.{} MB", tenths / 10, tenths % 10)
        }
        _ => format!("{} MB", (bytes + 500_000) / 1_000_000),
    }
}

/// A number with a narrow space between thousands.
pub(crate) fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + 4);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_numbers_read_well() {
        let sizes = [0, 999, 1_000, 340_400, 999_499, 999_500, 1_234_567, 9_949_999, 9_950_000, 61_000_000].map(size);
        assert_eq!(
            sizes,
            ["0 bytes", "999 bytes", "1 kB", "340 kB", "999 kB", "1.0 MB", "1.2 MB", "9.9 MB", "10 MB", "61 MB"]
        );
        assert_eq!([7, 999, 2048, 1_234_567].map(grouped), ["7", "999", "2\u{202f}048", "1\u{202f}234\u{202f}567"]);
    }
}
