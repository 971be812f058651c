//! A picture as large as the window: arrows go through the pictures of its message, + and − zoom, Esc closes and the focus returns.

use std::time::Duration;

use leptos::{ev, html, prelude::*, task::spawn_local};
use model::{
    ImageId,
    command::{CopyImage, SaveImage},
};
use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::{
    icons::{Icon, Symbol},
    ipc,
    modal::Above,
    picture::{Source, fit},
    state::State,
};

/// How far a step zooms, and how far at most.
const STEP: f64 = 1.5;
const MOST: f64 = 8.0;
/// "Copied" stands so long.
const SAID: Duration = Duration::from_millis(2_500);

/// Pictures to go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gallery {
    /// In order.
    pub exhibits: Vec<Exhibit>,
    /// Which is shown, from 0.
    pub at: usize,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhibit {
    /// Which picture.
    pub image: ImageId,
    /// Its name, or what it shows.
    pub title: String,
    /// In pixels; 0 where unknown.
    pub width: u32,
    /// In pixels; 0 where unknown.
    pub height: u32,
}

impl Gallery {
    /// The thumbnails within `around`, at the one that was pressed; none if none was.
    pub fn pressed(target: Option<web_sys::EventTarget>, around: &Element) -> Option<Self> {
        let pressed = target?.dyn_into::<Element>().ok()?.closest("button.thumb").ok().flatten()?;
        let found = around.query_selector_all("button.thumb").ok()?;
        let thumbs: Vec<Element> =
            (0..found.length()).filter_map(|at| found.get(at)).filter_map(|node| node.dyn_into().ok()).collect();
        let at = thumbs.iter().position(|thumb| *thumb == pressed)?;
        let number = |thumb: &Element, name: &str| thumb.get_attribute(name).and_then(|text| text.parse().ok());
        let exhibits = thumbs.iter().map(|thumb| Exhibit {
            image: thumb.get_attribute("data-image").unwrap_or_default().into(),
            title: thumb.get_attribute("data-title").unwrap_or_default(),
            width: number(thumb, "data-width").unwrap_or_default(),
            height: number(thumb, "data-height").unwrap_or_default(),
        });
        Some(Self { exhibits: exhibits.collect(), at })
    }
}

/// The lightbox, if one is open.
#[component]
pub fn Lightbox() -> impl IntoView {
    let state = State::here();
    let is_open = Memo::new(move |_| state.lightbox.with(Option::is_some));
    view! { <Show when=move || is_open.get()><Open/></Show> }
}

#[component]
fn Open() -> impl IntoView {
    let state = State::here();
    let zoom = RwSignal::new(1.0_f64);
    let said = RwSignal::new(None::<String>);
    let exhibit = Memo::new(move |_| {
        state.lightbox.with(|gallery| gallery.as_ref().and_then(|it| it.exhibits.get(it.at).cloned()))
    });
    let place =
        Memo::new(move |_| state.lightbox.with(|it| it.as_ref().map_or((0, 0), |it| (it.at + 1, it.exhibits.len()))));
    let close = Callback::new(move |()| state.lightbox.set(None));
    let go = move |by: isize| {
        zoom.set(1.0);
        said.set(None);
        state.lightbox.update(|gallery| {
            if let Some(gallery) = gallery {
                let to = gallery.at.checked_add_signed(by).filter(|to| *to < gallery.exhibits.len());
                gallery.at = to.unwrap_or(gallery.at);
            }
        });
    };
    let nearer = move |factor: f64| zoom.update(|zoom| *zoom = (*zoom * factor).clamp(1.0, MOST));
    // Wherever the focus is: a press on the picture leaves it nowhere.
    let keys = window_event_listener(ev::keydown, move |event| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "ArrowLeft" if zoom.get_untracked() <= 1.0 => go(-1),
            "ArrowRight" if zoom.get_untracked() <= 1.0 => go(1),
            "+" | "=" => nearer(STEP),
            "-" => nearer(1.0 / STEP),
            "0" => zoom.set(1.0),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || keys.remove());
    let copy = move |_| {
        act(exhibit, said, async |image| ipc::call(CopyImage { image }).await.map(|()| Some("Copied".to_owned())));
    };
    let save = move |_| {
        act(exhibit, said, async |image| {
            ipc::call(SaveImage { image }).await.map(|name| name.map(|name| format!("Saved as {name}")))
        });
    };
    let title = move || exhibit.get().map(|exhibit| markdown::visible(&exhibit.title).into_owned()).unwrap_or_default();
    let counted = move || {
        let (at, of) = place.get();
        (of > 1).then(|| format!("{at} of {of}"))
    };
    let steps = move |label: &'static str, symbol: Symbol, by: isize, is_end: fn((usize, usize)) -> bool| {
        view! {
            <Show when=move || { place.get().1 > 1 }>
                <button class="ib" type="button" aria-label=label disabled=move || is_end(place.get()) on:click=move |_| go(by)><Icon symbol=symbol/></button>
            </Show>
        }
    };
    view! {
        <Above handle="lightbox" class="lightbox" label="Image" leave=close>
            <header class="lbb">
                <span class="cut" data-testid="lightbox-title">{title}</span>
                <span class="t3 num">{counted}</span>
                <span class="grow t3 cut" role="status" data-testid="lightbox-said">{said}</span>
                {steps("Previous image", Symbol::Left, -1, |(at, _)| at <= 1)}
                {steps("Next image", Symbol::Right, 1, |(at, of)| at >= of)}
                <button class="ib" type="button" aria-label="Smaller" disabled=move || { zoom.get() <= 1.0 } on:click=move |_| nearer(1.0 / STEP)><Icon symbol=Symbol::Minus/></button>
                <button class="ib" type="button" aria-label="Larger" disabled=move || { zoom.get() >= MOST } on:click=move |_| nearer(STEP)><Icon symbol=Symbol::Plus/></button>
                <button class="ib" type="button" aria-label="Copy image" data-testid="copy-image" on:click=copy><Icon symbol=Symbol::Copy/></button>
                <button class="ib" type="button" aria-label="Save image…" data-testid="save-image" on:click=save><Icon symbol=Symbol::Download/></button>
                <button class="ib" type="button" aria-label="Close" autofocus data-testid="close-lightbox" on:click=move |_| close.run(())><Icon symbol=Symbol::X/></button>
            </header>
            <Room exhibit=exhibit zoom=zoom close=close/>
        </Above>
    }
}

