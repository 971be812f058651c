//! The whole window on a page of its own, before an engine in memory: looked at, pressed, written into.

use std::{any::Any, rc::Rc};

use leptos::prelude::*;
use model::{
    ConversationKind, Frame, ImageId, News, Turn,
    change::Change,
    command::{Launched, Opened},
};
use serde_json::Value;
use ui::{app::App, approval::Trust, ipc, picture::Source};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, KeyboardEventInit, PointerEvent, PointerEventInit};

use super::engine::{Engine, Reply, Side};

/// What the page's layout hangs on: how lines break and what is cut.
const STYLES: &str = concat!(
    include_str!("../../../styles/tokens.css"),
    include_str!("../../../styles/base.css"),
    include_str!("../../../styles/controls.css"),
    include_str!("../../../styles/sidebar.css"),
    include_str!("../../../styles/bar.css"),
    include_str!("../../../styles/timeline.css"),
    include_str!("../../../styles/dock.css"),
    include_str!("../../../styles/images.css"),
    include_str!("../../../styles/approval.css"),
    include_str!("../../../styles/inbox.css"),
    include_str!("../../../styles/inspector.css"),
    include_str!("../../../styles/markdown.css"),
    include_str!("../../../styles/menu.css"),
    include_str!("../../../styles/making.css"),
    include_str!("../../../styles/ordering.css"),
);

/// One picture for all: a dot. Of one that is called `gone` there are no bytes.
fn dot(image: &ImageId, _size: Option<u32>) -> String {
    let bytes = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
    if image.as_str() == "gone" { "data:image/gif;base64,".to_owned() } else { bytes.to_owned() }
}

/// The window on a page of its own, gone when dropped.
pub struct Page {
    engine: Rc<Engine>,
    host: HtmlElement,
    mounted: Option<Box<dyn Any>>,
}

impl Drop for Page {
    fn drop(&mut self) {
        // Where one test left the pointer is nothing to the next: it goes to the corner, while it is still followed.
        window().dispatch_event(&PointerEvent::new("pointermove").unwrap()).unwrap();
        self.mounted.take();
        self.host.remove();
        // What one test left open is not open in the next.
        if let Ok(Some(kept)) = window().local_storage() {
            kept.remove_item("inspector").unwrap();
        }
    }
}

/// A window that was told this at its start.
pub async fn page(launched: Launched) -> Page {
    page_with(launched, "").await
}

/// The same, with a draft in every conversation.
pub async fn page_with(launched: Launched, draft: &str) -> Page {
    // No event of a test is a person's own.
    open_page(launched, draft, Some(Trust(|_| true))).await
}

/// A window that believes only what the browser says is a person's own: nothing that a test does.
pub async fn wary_page(launched: Launched) -> Page {
    open_page(launched, "", None).await
}

async fn open_page(launched: Launched, draft: &str, trust: Option<Trust>) -> Page {
    let engine = Engine::new(launched, draft);
    ipc::replace(Rc::new(Side(engine.clone())));
    let host: HtmlElement = document().create_element("div").unwrap().dyn_into().unwrap();
    host.set_attribute("style", "width: 1280px; height: 800px; display: flex").unwrap();
    document().body().unwrap().append_child(&host).unwrap();
    let style = document().create_element("style").unwrap();
    style.set_text_content(Some(&format!("{STYLES} .app {{ flex: 1; }}")));
    host.append_child(&style).unwrap();
    let mounted = leptos::mount::mount_to(host.clone(), move || {
        if let Some(trust) = trust {
            provide_context(trust);
        }
        provide_context(Source(dot));
        view! { <App/> }
    });
    let page = Page { engine, host, mounted: Some(Box::new(mounted)) };
    settle().await;
    page
}

impl Page {
    /// The first element of this handle.
    pub fn find(&self, handle: &str) -> Option<HtmlElement> {
        self.select(&format!("[data-testid={handle}]"))
    }

    /// The first element of this selector.
    pub fn select(&self, selector: &str) -> Option<HtmlElement> {
        self.host.query_selector(selector).unwrap().map(|element| element.dyn_into().unwrap())
    }

    /// Every element of this selector.
    pub fn all(&self, selector: &str) -> Vec<HtmlElement> {
        let found = self.host.query_selector_all(selector).unwrap();
        (0..found.length()).map(|at| found.get(at).unwrap().dyn_into().unwrap()).collect()
    }

    /// The text of the first element of this handle.
    pub fn text(&self, handle: &str) -> String {
        self.find(handle).unwrap_or_else(|| panic!("no {handle}")).text_content().unwrap()
    }

    /// Presses it.
    pub async fn click(&self, handle: &str) {
        self.find(handle).unwrap_or_else(|| panic!("no {handle}")).click();
        settle().await;
    }

    /// Types into the field of this selector.
    pub async fn write(&self, selector: &str, text: &str) {
        let field = self.select(selector).unwrap_or_else(|| panic!("no {selector}"));
        js_sys::Reflect::set(&field, &"value".into(), &text.into()).unwrap();
        let input = web_sys::Event::new_with_event_init_dict("input", &bubbling()).unwrap();
        field.dispatch_event(&input).unwrap();
        settle().await;
    }

