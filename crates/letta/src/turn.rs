//! One run as it comes: which bytes end it, how long silence is borne, what stands for an answer that did not come as a stream.
//! When it is over is decided by `course`, without I/O. What the events mean is `timeline`; sending is `client`.

use std::{collections::VecDeque, time::Duration};

use model::{RunId, Trouble};
use reqwest::Response;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};

use crate::{
    Client, Error, Event, RunStatus,
    client::content_type,
    event::Body,
    sse::{EVENT_LIMIT, Guard, StreamError},
};

mod course;
#[cfg(test)]
mod tests;

use course::Course;

/// How long what is waited for.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// After the last stop reason or error more may come (usage, a second error), or nothing at all, not even an end.
    aftermath: Duration,
    /// Three times the server's pings. Silence beyond means: ask.
    silence: Duration,
    /// The server did not answer the question either: ask again after.
    again: Duration,
    /// Silence after which even a living server is given up, where it cannot tell how the run stands (groups of 0.11.7).
    given_up: Duration,
    /// Most bytes of one run. A run that is longer is no answer to anybody.
    most: usize,
}

impl Patience {
    const USUAL: Self = Self {
        aftermath: Duration::from_secs(2),
        silence: Duration::from_secs(60),
        again: Duration::from_secs(10),
        given_up: Duration::from_secs(15 * 60),
        most: 1 << 30,
    };
}

/// Questions in a row without an answer before the connection counts as lost.
const UNANSWERED: u32 = 2;
/// Most bytes in a row without one message that we know.
const MOST_GARBAGE: usize = 40 << 20;
/// Most messages in a row of which none is known.
const MOST_UNKNOWN: u32 = 10_000;
/// What is said of garbage.
const NO_ANSWER: &str = "The server sends something that is no answer.";

/// What a turn says next.
// Almost always an event, and soon gone; a box would cost an allocation for each and gain nothing.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// One event, as it came. Stop reasons and errors too, in their order.
    Event(Event),
    /// Nothing more will come.
    Over(Ending),
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The server said so: a stop reason (also `requires_approval` and `cancelled`), `[DONE]`, or a group's usage.
    Finished,
    /// The connection ended before the answer did. What the server made of it is in the newest page of its history.
    Cut {
        /// Why, in the user's words.
        why: String,
    },
    /// The server said that it failed.
    Failed(Trouble),
}

/// One run as it comes. Dropping it closes the connection.
#[derive(Debug)]
pub struct Turn {
    client: Client,
    /// None: all that there is, is in `ready`.
    stream: Option<Box<(Response, Guard)>>,
    ready: VecDeque<Event>,
    course: Course,
    /// No more bytes will be read.
    drained: bool,
    /// Why it broke, if it did.
    broken: Option<String>,
    over: Option<Ending>,
    patience: Patience,
    heard: Instant,
    ask_at: Instant,
    unanswered: u32,
    taken: usize,
    strange: usize,
    /// More came than any answer has.
    spent: bool,
}

impl Turn {
    pub(crate) async fn of_agent(client: Client, response: Response) -> Result<Self, Error> {
        Self::begin(client, response, Course::default()).await
    }

    /// A run that goes on behind a cut.
    pub(crate) async fn of_run(client: Client, response: Response, run: RunId) -> Result<Self, Error> {
        Self::begin(client, response, Course::of_run(run)).await
    }

    pub(crate) async fn of_group(client: Client, response: Response) -> Result<Self, Error> {
        Self::begin(client, response, Course::of_group()).await
    }

    /// Looks at what came: a stream, or a whole answer (0.11.7 ignores `streaming` on `/messages`, groups may have no stream).
    async fn begin(client: Client, response: Response, mut course: Course) -> Result<Self, Error> {
        let failed = !response.status().is_success();
        let (stream, ready) = match client.whole(response).await? {
            Came::Stream(response) => (Some(Box::new((response, Guard::new()))), VecDeque::new()),
            Came::Whole(events) => {
                course.is_whole();
                (None, events)
            }
        };
        if failed {
            course.began_failed();
        }
        let now = Instant::now();
        Ok(Self {
            client,
            drained: stream.is_none(),
            stream,
            ready,
            course,
            broken: None,
            over: None,
            patience: Patience::USUAL,
            heard: now,
            ask_at: now + Patience::USUAL.silence,
            unanswered: 0,
            taken: 0,
            strange: 0,
            spent: false,
        })
    }

    /// The run's id, once an event has told it. Groups of 0.11.7 never do.
    pub fn run(&self) -> Option<&RunId> {
        self.course.run.as_ref()
    }

    /// Its events are numbered: after a cut, [`Client::resume`] goes on behind the last one.
    pub fn is_numbered(&self) -> bool {
        self.course.numbered
    }

    /// It ended as it should, but before all was said: what it used, or why it failed. The server can be asked for that.
    pub fn lacks_last_words(&self) -> bool {
        self.course.lacks_last_words()
    }

    /// Something happened after which the line may be dead without saying so (the computer slept, the network changed): ask at once.
    pub fn doubt(&mut self) {
        self.ask_at = Instant::now();
    }

    /// How many bytes came so far over this line.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// It was given up because it had no end: what follows is not asked for by itself.
    pub fn is_spent(&self) -> bool {
        self.spent
    }

    /// The last stop reason so far, by Letta's word.
    pub fn stop_reason(&self) -> Option<&str> {
        self.course.stop.as_deref()
    }

