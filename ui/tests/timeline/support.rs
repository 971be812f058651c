//! A timeline on a page of its own, with the app's styles, and frames told by the test.

use std::{any::Any, cell::RefCell, sync::Arc, sync::Mutex, time::Duration};

use leptos::prelude::*;
use model::{
    Author, Change, Content, Conversation, ConversationKind, Failure, Frame, Item, ItemId, Member, Queue, SendOptions,
    SendState, Speaker, TextState, ToolCall, ToolReturn, ToolState, Turn, command::Opened,
};
use ui::timeline::{Doings, Rows, Taken, TimelineView, time};
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement};

const STYLES: [&str; 7] = [
    include_str!("../../styles/tokens.css"),
    include_str!("../../styles/base.css"),
    include_str!("../../styles/controls.css"),
    include_str!("../../styles/banner.css"),
    include_str!("../../styles/timeline.css"),
    include_str!("../../styles/markdown.css"),
    include_str!("../../styles/images.css"),
];

/// What the timeline asked for.
pub struct Asked {
    pub earlier: usize,
    pub retried: Vec<ItemId>,
    pub left: Vec<ItemId>,
    pub links: Vec<String>,
    pub filled: Vec<ItemId>,
    pub turned_down: Vec<ItemId>,
    /// What filling a gap and turning a call down are answered with.
    pub fill: Result<(), Failure>,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            earlier: 0,
            retried: Vec::new(),
            links: Vec::new(),
            left: Vec::new(),
            filled: Vec::new(),
            turned_down: Vec::new(),
            fill: Ok(()),
        }
    }
}

pub struct Page {
    pub rows: Rows,
    pub asked: Arc<Mutex<Asked>>,
    host: HtmlElement,
    version: RefCell<u64>,
    mounted: Option<Box<dyn Any>>,
}

impl Drop for Page {
    fn drop(&mut self) {
        self.mounted.take();
        self.host.remove();
    }
}

impl Page {
    /// A view of 800 × 600 px that shows `items`.
    pub async fn of(items: Vec<Item>) -> Self {
        Self::opened(items, None, false).await
    }

    pub async fn opened(items: Vec<Item>, seen: Option<&str>, more: bool) -> Self {
        style();
        let document = document();
        let host: HtmlElement = document.create_element("div").unwrap().unchecked_into();
        host.set_attribute(
            "style",
            "position:fixed;left:0;top:0;width:800px;height:600px;display:flex;flex-direction:column",
        )
        .unwrap();
        document.body().unwrap().append_child(&host).unwrap();
        let rows = Rows::new();
        let conversation = conversation(&["Ibrahim", "Wen", "Rosa"]);
        rows.opened(&Opened {
            conversation,
            draft: String::new(),
            attachments: vec![],
            loaded: vec![],
            always_load: false,
            more,
            seen: seen.map(ItemId::from),
            queue: Queue::default(),
            options: SendOptions::default(),
        });
        let asked = Arc::new(Mutex::new(Asked::default()));
        let [earlier, retried, left, links, filled, turned] = std::array::from_fn(|_| asked.clone());
        let doings = Doings {
            retry: Arc::new(move |item| retried.lock().unwrap().retried.push(item)),
            skip: Arc::new(|_| {}),
            go_on: Arc::new(|| {}),
            leave: Arc::new(move |item| left.lock().unwrap().left.push(item)),
            earlier: Arc::new(move || earlier.lock().unwrap().earlier += 1),
            fill: Arc::new(move |gap| {
                let mut asked = filled.lock().unwrap();
                asked.filled.push(gap);
                let answer = asked.fill.clone();
                Box::pin(async move { answer })
            }),
            turn_down: Arc::new(move |call| {
                let mut asked = turned.lock().unwrap();
                asked.turned_down.push(call);
                let answer = asked.fill.clone();
                Box::pin(async move { answer })
            }),
            open_link: Arc::new(move |url| links.lock().unwrap().links.push(url)),
            load_image: Arc::new(|_| {}),
            always_load: Arc::new(|_| {}),
            show_images: Arc::new(|_| {}),
        };
        let shown = rows.clone();
        let mounted = leptos::mount::mount_to(host.clone(), move || view! { <TimelineView rows=shown doings=doings/> });
        let page = Self { rows, asked, host, version: RefCell::new(0), mounted: Some(Box::new(mounted)) };
        page.tell(vec![Change::Reset { items }], Turn::Yours);
        page.frames(4).await;
        page
    }

