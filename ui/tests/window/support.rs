//! An engine in memory and the whole window before it: what the window asks is recorded, what the engine says is told by the test.

use std::{any::Any, cell::RefCell, rc::Rc};

use leptos::prelude::*;
use model::{
    Author, Call, Connection, Content, Conversation, ConversationId, ConversationKind, Failure, Frame, ImageId, Item,
    LastWords, Member, News, Pattern, Place, Profile, Queue, SendOptions, SendState, Speaker, TextState, Theme,
    ToolCall, ToolState, Turn,
    change::Change,
    command::{Keychain, Launched, Older, Opened},
};
use serde_json::{Value, json};
use ui::{
    app::App,
    approval::Trust,
    ipc::{self, Answer, Ear, OtherSide},
    picture::Source,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, KeyboardEventInit};

/// What the page's layout hangs on: how lines break and what is cut.
const STYLES: &str = concat!(
    include_str!("../../styles/tokens.css"),
    include_str!("../../styles/base.css"),
    include_str!("../../styles/controls.css"),
    include_str!("../../styles/timeline.css"),
    include_str!("../../styles/dock.css"),
    include_str!("../../styles/images.css"),
    include_str!("../../styles/approval.css"),
    include_str!("../../styles/inbox.css"),
    include_str!("../../styles/markdown.css"),
);

type Reply = Result<Value, Failure>;

/// One picture for all: a dot. Of one that is called `gone` there are no bytes.
fn dot(image: &ImageId, _size: Option<u32>) -> String {
    let bytes = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
    if image.as_str() == "gone" { "data:image/gif;base64,".to_owned() } else { bytes.to_owned() }
}

