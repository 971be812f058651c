//! One typed event of Letta's wire, the same for a live stream and for stored history, in every spelling that servers from 0.6 to
//! 0.16 use. Parsing never fails. Framing is `sse`, what an event means for a conversation is `timeline`.

mod content;
mod loose;
mod packed;
mod parse;
mod pictures;
mod shape;
mod words;

pub use pictures::Payload;
pub use words::Words;

use model::{ImageId, ImageRef, Picture};

/// One event, or one stored message.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Which message it belongs to.
    pub head: Head,
    /// What it says.
    pub body: Body,
}

/// What all messages have in common. Servers leave out or null most of it (API facts: "Null versus missing").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// `message-…`, `ping-…`, or a bare UUID. Shared by all parts of one model answer.
    pub id: Option<String>,
    /// The offline threading id: the client's own for a user message, else `id` with its low 7 bits replaced by the part's index.
    pub otid: Option<String>,
    /// `run-…`.
    pub run_id: Option<String>,
    /// `step-…`.
    pub step_id: Option<String>,
    /// Counts up within a background run; none in foreground runs.
    pub seq_id: Option<u64>,
    /// In groups of 0.11.7 the speaking agent's name; in a tool return the tool's.
    pub name: Option<String>,
    /// `agent-…` on copies that the members of a group get, or an identity on user messages.
    pub sender_id: Option<String>,
    /// Milliseconds since 1970 UTC; the wire has whole seconds.
    pub date: Option<i64>,
    /// Which part of its message it is, where one event brings several. Else the otid tells.
    pub part: Option<u32>,
}

/// What an event says.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Alive; nothing new.
    Ping,
    /// A piece of the model's thoughts.
    Reasoning {
        /// The piece.
        text: String,
    },
    /// Thoughts that the provider does not show.
    HiddenReasoning,
    /// A piece of the agent's words.
    Assistant(Words),
    /// Tool calls, or pieces of one.
    ToolCalls(Calls),
    /// Tool calls that wait for a decision, or pieces of one.
    ApprovalRequest(Calls),
    /// What was decided; only in stored history.
    ApprovalResponse(Vec<Verdict>),
    /// What tools gave back.
    ToolReturns(Vec<Return>),
    /// A message in the user's name.
    User(Said),
    /// A system message: the prompt, a copy for another member of a group, or a line of the server's own.
    System(Words),
    /// Older turns were summarised.
    Compacted {
        /// The summary, where given.
        summary: Option<String>,
    },
    /// Why the run ends. The last one counts, and an error event overrides all (recording 0.16.8/llm-drop-midstream-mg2).
    StopReason {
        /// Letta's word.
        reason: String,
    },
    /// What the run used.
    Usage {
        /// Model calls.
        steps: u64,
        /// Tokens read.
        input: u64,
        /// Tokens written.
        output: u64,
    },
    /// The run failed.
    Error(Problem),
    /// A message of several kinds at once, in order. Each has the head of the whole, and none is made of parts itself.
    Parts(Vec<Event>),
    /// `[DONE]`: nothing follows.
    Done,
    /// A kind this version does not know, or what is no JSON at all.
    Unknown {
        /// Its `message_type`, or what stood in its place.
        message_type: String,
        /// As received.
        raw: String,
    },
}

/// Tool calls as an event brings them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// One or more; a delta has one.
    pub pieces: Vec<CallPiece>,
    /// The calls came as a list, which only whole messages do: arguments are complete, not to be appended.
    pub whole: bool,
}

/// A tool call or a piece of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallPiece {
    /// The provider's id; missing in later deltas of 0.11.7.
    pub id: Option<String>,
    /// The tool. Anthropic's deltas repeat it whole: set, never append.
    pub name: Option<String>,
    /// JSON text, or the next piece of it.
    pub arguments: Option<String>,
}

/// A decision as history keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The call, where named. Old servers name only the request.
    pub call: Option<String>,
    /// The message that asked (0.11.7), or a call's id (0.16.8).
    pub request: Option<String>,
    /// Yes or no.
    pub approve: bool,
    /// Why not.
    pub reason: Option<String>,
}