    /// Others sit there now.
    pub fn seat(&self, names: &[&str]) {
        self.rows.conversation(&conversation(names));
    }

    /// Applies changes as the next frame of the conversation.
    pub fn tell(&self, changes: Vec<Change>, turn: Turn) {
        *self.version.borrow_mut() += 1;
        let taken = self.rows.apply(Frame { conversation: "c".into(), version: *self.version.borrow(), changes, turn });
        assert_eq!(taken, Taken::Applied);
    }

    pub fn append(&self, id: &str, text: &str) {
        self.tell(
            vec![Change::Append { id: id.into(), text: text.to_owned() }],
            Turn::Speaking { speaker: speaker("Wen") },
        );
    }

    /// Waits for so many frames to be painted.
    pub async fn frames(&self, count: usize) {
        for _ in 0..count {
            frame().await;
        }
    }

    /// Waits until growing text is drawn.
    pub async fn drawn(&self) {
        pause(70).await;
        self.frames(4).await;
    }

    pub fn scroller(&self) -> HtmlElement {
        self.find("[data-testid=timeline]").unwrap().unchecked_into()
    }

    pub fn find(&self, selector: &str) -> Option<Element> {
        self.host.query_selector(selector).unwrap()
    }

    pub fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.host.query_selector_all(selector).unwrap();
        (0..found.length()).map(|at| found.item(at).unwrap().unchecked_into()).collect()
    }

    pub fn row(&self, id: &str) -> Option<Element> {
        self.find(&format!("[data-testid=item][data-id='{id}']"))
    }

    pub fn click(&self, selector: &str) {
        self.find(selector).unwrap_or_else(|| panic!("no {selector}")).unchecked_into::<HtmlElement>().click();
    }

    /// Gives the view another height, as a growing dock does.
    pub async fn resize(&self, height: &str) {
        self.host.style().set_property("height", height).unwrap();
        self.frames(4).await;
    }

    /// How far the reader is from the end.
    pub fn left_below(&self) -> i32 {
        let scroller = self.scroller();
        scroller.scroll_height() - scroller.scroll_top() - scroller.client_height()
    }

    /// Scrolls as the wheel does.
    pub async fn scroll_to(&self, top: i32) {
        self.scroller().set_scroll_top(top);
        self.frames(4).await;
    }

    /// The first row that is wholly in sight, with its distance from the top of the page.
    pub fn reading(&self) -> (String, f64) {
        let top = self.scroller().get_bounding_client_rect().top();
        let row = self
            .all("[data-testid=item][data-id^=i]")
            .into_iter()
            .find(|row| row.get_bounding_client_rect().top() > top + 1.0)
            .unwrap();
        (row.get_attribute("data-id").unwrap(), row.get_bounding_client_rect().top())
    }

    pub fn top_of(&self, id: &str) -> f64 {
        self.row(id).unwrap_or_else(|| panic!("{id} is not on the page")).get_bounding_client_rect().top()
    }
}

fn conversation(names: &[&str]) -> Conversation {
    let members = names.iter().zip([6, 4, 9]).map(|(name, hue)| Member {
        agent: format!("agent-{name}").into(),
        name: (*name).to_owned(),
        role: "Reader".to_owned(),
        hue,
        monogram: name[..1].to_owned(),
    });
    Conversation {
        id: "c".into(),
        profile: "p".into(),
        kind: ConversationKind::Group,
        title: "Talk".to_owned(),
        members: members.collect(),
        pattern: None,
        last: None,
        unread: false,
        waiting: 0,
        turn: Turn::Yours,
        closed: None,
        caution: None,
        floor: None,
        archived: false,
        long_run: None,
    }
}

