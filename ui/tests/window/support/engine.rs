//! An engine in memory: what it is asked is recorded, what it answers and says is told by the test.

use std::{cell::RefCell, rc::Rc};

use model::{
    Call, Failure, News, Queue, SendOptions,
    command::{Launched, Older, Opened},
};
use serde_json::{Value, json};
use ui::ipc::{Answer, Ear, OtherSide};

/// The answer to a command.
pub type Reply = Result<Value, Failure>;

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
    /// One that tells this at the start, and has this draft in every conversation.
    pub fn new(launched: Launched, draft: &str) -> Rc<Self> {
        Rc::new(Self {
            launched,
            draft: draft.to_owned(),
            calls: RefCell::default(),
            ear: RefCell::default(),
            replies: RefCell::default(),
            held: RefCell::default(),
            late: RefCell::default(),
        })
    }

    /// Says something.
    pub fn tell(&self, news: News) {
        let ear = self.ear.borrow().clone().unwrap();
        ear(vec![news]);
    }

    /// The next command of this name gets this answer.
    pub fn answer(&self, command: &'static str, reply: Reply) {
        self.replies.borrow_mut().push((command, reply));
    }

    /// The next command of this name is answered late.
    pub fn hold(&self, command: &'static str) {
        *self.held.borrow_mut() = Some((command, None));
    }

    /// The answer to the command that was held.
    pub fn release(&self, command: &'static str, reply: Reply) {
        let (held, done) = self.held.borrow_mut().take().unwrap();
        assert_eq!(held, command);
        *self.late.borrow_mut() = Some(reply);
        done.unwrap().call0(&wasm_bindgen::JsValue::NULL).unwrap();
    }

    /// What was asked since the last look, as JSON.
    pub fn asked(&self) -> Vec<Value> {
        self.calls.borrow_mut().drain(..).map(|call| json!(call)).collect()
    }

    /// What an opening of this conversation brings.
    pub fn opened(&self, id: &str) -> Opened {
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

/// How the window reaches it.
pub struct Side(pub Rc<Engine>);

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
