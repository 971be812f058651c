//! The guard around `eventsource-stream`: bytes in any cut to whole server-sent events, one at a time. The crate alone panics on a
//! byte order mark, falls silent after one bad byte, rescans a growing event on every chunk and has no limit; fed whole events, it
//! does none of that. What an event means is `event`; reconnecting is `turn`.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use eventsource_stream::EventStream;
use futures_util::{Stream, StreamExt, stream};

use crate::Event;

/// The most bytes that one event may have, counted while it is still arriving. A 20 MiB tool return passes.
pub const EVENT_LIMIT: usize = 32 * 1024 * 1024;

/// What an event may fill before its buffer grows: more than a token's event has.
const FIRST_ROOM: usize = 512;

/// Why a stream of events ended early.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// An event grew beyond [`EVENT_LIMIT`].
    #[error("an event is larger than {} MiB", EVENT_LIMIT / 1024 / 1024)]
    TooLarge,
    /// The body ended within an event: these many bytes of it had come.
    #[error("the stream ended inside an event, after {bytes} bytes of it")]
    Torn {
        /// Of the torn event.
        bytes: usize,
    },
    /// The parser refused a whole event.
    #[error("an event could not be read: {0}")]
    Malformed(String),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Body(#[source] Box<dyn StdError + Send + Sync>),
}

/// Turns bytes into events. Linear in the bytes pushed.
pub struct Guard {
    /// The event that is arriving, its line ends made LF.
    arriving: Vec<u8>,
    /// Where in `arriving` the last line begins.
    line: usize,
    /// The last byte taken was CR: a LF that follows belongs to it.
    after_cr: bool,
    /// No event has been whole yet, so a byte order mark may lead.
    first: bool,
    /// Nothing more is read after a failure.
    dead: bool,
    whole: Feed,
    parser: EventStream<Feed>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("arriving", &self.arriving.len())
            .field("dead", &self.dead)
            .finish_non_exhaustive()
    }
}

impl Default for Guard {
    fn default() -> Self {
        Self::new()
    }
}

impl Guard {
    /// A guard at the start of a body.
    pub fn new() -> Self {
        let whole = Feed::default();
        let parser = EventStream::new(whole.clone());
        let mut guard =
            Self { arriving: Vec::new(), line: 0, after_cr: false, first: true, dead: false, whole, parser };
        // The crate looks for a byte order mark in its first chunk, and panics on one: so the first is an empty line.
        let _ = guard.parsed(Bytes::from_static(b"\n"));
        guard
    }

