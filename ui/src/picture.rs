//! A picture on the page: where it is loaded from (the app's own scheme and nowhere else), how large it stands, and its thumbnail.

use leptos::prelude::*;
use model::{ImageId, Picture};

use crate::icons::{Icon, Symbol};

/// The largest thumbnail, in px.
const THUMBNAIL: (f64, f64) = (320.0, 240.0);
/// A smaller one could not be pressed.
const LEAST: f64 = 32.0;

/// Where pictures are loaded from. Tests, which have no app behind them, put another in its place.
#[derive(Clone, Copy)]
pub struct Source(pub fn(&ImageId, Option<u32>) -> String);

impl Source {
    /// The source, from within components.
    pub fn here() -> Self {
        use_context::<Self>().unwrap_or(Self(address))
    }

    /// As it is kept.
    pub fn whole(self, image: &ImageId) -> String {
        (self.0)(image, None)
    }

    /// As a thumbnail.
    pub fn small(self, image: &ImageId) -> String {
        (self.0)(image, Some(if window().device_pixel_ratio() > 1.0 { 640 } else { 320 }))
    }
}

/// Tauri's address of a scheme of our own: Windows has no such thing and makes it a host.
fn address(image: &ImageId, size: Option<u32>) -> String {
    let is_windows = window().navigator().platform().is_ok_and(|platform| platform.starts_with("Win"));
    let root = if is_windows { "http://image.localhost" } else { "image://localhost" };
    match size {
        Some(size) => format!("{root}/{image}?size={size}"),
        None => format!("{root}/{image}"),
    }
}

/// The size in which a picture stands, in px: within a box, never enlarged. A picture of unknown size has a box of 4:3.
pub fn fit(width: u32, height: u32, within: (f64, f64)) -> (f64, f64) {
    if width == 0 || height == 0 {
        return within;
    }
    let (width, height) = (f64::from(width), f64::from(height));
    let scale = (within.0 / width).min(within.1 / height).min(1.0);
    ((width * scale).round().max(1.0), (height * scale).round().max(1.0))
}

/// A picture in a row, at its final size from the start. A press opens it large; the row takes the click.
#[component]
pub fn Thumbnail(
    /// Which.
    picture: Picture,
    /// What it shows, or where it comes from.
    #[prop(into)]
    alt: String,
    /// What it is called where it stands alone; else as `alt`.
    #[prop(optional, into)]
    title: Option<String>,
) -> impl IntoView {
    let title = title.unwrap_or_else(|| alt.clone());
    let (width, height) = fit(picture.width, picture.height, THUMBNAIL);
    let (width, height) = (width.max(LEAST), height.max(LEAST));
    let is_missing = RwSignal::new(false);
    let source = Source::here();
    let id = picture.image;
    view! {
        {move || {
            if is_missing.get() {
                return view! { <Missing height=height why="It is no longer on this computer, or the file is broken."/> }.into_any();
            }
            view! {
                <button
                    class="thumb"
                    type="button"
                    data-testid="thumbnail"
                    data-image=id.to_string()
                    data-width=picture.width
                    data-height=picture.height
                    aria-label=format!("{alt}. Open")
                    data-title=title.clone()
                    style:width=format!("{width}px")
                    style:aspect-ratio=format!("{width} / {height}")
                >
                    <img src=source.small(&id) alt=alt.clone() draggable="false" decoding="async" on:error=move |_| is_missing.set(true)/>
                </button>
            }
                .into_any()
        }}
    }
}

/// In the place of a picture that is not there, as high as it would have been.
#[component]
pub fn Missing(
    /// In px.
    #[prop(default = 0.0)]
    height: f64,
    /// In the user's words.
    #[prop(into)]
    why: String,
) -> impl IntoView {
    view! {
        <span class="blocked" data-testid="image-missing" style:min-height=format!("{height}px")>
            <Icon symbol=Symbol::Image/>
            <span class="grow"><b>"Image missing"</b><span class="why">{why}</span></span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_thumbnail_keeps_its_shape_and_is_never_enlarged() {
        assert_eq!(fit(2048, 1536, THUMBNAIL), (320.0, 240.0));
        assert_eq!(fit(4000, 1000, THUMBNAIL), (320.0, 80.0));
        assert_eq!(fit(100, 9000, THUMBNAIL), (3.0, 240.0));
        assert_eq!(fit(64, 48, THUMBNAIL), (64.0, 48.0));
        assert_eq!(fit(0, 48, THUMBNAIL), (320.0, 240.0), "unknown: a box of 4:3");
    }

    #[wasm_bindgen_test]
    fn pictures_come_from_the_app_alone() {
        let id = ImageId::from("ab12");
        assert!(matches!(address(&id, None).as_str(), "image://localhost/ab12" | "http://image.localhost/ab12"));
        assert!(address(&id, Some(320)).ends_with("/ab12?size=320"));
    }
}
