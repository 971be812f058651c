//! One model step while it is spoken: its id, its parts with their otids, and the whole messages that history will keep.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    decision::Asked,
    ids::{self, Stem},
    pictures,
    wire::{Body, CallPart, CallParts, Message, Returned, TypedReturn},
    world::Row,
};

/// Who speaks, and in which spelling.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    /// In a group of 0.11.7 the speaker's name stands on each message; for an agent's own talk there is none.
    pub(crate) name: Option<String>,
    pub(crate) run: String,
    /// An agent of 0.11.7.
    pub(crate) old: bool,
}

impl Voice {
    pub(crate) fn in_group(&self) -> bool {
        self.name.is_some()
    }

    /// Groups, and agents of their time, know neither runs nor lists of calls.
    pub(crate) fn is_old(&self) -> bool {
        self.old || self.in_group()
    }

    /// A message as history keeps it.
    pub(crate) fn message(
        &self,
        id: String,
        message_type: &'static str,
        otid: Option<String>,
        step: Option<&str>,
        body: Body,
    ) -> Message {
        Message {
            id,
            date: ids::date(Timestamp::now()),
            name: self.name.clone(),
            message_type,
            otid,
            sender_id: None,
            step_id: step.map(str::to_owned),
            is_err: None,
            seq_id: None,
            run_id: if self.is_old() { None } else { Some(self.run.clone()) },
            body,
        }
    }

    /// A tool_return_message of one or more calls: the flat fields are the first one's. Calls that did not run on the server have
    /// no name.
    pub(crate) fn returned(&self, name: Option<&str>, first: Returned, rest: Vec<Returned>, step: &str) -> Message {
        let stem = Stem::fresh();
        let tool_returns = (!self.is_old()).then(|| {
            let typed = |returned| TypedReturn { r#type: "tool", returned };
            std::iter::once(first.clone()).chain(rest).map(typed).collect()
        });
        let flat = Returned { tool_return: pictures::flat(&first.tool_return), ..first };
        let body = Body::Return { flat, tool_returns };
        let mut message = self.message(stem.message(), "tool_return_message", Some(stem.otid(0)), Some(step), body);
        message.name = name.map(str::to_owned);
        message
    }

    /// A piece of a message: old ones are without their step.
    fn piece(&self, mut message: Message) -> Message {
        if self.is_old() {
            message.step_id = None;
        }
        message
    }

    /// The same message as it is streamed: in a group without its step.
    pub(crate) fn streamed(&self, mut message: Message) -> Message {
        if self.in_group() {
            message.step_id = None;
        }
        message
    }
}

/// What kind of part a step is adding to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Reasoning,
    Words,
}

/// One model step.
#[derive(Debug)]
pub(crate) struct ModelStep {
    pub(crate) stem: Stem,
    pub(crate) step: String,
    parts: u8,
    open: Option<Part>,
    pub(crate) messages: Vec<Message>,
    /// A request that is stored as a row of its own, because calls without approval stand in the step's.
    apart: Option<Message>,
    /// False until the first token came.
    pub(crate) spoke: bool,
}

impl ModelStep {
    pub(crate) fn new() -> Self {
        Self::known(Stem::fresh(), ids::fresh("step"))
    }

    /// With ids of the past.
    pub(crate) fn known(stem: Stem, step: String) -> Self {
        Self { stem, step, parts: 0, open: None, messages: Vec::new(), apart: None, spoke: false }
    }

    /// Whether a part of this kind goes on in this step: reasoning after words is the next model call.
    pub(crate) fn takes(&self, part: Part) -> bool {
        !(part == Part::Reasoning && self.open == Some(Part::Words))
    }

    /// Opens a part, or goes on with it (false). The message stored for it is the last one.
    pub(crate) fn enter(&mut self, voice: &Voice, part: Part) -> bool {
        if self.open == Some(part) {
            return false;
        }
        self.open = Some(part);
        let (message_type, body) = match part {
            Part::Reasoning => {
                let source = if voice.is_old() { "non_reasoner_model" } else { "reasoner_model" };
                ("reasoning_message", Body::Reasoning { source, reasoning: String::new(), signature: None })
            }
            Part::Words => ("assistant_message", Body::Words { content: String::new() }),
        };
        let otid = self.next_otid();
        self.messages.push(voice.message(self.stem.message(), message_type, Some(otid), Some(&self.step), body));
        true
    }

    /// Adds text to the open part and returns the delta as streamed.
    pub(crate) fn grow(&mut self, voice: &Voice, text: &str) -> Option<Message> {
        let whole = self.messages.last_mut()?;
        let piece = match &mut whole.body {
            Body::Words { content } => {
                content.push_str(text);
                Body::Words { content: text.to_owned() }
            }
            Body::Reasoning { source, reasoning, signature } => {
                reasoning.push_str(text);
                Body::Reasoning { source, reasoning: text.to_owned(), signature: signature.clone() }
            }
            Body::Ping {}
            | Body::Said { .. }
            | Body::Call { .. }
            | Body::Return { .. }
            | Body::Response { .. }
            | Body::OldResponse { .. } => {
                return None;
            }
        };
        // The grown text is not copied for each piece of it.
        let grown = std::mem::replace(&mut whole.body, piece);
        let delta = Message { date: ids::date(Timestamp::now()), ..whole.clone() };
        whole.body = grown;
        Some(voice.piece(delta))
    }