    /// Takes the next bytes of the body and adds the events that they complete. After an error, bytes are ignored.
    pub fn push(&mut self, mut bytes: &[u8], events: &mut Vec<Event>) -> Result<(), StreamError> {
        while !self.dead && !bytes.is_empty() {
            let result = match self.whole_event(&mut bytes) {
                Ok(Some(event)) => self.parsed(event).map(|event| events.extend(event)),
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if result.is_err() {
                self.dead = true;
                self.arriving = Vec::new();
                return result;
            }
        }
        Ok(())
    }

    /// To be called at the end of the body: an event that is not whole is an error, never half an event.
    pub fn finish(&self) -> Result<(), StreamError> {
        match self.arriving.len() {
            0 => Ok(()),
            bytes => Err(StreamError::Torn { bytes }),
        }
    }

    /// Takes bytes up to the blank line that ends an event. None: all were taken, more are needed.
    fn whole_event(&mut self, bytes: &mut &[u8]) -> Result<Option<Bytes>, StreamError> {
        if std::mem::take(&mut self.after_cr) && bytes.first() == Some(&b'\n') {
            *bytes = &bytes[1..];
        }
        while let Some(end) = memchr::memchr2(b'\n', b'\r', bytes) {
            let (line, rest) = bytes.split_at(end);
            let crlf = rest.starts_with(b"\r\n");
            self.after_cr = rest == b"\r";
            *bytes = &rest[if crlf { 2 } else { 1 }..];
            self.take(line)?;
            let blank = self.arriving.len() == self.line;
            if blank && self.line == 0 {
                continue;
            }
            self.add(b"\n");
            self.line = self.arriving.len();
            if blank {
                self.line = 0;
                return Ok(Some(self.repaired()));
            }
        }
        self.take(bytes)?;
        *bytes = &[];
        Ok(None)
    }

    /// Adds to the event that is arriving, within the limit.
    fn take(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        if self.arriving.len() + bytes.len() > EVENT_LIMIT {
            return Err(StreamError::TooLarge);
        }
        self.add(bytes);
        Ok(())
    }

    /// Grows by half where there is no room: doubled, a large event would outgrow what the allocator keeps, and each one would be
    /// given fresh pages by the system.
    fn add(&mut self, bytes: &[u8]) {
        let held = self.arriving.len();
        if self.arriving.capacity() - held < bytes.len() {
            self.arriving.reserve_exact((held / 2).max(bytes.len()).max(FIRST_ROOM));
        }
        self.arriving.extend_from_slice(bytes);
    }

    /// Takes the whole event out, without a byte order mark, bad UTF-8 replaced by U+FFFD as browsers do.
    fn repaired(&mut self) -> Bytes {
        let mut event = Bytes::from(std::mem::take(&mut self.arriving));
        if std::mem::take(&mut self.first) && event.starts_with("\u{feff}".as_bytes()) {
            event = event.split_off("\u{feff}".len());
        }
        match std::str::from_utf8(&event) {
            Ok(_) => event,
            Err(_) => Bytes::from(String::from_utf8_lossy(&event).into_owned()),
        }
    }

    /// Runs the parser on a whole event. It never waits: whatever it asks for is there or never comes. None: a comment, or fields
    /// without data.
    fn parsed(&mut self, event: Bytes) -> Result<Option<Event>, StreamError> {
        self.whole.put(event);
        let mut context = Context::from_waker(Waker::noop());
        match Pin::new(&mut self.parser).poll_next(&mut context) {
            Poll::Ready(Some(Ok(frame))) => Ok(Some(Event::from_frame(&frame.event, &frame.data))),
            Poll::Ready(Some(Err(error))) => Err(StreamError::Malformed(error.to_string())),
            Poll::Ready(None) | Poll::Pending => Ok(None),
        }
    }
}

/// The parser's only source: one whole event, given line by line, because the parser copies all it has for every line it takes.
#[derive(Clone, Default)]
struct Feed(Arc<Mutex<Bytes>>);

impl Feed {
    fn put(&self, event: Bytes) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = event;
    }
}

impl Stream for Feed {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut rest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rest.is_empty() {
            return Poll::Pending;
        }
        let line = memchr::memchr(b'\n', &rest).map_or(rest.len(), |end| end + 1);
        // The blank line goes with the last line: an event of one line is one piece, and nothing holds on to its bytes.
        let piece = if line + 1 >= rest.len() { std::mem::take(&mut *rest) } else { rest.split_to(line) };
        Poll::Ready(Some(Ok(piece)))
    }
}

/// The events of a body. After an error, and after the end, nothing follows.
pub fn events<S, B, E>(body: S) -> impl Stream<Item = Result<Event, StreamError>>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: AsRef<[u8]>,
    E: StdError + Send + Sync + 'static,
{
    let chunks = stream::unfold(Some((body, Guard::new())), |state| async move {
        let (mut body, mut guard) = state?;
        let mut events = Vec::new();
        let failed = match body.next().await {
            Some(Ok(bytes)) => guard.push(bytes.as_ref(), &mut events).err(),
            Some(Err(error)) => Some(StreamError::Body(Box::new(error))),
            None => return guard.finish().err().map(|torn| (vec![Err(torn)], None)),
        };
        let next = failed.is_none().then_some((body, guard));
        let results = events.into_iter().map(Ok).chain(failed.map(Err)).collect::<Vec<_>>();
        Some((results, next))
    });
    chunks.flat_map(stream::iter)
}
