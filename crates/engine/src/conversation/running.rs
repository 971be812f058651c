//! From the user's words to the end of the answer: saved, sent, heard, ended or stopped. Trying again begins in `history`, because it
//! looks there first.

use std::time::Duration;

use letta::{End, Ending, Event, Heard, Standoff, Target, Words};
use model::{Code, Content, Failure, Pieces, ToolState, Trouble, Turn};
use tokio::time::Instant;

use super::{
    actor::Talk,
    state::{Asked, Errand, State},
};
use crate::{
    images,
    store::{SENT, Unsent},
};

/// The server has this long to confirm a stop. Here it stopped at once.
const STOP: Duration = Duration::from_secs(10);

impl Talk {
    /// Whether something can be tried again now.
    pub(super) fn free(&self) -> Result<(), Failure> {
        let why = match self.turn() {
            Turn::Yours => return Ok(()),
            Turn::Sent => "The answer is still on its way. Wait for its end, or stop it.".to_owned(),
            Turn::Speaking { speaker } => {
                format!("{} is still speaking. Wait for the end, or stop it.", named(&speaker.name))
            }
            Turn::Paused { speaker } => {
                format!("{} waits for your decision. Approve or deny the request first.", named(&speaker.name))
            }
            Turn::Resuming { .. } => "The answer is still being picked up. Wait for its end, or stop it.".to_owned(),
            Turn::Stopping | Turn::Finishing { .. } => "The answer is still being stopped.".to_owned(),
        };
        Err(Failure::new(Code::Conflict, why))
    }

    /// Sends words, new ones or once more. They are shown and saved before the request.
    pub(super) async fn say(&mut self, words: Unsent) {
        let Unsent { otid, text, .. } = words.clone();
        let now = self.house.clock.now();
        let pictures = images::outgoing(&self.house, &self.id, &words.images).await;
        let shown = images::references(pictures.as_deref().unwrap_or_default());
        let changes = self.timeline.sent(&otid, &text, &shown, now);
        self.begun += 1;
        self.speaker = None;
        self.cursor.run = None;
        self.cursor.seq = 0;
        self.in_doubt = None;
        self.changed(changes);
        let words = Unsent { at: now, queued: false, ..words };
        let client = self.client().and_then(|client| Ok((client, pictures?)));
        if let Ok((client, pictures)) = client.clone() {
            let (target, mode) = (self.target.clone(), self.mode());
            let images = pictures.into_iter().map(|outgoing| outgoing.payload).collect();
            let words = Words { text, images, otid: otid.clone(), mode, extras: self.extras() };
            let answer = async move { client.say(&target, &words).await };
            self.state = State::Asking(Asked::Words { otid }, Box::pin(answer));
        }
        self.show();
        let saved = self.house.store.put_unsent(&words).await;
        self.page.warn(saved);
        self.save().await;
        if let Err(failure) = client {
            self.ended(End::Failed(Trouble { what: failure.message, why: String::new(), details: failure.details }));
        }
    }

    /// The server began to answer, or did not.
    pub(super) async fn answered(&mut self, answer: Result<letta::Turn, letta::Error>) {
        let Some(asked) = self.state.leave() else { return };
        match answer {
            Ok(turn) => {
                self.restored = false;
                self.note_refusal();
                self.state = State::Hearing(asked, Box::new(turn));
                self.page.frames.hurry();
                self.turned();
            }
            Err(error) => {
                tracing::info!(conversation = %self.id, code = ?error.code(), "not sent");
                self.house.profiles.noticed(&self.profile, &error);
                let Some(asked) = self.ask_whether_arrived(asked, &error) else { return };
                let standoff = Standoff::of_error(&error);
                match asked {
                    Asked::Words { otid } if error.never_left() => self.wait_for_line(&otid).await,
                    Asked::Words { .. } => self.ended(End::Failed(error.trouble())),
                    Asked::Decision { calls, reply } => {
                        let mut failure = Failure::from(error);
                        if let Some(standoff) = &standoff {
                            failure.message = standoff.words();
                        }
                        self.not_decided(&calls, reply, failure);
                    }
                }
                self.stand_off(standoff);
            }
        }
    }

    /// Something came, or the end.
    pub(super) fn heard(&mut self, heard: Heard) {
        match heard {
            Heard::Event(mut event) => {
                self.house.images.take_up(&mut event);
                self.event(&event);
            }
            Heard::Over(ending) => self.over(ending),
        }
    }

