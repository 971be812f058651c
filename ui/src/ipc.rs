//! The only file that knows Tauri: asks the engine and hears its news. In tests an in-memory other side takes its place.
//!
//! Tauri's page has `window.__TAURI_INTERNALS__` (the global API is off). `invoke` asks; news come through a callback registered with
//! `transformCallback` and named `__CHANNEL__:id` in the arguments, as `{index, message}` that may arrive out of order, the last as
//! `{index, end: true}` (tauri 2.12.5, scripts/core.js and ipc/channel.rs). Everything crosses as JSON text: `serde_json` on both ends.

use std::{cell::RefCell, collections::BTreeMap, future::Future, pin::Pin, rc::Rc};

use js_sys::{JSON, Object, Reflect};
use model::{Call, Code, Command, Failure, News};
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};

/// An answer that is on its way.
pub type Answer = Pin<Box<dyn Future<Output = Result<Value, Failure>>>>;

/// What takes the news in.
pub type Ear = Rc<dyn Fn(Vec<News>)>;

/// Whoever answers: the engine behind Tauri, or a test.
pub trait OtherSide {
    /// Asks.
    fn call(&self, call: Call) -> Answer;
    /// Says where the news go from now on.
    fn listen(&self, ear: Ear);
}

thread_local! {
    static OTHER_SIDE: RefCell<Rc<dyn OtherSide>> = RefCell::new(Rc::new(Tauri));
}

/// Puts another side in Tauri's place.
pub fn replace(side: Rc<dyn OtherSide>) {
    OTHER_SIDE.with(|slot| *slot.borrow_mut() = side);
}

fn other_side() -> Rc<dyn OtherSide> {
    OTHER_SIDE.with(|slot| slot.borrow().clone())
}

/// Asks the engine.
pub async fn call<C: Command>(command: C) -> Result<C::Reply, Failure> {
    let answer = other_side().call(command.into()).await?;
    serde_json::from_value(answer).map_err(|cause| garbled(&cause.to_string()))
}

/// Hears what the engine says without being asked. One listener: a second takes the first one's place on the other side.
pub fn listen(heard: impl Fn(Vec<News>) + 'static) {
    other_side().listen(Rc::new(heard));
}

fn garbled(cause: &str) -> Failure {
    Failure::new(Code::Invalid, "The window did not understand Tertulia's answer. Restarting may help.").details(cause)
}

struct Tauri;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = invoke, catch)]
    async fn invoke(command: &str, arguments: JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = transformCallback, catch)]
    fn transform_callback(callback: &JsValue, once: bool) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = ["window", "__TAURI_INTERNALS__"], js_name = unregisterCallback, catch)]
    fn unregister_callback(id: &JsValue) -> Result<(), JsValue>;
}

impl OtherSide for Tauri {
    fn call(&self, call: Call) -> Answer {
        Box::pin(async move {
            let call = serde_json::to_string(&call).map_err(|cause| garbled(&cause.to_string()))?;
            let call = JSON::parse(&call).map_err(refused)?;
            let answer = invoke("call", argument("call", &call)?).await.map_err(refused)?;
            read(&answer).map_err(|cause| garbled(&cause))
        })
    }

    fn listen(&self, ear: Ear) {
        let line = RefCell::new(Line::default());
        let id: Rc<RefCell<Option<JsValue>>> = Rc::default();
        let own_id = id.clone();
        let callback = Closure::<dyn Fn(JsValue)>::new(move |piece: JsValue| {
            let (messages, over) = match Piece::read(&piece) {
                Some(piece) => line.borrow_mut().take_in(piece),
                None => return,
            };
            for message in messages {
                match message {
                    Ok(news) => ear(news),
                    Err(cause) => leptos::logging::error!("news not understood: {cause}"),
                }
            }
            if over && let Some(id) = own_id.borrow_mut().take() {
                // Nothing more can come; failing to forget the callback harms nobody.
                unregister_callback(&id).ok();
            }
        });
        // The callback lives as long as the page.
        let callback = callback.into_js_value();
        let registered = transform_callback(&callback, false);
        let Ok(registered) = registered else {
            leptos::logging::error!("no news: Tauri is not there");
            return;
        };
        let channel = format!("__CHANNEL__:{}", registered.as_f64().unwrap_or_default());
        *id.borrow_mut() = Some(registered);
        leptos::task::spawn_local(async move {
            let asked = match argument("channel", &JsValue::from_str(&channel)) {
                Ok(arguments) => invoke("listen", arguments).await.map_err(refused),
                Err(failure) => Err(failure),
            };
            if let Err(failure) = asked {
                leptos::logging::error!("no news: {failure} {:?}", failure.details);
            }
        });
    }
}

fn argument(name: &str, value: &JsValue) -> Result<JsValue, Failure> {
    let arguments = Object::new();
    Reflect::set(&arguments, &JsValue::from_str(name), value).map_err(refused)?;
    Ok(arguments.into())
}

