//! A run in the background as a server with Redis keeps it: its events numbered from one, given out in batches, read from any number
//! on. What a request for it is answered is `runs`; how it becomes a body is `body`.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{Notify, mpsc::UnboundedReceiver},
    time::{Instant, timeout_at},
};

use crate::wire::{ErrorMessage, Out, StopReason};

/// All that a run has said so far. The n-th entry has the number n.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    chunks: Mutex<Chunks>,
    grown: Notify,
}

#[derive(Debug, Default)]
struct Chunks {
    said: Vec<Bytes>,
    /// Whether the last one is the last for ever.
    complete: bool,
}

impl Tape {
    /// Keeps what a run says; a batch is given out at once if the last one is this old, and at the end.
    pub(crate) fn recording(heard: UnboundedReceiver<Out>, run: String, every: Duration) -> Arc<Self> {
        let tape = Arc::new(Self::default());
        tokio::spawn(record(Arc::clone(&tape), heard, run, every));
        tape
    }

    fn give_out(&self, batch: &mut Vec<Bytes>, complete: bool) {
        let mut chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        chunks.said.append(batch);
        chunks.complete |= complete;
        drop(chunks);
        self.grown.notify_waiters();
    }

    /// The n-th event from zero, and whether it is the last.
    fn get(&self, index: usize) -> Option<(Bytes, bool)> {
        let chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        let last = chunks.complete && index + 1 == chunks.said.len();
        chunks.said.get(index).map(|bytes| (bytes.clone(), last))
    }
}

async fn record(tape: Arc<Tape>, mut heard: UnboundedReceiver<Out>, run: String, every: Duration) {
    let (mut batch, mut number, mut stopped) = (Vec::new(), 0, false);
    let mut due: Option<Instant> = None;
    loop {
        let heard = match due.filter(|_| !batch.is_empty()) {
            None => Ok(heard.recv().await),
            Some(due) => timeout_at(due, heard.recv()).await,
        };
        match heard {
            Err(_due) => {}
            Ok(None) => break,
            Ok(Some(out)) => {
                number += 1;
                stopped |= matches!(out, Out::Stop(_) | Out::Cancelled);
                let last = matches!(out, Out::Done | Out::Error(_));
                batch.push(out.numbered(number).frame());
                if last {
                    return tape.give_out(&mut batch, true);
                }
            }
        }
        if due.is_none_or(|due| due <= Instant::now()) {
            tape.give_out(&mut batch, false);
            due = Some(Instant::now() + every);
        }
    }
    // A stream that ends without its end gets one (source of 0.16.8: `create_background_stream_processor`).
    if !stopped {
        let error = ErrorMessage {
            message_type: "error_message",
            run_id: Some(run),
            error_type: "stream_incomplete".to_owned(),
            message: "Stream ended unexpectedly without stop_reason.".to_owned(),
            detail: String::new(),
            seq_id: None,
        };
        batch.push(Out::Stop(StopReason::new("error")).frame());
        batch.push(Out::Error(error).numbered(number + 2).frame());
    }
    batch.push(Out::Done.frame());
    tape.give_out(&mut batch, true);
}

/// A place on a tape.
#[derive(Debug)]
pub(crate) struct Reader {
    tape: Arc<Tape>,
    next: usize,
    over: bool,
}

impl Reader {
    /// Begins after the event of this number.
    pub(crate) fn after(tape: Arc<Tape>, number: usize) -> Self {
        Self { tape, next: number, over: false }
    }

    /// The next event; none after the last. Past the end it waits for ever, as the server does (recording
    /// 0.16.8/run-stream-after-end).
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        if self.over {
            return None;
        }
        loop {
            let grown = self.tape.grown.notified();
            if let Some((bytes, last)) = self.tape.get(self.next) {
                self.next += 1;
                self.over = last;
                return Some(bytes);
            }
            grown.await;
        }
    }
}
