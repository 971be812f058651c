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
    decision::Asked,
    mind::{Heard, Scene},
    pace::{self, Dice},
    step::{ModelStep, Part, Voice},
    table::Table,
    wire::{Body, ErrorMessage, Message, Out},
    world::{Place, Row, World},
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
    /// The request was lost on its way (recording 0.11.7/approval-request-tokens-mg2).
    Lost,
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
                Step::Event(event) => {
                    self.emit(Out::Raw(format!("data: {event}\n\n").into())).await;
                    Ok(())
                }
                Step::Raw(bytes) => {
                    self.emit(Out::Raw(bytes)).await;
                    Ok(())
                }
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
        let mut first = opened;
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
            // Recording 0.11.7/stream-tokens-tool-mg2: a thought of an old agent begins with a space that history lacks.
            let stray = self.voice.old && first && part == Part::Reasoning;
            first = false;
            let mut delta = step.grow(&self.voice, piece);
            if let Some(Message { body: Body::Reasoning { reasoning, .. }, .. }) = delta.as_mut().filter(|_| stray) {
                reasoning.insert(0, ' ');
            }
            if let Some(delta) = delta.filter(|_| self.tokens) {
                self.emit(Out::from(delta)).await;
            }
        }
        Ok(())
    }

    /// A message in parts, in one event.
    async fn show(&mut self, step: &mut ModelStep, parts: Value) -> Result<(), Cancelled> {
        self.first_token(step).await?;
        step.parts(&self.voice, parts);
        self.used.words += 1;
        if let Some(message) = step.messages.last().cloned().filter(|_| self.tokens) {
            self.emit(Out::from(self.voice.streamed(message))).await;
        }
        Ok(())
    }

    /// The scene for the agent that speaks next.
    pub(crate) fn scene<'a>(agent: &'a str, heard: Heard<'a>, before: usize) -> Scene<'a> {
        Scene { agent, heard, before, earlier: &[] }
    }

    /// A step is finished: whole messages go out in steps mode, and history keeps it, the user's words first.
    pub(crate) async fn close(&mut self, step: ModelStep, table: &mut Option<&mut Table>) -> Result<(), Cancelled> {
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
                self.emit(Out::from(self.voice.streamed(message))).await;
            }
        }
        Ok(())
    }

    pub(crate) fn save(&self, rows: Vec<Row>) {
        self.world.state().store(&self.place, rows);
    }

    pub(crate) async fn first_token(&mut self, step: &mut ModelStep) -> Result<(), Cancelled> {
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

    /// Says one thing, whether or not somebody listens.
    pub(crate) async fn emit(&mut self, out: Out) {
        self.sent = self.sent.wrapping_add(1);
        if self.sent.is_multiple_of(64) {
            tokio::task::yield_now().await;
        }
        // A run goes on when nobody listens any more, as on a real server.
        let _ = self.out.send(out);
    }
}
