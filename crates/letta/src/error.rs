//! What can go wrong between us and a Letta server, and what the window does about it. How a response becomes one of these is
//! `client::answer`; what the user reads of it is `words`; errors inside a running stream are events, see `turn`.

mod words;

use std::time::Duration;

use model::{Code, Failure, RunId, Trouble};

pub(crate) use words::{model_trouble, problem_trouble};

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
