//! What went wrong, in the user's words: fact, cause, way out. Which case it is was decided before, in `client::answer` or by the
//! server itself in a stream.

use model::Trouble;

use super::{Cause, Error, Refusal};
use crate::event::Problem;

impl Error {
    /// What happened and the way out, in the user's words.
    pub fn message(&self) -> String {
        let (what, why) = (self.what(), self.hint());
        if why.is_empty() { what } else { format!("{what} {why}") }
    }

    /// What happened: one sentence.
    pub fn what(&self) -> String {
        match self {
            Self::Address { why } | Self::Key { why } => why.clone(),
            Self::Unauthorized { refusal, .. } => match refusal {
                Refusal::CloudKey => "Letta Cloud did not accept this key.",
                Refusal::CloudNoKey => "Letta Cloud needs an API key.",
                Refusal::Password => "This server did not accept the password.",
                Refusal::NoPassword => "This server asks for a password.",
                Refusal::Forbidden => "This key is not allowed to do that.",
            }
            .to_owned(),
            Self::NotFound { .. } => "The server does not know it any more.".to_owned(),
            Self::Busy { .. } => "Another answer is still being written here.".to_owned(),
            Self::PendingApproval { .. } => "A tool call waits for your decision first.".to_owned(),
            Self::Invalid { why, .. } => why.clone(),
            Self::TooMany { .. } => "The server asks for a pause: too many requests.".to_owned(),
            Self::Unavailable { .. } => "The Letta server is not ready.".to_owned(),
            Self::Model { kind, .. } => model_trouble(kind).0.to_owned(),
            Self::NoGroups { .. } => "This server cannot talk in groups.".to_owned(),
            Self::Server { .. } => "The server failed while it worked on this.".to_owned(),
            Self::Elsewhere { to } => format!("The server sends us on to {to}."),
            Self::Unreachable { server, cause, .. } => unreachable(server, *cause).0,
            Self::Timeout { server, after } => {
                format!("{server} took the request but did not answer within {} s.", after.as_secs())
            }
            Self::BadAnswer { what, .. } => what.clone(),
        }
    }

    /// Why, and the way out; may be empty.
    pub fn hint(&self) -> String {
        match self {
            Self::Address { .. } | Self::Key { .. } | Self::Invalid { .. } => String::new(),
            Self::Unauthorized { refusal, .. } => match refusal {
                Refusal::CloudKey => "It may have been cut short when copied, or revoked.",
                Refusal::CloudNoKey => "Make one at app.letta.com under API keys.",
                Refusal::Password => "It may have been mistyped, or changed on the server.",
                Refusal::NoPassword => "It is the one set with LETTA_SERVER_PASSWORD on the server.",
                Refusal::Forbidden => "Use a key with more rights, or ask whoever runs the server.",
            }
            .to_owned(),
            Self::NotFound { .. } => "It may have been deleted. What was said stays readable here.".to_owned(),
            Self::Busy { .. } => "Wait for its end, or stop it.".to_owned(),
            Self::PendingApproval { .. } => "Approve or deny it, then go on.".to_owned(),
            Self::TooMany { retry_after, .. } => match retry_after {
                Some(wait) => format!("Try again in {} s.", wait.as_secs().max(1)),
                None => "Try again in a moment.".to_owned(),
            },
            Self::Unavailable { .. } => "It may be starting or being updated. Try again in a moment.".to_owned(),
            Self::Model { kind, .. } => model_trouble(kind).1.to_owned(),
            Self::NoGroups { why, .. } => why.clone(),
            Self::Server { .. } => "Trying again may help; the details name the cause.".to_owned(),
            Self::Elsewhere { .. } => {
                "The key is not given to another address. Connect with that address if you trust it.".to_owned()
            }
            Self::Unreachable { server, cause, .. } => unreachable(server, *cause).1,
            Self::Timeout { .. } => "It may be busy or starting. Try again.".to_owned(),
            Self::BadAnswer { .. } => "Check the address and its port.".to_owned(),
        }
    }
}

