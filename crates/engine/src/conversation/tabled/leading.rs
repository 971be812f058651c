//! Asking those who are next, and hearing them to their end. What an end means for the table is `outcome`.

use std::time::Duration;

use model::{AgentId, Author, Content, ConversationId, Failure, Held, Item, ItemId, LongRun, Pattern, Speaker, Turn};
use tokio::time::Instant;

use super::{
    super::Input,
    Tabled,
    ear::{Ear, Overheard},
    page::prefix,
};
use crate::{
    table::{Delivery, Kind, Lane, Mirror, Next, Outcome, WIDTH, telling},
    tables::is_table,
};

/// The row of a turn that could not even be asked for, and of one whose words did not arrive.
pub(super) const NOT_ASKED: &str = "not-asked";
pub(super) const NOT_SENT: &str = "not-sent";

/// A turn that is under way, as it is heard.
pub(super) struct Running {
    pub lane: Lane,
    /// The member's conversation; none until it has one.
    pub conversation: Option<ConversationId>,
    pub mirror: Mirror,
    /// Whose turn it is there.
    pub turn: Turn,
    /// It was asked since the app started, or was found to have been asked.
    pub asked: bool,
    /// The user goes on without it.
    pub skipped: bool,
    /// Its conversation is being made.
    pub threading: bool,
    /// It is to be asked as soon as its server is there.
    pub waits_for_line: bool,
    /// The user is asked whether it shall go on, since then.
    pub long: Option<(Instant, LongRun)>,
}

impl Running {
    /// Its member waits for the user's decision.
    pub(super) fn waits(&self) -> bool {
        matches!(self.turn, Turn::Paused { .. })
    }
}

impl Tabled {
    /// Goes on as far as it can: says what waits, asks who is next, until somebody is at it or it is your turn.
    pub(super) async fn lead(&mut self) {
        loop {
            if self.say_next().await {
                continue;
            }
            self.leave_failed().await;
            let now = self.house.clock.now();
            let next = self.floor().next(&self.table, now);
            match next {
                Next::Speak(agents) if self.are_gone(&agents) => self.pass_over(&agents, Kind::Speak).await,
                Next::Pick(agent) if self.gone.contains(&agent) => self.pass_over(&[agent], Kind::Pick).await,
                Next::Speak(_) | Next::NewRound | Next::Pick(_) if self.is_held() => return,
                // Nobody is asked over a line that is not there: it goes on when it is.
                Next::Speak(_) | Next::Pick(_) | Next::Behind(_) if self.waits_for(&next).is_some() => return,
                Next::Speak(agents) => {
                    self.note_fallback(&agents);
                    for agent in agents {
                        self.ask(&agent, Kind::Speak).await;
                    }
                }
                Next::Pick(agent) => self.ask(&agent, Kind::Pick).await,
                Next::Behind(agents) => {
                    let (gone, present): (Vec<_>, Vec<_>) =
                        agents.into_iter().partition(|agent| self.gone.contains(agent));
                    self.pass_over(&gone, Kind::Behind).await;
                    for agent in present {
                        self.ask(&agent, Kind::Behind).await;
                    }
                }
                Next::NewRound => {
                    self.state.floor.next_round();
                    let number = self.floor().round.number;
                    self.put_last(Author::App, Content::Round { number });
                    self.keep().await;
                }
                Next::Guard(reached) => {
                    self.state.floor.halt(reached.clone());
                    self.account();
                    self.note(Author::App, model::Notice::Guard { reached });
                    self.keep().await;
                }
                Next::Wait => return,
                Next::Yours => {
                    self.account();
                    return;
                }
            }
        }
    }

    /// Turns that begin by themselves wait while you write, and for the countdown. Those you called do not.
    fn is_held(&mut self) -> bool {
        let floor = self.floor();
        let by_itself = floor.round.turns > 0 && (floor.called.is_empty() || floor.caller.is_some());
        if !by_itself || floor.round.directed {
            self.countdown = None;
            return false;
        }
        if self.writing {
            self.countdown = None;
            return true;
        }
        if self.table.countdown == 0 {
            return false;
        }
        match self.countdown {
            Some((at, _)) if at <= Instant::now() => {
                self.countdown = None;
                false
            }
            Some(_) => true,
            None => {
                let seconds = u64::from(self.table.countdown);
                let until = self.house.clock.now().saturating_add(i64::from(self.table.countdown) * 1000);
                self.countdown = Some((Instant::now() + Duration::from_secs(seconds), until));
                self.turned();
                true
            }
        }
    }

