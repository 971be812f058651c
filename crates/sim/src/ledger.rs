//! What came in, for tests: every request, and what in them breaks the contract with a Letta server.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use serde_json::Value;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path without query.
    pub path: String,
    /// After the question mark, as sent; empty where there is none.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body where it is JSON; null where there is none.
    pub body: Value,
    /// Milliseconds since the server started.
    pub ms: u64,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Requests and complaints.
#[derive(Debug)]
pub(crate) struct Ledger {
    started: Instant,
    /// How many requests are kept, newest last; the demo runs for days.
    keep: usize,
    requests: Mutex<Vec<Request>>,
    complaints: Mutex<Vec<String>>,
}

impl Ledger {
    pub(crate) fn keeping(keep: usize) -> Self {
        Self { started: Instant::now(), keep, requests: Mutex::default(), complaints: Mutex::default() }
    }

    pub(crate) fn ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn note(&self, request: Request) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() >= self.keep {
            let surplus = requests.len() + 1 - self.keep;
            requests.drain(..surplus);
        }
        requests.push(request);
    }

    pub(crate) fn complain(&self, what: impl Into<String>) {
        let mut complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        if complaints.len() < self.keep {
            complaints.push(what.into());
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn complaints(&self) -> Vec<String> {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