/// JSON whether it came as text or as an object; nothing at all is JSON's null. An answer that is one word (an id, a name) comes as the
/// word itself, which is no JSON.
fn read<T: serde::de::DeserializeOwned>(value: &JsValue) -> Result<T, String> {
    let text = match value.dyn_ref::<js_sys::JsString>() {
        Some(text) => {
            let text = String::from(text);
            return serde_json::from_str(&text).or_else(|cause| {
                serde_json::from_value(serde_json::Value::String(text)).map_err(|_| cause.to_string())
            });
        }
        None if value.is_undefined() => "null".to_owned(),
        None => String::from(JSON::stringify(value).map_err(|cause| format!("{cause:?}"))?),
    };
    serde_json::from_str(&text).map_err(|cause| cause.to_string())
}

/// A rejected promise: the engine's `Failure`, or a word of Tauri's own.
fn refused(cause: JsValue) -> Failure {
    read(&cause).unwrap_or_else(|_| {
        let cause = cause.as_string().unwrap_or_else(|| format!("{cause:?}"));
        Failure::new(Code::Invalid, "The window cannot reach Tertulia's engine. Restarting may help.").details(cause)
    })
}

/// One piece of the line of news.
struct Piece {
    index: u64,
    /// None: the end.
    message: Option<Result<Vec<News>, String>>,
}

impl Piece {
    fn read(piece: &JsValue) -> Option<Self> {
        let index = Reflect::get(piece, &JsValue::from_str("index")).ok()?.as_f64()?;
        let ended = Reflect::has(piece, &JsValue::from_str("end")).unwrap_or(false);
        let message = (!ended)
            .then(|| Reflect::get(piece, &JsValue::from_str("message")).unwrap_or(JsValue::UNDEFINED))
            .map(|message| read(&message));
        // Counted from 0 by Tauri, far below what a double can count.
        Some(Self { index: index as u64, message })
    }
}

/// Puts the pieces in order: large ones are fetched by Tauri and may be overtaken by small ones.
#[derive(Default)]
struct Line {
    next: u64,
    early: BTreeMap<u64, Option<Result<Vec<News>, String>>>,
}

impl Line {
    /// What can be said now, in order, and whether that was all there will ever be.
    fn take_in(&mut self, piece: Piece) -> (Vec<Result<Vec<News>, String>>, bool) {
        self.early.insert(piece.index, piece.message);
        let mut ready = Vec::new();
        while let Some(message) = self.early.remove(&self.next) {
            let Some(message) = message else { return (ready, true) };
            ready.push(message);
            self.next += 1;
        }
        (ready, false)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn warning(text: &str) -> Vec<News> {
        vec![News::Storage { warning: Some(text.to_owned()) }]
    }

    fn piece(index: u64, text: &str) -> Piece {
        Piece { index, message: Some(Ok(warning(text))) }
    }

    #[wasm_bindgen_test]
    fn pieces_come_out_in_order_however_they_come_in() {
        let mut line = Line::default();
        assert_eq!(line.take_in(piece(1, "b")), (vec![], false));
        assert_eq!(line.take_in(Piece { index: 3, message: None }), (vec![], false));
        assert_eq!(line.take_in(piece(0, "a")), (vec![Ok(warning("a")), Ok(warning("b"))], false));
        assert_eq!(line.take_in(piece(2, "c")), (vec![Ok(warning("c"))], true));
    }

    #[wasm_bindgen_test]
    fn a_piece_is_read_from_text_and_from_objects() {
        let object = JSON::parse(r#"{"index":4,"message":[{"news":"storage","warning":"a"}]}"#).unwrap();
        let read = Piece::read(&object).unwrap();
        assert_eq!((read.index, read.message), (4, Some(Ok(warning("a")))));
        let text = JSON::parse(r#"{"index":4,"message":"[{\"news\":\"storage\",\"warning\":\"a\"}]"}"#).unwrap();
        assert_eq!(Piece::read(&text).unwrap().message, Some(Ok(warning("a"))));
        let end = JSON::parse(r#"{"index":5,"end":true}"#).unwrap();
        assert!(Piece::read(&end).unwrap().message.is_none());
    }

    #[wasm_bindgen_test]
    fn an_answer_of_one_word_is_that_word() {
        let made: model::ConversationId = read(&JsValue::from_str("home/table-1")).unwrap();
        assert_eq!(made.as_str(), "home/table-1");
        let saved: Option<String> = read(&JsValue::from_str("chart.png")).unwrap();
        assert_eq!(saved.as_deref(), Some("chart.png"));
        assert_eq!(read::<Option<String>>(&JsValue::NULL), Ok(None));
        assert!(read::<Vec<News>>(&JsValue::from_str("no news")).is_err());
    }

    #[wasm_bindgen_test]
    fn what_the_engine_refuses_arrives_as_its_failure() {
        let thrown = JSON::parse(r#"{"code":"offline","message":"The server was not reached."}"#).unwrap();
        assert_eq!(refused(thrown), Failure::new(Code::Offline, "The server was not reached."));
        let word = refused(JsValue::from_str("Command call not found"));
        assert_eq!((word.code, word.details.as_deref()), (Code::Invalid, Some("Command call not found")));
    }
}
