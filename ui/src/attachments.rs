//! The pictures that go with the next message: a tile each, with its name and size, to be looked at, put in another order or taken out.

use std::cell::RefCell;

use leptos::{ev, prelude::*};
use model::{Attachment, ImageId, MOST_IMAGES, Refused};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent};

use crate::{
    focus,
    icons::{Icon, Symbol},
    lightbox::{Exhibit, Gallery},
    open::Open,
    picture::Source,
    row::size,
    state::State,
    tray::Tray,
};

/// A press that moved less than so many pixels is a click.
const STILL: i32 = 4;

/// A tile that is being dragged.
struct Drag {
    image: ImageId,
    from: (i32, i32),
    moved: bool,
    /// Its place is another than it was.
    placed: bool,
}

/// The tiles, those still being read among them.
#[component]
pub fn Attachments(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let tray = open.tray.clone();
    let (listed, reading, counted, any) = (tray.clone(), tray.clone(), tray.clone(), tray.clone());
    let is_any = Memo::new(move |_| !any.attachments().is_empty() || !any.reading().is_empty());
    let dragged = Dragged { drag: StoredValue::new_local(RefCell::new(None)), shown: RwSignal::new(None) };
    follow(dragged, tray.clone());
    provide_context(dragged);
    let tile = {
        let tray = tray.clone();
        move |attachment: Attachment| view! { <Tile tray=tray.clone() attachment=attachment/> }
    };
    let (tile, listed) = (StoredValue::new(tile), StoredValue::new(listed));
    let reading = StoredValue::new(reading);
    view! {
        <p class="vh" role="status">{move || count(counted.attachments().len())}</p>
        <Show when=move || is_any.get()>
            <ul class="atts" aria-label="Images that go with the message">
                <For each=move || listed.with_value(Tray::attachments) key=|attachment| attachment.id.clone() children=move |attachment| tile.with_value(|tile| tile(attachment))/>
                {move || reading.with_value(Tray::reading).into_iter().map(|name| view! { <Reading name=name/> }).collect_view()}
            </ul>
        </Show>
    }
}

/// "2 images attached", for a screen reader.
fn count(images: usize) -> Option<String> {
    match images {
        0 => None,
        1 => Some("1 image attached".to_owned()),
        images => Some(format!("{images} images attached")),
    }
}

/// What every tile knows of the one that is dragged.
#[derive(Clone, Copy)]
struct Dragged {
    drag: StoredValue<RefCell<Option<Drag>>, LocalStorage>,
    shown: RwSignal<Option<ImageId>>,
}

#[component]
fn Tile(tray: Tray, attachment: Attachment) -> impl IntoView {
    let state = State::here();
    let Some(Dragged { drag, shown: dragged }) = use_context() else { return ().into_any() };
    let Attachment { id, name, note, bytes, .. } = attachment;
    let name = markdown::visible(&name).into_owned();
    let line = note.clone().unwrap_or_else(|| size(bytes));
    let place = {
        let (tray, id, name, line) = (tray.clone(), id.clone(), name.clone(), line.clone());
        move || {
            let all = tray.attachments();
            let at = all.iter().position(|other| other.id == id).unwrap_or_default() + 1;
            format!("{name}, {line}, {at} of {}", all.len())
        }
    };
    let keys = {
        let (tray, id) = (tray.clone(), id.clone());
        move |event: KeyboardEvent| pressed(&tray, &id, &event)
    };
    let begin = {
        let id = id.clone();
        move |event: PointerEvent| {
            let on_remove = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if event.button() != 0 || on_remove.is_some_and(|target| target.closest(".ib").ok().flatten().is_some()) {
                return;
            }
            let from = (event.client_x(), event.client_y());
            drag.with_value(|drag| {
                *drag.borrow_mut() = Some(Drag { image: id.clone(), from, moved: false, placed: false });
            });
            dragged.set(Some(id.clone()));
        }
    };
    let (looked, removed, shown) = ((tray.clone(), id.clone()), (tray.clone(), id.clone()), id.clone());
    let look = move |_| {
        let was_dragged = drag.with_value(|drag| drag.borrow_mut().take().is_some_and(|drag| drag.moved));
        if !was_dragged {
            let (tray, id) = &looked;
            state.lightbox.set(Some(gallery(tray, id)));
        }
    };
    let remove = move |_| {
        let (tray, id) = &removed;
        leave(tray, id);
    };
    let source = Source::here();
    view! {
        <li
            class="att"
            class:dragged=move || dragged.with(|dragged| dragged.as_ref() == Some(&shown))
            data-testid="attachment"
            data-image=id.to_string()
            title=note.map(|note| format!("{name}. {note}")).unwrap_or_else(|| name.clone())
            on:keydown=keys
            on:pointerdown=begin
        >
            <button class="look" type="button" aria-label=place aria-keyshortcuts="Alt+ArrowLeft Alt+ArrowRight Delete" on:click=look>
                <span class="pv"><img src=source.small(&id) alt="" draggable="false"/></span>
                <span class="words"><b class="cut">{name.clone()}</b><span class="cut">{line}</span></span>
            </button>
            <button class="ib" type="button" aria-label=format!("Remove {name}") on:click=remove><Icon symbol=Symbol::X class="s"/></button>
        </li>
    }
    .into_any()
}

