//! Requests that are stuck: the server waits for a decision that is not shown here, or waits for others than those shown. What the
//! server says is looked up and shown; there are ways out; nothing is ever decided or sent again by itself.

use std::{collections::HashSet, time::Duration};

use letta::{Event, Standoff, Target};
use model::{
    Change, Code, Content, Failure, Item, ItemId, Ruling, SendState, ToolCallId, ToolState, WayOut, command::Shown,
};
use tokio::sync::oneshot;

use super::{
    Reply,
    actor::Talk,
    fetch::{Newest, asked_for},
    state::{Errand, State},
};
use crate::store::SENT;

/// The server has this long to stop a run that waits.
const STOP: Duration = Duration::from_secs(20);

/// What is known of a standoff before the server was asked how things stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Examined {
    /// The calls that the server said it waits for.
    expected: Vec<String>,
    /// It refused a decision.
    refused: bool,
    /// It said that something waits.
    waits: bool,
}

impl Examined {
    /// Whether what the agent and its newest messages tell leaves something open that the server said: then its runs are asked.
    pub(super) fn leaves_open(&self, told: Option<&Event>) -> bool {
        let told = told.map(asked_for);
        self.waits && told.is_none_or(|told| !self.expected.iter().all(|call| told.contains(call)))
    }
}

/// How a run that asked was stopped.
pub(super) struct Dropped {
    calls: Vec<ToolCallId>,
    reply: Reply<()>,
    result: Result<bool, Failure>,
}

impl Talk {
    /// The server refused something on account of what waits: it is asked what that is, with the next look.
    pub(super) fn differs(&mut self, standoff: &Standoff) {
        if matches!(self.target, Target::Group(_)) {
            // Nobody tells what waits in a group.
            return;
        }
        let examined = self.examined.get_or_insert_default();
        match standoff {
            Standoff::NothingWaits => {}
            Standoff::Waits { .. } => examined.waits = true,
            Standoff::OtherCalls { expected } => {
                examined.expected.clone_from(expected);
                examined.refused = true;
                examined.waits = true;
            }
        }
    }

    /// The agent that is asked what waits: where a request stands here, or the server said that one does.
    pub(super) fn whom_to_ask(&self) -> Option<Target> {
        let stands = |item: &&Item| {
            item.tool().is_some_and(|call| match &self.target {
                Target::Agent(_) | Target::Thread { .. } => {
                    matches!(call.state, ToolState::AwaitingApproval | ToolState::Deciding)
                }
                // A group's requests are not told with its members.
                Target::Group(_) => call.state == ToolState::Deciding,
            })
        };
        let item = self.timeline.items().iter().rev().find(stands);
        match &self.target {
            Target::Agent(_) | Target::Thread { .. } => {
                (item.is_some() || self.examined.is_some()).then(|| self.target.clone())
            }
            Target::Group(_) => item?.speaker()?.id.clone().map(Target::Agent),
        }
    }

    /// Makes the rows say what the server says of what waits.
    pub(super) fn reconcile(&mut self, newest: &Newest) {
        let Some(pending) = &newest.pending else { return };
        if self.examined.as_ref().is_some_and(|examined| examined.waits) && !newest.examined {
            // The server said so after this was asked: the next look asks its runs too.
            return;
        }
        let examined = self.examined.take();
        let mut waits: HashSet<String> = pending.as_deref().map(asked_for).unwrap_or_default();
        if let Some(examined) = &examined
            && !examined.expected.is_empty()
        {
            // Its last word counts: the calls it expects, as far as they are known (lettabot #577).
            waits.extend(examined.expected.iter().cloned());
            waits.retain(|call| examined.expected.contains(call));
        }
        self.still_waiting(&waits);
        if matches!(self.target, Target::Group(_)) {
            return;
        }
        self.close_decided(&waits);
        let missing: Vec<&String> = waits.iter().filter(|call| !self.is_waiting(call)).collect();
        let refused = examined.as_ref().is_some_and(|examined| examined.waits);
        let why = if examined.is_some_and(|examined| examined.refused) {
            "The server did not take the decision. It waits for exactly this."
        } else {
            "The server waits for this decision, and had not said so here."
        };
        if !missing.is_empty() {
            tracing::warn!(conversation = %self.id, calls = ?missing, "a request was not shown as waiting");
            let missing: Vec<String> = missing.into_iter().cloned().collect();
            self.show_request(pending.as_deref(), &missing, why);
        }
        if refused {
            self.mark_stuck(&waits, why);
        }
    }

