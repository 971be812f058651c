//! What is not taken, in which words; and that nothing, however broken, does harm.

use pictures::{Limits, Refusal, from_pixels, measure, prepare, view};
use proptest::prelude::*;

use crate::made::{boast, chunk, corners, gif, jpeg, packed_zeros, photo, png, png_with, webp};

fn why(bytes: &[u8]) -> String {
    let refusal = prepare(bytes, &Limits::MESSAGE).unwrap_err();
    assert_eq!(view(bytes, 320).map(|_| ()), Err(refusal.clone()), "what is not sent is not shown either");
    refusal.to_string()
}

#[test]
fn what_is_no_image_is_refused_in_words_whatever_it_is_called() {
    let expected: [(&[u8], &str); 12] = [
        (b"", "The file is empty."),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "This is a web page, not an image."),
        (b"\n  <HTML>", "This is a web page, not an image."),
        (
            b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>",
            "SVG is a drawing, not an image of pixels. Export it as PNG first.",
        ),
        (b"%PDF-1.7", "This is a PDF document, not an image."),
        (b"PK\x03\x04....", "This is an archive or a document, not an image."),
        (b"Dear sir or madam", "This is text, not an image."),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC images cannot be read here. Save it as JPEG first."),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF images cannot be read here. Save it as JPEG first."),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "This is a video, not an image."),
        (b"II*\0\x08\0\0\0", "TIFF images cannot be taken. Save it as PNG or JPEG first."),
        (b"\x07\x1b\x00\xff\xfe", "This is not an image that can be read here: PNG, JPEG, WebP and GIF can."),
    ];
    for (bytes, words) in expected {
        assert_eq!(why(bytes), words, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn sixty_five_bytes_that_declare_a_gigabyte_are_refused_before_anything_is_made_of_them() {
    let gigabyte = boast(12_000, 11_000);
    assert!(gigabyte.len() < 80, "{}", gigabyte.len());
    assert_eq!(
        why(&gigabyte),
        "It says that it has 12\u{202f}000 × 11\u{202f}000 pixels; up to 64 million can be opened."
    );
    // Fewer pixels, but eight bytes each.
    assert_eq!(why(&boast(8_000, 7_900)), "Opened it would need 506 MB of memory, which is too much.");
    // A thin line, longer than any decoder is asked for.
    assert!(matches!(prepare(&boast(1, 20_000), &Limits::MESSAGE), Err(Refusal::TooManyPixels { .. })));
    assert!(prepare(&boast(u32::MAX, u32::MAX), &Limits::MESSAGE).is_err());
    assert!(prepare(&boast(0, 10), &Limits::MESSAGE).is_err());
}

#[test]
fn too_many_bytes_are_not_even_looked_at() {
    let mut large = png(corners(8, 8));
    large.resize(41_000_000, 0);
    let refusal = prepare(&large, &Limits::MESSAGE).unwrap_err();
    assert_eq!(refusal.to_string(), "It has 41 MB; up to 40 MB can be taken.");
}

#[test]
fn no_torn_one_is_taken_for_whole() {
    for (kind, whole) in [
        ("png", png(corners(24, 16))),
        ("jpeg", jpeg(corners(24, 16))),
        ("photo", photo(corners(24, 16), 6)),
        ("webp", webp(corners(24, 16))),
    ] {
        assert!(prepare(&whole, &Limits::MESSAGE).is_ok(), "{kind}");
        for length in 0..whole.len() {
            assert!(prepare(&whole[..length], &Limits::MESSAGE).is_err(), "{kind} of {length} bytes");
        }
        assert_eq!(why(&whole[..whole.len() - 3]), "The image is damaged or cut off.", "{kind}");
    }
    // Of a torn animation the first frame may be whole.
    let two = gif(24, 16, 2);
    let one = prepare(&gif(24, 16, 1), &Limits::MESSAGE).unwrap();
    for length in 0..two.len() {
        if let Ok(taken) = prepare(&two[..length], &Limits::MESSAGE) {
            assert_eq!(taken.bytes, one.bytes, "gif of {length} bytes");
        }
    }
}

#[test]
fn texts_and_profiles_are_not_unpacked() {
    let zeros = packed_zeros(8);
    let mut text = b"Comment\0\0".to_vec();
    text.extend_from_slice(&zeros);
    let mut profile = b"icc\0\0".to_vec();
    profile.extend_from_slice(&zeros);
    let bomb = png_with(
        corners(8, 8),
        &[
            chunk(b"iCCP", &profile),
            chunk(b"zTXt", &text),
            chunk(b"tEXt", b"Comment\0taken at home"),
            chunk(b"eXIf", &vec![0; 100_000]),
        ],
    );
    let prepared = prepare(&bomb, &Limits::MESSAGE).unwrap();
    assert_eq!(prepared, prepare(&png(corners(8, 8)), &Limits::MESSAGE).unwrap());
}

fn never_panics(bytes: &[u8]) {
    let limits = Limits { most_in: 1 << 20, longest: 64, most_out: 4_000 };
    if let Ok(prepared) = prepare(bytes, &limits) {
        assert!(prepared.bytes.len() <= 4_000 && prepared.width <= 64 && prepared.height <= 64);
        assert!(measure(&prepared.bytes).is_ok());
    }
    // Whatever is shown is ours and whole.
    if let Ok(view) = view(bytes, 32) {
        assert_eq!(measure(&view.bytes).map(|seen| (seen.width, seen.height)), Ok((view.width, view.height)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nonsense_after_a_good_beginning_does_no_harm(
        begin in prop_oneof![
            Just(b"\x89PNG\r\n\x1a\n".to_vec()),
            Just(vec![0xff, 0xd8, 0xff, 0xe0]),
            Just(b"RIFF\x40\0\0\0WEBPVP8 ".to_vec()),
            Just(b"RIFF\x40\0\0\0WEBPVP8L".to_vec()),
            Just(b"GIF89a\x08\0\x08\0\x80\0\0".to_vec()),
        ],
        rest in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        never_panics(&[begin, rest].concat());
    }

    #[test]
    fn a_few_wrong_bytes_do_no_harm(
        which in 0usize..5,
        wrong in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = match which {
            0 => png(corners(12, 8)),
            1 => jpeg(corners(12, 8)),
            2 => webp(corners(12, 8)),
            3 => photo(corners(12, 8), 6),
            _ => gif(12, 8, 2),
        };
        for (at, byte) in wrong {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        never_panics(&bytes);
    }

    #[test]
    fn any_pixels_are_taken_or_refused(width in 0u32..40, height in 0u32..40, length in 0usize..6400) {
        let _ = from_pixels(pictures::Pixels { width, height, rgba: vec![7; length] });
    }
}