    /// What comes next; after the end always the same end. Nothing is lost if the returned future is dropped.
    pub async fn next(&mut self) -> Heard {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.course.note(&event);
                return Heard::Event(event);
            }
            if let Some(over) = &self.over {
                return Heard::Over(over.clone());
            }
            if self.drained || self.course.is_done() {
                self.over = Some(self.course.ending(self.broken.take(), &self.client.address().label()));
                self.stream = None;
                continue;
            }
            self.read().await;
        }
    }

    /// Waits for bytes, an end, or a deadline, and takes note of it.
    async fn read(&mut self) {
        let deadline = if self.course.is_settled() { self.heard + self.patience.aftermath } else { self.ask_at };
        let Some((response, guard)) = self.stream.as_deref_mut() else {
            self.drained = true;
            return;
        };
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(bytes))) => {
                let mut events = Vec::new();
                let fault = guard.push(&bytes, &mut events).err();
                self.take(bytes.len(), events);
                if let Some(why) = fault.and_then(|fault| in_words(&fault)) {
                    self.give_up(why);
                }
            }
            Ok(Ok(None)) => {
                self.broken = guard.finish().err().and_then(|fault| in_words(&fault));
                self.drained = true;
            }
            Ok(Err(error)) => {
                let error = self.client.failed(&error);
                self.give_up(error.what());
            }
            Err(_) if self.course.is_settled() => self.drained = true,
            Err(_) => self.ask().await,
        }
    }

    /// Notes what came, within bounds.
    fn take(&mut self, bytes: usize, events: Vec<Event>) {
        self.heard = Instant::now();
        self.ask_at = self.heard + self.patience.silence;
        self.unanswered = 0;
        self.taken += bytes;
        self.strange += bytes;
        if events.iter().any(|event| !matches!(event.body, Body::Unknown { .. })) {
            self.strange = 0;
        }
        self.ready.extend(events);
        if self.strange > MOST_GARBAGE || self.course.strange() > MOST_UNKNOWN {
            self.give_up(NO_ANSWER.to_owned());
        } else if self.taken > self.patience.most {
            self.spent = true;
            self.give_up(format!("The answer is larger than {} MB.", self.patience.most >> 20));
        }
    }

    fn give_up(&mut self, why: String) {
        self.drained = true;
        self.broken = Some(why);
    }

    /// Too long silent: how does the run stand? A run that ended elsewhere ends the turn; its end is in the history.
    async fn ask(&mut self) {
        let silent = self.heard.elapsed();
        // Set before asking: if this future is dropped half-way, the next one asks again soon and not at once.
        self.ask_at = Instant::now() + self.patience.again;
        let asked = match self.course.run.clone() {
            Some(run) => self.client.run(&run).await.map(|run| Some(run.status)),
            None => self.client.is_alive().await.map(|()| None),
        };
        match asked {
            Ok(Some(RunStatus::Completed)) => {
                self.give_up("The line fell silent; the server finished the answer.".to_owned())
            }
            Ok(Some(RunStatus::Failed)) => {
                self.give_up("The line fell silent, and the server says the run failed.".to_owned())
            }
            Ok(Some(RunStatus::Cancelled)) => self.give_up("The run was stopped elsewhere.".to_owned()),
            // It pings, and we hear nothing: the line is dead. Nothing is lost by going on over a new one.
            Ok(Some(RunStatus::Running)) if self.course.numbered => {
                self.give_up("The line fell silent.".to_owned());
            }
            Ok(Some(RunStatus::Running)) => {
                self.unanswered = 0;
                self.ask_at = Instant::now() + self.patience.silence;
            }
            Ok(None | Some(RunStatus::Other(_))) if silent >= self.patience.given_up => {
                self.give_up(format!("The server said nothing for {} minutes.", silent.as_secs() / 60));
            }
            Ok(None | Some(RunStatus::Other(_))) => {
                self.unanswered = 0;
                self.ask_at = Instant::now() + self.patience.silence;
            }
            Err(error) => {
                self.unanswered += 1;
                if self.unanswered >= UNANSWERED {
                    self.give_up(error.what());
                }
            }
        }
    }
}

/// Why a stream cannot be read on; none where it merely ended, which the turn says in its own words.
fn in_words(fault: &StreamError) -> Option<String> {
    match fault {
        StreamError::TooLarge => Some(format!("One message of the answer is larger than {} MB.", EVENT_LIMIT >> 20)),
        StreamError::Malformed(_) => Some(NO_ANSWER.to_owned()),
        StreamError::Torn { .. } | StreamError::Body(_) => None,
    }
}

enum Came {
    Stream(Response),
    Whole(VecDeque<Event>),
}

/// A whole answer: `{"messages":[…],"stop_reason":{…},"usage":{…}}` (0.11.7/group-rr-nonstreaming).
#[derive(Deserialize)]
struct Whole {
    messages: Vec<Box<RawValue>>,
    #[serde(default)]
    stop_reason: Option<Box<RawValue>>,
    #[serde(default)]
    usage: Option<Box<RawValue>>,
}

impl Client {
    /// A stream as it is; a whole answer as the events that a stream would have brought.
    async fn whole(&self, response: Response) -> Result<Came, Error> {
        // A stream that forgets to say so is still read as one; a web page or JSON is not.
        let kind = content_type(&response);
        if !kind.contains("json") && !kind.contains("html") {
            return Ok(Came::Stream(response));
        }
        let raw: Box<RawValue> = self.json(response).await?;
        let Ok(whole) = serde_json::from_str::<Whole>(raw.get()) else {
            // `{"error": …}` with HTTP 200, or whatever else: one event tells.
            return Ok(Came::Whole(VecDeque::from([Event::parse(raw.get())])));
        };
        let rest = whole.stop_reason.iter().chain(&whole.usage).filter(|raw| raw.get() != "null");
        Ok(Came::Whole(whole.messages.iter().chain(rest).map(|raw| Event::parse(raw.get())).collect()))
    }
}
