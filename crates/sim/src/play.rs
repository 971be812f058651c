//! Plays one run: steps of an answer become events at the pace of a model, and rows of history as each step is finished. A run
//! goes on when nobody listens any more, as on a real server.

use std::{sync::Arc, time::Duration};

use futures_util::future::{Either, select};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::{
    Answer, Step,
    decision::{self, Asked, Verdict},
    mind::{Heard, Scene, Seat},
    pace::{self, Dice},
    step::{ModelStep, Part, Voice, call_deltas},
    table::Table,
    wire::{Body, ErrorMessage, Message, Out, Returned},
    world::{Pending, Place, Row, World},
};

/// How the steps of one answer ended.
#[derive(Debug)]
pub(crate) enum End {
    /// Well, for this reason.
    Turn(String),
    /// It waits for a decision.
    Asks,
    /// It was stopped.
    Cancelled,
    /// The model failed.
    Failed(ErrorMessage),
}

/// Stopped from outside; nothing more is said.
#[derive(Debug)]
pub(crate) struct Cancelled;

/// What a run has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    pub(crate) steps: u64,
    pub(crate) prompt: u64,
    pub(crate) words: u64,
    pub(crate) thoughts: u64,
    /// Prompt and completion of the last step.
    pub(crate) context: u64,
}

/// One run.
#[derive(Debug)]
pub(crate) struct Player {
    pub(crate) world: Arc<World>,
    pub(crate) place: Place,
    pub(crate) voice: Voice,
    pub(crate) tokens: bool,
    pub(crate) out: UnboundedSender<Out>,
    pub(crate) cancel: CancellationToken,
    pub(crate) dice: Dice,
    pub(crate) used: Used,
    /// What the user said, stored with the first finished step: a turn that fails before leaves nothing (API-FACTS §4).
    pub(crate) unsaved: Vec<Row>,
    pub(crate) sent: u32,
}

impl Player {
    /// Plays the steps of one answer. `table` is there when the speaker sits at one.
    pub(crate) async fn answer(&mut self, answer: Answer, mut table: Option<&mut Table>) -> End {
        let stop = answer.stop.unwrap_or_else(|| "end_turn".to_owned());
        let mut step = ModelStep::new();
        self.hear(&step, table.as_deref_mut());
        for next in answer.steps {
            let played = match next {
                Step::Reasoning(text) => self.speak(&mut step, Part::Reasoning, &text, false, &mut table).await,
                Step::Text(text) => self.speak(&mut step, Part::Words, &text, false, &mut table).await,
                Step::Whole(text) => self.speak(&mut step, Part::Words, &text, true, &mut table).await,
                Step::Parts(parts) => self.show(&mut step, parts).await,
                Step::Call(call) => self.call(&mut step, vec![Asked::new(&call)], &mut table).await,
                Step::Ask(call) => return self.ask(step, vec![Asked::new(&call.asking())], &mut table).await,
                Step::Together(calls) if calls.iter().any(|call| call.asks) => {
                    return self.ask(step, calls.iter().map(Asked::new).collect(), &mut table).await;
                }
                Step::Together(calls) => self.call(&mut step, calls.iter().map(Asked::new).collect(), &mut table).await,
                Step::Pause(time) => self.wait(time).await,
                Step::Gate => self.gate().await,
                Step::Event(event) => self.emit(Out::Raw(format!("data: {event}\n\n").into())).await,
                Step::Raw(bytes) => self.emit(Out::Raw(bytes)).await,
                Step::Fail { error_type, message, detail } => {
                    let run_id = Some(self.voice.run.clone());
                    let error = ErrorMessage {
                        message_type: "error_message",
                        run_id,
                        error_type,
                        message,
                        detail,
                        seq_id: None,
                    };
                    return End::Failed(error);
                }
            };
            if let Err(Cancelled) = played {
                return End::Cancelled;
            }
        }
        match self.close(step, &mut table).await {
            Ok(()) => End::Turn(stop),
            Err(Cancelled) => End::Cancelled,
        }
    }

    /// What the agent hears before it speaks is stored with its first step.
    fn hear(&mut self, step: &ModelStep, table: Option<&mut Table>) {
        match table {
            Some(table) => self.unsaved.extend(table.heard_before_speaking(&step.step, Timestamp::now())),
            None => {
                for message in self.unsaved.iter_mut().flat_map(|row| &mut row.messages) {
                    message.step_id = Some(step.step.clone());
                }
            }
        }
    }

