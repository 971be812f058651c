//! Why a server refuses words or a decision on account of a request that waits: told by a code in HTTP, and only by its words inside
//! a stream. What is done about it is the engine's.

use model::Trouble;

use crate::{Error, event::Problem};

/// How the server and we differ about what waits for a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standoff {
    /// Words were refused: a request waits.
    Waits {
        /// The message that asks (`message-…`), where the server says.
        request: Option<String>,
    },
    /// A decision was refused: other calls wait than those it names.
    OtherCalls {
        /// The calls that wait, as the server names them; may be empty.
        expected: Vec<String>,
    },
    /// A decision was refused: nothing waits.
    NothingWaits,
}

/// Recordings 0.16.8/approval-pending-user-message-tokens-v1, approval-wrong-tool-call-id and approval-nothing-pending; the stream has
/// no code for them but `internal_error`.
const WAITS: &str = "The agent is waiting for approval on a tool call";
const OTHER_CALLS: &str = "Invalid tool call IDs";
const NOTHING_WAITS: &str = "No tool call is currently awaiting approval";
/// Recording 0.16.8/conversation-busy-second: the same beginning, and quite another matter.
const BUSY: &str = "is currently being processed for this conversation";

impl Standoff {
    /// What a failure inside a stream says of it; none: it is about something else.
    pub fn of(problem: &Problem) -> Option<Self> {
        Self::in_words(problem.detail.as_deref().unwrap_or(&problem.message))
    }

    /// The same for an answer of HTTP.
    pub fn of_error(error: &Error) -> Option<Self> {
        match error {
            Error::PendingApproval { request, .. } => Some(Self::Waits { request: request.clone() }),
            Error::Invalid { details, .. } | Error::Server { body: details, .. } => Self::in_words(details),
            Error::Address { .. }
            | Error::Key { .. }
            | Error::Unauthorized { .. }
            | Error::NotFound { .. }
            | Error::Busy { .. }
            | Error::TooMany { .. }
            | Error::Unavailable { .. }
            | Error::Model { .. }
            | Error::NoGroups { .. }
            | Error::Elsewhere { .. }
            | Error::Unreachable { .. }
            | Error::Timeout { .. }
            | Error::BadAnswer { .. } => None,
        }
    }

    fn in_words(text: &str) -> Option<Self> {
        if text.contains(WAITS) {
            return Some(Self::Waits { request: None });
        }
        if text.contains(NOTHING_WAITS) {
            return Some(Self::NothingWaits);
        }
        let (_, after) = text.split_once(OTHER_CALLS)?;
        let expected = after.split_once("Expected").and_then(|(_, list)| list.split_once("but received"));
        Some(Self::OtherCalls { expected: expected.map(|(list, _)| quoted(list)).unwrap_or_default() })
    }

    /// What happened, and the way out.
    pub fn trouble(&self) -> (&'static str, &'static str) {
        match self {
            Self::Waits { .. } => ("A tool call waits for your decision first.", "Approve or deny it, then try again."),
            Self::OtherCalls { .. } => {
                ("The server did not take the decision: it waits for other calls.", "Look at them again.")
            }
            Self::NothingWaits => ("This request was decided meanwhile.", "Nothing waits for you here now."),
        }
    }

    /// The same as one text.
    pub fn words(&self) -> String {
        let (what, why) = self.trouble();
        format!("{what} {why}")
    }
}

/// The failure in the user's words, if it is about what waits or what runs.
pub(crate) fn trouble(problem: &Problem) -> Option<Trouble> {
    let text = problem.detail.as_deref().unwrap_or(&problem.message);
    let (what, why) = match Standoff::of(problem) {
        Some(standoff) => standoff.trouble(),
        None if text.contains(BUSY) => {
            ("Another answer is still being written here.", "Wait for its end, then try again.")
        }
        None => return None,
    };
    let details = Some(problem.raw.clone()).filter(|raw| !raw.is_empty());
    Some(Trouble { what: what.to_owned(), why: why.to_owned(), details })
}

/// The words in single quotes, as Python writes a list of them; the quotes around the list itself are no words.
fn quoted(list: &str) -> Vec<String> {
    let list = list.trim_matches(|letter: char| letter != '[' && letter != ']').trim_matches(['[', ']']);
    let ids = list.split(',').map(|id| id.trim().trim_matches(['\'', '"', '\\']).to_owned());
    ids.filter(|id| !id.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(detail: &str) -> Problem {
        Problem { kind: "internal_error".to_owned(), detail: Some(detail.to_owned()), ..Problem::default() }
    }

    #[test]
    fn the_servers_words_are_told_apart() {
        let waits = "CONFLICT: Cannot send a new message: The agent is waiting for approval on a tool call. Please approve or deny \
                     the pending request before continuing.";
        assert_eq!(Standoff::of(&problem(waits)), Some(Standoff::Waits { request: None }));
        let busy = "CONFLICT: Cannot send a new message: Another request (run_id=run-1) is currently being processed for this \
                    conversation. Please wait for it to complete.";
        assert_eq!(Standoff::of(&problem(busy)), None, "busy is no request that waits");
        assert_eq!(trouble(&problem(busy)).unwrap().what, "Another answer is still being written here.");
        let nothing = "Cannot process approval response: No tool call is currently awaiting approval. Please send a regular message.";
        assert_eq!(Standoff::of(&problem(nothing)), Some(Standoff::NothingWaits));
        assert_eq!(Standoff::of(&problem("Connection reset while an approval was denied")), None, "letta-code #2103");
        assert_eq!(trouble(&problem("the model failed")), None);
    }

    #[test]
    fn the_calls_that_the_server_expects_are_read_from_its_words() {
        let of = |text: &str| match Standoff::of(&problem(text)) {
            Some(Standoff::OtherCalls { expected }) => expected,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            of("Invalid tool call IDs. Expected '['call_1']', but received '['call_wrong', 'call_2']'."),
            ["call_1"]
        );
        assert_eq!(of("Invalid tool call IDs. Expected '['a', 'b']', but received '['a']'."), ["a", "b"]);
        assert_eq!(of("Invalid tool call IDs. Expected '[]', but received '['a']'."), [] as [String; 0]);
        assert_eq!(of("Invalid tool call IDs, whatever that means."), [] as [String; 0]);
        // As it stands in the JSON of an error of HTTP.
        assert_eq!(
            of(r#"{"detail":"Invalid tool call IDs. Expected '['call_1']', but received '['x']'."}"#),
            ["call_1"]
        );
    }
}
