//! One model step while it is spoken: its id, its parts with their otids, and the whole messages that history will keep.

use jiff::Timestamp;

use crate::{
    ids::{self, Stem},
    wire::{Body, CallPart, CallParts, Message, Returned, TypedReturn},
    world::Row,
};

/// Who speaks, and in which spelling.
#[derive(Clone, Debug)]
pub(crate) struct Voice {
    /// In a group of 0.11.7 the speaker's name stands on each message; for an agent's own talk there is none.
    pub(crate) name: Option<String>,
    pub(crate) run: String,
}

impl Voice {
    /// Groups speak as 0.11.7 did: no run, no step, no `tool_calls`.
    pub(crate) fn in_group(&self) -> bool {
        self.name.is_some()
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
            run_id: if self.in_group() { None } else { Some(self.run.clone()) },
            body,
        }
    }

    /// A tool_return_message. A denied call has neither name nor output.
    pub(crate) fn returned(
        &self,
        name: Option<&str>,
        text: String,
        ok: bool,
        id: &str,
        step: &str,
        stdout: Option<Vec<String>>,
    ) -> Message {
        let stem = Stem::fresh();
        let flat = Returned {
            tool_return: text,
            status: if ok { "success" } else { "error" },
            tool_call_id: id.to_owned(),
            stderr: stdout.as_ref().map(|_| Vec::new()),
            stdout,
        };
        let typed = || vec![TypedReturn { r#type: "tool", returned: flat.clone() }];
        let tool_returns = (!self.in_group()).then(typed);
        let body = Body::Return { flat: flat.clone(), tool_returns };
        let mut message = self.message(stem.message(), "tool_return_message", Some(stem.otid(0)), Some(step), body);
        message.name = name.map(str::to_owned);
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
    /// False until the first token came.
    pub(crate) spoke: bool,
}

impl ModelStep {
    pub(crate) fn new() -> Self {
        Self::known(Stem::fresh(), ids::fresh("step"))
    }

    /// With ids of the past.
    pub(crate) fn known(stem: Stem, step: String) -> Self {
        Self { stem, step, parts: 0, open: None, messages: Vec::new(), spoke: false }
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
                let source = if voice.in_group() { "non_reasoner_model" } else { "reasoner_model" };
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
        match &mut whole.body {
            Body::Words { content } => content.push_str(text),
            Body::Reasoning { reasoning, .. } => reasoning.push_str(text),
            Body::Ping {} | Body::Said { .. } | Body::Call { .. } | Body::Return { .. } | Body::Response { .. } => {
                return None;
            }
        }
        let mut delta = whole.clone();
        match &mut delta.body {
            Body::Words { content } => text.clone_into(content),
            Body::Reasoning { reasoning, .. } => text.clone_into(reasoning),
            Body::Ping {} | Body::Said { .. } | Body::Call { .. } | Body::Return { .. } | Body::Response { .. } => {}
        }
        delta.date = ids::date(Timestamp::now());
        Some(voice.streamed(delta))
    }

    /// A tool_call_message with the whole call, for history and steps mode.
    pub(crate) fn call(&mut self, voice: &Voice, name: &str, arguments: &str, id: &str) -> Message {
        let otid = self.next_otid();
        let message = voice.message(
            self.stem.message(),
            "tool_call_message",
            Some(otid),
            Some(&self.step),
            whole_call(voice, name, arguments, id),
        );
        self.messages.push(message.clone());
        message
    }

    /// An approval_request_message with the whole call. Streamed by tokens, the step's stored id is one lower than the id its
    /// reasoning and words were streamed with (API-FACTS §4).
    pub(crate) fn ask(&mut self, voice: &Voice, name: &str, arguments: &str, id: &str, tokens: bool) -> Message {
        if tokens {
            self.stem = self.stem.before();
            let lowered = self.stem.message();
            for message in &mut self.messages {
                message.id.clone_from(&lowered);
            }
        }
        let message = voice.message(
            self.stem.message(),
            "approval_request_message",
            Some(self.stem.message()),
            Some(&self.step),
            // The demo's liberty: a group's request is spelt as an agent's, because no group ever asked.
            Body::Call {
                tool_call: whole(name, arguments, id),
                tool_calls: Some(CallParts::List(vec![whole(name, arguments, id)])),
            },
        );
        self.messages.push(message.clone());
        message
    }

    /// What history keeps of it; nothing if nothing was said.
    pub(crate) fn row(self, voice: &Voice) -> Option<Row> {
        let mut messages = self.messages;
        if voice.in_group() {
            // Recording 0.11.7/group-rr-list: words stand before the reasoning that led to them.
            messages.sort_by_key(|message| message.message_type != "assistant_message");
        }
        let id = messages.first()?.id.clone();
        Some(Row { id, messages })
    }

    fn next_otid(&mut self) -> String {
        let otid = self.stem.otid(self.parts);
        self.parts += 1;
        otid
    }
}

fn whole(name: &str, arguments: &str, id: &str) -> CallPart {
    CallPart::Whole { name: name.to_owned(), arguments: arguments.to_owned(), tool_call_id: id.to_owned() }
}

fn whole_call(voice: &Voice, name: &str, arguments: &str, id: &str) -> Body {
    let list = || CallParts::List(vec![whole(name, arguments, id)]);
    Body::Call { tool_call: whole(name, arguments, id), tool_calls: (!voice.in_group()).then(list) }
}

/// The pieces in which a call comes in token mode: its name, then its arguments bit by bit.
pub(crate) fn call_deltas(whole: &Message, voice: &Voice, name: &str, pieces: &[&str], id: &str) -> Vec<Message> {
    let asks = whole.message_type == "approval_request_message";
    let piece = |part: CallPart| {
        let tool_calls = (asks || !voice.in_group()).then(|| CallParts::One(part.clone()));
        let mut message = voice.streamed(whole.clone());
        message.body = Body::Call { tool_call: part, tool_calls };
        message
    };
    let id = || id.to_owned();
    let first = if asks {
        CallPart::Nullable { name: Some(name.to_owned()), arguments: None, tool_call_id: id() }
    } else {
        CallPart::Name { name: name.to_owned(), tool_call_id: id() }
    };
    let later = pieces.iter().map(|piece| {
        let arguments = (*piece).to_owned();
        match (asks, voice.in_group()) {
            (true, _) => CallPart::Nullable { name: None, arguments: Some(arguments), tool_call_id: id() },
            (false, false) => CallPart::Arguments { arguments, tool_call_id: id() },
            (false, true) => CallPart::BareArguments { arguments },
        }
    });
    std::iter::once(first).chain(later).map(piece).collect()
}