    pub(super) fn event(&mut self, event: &Event) {
        if self.is_known(event) {
            return;
        }
        if shows_progress(&event.body) {
            self.decision_arrived();
        }
        self.note_asked(event);
        if let letta::Body::Error(problem) = &event.body {
            self.refusal = Standoff::of(problem);
        }
        let before = self.speaker.clone();
        let changes = self.timeline.receive(event, self.house.clock.now());
        self.changed(changes);
        if self.speaker != before {
            self.turned();
        }
    }

    /// Whether the items hold this event already; notes it if not.
    fn is_known(&mut self, event: &Event) -> bool {
        if let Some(run) = &event.head.run_id
            && self.cursor.run.as_ref().is_none_or(|known| known.as_str() != run)
        {
            self.cursor.run = Some(run.as_str().into());
            self.cursor.seq = 0;
        }
        match event.head.seq_id {
            Some(seq) if seq <= self.cursor.seq => true,
            Some(seq) => {
                self.cursor.seq = seq;
                false
            }
            None => false,
        }
    }

    fn over(&mut self, ending: Ending) {
        let (lacks_last_words, spent) = match &self.state {
            State::Hearing(_, turn) => (turn.lacks_last_words(), turn.is_spent()),
            State::Idle | State::Asking(..) | State::Stopping | State::Finishing(..) | State::Resuming(..) => {
                (false, false)
            }
        };
        let asked = match self.state.leave() {
            // Without an end it would be picked up for ever; the user may try again.
            asked if spent => asked,
            Some(asked) => match self.resume_after(asked, &ending, lacks_last_words) {
                Some(asked) => Some(asked),
                None => return,
            },
            None => None,
        };
        let end = match ending {
            Ending::Finished => End::Finished,
            Ending::Cut { why } => End::Interrupted { why },
            Ending::Failed(trouble) => End::Failed(trouble),
        };
        match asked {
            // It ended before the server showed that it took the decision.
            Some(Asked::Decision { calls, reply }) if !reply.is_empty() && end != End::Finished => {
                let failure = match end {
                    End::Failed(trouble) => {
                        let failure = Failure::new(Code::Conflict, format!("{} {}", trouble.what, trouble.why));
                        Failure { details: trouble.details, ..failure }
                    }
                    End::Finished | End::Stopped | End::Interrupted { .. } => {
                        Failure::new(Code::Offline, "Not sent. Try again.")
                    }
                };
                self.not_decided(&calls, reply, failure);
            }
            Some(Asked::Words { otid }) => {
                if end == End::Finished {
                    self.sent_for_good(otid);
                }
                self.ended(end);
            }
            Some(Asked::Decision { calls, reply }) => {
                if !reply.is_empty() {
                    self.settle(&calls, SENT);
                }
                answer_all(reply, || Ok(()));
                let finished = end == End::Finished;
                // Whether the server took it as it was heard is asked once.
                self.differs(&Standoff::NothingWaits);
                self.ended(end);
                if finished {
                    self.retry_refused();
                }
                self.retries = false;
            }
            None => self.ended(end),
        }
        let refusal = self.refusal.take();
        self.stand_off(refusal);
    }

    /// The server refused on account of what waits: it is asked what that is.
    fn stand_off(&mut self, standoff: Option<Standoff>) {
        if let Some(standoff) = standoff {
            self.differs(&standoff);
            self.look();
        }
    }

    /// The run is over.
    pub(super) fn ended(&mut self, end: End) {
        let finished = end == End::Finished;
        self.queue_after(&end);
        let changes = self.timeline.end(end, self.house.clock.now());
        self.changed(changes);
        self.cursor.run = None;
        self.cursor.seq = 0;
        self.page.saving.at_once(Instant::now());
        self.turned();
        // Requests are streamed under one id and stored under another: only the history has them for good.
        if finished && self.asked_in_this_turn() {
            self.look();
        }
    }

    fn asked_in_this_turn(&self) -> bool {
        let turn = self.timeline.items().iter().rev().take_while(|item| !matches!(item.content, Content::User { .. }));
        turn.filter_map(model::Item::tool).any(|call| call.request.is_some())
    }

    /// The words need not be kept for sending any more.
    fn sent_for_good(&self, otid: String) {
        let store = self.house.store.clone();
        self.house.spawn(async move {
            if let Err(error) = store.take_unsent(&otid).await {
                tracing::warn!(%error, "a sent message is still kept for sending");
            }
        });
    }

