//! The pictures of an item: thumbnails of those kept here, placeholders for those on the web, words for those that cannot be shown.

use std::any::Any;

use leptos::prelude::*;
use model::{ImageRef, ItemId};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{Shown, size};
use crate::{
    elsewhere::{Elsewhere, Place},
    icons::{Icon, Symbol},
    links,
    picture::{Missing, Thumbnail},
    timeline::Doings,
};

/// What a picture needs to know of the row around it.
#[derive(Clone)]
pub(super) struct Frame {
    item: ItemId,
    doings: Doings,
    elsewhere: Elsewhere,
}

impl Frame {
    pub(super) fn of(shown: &Shown) -> Self {
        Self { item: shown.id.clone(), doings: shown.doings.clone(), elsewhere: shown.rows.elsewhere() }
    }
}

/// The pictures that an answer's Markdown names, each shown in its place among the words.
pub(super) struct Hung {
    frame: Frame,
    owner: Option<Owner>,
    shown: Vec<(Element, usize, Box<dyn Any>)>,
}

impl Hung {
    pub(super) fn new(frame: Frame) -> Self {
        Self { frame, owner: Owner::current(), shown: Vec::new() }
    }

    /// Shows what is new within `words` and lets go of what is no longer there. `before`: so many pictures the item lists itself.
    pub(super) fn hang(&mut self, words: &Element, before: usize) {
        self.shown.retain(|(place, _, _)| place.is_connected());
        let Ok(found) = words.query_selector_all("[data-image-url]") else { return };
        let places =
            (0..found.length()).filter_map(|at| found.get(at)).filter_map(|node| node.dyn_into::<HtmlElement>().ok());
        for (at, place) in places.enumerate() {
            let index = before + at;
            if self.shown.iter().any(|(known, known_index, _)| *known == *place && *known_index == index) {
                continue;
            }
            self.shown.retain(|(known, _, _)| *known != *place);
            let Some(view) = self.show(&place, index) else { continue };
            self.shown.push((place.into(), index, view));
        }
    }

    fn show(&self, place: &HtmlElement, index: usize) -> Option<Box<dyn Any>> {
        let url = place.get_attribute("data-image-url")?;
        let alt = markdown::visible(&place.get_attribute("data-alt")?).into_owned();
        let (frame, place) = (self.frame.clone(), place.clone());
        let owner = self.owner.as_ref()?;
        let view = owner.with(|| untrack(|| leptos::mount::mount_to(place, move || remote(frame, url, alt, index))));
        Some(Box::new(view))
    }
}

/// The listed pictures of an item. `whose` begins what a picture without words of its own is called: "Image from Wen".
pub(super) fn listed(frame: &Frame, images: &[ImageRef], whose: &str) -> Option<AnyView> {
    if images.is_empty() {
        return None;
    }
    let of = images.len();
    let named = |at: usize| if of == 1 { whose.to_owned() } else { format!("{whose}, {} of {of}", at + 1) };
    let shown = images.iter().enumerate().map(|(at, image)| match image {
        ImageRef::Kept(picture) => view! { <Thumbnail picture=picture.clone() alt=named(at) title=whose/> }.into_any(),
        ImageRef::Remote { url } => remote(frame.clone(), url.clone(), String::new(), at),
        ImageRef::Stored { .. } => {
            view! { <Missing why="The server keeps it and does not give it out again."/> }.into_any()
        }
        ImageRef::Inline { media_type, bytes, .. } => unreadable(media_type, *bytes),
    });
    let shown = shown.collect_view();
    Some(view! { <div class="pictures">{shown}</div> }.into_any())
}

/// Something that was sent as a picture and is none.
fn unreadable(media_type: &str, bytes: u64) -> AnyView {
    let what = format!("{}, {}", markdown::visible(media_type), size(bytes));
    view! {
        <span class="blocked" data-testid="image-unreadable">
            <Icon symbol=Symbol::Image/>
            <span class="grow"><b>"Not an image that can be shown"</b><span class="why">{what}</span></span>
        </span>
    }
    .into_any()
}

/// A picture somewhere on the web: its thumbnail once it is kept here, its place until then. `index` counts as `LoadOnce` does.
pub(super) fn remote(frame: Frame, url: String, alt: String, index: usize) -> AnyView {
    let elsewhere = frame.elsewhere.clone();
    let kept = {
        let url = url.clone();
        ArcMemo::new(move |_| elsewhere.kept(&url))
    };
    let host = links::place(&url);
    let called = if alt.is_empty() { format!("Image on {host}") } else { alt.clone() };
    let view = move || match kept.get() {
        Some(picture) => view! { <Thumbnail picture=picture alt=called.clone()/> }.into_any(),
        None => view! { <NotLoaded frame=frame.clone() url=url.clone() alt=alt.clone() index=index/> }.into_any(),
    };
    view.into_any()
}

/// Where a picture would be: which host has it, and the way to see it.
#[component]
fn NotLoaded(frame: Frame, url: String, alt: String, index: usize) -> impl IntoView {
    let Frame { item, doings, elsewhere } = frame;
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let place: Place = (item, index);
    let more = RwSignal::new(false);
    let is_loading = {
        let (elsewhere, place) = (elsewhere.clone(), place.clone());
        Memo::new(move |_| elsewhere.is_loading(&place))
    };
    let why = {
        let (elsewhere, place) = (elsewhere.clone(), place.clone());
        move || match elsewhere.failed(&place) {
            Some(why) => why,
            None if !is_web => "Images are loaded from the web only.".to_owned(),
            None if alt.is_empty() => "Not loaded, for your privacy.".to_owned(),
            None => format!("{}. Not loaded, for your privacy.", markdown::visible(alt.trim_end_matches('.'))),
        }
    };
    let (load, always) = (doings.load_image.clone(), doings.always_load.clone());
    let is_always = Memo::new(move |_| elsewhere.always());
    let title = if is_web { format!("Image on {}", links::place(&url)) } else { "Image".to_owned() };
    let actions = is_web.then(|| {
        view! {
            <span class="acts">
                <button
                    class="btn"
                    type="button"
                    data-testid="load-once"
                    disabled=move || is_loading.get()
                    on:click=move |_| load(place.clone())
                >
                    {move || is_loading.get().then(|| view! { <span class="spin"></span> })}
                    "Load once"
                </button>
                <button
                    class="ib"
                    type="button"
                    aria-label="More"
                    aria-expanded=move || more.get().to_string()
                    data-testid="load-more"
                    on:click=move |_| more.update(|more| *more = !*more)
                >
                    <Icon symbol=Symbol::More/>
                </button>
            </span>
        }
    });
    let always = StoredValue::new(always);
    let rest = move || {
        more.get().then(|| {
            view! {
                <span class="acts more-acts">
                    <button
                        class="btn quiet"
                        type="button"
                        data-testid="always-load"
                        aria-pressed=move || is_always.get().to_string()
                        on:click=move |_| always.with_value(|always| always(!is_always.get_untracked()))
                    >
                        {move || is_always.get().then(|| view! { <Icon symbol=Symbol::Check class="s"/> })}
                        "Always for this conversation"
                    </button>
                </span>
            }
        })
    };
    view! {
        <span class="blocked" data-testid="image-remote" title=markdown::visible(&url).into_owned()>
            <Icon symbol=Symbol::EyeOff/>
            <span class="grow"><b>{title}</b><span class="why" role="status">{why}</span></span>
            {actions}
            {rest}
        </span>
    }
}
