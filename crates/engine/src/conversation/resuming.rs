//! After a cut: what was heard stays, and what became of the rest is asked until the server says so; also after a restart, after the
//! computer slept, and where the user tries again. How it is asked is `lost`. Nothing is sent that the server has.

use std::time::Duration;

use letta::{End, Ending, Target};
use model::{Change, Code, Content, Failure, Item, ItemId, SendState};

use super::{
    Reply,
    actor::Talk,
    again::otid,
    fetch::{Newest, Question},
    lost::{Found, Lost, find},
    state::{Asked, State},
};
use crate::{store::Unsent, sync::backoff};

/// A server out of reach is asked this many times in a row; then the answer is interrupted until it is back.
const MOST_TRIES: u32 = 6;
/// Looks that have to miss words just after a cut, when the request may still be on its way within the server.
const MISSES: u32 = 2;
/// What is said where nothing else is known.
const UNTOLD: &str = "The line broke before the server answered.";

/// Something that is looked for.
pub(super) struct Lookup {
    /// What was asked of the server.
    pub asked: Asked,
    pub why: Why,
    /// What is said if nothing more can be learnt.
    pub end: End,
    tries: u32,
}

/// Why it is looked for.
pub(super) enum Why {
    /// The line was cut just now.
    Cut,
    /// The server is back, or the app is.
    Back {
        /// The app ended in between: words that did not arrive are not sent by themselves.
        restarted: bool,
    },
    /// The user tries again what this item offers.
    User { item: ItemId, reply: Reply<()> },
}

/// Words of which nobody knows whether they arrived.
pub(super) struct InDoubt {
    pub otid: String,
    pub restarted: bool,
}

impl Lookup {
    /// It is looked for no longer, because the user stopped it.
    pub(super) fn leave(self) -> Asked {
        if let Why::User { reply, .. } = self.why {
            let _ = reply.send(Ok(()));
        }
        self.asked
    }
}

impl Talk {
    /// Goes on after the end of a stream that was none: cut, or without its last words. Hands back what it cannot go on with.
    pub(super) fn resume_after(&mut self, asked: Asked, ending: &Ending, lacks_last_words: bool) -> Option<Asked> {
        let taken = match &asked {
            Asked::Words { .. } => true,
            // The server had not shown that it took the decision.
            Asked::Decision { reply, .. } => reply.is_empty(),
        };
        let end = match ending {
            Ending::Cut { why } => End::Interrupted { why: why.clone() },
            Ending::Finished if lacks_last_words => End::Finished,
            Ending::Failed(trouble) if lacks_last_words => End::Failed(trouble.clone()),
            Ending::Finished | Ending::Failed(_) => return Some(asked),
        };
        // Groups have no runs to ask for.
        if !taken || matches!(self.target, Target::Group(_)) {
            return Some(asked);
        }
        self.house.profiles.wake(&self.profile);
        self.look_for(Lookup { asked, why: Why::Cut, end, tries: 0 });
        None
    }

    /// Words went out, and the line broke before an answer: whether they arrived is asked. Hands back what cannot be asked.
    pub(super) fn ask_whether_arrived(&mut self, asked: Asked, error: &letta::Error) -> Option<Asked> {
        let is_words = matches!(asked, Asked::Words { .. }) && !matches!(self.target, Target::Group(_));
        if !is_words || !error.may_have_arrived() {
            return Some(asked);
        }
        let end = End::Failed(error.trouble());
        self.look_for(Lookup { asked, why: Why::Cut, end, tries: 0 });
        None
    }

    /// Takes up what was left unfinished, if there is anything. Whether there was.
    pub(super) fn take_up(&mut self) -> bool {
        if !self.state.is_idle() || matches!(self.target, Target::Group(_)) || self.client().is_err() {
            return false;
        }
        let why = "The connection was lost.".to_owned();
        let (otid, restarted) = match (&self.in_doubt, self.cursor.run.is_some()) {
            (_, true) => (self.last_otid().unwrap_or_default(), false),
            (Some(doubt), false) => (doubt.otid.clone(), doubt.restarted),
            (None, false) => return false,
        };
        self.look_for(Lookup {
            asked: Asked::Words { otid },
            why: Why::Back { restarted },
            end: End::Interrupted { why },
            tries: 0,
        });
        true
    }

    /// The user tries again what an item offers.
    pub(super) fn look_for_user(&mut self, otid: String, item: ItemId, run: Option<model::RunId>, reply: Reply<()>) {
        if self.cursor.run.is_none() {
            self.cursor.run = run;
            self.cursor.seq = 0;
        }
        let end = End::Interrupted { why: UNTOLD.to_owned() };
        self.look_for(Lookup { asked: Asked::Words { otid }, why: Why::User { item, reply }, end, tries: 0 });
    }

