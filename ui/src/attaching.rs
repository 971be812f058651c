//! How pictures come to a composer by themselves: from the clipboard, and dropped on the window. Where the page is told nothing (WebKitGTK
//! hands it empty clipboards, and the shell takes drops), the engine reads natively. No drop ever leads the page elsewhere.

use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DataTransfer, Element, Event, File, HtmlDocument};

use crate::{
    icons::{Icon, Symbol},
    open::Open,
    state::{Stage, State},
};

/// What a clipboard holds for a composer, as far as the page is told.
#[derive(Debug)]
enum Pasted {
    /// Words: they go where the cursor is, as ever.
    Words,
    /// Pictures with their bytes.
    Files(Vec<File>),
    /// Nothing that the page could see, or only where files are: the engine looks for itself. The words, if there are any, are what
    /// is pasted when it finds no picture.
    Unknown(String),
}

/// Listens while the calling component lives.
pub fn listen(state: State) {
    let paste = window_event_listener_untyped("paste", move |event| pasted(state, &event));
    let over = ["dragenter", "dragover"].map(|name| {
        window_event_listener_untyped(name, move |event| {
            if held(&event) {
                state.dragging.set(can_take(state).is_some());
            }
        })
    });
    let away = window_event_listener_untyped("dragleave", move |event| {
        // Into another element of the page is not away. Where the page is told of no files (WebKitGTK), nor ever where to, the engine
        // tells both ends.
        let to = Reflect::get(&event, &"relatedTarget".into());
        if has_files(&event) && to.is_ok_and(|to| to.is_null() || to.is_undefined()) {
            state.dragging.set(false);
        }
    });
    let drop = window_event_listener_untyped("drop", move |event| dropped(state, &event));
    on_cleanup(move || {
        over.into_iter().chain([paste, away, drop]).for_each(|listener| listener.remove());
    });
}

/// The open conversation, if something can be said in it and nothing lies before it.
fn can_take(state: State) -> Option<Open> {
    let is_free = state.stage.get_untracked() == Stage::Table
        && state.lightbox.with_untracked(Option::is_none)
        && state.link.with_untracked(Option::is_none)
        && state.leaving.with_untracked(Option::is_none);
    let open = state.opened_untracked().filter(|_| is_free)?;
    untrack(|| open.row(state)).is_none_or(|row| row.closed.is_none()).then_some(open)
}

fn pasted(state: State, event: &Event) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let field = target.and_then(|target| target.closest("input, textarea").ok().flatten());
    let is_elsewhere = field.is_some_and(|field| field.get_attribute("data-testid").as_deref() != Some("composer"));
    let Some(open) = can_take(state).filter(|_| !is_elsewhere) else { return };
    match Pasted::of(event) {
        Pasted::Words => {}
        Pasted::Files(files) => {
            event.prevent_default();
            let named = |(at, file): (usize, File)| {
                // Browsers call every pasted picture "image.png".
                let name = if file.name() == "image.png" { "Pasted image".to_owned() } else { file.name() };
                (if at == 0 { name } else { format!("{name} {}", at + 1) }, file)
            };
            open.tray.attach(files.into_iter().enumerate().map(named).collect());
        }
        Pasted::Unknown(words) => {
            event.prevent_default();
            leptos::task::spawn_local(async move {
                if !open.tray.paste().await && !words.is_empty() {
                    let page: HtmlDocument = document().unchecked_into();
                    page.exec_command_with_show_ui_and_value("insertText", false, &words).ok();
                }
            });
        }
    }
}

impl Pasted {
    fn of(event: &Event) -> Self {
        let Some(data) = transfer(event, "clipboardData") else { return Self::Unknown(String::new()) };
        let words = data.get_data("text/plain").unwrap_or_default();
        let places = data.get_data("text/uri-list").unwrap_or_default();
        let is_files = |text: &str| text.lines().any(|line| line.starts_with("file://"));
        if is_files(&places) || is_files(&words) {
            return Self::Unknown(words);
        }
        // Words that have a picture of themselves beside them, as office programs do, are words.
        if !words.is_empty() {
            return Self::Words;
        }
        match files(&data) {
            files if files.is_empty() => Self::Unknown(words),
            files => Self::Files(files),
        }
    }
}

/// Something is held over the page; true for files. What could lead the page elsewhere is not let through.
fn held(event: &Event) -> bool {
    let is_files = has_files(event);
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_field = target.is_some_and(|target| target.closest("input, textarea").ok().flatten().is_some());
    if is_files || !is_field {
        event.prevent_default();
    }
    is_files
}

fn has_files(event: &Event) -> bool {
    transfer(event, "dataTransfer").is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

fn dropped(state: State, event: &Event) {
    state.dragging.set(false);
    let is_files = held(event);
    let Some(open) = can_take(state).filter(|_| is_files) else { return };
    let files = transfer(event, "dataTransfer").map(|data| files(&data)).unwrap_or_default();
    open.tray.attach(files.into_iter().map(|file| (file.name(), file)).collect());
}

fn transfer(event: &Event, name: &str) -> Option<DataTransfer> {
    Reflect::get(event, &JsValue::from_str(name)).ok()?.dyn_into().ok()
}

fn files(data: &DataTransfer) -> Vec<File> {
    let Some(list) = data.files() else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.get(at)).collect()
}

/// Where files go that are held over the window: all of the conversation.
#[component]
pub fn DropZone() -> impl IntoView {
    let state = State::here();
    let may_write = move || state.open.get().is_some_and(|open| open.row(state).is_none_or(|row| row.closed.is_none()));
    let is_shown = Memo::new(move |_| state.dragging.get() && may_write());
    view! {
        <Show when=move || is_shown.get()>
            <div class="dropz" data-testid="drop-zone" role="status">
                <Icon symbol=Symbol::Image/>
                <b>"Drop to attach images"</b>
                <span class="t2">"PNG, JPEG, WebP or GIF"</span>
            </div>
        </Show>
    }
}
