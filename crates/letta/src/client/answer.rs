//! A response as JSON, or as an [`Error`]: statuses, the three shapes of `detail` (string, object, list), and what the libraries
//! below tell about connections. No body is read beyond a limit, and the key is cut from whatever is kept.

use std::{io, time::Duration};

use model::RunId;
use reqwest::{
    Response, StatusCode,
    header::{CONTENT_TYPE, LOCATION, RETRY_AFTER},
};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ASK, Client, bare};
use crate::{Cause, Error, Refusal};

/// Most of a JSON body that is read.
const MOST: usize = 64 << 20;
/// Most of an error's body that is read and kept.
const MOST_OF_AN_ERROR: usize = 64 << 10;

impl Client {
    /// The JSON of a response that went well.
    pub(crate) async fn json<T: DeserializeOwned>(&self, response: Response) -> Result<T, Error> {
        let response = self.fine(response).await?;
        let is_html = content_type(&response).starts_with("text/html");
        let body = self.body(response, MOST).await?;
        serde_json::from_slice(&body).map_err(|error| {
            let start = self.readable(&body[..body.len().min(2000)]);
            if is_html || start.trim_start().starts_with('<') {
                let server = self.address().label();
                return Error::BadAnswer {
                    what: format!("A web page answers at {server}, not a Letta server."),
                    details: start,
                };
            }
            Error::BadAnswer {
                what: "The server's answer is not what a Letta server says.".to_owned(),
                details: format!("{error}\n{start}"),
            }
        })
    }

    /// The response if it went well, else what went wrong.
    pub(super) async fn fine(&self, response: Response) -> Result<Response, Error> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status.is_redirection() {
            let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("another address");
            let to = response.url().join(to).map_or_else(|_| to.to_owned(), |url| bare(&url));
            return Err(Error::Elsewhere { to });
        }
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|wait| wait.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        // What cannot be read of an error's body is not worth another error.
        let body = self.body(response, MOST_OF_AN_ERROR).await.unwrap_or_default();
        Err(self.refused(status, retry_after, &self.readable(&body)))
    }

    /// What a refusal means. Recordings 0.16.8/error-*, llm-error-*-nonstreaming, approval-pending-*-nonstreaming, conversation-busy-second.
    fn refused(&self, status: StatusCode, retry_after: Option<Duration>, body: &str) -> Error {
        // 0.11.7 answers HTTP 500 with one event as the body when a stream fails before its first one.
        let json = body.lines().find_map(|line| line.strip_prefix("data:")).unwrap_or(body);
        let json: Value = serde_json::from_str(json.trim()).unwrap_or(Value::Null);
        let detail = &json["detail"];
        let words = said(&json);
        let details = format!("HTTP {status}\n{body}").trim_end().to_owned();
        if let Some(kind) = json["error"]["type"].as_str() {
            return Error::Model { kind: kind.to_owned(), details };
        }
        match status.as_u16() {
            401 => Error::Unauthorized { refusal: self.refusal(), details },
            403 => Error::Unauthorized { refusal: Refusal::Forbidden, details },
            404 | 410 => Error::NotFound { details },
            409 if detail["code"] == "PENDING_APPROVAL" => {
                let request = detail["pending_request_id"].as_str().map(str::to_owned);
                Error::PendingApproval { request, details }
            }
            409 => {
                let run = json["run_id"].as_str().or_else(|| detail["run_id"].as_str()).map(RunId::from);
                Error::Busy { run, details }
            }
            429 => Error::TooMany { retry_after, details },
            400 if needs_tls(body) => {
                Error::Unreachable { server: self.address().label(), cause: Cause::NeedsTls, details }
            }
            400 | 413 | 422 => Error::Invalid { why: asked_wrongly(status, words.as_deref()), details },
            502..=504 => Error::Unavailable { retry_after, details },
            status => Error::Server { status, body: details },
        }
    }

    fn refusal(&self) -> Refusal {
        match (self.address().is_cloud(), self.has_key()) {
            (true, true) => Refusal::CloudKey,
            (true, false) => Refusal::CloudNoKey,
            (false, true) => Refusal::Password,
            (false, false) => Refusal::NoPassword,
        }
    }

    /// A request that got no response, or lost it half-way.
    pub(crate) fn failed(&self, error: &reqwest::Error) -> Error {
        let server = self.address().label();
        let cause = cause(error);
        if error.is_timeout() && !error.is_connect() {
            return Error::Timeout { server, after: ASK };
        }
        Error::Unreachable { server, cause, details: self.readable(chain(error).as_bytes()) }
    }

    /// The body, up to a limit.
    pub(super) async fn body(&self, mut response: Response, most: usize) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(&error))? {
            if body.len() + chunk.len() > most {
                let what = format!("The server's answer is larger than {} MB.", most >> 20);
                return Err(Error::BadAnswer { what, details: String::new() });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Bytes of the server as text to keep: never with the key in it.
    pub(crate) fn readable(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes).into_owned();
        match &self.inner.key {
            Some(key) if key.expose_secret().len() > 3 => text.replace(key.expose_secret(), "[key]"),
            Some(_) | None => text,
        }
    }
}

/// The lower-case content type, empty if none.
pub(crate) fn content_type(response: &Response) -> String {
    response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
}

