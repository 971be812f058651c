//! What the user does to those who are at it: stop, skip, try again. Who is next after that is `leading`.

use model::{AgentId, ItemId};

use super::{
    super::{Input, Reply},
    Tabled,
    leading::{NOT_ASKED, NOT_SENT, Running},
    refuse,
};
use crate::{
    store::Hold,
    table::{Halt, Mirror, Outcome},
};

impl Tabled {
    /// Stops all who are at it.
    pub(super) async fn stop(&mut self) {
        self.countdown = None;
        self.state.floor.stop();
        for running in &self.running {
            self.stop_member(running);
        }
        let unasked = self.running.iter().filter(|running| running.conversation.is_none());
        for number in unasked.map(|running| running.lane.number).collect::<Vec<_>>() {
            self.drop_unasked(number);
        }
        if !self.outbox.is_empty() {
            self.outbox.hold(&self.page, Some(Hold::Stopped)).await;
        }
        self.keep().await;
        self.turned();
        self.show();
    }

    fn stop_member(&self, running: &Running) {
        // What waits for a decision is not under way: it is denied or approved, not stopped.
        if let Some(conversation) = running.conversation.as_ref().filter(|_| !running.waits()) {
            let (reply, _) = tokio::sync::oneshot::channel();
            self.house.talks.tell_running(conversation, Input::Stop(reply));
        }
    }

    /// One for whom a conversation is still being made is not asked any more.
    fn drop_unasked(&mut self, number: u64) {
        self.running.retain(|running| running.lane.number != number);
        let name = String::new();
        self.state.floor.ended(number, &name, Outcome::Skipped { delivered: false });
    }

    /// Of those who are at it for very long, the one about whom the user is asked now: the others are asked about after it.
    pub(super) fn asked_about(&self) -> Option<&Running> {
        let long = self.running.iter().filter_map(|running| Some((running.long?.0, running)));
        long.min_by_key(|(since, _)| *since).map(|(_, running)| running)
    }

    /// The one about whom the user was asked may go on.
    pub(super) fn keep_going(&self, agent: Option<AgentId>, reply: Reply<()>) {
        let asked = match &agent {
            Some(agent) => self.running.iter().find(|running| running.lane.agent == *agent),
            None => self.asked_about(),
        };
        match asked.and_then(|running| running.conversation.clone()) {
            Some(member) => self.tell_member(&member, Input::KeepGoing { agent: None, reply }),
            // It has ended meanwhile, and who asked may be gone too.
            None => drop(reply.send(Ok(()))),
        }
    }

    /// Goes on without a member.
    pub(super) async fn skip(&mut self, agent: &AgentId) {
        self.countdown = None;
        let under_way = self.running.iter().position(|running| running.lane.agent == *agent);
        match under_way {
            // Its request stays, to be decided later.
            Some(at) if self.running[at].waits() => self.state.floor.set_aside(agent),
            Some(at) => {
                self.running[at].skipped = true;
                let running = &self.running[at];
                match running.conversation {
                    Some(_) => self.stop_member(running),
                    None => self.drop_unasked(running.lane.number),
                }
            }
            None => {
                if !self.state.floor.skip_failed(agent) {
                    self.state.floor.skip_next(agent);
                }
            }
        }
        self.keep().await;
        self.turned();
    }

    /// Tries again what failed: a turn as a whole, from where its member is.
    pub(super) async fn retry(&mut self, item: &ItemId, reply: Reply<()>) {
        let of = Mirror::of(item).map(|(number, _)| number);
        let failed = match &self.floor().halt {
            Some(Halt::Failed { lane }) if Some(lane.number) == of => true,
            Some(Halt::Failed { .. } | Halt::Guard { .. } | Halt::Stopped) | None => false,
        };
        if !failed {
            return refuse(reply);
        }
        let theirs = Mirror::of(item).map(|(_, item)| item);
        let Some(lane) = self.state.floor.resume() else { return refuse(reply) };
        self.keep().await;
        let member = theirs.filter(|item| item.as_str() != NOT_ASKED).zip(self.conversation_of(&lane.agent));
        match member {
            Some((item, conversation)) => {
                // Before it is listened to: it must not be found at rest, and so taken for over. The words are there, and the
                // member's own conversation knows what trying again means for them.
                let words = ItemId::from(format!("user/{}", lane.otid));
                let item = if item.as_str() == NOT_SENT { words } else { item };
                self.tell_member(&conversation, Input::Retry { item, reply });
            }
            None => {
                self.forget_item(&ItemId::from(format!("{}/{NOT_ASKED}", lane.number)));
                let _ = reply.send(Ok(()));
            }
        }
        self.listen(lane).await;
        self.turned();
    }
}
