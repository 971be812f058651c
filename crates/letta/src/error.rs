//! What can go wrong between us and a Letta server, each case in the user's words: fact, cause, way out. How a response becomes
//! one of these is `client::answer`; errors inside a running stream are events, see `turn`.

use std::time::Duration;

use model::{Code, Failure, RunId, Trouble};

use crate::event::Problem;

/// A request that was not answered as asked. `Display` is the message for the user; the key is in none of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The address is none.
    #[error("{}", self.message())]
    Address {
        /// What is wrong with it, a sentence.
        why: String,
    },
    /// The key cannot be sent at all (spaces or line ends within it, letters outside ASCII).
    #[error("{}", self.message())]
    Key {
        /// What is wrong with it, a sentence.
        why: String,
    },
    /// 401 or 403 for the key itself. A model provider's 401 is [`Error::Model`].
    #[error("{}", self.message())]
    Unauthorized {
        /// Who refused what.
        refusal: Refusal,
        /// As received.
        details: String,
    },
    /// The agent, group, run or message is not there.
    #[error("{}", self.message())]
    NotFound {
        /// As received.
        details: String,
    },
    /// 409: something runs there already.
    #[error("{}", self.message())]
    Busy {
        /// What runs, where the server says.
        run: Option<RunId>,
        /// As received.
        details: String,
    },
    /// 409 with `detail.code` = `PENDING_APPROVAL`: a tool call waits for a decision first.
    #[error("{}", self.message())]
    PendingApproval {
        /// The message that asks (`message-…`), where the server says.
        request: Option<String>,
        /// As received.
        details: String,
    },
    /// The server finds fault with what was asked (400, 413, 422, and 409 for any other reason), or we did before asking.
    #[error("{}", self.message())]
    Invalid {
        /// The fault, a sentence where we or the server have one.
        why: String,
        /// As received; empty if nothing was sent.
        details: String,
    },
    /// 429 of the server itself.
    #[error("{}", self.message())]
    TooMany {
        /// How long to wait, where the server says.
        retry_after: Option<Duration>,
        /// As received.
        details: String,
    },
    /// 502, 503, 504: something stands at the address, Letta does not answer behind it.
    #[error("{}", self.message())]
    Unavailable {
        /// How long to wait, where the server says.
        retry_after: Option<Duration>,
        /// As received.
        details: String,
    },
    /// The model or its provider failed (`error.type` = `llm_…`, recordings 0.16.8/llm-error-*-nonstreaming).
    #[error("{}", self.message())]
    Model {
        /// Letta's word: `llm_authentication`, `llm_rate_limit`, `llm_error`, …
        kind: String,
        /// As received.
        details: String,
    },
    /// This server's version cannot talk in groups.
    #[error("{}", self.message())]
    NoGroups {
        /// Why and what instead, a sentence or two.
        why: String,
        /// As received.
        details: String,
    },
    /// Any other status.
    #[error("{}", self.message())]
    Server {
        /// HTTP's.
        status: u16,
        /// As received.
        body: String,
    },
    /// A redirect to another origin, which would get the key.
    #[error("{}", self.message())]
    Elsewhere {
        /// Where to.
        to: String,
    },
    /// No connection, or it broke before an answer.
    #[error("{}", self.message())]
    Unreachable {
        /// Host and port as the user knows them.
        server: String,
        /// What happened.
        cause: Cause,
        /// The chain of causes as the libraries tell it.
        details: String,
    },
    /// The connection stands, the answer does not come.
    #[error("{}", self.message())]
    Timeout {
        /// Host and port as the user knows them.
        server: String,
        /// After how long we left.
        after: Duration,
    },
    /// An answer came that is not Letta's (a web page, another program, broken JSON).
    #[error("{}", self.message())]
    BadAnswer {
        /// What it is instead, a sentence.
        what: String,
        /// Its beginning.
        details: String,
    },
}

/// Who refused what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Letta Cloud, the key.
    CloudKey,
    /// Letta Cloud, and there was no key.
    CloudNoKey,
    /// The user's own server, the password.
    Password,
    /// The user's own server, and there was no password.
    NoPassword,
    /// The key is known but may not do this (403).
    Forbidden,
}

/// Why a server was not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No such name.
    Name,
    /// The computer answers, the port does not.
    Refused,
    /// No way to that network or computer.
    NoRoute,
    /// Nobody answers in time.
    Silent,
    /// The connection broke.
    Lost,
    /// The certificate's issuer is unknown: self-signed, mostly.
    UnknownIssuer,
    /// The certificate is too old or not yet valid.
    Expired,
    /// The certificate is for another name.
    OtherName,
    /// The certificate is refused for another reason, or the two sides share no version of TLS.
    NotSecure,
    /// https was tried where plain http is spoken.
    NotTls,
    /// http was tried where https is due.
    NeedsTls,
}

impl Cause {
    /// Whether the computer answered and only the secure connection failed.
    pub fn is_tls(self) -> bool {
        match self {
            Self::UnknownIssuer | Self::Expired | Self::OtherName | Self::NotSecure | Self::NotTls => true,
            Self::Name | Self::Refused | Self::NoRoute | Self::Silent | Self::Lost | Self::NeedsTls => false,
        }
    }
}

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

    /// Status, body or cause as it came; empty where there is none.
    pub fn details(&self) -> &str {
        match self {
            Self::Address { .. } | Self::Key { .. } | Self::Elsewhere { .. } | Self::Timeout { .. } => "",
            Self::Unauthorized { details, .. }
            | Self::NotFound { details }
            | Self::Busy { details, .. }
            | Self::PendingApproval { details, .. }
            | Self::Invalid { details, .. }
            | Self::TooMany { details, .. }
            | Self::Unavailable { details, .. }
            | Self::Model { details, .. }
            | Self::NoGroups { details, .. }
            | Self::Unreachable { details, .. }
            | Self::BadAnswer { details, .. } => details,
            Self::Server { body, .. } => body,
        }
    }

    /// What the window does about it.
    pub fn code(&self) -> Code {
        match self {
            Self::Unauthorized { .. } | Self::Key { .. } => Code::Unauthorized,
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Unavailable { .. } => Code::Offline,
            Self::Busy { .. } | Self::PendingApproval { .. } => Code::Conflict,
            Self::Address { .. } | Self::Invalid { .. } => Code::Invalid,
            Self::NotFound { .. }
            | Self::TooMany { .. }
            | Self::Model { .. }
            | Self::NoGroups { .. }
            | Self::Server { .. }
            | Self::Elsewhere { .. }
            | Self::BadAnswer { .. } => Code::Server,
        }
    }

    /// The request never left this computer: no connection stood.
    pub fn never_left(&self) -> bool {
        match self {
            Self::Unreachable { cause, .. } => !matches!(cause, Cause::Lost | Cause::Silent),
            _ => false,
        }
    }

    /// The request may have arrived although no answer did.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Timeout { .. } => true,
            Self::Unreachable { cause, .. } => matches!(cause, Cause::Lost | Cause::Silent),
            _ => false,
        }
    }

    /// The same as an item of a conversation: a turn that failed.
    pub fn trouble(&self) -> Trouble {
        let details = self.details();
        Trouble {
            what: self.what(),
            why: self.hint(),
            details: if details.is_empty() { None } else { Some(details.to_owned()) },
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let failure = Failure::new(error.code(), error.message());
        if error.details().is_empty() { failure } else { failure.details(error.details()) }
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
