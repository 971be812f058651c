//! The way to a picture on the web: one request without cookies, key, referrer or proxy, to an address on the open internet and to no
//! other. Which addresses are asked, how often and what becomes of the bytes is `load`.

use std::{net::SocketAddr, sync::Arc};

use futures_util::{StreamExt as _, future::BoxFuture};
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    header::{ACCEPT, LOCATION},
    redirect,
};
use url::{Host, Url};

use super::global::is_global;

/// The most bytes that are fetched.
pub const MOST_FETCHED: u64 = 10_000_000;

/// Where pictures on the web come from. [`OpenWeb`] is the real one; stories have their own.
pub trait Web: Send + Sync {
    /// Asks once. Redirects are not followed here.
    fn get<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Fetched, String>>;
}

/// What an address answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// These bytes; [`MOST_FETCHED`] at most.
    Bytes(Vec<u8>),
    /// To be asked for elsewhere: as in the answer, perhaps relative.
    Elsewhere(String),
}

/// The web as it is.
pub struct OpenWeb {
    http: Result<reqwest::Client, String>,
}

impl Default for OpenWeb {
    fn default() -> Self {
        Self::through(Arc::new(OpenNames), |builder| builder)
    }
}

impl OpenWeb {
    fn through(names: Arc<dyn Resolve>, more: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Self {
        // Another provider being there already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .https_only(true)
            .redirect(redirect::Policy::none())
            .referer(false)
            // A proxy would look the name up by itself, where nobody checks what it finds.
            .no_proxy()
            .dns_resolver(names)
            .pool_max_idle_per_host(0);
        Self { http: more(builder).build().map_err(|error| error.to_string()) }
    }
}

impl Web for OpenWeb {
    fn get<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Result<Fetched, String>> {
        Box::pin(async move {
            // An address as a number is not looked up, so that the names below do not see it.
            let number = match url.host() {
                Some(Host::Ipv4(address)) => Some(address.into()),
                Some(Host::Ipv6(address)) => Some(address.into()),
                Some(Host::Domain(_)) => None,
                None => return Err("It names no place.".to_owned()),
            };
            if number.is_some_and(|number| !is_global(number)) {
                return Err(NOT_OPEN.to_owned());
            }
            let http = self.http.as_ref().map_err(Clone::clone)?;
            let accept = "image/png,image/jpeg,image/webp,image/gif";
            let answer = http.get(url.clone()).header(ACCEPT, accept).send().await.map_err(|error| why(&error))?;
            if answer.status().is_redirection() {
                let location = answer.headers().get(LOCATION).and_then(|location| location.to_str().ok());
                return location.map(|location| Fetched::Elsewhere(location.to_owned())).ok_or_else(nonsense);
            }
            if !answer.status().is_success() {
                return Err(format!("The server answered {}.", answer.status().as_u16()));
            }
            if answer.content_length().is_some_and(|length| length > MOST_FETCHED) {
                return Err(too_large());
            }
            let mut bytes = Vec::new();
            let mut body = answer.bytes_stream();
            while let Some(piece) = body.next().await {
                let piece = piece.map_err(|error| why(&error))?;
                if (bytes.len() + piece.len()) as u64 > MOST_FETCHED {
                    return Err(too_large());
                }
                bytes.extend_from_slice(&piece);
            }
            Ok(Fetched::Bytes(bytes))
        })
    }
}

/// The words for a place that is not on the open internet.
pub(super) const NOT_OPEN: &str =
    "It lies on this computer or in the network around it, where images are not fetched from.";

fn nonsense() -> String {
    "The server's answer makes no sense.".to_owned()
}

fn too_large() -> String {
    format!("It has more than {}.", pictures::size(MOST_FETCHED))
}

/// The names of the open internet: a name is only found if it leads there, and is connected to exactly where it was found.
struct OpenNames;

impl Resolve for OpenNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(only_open(found)?)
        })
    }
}

/// Those of the addresses behind a name that are on the open internet.
fn only_open(found: impl Iterator<Item = SocketAddr>) -> Result<Addrs, Closed> {
    let open: Vec<SocketAddr> = found.filter(|found| is_global(found.ip())).collect();
    if open.is_empty() { Err(Closed) } else { Ok(Box::new(open.into_iter())) }
}

/// A name led nowhere, or to a place that is not on the open internet.
#[derive(Debug, thiserror::Error)]
#[error("{NOT_OPEN}")]
struct Closed;

fn why(error: &reqwest::Error) -> String {
    let mut cause = std::error::Error::source(error);
    while let Some(one) = cause {
        if one.is::<Closed>() {
            return NOT_OPEN.to_owned();
        }
        cause = one.source();
    }
    tracing::info!(error = %error.without_url_words(), "an image was not fetched");
    if error.is_connect() {
        return "The server was not reached.".to_owned();
    }
    "The connection broke off.".to_owned()
}

/// For the log: what a message names is nobody's business.
trait WithoutUrl {
    fn without_url_words(&self) -> String;
}

impl WithoutUrl for reqwest::Error {
    fn without_url_words(&self) -> String {
        let mut words = Vec::new();
        let mut cause = std::error::Error::source(self);
        while let Some(one) = cause {
            words.push(one.to_string());
            cause = one.source();
        }
        words.join(": ")
    }
}

#[cfg(test)]
mod tests;
