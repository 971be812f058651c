//! What Tertulia itself states in the timeline. Who says what is `item`.

use serde::{Deserialize, Serialize};

use crate::{ItemId, Reached};

/// Something Tertulia states in the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The end of a run: what it used.
    Usage {
        /// Model calls.
        steps: u64,
        /// Tokens read by the model.
        input: u64,
        /// Tokens written by it.
        output: u64,
        /// From sending to the end in milliseconds; none in talk read from history.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took: Option<i64>,
    },
    /// The user stopped the run.
    Stopped,
    /// The run ended early for a reason of the server's that is no error (`max_steps`, `tool_rule`, …).
    Ended {
        /// Letta's word.
        reason: String,
    },
    /// The server summarised older turns to make room.
    Compacted {
        /// The summary, where given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        summary: Option<String>,
    },
    /// A message of a kind this version does not know, shown as it came.
    Unknown {
        /// Its `message_type`, or what stood in its place.
        message_type: String,
        /// Its JSON or text as received.
        raw: String,
    },
    /// Somebody gives the word at a table: the hand-off line, within the turn of the one who gives it.
    HandOff {
        /// To whom, by name, in order.
        to: Vec<String>,
        /// They answer at the same time.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        side_by_side: bool,
        /// Why, where it was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// A guard of a table was reached. Offers [`crate::command::GoOn`] while it is the last thing that happened there.
    Guard {
        /// Which.
        reached: Reached,
    },
    /// Something that happened at a table: who passes, who was named and does not sit here, who worked behind.
    Table {
        /// In the user's words.
        text: String,
    },
    /// A member of a table for whose decision the others did not wait is done, and stands above what they said meanwhile.
    Late {
        /// Its name at the table.
        name: String,
        /// Its answer, or what went wrong.
        item: ItemId,
        /// It could not answer.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        failed: bool,
    },
    /// A line of the server's own, e.g. a system message it streamed.
    System {
        /// Its text.
        text: String,
    },
}
