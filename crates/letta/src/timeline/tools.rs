//! Tool calls, from their first letter over a decision to their return. A call is known by its message and its call id: providers
//! may use a call id again, and servers may ask again for the same call.

use model::{Content, Decision, Item, ToolCall, ToolCallId, ToolReturn, ToolState};

use super::edit::Edit;
use super::names;
use crate::event::{CallPiece, Calls, Head, Return, Verdict};

/// How a denied call's return begins (recording 0.16.8/approval-deny-steps-v1).
const DENIED: &str = "Error: request to call tool denied.";
const REASON: &str = "User reason:";

/// Arguments longer than this are not looked through for their end after every delta.
const LOOKED_THROUGH: usize = 16 * 1024;

/// The call of an item.
pub(super) fn call(item: &Item) -> Option<&ToolCall> {
    item.tool()
}

fn call_mut(item: &mut Item) -> Option<&mut ToolCall> {
    match &mut item.content {
        Content::Tool(call) => Some(call),
        Content::User { .. }
        | Content::Assistant { .. }
        | Content::Reasoning { .. }
        | Content::Notice(_)
        | Content::Error(_)
        | Content::Gap
        | Content::Round { .. } => None,
    }
}

/// Nothing more is expected of it.
pub(super) fn is_closed(state: &ToolState) -> bool {
    match state {
        ToolState::Denied | ToolState::Returned(_) | ToolState::Stopped => true,
        ToolState::Writing
        | ToolState::Running
        | ToolState::AwaitingApproval
        | ToolState::Deciding
        | ToolState::Interrupted => false,
    }
}

/// What was asked for and came back was approved, by whomever; unless a client ran it, or said that nobody did. It is not stuck any more.
pub(super) fn note_approval(call: &mut ToolCall) {
    if is_closed(&call.state) {
        call.stuck = None;
    }
    let asked = call.request.is_some() && !call.foreign;
    if asked && call.decision.is_none() && matches!(call.state, ToolState::Returned(_)) {
        call.decision = Some(Decision { approve: true, reason: None, at: None });
    }
}

/// Ends a call that did not come back.
pub(super) fn stop(item: &mut Item) {
    if let Some(call) = call_mut(item).filter(|call| !is_closed(&call.state)) {
        call.state = ToolState::Stopped;
    }
}

/// The user said no to it.
pub(super) fn is_refused(call: &ToolCall) -> bool {
    call.decision.as_ref().is_some_and(|decision| !decision.approve)
}

