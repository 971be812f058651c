//! When a run is over and how it ended, from its events alone: no bytes, no clock.

use model::{RunId, Trouble};

use super::Ending;
use crate::{
    Event,
    error::{model_trouble, problem_trouble},
    event::Body,
};

/// What a run has said about its own end so far.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// The run, once told.
    pub(super) run: Option<RunId>,
    /// The last stop reason: the one that counts (0.16.8/llm-drop-midstream-v1 sends several).
    pub(super) stop: Option<String>,
    /// Events carry numbers.
    pub(super) numbered: bool,
    trouble: Option<Trouble>,
    usage: bool,
    done: bool,
    said: bool,
    group: bool,
    whole: bool,
    began_failed: bool,
    strange: u32,
}

impl Course {
    /// Groups have no stop reason: their usage, counted over the whole turn, is the last word (0.11.7/group-rr-stream-steps).
    pub(super) fn of_group() -> Self {
        Self { group: true, ..Self::default() }
    }

    /// A run of which something was heard before.
    pub(super) fn of_run(run: RunId) -> Self {
        Self { run: Some(run), ..Self::default() }
    }

    /// The answer came in one piece: nothing can have been cut off.
    pub(super) fn is_whole(&mut self) {
        self.whole = true;
    }

    /// The status was a failure although a stream follows.
    pub(super) fn began_failed(&mut self) {
        self.began_failed = true;
    }

    /// Takes note of an event.
    pub(super) fn note(&mut self, event: &Event) {
        if let Some(run) = &event.head.run_id {
            self.run = Some(run.as_str().into());
        }
        self.numbered |= event.head.seq_id.is_some();
        match &event.body {
            Body::Unknown { .. } => self.strange += 1,
            Body::Ping => {}
            Body::StopReason { reason } => self.stop = Some(reason.clone()),
            Body::Error(problem) => self.trouble = Some(problem_trouble(problem)),
            Body::Usage { .. } => self.usage = true,
            Body::Done => self.done = true,
            Body::Reasoning { .. }
            | Body::HiddenReasoning
            | Body::Assistant(_)
            | Body::ToolCalls(_)
            | Body::ApprovalRequest(_)
            | Body::ApprovalResponse(_)
            | Body::ToolReturns(_)
            | Body::User(_)
            | Body::System(_)
            | Body::Parts(_)
            | Body::Compacted { .. } => self.said = true,
        }
        if !matches!(event.body, Body::Unknown { .. }) {
            self.strange = 0;
        }
    }

    /// Unknown events in a row.
    pub(super) fn strange(&self) -> u32 {
        self.strange
    }

    /// `[DONE]`: read no further.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// The end was announced; only its aftermath may follow.
    pub(super) fn is_settled(&self) -> bool {
        self.stop.is_some() || self.trouble.is_some() || (self.group && self.usage)
    }

    /// A stop reason came, and nothing of what follows one. After `cancelled` nothing does (0.16.8/cancel-foreground-stream).
    pub(super) fn lacks_last_words(&self) -> bool {
        let nothing = self.trouble.is_none() && !self.usage && !self.done && !self.whole && !self.group;
        nothing && self.run.is_some() && self.stop.as_deref().is_some_and(|reason| reason != "cancelled")
    }

    /// How it ended, now that nothing more comes. `broken`: why reading stopped, if not at a proper end.
    pub(super) fn ending(&self, broken: Option<String>, server: &str) -> Ending {
        if let Some(trouble) = &self.trouble {
            return Ending::Failed(trouble.clone());
        }
        // A stop reason without the error that mostly follows it. Other reasons are no failures, or say so by themselves.
        if let Some(
            reason @ ("error"
            | "llm_api_error"
            | "invalid_llm_response"
            | "insufficient_credits"
            | "context_window_overflow_in_system_prompt"),
        ) = self.stop.as_deref()
        {
            let kind = if reason == "llm_api_error" { "llm_error" } else { reason };
            return Ending::Failed(trouble(kind, reason));
        }
        if self.began_failed && self.stop.is_none() && !self.said {
            return Ending::Failed(trouble("llm_error", "HTTP 500"));
        }
        if self.done || self.whole || self.is_settled() || self.usage {
            return Ending::Finished;
        }
        let lost = || format!("The connection to {server} ended before the answer did.");
        Ending::Cut { why: broken.unwrap_or_else(lost) }
    }
}

fn trouble(kind: &str, details: &str) -> Trouble {
    let (what, why) = model_trouble(kind);
    Trouble { what: what.to_owned(), why: why.to_owned(), details: Some(details.to_owned()) }
}
