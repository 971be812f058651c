//! What the window gets to see: never the bytes that came.

use pictures::{Format, view};

use crate::made::{corners, glass, jpeg, photo, png, png_with};

#[test]
fn a_thumbnail_is_small_upright_and_encoded_anew() {
    let bytes = photo(corners(400, 200), 6);
    let thumbnail = view(&bytes, 100).unwrap();
    assert_eq!((thumbnail.format, thumbnail.width, thumbnail.height), (Format::Jpeg, 50, 100));
    assert!(!thumbnail.bytes.windows(4).any(|four| four == b"Exif"));
    let small = view(&png(corners(40, 20)), 100).unwrap();
    assert_eq!((small.width, small.height), (40, 20), "never scaled up");
}

#[test]
fn sharp_ones_and_clear_ones_stay_so() {
    assert_eq!(view(&png(corners(400, 200)), 320).unwrap().format, Format::Png);
    assert_eq!(view(&png(glass(40, 40)), 320).unwrap().format, Format::Png);
    assert_eq!(view(&jpeg(corners(400, 200)), 320).unwrap().format, Format::Jpeg);
}

#[test]
fn what_came_beside_the_pixels_never_reaches_the_window() {
    let odd = png_with(corners(8, 8), &[crate::made::chunk(b"tEXt", b"Comment\0<script>")]);
    let shown = view(&odd, 320).unwrap();
    assert_eq!(shown, view(&png(corners(8, 8)), 320).unwrap());
}