    /// Something was refused on account of these. Where the history told of them first they stand here already, and are no less stuck.
    fn mark_stuck(&mut self, waits: &HashSet<String>, why: &str) {
        let stands = |item: &&Item| {
            item.tool().is_some_and(|call| {
                call.state == ToolState::AwaitingApproval && call.stuck.is_none() && waits.contains(call.id.as_str())
            })
        };
        let rows: Vec<ItemId> = self.timeline.items().iter().filter(stands).map(|item| item.id.clone()).collect();
        for id in rows {
            self.alter_call(&id, |call| call.stuck = Some(why.to_owned()));
        }
    }

    /// A decision that is not confirmed, and the server still waits for it: it waits here again. One whose request waits for others
    /// to be decided was not sent yet, and stands.
    fn still_waiting(&mut self, waits: &HashSet<String>) {
        let calls: Vec<_> = self.timeline.items().iter().filter_map(Item::tool).cloned().collect();
        let collecting = |request: &Option<String>| {
            calls.iter().any(|call| call.request == *request && call.state == ToolState::AwaitingApproval)
        };
        for call in &calls {
            let unconfirmed = call.state == ToolState::Deciding && !collecting(&call.request);
            if unconfirmed && waits.contains(call.id.as_str()) {
                let changes = self.timeline.undecide(&call.id);
                self.changed(changes);
            }
        }
    }

    /// A request that the server does not wait for any more, and of which its history tells nothing else: nobody's decision is
    /// awaited (lettabot #601: the same call is not decided again and again).
    fn close_decided(&mut self, waits: &HashSet<String>) {
        let over = |item: &Item| {
            item.tool().is_some_and(|call| {
                call.state == ToolState::AwaitingApproval && call.request.is_some() && !waits.contains(call.id.as_str())
            })
        };
        let over: Vec<ItemId> =
            self.timeline.items().iter().filter(|item| over(item)).map(|item| item.id.clone()).collect();
        for id in over {
            self.alter_call(&id, |call| {
                call.state = ToolState::Stopped;
                call.stuck = None;
            });
        }
    }

    fn is_waiting(&self, id: &str) -> bool {
        self.call(&id.into())
            .is_some_and(|call| matches!(call.state, ToolState::AwaitingApproval | ToolState::Deciding))
    }

    /// Shows calls that the server waits for as what they are.
    fn show_request(&mut self, request: Option<&Event>, missing: &[String], why: &str) {
        if let Some(event) = request {
            let changes = self.timeline.newest(std::slice::from_ref(event), self.house.clock.now());
            self.changed(changes);
        }
        let rows: Vec<ItemId> = self
            .timeline
            .items()
            .iter()
            .filter(|item| item.tool().is_some_and(|call| missing.iter().any(|id| *id == call.id.as_str())))
            .map(|item| item.id.clone())
            .collect();
        let asked = request.and_then(|event| event.head.id.clone());
        for id in rows {
            self.alter_call(&id, |call| {
                call.state = ToolState::AwaitingApproval;
                call.decision = None;
                call.request = asked.clone().or(call.request.take());
                call.stuck = Some(why.to_owned());
            });
        }
    }

    /// Changes a call's row.
    pub(super) fn alter_call(&mut self, id: &ItemId, how: impl FnOnce(&mut model::ToolCall)) {
        let Some(mut item) = self.item(id).cloned() else { return };
        let Content::Tool(call) = &mut item.content else { return };
        how(call);
        self.replace(Change::Put { item });
    }