fn style() {
    let document = document();
    if document.get_element_by_id("styles").is_none() {
        let style = document.create_element("style").unwrap();
        style.set_id("styles");
        style.set_text_content(Some(&STYLES.concat()));
        document.head().unwrap().append_child(&style).unwrap();
    }
}

pub async fn frame() {
    let promise = js_sys::Promise::new(&mut |done, _| {
        let call = Closure::once_into_js(move || {
            done.call0(&wasm_bindgen::JsValue::NULL).unwrap();
        });
        window().request_animation_frame(call.unchecked_ref()).unwrap();
    });
    JsFuture::from(promise).await.unwrap();
    pause(0).await;
}

pub async fn pause(milliseconds: u64) {
    let promise = js_sys::Promise::new(&mut |done, _| {
        set_timeout(move || drop(done.call0(&wasm_bindgen::JsValue::NULL)), Duration::from_millis(milliseconds));
    });
    JsFuture::from(promise).await.unwrap();
}

pub fn speaker(name: &str) -> Speaker {
    Speaker { id: Some(format!("agent-{name}").into()), name: name.to_owned() }
}

fn item(number: i64, author: Author, content: Content) -> Item {
    // One day for all, so that day lines are few: minutes back from a fixed noon.
    let at = time::now() / 86_400_000 * 86_400_000 + 43_200_000 + number;
    Item { id: format!("i{number}").into(), position: number * 10, author, at, run: None, step: None, content }
}

pub fn you(number: i64, text: &str) -> Item {
    item(number, Author::You, Content::User { text: text.to_owned(), images: Vec::new(), state: SendState::Sent })
}

pub fn says(number: i64, name: &str, text: &str) -> Item {
    item(
        number,
        Author::Agent(speaker(name)),
        Content::Assistant { text: text.to_owned(), images: Vec::new(), state: TextState::Done },
    )
}

pub fn streams(number: i64, name: &str, text: &str) -> Item {
    let content = Content::Assistant { text: text.to_owned(), images: Vec::new(), state: TextState::Streaming };
    item(number, Author::Agent(speaker(name)), content)
}

pub fn thinks(number: i64, name: &str, text: &str, took: Option<i64>) -> Item {
    let state = if took.is_some() { TextState::Done } else { TextState::Streaming };
    item(number, Author::Agent(speaker(name)), Content::Reasoning { text: text.to_owned(), hidden: false, state, took })
}

pub fn calls(number: i64, name: &str, arguments: &str, state: ToolState) -> Item {
    let call = ToolCall {
        id: format!("call-{number}").into(),
        name: "web_search".to_owned(),
        arguments: arguments.to_owned(),
        state,
        request: None,
        stuck: None,
        foreign: false,
        decision: None,
        took: Some(2_000),
    };
    item(number, Author::Agent(speaker(name)), Content::Tool(call))
}

pub fn returned(text: &str) -> ToolState {
    ToolState::Returned(ToolReturn {
        ok: true,
        text: text.to_owned(),
        stdout: Vec::new(),
        stderr: Vec::new(),
        images: Vec::new(),
    })
}

pub fn states(number: i64, content: Content) -> Item {
    item(number, Author::App, content)
}

/// A long talk: `from` up to `to`, questions and answers of different lengths.
pub fn talk(from: i64, to: i64) -> Vec<Item> {
    let turn = |number: i64| {
        let name = ["Ibrahim", "Wen", "Rosa"][number.rem_euclid(3) as usize];
        let words = "Some words that go on for a while. ".repeat(number.rem_euclid(7) as usize * 3 + 1);
        if number % 2 == 0 {
            you(number, &format!("Question {number}"))
        } else {
            says(number, name, &format!("Answer {number}. {words}"))
        }
    };
    (from..to).map(turn).collect()
}
