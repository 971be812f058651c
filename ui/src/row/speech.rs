//! An agent's words: Markdown that grows, its copy button, and what became of words that were cut off.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use leptos::{html, prelude::*, task::spawn_local};
use model::{Content, Item, TextState};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::{
    Shown,
    copying::{self, COPIED},
    pictures, trouble,
};
use crate::{copy::copy, markdown_view::Prose, timeline::pace};

pub(super) fn view(shown: Shown) -> impl IntoView {
    let body = NodeRef::<html::Div>::new();
    grow(&shown, body);
    let open_link = shown.doings.open_link.clone();
    let follow = move |target: Option<web_sys::EventTarget>| {
        let target = target.and_then(|target| target.dyn_into::<Element>().ok());
        let closest = |what: &str| target.as_ref().and_then(|target| target.closest(what).ok().flatten());
        // A picture within a link is a picture.
        if closest("[data-image-url]").is_some() {
            return false;
        }
        if let Some(url) = closest("[data-url]").and_then(|link| link.get_attribute("data-url")) {
            open_link(url);
            return true;
        }
        if let Some(button) = closest("[data-copy]") {
            copy_code(&button);
            return true;
        }
        false
    };
    let pressed = follow.clone();
    let images = {
        let item = shown.item.clone();
        let images = Memo::new(move |_| {
            item.with(|item| match &item.content {
                Content::Assistant { images, .. } => images.clone(),
                _ => Vec::new(),
            })
        });
        let frame = pictures::Frame::of(&shown);
        let whose = shown.item.with_untracked(|item| {
            item.speaker().map_or_else(|| "Image".to_owned(), |speaker| format!("Image from {}", speaker.name))
        });
        move || images.with(|images| pictures::listed(&frame, images, &whose))
    };
    let note = {
        let shown = shown.clone();
        move || trouble::cut_off(&shown)
    };
    view! {
        <div
            class="md"
            node_ref=body
            on:click=move |event: web_sys::MouseEvent| {
                follow(event.target());
            }
            on:keydown=move |event: KeyboardEvent| {
                let on_link = event.target().and_then(|target| target.dyn_into::<Element>().ok()).is_some_and(|target| target.has_attribute("data-url"));
                if on_link && event.key() == "Enter" && pressed(event.target()) {
                    event.prevent_default();
                }
            }
        ></div>
        {images}
        {note}
        {copy_button(&shown)}
    }
}

/// Draws the text now, and what is added with the frames that follow.
fn grow(shown: &Shown, body: NodeRef<html::Div>) {
    let item = shown.item.clone();
    let prose: Rc<RefCell<Option<Prose>>> = Rc::default();
    let waits = Rc::new(Cell::new(false));
    let hung = Rc::new(RefCell::new(pictures::Hung::new(pictures::Frame::of(shown))));
    let draw: Rc<dyn Fn()> = {
        let (item, prose, waits) = (item.clone(), prose.clone(), waits.clone());
        Rc::new(move || {
            waits.set(false);
            let mut prose = prose.borrow_mut();
            let Some(prose) = prose.as_mut() else { return };
            item.with_untracked(|item| {
                if let Content::Assistant { text, images, state } = &item.content {
                    prose.show(text, *state == TextState::Streaming, pace::clock());
                    hung.borrow_mut().hang(prose.root(), images.len());
                }
            });
        })
    };
    Effect::new(move |_| {
        item.track();
        let Some(body) = body.get() else { return };
        let is_first = prose.borrow().is_none();
        if is_first {
            *prose.borrow_mut() = Some(Prose::new(body.into()));
            draw();
        } else if !waits.replace(true) {
            pace::soon(draw.clone());
        }
    });
}

/// Copies the answer as the model wrote it.
fn copy_button(shown: &Shown) -> impl IntoView + use<> {
    let item = shown.item.clone();
    let text = move || item.with_untracked(words_of);
    copying::button("Copy reply", "ib sm copy", text)
}

/// An answer's source, without what cannot be seen.
fn words_of(item: &Item) -> String {
    match &item.content {
        Content::Assistant { text, .. } => markdown::visible(text).into_owned(),
        _ => String::new(),
    }
}

/// Copies a block of code, and says so in the button.
fn copy_code(button: &Element) {
    let code = button.closest(".code").ok().flatten().and_then(|block| block.query_selector("pre").ok().flatten());
    let Some(text) = code.and_then(|code| code.text_content()) else { return };
    let label = button.last_child();
    spawn_local(async move {
        if copy(&text).await
            && let Some(label) = label
        {
            label.set_text_content(Some("Copied"));
            set_timeout(move || label.set_text_content(Some("Copy")), COPIED);
        }
    });
}