    /// The computer slept, or the server is back: what waits is tried now, and a line that may be dead is doubted.
    pub(super) fn woke(&mut self) {
        match std::mem::replace(&mut self.state, State::Idle) {
            State::Resuming(lookup, _) => self.look_for(Lookup { tries: 0, ..*lookup }),
            // Numbered events are lost by no new line.
            State::Hearing(asked, turn) if turn.is_numbered() => {
                let cut = Ending::Cut { why: "The computer slept.".to_owned() };
                if let Some(asked) = self.resume_after(asked, &cut, false) {
                    self.state = State::Hearing(asked, turn);
                }
            }
            State::Hearing(asked, mut turn) => {
                turn.doubt();
                self.state = State::Hearing(asked, turn);
            }
            other @ (State::Idle | State::Asking(..) | State::Stopping | State::Finishing(..)) => self.state = other,
        }
    }

    /// What is looked for only because the server is back makes way for what the user wants now.
    pub(super) fn make_way(&mut self) {
        if matches!(&self.state, State::Resuming(lookup, _) if matches!(lookup.why, Why::Back { .. })) {
            self.state = State::Idle;
        }
    }

    fn look_for(&mut self, lookup: Lookup) {
        let client = match self.client() {
            Ok(client) => client,
            Err(failure) => return self.cannot_look(lookup, failure),
        };
        let otid = match &lookup.asked {
            Asked::Words { otid } => Some(otid.clone()).filter(|otid| !otid.is_empty()),
            Asked::Decision { .. } => None,
        };
        let question = Question {
            target: self.target.clone(),
            cursor: self.cursor.clone(),
            asker: None,
            examined: None,
            main_only: self.main_only(),
        };
        let pace = self.house.pace;
        let misses = if matches!(lookup.why, Why::Cut) { MISSES } else { 1 };
        let lost = Lost { question, otid, pause: pace.follow, misses };
        let pause = match lookup.tries {
            0 => Duration::ZERO,
            tries => backoff(tries, pace.first_retry, pace.slowest_retry),
        };
        let found = async move {
            tokio::time::sleep(pause).await;
            find(&client, lost).await
        };
        self.state = State::Resuming(Box::new(lookup), Box::pin(found));
        self.turned();
    }

    /// What became of it.
    pub(super) async fn found(&mut self, found: Found) {
        let State::Resuming(lookup, _) = std::mem::replace(&mut self.state, State::Idle) else { return };
        self.turned();
        match found {
            Found::Goes(turn) => self.goes_on(*lookup, turn),
            Found::Over { newest, last, trouble } => {
                self.in_doubt = None;
                match (lookup.why, lookup.asked) {
                    // The run that is tried again failed, and how is known: what the server did not keep of it is sent once more.
                    (Why::User { item, reply }, Asked::Words { otid }) if trouble.is_some() => {
                        self.ended(lookup.end);
                        self.merge(&newest).await;
                        if self.item(&item).is_some() {
                            if self.server_has(&newest, &otid) {
                                self.unanswered(&item);
                            } else if let Some(words) = self.words(&otid).await {
                                self.say(words).await;
                                self.forget(&item);
                            }
                        }
                        let _ = reply.send(Ok(()));
                    }
                    (why, _) => {
                        self.take_in(&newest, &last, trouble, lookup.end).await;
                        if let Why::User { item, reply } = why {
                            self.unanswered(&item);
                            let _ = reply.send(Ok(()));
                        }
                    }
                }
            }
            Found::Missing(newest) => self.missing(*lookup, &newest).await,
            Found::Unclear(why) => self.unclear(*lookup, why).await,
            Found::Away(error) => self.away(*lookup, &error),
        }
    }

    /// Takes in what the server made of a run that is over.
    async fn take_in(&mut self, newest: &Newest, last: &[letta::Event], trouble: Option<model::Trouble>, end: End) {
        if last.is_empty() {
            self.ended(end);
            self.merge(newest).await;
            return;
        }
        // Nothing more is heard, so that what is stored can take the place of what grew. Then it is over as its stream would have said.
        self.merge(newest).await;
        let changes = self.timeline.resumed(self.house.clock.now());
        self.changed(changes);
        for event in last {
            self.event(event);
        }
        self.ended(trouble.map_or(End::Finished, End::Failed));
    }

    /// Whether history has these words of the user, also where the server forgets otids.
    fn server_has(&self, newest: &Newest, otid: &str) -> bool {
        let text = self.row(otid).map(|row| &row.content);
        newest.has(otid) || matches!(text, Some(Content::User { text, .. }) if newest.has_text(text))
    }

    fn goes_on(&mut self, lookup: Lookup, turn: Box<letta::Turn>) {
        let changes = self.timeline.resumed(self.house.clock.now());
        self.changed(changes);
        self.in_doubt = None;
        self.state = State::Hearing(lookup.asked, turn);
        if let Why::User { reply, .. } = lookup.why {
            let _ = reply.send(Ok(()));
        }
        self.turned();
    }