    /// The countdown is over; who is next gets the word.
    pub(super) async fn counted(&mut self) {
        // `lead` looks at it.
        self.turned();
    }

    /// Whose server is away that is to be asked next.
    fn waits_for(&self, next: &Next) -> Option<AgentId> {
        let away = |agents: &[AgentId]| agents.iter().find(|agent| self.is_away(agent)).cloned();
        match next {
            Next::Speak(agents) | Next::Behind(agents) => away(agents),
            Next::Pick(agent) => away(std::slice::from_ref(agent)),
            Next::NewRound | Next::Wait | Next::Guard(_) | Next::Yours => None,
        }
    }

    /// Whether it goes on as soon as a server is there.
    pub(super) fn waits_for_line(&self) -> bool {
        self.waits_for(&self.floor().next(&self.table, self.house.clock.now())).is_some()
    }

    /// What the window is told that the table waits for.
    pub(super) fn held(&self) -> Option<Held> {
        if let Some((_, until)) = self.countdown {
            return Some(Held::Countdown { until });
        }
        let away = self
            .running
            .iter()
            .find(|running| matches!(running.turn, Turn::Yours | Turn::Sent) && self.is_away(&running.lane.agent));
        if let Some(running) = away {
            return Some(Held::Away { agent: running.lane.agent.clone() });
        }
        let next = self.floor().next(&self.table, self.house.clock.now());
        let waits = matches!(next, Next::Speak(_) | Next::NewRound | Next::Pick(_));
        if self.writing && waits {
            return Some(Held::Writing);
        }
        self.waits_for(&next).map(|agent| Held::Away { agent })
    }

    /// Nobody could be picked: whoever is next in order speaks, which is said.
    fn note_fallback(&mut self, agents: &[AgentId]) {
        let picks = matches!(self.table.pattern, Pattern::Dynamic { .. });
        if picks && self.floor().called.is_empty() && self.floor().round.unclear > 0 {
            let to = agents.iter().map(|agent| self.name(agent)).collect();
            let why = Some("Nobody at the table was picked, so it goes in order.".to_owned());
            self.note(Author::App, model::Notice::HandOff { to, side_by_side: false, why });
        }
    }

    /// Gives somebody the word. How the table stands is saved before anything is sent.
    async fn ask(&mut self, agent: &AgentId, kind: Kind) {
        let telling = telling(self.floor(), &self.table_now(), agent, kind);
        let lane = self.state.floor.begin(agent, kind, uuid::Uuid::new_v4().to_string(), telling);
        self.unaccounted = true;
        self.keep().await;
        self.listen(lane).await;
        self.turned();
    }

    /// Takes up what was under way when the app ended.
    pub(super) async fn take_up(&mut self) {
        self.drop_said().await;
        for lane in self.floor().lanes.clone() {
            self.listen(lane).await;
        }
    }

    /// Listens to a turn; asks for it as soon as it is known that it was not asked yet.
    pub(super) async fn listen(&mut self, lane: Lane) {
        let prefix = prefix(lane.number);
        let ours: Vec<Item> = self.items.iter().filter(|item| item.id.as_str().starts_with(&prefix)).cloned().collect();
        let base =
            ours.first().map_or_else(|| self.free_place(), |first| first.position - first.position.rem_euclid(WIDTH));
        let speaker = Speaker { id: Some(lane.agent.clone()), name: self.name(&lane.agent) };
        let mirror = Mirror::new(lane.number, speaker, &lane.otid, base, lane.kind != Kind::Speak, ours);
        self.running.push(Running {
            lane: lane.clone(),
            conversation: None,
            mirror,
            turn: Turn::Sent,
            asked: false,
            skipped: false,
            threading: false,
            waits_for_line: false,
            long: None,
        });
        if let Some(conversation) = self.conversation_of(&lane.agent) {
            return self.attach(lane.number, conversation);
        }
        self.make_thread(lane.number).await;
    }

