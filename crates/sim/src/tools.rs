//! Calls of tools while a run is played: made, spelt, run and given back, or asked about and decided. The rest of a run is `play`.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    decision::{self, Asked, Verdict},
    ids, pace,
    play::{Cancelled, End, Player},
    step::{ModelStep, call_deltas},
    table::Table,
    wire::{Body, Message, Out, Returned},
    world::{Pending, Row},
};

impl Player {
    pub(crate) async fn call(
        &mut self,
        step: &mut ModelStep,
        calls: Vec<Asked>,
        table: &mut Option<&mut Table>,
    ) -> Result<(), Cancelled> {
        self.first_token(step).await?;
        let Some(whole) = step.call(&self.voice, &calls) else { return Ok(()) };
        for asked in &calls {
            self.spell(&whole, asked).await?;
        }
        let finished = std::mem::replace(step, ModelStep::new());
        let step_id = finished.step.clone();
        let returns = self.run_tools(&calls).await;
        // A stop while the tool runs: what it gave back is stored, but not streamed (API-FACTS §7).
        let closed = self.close(finished, table).await;
        self.gave_back(Some(&calls[0].call.name), returns, &step_id, closed, true).await
    }

    pub(crate) async fn ask(&mut self, step: ModelStep, calls: Vec<Asked>, table: &mut Option<&mut Table>) -> End {
        if self.voice.old && self.tokens {
            return self.loses(step, calls).await;
        }
        match self.asks(step, calls, table).await {
            Ok(()) => End::Asks,
            Err(Cancelled) => End::Cancelled,
        }
    }

    /// By tokens 0.11.7 shows the call and breaks where it should ask. Nothing is stored and nothing waits.
    async fn loses(&mut self, mut step: ModelStep, calls: Vec<Asked>) -> End {
        let shown = match self.first_token(&mut step).await {
            Ok(()) => step.call(&self.voice, &calls),
            Err(Cancelled) => return End::Cancelled,
        };
        for asked in &calls {
            if let Some(shown) = &shown
                && self.spell(shown, asked).await.is_err()
            {
                return End::Cancelled;
            }
        }
        End::Lost
    }

    async fn asks(
        &mut self,
        mut step: ModelStep,
        calls: Vec<Asked>,
        table: &mut Option<&mut Table>,
    ) -> Result<(), Cancelled> {
        self.first_token(&mut step).await?;
        let all = calls.clone();
        let (asked, harmless): (Vec<Asked>, Vec<Asked>) = calls.into_iter().partition(|asked| asked.call.asks);
        let shown = step.call(&self.voice, &harmless);
        let Some(request) = step.ask(&self.voice, &asked, self.tokens) else { return Ok(()) };
        for asked in &all {
            let message = if asked.call.asks { Some(&request) } else { shown.as_ref() };
            if let Some(message) = message {
                self.spell(message, asked).await?;
            }
        }
        let step_id = step.step.clone();
        self.close(step, table).await?;
        let (run, table) = (self.voice.run.clone(), table.as_deref().cloned());
        let old = self.voice.old;
        let pending = Pending { request, asked, harmless, step: step_id, run, old, table };
        self.world.state().thread(&self.place).pending = Some(pending);
        Ok(())
    }

    /// The pieces of a call, by tokens.
    async fn spell(&mut self, whole: &Message, asked: &Asked) -> Result<(), Cancelled> {
        let pieces: Vec<&str> = pace::tokens(&asked.call.arguments).collect();
        self.used.words += pieces.len() as u64 + 1;
        if !self.tokens {
            return Ok(());
        }
        for delta in call_deltas(whole, &self.voice, asked, &pieces) {
            let wait = self.world.settings.pace.between_words(&mut self.dice);
            self.wait(wait).await?;
            self.emit(Out::from(delta)).await;
        }
        Ok(())
    }

    /// Runs tools one after the other, as the server does with tools that are not marked for more. A stop hurries them.
    async fn run_tools(&mut self, calls: &[Asked]) -> Vec<Returned> {
        let mut returns = Vec::with_capacity(calls.len());
        for Asked { call, id } in calls {
            if self.world.settings.pace.tools && self.wait(call.takes).await.is_err() {
                tracing::debug!(tool = call.name, "the tool was hurried by a stop");
            }
            returns.push(Returned::ran(call, id));
        }
        returns
    }

    /// A decision was made: it is stored, the tools run or do not, and the agent goes on. What the client ran comes first, then
    /// what was denied, then what ran (recording 0.16.8/parallel-approval-both-steps).
    pub(crate) async fn decided(&mut self, pending: &Pending, verdicts: &[Verdict]) -> Result<(), Cancelled> {
        self.save(vec![Row::of(decision::stored(&self.voice, pending, verdicts))]);
        let (mut returns, mut denials, mut run) = (Vec::new(), Vec::new(), Vec::new());
        for (asked, verdict) in pending.asked.iter().zip(verdicts) {
            match verdict {
                Verdict::Returned(returned) => returns.push(returned.clone()),
                Verdict::Denied(reason) => {
                    denials.push(Returned::denied(&asked.id, reason.as_deref().unwrap_or("")));
                }
                Verdict::Approved(_) => run.push(asked.clone()),
            }
        }
        run.extend(pending.harmless.iter().cloned());
        returns.append(&mut denials);
        returns.extend(self.run_tools(&run).await);
        // By tokens the message is missing when nothing ran (recording 0.16.8/approval-bothforms-tokens-deny-v1).
        let heard = !self.tokens || !run.is_empty();
        let name = run.first().map(|asked| asked.call.name.as_str());
        self.gave_back(name, returns, &pending.step, Ok(()), heard).await
    }

    /// Stores what tools gave back in one message, and says it if it is to be heard and nothing stopped it.
    async fn gave_back(
        &mut self,
        name: Option<&str>,
        returns: Vec<Returned>,
        step: &str,
        before: Result<(), Cancelled>,
        heard: bool,
    ) -> Result<(), Cancelled> {
        let mut returns = returns.into_iter();
        let Some(first) = returns.next() else { return before };
        let returned = self.voice.returned(name, first, returns.collect(), step);
        self.save(vec![Row::of(returned.clone())]);
        if self.voice.old {
            self.save(vec![Row::of(self.heartbeat(step))]);
        }
        before?;
        if self.cancel.is_cancelled() {
            return Err(Cancelled);
        }
        if heard {
            self.emit(Out::from(self.voice.streamed(returned))).await;
        }
        Ok(())
    }

    /// With this an agent of 0.11.7 is woken after a tool (recording 0.11.7/approval-list-steps-mg2).
    fn heartbeat(&self, step: &str) -> Message {
        let content = json!({
            "type": "heartbeat",
            "reason": "[This is an automated system message hidden from the user] Function called using request_heartbeat=true, \
                       returning control",
            "time": Timestamp::now().strftime("%Y-%m-%d %I:%M:%S %p UTC+0000").to_string(),
        });
        let body = Body::Said { content: Value::String(format!("{content:#}")) };
        self.voice.message(ids::fresh("message"), "user_message", None, Some(step), body)
    }
}