/// What one tool call gave back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Return {
    /// The call's id.
    pub call: Option<String>,
    /// The server says `success`, or says nothing.
    pub ok: bool,
    /// The value as text, with its pictures.
    pub words: Words,
    /// What it printed.
    pub stdout: Vec<String>,
    /// What it complained.
    pub stderr: Vec<String>,
    /// A client computed it, or said that nobody did: `approvals` of `type: tool` (0.16.8/client-tool-list-steps).
    pub client: bool,
}

/// What a message in the user's name really is (API facts §8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The user's own words.
    Words(Words),
    /// The same packed as JSON for a further member of a group, once per member before it.
    Copy(Words),
    /// A summary of older turns (`system_alert`).
    Summary(Option<String>),
    /// Written by the server for the model: login, heartbeat, keep-alive.
    Machine,
}

/// A failure as the server tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// `error_type`, `code` or `type`; empty where the server gives none.
    pub kind: String,
    /// The short text.
    pub message: String,
    /// The long text, often the only useful one.
    pub detail: Option<String>,
    /// As received.
    pub raw: String,
}

impl Event {
    /// Reads one event or stored message. Never fails: what is not understood becomes [`Body::Unknown`] with its raw text.
    pub fn parse(json: &str) -> Self {
        parse::event(json)
    }

    /// Reads the payload of a server-sent event with its event name. `event: error` is always an error, whatever its payload.
    pub fn from_frame(name: &str, data: &str) -> Self {
        if data == "[DONE]" {
            return Self::bare(Body::Done);
        }
        let event = Self::parse(data);
        match event.body {
            Body::Unknown { raw, .. } if name == "error" => {
                let message = if raw.len() <= 300 { raw.clone() } else { String::new() };
                Self { head: event.head, body: Body::Error(Problem { message, raw, ..Problem::default() }) }
            }
            _ => event,
        }
    }

    /// What it says, one kind at a time: its parts, or itself.
    pub fn parts(&self) -> &[Event] {
        match &self.body {
            Body::Parts(parts) => parts,
            Body::Ping
            | Body::Reasoning { .. }
            | Body::HiddenReasoning
            | Body::Assistant(_)
            | Body::ToolCalls(_)
            | Body::ApprovalRequest(_)
            | Body::ApprovalResponse(_)
            | Body::ToolReturns(_)
            | Body::User(_)
            | Body::System(_)
            | Body::Compacted { .. }
            | Body::StopReason { .. }
            | Body::Usage { .. }
            | Body::Error(_)
            | Body::Done
            | Body::Unknown { .. } => std::slice::from_ref(self),
        }
    }

    /// The bytes of the pictures that came inside, taken out: an event has them once. The references in the event name them by
    /// [`model::ImageRef::hash`]; who keeps them says so by [`Event::keep`] before the event is reduced.
    pub fn take_payloads(&mut self) -> Vec<Payload> {
        let mut payloads = Vec::new();
        self.each_words(&mut |words| payloads.append(&mut words.payloads));
        payloads
    }

    /// The picture whose bytes came under `hash` is kept, as `picture`: every reference to it becomes one that can be shown.
    pub fn keep(&mut self, hash: &ImageId, picture: &Picture) {
        self.each_words(&mut |words| {
            for image in words.images.iter_mut().filter(|image| image.hash() == Some(hash)) {
                *image = ImageRef::Kept(picture.clone());
            }
        });
    }

    /// All places of an event in which pictures may stand.
    fn each_words(&mut self, visit: &mut dyn FnMut(&mut Words)) {
        match &mut self.body {
            Body::Assistant(words) | Body::System(words) | Body::User(Said::Words(words) | Said::Copy(words)) => {
                visit(words);
            }
            Body::ToolReturns(returns) => returns.iter_mut().for_each(|returned| visit(&mut returned.words)),
            Body::Parts(parts) => parts.iter_mut().for_each(|part| part.each_words(visit)),
            Body::Ping
            | Body::Reasoning { .. }
            | Body::HiddenReasoning
            | Body::ToolCalls(_)
            | Body::ApprovalRequest(_)
            | Body::ApprovalResponse(_)
            | Body::User(Said::Summary(_) | Said::Machine)
            | Body::Compacted { .. }
            | Body::StopReason { .. }
            | Body::Usage { .. }
            | Body::Error(_)
            | Body::Done
            | Body::Unknown { .. } => {}
        }
    }

    /// An event without a head.
    pub fn bare(body: Body) -> Self {
        Self { head: Head::default(), body }
    }
}