    /// Another way out of a request than approving or denying it.
    pub(super) async fn unstick(&mut self, id: ToolCallId, way: WayOut, shown: Shown, reply: Reply<()>) {
        let begun = match way {
            WayOut::DenyAndRetry { reason } => self.deny_all(&id, &shown, reason).await,
            WayOut::StopRun => return self.drop_request(&id, &shown, reply).await,
        };
        match begun {
            Ok(request) => {
                self.retries = true;
                self.send_decisions(&request, reply);
            }
            Err(failure) => {
                let _ = reply.send(Err(failure));
            }
        }
    }

    async fn deny_all(&mut self, id: &ToolCallId, shown: &Shown, reason: Option<String>) -> Result<String, Failure> {
        let (_, request) = self.decidable(id, shown)?;
        let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        for call in self.of_request(&request) {
            if call.state == ToolState::AwaitingApproval {
                self.rule(&call, false, reason.clone()).await?;
            }
        }
        self.show();
        self.save().await;
        Ok(request)
    }

    /// The agent answered to the denial: what was refused before is tried again.
    pub(super) fn retry_refused(&mut self) {
        if !std::mem::take(&mut self.retries) {
            return;
        }
        let refused = self.timeline.items().iter().rev().find(|item| match &item.content {
            Content::User { state, .. } => matches!(state, SendState::Failed { .. }),
            Content::Error(_) => true,
            Content::Assistant { .. }
            | Content::Reasoning { .. }
            | Content::Tool(_)
            | Content::Notice(_)
            | Content::Gap
            | Content::Round { .. } => false,
        });
        let Some(id) = refused.map(|item| item.id.clone()) else { return };
        // Whoever asked has been answered when the denial arrived.
        let (reply, _) = oneshot::channel();
        self.retry(&id, reply);
    }

    /// Stops the run that asked. The server stores its calls as denied (0.16.8/cancel-pending-approval-history).
    async fn drop_request(&mut self, id: &ToolCallId, shown: &Shown, reply: Reply<()>) {
        let prepared = self.prepare_drop(id, shown).await;
        let (client, target, calls) = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => {
                let _ = reply.send(Err(failure));
                return;
            }
        };
        self.begun += 1;
        self.state = State::Stopping;
        self.turned();
        self.errands.push(Box::pin(async move {
            let result = match tokio::time::timeout(STOP, client.cancel_in(&target, None)).await {
                Ok(stopped) => stopped.map_err(Failure::from),
                Err(_) => Err(Failure::new(Code::Offline, "The server did not confirm the stop.")),
            };
            Errand::Dropped(Dropped { calls, reply, result })
        }));
    }

    async fn prepare_drop(
        &mut self,
        id: &ToolCallId,
        shown: &Shown,
    ) -> Result<(letta::Client, Target, Vec<ToolCallId>), Failure> {
        let (_, request) = self.decidable(id, shown)?;
        if matches!(self.target, Target::Group(_)) {
            return Err(Failure::new(
                Code::Invalid,
                "The server cannot stop what a group does. Deny the request instead.",
            ));
        }
        let client = self.client()?;
        let now = self.house.clock.now();
        let mut calls = Vec::new();
        for call in self.of_request(&request) {
            self.log(&call, Ruling::Stopped, now).await?;
            calls.push(call.id);
        }
        Ok((client, self.target.clone(), calls))
    }

    /// The server stopped the run that asked, or did not. Its history tells the rest.
    pub(super) fn dropped(&mut self, dropped: Dropped) {
        let Dropped { calls, reply, result } = dropped;
        if matches!(self.state, State::Stopping) {
            self.state = State::Idle;
            self.turned();
        }
        let answer = match result {
            Ok(true) => Ok(()),
            Ok(false) => {
                Err(Failure::new(Code::Conflict, "The server has nothing to stop here. Deny the request instead."))
            }
            Err(failure) => Err(failure),
        };
        self.settle(&calls, answer.as_ref().err().map_or(SENT, |failure| failure.message.as_str()));
        let _ = reply.send(answer);
        self.look();
    }
}