/// What a model's failure means, by Letta's word for it (`error_type` in streams, `error.type` in answers): fact and way out.
pub(crate) fn model_trouble(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "llm_authentication" => (
            "The model's provider refused the server's own key.",
            "Whoever runs the Letta server has to renew it there.",
        ),
        "llm_rate_limit" => ("The model's provider asks for a pause: too many requests.", "Try again in a moment."),
        "llm_timeout" => ("The model did not answer in time.", "Try again."),
        "llm_empty_response" => ("The model gave an empty answer.", "Try again."),
        "context_window_overflow_in_system_prompt" => (
            "The agent's memory is too large for its model.",
            "Shorten its memory blocks, or give it a model with more room.",
        ),
        "stream_incomplete" | "stream_task_cancelled" => ("The server broke the answer off.", "Try again."),
        "insufficient_credits" => ("The account has no credits left.", "Top it up, then try again."),
        kind if kind.starts_with("llm") => ("The model failed.", "Try again; the details name the cause."),
        _ => ("The server failed while it worked on this.", "Try again; the details name the cause."),
    }
}

fn unreachable(server: &str, cause: Cause) -> (String, String) {
    let host = server
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(server, |(host, _)| host);
    let (what, why) = match cause {
        Cause::Name => {
            (format!("No computer called {host} was found."), "Check the spelling, and that this computer is online.")
        }
        Cause::Refused => {
            (format!("No Letta server answers at {server}."), "The computer is there. Is the server running?")
        }
        Cause::NoRoute => (format!("There is no way to {host} from here."), "Is this computer in the same network?"),
        Cause::Silent => {
            (format!("{server} does not answer."), "Is the computer on? A firewall may also stand in between.")
        }
        Cause::Lost => (format!("The connection to {server} was lost."), "Try again in a moment."),
        Cause::UnknownIssuer => (
            format!("The certificate of {host} was not issued by anyone this computer trusts."),
            "If it is self-signed and yours, add it to the certificates that this system trusts, then try again.",
        ),
        Cause::Expired => (
            format!("The certificate of {host} is not valid today."),
            "Renew it on the server, or set this computer's clock.",
        ),
        Cause::OtherName => {
            (format!("The certificate is not for {host}."), "Use the name that the certificate was issued for.")
        }
        Cause::NotSecure => (
            format!("No secure connection to {host} could be agreed on."),
            "The details name the cause. An old server may need an update.",
        ),
        Cause::NotTls => (format!("{server} does not speak https."), "Write the address with http:// in front."),
        Cause::NeedsTls => {
            (format!("{server} wants a secure connection."), "Write the address with https:// in front.")
        }
    };
    (what, why.to_owned())
}

/// A failure that the server tells in a stream or in an answer, in the user's words.
pub(crate) fn problem_trouble(problem: &Problem) -> Trouble {
    if let Some(trouble) = crate::standoff::trouble(problem) {
        return trouble;
    }
    let text = problem.detail.as_deref().unwrap_or(&problem.message);
    // 0.11.7 has one code for everything and the kind within its text (0.11.7/llm-error-429-steps-mg2).
    let kind = match problem.kind.as_str() {
        kind if kind.starts_with("llm_") || kind.starts_with("context_") || kind.starts_with("stream_") => kind,
        _ if text.contains("RATE_LIMIT_EXCEEDED") => "llm_rate_limit",
        _ if text.contains("Authentication failed") => "llm_authentication",
        _ if text.contains("API error") || text.contains("LLM") => "llm_error",
        kind => kind,
    };
    let (what, why) = model_trouble(kind);
    Trouble {
        what: what.to_owned(),
        why: why.to_owned(),
        details: Some(problem.raw.clone()).filter(|raw| !raw.is_empty()),
    }
}