/// The words in an error's JSON: `detail` as string, object with `message`, or list of pydantic's complaints; or `error`.
pub(crate) fn said(json: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let detail = &json["detail"];
    text(detail)
        .or_else(|| text(&detail["message"]))
        .or_else(|| {
            detail
                .as_array()
                .map(|list| list.iter().filter_map(|one| one["msg"].as_str()).collect::<Vec<_>>().join("; "))
        })
        .or_else(|| text(&json["error"]))
        .or_else(|| text(&json["error"]["message"]))
        .or_else(|| text(&json["message"]))
        .filter(|words| !words.is_empty())
}

/// A sentence for a request the server would not take. Its own words only where they are words.
fn asked_wrongly(status: StatusCode, words: Option<&str>) -> String {
    match words {
        _ if status == StatusCode::PAYLOAD_TOO_LARGE => "The message is too large for this server.".to_owned(),
        Some(words) if words.len() < 300 && !words.starts_with(['[', '{']) => {
            let words = words
                .split_once(": ")
                .filter(|(code, _)| code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'))
                .map_or(words, |(_, rest)| rest);
            format!("The server did not take it: {}", words.trim_end_matches('.')) + "."
        }
        Some(_) | None => "The server did not take it; the details name the fault.".to_owned(),
    }
}

/// nginx and uvicorn-behind-TLS say so in words when http comes where https is due.
pub(crate) fn needs_tls(body: &str) -> bool {
    let body = body.to_ascii_lowercase();
    body.contains("plain http request was sent to https port")
        || body.contains("client sent an http request to an https server")
}

/// The causes below an error, outermost first, for "Details". Addresses stand in it, the key does not: it travels in a header.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = vec![error.to_string()];
    let mut next = error.source();
    while let Some(error) = next {
        let word = error.to_string();
        if words.last() != Some(&word) {
            words.push(word);
        }
        next = error.source();
    }
    words.join(": ")
}

/// What broke, by the first cause in the chain that tells.
pub(crate) fn cause(error: &reqwest::Error) -> Cause {
    let mut next: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    let mut found = None;
    while let Some(error) = next {
        let (tls, io) = below(error);
        if let Some(tls) = tls {
            return tls_cause(tls);
        }
        found = found.or_else(|| io.and_then(io_cause));
        if error.to_string().starts_with("dns error") {
            return Cause::Name;
        }
        // Bytes of TLS where a status line was due, e.g. an alert record.
        if error.to_string().contains("invalid HTTP version parsed") {
            return Cause::NeedsTls;
        }
        next = error.source();
    }
    found.unwrap_or(if error.is_timeout() { Cause::Silent } else { Cause::Lost })
}

/// The error itself, or what an I/O error was made of: such errors hide the one they wrap from `source`.
fn below<'a>(error: &'a (dyn std::error::Error + 'static)) -> (Option<&'a rustls::Error>, Option<&'a io::Error>) {
    let mut io = error.downcast_ref::<io::Error>();
    let mut inner = error;
    while let Some(wrapped) = inner.downcast_ref::<io::Error>() {
        io = Some(wrapped);
        let Some(next) = wrapped.get_ref() else { break };
        inner = next;
    }
    (inner.downcast_ref(), io)
}

pub(crate) fn io_cause(error: &io::Error) -> Option<Cause> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Cause::Refused),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
            Some(Cause::NoRoute)
        }
        io::ErrorKind::TimedOut => Some(Cause::Silent),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Cause::Lost),
        // `ErrorKind` is not ours and grows.
        _ => None,
    }
}

fn tls_cause(error: &rustls::Error) -> Cause {
    use rustls::CertificateError as Certificate;
    match error {
        rustls::Error::InvalidMessage(_) => Cause::NotTls,
        rustls::Error::InvalidCertificate(fault) => match fault {
            Certificate::Expired
            | Certificate::ExpiredContext { .. }
            | Certificate::NotValidYet
            | Certificate::NotValidYetContext { .. } => Cause::Expired,
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => Cause::OtherName,
            // A self-signed certificate that is no authority is refused as such by webpki, as unknown by others.
            Certificate::UnknownIssuer => Cause::UnknownIssuer,
            Certificate::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => Cause::UnknownIssuer,
            _ => Cause::NotSecure,
        },
        _ => Cause::NotSecure,
    }
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, Error as Tls, InvalidMessage};

    use super::*;

    #[test]
    fn what_is_wrong_with_a_certificate_is_told_apart() {
        let of = |fault| tls_cause(&Tls::InvalidCertificate(fault));
        assert_eq!(of(CertificateError::UnknownIssuer), Cause::UnknownIssuer);
        assert_eq!(of(CertificateError::Expired), Cause::Expired);
        assert_eq!(of(CertificateError::NotValidYet), Cause::Expired);
        assert_eq!(of(CertificateError::NotValidForName), Cause::OtherName);
        assert_eq!(of(CertificateError::Revoked), Cause::NotSecure);
        assert_eq!(tls_cause(&Tls::InvalidMessage(InvalidMessage::InvalidContentType)), Cause::NotTls);
        assert_eq!(tls_cause(&Tls::HandshakeNotComplete), Cause::NotSecure);
    }

    #[test]
    fn a_fault_is_found_however_deep_it_is_wrapped() {
        let tls = Tls::InvalidCertificate(CertificateError::Expired);
        let wrapped = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, tls));
        assert!(matches!(below(&wrapped), (Some(Tls::InvalidCertificate(_)), Some(_))));
        let refused = io::Error::other(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(below(&refused).1.and_then(io_cause), Some(Cause::Refused));
    }
}
