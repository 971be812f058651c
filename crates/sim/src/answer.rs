//! What an agent says to one message, step by step, in the words of a story. How it becomes events is `play`.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::Fault;

/// One step of an answer.
#[derive(Clone, Debug)]
pub enum Step {
    /// The model thinks.
    Reasoning(String),
    /// The model speaks; Markdown.
    Text(String),
    /// The model speaks, and all of it comes in one event, however long.
    Whole(String),
    /// The model's message is these content parts, pictures among them ([`crate::picture`]), in one event.
    Parts(Value),
    /// The model calls a tool and the server runs it.
    Call(Call),
    /// The model calls a tool that needs approval: the run ends here. The decision takes the agent's next answer; if it is yes, the
    /// tool's return comes before it.
    Ask(Call),
    /// The model makes several calls at once. Without one that [asks](Call::asking) they run and come back in one message; with one
    /// the run ends here, all that ask are decided together, and the others run only then.
    Together(Vec<Call>),
    /// Nothing for a while, as with a slow model.
    Pause(Duration),
    /// Nothing until the test calls [`crate::Sim::release`] once more.
    Gate,
    /// One event of any shape, e.g. of an unknown `message_type`.
    Event(Value),
    /// Bytes as they are: a piece of a recording, or no event at all.
    Raw(Bytes),
    /// The run fails as it does when the model fails: `stop_reason`, `event: error`, end without `[DONE]`
    /// (recording 0.16.8/llm-error-500-second-step). What was finished before stays in history.
    Fail {
        /// Letta's `error_type`, e.g. `llm_error`.
        error_type: String,
        /// For people.
        message: String,
        /// What the server knows more.
        detail: String,
    },
}

impl Step {
    /// The model thinks.
    pub fn reasoning(text: impl Into<String>) -> Self {
        Self::Reasoning(text.into())
    }

    /// The model speaks.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// A tool call with what comes back.
#[derive(Clone, Debug)]
pub struct Call {
    /// The tool.
    pub name: String,
    /// JSON text, sent as it is, broken or not.
    pub arguments: String,
    /// The provider's id; none: a new one each time.
    pub id: Option<String>,
    /// What the tool gives back.
    pub returns: String,
    /// The same as content parts, pictures among them ([`crate::picture`]); then these count.
    pub parts: Option<Value>,
    /// False: `status` is `error`.
    pub ok: bool,
    /// What the tool printed.
    pub stdout: Vec<String>,
    /// How long the tool runs at the demo's pace.
    pub takes: Duration,
    /// Whether it needs approval.
    pub asks: bool,
}

impl Call {
    /// A call that comes back well.
    pub fn new(name: impl Into<String>, arguments: impl Into<String>, returns: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            arguments: arguments.into(),
            id: None,
            returns: returns.into(),
            parts: None,
            ok: true,
            stdout: Vec::new(),
            takes: Duration::ZERO,
            asks: false,
        }
    }

    /// With this id.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Takes this long.
    pub fn takes(mut self, time: Duration) -> Self {
        self.takes = time;
        self
    }

    /// Gives back content parts.
    pub fn gives(mut self, parts: Value) -> Self {
        self.parts = Some(parts);
        self
    }

    /// Needs approval.
    pub fn asking(mut self) -> Self {
        self.asks = true;
        self
    }

    /// Comes back with an error.
    pub fn failing(mut self) -> Self {
        self.ok = false;
        self
    }
}

/// All that an agent answers to one message, and what goes wrong on the way.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub(crate) steps: Vec<Step>,
    pub(crate) faults: Vec<Fault>,
    /// Only the raw steps are sent: no ping, no stop reason, no usage, no `[DONE]`.
    pub(crate) bare: bool,
    /// Why the run ends, where it is not `end_turn`.
    pub(crate) stop: Option<String>,
}

impl Answer {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        Self::of([Step::text(text)])
    }

    /// These steps.
    pub fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), ..Self::default() }
    }

    /// Exactly these bytes, such as a recorded stream, and the end of the body.
    pub fn recording(bytes: impl Into<Bytes>) -> Self {
        Self { bare: true, ..Self::of([Step::Raw(bytes.into())]) }
    }

    /// Nothing but this fault.
    pub fn fault(fault: Fault) -> Self {
        Self::default().but(fault)
    }

    /// With a fault. Faults of the body count its events from the first ping on.
    pub fn but(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// The run ends for this reason instead of `end_turn`, e.g. `max_steps`.
    pub fn stop(mut self, reason: impl Into<String>) -> Self {
        self.stop = Some(reason.into());
        self
    }
}