    /// Those who could not be asked because their server was away are asked, if it is there by now.
    pub(super) async fn ask_waiting(&mut self) {
        let waits = |running: &&Running| running.conversation.is_none() && !running.threading;
        let waiting: Vec<u64> = self.running.iter().filter(waits).map(|running| running.lane.number).collect();
        for number in waiting {
            self.make_thread(number).await;
        }
        let unasked =
            self.running.iter().filter(|running| running.waits_for_line && !self.is_away(&running.lane.agent));
        let unasked: Vec<(u64, ConversationId)> =
            unasked.filter_map(|running| Some((running.lane.number, running.conversation.clone()?))).collect();
        for (number, conversation) in unasked {
            if let Some(running) = self.running.iter_mut().find(|running| running.lane.number == number) {
                running.asked = false;
                running.waits_for_line = false;
            }
            self.attach(number, conversation);
        }
    }

    pub(super) fn attach(&mut self, number: u64, conversation: ConversationId) {
        let ear = Ear { table: self.id.clone(), number, to: self.mouth.clone() };
        if let Some(running) = self.running.iter_mut().find(|running| running.lane.number == number) {
            running.conversation = Some(conversation.clone());
        }
        debug_assert!(!is_table(&conversation));
        self.tell_member(&conversation, Input::Overhear(ear));
    }

    /// Something was heard of a turn.
    pub(super) async fn heard(&mut self, heard: Overheard) {
        let Overheard { number, changes, turn, settled, long_run, waiting } = heard;
        let Some(at) = self.running.iter().position(|running| running.lane.number == number) else { return };
        let running = &mut self.running[at];
        let changes = running.mirror.take(changes);
        let delivery = running.mirror.delivery();
        let long = long_run.map(|long| (running.long.map_or_else(Instant::now, |(since, _)| since), long));
        let turned = running.turn != turn || running.long != long;
        (running.turn, running.long) = (turn, long);
        let queued = waiting.contains(&running.lane.otid);
        let unasked = delivery == Delivery::Unknown && !queued && !running.asked;
        let agent = running.lane.agent.clone();
        // Nobody is asked over a line that is not there.
        let waits_for_line = unasked && self.is_away(&agent);
        let running = &mut self.running[at];
        running.asked = true;
        running.waits_for_line |= waits_for_line;
        let (lane, conversation) = (running.lane.clone(), running.conversation.clone());
        let waits = running.waits();
        self.changed(changes);
        if unasked {
            if let Some(conversation) = conversation.filter(|_| !waits_for_line) {
                // A thread that is the table's alone answers as the table is set to; a main thread as it is itself.
                let own = self.state.threads.contains_key(&lane.agent);
                let options = own.then(|| self.outbox.options.clone());
                let Lane { otid, words: text, images, .. } = lane;
                self.tell_member(&conversation, Input::Tell { otid, text, images, options });
            }
            return;
        }
        if self.state.floor.waits(number, waits) {
            self.keep().await;
        }
        if turned {
            self.turned();
        }
        let over = settled && !queued && self.running[at].turn == Turn::Yours;
        match delivery {
            Delivery::Unknown | Delivery::Sending => {}
            Delivery::Arrived | Delivery::Failed if over => self.over(number).await,
            Delivery::Arrived | Delivery::Failed => {}
        }
    }

    /// A turn cannot even be asked for.
    pub(super) async fn break_off(&mut self, number: u64, failure: Failure) {
        let Some(at) = self.running.iter().position(|running| running.lane.number == number) else { return };
        let running = self.running.remove(at);
        let agent = running.lane.agent.clone();
        let name = self.name(&agent);
        if running.lane.kind == Kind::Speak {
            let trouble = model::Trouble {
                what: format!("{name} was not asked."),
                why: failure.message,
                details: failure.details,
            };
            let author = Author::Agent(Speaker { id: Some(agent), name: name.clone() });
            self.put_at(ItemId::from(format!("{number}/{NOT_ASKED}")), author, Content::Error(trouble));
        }
        self.state.floor.ended(number, &name, Outcome::Failed { delivered: false });
        self.keep().await;
        self.turned();
    }

    /// The members' conversations are listened to no more.
    pub(super) fn leave_all(&self) {
        for running in &self.running {
            self.leave(running);
        }
    }

    pub(super) fn leave(&self, running: &Running) {
        if let Some(conversation) = &running.conversation {
            let ear = Ear { table: self.id.clone(), number: running.lane.number, to: self.mouth.clone() };
            self.house.talks.tell_running(conversation, Input::Unhear(ear));
        }
    }
}