    /// The server does not have the words: they are sent again, unless the app ended in between, or they were sent again before.
    async fn missing(&mut self, lookup: Lookup, newest: &Newest) {
        let Asked::Words { otid } = lookup.asked else {
            self.ended(lookup.end);
            return;
        };
        self.in_doubt = None;
        let answered = self.is_sent(&otid);
        let again = match &lookup.why {
            Why::User { .. } => true,
            Why::Back { restarted: true } => false,
            // What was answered was there; a server that names no run and keeps no otid cannot be asked for it.
            Why::Cut | Why::Back { restarted: false } => !answered && self.resent.as_deref() != Some(otid.as_str()),
        };
        let words = self.words(&otid).await;
        // Closed first: history is put into nothing that is still on its way.
        self.ended(lookup.end);
        self.merge(newest).await;
        // A server that keeps no otid has them under a name of its own: then the row is healed by now.
        let here = (!answered && self.is_sent(&otid)) || self.server_has(newest, &otid);
        if let (Some(words), true, false) = (words, again, here) {
            self.resent = Some(otid);
            self.say(words).await;
        }
        if let Why::User { item, reply } = lookup.why {
            if here {
                self.unanswered(&item);
            } else {
                self.forget(&item);
            }
            let _ = reply.send(Ok(()));
        }
    }

    /// Nobody can tell: the user is asked. Whoever said "Send again" to that has been.
    async fn unclear(&mut self, lookup: Lookup, why: &'static str) {
        let Asked::Words { otid } = lookup.asked else {
            self.ended(lookup.end);
            return;
        };
        let asked_before = self
            .row(&otid)
            .is_some_and(|row| matches!(row.content, Content::User { state: SendState::Doubtful { .. }, .. }));
        if let Why::User { reply, .. } = lookup.why {
            let _ = reply.send(Ok(()));
            if asked_before && let Some(words) = self.words(&otid).await {
                self.in_doubt = None;
                self.say(words).await;
                return;
            }
        }
        self.doubt(&otid, why.to_owned(), lookup.end);
    }

    fn away(&mut self, lookup: Lookup, error: &letta::Error) {
        self.house.profiles.noticed(&self.profile, error);
        let tries = lookup.tries + 1;
        if tries < MOST_TRIES && !matches!(lookup.why, Why::User { .. }) && error.code() == Code::Offline {
            self.look_for(Lookup { tries, ..lookup });
        } else {
            self.cannot_look(lookup, error.clone().into());
        }
    }

    /// The server cannot be asked now. What was heard stays as it is, and is taken up when the server is back.
    fn cannot_look(&mut self, lookup: Lookup, failure: Failure) {
        self.state = State::Idle;
        if let Why::User { reply, .. } = lookup.why {
            let _ = reply.send(Err(failure));
            self.turned();
            return;
        }
        let (run, seq) = (self.cursor.run.clone(), self.cursor.seq);
        match (lookup.asked, &run) {
            (Asked::Words { otid }, None) => self.doubt(&otid, UNTOLD.to_owned(), lookup.end),
            (Asked::Words { .. } | Asked::Decision { .. }, _) => self.ended(lookup.end),
        }
        self.cursor.run = run;
        self.cursor.seq = seq;
        self.page.saving.soon(tokio::time::Instant::now());
    }

    /// Asks the user about words of which nobody knows whether they arrived.
    fn doubt(&mut self, otid: &str, reason: String, end: End) {
        let before: Vec<ItemId> = self.timeline.items().iter().map(|item| item.id.clone()).collect();
        self.ended(end);
        let Some(mut row) = self.row(otid).cloned() else { return };
        let Content::User { state, .. } = &mut row.content else { return };
        if *state == SendState::Sent {
            return;
        }
        *state = SendState::Doubtful { reason, left: false };
        self.replace(Change::Put { item: row });
        // The row itself says it, and offers the ways out.
        let said: Vec<ItemId> = self.timeline.items().iter().map(|item| item.id.clone()).collect();
        for id in said.into_iter().filter(|id| !before.contains(id)) {
            self.forget(&id);
        }
        self.in_doubt = Some(InDoubt { otid: otid.to_owned(), restarted: false });
        self.turned();
    }

    /// The row of the user's words with this otid.
    fn row(&self, otid: &str) -> Option<&Item> {
        self.timeline.items().iter().rev().find(|item| self::otid(item) == Some(otid))
    }

    /// Whether the row of these words says that the server has them.
    fn is_sent(&self, otid: &str) -> bool {
        self.row(otid).is_some_and(|row| matches!(row.content, Content::User { state: SendState::Sent, .. }))
    }

    /// The user's last words by their otid.
    fn last_otid(&self) -> Option<String> {
        self.timeline.items().iter().rev().find_map(otid).map(str::to_owned)
    }

    /// Words to be sent once more, as they were kept, else as their row shows them.
    async fn words(&mut self, otid: &str) -> Option<Unsent> {
        let kept = self.house.store.unsent(&self.id).await.unwrap_or_default();
        if let Some(words) = kept.into_iter().find(|words| words.otid == otid) {
            return Some(words);
        }
        let Content::User { text, .. } = &self.row(otid)?.content else { return None };
        Some(Unsent {
            conversation: self.id.clone(),
            otid: otid.to_owned(),
            text: text.clone(),
            images: self.pictures_of(otid),
            names: Vec::new(),
            at: self.house.clock.now(),
            queued: false,
        })
    }
}