    /// Presses a key where the focus is; true if something was done about it here, so that the page does nothing of its own.
    pub async fn key(&self, key: &str) -> bool {
        self.key_with(key, |_| {}).await
    }

    /// The same, with modifiers.
    pub async fn key_with(&self, key: &str, more: impl FnOnce(&KeyboardEventInit)) -> bool {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        init.set_bubbles(true);
        init.set_cancelable(true);
        more(&init);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
        let target: Element = document().active_element().unwrap();
        target.dispatch_event(&event).unwrap();
        settle().await;
        event.default_prevented()
    }

    /// Leaves the dialog that lies above, as Esc does it, and waits for the frame in which the focus comes back.
    pub async fn escape(&self) {
        let init = web_sys::EventInit::new();
        init.set_cancelable(true);
        let event = web_sys::Event::new_with_event_init_dict("cancel", &init).unwrap();
        self.select("dialog").unwrap().dispatch_event(&event).unwrap();
        settle().await;
        sleep(50).await;
    }

    /// The pointer, with its button held, does this at a place of the window.
    pub async fn point(&self, kind: &str, at: (f64, f64)) {
        self.point_with(kind, at, |_| {}).await;
    }

    /// The same, with more about it.
    pub async fn point_with(&self, kind: &str, at: (f64, f64), more: impl FnOnce(&PointerEventInit)) {
        self.pointer(kind, at, more);
        settle().await;
    }

    /// The same, and nothing else happens before it returns.
    pub fn pointer(&self, kind: &str, (x, y): (f64, f64), more: impl FnOnce(&PointerEventInit)) {
        let init = PointerEventInit::new();
        init.set_bubbles(true);
        init.set_cancelable(true);
        init.set_client_x(x as i32);
        init.set_client_y(y as i32);
        init.set_buttons(1);
        more(&init);
        let event = PointerEvent::new_with_event_init_dict(kind, &init).unwrap();
        // The page may be higher than the browser's window: then it is somewhere on it.
        let on = document().element_from_point(x as f32, y as f32).unwrap_or_else(|| document().body().unwrap().into());
        on.dispatch_event(&event).unwrap();
    }

    /// The engine says something.
    pub async fn news(&self, news: News) {
        self.engine.tell(news);
        settle().await;
    }

    /// A frame of the open conversation.
    pub async fn frame(&self, version: u64, changes: Vec<Change>, turn: Turn) {
        self.news(News::Timeline(Frame { conversation: "home/table".into(), version, changes, turn })).await;
    }

    /// The next command of this name gets this answer.
    pub fn answer(&self, command: &'static str, reply: Reply) {
        self.engine.answer(command, reply);
    }

    /// The open table is one that the app leads, where pictures can be shown to everybody.
    pub async fn lead(&self) {
        let mut table = self.engine.opened("home/table").conversation;
        table.kind = ConversationKind::Table;
        self.news(News::Conversation { conversation: Box::new(table) }).await;
    }

    /// The next command of this name is answered late.
    pub fn hold(&self, command: &'static str) {
        self.engine.hold(command);
    }

    /// The answer to the command that was held.
    pub async fn release(&self, command: &'static str, reply: Reply) {
        self.engine.release(command, reply);
        settle().await;
    }

    /// What an opening of this conversation brings.
    pub fn opened(&self, id: &str) -> Opened {
        self.engine.opened(id)
    }

    /// What was asked since the last look, as JSON.
    pub fn asked(&self) -> Vec<Value> {
        self.engine.asked()
    }

    /// What was asked of this name since the last look.
    pub fn asked_to(&self, command: &str) -> Vec<Value> {
        self.asked().into_iter().filter(|call| call["command"] == command).map(|call| call["with"].clone()).collect()
    }

    /// The focus is within this selector.
    pub fn has_focus(&self, selector: &str) -> bool {
        self.select(selector).is_some_and(|element| element.contains(document().active_element().as_deref()))
    }
}

fn bubbling() -> web_sys::EventInit {
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    init
}

/// Lets everything that was asked and told come to rest.
pub async fn settle() {
    for _ in 0..4 {
        leptos::task::tick().await;
        sleep(0).await;
    }
}

/// Waits so many milliseconds.
pub async fn sleep(ms: i32) {
    let promise = js_sys::Promise::new(&mut |done, _| {
        window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms).unwrap();
    });
    wasm_bindgen_futures::JsFuture::from(promise).await.unwrap();
}

/// The window is this wide for the page, until this is dropped.
pub struct Width(wasm_bindgen::JsValue);

/// Makes the window this wide for the page.
pub fn width(px: f64) -> Width {
    let was = window().inner_width().unwrap();
    set_width(&px.into());
    Width(was)
}

impl Drop for Width {
    fn drop(&mut self) {
        set_width(&self.0);
    }
}

fn set_width(px: &wasm_bindgen::JsValue) {
    js_sys::Reflect::set(&window(), &"innerWidth".into(), px).unwrap();
    window().dispatch_event(&web_sys::Event::new("resize").unwrap()).unwrap();
}
