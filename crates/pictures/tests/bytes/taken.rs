//! What goes with a message: upright, bare, no larger than it may be, and said where one could see the change.

use image::{DynamicImage, Rgb, RgbImage};
use pictures::{Format, Limits, Measure, Pixels, Prepared, from_pixels, measure, pixels, prepare};

use crate::made::{corners, encoded, exif, gif, glass, jpeg, noise, photo, png, png_with, webp};

const SMALL: Limits = Limits { most_in: 1_000_000, longest: 100, most_out: 20_000 };

fn seen(prepared: &Prepared) -> RgbImage {
    image::load_from_memory(&prepared.bytes).unwrap().into_rgb8()
}

/// Near enough for JPEG.
fn alike(one: &Rgb<u8>, other: [u8; 3]) -> bool {
    one.0.iter().zip(other).all(|(one, other)| one.abs_diff(other) < 40)
}

const RED: [u8; 3] = [250, 10, 10];
const GREEN: [u8; 3] = [10, 250, 10];
const BLUE: [u8; 3] = [10, 10, 250];

#[test]
fn each_format_is_known_by_its_bytes_and_taken() {
    let drawn = corners(40, 20);
    let expected = [
        (png(drawn.clone()), Format::Png, Format::Png),
        (jpeg(drawn.clone()), Format::Jpeg, Format::Jpeg),
        (webp(drawn.clone()), Format::Webp, Format::Jpeg),
        (encoded(drawn, image::ImageFormat::Gif), Format::Gif, Format::Png),
    ];
    for (bytes, format, becomes) in expected {
        assert_eq!(measure(&bytes), Ok(Measure { format, width: 40, height: 20 }));
        let prepared = prepare(&bytes, &SMALL).unwrap();
        assert_eq!((prepared.format, prepared.width, prepared.height), (becomes, 40, 20));
        assert_eq!(prepared.note, None, "nothing that one could see");
        assert_eq!(measure(&prepared.bytes).unwrap().format, becomes, "it is what it says");
        assert!(alike(seen(&prepared).get_pixel(2, 2), RED), "{format:?}");
        assert_eq!(prepare(&bytes, &SMALL).unwrap(), prepared, "the same bytes give the same bytes");
    }
}

#[test]
fn a_photo_is_turned_as_the_camera_was_held_and_forgets_where_it_was() {
    // Where the red corner comes to lie for each way of holding the camera (EXIF 1 to 8).
    let red_corner = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (1, 0), (1, 1), (0, 1)];
    for (orientation, (right, low)) in (1u8..=8).zip(red_corner) {
        for (bytes, kind) in [
            (photo(corners(40, 20), orientation), "jpeg"),
            (png_with(corners(40, 20), &[crate::made::chunk(b"eXIf", &exif(orientation))]), "png"),
        ] {
            let prepared = prepare(&bytes, &SMALL).unwrap();
            let size = if orientation < 5 { (40, 20) } else { (20, 40) };
            assert_eq!((prepared.width, prepared.height), size, "{kind} {orientation}");
            let measured = measure(&bytes).unwrap();
            assert_eq!((measured.width, measured.height), size, "{kind} {orientation}");
            let image = seen(&prepared);
            let at = (2 + right * (size.0 - 5), 2 + low * (size.1 - 5));
            assert!(alike(image.get_pixel(at.0, at.1), RED), "{kind} {orientation}: {:?}", image.get_pixel(at.0, at.1));
            for trace in [b"Exif".as_slice(), b"eXIf", b"GPS "] {
                assert!(!prepared.bytes.windows(4).any(|four| four == trace), "{kind}: {trace:?} is left");
            }
        }
    }
}

