//! Approving and denying: exactly what was shown, saved before it is sent, sent once. What comes of it arrives like any answer; what
//! is written down of it is `ruling`; a request that is stuck is `doctor`.

use std::collections::HashSet;

use letta::{Answer, Client, Standoff, Target};
use model::{AgentId, Code, Decision, Failure, Item, Ruling, ToolCall, ToolCallId, ToolState, command::Shown};

use super::{
    Reply, Verdict,
    actor::Talk,
    fetch::asked_for,
    foreign::not_here,
    running::answer_all,
    state::{Asked, State},
};
use crate::store::SENT;

impl Talk {
    /// The user decided a call.
    pub(super) async fn decide(&mut self, id: ToolCallId, verdict: Verdict, reply: Reply<()>) {
        match self.accept(&id, verdict).await {
            Ok(request) => self.send_decisions(&request, reply),
            Err(failure) => {
                let _ = reply.send(Err(failure));
            }
        }
    }

    /// Checks and saves a decision. Answers the request it belongs to.
    async fn accept(&mut self, id: &ToolCallId, verdict: Verdict) -> Result<String, Failure> {
        let (call, request) = self.decidable(id, &verdict.shown)?;
        if verdict.approve && call.foreign {
            let why = "This tool belongs to another program and cannot run on the server. Deny it, or let that program answer.";
            return Err(Failure::new(Code::Invalid, why));
        }
        let reason = verdict.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        self.rule(&call, verdict.approve, reason).await?;
        self.show();
        self.save().await;
        Ok(request)
    }

    /// The waiting call and its request, if it is still what the card showed and could be decided now.
    pub(super) fn decidable(&self, id: &ToolCallId, shown: &Shown) -> Result<(ToolCall, String), Failure> {
        let Some(call) = self.call(id).cloned() else {
            return Err(Failure::new(Code::Conflict, "This request is no longer there."));
        };
        match call.state {
            ToolState::AwaitingApproval => {}
            ToolState::Deciding => return Err(Failure::new(Code::Conflict, "Your decision is already on its way.")),
            ToolState::Writing
            | ToolState::Running
            | ToolState::Denied
            | ToolState::Returned(_)
            | ToolState::Stopped
            | ToolState::Interrupted => {
                return Err(Failure::new(Code::Conflict, "This request was decided meanwhile."));
            }
        }
        if !self.state.is_idle() {
            return Err(Failure::new(Code::Conflict, "The request is still being written. Wait for its end."));
        }
        if call.name != shown.name || call.arguments != shown.arguments {
            return Err(Failure::new(Code::Conflict, "The request changed. Look at it again."));
        }
        let Some(request) = call.request.clone() else {
            return Err(Failure::new(
                Code::Conflict,
                "The server did not say which request this is. Refresh, then try again.",
            ));
        };
        // Nothing is decided that could not be sent.
        self.client()?;
        Ok((call, request))
    }

    /// Writes a decision down, then marks the call with it.
    pub(super) async fn rule(&mut self, call: &ToolCall, approve: bool, reason: Option<String>) -> Result<(), Failure> {
        let now = self.house.clock.now();
        let ruling = if approve { Ruling::Approved } else { Ruling::Denied { reason: reason.clone() } };
        self.log(call, ruling, now).await?;
        let changes = self.timeline.decide(&call.id, Decision { approve, reason, at: Some(now) });
        self.changed(changes);
        Ok(())
    }

    /// The calls of a request.
    pub(super) fn of_request(&self, request: &str) -> Vec<ToolCall> {
        let calls = self.timeline.items().iter().filter_map(Item::tool);
        calls.filter(|call| call.request.as_deref() == Some(request)).cloned().collect()
    }