    /// Stops what runs: here at once, on the server as soon as it hears of it. What came is kept.
    pub(super) fn stop(&mut self) {
        let run = self.cursor.run.clone();
        let tool = self.running_tool();
        let (asked, turn) = match std::mem::replace(&mut self.state, State::Idle) {
            State::Hearing(asked, turn) => (asked, Some(turn)),
            mut other => match other.leave() {
                Some(asked) => (asked, None),
                // Said twice: the tool is not waited for.
                None => {
                    self.turned();
                    return;
                }
            },
        };
        if let Asked::Decision { reply, .. } = asked {
            answer_all(reply, || Ok(()));
        }
        self.ended(End::Stopped);
        if let (target @ (Target::Agent(_) | Target::Thread { .. }), Ok(client)) = (&self.target, self.client()) {
            let target = target.clone();
            self.state = match (turn, tool) {
                (Some(turn), Some(tool)) => State::Finishing(turn, tool),
                (Some(_) | None, _) => State::Stopping,
            };
            self.errands.push(Box::pin(async move {
                match tokio::time::timeout(STOP, client.cancel_in(&target, run.as_ref())).await {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => tracing::info!(%error, "the server was not told to stop"),
                    Err(_) => tracing::info!("the server did not confirm the stop"),
                }
                Errand::Stopped
            }));
        }
        self.show();
    }

    /// The tool that runs, which the server does not stop half-way (0.16.8/cancel-foreground-runids-stream).
    fn running_tool(&self) -> Option<String> {
        let calls = self.timeline.items().iter().rev().filter_map(model::Item::tool);
        calls.filter(|call| call.state == ToolState::Running).map(|call| call.name.clone()).next()
    }

    /// The run that was stopped is over on the server too; what its last tool gave back is stored there.
    pub(super) fn finished(&mut self) {
        self.state = State::Idle;
        self.turned();
        self.look();
    }

    /// Keeps it if the server said that it cannot stream in the background.
    fn note_refusal(&self) {
        let Some(version) = self.house.profiles.refused_background(&self.profile) else { return };
        let (store, profile) = (self.house.store.clone(), self.profile.clone());
        self.house.spawn(async move {
            if let Err(error) = store.put_no_background(&profile, &version).await {
                tracing::warn!(%error, "what the server refused is not kept");
            }
        });
    }

    /// How finely answers may come here.
    pub(super) fn mode(&self) -> letta::Mode {
        match (self.outbox.options.pieces, &self.target) {
            (Pieces::Tokens, _) => letta::Mode::Tokens,
            (Pieces::Steps, _) => letta::Mode::Steps,
            (Pieces::Auto, Target::Agent(agent) | Target::Thread { agent, .. }) => {
                self.house.profiles.mode(&self.profile, Some(agent))
            }
            (Pieces::Auto, Target::Group(_)) => self.house.profiles.mode(&self.profile, None),
        }
    }

    /// What else is asked for with each message.
    pub(super) fn extras(&self) -> letta::Extras {
        letta::Extras { max_steps: self.outbox.options.max_steps, ..letta::Extras::default() }
    }
}

/// Whether an event is a sign that the run goes on: a ping comes before the server has looked at what was asked.
fn shows_progress(body: &letta::Body) -> bool {
    use letta::Body;
    match body {
        Body::Reasoning { .. }
        | Body::HiddenReasoning
        | Body::Assistant(_)
        | Body::ToolCalls(_)
        | Body::ApprovalRequest(_)
        | Body::ApprovalResponse(_)
        | Body::ToolReturns(_)
        | Body::Parts(_) => true,
        Body::Ping
        | Body::User(_)
        | Body::System(_)
        | Body::Compacted { .. }
        | Body::StopReason { .. }
        | Body::Usage { .. }
        | Body::Error(_)
        | Body::Done
        | Body::Unknown { .. } => false,
    }
}

/// Answers everybody who waits for the same thing.
pub(super) fn answer_all(replies: Vec<super::Reply<()>>, answer: impl Fn() -> Result<(), Failure>) {
    for reply in replies {
        // Who asked may be gone.
        let _ = reply.send(answer());
    }
}

fn named(name: &str) -> &str {
    if name.is_empty() { "The agent" } else { name }
}
