//! How runs end: stop reasons, errors, usage, and what the engine knows better (stopped, cut off, not arrived). One row per run tells
//! it, the last word counts, and an error outweighs a stop reason.

use model::{Content, Notice, SendState, TextState, ToolState, Trouble};

use super::edit::Edit;
use super::{APP, End, names, tools};
use crate::error::problem_trouble;
use crate::event::{Head, Problem};

/// Stop reasons that cut a text off in the middle.
const BROKEN: [&str; 5] = [
    "error",
    "llm_api_error",
    "invalid_llm_response",
    "insufficient_credits",
    "context_window_overflow_in_system_prompt",
];

/// How texts and calls that are still open are left.
#[derive(Clone, Copy)]
struct Open {
    text: TextState,
    tool: ToolEnd,
}

/// How an open tool call is left.
#[derive(Clone, Copy, PartialEq)]
enum ToolEnd {
    /// As it is: it may still run.
    Kept,
    Stopped,
    Interrupted,
}

impl Edit<'_> {
    /// The run is over, says the engine.
    pub fn end(&mut self, end: End) {
        match end {
            End::Finished => {
                self.finish();
                // A denied call's return is missing in token streams of letta_v1 (recording 0.16.8/approval-deny-tokens-v1).
                self.stop_deciding();
            }
            End::Stopped => {
                self.close(Open { text: TextState::Stopped, tool: ToolEnd::Stopped });
                self.stop_deciding();
                self.fail_sending("Stopped before an answer came.");
                self.say_end(Content::Notice(Notice::Stopped));
            }
            End::Interrupted { why } => {
                self.close(Open { text: TextState::Interrupted, tool: ToolEnd::Interrupted });
                self.fail_sending(&why);
                let what = "The answer was interrupted.".to_owned();
                self.say_cut(Trouble { what, why, details: None });
            }
            End::Failed(trouble) => {
                self.close(Open { text: TextState::Interrupted, tool: ToolEnd::Stopped });
                self.ask_undecided();
                if self.fail_sending(&trouble.what) {
                    // Perhaps it did arrive: what history shows later outweighs this.
                    self.say_cut(trouble);
                } else if !self.tells_error() {
                    self.say_end(Content::Error(trouble));
                }
            }
        }
    }

    /// A run that was cut off goes on.
    pub fn resumed(&mut self) {
        let cut = (self.turn()..self.items.len()).rev().find(|&index| names::is_cut(&self.items[index].id));
        // What a stop reason closed stays closed.
        let Some(cut) = cut else { return };
        self.remove(cut);
        for index in self.turn()..self.items.len() {
            let last = index + 1 == self.items.len();
            self.alter(index, |item| match &mut item.content {
                Content::Assistant { state, .. } | Content::Reasoning { state, .. }
                    if *state == TextState::Interrupted =>
                {
                    *state = if last { TextState::Streaming } else { TextState::Done };
                }
                Content::Tool(call) if call.state == ToolState::Interrupted => {
                    let whole = serde_json::from_str::<serde::de::IgnoredAny>(&call.arguments).is_ok();
                    let written = whole && call.request.is_none();
                    call.state = if written { ToolState::Running } else { ToolState::Writing };
                }
                Content::Assistant { .. }
                | Content::Reasoning { .. }
                | Content::Tool(_)
                | Content::User { .. }
                | Content::Notice(_)
                | Content::Error(_)
                | Content::Gap
                | Content::Round { .. } => {}
            });
        }
    }

    /// Nothing more comes, and all is well.
    pub fn finish(&mut self) {
        for index in 0..self.items.len() {
            let Some(call) = tools::call(&self.items[index]) else { continue };
            if call.state == ToolState::Writing && call.request.is_some() {
                self.set_state(index, ToolState::AwaitingApproval);
            }
        }
        // What was called beside a call that waits runs once that is decided (API facts §6).
        let waits = self.items.iter().filter_map(tools::call).any(|call| call.state == ToolState::AwaitingApproval);
        let tool = if waits { ToolEnd::Kept } else { ToolEnd::Stopped };
        self.close(Open { text: TextState::Done, tool });
    }

    /// Letta's word for the end. The last one counts.
    pub fn stop_reason(&mut self, reason: &str) {
        match reason {
            "end_turn" => self.close(Open { text: TextState::Done, tool: ToolEnd::Stopped }),
            "requires_approval" => self.wait_for_approval(),
            "cancelled" => {
                self.close(Open { text: TextState::Stopped, tool: ToolEnd::Stopped });
                self.stop_deciding();
                self.say_end(Content::Notice(Notice::Stopped));
            }
            other => {
                let text = if BROKEN.contains(&other) { TextState::Interrupted } else { TextState::Done };
                self.close(Open { text, tool: ToolEnd::Stopped });
                self.say_end(Content::Notice(Notice::Ended { reason: other.to_owned() }));
            }
        }
    }

    /// The server says that the run failed.
    pub fn failed(&mut self, problem: &Problem) {
        self.close(Open { text: TextState::Interrupted, tool: ToolEnd::Stopped });
        self.ask_undecided();
        self.say_end(Content::Error(problem_trouble(problem)));
    }

    /// What the run used: one row per run, below everything of it.
    pub fn usage(&mut self, steps: u64, input: u64, output: u64) {
        if steps == 0 && input == 0 && output == 0 {
            return;
        }
        let since = self.items[self.turn().saturating_sub(1)..].iter().filter_map(|item| match &item.content {
            Content::User { .. } => Some(item.at),
            Content::Tool(call) => call.decision.as_ref().and_then(|decision| decision.at),
            Content::Assistant { .. }
            | Content::Reasoning { .. }
            | Content::Notice(_)
            | Content::Error(_)
            | Content::Gap
            | Content::Round { .. } => None,
        });
        let took = since.max().filter(|_| self.live()).map(|since| (self.now - since).max(0));
        let usage = Content::Notice(Notice::Usage { steps, input, output, took });
        let last = self.items.len().checked_sub(1);
        match last.filter(|&last| matches!(self.items[last].content, Content::Notice(Notice::Usage { .. }))) {
            Some(last) => self.alter(last, |item| item.content = usage),
            None => {
                let id = names::usage(self.last().map_or("start", |item| item.id.as_str()));
                self.push_of_run(id, usage);
            }
        }
    }

    /// Calls that were asked for wait now; a decision that the server did not take is asked for again (recording
    /// 0.16.8/approval-approve-tokens-mg2).
    fn wait_for_approval(&mut self) {
        self.ask_undecided();
        self.finish();
    }

    /// Closes the texts and calls that are still open, wherever they stand: words may be waiting below.
    fn close(&mut self, open: Open) {
        for index in 0..self.items.len() {
            match &self.items[index].content {
                Content::Assistant { state: TextState::Streaming, .. }
                | Content::Reasoning { state: TextState::Streaming, .. } => self.close_text(index, open.text),
                Content::Tool(call) if matches!(call.state, ToolState::Writing | ToolState::Running) => match open.tool
                {
                    // What is called is written, whether or not its end was recognised.
                    ToolEnd::Kept => self.set_state(index, ToolState::Running),
                    ToolEnd::Stopped => self.set_state(index, ToolState::Stopped),
                    ToolEnd::Interrupted => self.set_state(index, ToolState::Interrupted),
                },
                Content::Assistant { .. }
                | Content::Reasoning { .. }
                | Content::Tool(_)
                | Content::User { .. }
                | Content::Notice(_)
                | Content::Error(_)
                | Content::Gap
                | Content::Round { .. } => {}
            }
        }
    }

    /// Decisions whose answer will not come any more: a refusal that arrived is a refusal, the rest did not come back.
    fn stop_deciding(&mut self) {
        for index in self.deciding() {
            let refused = tools::call(&self.items[index]).is_some_and(tools::is_refused);
            self.set_state(index, if refused { ToolState::Denied } else { ToolState::Stopped });
        }
    }

    /// Decisions that the server did not take.
    fn ask_undecided(&mut self) {
        for index in self.deciding() {
            self.ask_again(index);
        }
    }

    fn deciding(&self) -> Vec<usize> {
        let deciding = |item| tools::call(item).is_some_and(|call| call.state == ToolState::Deciding);
        (0..self.items.len()).filter(|&index| deciding(&self.items[index])).collect()
    }

    /// Words that got no answer at all did not arrive, as far as we know. Whether there were any.
    fn fail_sending(&mut self, why: &str) -> bool {
        let mut any = false;
        for index in 0..self.items.len() {
            if matches!(self.items[index].content, Content::User { state: SendState::Sending, .. }) {
                any = true;
                self.alter(index, |item| {
                    if let Content::User { state, .. } = &mut item.content {
                        *state = SendState::Failed { reason: why.to_owned() };
                    }
                });
            }
        }
        any
    }

    /// The row that tells how the run ended: since nothing was said after it, a further word is about the same run.
    fn ending(&self) -> Option<usize> {
        let last =
            self.items.iter().rposition(|item| !matches!(item.content, Content::Notice(Notice::Usage { .. })))?;
        names::is_end(&self.items[last].id).then_some(last)
    }

    fn tells_error(&self) -> bool {
        self.ending().is_some_and(|index| {
            matches!(self.items[index].content, Content::Error(_)) && !names::is_cut(&self.items[index].id)
        })
    }

    fn say_end(&mut self, content: Content) {
        if let Some(index) = self.ending() {
            let error = matches!(content, Content::Error(_));
            if error || !self.tells_error() {
                self.alter(index, |item| {
                    item.id = item.id.as_str().strip_prefix("cut/").map_or_else(|| item.id.clone(), names::end);
                    item.content = content;
                });
            }
            return;
        }
        let id = names::end(self.last().map_or("start", |item| item.id.as_str()));
        self.push_of_run(id, content);
    }

    fn say_cut(&mut self, trouble: Trouble) {
        if self.ending().is_some() {
            return;
        }
        let id = names::cut(self.last().map_or("start", |item| item.id.as_str()));
        self.push_of_run(id, Content::Error(trouble));
    }

    /// Adds a row about the run above, under its run id.
    fn push_of_run(&mut self, id: model::ItemId, content: Content) {
        let run = self.last().and_then(|item| item.run.clone());
        let head = Head { run_id: run.map(|run| run.to_string()), ..Head::default() };
        self.push(id, APP, &head, content);
    }
}