    /// Sends the decisions on one request, once all its calls are decided: the server takes them together or not at all.
    pub(super) fn send_decisions(&mut self, request: &str, reply: Reply<()>) {
        let calls = self.of_request(request);
        if calls.iter().any(|call| call.state == ToolState::AwaitingApproval) {
            let _ = reply.send(Ok(()));
            return;
        }
        let on_their_way = || calls.iter().filter(|call| call.state == ToolState::Deciding);
        let ids: Vec<ToolCallId> = on_their_way().map(|call| call.id.clone()).collect();
        let client = match self.client() {
            Ok(client) => client,
            Err(failure) => return self.not_decided(&ids, vec![reply], failure),
        };
        let decided = |call: &ToolCall| Some((call.id.clone(), call.decision.clone()?));
        // One that only a run told of is asked for there again.
        let by_run = on_their_way().any(|call| call.stuck.is_some());
        let not_run = |call: &ToolCall| {
            let reason = call.decision.as_ref().and_then(|decision| decision.reason.as_deref());
            (call.id.clone(), not_here(reason))
        };
        let answer = Answer {
            request: request.to_owned(),
            decisions: on_their_way().filter(|call| !call.foreign).filter_map(decided).collect(),
            not_run: on_their_way().filter(|call| call.foreign).map(not_run).collect(),
            mode: self.mode(),
            extras: self.extras(),
        };
        let target = self.target.clone();
        let member = ids.first().and_then(|id| self.asker(id));
        self.begun += 1;
        self.state = State::Asking(
            Asked::Decision { calls: ids, reply: vec![reply] },
            Box::pin(async move {
                match (target, member) {
                    (Target::Agent(agent), _) => {
                        still_asked(&client, &Target::Agent(agent.clone()), &answer, by_run).await?;
                        client.decide(&agent, &answer).await
                    }
                    (Target::Thread { agent, id }, _) => {
                        let thread = Target::Thread { agent, id: id.clone() };
                        still_asked(&client, &thread, &answer, by_run).await?;
                        client.decide_in_thread(&id, &answer).await
                    }
                    // The group goes on with whoever comes next; a server that knows no decisions in groups is asked at the member.
                    (Target::Group(group), Some(member)) => match client.decide_in_group(&group, &answer).await {
                        Err(
                            letta::Error::NoGroups { .. }
                            | letta::Error::Invalid { .. }
                            | letta::Error::NotFound { .. },
                        ) => client.decide(&member, &answer).await,
                        other => other,
                    },
                    (Target::Group(group), None) => client.decide_in_group(&group, &answer).await,
                }
            }),
        );
        self.turned();
    }

    /// The first sign of life of the run that follows: the server took the decision.
    pub(super) fn decision_arrived(&mut self) {
        let State::Hearing(Asked::Decision { calls, reply }, _) = &mut self.state else { return };
        if reply.is_empty() {
            return;
        }
        let (calls, reply) = (calls.clone(), std::mem::take(reply));
        // First: whoever hears that it arrived finds it written down.
        self.settle(&calls, SENT);
        answer_all(reply, || Ok(()));
    }

    /// The decision did not arrive, as far as can be known. The calls wait again, and the server is asked how they stand; nothing is
    /// sent again by itself.
    pub(super) fn not_decided(&mut self, calls: &[ToolCallId], reply: Vec<Reply<()>>, failure: Failure) {
        for call in calls {
            let changes = self.timeline.undecide(call);
            self.changed(changes);
        }
        self.settle(calls, &failure.message);
        self.retries = false;
        self.turned();
        self.show();
        let answer = match failure.code {
            // Already decided elsewhere, or asked anew: the row is looked up.
            Code::Conflict | Code::Invalid => Failure { code: Code::Conflict, ..failure },
            Code::Unauthorized => failure,
            Code::Offline | Code::Server | Code::Storage | Code::Keychain => {
                let details =
                    [Some(failure.message), failure.details].into_iter().flatten().collect::<Vec<_>>().join("\n");
                Failure::new(failure.code, "Not sent. Try again.").details(details)
            }
        };
        answer_all(reply, || Err(answer.clone()));
        self.look();
    }

    pub(super) fn call(&self, id: &ToolCallId) -> Option<&ToolCall> {
        self.timeline.items().iter().rev().filter_map(Item::tool).find(|call| call.id == *id)
    }

    /// The agent that asks.
    pub(super) fn asker(&self, id: &ToolCallId) -> Option<AgentId> {
        if let Target::Agent(agent) | Target::Thread { agent, .. } = &self.target {
            return Some(agent.clone());
        }
        let asks = |item: &&Item| item.tool().is_some_and(|call| call.id == *id);
        self.timeline.items().iter().rev().find(asks)?.speaker()?.id.clone()
    }
}

/// Makes sure that the server still waits for exactly these calls: it takes a second decision on the same request for something to
/// talk about (0.16.8/approval-approve-again-steps-v1), and refuses a decision on only some of them.
async fn still_asked(client: &Client, asked: &Target, answer: &Answer, by_run: bool) -> Result<(), letta::Error> {
    let mut pending = client.pending_in(asked).await?;
    if by_run && pending.is_none() {
        pending = client.pending_by_run(asked).await?;
    }
    let pending = pending.as_ref().map(asked_for).unwrap_or_default();
    let ours: HashSet<String> = answer
        .decisions
        .iter()
        .map(|(call, _)| call)
        .chain(answer.not_run.iter().map(|(call, _)| call))
        .map(ToString::to_string)
        .collect();
    if ours == pending {
        return Ok(());
    }
    // Refused before it was sent, in the same words as if the server had.
    let standoff =
        if pending.is_empty() { Standoff::NothingWaits } else { Standoff::OtherCalls { expected: Vec::new() } };
    Err(letta::Error::Invalid { why: standoff.words(), details: String::new() })
}