/// The engine's place, taken by the test.
pub struct Engine {
    launched: Launched,
    draft: String,
    calls: RefCell<Vec<Call>>,
    ear: RefCell<Option<Ear>>,
    replies: RefCell<Vec<(&'static str, Reply)>>,
    /// The next call of this name is answered only when the test says so.
    held: RefCell<Option<(&'static str, Option<js_sys::Function>)>>,
    late: RefCell<Option<Reply>>,
}

impl Engine {
    fn opened(&self, id: &str) -> Opened {
        let conversation = self.launched.conversations.iter().find(|row| row.id.as_str() == id).unwrap().clone();
        Opened {
            conversation,
            draft: String::new(),
            attachments: vec![],
            loaded: vec![],
            always_load: false,
            more: false,
            seen: None,
            queue: Queue::default(),
            options: SendOptions::default(),
        }
    }

    fn reply(&self, call: &Call) -> Reply {
        let word = serde_json::to_value(call).unwrap()["command"].as_str().unwrap().to_owned();
        let mut replies = self.replies.borrow_mut();
        if let Some(at) = replies.iter().position(|(command, _)| *command == word) {
            return replies.remove(at).1;
        }
        Ok(match call {
            Call::Launch(_) => json!(self.launched),
            Call::Open(open) => json!(Opened { draft: self.draft.clone(), ..self.opened(open.conversation.as_str()) }),
            Call::Earlier(_) => json!(Older { more: false }),
            Call::ChooseProfile(_) => json!(self.launched.conversations),
            _ => Value::Null,
        })
    }
}

struct Side(Rc<Engine>);

impl OtherSide for Side {
    fn call(&self, call: Call) -> Answer {
        let word = serde_json::to_value(&call).unwrap()["command"].as_str().unwrap().to_owned();
        let is_held = self.0.held.borrow().as_ref().is_some_and(|(held, _)| *held == word);
        if is_held {
            self.0.calls.borrow_mut().push(call);
            let released = js_sys::Promise::new(&mut |done, _| {
                if let Some((_, release)) = self.0.held.borrow_mut().as_mut() {
                    *release = Some(done);
                }
            });
            let engine = self.0.clone();
            return Box::pin(async move {
                wasm_bindgen_futures::JsFuture::from(released).await.unwrap();
                engine.late.borrow_mut().take().unwrap()
            });
        }
        let reply = self.0.reply(&call);
        self.0.calls.borrow_mut().push(call);
        Box::pin(async move { reply })
    }

    fn listen(&self, ear: Ear) {
        *self.0.ear.borrow_mut() = Some(ear);
    }
}

/// The window on a page of its own, gone when dropped.
pub struct Page {
    engine: Rc<Engine>,
    host: HtmlElement,
    mounted: Option<Box<dyn Any>>,
}

impl Drop for Page {
    fn drop(&mut self) {
        self.mounted.take();
        self.host.remove();
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
    let engine = Rc::new(Engine {
        launched,
        draft: draft.to_owned(),
        calls: RefCell::default(),
        ear: RefCell::default(),
        replies: RefCell::default(),
        held: RefCell::default(),
        late: RefCell::default(),
    });
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

    /// Presses a key where the focus is.
    pub async fn key(&self, key: &str) {
        self.key_with(key, |_| {}).await;
    }

    /// The same, with modifiers.
    pub async fn key_with(&self, key: &str, more: impl FnOnce(&KeyboardEventInit)) {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        init.set_bubbles(true);
        init.set_cancelable(true);
        more(&init);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
        let target: Element = document().active_element().unwrap();
        target.dispatch_event(&event).unwrap();
        settle().await;
    }

    /// The engine says something.
    pub async fn news(&self, news: News) {
        let ear = self.engine.ear.borrow().clone().unwrap();
        ear(vec![news]);
        settle().await;
    }

    /// A frame of the open conversation.
    pub async fn frame(&self, version: u64, changes: Vec<Change>, turn: Turn) {
        self.news(News::Timeline(Frame { conversation: "home/table".into(), version, changes, turn })).await;
    }

    /// The next command of this name gets this answer.
    pub fn answer(&self, command: &'static str, reply: Reply) {
        self.engine.replies.borrow_mut().push((command, reply));
    }

    /// The open table is one that the app leads, where pictures can be shown to everybody.
    pub async fn lead(&self) {
        let mut table = self.engine.opened("home/table").conversation;
        table.kind = ConversationKind::Table;
        self.news(News::Conversation { conversation: table }).await;
    }

    /// The next command of this name is answered late.
    pub fn hold(&self, command: &'static str) {
        *self.engine.held.borrow_mut() = Some((command, None));
    }

    /// The answer to the command that was held.
    pub async fn release(&self, command: &'static str, reply: Reply) {
        let (held, done) = self.engine.held.borrow_mut().take().unwrap();
        assert_eq!(held, command);
        *self.engine.late.borrow_mut() = Some(reply);
        done.unwrap().call0(&wasm_bindgen::JsValue::NULL).unwrap();
        settle().await;
    }

    /// What an opening of this conversation brings.
    pub fn opened(&self, id: &str) -> Opened {
        self.engine.opened(id)
    }

    /// What was asked since the last look, as JSON.
    pub fn asked(&self) -> Vec<Value> {
        self.engine.calls.borrow_mut().drain(..).map(|call| json!(call)).collect()
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

/// A member of the table.
pub fn member(name: &str, hue: u8) -> Member {
    Member {
        agent: agent(name),
        name: name.to_owned(),
        role: "Research".to_owned(),
        hue,
        monogram: name[..1].to_owned(),
    }
}

fn agent(name: &str) -> model::AgentId {
    format!("agent-{name}").into()
}

/// An agent as the one who speaks.
pub fn speaker(name: &str) -> Speaker {
    Speaker { id: Some(agent(name)), name: name.to_owned() }
}

/// An agent is at it.
pub fn speaking(name: &str) -> Turn {
    Turn::Speaking { speaker: speaker(name) }
}

/// A row of the sidebar.
pub fn conversation(id: &str, kind: ConversationKind, title: &str, members: Vec<Member>) -> Conversation {
    Conversation {
        id: ConversationId::from(format!("home/{id}")),
        profile: "home".into(),
        kind,
        title: title.to_owned(),
        pattern: (members.len() > 1).then_some(Pattern::RoundRobin),
        members,
        last: Some(LastWords { speaker: Some("Wen".into()), text: "Two hold.".into(), at: 0 }),
        unread: false,
        waiting: 0,
        turn: Turn::Yours,
        closed: None,
        caution: None,
    }
}

/// The server of the tests.
pub fn home() -> Profile {
    Profile {
        id: "home".into(),
        name: "Home server".into(),
        place: Place::Own { address: "http://nas.lan:8283".into() },
        host: "nas.lan:8283".into(),
        version: None,
        has_key: true,
        connection: Connection::Online,
        groups_closed: None,
        warning: None,
        streaming: model::Streaming::Auto,
        abilities: Vec::new(),
        background_closed: None,
    }
}

/// Nothing was ever connected.
pub fn first_run() -> Launched {
    Launched {
        profiles: vec![],
        profile: None,
        conversations: vec![],
        conversation: None,
        theme: Theme::Light,
        keychain: Keychain::Works,
        storage_warning: None,
        version: "0.1.0".into(),
    }
}

/// A table of three and two agents; the table is open.
pub fn at_home() -> Launched {
    let [ibrahim, wen, rosa] = [member("Ibrahim", 6), member("Wen", 4), member("Rosa", 9)];
    Launched {
        profiles: vec![home()],
        profile: Some("home".into()),
        conversations: vec![
            conversation("table", ConversationKind::Group, "Autumn issue", vec![ibrahim, wen.clone(), rosa.clone()]),
            conversation("wen", ConversationKind::Agent, "Wen", vec![wen]),
            conversation("rosa", ConversationKind::Agent, "Rosa", vec![rosa]),
        ],
        conversation: Some("home/table".into()),
        ..first_run()
    }
}

fn item(id: &str, position: i64, author: Author, content: Content) -> Item {
    Item { id: id.into(), position, author, at: 0, run: None, step: None, content }
}

/// The user's words.
pub fn said(id: &str, position: i64) -> Item {
    item(
        id,
        position,
        Author::You,
        Content::User { text: "What do 96 pages cost?".into(), images: vec![], state: SendState::Sent },
    )
}

/// An agent's words.
pub fn words(id: &str, position: i64, name: &str, text: &str) -> Item {
    item(
        id,
        position,
        Author::Agent(speaker(name)),
        Content::Assistant { text: text.into(), images: vec![], state: TextState::Done },
    )
}

/// A tool call.
pub fn request(id: &str, position: i64, name: &str, arguments: &str, state: ToolState) -> Item {
    let call = ToolCall {
        id: format!("call-{id}").as_str().into(),
        name: "send_email".into(),
        arguments: arguments.into(),
        state,
        request: None,
        stuck: None,
        foreign: false,
        decision: None,
        took: None,
    };
    item(id, position, Author::Agent(speaker(name)), Content::Tool(call))
}

/// The same call with something about it changed.
pub fn but(mut item: Item, change: impl FnOnce(&mut ToolCall)) -> Item {
    if let Content::Tool(call) = &mut item.content {
        change(call);
    }
    item
}

/// The list as an opening brings it.
pub fn reset(items: Vec<Item>) -> Vec<Change> {
    vec![Change::Reset { items }]
}
