//! A run as the body of an answer: events as chunks, a ping after silence, and the accidents a test has ordered.

use std::{collections::VecDeque, convert::Infallible, io, time::Duration};

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use futures_util::stream;
use tokio::{sync::mpsc::UnboundedReceiver, time};

use crate::{
    Fault,
    tape::Reader,
    turn::{OLD_PING, ping},
    wire::{DONE, Out},
};

/// So long is given to what was sent before a cut to leave the machine.
const FLUSH: Duration = Duration::from_millis(30);

/// Where the events of a body come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A run that speaks to this connection alone.
    Live(UnboundedReceiver<Out>),
    /// A run in the background.
    Kept(Reader),
}

impl Source {
    async fn next(&mut self) -> Option<Bytes> {
        match self {
            Self::Live(heard) => heard.recv().await.map(|out| out.frame()),
            Self::Kept(reader) => reader.next().await,
        }
    }
}

/// The streaming answer of a run. `ping_every`: none where the client wants no pings, or the route knows none.
pub(crate) fn streaming(source: Source, run: String, faults: Vec<Fault>, ping_every: Option<Duration>) -> Response {
    let line = Line { source, ahead: None, run, ping_every, faults, events: 0, bytes: 0, next: VecDeque::new() };
    respond(line)
}

/// The same of a run that is asked for again: not even a head before there is an event.
pub(crate) async fn resuming(
    reader: Reader,
    run: String,
    faults: Vec<Fault>,
    ping_every: Option<Duration>,
) -> Response {
    let source = Source::Kept(reader);
    let mut line = Line { source, ahead: None, run, ping_every, faults, events: 0, bytes: 0, next: VecDeque::new() };
    line.ahead = line.event().await;
    respond(line)
}

/// The answer of an agent of 0.11.7: a failure before its first event is one of HTTP too, with the stream as its body (recording
/// 0.11.7/llm-error-500-steps-mg2).
pub(crate) async fn old(source: Source, faults: Vec<Fault>, ping_every: Option<Duration>) -> Response {
    let run = String::new();
    let mut line = Line { source, ahead: None, run, ping_every, faults, events: 0, bytes: 0, next: VecDeque::new() };
    line.ahead = line.event().await;
    let failed = line.ahead.as_ref().is_some_and(|first| first.as_ref() == OLD_FAILURE);
    let mut response = respond(line);
    if failed {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    response
}

const OLD_FAILURE: &[u8] = b"data: {\"message_type\":\"stop_reason\",\"stop_reason\":\"error\"}\n\n";

fn respond(line: Line) -> Response {
    let wrong = |fault: &Fault| if let Fault::ContentType(wrong) = fault { Some(*wrong) } else { None };
    let named = line.faults.iter().find_map(wrong).unwrap_or(EVENTS);
    let body = stream::unfold(Some(line), |line| async move {
        let mut line = line?;
        match line.next().await {
            Some(Ok(bytes)) => Some((Ok(bytes), Some(line))),
            Some(Err(cut)) => Some((Err(cut), None)),
            None => None,
        }
    });
    let mut response = Response::new(Body::from_stream(body));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(named));
    response
}

const EVENTS: &str = "text/event-stream; charset=utf-8";

struct Line {
    source: Source,
    /// An event that was waited for before the head went out.
    ahead: Option<Bytes>,
    /// Which pings name; empty where they name none.
    run: String,
    ping_every: Option<Duration>,
    faults: Vec<Fault>,
    /// Events sent.
    events: usize,
    bytes: usize,
    /// Pieces to be sent, and whether one ends an event.
    next: VecDeque<(Bytes, bool)>,
}