    async fn speak(
        &mut self,
        step: &mut ModelStep,
        part: Part,
        text: &str,
        whole: bool,
        table: &mut Option<&mut Table>,
    ) -> Result<(), Cancelled> {
        if !step.takes(part) {
            let finished = std::mem::replace(step, ModelStep::new());
            self.close(finished, table).await?;
        }
        self.first_token(step).await?;
        let opened = step.enter(&self.voice, part);
        let mut pieces: Vec<&str> = if whole { vec![text] } else { pace::tokens(text).collect() };
        if opened && part == Part::Reasoning && self.voice.in_group() {
            // Recording 0.11.7/group-rr-stream-tokens: the first piece of a thought is empty.
            pieces.insert(0, "");
        }
        for piece in pieces {
            let wait = match part {
                Part::Reasoning => self.world.settings.pace.between_thoughts(&mut self.dice),
                Part::Words => self.world.settings.pace.between_words(&mut self.dice),
            };
            self.wait(wait).await?;
            match part {
                Part::Reasoning => self.used.thoughts += 1,
                Part::Words => self.used.words += 1,
            }
            let delta = step.grow(&self.voice, piece);
            if let Some(delta) = delta.filter(|_| self.tokens) {
                self.emit(Out::from(delta)).await?;
            }
        }
        Ok(())
    }

    /// A message in parts, in one event.
    async fn show(&mut self, step: &mut ModelStep, parts: Value) -> Result<(), Cancelled> {
        self.first_token(step).await?;
        step.parts(&self.voice, parts);
        self.used.words += 1;
        match step.messages.last().cloned().filter(|_| self.tokens) {
            Some(message) => self.emit(Out::from(self.voice.streamed(message))).await,
            None => Ok(()),
        }
    }

    async fn call(
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

    async fn ask(&mut self, step: ModelStep, calls: Vec<Asked>, table: &mut Option<&mut Table>) -> End {
        match self.asks(step, calls, table).await {
            Ok(()) => End::Asks,
            Err(Cancelled) => End::Cancelled,
        }
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
        let pending = Pending { request, asked, harmless, step: step_id, run, table };
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
            self.emit(Out::from(delta)).await?;
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
        before?;
        if self.cancel.is_cancelled() {
            return Err(Cancelled);
        }
        if heard { self.emit(Out::from(self.voice.streamed(returned))).await } else { Ok(()) }
    }

    /// The scene for the agent that speaks next.
    pub(crate) fn scene<'a>(agent: &'a str, heard: Heard<'a>, table: Option<&Table>, before: usize) -> Scene<'a> {
        Scene { agent, heard, seat: table.map(|table| Seat { round: table.round(), sent: table.approved }), before }
    }

    /// A step is finished: whole messages go out in steps mode, and history keeps it, the user's words first.
    async fn close(&mut self, step: ModelStep, table: &mut Option<&mut Table>) -> Result<(), Cancelled> {
        if let Some(table) = table {
            for message in &step.messages {
                if let Body::Words { content } = &message.body {
                    table.said(content.clone(), message.otid.clone());
                }
            }
        }
        let messages: Vec<Message> = step.whole().cloned().collect();
        let spoke = step.spoke;
        let stored = step.rows(&self.voice);
        let size: usize = messages.iter().map(|message| crate::wire::json(message).len() / 24).sum();
        let mut rows = std::mem::take(&mut self.unsaved);
        rows.extend(stored);
        self.save(rows);
        if spoke {
            self.used.steps += 1;
            self.used.context += size as u64;
            self.used.prompt += self.used.context;
        }
        if !self.tokens {
            for message in messages {
                self.emit(Out::from(self.voice.streamed(message))).await?;
            }
        }
        Ok(())
    }

    fn save(&self, rows: Vec<Row>) {
        self.world.state().store(&self.place, rows);
    }

    async fn first_token(&mut self, step: &mut ModelStep) -> Result<(), Cancelled> {
        if step.spoke {
            return Ok(());
        }
        step.spoke = true;
        let wait = self.world.settings.pace.before_first(&mut self.dice);
        self.wait(wait).await
    }

    async fn gate(&self) -> Result<(), Cancelled> {
        let opened = std::pin::pin!(self.world.gate.acquire());
        let stopped = std::pin::pin!(self.cancel.cancelled());
        match select(opened, stopped).await {
            Either::Left((permit, _)) => {
                if let Ok(permit) = permit {
                    permit.forget();
                }
                Ok(())
            }
            Either::Right(_) => Err(Cancelled),
        }
    }

    pub(crate) async fn wait(&self, time: Duration) -> Result<(), Cancelled> {
        if self.cancel.is_cancelled() {
            return Err(Cancelled);
        }
        if time.is_zero() {
            return Ok(());
        }
        match tokio::time::timeout(time, self.cancel.cancelled()).await {
            Ok(()) => Err(Cancelled),
            Err(_elapsed) => Ok(()),
        }
    }

    /// Says one thing. Nobody listening stops only a table of the demo.
    pub(crate) async fn emit(&mut self, out: Out) -> Result<(), Cancelled> {
        self.sent = self.sent.wrapping_add(1);
        if self.sent.is_multiple_of(64) {
            tokio::task::yield_now().await;
        }
        let heard = self.out.send(out).is_ok();
        let needed = self.world.settings.table_needs_listener && matches!(self.place, Place::Group(_));
        if !heard && needed { Err(Cancelled) } else { Ok(()) }
    }
}
