//! Pictures: whatever a file holds, it is refused or taken within its limits, what leaves is ours and bare, and all ways to look at one
//! agree on what it is.

use pictures::{Format, Limits, from_pixels, measure, pixels, prepare, sniff, view};

/// Larger ones are only measured, so that a fuzzer does not spend its time on scaling. In pixels.
const MOST: u64 = 1 << 20;

/// The first byte says within which limits it is taken; the rest is the file.
pub fn pictures(input: &[u8]) {
    let Some((&limit, file)) = input.split_first() else { return };
    let known = sniff(file);
    let measured = match measure(file) {
        Ok(measured) => measured,
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty(), "a refusal without words");
            assert!(known.is_ok() || known == Err(refusal.clone()), "refused for what it is: {refusal}");
            assert_eq!(prepare(file, &Limits::MESSAGE), Err(refusal.clone()), "not sent");
            assert_eq!(view(file, 64), Err(refusal.clone()), "not shown");
            assert_eq!(pixels(file), Err(refusal), "not copied");
            return;
        }
    };
    assert_eq!(known, Ok(measured.format), "it is what it begins as");
    assert!(measured.width > 0 && measured.height > 0, "nothing to see");
    if u64::from(measured.width) * u64::from(measured.height) > MOST {
        return;
    }
    let size = (measured.width, measured.height);
    let limits = limits(limit);
    let taken = prepare(file, &limits);
    let copied = pixels(file);
    assert_eq!(taken.as_ref().err(), copied.as_ref().err(), "sent and copied, or neither");
    assert_eq!(view(file, limits.longest).err(), copied.as_ref().err().cloned(), "shown and copied, or neither");
    let (Ok(taken), Ok(copied)) = (taken, copied) else { return };

    assert_eq!((copied.width, copied.height), size, "copied as large as it is");
    let again = from_pixels(copied.clone()).and_then(|png| pixels(&png));
    assert_eq!(again, Ok(copied), "pixels survive being packed");

    assert!(taken.bytes.len() as u64 <= limits.most_out, "{} bytes go", taken.bytes.len());
    assert!(taken.width.max(taken.height) <= limits.longest, "{} × {}", taken.width, taken.height);
    assert!(taken.width <= size.0 && taken.height <= size.1, "scaled up");
    ours(&taken.bytes, taken.format, (taken.width, taken.height));
    assert_eq!(prepare(file, &limits), Ok(taken), "the same bytes give the same bytes");

    let Ok(shown) = view(file, limits.longest) else { return };
    assert!(shown.width.max(shown.height) <= limits.longest, "{} × {}", shown.width, shown.height);
    ours(&shown.bytes, shown.format, (shown.width, shown.height));
}

/// From a thumbnail that hardly takes a byte to what a message takes.
fn limits(byte: u8) -> Limits {
    let longest = 1 + 8 * u32::from(byte);
    let most_out = if byte.is_multiple_of(2) { Limits::MESSAGE.most_out } else { 2_000 };
    Limits { most_in: 1 << 20, longest, most_out }
}

/// What leaves says what it is, can be opened, and has nothing beside its pixels.
fn ours(bytes: &[u8], format: Format, (width, height): (u32, u32)) {
    let measured = measure(bytes).map(|seen| (seen.format, seen.width, seen.height));
    assert_eq!(measured, Ok((format, width, height)), "it is what it says");
    assert!(pixels(bytes).is_ok(), "ours cannot be opened");
    assert!(is_bare(bytes, format), "{format:?} with more than pixels");
}

/// A PNG of its header, its pixels and its end; a JPEG of nothing that tells of more than pixels.
fn is_bare(bytes: &[u8], format: Format) -> bool {
    match format {
        Format::Png => png_parts(bytes).is_some_and(|parts| {
            parts.first() == Some(b"IHDR")
                && parts.last() == Some(b"IEND")
                && parts[1..parts.len() - 1].iter().all(|name| name == b"IDAT")
        }),
        // APP0 is JFIF; APP1 to APP15 and comments are cameras, profiles and places.
        Format::Jpeg => jpeg_segments(bytes)
            .is_some_and(|segments| segments.iter().all(|marker| !matches!(marker, 0xe1..=0xef | 0xfe))),
        Format::Webp | Format::Gif => false,
    }
}

fn png_parts(bytes: &[u8]) -> Option<Vec<[u8; 4]>> {
    let mut parts = Vec::new();
    let mut at = 8;
    while at < bytes.len() {
        let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
        parts.push(bytes.get(at + 4..at + 8)?.try_into().ok()?);
        at += 12 + usize::try_from(length).ok()?;
    }
    (parts.len() >= 3 && at == bytes.len()).then_some(parts)
}

/// The markers up to the pixels.
fn jpeg_segments(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut segments = Vec::new();
    let mut at = 2;
    loop {
        let [0xff, marker] = bytes.get(at..at + 2)? else { return None };
        segments.push(*marker);
        if *marker == 0xda {
            return Some(segments);
        }
        at += 2 + usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?));
    }
}