    /// An assistant_message whose content is parts. No recorded server sent one; the schema knows a list.
    pub(crate) fn parts(&mut self, voice: &Voice, parts: Value) {
        self.open = None;
        let (otid, body) = (self.next_otid(), Body::Said { content: parts });
        self.messages.push(voice.message(self.stem.message(), "assistant_message", Some(otid), Some(&self.step), body));
    }

    /// A tool_call_message with whole calls, for history and steps mode. None without a call.
    pub(crate) fn call(&mut self, voice: &Voice, calls: &[Asked]) -> Option<Message> {
        let (first, list) = whole(calls)?;
        let otid = self.next_otid();
        let body = Body::Call { tool_call: first, tool_calls: (!voice.is_old()).then_some(list) };
        let message = voice.message(self.stem.message(), "tool_call_message", Some(otid), Some(&self.step), body);
        self.messages.push(message.clone());
        Some(message)
    }

    /// An approval_request_message with whole calls. Streamed by tokens, its id is one lower than the id the step's reasoning and
    /// words were streamed with, and they are stored under it too (API-FACTS §4); if the step also has a tool_call_message, they
    /// stay with that one and the request is a row of its own (source of 0.16.8: `create_approval_request_message_from_llm_response`).
    pub(crate) fn ask(&mut self, voice: &Voice, calls: &[Asked], tokens: bool) -> Option<Message> {
        // The demo's liberty: a group's request is spelt as an agent's, because no group ever asked.
        let (first, list) = whole(calls)?;
        if voice.old {
            // Recording 0.11.7/approval-request-steps-mg2: a part like the others.
            let (otid, body) = (self.next_otid(), Body::Call { tool_call: first, tool_calls: None });
            let id = self.stem.message();
            let message = voice.message(id, "approval_request_message", Some(otid), Some(&self.step), body);
            self.messages.push(message.clone());
            return Some(message);
        }
        let body = Body::Call { tool_call: first, tool_calls: Some(list) };
        let apart = self.messages.iter().any(|message| message.message_type == "tool_call_message");
        let stem = match (tokens, apart) {
            (true, _) => self.stem.before(),
            (false, true) => Stem::fresh(),
            (false, false) => self.stem,
        };
        let id = stem.message();
        let message = voice.message(id.clone(), "approval_request_message", Some(id.clone()), Some(&self.step), body);
        if apart {
            self.apart = Some(message.clone());
        } else {
            self.stem = stem;
            for message in &mut self.messages {
                message.id.clone_from(&id);
            }
            self.messages.push(message.clone());
        }
        Some(message)
    }

    /// All messages of the step as steps mode sends them.
    pub(crate) fn whole(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().chain(&self.apart)
    }

    /// What history keeps of it; nothing if nothing was said.
    pub(crate) fn rows(self, voice: &Voice) -> Vec<Row> {
        let mut messages = self.messages;
        if voice.in_group() {
            // Recording 0.11.7/group-rr-list: words stand before the reasoning that led to them.
            messages.sort_by_key(|message| message.message_type != "assistant_message");
        }
        let row = messages.first().map(|first| first.id.clone()).map(|id| Row { id, messages, order: 0 });
        row.into_iter().chain(self.apart.map(Row::of)).collect()
    }

    fn next_otid(&mut self) -> String {
        let otid = self.stem.otid(self.parts);
        self.parts += 1;
        otid
    }
}

/// The first of some calls, and all of them.
fn whole(calls: &[Asked]) -> Option<(CallPart, CallParts)> {
    let part = |asked: &Asked| CallPart::Whole {
        name: asked.call.name.clone(),
        arguments: asked.call.arguments.clone(),
        tool_call_id: asked.id.clone(),
    };
    Some((part(calls.first()?), CallParts::List(calls.iter().map(part).collect())))
}

/// The pieces in which one call of a message comes in token mode: its name, then its arguments bit by bit.
pub(crate) fn call_deltas(whole: &Message, voice: &Voice, asked: &Asked, pieces: &[&str]) -> Vec<Message> {
    let asks = whole.message_type == "approval_request_message";
    let piece = |part: CallPart| {
        let tool_calls = (asks || !voice.is_old()).then(|| CallParts::One(part.clone()));
        let mut message = voice.piece(whole.clone());
        message.body = Body::Call { tool_call: part, tool_calls };
        message
    };
    let (name, id) = (asked.call.name.clone(), || asked.id.clone());
    let first = if asks {
        CallPart::Nullable { name: Some(name), arguments: None, tool_call_id: id() }
    } else {
        CallPart::Name { name, tool_call_id: id() }
    };
    let later = pieces.iter().map(|piece| {
        let arguments = (*piece).to_owned();
        match (asks, voice.is_old()) {
            (true, _) => CallPart::Nullable { name: None, arguments: Some(arguments), tool_call_id: id() },
            (false, false) => CallPart::Arguments { arguments, tool_call_id: id() },
            (false, true) => CallPart::BareArguments { arguments },
        }
    });
    std::iter::once(first).chain(later).map(piece).collect()
}
