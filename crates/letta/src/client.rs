//! HTTP to one Letta server: which requests there are and what they answer with. Finding a server is `probe`; what comes after a
//! message was sent is `turn`; what the events mean is `event` and `timeline`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reqwest::{
    Method, RequestBuilder, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{Error, address::Base};

mod answer;
mod blocks;
mod extras;
mod groups;
mod lists;
mod runs;
mod say;
mod threads;
mod tools;

pub(crate) use answer::{content_type, io_cause};
pub use blocks::Block;
pub use extras::{ClientTool, Extras};
pub use groups::{Charter, Group};
pub use lists::{Agent, Page};
pub use runs::{Resumed, Run, RunStatus};
pub use say::{Answer, Mode, Target, Words};
pub use threads::Thread;
pub use tools::{Tool, ToolHome};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest wait for the answer to a question. Streams have no limit of their own.
const ASK: Duration = Duration::from_secs(60);
/// uvicorn closes idle connections after 5 s; we leave before it does.
const IDLE: Duration = Duration::from_secs(4);
/// Redirects followed within the same origin.
const HOPS: usize = 4;

/// One Letta server with its key. Cheap to clone: clones share their connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    base: Base,
    key: Option<SecretString>,
    /// Answers are asked for in the background.
    background: AtomicBool,
    /// The server said that it cannot.
    no_background: AtomicBool,
}

/// Reply of `GET /v1/health/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// The server's version, e.g. `0.16.8`.
    pub version: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.inner.base.as_str()).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the server at `base` (scheme, host, port, path prefix). No network yet. Spaces and line ends around the key are
    /// cut; an empty key is none.
    pub fn new(base: &str, key: Option<SecretString>) -> Result<Self, Error> {
        Self::to(Base::parse(base)?, key, CONNECT)
    }

    pub(crate) fn to(base: Base, key: Option<SecretString>, connect: Duration) -> Result<Self, Error> {
        // Reqwest brings no provider of its own (feature `rustls-no-provider`). Another one being there already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = key
            .map(|key| SecretString::from(key.expose_secret().trim().to_owned()))
            .filter(|key| !key.expose_secret().is_empty());
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("tertulia/", env!("CARGO_PKG_VERSION"))));
        // 0.16.x takes clients without it for SDKs before 1.0: no streaming on /messages, agents with all they are related to.
        headers.insert(HeaderName::from_static("x-stainless-package-version"), HeaderValue::from_static("1.0.0"));
        if let Some(key) = &key {
            headers.insert(AUTHORIZATION, bearer(key)?);
        }
        let mut builder = reqwest::Client::builder()
            .default_headers(headers)
            .redirect(redirect::Policy::custom(same_origin))
            .connect_timeout(connect)
            .pool_idle_timeout(IDLE)
            // A stream may be silent for long; a computer that is gone is noticed within a minute.
            .tcp_keepalive(Duration::from_secs(15))
            .tcp_keepalive_interval(Duration::from_secs(15))
            .tcp_keepalive_retries(3)
            .referer(false);
        if base.is_near() {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| Error::Unreachable {
            server: base.label(),
            cause: crate::Cause::NotSecure,
            details: answer::chain(&error),
        })?;
        let (background, no_background) = (AtomicBool::new(false), AtomicBool::new(false));
        Ok(Self { inner: Arc::new(Inner { http, base, key, background, no_background }) })
    }

    /// Asks for the answers of agents in the background from now on, or plainly (at first). In the background each event has a number,
    /// and [`Client::resume`] goes on behind it; for all clones.
    pub fn stream_in_background(&self, on: bool) {
        self.inner.background.store(on, Ordering::Relaxed);
    }

    /// The server refused to stream in the background (it has no Redis): it answered plainly instead, and is not asked again by this
    /// client.
    pub fn refused_background(&self) -> bool {
        self.inner.no_background.load(Ordering::Relaxed)
    }

    /// The server is another by now: what it refused is asked for again.
    pub fn try_background_again(&self) {
        self.inner.no_background.store(false, Ordering::Relaxed);
    }

    fn asks_for_background(&self) -> bool {
        self.inner.background.load(Ordering::Relaxed) && !self.refused_background()
    }

    /// The base address, as kept in a profile.
    pub fn base(&self) -> &str {
        self.inner.base.as_str()
    }

    /// Whether a key goes along.
    pub fn has_key(&self) -> bool {
        self.inner.key.is_some()
    }

    /// Which version answers. Needs no key.
    pub async fn health(&self) -> Result<Health, Error> {
        self.get("v1/health/", &[]).await
    }

    /// Whether a question that needs the key is answered.
    pub(crate) async fn one_agent(&self) -> Result<(), Error> {
        self.get::<Vec<serde::de::IgnoredAny>>("v1/agents/", &[("limit", "1")]).await.map(|_| ())
    }

    pub(crate) fn address(&self) -> &Base {
        &self.inner.base
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.inner.http.request(method, self.inner.base.at(path))
    }

    /// Asks for JSON. One more try if the connection, kept from before, was dead.
    async fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T, Error> {
        let ask = || self.request(Method::GET, path).query(query).timeout(ASK).send();
        let response = match ask().await {
            Err(error) if error.is_request() && !error.is_timeout() && !error.is_connect() && !error.is_redirect() => {
                ask().await
            }
            other => other,
        };
        let response = response.map_err(|error| self.failed(&error))?;
        self.json(response).await
    }
}

/// Follows a few redirects, all within the origin that the key is for.
fn same_origin(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let Some(first) = attempt.previous().first() else { return attempt.follow() };
    if attempt.url().origin() != first.origin() {
        return attempt.stop();
    }
    if attempt.previous().len() > HOPS { attempt.error("too many redirects") } else { attempt.follow() }
}

/// The header of a key, marked so that nothing prints it.
fn bearer(key: &SecretString) -> Result<HeaderValue, Error> {
    let key = key.expose_secret();
    check_key(key)?;
    let mut header = HeaderValue::from_str(&format!("Bearer {key}"))
        .map_err(|_| Error::Key { why: "The key holds a character that no key has.".to_owned() })?;
    header.set_sensitive(true);
    Ok(header)
}

/// Says what is wrong with a key that cannot be one.
pub(crate) fn check_key(key: &str) -> Result<(), Error> {
    let why = if key.contains(['\n', '\r']) {
        "The key has a line end in it."
    } else if key.contains(char::is_whitespace) {
        "The key has a space in it."
    } else if !key.is_ascii() || key.contains(|c: char| c.is_ascii_control()) {
        "The key holds a character that no key has."
    } else {
        return Ok(());
    };
    Err(Error::Key { why: why.to_owned() })
}

/// The URL without query, for words and logs.
fn bare(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}