impl Line {
    async fn next(&mut self) -> Option<Result<Bytes, io::Error>> {
        loop {
            if self.strikes(|fault| matches!(fault, Fault::CutAfterEvent(k) if *k <= self.events)) {
                return Some(Err(cut().await));
            }
            if let Some((bytes, ends)) = self.next.pop_front() {
                self.events += usize::from(ends);
                return Some(self.send(bytes).await);
            }
            if self.strikes(|fault| matches!(fault, Fault::EndAfter(k) if *k <= self.events)) {
                return None;
            }
            if self.strikes(|fault| matches!(fault, Fault::StallAfter(k) if *k <= self.events)) {
                never().await;
            }
            if self.strikes(|fault| matches!(fault, Fault::Unterminated(k) if *k <= self.events)) {
                return Some(Ok(Bytes::from_static(&[b'x'; 64 << 10])));
            }
            let Some(frame) = self.event().await else {
                if self.strikes(|fault| matches!(fault, Fault::NeverEnd)) {
                    never().await;
                }
                return None;
            };
            if frame == DONE && self.strikes(|fault| matches!(fault, Fault::NoDone)) {
                continue;
            }
            self.queue(frame).await;
        }
    }

    fn strikes(&self, how: impl Fn(&Fault) -> bool) -> bool {
        self.faults.iter().any(how)
    }

    /// Puts one event, and what comes with it, in line to be sent.
    async fn queue(&mut self, frame: Bytes) {
        let (number, mut frame, mut drip) = (self.events + 1, frame, usize::MAX);
        let mut torn = false;
        for fault in &self.faults {
            if let Fault::PauseBefore(k, pause) = fault
                && *k == number
            {
                time::sleep(*pause).await;
            }
            if let Fault::LineEnds(end) = fault {
                frame = String::from_utf8_lossy(&frame).replace('\n', end).into();
            }
            if let Fault::Drip(size) = fault {
                drip = (*size).max(1);
            }
            if let Fault::CutInLetter(k) = fault
                && *k == number
            {
                frame.truncate(within_letter(&frame));
                torn = true;
            }
        }
        if torn {
            self.faults.push(Fault::CutAfterEvent(number));
        }
        while frame.len() > drip {
            self.next.push_back((frame.split_to(drip), false));
        }
        self.next.push_back((frame, true));
        for fault in &self.faults {
            if let Fault::InsertAfter(k, bytes) = fault
                && *k == number
            {
                self.next.push_back((bytes.clone(), false));
            }
        }
    }

    /// The next event, or a ping if there is none for too long.
    async fn event(&mut self) -> Option<Bytes> {
        if let Some(ahead) = self.ahead.take() {
            return Some(ahead);
        }
        let Some(silence) = self.ping_every else { return self.source.next().await };
        match time::timeout(silence, self.source.next()).await {
            Ok(event) => event,
            Err(_silent) if self.run.is_empty() => Some(Bytes::from_static(OLD_PING)),
            Err(_silent) => Some(ping(&self.run).frame()),
        }
    }

    /// Sends bytes, or as many of them as are to come before a cut; the cut itself is then the next thing.
    async fn send(&mut self, bytes: Bytes) -> Result<Bytes, io::Error> {
        let ordered = |fault: &Fault| if let Fault::CutAfterBytes(limit) = fault { Some(*limit) } else { None };
        let limit = self.faults.iter().find_map(ordered);
        let Some(limit) = limit else { return Ok(bytes) };
        let left = limit.saturating_sub(self.bytes);
        if left == 0 {
            return Err(cut().await);
        }
        if bytes.len() >= left {
            self.faults.push(Fault::CutAfterEvent(0));
        }
        self.bytes += bytes.len();
        Ok(bytes.slice(..bytes.len().min(left)))
    }
}

/// A place inside the first letter of several bytes, or in the middle.
fn within_letter(frame: &[u8]) -> usize {
    frame.iter().position(|byte| *byte >= 0xc0).map_or(frame.len() / 2, |at| at + 1)
}

async fn cut() -> io::Error {
    time::sleep(FLUSH).await;
    io::Error::new(io::ErrorKind::ConnectionAborted, "cut as ordered")
}

async fn never() -> Infallible {
    std::future::pending().await
}