#[component]
fn Reading(name: String) -> impl IntoView {
    view! {
        <li class="att reading" data-testid="reading" aria-busy="true">
            <span class="pv"><span class="spin"></span></span>
            <span class="words"><b class="cut">{markdown::visible(&name).into_owned()}</b><span>"Reading"</span></span>
        </li>
    }
}

/// What could not be attached, by name.
#[component]
pub fn NotAttached(
    /// To which conversation.
    open: Open,
) -> impl IntoView {
    let tray = StoredValue::new(open.tray);
    let refused = Memo::new(move |_| tray.with_value(Tray::refused));
    let line = |refused: Refused| view! { <li><b>{markdown::visible(&refused.name).into_owned()}</b>" "<span>{refused.why}</span></li> };
    view! {
        <Show when=move || refused.with(|refused| !refused.is_empty())>
            <div class="note" role="status" data-testid="refused">
                <Icon symbol=Symbol::Alert/>
                <ul class="grow">{move || refused.get().into_iter().map(line).collect_view()}</ul>
                <button class="ib sm" type="button" aria-label="Dismiss" on:click=move |_| tray.with_value(Tray::dismiss)><Icon symbol=Symbol::X class="s"/></button>
            </div>
        </Show>
    }
}

/// Under the composer while something is attached.
#[component]
pub fn Limits(
    /// Of which conversation.
    open: Open,
) -> impl IntoView {
    let tray = StoredValue::new(open.tray);
    let is_any = Memo::new(move |_| !tray.with_value(Tray::attachments).is_empty());
    view! { <Show when=move || is_any.get()><p class="help">{format!("Up to {MOST_IMAGES} images. Paste, drop or choose.")}</p></Show> }
}

/// The tiles as the lightbox goes through them.
fn gallery(tray: &Tray, at: &ImageId) -> Gallery {
    let all = untrack(|| tray.attachments());
    Gallery {
        at: all.iter().position(|other| other.id == *at).unwrap_or_default(),
        exhibits: all
            .into_iter()
            .map(|attachment| Exhibit {
                image: attachment.id,
                title: attachment.name,
                width: attachment.width,
                height: attachment.height,
            })
            .collect(),
    }
}

/// Alt with an arrow moves a tile, Delete takes it out.
fn pressed(tray: &Tray, image: &ImageId, event: &KeyboardEvent) {
    let Some(at) = tray.place_of(image) else { return };
    let to = match (event.key().as_str(), event.alt_key()) {
        ("ArrowLeft" | "ArrowUp", true) => at.checked_sub(1),
        ("ArrowRight" | "ArrowDown", true) => Some(at + 1),
        ("Delete" | "Backspace", false) => {
            event.prevent_default();
            return leave(tray, image);
        }
        _ => return,
    };
    // Elsewhere these keys go to another conversation.
    event.prevent_default();
    if to.is_some_and(|to| tray.put_at(image, to)) {
        tray.keep_order();
        let image = image.clone();
        // A moved element loses the focus.
        request_animation_frame(move || focus_tile(&image));
    }
}

/// Takes a tile out; the focus goes to its neighbour, else to the words.
fn leave(tray: &Tray, image: &ImageId) {
    let at = tray.place_of(image).unwrap_or_default();
    tray.detach(image);
    let left = untrack(|| tray.attachments());
    let next = left.get(at).or(left.last()).map(|attachment| attachment.id.clone());
    request_animation_frame(move || match next {
        Some(next) => focus_tile(&next),
        None => focus::to(focus::COMPOSER),
    });
}

fn focus_tile(image: &ImageId) {
    focus::to(&format!("[data-testid=attachment][data-image='{image}'] .look"));
}

/// Follows the pointer while a tile is dragged: past the middle of another tile it takes that one's place.
fn follow(dragged: Dragged, tray: Tray) {
    let Dragged { drag, shown } = dragged;
    let ending = tray.clone();
    let moves = window_event_listener(ev::pointermove, move |event: PointerEvent| {
        drag.with_value(|drag| {
            if let Some(drag) = drag.borrow_mut().as_mut() {
                drag_on(drag, &tray, event.client_x(), event.client_y());
            }
        });
    });
    let ends = window_event_listener(ev::pointerup, move |_| {
        shown.set(None);
        drag.with_value(|drag| {
            if drag.borrow().as_ref().is_some_and(|drag| drag.placed) {
                ending.keep_order();
            }
        });
        // A click may follow, which asks whether it was one.
        request_animation_frame(move || {
            drag.try_with_value(|drag| drag.borrow_mut().take());
        });
    });
    on_cleanup(move || {
        moves.remove();
        ends.remove();
    });
}

fn drag_on(drag: &mut Drag, tray: &Tray, x: i32, y: i32) {
    drag.moved |= (x - drag.from.0).abs() >= STILL || (y - drag.from.1).abs() >= STILL;
    let under = document().element_from_point(x as f32, y as f32).filter(|_| drag.moved);
    let Some(tile) = under.and_then(|under| under.closest("[data-testid=attachment]").ok().flatten()) else { return };
    let over = tile.get_attribute("data-image").map(ImageId::from).filter(|over| *over != drag.image);
    let places = over.and_then(|over| Some((tray.place_of(&drag.image)?, tray.place_of(&over)?)));
    let Some((from, to)) = places else { return };
    let place = tile.get_bounding_client_rect();
    let middle = place.left() + place.width() / 2.0;
    let is_past = if to > from { f64::from(x) > middle } else { f64::from(x) < middle };
    if is_past {
        drag.placed |= tray.put_at(&drag.image, to);
    }
}
