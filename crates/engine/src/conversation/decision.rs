//! Approving and denying: exactly what was shown, saved before it is sent, sent once. What comes of it arrives like any answer.

use letta::{Answer, Client, Target};
use model::{
    AgentId, Change, Code, Decision, Failure, Item, Outcome, Ruling, Speaker, ToolCall, ToolCallId, ToolState,
};

use super::{
    Asks, Reply, Verdict,
    actor::Talk,
    fetch::asked_for,
    running::answer_all,
    state::{Asked, State},
};
use crate::store::{LoggedDecision, SENT};

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
        if call.name != verdict.shown.name || call.arguments != verdict.shown.arguments {
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
        let now = self.house.clock.now();
        let reason = verdict.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        let ruling = if verdict.approve { Ruling::Approved } else { Ruling::Denied { reason: reason.clone() } };
        self.log(&call, ruling, now).await?;
        let changes = self.timeline.decide(id, Decision { approve: verdict.approve, reason, at: Some(now) });
        self.changed(changes);
        self.show();
        self.save().await;
        Ok(request)
    }

    /// Sends the decisions on one request, once all its calls are decided: the server takes them together or not at all.
    fn send_decisions(&mut self, request: &str, reply: Reply<()>) {
        let calls: Vec<&ToolCall> = self
            .timeline
            .items()
            .iter()
            .filter_map(model::Item::tool)
            .filter(|call| call.request.as_deref() == Some(request))
            .collect();
        if calls.iter().any(|call| call.state == ToolState::AwaitingApproval) {
            let _ = reply.send(Ok(()));
            return;
        }
        let decisions: Vec<(ToolCallId, Decision)> = calls
            .iter()
            .filter(|call| call.state == ToolState::Deciding)
            .filter_map(|call| Some((call.id.clone(), call.decision.clone()?)))
            .collect();
        let ids: Vec<ToolCallId> = decisions.iter().map(|(id, _)| id.clone()).collect();
        let client = match self.client() {
            Ok(client) => client,
            Err(failure) => return self.not_decided(&ids, vec![reply], failure),
        };
        let target = self.target.clone();
        let member = ids.first().and_then(|id| self.asker(id));
        let answer = Answer { request: request.to_owned(), decisions, mode: self.mode(), extras: self.extras() };
        self.begun += 1;
        self.state = State::Asking(
            Asked::Decision { calls: ids, reply: vec![reply] },
            Box::pin(async move {
                match (target, member) {
                    (Target::Agent(agent), _) => {
                        still_asked(&client, &agent, &answer).await?;
                        client.decide(&agent, &answer).await
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
        answer_all(std::mem::take(reply), || Ok(()));
        let calls = calls.clone();
        self.settle(&calls, SENT);
    }

    /// The decision did not arrive, as far as can be known. The calls wait again, and the server is asked how they stand.
    pub(super) fn not_decided(&mut self, calls: &[ToolCallId], reply: Vec<Reply<()>>, failure: Failure) {
        for call in calls {
            let changes = self.timeline.undecide(call);
            self.changed(changes);
        }
        self.settle(calls, &failure.message);
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

    /// Writes down what is decided, before it is sent.
    async fn log(&mut self, call: &ToolCall, ruling: Ruling, at: i64) -> Result<(), Failure> {
        let item = self.timeline.items().iter().rev().find(|item| item.tool().is_some_and(|other| other.id == call.id));
        let name = item.and_then(Item::speaker).map(|speaker| speaker.name.clone()).unwrap_or_default();
        let approved = ruling == Ruling::Approved;
        let line = LoggedDecision {
            conversation: self.id.clone(),
            title: self.house.sidebar.row(&self.id).map(|row| row.title).unwrap_or_default(),
            speaker: Speaker { id: self.asker(&call.id), name },
            tool_call: call.id.clone(),
            tool: call.name.clone(),
            arguments: call.arguments.clone(),
            ruling,
            at,
        };
        self.house.store.log_decision(&line).await.map_err(|error| {
            Failure::new(Code::Storage, "Not sent, because the decision could not be saved first.")
                .details(error.to_string())
        })?;
        if approved {
            self.not_back.insert(call.id.clone());
        }
        Ok(())
    }

    /// Notes what became of requests: that what waits is another now, and what approved calls gave back.
    pub(super) fn note_request(&mut self, change: &Change) {
        let Change::Put { item } = change else {
            self.asks_changed |= matches!(change, Change::Reset { .. } | Change::Remove { .. });
            return;
        };
        let Some(call) = item.tool().filter(|call| call.request.is_some()) else { return };
        self.asks_changed = true;
        let ToolState::Returned(returned) = &call.state else { return };
        if !self.not_back.remove(&call.id) {
            return;
        }
        let outcome = Outcome { ok: returned.ok, text: returned.text.clone(), at: self.house.clock.now() };
        let (house, id, call) = (self.house.clone(), self.id.clone(), call.id.clone());
        self.house.spawn(async move {
            if let Err(error) = house.store.came_back(&id, &call, outcome).await {
                tracing::warn!(%error, "the log of decisions is not complete");
            }
        });
    }

    /// Tells what waits, after it was given to the store.
    pub(super) fn tell_what_waits(&mut self) {
        if std::mem::take(&mut self.asks_changed) {
            self.house.approvals.changed(&self.profile);
        }
    }

    /// Who asks for what.
    pub(super) fn asks(&self, id: &ToolCallId) -> Result<Asks, Failure> {
        let call = self.call(id).ok_or_else(|| Failure::new(Code::Conflict, "This request is no longer there."))?;
        Ok(Asks { profile: self.profile.clone(), agent: self.asker(id), tool: call.name.clone() })
    }

    /// Completes the log.
    pub(super) fn settle(&self, calls: &[ToolCallId], outcome: &str) {
        let (house, id) = (self.house.clone(), self.id.clone());
        let (calls, outcome) = (calls.to_vec(), outcome.to_owned());
        self.house.spawn(async move {
            for call in calls {
                if let Err(error) = house.store.settle_decision(&id, &call, &outcome, house.clock.now()).await {
                    tracing::warn!(%error, "the log of decisions is not complete");
                }
            }
        });
    }

    fn call(&self, id: &ToolCallId) -> Option<&ToolCall> {
        self.timeline.items().iter().rev().filter_map(model::Item::tool).find(|call| call.id == *id)
    }

    /// The agent that asks.
    fn asker(&self, id: &ToolCallId) -> Option<AgentId> {
        if let Target::Agent(agent) = &self.target {
            return Some(agent.clone());
        }
        let asks = |item: &&model::Item| item.tool().is_some_and(|call| call.id == *id);
        self.timeline.items().iter().rev().find(asks)?.speaker()?.id.clone()
    }
}

/// Makes sure that the server still waits for exactly these calls: it takes a second decision on the same request for something to
/// talk about (0.16.8/approval-approve-again-steps-v1).
async fn still_asked(client: &Client, agent: &AgentId, answer: &Answer) -> Result<(), letta::Error> {
    let pending = client.pending_approval(agent).await?.as_ref().map(asked_for).unwrap_or_default();
    if answer.decisions.iter().all(|(call, _)| pending.contains(call.as_str())) {
        return Ok(());
    }
    Err(letta::Error::Invalid { why: "This request was decided meanwhile.".to_owned(), details: String::new() })
}