#[test]
fn a_large_one_is_scaled_and_it_is_said() {
    let prepared = prepare(&png(corners(300, 150)), &SMALL).unwrap();
    assert_eq!((prepared.format, prepared.width, prepared.height), (Format::Png, 100, 50));
    let note = prepared.note.clone().unwrap();
    assert!(note.starts_with("Scaled to 100 × 50, ") && note.ends_with(" bytes"), "{note}");
    let image = seen(&prepared);
    assert!(alike(image.get_pixel(3, 3), RED) && alike(image.get_pixel(96, 3), GREEN), "the corners stay");
    assert!(alike(image.get_pixel(3, 46), BLUE));
}

#[test]
fn a_sharp_one_stays_sharp_only_while_it_is_small_and_every_one_fits_in_the_end() {
    let sharp = prepare(&png(corners(90, 90)), &SMALL).unwrap();
    assert_eq!(sharp.format, Format::Png);
    // Noise cannot be packed: 90 × 90 × 3 bytes are too much as PNG and not as JPEG.
    let rough = prepare(&png(noise(90, 90)), &SMALL).unwrap();
    assert_eq!((rough.format, rough.note), (Format::Jpeg, None));
    let tight = Limits { most_out: 900, ..SMALL };
    let tiny = prepare(&png(noise(90, 90)), &tight).unwrap();
    assert!(tiny.bytes.len() <= 900 && tiny.width < 90, "{} bytes, {} wide", tiny.bytes.len(), tiny.width);
    assert!(tiny.note.unwrap().starts_with("Scaled to "));
}

#[test]
fn transparency_is_kept_while_there_is_room_and_else_becomes_white() {
    let kept = prepare(&png(glass(60, 60)), &SMALL).unwrap();
    assert_eq!((kept.format, &kept.note), (Format::Png, &None));
    assert_eq!(image::load_from_memory(&kept.bytes).unwrap().into_rgba8().get_pixel(3, 3).0[3], 0);
    let mut rough = DynamicImage::ImageRgb8(noise(90, 90)).into_rgba8();
    rough.pixels_mut().filter(|pixel| pixel.0[0] < 200).for_each(|pixel| pixel.0[3] = 0);
    let white = prepare(&png(rough), &SMALL).unwrap();
    assert_eq!(white.format, Format::Jpeg);
    assert!(white.note.as_deref().unwrap().starts_with("On white, "), "{:?}", white.note);
}

#[test]
fn of_an_animation_the_first_frame_is_taken_and_it_is_said() {
    let still = prepare(&gif(30, 30, 1), &SMALL).unwrap();
    assert_eq!((still.format, still.note), (Format::Png, None));
    let first = prepare(&gif(30, 30, 3), &SMALL).unwrap();
    assert!(first.note.as_deref().unwrap().starts_with("First frame only, "), "{:?}", first.note);
    assert_eq!(first.bytes, prepare(&gif(30, 30, 1), &SMALL).unwrap().bytes);
}

#[test]
fn a_message_takes_ten_of_the_largest_within_one_request() {
    let in_base64 = Limits::MESSAGE.most_out.div_ceil(3) * 4;
    assert!(in_base64 * 10 < 32_000_000 && in_base64 < 5_000_000);
}

#[test]
fn a_clipboard_s_pixels_become_a_picture_and_back() {
    let drawn = DynamicImage::ImageRgb8(corners(20, 10)).into_rgba8();
    let given = Pixels { width: 20, height: 10, rgba: drawn.clone().into_raw() };
    let bytes = from_pixels(given.clone()).unwrap();
    assert_eq!(measure(&bytes).unwrap(), Measure { format: Format::Png, width: 20, height: 10 });
    assert_eq!(pixels(&bytes).unwrap(), given);
    assert!(from_pixels(Pixels { width: 20, height: 11, ..given.clone() }).is_err(), "fewer than it says");
    assert!(from_pixels(Pixels { width: 0, height: 0, rgba: vec![] }).is_err());
    assert!(from_pixels(Pixels { width: u32::MAX, height: u32::MAX, rgba: vec![] }).is_err());
}