/// Where the picture stands; a press beside it closes.
#[component]
fn Room(exhibit: Memo<Option<Exhibit>>, zoom: RwSignal<f64>, close: Callback<()>) -> impl IntoView {
    let room = NodeRef::<html::Div>::new();
    let space = RwSignal::new((0.0, 0.0));
    let measure = move || {
        if let Some(room) = room.get_untracked() {
            space.set((f64::from(room.client_width()), f64::from(room.client_height())));
        }
    };
    Effect::new(move |_| {
        if room.get().is_some() {
            measure();
        }
    });
    let resize = window_event_listener(ev::resize, move |_| measure());
    on_cleanup(move || resize.remove());
    view! {
        <div
            class="lbi"
            node_ref=room
            on:click=move |event| {
                // Beside the picture.
                if event.target() == event.current_target() {
                    close.run(());
                }
            }
        >
            {move || exhibit.get().map(|exhibit| view! { <Large exhibit=exhibit zoom=zoom space=space/> })}
        </div>
    }
}

/// The picture itself, as large as there is room for, times the zoom.
#[component]
fn Large(exhibit: Exhibit, zoom: RwSignal<f64>, space: RwSignal<(f64, f64)>) -> impl IntoView {
    let is_missing = RwSignal::new(false);
    let is_there = RwSignal::new(false);
    let source = Source::here();
    let size = move |axis: fn((f64, f64)) -> f64| {
        let fitted = fit(exhibit.width, exhibit.height, space.get());
        format!("{}px", (axis(fitted) * zoom.get()).round())
    };
    view! {
        {move || {
            if is_missing.get() {
                return view! { <p class="t2" role="alert">"This image is missing or broken."</p> }.into_any();
            }
            view! {
                <img
                    src=source.whole(&exhibit.image)
                    alt=exhibit.title.clone()
                    draggable="false"
                    style:width=move || size(|(width, _)| width)
                    style:height=move || size(|(_, height)| height)
                    on:load=move |_| is_there.set(true)
                    on:error=move |_| is_missing.set(true)
                />
            }
                .into_any()
        }}
        <Show when=move || !is_there.get() && !is_missing.get()><span class="spin" role="status" aria-label="Loading"></span></Show>
    }
}

/// Does something with the picture that is shown and says what came of it, beside its name: a notice elsewhere would lie behind.
fn act(
    exhibit: Memo<Option<Exhibit>>,
    said: RwSignal<Option<String>>,
    doing: impl AsyncFnOnce(ImageId) -> Result<Option<String>, model::Failure> + 'static,
) {
    let Some(exhibit) = exhibit.get_untracked() else { return };
    spawn_local(async move {
        let words = match doing(exhibit.image).await {
            Ok(words) => words,
            Err(failure) => Some(failure.message),
        };
        if words.is_some() && said.try_set(words.clone()).is_none() {
            set_timeout(
                move || {
                    if said.try_get_untracked().flatten() == words {
                        said.try_set(None);
                    }
                },
                SAID,
            );
        }
    });
}