impl Edit<'_> {
    /// Calls, or pieces of one. `asks`: they wait for a decision.
    pub fn calls(&mut self, head: &Head, calls: &Calls, asks: bool) {
        let message = self.message(head);
        if asks && self.live() {
            self.rename_streamed(&message);
        }
        let whole = calls.whole || !self.live();
        for piece in &calls.pieces {
            match self.same_call(&message, piece.id.as_deref(), asks) {
                Some(index) => self.go_on(index, &message, piece, asks, whole),
                None => self.new_call(head, &message, piece, asks, whole),
            }
        }
    }

    /// Where the call stands that a piece goes on with.
    fn same_call(&self, message: &str, id: Option<&str>, asks: bool) -> Option<usize> {
        self.items.iter().enumerate().rev().find_map(|(index, item)| {
            let call = call(item)?;
            let stem = names::stem(&item.id);
            let same = match id {
                // Later deltas of 0.11.7 name no call: it is the last of the message.
                None => stem == message,
                Some(id) if call.id.as_str() != id => false,
                // Arguments that follow a request come under the id above it (recording 0.16.8/approval-request-tokens-mg2).
                Some(_) if stem == message || names::are_kin(stem, message) => true,
                // Announced as a call first, asked for later.
                Some(_) => asks && call.request.is_none() && !is_closed(&call.state) && index >= self.turn(),
            };
            same.then_some(index)
        })
    }

    /// memgpt agents may ask again for the same call in a new message: the old request is void.
    fn void_older_request(&mut self, id: &ToolCallId) {
        let older = self.items.iter().rposition(|item| {
            call(item).is_some_and(|call| call.id == *id && call.request.is_some() && !is_closed(&call.state))
        });
        if let Some(index) = older {
            self.set_state(index, ToolState::Stopped);
        }
    }

    fn new_call(&mut self, head: &Head, message: &str, piece: &CallPiece, asks: bool, whole: bool) {
        let call_id = piece.id.clone().unwrap_or_else(|| message.to_owned());
        let id = names::tool(message, &call_id);
        let author = self.speaker(head);
        self.settle();
        if asks {
            self.void_older_request(&call_id.as_str().into());
        }
        self.open_round(&id, &author);
        let state = match (asks, whole) {
            (true, true) => ToolState::AwaitingApproval,
            (false, true) => ToolState::Running,
            (_, false) => ToolState::Writing,
        };
        let call = ToolCall {
            id: call_id.into(),
            name: piece.name.clone().unwrap_or_default(),
            arguments: piece.arguments.clone().unwrap_or_default(),
            state,
            request: asks.then(|| message.to_owned()),
            stuck: None,
            foreign: false,
            decision: None,
            took: None,
        };
        let index = self.push(id, author, head, Content::Tool(call));
        self.run_if_written(index);
    }

    fn go_on(&mut self, index: usize, message: &str, piece: &CallPiece, asks: bool, whole: bool) {
        let Some(call) = call(&self.items[index]) else { return };
        let text = piece.arguments.as_deref().unwrap_or_default();
        let asks_now = asks && call.request.is_none();
        let named = piece.name.as_ref().is_none_or(|name| *name == call.name);
        if !asks_now && !whole && named && call.state == ToolState::Writing {
            self.append(index, text);
            self.run_if_written(index);
            return;
        }
        let id = call.id.clone();
        self.settle();
        if asks_now {
            self.void_older_request(&id);
        }
        self.alter(index, |item| {
            let Some(call) = call_mut(item) else { return };
            if let Some(name) = &piece.name {
                name.clone_into(&mut call.name);
            }
            if !whole {
                call.arguments.push_str(text);
            } else if !text.is_empty() {
                text.clone_into(&mut call.arguments);
            }
            if asks_now {
                call.request = Some(message.to_owned());
            }
            if matches!(call.state, ToolState::Writing | ToolState::Running | ToolState::Interrupted) {
                call.state = match (whole, call.request.is_some()) {
                    (true, true) => ToolState::AwaitingApproval,
                    (true, false) => ToolState::Running,
                    (false, _) => ToolState::Writing,
                };
            }
        });
        self.run_if_written(index);
    }

    /// No event tells when a call is written: it is when its arguments are whole JSON.
    fn run_if_written(&mut self, index: usize) {
        let written = call(&self.items[index]).is_some_and(|call| {
            call.state == ToolState::Writing
                && call.request.is_none()
                && call.arguments.len() <= LOOKED_THROUGH
                && call.arguments.ends_with('}')
                && serde_json::from_str::<serde::de::IgnoredAny>(&call.arguments).is_ok()
        });
        if written {
            self.set_state(index, ToolState::Running);
        }
    }

    /// A token-streamed step that asks was streamed under the id one above the request's, and history has all of it under the
    /// request's: the parts take that name now.
    fn rename_streamed(&mut self, request: &str) {
        let Some(streamed) = names::above(request) else { return };
        for index in self.turn()..self.items.len() {
            if names::stem(&self.items[index].id) == streamed {
                self.alter(index, |item| item.id = names::under(&item.id, request));
            }
        }
    }

    /// What tools gave back, or that they were denied.
    pub fn returns(&mut self, head: &Head, returns: &[Return]) {
        self.settle();
        for returned in returns {
            let found = match &returned.call {
                Some(id) => self.items.iter().rposition(|item| call(item).is_some_and(|call| call.id.as_str() == id)),
                None => self.items.iter().rposition(|item| call(item).is_some_and(|call| !is_closed(&call.state))),
            };
            let index = match found {
                Some(index) => index,
                // What stands at the edge of a group's page (recording 0.11.7/group-sleep-stream-tokens): memgpt's way of speaking.
                None if head.name.as_deref() == Some("send_message") => continue,
                None => self.orphan(head, returned),
            };
            self.give_back(index, returned);
        }
    }

    /// A return whose call stands further up than we know.
    fn orphan(&mut self, head: &Head, returned: &Return) -> usize {
        let message = self.message(head);
        let call_id = returned.call.clone().unwrap_or_else(|| message.clone());
        let call = ToolCall {
            id: call_id.as_str().into(),
            name: head.name.clone().unwrap_or_default(),
            arguments: String::new(),
            state: ToolState::Running,
            request: None,
            stuck: None,
            foreign: false,
            decision: None,
            took: None,
        };
        let author = self.last_speaker();
        self.push(names::tool(&message, &call_id), author, head, Content::Tool(call))
    }

    fn give_back(&mut self, index: usize, returned: &Return) {
        let (now, live) = (self.now, self.live());
        let denied = denial(returned);
        self.alter(index, |item| {
            let at = item.at;
            let Some(call) = call_mut(item) else { return };
            let since = call.decision.as_ref().and_then(|decision| decision.at).unwrap_or(at);
            call.took = call.took.or(live.then(|| (now - since).max(0)));
            call.stuck = None;
            call.foreign |= returned.client;
            if let Some(reason) = denied {
                let known = call.decision.take().filter(|decision| !decision.approve);
                let at = known.as_ref().and_then(|decision| decision.at);
                let reason = reason.or(known.and_then(|decision| decision.reason));
                call.decision = Some(Decision { approve: false, reason, at });
                call.state = ToolState::Denied;
                call.took = None;
                return;
            }
            call.state = ToolState::Returned(ToolReturn {
                ok: returned.ok,
                text: returned.words.text.clone(),
                stdout: returned.stdout.clone(),
                stderr: returned.stderr.clone(),
                images: returned.words.images.clone(),
            });
            note_approval(call);
        });
    }

    /// Decisions as history has them.
    pub fn verdicts(&mut self, verdicts: &[Verdict]) {
        for verdict in verdicts {
            for index in self.decided_by(verdict) {
                self.alter(index, |item| {
                    let Some(call) = call_mut(item).filter(|call| !is_closed(&call.state)) else { return };
                    let at = call.decision.as_ref().and_then(|decision| decision.at);
                    call.decision = Some(Decision { approve: verdict.approve, reason: verdict.reason.clone(), at });
                    call.state = if verdict.approve { ToolState::Running } else { ToolState::Denied };
                    call.stuck = None;
                });
            }
        }
    }

    /// The calls that a decision is about: the one that it names, else all of the request that it names. In either place may stand
    /// the id of the message that asked (0.11.7, and 0.16.8 for what was decided before) or that of a call.
    fn decided_by(&self, verdict: &Verdict) -> Vec<usize> {
        let named = |id: &String| {
            let is_it = |item: &Item| call(item).is_some_and(|call| call.id.as_str() == id);
            let asked = |item: &Item| call(item).is_some_and(|call| call.request.as_ref() == Some(id));
            match self.items.iter().rposition(is_it) {
                Some(index) => vec![index],
                None => (0..self.items.len()).filter(|&index| asked(&self.items[index])).collect(),
            }
        };
        let by_call = verdict.call.as_ref().map(named).unwrap_or_default();
        if by_call.is_empty() && verdict.call.is_none() {
            return verdict.request.as_ref().map(named).unwrap_or_default();
        }
        by_call
    }

    /// A decision of the user's is on its way.
    pub fn decide(&mut self, id: &ToolCallId, decision: Decision) {
        if let Some(index) = self.in_state(id, &ToolState::AwaitingApproval) {
            self.alter(index, |item| {
                if let Some(call) = call_mut(item) {
                    call.decision = Some(decision);
                    call.state = ToolState::Deciding;
                }
            });
        }
    }

    /// It did not arrive.
    pub fn undecide(&mut self, id: &ToolCallId) {
        if let Some(index) = self.in_state(id, &ToolState::Deciding) {
            self.ask_again(index);
        }
    }

    fn in_state(&self, id: &ToolCallId, state: &ToolState) -> Option<usize> {
        self.items.iter().rposition(|item| call(item).is_some_and(|call| call.id == *id && call.state == *state))
    }

    /// The call waits for the user (again).
    pub fn ask_again(&mut self, index: usize) {
        self.alter(index, |item| {
            if let Some(call) = call_mut(item) {
                call.decision = None;
                call.state = ToolState::AwaitingApproval;
            }
        });
    }

    /// Sets how far a call is.
    pub fn set_state(&mut self, index: usize, state: ToolState) {
        self.alter(index, |item| {
            if let Some(call) = call_mut(item) {
                call.state = state;
                if is_closed(&call.state) {
                    call.stuck = None;
                }
            }
        });
    }
}

/// The reason, if the return says that the user denied the call.
fn denial(returned: &Return) -> Option<Option<String>> {
    let rest = returned.words.text.strip_prefix(DENIED).filter(|_| !returned.ok)?.trim();
    let reason = rest.strip_prefix(REASON).unwrap_or(rest).trim();
    Some((!reason.is_empty() && reason != "None").then(|| reason.to_owned()))
}
